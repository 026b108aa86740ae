"""The fields of a call's metadata: checked, and wrong ones named with what is right."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from qa_pipeline.domain.printable import printable
from qa_pipeline.domain.recording import ChannelRoles, Party
from qa_pipeline.errors import MetadataError
from qa_pipeline.metadata import values

FIELD_NAMES = (
    "call_id",
    "agent_id",
    "agent_name",
    "customer_name",
    "direction",
    "started_at",
    "ring_seconds",
    "ring_count",
    "disconnected_by",
    "hold_seconds",
    "channels",
    "language",
    "country",
)


def _or_none(read: Callable[[object], Any]) -> BeforeValidator:
    return BeforeValidator(lambda value: None if values.is_not_known(value) else read(value))


class CallFields(BaseModel):
    """The metadata as it comes from outside; unknown fields are kept as extras."""

    model_config = ConfigDict(extra="allow", frozen=True, arbitrary_types_allowed=True)

    call_id: Annotated[str | None, _or_none(values.identifier)] = None
    agent_id: Annotated[str | None, _or_none(values.identifier)] = None
    agent_name: Annotated[str | None, _or_none(values.text)] = None
    customer_name: Annotated[str | None, _or_none(values.text)] = None
    direction: Annotated[str | None, _or_none(values.direction)] = None
    started_at: Annotated[datetime | None, _or_none(values.moment)] = None
    ring_seconds: Annotated[float | None, _or_none(values.seconds)] = None
    ring_count: Annotated[int | None, _or_none(values.count)] = None
    disconnected_by: Annotated[Party | None, _or_none(values.party)] = None
    hold_seconds: Annotated[float | None, _or_none(values.seconds)] = None
    channels: Annotated[ChannelRoles | None, _or_none(values.channels)] = None
    language: Annotated[str | None, _or_none(values.language)] = None
    country: Annotated[str | None, _or_none(values.country)] = None


@dataclass(frozen=True, slots=True)
class Layer:
    """What one source says. `source` is its rank's name, `where` names it to a person."""

    source: str
    where: str
    known: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read_layer(raw: Mapping[str, Any], source: str, where: str) -> Layer:
    """Checks one source's fields.

    Args:
        raw: names and values as they came.
        source: ``sidecar``, ``manifest``, ``file_name`` or ``turns``.
        where: the file (and line), printable.

    Raises:
        MetadataError: naming each wrong field, its value and what would be right.

    Example:
        >>> read_layer({"ring_seconds": "12"}, "sidecar", "a.json").known
        {'ring_seconds': 12.0}
    """
    raw = {str(name): value for name, value in raw.items()}
    try:
        fields = CallFields.model_validate(raw)
    except ValidationError as error:
        raise MetadataError(
            f"{where}: {'; '.join(_problem(e) for e in error.errors())}.",
            "Correct it, or leave the field out.",
        ) from error
    known = {name: value for name in FIELD_NAMES if (value := getattr(fields, name)) is not None}
    extra = {name: value for name, value in raw.items() if name not in FIELD_NAMES}
    return Layer(source, where, known, extra, _notes(known, raw, extra, where))


def _problem(error: Any) -> str:
    name = str(error["loc"][0]) if error["loc"] else "the record"
    shown = printable(repr(error["input"]))
    if len(shown) > 60:
        shown = f"{shown[:57]}..."
    return f"{name} is {shown}, it must be {str(error['msg']).removeprefix('Value error, ')}"


def _notes(
    known: Mapping[str, Any], raw: Mapping[str, Any], extra: Mapping[str, Any], where: str
) -> tuple[str, ...]:
    notes = []
    if "started_at" in known and not values.has_zone(raw["started_at"]):
        notes.append(f"{where}: started_at names no time zone and is taken as UTC")
    for name in extra:
        likely = difflib.get_close_matches(name.lower().replace(" ", "_"), FIELD_NAMES, 1, 0.85)
        if likely and likely[0] not in known:
            notes.append(f"{where}: unknown field {printable(name)}; is {likely[0]} meant?")
    return tuple(notes)
