"""How acts are learned: what lines tell, what is weighed, what a recogniser makes of lines."""

from __future__ import annotations

import pytest

from benchmarks.learned_acts import best_score, call_scores, learn
from benchmarks.learned_lines import (
    Bag,
    Heard,
    Mishearing,
    bank_bags,
    heard_bags,
    scenario_bags,
    sentence_bags,
    sentences_of,
)
from qa_pipeline.language.acts import load_catalogue
from qa_pipeline.resources import acts_dir

ACT = "ask_satisfaction"


def bag(text: str, is_act: bool, call: str = "", late: bool = True) -> Bag:
    return Bag("en", sentences_of(text, "en"), {ACT: is_act}, "scenario", call, late)


YES = [
    bag(f"Right, {noun} is done then. Are you {glad} with how we {did} it?", True)
    for noun, glad, did in (
        ("that", "happy", "handled"), ("it all", "pleased", "handled"), ("this", "happy", "did"),
        ("the move", "pleased", "did"), ("your claim", "content", "handled"),
    )
]  # fmt: skip
NO = [
    bag(text, False)
    for text in (
        "Right, that is done then.", "Your parcel is on its way to you.",
        "Are you at home on Friday morning?", "It all comes to ninety pounds then.",
        "The claim was handled by the garage.",
    )
]  # fmt: skip


def test_of_a_line_the_sentence_that_does_it_is_what_is_learned() -> None:
    learned = learn([*YES, *NO], ACT)
    new = bag("So, are you happy with how we settled it?", True)
    assert best_score(learned, new) > best_score(learned, bag("The move is done then.", False))
    assert learned.weights["with how we"] > 0
    assert learned.weights.get("is done then", -1.0) < 0


def test_what_is_not_known_is_not_learned_from() -> None:
    unknown = Bag("en", sentences_of("Are you happy with how we did it?", "en"), {})
    assert learn([*YES, *NO, unknown], ACT) == learn([*YES, *NO], ACT)


def test_of_calls_without_the_act_the_highest_score_counts() -> None:
    learned = learn([*YES, *NO], ACT)
    heard = [
        bag("Are you happy with how we did it?", True, "one"),
        bag("Your parcel is on its way.", False, "one"),
        bag("Your parcel is on its way.", False, "two"),
        bag("Was the claim handled by the garage?", False, "two"),
        bag("Are you happy with how we did it?", False, "two", late=False),
    ]
    learned = learned.model_copy(update={"part": "closing"})
    yes, no = call_scores(learned, heard, ACT)
    assert len(yes) == len(no) == 1
    assert no[0] == max(best_score(learned, heard[2]), best_score(learned, heard[3]))


def heard(*lines: tuple[str, bool, str]) -> Heard:
    found = (
        (said, {ACT: is_act}, sentences_of(wrote, "en"), True) for said, is_act, wrote in lines
    )
    return Heard("en", "scenario", "call", tuple(found))


def test_where_an_acts_line_was_not_heard_nothing_is_known_of_the_others() -> None:
    lost = heard(("Are you happy with that?", True, ""), ("Bye then.", False, "Are you happy."))
    assert [dict(b.is_act) for b in heard_bags([lost])] == [{ACT: True}, {}]
    found = heard(("Are you happy with that?", True, "Are you."), ("Bye then.", False, "Bye then."))
    assert [dict(b.is_act) for b in heard_bags([found])] == [{ACT: True}, {ACT: False}]


def test_a_line_is_misheard_as_its_words_were_in_calls() -> None:
    calls = [heard(("are you satisfied with that", True, "are you salad with that"))] * 20
    misheard = [Mishearing(calls, seed=seed).misheard(YES[0]) for seed in range(5)]
    assert {unit for b in misheard for units in b.sentences for unit in units} <= {
        unit for units in YES[0].sentences for unit in units
    }
    said = bag("are you satisfied with that", True)
    words = {
        unit
        for seed in range(20)
        for units in Mishearing(calls, seed=seed).misheard(said).sentences
        for unit in units
    }
    assert "salad" in words


@pytest.mark.parametrize("language", ["en", "zh"])
def test_lines_scenarios_and_sentences_are_labelled(language: str) -> None:
    phrases = load_catalogue(acts_dir())
    for bags in (
        list(bank_bags(language, "mend", phrases)),
        list(scenario_bags(language, phrases)),
        list(sentence_bags(language)),
    ):
        for act in (ACT, "ask_hold", "ask_anything_else"):
            known = [b.is_act[act] for b in bags if act in b.is_act]
            assert known.count(True) >= 20
            assert known.count(False) > known.count(True)


def test_nothing_is_learned_from_the_held_out_half_or_the_test_scenarios() -> None:
    phrases = load_catalogue(acts_dir())
    mend = {b.sentences for b in bank_bags("en", "mend", phrases)}
    held = [b.sentences for b in bank_bags("en", "held_out", phrases)]
    assert sum(sentences in mend for sentences in held) <= 0.02 * len(held)
    from benchmarks.unheard.scenario import load_half

    test = {scenario.id for scenario in load_half("test")["en"]}
    assert not test & {b.scenario for b in scenario_bags("en", phrases)}
