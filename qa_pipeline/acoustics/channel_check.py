"""How many voices' channels a file really has: dual mono and dead channels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qa_pipeline.domain.recording import Audio, FloatArray, Layout

# The smallest step of A-law is 8/32768 above and below zero; an idle line swings by no more.
_DEAD_SWING = 17 / 32_768
_DEAD_LOUD_MS = 60  # a click or two do not make a line live
_DEAD_BLOCK_MS = 20

_DEAD_RMS = 1e-4  # -80 dBFS over the whole call: a codec's leak from the other channel
_BLOCK_MS = 128
_MAX_DELAY_MS = 30
_MAX_LEVEL_DB = 15.0  # a leak from the other channel is weaker
_LOUD = 0.1  # of the channel's 95th percentile of power: where its own party speaks, or a copy
_VERY_LOUD = 0.25
_COHERENT = 0.6  # squared correlation; noise of its own 6 dB down, or separate GSM coding
_LEVEL_DB = 2.5  # cross-talk at -4 dB still shifts the level by 4 dB each way
_ALIKE_SHARE = 0.95
_UNLIKE_DB = 6.0
_UNLIKE_COHERENCE = 0.4
_UNLIKE_MS = 400  # loud time on one channel alone: somebody spoke there
_BATCH = 256

_Spectrum = npt.NDArray[np.complex64]


@dataclass(frozen=True, slots=True)
class SameSignal:
    """The second channel is the first one times `gain`, `delay_ms` later."""

    gain: float
    delay_ms: float
    exact: bool


@dataclass(frozen=True, eq=False)
class Arranged:
    """Audio with the channels that carry something of their own.

    `kept` indexes the channels of the audio that was given; `note` says in words what was found.
    """

    audio: Audio
    layout: Layout
    kept: tuple[int, ...]
    note: str | None = None


def arrange(audio: Audio) -> Arranged:
    """Reduces dual mono, and stereo with a dead channel, to the one channel that matters.

    Args:
        audio: one or two channels.

    Example:
        >>> still = Audio(np.zeros((2, 8000), np.float32), 8000)
        >>> arrange(still).note
        'no signal: every channel is silent throughout'
    """
    dead = [is_dead(row, audio.sample_rate_hz) for row in audio.samples]
    if all(dead):
        only = Audio(audio.samples[:1], audio.sample_rate_hz)
        return Arranged(only, Layout.MONO, (0,), "no signal: every channel is silent throughout")
    if audio.channel_count == 1:
        return Arranged(audio, Layout.MONO, (0,))
    if any(dead):
        live = dead.index(False)
        only = Audio(audio.samples[live : live + 1], audio.sample_rate_hz)
        note = f"channel {1 - live} is silent throughout: channel {live} is taken as mono"
        return Arranged(only, Layout.MONO, (live,), note)
    same = same_signal(audio.samples[0], audio.samples[1], audio.sample_rate_hz)
    if same is None:
        return Arranged(audio, Layout.STEREO, (0, 1))
    louder = 1 if abs(same.gain) > 1.12 else 0  # 1 dB
    only = Audio(audio.samples[louder : louder + 1], audio.sample_rate_hz)
    return Arranged(only, Layout.DUAL_MONO, (louder,), _dual_mono_note(same))


def _dual_mono_note(same: SameSignal) -> str:
    note = "dual mono: both channels carry the same signal"
    level_db = 20 * np.log10(abs(same.gain))
    details = []
    if same.gain < 0:
        details.append("one is inverted")
    if abs(level_db) >= 1:
        details.append(f"{abs(level_db):.0f} dB apart")
    if abs(same.delay_ms) >= 0.2:
        details.append(f"{abs(same.delay_ms):.1f} ms apart")
    return f"{note} ({', '.join(details)})" if details else note


def is_dead(samples: FloatArray, sample_rate_hz: int) -> bool:
    """Whether a channel carries nothing from start to end: constant but for coding's last bit.

    Args:
        samples: shape (n,).
        sample_rate_hz: their rate.
    """
    size = max(2, sample_rate_hz * _DEAD_BLOCK_MS // 1000)
    blocks = samples[: samples.size // size * size].reshape(-1, size)
    swing = blocks.max(axis=1) - blocks.min(axis=1)
    rest = samples[blocks.size :]
    loud = int((swing > _DEAD_SWING).sum()) + int(rest.size > 0 and np.ptp(rest) > _DEAD_SWING)
    rms = float(np.sqrt(np.dot(samples, samples) / max(1, samples.size)))
    long_enough = samples.size > 50 * size  # in a second or less, a click is all there is
    few = loud * _DEAD_BLOCK_MS <= _DEAD_LOUD_MS or rms < _DEAD_RMS
    return loud == 0 or (long_enough and few)


def same_signal(first: FloatArray, second: FloatArray, sample_rate_hz: int) -> SameSignal | None:
    """Whether two channels carry one signal, up to gain, sign, a small delay and coding noise.

    The delay comes from the cross-correlation of the loudest seconds; then every block in which
    either channel is loud must be coherent, at the same level difference. In true stereo each
    party has blocks of its own, cross-talk or not, because a leak's level differs by direction.

    Args:
        first: shape (n,).
        second: shape (n,).
        sample_rate_hz: of both.

    Returns:
        How they differ, or None if they are two signals.
    """
    if np.array_equal(first, second):
        return SameSignal(1.0, 0.0, True)
    delay = _delay_samples(first, second, sample_rate_hz)
    whole = round(delay)
    if whole > 0:
        first, second = first[: first.size - whole], second[whole:]
    elif whole < 0:
        first, second = first[-whole:], second[:whole]
    in_first, in_second, cross = _block_powers(first, second, sample_rate_hz, delay - whole)
    product = np.maximum(in_first * in_second, 1e-30)
    coherence = cross**2 / product
    level_db = 10 * np.log10(np.maximum(in_second, 1e-15) / np.maximum(in_first, 1e-15))
    loud = (in_first > _LOUD * _high(in_first)) | (in_second > _LOUD * _high(in_second))
    typical_db = float(np.median(level_db[loud])) if loud.any() else np.inf
    if abs(typical_db) > _MAX_LEVEL_DB:
        return None
    sign = 1.0 if cross[loud].sum() >= 0 else -1.0
    off_db = np.abs(level_db - typical_db)
    alike = (coherence >= _COHERENT) & (sign * cross > 0) & (off_db <= _LEVEL_DB)
    very = (in_first > _VERY_LOUD * _high(in_first)) | (in_second > _VERY_LOUD * _high(in_second))
    alone = very & ((coherence < _UNLIKE_COHERENCE) | (off_db > _UNLIKE_DB))
    if float(alike[loud].mean()) < _ALIKE_SHARE or int(alone.sum()) * _BLOCK_MS > _UNLIKE_MS:
        return None
    return SameSignal(sign * 10 ** (typical_db / 20), delay * 1000 / sample_rate_hz, False)


def _high(power: npt.NDArray[np.float64]) -> float:
    return max(float(np.percentile(power, 95)), 1e-12)


def _delay_samples(first: FloatArray, second: FloatArray, sample_rate_hz: int) -> float:
    """By how many samples `second` comes later, with a fraction."""
    size = min(first.size, sample_rate_hz)
    count = max(1, first.size // size)
    starts = range(0, count * size, size)
    energy = [
        float(np.linalg.norm(first[at : at + size]) * np.linalg.norm(second[at : at + size]))
        for at in starts
    ]
    length = 1 << (2 * size - 1).bit_length()
    total: npt.NDArray[np.complex128] = np.zeros(length // 2 + 1, np.complex128)
    for at in (starts[i] for i in np.argsort(energy)[-20:]):
        a = np.fft.rfft(first[at : at + size], length)
        b = np.fft.rfft(second[at : at + size], length)
        total += np.conj(a) * b
    correlation = np.fft.irfft(total, length)
    reach = min(size - 1, sample_rate_hz * _MAX_DELAY_MS // 1000)
    window = np.abs(np.concatenate([correlation[-reach:], correlation[: reach + 1]]))
    best = int(window.argmax())
    if not 0 < best < window.size - 1:
        return float(best - reach)
    left, middle, right = window[best - 1 : best + 2]
    curve = left - 2 * middle + right
    shift = 0.5 * (left - right) / curve if curve else 0.0
    return float(best - reach + shift)


def _block_powers(
    first: FloatArray, second: FloatArray, sample_rate_hz: int, fraction: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Per block: the power of each channel and their cross-power, the delay taken out."""
    size = max(16, sample_rate_hz * _BLOCK_MS // 1000)
    count = max(1, min(first.size, second.size) // size)
    frequency = np.fft.rfftfreq(size)  # in cycles per sample
    # The band of a telephone line, so that hum and codecs' upper edges do not decide.
    band = (frequency * sample_rate_hz >= 200) & (frequency * sample_rate_hz <= 3400)
    advance = np.exp(2j * np.pi * frequency[band] * fraction).astype(np.complex64)
    window = np.hanning(size).astype(np.float32)
    in_first, in_second, cross = (np.zeros(count) for _ in range(3))
    for start in range(0, count, _BATCH):
        stop = min(count, start + _BATCH)
        a = _spectra(first, start, stop, size, window)[:, band]
        b = _spectra(second, start, stop, size, window)[:, band] * advance
        in_first[start:stop] = np.square(np.abs(a)).sum(axis=1)
        in_second[start:stop] = np.square(np.abs(b)).sum(axis=1)
        cross[start:stop] = (a * np.conj(b)).real.sum(axis=1)
    return in_first, in_second, cross


def _spectra(
    samples: FloatArray, start: int, stop: int, size: int, window: FloatArray
) -> _Spectrum:
    part = samples[start * size : stop * size]
    if part.size < (stop - start) * size:
        part = np.pad(part, (0, (stop - start) * size - part.size))
    spectra = np.fft.rfft(part.reshape(-1, size) * window, axis=1)
    return spectra.astype(np.complex64)
