"""A fail rests on what was not said: it is not given where the words were too badly heard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from scripted_calls import converse

from qa_pipeline.criteria.rubric_file import load_rubric
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Outcome, Verdict
from qa_pipeline.domain.recording import Layout
from qa_pipeline.domain.transcript import Turn, Word
from qa_pipeline.resources import rubrics_dir
from qa_pipeline.stages.score import score

SCRIPT = [
    "A: Good morning, Harbour Gas, my name is Tom Reed.",
    "C: Hi, my boiler makes a noise and I would like somebody to look at it.",
    "A: May I have the post code for that please?",
    "C: It is BN one four.",
    "A: The crumbs are having silent the wheel of it and the pomp is for the tin in your house.",
    "C: Right, okay.",
    "A: Goodbye.",
    "C: Bye.",
]
HELD = [
    "A: Good morning, Harbour Gas, my name is Tom Reed.",
    "C: Hi, I have a question about my bill.",
    "A: One moment please while I look.",
    "C: {answer}",
    "(music 30)",
    "A: Hello again, the bill is right.",
    "C: Thank you.",
    "A: Goodbye.",
]


def heard(turn: Turn, probability: float) -> Turn:
    words = turn.text.split()
    step = (turn.end_ms - turn.start_ms) // len(words)
    return replace(
        turn,
        words=tuple(
            Word(turn.start_ms + n * step, turn.start_ms + (n + 1) * step, word, probability)
            for n, word in enumerate(words)
        ),
    )


def call(script: Sequence[str], probability: Mapping[int, float], **more: Any) -> Conversation:
    """A scripted call in which turn number n was heard with the probability given for n."""
    made = converse({"name": "unclear", "language": "en", "country": "GB", "script": script})
    turns = tuple(heard(turn, probability.get(n, 0.95)) for n, turn in enumerate(made.turns))
    return replace(made, turns=turns, **more)


def verdict(conversation: Conversation, criterion: str) -> Verdict:
    found = score(conversation, load_rubric(rubrics_dir() / "phone_standard.yaml")).verdict(
        criterion
    )
    assert found is not None
    return found


@pytest.mark.parametrize("criterion", ["satisfaction", "summary"])
def test_a_garbled_turn_near_the_close_leaves_it_open(criterion: str) -> None:
    clear = verdict(call(SCRIPT, {}), criterion)
    assert clear.outcome is Outcome.FAIL
    garbled = verdict(call(SCRIPT, {4: 0.5}), criterion)
    assert (garbled.outcome, garbled.reason) == (Outcome.UNDETERMINED, "speech_unclear")
    assert any("crumbs" in evidence.text for evidence in garbled.evidence)


@pytest.mark.parametrize("criterion", ["satisfaction", "summary"])
def test_what_the_customer_mumbles_changes_nothing(criterion: str) -> None:
    assert verdict(call(SCRIPT, {1: 0.4, 3: 0.4, 5: 0.4}), criterion).outcome is Outcome.FAIL


def test_a_garbled_opening_says_nothing_about_the_close() -> None:
    long = [*SCRIPT[:4], *SCRIPT[1:4] * 6, "A: The noise comes from the pump.", *SCRIPT[5:]]
    assert verdict(call(long, {0: 0.5}), "satisfaction").outcome is Outcome.FAIL


def test_a_garbled_goodbye_is_still_a_close() -> None:
    script = [*SCRIPT[:4], "A: The noise comes from the pump, we know it.", "C: Ah.", "A: Goo bee."]
    made = call(script, {6: 0.3})
    cut = replace(made, duration_ms=made.turns[-1].end_ms + 200)
    assert verdict(cut, "satisfaction").reason != "closing_not_heard"
    sharp = call(script, {})
    sharp = replace(sharp, duration_ms=sharp.turns[-1].end_ms + 200)
    assert verdict(sharp, "satisfaction").reason == "closing_not_heard"


def test_an_announcement_too_badly_heard_may_have_been_a_question() -> None:
    script = [line.format(answer="My bill from May.") for line in HELD]
    assert verdict(call(script, {}), "hold").reason == "announced_only"
    unclear = verdict(call(script, {2: 0.4}), "hold")
    assert (unclear.outcome, unclear.reason) == (Outcome.UNDETERMINED, "unclear_ask")


def test_a_yes_to_an_announcement_makes_the_fail_less_sure() -> None:
    silent = verdict(call([x.format(answer="My bill from May.") for x in HELD], {}), "hold")
    agreed = verdict(call([x.format(answer="Sure.") for x in HELD], {}), "hold")
    assert silent.outcome is agreed.outcome is Outcome.FAIL
    assert agreed.confidence < silent.confidence - 0.05


def test_an_unannounced_hold_after_garbled_words_is_left_open() -> None:
    script = [
        *HELD[:2],
        "A: The crumbs are having silent the wheel of it.",
        *HELD[4:],
    ]
    assert verdict(call(script, {}), "hold").reason == "not_asked"
    assert verdict(call(script, {2: 0.5}), "hold").reason == "unclear_ask"


@pytest.mark.parametrize(("probability", "outcome"), [(0.6, "undetermined"), (0.9, "fail")])
def test_a_name_missed_in_a_badly_heard_opening_is_no_fail(
    probability: float, outcome: str
) -> None:
    script = ["A: Good morning, how the wheel may I help today?", *SCRIPT[1:]]
    heard_so = call(script, {0: probability, 2: probability})
    assert verdict(heard_so, "greeting").outcome.value == outcome


def test_a_first_name_alone_fails_also_where_it_was_badly_heard() -> None:
    script = ["A: Good morning, my name is Tom, how can I help?", *SCRIPT[1:]]
    found = verdict(call(script, {0: 0.6, 2: 0.6}), "greeting")
    assert (found.outcome.value, found.reason) == ("fail", "first_name_only")


def test_a_short_garbled_turn_holds_no_summary() -> None:
    script = [*SCRIPT[:4], "A: The crumbs of it are in.", *SCRIPT[5:]]
    assert verdict(call(script, {4: 0.4}), "summary").outcome is Outcome.FAIL
    assert verdict(call(script, {4: 0.4}), "satisfaction").outcome is Outcome.UNDETERMINED


def test_talk_that_was_lost_before_the_close_leaves_the_summary_open() -> None:
    made = call(SCRIPT, {})
    later = [turn.start_ms >= made.turns[5].start_ms for turn in made.turns]
    turns = tuple(
        replace(turn, start_ms=turn.start_ms + 9_000, end_ms=turn.end_ms + 9_000) if late else turn
        for turn, late in zip(made.turns, later, strict=True)
    )
    gap = replace(made, turns=turns, acts=(), duration_ms=made.duration_ms + 9_000)
    found = verdict(replace(gap, layout=Layout.STEREO), "summary")
    assert (found.outcome, found.reason) == (Outcome.UNDETERMINED, "speech_unclear")


def test_a_hello_that_may_be_the_other_voice_is_not_held_against_the_agent() -> None:
    script = ["C: Hello?", "A: This is Tom Reed from Harbour Gas.", "C: Yes?", "A: Goodbye."]
    rubric = load_rubric(rubrics_dir() / "service_center.yaml")
    for layout, wanted in ((Layout.MONO, Outcome.UNDETERMINED), (Layout.STEREO, Outcome.FAIL)):
        found = score(call(script, {}, layout=layout), rubric).verdict("company")
        assert found is not None
        assert found.outcome is wanted
