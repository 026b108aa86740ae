"""Calls drawn from the scenarios of other authors (unheard/scenarios), as text with true names."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from benchmarks.name_calls.dialogues import NameCall, Teller, timed
from qa_pipeline.domain.recording import Role

FOLDER = Path(__file__).resolve().parent.parent / "unheard" / "scenarios"
_OPTIONAL = re.compile(r"<([^<>]*\{name\}[^<>]*)>")
_FILLED = (0.0, 0.2, 0.4, 0.6)  # shares of optional uses that are said
_PROFILES = ("clean", "plain", "heard")
_SLOT_LABELS = ("pass", "fail", "not_applicable", "any")
_LOCAL_TITLES = {"zh": ("先生", "女士", "小姐")}


def scenarios(half: str, folder: Path = FOLDER) -> list[Mapping[str, Any]]:
    """The scenarios of one half; those of the other are not kept.

    Example: ``scenarios("tuning")`` while the authors still write is what there is so far.
    """
    found = []
    for path in sorted(folder.glob("*.yaml")):
        head = path.read_text(encoding="utf-8")
        if re.search(rf"^half:\s*{half}\b", head, re.MULTILINE):
            found.append(yaml.safe_load(head))
    return found


def draw_scenario(scenario: Mapping[str, Any], seed: int) -> NameCall:
    """One call of a scenario; its greeting is the label of the opening that was drawn."""
    rng = random.Random(f"{scenario['id']} {seed}")
    language = scenario["language"]
    profile = rng.choice(_PROFILES)
    teller = Teller(rng, language, scenario["half"], profile)
    teller.company = scenario["company"]
    teller.titles = _LOCAL_TITLES.get(language, ())
    filled = rng.choice(_FILLED)
    greeting = ""
    for item in scenario["timeline"]:
        if isinstance(item, dict) and "slot" in item:
            label, alternative = _alternative(scenario["slots"][item["slot"]], rng)
            if item["slot"] == "opening":
                greeting = label
            _say(teller, alternative, filled)
        else:
            _say(teller, [item], filled)
    turns, uses = timed(teller)
    recorded = teller.customer.full if rng.random() < 0.6 else None
    return NameCall(
        f"{scenario['id']}-{seed}", language, turns, uses, greeting,
        teller.agent.full if rng.random() < 0.6 else None, recorded, teller.agent,
        teller.customer, profile,
    )  # fmt: skip


def _alternative(
    slot: Mapping[str, Sequence[Any]], rng: random.Random
) -> tuple[str, Sequence[Any]]:
    labels = [label for label in _SLOT_LABELS if slot.get(label)]
    label = rng.choice(labels)
    chosen: Sequence[Any] = rng.choice(slot[label])
    return label, chosen


def _spoken(items: Sequence[Any]) -> Iterator[tuple[Role, str]]:
    for item in items:
        for key, role in (("agent", Role.AGENT), ("customer", Role.CUSTOMER)):
            if isinstance(item, dict) and key in item:
                said = item[key]
                yield role, said["text"] if isinstance(said, dict) else said


def _say(teller: Teller, items: Sequence[Any], filled: float) -> None:
    for role, text in _spoken(items):
        chosen = _OPTIONAL.sub(lambda match: match[1] if teller.rng.random() < filled else "", text)
        uses = chosen.count("{name}") if role is Role.AGENT else 0
        teller.say(role, chosen, uses)
