"""The part of the store that keeps rubrics, evaluations and people's answers; append-only."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from qa_pipeline.domain.evaluation import Evaluation, Evidence, Outcome, Verdict
from qa_pipeline.domain.rubric import LocalText, Rubric
from qa_pipeline.domain.stored import MadeBy, Override, RecordingStatus, RubricRef
from qa_pipeline.errors import StoreError
from qa_pipeline.store import codec
from qa_pipeline.store.database import Database
from qa_pipeline.store.ledger import inserted_id, now
from qa_pipeline.store.tables import (
    calls,
    evaluations,
    overrides,
    recordings,
    rubrics,
    verdicts,
)


@dataclass(frozen=True, slots=True)
class Dated:
    """An evaluation and when it was made."""

    evaluation: Evaluation
    created_at: datetime


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
            connection.execute(insert(rubrics).values(**values).on_conflict_do_nothing())

    def rubric(self, fingerprint: str) -> Rubric | None:
        """The rubric with this fingerprint, if it was kept."""
        with self._db.read() as connection:
            content = connection.execute(
                sa.select(rubrics.c.content).where(rubrics.c.fingerprint == fingerprint)
            ).scalar()
        return codec.loads(Rubric, content) if content else None

    def rubrics(self, rubric_id: str | None = None) -> tuple[Rubric, ...]:
        """All rubrics that were kept (under `rubric_id`), the oldest first."""
        query = sa.select(rubrics.c.content).order_by(rubrics.c.saved_at, rubrics.c.fingerprint)
        if rubric_id is not None:
            query = query.where(rubrics.c.id == rubric_id)
        with self._db.read() as connection:
            return tuple(codec.loads(Rubric, row) for row in connection.scalars(query).all())

    def current_rubric(self, rubric_id: str | None = None) -> RubricRef | None:
        """The rubric of the latest evaluation (of those under `rubric_id`); None without any."""
        c = evaluations.c
        query = sa.select(c.rubric_id, c.rubric_version, c.rubric_fingerprint)
        if rubric_id is not None:
            query = query.where(c.rubric_id == rubric_id)
        with self._db.read() as connection:
            row = connection.execute(query.order_by(c.id.desc()).limit(1)).first()
        return RubricRef(*row) if row else None

    def save_evaluation(self, evaluation: Evaluation, engines: Mapping[str, str]) -> None:
        """Add an evaluation; earlier ones stay. The recording counts as scored from now on.

        Args:
            evaluation: the answers; its call must have been saved.
            engines: the versions that made them, by stage or engine name.

        Raises:
            StoreError: the call was never saved.
        """
        with self._db.write() as connection:
            path = _insert(connection, evaluation, engines)
            connection.execute(
                recordings.update()
                .where(recordings.c.path == path)
                .values(
                    status=RecordingStatus.SCORED.value,
                    call_id=evaluation.call_id,
                    error=None,
                    cure=None,
                    tries=0,
                    updated_at=now(),
                )
            )

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
            for evaluation, engines in made:
                _insert(connection, evaluation, engines)

    def has_evaluation(
        self,
        content_sha256: str,
        rubric_fingerprint: str,
        conversation_key: str,
        engines: Mapping[str, str] | None = None,
        rubric_id: str | None = None,
    ) -> bool:
        """Whether the *current* evaluation was made of this content, conversation and rubric.

        An older one does not count: what is asked for must also be what is shown. `engines`, if
        given, must be the same too (say, when a criterion's own code has changed). With
        `rubric_id` the current evaluation under that rubric is meant, else that under any.
        """
        c = evaluations.c
        query = (
            sa.select(c.conversation_key, c.rubric_fingerprint, c.engines)
            .join(calls, calls.c.call_id == c.call_id)
            .where(calls.c.content_sha256 == content_sha256, calls.c.superseded_by.is_(None))
            .where(c.content_sha256 == content_sha256)
        )
        if rubric_id is not None:
            query = query.where(c.rubric_id == rubric_id)
        with self._db.read() as connection:
            rows = connection.execute(query.order_by(c.id.desc()).limit(1)).all()
        return any(
            row.conversation_key == conversation_key
            and row.rubric_fingerprint == rubric_fingerprint
            and (engines is None or row.engines == _engines(engines))
            for row in rows
        )

    def evaluation_history(self, call_id: str) -> tuple[Dated, ...]:
        """Every evaluation of a call, the oldest first."""
        with self._db.read() as connection:
            ids = connection.scalars(
                sa.select(evaluations.c.id)
                .where(evaluations.c.call_id == call_id)
                .order_by(evaluations.c.id)
            ).all()
            return tuple(load_evaluation(connection, number) for number in ids)

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

    def overrides(self, call_id: str) -> tuple[Override, ...]:
        """People's answers about a call, the oldest first."""
        with self._db.read() as connection:
            return load_overrides(connection, call_id)


def _insert(connection: sa.Connection, evaluation: Evaluation, engines: Mapping[str, str]) -> str:
    """Add one evaluation; the path of its call's recording."""
    call = connection.execute(
        sa.select(calls.c.content_sha256, calls.c.conversation_key, calls.c.path).where(
            calls.c.call_id == evaluation.call_id
        )
    ).first()
    if call is None:
        raise StoreError(f"The call {evaluation.call_id} was evaluated but never saved.")
    result = connection.execute(
        evaluations.insert().values(
            call_id=evaluation.call_id,
            content_sha256=call.content_sha256,
            conversation_key=call.conversation_key,
            rubric_id=evaluation.rubric_id,
            rubric_version=evaluation.rubric_version,
            rubric_fingerprint=evaluation.rubric_fingerprint,
            engines=_engines(engines),
            score=evaluation.score,
            score_otherwise=evaluation.score_otherwise,
            failed_automatically=evaluation.failed_automatically,
            created_at=now(),
        )
    )
    rows = _verdict_rows(inserted_id(result), evaluation)
    if rows:
        connection.execute(verdicts.insert(), rows)
    path: str = call.path
    return path


def load_current(connection: sa.Connection, call_id: str) -> tuple[tuple[str, MadeBy], ...]:
    """What made the current evaluation of a call by each rubric's id, the latest one last."""
    c = evaluations.c
    newest = (
        sa.select(sa.func.max(c.id))
        .join(calls, calls.c.call_id == c.call_id)
        .where(c.call_id == call_id, c.content_sha256 == calls.c.content_sha256)
        .group_by(c.rubric_id)
    )
    rows = connection.execute(
        sa.select(c.rubric_id, c.rubric_fingerprint, c.conversation_key, c.engines)
        .where(c.id.in_(newest))
        .order_by(c.id)
    ).all()
    return tuple(
        (r.rubric_id, MadeBy(r.rubric_fingerprint, r.conversation_key, json.loads(r.engines)))
        for r in rows
    )


def load_evaluation(connection: sa.Connection, number: int) -> Dated:
    """The evaluation with this row number, its verdicts in the rubric's order."""
    row = connection.execute(sa.select(evaluations).where(evaluations.c.id == number)).one()
    found = connection.execute(
        sa.select(verdicts).where(verdicts.c.evaluation_id == number).order_by(verdicts.c.position)
    ).all()
    answers = tuple(
        Verdict(
            criterion=v.criterion,
            outcome=Outcome(v.outcome),
            confidence=v.confidence,
            reason=v.reason,
            explanation=LocalText(v.explanation_en, v.explanation_zh),
            evidence=codec.loads(tuple[Evidence, ...], v.evidence.encode("ascii")),
        )
        for v in found
    )
    evaluation = Evaluation(
        call_id=row.call_id,
        rubric_id=row.rubric_id,
        rubric_version=row.rubric_version,
        rubric_fingerprint=row.rubric_fingerprint,
        verdicts=answers,
        score=row.score,
        failed_automatically=row.failed_automatically,
        score_otherwise=row.score_otherwise,
    )
    return Dated(evaluation, row.created_at)


def load_overrides(connection: sa.Connection, call_id: str) -> tuple[Override, ...]:
    """People's answers about a call, the oldest first."""
    rows = connection.execute(
        sa.select(overrides).where(overrides.c.call_id == call_id).order_by(overrides.c.id)
    ).all()
    return tuple(
        Override(r.call_id, r.criterion, Outcome(r.outcome), r.author, r.note, r.created_at)
        for r in rows
    )


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
