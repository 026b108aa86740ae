"""Acts of transfers, absence, messages and service: wordings, and what is only taken for them."""

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

WORDINGS = Wordings("service_acts.yaml")
FILES = ("transfer.yaml", "service.yaml")
HELD_FOUND = 0.95  # of all held wordings
BARE_LOST = 0.06  # of those mended on, without capitals and marks


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
    assert there == set(WORDINGS.entries[language])


def test_both_languages_have_the_same_acts() -> None:
    assert set(WORDINGS.entries["en"]) == set(WORDINGS.entries["zh"])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_capitals_and_marks_carry_no_act(language: str) -> None:
    bare = WORDINGS.bare(language)
    lost = WORDINGS.missed(language, bare)
    assert len(lost) <= BARE_LOST * len(bare), lost


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "I'd like you to transfer me to somebody else"),
        ("en", "my warranty ran out last month"),
        ("en", "I'm in a meeting right now"),
        ("zh", "你帮我转接一下人工"),
        ("zh", "我的机器过保了"),
        ("zh", "我正在开会"),
    ],
)
def test_these_acts_are_the_agents(language: str, sentence: str) -> None:
    kinds = {"offer_transfer", "word_transfer", "paid_service", "absence_detail"}
    assert not kinds & acts_of(sentence, language, "customer")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_conditions_name_acts_that_exist(language: str) -> None:
    named = acts_of_conditions("service.yaml")
    assert named <= set(load_catalogue(acts_dir()).of(language))


@pytest.mark.skipif(not HARPER_VALLEY.is_dir(), reason="the real calls are not in this checkout")
def test_in_the_real_bank_calls_only_money_is_transferred() -> None:
    """36 calls: nobody is passed on, absent, helped remotely or sent a bill in any of them."""
    told = {"name_company", "give_own_name"}
    kinds = set(WORDINGS.entries["en"]) - told
    hits, named = [], 0
    for acts in acts_of_real_calls():
        hits += [(a.kind, a.text) for a in acts if a.kind in kinds]
        named += any(a.kind == "name_company" for a in acts)
    assert hits == []
    assert named >= 34
