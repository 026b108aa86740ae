"""Families of what is never said: title, weight and the better sentence, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from qa_pipeline import resources
from qa_pipeline.criteria.rubric_schema import Text
from qa_pipeline.domain.rubric import LocalText

Severity = Literal["minor", "major"]


class FamilyEntry(BaseModel):
    """A family as a file or a rubric states it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Text = Field(description="a few words, as explanations name it")
    severity: Severity = Field("minor", description="minor or major")
    mends: bool = Field(
        False, description="an offer of help in the same breath makes it milder by one step"
    )
    better: Text = Field(description="the better sentence")
    source: tuple[str, ...] = Field((), description="entries of the desk's rules, such as H01")


@dataclass(frozen=True, slots=True)
class Family:
    """A family of what is never said. `mends`: an offer of help makes a hit milder by one step."""

    name: str
    title: LocalText
    severity: Severity
    mends: bool
    better: LocalText
    source: tuple[str, ...] = ()


def family_of(name: str, own: Mapping[str, FamilyEntry] | None = None) -> Family:
    """The family of an act: as `own` has it, else as it comes with qa_pipeline, else a plain one.

    Example:
        >>> family_of("taboo_calm_down").severity
        'minor'
    """
    if own and name in own:
        return _family(name, own[name])
    known = shipped_families()
    if name in known:
        return known[name]
    plain = name.removeprefix("taboo_").replace("_", " ")
    return Family(
        name,
        LocalText(plain, plain),
        "minor",
        False,
        LocalText("see the coaching note", "见辅导建议"),
    )


@cache
def shipped_families() -> Mapping[str, Family]:
    """The families that come with qa_pipeline."""
    path = resources.acts_dir() / "families.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    entries = content["families"].items()
    return {name: _family(name, FamilyEntry.model_validate(entry)) for name, entry in entries}


def _family(name: str, entry: FamilyEntry) -> Family:
    return Family(
        name,
        entry.title.local(),
        entry.severity,
        entry.mends,
        entry.better.local(),
        entry.source,
    )
