"""The part of the store that keeps rubrics, evaluations and people's answers; append-only."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from qa_pipeline.domain.evaluation import Evaluation, Evidence, Outcome
from qa_pipeline.domain.rubric import Rubric
from qa_pipeline.domain.stored import Override, RubricRef
from qa_pipeline.errors import StoreError
from qa_pipeline.store import codec
from qa_pipeline.store.database import Database, again_if_lost
from qa_pipeline.store.loading import Dated, chunks, load_evaluations, load_overrides
from qa_pipeline.store.moments import now
from qa_pipeline.store.tables import (
    calls,
    evaluations,
    overrides,
    rubrics,
    verdicts,
)
from qa_pipeline.store.upsert import upsert


class Evaluations:
    """Rubrics, evaluations, overrides; mixed into `Store`."""

    _db: Database

    def save_rubric(self, rubric: Rubric) -> None:
        """Keep a rubric's content under its fingerprint, so that reports know its titles."""
        values = {
            "fingerprint": rubric.fingerprint,
            "id": rubric.id,
            "version": rubric.version,
            "content": codec.dumps(rubric),
            "saved_at": now(),
        }
        with self._db.write() as connection:
            upsert(connection, rubrics, values, ["fingerprint"], update=())

    @again_if_lost
    def rubric(self, fingerprint: str) -> Rubric | None:
        """The rubric with this fingerprint, if it was kept."""
        with self._db.read() as connection:
            content = connection.execute(
                sa.select(rubrics.c.content).where(rubrics.c.fingerprint == fingerprint)
            ).scalar()
        return codec.loads(Rubric, content) if content else None

    @again_if_lost
    def rubrics(self, rubric_id: str | None = None) -> tuple[Rubric, ...]:
        """All rubrics that were kept (under `rubric_id`), the oldest first."""
        query = sa.select(rubrics.c.content).order_by(rubrics.c.saved_at, rubrics.c.fingerprint)
        if rubric_id is not None:
            query = query.where(rubrics.c.id == rubric_id)
        with self._db.read() as connection:
            return tuple(codec.loads(Rubric, row) for row in connection.scalars(query).all())

    @again_if_lost
    def current_rubric(self, rubric_id: str | None = None) -> RubricRef | None:
        """The rubric of the latest evaluation (of those under `rubric_id`); None without any."""
        c = evaluations.c
        query = sa.select(c.rubric_id, c.rubric_version, c.rubric_fingerprint)
        if rubric_id is not None:
            query = query.where(c.rubric_id == rubric_id)
        with self._db.read() as connection:
            row = connection.execute(query.order_by(c.id.desc()).limit(1)).first()
        return RubricRef(*row) if row else None

    def save_evaluations(self, made: Sequence[tuple[Evaluation, Mapping[str, str]]]) -> None:
        """Add evaluations of kept calls in one transaction; the ledger of recordings stays.

        Args:
            made: evaluations in the order to keep them, each with the versions that made it.

        Raises:
            StoreError: a call was never saved; then none of them is kept.
        """
        if not made:
            return
        with self._db.write() as connection:
            put_evaluations(connection, made)

    @again_if_lost
    def evaluation_history(self, call_id: str) -> tuple[Dated, ...]:
        """Every evaluation of a call, the oldest first."""
        with self._db.read() as connection:
            ids = connection.scalars(
                sa.select(evaluations.c.id)
                .where(evaluations.c.call_id == call_id)
                .order_by(evaluations.c.id)
            ).all()
            found = load_evaluations(connection, ids)
        return tuple(found[number] for number in ids)

    def add_override(
        self, call_id: str, criterion: str, outcome: Outcome, author: str, note: str = ""
    ) -> None:
        """Put a person's answer beside the machine's.

        Raises:
            StoreError: there is no such call.
        """
        with self._db.write() as connection:
            known = connection.execute(
                sa.select(calls.c.call_id).where(calls.c.call_id == call_id)
            ).first()
            if known is None:
                raise StoreError(f"There is no call {call_id}.", "Check the id with export.")
            connection.execute(
                overrides.insert().values(
                    call_id=call_id,
                    criterion=criterion,
                    outcome=outcome.value,
                    author=author,
                    note=note,
                    created_at=now(),
                )
            )

    @again_if_lost
    def overrides(self, call_id: str) -> tuple[Override, ...]:
        """People's answers about a call, the oldest first."""
        with self._db.read() as connection:
            return load_overrides(connection, [call_id]).get(call_id, ())


def put_evaluations(
    connection: sa.Connection, made: Sequence[tuple[Evaluation, Mapping[str, str]]]
) -> None:
    """Add evaluations, each with the versions that made it, in this order.

    Raises:
        StoreError: a call was never saved.
    """
    ids = list(dict.fromkeys(evaluation.call_id for evaluation, _ in made))
    c = calls.c
    known: dict[str, sa.Row[tuple[str, str, str]]] = {}
    for some in chunks(ids):
        query = sa.select(c.call_id, c.content_sha256, c.conversation_key)
        rows = connection.execute(query.where(c.call_id.in_(some)))
        known |= {row.call_id: row for row in rows}
    unknown = [call_id for call_id in ids if call_id not in known]
    if unknown:
        raise StoreError(f"The call {unknown[0]} was evaluated but never saved.")
    numbers = connection.scalars(
        evaluations.insert().returning(evaluations.c.id, sort_by_parameter_order=True),
        [
            {
                "call_id": evaluation.call_id,
                "content_sha256": known[evaluation.call_id].content_sha256,
                "conversation_key": known[evaluation.call_id].conversation_key,
                "rubric_id": evaluation.rubric_id,
                "rubric_version": evaluation.rubric_version,
                "rubric_fingerprint": evaluation.rubric_fingerprint,
                "engines": _engines(engines),
                "score": evaluation.score,
                "score_otherwise": evaluation.score_otherwise,
                "failed_automatically": evaluation.failed_automatically,
                "created_at": now(),
            }
            for evaluation, engines in made
        ],
    ).all()
    answers = [
        row
        for number, (evaluation, _) in zip(numbers, made, strict=True)
        for row in _verdict_rows(number, evaluation)
    ]
    if answers:
        connection.execute(verdicts.insert(), answers)


def _verdict_rows(evaluation_id: int, evaluation: Evaluation) -> list[dict[str, object]]:
    return [
        {
            "evaluation_id": evaluation_id,
            "position": position,
            "criterion": verdict.criterion,
            "outcome": verdict.outcome.value,
            "confidence": float(verdict.confidence),
            "reason": verdict.reason,
            "explanation_en": verdict.explanation.en,
            "explanation_zh": verdict.explanation.zh,
            "evidence": codec.dumps(verdict.evidence, tuple[Evidence, ...]).decode("ascii"),
        }
        for position, verdict in enumerate(evaluation.verdicts)
    ]


def _engines(engines: Mapping[str, str]) -> str:
    return json.dumps(dict(engines), sort_keys=True)
