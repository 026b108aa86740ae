"""Files of cases: short calls with the verdicts that a rubric must give on them.

``my_rubric.cases.yaml`` beside ``my_rubric.yaml``::

    cases:
      - name: held without asking
        language: en                     # or zh
        country: US                      # optional: whose ringing
        metadata: {direction: inbound}   # optional: what the phone system knows
        stereo: true                     # optional: one party per channel
        script:                          # see rubric_cases.scripts
          - "A: Good morning, this is Laura Bennett."
          - "C: Hello."
        line: {customer: 2.0}            # optional: whose line died how many seconds before the end
        voices: {agent: {semitones: 0.9}}  # optional: how the voices sounded
        expect:                          # outcome, or outcome and reason
          greeting: pass
          hold: not_applicable no_hold
        score: 0.75                      # optional
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from qa_pipeline.criteria import kind as kind_of
from qa_pipeline.criteria.calibration import TOO_UNSURE
from qa_pipeline.criteria.rubric_errors import explained, nearest
from qa_pipeline.criteria.yaml_lines import Lined, parse_lined
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Evaluation, Outcome, Verdict
from qa_pipeline.domain.recording import CallMetadata, Role
from qa_pipeline.domain.rubric import Rubric
from qa_pipeline.errors import RubricError
from qa_pipeline.language.acts import ActCatalogue
from qa_pipeline.rubric_cases.scripts import Script, ScriptError, conversation_of
from qa_pipeline.stages.score import REASONS, score

OUTCOMES = tuple(outcome.value for outcome in Outcome)
SCORE_SLACK = 5e-4  # cases write scores with three digits
_METADATA: TypeAdapter[CallMetadata] = TypeAdapter(CallMetadata)


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class VoiceEntry(_Strict):
    """How a voice sounded: how far its pitch moves (standard deviation), and its mean level."""

    semitones: float = Field(3.0, ge=0)  # a lively voice
    level_db: float = Field(-26.0, le=0)  # dBFS; clear telephone speech


class CaseEntry(_Strict):
    """One case as a file writes it."""

    name: str = Field(min_length=1)
    language: Literal["en", "zh"]
    country: str | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    stereo: bool = False
    script: tuple[str, ...] = Field(min_length=1)
    line: dict[Literal["agent", "customer"], float] = Field(default_factory=dict)
    voices: dict[Literal["agent", "customer"], VoiceEntry] = Field(default_factory=dict)
    expect: dict[str, str] = Field(min_length=1)
    score: float | None = Field(None, ge=0, le=1)


class CasesFile(_Strict):
    """A file of cases."""

    cases: tuple[CaseEntry, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Expected:
    """A verdict that must come of a case; `reason` None: any."""

    outcome: Outcome
    reason: str | None = None

    def met_by(self, verdict: Verdict) -> bool:
        """Whether this is the verdict."""
        return verdict.outcome is self.outcome and self.reason in (None, verdict.reason)


@dataclass(frozen=True, slots=True)
class Case:
    """A scripted call, what a rubric must say of it, and where it stands (``file:line``)."""

    name: str
    where: str
    script: Script
    expect: Mapping[str, Expected]
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """A verdict that is not the one expected; `got` None: the rubric has no such criterion."""

    criterion: str
    expected: Expected
    got: Verdict


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What came of one case."""

    case: Case
    conversation: Conversation
    evaluation: Evaluation
    differences: tuple[Difference, ...]
    score_differs: bool = False

    @property
    def passed(self) -> bool:
        """Whether everything is as expected."""
        return not self.differences and not self.score_differs


def cases_beside(rubric_file: Path) -> Path:
    """Where a rubric's cases lie.

    Example:
        >>> cases_beside(Path("desk/sales.yaml")).name
        'sales.cases.yaml'
    """
    return rubric_file.with_suffix(".cases.yaml")


def load_cases(path: Path, rubric: Rubric | None = None) -> tuple[Case, ...]:
    """The cases in a file.

    Args:
        path: the file.
        rubric: whose criteria the cases must name; None: any.

    Raises:
        RubricError: the file is not valid; one line with file, line, place and cure.
    """
    lined = parse_lined(path, "file of cases")
    try:
        file = CasesFile.model_validate(lined.content)
    except ValidationError as error:
        raise explained(lined, error, CasesFile) from error
    return tuple(_case(lined, index, entry, rubric) for index, entry in enumerate(file.cases))


def run_case(
    case: Case, rubric: Rubric, catalogue: ActCatalogue, conversation: Conversation | None = None
) -> CaseResult:
    """Judge one case; `conversation`, if given, is that of its script, already made.

    Raises:
        RubricError: a line of the script has no known form.
    """
    heard = conversation or hear(case, catalogue)
    evaluation = score(heard, rubric)
    differences = tuple(
        Difference(criterion, expected, verdict)
        for criterion, expected in case.expect.items()
        if (verdict := evaluation.verdict(criterion)) is not None and not expected.met_by(verdict)
    )
    reached = evaluation.score
    differs = case.score is not None and (
        reached is None or abs(reached - case.score) > SCORE_SLACK
    )
    return CaseResult(case, heard, evaluation, differences, differs)


def run_cases(
    cases: Sequence[Case], rubric: Rubric, catalogue: ActCatalogue
) -> tuple[CaseResult, ...]:
    """Judge cases by a rubric, in order."""
    return tuple(run_case(case, rubric, catalogue) for case in cases)


def hear(case: Case, catalogue: ActCatalogue) -> Conversation:
    """The conversation of a case.

    Raises:
        RubricError: a line of the script has no known form.
    """
    try:
        return conversation_of(case.script, catalogue)
    except ScriptError as error:
        raise RubricError(
            f"{case.where}: script[{error.line}]: {error}.", "Correct that line of the script."
        ) from error


def _case(lined: Lined, index: int, entry: CaseEntry, rubric: Rubric | None) -> Case:
    where = lined.place(("cases", index))
    expect = {
        criterion: _expected(lined, index, entry, criterion, rubric) for criterion in entry.expect
    }
    line_ends = tuple((Role(party), seconds) for party, seconds in entry.line.items())
    script = Script(
        name=entry.name,
        language=entry.language,
        lines=entry.script,
        metadata=_metadata(lined, index, entry),
        country=entry.country,
        line_ends=line_ends,
        stereo=entry.stereo,
        voices=tuple(
            (Role(party), voice.semitones, voice.level_db) for party, voice in entry.voices.items()
        ),
    )
    return Case(entry.name, where, script, expect, entry.score)


def _expected(
    lined: Lined, index: int, entry: CaseEntry, criterion: str, rubric: Rubric | None
) -> Expected:
    """A verdict as it is written, if the rubric can give it."""
    at = f"{lined.place(('cases', index, 'expect', criterion))}: cases[{index}] ({entry.name})"
    at = f"{at}.expect.{criterion}"
    outcome, _, reason = (part.strip() for part in entry.expect[criterion].partition(" "))
    if outcome not in OUTCOMES:
        raise RubricError(f"{at}: '{outcome}' is no outcome.", nearest(outcome, OUTCOMES))
    if rubric is not None:
        known = {item.id: item for item in rubric.criteria}
        if criterion not in known:
            raise RubricError(f"{at}: the rubric has no such criterion.",
                              nearest(criterion, known))  # fmt: skip
        reasons = (*kind_of(known[criterion].kind).reasons, *REASONS, TOO_UNSURE)
        if reason and reason not in reasons:
            raise RubricError(f"{at}: there is no reason '{reason}'.", nearest(reason, reasons))
    return Expected(Outcome(outcome), reason or None)


def _metadata(lined: Lined, index: int, entry: CaseEntry) -> CallMetadata:
    fields = set(CallMetadata.__dataclass_fields__)
    known = {name: value for name, value in entry.metadata.items() if name in fields}
    extra = {name: value for name, value in entry.metadata.items() if name not in fields}
    try:
        return _METADATA.validate_python({"extra": extra, **known})
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "metadata"
        at = lined.place(("cases", index, "metadata", name))
        raise RubricError(
            f"{at}: cases[{index}] ({entry.name}).metadata.{name}: this is not a possible value.",
            "See 'What goes in' in the README.",
        ) from error
