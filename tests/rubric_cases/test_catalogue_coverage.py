"""Every rule of the catalogue is in a rubric by its ID, or is left out with a reason."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import Any

import yaml

from qa_pipeline.criteria import kinds
from qa_pipeline.criteria.rubric_file import load_rubric, shipped_rubrics
from qa_pipeline.resources import rubrics_dir

COUNTS = {"B": 10, "C": 1, "H": 43, "N": 21, "P": 14}  # of the catalogue that was given
HAN = re.compile(r"[\u4e00-\u9fff]")


@cache
def catalogue() -> dict[str, Any]:
    text = (rubrics_dir() / "catalogue.yaml").read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.safe_load(text)
    return content


@cache
def cited() -> dict[str, set[str]]:
    """The kinds by which each ID is looked for, in any rubric."""
    found: dict[str, set[str]] = {}
    for name in shipped_rubrics():
        for criterion in load_rubric(rubrics_dir() / f"{name}.yaml").criteria:
            for source in criterion.source:
                found.setdefault(source, set()).add(criterion.kind)
    return found


def test_the_catalogue_is_whole_and_well_formed() -> None:
    rules = catalogue()["rules"]
    assert Counter(name[0] for name in rules) == COUNTS
    for name, rule in rules.items():
        assert re.fullmatch(r"[HNBPC]\d\d", name)
        assert set(rule["kinds"]) <= set(kinds()), name
        assert not HAN.search(rule["rule"]["en"]) and HAN.search(rule["rule"]["zh"])
    for entry in catalogue()["not_in_a_recording"]:
        assert all(
            entry[part][language] for part in ("what", "reason") for language in ("en", "zh")
        )


def test_every_rule_is_in_a_rubric_or_left_out_with_a_reason() -> None:
    rules = catalogue()["rules"]
    missing = {name for name, rule in rules.items() if not rule.get("left_out")} - set(cited())
    assert not missing, sorted(missing)
    both = {name for name, rule in rules.items() if rule.get("left_out")} & set(cited())
    assert not both, sorted(both)


def test_rubrics_cite_nothing_that_is_not_in_the_catalogue() -> None:
    assert set(cited()) <= set(catalogue()["rules"])
