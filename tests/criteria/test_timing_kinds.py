"""The kinds that look at the clock: silence, answers, pace, length, order, hours, cutting in."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from pydantic import ValidationError

from qa_pipeline.criteria import kind
from qa_pipeline.criteria.base import Finding
from qa_pipeline.criteria.talk_times import count_said, gaps, rate_per_minute, speaking_ms
from qa_pipeline.domain.conversation import Act, Conversation
from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.recording import CallMetadata, Layout, Role
from qa_pipeline.domain.timeline import Hold
from qa_pipeline.domain.transcript import Turn, Word


def turn(who: str, start_s: float, end_s: float, text: str = "Well, this is what I say.") -> Turn:
    role = Role.AGENT if who == "A" else Role.CUSTOMER
    return Turn(role, round(start_s * 1000), round(end_s * 1000), text)


def call(*turns: Turn, **fields: Any) -> Conversation:
    last = max(t.end_ms for t in turns)
    given: dict[str, Any] = {
        "call_id": "c",
        "layout": Layout.STEREO,
        "duration_ms": last + 4_000,
        "metadata": CallMetadata(),
        "language": "en",
        "language_confidence": 1.0,
        "country": "US",
        "country_source": "metadata",
        "turns": turns,
        "acts": (),
        "events": (),
        "speech_confidence": 0.9,
    }
    return Conversation(**{**given, **fields})


def judge(name: str, one: Conversation, **params: Any) -> Finding:
    check = kind(name)
    finding = check.judge(one, check.params(**params))
    assert finding.reason in check.reasons, finding.reason
    assert finding.evidence
    assert finding.explanation.en.endswith(".") and finding.explanation.zh.endswith("。")
    assert all(0 <= e.start_ms <= e.end_ms for e in finding.evidence)
    return finding


TALK = (turn("A", 0, 4), turn("C", 5, 9), turn("A", 10, 14), turn("C", 15, 19), turn("A", 20, 24))
LATE = (turn("A", 0, 4), turn("C", 5, 9), turn("A", 24, 28), turn("C", 29, 33))


def test_a_long_silence_is_dead_air_unless_it_is_a_hold_or_was_announced() -> None:
    assert judge("dead_air", call(*TALK)).outcome is Outcome.PASS
    silent = judge("dead_air", call(*LATE), longest_s=8)
    assert (silent.outcome, silent.reason) == (Outcome.FAIL, "long_silence")
    assert silent.evidence[0].start_ms == 9_000 and silent.evidence[0].end_ms == 24_000
    assert judge("dead_air", call(*LATE), longest_s=14).outcome is Outcome.UNDETERMINED
    held = call(*LATE, events=(Hold(9_500, 23_500, "music"),))
    assert judge("dead_air", held).outcome is Outcome.PASS
    asked = Act("announce_hold", Role.AGENT, 1, 8_000, 9_000, "Bear with me.")
    told = call(*LATE, acts=(asked,))
    assert judge("dead_air", told).outcome is Outcome.PASS
    assert judge("dead_air", told, count_announced=True).outcome is Outcome.FAIL
    assert judge("dead_air", call(*LATE), allowed=1).outcome is Outcome.PASS


def test_talk_that_was_not_understood_is_no_silence() -> None:
    unread = turn("C", 12, 21, "")
    assert gaps(call(*LATE), 8_000)
    assert not gaps(call(*LATE, unread=(unread,)), 8_000)


def test_slow_answers_are_counted_and_one_may_be_forgiven() -> None:
    quick = call(*TALK, turn("C", 25, 27), turn("A", 28, 30))
    assert judge("response_delay", quick).reason == "prompt"
    slow = call(
        turn("A", 0, 4), turn("C", 5, 9), turn("A", 17, 20), turn("C", 21, 24), turn("A", 32, 35),
        turn("C", 36, 38), turn("A", 39, 41),
    )  # fmt: skip
    finding = judge("response_delay", slow)
    assert (finding.outcome, finding.reason) == (Outcome.FAIL, "slow")
    assert [e.start_ms for e in finding.evidence] == [9_000, 24_000]
    assert judge("response_delay", slow, allowed=2).outcome is Outcome.PASS
    assert judge("response_delay", slow, longest_s=7).outcome is Outcome.UNDETERMINED
    assert judge("response_delay", call(*TALK[:3])).reason == "too_few_answers"


def test_cutting_in_needs_a_turn_that_stops_for_it() -> None:
    long = turn("C", 5, 12, "So I was going to say that the")
    cutting = turn("A", 10.5, 14, "Did you restart the router already")
    backchannel = turn("A", 10.5, 10.9, "Mm-hm.")
    assert judge("interruption", call(TALK[0], long, cutting), allowed=0).reason == "cut_in"
    assert judge("interruption", call(TALK[0], long, cutting), allowed=1).outcome is Outcome.PASS
    assert judge("interruption", call(TALK[0], long, backchannel), allowed=0).reason == "let_finish"
    early = turn("A", 11.7, 14, "Did you restart the router already")
    assert judge("interruption", call(TALK[0], long, early), allowed=0).reason == "let_finish"
    talked_on = replace(long, end_ms=16_000)
    assert judge("interruption", call(TALK[0], talked_on, cutting), allowed=0).outcome is (
        Outcome.PASS
    )
    mono = call(TALK[0], long, cutting, layout=Layout.MONO)
    assert judge("interruption", mono, allowed=0).reason == "one_channel"


def words(count: int, seconds: float, who: str = "A", start_s: float = 0.0) -> Turn:
    return turn(who, start_s, start_s + seconds, " ".join(["word"] * count))


def test_pace_is_told_for_itself_and_against_the_other() -> None:
    normal = call(words(75, 30), words(70, 30, "C", 31))
    assert judge("pace", normal).reason == "fitting"
    assert judge("pace", call(words(120, 30), words(70, 30, "C", 31))).reason == "too_fast"
    assert judge("pace", call(words(40, 30), words(70, 30, "C", 31))).reason == "too_slow"
    slow_customer = call(words(90, 30), words(50, 30, "C", 31))
    assert judge("pace", slow_customer, ratio_most=1.3).reason == "faster_than_other"
    assert judge("pace", call(words(103, 30), words(70, 30, "C", 31))).outcome is (
        Outcome.UNDETERMINED
    )
    assert judge("pace", call(words(10, 4), words(70, 30, "C", 31))).reason == "too_little_speech"


def test_pauses_inside_a_turn_are_no_speaking_time() -> None:
    parts = (Word(0, 1_000, "one"), Word(4_000, 5_000, "two"))
    assert speaking_ms(replace(turn("A", 0, 5), words=parts)) == 2_000
    assert rate_per_minute([], "en") is None
    assert count_said("It's 3 o'clock", "en") == 3
    assert count_said("您的Wi-Fi好了", "zh") == 6


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"most_s": 60}, "in_time"),
        ({"most_s": 15}, "too_long"),
        ({"most_s": 22}, "borderline"),
        ({"least_s": 10}, "in_time"),
        ({"least_s": 90}, "too_short"),
        ({"most_s": 15, "unless": {"act": "ask_time_suits"}}, "longer_as_agreed"),
        ({"most_s": 15, "unless": {"act": "farewell"}}, "too_long"),
    ],
)
def test_the_length_of_the_talk(params: dict[str, Any], reason: str) -> None:
    asked = Act("ask_time_suits", Role.AGENT, 0, 1_000, 3_000, "Do you have a minute more?")
    assert judge("duration", call(*TALK, acts=(asked,)), **params).reason == reason


def test_a_recording_that_stops_in_mid_talk_may_have_been_longer() -> None:
    cut = call(*TALK, duration_ms=24_100)
    assert judge("duration", cut, most_s=60).reason == "cut"
    assert judge("duration", cut, most_s=15).reason == "too_long"


ABSENT = Act("colleague_absent", Role.AGENT, 0, 1_000, 3_000, "She isn't at her desk.")
ASKS = Act("ask_name", Role.AGENT, 2, 10_000, 12_000, "May I ask who is calling?")
FIRST_THEN = {"first": {"act": "colleague_absent"}, "then": {"act": "ask_name"}}


def test_the_order_of_two_things() -> None:
    assert judge("order", call(*TALK, acts=(ABSENT, ASKS)), **FIRST_THEN).reason == "in_order"
    late = replace(ABSENT, start_ms=20_500, end_ms=22_000)
    wrong = judge("order", call(*TALK, acts=(ASKS, late)), **FIRST_THEN)
    assert (wrong.outcome, wrong.reason) == (Outcome.FAIL, "wrong_order")
    assert judge("order", call(*TALK, acts=(ASKS,)), **FIRST_THEN).reason == "first_missing"
    assert judge("order", call(*TALK, acts=(ABSENT,)), **FIRST_THEN).outcome is (
        Outcome.NOT_APPLICABLE
    )
    lenient = judge("order", call(*TALK, acts=(ASKS,)), **FIRST_THEN, need_first=False)
    assert lenient.outcome is Outcome.UNDETERMINED


def at(text: str, *turns: Turn) -> Conversation:
    return call(*(turns or TALK), metadata=CallMetadata(started_at=datetime.fromisoformat(text)))


def test_calls_at_proper_hours() -> None:
    hours = {"not_before": "08:00", "not_after": "22:00"}
    assert judge("calendar", at("2026-11-20T10:30:00"), **hours).outcome is Outcome.PASS
    assert judge("calendar", at("2026-11-20T22:40:00"), **hours).reason == "improper_time"
    assert judge("calendar", at("2026-11-22T10:30:00"), days=("mon", "fri")).outcome is Outcome.FAIL
    assert judge("calendar", call(*TALK), **hours).reason == "time_unknown"


@pytest.mark.parametrize(
    ("moment", "said", "reason"),
    [
        ("2026-11-20T15:00:00", "Good morning, Penrose Library.", "greeting_misfits"),
        ("2026-11-20T09:00:00", "Good morning, Penrose Library.", "greeting_fits"),
        ("2026-11-20T12:10:00", "Good morning, Penrose Library.", "greeting_fits"),
        ("2026-11-20T15:00:00", "下午好，云湖图书馆。", "greeting_fits"),
        ("2026-11-20T15:00:00", "早上好，云湖图书馆。", "greeting_misfits"),
        ("2026-11-18T15:00:00", "周末好，云湖图书馆。", "greeting_misfits"),
        ("2026-11-21T15:00:00", "周末好，云湖图书馆。", "greeting_fits"),
        ("2026-11-20T15:00:00", "Hello, Penrose Library.", "no_timed_greeting"),
    ],
)
def test_greetings_that_fit_the_hour(moment: str, said: str, reason: str) -> None:
    turns = (turn("A", 0, 4, said), *TALK[1:])
    assert judge("calendar", at(moment, *turns), greeting_fits=True).reason == reason


def test_a_composition_finds_forbids_and_admits_not_knowing() -> None:
    sorry = Act("apology", Role.AGENT, 0, 1_000, 3_000, "I'm sorry.")
    clause = {"all": [{"act": "apology"}, {"act": "promise"}]}
    promise = Act("promise", Role.AGENT, 2, 10_000, 12_000, "We'll send it today.")
    both = call(*TALK, acts=(sorry, promise))
    assert judge("composition", both, clause=clause).outcome is Outcome.PASS
    assert judge("composition", call(*TALK, acts=(sorry,)), clause=clause).reason == "not_found"
    none = {"none": [{"act": "apology"}]}
    assert judge("composition", both, clause=none).reason == "forbidden"
    assert judge("composition", call(*TALK), clause=none).outcome is Outcome.PASS
    unknown = judge("composition", call(*TALK), clause={"direction": "outbound"})
    assert (unknown.outcome, unknown.reason) == (Outcome.UNDETERMINED, "not_known")


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("composition", {"clause": {"all": ["hold"]}}),
        ("composition", {"clause": {"akt": "apology"}}),
        ("duration", {}),
        ("calendar", {}),
        ("calendar", {"days": ["sonday"]}),
        ("pace", {"en_least": 300}),
        ("order", {"first": {"act": "apology"}}),
    ],
)
def test_parameters_that_make_no_sense_are_refused(name: str, params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        kind(name).params.model_validate(params)


@pytest.mark.parametrize(
    "name", ["composition", "duration", "calendar", "pace", "order", "dead_air", "interruption",
             "response_delay"],
)  # fmt: skip
def test_talk_that_cannot_be_trusted_is_not_judged_by_its_clock(name: str) -> None:
    unsure = call(*TALK, role_confidence=0.2)
    params: dict[str, dict[str, Any]] = {
        "composition": {"clause": {"act": "apology"}}, "order": FIRST_THEN,
        "calendar": {"greeting_fits": True}, "duration": {"most_s": 15},
    }  # fmt: skip
    if name == "duration":  # who speaks does not matter for how long they do
        assert judge(name, unsure, **params[name]).outcome is Outcome.FAIL
        return
    moment = CallMetadata(started_at=datetime(2026, 11, 20, 9))
    unsure = replace(unsure, metadata=moment)
    assert judge(name, unsure, **params.get(name, {})).outcome is Outcome.UNDETERMINED
