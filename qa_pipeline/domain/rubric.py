"""A rubric: the form that a desk scores its calls with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Clause = str | Mapping[str, Any]
"""What must be found in a call, as rubric files write it: a condition's name or a mapping."""


@dataclass(frozen=True, slots=True)
class LocalText:
    """The same words in both languages."""

    en: str
    zh: str

    def get(self, language: str) -> str:
        """The text in `language`, English if it is neither."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Condition:
    """A named reason for a criterion to apply, such as ``complaint``; `clause` says when."""

    id: str
    title: LocalText
    clause: Clause


@dataclass(frozen=True, slots=True)
class Group:
    """Criteria that belong together; its weight is shared out among their own weights."""

    id: str
    title: LocalText
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Criterion:
    """One question of a rubric. `kind` names the class in `criteria/` that answers it.

    `when` is a clause that must hold, else the criterion does not apply; `group` is a group's id.
    An `informational` criterion is judged and shown but never counts in the score.
    """

    id: str
    kind: str
    title: LocalText
    description: LocalText
    weight: float = 1.0
    params: Mapping[str, Any] = field(default_factory=dict)
    source: tuple[str, ...] = ()
    auto_fail: bool = False
    coaching: LocalText | None = None
    group: str | None = None
    when: Clause | None = None
    informational: bool = False


@dataclass(frozen=True, slots=True)
class Rubric:
    """Criteria with weights. `fingerprint` is the SHA-256 of the validated content.

    `conditions` holds those that the criteria's `when` name, so that a kept rubric can be judged
    by without any other file.
    """

    id: str
    version: str
    title: LocalText
    criteria: tuple[Criterion, ...]
    fingerprint: str = ""
    description: LocalText | None = None
    groups: tuple[Group, ...] = ()
    conditions: tuple[Condition, ...] = ()
