"""From calls' evaluations to agents' scorecards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from qa_pipeline.domain.scorecard import (
    AgentScorecard,
    CriterionSummary,
    DaySummary,
    OutcomeCounts,
)
from qa_pipeline.domain.stored import AgentRef, ScoredCall


def aggregate(calls: Iterable[ScoredCall]) -> tuple[AgentScorecard, ...]:
    """One scorecard per agent, by name; the unknown agent (no id, no trusted name) comes last.

    An agent's score is the plain mean of the scores of their calls, each already a weighted share
    over what was determined in it; a call in which nothing was determined has no score and does
    not count, neither as a zero nor as a one.

    Example:
        >>> aggregate([])
        ()
    """
    by_agent: dict[str | None, list[ScoredCall]] = defaultdict(list)
    for call in calls:
        by_agent[call.agent.key].append(call)
    cards = [_scorecard(key, members) for key, members in by_agent.items()]
    return tuple(sorted(cards, key=_order))


def _order(card: AgentScorecard) -> tuple[bool, str, str]:
    return card.agent.key is None, (card.agent.name or "").casefold(), card.agent.key or ""


def _scorecard(key: str | None, members: Sequence[ScoredCall]) -> AgentScorecard:
    calls = tuple(sorted(members, key=_call_order))
    total = OutcomeCounts()
    by_criterion: dict[str, OutcomeCounts] = {}
    for call in calls:
        for verdict in call.evaluation.verdicts:
            total = total.plus(verdict.outcome)
            counts = by_criterion.get(verdict.criterion, OutcomeCounts())
            by_criterion[verdict.criterion] = counts.plus(verdict.outcome)
    scores = [call.evaluation.score for call in calls if call.evaluation.score is not None]
    return AgentScorecard(
        agent=_agent(key, calls),
        calls=calls,
        score=_mean(scores),
        scored_calls=len(scores),
        counts=total,
        criteria=tuple(CriterionSummary(name, counts) for name, counts in by_criterion.items()),
        days=_days(calls),
        undated_calls=sum(call.started_at is None for call in calls),
    )


def _call_order(call: ScoredCall) -> tuple[str, str, str]:
    moment = call.started_at.replace(tzinfo=None).isoformat() if call.started_at else ""
    return moment, call.file, call.call_id


def _agent(key: str | None, calls: Sequence[ScoredCall]) -> AgentRef:
    """One reference for all calls; the name given most often wins, ties by alphabet."""
    if key is None:
        return AgentRef(None, None, None)
    names = [call.agent.name for call in calls if call.agent.name]
    name = max(sorted(set(names)), key=names.count) if names else None
    agent_id = next((call.agent.id for call in calls if call.agent.id), None)
    return AgentRef(key, agent_id, name)


def _days(calls: Sequence[ScoredCall]) -> tuple[DaySummary, ...]:
    by_day: dict[date, list[float | None]] = defaultdict(list)
    for call in calls:
        if call.started_at is not None:
            by_day[call.started_at.date()].append(call.evaluation.score)
    return tuple(
        DaySummary(day, len(scores), _mean([score for score in scores if score is not None]))
        for day, scores in sorted(by_day.items())
    )


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
