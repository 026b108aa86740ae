"""What was measured, as frozen figures, and its stable JSON form.

``Report.to_json`` writes every field under its own name (`pass_` as ``pass``). Fields are only ever
added; `schema` is raised if that cannot be kept. Shares are ``{hits, total, value, low, high}``,
low and high being the 95 % Wilson interval; a figure that is not defined is null.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from qa_pipeline.domain.evaluation import Evidence, Outcome
from qa_pipeline.domain.rubric import LocalText
from qa_pipeline.measure.agreement import Agreement
from qa_pipeline.measure.line_figures import CountFigures, HangupFigures, HoldFigures, RingFigures
from qa_pipeline.measure.voices import VoiceFigures
from qa_pipeline.measure.words import WordErrors

SCHEMA = 1
JSON_DIGITS = 6  # of shares: enough for a hundred thousand verdicts


@dataclass(frozen=True, slots=True)
class Section:
    """All figures over some calls; None where no label of theirs knows enough.

    `words` holds one entry per unit (``word`` in English, ``character`` in Chinese). `mono` takes
    in stereo files with the same signal on both channels.
    """

    calls: int
    overall: Agreement
    criteria: Mapping[str, Agreement]
    words: tuple[WordErrors, ...]
    mono: VoiceFigures | None
    stereo: VoiceFigures | None
    rings: RingFigures | None
    holds: HoldFigures | None
    hangups: HangupFigures | None
    names: CountFigures | None


@dataclass(frozen=True, slots=True)
class Split:
    """The same figures by the values of `key`; calls that lack it are under ``-``."""

    key: str
    values: Mapping[str, Section]


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """A labelled call without an evaluation, and why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which calls were compared.

    `unlabelled` are files in the data without a label. `unasked` counts, by criterion, labels whose
    criterion the rubric does not have.
    """

    labelled: int
    measured: int
    not_scored: tuple[Unmeasured, ...]
    unlabelled: tuple[str, ...]
    unasked: Mapping[str, int]
    rubrics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wrong:
    """A verdict that differs from its label, with what a person needs to go and listen."""

    file: str
    path: str
    call_id: str
    criterion: str
    said: Outcome
    label: Outcome
    confidence: float
    reason: str
    explanation: LocalText
    evidence: tuple[Evidence, ...]
    note: str


@dataclass(frozen=True, slots=True)
class CallFigures:
    """One call's own figures, to find the calls that pull the pooled ones down."""

    file: str
    call_id: str
    groups: Mapping[str, str]
    verdicts: int
    right: int
    words: WordErrors | None
    voices: VoiceFigures | None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was measured; made by `evaluate`.

    `wrong` has the worst first: fails that hurt an agent for nothing, by confidence; then other
    wrong answers, by confidence; then what was left undetermined though the label knows.
    """

    coverage: Coverage
    whole: Section
    splits: tuple[Split, ...]
    wrong: tuple[Wrong, ...]
    calls: tuple[CallFigures, ...]
    schema: int = SCHEMA

    @property
    def overall(self) -> Agreement:
        """The agreement over all verdicts."""
        return self.whole.overall

    @property
    def criteria(self) -> Mapping[str, Agreement]:
        """The agreement of each criterion, in the rubric's order."""
        return self.whole.criteria

    def to_json(self) -> dict[str, Any]:
        """The report as plain JSON content: objects, lists, numbers, text, None."""
        content = _plain(self)
        return {"schema": content.pop("schema"), **content}

    def reaches(self, wanted: float) -> bool:
        """Whether at least this share of all labelled verdicts agrees and no call is missing."""
        agreed = self.overall.accuracy.value
        return agreed is not None and agreed >= wanted and not self.coverage.not_scored


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name.rstrip("_"): _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(inner) for inner in value]
    if isinstance(value, float):
        return round(value, JSON_DIGITS)
    return str(value) if isinstance(value, str) else value  # an outcome is its own text
