"""Two rubrics over the same calls: which verdicts and scores move. Nothing is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from qa_pipeline.criteria.calibration import Calibration
from qa_pipeline.domain.evaluation import Evaluation, Outcome
from qa_pipeline.domain.rubric import Rubric
from qa_pipeline.domain.stored import StoredCall
from qa_pipeline.stages.score import score


@dataclass(frozen=True, slots=True)
class Move:
    """One criterion's verdicts on one call, by the first and by the second rubric."""

    criterion: str
    before: Outcome
    after: Outcome


@dataclass(frozen=True, slots=True)
class CallMoves:
    """What differs on one call. Criteria that only one rubric has are no moves."""

    call_id: str
    file: str
    score_before: float | None
    score_after: float | None
    moves: tuple[Move, ...]

    @property
    def moved(self) -> bool:
        """Whether anything differs."""
        return bool(self.moves) or self.score_before != self.score_after

    @property
    def distance(self) -> float:
        """How far the score moves; 1 where only one of them has one."""
        if self.score_before is None or self.score_after is None:
            return float(self.score_before != self.score_after)
        return abs(self.score_after - self.score_before)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two rubrics over the same calls, in the calls' order."""

    before: Rubric
    after: Rubric
    calls: tuple[CallMoves, ...]

    @property
    def moved(self) -> tuple[CallMoves, ...]:
        """The calls on which something differs, the farthest first."""
        return tuple(sorted((c for c in self.calls if c.moved), key=lambda c: -c.distance))

    @property
    def only_before(self) -> tuple[str, ...]:
        """Criteria that only the first rubric has."""
        other = {criterion.id for criterion in self.after.criteria}
        return tuple(c.id for c in self.before.criteria if c.id not in other)

    @property
    def only_after(self) -> tuple[str, ...]:
        """Criteria that only the second rubric has."""
        other = {criterion.id for criterion in self.before.criteria}
        return tuple(c.id for c in self.after.criteria if c.id not in other)

    def by_criterion(self) -> dict[str, Counter[tuple[Outcome, Outcome]]]:
        """How often each criterion's verdict goes from which outcome to which."""
        found: dict[str, Counter[tuple[Outcome, Outcome]]] = {}
        for call in self.calls:
            for move in call.moves:
                counts = found.setdefault(move.criterion, Counter())
                counts[(move.before, move.after)] += 1
        return found

    def mean_scores(self) -> tuple[float | None, float | None]:
        """The mean score by either rubric, over the calls that have one."""
        return (
            _mean([c.score_before for c in self.calls if c.score_before is not None]),
            _mean([c.score_after for c in self.calls if c.score_after is not None]),
        )


def compare(
    calls: Iterable[StoredCall], before: Rubric, after: Rubric, calibration: Calibration
) -> Comparison:
    """Judge each call by both rubrics, from its kept conversation."""
    found = []
    for call in calls:
        one = score(call.conversation, before, calibration)
        two = score(call.conversation, after, calibration)
        found.append(
            CallMoves(
                call.recording.call_id, call.recording.file, one.score, two.score, _moves(one, two)
            )
        )
    return Comparison(before, after, tuple(found))


def _moves(before: Evaluation, after: Evaluation) -> tuple[Move, ...]:
    return tuple(
        Move(verdict.criterion, verdict.outcome, other.outcome)
        for verdict in before.verdicts
        if (other := after.verdict(verdict.criterion)) is not None
        and other.outcome is not verdict.outcome
    )


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None
