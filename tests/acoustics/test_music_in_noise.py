"""Music is told from hum, and found under noise."""

import numpy as np
import numpy.typing as npt
from line_sounds import talk

from qa_pipeline.acoustics import synthesis
from qa_pipeline.acoustics.music import find_music, music_scores
from qa_pipeline.acoustics.spectrogram import spectrogram
from qa_pipeline.domain.spans import Span

RATE = 8_000


def _hum(seconds: float) -> npt.NDArray[np.float64]:
    times = np.arange(round(seconds * RATE)) / RATE
    return np.asarray(sum(np.sin(2 * np.pi * 60 * n * times) / n for n in range(2, 14)))


def _tune(seconds: float) -> npt.NDArray[np.float64]:
    draw = np.random.default_rng(3)
    wave = np.zeros(round(seconds * RATE))
    for start in range(0, wave.size, RATE // 2):
        times = np.arange(min(RATE, wave.size - start)) / RATE
        for hz in 220 * 2 ** (draw.choice([0, 4, 7, 12, 16], 2, replace=False) / 12):
            note = sum(np.sin(2 * np.pi * hz * n * times) / n for n in range(1, 5))
            wave[start : start + times.size] += note * np.exp(-times / 0.5)
    return wave


def _found(wave: npt.NDArray[np.floating]) -> list[Span]:
    sound = spectrogram(wave.astype(np.float32))
    return [span for span, _ in find_music(sound, music_scores(sound))]


def test_hum_through_the_call_or_through_a_part_of_it_is_no_music() -> None:
    noise = synthesis.line_noise(40_000, RATE, -60.0, 1)[: 40 * RATE]
    whole = synthesis.at_level(_hum(40), -40.0) + noise
    part = noise.astype(np.float64)
    part[10 * RATE : 25 * RATE] += synthesis.at_level(_hum(15), -40.0)
    assert _found(whole) == []
    assert _found(part) == []


def test_a_tune_over_hum_and_under_noise_is_music() -> None:
    wave = synthesis.line_noise(40_000, RATE, -38.0, 2)[: 40 * RATE].astype(np.float64)
    wave += synthesis.at_level(_hum(40), -45.0)
    wave[12 * RATE : 28 * RATE] += synthesis.at_level(_tune(16), -30.0)
    found = _found(wave)
    assert len(found) == 1
    assert abs(found[0].start_ms - 12_000) <= 1_000
    assert abs(found[0].end_ms - 28_000) <= 1_000


def test_talk_over_mains_hum_is_no_music() -> None:
    """Harmonics 60 Hz apart beat in the short windows; ringing before them has no hum."""
    times = np.arange(60 * RATE) / RATE
    hum = sum(np.sin(2 * np.pi * 60 * n * times + n * n) / n**1.5 for n in range(1, 9))
    wave = synthesis.at_level(np.asarray(hum), -28.0).astype(np.float64)
    wave[: 6 * RATE] = 0.0
    for start in range(7, 55, 6):
        said = talk(4_000, start)
        wave[start * RATE : start * RATE + said.size] += said
    wave += synthesis.line_noise(60_000, RATE, -60.0, 4)[: wave.size]
    assert _found(wave) == []
