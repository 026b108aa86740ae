"""What people noted about calls: outcomes per criterion and, where known, words and events.

A labels file is a JSON object: the name of a recording to what is known about its call::

    {"calls/0042.wav": {"greeting": "pass", "hold": "not_applicable",
                        "notes": {"greeting": "company, first and last name"}}}

Every key beside the outcomes is optional; `CallLabels` lists them. A call that is labelled for
several rubrics has the outcomes of each under `rubrics`, since they may mean different things by a
criterion of the same name::

    {"calls/0042.wav": {"hold": "pass", "rubrics": {"inbound_and_callback": {"hold": "fail"}}}}
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    ValidationError,
    model_validator,
)

from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.recording import Party, Role
from qa_pipeline.domain.spans import Span
from qa_pipeline.errors import UsageError

Scalar = str | int | float | bool | None
PASSED_OVER = frozenset({"title", "remark", "duration_ms"})  # for people who read the file
CURE = "Put the labels right; the README shows their form under 'Measuring your own calls'."


class _Stretch(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    start_ms: NonNegativeInt
    end_ms: NonNegativeInt

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end_ms < self.start_ms:
            raise ValueError(f"ends ({self.end_ms} ms) before it starts ({self.start_ms} ms)")
        return self

    @property
    def span(self) -> Span:
        """When."""
        return Span(self.start_ms, self.end_ms)


class LabelledTurn(_Stretch):
    """Who really spoke when, and what was really said. ``line``: an announcement."""

    role: Role
    text: str = ""


class LabelledEvent(_Stretch):
    """What was really heard on the line.

    `rings` counts the rings begun in a ``ringback`` that the recording holds. `medium` says what
    was heard in a ``hold``, and what instead of tones in a ``ringback``.
    """

    kind: Literal["ringback", "hold", "tone", "click", "music", "silence", "announcement"]
    rings: NonNegativeInt | None = None
    medium: str | None = None

    @property
    def musical(self) -> bool:
        """Whether the caller heard something else than ringing tones, which nobody can count."""
        return self.kind == "ringback" and self.medium is not None


class CallLabels(BaseModel):
    """What is known about one call.

    In a file the `outcomes` stand flat beside the other keys, as ``"<criterion>": "<outcome>"``;
    they are of every rubric that has the criterion. `rubrics` are outcomes of one rubric by its id
    and win over those. `notes` say why, per criterion or for the whole call. `hung_up_at_ms` is
    when the first party left. `turns` and `events` are complete when given, None when unknown: an
    empty list of events says that there was no ringing and no hold. `conditions` are free facts to
    split figures by; unknown keys with a plain value join them, other unknown keys are passed over.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcomes: Mapping[str, Outcome] = Field(default_factory=dict)
    rubrics: Mapping[str, Mapping[str, Outcome]] = Field(default_factory=dict)
    notes: Mapping[str, str] | str = ""
    language: str | None = None
    country: str | None = None
    layout: str | None = None
    format: str | None = None
    name_count: NonNegativeInt | None = None
    hung_up_by: Party | None = None
    hung_up_at_ms: NonNegativeInt | None = None
    turns: tuple[LabelledTurn, ...] | None = None
    events: tuple[LabelledEvent, ...] | None = None
    conditions: Mapping[str, Scalar] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _sort_keys(cls, data: Any) -> Any:
        if not isinstance(data, dict) or "outcomes" in data:
            return data
        known = {key: value for key, value in data.items() if key in cls.model_fields}
        others = {k: v for k, v in data.items() if k not in known and k not in PASSED_OVER}
        outcomes = {k: v for k, v in others.items() if v in tuple(Outcome)}
        plain = {k: v for k, v in others.items() if k not in outcomes and isinstance(v, Scalar)}
        conditions = known.get("conditions", {})
        if isinstance(conditions, dict):
            conditions = plain | conditions
        return known | {"outcomes": outcomes, "conditions": conditions}

    def outcomes_in(self, rubric_id: str) -> Mapping[str, Outcome]:
        """The outcomes under one rubric: its own, and the flat ones that it does not replace."""
        return {**self.outcomes, **self.rubrics.get(rubric_id, {})}

    def note(self, criterion: str) -> str:
        """The labeller's note on this criterion, else on the call."""
        if isinstance(self.notes, str):
            return self.notes
        return self.notes.get(criterion, "")

    def events_of(self, kind: str) -> tuple[LabelledEvent, ...] | None:
        """The events of a kind; None when it is not known what was on the line."""
        if self.events is None:
            return None
        return tuple(event for event in self.events if event.kind == kind)


@dataclass(frozen=True, slots=True)
class Labels:
    """Labelled calls by name: a file's name, its path (or the end of it), or a call id.

    `source` is where they come from, for messages.
    """

    entries: Mapping[str, CallLabels]
    source: str = "the labels"

    @classmethod
    def of(cls, content: Any, source: str = "the labels") -> Labels:
        """Labels from JSON content.

        Raises:
            UsageError: an entry is wrong; the message names it, the place in it and the cause.
        """
        if not isinstance(content, dict):
            raise UsageError(f"{source} is not an object of file names to labels.", CURE)
        entries: dict[str, CallLabels] = {}
        for name, entry in content.items():
            try:
                entries[name] = CallLabels.model_validate(entry)
            except ValidationError as error:
                raise UsageError(f"{source}, '{name}': {_told(error)}.", CURE) from error
        return cls(entries, source)

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)


def load_labels(path: Path) -> Labels:
    """The labels in a JSON file.

    Raises:
        UsageError: it cannot be read, is no JSON, names a call twice, or an entry is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(
            f"The labels {path} cannot be read: {error.strerror or error}.",
            "Name the file with --labels.",
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"The labels {path} are not UTF-8 text.", "Save them as UTF-8.") from error
    try:
        content = json.loads(text, object_pairs_hook=_no_key_twice)
    except json.JSONDecodeError as error:
        raise UsageError(
            f"The labels {path} are no JSON: {error.msg} in line {error.lineno}.", CURE
        ) from error
    except ValueError as error:
        raise UsageError(f"The labels {path}: {error}.", CURE) from error
    return Labels.of(content, str(path))


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """JSON would silently keep the last one, and a call's labels would be lost."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"'{twice}' stands there twice")
    return found


def _told(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    what = str(first["msg"]).removeprefix("Value error, ")
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{where}: {what}{more}" if where else f"{what}{more}"
