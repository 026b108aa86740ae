from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.acoustics.floor_steps import SHORTEST_MS, dropped_floors, lifted_floors
from qa_pipeline.domain.spans import Span

FRAME_MS = 20
Levels = npt.NDArray[np.float32]


def talk(seconds: float, floor_db: float, seed: int = 0) -> Levels:
    """Talk at -20 dBFS with a pause of 0.4 s in every 2 s, on a line's steady noise."""
    rng = np.random.default_rng(seed)
    frames = round(seconds * 1000 / FRAME_MS)
    levels = -20.0 + 6.0 * rng.standard_normal(frames)
    levels[(np.arange(frames) % 100) < 20] = -np.inf
    return np.maximum(levels, floor_db + 0.7 * rng.standard_normal(frames)).astype(np.float32)


def noise(seconds: float, level_db: float, seed: int = 1) -> Levels:
    rng = np.random.default_rng(seed)
    frames = round(seconds * 1000 / FRAME_MS)
    return (level_db + 0.7 * rng.standard_normal(frames)).astype(np.float32)


@pytest.mark.parametrize("held_db", [-120.0, -75.0, -57.0])
def test_a_line_switched_away_is_told_to_the_frame(held_db: float) -> None:
    line = np.concatenate([talk(30, -50), noise(12, held_db), talk(30, -50, 2)])
    (span,) = dropped_floors(line)
    assert abs(span.start_ms - 30_000) <= 2 * FRAME_MS
    # The talk after it begins with a pause at the line's own floor.
    assert abs(span.end_ms - 42_000) <= 2 * FRAME_MS


def test_a_long_pause_on_the_lines_own_noise_is_none() -> None:
    line = np.concatenate([talk(30, -50), noise(12, -50), talk(30, -50, 2)])
    assert dropped_floors(line) == ()


def test_a_gate_that_closes_in_every_pause_tells_nothing() -> None:
    line = np.concatenate([talk(30, -120), noise(12, -120), talk(30, -120, 2)])
    assert dropped_floors(line) == ()


def test_packets_lost_hide_no_switched_line() -> None:
    line = np.concatenate([talk(30, -50), noise(12, -120), talk(30, -50, 2)])
    line[np.arange(50, line.size, 230)] = -120.0
    (span,) = dropped_floors(line)
    assert abs(span.duration_ms - 12_000) <= 4 * FRAME_MS


def test_a_beep_parts_a_wait_in_two() -> None:
    held = noise(12, -120)
    held[250:265] = -25.0
    parts = dropped_floors(np.concatenate([talk(30, -50), held, talk(30, -50, 2)]))
    assert [abs(part.start_ms - at) <= 40 for part, at in zip(parts, (30_000, 35_300), strict=True)]
    assert len(parts) == 2


def test_stillness_before_the_answer_and_after_the_end_is_none() -> None:
    line = np.concatenate([noise(6, -120), talk(40, -50), noise(5, -120)])
    assert dropped_floors(line) == ()
    ringing = np.concatenate([talk(1, -50), noise(4, -120), talk(1, -50), noise(4, -120)])
    assert dropped_floors(np.concatenate([ringing, talk(40, -50, 3)]), answered_ms=10_000) == ()


def test_a_line_without_pauses_elsewhere_has_no_known_floor() -> None:
    loud = np.full(1500, -20.0, dtype=np.float32)
    assert dropped_floors(np.concatenate([loud, noise(8, -50), loud])) == ()
    assert dropped_floors(np.zeros(0, dtype=np.float32)) == ()


@given(
    at_s=st.floats(12, 30), held_s=st.floats(2.5, 20), floor_db=st.floats(-65, -40),
    below_db=st.floats(6, 50),
)  # fmt: skip
def test_wherever_a_line_is_switched_it_is_found_once(
    at_s: float, held_s: float, floor_db: float, below_db: float
) -> None:
    line = np.concatenate(
        [talk(at_s, floor_db), noise(held_s, floor_db - below_db), talk(25, floor_db, 2)]
    )
    (span,) = dropped_floors(line)
    true = Span(round(at_s * 1000), round((at_s + held_s) * 1000))
    assert span.duration_ms >= SHORTEST_MS
    assert abs(span.start_ms - true.start_ms) <= 60
    assert abs(span.end_ms - true.end_ms) <= 60


def rim(seconds: float, floor_db: float, seed: int = 5) -> Levels:
    """Between the last word and the key, and between the key and the first word."""
    return noise(seconds, floor_db, seed)


@pytest.mark.parametrize("lift_db", [3.5, 6.0, 15.0])
def test_comfort_noise_louder_than_the_lines_own_is_told_to_the_frame(lift_db: float) -> None:
    parts = [talk(30, -60), rim(0.6, -60), noise(12, -60 + lift_db), rim(0.4, -60), talk(30, -60)]
    (span,) = lifted_floors(np.concatenate(parts))
    assert abs(span.start_ms - 30_600) <= 60
    assert abs(span.end_ms - 42_600) <= 60


def test_a_gain_that_rises_while_nobody_speaks_lifts_no_floor() -> None:
    rising = noise(12, -60) + np.linspace(0, 8, 600, dtype=np.float32)
    assert lifted_floors(np.concatenate([talk(30, -60), rising, talk(30, -60, 2)])) == ()


def test_a_pause_on_the_lines_own_noise_lifts_no_floor() -> None:
    line = np.concatenate([talk(30, -60), noise(12, -60), talk(30, -60, 2)])
    assert lifted_floors(line) == ()


def test_a_short_or_a_usual_rise_of_the_noise_lifts_no_floor() -> None:
    short = [talk(30, -60), rim(0.6, -60), noise(3, -54), rim(0.4, -60), talk(30, -60, 2)]
    assert lifted_floors(np.concatenate(short)) == ()
    usual = [part for seed in range(6) for part in (talk(8, -60, seed), noise(3, -54, seed))]
    held = [rim(0.6, -60), noise(12, -54), rim(0.4, -60)]
    assert lifted_floors(np.concatenate([*usual, *held, *usual])) == ()
    assert lifted_floors(np.zeros(0, dtype=np.float32)) == ()
