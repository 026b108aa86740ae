"""A desk for the loop of a run: real files, a real store, workers that do as they are told."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from qa_pipeline.batch import Batch, Queue, Wanted, Watcher
from qa_pipeline.batch.marks import result_mark
from qa_pipeline.batch.stopping import Stopper
from qa_pipeline.batch.work import Assignment, WorkDone
from qa_pipeline.config import Settings
from qa_pipeline.domain.batch import BatchSummary, Notice, Progress, RunState, Step
from qa_pipeline.domain.stored import LedgerEntry, RecordingStatus, ScoredCall, agent_of
from qa_pipeline.metadata import Source, discover
from qa_pipeline.ports import InHand, Task, TaskEnd, TaskResult
from qa_pipeline.store import Store, open_store
from qa_pipeline.store.owners import owner_of, this_host

sys.path.insert(0, str(Path(__file__).parents[1] / "store"))
import factory_calls as made_up

LIVING = owner_of(os.getppid())  # another process of this machine that goes on
DEAD = f"{this_host()}:{os.getpid()}:1.00"  # whose number was given to another one since
FAR = "another-machine:17:1.00"

# What a worker is told to do with a recording: a value to give, an error to raise, a way to end;
# None: to go on and on.
Outcome = WorkDone | Exception | TaskEnd | None
Act = Callable[[Assignment, int], Outcome]


class Scripted:
    """An executor whose workers do what `act` says, given the assignment and its attempt."""

    name = "scripted"

    def __init__(self, act: Act, workers: int) -> None:
        self._act, self.workers = act, workers
        self._tasks: list[Task] = []
        self.taken: list[str] = []
        self.tries: Counter[str] = Counter()
        self.most_at_once = 0

    def __enter__(self) -> Scripted:
        return self

    def __exit__(self, *_: object) -> None:
        self._tasks.clear()

    def free(self) -> int:
        return self.workers - len(self._tasks)

    def submit(self, task: Task) -> None:
        assert isinstance(task.payload, Assignment)
        self._tasks.append(task)
        self.taken.append(task.payload.source.file)
        self.most_at_once = max(self.most_at_once, len(self._tasks))

    def wait(self, timeout_s: float) -> tuple[TaskResult, ...]:
        for task in list(self._tasks):
            given = task.payload
            assert isinstance(given, Assignment)
            self.tries[given.source.file] += 1
            outcome = self._act(given, self.tries[given.source.file])
            if outcome is None:
                continue
            self._tasks.remove(task)
            return (_result(task, outcome),)
        time.sleep(min(timeout_s, 0.01))
        return ()

    def in_hand(self) -> tuple[InHand, ...]:
        return tuple(InHand(task, "worker 1", "transcribe", 1.5, 900) for task in self._tasks)

    def stop(self) -> tuple[Task, ...]:
        tasks, self._tasks = tuple(self._tasks), []
        return tasks


def _result(task: Task, outcome: WorkDone | Exception | TaskEnd) -> TaskResult:
    if isinstance(outcome, TaskEnd):
        return TaskResult(task, outcome, 0.5, "worker 1", cause="ended by signal 9", memory_mb=700)
    if isinstance(outcome, Exception):
        return TaskResult(task, TaskEnd.RAISED, 0.5, "worker 1", error=outcome, memory_mb=800)
    return TaskResult(task, TaskEnd.DONE, 2.0, "worker 1", outcome, memory_mb=900)


@dataclass
class Ran:
    """A run and all that was told of it."""

    summary: BatchSummary
    executor: Scripted
    told: list[Progress] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    states: list[RunState] = field(default_factory=list)

    @property
    def steps(self) -> dict[str, str]:
        return {progress.file: progress.step.value for progress in self.told}

    @property
    def counts(self) -> dict[str, int]:
        return {step: number for step, number in self.summary.counts.items() if number}


class Desk:
    """A folder of recordings (their bytes are never heard) and a store."""

    def __init__(self, root: Path) -> None:
        self.calls, self.data = root / "calls", root / "data"
        self.calls.mkdir()
        self.store: Store = open_store(self.data)
        self.store.save_rubric(made_up.RUBRIC)

    def add(
        self,
        name: str,
        size: int = 1000,
        age_s: float = 3600,
        content: str | None = None,
        **sidecar: Any,
    ) -> Path:
        """A recording of `size` bytes, told apart from others by its name."""
        path = self.calls / name
        path.parent.mkdir(parents=True, exist_ok=True)
        begin = (content or name).encode()
        path.write_bytes(begin + bytes(size - len(begin)))
        self.age(path, age_s)
        if sidecar:
            path.with_suffix(".json").write_text(json.dumps(sidecar))
        return path

    @staticmethod
    def age(path: Path, seconds: float) -> None:
        os.utime(path, (time.time() - seconds,) * 2)

    def settings(self, **changes: Any) -> Settings:
        given = {"data_dir": self.data, "settle_s": 0, "backoff_s": 0, "min_free_mb": 0}
        return Settings(**(given | changes))

    def queue(
        self,
        settings: Settings | None = None,
        wanted: Wanted | None = None,
        on_known: Callable[[Source, Step, LedgerEntry, str | None], None] = lambda *_: None,
        kit: str = "kit",
    ) -> Queue:
        settings = settings or self.settings()
        sources: Iterator[Source] = discover([self.calls], settings)
        return Queue(
            sources,
            self.store,
            settings,
            wanted=wanted or Wanted(),
            kit_mark=lambda _: kit,
            on_known=on_known,
        )

    def score(self, given: Assignment, _attempt: int = 1) -> WorkDone:
        """What a worker does with a good recording."""
        source, name = given.source, given.source.location
        content = hashlib.sha256(source.path.read_bytes()).hexdigest()
        seen = self.store.save_seen(source.file, name, given.size, given.mtime_ns, content)
        if seen.in_hand:
            return WorkDone(None)
        if seen.status is RecordingStatus.SKIPPED:
            return WorkDone(Step.DUPLICATE, duplicate_of=seen.duplicate_of)
        made = made_up.make(1, file=source.file, call_id=content[:16])
        recording = replace(made.recording, path=name, content_sha256=content)
        self.store.put_product(f"key-{content}", "converse", content, b"{}")
        known = self.store.keep_scored(
            recording,
            made.conversation,
            {"conversation": f"key-{content}"},
            [made.evaluation],
            engines={"transcribe": "1"},
            made_by=result_mark("kit", given.mark),
            path=name,
        )
        call = ScoredCall(
            recording.call_id, source.file, agent_of(made.conversation), None, "en", None,
            recording.duration_ms, made.evaluation,
        )  # fmt: skip
        heard_ms = 0 if known else recording.duration_ms
        return WorkDone(Step.UNCHANGED if known else Step.SCORED, call, heard_ms)

    def run(
        self,
        act: Act | None = None,
        *,
        workers: int = 1,
        wanted: Wanted | None = None,
        deadline: datetime | None = None,
        stopper: Stopper | None = None,
        kit: str = "kit",
        watch: Callable[[Ran], None] = lambda _: None,
        **settings: Any,
    ) -> Ran:
        """A run of its own over the folder; `watch` is called with what is known so far."""
        given = self.settings(**settings)
        ran = Ran(BatchSummary({}, (), 0, 0.0, ()), Scripted(act or self.score, workers))

        def on_progress(progress: Progress) -> None:
            ran.told.append(progress)
            watch(ran)

        self.store.begin_run()
        batch = Batch(
            self.store,
            make_executor=lambda _: ran.executor,
            make_queue=lambda known: self.queue(given, wanted, known, kit),
            settings=given,
            stopper=stopper or Stopper(),
            watcher=Watcher(on_progress, ran.notices.append, ran.states.append),
            limit=wanted.limit if wanted else None,
            deadline=deadline,
        )
        ran.summary = batch.run()
        return ran

    def rows(self) -> dict[str, dict[str, Any]]:
        """The ledger, by file."""
        import sqlalchemy as sa

        from qa_pipeline.store.tables import recordings

        with self.store._db.read() as connection:
            rows = connection.execute(sa.select(recordings)).mappings().all()
        return {row["file"]: dict(row) for row in rows}

    def evaluations(self) -> int:
        import sqlalchemy as sa

        from qa_pipeline.store.tables import evaluations

        with self.store._db.read() as connection:
            return int(
                connection.execute(sa.select(sa.func.count()).select_from(evaluations)).scalar_one()
            )
