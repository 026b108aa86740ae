"""What separates music from speech and noise, measured twice a second.

Music holds its notes: partials stay in place for a quarter of a second and longer, and the mean
spectrum of a second shows lines. Speech glides, and its level moves with the syllables, about four
times a second. The measures follow E. Scheirer and M. Slaney, "Construction and evaluation of a
robust multifeature speech/music discriminator" (ICASSP 1997: 4 Hz modulation energy, spectral
flux, share of weak frames), D. Fitzgerald, "Harmonic/percussive separation using median filtering"
(DAFx 2010: harmonic energy is what lasts at a frequency; a running minimum stands for his median
here, being cheaper and stricter) and K. Seyerlehner et al., "Automatic music detection in
television productions" (DAFx 2007: continuous frequency activation, the peaks that stay).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from qa_pipeline.acoustics.spectrogram import (
    ANALYSIS_RATE_HZ,
    BIN_HZ,
    HOP,
    HOP_MS,
    Spectrogram,
    decibels,
)
from qa_pipeline.domain.recording import FloatArray

Features = npt.NDArray[np.float64]
Frequencies = npt.NDArray[np.floating]

STEP_FRAMES: Final = 50  # a step is 0.5 s
WINDOW_STEPS: Final = 4  # a window is 2 s
STEP_MS: Final = STEP_FRAMES * HOP_MS
FEATURE_NAMES: Final = (
    "sustained_energy",
    "sustained_typical",
    "standing_peaks",
    "line_contrast",
    "flux",
    "syllable_modulation",
    "brightness_swing",
    "level_swing",
)
_LOW_HZ, _HIGH_HZ = 200.0, 3500.0
_HOLD_FRAMES = 25
_PEAK_FRAMES = 21
_AUDIBLE_DB = 35.0
_ACTIVE_DB = 30.0
_TINY = 1e-9  # -90 dB a bin: below any line's noise
_STEADY_SHARE = 25.0  # per cent of a call that may be without its hum
_STEADY_TIMES = 2.0  # hum swings by less than this
_STEADY_LEAST_DB = -80.0
_LINE_TIMES = 12.0  # over the median around it
_LINE_BINS = 31  # of 2 Hz
_LINE_REACH_HZ = 40.0  # of a line, into the window's bins
_LINE_SWING = 1.6  # of half seconds in a quarter of the call: a tune's swing by more
_MAINS_HZ, _MAINS_OFF_HZ, _MAINS_LINES = (50.0, 60.0), 2.0, 3
_HUM_TO_HZ = 1000.0
_STEADY_LEAST_STEPS = 20
_STILL_STEPS, _STILL_LINES, _STILL_DB = 8, 8, 1.6
_HUM_LEAVES = 0.3  # of the power, what is left without the hum where nothing else sounds


def music_features(sound: Spectrogram) -> Features:
    """Shape (windows, 8), ordered as `FEATURE_NAMES`; window ``i`` starts at ``i * STEP_MS``.

    A channel shorter than one window gives none. A hum that goes through the call is left out.
    """
    power = _above_hum(sound)
    steps = power.shape[0] // STEP_FRAMES
    if steps < WINDOW_STEPS:
        return np.zeros((0, len(FEATURE_NAMES)))
    power = power[: steps * STEP_FRAMES]
    level = decibels(power.sum(axis=1))
    floor = ndimage.minimum_filter1d(power, _HOLD_FRAMES, axis=0).sum(axis=1)
    mean = ndimage.uniform_filter1d(power, _HOLD_FRAMES, axis=0).sum(axis=1) + _TINY
    levels = _windows(level)
    active = levels > levels.max(axis=1, keepdims=True) - _ACTIVE_DB
    sustained = np.where(active, _windows(floor / mean), np.nan)
    peaks, standing, moved, audible = _peaks_and_flux(power)
    return np.column_stack(
        (
            np.log10(_sums(floor) / _sums(mean) + 1e-3),
            np.log10(np.nanmedian(sustained, axis=1) + 1e-3),
            np.sqrt(_sums(standing) / (_sums(peaks) + 1.0)),
            _line_contrast(power),
            _sums(moved) / (_sums(audible) + 1.0),
            _syllables(power),
            _brightness_swing(power, active),
            np.minimum(levels.std(axis=1), 15.0),
        )
    )


def hum_only(sound: Spectrogram) -> npt.NDArray[np.bool_]:
    """Per step of 0.5 s whether nearly all that sounds is a hum.

    That is what goes through the whole call, and what stands still for four seconds: a tune's
    loudest lines rise and fall by many decibels meanwhile, a machine's by one.
    """
    steps = sound.frame_count // STEP_FRAMES
    if steps < WINDOW_STEPS:
        return np.zeros(steps, dtype=np.bool_)
    left = _per_step(_above_hum(sound)).sum(axis=1)
    whole = _per_step(_band(sound))
    hum = left < _HUM_LEAVES * whole.sum(axis=1)
    if steps >= _STILL_STEPS:
        spectra = np.lib.stride_tricks.sliding_window_view(
            decibels(whole + np.float32(_TINY)), _STILL_STEPS, axis=0
        )
        loudest = np.argsort(spectra.mean(axis=2), axis=1)[:, -_STILL_LINES:]
        swing = np.take_along_axis(spectra.std(axis=2), loudest, axis=1)
        still = np.flatnonzero(np.median(swing, axis=1) < _STILL_DB)
        for first in still:
            hum[first : first + _STILL_STEPS] = True
    return np.asarray(hum)


def _per_step(power: FloatArray) -> FloatArray:
    """Mean power of each step and bin, shape (steps, bins)."""
    steps = power.shape[0] // STEP_FRAMES
    mean = power[: steps * STEP_FRAMES].reshape(steps, STEP_FRAMES, -1).mean(axis=1)
    return np.asarray(mean, dtype=np.float32)


def _band(sound: Spectrogram) -> FloatArray:
    return sound.power[:, round(_LOW_HZ / BIN_HZ) : round(_HIGH_HZ / BIN_HZ)]


def _above_hum(sound: Spectrogram) -> FloatArray:
    """The power of 200 to 3500 Hz without what stands at its frequency through the whole call.

    Mains and machines hold their lines as music does, but never change the tune. A quarter of a
    second's least power is a line's own strength, and next to nothing of noise or talk.
    """
    power = _band(sound)
    steps = power.shape[0] // STEP_FRAMES
    if steps < _STEADY_LEAST_STEPS:
        return power
    least = power[: steps * STEP_FRAMES].reshape(steps, STEP_FRAMES, -1)[:, :_HOLD_FRAMES].min(1)
    alive = decibels(least.sum(axis=1)) > _STEADY_LEAST_DB
    if np.count_nonzero(alive) < _STEADY_LEAST_STEPS:
        return power
    steady = np.percentile(least[alive], _STEADY_SHARE, axis=0).astype(np.float32)
    steady = np.maximum(steady, _beating(sound, _per_step(power)[alive]))
    return np.asarray(np.maximum(power - np.float32(_STEADY_TIMES) * steady, 0.0), np.float32)


def _beating(sound: Spectrogram, steps: FloatArray) -> FloatArray:
    """Per bin the power of lines of a hum that beat with each other; 0 where there are none.

    Multiples of the mains lie nearer to each other than the window tells apart, so that they rise
    and fall many times a second and their least is next to nothing. In half seconds, of which
    each line's softest quarter counts, noise and talk have no lines so narrow.

    Args:
        sound: the channel.
        steps: mean power of its audible steps and bins, shape (steps, bins).
    """
    length = STEP_FRAMES * HOP
    parts = sound.samples[: sound.samples.size // length * length].reshape(-1, length)
    spectra = np.square(np.abs(np.fft.rfft(parts * np.hanning(length), axis=1)))
    hz = np.fft.rfftfreq(length, 1 / ANALYSIS_RATE_HZ)
    softest = np.percentile(spectra, _STEADY_SHARE, axis=0)
    lines_hz = hz[softest > _LINE_TIMES * ndimage.median_filter(softest, _LINE_BINS)]
    lines_hz = lines_hz[(lines_hz >= _LOW_HZ) & (lines_hz <= _HUM_TO_HZ)]
    of_mains = np.concatenate([_multiples(lines_hz, mains_hz) for mains_hz in _MAINS_HZ])
    bins_hz = np.arange(round(_LOW_HZ / BIN_HZ), round(_HIGH_HZ / BIN_HZ)) * BIN_HZ
    near = (np.abs(bins_hz[:, None] - of_mains[None, :]) < _LINE_REACH_HZ).any(axis=1)
    softest_step, soft = np.percentile(steps, (_STEADY_SHARE / 2, _STEADY_SHARE), axis=0)
    steady = near & (soft < _LINE_SWING * softest_step)
    return np.where(steady, soft, 0.0).astype(np.float32)


def _multiples(lines_hz: Frequencies, mains_hz: float) -> Frequencies:
    """The lines at whole multiples of the mains' frequency; none if there are only a few."""
    order = np.round(lines_hz / mains_hz)
    found = np.abs(lines_hz - order * mains_hz) <= _MAINS_OFF_HZ
    return lines_hz[found] if np.unique(order[found]).size >= _MAINS_LINES else lines_hz[:0]


def hold_ratio(sound: Spectrogram) -> FloatArray:
    """Per frame, in decades: the share of power that stays in place for a quarter of a second."""
    power = _band(sound)
    floor = ndimage.minimum_filter1d(power, _HOLD_FRAMES, axis=0).sum(axis=1)
    mean = ndimage.uniform_filter1d(power, _HOLD_FRAMES, axis=0).sum(axis=1) + _TINY
    return np.asarray(np.log10(floor / mean + 1e-3), dtype=np.float32)


def _windows(values: FloatArray) -> FloatArray:
    """Per-frame values as overlapping windows, shape (windows, frames in a window)."""
    length = STEP_FRAMES * WINDOW_STEPS
    return np.lib.stride_tricks.sliding_window_view(values, length)[::STEP_FRAMES]


def _sums(values: FloatArray) -> Features:
    """Per-frame values summed over each window."""
    steps = values.reshape(-1, STEP_FRAMES).sum(axis=1, dtype=np.float64)
    windows = np.lib.stride_tricks.sliding_window_view(steps, WINDOW_STEPS)
    return np.asarray(windows.sum(axis=1), dtype=np.float64)


def _peaks_and_flux(
    power: FloatArray,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Per frame: audible peaks, those that stand for 0.2 s, summed change (dB), bins audible."""
    smooth = ndimage.uniform_filter1d(
        np.log10(power + np.float32(_TINY)) * np.float32(10.0), 5, axis=0
    )
    loudest = ndimage.maximum_filter1d(smooth.max(axis=1), STEP_FRAMES * WINDOW_STEPS)
    top = smooth > (loudest - _AUDIBLE_DB)[:, None]
    middle = smooth[:, 1:-1]
    peak = (middle > smooth[:, :-2]) & (middle > smooth[:, 2:]) & top[:, 1:-1]
    lasting = ndimage.uniform_filter1d(peak.astype(np.float32), _PEAK_FRAMES, axis=0) > 0.8
    moved = np.zeros_like(smooth)
    moved[6:] = np.abs(smooth[6:] - smooth[:-6])
    return (
        peak.sum(axis=1).astype(np.float32),
        (lasting & peak).sum(axis=1).astype(np.float32),
        (moved * top).sum(axis=1),
        top.sum(axis=1).astype(np.float32),
    )


def _line_contrast(power: FloatArray) -> Features:
    """How far lines stand out of the mean spectrum of a second (dB)."""
    steps = power.reshape(-1, STEP_FRAMES, power.shape[1]).mean(axis=1)
    seconds = decibels(0.5 * (steps[:-1] + steps[1:]) + _TINY)
    contrast = (seconds - ndimage.uniform_filter1d(seconds, 9, axis=1)).std(axis=1)
    parts = np.lib.stride_tricks.sliding_window_view(contrast, WINDOW_STEPS - 1)
    return np.asarray(parts.mean(axis=1), dtype=np.float64)


def _syllables(power: FloatArray) -> Features:
    """Strength of the level's movement between 2.5 and 7 Hz against the level."""
    amplitude = _windows(np.sqrt(power.sum(axis=1)))
    mean = amplitude.mean(axis=1, keepdims=True)
    taper = np.hanning(amplitude.shape[1])
    spectra = np.abs(np.fft.rfft((amplitude - mean) * taper, axis=1))
    rates = np.fft.rfftfreq(amplitude.shape[1], HOP_MS / 1000)
    chosen = spectra[:, (rates >= 2.5) & (rates <= 7.0)]
    strength = np.sqrt(np.square(chosen).sum(axis=1))
    return np.asarray(strength / (amplitude.sum(axis=1) + _TINY), dtype=np.float64)


def _brightness_swing(power: FloatArray, active: npt.NDArray[np.bool_]) -> Features:
    """How much the balance of high to low moves (dB): vowels against fricatives."""
    half = power.shape[1] // 2
    balance = decibels(power[:, half:].sum(axis=1) + _TINY) - decibels(
        power[:, : half // 2 + 4].sum(axis=1) + _TINY
    )
    return np.asarray(np.nanstd(np.where(active, _windows(balance), np.nan), axis=1), np.float64)
