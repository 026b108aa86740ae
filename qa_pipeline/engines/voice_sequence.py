"""Who speaks when, judged again from short windows that lie densely over the speech.

A segmentation network cuts a call where it hears voices change, and each piece goes to a voice as a
whole: a change it misses, or a piece with a laugh in it, puts seconds at the wrong person. Here the
call is a sequence of short windows, each with an embedding, and who speaks is the hidden state of a
Markov model that seldom changes, the more readily the longer a pause is. As in VB-HMM diarization
(Diez, Burget and Matejka 2018, "Speaker diarization based on Bayesian HMM with eigenvoice priors")
voices and sequence are found in turn, by expectation maximisation; it begins with the turns of the
first partition. The borders are then laid by Viterbi's algorithm, preferably where it is quiet.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from qa_pipeline.domain.spans import Span, merge
from qa_pipeline.domain.transcript import SpeakerTurn
from qa_pipeline.engines.voice_pieces import (
    WINDOW_MS,
    WINDOW_STEP_MS,
    Piece,
    Stretch,
    overlaps_of,
    pieces_of,
)

Floats = npt.NDArray[np.float64]
Indexes = npt.NDArray[np.int64]

FRAME_MS = 50
# Found on 83 made calls of one channel (scripts and voices of both halves then known); the errors
# change little within a factor of two of each.
_EVIDENCE = 0.45  # what a window's log-odds are worth, since neighbours share three quarters
# Voices are compared along the directions in which the windows of this call differ most, weighed
# by how much one voice itself wanders along each: with noise behind two alike voices that halved
# the confusion (42 tuning calls 0.80 to 0.37 % of the speech, 42 further ones 2.02 to 1.91 %).
_DIRECTIONS = 8
_EVEN_WIDTH = 0.1  # of the mean width, added to each direction: a few windows tell widths badly
_SHORT_POWER = 1.5  # of its length: what a shorter window is worth, a lone "hello" above all
_MOST_EVIDENCE = 4.0  # a single window says no more: it may hold a laugh, or a sound of the line
_MEAN_STAY_MS = 8_000  # until somebody else speaks
_LONGEST_PAUSE_MS = 4_000  # a longer one tells no more
_CHANGE_AT_BORDER = 0.3  # probability where the first partition hears a change
_FIRST_WORTH = 3.0  # log-odds that a piece of the first partition adds to its speaker
_CHANGE_COST = 1.0  # in log-odds, where it is quiet
_CHANGE_COST_LOUD = 10.0  # further, in the middle of loud speech
_CHANGE_COST_PAUSE = 0.5  # where nobody speaks
_QUIET_PERCENTILE, _LOUD_PERCENTILE = 5, 90  # of the levels of the speech
_LEVELS_OVER = 3  # frames that a level is averaged over
_ROUNDS = 8
_SETTLED = 1e-3  # a change of the posteriors below this ends the rounds
_DOUBT = 1e-3  # share left to each voice that the first partition does not hear in a window
# A voice that would keep less than this of its share was not found again but swallowed.
_LEAST_KEPT = 0.3


@dataclass(frozen=True, eq=False)
class VoiceTrack:
    """The sound of a voice along a recording.

    Attributes:
        spans: the windows, those of `voice_pieces.windows_over`.
        vectors: their embeddings, shape (windows, n).
        level_db: the level of each frame of `FRAME_MS` from the start of the recording.
    """

    spans: tuple[Span, ...]
    vectors: Floats
    level_db: Floats


@dataclass(frozen=True, eq=False)
class _Voices:
    """What the windows say: `posteriors` and `evidence` (log-odds), both (windows, voices)."""

    posteriors: Floats
    evidence: Floats


def levels_db(samples: npt.NDArray[np.float32], sample_rate_hz: int) -> Floats:
    """The level of every frame of `FRAME_MS`, dB relative to full scale; shape (frames,)."""
    size = sample_rate_hz * FRAME_MS // 1000
    whole = samples[: len(samples) // size * size].reshape(-1, size).astype(np.float64)
    return np.asarray(10 * np.log10(np.mean(whole**2, axis=1) + 1e-10))


def judged_again(turns: Sequence[SpeakerTurn], track: VoiceTrack) -> tuple[SpeakerTurn, ...]:
    """The same speech, each moment at the voice that the windows around it fit best.

    Args:
        turns: a first partition. Short stretches in which it hears two at once stay as they are.
        track: the sound of the windows over their pieces.

    Returns:
        Turns by start. `turns` themselves where there is one voice only, or where one of the two
        that talk most would be swallowed by another.
    """
    speakers = sorted({turn.speaker for turn in turns})
    if len(speakers) < 2 or len(track.spans) < 2 * len(speakers):
        return tuple(turns)
    pieces = pieces_of(turns)
    owners = _owners(track.spans, pieces)
    first = _first_posteriors([pieces[at].speaker for at in owners], speakers)
    voices = _learned(track, first, owners)
    had, has = first.sum(axis=0), voices.posteriors.sum(axis=0)
    parties = np.argsort(-had)[:2]
    if (has[parties] < _LEAST_KEPT * had[parties]).any():
        return tuple(turns)
    speech = merge(turn.span for turn in turns)
    frames = _frames(voices.evidence, track.spans, pieces, owners, speech[-1].end_ms)
    for piece in pieces:
        if piece.speaker is not None:
            own = slice(piece.span.start_ms // FRAME_MS, -(-piece.span.end_ms // FRAME_MS))
            frames[own, speakers.index(piece.speaker)] += _FIRST_WORTH / (own.stop - own.start)
    states = _best_path(frames, _costs(track.level_db, pieces, speech))
    return _with_overlaps(_turns_of(states, speakers, speech), overlaps_of(turns))


def _owners(spans: Sequence[Span], pieces: Sequence[Piece]) -> Indexes:
    """Which piece each window lies in."""
    starts = [piece.span.start_ms for piece in pieces]
    return np.array([bisect_right(starts, span.start_ms) - 1 for span in spans])


def _first_posteriors(heard: Sequence[str | None], speakers: Sequence[str]) -> Floats:
    shares = np.full((len(heard), len(speakers)), _DOUBT)
    for window, speaker in enumerate(heard):
        shares[window, slice(None) if speaker is None else speakers.index(speaker)] = 1.0
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def _middles(spans: Sequence[Span]) -> Floats:
    return np.array([(span.start_ms + span.end_ms) / 2 for span in spans])


def _learned(track: VoiceTrack, posteriors: Floats, owners: Indexes) -> _Voices:
    """Voices and sequence in turn, until they settle."""
    vectors = _principal(track.vectors)
    middles = _middles(track.spans)
    pauses = np.clip(np.diff(middles), WINDOW_STEP_MS, _LONGEST_PAUSE_MS)
    changes = 1 - np.exp(-pauses / _MEAN_STAY_MS)
    changes[np.diff(owners) > 0] = np.maximum(changes[np.diff(owners) > 0], _CHANGE_AT_BORDER)
    changes = np.concatenate([[0.0], changes])
    filled = np.array([[span.duration_ms / WINDOW_MS] for span in track.spans]) ** _SHORT_POWER
    evidence = np.zeros_like(posteriors)
    for _ in range(_ROUNDS):
        evidence = _evidence(vectors, posteriors, filled)
        fresh = _smoothed(evidence, changes, posteriors.mean(axis=0))
        settled = np.abs(fresh - posteriors).max() < _SETTLED
        posteriors = fresh
        if settled:
            break
    return _Voices(posteriors, evidence)


def _principal(vectors: Floats) -> Floats:
    """The embeddings along the directions in which they differ most; (windows, directions)."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / np.maximum(lengths, 1e-9)
    left, widths, _ = np.linalg.svd(unit - unit.mean(axis=0), full_matrices=False)
    return np.asarray((left * widths)[:, :_DIRECTIONS])


def _evidence(vectors: Floats, posteriors: Floats, filled: Floats) -> Floats:
    """Log-likelihood of each window for each voice, but for a constant.

    Voices are normal distributions of equal shape around their means, as in Fisher's linear
    discriminant. `filled`, shape (windows, 1): what each window is worth beside a whole one.
    """
    shares = posteriors * filled
    means = shares.T @ vectors / (shares.sum(axis=0) + 1e-6)[:, None]
    offsets = vectors[:, None, :] - means[None]
    shape = np.einsum("wv,wvi,wvj->ij", shares, offsets, offsets) / float(filled.sum())
    shape += max(_EVEN_WIDTH * float(np.trace(shape)) / len(shape), 1e-9) * np.eye(len(shape))
    squares = np.einsum("wvi,ij,wvj->wv", offsets, np.linalg.inv(shape), offsets)
    behind = (squares - squares.min(axis=1, keepdims=True)) / 2
    return np.asarray(-filled * np.minimum(_EVIDENCE * behind, _MOST_EVIDENCE))


def _smoothed(evidence: Floats, changes: Floats, priors: Floats) -> Floats:
    """Posteriors by the forward-backward algorithm; `changes`: probability of one per window."""
    likelihood = np.exp(evidence - evidence.max(axis=1, keepdims=True))
    count, others = len(evidence), evidence.shape[1] - 1
    forward, backward = np.empty_like(evidence), np.ones(evidence.shape[1])
    forward[0] = _normed(priors * likelihood[0])
    for at in range(1, count):
        change, before = changes[at], forward[at - 1]
        moved = (1 - change) * before + change * (1 - before) / others
        forward[at] = _normed(moved * likelihood[at])
    smoothed = np.empty_like(evidence)
    smoothed[-1] = forward[-1]
    for at in range(count - 2, -1, -1):
        change, after = changes[at + 1], backward * likelihood[at + 1]
        backward = _normed((1 - change) * after + change * (after.sum() - after) / others)
        smoothed[at] = _normed(forward[at] * backward)
    return smoothed


def _normed(values: Floats) -> Floats:
    return np.asarray((values + 1e-300) / (values + 1e-300).sum())


def _frames(
    evidence: Floats, spans: Sequence[Span], pieces: Sequence[Piece], owners: Indexes, end_ms: int
) -> Floats:
    """The windows' evidence laid on frames, each from the windows of its own piece."""
    middles = _middles(spans)
    frames = np.zeros((-(-end_ms // FRAME_MS), evidence.shape[1]))
    against = evidence - evidence[:, :1]  # differences are what counts
    for number, piece in enumerate(pieces):
        own = owners == number
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


def _with_overlaps(
    again: Sequence[SpeakerTurn], overlaps: Sequence[Stretch]
) -> tuple[SpeakerTurn, ...]:
    """Turns with the stretches in which several talk at once."""
    own: dict[str, list[Span]] = {}
    for turn in again:
        own.setdefault(turn.speaker, []).append(turn.span)
    for span, speakers in overlaps:
        for speaker in speakers:
            own.setdefault(speaker, []).append(span)
    told = [SpeakerTurn(span, speaker) for speaker in own for span in merge(own[speaker])]
    return tuple(sorted(told, key=lambda turn: (turn.span, turn.speaker)))
