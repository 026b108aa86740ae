"""Names as they are found in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

NameKind = Literal["full", "given", "family", "staff_number"]


@dataclass(frozen=True, slots=True)
class FoundName:
    """Somebody says who they are.

    `text` stands at characters ``[start, end)`` of the searched text. `company` is the company
    or department named in the same breath. `strong` tells an unmistakable formula ("my name is",
    我叫) from one that introduces other things too ("this is", 我是).
    """

    text: str
    start: int
    end: int
    kind: NameKind
    family: str | None = None
    given: str | None = None
    company: str | None = None
    confidence: float = 1.0
    strong: bool = True

    @property
    def is_full(self) -> bool:
        """Whether family and given name were both said."""
        return self.kind == "full"


@dataclass(frozen=True, slots=True)
class Mention:
    """One use of a known name in a turn.

    `turn` indexes the turns that were searched, ``[start, end)`` are characters of its text.
    `score` says how alike it sounds, 1.0 for the same spelling. `certain` is False for what may
    be a use or something else: the name's sound only in part, or a title whose name was lost.
    `echo` is how far its sound is from a certain use's (`domain.echo`), where it is that near; with
    a score of 0.0 nothing else tells of it.
    """

    turn: int
    start: int
    end: int
    start_ms: int
    end_ms: int
    text: str
    form: Literal["full", "title", "given", "family"]
    score: float
    certain: bool = True
    echo: float | None = None
