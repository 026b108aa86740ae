"""The part of the store that knows which recordings were seen and what became of them.

A recording in hand is *claimed*: its row names the run's process and until when the claim holds
without a further sign of life. So two runs share the work, and what a dead one had comes back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from qa_pipeline.domain.stored import (
    Failure,
    FailureKind,
    LedgerEntry,
    RecordingStatus,
    Seen,
)
from qa_pipeline.store.database import Database, again_if_lost
from qa_pipeline.store.moments import now
from qa_pipeline.store.owners import is_gone, owner_of, this_host
from qa_pipeline.store.products import Products
from qa_pipeline.store.tables import calls, recordings
from qa_pipeline.store.upsert import upsert

LEASE = timedelta(minutes=3)  # renewed every few seconds; so long a machine may stand still
_CLAIMED = RecordingStatus.CLAIMED.value
_FREE = {"owner": None, "lease_until": None, "stage": None}
_NO_FAILURE = {"error": None, "cure": None, "kind": None, "tries": 0, "set_aside": False}
ENDED_ITS_WORKER = tuple(
    kind.value for kind in (FailureKind.CRASH, FailureKind.TIME, FailureKind.MEMORY)
)
# Fewer than the 32,766 variables of one statement that SQLite allows.
MOST_PATHS = 500


class Ledger:
    """Recordings; mixed into `Store`. Paths are compared as the strings given."""

    _db: Database
    _run_id: int | None
    _products: Products

    @again_if_lost
    def ledger_entries(self, paths: Sequence[str]) -> Mapping[str, LedgerEntry]:
        """What is known of these files, by path; those never seen are missing."""
        found: dict[str, LedgerEntry] = {}
        c = recordings.c
        for at in range(0, len(paths), MOST_PATHS):
            query = sa.select(
                c.path,
                c.status,
                c.size,
                c.mtime_ns,
                c.call_id,
                c.content_sha256,
                c.made_by,
                c.set_aside,
                c.tries,
                calls.c.conversation_key,
            )
            query = query.select_from(recordings.outerjoin(calls, calls.c.call_id == c.call_id))
            query = query.where(c.path.in_(paths[at : at + MOST_PATHS]))
            with self._db.read() as connection:
                for row in connection.execute(query):
                    found[row.path] = LedgerEntry(
                        row.path,
                        RecordingStatus(row.status),
                        row.size,
                        row.mtime_ns,
                        row.call_id,
                        row.content_sha256,
                        row.made_by,
                        bool(row.set_aside),
                        int(row.tries or 0),
                        bool(row.conversation_key) and self._products.has(row.conversation_key),
                    )
        return found

    def claim(self, path: str, file: str, size: int | None, mtime_ns: int | None) -> bool:
        """Take a recording in hand, unless another living run has it.

        Returns:
            Whether it is this process's now.
        """
        c, me, moment = recordings.c, owner_of(), now()
        values = {
            "file": file,
            "size": size,
            "mtime_ns": mtime_ns,
            "run_id": self._run_id,
            "status": _CLAIMED,
            "owner": me,
            "lease_until": moment + LEASE,
            "stage": None,
            "updated_at": moment,
        }
        new = {"path": path, "first_seen": moment, **values}
        with self._db.write() as connection:  # one at a time, on a server too
            holder = connection.execute(
                sa.select(c.owner).where(c.path == path, _held_by_another(me, moment))
            ).scalar()
            if holder is not None and not is_gone(holder):
                return False
            upsert(connection, recordings, new, ["path"], update=tuple(values))
        return True

    def renew_claims(self, stages: Mapping[str, str]) -> None:
        """A sign of life for all that this process has claimed; `stages` by path."""
        c, me = recordings.c, owner_of()
        mine = sa.and_(c.owner == me, c.status == _CLAIMED)
        with self._db.add() as connection:
            connection.execute(recordings.update().where(mine).values(lease_until=now() + LEASE))
            for path, stage in stages.items():
                connection.execute(
                    recordings.update().where(mine, c.path == path).values(stage=stage)
                )

    def release_claims(self, paths: Iterable[str] | None = None) -> None:
        """Give back what this process claimed and did not finish: all, or these paths."""
        c = recordings.c
        mine = sa.and_(c.owner == owner_of(), c.status == _CLAIMED)
        which = [mine] if paths is None else [sa.and_(mine, c.path == path) for path in paths]
        with self._db.write() as connection:
            for condition in which:
                connection.execute(
                    recordings.update()
                    .where(condition)
                    .values(status=RecordingStatus.SEEN.value, updated_at=now(), **_FREE)
                )

    def save_left(self, path: str, file: str, status: RecordingStatus) -> None:
        """Note a file that was left: still being written (`WAITING`), or gone."""
        moment = now()
        values = {
            "file": file,
            "status": status.value,
            "run_id": self._run_id,
            "updated_at": moment,
            **_FREE,
        }
        row = {"path": path, "first_seen": moment, **values}
        with self._db.write() as connection:
            upsert(connection, recordings, row, ["path"], update=tuple(values))

    def save_seen(
        self,
        file: str,
        path: str | Path,
        size: int | None,
        mtime_ns: int | None,
        content_sha256: str,
    ) -> Seen:
        """Note a file's content before it is worked on.

        Returns:
            `SKIPPED` with the name of the first file, when another file that still exists has the
            same content and is scored; with `in_hand`, when it is just being worked on; then
            nothing is noted. Else `SEEN`, and the row stays claimed if it was.
        """
        moment = now()
        with self._db.write() as connection:
            first, in_hand = self._first_with(connection, content_sha256, str(path))
            if first and in_hand:
                return Seen(RecordingStatus.SKIPPED, first, in_hand=True)
            values: dict[str, Any] = {
                "file": file,
                "size": size,
                "mtime_ns": mtime_ns,
                "content_sha256": content_sha256,
                "run_id": self._run_id,
                "duplicate_of": first,
                "updated_at": moment,
            }
            if first:
                values |= {"status": RecordingStatus.SKIPPED.value, **_NO_FAILURE, **_FREE}
            new = {"path": str(path), "first_seen": moment, "status": RecordingStatus.SEEN.value}
            upsert(connection, recordings, new | values, ["path"], update=tuple(values))
        return Seen(RecordingStatus.SKIPPED if first else RecordingStatus.SEEN, first)

    @again_if_lost
    def scored_copy_of(self, entry: LedgerEntry) -> str | None:
        """The name of another file with the same content that is scored and still there."""
        if entry.content_sha256 is None:
            return None
        with self._db.read() as connection:
            first, in_hand = self._first_with(connection, entry.content_sha256, entry.path)
        return None if in_hand else first

    def _first_with(
        self, connection: sa.Connection, content_sha256: str, path: str
    ) -> tuple[str | None, bool]:
        """Another file with this content that counts, and whether it is only in hand as yet."""
        c = recordings.c
        in_hand = sa.and_(c.status == _CLAIMED, _holds(now()))
        rows = connection.execute(
            sa.select(c.path, c.file, c.status, c.owner)
            .where(c.content_sha256 == content_sha256, c.path != path)
            .where(sa.or_(c.status == RecordingStatus.SCORED.value, in_hand))
            .order_by(c.first_seen, c.path)
        ).all()
        scored = [row for row in rows if row.status == RecordingStatus.SCORED.value]
        for row in scored:
            if still_there(row.path):
                return row.file, False
        for row in rows:
            if row.status == _CLAIMED and not is_gone(row.owner or ""):
                return row.file, True
        return None, False

    def save_failure(
        self,
        file: str,
        path: str | Path,
        error: str,
        cure: str,
        *,
        kind: FailureKind = FailureKind.RECORDING,
        set_aside: bool = False,
        counted: bool = False,
    ) -> Failure:
        """Note that a recording could not be scored: why, and what can be done.

        `set_aside`: later runs leave it until somebody asks for it. `counted`: this attempt was
        counted already, by `save_try`.
        """
        c, moment = recordings.c, now()
        with self._db.write() as connection:
            before = connection.execute(sa.select(c.tries).where(c.path == str(path))).scalar()
            number = (before or 0) + (0 if counted else 1)
            values = {
                "file": file,
                "status": RecordingStatus.FAILED.value,
                "run_id": self._run_id,
                "error": error,
                "cure": cure,
                "kind": kind.value,
                "set_aside": set_aside,
                "tries": number,
                "made_by": None,
                "updated_at": moment,
                **_FREE,
            }
            row = {"path": str(path), "first_seen": moment, **values}
            upsert(connection, recordings, row, ["path"], update=tuple(values))
        return Failure(file, str(path), error, cure, number, kind.value, set_aside, moment)

    def save_try(self, path: str, kind: FailureKind) -> int:
        """Count an attempt that ended its worker; how many there were in a row.

        A plain failure before it does not count: that recording ended no worker.
        """
        c = recordings.c
        tries = sa.case((c.kind.in_(ENDED_ITS_WORKER), c.tries + 1), else_=1)
        with self._db.write() as connection:
            connection.execute(
                recordings.update().where(c.path == path).values(tries=tries, kind=kind.value)
            )
            return int(connection.execute(sa.select(c.tries).where(c.path == path)).scalar() or 0)

    def try_again(self, path: str) -> None:
        """Let later runs try a failed recording anew, with all its tries; it stays listed."""
        c = recordings.c
        with self._db.write() as connection:
            connection.execute(
                recordings.update()
                .where(c.path == path, c.status == RecordingStatus.FAILED.value)
                .values(tries=0, set_aside=False)
            )

    def clear_failure(self, path: str | Path) -> bool:
        """Forget a failure, such as that of a file that is no more; whether there was one."""
        c = recordings.c
        with self._db.write() as connection:
            cleared = connection.execute(
                recordings.update()
                .where(c.path == str(path), c.status == RecordingStatus.FAILED.value)
                .values(status=RecordingStatus.SEEN.value, updated_at=now(), **_NO_FAILURE, **_FREE)
            )
        return cleared.rowcount > 0

    @again_if_lost
    def failures(self) -> tuple[Failure, ...]:
        """Recordings whose last attempt failed, by file name."""
        c = recordings.c
        with self._db.read() as connection:
            rows = connection.execute(
                sa.select(
                    c.file, c.path, c.error, c.cure, c.tries, c.kind, c.set_aside, c.updated_at
                ).where(c.status == RecordingStatus.FAILED.value)
            ).all()
        found = (
            Failure(
                r.file,
                r.path,
                r.error or "",
                r.cure or "",
                r.tries,
                r.kind or FailureKind.RECORDING.value,
                bool(r.set_aside),
                r.updated_at,
            )
            for r in rows
        )
        return tuple(sorted(found, key=lambda failure: (failure.file, failure.path)))

    @again_if_lost
    def duplicates(self) -> tuple[tuple[str, str], ...]:
        """Files left out because their content is known: (file, the first file's name)."""
        c = recordings.c
        with self._db.read() as connection:
            rows = connection.execute(
                sa.select(c.file, c.duplicate_of, c.path).where(
                    c.status == RecordingStatus.SKIPPED.value
                )
            ).all()
        listed = sorted(rows, key=lambda row: (row.file, row.path))
        return tuple((row.file, row.duplicate_of or "") for row in listed)


def _held_by_another(me: str, moment: datetime) -> sa.ColumnElement[bool]:
    c = recordings.c
    return sa.and_(c.status == _CLAIMED, c.owner != me, _holds(moment))


def _holds(moment: datetime) -> sa.ColumnElement[bool]:
    """By its lease; of an owner on this machine `is_gone` tells more than the clock does."""
    c = recordings.c
    return sa.or_(c.lease_until > moment, c.owner.startswith(f"{this_host()}:", autoescape=True))


def still_there(path: str) -> bool:
    """Whether a recording can still be read; of one in other storage that is not asked."""
    return "://" in path or Path(path).exists()
