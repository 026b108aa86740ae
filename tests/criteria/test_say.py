from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from never_say_sources import conversation, timed
from pydantic import ValidationError

from qa_pipeline.criteria import kind
from qa_pipeline.criteria.say import SayParams
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.timeline import Hold
from qa_pipeline.domain.transcript import Word

CALL = [
    (Role.AGENT, "Good morning, Larkfield Tools, how can I help you?"),
    (Role.CUSTOMER, "My drill stopped working after a week."),
    (Role.AGENT, "I'm sorry about that."),
    (Role.CUSTOMER, "I need it for tomorrow."),
    (Role.AGENT, "A new one is on its way to you."),
    (Role.CUSTOMER, "That is quick, very good."),
    (Role.AGENT, "Goodbye."),
]


def call(lines: list[tuple[Role, str]] = CALL, language: str = "en") -> Conversation:
    return conversation("x", language, timed(lines, language))


def judged(made: Conversation, **params: Any) -> Any:
    return kind("say").judge(made, SayParams(**params))


def test_any_of_the_acts_will_do() -> None:
    finding = judged(call(), acts=("empathy", "apology"))
    assert (finding.outcome, finding.reason) == (Outcome.PASS, "said")
    assert finding.evidence[0].text == "sorry"


@pytest.mark.parametrize(
    ("params", "outcome", "reason"),
    [
        ({"acts": ("farewell",), "part": "closing"}, Outcome.PASS, "said"),
        ({"acts": ("farewell",), "part": "opening"}, Outcome.FAIL, "elsewhere"),
        ({"acts": ("apology",), "part": 5}, Outcome.FAIL, "elsewhere"),
        ({"acts": ("apology",), "minimum": 2}, Outcome.FAIL, "too_few"),
        ({"acts": ("invite_again",)}, Outcome.FAIL, "not_said"),
        ({"acts": ("apology",), "role": "customer"}, Outcome.FAIL, "not_said"),
        ({"acts": ("farewell",), "after": {"act": "apology"}}, Outcome.PASS, "said"),
        ({"acts": ("farewell",), "before": {"act": "apology"}}, Outcome.FAIL, "elsewhere"),
        ({"acts": ("farewell",), "after": {"act": "apology"}, "within_s": 1}, Outcome.FAIL,
         "elsewhere"),
        ({"acts": ("thanks_for_waiting",), "after": {"event": "hold"}}, Outcome.NOT_APPLICABLE,
         "nothing_to_follow"),
    ],
)  # fmt: skip
def test_where_and_how_often(params: dict[str, Any], outcome: Outcome, reason: str) -> None:
    finding = judged(call(), **params)
    assert (finding.outcome, finding.reason) == (outcome, reason)
    assert finding.evidence
    assert finding.explanation.en.endswith(".") and finding.explanation.zh.endswith("。")


def test_after_a_hold() -> None:
    lines = [*CALL[:4], (Role.AGENT, "Thank you for holding."), *CALL[4:]]
    made = call(lines)
    back = made.turns[4]
    held = replace(made, events=(Hold(back.start_ms - 15_000, back.start_ms - 300, "music"),))
    params = {"acts": ("thanks_for_waiting",), "after": {"event": "hold"}, "within_s": 10}
    assert judged(held, **params).outcome is Outcome.PASS
    early = replace(made, events=(Hold(0, 1_000, "music"),))
    assert judged(early, **{**params, "within_s": 2}).reason == "elsewhere"


def test_mandarin() -> None:
    lines = [(Role.CUSTOMER, "我的钻头坏了。"), (Role.AGENT, "非常抱歉，给您添麻烦了。")]
    assert judged(call(lines, "zh"), acts=("apology",)).outcome is Outcome.PASS


def test_a_hold_that_only_the_record_knows_leaves_it_open() -> None:
    made = call()
    noted = replace(made, metadata=replace(made.metadata, hold_seconds=30.0))
    finding = judged(noted, acts=("thanks_for_waiting",), after={"event": "hold"})
    assert (finding.outcome, finding.reason) == (Outcome.UNDETERMINED, "place_unknown")


def test_badly_heard_words_leave_it_open() -> None:
    made = call()
    turns = tuple(
        replace(t, words=tuple(Word(t.start_ms, t.end_ms, w, 0.4) for w in t.text.split()))
        for t in made.turns
    )
    finding = judged(replace(made, turns=turns), acts=("invite_again",))
    assert (finding.outcome, finding.reason) == (Outcome.UNDETERMINED, "speech_unclear")


def test_a_recording_that_stops_early_is_no_missing_close() -> None:
    made = call(CALL[:5])
    cut = replace(made, duration_ms=made.turns[-1].end_ms + 100)
    finding = judged(cut, acts=("invite_again",), part="closing")
    assert (finding.outcome, finding.reason) == (Outcome.UNDETERMINED, "closing_not_heard")


@pytest.mark.parametrize(
    "params", [{"acts": ()}, {"acts": ("a",), "within_s": 2}, {"acts": ("a",), "after": "hold"},
               {"acts": ("a",), "minimum": 0}, {"acts": ("a",), "role": "line"}],
)  # fmt: skip
def test_wrong_parameters_are_refused(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SayParams.model_validate(params)


def test_what_it_looks_for() -> None:
    params = SayParams(acts=("apology",), after={"act": "complain", "role": "customer"})
    assert kind("say").acts_of(params) == {"apology", "complain"}
    assert "apology" in kind("say").describe(params).en
