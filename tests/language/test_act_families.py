"""Families of wordings: what each act is told from, decided by what the question is about."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from acts_judging import acts_in

FAMILIES = yaml.safe_load(
    Path(__file__).with_name("acts_families.yaml").read_text(encoding="utf-8")
)
ACTS = ("ask_satisfaction", "ask_anything_else", "check_understanding")


def sentences(language: str, act: str, half: str) -> list[str]:
    return [s for family in FAMILIES[language][act][half].values() for s in family]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("act", ACTS)
def test_wordings_that_were_mended_on_are_found(language: str, act: str) -> None:
    missed = [s for s in sentences(language, act, "tuning") if act not in acts_in(s, language,
              answer=False)]  # fmt: skip
    assert not missed


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("act", ACTS)
def test_other_families_are_found_by_patterns_alone(language: str, act: str) -> None:
    held = sentences(language, act, "held")
    missed = [s for s in held if act not in acts_in(s, language, answer=False, phrases=True)]
    assert len(missed) <= 0.2 * len(held), missed


@pytest.mark.parametrize("half", ["tuning", "held"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_product_a_day_or_understanding_is_no_satisfaction(language: str, half: str) -> None:
    for sentence in sentences(language, "near", half):
        assert "ask_satisfaction" not in acts_in(sentence, language, answer=False), sentence


@pytest.mark.parametrize("language", ["en", "zh"])
def test_capitals_and_marks_carry_no_act(language: str) -> None:
    """Without them, all but a few are found still."""
    said = sentences(language, "ask_satisfaction", "tuning")
    bare = ["".join(c for c in s.lower() if c.isalnum() or c in " '") for s in said]
    lost = [s for s in bare if "ask_satisfaction" not in acts_in(s, language, answer=False)]
    assert len(lost) <= 0.1 * len(bare), lost
