"""Scorecards are sums in which the four outcomes never mix."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.domain.evaluation import Evaluation, Outcome, Verdict
from qa_pipeline.domain.rubric import LocalText
from qa_pipeline.domain.scorecard import OutcomeCounts
from qa_pipeline.domain.stored import AgentRef, ScoredCall
from qa_pipeline.stages.aggregate import aggregate

P, F, N, U = Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.UNDETERMINED


def call(
    number: int,
    outcomes: list[Outcome],
    score: float | None,
    *,
    agent: tuple[str | None, str | None] = ("7", "Ann Lee"),
    started_at: datetime | None = None,
) -> ScoredCall:
    verdicts = tuple(
        Verdict(f"c{index}", outcome, 1.0, "r", LocalText("", ""), ())
        for index, outcome in enumerate(outcomes)
    )
    evaluation = Evaluation(f"id{number}", "r", "1", "f", verdicts, score)
    key = agent[0] or agent[1]
    ref = AgentRef(key, *agent)
    return ScoredCall(f"id{number}", f"{number}.wav", ref, None, "en", started_at, 1000, evaluation)


def test_no_calls_no_cards() -> None:
    assert aggregate([]) == ()


def test_an_agents_score_is_the_mean_of_the_calls_that_have_one() -> None:
    [card] = aggregate([call(1, [P, P], 1.0), call(2, [P, F], 0.5), call(3, [U, N], None)])
    assert card.score == 0.75
    assert card.scored_calls == 2
    assert len(card.calls) == 3


def test_nothing_determined_is_no_score_and_not_zero() -> None:
    [card] = aggregate([call(1, [U, N], None)])
    assert card.score is None
    assert card.criterion("c0").pass_rate is None
    assert card.criterion("c0").interval is None


def test_outcomes_are_counted_by_criterion_and_kept_apart() -> None:
    [card] = aggregate([call(1, [P, F], 0.5), call(2, [U, F], 0.0), call(3, [N, P], 1.0)])
    assert card.criterion("c0") == OutcomeCounts(1, 0, 1, 1)
    assert card.criterion("c1") == OutcomeCounts(1, 2, 0, 0)
    assert card.criterion("never judged") == OutcomeCounts()
    assert card.counts == OutcomeCounts(2, 2, 1, 1)
    assert [item.criterion for item in card.criteria] == ["c0", "c1"]


def test_days_are_the_calls_own_days() -> None:
    [card] = aggregate(
        [
            call(1, [P], 1.0, started_at=datetime(2024, 5, 6, 23, 59)),
            call(2, [F], 0.0, started_at=datetime(2024, 5, 6, 0, 0)),
            call(3, [U], None, started_at=datetime.fromisoformat("2024-05-07T00:30:00+08:00")),
            call(4, [P], 1.0),
        ]
    )
    assert [(d.day, d.calls, d.score) for d in card.days] == [
        (date(2024, 5, 6), 2, 0.5),
        (date(2024, 5, 7), 1, None),
    ]
    assert card.undated_calls == 1
    assert [c.call_id for c in card.calls] == ["id4", "id2", "id1", "id3"]


def test_agents_come_by_name_and_the_unknown_one_last() -> None:
    cards = aggregate(
        [
            call(1, [P], 1.0, agent=(None, None)),
            call(2, [P], 1.0, agent=("9", "bea")),
            call(3, [P], 1.0, agent=("8", "Ann")),
            call(4, [P], 1.0, agent=(None, "Cid")),
        ]
    )
    assert [card.agent.key for card in cards] == ["8", "9", "Cid", None]


def test_one_id_is_one_agent_under_the_name_given_most_often() -> None:
    cards = aggregate(
        [
            call(1, [P], 1.0, agent=("7", "Anne Lee")),
            call(2, [P], 1.0, agent=("7", "Ann Lee")),
            call(3, [P], 1.0, agent=("7", "Ann Lee")),
            call(4, [P], 1.0, agent=("7", None)),
        ]
    )
    assert [card.agent for card in cards] == [AgentRef("7", "7", "Ann Lee")]


def test_a_name_only_heard_does_not_make_an_agent() -> None:
    heard = call(1, [P], 1.0)
    [card] = aggregate(
        [ScoredCall("i", "f", AgentRef(None, None, "Ann"), None, "en", None, 1, heard.evaluation)]
    )
    assert card.agent == AgentRef(None, None, None)


@pytest.mark.parametrize(
    ("passed", "failed", "low", "high"),
    # Worked by hand from Wilson's formula with z = 1.96; 0 of 10 is the textbook case 0 to 0.278.
    [(0, 10, 0.0, 0.278), (10, 0, 0.722, 1.0), (5, 5, 0.237, 0.763), (81, 19, 0.722, 0.875)],
)
def test_wilson_interval(passed: int, failed: int, low: float, high: float) -> None:
    interval = OutcomeCounts(passed, failed, 3, 4).interval
    assert interval is not None
    assert interval == pytest.approx((low, high), abs=0.001)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(st.sampled_from(Outcome), st.none() | st.floats(0, 1)), max_size=20))
def test_sums_hold(items: list[tuple[Outcome, float | None]]) -> None:
    cards = aggregate(call(i, [outcome], score) for i, (outcome, score) in enumerate(items))
    assert sum(card.counts.total for card in cards) == len(items)
    for card in cards:
        assert card.score is None or 0 <= card.score <= 1
        rate, interval = card.counts.pass_rate, card.counts.interval
        if rate is not None and interval is not None:
            assert interval[0] - 1e-9 <= rate <= interval[1] + 1e-9
