"""Pitch and loudness of each speaker: from the sound and who speaks when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from qa_pipeline.acoustics.pitch import HOP_MS, track_pitch
from qa_pipeline.domain.recording import Audio, FloatArray
from qa_pipeline.domain.spans import Span, merge, subtract
from qa_pipeline.domain.transcript import Diarization
from qa_pipeline.domain.voice import VoiceFigures

VOICES_VERSION = "1"  # raised when the figures would come out otherwise
_LEAST_PIECE_MS: Final = 200
_OCTAVE: Final = 9.0  # semitones: farther from the median a frame is an octave error, or creak
_SMOOTH: Final = 3  # frames of a median that removes single errors
_SYLLABLE_MS: Final = 200


@dataclass(frozen=True, slots=True)
class Voices:
    """The figures of a recording's speakers."""

    figures: tuple[VoiceFigures, ...] = ()


def measure_voices(audio: Audio, diarization: Diarization) -> Voices:
    """Figures of every speaker who is heard alone long enough, in the diarization's order.

    Only where a speaker talks alone counts: with both voices on one channel the other one's pitch
    would be measured.
    """
    rate = audio.sample_rate_hz
    tracks = [track_pitch(audio.channel(index), rate) for index in range(audio.channel_count)]
    found = []
    for speaker in diarization.speakers:
        channel = _channel_of(speaker) if diarization.by_channel else 0
        if channel >= len(tracks):
            continue
        alone = _alone(diarization, speaker)
        track = tracks[channel]
        places = _frames(alone, len(track.pitch_hz))
        figures = _figures(speaker, track.pitch_hz[places], track.level_db[places])
        if figures is not None:
            found.append(figures)
    return Voices(tuple(found))


def _channel_of(speaker: str) -> int:
    digits = speaker.rpartition("_")[2]
    return int(digits) if digits.isdigit() else 0


def _alone(diarization: Diarization, speaker: str) -> tuple[Span, ...]:
    own = merge(turn.span for turn in diarization.turns if turn.speaker == speaker)
    if diarization.by_channel:
        return own
    others = [turn.span for turn in diarization.turns if turn.speaker != speaker]
    return tuple(span for span in subtract(own, others) if span.duration_ms >= _LEAST_PIECE_MS)


def _frames(spans: Sequence[Span], count: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    chosen = np.zeros(count, dtype=np.bool_)
    for span in spans:
        chosen[span.start_ms // HOP_MS : span.end_ms // HOP_MS] = True
    return chosen


def _figures(speaker: str, pitch_hz: FloatArray, level_db: FloatArray) -> VoiceFigures | None:
    voiced = pitch_hz > 0
    if voiced.sum() < _SMOOTH:
        return None
    smooth = _median_of_neighbours(pitch_hz[voiced])
    median = float(np.median(smooth))
    semitones = 12 * np.log2(smooth / median)
    near = semitones[np.abs(semitones) <= _OCTAVE]
    step = max(1, _SYLLABLE_MS // HOP_MS)
    loud = level_db[voiced]
    syllables = [float(loud[n : n + step].max()) for n in range(0, len(loud), step)]
    return VoiceFigures(
        speaker=speaker,
        voiced_ms=int(voiced.sum()) * HOP_MS,
        pitch_hz=round(median, 1),
        pitch_spread_semitones=round(float(near.std()), 2),
        level_db=round(float(10 * np.log10(np.mean(10 ** (loud / 10)))), 1),
        level_spread_db=round(float(np.std(syllables)), 2),
    )


def _median_of_neighbours(values: FloatArray) -> FloatArray:
    padded = np.pad(values, _SMOOTH // 2, mode="edge")
    rows = np.lib.stride_tricks.sliding_window_view(padded, _SMOOTH)
    return np.asarray(np.median(rows, axis=1), dtype=np.float32)
