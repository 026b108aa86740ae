"""Lines that die into comfort noise, with blips, or together with the other one."""

from __future__ import annotations

import numpy as np
import pytest

from qa_pipeline.acoustics.line_state import Line, examine_line, fell_too
from qa_pipeline.acoustics.synthesis import NoiseKind, at_level, click, line_noise
from qa_pipeline.domain.recording import Audio, FloatArray
from qa_pipeline.stages.listen import listen

RATE_HZ = 8_000
TALK_MS = 12_000


def noise(duration_ms: int, level_db: float, seed: int, kind: NoiseKind = "line") -> FloatArray:
    return line_noise(duration_ms, RATE_HZ, level_db, seed, kind)[: duration_ms * 8]


def alive(duration_ms: int, floor_db: float, seed: int, kind: NoiseKind = "line") -> FloatArray:
    """Bursts of babble in the place of words over a line's own noise."""
    voice = at_level(noise(duration_ms, -24, seed, "babble"), -24)
    words = (np.arange(voice.size) // 6400) % 2
    words[voice.size - 8000 :] = 0
    return np.asarray(voice * words + noise(duration_ms, floor_db, seed + 1, kind), np.float32)


def death_ms(samples: FloatArray) -> int | None:
    return examine_line(samples, 0).state.end_ms


@pytest.mark.parametrize("kind", ["line", "babble"])
def test_comfort_noise_softer_than_the_line_ever_was_is_a_death(kind: NoiseKind) -> None:
    call = np.concatenate([alive(TALK_MS, -58, 1, kind), noise(2000, -71, 9)])
    found = death_ms(call)
    assert found is not None and abs(found - TALK_MS) <= 60


def test_noise_reduced_little_by_little_is_no_death() -> None:
    fading = noise(1500, -58, 4) * 10 ** (np.linspace(0, -13, 12_000) / 20)
    call = np.concatenate([alive(TALK_MS, -58, 1), fading, noise(2000, -71, 9)])
    assert death_ms(np.asarray(call, np.float32)) is None


def test_a_rest_as_soft_as_earlier_pauses_is_no_death() -> None:
    soft = noise(800, -71, 5)
    call = np.concatenate([alive(5000, -58, 1), soft, alive(6000, -58, 3), noise(2000, -71, 9)])
    assert death_ms(call) is None


def test_the_other_lines_switching_in_a_dead_channel_is_no_life() -> None:
    rest = np.zeros(4000 * 8, np.float32)
    leak = click(RATE_HZ, -40)
    rest[16_000 : 16_000 + leak.size] += leak
    found = death_ms(np.concatenate([alive(TALK_MS, -50, 1), rest]))
    assert found is not None and abs(found - TALK_MS) <= 60


def test_lines_that_fall_at_once_are_both_dead() -> None:
    """Even where the one's fall is too small to be told alone."""
    clear = np.concatenate([alive(TALK_MS, -45, 1), np.zeros(8000, np.float32)])
    vague = np.concatenate([alive(TALK_MS + 60, -52, 11), noise(940, -57.5, 13)])
    lines = listen(Audio(np.stack([clear, vague]), RATE_HZ)).lines
    assert examine_line(vague, 1).state.end_ms is None
    assert lines[0].end_ms is not None and lines[1].end_ms == lines[0].end_ms


def test_a_line_that_keeps_its_floor_did_not_fall() -> None:
    call = alive(TALK_MS + 1000, -52, 11)
    line: Line = examine_line(call, 1)
    assert not fell_too(line, TALK_MS)
