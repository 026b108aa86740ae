"""The loop of a run: lists, hands out, takes in, keeps alive its claims, and ends.

It alone claims recordings and decides about failures; workers only work. Whatever happens to a
worker, the recording it had is in the loop's hands and goes back to the queue.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from datetime import datetime

from qa_pipeline.batch.desk import RunDesk, Watcher
from qa_pipeline.batch.handing import Handing
from qa_pipeline.batch.outcomes import Idle
from qa_pipeline.batch.queue import Known, Queue
from qa_pipeline.batch.results import Results
from qa_pipeline.batch.space import require_space
from qa_pipeline.batch.stopping import Stopper
from qa_pipeline.config import Settings
from qa_pipeline.domain.batch import BatchSummary, Busy, Ending, Notice, RunState, Step
from qa_pipeline.errors import StoreUnavailableError
from qa_pipeline.ports import Executor, TaskEnd
from qa_pipeline.store import Store

FIRST_LISTING_S = 2.0  # before work begins, so that the order is right among the first ones
BEAT_S = 5.0  # between signs of life in the ledger; a lease holds 3 minutes
GRACE_S = 5.0  # for the calls in hand, when the run is told to stop
WAIT_S = 0.25  # for a result, before looking at clock, signals and listing again


class Batch:
    """One run; see `run`.

    Args:
        store: with a run begun.
        make_executor: gives the executor for so many recordings (None: not known yet, or many),
            whose workers do the `WorkerPlan`'s work.
        make_queue: makes the queue, given who is to be told of known recordings.
        settings: of the run.
        stopper: notes signals.
        watcher: is told.
        limit: take at most so many recordings in hand.
        deadline: take none that would not be done by then.
    """

    def __init__(
        self,
        store: Store,
        *,
        make_executor: Callable[[int | None], Executor],
        make_queue: Callable[[Known], Queue],
        settings: Settings,
        stopper: Stopper,
        watcher: Watcher,
        limit: int | None = None,
        deadline: datetime | None = None,
    ) -> None:
        self._desk = RunDesk(store, settings, stopper, watcher, make_queue)
        self._handing = Handing(self._desk, limit, deadline)
        self._results = Results(self._desk)
        self._limit, self._deadline = limit, deadline
        self._make_executor = make_executor
        self._executor: Executor = Idle()
        self._looked_again = False
        self._last_beat = time.monotonic()
        self._ending: Ending | None = None

    def run(self) -> BatchSummary:
        """Work until all is done, or the run is to end.

        Raises:
            SetupError: something that concerns all calls; what was in hand is released.
        """
        ending = Ending.ERROR
        try:
            self._desk.queue.fill(FIRST_LISTING_S)
            if not self._desk.queue.done:
                waiting = None if self._desk.queue.listing else len(self._desk.queue)
                self._executor = self._make_executor(waiting)
                with self._executor:
                    self._loop()
            ending = self._ending or Ending.FINISHED
        except KeyboardInterrupt:
            ending = Ending.STOPPED
            if self._desk.stopper.signal is None:
                raise
        except Exception:
            # An interruption can come out of a library as an error of another kind: native modules
            # that it meets while they are imported say that the import failed.
            if not self._desk.stopper.interrupted:
                raise
            ending = Ending.STOPPED
        finally:
            self._desk.store.release_claims()
            self._desk.store.save_run_state(self._desk.books.state(self._desk.queue, ()))
            self._desk.store.finish_run(ending)
        if ending is not Ending.FINISHED:
            # What is left is counted, so that the listing must be complete, or nearly so.
            self._desk.queue.fill(0 if ending is Ending.STOPPED else 2.0)
        self._tell_elsewhere()
        left = len(self._desk.queue) + len(self._desk.in_hand)
        return self._desk.books.summary(
            ending, left, self._desk.queue.listing, self._executor.workers, self._desk.store.run_id
        )

    def _loop(self) -> None:
        while True:
            self._beat()
            ending = self._should_end()
            if ending is not None:
                self._ending = ending
                self._finish_in_hand()
                return
            if self._desk.queue.listing:
                self._desk.queue.fill(0.0 if self._desk.in_hand else 1.0)
            self._handing.hand_out(self._executor)
            if not self._desk.in_hand and self._nothing_left():
                return
            self._take_results(self._patience())

    def _patience(self) -> float:
        if self._desk.in_hand:
            return 0.0 if self._desk.queue.listing and self._executor.free() else WAIT_S
        return min(WAIT_S, self._desk.queue.seconds_to_next())

    def _nothing_left(self) -> bool:
        if not self._desk.queue.done:
            return False
        if self._desk.elsewhere and not self._looked_again:
            # Another run had them; it may have ended since.
            self._looked_again = True
            for candidate in self._desk.elsewhere:
                self._desk.queue.put_back(candidate)
            self._desk.elsewhere = []
            return False
        self._tell_elsewhere()
        return True

    def _tell_elsewhere(self) -> None:
        for candidate in self._desk.elsewhere:
            self._desk.tell(Step.ELSEWHERE, candidate)
        self._desk.elsewhere = []

    def _should_end(self) -> Ending | None:
        if self._desk.stopper.signal is not None:
            return Ending.STOPPED
        if self._deadline is not None and datetime.now().astimezone() >= self._deadline:
            return Ending.DEADLINE
        if self._desk.in_hand or self._desk.queue.done:
            return None
        enough = self._limit is not None and self._desk.taken >= self._limit
        return Ending.LIMIT if enough else None

    def _finish_in_hand(self) -> None:
        """Wait a moment for the calls in hand, then release them."""
        until = time.monotonic() + GRACE_S
        while self._desk.in_hand and time.monotonic() < until:
            self._beat()
            self._take_results(WAIT_S)
        for task in self._executor.stop():
            candidate = self._desk.in_hand[task.number]
            text = f"{candidate.source.file}: released; the next run takes it."
            self._desk.watcher.notice(Notice("released", text, candidate.source.file))

    def _beat(self) -> None:
        if time.monotonic() - self._last_beat < BEAT_S:
            return
        self._last_beat = time.monotonic()
        require_space(self._desk.settings.data_dir, self._desk.settings.min_free_mb)
        with contextlib.suppress(StoreUnavailableError):  # the next beat will do
            self._keep_state()

    def _keep_state(self) -> None:
        stages = {
            self._desk.in_hand[busy.task.number].source.location: busy.stage
            for busy in self._executor.in_hand()
            if busy.task.number in self._desk.in_hand
        }
        state = self._state()
        self._desk.store.renew_claims(stages)
        self._desk.store.save_run_state(state)
        self._desk.watcher.state(state)

    def _state(self) -> RunState:
        busy = tuple(
            Busy(
                item.worker,
                self._desk.in_hand[item.task.number].source.file,
                item.stage,
                round(item.seconds, 1),
                item.memory_mb,
            )
            for item in self._executor.in_hand()
            if item.task.number in self._desk.in_hand
        )
        return self._desk.books.state(self._desk.queue, busy)

    def _take_results(self, timeout_s: float) -> None:
        if not self._desk.in_hand:
            time.sleep(timeout_s)
            return
        broken = False
        for result in self._executor.wait(timeout_s):
            if self._desk.stopper.interrupted and result.end is not TaskEnd.DONE:
                broken = True  # by the interruption: nobody's error
            else:
                self._results.take(result)
        if broken:
            raise KeyboardInterrupt
