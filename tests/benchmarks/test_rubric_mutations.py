"""A sample of the mutation check: what breaks is noticed by a case."""

from __future__ import annotations

import random

import pytest

from benchmarks import rubric_mutations as mutations
from qa_pipeline.criteria.rubric_file import load_rubric, shipped_rubrics
from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.language.acts import load_catalogue
from qa_pipeline.resources import acts_dir, rubrics_dir

SAMPLED = 16  # acts of each language; `python -m benchmarks.rubric_mutations` drops them all


@pytest.mark.parametrize("language", ["en", "zh"])
def test_dropping_an_acts_phrases_is_noticed(language: str) -> None:
    acts = mutations.acts_to_drop(language)
    sample = random.Random(4).sample(acts, min(SAMPLED, len(acts)))
    assert not [act for act in sample if mutations.notices_dropped(language, act) is None]


@pytest.mark.parametrize("name", shipped_rubrics())
def test_turning_an_outcome_around_is_noticed(name: str) -> None:
    rubric = load_rubric(rubrics_dir() / f"{name}.yaml")
    unnoticed = [
        (criterion, into)
        for criterion, into in mutations.turns(rubric)
        if mutations.notices_turned(name, criterion, into) is None
    ]
    assert not unnoticed


@pytest.mark.parametrize("name", mutations.conditions_to_break())
def test_breaking_a_condition_is_noticed(name: str) -> None:
    assert mutations.notices_condition(name, "never") is not None
    assert mutations.notices_condition(name, "always") is not None


def test_acts_are_noted_where_their_phrases_stand() -> None:
    heard = next(
        h for h in mutations.cases_of("phone_standard") if "(busy 3)" in h.case.script.lines
    )
    assert {"greeting", "farewell", "request_action"} <= heard.matched
    assert "ask_speakerphone" not in heard.matched


def test_a_dropped_act_is_not_recognised_and_the_others_are() -> None:
    catalogue = load_catalogue(acts_dir())
    damaged = mutations.without(catalogue, "en", "ask_hold")
    assert not damaged.of("en")["ask_hold"].patterns
    assert damaged.of("zh") is catalogue.of("zh")
    assert damaged.of("en")["farewell"] is catalogue.of("en")["farewell"]


def test_turned_outcomes() -> None:
    assert mutations.turned(Outcome.PASS, "swapped") is Outcome.FAIL
    assert mutations.turned(Outcome.UNDETERMINED, "swapped") is Outcome.UNDETERMINED
    assert mutations.turned(Outcome.FAIL, "not_applicable") is Outcome.NOT_APPLICABLE
