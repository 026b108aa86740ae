"""The pitch of a voice, frame by frame, from telephone speech.

The period is where the normalised autocorrelation of a frame is highest (Boersma, 1993, "Accurate
short-term analysis of the fundamental frequency and the harmonics-to-noise ratio of a sampled
sound": dividing by the window's own autocorrelation makes the peak's height the share of the
periodic part). The telephone cuts the fundamental of low voices off, but the period stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from qa_pipeline.domain.recording import FloatArray

FRAME_MS: Final = 40
HOP_MS: Final = 20
LOWEST_HZ: Final = 70.0
HIGHEST_HZ: Final = 420.0
VOICED: Final = 0.55  # least height of the peak: above, more than half of the frame is periodic
BELOW_SPEECH_DB: Final = 25.0  # frames so far below the loud ones are no speech
# The first high peak counts: a later one at twice the period is a little higher at times.
_FIRST_WITHIN: Final = 0.9
_FRAMES_AT_ONCE: Final = 4_000  # about 80 s: bounds the memory of the spectra


@dataclass(frozen=True, slots=True)
class PitchTrack:
    """Per frame of `FRAME_MS`, every `HOP_MS`: fundamental (0 where unvoiced) and level."""

    pitch_hz: FloatArray  # shape (frames,), in Hz
    level_db: FloatArray  # shape (frames,), in dBFS


def track_pitch(samples: FloatArray, sample_rate_hz: int) -> PitchTrack:
    """The pitch of one voice.

    Args:
        samples: shape (n,), full scale 1.0.
        sample_rate_hz: 8000 or more.

    Returns:
        Both arrays of shape (frames,); empty for less than one frame.

    Example:
        >>> tone = np.sign(np.sin(np.arange(8000) / 8000 * 2 * np.pi * 125)).astype(np.float32)
        >>> float(np.median(track_pitch(tone, 8000).pitch_hz).round())
        125.0
    """
    size = sample_rate_hz * FRAME_MS // 1000
    hop = sample_rate_hz * HOP_MS // 1000
    if len(samples) < size:
        nothing: FloatArray = np.zeros(0, np.float32)
        return PitchTrack(nothing, nothing)
    frames = np.lib.stride_tricks.sliding_window_view(samples, size)[::hop]
    parts = [
        _track(frames[first : first + _FRAMES_AT_ONCE], sample_rate_hz)
        for first in range(0, len(frames), _FRAMES_AT_ONCE)
    ]
    pitch = np.concatenate([part.pitch_hz for part in parts])
    level = np.concatenate([part.level_db for part in parts])
    loud = np.percentile(level, 95)
    pitch[level < loud - BELOW_SPEECH_DB] = 0.0
    return PitchTrack(pitch, level)


def _track(frames: FloatArray, sample_rate_hz: int) -> PitchTrack:
    size = frames.shape[1]
    window = np.hanning(size).astype(np.float32)
    level = 10 * np.log10(np.mean(np.square(frames), axis=1) + 1e-12)
    centred = (frames - frames.mean(axis=1, keepdims=True)) * window
    length = 1 << (2 * size - 1).bit_length()
    shares = _autocorrelation(centred, length)[:, :size]
    shares /= np.maximum(shares[:, :1], 1e-12)
    own = _autocorrelation(window[None, :], length)[0, :size]
    shares = shares / np.maximum(own / own[0], 1e-3)
    shortest = int(sample_rate_hz / HIGHEST_HZ)
    longest = min(int(sample_rate_hz / LOWEST_HZ), size - 2)
    range_ = shares[:, shortest : longest + 1]
    peaks = (range_ > shares[:, shortest - 1 : longest]) & (
        range_ >= shares[:, shortest + 1 : longest + 2]
    )
    heights = np.where(peaks, range_, 0.0)
    best = heights.max(axis=1)
    first = np.argmax(heights >= _FIRST_WITHIN * best[:, None], axis=1)
    lag = shortest + first + _between(shares, shortest + first)
    pitch = np.where(best >= VOICED, sample_rate_hz / lag, 0.0)
    return PitchTrack(pitch.astype(np.float32), level.astype(np.float32))


def _autocorrelation(frames: FloatArray, length: int) -> FloatArray:
    spectra = np.fft.rfft(frames, length, axis=1)
    return np.fft.irfft(np.abs(spectra) ** 2, length, axis=1).astype(np.float32)


def _between(shares: FloatArray, lag: np.ndarray[tuple[int], np.dtype[np.int64]]) -> FloatArray:
    """How far the top of the parabola through three points lies from the middle one."""
    rows = np.arange(len(shares))
    left, middle, right = (shares[rows, lag + step] for step in (-1, 0, 1))
    bend = left - 2 * middle + right
    shift = np.where(np.abs(bend) > 1e-9, 0.5 * (left - right) / np.where(bend == 0, 1, bend), 0.0)
    return np.clip(shift, -0.5, 0.5).astype(np.float32)
