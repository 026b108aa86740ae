"""The form of a scenario: a call at one desk, with alternatives of what decides its verdicts.

A scenario file, ``scenarios/<id>.yaml``, has a `timeline` of single-key items and `slots`::

    timeline:
      - slot: opening
      - customer: "Hi, um, I can't make my cleaning on Thursday."
      - agent: "No problem<, {name}>. What day would suit you better?"
      - agent: {text: "Mm-hm.", overlap_ms: 500}
      - pause: 4000
    slots:
      opening:
        pass: [[{agent: "Good morning, {company}, this is {agent}."}]]
        fail: [[{agent: "{company}, good morning."}]]

A slot's outcomes list alternatives; an alternative is a list of items. ``hold`` (or ``{hold: 35}``
with its seconds) is a wait. Placeholders are filled with the drawn names; ``<...{name}...>`` is an
optional use of the customer's name by the agent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from benchmarks.unheard.errors import ScenarioError
from sample_calls.maker.script import Line, Pause

Half = Literal["tuning", "test"]
Language = Literal["en", "zh"]

HOME: Final = Path(__file__).resolve().parent / "scenarios"
CRITERION_OF: Final = {
    "opening": "greeting",
    "hold": "hold",
    "summary": "summary",
    "satisfaction": "satisfaction",
}
ANY: Final = "any"
CLOSING: Final = "closing"
OUTCOMES_OF: Final = {
    "opening": ("pass", "fail"),
    "hold": ("pass", "fail", "not_applicable"),
    "summary": ("pass", "fail"),
    "satisfaction": ("pass", "fail"),
    CLOSING: (ANY,),
}
OPTIONAL_NAME: Final = re.compile(r"<([^<>]*)>")
_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
_AGENT_MAY_SAY: Final = {"agent", "agent_first", "agent_last", "company", "name"}
_CUSTOMER_MAY_SAY: Final = {
    "customer",
    "customer_first",
    "customer_last",
    "company",
    "agent",
    "agent_first",
    "agent_last",
}
_LEAST_OPTIONAL_NAMES: Final = 6  # outside the slots: so many uses may be drawn


class Wait(BaseModel):
    """The agent is away; `seconds` None: drawn."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seconds: float | None = Field(None, gt=0)


class SlotPlace(BaseModel):
    """Where an alternative of a slot stands."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slot: str


Spoken = Line | Pause | Wait
Alternative = tuple[Spoken, ...]


class Scenario(BaseModel):
    """A call at one desk, before anything is drawn."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    language: Language
    half: Half
    company: str
    topic: str
    timeline: tuple[Line | Pause | SlotPlace, ...]
    slots: dict[str, dict[str, tuple[Alternative, ...]]]

    @field_validator("timeline", mode="before")
    @classmethod
    def _read_timeline(cls, items: Any) -> tuple[Any, ...]:
        return tuple(_item(item, in_slot=False) for item in _list(items, "timeline"))

    @field_validator("slots", mode="before")
    @classmethod
    def _read_slots(cls, slots: Any) -> dict[str, dict[str, tuple[Alternative, ...]]]:
        if not isinstance(slots, dict):
            raise ValueError("`slots` maps slot names to outcomes")
        return {
            name: {
                outcome: _alternatives(listed, f"{name}.{outcome}")
                for outcome, listed in outcomes.items()
            }
            for name, outcomes in slots.items()
        }

    @model_validator(mode="after")
    def _complete(self) -> Scenario:
        problems = [*_slot_problems(self), *_text_problems(self)]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def lines(self) -> Iterator[Line]:
        """Every line of the dialogue and of all alternatives."""
        for item in self.timeline:
            if isinstance(item, Line):
                yield item
        for outcomes in self.slots.values():
            for alternatives in outcomes.values():
                for alternative in alternatives:
                    yield from (item for item in alternative if isinstance(item, Line))


def load(path: Path) -> Scenario:
    """Read one scenario.

    Raises:
        ScenarioError: not YAML, not of the form, or another id than the file's name; names the
            file and every place.
    """
    try:
        scenario = Scenario.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        raise ScenarioError(f"{path.name} is not YAML: {error}") from error
    except ValidationError as error:
        told = "; ".join(
            f"{'.'.join(map(str, one['loc'])) or 'scenario'}: {one['msg']}"
            for one in error.errors()
        )
        raise ScenarioError(f"{path.name}: {told}.") from error
    if scenario.id != path.stem:
        raise ScenarioError(f"{path.name} has the id {scenario.id!r}: name the file after its id.")
    return scenario


def load_half(half: Half, folder: Path = HOME) -> dict[Language, tuple[Scenario, ...]]:
    """The scenarios of one half by language, in the order of their names.

    Raises:
        ScenarioError: a file is wrong, or a language has none.
    """
    every = [load(path) for path in sorted(folder.glob("*.yaml"))]
    found: dict[Language, tuple[Scenario, ...]] = {}
    languages: tuple[Language, ...] = ("en", "zh")
    for language in languages:
        mine = tuple(one for one in every if one.half == half and one.language == language)
        if not mine:
            raise ScenarioError(f"there is no {language} scenario of the {half} half in {folder}.")
        found[language] = mine
    return found


def _list(items: Any, where: str) -> list[Any]:
    if not isinstance(items, list):
        raise ValueError(f"{where} must be a list of items, not {items!r}")
    return items


def _alternatives(listed: Any, where: str) -> tuple[Alternative, ...]:
    """Alternatives of an outcome; an empty list is one alternative, in which nothing is said."""
    found = tuple(
        tuple(_item(item, in_slot=True) for item in _list(alternative, where))
        for alternative in _list(listed, where)
    )
    return found or ((),)


def _item(item: Any, *, in_slot: bool) -> Any:
    if in_slot and item == "hold":
        return Wait()
    if not isinstance(item, dict) or len(item) != 1:
        raise ValueError(f"an item has one key, not {item!r}")
    ((kind, value),) = item.items()
    if kind in ("agent", "customer"):
        fields = {"text": value} if isinstance(value, str) else dict(value)
        unknown = set(fields) - {"text", "say", "overlap_ms", "pause_ms"}
        if unknown:
            raise ValueError(f"a line has no {', '.join(sorted(unknown))}: {item!r}")
        return Line(role=kind, **fields)
    if kind == "pause":
        return Pause(pause_ms=value)
    if kind == "hold" and in_slot:
        return Wait(seconds=value)
    if kind == "slot" and not in_slot:
        return SlotPlace(slot=value)
    raise ValueError(f"{kind!r} cannot stand here: {item!r}")


def _slot_problems(scenario: Scenario) -> Iterator[str]:
    places = [item.slot for item in scenario.timeline if isinstance(item, SlotPlace)]
    for name, outcomes in OUTCOMES_OF.items():
        if places.count(name) != 1:
            yield f"the timeline must have `slot: {name}` once, not {places.count(name)} times"
        given = scenario.slots.get(name, {})
        if set(given) != set(outcomes):
            yield f"slot {name} needs {', '.join(outcomes)}, not {', '.join(given) or 'nothing'}"
    for unknown in (set(scenario.slots) | set(places)) - set(OUTCOMES_OF):
        yield f"there is no slot {unknown!r}"
    for outcome, alternatives in scenario.slots.get("hold", {}).items():
        for number, alternative in enumerate(alternatives, start=1):
            waits = any(isinstance(item, Wait) for item in alternative)
            if waits != (outcome != "not_applicable"):
                yield f"hold.{outcome} alternative {number} has {'a' if waits else 'no'} wait"


def _text_problems(scenario: Scenario) -> Iterator[str]:
    for line in scenario.lines():
        allowed = _AGENT_MAY_SAY if line.role == "agent" else _CUSTOMER_MAY_SAY
        for unknown in sorted(set(_PLACEHOLDER.findall(line.text)) - allowed):
            yield f"{{{unknown}}} cannot stand in a line of the {line.role}: {line.text!r}"
        for optional in OPTIONAL_NAME.findall(line.text):
            if line.role != "agent" or optional.count("{name}") != 1:
                yield f"<...> holds one {{name}}, in a line of the agent: {line.text!r}"
        if re.search(r"[{}<>]", _PLACEHOLDER.sub("", OPTIONAL_NAME.sub("", line.text))):
            yield f"brackets do not match: {line.text!r}"
    optional = sum(
        len(OPTIONAL_NAME.findall(item.text))
        for item in scenario.timeline
        if isinstance(item, Line)
    )
    if optional < _LEAST_OPTIONAL_NAMES:
        yield f"{optional} optional names outside the slots; {_LEAST_OPTIONAL_NAMES} are needed"
