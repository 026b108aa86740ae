"""The part of the store that knows the runs: when, by whom, how far, how they ended."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from qa_pipeline.domain.batch import Ending, RunRecord, RunState
from qa_pipeline.domain.stored import RecordingStatus
from qa_pipeline.store.database import Database, again_if_lost
from qa_pipeline.store.moments import now
from qa_pipeline.store.owners import is_gone, is_here, owner_of
from qa_pipeline.store.tables import recordings, runs
from qa_pipeline.store.upsert import inserted_id

SILENT_AFTER = timedelta(minutes=3)  # a run on another machine that says nothing so long is over


class Runs:
    """Runs; mixed into `Store`."""

    _db: Database
    _run_id: int | None

    def begin_run(self) -> int:
        """Note that a run of this process begins; what is seen from now on belongs to it."""
        moment = now()
        with self._db.write() as connection:
            result = connection.execute(
                runs.insert().values(started_at=moment, heartbeat_at=moment, owner=owner_of())
            )
            self._run_id = inserted_id(result)
        return self._run_id

    @property
    def run_id(self) -> int | None:
        """The run that what is written belongs to."""
        return self._run_id

    def belong_to(self, run_id: int) -> None:
        """What is written from now on belongs to that run, begun by another process."""
        self._run_id = run_id

    def save_run_state(self, state: RunState) -> None:
        """Keep how far the run is, as a sign of life."""
        self._update_run(heartbeat_at=now(), state=json.dumps(state.to_json()))

    def finish_run(self, ending: Ending = Ending.FINISHED) -> None:
        """Note that the run came to its end."""
        moment = now()
        self._update_run(finished_at=moment, heartbeat_at=moment, ending=ending.value)

    def _update_run(self, **values: object) -> None:
        if self._run_id is not None:
            with self._db.add() as connection:
                connection.execute(runs.update().where(runs.c.id == self._run_id).values(**values))

    @again_if_lost
    def run_records(self, most: int = 5) -> tuple[RunRecord, ...]:
        """The latest runs, the newest first."""
        with self._db.read() as connection:
            rows = connection.execute(sa.select(runs).order_by(runs.c.id.desc()).limit(most)).all()
        return tuple(_record(row) for row in rows)

    @again_if_lost
    def status_counts(self) -> dict[RecordingStatus, int]:
        """How many recordings of the data folder are in each status."""
        with self._db.read() as connection:
            rows = connection.execute(
                sa.select(recordings.c.status, sa.func.count()).group_by(recordings.c.status)
            ).all()
        return {RecordingStatus(status): int(number) for status, number in rows}


def _record(row: sa.Row[Any]) -> RunRecord:
    owner, beat = row.owner or "", row.heartbeat_at
    alive = row.finished_at is None and not is_gone(owner) and (is_here(owner) or _recent(beat))
    state = RunState.from_json(json.loads(row.state)) if row.state else None
    return RunRecord(row.id, owner, row.started_at, row.finished_at, beat, row.ending, state, alive)


def _recent(beat: datetime | None) -> bool:
    return beat is not None and now() - beat < SILENT_AFTER
