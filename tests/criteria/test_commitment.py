from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from never_say_sources import conversation, timed

from qa_pipeline.criteria import kind
from qa_pipeline.criteria.commitment import CommitmentParams
from qa_pipeline.criteria.promises import promises_of
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.recording import CallMetadata, Role
from qa_pipeline.domain.transcript import Word

STARTED = datetime(2026, 3, 4, 10, 3, tzinfo=timezone(timedelta(hours=-5)))  # a Wednesday


def call(text: str, language: str = "en", *, started: datetime | None = STARTED) -> Conversation:
    asks = "My washing machine leaks." if language == "en" else "我的洗衣机漏水。"
    bye = "Goodbye." if language == "en" else "再见。"
    lines = [(Role.CUSTOMER, asks), (Role.AGENT, text), (Role.AGENT, bye)]
    made = conversation("x", language, timed(lines, language))
    return replace(made, metadata=CallMetadata(started_at=started))


def judged(made: Conversation, **params: Any) -> Any:
    return kind("commitment").judge(made, CommitmentParams(**params))


@pytest.mark.parametrize(
    ("text", "language", "outcome", "reason"),
    [
        ("I'll have a look and phone you by four this afternoon.", "en", Outcome.PASS, "promised"),
        ("Our fitter will be with you tomorrow between nine and noon.", "en", Outcome.PASS,
         "promised"),
        ("We'll get back to you soon.", "en", Outcome.FAIL, "vague_only"),
        ("Somebody will call you back.", "en", Outcome.FAIL, "no_deadline"),
        ("There is nothing more to say about it.", "en", Outcome.FAIL, "no_promise"),
        ("我明天上午十点前给您回电话。", "zh", Outcome.PASS, "promised"),
        ("我们会在二十四小时之内给您明确的答复。", "zh", Outcome.PASS, "promised"),
        ("我们会尽快联系您。", "zh", Outcome.FAIL, "vague_only"),
        ("师傅会跟您联系的。", "zh", Outcome.FAIL, "no_deadline"),
        ("这个情况我知道了。", "zh", Outcome.FAIL, "no_promise"),
    ],
)  # fmt: skip
def test_a_time_is_needed(text: str, language: str, outcome: Outcome, reason: str) -> None:
    finding = judged(call(text, language))
    assert (finding.outcome, finding.reason) == (outcome, reason)
    assert finding.evidence


def test_who_how_and_what_can_be_needed_too() -> None:
    unnamed = call("It will be delivered by Friday.")
    assert judged(unnamed).outcome is Outcome.PASS
    assert judged(unnamed, need_who=True).reason == "no_one_named"
    assert judged(unnamed, topics=("contact",)).reason == "other_topic"
    named = call("Our fitter will be in touch by Friday.")
    assert judged(named, need_who=True, topics=("contact",)).outcome is Outcome.PASS
    assert judged(named, need_channel=True).reason == "no_channel"
    assert judged(call("Our fitter will phone you by Friday."), need_channel=True).outcome is (
        Outcome.PASS
    )
    assert judged(named, minimum=2).reason == "too_few"


def test_at_once_counts_where_the_rubric_lets_it() -> None:
    made = call("I'll let the warehouse know right after this call.")
    assert judged(made).outcome is Outcome.PASS
    assert judged(made, at_once_counts=False).reason == "vague_only"


def test_the_deadline_is_an_absolute_time_where_the_calls_time_is_known() -> None:
    (promise,) = promises_of(call("I'll phone you within two hours."))
    assert promise.due is not None
    said_at = STARTED + timedelta(milliseconds=promise.end_ms)
    assert promise.due == (said_at + timedelta(hours=2)).replace(microsecond=0)
    (unknown,) = promises_of(call("I'll phone you within two hours.", started=None))
    assert (unknown.due, unknown.deadline, unknown.firmness) == (None, "within two hours", "time")


def test_at_once_is_due_when_the_call_is_over() -> None:
    made = call("I'll let the warehouse know right after this call.")
    (promise,) = promises_of(made)
    ends = STARTED + timedelta(milliseconds=made.duration_ms)
    assert promise.due == ends.replace(microsecond=0)


def test_a_record_is_plain_json() -> None:
    (promise,) = promises_of(call("财务的王经理明天上午会给您打电话。", "zh"))
    record = json.loads(json.dumps(promise.to_record(), ensure_ascii=False))
    assert record["who"] == "colleague" and record["who_words"] == "财务的王经理"
    assert record["what"] == "给您打电话" and record["channel"] == "phone"
    assert record["deadline"] == "明天上午" and record["due"] == "2026-03-05T12:00:00-05:00"
    assert record["said_by"] == "agent" and record["start_ms"] < record["end_ms"]


def test_a_repeated_promise_is_listed_once_with_its_firmest_time() -> None:
    made = call("I'll call you back. I'll call you back by Friday. I'll call you back by Friday.")
    (promise,) = promises_of(made)
    assert promise.deadline == "by Friday"


def test_both_parties_promises() -> None:
    lines = [
        (Role.AGENT, "I'll email you the form today."),
        (Role.CUSTOMER, "Fine, I'll send it back tomorrow."),
    ]
    made = conversation("x", "en", timed(lines, "en"))
    assert [p.who for p in promises_of(made, role=None)] == ["self", "customer"]
    assert [p.who for p in promises_of(made)] == ["self"]
    assert judged(made, role="customer").outcome is Outcome.PASS


def test_words_that_were_badly_heard_leave_it_open() -> None:
    made = call("the thing was quite all right for us")
    turns = tuple(
        replace(t, words=tuple(Word(t.start_ms, t.end_ms, w, 0.4) for w in t.text.split()))
        for t in made.turns
    )
    assert judged(replace(made, turns=turns)).reason == "speech_unclear"


def test_a_call_in_another_language_has_no_promises() -> None:
    assert promises_of(replace(call("I'll phone you today."), language="fr")) == ()
