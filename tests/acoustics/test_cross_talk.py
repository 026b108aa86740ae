"""Speech on a channel that is only the other party's, leaked there."""

from __future__ import annotations

import numpy as np
import pytest

from qa_pipeline.acoustics.cross_talk import without_echoes
from qa_pipeline.domain.spans import Span, overlap_total_ms, total_ms

RATE = 16_000
ONE = (Span(1000, 4000), Span(7000, 9500), Span(13_000, 15_000))
OTHER = (Span(4400, 6600), Span(10_000, 12_500))
WHOLE = (Span(0, 16_000),)


def _voice(spans: tuple[Span, ...], seed: int) -> np.ndarray:
    """Syllables of band noise in these spans, four a second."""
    random = np.random.default_rng(seed)
    time = np.arange(16 * RATE) / RATE
    said = np.zeros(time.size)
    for span in spans:
        said[span.start_ms * RATE // 1000 : span.end_ms * RATE // 1000] = 1.0
    carrier = sum(
        np.sin(2 * np.pi * f * time + random.uniform(0, 6)) for f in random.uniform(300, 2500, 25)
    )
    return said * carrier * (0.15 + np.abs(np.sin(2 * np.pi * 2 * time))) * 0.02


def _call(
    leak_db: float, imbalance_db: float = 0.0, noise_db: float = -75.0, delay_ms: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(5)
    one, other = _voice(ONE, 1), _voice(OTHER, 2)
    leak, late = 10 ** (leak_db / 20), delay_ms * RATE // 1000
    rows = (one + leak * np.roll(other, late), other + leak * np.roll(one, late))
    noise = 10 ** (noise_db / 20) * random.normal(size=(2, one.size))
    gain = 10 ** (imbalance_db / 20)
    return (rows[0] + noise[0]).astype(np.float32), ((rows[1] + noise[1]) * gain).astype(np.float32)


def _share(found: tuple[Span, ...], wanted: tuple[Span, ...]) -> float:
    return sum(overlap_total_ms(span, found) for span in wanted) / total_ms(wanted)


@pytest.mark.parametrize("leak_db", [-15.0, -20.0, -30.0, -40.0])
@pytest.mark.parametrize("imbalance_db", [-12.0, 0.0, 12.0])
def test_each_channel_keeps_its_own_party_only(leak_db: float, imbalance_db: float) -> None:
    first, second = without_echoes(*_call(leak_db, imbalance_db), (WHOLE, WHOLE), RATE)
    assert _share(first, ONE) > 0.95
    assert _share(second, OTHER) > 0.95
    assert _share(first, OTHER) < 0.15
    assert _share(second, ONE) < 0.15


def test_an_echo_may_come_late() -> None:
    call = _call(-22.0, delay_ms=180)
    first, second = without_echoes(*call, (WHOLE, WHOLE), RATE)
    assert _share(second, ONE) < 0.2
    assert _share(first, ONE) > 0.9
    assert _share(second, OTHER) > 0.9


def test_people_who_talk_at_once_both_stay() -> None:
    one, other = _call(-25.0)
    said = _voice((Span(2000, 3000),), 3).astype(np.float32)
    spans = ((Span(900, 4100),), (Span(900, 4100),))
    first, second = without_echoes(one, other + said, spans, RATE)
    assert _share(first, (Span(1000, 4000),)) > 0.95
    assert _share(second, (Span(2000, 3000),)) > 0.9
    assert _share(second, (Span(1000, 1800), Span(3200, 4000))) < 0.3


def test_spans_without_an_echo_come_back_as_they_are() -> None:
    one, other = _call(-90.0)
    spans = (ONE, tuple(span.padded(240, 16_000) for span in OTHER))
    assert without_echoes(one, other, spans, RATE) == spans


def test_a_party_that_never_speaks_has_no_words() -> None:
    one = _voice(ONE, 1).astype(np.float32)
    first, second = without_echoes(one, one * np.float32(0.05), (ONE, ONE), RATE)
    assert first == ONE
    assert second == ()


@pytest.mark.parametrize("size", [0, 100])
def test_too_little_audio_is_left_alone(size: int) -> None:
    nothing = np.zeros(size, np.float32)
    assert without_echoes(nothing, nothing, ((), ()), RATE) == ((), ())
