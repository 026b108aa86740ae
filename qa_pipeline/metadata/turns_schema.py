"""The form of a turns file, checked by pydantic."""

from __future__ import annotations

import math
from typing import Annotated, Any, NotRequired, Self, TypedDict

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    TypeAdapter,
    field_validator,
    model_validator,
)

from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.timeline import (
    Click,
    Event,
    Hold,
    LineState,
    Loop,
    Music,
    Ringback,
    Silence,
    Tone,
)
from qa_pipeline.domain.transcript import Turn, Word

LONGEST_MS = 24 * 3600 * 1000

EVENTS: TypeAdapter[tuple[Event, ...]] = TypeAdapter(
    tuple[
        Annotated[Ringback | Music | Hold | Tone | Silence | Click | Loop, Discriminator("kind")],
        ...,
    ]
)
_EVENT_DEFAULTS: dict[str, dict[str, Any]] = {
    "ringback": {"rings": None, "country": None},
    "tone": {"name": "unknown"},
}
LINES: TypeAdapter[tuple[LineState, ...]] = TypeAdapter(tuple[LineState, ...])


def _whole(value: object) -> object:
    if isinstance(value, float) and math.isfinite(value):
        return round(value)
    return value


def _completed(event: object) -> object:
    """An event from another program, which may know only its kind and its times."""
    if isinstance(event, dict):
        return _EVENT_DEFAULTS.get(str(event.get("kind")), {}) | event
    return event


Milliseconds = Annotated[int, BeforeValidator(_whole), Field(ge=0, le=LONGEST_MS)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class WordOut(TypedDict):
    """A word as it is written."""

    start_ms: int
    end_ms: int
    text: str
    probability: float


class TurnOut(TypedDict):
    """A turn as it is written; what has its usual value is left out."""

    role: str
    start_ms: int
    end_ms: int
    text: str
    words: NotRequired[list[WordOut]]
    confidence: NotRequired[float]
    speaker: NotRequired[str]


class _Timed(BaseModel):
    model_config = ConfigDict(frozen=True)

    start_ms: Milliseconds
    end_ms: Milliseconds
    text: str

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end_ms < self.start_ms:
            raise ValueError(f"ends at {self.end_ms} ms, before it starts at {self.start_ms} ms")
        return self


class WordIn(_Timed):
    """A word as it is read."""

    probability: Share = 1.0


class TurnIn(_Timed):
    """A turn as it is read."""

    role: Role
    words: tuple[WordIn, ...] = ()
    confidence: Share | None = None
    speaker: str | None = None

    @field_validator("role", mode="before")
    @classmethod
    def _named_role(cls, value: object) -> object:
        if not isinstance(value, str) or value not in set(Role):
            raise ValueError(f"{value!r} is not a role: agent or customer")
        return value

    def to_turn(self) -> Turn:
        """The turn in the domain's terms; its confidence is that of its words if not given."""
        words = tuple(Word(w.start_ms, w.end_ms, w.text, w.probability) for w in self.words)
        confidence = self.confidence
        if confidence is None:
            confidence = sum(w.probability for w in words) / len(words) if words else 1.0
        return Turn(
            self.role, self.start_ms, self.end_ms, self.text, words, confidence, self.speaker
        )


class TurnsFile(BaseModel):
    """The whole file; fields that are not listed are left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    turns: tuple[TurnIn, ...]
    duration_ms: Milliseconds | None = None
    language_confidence: Share = 1.0
    role_confidence: Share = 1.0
    events: tuple[Any, ...] = ()
    lines: tuple[Any, ...] = ()

    @field_validator("events", mode="after")
    @classmethod
    def _known_events(cls, value: tuple[Any, ...]) -> tuple[Event, ...]:
        events = EVENTS.validate_python(tuple(_completed(event) for event in value))
        for event in events:
            if not 0 <= event.start_ms <= event.end_ms <= LONGEST_MS:
                raise ValueError(
                    f"a {event.kind} runs from {event.start_ms} ms to {event.end_ms} ms"
                )
        return events

    @field_validator("lines", mode="after")
    @classmethod
    def _known_lines(cls, value: tuple[Any, ...]) -> tuple[LineState, ...]:
        return LINES.validate_python(value)
