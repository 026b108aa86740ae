from __future__ import annotations

import numpy as np
from engine_audio import counting, noise, silence
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.domain.spans import Span, merge, total_ms
from qa_pipeline.engines.chunks import MAX_CHUNK_MS, MAX_GAP_MS, pack


@settings(deadline=None)  # a slow machine is no failure
@given(st.lists(st.tuples(st.integers(0, 95_000), st.integers(1, 40_000)), max_size=8))
def test_all_speech_and_nothing_else_is_packed(ranges: list[tuple[int, int]]) -> None:
    samples = counting(90)
    speech = [Span(start, start + length) for start, length in ranges]
    chunks = pack(samples, speech)
    wanted = merge(
        cut for s in merge(speech) if (cut := s.intersection(Span(0, 90_000))) is not None
    )
    packed = [piece.span for chunk in chunks for piece in chunk.pieces]
    assert merge(packed) == tuple(s for s in wanted if s.duration_ms)
    assert sum(s.duration_ms for s in packed) == total_ms(wanted)
    for chunk in chunks:
        assert chunk.duration_ms <= MAX_CHUNK_MS
        assert len(chunk.samples) == chunk.duration_ms * 16
        filled = np.zeros(len(chunk.samples), dtype=bool)
        for piece in chunk.pieces:
            part = chunk.samples[piece.offset_ms * 16 : piece.end_ms * 16]
            expected = samples[piece.span.start_ms * 16 : piece.span.end_ms * 16]
            assert np.array_equal(part, expected)
            filled[piece.offset_ms * 16 : piece.end_ms * 16] = True
        assert not chunk.samples[~filled].any()


def test_times_come_back_to_where_the_sound_was() -> None:
    chunk = pack(counting(100), [Span(10_000, 12_000), Span(60_000, 63_000)])[0]
    for piece in chunk.pieces:
        middle_ms = (piece.offset_ms + piece.end_ms) // 2
        restored = chunk.restore(middle_ms / 1000, middle_ms / 1000 + 0.2)
        assert restored.start_ms == chunk.samples[middle_ms * 16]
        assert restored.duration_ms == 200


def test_a_word_never_bridges_a_gap_that_was_cut_out() -> None:
    chunk = pack(counting(100), [Span(10_000, 12_000), Span(60_000, 63_000)])[0]
    first_end, second_start = chunk.pieces[0].end_ms, chunk.pieces[1].offset_ms
    assert second_start - first_end == MAX_GAP_MS
    before = chunk.restore((first_end - 300) / 1000, (second_start + 100) / 1000)
    assert Span(10_000, 12_000).intersection(before) == before
    in_gap = chunk.restore((second_start - 50) / 1000, (second_start - 20) / 1000)
    assert in_gap == Span(60_000, 60_010)
    backwards = chunk.restore(1.0, 0.5)
    assert backwards == Span(11_000, 11_010)


def test_a_long_span_is_cut_where_it_is_quiet() -> None:
    samples = noise(50)
    samples[24 * 16_000 : int(24.3 * 16_000)] = 0
    chunks = pack(samples, [Span(0, 50_000)])
    assert len(chunks) == 2
    assert 24_000 <= chunks[0].pieces[0].span.end_ms <= 24_300


def test_nothing_to_say_gives_no_chunks() -> None:
    assert pack(silence(10), []) == ()
    assert pack(silence(0), [Span(0, 100)]) == ()
    assert pack(silence(1), [Span(5_000, 6_000)]) == ()
