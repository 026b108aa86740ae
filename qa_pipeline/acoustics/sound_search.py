"""Where a stretch of speech is said again, by sound alone: query-by-example search.

Cepstra of the telephone band, compared by subsequence dynamic time warping (Sakoe and Chiba 1978;
for search in speech: Park and Glass 2008). Voice and line are the same in query and call, so
that no model of speech is needed. Distances differ from voice to voice and from word to word; they
are told as a share of that of the nearest tenth of the other places in the same call.

Measured on a human voice reading telephone prompts (8 kHz; 615 pairs of one word, 26,386 of two):
within 0.75 lie 0.62 of the repetitions and 0.006 of the other words; of what lay within 0.36
anywhere 34 of 34 were the word, within 0.5 148 of 149.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from qa_pipeline.acoustics.spectrogram import ANALYSIS_RATE_HZ, HOP, HOP_MS
from qa_pipeline.domain.echo import Echo
from qa_pipeline.domain.recording import FloatArray
from qa_pipeline.domain.spans import Span

_WINDOW: Final = 200  # 25 ms
_FFT: Final = 256
_MELS: Final = 26
_LOW_HZ, _HIGH_HZ = 150.0, 3600.0
_CEPSTRA: Final = 12  # without the zeroth: how loud it is does not matter
_DELTA: Final = 2  # frames to either side
_DELTA_WEIGHT: Final = 0.7
_FLOOR: Final = 0.3  # of the quiet frames' power: noise below it does not count
_RIM_MS: Final = 150  # voice detectors cut soft beginnings

_SHORTEST_MS, _LONGEST_MS = 200, 1_100
_LEAST_TRIMMED_MS = 220
_LOUD: Final = 0.7  # of the log10 of power below the middle of quiet and loud: a pause
_STRETCHED: Final = 2.2  # times the query: a path over a pause, not a word
_LEAST_PLACES: Final = 8  # to know how near other places are
_NEAREST: Final = 10.0  # percent
_APART_MS: Final = 100
_NEVER: Final = np.float32(1e9)
_UNREACHED: Final = np.float32(1e6)  # what holds such a step, after division by the length

_Frames = npt.NDArray[np.float32]
_Index = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Sounds:
    """The speech of a channel, ready to be searched.

    `features` has shape (frames, 24), unit length each; `frames` are their numbers in the channel,
    `HOP_MS` apart; `loud` tells which are no pauses.
    """

    features: _Frames
    frames: _Index
    loud: npt.NDArray[np.bool_]


def sounds_of(samples: FloatArray, speech: Sequence[Span]) -> Sounds:
    """The speech of one channel.

    Args:
        samples: at `ANALYSIS_RATE_HZ`, shape (n,).
        speech: where somebody speaks.
    """
    count = samples.size // HOP + 1
    spoken = np.zeros(count, dtype=np.bool_)
    for span in speech:
        first = max(0, span.start_ms - _RIM_MS) // HOP_MS
        spoken[first : (span.end_ms + _RIM_MS) // HOP_MS] = True
    frames = np.flatnonzero(spoken)
    if frames.size < 2 * _DELTA + 1:
        return Sounds(np.empty((0, 2 * _CEPSTRA), np.float32), frames[:0], spoken[:0])
    # Around the speech too, so that the changes at its borders are those that were heard.
    wide = np.convolve(spoken, np.ones(2 * _DELTA + 1), "same") > 0
    around = np.flatnonzero(wide)
    power = _power(samples, around)
    own = spoken[around]
    total = power.sum(axis=1)
    floor = _FLOOR * np.percentile(total[own], 5) / power.shape[1]
    cepstra = np.log(power @ _mel_filters() + floor + 1e-10) @ _cosines()
    cepstra = _standard(cepstra, own)
    features = np.hstack([cepstra, _DELTA_WEIGHT * _standard(_changes(cepstra), own)])[own]
    features /= np.linalg.norm(features, axis=1, keepdims=True) + 1e-6
    level = np.log10(total[own] + 1e-9)
    middle = (np.percentile(level, 15) + np.percentile(level, 90)) / 2
    return Sounds(features.astype(np.float32), frames, level >= middle - _LOUD)


def echoes_of(sounds: Sounds, model: Span, farthest: float) -> tuple[Echo, ...]:
    """Where else a stretch is said, nearest first; empty where the model is too short to search.

    Args:
        sounds: the channel's speech.
        model: what to look for, a word or two.
        farthest: the largest distance told; see `Echo`.
    """
    first, last = _trimmed(sounds, model)
    if (last - first) * HOP_MS < _SHORTEST_MS:
        return ()
    query = sounds.features[first:last]
    distances, begun = _warped(1.0 - query @ sounds.features.T)
    starts, ends = sounds.frames[begun], sounds.frames
    distances = np.where(ends - starts > _STRETCHED * len(query), _NEVER, distances)
    apart = _APART_MS // HOP_MS
    own = (starts < sounds.frames[last - 1] + apart) & (ends > sounds.frames[first] - apart)
    places = [place for place in _minima(distances, len(query) // 2) if not own[place]]
    if len(places) < _LEAST_PLACES:
        return ()
    usual = float(np.percentile(distances[places], _NEAREST)) + 1e-9
    return tuple(
        Echo(
            model.start_ms,
            model.end_ms,
            int(starts[place]) * HOP_MS,
            int(ends[place] + 1) * HOP_MS,
            round(float(distances[place]) / usual, 3),
        )
        for place in places
        if distances[place] <= farthest * usual
    )


def _power(samples: FloatArray, frames: _Index) -> _Frames:
    half = _WINDOW // 2
    padded = np.pad(np.asarray(samples, dtype=np.float32), (half, half))
    windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::HOP]
    frames = np.minimum(frames, len(windows) - 1)
    spectra = np.fft.rfft(windows[frames] * np.hanning(_WINDOW), _FFT, axis=1)
    return np.asarray(np.square(np.abs(spectra)), dtype=np.float32)


def _mel_filters() -> _Frames:
    """Triangles evenly spaced on the mel scale, shape (129, 26)."""

    def mel(hz: float) -> float:
        return 2595.0 * float(np.log10(1.0 + hz / 700.0))

    edges = 700.0 * (10.0 ** (np.linspace(mel(_LOW_HZ), mel(_HIGH_HZ), _MELS + 2) / 2595.0) - 1.0)
    bins = np.fft.rfftfreq(_FFT, 1.0 / ANALYSIS_RATE_HZ)[:, None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    return np.asarray(np.maximum(0.0, np.minimum(rising, falling)), dtype=np.float32)


def _cosines() -> _Frames:
    """The discrete cosine transform from bands to cepstra, shape (26, 12)."""
    bands = np.arange(_MELS)[:, None] + 0.5
    return np.asarray(np.cos(np.pi / _MELS * bands * np.arange(1, _CEPSTRA + 1)), dtype=np.float32)


def _changes(cepstra: _Frames) -> _Frames:
    padded = np.pad(cepstra, ((_DELTA, _DELTA), (0, 0)), mode="edge")
    count = len(cepstra)
    slopes = [
        step * (padded[_DELTA + step :][:count] - padded[_DELTA - step :][:count])
        for step in range(1, _DELTA + 1)
    ]
    return np.asarray(sum(slopes[1:], slopes[0]), dtype=np.float32)


def _standard(values: _Frames, own: npt.NDArray[np.bool_]) -> _Frames:
    """With the line and the voice taken out: mean 0 and deviation 1 over the speech."""
    spoken = values[own]
    return np.asarray((values - spoken.mean(axis=0)) / (spoken.std(axis=0) + 1e-6), np.float32)


def _trimmed(sounds: Sounds, model: Span) -> tuple[int, int]:
    """The model's rows ``[first, last)`` of the features, without the pauses at its ends."""
    bounds = [model.start_ms // HOP_MS, model.end_ms // HOP_MS]
    first, last = (int(row) for row in np.searchsorted(sounds.frames, bounds))
    least = _LEAST_TRIMMED_MS // HOP_MS
    while last - first > least and not sounds.loud[first]:
        first += 1
    while last - first > least and not sounds.loud[last - 1]:
        last -= 1
    return max(first, last - _LONGEST_MS // HOP_MS), last


def _warped(costs: _Frames) -> tuple[_Frames, _Index]:
    """Of each frame the cost of the best path that ends there, and the frame where that begins.

    Steps are one by one, two by one and one by two, so that a saying is at most half or twice as
    long as the query.

    Args:
        costs: shape (query frames, frames of the speech).
    """
    width = costs.shape[1]
    rows = [costs[0]]
    begun = [np.arange(width)]
    for at in range(1, len(costs)):
        cost = costs[at]
        total = np.full(width, _NEVER, dtype=np.float32)
        start = np.zeros(width, dtype=np.intp)
        total[1:] = rows[-1][:-1] + cost[1:]
        start[1:] = begun[-1][:-1]
        longer = rows[-1][:-2] + (cost[2:] + cost[1:-1]) / 2
        _take(total[2:], start[2:], longer, begun[-1][:-2])
        if at > 1:
            shorter = rows[-2][:-1] + costs[at - 1][1:] + cost[1:]
            _take(total[1:], start[1:], shorter, begun[-2][:-1])
        rows, begun = [rows[-1], total], [begun[-1], start]
    return np.asarray(rows[-1] / len(costs), dtype=np.float32), begun[-1]


def _take(total: _Frames, start: _Index, other: _Frames, other_start: _Index) -> None:
    """Put in place what is cheaper."""
    cheaper = other < total
    total[cheaper] = other[cheaper]
    start[cheaper] = other_start[cheaper]


def _minima(distances: _Frames, apart: int) -> list[int]:
    """The nearest places, each at least so many frames from a nearer one."""
    free = distances < _UNREACHED
    found = []
    for place in np.argsort(distances, kind="stable"):
        if free[place]:
            found.append(int(place))
            free[max(0, place - apart) : place + apart + 1] = False
    return found
