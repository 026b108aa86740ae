"""Where in a call something is to be said: a part of it, before or after something else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import Field, model_validator

from qa_pipeline.criteria.base import Params
from qa_pipeline.criteria.clauses import AnyClause, Found, acts_in, look_for, names_in
from qa_pipeline.criteria.windows import (
    Part,
    acts_in_part,
    part_of,
    stands_after,
    stands_before,
)
from qa_pipeline.domain.conversation import Act, Conversation
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.rubric import Clause


class PlaceParams(Params):
    """The place: a part of the call, and what it comes before or after."""

    part: Part = Field(
        "anywhere",
        description="opening (first third), closing (second half), anywhere, or so many first "
        "seconds",
    )
    after: AnyClause | None = Field(
        None, description="counts only after what this clause finds, such as {event: hold}"
    )
    before: AnyClause | None = Field(
        None, description="counts only before what this clause finds, such as {event: hold}"
    )
    within_s: float | None = Field(
        None, gt=0, description="so many seconds after `after` or before `before`, at most"
    )

    @model_validator(mode="after")
    def _placed(self) -> PlaceParams:
        if self.within_s is not None and self.before is None and self.after is None:
            raise ValueError("within_s needs before or after")
        for clause in (self.before, self.after):
            if clause is not None and names_in(_plain(clause)):
                raise ValueError("before and after take a clause, not a condition's name")
        return self

    def anchor_acts(self) -> frozenset[str]:
        """The acts that `before` and `after` look for."""
        return frozenset(
            act for clause in (self.before, self.after) if clause for act in acts_in(_plain(clause))
        )


def anchored(call: Conversation, place: PlaceParams) -> bool | None:
    """Whether what the place is anchored to is there at all; None where it is not known."""
    answers = [_found(call, clause).holds for clause in (place.before, place.after) if clause]
    if any(answer is False for answer in answers):
        return False
    return None if any(answer is None for answer in answers) else True


def stretch_of(call: Conversation, place: PlaceParams) -> tuple[int, int]:
    """Start and end in ms of what was searched, as far as one stretch can tell it."""
    start_ms, end_ms = part_of(call, place.part)
    if place.after is not None and (seen := _found(call, place.after).evidence):
        start_ms = max(start_ms, min(e.end_ms for e in seen))
        if place.within_s is not None:
            end_ms = min(end_ms, max(e.end_ms for e in seen) + round(place.within_s * 1000))
    if place.before is not None and (seen := _found(call, place.before).evidence):
        end_ms = min(end_ms, max(e.start_ms for e in seen))
        if place.within_s is not None:
            start_ms = max(start_ms, min(e.start_ms for e in seen) - round(place.within_s * 1000))
    return start_ms, max(start_ms, end_ms)


def placed_acts(
    call: Conversation, acts: Sequence[str], role: Role, place: PlaceParams
) -> tuple[Act, ...]:
    """The acts of a party in that place, in order of time."""
    found = acts_in_part(call, acts, role, place.part)
    for clause, fits in ((place.before, stands_before), (place.after, stands_after)):
        if clause is not None:
            anchors = _found(call, clause).evidence
            found = [act for act in found if any(fits(act, a, place.within_s) for a in anchors)]
    return tuple(found)


def _plain(clause: Any) -> Clause:
    """A clause, parsed or not, as the functions of `clauses` take it."""
    plain: Clause = clause
    return plain


def _found(call: Conversation, clause: Any) -> Found:
    return look_for(call, _plain(clause), {})
