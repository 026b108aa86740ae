"""An agent's evaluations, summed up."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.stored import AgentRef, ScoredCall

Z_95 = 1.959964  # two-sided 95 % quantile of the normal distribution


@dataclass(frozen=True, slots=True)
class OutcomeCounts:
    """How many verdicts of each outcome; the four are never mixed."""

    passed: int = 0
    failed: int = 0
    not_applicable: int = 0
    undetermined: int = 0

    @property
    def determined(self) -> int:
        """Passes and fails: what a rate is taken over."""
        return self.passed + self.failed

    @property
    def total(self) -> int:
        """All verdicts."""
        return self.determined + self.not_applicable + self.undetermined

    @property
    def pass_rate(self) -> float | None:
        """Passes over what was determined, 0 to 1; None when nothing was."""
        return self.passed / self.determined if self.determined else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % Wilson score interval of the pass rate; None when nothing was determined.

        Source: E. B. Wilson, "Probable inference", JASA 22 (1927). It stays within 0..1 and is
        honest for the handful of calls that one agent has.

        Example:
            >>> low, high = OutcomeCounts(passed=5, failed=1).interval
            >>> round(low, 2), round(high, 2)
            (0.44, 0.97)
        """
        n = self.determined
        if n == 0:
            return None
        rate = self.passed / n
        centre = rate + Z_95**2 / (2 * n)
        spread = Z_95 * math.sqrt(rate * (1 - rate) / n + Z_95**2 / (4 * n * n))
        scale = 1 + Z_95**2 / n
        return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)

    def plus(self, outcome: Outcome) -> OutcomeCounts:
        """With one more verdict."""
        return OutcomeCounts(
            self.passed + (outcome is Outcome.PASS),
            self.failed + (outcome is Outcome.FAIL),
            self.not_applicable + (outcome is Outcome.NOT_APPLICABLE),
            self.undetermined + (outcome is Outcome.UNDETERMINED),
        )


@dataclass(frozen=True, slots=True)
class CriterionSummary:
    """One criterion over an agent's calls."""

    criterion: str
    counts: OutcomeCounts


@dataclass(frozen=True, slots=True)
class DaySummary:
    """One day: how many calls, and the mean of their scores (None: nothing was determined)."""

    day: date
    calls: int
    score: float | None


@dataclass(frozen=True, slots=True)
class AgentScorecard:
    """An agent's evaluations, summed up.

    `score` is the mean of the calls' scores over the calls that have one, 0 to 1; `scored_calls`
    counts those. `criteria` come in the order of the rubric. `undated_calls` are in no day.
    """

    agent: AgentRef
    calls: tuple[ScoredCall, ...]
    score: float | None
    scored_calls: int
    counts: OutcomeCounts
    criteria: tuple[CriterionSummary, ...]
    days: tuple[DaySummary, ...]
    undated_calls: int

    def criterion(self, criterion_id: str) -> OutcomeCounts:
        """The counts of one criterion; all zero if the agent was never judged on it."""
        found = (item.counts for item in self.criteria if item.criterion == criterion_id)
        return next(found, OutcomeCounts())
