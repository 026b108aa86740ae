"""The part of the store that knows which recordings were seen and what became of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from qa_pipeline.domain.stored import Failure, RecordingStatus, RunSummary, Seen
from qa_pipeline.store.database import Database
from qa_pipeline.store.tables import recordings, runs


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


def inserted_id(result: sa.CursorResult[Any]) -> int:
    """The row number that an insert gave."""
    key = result.inserted_primary_key
    assert key is not None  # every table written one row at a time has a key
    return int(key[0])


class Ledger:
    """Runs and recordings; mixed into `Store`. Paths are compared as the strings given."""

    _db: Database
    _run_id: int | None

    def begin_run(self) -> int:
        """Note that a run begins; what is seen from now on belongs to it."""
        with self._db.write() as connection:
            result = connection.execute(runs.insert().values(started_at=now()))
            self._run_id = inserted_id(result)
        return self._run_id

    def finish_run(self) -> None:
        """Note that the run came to its end."""
        if self._run_id is not None:
            with self._db.write() as connection:
                connection.execute(
                    runs.update().where(runs.c.id == self._run_id).values(finished_at=now())
                )

    def last_run(self) -> RunSummary | None:
        """The latest run, with how many recordings ended in each status; None before the first."""
        with self._db.read() as connection:
            run = connection.execute(sa.select(runs).order_by(runs.c.id.desc()).limit(1)).first()
            if run is None:
                return None
            counted = connection.execute(
                sa.select(recordings.c.status, sa.func.count())
                .where(recordings.c.run_id == run.id)
                .group_by(recordings.c.status)
            ).all()
        counts = {RecordingStatus(status): int(number) for status, number in counted}
        return RunSummary(run.id, run.started_at, run.finished_at, counts)

    def file_unchanged(self, path: str | Path, size: int, mtime_ns: int) -> str | None:
        """The content's SHA-256 if the file was seen with this very size and time, else None."""
        with self._db.read() as connection:
            row = connection.execute(
                sa.select(recordings.c.content_sha256).where(
                    recordings.c.path == str(path),
                    recordings.c.size == size,
                    recordings.c.mtime_ns == mtime_ns,
                )
            ).first()
        return row.content_sha256 if row else None

    def save_seen(
        self,
        file: str,
        path: str | Path,
        size: int,
        mtime_ns: int,
        content_sha256: str,
    ) -> Seen:
        """Note a file before it is worked on.

        Returns:
            `SKIPPED` with the name of the first file, when another file that still exists has the
            same content and is scored, or is being worked on in this run; else `SEEN`.
        """
        with self._db.write() as connection:
            first = self._first_with(connection, content_sha256, str(path))
            status = RecordingStatus.SKIPPED if first else RecordingStatus.SEEN
            values = {
                "file": file,
                "size": size,
                "mtime_ns": mtime_ns,
                "content_sha256": content_sha256,
                "status": status.value,
                "run_id": self._run_id,
                "duplicate_of": first,
                "updated_at": now(),
            }
            if first:
                values |= {"error": None, "cure": None, "tries": 0}
            _upsert(connection, str(path), values)
        return Seen(status, first)

    def _first_with(self, connection: sa.Connection, content_sha256: str, path: str) -> str | None:
        c = recordings.c
        in_this_run = sa.and_(c.status == RecordingStatus.SEEN.value, c.run_id == self._run_id)
        rows = connection.execute(
            sa.select(c.path, c.file)
            .where(c.content_sha256 == content_sha256, c.path != path)
            .where(sa.or_(c.status == RecordingStatus.SCORED.value, in_this_run))
            .order_by(c.first_seen, c.path)
        ).all()
        return next((row.file for row in rows if Path(row.path).exists()), None)

    def save_failure(self, file: str, path: str | Path, error: str, cure: str) -> None:
        """Note that a recording could not be scored: why, and what can be done."""
        with self._db.write() as connection:
            tries = connection.execute(
                sa.select(recordings.c.tries).where(recordings.c.path == str(path))
            ).scalar()
            values = {
                "file": file,
                "status": RecordingStatus.FAILED.value,
                "run_id": self._run_id,
                "error": error,
                "cure": cure,
                "tries": (tries or 0) + 1,
                "updated_at": now(),
            }
            _upsert(connection, str(path), values)

    def clear_failure(self, path: str | Path) -> None:
        """Forget a failure; nothing happens if there is none."""
        c = recordings.c
        with self._db.write() as connection:
            connection.execute(
                recordings.update()
                .where(c.path == str(path), c.status == RecordingStatus.FAILED.value)
                .values(
                    status=RecordingStatus.SEEN.value,
                    error=None,
                    cure=None,
                    tries=0,
                    updated_at=now(),
                )
            )

    def failures(self) -> tuple[Failure, ...]:
        """Recordings whose last attempt failed, by file name."""
        c = recordings.c
        with self._db.read() as connection:
            rows = connection.execute(
                sa.select(c.file, c.path, c.error, c.cure, c.tries)
                .where(c.status == RecordingStatus.FAILED.value)
                .order_by(c.file, c.path)
            ).all()
        return tuple(Failure(r.file, r.path, r.error or "", r.cure or "", r.tries) for r in rows)

    def duplicates(self) -> tuple[tuple[str, str], ...]:
        """Files left out because their content is known: (file, the first file's name)."""
        c = recordings.c
        with self._db.read() as connection:
            rows = connection.execute(
                sa.select(c.file, c.duplicate_of)
                .where(c.status == RecordingStatus.SKIPPED.value)
                .order_by(c.file, c.path)
            ).all()
        return tuple((row.file, row.duplicate_of or "") for row in rows)


def _upsert(connection: sa.Connection, path: str, values: dict[str, object]) -> None:
    statement = insert(recordings).values(path=path, first_seen=now(), **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["path"], set_=values))
