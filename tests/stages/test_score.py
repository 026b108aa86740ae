from __future__ import annotations

import dataclasses
import logging
from typing import ClassVar

import pytest

from qa_pipeline.criteria import kinds
from qa_pipeline.criteria.base import Check, Finding, Params, searched
from qa_pipeline.domain.conversation import Conversation, Reading
from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.recording import CallMetadata, Layout, Role
from qa_pipeline.domain.rubric import Condition, Criterion, LocalText, Rubric
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.stages.score import score

TEXT = LocalText("One.", "一。")
CALL = Conversation(
    "c", Layout.MONO, 1_000, CallMetadata(), "en", 1.0, None, "none", (), (), ()
)  # fmt: skip


class FixedParams(Params):
    outcome: Outcome = Outcome.PASS
    crash: bool = False


class FixedCheck(Check[FixedParams]):
    kind = "fixed"
    params = FixedParams
    reasons: ClassVar[dict[str, str]] = {"told": "as told"}

    def judge(self, call: Conversation, params: FixedParams) -> Finding:
        if params.crash:
            raise ZeroDivisionError
        return Finding(params.outcome, 0.8, "told", TEXT, (searched(0, 10, Role.LINE),))


@pytest.fixture(autouse=True)
def fixed_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(kinds(), "fixed", FixedCheck())


def rubric(*given: tuple[Outcome, float]) -> Rubric:
    return Rubric(
        "r", "1", TEXT,
        tuple(
            Criterion(f"c{n}", "fixed", TEXT, TEXT, weight, {"outcome": outcome})
            for n, (outcome, weight) in enumerate(given)
        ),
    )  # fmt: skip


def test_the_score_is_the_weighted_share_over_what_was_determined() -> None:
    form = rubric(
        (Outcome.PASS, 1), (Outcome.FAIL, 3), (Outcome.UNDETERMINED, 5), (Outcome.NOT_APPLICABLE, 5)
    )
    assert score(CALL, form).score == pytest.approx(0.25)


def test_nothing_determined_has_no_score() -> None:
    assert score(CALL, rubric((Outcome.UNDETERMINED, 1), (Outcome.NOT_APPLICABLE, 1))).score is None
    assert score(CALL, rubric((Outcome.PASS, 0))).score is None


def test_an_automatic_fail_fails_the_call() -> None:
    form = rubric((Outcome.PASS, 9), (Outcome.FAIL, 1))
    strict = dataclasses.replace(
        form, criteria=(form.criteria[0], dataclasses.replace(form.criteria[1], auto_fail=True))
    )
    assert score(CALL, form).score == pytest.approx(0.9)
    evaluation = score(CALL, strict)
    assert evaluation.failed_automatically and evaluation.score == 0


def test_a_crashing_check_is_reported_and_the_rest_is_judged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    form = rubric((Outcome.PASS, 1), (Outcome.PASS, 1))
    broken = dataclasses.replace(form.criteria[0], params={"crash": True})
    with caplog.at_level(logging.ERROR):
        evaluation = score(CALL, dataclasses.replace(form, criteria=(broken, form.criteria[1])))
    first, second = evaluation.verdicts
    assert (first.outcome, first.reason) == (Outcome.UNDETERMINED, "check_failed")
    assert second.outcome is Outcome.PASS and evaluation.score == 1
    assert "c0" in caplog.text and first.evidence


class SaidCheck(Check[Params]):
    """Passes when "please" is in the words."""

    kind = "said"
    params = Params
    reasons: ClassVar[dict[str, str]] = {"told": "as told"}

    def judge(self, call: Conversation, params: Params) -> Finding:
        said = any("please" in turn.text for turn in call.turns)
        outcome = Outcome.PASS if said else Outcome.FAIL
        return Finding(outcome, 0.8, "told", TEXT, (searched(0, 10, Role.LINE),))


@pytest.mark.parametrize(
    ("first", "second", "outcome", "confidence"),
    [
        ("peas", "please", Outcome.PASS, 0.8 * 0.85),
        ("please", "peas", Outcome.PASS, 0.8),
        ("peas", "peace", Outcome.FAIL, 0.8),
    ],
)
def test_a_second_reading_can_make_a_pass_and_never_a_fail(
    monkeypatch: pytest.MonkeyPatch, first: str, second: str, outcome: Outcome, confidence: float
) -> None:
    monkeypatch.setitem(kinds(), "said", SaidCheck())
    turns = [(Turn(Role.AGENT, 0, 500, text),) for text in (first, second)]
    call = dataclasses.replace(CALL, turns=turns[0], second=Reading(turns[1], ()))
    form = dataclasses.replace(rubric(), criteria=(Criterion("c", "said", TEXT, TEXT),))
    verdict = score(call, form).verdicts[0]
    assert (verdict.outcome, verdict.confidence) == (outcome, pytest.approx(confidence, abs=1e-3))


def test_what_does_not_rest_on_words_is_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    check = SaidCheck()
    monkeypatch.setattr(type(check), "rests_on_words", False)
    monkeypatch.setitem(kinds(), "said", check)
    again = Reading((Turn(Role.AGENT, 0, 500, "please"),), ())
    form = dataclasses.replace(rubric(), criteria=(Criterion("c", "said", TEXT, TEXT),))
    assert score(dataclasses.replace(CALL, second=again), form).verdicts[0].outcome is Outcome.FAIL


def test_a_kept_condition_that_is_no_longer_understood_costs_only_what_needs_it() -> None:
    plain = rubric((Outcome.PASS, 1.0), (Outcome.PASS, 1.0)).criteria
    broken = dataclasses.replace(plain[1], when="old")
    kept = Rubric(
        "r", "1", TEXT, (plain[0], broken), conditions=(Condition("old", TEXT, {"x": 1}),)
    )
    verdicts = score(CALL, kept).verdicts
    assert [(v.outcome, v.reason) for v in verdicts] == [
        (Outcome.PASS, "told"), (Outcome.UNDETERMINED, "check_failed"),
    ]  # fmt: skip


def test_rubrics_of_the_same_id_are_not_mistaken_for_each_other() -> None:
    first, second = rubric((Outcome.PASS, 1.0)), rubric((Outcome.FAIL, 1.0))
    found = [score(CALL, one).verdicts[0].outcome for one in (first, second, first)]
    assert found == [Outcome.PASS, Outcome.FAIL, Outcome.PASS]
