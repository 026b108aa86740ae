"""What the speed benchmarks count: operations by a model's dimensions, errors, memory's slope."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.floor import Dimensions
from benchmarks.memory import Series
from benchmarks.speed import errors, ratios
from benchmarks.speed_ways import OURS, THEIRS, Measured, Said
from qa_pipeline.measure.labels import load_labels

CALL = Path(__file__).parents[2] / "sample_calls" / "en_bank_transfer.ogg"


def test_the_operations_of_whisper_follow_from_its_dimensions() -> None:
    tiny = Dimensions(mels=2, width=4, layers=1, heads=2, positions=3, vocabulary=7)
    # Convolutions 2*3*2*4*3 and 3*4*4*3; four projections and two of four widths, 12*16, 3 times.
    assert tiny.encoder() == {"weights": 144 + 144 + 576, "attention": 2 * 3 * 3 * 4}
    assert tiny.window_of_decoder() == 3 * 2 * 16
    assert tiny.token(1) == {"weights": 14 * 16, "vocabulary": 28, "attention": 2 * 4 * (1 + 3)}


def test_base_costs_what_is_known_of_it() -> None:
    assert sum(Dimensions().encoder().values()) == pytest.approx(43.7e9, rel=0.01)


def test_a_way_that_heard_the_label_has_no_errors() -> None:
    label = load_labels(CALL.parent / "labels.json").entries[CALL.name]
    turns = label.turns or ()
    voices = [
        [(turn.start_ms, turn.end_ms) for turn in turns if turn.role == role]
        for role in ("agent", "customer")
    ]
    said = Said([(turn.start_ms, turn.text) for turn in turns], voices)
    told = errors(Measured(said={CALL.name: said}), [CALL])
    assert told == "word errors 0.000, diarization errors 0.000, without collar 0.000"
    deaf = Said([], voices[:1])
    assert errors(Measured(said={CALL.name: deaf}), [CALL]).startswith("word errors 1.000")


def test_ratios_are_taken_round_by_round() -> None:
    mine, other = next(iter(OURS)), next(iter(THEIRS))
    rounds = [
        {
            mine: Measured(cpu_s=1.0, stages_s={"all": 2.0}),
            other: Measured(cpu_s=4.0, stages_s={"all": seconds}),
        }
        for seconds in (20.0, 30.0, 10.0)
    ]
    told = ratios(mine, other, rounds)
    assert "10.00 times as fast (5.00, 10.00, 15.00)" in told
    assert "4.00 times by processor seconds" in told


def test_memory_that_grows_is_told_and_loading_is_not() -> None:
    flat = Series(list(range(100)), [10.0] * 10 + [200.0] * 90)
    assert flat.thirds() == [200.0, 200.0, 200.0]
    assert flat.slope() == pytest.approx(0.0, abs=1e-3)
    leak = Series(list(range(1000)), [100 + 0.01 * call for call in range(1000)])
    assert leak.slope() == pytest.approx(10.0, rel=0.01)
