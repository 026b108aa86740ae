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

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qa_pipeline.domain.spans import Span, merge
from qa_pipeline.domain.transcript import SpeakerTurn
from qa_pipeline.engines.voice_borders import Indexes, Scored, laid, middles_of, owners_of
from qa_pipeline.engines.voice_pieces import (
    WINDOW_MS,
    WINDOW_STEP_MS,
    Stretch,
    overlaps_of,
    pieces_of,
)

Floats = npt.NDArray[np.float64]

# Found on 83 made calls of one channel (scripts and voices of both halves then known); the errors
# change little within a factor of two of each.
EVIDENCE = 0.45  # what a window's log-odds are worth, since neighbours share three quarters
# Voices are compared along the directions in which the windows of this call differ most, weighed
# by how much one voice itself wanders along each: with noise behind two alike voices that halved
# the confusion (42 tuning calls 0.80 to 0.37 % of the speech, 42 further ones 2.02 to 1.91 %).
_DIRECTIONS = 8
EVEN_WIDTH = 0.1  # of the mean width, added to each direction: a few windows tell widths badly
_SHORT_POWER = 1.5  # of its length: what a shorter window is worth, a lone "hello" above all
MOST_EVIDENCE = 4.0  # a single window says no more: it may hold a laugh, or a sound of the line
_MEAN_STAY_MS = 8_000  # until somebody else speaks
_LONGEST_PAUSE_MS = 4_000  # a longer one tells no more
_CHANGE_AT_BORDER = 0.3  # probability where the first partition hears a change
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
    owners = owners_of(track.spans, pieces)
    first = _first_posteriors([pieces[at].speaker for at in owners], speakers)
    voices = _learned(track, first, owners)
    had, has = first.sum(axis=0), voices.posteriors.sum(axis=0)
    parties = np.argsort(-had)[:2]
    if (has[parties] < _LEAST_KEPT * had[parties]).any():
        return tuple(turns)
    speech = merge(turn.span for turn in turns)
    scored = Scored(voices.evidence, track.spans, pieces, owners)
    again = laid(scored, track.level_db, speakers, speech)
    return _with_overlaps(again, overlaps_of(turns))


def _first_posteriors(heard: Sequence[str | None], speakers: Sequence[str]) -> Floats:
    shares = np.full((len(heard), len(speakers)), _DOUBT)
    for window, speaker in enumerate(heard):
        shares[window, slice(None) if speaker is None else speakers.index(speaker)] = 1.0
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def _learned(track: VoiceTrack, posteriors: Floats, owners: Indexes) -> _Voices:
    """Voices and sequence in turn, until they settle."""
    vectors = _principal(track.vectors)
    changes = changes_before(track.spans, (np.diff(owners) > 0).tolist())
    filled = worth_of(track.spans)[:, None]
    evidence = np.zeros_like(posteriors)
    for _ in range(_ROUNDS):
        evidence = _evidence(vectors, posteriors, filled)
        fresh = _smoothed(evidence, changes, posteriors.mean(axis=0))
        settled = np.abs(fresh - posteriors).max() < _SETTLED
        posteriors = fresh
        if settled:
            break
    return _Voices(posteriors, evidence)


def changes_before(spans: Sequence[Span], borders: Sequence[bool]) -> Floats:
    """How probable it is that another voice speaks than in the window before; 0 for the first.

    Args:
        spans: the windows in order.
        borders: between which of them a change is likelier, shape (windows - 1,).
    """
    pauses = np.clip(np.diff(middles_of(spans)), WINDOW_STEP_MS, _LONGEST_PAUSE_MS)
    changes = 1 - np.exp(-pauses / _MEAN_STAY_MS)
    changes = np.where(borders, np.maximum(changes, _CHANGE_AT_BORDER), changes)
    return np.asarray(np.concatenate([[0.0], changes]))


def worth_of(spans: Sequence[Span]) -> Floats:
    """What each window is worth beside a whole one, shape (windows,)."""
    return np.asarray(np.array([span.duration_ms / WINDOW_MS for span in spans]) ** _SHORT_POWER)


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
    shape += max(EVEN_WIDTH * float(np.trace(shape)) / len(shape), 1e-9) * np.eye(len(shape))
    squares = np.einsum("wvi,ij,wvj->wv", offsets, np.linalg.inv(shape), offsets)
    behind = (squares - squares.min(axis=1, keepdims=True)) / 2
    return np.asarray(-filled * np.minimum(EVIDENCE * behind, MOST_EVIDENCE))


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
