from __future__ import annotations

import numpy as np

from qa_pipeline.acoustics.faintness import faint_spans

FRAMES_PER_S = 50


def levels(*parts: tuple[float, float]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Seconds at a level in dBFS, each with syllables and gaps between them."""
    made = [np.full(round(seconds * FRAMES_PER_S), float(db)) for seconds, db in parts]
    wave = np.concatenate(made)
    wave[np.arange(wave.size) % 15 < 7] -= 20.0
    return wave.astype(np.float32)


def test_a_room_far_below_the_talk_is_faint() -> None:
    (span,) = faint_spans(levels((20, -25), (10, -42), (20, -25)))
    assert abs(span.start_ms - 20_000) <= 600
    assert abs(span.end_ms - 30_000) <= 600


def test_the_softer_of_two_parties_is_not_faint() -> None:
    assert faint_spans(levels((20, -20), (10, -28), (20, -20))) == ()


def test_a_pause_of_the_talk_is_too_short_and_ringing_is_no_talk() -> None:
    assert faint_spans(levels((20, -25), (1.2, -60), (20, -25))) == ()
    assert faint_spans(levels((30, -5), (20, -25)), answered_ms=30_000) == ()
    assert faint_spans(np.zeros(0, dtype=np.float32)) == ()
