"""Short sounds for the engines' tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from qa_pipeline.domain.recording import FloatArray

RATE_HZ = 16_000


def silence(seconds: float) -> FloatArray:
    return np.zeros(int(seconds * RATE_HZ), dtype=np.float32)


def noise(seconds: float, level: float = 0.1, seed: int = 1) -> FloatArray:
    random = np.random.default_rng(seed)
    return (random.standard_normal(int(seconds * RATE_HZ)) * level).astype(np.float32)


def counting(seconds: float) -> FloatArray:
    """Each sample holds its own millisecond, so that origins can be read off."""
    return (np.arange(int(seconds * RATE_HZ)) // 16).astype(np.float32)


def reference_sample() -> tuple[FloatArray, Path]:
    """pyannote.audio's own 30-second telephone conversation and its reference (RTTM)."""
    import importlib.util

    import soundfile

    spec = importlib.util.find_spec("pyannote")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    folder = Path(next(iter(spec.submodule_search_locations))) / "audio" / "sample"
    samples, rate = soundfile.read(folder / "sample.wav", dtype="float32")
    assert rate == RATE_HZ
    return np.ascontiguousarray(samples), folder / "sample.rttm"
