"""Makes the sounds of a telephone line: for sample calls, benchmarks and tests.

Every function returns float32 samples of shape (n,), full scale 1.0, and is reproducible: noise
takes a seed. Levels are RMS in dBFS where 0 dB is the RMS of a full-scale sine.

Example:
    >>> from qa_pipeline.acoustics import synthesis
    >>> call = synthesis.ringback("GB", rings=2, sample_rate_hz=8000, last_cut_ms=300)
    >>> round(call.size / 8000, 1)
    3.3
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import signal as dsp

from qa_pipeline.acoustics.tone_plans import (
    DTMF_HIGH_HZ,
    DTMF_KEYS,
    DTMF_LOW_HZ,
    Signal,
    plan_of,
)
from qa_pipeline.domain.recording import FloatArray

NoiseKind = Literal["line", "hum", "office", "babble"]

_FADE_MS = 4  # switches ramp tones up and down over a few milliseconds
_TELEPHONE_BAND_HZ = (300.0, 3400.0)  # ITU-T G.712
_MU = 255.0  # ITU-T G.711
_A = 87.6


def level_to_rms(level_db: float) -> float:
    """RMS amplitude of a level in dBFS (a full-scale sine is 0 dB).

    Example:
        >>> round(level_to_rms(0.0), 3)
        0.707
    """
    return float(10.0 ** (level_db / 20.0) / np.sqrt(2.0))


def silence(duration_ms: float, sample_rate_hz: int) -> FloatArray:
    """Digital silence."""
    return np.zeros(_count(duration_ms, sample_rate_hz), dtype=np.float32)


def tone(
    frequencies_hz: tuple[float, ...] | Signal,
    duration_ms: float,
    sample_rate_hz: int,
    level_db: float = -20.0,
) -> FloatArray:
    """One burst of a tone: a sum of sines, or a modulated one when a `Signal` says so.

    Returns:
        Samples of shape (n,) with the given RMS level before the short fades at both ends.
    """
    kind = frequencies_hz if isinstance(frequencies_hz, Signal) else Signal(frequencies_hz)
    count = _count(duration_ms, sample_rate_hz)
    times = np.arange(count) / sample_rate_hz
    wave = np.zeros(count)
    for number, hz in enumerate(kind.frequencies_hz):
        wave += np.sin(2 * np.pi * hz * times + 0.7 * number)
    if kind.modulation_hz is not None:
        swing = np.cos(2 * np.pi * kind.modulation_hz * times)
        wave *= swing if kind.suppressed else 1.0 + 0.85 * swing
    fade = min(_count(_FADE_MS, sample_rate_hz), count // 2)
    wave = at_level(wave, level_db)
    if fade:
        ramp = np.linspace(0.0, 1.0, fade, endpoint=False)
        wave[:fade] *= ramp
        wave[count - fade :] *= ramp[::-1]
    return _float32(wave)


def ringback(
    country: str,
    rings: int,
    sample_rate_hz: int,
    level_db: float = -20.0,
    *,
    first_cut_ms: int = 0,
    last_cut_ms: int | None = None,
    variant: int = 0,
) -> FloatArray:
    """The caller's ringing.

    Args:
        country: ISO 3166 code of a plan in `tone_plans`.
        rings: how many rings begin (a double burst is one), at least 1.
        sample_rate_hz: sampling rate of the result.
        level_db: RMS level of the bursts.
        first_cut_ms: how much of the first ring is missing, as if recording started late.
        last_cut_ms: how much of the last ring is heard before the answer cuts it; None: all of
            it, and nothing of the pause after it.
        variant: which of the country's signals, where switches differ.

    Returns:
        Samples of shape (n,): from the (cut) first burst to the end of the last one.

    Raises:
        ValueError: unknown country, no rings, or the cuts leave nothing.
    """
    plan = plan_of(country)
    if plan is None:
        raise ValueError(f"there is no tone plan for {country!r}")
    if rings < 1:
        raise ValueError("at least one ring must begin")
    kind = plan.ringback[variant]
    one_ring = [
        tone(kind, length, sample_rate_hz, level_db)
        if place % 2 == 0
        else silence(length, sample_rate_hz)
        for place, length in enumerate(plan.ringback_cadence_ms)
    ]
    whole = np.concatenate(one_ring * rings)
    last_ms = plan.ring_ms if last_cut_ms is None else min(last_cut_ms, plan.ring_ms)
    end = _count((rings - 1) * plan.cycle_ms + last_ms, sample_rate_hz)
    start = _count(first_cut_ms, sample_rate_hz)
    if start >= end:
        raise ValueError("the cuts leave nothing of the ringing")
    return _float32(whole[start:end])


def busy_tone(
    country: str,
    duration_ms: int,
    sample_rate_hz: int,
    level_db: float = -20.0,
    cadence: int = 0,
) -> FloatArray:
    """Busy (or, with another `cadence`, congestion) tone that starts with a burst.

    Raises:
        ValueError: there is no plan for the country.
    """
    plan = plan_of(country)
    if plan is None:
        raise ValueError(f"there is no tone plan for {country!r}")
    lengths = plan.busy_cadences_ms[cadence]
    cycle = np.concatenate(
        [
            tone(plan.busy[0], length, sample_rate_hz, level_db)
            if place % 2 == 0
            else silence(length, sample_rate_hz)
            for place, length in enumerate(lengths)
        ]
    )
    count = _count(duration_ms, sample_rate_hz)
    return _float32(np.tile(cycle, count // cycle.size + 1)[:count])


def dtmf(
    digits: str,
    sample_rate_hz: int,
    level_db: float = -12.0,
    on_ms: int = 100,
    off_ms: int = 100,
) -> FloatArray:
    """Keys being pressed (ITU-T Q.23), each followed by a pause.

    Raises:
        ValueError: a character is no key.
    """
    parts: list[FloatArray] = []
    for digit in digits:
        places = [(r, row.find(digit)) for r, row in enumerate(DTMF_KEYS) if digit in row]
        if not places:
            raise ValueError(f"{digit!r} is not a DTMF key")
        row, column = places[0]
        pair = (DTMF_LOW_HZ[row], DTMF_HIGH_HZ[column])
        parts += [tone(pair, on_ms, sample_rate_hz, level_db), silence(off_ms, sample_rate_hz)]
    return np.concatenate(parts) if parts else silence(0, sample_rate_hz)


def click(sample_rate_hz: int, level_db: float = -12.0) -> FloatArray:
    """A switching click: 3 ms of a decaying broad-band impulse whose peak has `level_db`."""
    count = _count(3, sample_rate_hz)
    times = np.arange(count) / sample_rate_hz
    wave = np.exp(-times / 0.0006) * np.cos(2 * np.pi * 1500.0 * times)
    return _float32(wave * 10.0 ** (level_db / 20.0))


def line_noise(
    duration_ms: float,
    sample_rate_hz: int,
    level_db: float = -60.0,
    seed: int = 0,
    kind: NoiseKind = "line",
) -> FloatArray:
    """Noise of a telephone line or of the room behind it.

    Args:
        duration_ms: length.
        sample_rate_hz: sampling rate.
        level_db: RMS level.
        seed: the same seed gives the same noise.
        kind: ``line`` is even telephone-band noise (also right as comfort noise), ``hum`` mains
            hum with harmonics over a little noise, ``office`` low-pitched room noise with keys
            and knocks, ``babble`` noise with the spectrum and the syllable rhythm of many voices.
    """
    count = _count(duration_ms, sample_rate_hz)
    random = np.random.default_rng(seed)
    make = {"line": _line, "hum": _hum, "office": _office, "babble": _babble}[kind]
    return _float32(at_level(make(count, sample_rate_hz, random), level_db))


def telephone_band(samples: FloatArray, sample_rate_hz: int) -> FloatArray:
    """What a telephone line leaves of a sound: 300 to 3400 Hz (ITU-T G.712), same shape."""
    high = min(_TELEPHONE_BAND_HZ[1], 0.46 * sample_rate_hz)
    sections = dsp.butter(
        4, (_TELEPHONE_BAND_HZ[0], high), "bandpass", fs=sample_rate_hz, output="sos"
    )
    return _float32(dsp.sosfilt(sections, samples))


def mix_at_snr(wanted: FloatArray, noise: FloatArray, snr_db: float) -> FloatArray:
    """`wanted` plus noise, scaled so that the wanted sound is `snr_db` above it.

    The wanted sound's level is taken where it sounds (its samples within 40 dB of its peak), so
    that pauses do not raise the noise. The noise is repeated or cut to length.

    Example:
        >>> burst = tone((440.0,), 500, 8000)
        >>> mix_at_snr(burst, line_noise(500, 8000), 10.0).shape
        (4000,)
    """
    if wanted.size == 0 or noise.size == 0:
        return _float32(wanted)
    fitted = np.resize(noise, wanted.shape)
    loud = np.abs(wanted) > np.abs(wanted).max() * 0.01
    wanted_power = float(np.mean(np.square(wanted[loud], dtype=np.float64))) if loud.any() else 0.0
    noise_power = float(np.mean(np.square(fitted, dtype=np.float64)))
    if wanted_power == 0.0 or noise_power == 0.0:
        return _float32(wanted)
    gain = np.sqrt(wanted_power / noise_power * 10.0 ** (-snr_db / 10.0))
    return _float32(wanted + gain * fitted)


def mu_law(samples: FloatArray) -> FloatArray:
    """A round trip through 8-bit mu-law (ITU-T G.711, by its continuous formula)."""
    clipped = np.clip(samples, -1.0, 1.0)
    squeezed = np.sign(clipped) * np.log1p(_MU * np.abs(clipped)) / np.log1p(_MU)
    stepped = np.round(squeezed * 127.0) / 127.0
    return _float32(np.sign(stepped) * np.expm1(np.abs(stepped) * np.log1p(_MU)) / _MU)


def a_law(samples: FloatArray) -> FloatArray:
    """A round trip through 8-bit A-law (ITU-T G.711, by its continuous formula)."""
    clipped = np.clip(samples, -1.0, 1.0)
    size = np.abs(clipped)
    scale = 1.0 + np.log(_A)
    loud = size >= 1.0 / _A
    squeezed = np.where(loud, 1.0 + np.log(np.maximum(size, 1.0 / _A) * _A), _A * size) / scale
    stepped = (np.floor(squeezed * 127.99) + 0.5) / 128.0  # mid-rise: A-law has no zero
    wide = np.where(stepped >= 1.0 / scale, np.exp(stepped * scale - 1.0), stepped * scale) / _A
    return _float32(np.where(clipped < 0, -wide, wide))


def at_level(wave: npt.NDArray[np.floating], level_db: float) -> npt.NDArray[np.float64]:
    """`wave` scaled to an RMS level in dBFS; silence stays silence."""
    rms = float(np.sqrt(np.mean(np.square(wave, dtype=np.float64)))) if wave.size else 0.0
    return np.asarray(wave, dtype=np.float64) * (level_to_rms(level_db) / rms if rms else 0.0)


def _count(duration_ms: float, sample_rate_hz: int) -> int:
    return round(duration_ms * sample_rate_hz / 1000)


def _float32(wave: npt.NDArray[np.floating]) -> FloatArray:
    return np.asarray(wave, dtype=np.float32)


def _band(
    wave: npt.NDArray[np.float64], low_hz: float, high_hz: float, sample_rate_hz: int
) -> npt.NDArray[np.float64]:
    high = min(high_hz, 0.46 * sample_rate_hz)
    sections = dsp.butter(2, (low_hz, high), "bandpass", fs=sample_rate_hz, output="sos")
    return np.asarray(dsp.sosfilt(sections, wave), dtype=np.float64)


def _line(count: int, rate: int, random: np.random.Generator) -> npt.NDArray[np.float64]:
    return _band(random.standard_normal(count), *_TELEPHONE_BAND_HZ, rate)


def _hum(count: int, rate: int, random: np.random.Generator) -> npt.NDArray[np.float64]:
    times = np.arange(count) / rate
    mains_hz = 50.0 if random.random() < 0.5 else 60.0
    wave = np.zeros(count)
    for harmonic in range(1, 9):
        size = 1.0 / harmonic**1.5
        wave += size * np.sin(2 * np.pi * mains_hz * harmonic * times + random.uniform(0, 6.28))
    return wave + 0.1 * random.standard_normal(count)


def _office(count: int, rate: int, random: np.random.Generator) -> npt.NDArray[np.float64]:
    rumble = _band(random.standard_normal(count), 80.0, 700.0, rate)
    hiss = 0.3 * _band(random.standard_normal(count), 300.0, 3400.0, rate)
    wave = rumble / max(1e-9, float(rumble.std())) + hiss
    length = _count(12, rate)
    decay = np.exp(-np.arange(length) / (0.003 * rate))
    for start in np.flatnonzero(random.random(count) < 2.5 / rate):  # about 2.5 knocks a second
        piece = decay[: count - start]
        wave[start : start + length] += 3.0 * piece * random.standard_normal(piece.size)
    return wave


def _babble(count: int, rate: int, random: np.random.Generator) -> npt.NDArray[np.float64]:
    voices = np.zeros(count)
    for _ in range(6):
        pitch_hz = random.uniform(95.0, 240.0)
        drift = np.cumsum(random.standard_normal(count)) / rate
        phase = 2 * np.pi * np.cumsum(pitch_hz * (1.0 + 0.15 * np.tanh(4 * drift))) / rate
        buzz = sum((np.sin(k * phase) / k for k in range(1, 15)), np.zeros(count))
        rhythm = np.abs(_band(random.standard_normal(count), 2.0, 6.0, rate))  # syllables
        voices += buzz * rhythm / max(1e-9, float(rhythm.mean()))
    speech_shaped = _band(voices + 0.5 * random.standard_normal(count), 250.0, 1200.0, rate)
    bright = _band(voices + 0.5 * random.standard_normal(count), 1200.0, 3400.0, rate)
    return speech_shaped + 0.5 * bright
