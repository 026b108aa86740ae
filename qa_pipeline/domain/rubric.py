"""A rubric: the form that a desk scores its calls with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class LocalText:
    """The same words in both languages."""

    en: str
    zh: str

    def get(self, language: str) -> str:
        """The text in `language`, English if it is neither."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Criterion:
    """One question of a rubric. `kind` names the class in `criteria/` that answers it."""

    id: str
    kind: str
    title: LocalText
    description: LocalText
    weight: float = 1.0
    params: Mapping[str, Any] = field(default_factory=dict)
    source: tuple[str, ...] = ()
    auto_fail: bool = False
    coaching: LocalText | None = None


@dataclass(frozen=True, slots=True)
class Rubric:
    """Criteria with weights. `fingerprint` is the SHA-256 of the validated content."""

    id: str
    version: str
    title: LocalText
    criteria: tuple[Criterion, ...]
    fingerprint: str = ""
