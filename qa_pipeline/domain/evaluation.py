"""A call's evaluation: one verdict per criterion, each with its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.rubric import LocalText


class Outcome(StrEnum):
    """What a criterion can say. `undetermined` goes to a person and never counts as a fail."""

    PASS = "pass"
    FAIL = "fail"
    NOT_APPLICABLE = "not_applicable"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A stretch of the recording and the words said there (or what the line did)."""

    start_ms: int
    end_ms: int
    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """One answer. Without a positive find, `evidence` holds the stretch that was searched.

    `reason` is a stable code of the criterion's kind, such as ``name_unknown``.
    """

    criterion: str
    outcome: Outcome
    confidence: float
    reason: str
    explanation: LocalText
    evidence: tuple[Evidence, ...]

    def __post_init__(self) -> None:
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"confidence {self.confidence} of {self.criterion} is not in 0..1")


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All verdicts for one call under one rubric.

    `score` is the weighted share of passes over what was determined (pass or fail), 0 to 1;
    None when nothing was. An automatic fail makes it 0; `score_otherwise` is then the score that
    the call would have had.
    """

    call_id: str
    rubric_id: str
    rubric_version: str
    rubric_fingerprint: str
    verdicts: tuple[Verdict, ...]
    score: float | None
    failed_automatically: bool = False
    score_otherwise: float | None = None

    def verdict(self, criterion: str) -> Verdict | None:
        """The verdict on `criterion`, if the rubric had it."""
        return next((v for v in self.verdicts if v.criterion == criterion), None)
