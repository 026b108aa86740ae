"""What every kind of criterion has, whoever wrote it: what `rubric explain` and the docs need."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from qa_pipeline.criteria import kinds
from qa_pipeline.criteria.base import Check
from qa_pipeline.criteria.rubric_file import load_rubric, shipped_acts, shipped_rubrics
from qa_pipeline.domain.rubric import Criterion, LocalText
from qa_pipeline.resources import rubrics_dir

KINDS = sorted(kinds())
DOCS = (Path(__file__).parents[2] / "docs" / "rubrics.md").read_text(encoding="utf-8")
HAN = re.compile(r"[\u4e00-\u9fff]")


@cache
def used(kind: str) -> list[Criterion]:
    """The criteria of this kind in the rubrics that come with qa_pipeline."""
    rubrics = [load_rubric(rubrics_dir() / f"{name}.yaml") for name in shipped_rubrics()]
    return [c for rubric in rubrics for c in rubric.criteria if c.kind == kind]


def told(text: LocalText) -> None:
    assert len(text.en.split()) >= 3 and not HAN.search(text.en)
    assert HAN.search(text.zh)


@pytest.mark.parametrize("name", KINDS)
def test_it_says_what_it_looks_for_with_a_good_and_a_bad_example(name: str) -> None:
    about = kinds()[name].about
    for text in (about.looks_for, about.good, about.bad):
        told(text)
    assert about.good != about.bad
    assert about.looks_for.en.endswith(".") and about.looks_for.zh.endswith("。")


@pytest.mark.parametrize("name", KINDS)
def test_every_parameter_is_described(name: str) -> None:
    for parameter, field in kinds()[name].params.model_fields.items():
        assert len((field.description or "").split()) >= 2, parameter


@pytest.mark.parametrize("name", KINDS)
def test_every_reason_has_a_meaning(name: str) -> None:
    for code, meaning in kinds()[name].reasons.items():
        assert re.fullmatch(r"[a-z][a-z_]*", code)
        assert len(meaning.split()) >= 3


@pytest.mark.parametrize("name", KINDS)
def test_it_is_a_class_with_an_explanation_that_names_its_rules(name: str) -> None:
    check = kinds()[name]
    assert isinstance(check, Check)
    assert len((check.__doc__ or "").split()) > 8


@pytest.mark.parametrize("name", KINDS)
def test_it_describes_itself_under_the_parameters_that_rubrics_give_it(name: str) -> None:
    check = kinds()[name]
    for criterion in used(name):
        params = check.params.model_validate(criterion.params)
        told(check.describe(params))
        assert check.acts_of(params) <= shipped_acts()


@pytest.mark.parametrize("name", KINDS)
def test_the_documentation_has_it_with_all_its_parameters(name: str) -> None:
    section = re.search(rf"^### `{name}`\n(.*?)(?=^##|\Z)", DOCS, flags=re.M | re.S)
    assert section is not None, name
    for parameter in kinds()[name].params.model_fields:
        assert f"`{parameter}`" in section[1], parameter
