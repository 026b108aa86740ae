"""Sound that comes again exactly, as only a recording does: announcements in a loop.

A person who says a sentence again says it otherwise, in time and in tune; a recording's second
round has the same sound in every moment of it, whatever the words, the language or the codec. So
nothing has to be read for it: the short-time spectrum is compared with itself at every lag, as for
thumbnails of music (J. Foote, "Visualizing music and audio using self-similarity", ACM Multimedia
1999), and the stretch that agrees best with what follows it by one lag is a round (the largest sum
of a run, J. Bentley, "Programming Pearls", CACM 27(9), 1984). Music may do so too; whether the two
rounds had talk between them is not asked here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from qa_pipeline.acoustics.spectrogram import (
    BIN_HZ,
    HOP_MS,
    Mask,
    Spectrogram,
    close_gaps,
    decibels,
    runs,
)
from qa_pipeline.domain.recording import FloatArray
from qa_pipeline.domain.spans import Span

Scores = npt.NDArray[np.float64]

FRAME_MS: Final = 2 * HOP_MS
BANDS: Final = 24
LEAST_LAG_MS, MOST_LAG_MS = 3_000, 45_000  # from one round to the next
# Of 484 made calls 40 have announcements on hold: in 31 they agree so well over so long, in 5
# babble of 7 dB hides them, in 4 the hold is hardly long enough for a second round. Of the other
# channels only music does, and talk that has other talk between its rounds.
LEAST_SCORE: Final = 0.7  # s of agreement beyond `AGREES_LEAST`
LEAST_ROUND_MS, LEAST_MEAN = 1_200, 0.6
LEAST_PART_MS: Final = 700  # of a round that is heard in part
MOST_LOOPS: Final = 3  # of one channel
_LOW_HZ, _HIGH_HZ = 250.0, 3400.0
_RANGE_DB = 35.0  # under a band's loudest: what a gate or a codec does below is no sound
_FLOOR_PERCENT, _LOUD_PERCENT = 20.0, 95.0
_LOCAL_FRAMES = 25  # 0.5 s: what is slower is level, hum or room
_CLIP_DB = 15.0
_SMOOTH_FRAMES = 11
AGREES_LEAST: Final = 0.3  # correlation of two moments: chance stays below
_ACTIVE = 0.5  # of the mean energy: softer moments weigh less
_ROUND_AGREES, _ROUND_ACTIVE = 0.45, 0.2
_JOIN_FRAMES = 15
_SURE_FRAMES, _EVEN = 50, 0.7  # a piece of 1 s tells how well a recording agrees with itself
_APART_FRAMES = 50  # 1 s: between two pieces of one round that agree
_TINY = 0.05  # of the mean energy


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A loop: its rounds in order, the first and the last as far as they were heard.

    `lag_ms` is the time from one round to the next, `agreement` the mean correlation of the longest
    round with the next one, 0 to 1.
    """

    rounds: tuple[Span, ...]
    lag_ms: int
    agreement: float


def find_recurrences(sound: Spectrogram, within: Span | None = None) -> tuple[Recurrence, ...]:
    """The loops of one channel, best first.

    Args:
        sound: the channel.
        within: only here; the ringing, which repeats too, is to be left out.

    Example:
        >>> from qa_pipeline.acoustics.spectrogram import spectrogram
        >>> draw = np.random.default_rng(1)
        >>> said = np.repeat(draw.uniform(0.0, 0.5, 40), 800) * draw.normal(0, 1, 32_000)
        >>> line = np.concatenate([said, np.zeros(24_000), said]).astype(np.float32)
        >>> [loop.lag_ms for loop in find_recurrences(spectrogram(line))]
        [7000]
    """
    first = 0 if within is None else max(0, within.start_ms // FRAME_MS)
    end = None if within is None else max(first, within.end_ms // FRAME_MS)
    moments = _moments(sound.power[::2][first:end])
    if moments is None:
        return ()
    energy = ndimage.uniform_filter1d(np.square(moments).mean(axis=0), _SMOOTH_FRAMES)
    energy = np.maximum(energy, 0.0)
    found: list[Recurrence] = []
    for score, start, stop, lag in _candidates(moments, energy):
        if score < LEAST_SCORE or len(found) == MOST_LOOPS:
            break
        part = Span((first + start) * FRAME_MS, (first + stop) * FRAME_MS)
        if any(part.overlaps(span) for loop in found for span in loop.rounds):
            continue
        loop = _loop(moments, energy, lag, first)
        if loop is not None:
            found.append(loop)
    return tuple(found)


def _moments(power: FloatArray) -> FloatArray | None:
    """What each band does in each moment beside its slow level, shape (bands, frames)."""
    if power.shape[0] * FRAME_MS < LEAST_LAG_MS + LEAST_ROUND_MS:
        return None
    edges = np.round(np.geomspace(_LOW_HZ, _HIGH_HZ, BANDS + 1) / BIN_HZ).astype(int)
    levels = decibels(
        np.stack([
            power[:, a : max(b, a + 1)].sum(axis=1)
            for a, b in pairwise(edges)
        ])
    )  # fmt: skip
    loud, floor = np.percentile(levels, (_LOUD_PERCENT, _FLOOR_PERCENT), axis=1, keepdims=True)
    levels = np.maximum(levels, np.maximum(floor, loud - _RANGE_DB))
    moments = levels - ndimage.uniform_filter1d(levels, _LOCAL_FRAMES, axis=1)
    moments = np.clip(moments, -_CLIP_DB, _CLIP_DB)
    spread = float(moments.std())
    return None if spread == 0.0 else (moments / spread).astype(np.float32)


def _candidates(moments: FloatArray, energy: FloatArray) -> list[tuple[float, int, int, int]]:
    """The best stretch of each lag, best first: score, first and end frame, lag in frames."""
    frames = moments.shape[1]
    most = min(MOST_LAG_MS, frames * FRAME_MS - LEAST_ROUND_MS) // FRAME_MS
    best = []
    for lag in range(LEAST_LAG_MS // FRAME_MS, most):
        weight = np.minimum(1.0, np.minimum(energy[:-lag], energy[lag:]) / _ACTIVE)
        gain = np.cumsum(weight * (_agreement(moments, energy, lag) - AGREES_LEAST))
        rise = gain - np.minimum.accumulate(np.minimum(gain, 0.0))
        end = int(rise.argmax())
        start = int(gain[: end + 1].argmin())
        best.append((float(rise[end]) * FRAME_MS / 1000, start, end + 1, lag))
    return sorted(best, reverse=True)


def _agreement(moments: FloatArray, energy: FloatArray, lag: int) -> Scores:
    """How alike each moment is to the one that follows it by a lag, shape (frames - lag,)."""
    product = np.einsum("bt,bt->t", moments[:, :-lag], moments[:, lag:]) / moments.shape[0]
    both = np.sqrt(energy[:-lag] * energy[lag:]) + _TINY
    return np.asarray(ndimage.uniform_filter1d(product, _SMOOTH_FRAMES) / both, dtype=np.float64)


def _loop(moments: FloatArray, energy: FloatArray, lag: int, first: int) -> Recurrence | None:
    """The rounds at one lag, if one of them is long enough."""
    agreement = _agreement(moments, energy, lag)
    alike: Mask = (agreement > _ROUND_AGREES) & (
        np.minimum(energy[:-lag], energy[lag:]) > _ROUND_ACTIVE
    )
    pieces = [(a, b, float(agreement[a:b].mean())) for a, b in runs(alike)]
    best = max((mean * min(b - a, _SURE_FRAMES), mean) for a, b, mean in pieces or [(0, 0, 0.0)])[1]
    # What begins where the recording stops agrees by chance, and never so well.
    for a, b, piece_mean in pieces:
        if piece_mean < _EVEN * best:
            alike[a:b] = False
    parts = [
        (a, b)
        for a, b in runs(close_gaps(alike, _JOIN_FRAMES))
        if (b - a) * FRAME_MS >= LEAST_PART_MS
    ]
    if not parts:
        return None
    longest = max(parts, key=lambda part: part[1] - part[0])
    mean = float(agreement[longest[0] : longest[1]].mean())
    if (longest[1] - longest[0]) * FRAME_MS < LEAST_ROUND_MS or mean < LEAST_MEAN:
        return None
    rounds = tuple(
        Span((first + start) * FRAME_MS, (first + end) * FRAME_MS)
        for start, end in _rounds(_in_step(parts, longest, lag), lag)
    )
    return Recurrence(rounds, lag * FRAME_MS, round(min(1.0, mean), 2))


def _in_step(
    parts: Sequence[tuple[int, int]], longest: tuple[int, int], lag: int
) -> list[tuple[int, int]]:
    """The longest part and those that stand in other rounds where it stands in its own."""
    apart = _APART_FRAMES
    kept = [longest]
    for part in sorted(parts, key=lambda one: abs(one[0] - longest[0])):
        cycles = round((part[0] - longest[0]) / lag) * lag
        beside = max(part[0] - cycles - longest[1], longest[0] - part[1] + cycles) <= apart
        near = min(max(part[0] - end, start - part[1]) for start, end in kept) <= lag
        if part != longest and beside and near:
            kept.append(part)
    return sorted(kept)


def _rounds(parts: Sequence[tuple[int, int]], lag: int) -> list[tuple[int, int]]:
    """The rounds that parts agree in with the next one; a middle round is whole.

    The first and the last may be cut, and reach no further than they agree.
    """
    origin = parts[0][0]
    phases: dict[int, tuple[int, int]] = {}
    for start, end in parts:
        cycle = round((start - origin) / lag)
        for n in (cycle, cycle + 1):
            low, high = start - origin - cycle * lag, end - origin - cycle * lag
            known = phases.get(n, (low, high))
            phases[n] = (min(known[0], low), max(known[1], high))
    low = min(phase[0] for phase in phases.values())
    high = max(phase[1] for phase in phases.values())
    if high - low >= lag:
        return [(origin + low, max(end for _, end in parts) + lag)]
    last = max(phases)
    return [
        (
            origin + n * lag + (phases[n][0] if n == 0 else low),
            origin + n * lag + (phases[n][1] if n == last else high),
        )
        for n in range(last + 1)
    ]
