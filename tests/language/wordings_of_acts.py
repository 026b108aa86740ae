"""Labelled wordings of acts, single sentences each, and the acts found in them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from qa_pipeline.domain.conversation import Act
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.acts import load_catalogue
from qa_pipeline.resources import acts_dir, conditions_dir
from qa_pipeline.stages.recognize_acts import recognize_acts

HARPER_VALLEY = Path(__file__).resolve().parents[3] / "shared" / "data" / "harper_valley"


@cache
def acts_of(sentence: str, language: str, role: str) -> frozenset[str]:
    turns = (Turn(Role(role), 0, 3_000, sentence),)
    catalogue = load_catalogue(acts_dir())
    return frozenset(act.kind for act in recognize_acts(turns, language, catalogue, None))


class Wordings:
    """Wordings by language and act: ``mended`` and ``held`` ones, and what is ``not`` the act."""

    def __init__(self, name: str) -> None:
        path = Path(__file__).with_name(name)
        self.entries: dict[str, dict[str, dict[str, Any]]] = yaml.safe_load(
            path.read_text(encoding="utf-8")
        )
        self.acts = [(language, act) for language, acts in self.entries.items() for act in acts]

    def said(self, language: str, part: str) -> list[tuple[str, str]]:
        """Act and sentence of every wording of this part."""
        return [(act, s) for act, entry in self.entries[language].items() for s in entry[part]]

    def found(self, language: str, act: str, sentence: str) -> bool:
        role = self.entries[language][act].get("role", "agent")
        return act in acts_of(sentence, language, role)

    def missed(self, language: str, said: list[tuple[str, str]]) -> list[tuple[str, str]]:
        return [(act, s) for act, s in said if not self.found(language, act, s)]

    def bare(self, language: str) -> list[tuple[str, str]]:
        """What was mended on, without capitals and marks."""
        said = self.said(language, "mended")
        return [(act, "".join(c for c in s.lower() if c.isalnum() or c in " '")) for act, s in said]


def acts_in_files(language: str, *names: str) -> set[str]:
    """The acts that these files of the catalogue define."""
    folder = acts_dir() / language
    return {act for n in names for act in yaml.safe_load((folder / n).read_text("utf-8"))["acts"]}


def acts_of_conditions(name: str) -> set[str]:
    """The acts that a file of conditions looks for."""
    return set(_acts_named(yaml.safe_load((conditions_dir() / name).read_text(encoding="utf-8"))))


def _acts_named(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = node.get("act", [])
        inner = [name for value in node.values() for name in _acts_named(value)]
        return ([own] if isinstance(own, str) else list(own)) + inner
    return [name for part in node for name in _acts_named(part)] if isinstance(node, list) else []


def acts_of_real_calls() -> Iterator[tuple[Act, ...]]:
    """The acts of each of the real bank calls."""
    catalogue = load_catalogue(acts_dir())
    paths = sorted(HARPER_VALLEY.glob("*.turns.json"))
    assert paths, "a folder without calls would pass for one without false hits"
    for path in paths:
        call = json.loads(path.read_text(encoding="utf-8"))
        turns = [
            Turn(Role(t["role"]), t["start_ms"], t["end_ms"], t["text"]) for t in call["turns"]
        ]
        yield recognize_acts(turns, "en", catalogue, None)
