"""What may hide in badly read words: by what they are, where they stand and what is replied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from test_unclear_speech import call, heard, verdict

from qa_pipeline.criteria.unread import answer_to, late_from, unexplained
from qa_pipeline.domain.conversation import Act, Conversation
from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.recording import Layout, Role
from qa_pipeline.language.replies import Reply

BEGIN = [
    "A: Good morning, Harbour Gas, my name is Tom Reed.",
    "C: Hi, my boiler makes a noise and I would like somebody to look at it.",
    "A: We can come on Friday, is the morning all right?",
    "C: Friday is good.",
]
GARBLED = "A: The crumbs having whirl the pomp in the tin of house."
END = ["A: Thank you for calling, goodbye.", "C: Bye."]


def closing(reply: str, *more: str, garbled: str = GARBLED) -> Conversation:
    """A call whose fifth turn was badly read, and what the customer replies to it."""
    return call([*BEGIN, garbled, f"C: {reply}", *more, *END], {4: 0.4})


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        ("Yes, very satisfied, thanks.", "pass"),
        ("Very.", "pass"),
        ("Yes.", "undetermined"),
        ("No, that's all.", "fail"),
        ("Got it.", "fail"),
        ("And when do I get the invoice for that?", "fail"),
        ("I have a dog here that barks at people so I will put him in the kitchen.", "fail"),
    ],
)
def test_the_reply_tells_whether_it_was_the_question(reply: str, outcome: str) -> None:
    found = verdict(closing(reply), "satisfaction")
    assert found.outcome.value == outcome
    if outcome == "pass":
        assert found.reason == "answered"
        assert [e.role for e in found.evidence] == [Role.AGENT, Role.CUSTOMER]


def test_a_pass_by_the_answer_is_less_sure_than_one_by_the_question() -> None:
    asked = call([*BEGIN, "A: Are you happy with our service today?", "C: Yes, very.", *END], {})
    by_answer = verdict(closing("Yes, very satisfied."), "satisfaction").confidence
    assert by_answer < verdict(asked, "satisfaction").confidence


@pytest.mark.parametrize(
    ("question", "reply", "outcome"),
    [
        ("Has all that hit the mark from where you sit?", "Very satisfied, thanks.", "pass"),
        ("Has all that hit the mark from where you sit?", "It's been brilliant.", "undetermined"),
        ("Has all that hit the mark from where you sit?", "Yes.", "fail"),
        ("Will you come in by the side door?", "Yes, I will.", "fail"),
        ("Is there anything else I can do?", "No, you've been great.", "fail"),
        ("Does that make sense?", "Yes, very good.", "fail"),
    ],
)
def test_a_late_question_of_unknown_words_is_told_by_its_answer(
    question: str, reply: str, outcome: str
) -> None:
    script = [*BEGIN, f"A: {question}", f"C: {reply}", *END]
    assert verdict(call(script, {}), "satisfaction").outcome.value == outcome


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("I hope you are happy with the service. Are you?", "pass"),
        ("Were you satisfied with everything on this call?", "pass"),
        ("Was this the outcome you were hoping for?", "pass"),
        ("Does that sit right with you, how we've left things?", "pass"),
        ("I hope you are happy with the service.", "fail"),
    ],
)
def test_indirect_questions_and_expectations(said: str, outcome: str) -> None:
    script = [*BEGIN, f"A: {said}", "C: Okay.", *END]
    assert verdict(call(script, {}), "satisfaction").outcome.value == outcome


def test_words_beside_a_formula_are_too_few_to_hold_a_question() -> None:
    script = [*BEGIN, "A: Whose thank you so much for calling us, goodbye.", "C: Yes."]
    assert verdict(call(script, {4: 0.3}), "satisfaction").outcome is Outcome.FAIL


def test_an_exchange_long_before_the_close_hides_no_closing_question() -> None:
    after = ["A: The engineer has a key card.", "C: Fine.", "A: He is called Gary.", "C: Okay.",
             "A: It costs ten pounds.", "C: Fine."]  # fmt: skip
    assert verdict(closing("Yes."), "satisfaction").outcome is Outcome.UNDETERMINED
    assert verdict(closing("Yes.", *after), "satisfaction").outcome is Outcome.FAIL


def test_a_reply_too_badly_read_excludes_nothing() -> None:
    made = closing("And when do I get the invoice for that?")
    mumbled = [heard(turn, 0.3) if n == 5 else turn for n, turn in enumerate(made.turns)]
    unsure = verdict(replace(made, turns=tuple(mumbled)), "satisfaction")
    assert unsure.reason == "speech_unclear"


def test_satisfaction_told_unasked_leaves_it_open() -> None:
    made = call([*BEGIN, "A: The part is ordered.", "C: I am very satisfied.", *END], {})
    found = verdict(made, "satisfaction")
    assert (found.outcome, found.reason) == (Outcome.UNDETERMINED, "near_question")


def test_a_question_given_to_the_customer_leaves_it_open() -> None:
    made = call([*BEGIN, "C: How happy were you with this call?", "A: Nine.", *END], {})
    assert verdict(made, "satisfaction").reason == "near_question"


def test_a_hope_that_is_answered_passes() -> None:
    said = [*BEGIN, "A: I hope that is a result you are pleased with.", "C: It is.", *END]
    assert verdict(call(said, {}), "satisfaction").reason == "answered"
    left = [*BEGIN, "A: I hope that is a result you are pleased with.", "C: Okay, bye.", *END]
    assert verdict(call(left, {}), "satisfaction").outcome is Outcome.FAIL


def runs(made: Conversation, *, joined: bool = False) -> Sequence[int]:
    return [len(run.words) for run in unexplained(made, Role.AGENT, joined=joined)]


def test_acts_found_in_badly_read_words_explain_nothing_but_formulas_do() -> None:
    made = replace(call([GARBLED, "C: Yes."], {0: 0.4}), acts=())
    words = made.turns[0].words
    act = Act("name_contact", Role.AGENT, 0, words[3].start_ms, words[5].end_ms, "whirl the pomp")
    assert runs(replace(made, acts=(act,))) == [len(words)]
    formula = replace(act, kind="farewell")
    assert runs(replace(made, acts=(formula,))) == [3, len(words) - 6]
    clear = replace(made, turns=tuple(heard(turn, 0.9) for turn in made.turns), acts=(act,))
    assert runs(clear) == [3, len(words) - 6]


def test_scraps_of_the_other_voice_do_not_break_a_run_where_voices_share_a_channel() -> None:
    made = replace(call([GARBLED, "C: Tin.", GARBLED], {0: 0.4, 2: 0.4}), acts=())
    each = len(made.turns[0].words)
    assert runs(made) == [each, each]
    assert runs(made, joined=True) == [2 * each]


def test_late_exchanges_are_counted_from_the_end_and_a_lost_reply_is_one() -> None:
    made = call([*BEGIN, *END], {})
    starts = [turn.start_ms for turn in made.turns_of(Role.AGENT)]
    assert [late_from(made, Role.AGENT, n) for n in (0, 1, 2)] == starts[::-1]
    later = [
        replace(turn, start_ms=turn.start_ms + 4_000, end_ms=turn.end_ms + 4_000)
        if n >= 3 else turn
        for n, turn in enumerate(made.turns) if n != 3
    ]  # fmt: skip
    assert late_from(replace(made, turns=tuple(later)), Role.AGENT, 1) == starts[1]


def test_an_answer_comes_soon_or_is_none() -> None:
    made = call([*BEGIN, *END], {})
    asked = made.turns[2]
    answer = answer_to(made, Role.AGENT, asked.end_ms)
    assert answer is not None
    assert answer.evidence.text == "Friday is good."
    assert Reply.PLEASED not in answer.kinds
    late = replace(made, turns=(asked, replace(made.turns[3], start_ms=asked.end_ms + 5_000)))
    assert answer_to(late, Role.AGENT, asked.end_ms) is None


def announced(probability: float) -> Conversation:
    said = "So just to confirm, to whirl the friday pomp in the tin of the morning house it."
    made = call([*BEGIN, f"A: {said}", "C: Correct.", *END], {4: probability})
    turn = made.turns[4]
    near = Act("near_recap", Role.AGENT, 4, turn.start_ms, turn.end_ms, turn.text, 0.35,
               "content", {"form": "recap_cue"})  # fmt: skip
    rest = [act for act in made.acts if act.kind not in ("recap", "near_recap", "mixed_recap")]
    return replace(made, acts=(*rest, near))


def test_a_summary_that_is_announced_is_one_although_it_was_badly_read() -> None:
    found = verdict(announced(0.5), "summary")
    assert (found.outcome, found.reason) == (Outcome.PASS, "recapped")
    plain = announced(0.9)
    bare = replace(plain, acts=tuple(
        replace(a, slots={"form": "plain"}) if a.kind == "near_recap" else a for a in plain.acts
    ))  # fmt: skip
    assert verdict(bare, "summary").reason == "near_recap"


@pytest.mark.parametrize(
    ("likely", "layout", "outcome"),
    [(0.99, Layout.MONO, "pass"), (0.975, Layout.MONO, "undetermined"),
     (0.9, Layout.MONO, "fail"), (0.99, Layout.STEREO, "fail")],
)  # fmt: skip
def test_words_of_both_parties_that_sum_up_count_on_one_channel(
    likely: float, layout: Layout, outcome: str
) -> None:
    made = call([*BEGIN, "A: The part is on its way.", "C: Right.", *END], {}, layout=layout)
    turn = made.turns[4]
    act = Act("mixed_recap", Role.AGENT, 4, turn.start_ms, turn.end_ms, turn.text, likely)
    rest = [a for a in made.acts if a.kind not in ("recap", "near_recap", "mixed_recap")]
    found = verdict(replace(made, acts=(*rest, act)), "summary")
    assert found.outcome.value == outcome


def test_a_call_read_badly_as_a_whole_has_no_absence_of_a_summary() -> None:
    made = call([*BEGIN, "A: All done then.", "C: Right.", *END], {})
    assert verdict(made, "summary").outcome is Outcome.FAIL
    assert verdict(replace(made, speech_confidence=0.55), "summary").reason == "speech_unclear"
