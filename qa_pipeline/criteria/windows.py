"""Places in a call: its opening, its closing, its first seconds; before or after something."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from qa_pipeline.domain.conversation import Act, Conversation
from qa_pipeline.domain.evaluation import Evidence
from qa_pipeline.domain.recording import Role

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


def acts_in_part(
    call: Conversation, kinds: Sequence[str], role: Role | None, part: Part
) -> list[Act]:
    """The acts of these kinds (of a party; None: of either) that reach into a part of the talk."""
    start_ms, end_ms = part_of(call, part)
    return [
        act
        for act in call.acts_of(*kinds, role=role)
        if act.end_ms > start_ms and act.start_ms < end_ms
    ]


def stands_before(act: Act, anchor: Evidence, within_s: float | None) -> bool:
    """Whether an act begins before the anchor, and ends at most so many seconds before it."""
    gap_ms = anchor.start_ms - act.end_ms
    return act.start_ms < anchor.start_ms and (within_s is None or gap_ms <= within_s * 1000)


def stands_after(act: Act, anchor: Evidence, within_s: float | None) -> bool:
    """Whether an act ends after the anchor, and begins at most so many seconds after it."""
    gap_ms = act.start_ms - anchor.end_ms
    return act.end_ms > anchor.end_ms and (within_s is None or gap_ms <= within_s * 1000)
