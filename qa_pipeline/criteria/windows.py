"""Parts of a call: its opening, its closing, a share of it, or so many seconds of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from qa_pipeline.domain.conversation import Conversation

OPENING_PART = 1 / 3
CLOSING_PART = 0.5  # what closes a call is said in the second half of the talk at the earliest

PartName = Literal["opening", "closing", "anywhere"]
Part = PartName | Annotated[int, Field(gt=0)]
"""``opening`` (first third), ``closing`` (second half), ``anywhere``, or so many first seconds."""


def part_of(call: Conversation, part: Part) -> tuple[int, int]:
    """Start and end in ms of a part of the talk; the whole recording where nobody talks."""
    if not call.turns:
        return 0, call.duration_ms
    first = min(turn.start_ms for turn in call.turns)
    last = max(turn.end_ms for turn in call.turns)
    if part == "opening":
        return first, first + round(OPENING_PART * (last - first))
    if part == "closing":
        return first + round(CLOSING_PART * (last - first)), last
    if isinstance(part, int):
        return first, min(last, first + part * 1000)
    return first, last
