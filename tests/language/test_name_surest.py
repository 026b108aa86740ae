"""Of stretches that may be a name the surest are taken, none overlapping."""

from typing import NamedTuple

from qa_pipeline.language.name_surest import Candidate, logistic, surest


class Stretch(NamedTuple):
    turn: int
    start: int
    end: int
    start_ms: int = 0
    end_ms: int = 100
    text: str = "walking"


def candidate(*place: int) -> Candidate[Stretch, str]:
    return Candidate(Stretch(*place), 0.8, "given", {})


def found(
    *scored: tuple[float, Candidate[Stretch, str]],
    taken: tuple[tuple[tuple[int, int], ...], ...] = ((), ()),
    refused: tuple[int, ...] = (),
) -> list[tuple[int, int, float]]:
    uses = surest(
        [(score, "given", one) for score, one in scored],
        taken,
        0.2,
        lambda one: one.place.start in refused,
    )
    assert not any(use.certain for use in uses)
    return [(use.turn, use.start, use.score) for use in uses]


def test_of_overlapping_ones_the_surest_counts_and_order_is_that_of_places() -> None:
    scored = ((0.3, candidate(1, 0, 5)), (0.5, candidate(0, 8, 14)), (0.9, candidate(0, 4, 9)))
    assert found(*scored) == [(0, 4, 0.9), (1, 0, 0.3)]


def test_of_equals_the_first_counts() -> None:
    assert found((0.5, candidate(0, 3, 9)), (0.5, candidate(0, 0, 5))) == [(0, 3, 0.5)]


def test_what_touches_only_is_not_overlapping() -> None:
    assert len(found((0.5, candidate(0, 0, 5)), (0.4, candidate(0, 5, 9)))) == 2


def test_too_improbable_taken_and_refused_ones_do_not_count_and_take_no_place() -> None:
    scored = ((0.9, candidate(0, 2, 9)), (0.5, candidate(0, 4, 12)), (0.1, candidate(0, 20, 25)))
    assert found(*scored, refused=(2,)) == [(0, 4, 0.5)]
    assert found(*scored, taken=(((0, 3),), ())) == [(0, 4, 0.5)]


def test_the_logistic_probability_is_rounded() -> None:
    assert logistic({"a": 1.0, "b": 2.0}, {"a": 1.0, "b": 0.5}, -1.0) == 0.731
