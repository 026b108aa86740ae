"""The part of the store that keeps conversations and gives calls back."""

from __future__ import annotations

import difflib
import gzip
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import PurePath
from typing import Any, TypeVar

import sqlalchemy as sa

from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.recording import Recording
from qa_pipeline.domain.stored import (
    AgentRef,
    CallFilter,
    KeptCall,
    ScoredCall,
    StoredCall,
    agent_of,
    customer_name_of,
)
from qa_pipeline.errors import MetadataError, UsageError
from qa_pipeline.store import codec
from qa_pipeline.store.database import Database, again_if_lost
from qa_pipeline.store.loading import (
    chunks,
    load_beside,
    load_current,
    load_evaluations,
    load_overrides,
)
from qa_pipeline.store.moments import now
from qa_pipeline.store.tables import calls, evaluations
from qa_pipeline.store.upsert import upsert

T = TypeVar("T")

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
        with self._db.write() as connection:
            put_call(connection, recording, conversation, product_keys)

    def calls(self, which: CallFilter | None = None) -> Iterator[StoredCall]:
        """Evaluated calls by file name, then id; one at a time in memory."""
        wanted = which or CallFilter()
        for some in chunks(self._listed(wanted)):
            yield from self._load(dict(some), alone=wanted.rubric_id is not None)

    def kept_calls(self, which: CallFilter | None = None) -> Iterator[KeptCall]:
        """What is kept of the evaluated calls to score them again; one at a time in memory."""
        for some in chunks(self._listed(which or CallFilter())):
            yield from self._kept([call_id for call_id, _ in some])

    def scored_calls(self, which: CallFilter | None = None) -> Iterator[ScoredCall]:
        """The same calls without their conversations: what scorecards are summed from."""
        for some in chunks(self._listed(which or CallFilter())):
            yield from self._scored(dict(some))

    def scored_by_id(self, call_ids: Sequence[str]) -> Iterator[ScoredCall]:
        """Those of these calls that are evaluated, by file name, then id."""
        listed = [entry for some in chunks(call_ids) for entry in self._listed(ids=some)]
        found = [call for some in chunks(listed) for call in self._scored(dict(some))]
        yield from sorted(found, key=lambda call: (call.file, call.call_id))

    def stored_call(self, call_id: str, rubric_id: str | None = None) -> StoredCall | None:
        """The call with exactly this id, with its current evaluation; None if there is none."""
        found = self._listed(CallFilter(rubric_id=rubric_id), [call_id])
        return next(self._load(dict(found), alone=rubric_id is not None)) if found else None

    def call(self, name: str, rubric_id: str | None = None) -> StoredCall:
        """The call with this id, file name (with or without folder or ending) or start of an id.

        Raises:
            UsageError: no call fits, or several do; the message names near ones.
        """
        listed = dict(self._listed(CallFilter(rubric_id=rubric_id)))
        call_id = _find(name, [entry for entry in self._names() if entry[0] in listed])
        return next(self._load({call_id: listed[call_id]}, alone=rubric_id is not None))

    @again_if_lost
    def _names(self) -> list[tuple[str, str, str]]:
        """Id, file and path of every call ever kept."""
        with self._db.read() as connection:
            rows = connection.execute(sa.select(calls.c.call_id, calls.c.file, calls.c.path)).all()
        return [(row.call_id, row.file, row.path) for row in rows]

    @again_if_lost
    def _listed(
        self, which: CallFilter | None = None, ids: Sequence[str] | None = None
    ) -> list[tuple[str, int]]:
        """Ids of the calls wanted, each with the number of its current evaluation."""
        c, e = calls.c, evaluations.c
        which = which or CallFilter()
        current = sa.func.max(e.id)
        query = (
            sa.select(c.call_id, current)
            .join(evaluations, e.call_id == c.call_id)
            .where(c.superseded_by.is_(None), e.content_sha256 == c.content_sha256)
            .group_by(c.call_id)
            .order_by(c.file, c.call_id)
        )
        if ids is not None:
            query = query.where(c.call_id.in_(ids))
        if which.rubric_id is not None:
            query = query.where(e.rubric_id == which.rubric_id)
        if which.since is not None:
            query = query.where(c.started_on >= which.since.isoformat())
        if which.until is not None:
            query = query.where(c.started_on <= which.until.isoformat())
        with self._db.read() as connection:
            if which.agent is not None:
                query = query.where(_of_agent(connection, which.agent))
            return [(row[0], int(row[1])) for row in connection.execute(query)]

    def _kept(self, call_ids: Sequence[str]) -> Iterator[KeptCall]:
        """What is kept of some calls, unpacked one at a time."""
        c = calls.c
        packed, current = self._rows_of(
            call_ids, (c.recording, c.conversation, c.product_keys), load_current
        )
        for call_id in call_ids:
            row, made = packed[call_id], current[call_id]
            last_rubric, made_by = made[-1]
            yield KeptCall(
                recording=codec.loads(Recording, gzip.decompress(row.recording)),
                conversation=codec.loads(Conversation, gzip.decompress(row.conversation)),
                product_keys=json.loads(row.product_keys),
                engines=made_by.engines,
                last_rubric=last_rubric,
                current=dict(made),
            )

    def _scored(self, listed: Mapping[str, int]) -> Iterator[ScoredCall]:
        """Some calls without their conversations, each with the evaluation of this number."""
        numbers = list(listed.values())
        facts, found = self._rows_of(
            list(listed), _FACTS, lambda connection, _: load_evaluations(connection, numbers)
        )
        for call_id, number in listed.items():
            row = facts[call_id]
            yield ScoredCall(
                call_id=call_id,
                file=row.file,
                agent=AgentRef(row.agent_key, row.agent_id, row.agent_name),
                customer_name=row.customer_name,
                language=row.language,
                started_at=datetime.fromisoformat(row.started_at) if row.started_at else None,
                duration_ms=row.duration_ms,
                evaluation=found[number].evaluation,
            )

    def _load(self, listed: Mapping[str, int], alone: bool) -> Iterator[StoredCall]:
        """Some calls, each with the evaluation of this number; unless `alone`, with others too."""
        c, numbers = calls.c, list(listed.values())
        packed, (found, answers, beside) = self._rows_of(
            list(listed),
            (c.recording, c.conversation),
            lambda connection, ids: (
                load_evaluations(connection, numbers),
                load_overrides(connection, ids),
                {} if alone else load_beside(connection, listed),
            ),
        )
        for call_id, number in listed.items():
            row, dated = packed[call_id], found[number]
            yield StoredCall(
                recording=codec.loads(Recording, gzip.decompress(row.recording)),
                conversation=codec.loads(Conversation, gzip.decompress(row.conversation)),
                evaluation=dated.evaluation,
                evaluated_at=dated.created_at,
                overrides=answers.get(call_id, ()),
                others=beside.get(call_id, ()),
            )

    @again_if_lost
    def _rows_of(
        self,
        call_ids: Sequence[str],
        columns: Sequence[sa.ColumnElement[Any]],
        more: Callable[[sa.Connection, Sequence[str]], T],
    ) -> tuple[Mapping[str, sa.Row[Any]], T]:
        """These columns of the calls by their ids, and what `more` reads in the same view."""
        query = sa.select(calls.c.call_id, *columns).where(calls.c.call_id.in_(call_ids))
        with self._db.read() as connection:
            rows = {row.call_id: row for row in connection.execute(query)}
            return rows, more(connection, call_ids)


def _of_agent(connection: sa.Connection, agent: str) -> sa.ColumnElement[bool]:
    """The calls of agents with this id or name, whatever the case (of any script)."""
    c, wanted = calls.c, agent.casefold()
    columns = (c.agent_key, c.agent_id, c.agent_name)
    conditions = []
    for column in columns:
        known = connection.scalars(sa.select(column).where(column.is_not(None)).distinct())
        same = [name for name in known if str(name).casefold() == wanted]
        if same:
            conditions.append(column.in_(same))
    return sa.or_(sa.false(), *conditions)


def put_call(
    connection: sa.Connection,
    recording: Recording,
    conversation: Conversation,
    product_keys: Mapping[str, str],
) -> None:
    """Keep a call inside a transaction; see `Calls.save_call`."""
    values = _call_values(recording, conversation, product_keys)
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
    upsert(connection, calls, {"call_id": recording.call_id, **values}, ["call_id"])
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


_FACTS = (
    calls.c.file,
    calls.c.agent_key,
    calls.c.agent_id,
    calls.c.agent_name,
    calls.c.customer_name,
    calls.c.language,
    calls.c.started_at,
    calls.c.duration_ms,
)


def _call_values(
    recording: Recording, conversation: Conversation, product_keys: Mapping[str, str]
) -> dict[str, Any]:
    agent = agent_of(conversation)
    metadata = conversation.metadata
    started = metadata.started_at
    return {
        "content_sha256": recording.content_sha256,
        "file": recording.file,
        "path": recording.path,
        "agent_key": agent.key,
        "agent_id": agent.id,
        "agent_name": agent.name,
        "customer_name": customer_name_of(conversation),
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
