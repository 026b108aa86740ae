"""Acts of difficult calls and courtesy: wordings per act, and what is only taken for it."""

from __future__ import annotations

import pytest
from wordings_of_acts import (
    HARPER_VALLEY,
    Wordings,
    acts_in_files,
    acts_of,
    acts_of_conditions,
    acts_of_real_calls,
)

from qa_pipeline.language.acts import load_catalogue
from qa_pipeline.resources import acts_dir

WORDINGS = Wordings("difficult_acts.yaml")
FILES = ("difficult.yaml", "courtesy.yaml")
ELSEWHERE = {"please"}  # a word; tested by itself
HELD_FOUND = 0.95  # of all held wordings; measured 0.955 (en) and 0.974 (zh)


@pytest.mark.parametrize(("language", "act"), WORDINGS.acts)
def test_wordings_that_were_mended_on_are_found(language: str, act: str) -> None:
    said = WORDINGS.entries[language][act]["mended"]
    assert [s for s in said if not WORDINGS.found(language, act, s)] == []


@pytest.mark.parametrize(("language", "act"), WORDINGS.acts)
def test_what_is_taken_for_the_act_is_not_it(language: str, act: str) -> None:
    said = WORDINGS.entries[language][act]["not"]
    assert [s for s in said if WORDINGS.found(language, act, s)] == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_held_wordings(language: str) -> None:
    held = WORDINGS.said(language, "held")
    missed = WORDINGS.missed(language, held)
    assert len(missed) <= (1 - HELD_FOUND) * len(held), missed


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_act_of_the_files_has_wordings(language: str) -> None:
    there = acts_in_files(language, *FILES)
    assert there == set(WORDINGS.entries[language]) | ELSEWHERE


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "would you please hold the line"), ("zh", "麻烦您报一下卡号")],
)
def test_please(language: str, sentence: str) -> None:
    assert "please" in acts_of(sentence, language, "agent")


@pytest.mark.parametrize(
    ("said", "invites"),
    [
        ("Please call us again any time.", True),
        ("Feel free to ring us whenever you like.", True),
        ("I'll call you back tomorrow.", False),
        ("Somebody will ring you again about it.", False),
    ],
)
def test_a_promised_call_back_is_no_invitation(said: str, *, invites: bool) -> None:
    assert ("invite_again" in acts_of(said, "en", "agent")) is invites


def test_acts_belong_to_their_party() -> None:
    """A customer's "you're welcome" answers nothing; an agent's "I'm fed up" is no complaint."""
    assert "answer_thanks" not in acts_of("you're welcome", "en", "customer")
    assert "complain" not in acts_of("I'm really fed up with this", "en", "agent")
    assert "complain" not in acts_of("我要投诉", "zh", "agent")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_capitals_and_marks_carry_no_act(language: str) -> None:
    bare = WORDINGS.bare(language)
    lost = WORDINGS.missed(language, bare)
    assert len(lost) <= 0.05 * len(bare), lost


@pytest.mark.parametrize("language", ["en", "zh"])
def test_conditions_name_acts_that_exist(language: str) -> None:
    named = acts_of_conditions("difficult.yaml")
    assert named <= set(load_catalogue(acts_dir()).of(language))


@pytest.mark.skipif(not HARPER_VALLEY.is_dir(), reason="the real calls are not in this checkout")
def test_nobody_complains_in_the_real_bank_calls() -> None:
    """36 friendly calls: whatever makes a complaint's criteria apply there would be false."""
    kinds = {"complain", "complain_slow", "chase", "report_error", "suggest", "customer_apology"}
    hits = []
    for acts in acts_of_real_calls():
        hits += [a.text for a in acts if a.kind in kinds]
    assert hits == []
