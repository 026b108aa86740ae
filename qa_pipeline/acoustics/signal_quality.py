"""What is wrong with samples as such: impossible values, clipping, a constant offset."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from qa_pipeline.domain.recording import FloatArray

_CHUNK = 1 << 20
_INTEGER_SCALE = 32_768.0
# Lossy codecs overshoot full scale by a few dB; 18 dB is beyond any of them.
_OVERSHOOT = 8.0
_NEAR_FULL_SCALE = 0.97  # G.711's largest values are 0.980 (mu-law) and 0.984 (A-law)
_FLAT_TOP = 0.002
_CLIPPED_SHARE = 2e-4  # of all samples; unclipped speech at full level stays below 1e-5
_OFFSET = 0.01  # -40 dBFS


def repair_and_describe(samples: FloatArray) -> tuple[FloatArray, tuple[str, ...]]:
    """Brings float files at an integer's scale down to 1.0; names clipping and a DC offset.

    Args:
        samples: float32, shape (channels, n), finite.

    Returns:
        The samples (scaled in place where needed) and notes for a person.
    """
    notes: list[str] = []
    peak = max((float(np.abs(part).max()) for part in _chunks(samples)), default=0.0)
    if peak > _OVERSHOOT:
        scale = _INTEGER_SCALE if 64 < peak <= _INTEGER_SCALE * 1.01 else peak
        samples /= np.float32(scale)
        notes.append(f"samples stood {20 * np.log10(peak):.0f} dB above full scale: scaled down")
    clipped = _clipped_share(samples) if peak >= _NEAR_FULL_SCALE else 0.0
    if clipped > _CLIPPED_SHARE:
        notes.append(f"clipped: {clipped:.2%} of the samples stand at full scale")
    offset = max((abs(float(row.mean(dtype=np.float64))) for row in samples if row.size), default=0)
    if offset > _OFFSET:
        notes.append(f"constant (DC) offset of {offset:.1%} of full scale")
    return samples, tuple(notes)


def _chunks(samples: FloatArray) -> Iterator[FloatArray]:
    for start in range(0, samples.shape[1], _CHUNK):
        yield samples[:, start : start + _CHUNK]


def _clipped_share(samples: FloatArray) -> float:
    """The share of samples on flat tops near full scale."""
    flat = 0
    for part in _chunks(samples):
        high = np.abs(part) >= _NEAR_FULL_SCALE
        flat += int((high[:, 1:] & (np.abs(np.diff(part, axis=1)) < _FLAT_TOP)).sum())
    return flat / max(1, samples.size)
