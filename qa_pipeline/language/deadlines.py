"""Deadlines in what is said: "within two hours", "by Friday", 明天上午, 尽快.

A deadline is read as a number of units, a day, or a part of one, and counted from the moment at
which it was said. "By Friday" ends with that Friday, "tomorrow morning" at noon; the last moment
is taken, since a promise is broken only then. Working days skip Saturdays and Sundays; a country's
holidays are not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from qa_pipeline.language import deadlines_en, deadlines_zh
from qa_pipeline.language.deadline_days import Sort

_READERS = {"en": deadlines_en.READERS, "zh": deadlines_zh.READERS}


@dataclass(frozen=True, slots=True)
class Deadline:
    """A time by which something is promised; characters ``[start, end)`` of the text.

    `sort` is ``span`` (so much time), ``day`` (a date, a weekday, a part of a day), ``at_once``
    (now, right after the call) or ``vague`` (soon, 尽快), which binds nobody.
    `reader` counts from the moment at which it was said.
    """

    text: str
    start: int
    end: int
    sort: Sort
    reader: Callable[[datetime], datetime] | None = None

    def due(self, said_at: datetime) -> datetime | None:
        """The last moment that keeps the promise; None for a vague one.

        Example:
            >>> one, = deadlines("I'll call you back within two hours", "en")
            >>> one.due(datetime(2026, 3, 4, 10, 3)).isoformat()
            '2026-03-04T12:03:00'
        """
        return None if self.reader is None else self.reader(said_at)


def deadlines(text: str, language: str) -> tuple[Deadline, ...]:
    """The deadlines in a text, in order; where readings overlap, the longer one."""
    found = sorted(_found(text, language), key=lambda d: (-(d.end - d.start), d.start))
    kept: list[Deadline] = []
    for one in found:
        if not any(one.start < other.end and other.start < one.end for other in kept):
            kept.append(one)
    return tuple(sorted(kept, key=lambda d: d.start))


def _found(text: str, language: str) -> Iterator[Deadline]:
    lowered = text.lower().replace("’", "'")
    if len(lowered) != len(text):
        lowered = text
    for pattern, read in _READERS.get(language, ()):
        for match in pattern.finditer(lowered):
            answer = read(match)
            if answer is not None:
                sort, due = answer
                span = match.span("said") if "said" in pattern.groupindex else match.span()
                yield Deadline(text[span[0] : span[1]].strip(), *span, sort, due)
