"""What the parts of a run share: its store, its queue, its books, and who is told."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from qa_pipeline.batch.outcomes import Books
from qa_pipeline.batch.queue import Candidate, Known, Queue
from qa_pipeline.batch.stopping import Stopper
from qa_pipeline.batch.work import WorkDone
from qa_pipeline.config import Settings
from qa_pipeline.domain.batch import Notice, Progress, RunState, Step
from qa_pipeline.domain.stored import LedgerEntry, RecordingStatus
from qa_pipeline.errors import StoreUnavailableError
from qa_pipeline.metadata import Source
from qa_pipeline.ports import TaskResult
from qa_pipeline.store import Store

T = TypeVar("T")

SOON_S = 0.5  # before a copy of a recording in hand, or a growing file, is looked at again
STORE_PATIENCE_S = 600.0  # with a store that is locked or out of reach; a server restarts in less
STORE_PAUSE_S = 2.0


@dataclass(frozen=True)
class Watcher:
    """Who is told how a run goes."""

    progress: Callable[[Progress], None] = lambda _: None
    notice: Callable[[Notice], None] = lambda _: None
    state: Callable[[RunState], None] = lambda _: None


class RunDesk:
    """What the parts of a run share.

    Attributes:
        store: with a run begun.
        settings: of the run.
        stopper: notes signals.
        watcher: is told.
        books: count.
        queue: of what is to be done.
        in_hand: what workers have, by the number of their task.
        elsewhere: what another run has in hand.
        taken: recordings taken in hand; one that is tried again counts once.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        stopper: Stopper,
        watcher: Watcher,
        make_queue: Callable[[Known], Queue],
    ) -> None:
        self.store, self.settings = store, settings
        self.stopper, self.watcher = stopper, watcher
        self.books = Books()
        self.queue = make_queue(self.on_known)
        self.in_hand: dict[int, Candidate] = {}
        self.elsewhere: list[Candidate] = []
        self.taken = 0

    def insist(self, write: Callable[[], T]) -> T:
        """Write to the store; while it is locked or out of reach, say so and try again."""
        until = time.monotonic() + STORE_PATIENCE_S
        while True:
            try:
                return write()
            except StoreUnavailableError as error:
                if time.monotonic() >= until or self.stopper.signal is not None:
                    raise
                self.watcher.notice(Notice("store_unavailable", f"{error.cause} Waiting."))
                time.sleep(STORE_PAUSE_S)

    def leave(self, step: Step, candidate: Candidate) -> None:
        """Note that a recording is gone, or still being written."""
        status = RecordingStatus.GONE if step is Step.GONE else RecordingStatus.WAITING
        source = candidate.source
        self.insist(lambda: self.store.save_left(source.location, source.file, status))
        self.tell(step, candidate)

    def on_known(self, source: Source, step: Step, entry: LedgerEntry, copy_of: str | None) -> None:
        """A recording needs no work; see `Queue`."""
        candidate = Candidate(source, source.size or 0, source.mtime_ns or 0, "", 0.0)
        if step is Step.UNCHANGED and entry.call_id is not None:
            self.books.call_ids.append(entry.call_id)
        progress = self.books.progress(step, candidate, self.queue, None)
        self.watcher.progress(replace(progress, call_id=entry.call_id, duplicate_of=copy_of))

    def tell(
        self,
        step: Step,
        candidate: Candidate,
        result: TaskResult | None = None,
        done: WorkDone | None = None,
    ) -> None:
        """Count a recording as done, and tell the watcher."""
        progress = self.books.progress(step, candidate, self.queue, result)
        if done is not None:
            call_id = done.call.call_id if done.call else None
            progress = replace(
                progress, call=done.call, call_id=call_id, duplicate_of=done.duplicate_of
            )
        self.watcher.progress(progress)
