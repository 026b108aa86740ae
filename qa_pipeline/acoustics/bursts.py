"""Finds bursts of steady tones, whatever they mean.

A burst is a stretch whose power stands in one or two narrow bands (tonality) and whose spectrum
does not move (stationarity). Speech reaches the first in single vowels, but its pitch never rests;
noise reaches neither. Both measures are ratios, so the level does not matter. In a second pass the
lines found are followed through the recording, which mends bursts that noise has broken and gives
the edges: a Hann-windowed frame centred on the edge of a tone holds half its amplitude, so the
tone begins and ends where its power crosses -6 dB of the plateau.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from qa_pipeline.acoustics.spectrogram import (
    ANALYSIS_RATE_HZ,
    BIN_HZ,
    HOP_MS,
    Mask,
    Spectrogram,
    close_gaps,
    runs,
)
from qa_pipeline.domain.recording import FloatArray
from qa_pipeline.domain.spans import Span

_LOW_HZ, _HIGH_HZ = 300.0, 2500.0  # where signalling tones lie
_TOTAL_HZ = (250.0, 3600.0)
_CALL_PROGRESS_HZ = (340.0, 660.0)  # ringback, busy and dial tones of all plans
_NEAR = 5  # bins: +-78 Hz hold a beating or modulated tone
_BAND_APART_HZ = 110.0  # above all ringing's pairs, below the American busy tone's 140 Hz
_SEED_TONALITY = 0.6  # a tone 10 dB over noise has 0.9; babble momentarily eats a third
_SEED_STATIONARITY = 0.82  # a 25 Hz modulation reaches 0.88
_LAG = 6  # frames: compares windows that hardly overlap
_SEED_FRAMES = 5
_FOLLOW_TONALITY = 0.4
_STRICT_TONALITY = 0.75
_EDGE_DB, _STEADY_DB, _LOUDER_DB = -6.0, 3.0, 6.0
_GAP_FRAMES = 9  # 90 ms: packet loss; the shortest pause of any plan is 200 ms
_MIN_FRAMES = 4
# Measured on 28 min of prompts in five languages against ringing of all plans in four noises at
# 10 dB: the middle of a vowel's band wanders by more than 3.5 Hz in 95 % of the stretches that get
# this far, that of a tone by less than 3 Hz in 95 %; a 16 Hz modulation ripples by 3.2 dB.
_LONG_MS = 150
_COHERENCE, _WANDER_HZ, _RIPPLE_DB = 0.65, 4.0, 3.6
_SHORT_COHERENCE, _SHORT_WANDER_HZ, _SHORT_RIPPLE_DB = 0.85, 3.0, 3.4
_SAME_LEVEL_DB = 3.0  # bursts of one ringing are equally loud
_SAME_HZ = 12.0
_HOLE_MS: Final = 140
_PIECE_TELLS_MS: Final = 100
_PIECE_LEVEL_DB: Final = 5.0  # a piece is short, and lost packets bite into it
_TINY: Final = 1e-12


@dataclass(frozen=True, slots=True)
class ToneBurst:
    """One uninterrupted stretch of a steady tone.

    `lines_hz` are its spectral lines, ascending; `level_db` its power in dBFS; `coherence` the
    share of the telephone band's power on those lines; `wander_hz` how much its middle moves.
    """

    span: Span
    lines_hz: tuple[float, ...]
    level_db: float
    coherence: float
    wander_hz: float

    @property
    def centre_hz(self) -> float:
        """The middle of its lines."""
        return float(np.mean(self.lines_hz))


def find_bursts(sound: Spectrogram) -> tuple[ToneBurst, ...]:
    """All bursts of steady tones of at least 40 ms in one channel, ordered by start."""
    tonality, peak_hz = _tonality(sound)
    steady = _stationarity(sound)
    seeds = [
        (first, end)
        for first, end in runs((tonality >= _SEED_TONALITY) & (steady >= _SEED_STATIONARITY))
        if end - first >= _SEED_FRAMES
    ]
    found: list[ToneBurst] = []
    taken = np.zeros(sound.frame_count, dtype=np.bool_)
    for first, end in sorted(seeds, key=lambda seed: seed[0] - seed[1]):  # the longest leads
        if taken[first:end].any():
            continue
        own, others = _follow(sound, tonality, taken, (first, end), peak_hz)
        # Talk right behind a tone may cling to it: then the narrower reading stands still.
        leader = next((b for run in own if (b := _measure(sound, *run)) is not None), None)
        if leader is None:
            continue
        alike = [b for run in others if (b := _measure(sound, *run, 1.6)) and _alike(leader, b)]
        for burst in (leader, *alike):
            found.append(burst)
            taken[burst.span.start_ms // HOP_MS : burst.span.end_ms // HOP_MS + 1] = True
    return tuple(sorted(found, key=lambda burst: burst.span))


def mend(bursts: Sequence[ToneBurst]) -> tuple[ToneBurst, ...]:
    """`bursts`, ordered by start, with the pieces of one tone put together.

    Packets lost inside a burst leave holes of 20 to 100 ms; the shortest pause of any plan is
    200 ms, so a hole below 140 ms is no pause. The longest piece speaks for the whole, but it is
    no steadier than the others: so vowels that follow each other stay vowels.
    """
    mended: list[ToneBurst] = []
    for burst in bursts:
        last = mended[-1] if mended else None
        if last is None or not _is_piece(last, burst):
            mended.append(burst)
            continue
        longer = max(last, burst, key=lambda piece: piece.span.duration_ms)
        end_ms = max(last.span.end_ms, burst.span.end_ms)
        wander = [b.wander_hz for b in (last, burst) if b is longer or _tells(b)]
        span = Span(last.span.start_ms, end_ms)
        mended[-1] = replace(longer, span=span, wander_hz=max(wander))
    return tuple(mended)


def _tells(burst: ToneBurst) -> bool:
    """Whether a piece is long enough for its steadiness to mean something."""
    return burst.span.duration_ms >= _PIECE_TELLS_MS


def shares_lines(one: ToneBurst, other: ToneBurst) -> bool:
    """Whether all lines of the shorter burst are the longer one's, as well as it can be told.

    Vowels of like middle fail here. A burst of 100 ms is blurred by about 10 Hz.
    """
    shorter, longer = sorted((one, other), key=lambda burst: burst.span.duration_ms)
    near_hz = 8.0 + 900.0 / max(30, shorter.span.duration_ms)
    return all(
        min(abs(line - known) for known in longer.lines_hz) <= near_hz
        or longer.lines_hz[0] <= line <= longer.lines_hz[-1]  # lines not yet resolved
        for line in shorter.lines_hz
    )


def _is_piece(one: ToneBurst, other: ToneBurst) -> bool:
    return (
        other.span.start_ms - one.span.end_ms <= _HOLE_MS
        and abs(one.level_db - other.level_db) <= _PIECE_LEVEL_DB
        and shares_lines(one, other)
    )


def measure_lines(samples: FloatArray, most: int = 3) -> tuple[tuple[float, ...], float]:
    """The strongest steady lines of a stretch and the share of its power on them.

    Args:
        samples: shape (n,), at `ANALYSIS_RATE_HZ`.
        most: how many lines at most; weaker than -11 dB of the strongest do not count.

    Returns:
        Frequencies, ascending, and the coherence from 0 to 1.
    """
    if samples.size < 160:
        return (), 0.0
    size = 1 << int(np.ceil(np.log2(samples.size * 4)))
    power = np.abs(np.fft.rfft(samples * np.hanning(samples.size), size)) ** 2
    step = ANALYSIS_RATE_HZ / size
    total = float(power[round(_TOTAL_HZ[0] / step) : round(_TOTAL_HZ[1] / step)].sum()) + _TINY
    lobe = int(np.ceil(max(2.0 * ANALYSIS_RATE_HZ / samples.size, 8.0) / step))
    left = power.copy()
    left[: round(_LOW_HZ / step)] = 0.0
    left[round(_HIGH_HZ / step) :] = 0.0
    lines: list[float] = []
    held, strongest = 0.0, 0.0
    for _ in range(most):
        peak = int(left.argmax())
        if left[peak] <= max(strongest * 0.08, _TINY):
            break
        strongest = max(strongest, float(left[peak]))
        lines.append((peak + _parabola(power, peak)) * step)
        near = slice(max(0, peak - lobe), peak + lobe + 1)
        held += float(left[near].sum())
        left[near] = 0.0
    return tuple(sorted(lines)), min(1.0, held / total)


def _parabola(power: npt.NDArray[np.floating], peak: int) -> float:
    """Offset of the true maximum from bin `peak`, by a parabola through the log powers."""
    if not 0 < peak < power.size - 1:
        return 0.0
    a, b, c = np.log(power[peak - 1 : peak + 2] + _TINY)
    bend = a - 2 * b + c
    return float(np.clip(0.5 * (a - c) / bend, -0.5, 0.5)) if bend < 0 else 0.0


def _tonality(sound: Spectrogram) -> tuple[FloatArray, FloatArray]:
    """Per frame: share of power in the two strongest narrow bands, and the strongest's middle."""
    low, high = round(_LOW_HZ / BIN_HZ), round(_HIGH_HZ / BIN_HZ)
    power = sound.power
    rows = np.arange(power.shape[0])
    cumulated = np.concatenate(
        (np.zeros((power.shape[0], 1), np.float32), power.cumsum(axis=1)), axis=1
    )
    total = sound.band(*_TOTAL_HZ) + _TINY
    search = power[:, low:high].copy()
    first = search.argmax(axis=1) + low
    held = cumulated[rows, first + _NEAR + 1] - cumulated[rows, first - _NEAR]
    columns = np.clip(first[:, None] - low + np.arange(-_NEAR, _NEAR + 1), 0, high - low - 1)
    search[rows[:, None], columns] = 0.0
    second = search.argmax(axis=1) + low
    for offset in range(-3, 4):
        place = second + offset
        inside = np.abs(place - first) > _NEAR
        held = held + np.where(inside, power[rows, place], 0.0)
    return np.asarray(held / total, np.float32), np.asarray(first * BIN_HZ, np.float32)


def _stationarity(sound: Spectrogram) -> FloatArray:
    """Per frame: the likeness (cosine) of the spectra before and after it, `_LAG` frames apart."""
    used = np.sqrt(sound.power[:, round(_TOTAL_HZ[0] / BIN_HZ) : round(_TOTAL_HZ[1] / BIN_HZ)])
    norm = np.sqrt((used * used).sum(axis=1)) + 1e-9
    likeness = (used[:-_LAG] * used[_LAG:]).sum(axis=1) / (norm[:-_LAG] * norm[_LAG:])
    half = _LAG // 2
    whole = np.zeros(sound.frame_count, dtype=np.float32)
    whole[half : half + likeness.size] = likeness
    whole[:half] = likeness[0] if likeness.size else 0.0  # a tone may stand at the very start
    whole[half + likeness.size :] = likeness[-1] if likeness.size else 0.0
    return whole


def _follow(
    sound: Spectrogram,
    tonality: FloatArray,
    taken: Mask,
    seed: tuple[int, int],
    peak_hz: FloatArray,
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Readings of the seed's own burst, widest first, and where else its tone may sound.

    Only call-progress tones are looked for elsewhere: nothing else repeats.
    """
    first, end = seed
    bins = np.unique(np.round(peak_hz[first:end] / BIN_HZ).astype(int))
    used = np.unique(np.concatenate([bins + offset for offset in range(-3, 4)]))
    strength = sound.power[:, used].sum(axis=1)
    plateau = float(np.median(strength[first:end]))
    level = 10.0 * np.log10((strength + _TINY) / (plateau + _TINY))
    share = strength / (sound.band(*_TOTAL_HZ) + _TINY)
    usual = float(np.median(share[first:end]))
    sounding = (level >= _EDGE_DB) & (level <= _LOUDER_DB) & (share >= _FOLLOW_TONALITY * usual)
    sounding &= ~taken
    strict = sounding & (level <= _STEADY_DB) & (share >= _STRICT_TONALITY * usual)
    whole = runs(close_gaps(sounding, _GAP_FRAMES))
    closed = [run for run in whole if run[1] - run[0] >= _MIN_FRAMES]
    own = [
        run
        for reading in (closed, runs(close_gaps(strict, 1)), [seed])
        for run in reading
        if run[0] < end and first < run[1] and run[1] - run[0] >= _MIN_FRAMES
    ]
    middle_hz = float(np.median(peak_hz[first:end]))
    if not _CALL_PROGRESS_HZ[0] <= middle_hz <= _CALL_PROGRESS_HZ[1]:
        return own, []
    others = [run for run in closed if tonality[slice(*run)].mean() > 0.5]
    return own, [run for run in others if run[1] <= first or end <= run[0]]


def _alike(leader: ToneBurst, burst: ToneBurst) -> bool:
    """Whether a burst found by following another one's lines is the same tone."""
    blur_hz = 1500.0 / max(60, burst.span.duration_ms)
    return (
        abs(burst.level_db - leader.level_db) <= _SAME_LEVEL_DB
        and abs(burst.centre_hz - leader.centre_hz) <= _SAME_HZ + blur_hz
        and burst.coherence >= 0.75 * leader.coherence
    )


def _measure(sound: Spectrogram, first: int, end: int, patience: float = 1.0) -> ToneBurst | None:
    """The burst of frames ``first`` to ``end``, or None if its lines do not stand still.

    `patience` widens the limits where the tone is already known from elsewhere.
    """
    start_ms, end_ms = first * HOP_MS, min((end - 1) * HOP_MS, sound.duration_ms)
    if end_ms - start_ms < _MIN_FRAMES * HOP_MS - HOP_MS:
        return None
    per_ms = ANALYSIS_RATE_HZ // 1000
    stretch = sound.samples[start_ms * per_ms : end_ms * per_ms]
    lines, coherence = measure_lines(stretch)
    if not lines:
        return None
    wander_hz, ripple_db = _unrest(sound, (first, end), lines)
    brief = (end - first) * HOP_MS < _LONG_MS
    limits = (
        (_SHORT_COHERENCE, _SHORT_WANDER_HZ, _SHORT_RIPPLE_DB)
        if brief
        else (_COHERENCE, _WANDER_HZ, _RIPPLE_DB)
    )
    if coherence < limits[0] or wander_hz > patience * limits[1] or ripple_db > limits[2]:
        return None
    level = 10.0 * np.log10(2.0 * float(np.mean(np.square(stretch, dtype=np.float64))) + _TINY)
    return ToneBurst(Span(start_ms, end_ms), lines, float(level), coherence, wander_hz)


def _unrest(
    sound: Spectrogram, frames: tuple[int, int], lines_hz: Sequence[float]
) -> tuple[float, float]:
    """How much the middle of the band (Hz) and its level (dB) move inside a burst.

    Two lines too far apart for one band have a band each, and what moves more counts: over one
    band, noise that changes the lines' balance would look like a tone that moves.
    """
    first, end = frames
    inner = slice(first + 2, end - 2) if end - first >= 8 else slice(first, end)
    apart_hz = lines_hz[-1] - lines_hz[0]
    wide = len(lines_hz) == 2 and apart_hz > _BAND_APART_HZ
    unrest = [
        _unrest_of_band(sound.power[inner], hz)
        for hz in (lines_hz if wide else (float(np.mean(lines_hz)),))
    ]
    return max(wander for wander, _ in unrest), max(ripple for _, ripple in unrest)


def _unrest_of_band(power: FloatArray, centre_hz: float) -> tuple[float, float]:
    middle = round(centre_hz / BIN_HZ)
    bins = slice(max(1, middle - _NEAR), middle + _NEAR + 1)
    near = power[:, bins] + _TINY
    strength = near.sum(axis=1)
    centroid = near @ np.arange(bins.start, bins.stop) * BIN_HZ / strength
    if centroid.size > 4:
        centroid = np.convolve(centroid, np.ones(3) / 3, "valid")
    return float(centroid.std()), float((10.0 * np.log10(strength)).std())
