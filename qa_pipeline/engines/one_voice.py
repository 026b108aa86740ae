"""Whether two clusters of voices are one voice, cut in two because two were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from qa_pipeline.domain.recording import FloatArray
from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.transcript import SpeakerTurn
from qa_pipeline.ports import ENGINE_SAMPLE_RATE_HZ

LEAST_VOICE_MS = 600  # shorter speech does not show whose it is
_TURNS = 6  # of each speaker, the longest, to know the voice by
# Cosine distance of the mean voices. Parts of one party's channel lie at 0.03 to 0.07 (tuning
# calls), two people mostly above 0.12, but two alike ones behind noise at 0.05: distance alone does
# not part these. Who shares a long talk evenly is therefore believed to be two unless they are as
# near as only one voice is: conversations are many, recordings of one party short and few, and two
# people taken for one spoil the whole call.
_SAME_VOICE = 0.055
_SAME_VOICE_LONG = 0.045
_LONG_TALK_MS = 40_000
_SAME_VOICE_CRUMB = 0.12
_CRUMB_SHARE = 0.15  # a crumb of the talk has an unsure mean


def mean_voices(embed: Any, turns: Sequence[SpeakerTurn], samples: FloatArray) -> Any:
    """Each speaker's mean voice over their longest turns, shape (speakers, dimensions).

    The pipeline's own centroids are those of its first clustering, which a single odd sound can
    spoil although the turns come out right.

    Args:
        embed: the voice encoder as pyannote calls it; None gives None.
        turns: whose speech stands where.
        samples: the recording, 16 kHz, shape (n,).

    Returns:
        None also where a speaker has no turn long enough.
    """
    if embed is None:
        return None
    voices = []
    for speaker in sorted({turn.speaker for turn in turns}):
        own = [turn.span for turn in turns if turn.speaker == speaker]
        longest = [
            s
            for s in sorted(own, key=lambda s: -s.duration_ms)[:_TURNS]
            if s.duration_ms >= LEAST_VOICE_MS
        ]
        found = [(s.duration_ms, voice_of(embed, samples, s)) for s in longest]
        sound = [
            ms * v / max(1e-9, float(np.linalg.norm(v))) for ms, v in found if np.isfinite(v).all()
        ]
        if not sound:
            return None
        voices.append(np.sum(sound, axis=0))
    return np.stack(voices) if voices else None


def voice_of(embed: Any, samples: FloatArray, span: Span) -> Any:
    """The voice embedding of a stretch of `samples` (16 kHz), shape (dimensions,)."""
    import torch

    per_ms = ENGINE_SAMPLE_RATE_HZ // 1000
    cut = samples[span.start_ms * per_ms : span.end_ms * per_ms]
    return embed(torch.from_numpy(np.ascontiguousarray(cut))[None, None])[0]


def least_share(turns: Sequence[SpeakerTurn]) -> float:
    """How much of the talk the one who talks least has, 0 to 1.

    Example:
        >>> least_share([SpeakerTurn(Span(0, 900), "A"), SpeakerTurn(Span(900, 1000), "B")])
        0.1
    """
    talk: dict[str, int] = {}
    for turn in turns:
        talk[turn.speaker] = talk.get(turn.speaker, 0) + turn.span.duration_ms
    return min(talk.values()) / max(1, sum(talk.values())) if talk else 0.0


def is_one_voice(centroids: Any, least_share: float, talk_ms: int) -> bool:
    """Whether two clusters, given by their mean voices (2, dimensions), are the same voice.

    A voice cut in two leaves a large part and a crumb; two people who share the talk are believed
    at a smaller distance, the more so in a long talk of `talk_ms`.
    """
    if centroids is None or len(centroids) != 2:
        return False
    norms = np.linalg.norm(centroids, axis=1)
    limit = _SAME_VOICE_LONG if talk_ms >= _LONG_TALK_MS else _SAME_VOICE
    if least_share < _CRUMB_SHARE:
        limit = _SAME_VOICE_CRUMB
    nearness = float(np.dot(centroids[0], centroids[1]) / max(1e-9, norms[0] * norms[1]))
    return bool(np.isfinite(nearness)) and 1.0 - nearness < limit
