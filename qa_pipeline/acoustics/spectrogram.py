"""The common front end: the telephone band at 8 kHz, in frames of 10 ms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import soxr

from qa_pipeline.domain.recording import FloatArray

ANALYSIS_RATE_HZ: Final = 8000  # all of a telephone line's band
WINDOW: Final = 512  # 64 ms: tells lines 31 Hz apart
HOP: Final = 80
HOP_MS: Final = HOP * 1000 // ANALYSIS_RATE_HZ
BIN_HZ: Final = ANALYSIS_RATE_HZ / WINDOW
_CHUNK_FRAMES: Final = 4096  # bounds the memory for the complex spectra

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Spectrogram:
    """Short-time power of one channel.

    `samples` are at `ANALYSIS_RATE_HZ`. `power` has shape (frames, 257); frame ``i`` is centred
    on ``i * HOP_MS`` and scaled so that a full-scale sine's bins sum to 1.
    """

    samples: FloatArray
    power: FloatArray

    @property
    def frame_count(self) -> int:
        """Number of frames."""
        return int(self.power.shape[0])

    @property
    def duration_ms(self) -> int:
        """Length of the channel."""
        return round(self.samples.size * 1000 / ANALYSIS_RATE_HZ)

    def band(self, low_hz: float, high_hz: float) -> FloatArray:
        """Power between two frequencies, shape (frames,)."""
        first, last = round(low_hz / BIN_HZ), round(high_hz / BIN_HZ)
        return np.asarray(self.power[:, first : last + 1].sum(axis=1), dtype=np.float32)


def to_analysis_rate(samples: FloatArray, sample_rate_hz: int) -> FloatArray:
    """One channel, shape (n,), at `ANALYSIS_RATE_HZ`; values that are no numbers become 0."""
    clean = np.nan_to_num(np.asarray(samples, dtype=np.float32))
    if sample_rate_hz == ANALYSIS_RATE_HZ or clean.size == 0:
        return clean
    return np.asarray(soxr.resample(clean, sample_rate_hz, ANALYSIS_RATE_HZ), dtype=np.float32)


def spectrogram(samples: FloatArray) -> Spectrogram:
    """Frames of one channel, shape (n,), at `ANALYSIS_RATE_HZ`."""
    half = WINDOW // 2
    padded = np.pad(samples, (half, half))
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    window = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
    # By Parseval: the bins of a sine of amplitude 1 then sum to 1.
    scale = np.float32(4.0 / (WINDOW * np.square(window).sum()))
    power = np.empty((frames.shape[0], half + 1), dtype=np.float32)
    for first in range(0, frames.shape[0], _CHUNK_FRAMES):
        spectra = np.fft.rfft(frames[first : first + _CHUNK_FRAMES] * window, axis=1)
        power[first : first + _CHUNK_FRAMES] = (spectra.real**2 + spectra.imag**2) * scale
    return Spectrogram(samples, power)


def decibels(power: npt.NDArray[np.floating]) -> FloatArray:
    """Power as dBFS (a full-scale sine is 0), floored at -120 dB."""
    return np.asarray(10.0 * np.log10(np.maximum(power, 1e-12)), dtype=np.float32)


def runs(mask: Mask) -> list[tuple[int, int]]:
    """The stretches of True as (first, end) with end exclusive.

    Example:
        >>> runs(np.array([False, True, True, False, True]))
        [(1, 3), (4, 5)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(np.int8), [0]))))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def close_gaps(mask: Mask, longest: int) -> Mask:
    """`mask` with its inner gaps of at most `longest` frames filled."""
    closed = mask.copy()
    for first, end in runs(~mask):
        if first > 0 and end < mask.size and end - first <= longest:
            closed[first:end] = True
    return closed
