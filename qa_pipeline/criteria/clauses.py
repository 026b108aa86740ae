"""Clauses: what must be found in a call, composed of acts, events and facts.

A rubric uses them in ``when`` (does the criterion apply?), in named conditions, and in the kind
``composition``. A clause is a condition's name or one of these mappings::

    {act: apology}                                   # the agent apologises, anywhere
    {act: [apology, empathy], role: any, part: opening, minimum: 2}
    {act: thanks_for_waiting, after: {event: hold}, within_s: 15}
    {event: hold, longer_than_s: 60}                 # hold, ringing, music, silence
    {direction: outbound}  {language: zh}  {field: queue, is: [billing]}
    {all: [...]}  {any: [...]}  {none: [...]}  {at_least: 2, of: [...]}

Answers are those of Kleene's three-valued logic: yes, no, or not known (no record of the
direction, say); what is not known is never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    TypeAdapter,
    model_validator,
)

from qa_pipeline.criteria import trust
from qa_pipeline.criteria.base import evidence_of_act, searched
from qa_pipeline.criteria.windows import (
    Part,
    acts_in_part,
    part_of,
    stands_after,
    stands_before,
)
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Evidence
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.rubric import Clause
from qa_pipeline.domain.timeline import Hold, Music, Ringback, Silence

Who = Literal["agent", "customer", "any"]
EventName = Literal["hold", "ringing", "music", "silence"]
_EVENTS = {"hold": Hold, "ringing": Ringback, "music": Music, "silence": Silence}


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ActClause(_Strict):
    """An act is found, so often, in a part of the call, and before or after something else."""

    act: str | tuple[str, ...]
    role: Who = "agent"
    part: Part = "anywhere"
    minimum: int = Field(1, ge=1)
    before: AnyClause | None = None
    after: AnyClause | None = None
    within_s: float | None = Field(None, gt=0)

    @model_validator(mode="after")
    def _anchored(self) -> ActClause:
        if self.within_s is not None and self.before is None and self.after is None:
            raise ValueError("within_s needs before or after")
        return self

    @property
    def acts(self) -> tuple[str, ...]:
        """The acts, any of which will do."""
        return (self.act,) if isinstance(self.act, str) else self.act


class EventClause(_Strict):
    """Something is heard on the line, at least so long."""

    event: EventName
    longer_than_s: float = Field(0.0, ge=0)


class DirectionClause(_Strict):
    """Who called whom, as the phone system recorded it."""

    direction: Literal["inbound", "outbound"]


class LanguageClause(_Strict):
    """The language of the call."""

    language: str


class FieldClause(_Strict):
    """A field of the call's record has one of these values."""

    field: str
    is_: tuple[str, ...] = Field(alias="is")


class AllClause(_Strict):
    """Every one of these."""

    all: tuple[AnyClause, ...] = Field(min_length=1)


class AnyOfClause(_Strict):
    """At least one of these."""

    any: tuple[AnyClause, ...] = Field(min_length=1)


class NoneClause(_Strict):
    """Not one of these."""

    none: tuple[AnyClause, ...] = Field(min_length=1)


class AtLeastClause(_Strict):
    """At least so many of these."""

    at_least: int = Field(ge=1)
    of: tuple[AnyClause, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _reachable(self) -> AtLeastClause:
        if self.at_least > len(self.of):
            raise ValueError(f"at_least {self.at_least} of only {len(self.of)}")
        return self


_FORMS: Mapping[str, type[_Strict]] = {
    "act": ActClause,
    "event": EventClause,
    "direction": DirectionClause,
    "language": LanguageClause,
    "field": FieldClause,
    "all": AllClause,
    "any": AnyOfClause,
    "none": NoneClause,
    "at_least": AtLeastClause,
}
FORM_NAMES: tuple[str, ...] = tuple(_FORMS)


def _form(value: object) -> str | None:
    if isinstance(value, str):
        return "name"
    if isinstance(value, Mapping):
        return next((key for key in _FORMS if key in value), None)
    return next((key for key, model in _FORMS.items() if isinstance(value, model)), None)


AnyClause = Annotated[
    Annotated[str, Tag("name")]
    | Annotated[ActClause, Tag("act")]
    | Annotated[EventClause, Tag("event")]
    | Annotated[DirectionClause, Tag("direction")]
    | Annotated[LanguageClause, Tag("language")]
    | Annotated[FieldClause, Tag("field")]
    | Annotated[AllClause, Tag("all")]
    | Annotated[AnyOfClause, Tag("any")]
    | Annotated[NoneClause, Tag("none")]
    | Annotated[AtLeastClause, Tag("at_least")],
    Discriminator(
        _form,
        custom_error_type="clause",
        custom_error_message="a clause is a condition's name or has one of: " + ", ".join(_FORMS),
    ),
]
for _model in _FORMS.values():
    _model.model_rebuild(_types_namespace={"AnyClause": AnyClause, "Part": Part})
_CLAUSE: TypeAdapter[Any] = TypeAdapter(AnyClause)


@dataclass(frozen=True, slots=True)
class Found:
    """What came of looking for a clause.

    `holds` is None where it cannot be known; `evidence` what it was found by; `confidence` how
    sure the answer is; `unclear` stretches in which it may have been missed.
    """

    holds: bool | None
    evidence: tuple[Evidence, ...] = ()
    confidence: float = 1.0
    unclear: tuple[Evidence, ...] = ()


def parse_clause(clause: Clause) -> Any:
    """The clause as its model (or a condition's name).

    Raises:
        pydantic.ValidationError: it is none.
    """
    return _CLAUSE.validate_python(clause)


def _written_out(clause: dict[str, Any]) -> dict[str, Any]:
    parse_clause(clause)
    if named := names_in(clause):
        raise ValueError(
            f"conditions by name, such as '{min(named)}', stand in `when`; write it out here"
        )
    return clause


WrittenOut = Annotated[dict[str, Any], AfterValidator(_written_out)]
"""A clause as a kind's parameter: without conditions by name, which only ``when`` knows."""


def acts_in(clause: Clause) -> frozenset[str]:
    """The acts that a clause looks for, whatever stands around them."""
    return frozenset(act for part in _parts(parse_clause(clause)) if isinstance(part, ActClause)
                     for act in part.acts)  # fmt: skip


def names_in(clause: Clause) -> frozenset[str]:
    """The conditions that a clause names."""
    return frozenset(part for part in _parts(parse_clause(clause)) if isinstance(part, str))


def _parts(clause: Any) -> Iterator[Any]:
    yield clause
    inner: Sequence[Any] = ()
    if isinstance(clause, AllClause):
        inner = clause.all
    elif isinstance(clause, AnyOfClause):
        inner = clause.any
    elif isinstance(clause, NoneClause):
        inner = clause.none
    elif isinstance(clause, AtLeastClause):
        inner = clause.of
    elif isinstance(clause, ActClause):
        inner = [c for c in (clause.before, clause.after) if c is not None]
    for part in inner:
        yield from _parts(part)


def look_for(call: Conversation, clause: Clause, conditions: Mapping[str, Clause]) -> Found:
    """Whether `clause` holds in `call`; `conditions` are the named ones.

    Raises:
        KeyError: the clause names a condition that is not there (the loader refuses such files).
    """
    return Looker(call, conditions).look_for(clause)


class Looker:
    """Looks for clauses in one call, for each named condition only once.

    Args:
        call: where to look.
        conditions: the named ones, as rubric files write them or parsed.
    """

    def __init__(self, call: Conversation, conditions: Mapping[str, Any]) -> None:
        self._call = call
        self._conditions = conditions
        self._found: dict[str, Found] = {}

    def look_for(self, clause: Any) -> Found:
        """Whether a clause, as rubric files write it or parsed, holds in the call.

        Raises:
            KeyError: the clause names a condition that is not there.
        """
        return self.look(clause if isinstance(clause, _Strict) else parse_clause(clause))

    def look(self, clause: Any) -> Found:
        """Whether a parsed clause holds in the call."""
        if not isinstance(clause, str):
            found: Callable[..., Found] = _LOOKERS[type(clause)]
            return found(self._call, clause, self)
        if clause not in self._found:
            self._found[clause] = self.look_for(self._conditions[clause])
        return self._found[clause]


def _act(call: Conversation, clause: ActClause, looker: Looker) -> Found:
    if trust.doubt(call) is not None:
        return Found(None, confidence=0.0)
    start_ms, end_ms = part_of(call, clause.part)
    role = None if clause.role == "any" else Role(clause.role)
    acts = acts_in_part(call, clause.acts, role, clause.part)
    known = True
    for anchor, placed in ((clause.before, stands_before), (clause.after, stands_after)):
        if anchor is None:
            continue
        seen = looker.look(anchor)
        if seen.holds is None:
            known = False
        acts = [a for a in acts if any(placed(a, e, clause.within_s) for e in seen.evidence)]
    if len(acts) >= clause.minimum:
        best = sorted((act.confidence for act in acts), reverse=True)[clause.minimum - 1]
        sure = min(best * trust.sureness(call), trust.WORDS_CAP)
        return Found(True, tuple(evidence_of_act(act) for act in acts), sure)
    roles = (role,) if role else (Role.AGENT, Role.CUSTOMER)
    unclear = tuple(
        Evidence(turn.start_ms, turn.end_ms, turn.role, turn.text)
        for one in roles
        for turn in trust.unclear_turns(call, one, start_ms, end_ms)
    )
    unclear += tuple(
        evidence_of_act(act)
        for one in roles
        for act in trust.perhaps_said(call, clause.acts, one, start_ms, end_ms)
    )
    if clause.part == "closing" and trust.closing_lost(call, clause.acts):
        unclear = (*unclear, searched(end_ms, call.duration_ms, Role.LINE))
    kept = tuple(evidence_of_act(act) for act in acts)
    return Found(False if known else None, kept, trust.FAIL_CAP * trust.sureness(call), unclear)


def _event(call: Conversation, clause: EventClause, looker: Looker) -> Found:
    del looker
    wanted = _EVENTS[clause.event]
    events = [
        event
        for event in call.events
        if isinstance(event, wanted)
        and event.end_ms - event.start_ms >= clause.longer_than_s * 1000
    ]
    if events:
        said = tuple(Evidence(e.start_ms, e.end_ms, Role.LINE, clause.event) for e in events)
        return Found(True, said, max(getattr(event, "confidence", 0.9) for event in events))
    noted = clause.event == "hold" and (call.metadata.hold_seconds or 0) >= 1
    # The record tells of a hold that the recording does not show.
    return Found(None if noted else False, confidence=0.9 if call.has_audio else 0.8)


def _direction(call: Conversation, clause: DirectionClause, looker: Looker) -> Found:
    del looker
    known = call.metadata.direction
    if known is None:
        return Found(None, confidence=0.0)
    return Found(known == clause.direction, (_of_the_record(call, f"direction: {known}"),))


def _language(call: Conversation, clause: LanguageClause, looker: Looker) -> Found:
    del looker
    sure = call.language_confidence
    return Found(
        call.language == clause.language,
        (_of_the_record(call, f"language: {call.language}"),),
        sure,
    )


def _field(call: Conversation, clause: FieldClause, looker: Looker) -> Found:
    del looker
    value = call.metadata.extra.get(clause.field, getattr(call.metadata, clause.field, None))
    if value is None:
        return Found(None, confidence=0.0)
    wanted = {item.casefold() for item in clause.is_}
    told = _of_the_record(call, f"{clause.field}: {value}")
    return Found(str(value).casefold() in wanted, (told,))


def _of_the_record(call: Conversation, text: str) -> Evidence:
    return Evidence(0, call.duration_ms, Role.LINE, text)


def _all(call: Conversation, clause: AllClause, looker: Looker) -> Found:
    del call
    return _counted([looker.look(part) for part in clause.all], len(clause.all))


def _any(call: Conversation, clause: AnyOfClause, looker: Looker) -> Found:
    del call
    return _counted([looker.look(part) for part in clause.any], 1)


def _at_least(call: Conversation, clause: AtLeastClause, looker: Looker) -> Found:
    del call
    return _counted([looker.look(part) for part in clause.of], clause.at_least)


def _none(call: Conversation, clause: NoneClause, looker: Looker) -> Found:
    del call
    found = _counted([looker.look(part) for part in clause.none], 1)
    holds = None if found.holds is None else not found.holds
    return Found(holds, found.evidence, found.confidence, found.unclear)


def _counted(found: Sequence[Found], wanted: int) -> Found:
    """At least `wanted` of these: yes once so many hold, no once too few can."""
    held = [one for one in found if one.holds]
    open_ = [one for one in found if one.holds is None]
    unclear = tuple(evidence for one in found if not one.holds for evidence in one.unclear)
    evidence = tuple(e for one in held for e in one.evidence)
    if len(held) >= wanted:
        sure = sorted((one.confidence for one in held), reverse=True)[wanted - 1]
        return Found(True, evidence, sure)
    if len(held) + len(open_) >= wanted:
        return Found(None, evidence, 0.0, unclear)
    missing = [one.confidence for one in found if one.holds is False]
    return Found(False, evidence, min(missing, default=1.0), unclear)


_LOOKERS: Mapping[type, Callable[..., Found]] = {
    ActClause: _act,
    EventClause: _event,
    DirectionClause: _direction,
    LanguageClause: _language,
    FieldClause: _field,
    AllClause: _all,
    AnyOfClause: _any,
    NoneClause: _none,
    AtLeastClause: _at_least,
}
