"""A cut holds the samples of its span, and clicks at neither end."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.domain.recording import Audio
from qa_pipeline.domain.spans import Span
from qa_pipeline.stages.cut import FADE_MS, cut


def sound(channels: int = 2, ms: int = 1000, rate: int = 8000) -> Audio:
    values = np.arange(ms * rate // 1000, dtype=np.float32) / 10_000 + 0.1
    return Audio(np.stack([values + c for c in range(channels)]), rate)


def test_the_middle_is_untouched_on_every_channel() -> None:
    audio = sound()
    piece = cut(audio, Span(250, 750))
    fade = audio.sample_rate_hz * FADE_MS // 1000
    assert piece.samples.shape == (2, 4000)
    np.testing.assert_array_equal(
        piece.samples[:, fade:-fade], audio.samples[:, 2000 + fade : 6000 - fade]
    )


def test_ends_fade_and_the_source_stays_as_it_was() -> None:
    audio = sound()
    before = audio.samples.copy()
    piece = cut(audio, Span(0, 500))
    assert np.all(piece.samples[:, 0] == 0)
    assert np.all(piece.samples[:, -1] == 0)
    np.testing.assert_array_equal(audio.samples, before)


def test_a_span_beyond_the_end_is_cut_there() -> None:
    assert cut(sound(), Span(900, 5000)).duration_ms == 100


@pytest.mark.parametrize("span", [Span(1000, 1500), Span(300, 300), Span(9000, 9001)])
def test_nothing_to_cut_is_an_error(span: Span) -> None:
    with pytest.raises(ValueError, match="outside a recording of 1000 ms"):
        cut(sound(), span)


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 999), st.integers(1, 1000), st.sampled_from([8000, 11025, 16000, 44100]))
def test_length(start_ms: int, length_ms: int, rate: int) -> None:
    end_ms = min(1000, start_ms + length_ms)
    piece = cut(sound(1, 1000, rate), Span(start_ms, end_ms))
    assert abs(piece.samples.shape[1] - (end_ms - start_ms) * rate / 1000) <= 1
    assert np.isfinite(piece.samples).all()
