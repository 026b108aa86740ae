"""What lies around signalling tones: talk over them, quiet between them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from qa_pipeline.acoustics.spectrogram import HOP_MS, Spectrogram, close_gaps, decibels, runs
from qa_pipeline.domain.spans import Span

_BESIDE_TONE_HZ: Final = (750.0, 3400.0)  # call-progress tones and their beats end at 660 Hz
_OVER_FLOOR_DB: Final = 15.0
_UNDER_TONE_DB: Final = 18.0  # a codec's distortion of the tone lies lower
_SHORTEST_MS: Final = 250
_SYLLABLE_GAP_FRAMES: Final = 15
_TELEPHONE_HZ: Final = (250.0, 3600.0)
_BEFORE_MS: Final = 1000
_LEAST_FRAMES: Final = 15
_RISE_DB: Final = 6.5  # noise 10 dB below a tone has peaks


def speech_over_tone(sound: Spectrogram, bursts: Sequence[Span]) -> tuple[Span, ...]:
    """The stretches of `bursts` over which somebody talks.

    Talk shows above the tone's band: there it rises well over what lies there during most of the
    bursts, and comes within 18 dB of the tone.
    """
    if not bursts:
        return ()
    beside = decibels(sound.band(*_BESIDE_TONE_HZ))
    tone = decibels(sound.band(340.0, 660.0))
    frames = np.concatenate(
        [np.arange(b.start_ms // HOP_MS + 3, max(b.end_ms // HOP_MS - 2, 0)) for b in bursts]
    )
    if frames.size == 0:
        return ()
    floor = float(np.percentile(beside[frames], 25))
    loud = float(np.median(tone[frames]))
    talk = np.zeros(sound.frame_count, dtype=np.bool_)
    talk[frames] = (beside[frames] > floor + _OVER_FLOOR_DB) & (
        beside[frames] > loud - _UNDER_TONE_DB
    )
    talk = close_gaps(talk, _SYLLABLE_GAP_FRAMES)
    return tuple(
        Span(first * HOP_MS, end * HOP_MS)
        for first, end in runs(talk)
        if (end - first) * HOP_MS >= _SHORTEST_MS
    )


def stands_out(sound: Spectrogram, bursts: Sequence[Span]) -> bool:
    """Whether tones rise out of quiet, as signals do and the notes of a tune do not.

    The second before the first burst and the pauses between the bursts are looked at. False
    where there is nothing to look at: one burst that begins the recording.
    """
    if not bursts:
        return False
    level = decibels(sound.band(*_TELEPHONE_HZ))
    edges = [Span(max(0, bursts[0].start_ms - _BEFORE_MS), bursts[0].start_ms)]
    edges += [Span(a.end_ms, b.start_ms) for a, b in pairwise(bursts) if a.end_ms < b.start_ms]
    around = np.concatenate([level[_inner_frames(span)] for span in edges])
    inside = np.concatenate([level[_inner_frames(span)] for span in bursts])
    if around.size < _LEAST_FRAMES or inside.size == 0:
        return False
    return float(np.median(inside) - np.percentile(around, 75)) >= _RISE_DB


def _inner_frames(span: Span) -> slice:
    """The frames of a span that its edges do not blur."""
    first, end = span.start_ms // HOP_MS + 4, span.end_ms // HOP_MS - 3
    return slice(first, max(first, end))
