"""The part of the store that keeps conversations and gives calls back."""

from __future__ import annotations

import difflib
import gzip
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import PurePath
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Evaluation
from qa_pipeline.domain.recording import Recording
from qa_pipeline.domain.stored import (
    AgentRef,
    CallFilter,
    KeptCall,
    ScoredCall,
    StoredCall,
    agent_of,
)
from qa_pipeline.errors import MetadataError, UsageError
from qa_pipeline.store import codec
from qa_pipeline.store.database import Database
from qa_pipeline.store.evaluations import Dated, load_current, load_evaluation, load_overrides
from qa_pipeline.store.ledger import now
from qa_pipeline.store.tables import calls, evaluations

NEAR_ONES = 5  # how many alternatives a message names: enough to choose from, few enough to read


class Calls:
    """Calls with their conversations; mixed into `Store`."""

    _db: Database

    def save_call(
        self, recording: Recording, conversation: Conversation, product_keys: Mapping[str, str]
    ) -> None:
        """Keep what was found out about a call; a call of the same id and path is replaced.

        Args:
            recording: the file, as read.
            conversation: what the criteria see.
            product_keys: key of each stage's product by stage; ``conversation`` is the last one.

        Raises:
            MetadataError: another recording with other content already has this call id.
        """
        values = _call_values(recording, conversation, product_keys)
        with self._db.write() as connection:
            known = connection.execute(
                sa.select(calls.c.content_sha256, calls.c.path, calls.c.file).where(
                    calls.c.call_id == recording.call_id
                )
            ).first()
            other = known and known.content_sha256 != recording.content_sha256
            if known and other and known.path != recording.path:
                raise MetadataError(
                    f"{recording.file} has the call id '{recording.call_id}', which the "
                    f"different recording {known.file} already has.",
                    "Give each recording its own call_id in its metadata; until then the first "
                    "one keeps it.",
                )
            connection.execute(
                insert(calls)
                .values(call_id=recording.call_id, **values)
                .on_conflict_do_update(index_elements=["call_id"], set_=values)
            )
            # The same file under a new id (its content or its call_id changed): one call, not two.
            connection.execute(
                calls.update()
                .where(calls.c.call_id != recording.call_id)
                .where(
                    sa.or_(
                        calls.c.path == recording.path,
                        calls.c.content_sha256 == recording.content_sha256,
                    )
                )
                .values(superseded_by=recording.call_id)
            )

    def calls(self, which: CallFilter | None = None) -> Iterator[StoredCall]:
        """Evaluated calls by file name, then id; one at a time in memory."""
        wanted = which or CallFilter()
        for call_id, evaluation_id in self._listed(wanted):
            yield self._load(call_id, evaluation_id, alone=wanted.rubric_id is not None)

    def kept_calls(self, which: CallFilter | None = None) -> Iterator[KeptCall]:
        """What is kept of the evaluated calls to score them again; one at a time in memory."""
        for call_id, _ in self._listed(which or CallFilter()):
            with self._db.read() as connection:
                row = connection.execute(
                    sa.select(calls.c.recording, calls.c.conversation, calls.c.product_keys).where(
                        calls.c.call_id == call_id
                    )
                ).one()
                current = load_current(connection, call_id)
            last_rubric, made_by = current[-1]
            yield KeptCall(
                recording=codec.loads(Recording, gzip.decompress(row.recording)),
                conversation=codec.loads(Conversation, gzip.decompress(row.conversation)),
                product_keys=json.loads(row.product_keys),
                engines=made_by.engines,
                last_rubric=last_rubric,
                current=dict(current),
            )

    def scored_calls(self, which: CallFilter | None = None) -> Iterator[ScoredCall]:
        """The same calls without their conversations: what scorecards are summed from."""
        for call_id, evaluation_id in self._listed(which or CallFilter()):
            with self._db.read() as connection:
                row = connection.execute(_facts().where(calls.c.call_id == call_id)).one()
                dated = load_evaluation(connection, evaluation_id)
            yield ScoredCall(
                call_id=call_id,
                file=row.file,
                agent=AgentRef(row.agent_key, row.agent_id, row.agent_name),
                customer_name=row.customer_name,
                language=row.language,
                started_at=datetime.fromisoformat(row.started_at) if row.started_at else None,
                duration_ms=row.duration_ms,
                evaluation=dated.evaluation,
            )

    def stored_call(self, call_id: str, rubric_id: str | None = None) -> StoredCall | None:
        """The call with exactly this id, with its current evaluation; None if there is none."""
        found = self._listed(CallFilter(rubric_id=rubric_id), call_id)
        return self._load(*found[0], alone=rubric_id is not None) if found else None

    def call(self, name: str, rubric_id: str | None = None) -> StoredCall:
        """The call with this id, file name (with or without folder or ending) or start of an id.

        Raises:
            UsageError: no call fits, or several do; the message names near ones.
        """
        listed = dict(self._listed(CallFilter(rubric_id=rubric_id)))
        with self._db.read() as connection:
            rows = connection.execute(sa.select(calls.c.call_id, calls.c.file, calls.c.path)).all()
        known = [(r.call_id, r.file, r.path) for r in rows if r.call_id in listed]
        call_id = _find(name, known)
        return self._load(call_id, listed[call_id], alone=rubric_id is not None)

    def _listed(self, which: CallFilter, call_id: str | None = None) -> list[tuple[str, int]]:
        """Ids of the calls wanted, each with the number of its current evaluation."""
        c, e = calls.c, evaluations.c
        current = sa.func.max(e.id)
        query = (
            sa.select(c.call_id, current)
            .join(evaluations, e.call_id == c.call_id)
            .where(c.superseded_by.is_(None), e.content_sha256 == c.content_sha256)
            .group_by(c.call_id)
            .order_by(c.file, c.call_id)
        )
        if call_id is not None:
            query = query.where(c.call_id == call_id)
        if which.rubric_id is not None:
            query = query.where(e.rubric_id == which.rubric_id)
        if which.since is not None:
            query = query.where(c.started_on >= which.since.isoformat())
        if which.until is not None:
            query = query.where(c.started_on <= which.until.isoformat())
        query = query.add_columns(c.agent_key, c.agent_id, c.agent_name)
        with self._db.read() as connection:
            rows = connection.execute(query).all()
        wanted = which.agent.casefold() if which.agent is not None else None
        return [
            (row[0], int(row[1]))
            for row in rows
            if wanted is None or wanted in {str(row[at]).casefold() for at in (2, 3, 4) if row[at]}
        ]

    def _load(self, call_id: str, evaluation_id: int, alone: bool) -> StoredCall:
        """The call with one of its evaluations; unless `alone`, with other rubrics' as well."""
        with self._db.read() as connection:
            row = connection.execute(
                sa.select(calls.c.recording, calls.c.conversation, calls.c.conversation_key).where(
                    calls.c.call_id == call_id
                )
            ).one()
            dated = load_evaluation(connection, evaluation_id)
            answers = load_overrides(connection, call_id)
            beside = () if alone else _beside(connection, call_id, row.conversation_key, dated)
        return StoredCall(
            recording=codec.loads(Recording, gzip.decompress(row.recording)),
            conversation=codec.loads(Conversation, gzip.decompress(row.conversation)),
            evaluation=dated.evaluation,
            evaluated_at=dated.created_at,
            overrides=answers,
            others=beside,
        )


def _beside(
    connection: sa.Connection, call_id: str, conversation_key: str, main: Dated
) -> tuple[Evaluation, ...]:
    """The current evaluations of the present conversation by other rubrics, by their ids."""
    e = evaluations.c
    rows = connection.execute(
        sa.select(sa.func.max(e.id), e.rubric_id)
        .where(e.call_id == call_id, e.conversation_key == conversation_key)
        .where(e.rubric_id != main.evaluation.rubric_id)
        .group_by(e.rubric_id)
        .order_by(e.rubric_id)
    ).all()
    return tuple(load_evaluation(connection, int(row[0])).evaluation for row in rows)


def _facts() -> sa.Select[Any]:
    c = calls.c
    return sa.select(
        c.file,
        c.agent_key,
        c.agent_id,
        c.agent_name,
        c.customer_name,
        c.language,
        c.started_at,
        c.duration_ms,
    )


def _call_values(
    recording: Recording, conversation: Conversation, product_keys: Mapping[str, str]
) -> dict[str, Any]:
    agent = agent_of(conversation)
    metadata = conversation.metadata
    heard = conversation.customer_name
    started = metadata.started_at
    return {
        "content_sha256": recording.content_sha256,
        "file": recording.file,
        "path": recording.path,
        "agent_key": agent.key,
        "agent_id": agent.id,
        "agent_name": agent.name,
        "customer_name": heard.text if heard else metadata.customer_name,
        "language": conversation.language,
        "started_at": started.isoformat() if started else None,
        "started_on": started.date().isoformat() if started else None,
        "duration_ms": conversation.duration_ms,
        "layout": conversation.layout.value,
        "product_keys": json.dumps(dict(product_keys), sort_keys=True),
        "conversation_key": product_keys.get("conversation", ""),
        "recording": gzip.compress(codec.dumps(recording), mtime=0),
        "conversation": gzip.compress(codec.dumps(conversation), mtime=0),
        "superseded_by": None,
        "updated_at": now(),
    }


def _find(name: str, known: list[tuple[str, str, str]]) -> str:
    """The one call that `name` means; exact ids first, then files, then beginnings of either."""
    plain = PurePath(name)
    rules = (
        lambda i, f, p: i == name,
        lambda i, f, p: name in (f, p),
        lambda i, f, p: plain.name in (PurePath(f).name, PurePath(f).stem),
        lambda i, f, p: bool(name) and i.startswith(name),
        lambda i, f, p: bool(name) and PurePath(f).name.startswith(name),
    )
    for rule in rules:
        found = [entry for entry in known if rule(*entry)]
        if len(found) == 1:
            return found[0][0]
        if found:
            names = ", ".join(f"{call_id} ({file})" for call_id, file, _ in found[:NEAR_ONES])
            more = f" and {len(found) - NEAR_ONES} more" if len(found) > NEAR_ONES else ""
            raise UsageError(f"'{name}' fits several calls: {names}{more}.", "Give the whole id.")
    if not known:
        raise UsageError(
            f"There is no call '{name}': nothing has been scored in this data folder yet.",
            "Run 'qa-pipeline run FOLDER' first.",
        )
    words = [word for call_id, file, _ in known for word in (call_id, file)]
    near = difflib.get_close_matches(name, words, NEAR_ONES, 0.5) or sorted(words)[:NEAR_ONES]
    raise UsageError(
        f"There is no call '{name}'.",
        f"Give a file name or (the start of) a call id, such as {', '.join(dict.fromkeys(near))}.",
    )
