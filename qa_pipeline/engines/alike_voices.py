"""Two voices so alike that the first partition of a call mixed them, or took them for one.

Clustering begins where a call differs most, and of two alike voices behind noise that is not from
the one to the other. Here many partitions are tried, each refined by expectation maximisation over
embedding and spectrum together, and the one is kept whose voices lie furthest apart, measured by
how much each wanders (Fisher's criterion). The spectrum's shape tells telephones and lines apart
where embeddings do not: of one-second windows of five such calls the true voices explained 0.82 to
0.92 by the embedding alone, 0.91 to 0.95 by both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from qa_pipeline.domain.recording import FloatArray
from qa_pipeline.domain.spans import Span, merge, subtract, total_ms
from qa_pipeline.domain.transcript import SpeakerTurn
from qa_pipeline.engines.voice_borders import Floats, Scored, laid, owners_of
from qa_pipeline.engines.voice_pieces import Piece
from qa_pipeline.engines.voice_sequence import (
    EVEN_WIDTH,
    EVIDENCE,
    MOST_EVIDENCE,
    changes_before,
    worth_of,
)
from qa_pipeline.ports import ENGINE_SAMPLE_RATE_HZ

# Cosine distance of the mean voices below which a partition is looked at again. Mixed voices lay at
# 0.01 to 0.05, the most alike ones that were told apart at 0.10.
NEAR_VOICES = 0.07
LONG_TALK_MS = 30_000  # less has too few turns to know two voices by
# What was heard as one voice mostly is one: a message, or one party's side. Halves of it lie 4 to
# 12 widths squared apart, the further the shorter it is, so that only a long talk is divided, and
# what is said must bear it out (`assign_roles`).
_LONG_ALONE_MS = 45_000
# A party comes back again and again; noise that was heard as speech, in a hold above all, does not.
_ONE_STRETCH_SHARE = 0.7
_ONE_STRETCH_MS = 5_000
_WITHIN_STRETCH_MS = 1_500  # of another voice, or of nobody, inside it
_PER_MS = ENGINE_SAMPLE_RATE_HZ // 1000
_FFT, _HOP = 400, 160
_BANDS, _LOWEST_HZ, _HIGHEST_HZ = 24, 100, 3_600
_LOUD_PERCENTILE = 40
_DIRECTIONS = 8  # of the embeddings, and of the spectra
_RANDOM_STARTS = 24
_SEED = 0
_ROUNDS = 12
_SETTLED = 1e-3
_DOUBTFUL = 0.1  # share left to the other voice at the start
# What is believed: two parties share the talk and take turns. Mixed voices that could be told apart
# lay 6.6 to 7.7 widths squared from one another and changed every 3.5 to 4.5 s.
_LEAST_APART = 4.0
_LEAST_SHARE = 0.2
_MOST_MS_PER_CHANGE = 5_500


@dataclass(frozen=True, eq=False)
class Sound:
    """What a stretch of speech sounds like, window by window.

    Attributes:
        spans: the windows, those of `voice_pieces.windows_over`.
        vectors: their embeddings, shape (windows, n).
        spectra: the shape of their spectra, decibels, shape (windows, bands).
        level_db: the level of each frame, see `voice_borders.laid`.
    """

    spans: tuple[Span, ...]
    vectors: Floats
    spectra: Floats
    level_db: Floats


def spectra_along(samples: FloatArray, spans: Sequence[Span]) -> Floats:
    """The mean shape of the spectrum in each window, dB around its own mean; (windows, bands).

    Of the telephone band, in mel bands, over the louder frames of the window.

    Args:
        samples: 16 kHz, shape (n,).
        spans: the windows.
    """
    from librosa.filters import mel as mel_filters

    bands = mel_filters(
        sr=ENGINE_SAMPLE_RATE_HZ, n_fft=_FFT, n_mels=_BANDS, fmin=_LOWEST_HZ, fmax=_HIGHEST_HZ
    )
    window = np.hanning(_FFT)
    found = []
    for span in spans:
        own = samples[span.start_ms * _PER_MS : span.end_ms * _PER_MS].astype(np.float64)
        if len(own) < _FFT:
            own = np.pad(own, (0, _FFT - len(own)))
        frames = np.lib.stride_tricks.sliding_window_view(own, _FFT)[::_HOP] * window
        levels = 10 * np.log10(np.abs(np.fft.rfft(frames, axis=1)) ** 2 @ bands.T + 1e-9)
        loudness = levels.mean(axis=1)
        loud = levels[loudness >= np.percentile(loudness, _LOUD_PERCENTILE)]
        found.append(loud.mean(axis=0) - loud.mean())
    return np.array(found)


def in_doubt(
    turns: Sequence[SpeakerTurn], spans: Sequence[Span], vectors: Floats
) -> tuple[Span, ...]:
    """The speech in which two voices may be mixed; empty where the turns are to be believed.

    Args:
        turns: of one voice or two.
        spans: windows in them.
        vectors: the windows' embeddings, (windows, n).
    """
    speech = merge(turn.span for turn in turns)
    speakers = sorted({turn.speaker for turn in turns})
    if len(speakers) > 2 or total_ms(speech) < LONG_TALK_MS:
        return ()
    if len(speakers) == 1:
        return speech if total_ms(speech) >= _LONG_ALONE_MS else ()
    stretch = _only_stretch(turns, speakers)
    if stretch is not None:
        rest = tuple(subtract(speech, [stretch]))
        return rest if total_ms(rest) >= LONG_TALK_MS else ()
    means = []
    for speaker in speakers:
        own = [turn.span for turn in turns if turn.speaker == speaker]
        inside = [any(span.overlap_ms(o) * 2 > span.duration_ms for o in own) for span in spans]
        if not any(inside):
            return ()
        means.append(vectors[np.array(inside)].mean(axis=0))
    lengths = np.linalg.norm(means[0]) * np.linalg.norm(means[1])
    near = 1 - float(means[0] @ means[1]) / max(1e-9, float(lengths)) < NEAR_VOICES
    return speech if near else ()


def _only_stretch(turns: Sequence[SpeakerTurn], speakers: Sequence[str]) -> Span | None:
    """The one stretch in which a voice says nearly all that it says."""
    for speaker in speakers:
        own = [turn.span for turn in turns if turn.speaker == speaker]
        longest = max(
            merge(own, _WITHIN_STRETCH_MS), key=lambda s: sum(s.overlap_ms(o) for o in own)
        )
        inside = sum(longest.overlap_ms(span) for span in own)
        if inside >= max(_ONE_STRETCH_MS, _ONE_STRETCH_SHARE * total_ms(own)):
            return longest
    return None


def told_apart(
    speech: Sequence[Span], sound: Sound, names: tuple[str, str]
) -> tuple[SpeakerTurn, ...]:
    """The speech as turns of two voices; empty where no two can be told apart.

    Args:
        speech: where somebody speaks, in order.
        sound: of windows over it.
        names: for the two voices.
    """
    if len(sound.spans) < 2 * _DIRECTIONS or sound.spectra.shape[1] < _DIRECTIONS:
        return ()
    features = np.hstack([_directions(sound.vectors), _directions(sound.spectra)])
    chain = _chain(sound.spans)
    found: tuple[float, Floats] | None = None
    for start in _starts(features, sound.spans):
        posteriors, evidence, apart = _refined(features, chain, start)
        if (found is None or apart > found[0]) and _is_shared(posteriors, sound.spans):
            found = (apart, evidence)
    if found is None or found[0] < _LEAST_APART:
        return ()
    pieces = [Piece(span, None) for span in speech]
    evidence = np.stack([np.zeros_like(found[1]), found[1]], axis=1)
    scored = Scored(evidence, sound.spans, pieces, owners_of(sound.spans, pieces))
    return tuple(laid(scored, sound.level_db, names, speech))


def replaced(turns: Sequence[SpeakerTurn], found: Sequence[SpeakerTurn]) -> tuple[SpeakerTurn, ...]:
    """The turns with those found in place of what they cover; nothing found changes nothing.

    Example:
        >>> replaced([SpeakerTurn(Span(0, 900), "A")], [SpeakerTurn(Span(0, 600), "B")])[1]
        SpeakerTurn(span=Span(start_ms=600, end_ms=900), speaker='A')
    """
    covered = [turn.span for turn in found]
    left = [
        SpeakerTurn(part, turn.speaker) for turn in turns for part in subtract([turn.span], covered)
    ]
    return tuple(sorted([*found, *left], key=lambda turn: (turn.span, turn.speaker)))


def _is_shared(posteriors: Floats, spans: Sequence[Span]) -> bool:
    """Whether two voices take turns as two parties do."""
    second = posteriors > 0.5
    share = min(second.mean(), 1 - second.mean())
    changes = int((second[1:] != second[:-1]).sum())
    return bool(
        share >= _LEAST_SHARE and total_ms(merge(spans)) <= _MOST_MS_PER_CHANGE * max(1, changes)
    )


def _directions(values: Floats) -> Floats:
    """Values along the directions in which they differ most, of equal width."""
    left, widths, _ = np.linalg.svd(values - values.mean(axis=0), full_matrices=False)
    along = (left * widths)[:, :_DIRECTIONS]
    return np.asarray(along / np.maximum(along.std(axis=0), 1e-9))


@dataclass(frozen=True, eq=False)
class _Chain:
    """What each window is worth, and the probability of a change before it."""

    worth: Floats
    changes: tuple[float, ...]


def _chain(spans: Sequence[Span]) -> _Chain:
    gaps = [after.start_ms > before.end_ms for before, after in pairwise(spans)]
    return _Chain(worth_of(spans), tuple(map(float, changes_before(spans, gaps))))


def _starts(features: Floats, spans: Sequence[Span]) -> Iterator[Floats]:
    """First shares of the second voice: either side of each direction, and stretches at random."""
    for direction in features.T:
        yield np.where(direction > np.median(direction), 1 - _DOUBTFUL, _DOUBTFUL)
    gaps = [0, *(int(after.start_ms > before.end_ms) for before, after in pairwise(spans))]
    stretch = np.cumsum(gaps)
    random = np.random.default_rng(_SEED)
    for _ in range(_RANDOM_STARTS):
        drawn = random.random(stretch[-1] + 1) < 0.5
        yield np.where(drawn[stretch], 1 - _DOUBTFUL, _DOUBTFUL)


def _refined(features: Floats, chain: _Chain, start: Floats) -> tuple[Floats, Floats, float]:
    """Posteriors of the second voice, its log-odds window by window, and how far apart they are.

    Voices are normal distributions of equal shape; the distance is the squared one of their means
    in widths of that shape (Mahalanobis).
    """
    second, worth = start, chain.worth
    total = float(worth.sum())
    square = (features * worth[:, None]).T @ features / total
    for _ in range(_ROUNDS):
        one, other = worth * (1 - second), worth * second
        means = [own @ features / (own.sum() + 1e-6) for own in (one, other)]
        shape = square - sum(
            own.sum() * np.outer(mean, mean) / total
            for own, mean in zip((one, other), means, strict=True)
        )
        shape += max(EVEN_WIDTH * float(np.trace(shape)) / len(shape), 1e-9) * np.eye(len(shape))
        across = np.linalg.solve(shape, means[1] - means[0])
        odds = EVIDENCE * (features - (means[0] + means[1]) / 2) @ across
        evidence = worth * np.clip(odds, -MOST_EVIDENCE, MOST_EVIDENCE)
        fresh = _smoothed(evidence, chain.changes, float(np.clip(second.mean(), 0.05, 0.95)))
        settled = np.abs(fresh - second).max() < _SETTLED
        second = fresh
        if settled:
            break
    return second, evidence, float((means[1] - means[0]) @ across)


def _smoothed(evidence: Floats, changes: Sequence[float], prior: float) -> Floats:
    """Posteriors of the second of two states by the forward-backward algorithm, in plain numbers.

    Of two states one number is enough, which is many times faster than arrays of two.
    """
    odds = np.exp(evidence).tolist()
    forward, share = [], prior
    for odd, change in zip(odds, changes, strict=True):
        share = (1 - change) * share + change * (1 - share)
        share = share * odd / (share * odd + 1 - share)
        forward.append(share)
    backward, after = [1.0], 1.0
    for odd, change in zip(odds[:0:-1], changes[:0:-1], strict=True):
        ahead = odd * after
        after = ((1 - change) * ahead + change) / ((1 - change) + change * ahead)
        backward.append(after)
    front, back = np.array(forward), np.array(backward[::-1])
    return np.asarray(front * back / (front * back + 1 - front))
