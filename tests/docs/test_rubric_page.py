"""docs/rubrics.md: its examples work as they stand, and its reference is that of the code."""

from __future__ import annotations

import importlib.util
import re
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from qa_pipeline.config import Settings
from qa_pipeline.criteria.clauses import FORM_NAMES
from qa_pipeline.criteria.rubric_file import load_rubric
from qa_pipeline.criteria.rubric_schema import CriterionEntry, Head
from qa_pipeline.language.acts import load_catalogue
from qa_pipeline.resources import acts_dir
from qa_pipeline.rubric_cases import load_cases, run_cases
from qa_pipeline.rubric_cases.cases import CaseEntry

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "rubrics.md").read_text(encoding="utf-8")
YAML = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.S)
TOML = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.S)


@pytest.fixture
def reference(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_reference", DOCS / "make_reference.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "make_reference", module)
    spec.loader.exec_module(module)
    return module


def test_the_reference_is_that_of_the_code(reference: ModuleType) -> None:
    assert reference.page(PAGE) == PAGE, "python docs/make_reference.py"


def test_the_full_example_is_valid_and_its_cases_come_out(tmp_path: Path) -> None:
    rubric, cases = YAML[0], YAML[1]
    (tmp_path / "claims_desk.yaml").write_text(rubric, encoding="utf-8")
    (tmp_path / "claims_desk.cases.yaml").write_text(cases, encoding="utf-8")
    loaded = load_rubric(tmp_path / "claims_desk.yaml")
    found = load_cases(tmp_path / "claims_desk.cases.yaml", loaded)
    assert {case.script.language for case in found} == {"en", "zh"}
    for result in run_cases(found, loaded, load_catalogue(acts_dir())):
        told = [(d.criterion, d.got.outcome, d.got.reason) for d in result.differences]
        assert result.passed, (result.case.name, told, result.evaluation.score)


def test_the_acts_of_ones_own_are_found_and_can_be_asked_for(tmp_path: Path) -> None:
    own = tmp_path / "acts" / "en"
    own.mkdir(parents=True)
    (own / "ours.yaml").write_text(YAML[2], encoding="utf-8")
    catalogue = load_catalogue(acts_dir(), ("en", "zh"), (tmp_path / "acts",))
    shipped = load_catalogue(acts_dir())
    assert "mention_app" in catalogue.of("en") and "mention_app" not in shipped.of("en")
    added = len(catalogue.of("en")["offer_help"].patterns)
    assert added == len(shipped.of("en")["offer_help"].patterns) + 1
    assert catalogue.fingerprint != shipped.fingerprint
    assert catalogue.of("zh").keys() == shipped.of("zh").keys()


def test_the_extending_example_is_valid(tmp_path: Path) -> None:
    file = tmp_path / "night_desk.yaml"
    file.write_text(YAML[3], encoding="utf-8")
    names = [criterion.id for criterion in load_rubric(file).criteria]
    assert "name_use" not in names and names[-1] == "offer"


@pytest.mark.parametrize("text", TOML)
def test_the_settings_are_valid(text: str) -> None:
    settings = Settings(**tomllib.loads(text))
    rule = settings.rubric_for[1]
    assert rule.fits(queue="Recoveries", language="zh")
    assert not rule.fits(queue="Recoveries", language="en")
    assert not rule.fits(language="zh")


def test_every_field_and_clause_is_told() -> None:
    before = PAGE.split("<!-- kinds")[0]
    for model in (Head, CriterionEntry, CaseEntry):
        for name in model.model_fields:
            assert re.search(rf"`{name}[:` ]", before), name
    for form in FORM_NAMES:
        assert re.search(rf"`{{{form}:", before), form


def test_all_examples_are_yaml() -> None:
    assert len(YAML) == 4
    assert all(isinstance(yaml.safe_load(text), dict) for text in YAML)
