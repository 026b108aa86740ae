"""Acts of transfers, absence, messages and service: wordings, and what is only taken for them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.acts import load_catalogue
from qa_pipeline.resources import acts_dir, conditions_dir
from qa_pipeline.stages.recognize_acts import recognize_acts

WORDINGS: dict[str, dict[str, dict[str, Any]]] = yaml.safe_load(
    Path(__file__).with_name("service_acts.yaml").read_text(encoding="utf-8")
)
ACTS = [(language, act) for language, acts in WORDINGS.items() for act in acts]
FILES = ("transfer.yaml", "service.yaml")
HELD_FOUND = 0.95  # of all held wordings
BARE_LOST = 0.06  # of those mended on, without capitals and marks
HARPER_VALLEY = Path(__file__).resolve().parents[3] / "shared" / "data" / "harper_valley"


@cache
def acts_of(sentence: str, language: str, role: str) -> frozenset[str]:
    turns = (Turn(Role(role), 0, 3_000, sentence),)
    catalogue = load_catalogue(acts_dir())
    return frozenset(act.kind for act in recognize_acts(turns, language, catalogue, None))


def found(language: str, act: str, sentence: str) -> bool:
    role = WORDINGS[language][act].get("role", "agent")
    return act in acts_of(sentence, language, role)


@pytest.mark.parametrize(("language", "act"), ACTS)
def test_wordings_that_were_mended_on_are_found(language: str, act: str) -> None:
    said = WORDINGS[language][act]["mended"]
    assert [s for s in said if not found(language, act, s)] == []


@pytest.mark.parametrize(("language", "act"), ACTS)
def test_what_is_taken_for_the_act_is_not_it(language: str, act: str) -> None:
    assert [s for s in WORDINGS[language][act]["not"] if found(language, act, s)] == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_held_wordings(language: str) -> None:
    held = [(act, s) for act, entry in WORDINGS[language].items() for s in entry["held"]]
    missed = [(act, s) for act, s in held if not found(language, act, s)]
    assert len(missed) <= (1 - HELD_FOUND) * len(held), missed


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_act_of_the_files_has_wordings(language: str) -> None:
    there = {
        act
        for name in FILES
        for act in yaml.safe_load((acts_dir() / language / name).read_text("utf-8"))["acts"]
    }
    assert there == set(WORDINGS[language])


def test_both_languages_have_the_same_acts() -> None:
    assert set(WORDINGS["en"]) == set(WORDINGS["zh"])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_capitals_and_marks_carry_no_act(language: str) -> None:
    said = [(act, s) for act, e in WORDINGS[language].items() for s in e["mended"]]
    bare = [(act, "".join(c for c in s.lower() if c.isalnum() or c in " '")) for act, s in said]
    lost = [(act, s) for act, s in bare if not found(language, act, s)]
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
    text = (conditions_dir() / "service.yaml").read_text(encoding="utf-8")
    named = set(_acts_named(yaml.safe_load(text)))
    assert named <= set(load_catalogue(acts_dir()).of(language))


def _acts_named(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = node.get("act", [])
        inner = [name for value in node.values() for name in _acts_named(value)]
        return ([own] if isinstance(own, str) else list(own)) + inner
    return [name for part in node for name in _acts_named(part)] if isinstance(node, list) else []


@pytest.mark.skipif(not HARPER_VALLEY.is_dir(), reason="the real calls are not in this checkout")
def test_in_the_real_bank_calls_only_money_is_transferred() -> None:
    """36 calls: nobody is passed on, absent, helped remotely or sent a bill in any of them."""
    told = {"name_company", "give_own_name"}
    kinds = set(WORDINGS["en"]) - told
    catalogue = load_catalogue(acts_dir())
    hits, named = [], 0
    for path in sorted(HARPER_VALLEY.glob("*.turns.json")):
        call = json.loads(path.read_text(encoding="utf-8"))
        turns = [
            Turn(Role(t["role"]), t["start_ms"], t["end_ms"], t["text"]) for t in call["turns"]
        ]
        acts = recognize_acts(turns, "en", catalogue, None)
        hits += [(a.kind, a.text) for a in acts if a.kind in kinds]
        named += any(a.kind == "name_company" for a in acts)
    assert hits == []
    assert named >= 34
