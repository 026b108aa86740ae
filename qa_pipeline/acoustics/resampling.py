"""From one sample rate to another."""

from __future__ import annotations

import numpy as np

from qa_pipeline.domain.recording import Audio, FloatArray
from qa_pipeline.ports import ENGINE_SAMPLE_RATE_HZ


def resample(samples: FloatArray, from_hz: int, to_hz: int) -> FloatArray:
    """`samples` at another rate, band-limited (soxr's high quality, through librosa).

    Args:
        samples: float32, shape (n,) or (channels, n).
        from_hz: their rate.
        to_hz: the rate wanted.

    Returns:
        float32, shape (..., ceil(n * to_hz / from_hz)); the input itself if the rates are equal.

    Raises:
        ValueError: a rate is not positive.

    Example:
        >>> resample(np.zeros(8000, np.float32), 8000, 16000).shape
        (16000,)
    """
    if from_hz <= 0 or to_hz <= 0:
        raise ValueError(f"sample rates must be positive: {from_hz}, {to_hz}")
    if from_hz == to_hz or samples.shape[-1] == 0:
        return samples
    import librosa

    changed = librosa.resample(samples, orig_sr=from_hz, target_sr=to_hz, res_type="soxr_hq")
    return np.asarray(changed, dtype=np.float32)


def to_engine_rate(audio: Audio, channel: int | None = None) -> FloatArray:
    """One channel (None: the mean of all) at the 16 kHz that every engine takes.

    Returns:
        float32, shape (n,).

    Raises:
        IndexError: there is no such channel.
    """
    samples = audio.mono() if channel is None else audio.channel(channel)
    return resample(samples, audio.sample_rate_hz, ENGINE_SAMPLE_RATE_HZ)
