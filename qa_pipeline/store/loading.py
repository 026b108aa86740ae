"""Rows to evaluations, overrides and what made them, for many calls at once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa

from qa_pipeline.domain.evaluation import Evaluation, Evidence, Outcome, Verdict
from qa_pipeline.domain.rubric import LocalText
from qa_pipeline.domain.stored import MadeBy, Override
from qa_pipeline.store import codec
from qa_pipeline.store.tables import calls, evaluations, overrides, verdicts

T = TypeVar("T")

CHUNK = 200  # calls read at once: few enough to hold, enough that queries cost little each


@dataclass(frozen=True, slots=True)
class Dated:
    """An evaluation and when it was made."""

    evaluation: Evaluation
    created_at: datetime


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """Consecutive pieces of at most `size`."""
    for at in range(0, len(items), size):
        yield items[at : at + size]


def load_evaluations(connection: sa.Connection, numbers: Sequence[int]) -> dict[int, Dated]:
    """The evaluations with these row numbers, their verdicts in the rubric's order."""
    answers: dict[int, list[Verdict]] = {number: [] for number in numbers}
    found: dict[int, Dated] = {}
    for some in chunks(numbers):
        v = verdicts.c
        rows = connection.execute(
            sa.select(verdicts)
            .where(v.evaluation_id.in_(some))
            .order_by(v.evaluation_id, v.position)
        )
        for row in rows:
            answers[row.evaluation_id].append(_verdict(row))
        for row in connection.execute(sa.select(evaluations).where(evaluations.c.id.in_(some))):
            evaluation = Evaluation(
                call_id=row.call_id,
                rubric_id=row.rubric_id,
                rubric_version=row.rubric_version,
                rubric_fingerprint=row.rubric_fingerprint,
                verdicts=tuple(answers[row.id]),
                score=row.score,
                failed_automatically=row.failed_automatically,
                score_otherwise=row.score_otherwise,
            )
            found[row.id] = Dated(evaluation, row.created_at)
    return found


def _verdict(row: sa.Row[tuple[object, ...]]) -> Verdict:
    return Verdict(
        criterion=row.criterion,
        outcome=Outcome(row.outcome),
        confidence=row.confidence,
        reason=row.reason,
        explanation=LocalText(row.explanation_en, row.explanation_zh),
        evidence=codec.loads(tuple[Evidence, ...], row.evidence.encode("ascii")),
    )


def load_current(
    connection: sa.Connection, call_ids: Sequence[str]
) -> dict[str, tuple[tuple[str, MadeBy], ...]]:
    """By call: what made its current evaluation by each rubric's id, the latest one last."""
    c = evaluations.c
    found: dict[str, list[tuple[str, MadeBy]]] = {call_id: [] for call_id in call_ids}
    for some in chunks(call_ids):
        newest = (
            sa.select(sa.func.max(c.id))
            .join(calls, calls.c.call_id == c.call_id)
            .where(c.call_id.in_(some), c.content_sha256 == calls.c.content_sha256)
            .group_by(c.call_id, c.rubric_id)
        )
        rows = connection.execute(
            sa.select(c.call_id, c.rubric_id, c.rubric_fingerprint, c.conversation_key, c.engines)
            .where(c.id.in_(newest))
            .order_by(c.id)
        )
        for row in rows:
            made = MadeBy(row.rubric_fingerprint, row.conversation_key, json.loads(row.engines))
            found[row.call_id].append((row.rubric_id, made))
    return {call_id: tuple(made) for call_id, made in found.items()}


def load_overrides(
    connection: sa.Connection, call_ids: Sequence[str]
) -> Mapping[str, tuple[Override, ...]]:
    """People's answers by call, the oldest first."""
    found: dict[str, tuple[Override, ...]] = {}
    for some in chunks(call_ids):
        rows = connection.execute(
            sa.select(overrides).where(overrides.c.call_id.in_(some)).order_by(overrides.c.id)
        )
        for r in rows:
            answer = Override(
                r.call_id, r.criterion, Outcome(r.outcome), r.author, r.note, r.created_at
            )
            found[r.call_id] = (*found.get(r.call_id, ()), answer)
    return found


def load_beside(
    connection: sa.Connection, mains: Mapping[str, int]
) -> dict[str, tuple[Evaluation, ...]]:
    """By call: the current evaluations of its present conversation by other rubrics.

    Args:
        connection: to read by.
        mains: by call the number of the evaluation that is not wanted again.
    """
    c, e = calls.c, evaluations.c
    numbers: list[int] = []
    for some in chunks(list(mains)):
        rows = connection.execute(
            sa.select(sa.func.max(e.id))
            .join(calls, c.call_id == e.call_id)
            .where(e.call_id.in_(some), e.conversation_key == c.conversation_key)
            .group_by(e.call_id, e.rubric_id)
        )
        numbers += [int(row[0]) for row in rows]
    found: dict[str, list[Evaluation]] = {}
    main_rubrics = {
        dated.evaluation.call_id: dated.evaluation.rubric_id
        for dated in load_evaluations(connection, list(mains.values())).values()
    }
    for dated in load_evaluations(connection, numbers).values():
        one = dated.evaluation
        if one.rubric_id != main_rubrics[one.call_id]:
            found.setdefault(one.call_id, []).append(one)
    return {
        call_id: tuple(sorted(others, key=lambda other: other.rubric_id))
        for call_id, others in found.items()
    }
