"""Kinds that judge the line and the record: ring_count, hangup_order, and holds without words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from qa_pipeline.criteria import kind
from qa_pipeline.criteria.base import Finding
from qa_pipeline.domain.conversation import Act, Conversation
from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.recording import CallMetadata, ChannelRoles, Layout, Party, Role
from qa_pipeline.domain.timeline import Hold, LineState, Ringback, Tone
from qa_pipeline.domain.transcript import Turn

TURNS = (
    Turn(Role.AGENT, 20_000, 24_000, "Hello.", speaker="channel_0"),
    Turn(Role.CUSTOMER, 25_000, 50_000, "Hi.", speaker="channel_1"),
    Turn(Role.AGENT, 51_000, 55_000, "Bye.", speaker="channel_0"),
)
CALL = Conversation(
    "c", Layout.STEREO, 60_000, CallMetadata(), "en", 1.0, "US", "metadata", TURNS, (), (),
    speech_confidence=0.9,
)  # fmt: skip


def judge(name: str, call: Conversation, **params: Any) -> Finding:
    check = kind(name)
    finding = check.judge(call, check.params(**params))
    assert finding.reason in check.reasons and finding.evidence
    return finding


def with_record(**fields: Any) -> Conversation:
    return replace(CALL, metadata=CallMetadata(**fields))


def ringing(rings: int | None, **fields: Any) -> Conversation:
    return replace(CALL, events=(Ringback(0, 18_000, rings, "US", **fields),))


@pytest.mark.parametrize(
    ("seconds", "country", "outcome"),
    [
        (17.0, "US", Outcome.PASS), (19.0, "US", Outcome.FAIL),
        (14.0, "CN", Outcome.PASS), (15.6, "CN", Outcome.FAIL),
        (8.0, "GB", Outcome.PASS), (10.0, "GB", Outcome.FAIL),
        (5.0, None, Outcome.PASS), (30.0, None, Outcome.FAIL),
        (12.0, None, Outcome.UNDETERMINED),
    ],
)  # fmt: skip
def test_recorded_ring_time_against_the_countrys_cycle(
    seconds: float, country: str | None, outcome: Outcome
) -> None:
    call = replace(
        with_record(ring_seconds=seconds), country=country,
        country_source="metadata" if country else "none",
    )  # fmt: skip
    finding = judge("ring_count", call)
    assert finding.outcome is outcome
    if outcome is Outcome.UNDETERMINED:
        assert finding.reason == "country_unsure"


def test_an_assumed_country_is_less_sure_unless_it_does_not_matter() -> None:
    assumed = replace(with_record(ring_seconds=12), country_source="language")
    known = with_record(ring_seconds=12)
    sure, unsure = judge("ring_count", known), judge("ring_count", assumed)
    assert unsure.confidence <= 0.8 < sure.confidence
    everywhere = replace(with_record(ring_seconds=4), country_source="language")
    assert judge("ring_count", everywhere).confidence > 0.9


@pytest.mark.parametrize(("rings", "outcome"), [(3, Outcome.PASS), (4, Outcome.FAIL)])
def test_heard_rings(rings: int, outcome: Outcome) -> None:
    assert judge("ring_count", ringing(rings)).outcome is outcome
    assert judge("ring_count", with_record(ring_count=rings)).outcome is outcome
    assert judge("ring_count", ringing(rings), max_rings=5).outcome is Outcome.PASS


def test_cut_and_musical_ringing_is_not_guessed() -> None:
    cut = judge("ring_count", ringing(3, first_cut=True))
    assert (cut.outcome, cut.reason) == (Outcome.UNDETERMINED, "cut_ringing")
    allowed = judge("ring_count", ringing(2, first_cut=True))
    assert allowed.outcome is Outcome.PASS
    assert allowed.confidence <= 0.65  # a ring before the recording is allowed for, not known
    assert judge("ring_count", ringing(4, first_cut=True)).outcome is Outcome.FAIL
    assert judge("ring_count", ringing(None, musical=True)).reason == "musical_ringback"
    assert judge("ring_count", CALL).reason == "no_ringing"


def test_ringing_in_mid_call_is_not_the_pickup() -> None:
    transfer = replace(CALL, events=(Ringback(30_000, 50_000, 5, "US"),))
    assert judge("ring_count", transfer).reason == "no_ringing"


def test_record_outranks_audio_and_the_contradiction_is_told() -> None:
    call = replace(ringing(2), metadata=CallMetadata(ring_count=5))
    finding = judge("ring_count", call)
    assert (finding.outcome, finding.reason) == (Outcome.FAIL, "record_and_audio_differ")
    assert finding.confidence <= 0.75 and "otherwise" in finding.explanation.en


@pytest.mark.parametrize(
    ("party", "outcome"),
    [
        (Party.CUSTOMER, Outcome.PASS), (Party.AGENT, Outcome.FAIL),
        (Party.SYSTEM, Outcome.NOT_APPLICABLE),
    ],
)  # fmt: skip
def test_the_record_says_who_hung_up(party: Party, outcome: Outcome) -> None:
    finding = judge("hangup_order", with_record(disconnected_by=party))
    assert finding.outcome is outcome and finding.confidence > 0.9


def test_hangups_at_the_same_time_are_undetermined() -> None:
    call = with_record(disconnected_by=Party.AGENT, extra={"hangup_gap_ms": -108})
    assert judge("hangup_order", call).reason == "simultaneous"
    apart = with_record(disconnected_by=Party.AGENT, extra={"hangup_gap_ms": -900})
    assert judge("hangup_order", apart).outcome is Outcome.FAIL


def lines(agent_end: int | None, customer_end: int | None) -> tuple[LineState, ...]:
    return (LineState(0, -60.0, agent_end), LineState(1, -60.0, customer_end))


@pytest.mark.parametrize(
    ("agent_end", "customer_end", "outcome"),
    [
        (None, 56_000, Outcome.PASS), (56_000, None, Outcome.FAIL),
        (58_000, 56_000, Outcome.PASS), (56_000, 56_100, Outcome.UNDETERMINED),
        (None, None, Outcome.UNDETERMINED),
    ],
)  # fmt: skip
def test_the_line_that_dies_first(
    agent_end: int | None, customer_end: int | None, outcome: Outcome
) -> None:
    call = replace(CALL, lines=lines(agent_end, customer_end))
    assert judge("hangup_order", call).outcome is outcome
    swapped = replace(call, metadata=CallMetadata(channels=ChannelRoles(agent=1, customer=0)))
    opposite = {Outcome.PASS: Outcome.FAIL, Outcome.FAIL: Outcome.PASS}
    assert judge("hangup_order", swapped).outcome is opposite.get(outcome, outcome)


def test_a_busy_tone_after_the_talk() -> None:
    mono = replace(CALL, events=(Tone(56_000, 59_000, "busy"),), layout=Layout.MONO)
    finding = judge("hangup_order", mono)
    assert finding.outcome is Outcome.PASS and finding.confidence <= 0.8
    stereo = replace(CALL, events=(Tone(56_000, 59_000, "busy", channel=0),))
    assert judge("hangup_order", stereo).outcome is Outcome.FAIL
    during = replace(CALL, events=(Tone(30_000, 31_000, "busy"),))
    assert judge("hangup_order", during).reason == "no_evidence"


def test_the_other_one_may_talk_on_while_the_busy_tone_sounds() -> None:
    tone = Tone(56_000, 59_000, "busy", channel=1)
    on = (*TURNS, Turn(Role.AGENT, 56_500, 58_900, "I don't know."))
    assert judge("hangup_order", replace(CALL, turns=on, events=(tone,))).outcome is Outcome.PASS
    own = (*TURNS, Turn(Role.CUSTOMER, 58_000, 59_500, "So?"))
    answered = judge("hangup_order", replace(CALL, turns=own, events=(tone,)))
    assert answered.reason == "no_evidence"
    long = (*TURNS, Turn(Role.AGENT, 56_500, 64_900, "..."))
    muted = judge("hangup_order", replace(CALL, turns=long, events=(tone,)))
    assert muted.reason == "no_evidence"


def test_asking_into_a_dead_line() -> None:
    turns = (*TURNS[:2], Turn(Role.AGENT, 54_000, 57_000, "Hello? Hello?"))
    acts = (Act("line_check", Role.AGENT, 2, 54_000, 57_000, "Hello? Hello?"),)
    finding = judge("hangup_order", replace(CALL, turns=turns, acts=acts))
    assert finding.outcome is Outcome.PASS and finding.confidence <= 0.75


def test_asking_tells_only_with_time_to_answer_and_nobody_asked_to_wait() -> None:
    turns = (*TURNS[:2], Turn(Role.CUSTOMER, 54_000, 57_000, "Hello?"))
    asked = Act("line_check", Role.CUSTOMER, 2, 54_000, 57_000, "Hello?")
    wait = Act("ask_hold", Role.AGENT, 0, 20_000, 24_000, "Please hold.")
    call = replace(CALL, turns=turns, acts=(asked,))
    assert judge("hangup_order", call).reason == "agent_first"
    assert judge("hangup_order", replace(call, duration_ms=57_400)).reason == "no_evidence"
    assert judge("hangup_order", replace(call, acts=(wait, asked))).reason == "no_evidence"


def test_the_last_goodbye_is_no_evidence() -> None:
    acts = (Act("farewell", Role.AGENT, 2, 51_000, 55_000, "Bye."),)
    assert judge("hangup_order", replace(CALL, acts=acts)).reason == "no_evidence"


def test_a_line_against_the_record_is_told() -> None:
    call = replace(
        with_record(disconnected_by=Party.CUSTOMER),
        lines=lines(agent_end=56_000, customer_end=None),
    )
    finding = judge("hangup_order", call)
    assert (finding.outcome, finding.reason) == (Outcome.PASS, "record_and_line_differ")
    assert finding.confidence < 0.8


def test_a_recorded_hold_that_cannot_be_found() -> None:
    assert judge("hold_protocol", with_record(hold_seconds=40)).reason == "not_located"
    none = judge("hold_protocol", with_record(hold_seconds=0))
    assert (none.outcome, none.reason) == (Outcome.NOT_APPLICABLE, "no_hold")
    assert none.confidence > 0.9


ASK = Act("ask_hold", Role.AGENT, 0, 22_000, 24_000, "May I put you on hold?")
YES = Act("assent", Role.CUSTOMER, 1, 25_000, 25_500, "Sure.")
HELD = replace(
    CALL,
    turns=(TURNS[0], Turn(Role.CUSTOMER, 25_000, 25_500, "Sure."), TURNS[2]),
    acts=(ASK, YES),
    events=(Hold(26_000, 50_000, "music", announced=True, confidence=0.9),),
)


def test_consent_counts_only_before_the_hold() -> None:
    assert judge("hold_protocol", HELD).reason == "consented"
    late = replace(HELD, acts=(ASK, replace(YES, start_ms=30_000, end_ms=30_500)))
    late = replace(late, turns=(TURNS[0], Turn(Role.CUSTOMER, 30_000, 30_500, "Sure."), TURNS[2]))
    assert judge("hold_protocol", late).reason == "no_answer"
    assert judge("hold_protocol", late, need_assent=False).reason == "consented"


def test_an_answer_that_is_not_understood_is_undetermined() -> None:
    mumbled = replace(
        HELD, acts=(ASK,), turns=(TURNS[0], Turn(Role.CUSTOMER, 25_000, 25_500, "Sh."), TURNS[2])
    )
    finding = judge("hold_protocol", mumbled)
    assert (finding.outcome, finding.reason) == (Outcome.UNDETERMINED, "unclear_answer")


@pytest.mark.parametrize("name", ["hold_protocol", "recap", "question"])
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"role_confidence": 0.5}, "roles_unsure"),
        ({"speech_confidence": 0.3}, "speech_unclear"),
        ({"language": "fr"}, "language_unsupported"),
        ({"language_confidence": 0.1}, "language_unsupported"),
        ({"turns": HELD.turns[:1]}, "no_conversation"),
    ],
)
def test_doubt_about_the_words_is_undetermined(
    name: str, changes: dict[str, Any], reason: str
) -> None:
    finding = judge(name, replace(HELD, **changes))
    assert (finding.outcome, finding.reason) == (Outcome.UNDETERMINED, reason)


@pytest.mark.parametrize("name", ["recap", "question"])
def test_a_recording_that_stops_in_mid_talk_fails_nothing(name: str) -> None:
    cut = replace(HELD, duration_ms=55_200)
    assert judge(name, cut).reason == "closing_not_heard"
    assert judge(name, HELD).outcome is Outcome.FAIL


def test_the_part_of_the_call_and_the_number_count() -> None:
    early = Act("ask_satisfaction", Role.AGENT, 0, 21_000, 22_000, "Happy?")
    call = replace(HELD, acts=(early,))
    assert judge("question", call).reason == "too_early"
    assert judge("question", call, window="anywhere").outcome is Outcome.PASS
    assert judge("question", call, window="anywhere", minimum=2).reason == "too_few"


def test_words_alone_are_never_surer_than_nine_in_ten() -> None:
    sure = replace(HELD, speech_confidence=1.0)
    for name in ("hold_protocol", "recap", "question"):
        assert judge(name, sure).confidence <= 0.9


def test_a_hi_there_after_which_the_talk_goes_on_is_no_dead_line() -> None:
    """Such as a colleague who takes over, in a recording that ends in mid-call."""
    talk = "Hi there. You have reached support, my name is Ann. What is going on today?"
    later = replace(TURNS[2], role=Role.CUSTOMER, start_ms=51_000, end_ms=59_000, text=talk)
    acts = (Act("line_check", Role.CUSTOMER, 2, 51_000, 51_400, "Hi there"),)
    assert (
        judge("hangup_order", replace(CALL, turns=(*TURNS[:1], later), acts=acts)).reason
        == "no_evidence"
    )
    asking = replace(CALL, turns=(*TURNS[:1], replace(later, end_ms=52_000)), acts=acts)
    assert judge("hangup_order", asking).reason == "agent_first"


def test_more_ringing_than_the_record_has_room_for_is_told() -> None:
    call = replace(ringing(3), metadata=CallMetadata(ring_seconds=4))  # 18 s are heard
    finding = judge("ring_count", call)
    assert (finding.outcome, finding.reason) == (Outcome.PASS, "record_and_audio_differ")
    assert finding.confidence <= 0.75
    late = replace(call, metadata=CallMetadata(ring_seconds=17.5))  # the recorder may start late
    assert judge("ring_count", late).reason == "in_time"


def test_the_heard_country_decides_where_none_is_known() -> None:
    heard = replace(
        ringing(2), metadata=CallMetadata(ring_seconds=12), country="GB", country_source="language"
    )
    assert judge("ring_count", heard).outcome is Outcome.PASS  # two American rings were heard
    silent = replace(heard, events=())
    near = replace(silent, metadata=CallMetadata(ring_seconds=10))
    assert judge("ring_count", silent).confidence > judge("ring_count", near).confidence
    assert judge("ring_count", near).confidence <= 0.6


def test_a_muted_channel_is_no_hangup() -> None:
    said = Turn(Role.CUSTOMER, 45_000, 54_000, "And then I went on.", speaker="channel_1")
    before = (TURNS[0], replace(TURNS[1], end_ms=43_000))
    call = replace(CALL, turns=(*before, said), lines=lines(44_000, None))
    assert judge("hangup_order", call).reason == "no_evidence"
    brief = replace(call, turns=(*before, replace(said, start_ms=50_000)))
    assert judge("hangup_order", brief).reason == "agent_first"


def test_a_gated_channel_lives_only_where_it_is_heard() -> None:
    dead, gated = lines(56_000, None)
    call = replace(CALL, lines=(dead, replace(gated, gated=True)))
    assert judge("hangup_order", call).reason == "no_evidence"
    late = Turn(Role.CUSTOMER, 57_000, 58_500, "Hello?", speaker="channel_1")
    heard = replace(call, turns=(*TURNS, late))
    assert judge("hangup_order", heard).reason == "agent_first"
