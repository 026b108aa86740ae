"""Stillness that proves no gate: between rings, and while a channel is muted for a hold."""

from __future__ import annotations

import numpy as np

from qa_pipeline.acoustics.line_state import examine_line
from qa_pipeline.acoustics.synthesis import at_level, line_noise, ringback
from qa_pipeline.domain.recording import FloatArray

RATE_HZ = 8_000


def still(seconds: float) -> FloatArray:
    return np.zeros(round(seconds * RATE_HZ), dtype=np.float32)


def talk(seconds: float, seed: int) -> FloatArray:
    """Bursts of noise in the place of words, over a line's own noise."""
    voice = at_level(line_noise(round(seconds * 1000), RATE_HZ, -24, seed, "babble"), -24)
    words = (np.arange(voice.size) // 2400) % 2
    floor = line_noise(round(seconds * 1000), RATE_HZ, -54, seed + 1)
    return np.asarray(voice * words + floor, dtype=np.float32)


def test_a_line_still_between_rings_and_in_hold_can_still_die() -> None:
    ringing = ringback("CN", 4, RATE_HZ)
    call = np.concatenate([ringing, talk(20, 1), still(15), talk(15, 3), still(3)])
    state = examine_line(call, 0, answered_ms=1000 * ringing.size // RATE_HZ).state
    dead_ms = 1000 * (call.size - 3 * RATE_HZ) // RATE_HZ
    assert state.end_ms is not None
    assert abs(state.end_ms - dead_ms) <= 60


def test_a_channel_still_between_all_words_tells_nothing() -> None:
    voice = line_noise(30_000, RATE_HZ, -24, 5, "babble")
    words = (np.arange(voice.size) // 4000) % 2
    gated = np.asarray(voice * words, dtype=np.float32)
    line = examine_line(np.concatenate([gated, still(3)]), 0)
    assert line.gated
    assert line.state.end_ms is None


def test_a_quiet_floor_that_stays_is_no_end_of_the_line() -> None:
    voice = line_noise(20_000, RATE_HZ, -20, 5, "babble")
    words = (np.arange(voice.size) // 4000) % 2
    floor = line_noise(24_000, RATE_HZ, -64, 6)
    call = floor.copy()
    call[: voice.size] += voice * words
    assert examine_line(call, 0).state.end_ms is None


def test_a_line_too_noisy_to_show_a_floor_is_no_gate() -> None:
    """Single packets lost are the only stillness there is."""
    voice = line_noise(20_000, RATE_HZ, -24, 5, "babble")
    words = (np.arange(voice.size) // 4000) % 2
    call = voice * words + line_noise(20_000, RATE_HZ, -30, 6)[: voice.size]
    for lost in range(8_000, call.size, 32_000):
        call[lost : lost + 160] = 0.0
    line = examine_line(np.asarray(call, dtype=np.float32), 0)
    assert not line.gated


def test_an_even_floor_far_above_nothing_is_no_gate() -> None:
    voice = line_noise(20_000, RATE_HZ, -20, 5, "babble")
    words = (np.arange(voice.size) // 4000) % 2
    call = voice * words + line_noise(20_000, RATE_HZ, -66, 6)[: voice.size]
    assert not examine_line(np.asarray(call, dtype=np.float32), 0).gated


def test_the_softest_noise_ends_where_only_zeros_follow() -> None:
    voice = line_noise(20_000, RATE_HZ, -30, 5, "babble")
    words = (np.arange(voice.size) // 4000) % 2
    alive = voice * words + line_noise(20_000, RATE_HZ, -83, 6)[: voice.size]
    call = np.concatenate([alive, still(3)]).astype(np.float32)
    state = examine_line(call, 0).state
    assert state.end_ms is not None
    assert abs(state.end_ms - 20_000) <= 60
