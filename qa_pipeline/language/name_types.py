"""What is found about names in a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

NameKind = Literal["full", "given", "family", "staff_number"]
UNHEARD = 0.4  # the score of a title whose name was lost: "thank you mr just"


@dataclass(frozen=True, slots=True)
class ParsedName:
    """A name taken apart; `family` or `given` is None where only the other one is there.

    Titles are dropped. `text` is the name without them.
    """

    text: str
    family: str | None
    given: str | None

    @property
    def is_full(self) -> bool:
        """Whether family and given name are both there."""
        return self.family is not None and self.given is not None


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
class Address:
    """Somebody is addressed by name; `title` is what stood with it ("mr", 先生), or empty."""

    text: str
    start: int
    end: int
    title: str
    family: str | None = None
    given: str | None = None
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Mention:
    """One use of a known name in a turn.

    `turn` indexes the turns that were searched, ``[start, end)`` are characters of its text.
    `score` says how alike it sounds, 1.0 for the same spelling. `certain` is False for what may
    be a use or something else: the name's sound only in part, or a title whose name was lost.
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
