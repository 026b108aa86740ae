"""Where one voice ends and the other begins, once it is known how well each fits each window.

By Viterbi's algorithm over frames of 50 ms: a change of voice costs little where nobody speaks or
it is quiet, and much in the middle of loud speech.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.transcript import SpeakerTurn
from qa_pipeline.engines.voice_pieces import WINDOW_STEP_MS, Piece

Floats = npt.NDArray[np.float64]
Indexes = npt.NDArray[np.int64]

FRAME_MS = 50
_FIRST_WORTH = 3.0  # log-odds that a piece of the first partition adds to its speaker
_CHANGE_COST = 1.0  # in log-odds, where it is quiet
_CHANGE_COST_LOUD = 10.0  # further, in the middle of loud speech
_CHANGE_COST_PAUSE = 0.5  # where nobody speaks
_QUIET_PERCENTILE, _LOUD_PERCENTILE = 5, 90  # of the levels of the speech
_LEVELS_OVER = 3  # frames that a level is averaged over


@dataclass(frozen=True, eq=False)
class Scored:
    """What the windows over the pieces say.

    Attributes:
        evidence: log-likelihoods but for a constant, shape (windows, voices).
        spans: the windows.
        pieces: the stretches of speech they lie in.
        owners: the index of each window's piece.
    """

    evidence: Floats
    spans: Sequence[Span]
    pieces: Sequence[Piece]
    owners: Indexes


def laid(
    scored: Scored, level_db: Floats, speakers: Sequence[str], speech: Sequence[Span]
) -> list[SpeakerTurn]:
    """The speech as turns of the voices that fit best, a piece's own speaker a little preferred.

    Args:
        scored: what the windows say.
        level_db: the level of each frame of `FRAME_MS` from the start of the recording.
        speakers: the voices' names, in the order of the evidence.
        speech: where there is speech, in order.
    """
    frames = _frames(scored, speech[-1].end_ms)
    for piece in scored.pieces:
        if piece.speaker is not None:
            own = slice(piece.span.start_ms // FRAME_MS, -(-piece.span.end_ms // FRAME_MS))
            frames[own, speakers.index(piece.speaker)] += _FIRST_WORTH / (own.stop - own.start)
    states = _best_path(frames, _costs(level_db, scored.pieces, speech))
    return _turns_of(states, speakers, speech)


def levels_db(samples: npt.NDArray[np.float32], sample_rate_hz: int) -> Floats:
    """The level of every frame of `FRAME_MS`, dB relative to full scale; shape (frames,)."""
    size = sample_rate_hz * FRAME_MS // 1000
    whole = samples[: len(samples) // size * size].reshape(-1, size).astype(np.float64)
    return np.asarray(10 * np.log10(np.mean(whole**2, axis=1) + 1e-10))


def owners_of(spans: Sequence[Span], pieces: Sequence[Piece]) -> Indexes:
    """Which piece each window lies in."""
    starts = [piece.span.start_ms for piece in pieces]
    return np.array([bisect_right(starts, span.start_ms) - 1 for span in spans])


def middles_of(spans: Sequence[Span]) -> Floats:
    """The middle of each window, ms."""
    return np.array([(span.start_ms + span.end_ms) / 2 for span in spans])


def _frames(scored: Scored, end_ms: int) -> Floats:
    """The windows' evidence laid on frames, each from the windows of its own piece."""
    middles, evidence = middles_of(scored.spans), scored.evidence
    frames = np.zeros((-(-end_ms // FRAME_MS), evidence.shape[1]))
    against = evidence - evidence[:, :1]  # differences are what counts
    for number, piece in enumerate(scored.pieces):
        own = scored.owners == number
        at = np.arange(piece.span.start_ms // FRAME_MS, -(-piece.span.end_ms // FRAME_MS))
        for voice in range(1, evidence.shape[1]):
            frames[at, voice] = np.interp((at + 0.5) * FRAME_MS, middles[own], against[own, voice])
    return frames * (FRAME_MS / WINDOW_STEP_MS)


def _costs(level_db: Floats, pieces: Sequence[Piece], speech: Sequence[Span]) -> Floats:
    """What a change of voice costs at each frame, in log-odds."""
    spoken = np.zeros(-(-speech[-1].end_ms // FRAME_MS), dtype=bool)
    for span in speech:
        spoken[span.start_ms // FRAME_MS : -(-span.end_ms // FRAME_MS)] = True
    costs = _CHANGE_COST + _CHANGE_COST_LOUD * _loudness(level_db, spoken)
    costs[~spoken] = _CHANGE_COST_PAUSE
    for before, after in pairwise(pieces):
        if before.speaker != after.speaker:
            costs[before.span.end_ms // FRAME_MS : after.span.start_ms // FRAME_MS + 1] = (
                _CHANGE_COST_PAUSE
            )
    return costs


def _loudness(level_db: Floats, spoken: npt.NDArray[np.bool_]) -> Floats:
    """How loud each frame is among those with speech, 0 to 1."""
    levels = np.full(len(spoken), float(level_db.min()) if len(level_db) else -100.0)
    known = min(len(levels), len(level_db))
    levels[:known] = level_db[:known]
    low, high = np.percentile(levels[spoken], [_QUIET_PERCENTILE, _LOUD_PERCENTILE])
    loud = np.clip((levels - low) / max(high - low, 1e-6), 0.0, 1.0)
    edge = _LEVELS_OVER // 2
    around = np.pad(loud, edge, mode="edge")
    return np.convolve(around, np.full(_LEVELS_OVER, 1 / _LEVELS_OVER), mode="valid")


def _best_path(frames: Floats, costs: Floats) -> Indexes:
    """The cheapest sequence of states, `costs` being paid for a change at each frame."""
    count, voices = frames.shape
    own = np.arange(voices)
    came_from = np.zeros((count, voices), dtype=np.int64)
    best = frames[0].copy()
    for at in range(1, count):
        leader = int(best.argmax())
        changed = best[leader] - costs[at]
        stays = best >= changed
        came_from[at] = np.where(stays, own, leader)
        best = np.where(stays, best, changed) + frames[at]
    path = np.empty(count, dtype=np.int64)
    path[-1] = int(best.argmax())
    for at in range(count - 1, 0, -1):
        path[at - 1] = came_from[at, path[at]]
    return path


def _turns_of(
    states: Indexes, speakers: Sequence[str], speech: Sequence[Span]
) -> list[SpeakerTurn]:
    found = []
    for span in speech:
        start_ms = span.start_ms
        while start_ms < span.end_ms:
            frame = end = start_ms // FRAME_MS
            while end * FRAME_MS < span.end_ms and states[end] == states[frame]:
                end += 1
            end_ms = min(end * FRAME_MS, span.end_ms)
            found.append(SpeakerTurn(Span(start_ms, end_ms), speakers[states[frame]]))
            start_ms = end_ms
    return found
