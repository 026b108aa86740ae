"""What a hold's verdict rests on besides the yes or no that was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from scripted_calls import converse

from qa_pipeline.criteria.base import Finding
from qa_pipeline.criteria.hold_protocol import HoldProtocolCheck, HoldProtocolParams
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.recording import Layout, Role
from qa_pipeline.domain.transcript import Turn, Word

BEFORE = [
    "A: Good morning, Harbour Gas, my name is Tom Reed.",
    "C: Hi, I have a question about my bill.",
]
AFTER = [
    "A: Thank you for holding. The bill is right.",
    "C: Thanks, goodbye.",
]
ASK = "A: May I put you on hold for two minutes while I check that?"


def call(*middle: str, **more: Any) -> Conversation:
    script = [*BEFORE, *middle, "(music 20)", *AFTER]
    made = converse({"name": "hold", "language": "en", "country": "GB", "script": script})
    return replace(made, **more)


def judge(conversation: Conversation) -> Finding:
    return HoldProtocolCheck().judge(conversation, HoldProtocolParams())


def voice_after_the_ask(conversation: Conversation, role: Role) -> Turn:
    at = conversation.turns[2].end_ms
    return Turn(role, at + 100, at + 600, "", confidence=0.0)


def test_an_answer_that_was_not_read_leaves_it_open() -> None:
    made = call(ASK, layout=Layout.STEREO)
    assert judge(made).reason == "no_answer"
    heard = replace(made, unread=(voice_after_the_ask(made, Role.CUSTOMER),))
    assert (judge(heard).outcome, judge(heard).reason) == (Outcome.UNDETERMINED, "unclear_answer")


def test_the_agents_own_unread_voice_is_no_answer_where_channels_tell() -> None:
    made = call(ASK, layout=Layout.STEREO)
    own = (voice_after_the_ask(made, Role.AGENT),)
    assert judge(replace(made, unread=own)).reason == "no_answer"
    assert judge(replace(made, unread=own, layout=Layout.MONO)).reason == "unclear_answer"


def test_a_missing_answer_is_less_sure_on_one_channel() -> None:
    mono, stereo = (judge(call(ASK, layout=x)) for x in (Layout.MONO, Layout.STEREO))
    assert mono.reason == stereo.reason == "no_answer"
    assert mono.confidence < stereo.confidence


def test_reason_promised_time_and_thanks_are_evidence() -> None:
    found = judge(call(ASK, "C: Sure."))
    assert found.reason == "consented"
    said = " | ".join(e.text for e in found.evidence)
    assert "two minutes" in said
    assert "check" in said
    assert "Thank you for holding" in said


def test_the_first_of_two_questions_may_be_the_one_answered() -> None:
    again = "A: Right, can you hold the line for me then?"
    assert judge(call(ASK, "C: Yes, fine.", again)).outcome is Outcome.PASS


def test_an_announcement_with_words_of_a_question_is_a_less_sure_fail() -> None:
    plain = judge(call("A: One moment please."))
    near = judge(call("A: I if you could hold for a minute please."))
    assert plain.reason == near.reason == "announced_only"
    assert near.confidence < plain.confidence - 0.1


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("C: No, carry on.", Outcome.PASS),
        ("C: No, not at all.", Outcome.PASS),
        ("C: No, I'm in a hurry.", Outcome.FAIL),
        ("C: No, I've been waiting already.", Outcome.FAIL),
    ],
)
def test_a_no_to_do_you_mind(answer: str, outcome: Outcome) -> None:
    ask = "A: Would you mind waiting for a minute while I check?"
    assert judge(call(ask, answer)).outcome is outcome


def test_a_second_wait_after_a_check_in_is_a_less_sure_fail() -> None:
    def second(line: str) -> Finding:
        return judge(call(ASK, "C: Sure.", "(music 20)", line))

    checked = second("A: Thanks for waiting, one more moment please.")
    assert checked.reason == "announced_only"
    assert checked.confidence < judge(call("A: One more moment please.")).confidence


def test_no_hold_needs_no_words() -> None:
    found: Mapping[str, Any] = {"name": "none", "language": "en", "script": [*BEFORE, *AFTER]}
    assert judge(converse(found)).outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("ask", "answer", "reason"),
    [
        ("A: Worth a wait for you if I ring the depot?", "C: Worth it.", "consented"),
        ("A: Would a minute of music be a bother?", "C: No bother.", "consented"),
        ("A: Would a minute of music be a bother?", "C: It would, I am at work.", "refused"),
        ("A: May I put you on hold?", "C: What for?", "no_answer"),
        ("A: I need to put you on hold.", "C: Okay.", "announced_only"),
    ],
)
def test_the_place_before_a_hold_makes_requests_and_answers_of_other_words(
    ask: str, answer: str, reason: str
) -> None:
    assert judge(call(ask, answer)).reason == reason


def test_words_and_place_that_disagree_leave_it_open() -> None:
    found = judge(call(ASK, "C: Fine, but never again."))
    assert found.outcome is Outcome.UNDETERMINED


def test_an_answer_written_into_its_question_counts_on_one_channel_only() -> None:
    merged = "A: May I put you on hold for two minutes? Yeah, go ahead."
    mono, stereo = (judge(call(merged, layout=x)) for x in (Layout.MONO, Layout.STEREO))
    assert mono.reason == "consented"
    assert mono.confidence < 0.7
    assert stereo.reason == "no_answer"


def test_what_only_a_question_gets_makes_one_of_damaged_words() -> None:
    assert judge(call("A: Put you on hold while I ring him.", "C: Yeah, crack on.")).reason == (
        "consented"
    )
    told = judge(call("A: I'll just put you on hold while I ring him.", "C: Okay."))
    assert (told.outcome, told.reason) == (Outcome.FAIL, "announced_only")


def test_a_mere_stretch_of_time_with_an_unclear_answer_is_left_open() -> None:
    asked = judge(call("A: And it's Heather who knows. Two minutes.", "C: One, then."))
    assert (asked.outcome, asked.reason) == (Outcome.UNDETERMINED, "unclear_ask")
    told = judge(call("A: Let me ask Heather. Two minutes.", "C: One, then."))
    assert told.reason == "announced_only"


def gap_after(*middle: str, seconds: float = 8, **more: Any) -> Conversation:
    """A call whose talk stops for a while after `middle`; no hold was found in it."""
    script = [*BEFORE, *middle, *AFTER[1:]]
    made = converse({"name": "gap", "language": "en", "country": "GB", "script": script})
    last = len(BEFORE) + len(middle)
    late = round(seconds * 1000)
    turns = made.turns[:last] + tuple(
        replace(turn, start_ms=turn.start_ms + late, end_ms=turn.end_ms + late)
        for turn in made.turns[last:]
    )
    moved = replace(made, turns=turns, acts=(), events=(), duration_ms=made.duration_ms + late)
    return replace(moved, **{"layout": Layout.STEREO, **more})


def test_a_request_and_a_wordless_stretch_are_perhaps_a_hold() -> None:
    found = judge(gap_after(ASK, "C: Sure."))
    assert (found.outcome, found.reason) == (Outcome.UNDETERMINED, "hold_unsure")
    assert judge(gap_after(ASK, "C: Sure.", seconds=2)).reason == "no_hold"
    assert judge(gap_after("A: I see the bill here.", "C: Sure.")).reason == "no_hold"


def test_a_customer_who_asks_for_a_moment_holds_nobody() -> None:
    asked = ("C: Could you hold on a second?", "A: Sure.")
    assert judge(gap_after(*asked)).reason == "no_hold"
    assert judge(gap_after(*asked, role_confidence=0.7)).reason == "hold_unsure"


def test_a_request_in_a_turn_of_both_voices_leaves_it_open() -> None:
    long = "C: It is the bill of May, the red one, the last one. May I put you on hold? Sure, fine."
    made = replace(call(long), layout=Layout.MONO)
    index = next(i for i, turn in enumerate(made.turns) if "red one" in turn.text)
    turns = list(made.turns)
    turns[index] = replace(turns[index], start_ms=turns[index].end_ms - 9_000)
    mixed = judge(replace(made, turns=tuple(turns), acts=()))
    assert (mixed.outcome, mixed.reason) == (Outcome.UNDETERMINED, "unclear_ask")
    assert judge(replace(made, layout=Layout.STEREO, acts=())).outcome is Outcome.FAIL


def guessed(conversation: Conversation, turn: int, probability: float) -> Conversation:
    """The call with the words of one turn read so surely."""
    turns = list(conversation.turns)
    said = turns[turn]
    texts = said.text.split()
    step = (said.end_ms - said.start_ms) // len(texts)
    words = tuple(
        Word(said.start_ms + at * step, said.start_ms + (at + 1) * step, text, probability)
        for at, text in enumerate(texts)
    )
    turns[turn] = replace(said, words=words)
    return replace(conversation, turns=tuple(turns))


def test_nobody_refused_by_words_that_were_guessed() -> None:
    made = call(ASK, "C: No, we should go.")
    assert judge(guessed(made, 3, 0.9)).reason == "refused"
    assert judge(guessed(made, 3, 0.3)).reason == "unclear_answer"


def test_no_to_a_question_for_bother_consents() -> None:
    preface = "A: I want to check that with a colleague."
    made = call(preface, "C: Right.", "A: Would it bother you to hold for a minute?",
                "C: No, no, not a bit.")  # fmt: skip
    assert judge(made).reason == "consented"


def test_a_customer_who_will_wait_was_told_of_a_wait_that_nobody_heard_of() -> None:
    lost = judge(call("A: Very good. Let me find someone.", "C: Okay, I wait."))
    assert (lost.outcome, lost.reason) == (Outcome.UNDETERMINED, "unclear_ask")
    gone = judge(call("A: Very good. The fish are safe.", "C: Okay."))
    assert (gone.outcome, gone.reason) == (Outcome.FAIL, "not_asked")
