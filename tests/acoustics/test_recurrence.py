"""Sound that comes again exactly."""

from __future__ import annotations

import numpy as np
import pytest
from line_sounds import RATE, join, pause, talk

from qa_pipeline.acoustics import synthesis
from qa_pipeline.acoustics.recurrence import Recurrence, find_recurrences
from qa_pipeline.acoustics.spectrogram import spectrogram
from qa_pipeline.domain.recording import FloatArray
from qa_pipeline.domain.spans import Span


def in_noise(wave: FloatArray, level_db: float, seed: int = 1) -> FloatArray:
    return wave + synthesis.line_noise(wave.size * 1000 / RATE, RATE, level_db, seed)


def found(wave: FloatArray, within: Span | None = None) -> tuple[Recurrence, ...]:
    return find_recurrences(spectrogram(wave.astype(np.float32)), within)


def near(span: Span, start_ms: int, end_ms: int) -> bool:
    return abs(span.start_ms - start_ms) <= 400 and abs(span.end_ms - end_ms) <= 400


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("noise_db", [-60, -32])  # 40 and 12 dB under it
def test_a_recording_is_found_whatever_it_says(seed: int, noise_db: float) -> None:
    said = talk(4_000, seed)
    loop = join(said, pause(5_000), said, pause(5_000), said[: 2 * RATE])
    wave = join(talk(15_000, seed + 50), pause(1_000), loop, talk(12_000, seed + 90))
    (one,) = found(in_noise(wave, noise_db, seed))
    assert one.lag_ms == pytest.approx(9_000, abs=20)
    assert len(one.rounds) == 3
    first, middle, last = one.rounds
    assert near(first, 16_000, 20_000)
    assert near(middle, 25_000, 29_000)
    assert near(last, 34_000, 36_000)  # cut by whoever comes back


@pytest.mark.parametrize("seed", range(4))
def test_talk_never_comes_again_exactly(seed: int) -> None:
    assert found(in_noise(talk(60_000, seed), -55, seed)) == ()


def test_another_sentence_between_two_rounds_is_none_of_them() -> None:
    said = talk(4_000, 1)
    (one,) = found(in_noise(join(said, talk(4_000, 2), said), -60))
    first, second = one.rounds
    assert near(first, 0, 4_000)
    assert near(second, 8_000, 12_000)


def test_what_lies_outside_is_not_searched() -> None:
    said = talk(3_000, 3)
    wave = in_noise(join(said, pause(4_000), said, talk(20_000, 4)), -60)
    assert found(wave) != ()
    assert found(wave, Span(9_000, 30_000)) == ()


@pytest.mark.parametrize("seconds", [0.0, 1.0, 30.0])
def test_nothing_at_all_does_not_recur(seconds: float) -> None:
    assert found(np.zeros(round(seconds * RATE), dtype=np.float32)) == ()


def test_what_is_a_little_like_it_after_its_end_is_not_part_of_it() -> None:
    said = talk(4_000, 8)
    alike = said[2 * RATE : RATE * 7 // 2] + synthesis.line_noise(1_500, RATE, -22, 5)
    wave = join(said, pause(4_000), said[: 2 * RATE], alike, talk(3_000, 9))
    (one,) = found(in_noise(wave, -60))
    assert one.rounds[-1].end_ms <= 10_800
