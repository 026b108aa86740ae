"""What a kind of rule is: parameters in, a finding with evidence out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from qa_pipeline.domain.conversation import Act, Conversation
from qa_pipeline.domain.evaluation import Evidence, Outcome
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.rubric import LocalText
from qa_pipeline.domain.transcript import Turn


class Params(BaseModel):
    """Parameters of a kind as a rubric file may set them; unknown ones are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


P = TypeVar("P", bound=Params)


@dataclass(frozen=True, slots=True)
class Finding:
    """A kind's answer; `score` makes it a verdict by adding the criterion's id.

    `reason` must be one of the kind's `reasons`.
    """

    outcome: Outcome
    confidence: float
    reason: str
    explanation: LocalText
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class About:
    """A kind in words that a QA lead reads: what it looks for, a call that passes, one that fails.

    `good` and `bad` are natural lines in each language, not the patterns that find them.
    """

    looks_for: LocalText
    good: LocalText
    bad: LocalText


class Check(ABC, Generic[P]):
    """One kind of rule; one subclass per file in this folder, found by discovery.

    `kind` is the name in rubric files, `params` its parameter model, `reasons` every reason code
    it can give with what the code means, `about` what `rubric explain` tells. `rests_on_words`: it
    passes for what was said, so that a second reading of the words may show what the first one
    lost.
    """

    kind: ClassVar[str]
    params: ClassVar[type[Params]]
    reasons: ClassVar[Mapping[str, str]]
    about: ClassVar[About]
    rests_on_words: ClassVar[bool] = True

    def acts_of(self, params: P) -> frozenset[str]:
        """The acts that it looks for under these parameters; the loader knows them or refuses."""
        del params
        return frozenset()

    def describe(self, params: P) -> LocalText:
        """What it looks for under these parameters, in a sentence or two."""
        del params
        return self.about.looks_for

    @abstractmethod
    def judge(self, call: Conversation, params: P) -> Finding:
        """The finding on one call. Never raises for what a call may hold."""


def evidence_of_turn(turn: Turn) -> Evidence:
    """A whole turn as evidence."""
    return Evidence(turn.start_ms, turn.end_ms, turn.role, turn.text)


def evidence_of_act(act: Act) -> Evidence:
    """An act's own words as evidence."""
    return Evidence(act.start_ms, act.end_ms, act.role, act.text)


def searched(start_ms: int, end_ms: int, role: Role, what: str = "") -> Evidence:
    """A stated absence: this stretch was searched and nothing was found there."""
    return Evidence(start_ms, max(start_ms, end_ms), role, what)


def clock(time_ms: int) -> str:
    """A moment as a person reads it.

    Example:
        >>> clock(83_400)
        '1:23'
    """
    seconds = time_ms // 1000
    return f"{seconds // 60}:{seconds % 60:02d}"


def clamp(value: float, low: float = 0.0, high: float = 1.0) -> float:
    """`value` within its bounds."""
    return max(low, min(high, value))


def weakest(confidences: Sequence[float], default: float = 1.0) -> float:
    """The least of the confidences that a finding rests on."""
    return min(confidences, default=default)
