"""What is found about names in a text."""

from __future__ import annotations

from dataclasses import dataclass

from qa_pipeline.domain.names import FoundName, Mention, NameKind

__all__ = ["UNHEARD", "Address", "FoundName", "Mention", "NameKind", "ParsedName"]

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
class Address:
    """Somebody is addressed by name; `title` is what stood with it ("mr", 先生), or empty."""

    text: str
    start: int
    end: int
    title: str
    family: str | None = None
    given: str | None = None
    confidence: float = 1.0
