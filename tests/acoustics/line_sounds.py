"""Speech-like and music-like sounds for the tests of `listen`."""

from __future__ import annotations

import numpy as np
from scipy import signal as dsp

from qa_pipeline.acoustics import synthesis
from qa_pipeline.domain.recording import FloatArray

RATE = 8000


def join(*parts: FloatArray) -> FloatArray:
    return np.concatenate(parts).astype(np.float32)


def pause(duration_ms: int) -> FloatArray:
    return synthesis.silence(duration_ms, RATE)


def talk(duration_ms: int, seed: int, level_db: float = -20.0) -> FloatArray:
    """Syllables: a gliding pitch through two moving formants, fricatives, pauses."""
    random = np.random.default_rng(seed)
    base_hz = random.uniform(100, 220)
    wanted = duration_ms * RATE // 1000
    parts: list[np.ndarray] = []
    while sum(part.size for part in parts) < wanted:
        if random.random() < 0.2:
            parts.append(np.zeros(int(random.uniform(0.15, 0.5) * RATE)))
        if random.random() < 0.4:
            hiss = random.standard_normal(int(random.uniform(0.05, 0.12) * RATE))
            parts.append(0.15 * dsp.lfilter([1, -0.9], [1], hiss) * np.hanning(hiss.size))
        count = int(random.uniform(0.1, 0.26) * RATE)
        glide = np.linspace(random.uniform(0.88, 1.15), random.uniform(0.88, 1.15), count)
        phase = np.cumsum(base_hz * glide) / RATE
        voice = dsp.sawtooth(2 * np.pi * phase) + 0.05 * random.standard_normal(count)
        for hz in (random.uniform(350, 800), random.uniform(1000, 2300)):
            radius = np.exp(-np.pi * 110 / RATE)
            voice = dsp.lfilter(
                [1], [1, -2 * radius * np.cos(2 * np.pi * hz / RATE), radius**2], voice
            )
        parts.append(voice / np.abs(voice).max() * np.hanning(count) ** 0.5)
    whole = synthesis.telephone_band(np.concatenate(parts)[:wanted].astype(np.float32), RATE)
    return synthesis.at_level(whole, level_db).astype(np.float32)


def tune(duration_ms: int, seed: int, level_db: float = -22.0) -> FloatArray:
    """Chords with a melody over them, struck and held as on a piano."""
    random = np.random.default_rng(seed)
    count = duration_ms * RATE // 1000
    wave = np.zeros(count)
    root_hz = random.uniform(196, 262)
    beat = int(random.uniform(0.38, 0.6) * RATE)

    def strike(start: int, hz: float, length: int, size: float) -> None:
        times = np.arange(min(length, count - start)) / RATE
        note = sum(np.sin(2 * np.pi * hz * k * times) / k**1.5 for k in range(1, 6))
        wave[start : start + times.size] += size * note * np.exp(-1.2 * times)

    for number, start in enumerate(range(0, count, beat)):
        if number % 4 == 0:
            step = random.choice([0, 5, 7, 9])
            for third in (0, 4, 7):
                strike(start, root_hz * 2 ** ((step + third) / 12), 5 * beat, 0.5)
        strike(start, 2 * root_hz * 2 ** (random.choice([0, 2, 4, 7, 9]) / 12), 2 * beat, 0.8)
    whole = synthesis.telephone_band(wave.astype(np.float32), RATE)
    return synthesis.at_level(whole, level_db).astype(np.float32)
