"""Wordings per act, in both languages, and what is only taken for the act."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from wordings_of_acts import Wordings, acts_in_files, acts_of_conditions

from qa_pipeline.language.acts import load_catalogue
from qa_pipeline.resources import acts_dir

HELD_FOUND = 0.95  # of all held wordings; measured 0.955 (difficult, en) to 0.974 (difficult, zh)


@dataclass(frozen=True)
class Part:
    """A part of the acts: its wordings, the files with its acts and the one with its conditions."""

    wordings: Wordings
    files: tuple[str, ...]
    conditions: str
    bare_lost: float  # of the wordings mended on, without capitals and marks
    elsewhere: frozenset[str] = frozenset()  # acts tested by themselves


PARTS = {
    "difficult": Part(
        Wordings("difficult_acts.yaml"),
        ("difficult.yaml", "courtesy.yaml"),
        "difficult.yaml",
        0.05,
        frozenset({"please"}),  # a word
    ),
    "service": Part(
        Wordings("service_acts.yaml"), ("transfer.yaml", "service.yaml"), "service.yaml", 0.06
    ),
}
BY_ACT = [(name, *act) for name, part in PARTS.items() for act in part.wordings.acts]
BY_LANGUAGE = [(name, language) for name in PARTS for language in ("en", "zh")]


@pytest.mark.parametrize(("part", "language", "act"), BY_ACT)
def test_wordings_that_were_mended_on_are_found(part: str, language: str, act: str) -> None:
    wordings = PARTS[part].wordings
    said = wordings.entries[language][act]["mended"]
    assert [s for s in said if not wordings.found(language, act, s)] == []


@pytest.mark.parametrize(("part", "language", "act"), BY_ACT)
def test_what_is_taken_for_the_act_is_not_it(part: str, language: str, act: str) -> None:
    wordings = PARTS[part].wordings
    said = wordings.entries[language][act]["not"]
    assert [s for s in said if wordings.found(language, act, s)] == []


@pytest.mark.parametrize(("part", "language"), BY_LANGUAGE)
def test_held_wordings(part: str, language: str) -> None:
    wordings = PARTS[part].wordings
    held = wordings.said(language, "held")
    missed = wordings.missed(language, held)
    assert len(missed) <= (1 - HELD_FOUND) * len(held), missed


@pytest.mark.parametrize(("part", "language"), BY_LANGUAGE)
def test_every_act_of_the_files_has_wordings(part: str, language: str) -> None:
    there = acts_in_files(language, *PARTS[part].files)
    assert there == set(PARTS[part].wordings.entries[language]) | PARTS[part].elsewhere


@pytest.mark.parametrize("part", PARTS)
def test_both_languages_have_the_same_acts(part: str) -> None:
    entries = PARTS[part].wordings.entries
    assert set(entries["en"]) == set(entries["zh"])


@pytest.mark.parametrize(("part", "language"), BY_LANGUAGE)
def test_capitals_and_marks_carry_no_act(part: str, language: str) -> None:
    bare = PARTS[part].wordings.bare(language)
    lost = PARTS[part].wordings.missed(language, bare)
    assert len(lost) <= PARTS[part].bare_lost * len(bare), lost


@pytest.mark.parametrize(("part", "language"), BY_LANGUAGE)
def test_conditions_name_acts_that_exist(part: str, language: str) -> None:
    named = acts_of_conditions(PARTS[part].conditions)
    assert named <= set(load_catalogue(acts_dir()).of(language))
