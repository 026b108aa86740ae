"""Acts of difficult calls and courtesy: wordings per act, and what is only taken for it."""

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
    Path(__file__).with_name("difficult_acts.yaml").read_text(encoding="utf-8")
)
ACTS = [(language, act) for language, acts in WORDINGS.items() for act in acts]
FILES = ("difficult.yaml", "courtesy.yaml")
# The greetings of a time have a test of their own below; "please" is a word.
ELSEWHERE = {"please", "greet_morning", "greet_afternoon", "greet_evening", "greet_occasion"}
HELD_FOUND = 0.95  # of all held wordings; measured 0.955 (en) and 0.974 (zh)
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
    assert there == set(WORDINGS[language]) | ELSEWHERE


@pytest.mark.parametrize(
    ("language", "sentence", "act"),
    [
        ("en", "good morning this is the post office", "greet_morning"),
        ("en", "Hi, good afternoon, Clara speaking", "greet_afternoon"),
        ("en", "evening, front desk", "greet_evening"),
        ("en", "happy new year and welcome to Alder Energy", "greet_occasion"),
        ("en", "would you please hold the line", "please"),
        ("zh", "早上好，桤木能源", "greet_morning"),
        ("zh", "上午好，请讲", "greet_morning"),
        ("zh", "下午好，菩提药房", "greet_afternoon"),
        ("zh", "晚上好，前台", "greet_evening"),
        ("zh", "周末好，欢迎致电", "greet_occasion"),
        ("zh", "麻烦您报一下卡号", "please"),
    ],
)
def test_greetings_of_a_time(language: str, sentence: str, act: str) -> None:
    assert act in acts_of(sentence, language, "agent")


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "I can come on Tuesday morning"),
        ("en", "we deliver this afternoon"),
        ("en", "have a good evening"),
        ("zh", "明天上午送到"),
        ("zh", "今天晚上给您装"),
    ],
)
def test_a_time_of_day_is_no_greeting(language: str, sentence: str) -> None:
    said = acts_of(sentence, language, "agent")
    assert not {act for act in said if act.startswith("greet_")}


def test_acts_belong_to_their_party() -> None:
    """A customer's "you're welcome" answers nothing; an agent's "I'm fed up" is no complaint."""
    assert "answer_thanks" not in acts_of("you're welcome", "en", "customer")
    assert "complain" not in acts_of("I'm really fed up with this", "en", "agent")
    assert "complain" not in acts_of("我要投诉", "zh", "agent")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_capitals_and_marks_carry_no_act(language: str) -> None:
    said = [(act, s) for act, e in WORDINGS[language].items() for s in e["mended"]]
    bare = [(act, "".join(c for c in s.lower() if c.isalnum() or c in " '")) for act, s in said]
    lost = [(act, s) for act, s in bare if not found(language, act, s)]
    assert len(lost) <= 0.05 * len(bare), lost


@pytest.mark.parametrize("language", ["en", "zh"])
def test_conditions_name_acts_that_exist(language: str) -> None:
    text = (conditions_dir() / "difficult.yaml").read_text(encoding="utf-8")
    named = set(_acts_named(yaml.safe_load(text)))
    assert named <= set(load_catalogue(acts_dir()).of(language))


def _acts_named(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = node.get("act", [])
        inner = [name for value in node.values() for name in _acts_named(value)]
        return ([own] if isinstance(own, str) else list(own)) + inner
    return [name for part in node for name in _acts_named(part)] if isinstance(node, list) else []


@pytest.mark.skipif(not HARPER_VALLEY.is_dir(), reason="the real calls are not in this checkout")
def test_nobody_complains_in_the_real_bank_calls() -> None:
    """36 friendly calls: whatever makes a complaint's criteria apply there would be false."""
    kinds = {"complain", "complain_slow", "chase", "report_error", "suggest", "customer_apology"}
    catalogue = load_catalogue(acts_dir())
    hits = []
    for path in sorted(HARPER_VALLEY.glob("*.turns.json")):
        call = json.loads(path.read_text(encoding="utf-8"))
        turns = [
            Turn(Role(t["role"]), t["start_ms"], t["end_ms"], t["text"]) for t in call["turns"]
        ]
        hits += [a.text for a in recognize_acts(turns, "en", catalogue, None) if a.kind in kinds]
    assert hits == []
