"""Texts in which every hit of `never_say` was read: conversations made of them, by source."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from qa_pipeline.criteria.families import shipped_families
from qa_pipeline.criteria.never_say import Hit, NeverSayParams, hits_of
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.recording import CallMetadata, Layout, Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.acts import load_catalogue
from qa_pipeline.resources import acts_dir
from qa_pipeline.rubric_cases.scripts import spoken_ms
from qa_pipeline.stages.recognize_acts import recognize_acts

ROOT = Path(__file__).parents[2]
FAMILIES = tuple(shipped_families())


@cache
def _catalogue():  # type: ignore[no-untyped-def]
    return load_catalogue(acts_dir())


def conversation(name: str, language: str, turns: Sequence[Turn]) -> Conversation:
    return Conversation(
        call_id=name,
        layout=Layout.STEREO,
        duration_ms=max(turn.end_ms for turn in turns) + 2_000,
        metadata=CallMetadata(),
        language=language,
        language_confidence=1.0,
        country=None,
        country_source="none",
        turns=tuple(turns),
        acts=recognize_acts(turns, language, _catalogue(), None),
        events=(),
        speech_confidence=0.9,
    )


def timed(lines: Sequence[tuple[Role, str]], language: str) -> tuple[Turn, ...]:
    turns, now = [], 0
    for role, text in lines:
        end = now + spoken_ms(text, language)
        turns.append(Turn(role, now, end, text))
        now = end + 400
    return tuple(turns)


def harper_valley(folder: Path) -> Iterator[tuple[str, Conversation]]:
    for path in sorted(folder.glob("*.turns.json")):
        call = json.loads(path.read_text(encoding="utf-8"))
        turns = [
            Turn(Role(turn["role"]), turn["start_ms"], turn["end_ms"], turn["text"])
            for turn in call["turns"]
        ]
        yield f"harper_valley/{call['call_id']}", conversation(call["call_id"], "en", turns)


def sample_scripts() -> Iterator[tuple[str, Conversation]]:
    for path in sorted((ROOT / "sample_calls/scripts").glob("*.yaml")):
        script = yaml.safe_load(path.read_text(encoding="utf-8"))
        lines = [pair for entry in script["timeline"] for pair in _lines(entry)]
        language = script["language"]
        yield f"scripts/{path.stem}", conversation(path.stem, language, timed(lines, language))


def wordings() -> Iterator[tuple[str, Conversation]]:
    for path in sorted((ROOT / "benchmarks/wordings").glob("*.yaml")):
        language = path.stem[:2]
        for label, items in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            for number, item in enumerate(items):
                lines = [
                    (Role.CUSTOMER if line.startswith("c: ") else Role.AGENT, line[3:])
                    for line in item
                    if line[:3] in ("a: ", "c: ", "r: ")
                ]
                if lines:
                    name = f"wordings/{path.stem}/{label}/{number}"
                    yield name, conversation(name, language, timed(lines, language))


def scenarios() -> Iterator[tuple[str, Conversation]]:
    """The agents' lines of the staged calls that recognition may be mended on."""
    for path in sorted((ROOT / "benchmarks/unheard/scenarios").glob("*.yaml")):
        scenario = yaml.safe_load(path.read_text(encoding="utf-8"))
        if scenario["half"] != "tuning":
            continue
        language = scenario["language"]
        lines = list(_all_lines(scenario["timeline"])) + list(_all_lines(scenario["slots"]))
        yield f"scenarios/{path.stem}", conversation(path.stem, language, timed(lines, language))


def _all_lines(node: Any) -> Iterator[tuple[Role, str]]:
    if isinstance(node, list):
        for item in node:
            yield from _all_lines(item)
    elif isinstance(node, dict):
        yield from _lines(node)
        for value in node.values():
            if isinstance(value, list | dict):
                yield from _all_lines(value)


def _lines(entry: Any) -> Iterator[tuple[Role, str]]:
    for who in (Role.AGENT, Role.CUSTOMER):
        said = entry.get(who.value) if isinstance(entry, dict) else None
        text = said.get("text") if isinstance(said, dict) else said
        if isinstance(text, str):
            yield who, text.replace("<", "").replace(">", "")


def hits(source: Iterator[tuple[str, Conversation]]) -> Iterator[tuple[str, Hit, str]]:
    """Source, hit and the turn that it stands in."""
    params = NeverSayParams(families=FAMILIES)
    for name, call in source:
        for hit in hits_of(call, params):
            yield name, hit, call.turns[hit.act.turn].text
