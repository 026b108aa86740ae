"""Tasks on worker processes of this machine.

Each worker loads its work once, has one task in hand and one waiting behind it, and is watched:
by its pipe, its exit code, its clock and its memory. What ends a worker ends the one task that it
had begun; a task that waited behind it goes to another. Short of work, a waiting task is asked
back from a busy worker for an idle one, so that the last long call holds up no other.
"""

from __future__ import annotations

import pickle
import queue
import time
from collections.abc import Callable
from functools import partial
from multiprocessing import util

from qa_pipeline.engines.carried import as_setup_error, opened_error, result_of
from qa_pipeline.engines.executor_base import TICK_S, WorkerExecutor
from qa_pipeline.engines.machine import memory_variables, thread_variables
from qa_pipeline.engines.worker_crew import Crew
from qa_pipeline.engines.worker_ends import after_exit, too_large, too_long
from qa_pipeline.engines.worker_handle import Heard, Inbox, WorkerHandle
from qa_pipeline.engines.worker_jobs import Job
from qa_pipeline.engines.worker_process import (
    At,
    Began,
    Ended,
    GivenBack,
    Leave,
    NotReady,
    Ready,
)
from qa_pipeline.ports import InHand, Task, TaskEnd, Work

_LOSSES = 3  # workers that end between getting a task and beginning it: it is the task
_LEAVING_S = 10.0  # for a worker that is asked to leave
_BEGIN_S = 60.0  # between getting a task and beginning it: the process is stopped or stuck
_LAST_BREATH_S = 2.0  # between a pipe's end and its process's


_TIDY_UP_S = 5.0  # for workers without work, to take down what libraries have set up


class ProcessExecutor(WorkerExecutor):
    """Runs tasks on worker processes.

    Workers start with the first tasks and end with their parent, whatever ends it; on Linux that
    means with the thread that hands in tasks.

    Args:
        make_work: picklable; makes the work, once in each worker.
        workers: how many at most.
        max_memory_mb: a worker that holds more is ended; None: as much as there is.
        threads_per_worker: for the numeric libraries of each; 0: as the environment says.
        recycle_after: tasks after which a worker is replaced, so that what leaks stays small.
        start_limit_s: for a worker to load its work.

    Raises:
        TypeError, AttributeError, pickle.PicklingError: `make_work` cannot be pickled.

    Example:
        >>> from operator import methodcaller
        >>> ProcessExecutor(methodcaller("upper"), workers=2).free()
        4
    """

    name = "processes"

    def __init__(
        self,
        make_work: Callable[[], Work],
        workers: int,
        *,
        max_memory_mb: int | None = None,
        threads_per_worker: int = 0,
        recycle_after: int = 500,
        start_limit_s: float = 600.0,
    ) -> None:
        super().__init__(max(1, workers), max_memory_mb, recycle_after, start_limit_s)
        self._inbox: Inbox = queue.SimpleQueue()
        start_worker = partial(
            WorkerHandle,
            sealed_make_work=pickle.dumps(make_work),
            environment=memory_variables()
            | (thread_variables(threads_per_worker) if threads_per_worker else {}),
            inbox=self._inbox,
        )
        self._crew = Crew(self.workers, self._queue, start_worker, self._recycle_after)
        self._watched = 0.0
        # Runs when this object goes, and before multiprocessing waits for its processes at exit.
        self._at_exit = util.Finalize(self, _kill_all, args=(self._crew.live,), exitpriority=10)

    def __enter__(self) -> ProcessExecutor:
        """Ready for tasks; workers start with them."""
        return self

    def __exit__(self, *raised: object) -> None:
        """Ends all workers: at once, or where nothing is in hand, letting them tidy up first."""
        if not any(raised) and not any(True for _ in self._jobs()):
            for worker in self._crew.live:
                worker.send(Leave())
            until = time.monotonic() + _TIDY_UP_S
            for worker in self._crew.live:
                worker.last_breath(max(0.0, until - time.monotonic()))
        self.stop()

    def in_hand(self) -> tuple[InHand, ...]:
        """The tasks that have not ended, those begun first."""
        now = time.monotonic()
        begun = [(worker, job) for worker in self._crew.live if (job := worker.current)]
        at = tuple(
            InHand(job.task, worker.name, job.stage, job.seconds(now), worker.state.memory_mb)
            for worker, job in begun
        )
        waiting = [job for job in self._jobs() if job.began is None]
        return at + tuple(InHand(job.task, "", "waiting", 0.0) for job in waiting)

    def stop(self) -> tuple[Task, ...]:
        """End all workers at once; the tasks that they had. `wait` still gives what had ended."""
        for heard in self._heard(0.0):
            self._take(heard)
        left = tuple(job.task for job in self._jobs())
        _kill_all(self._crew.live)
        for worker in self._crew.live:
            worker.end()
        self._crew.live.clear()
        self._queue.clear()
        self._error = None
        return left

    def _step(self, timeout_s: float) -> None:
        for heard in self._heard(timeout_s):
            self._take(heard)
        if time.monotonic() - self._watched >= TICK_S:
            self._watched = time.monotonic()
            for worker in tuple(self._crew.live):
                self._watch(worker)
        self._hand_out()

    def _hand_out(self) -> None:
        self._crew.hand_out(may_start=self._error is None)

    def _held(self) -> list[Job]:
        return [job for worker in self._crew.live for job in worker.jobs]

    def _heard(self, timeout_s: float) -> list[Heard]:
        heard = []
        try:
            heard.append(self._inbox.get(block=timeout_s > 0, timeout=timeout_s or None))
            while True:
                heard.append(self._inbox.get_nowait())
        except queue.Empty:
            return heard

    def _take(self, heard: Heard) -> None:
        worker = heard.worker
        if worker not in self._crew.live:
            return  # it was ended meanwhile
        match heard.message:
            case Ready(memory_mb):
                worker.state.ready, worker.state.ready_mb = True, memory_mb
                self._failed_starts = 0
            case NotReady(sealed, cause):
                worker.state.last_words = cause
                if sealed is not None:
                    self._error = as_setup_error(opened_error(sealed))
            case Began(number):
                worker.begin(number, heard.moment)
            case At(number, stage, limit_s):
                worker.note(number, stage, limit_s)
            case GivenBack(number):
                self._queue.extendleft(worker.take_back(number))
            case Ended(number, outcome):
                for job in worker.take_back(number):
                    seconds, peak_mb = job.seconds(heard.moment), worker.state.peak_mb
                    self._results.append(
                        result_of(job.task, outcome, seconds, worker.name, peak_mb)
                    )
                worker.state.free_since = heard.moment
                worker.state.note_end(outcome.end, self._max_memory_mb, self._recycle_after)
            case None:
                self._bury(worker, TaskEnd.CRASHED, after_exit(worker.last_breath(_LAST_BREATH_S)))

    def _watch(self, worker: WorkerHandle) -> None:
        state, job, now = worker.state, worker.current, time.monotonic()
        if worker.exit_code() is not None:
            worker.hang_up()  # what it had sent is still read, then its end is noticed
            return
        worker.look_at_memory()
        stage = job.stage if job else ""
        if job and job.is_late(now):
            self._bury(worker, TaskEnd.TIMED_OUT, too_long(job.limit_s or 0.0, stage))
        elif self._max_memory_mb is not None and state.memory_mb > self._max_memory_mb:
            cause = too_large(state.memory_mb, self._max_memory_mb, stage)
            self._bury(worker, TaskEnd.OUT_OF_MEMORY, cause)
        elif not state.ready and now - state.started > self._start_limit_s:
            cause = f"not ready within {round(self._start_limit_s, 1):g} s"
            self._bury(worker, TaskEnd.TIMED_OUT, cause)
        elif worker.jobs and not job and now - state.free_since > _BEGIN_S:
            self._bury(worker, TaskEnd.CRASHED, "its worker did not begin it")
        elif state.leaving_since is not None and now - state.leaving_since > _LEAVING_S:
            self._bury(worker, TaskEnd.CRASHED, "it did not leave")

    def _bury(self, worker: WorkerHandle, end: TaskEnd, cause: str) -> None:
        """Ends a worker; the task that it had begun ends so, one behind it goes to another."""
        worker.end()
        self._crew.live.remove(worker)
        for job in reversed(worker.jobs):
            if job is worker.jobs[0] and job.began is None:
                job.lost += 1
            if job.began is None and job.lost < _LOSSES:
                self._queue.appendleft(job)
                continue
            self._end_job(job, end, cause, worker.name, worker.state)
        if not worker.state.ready:
            self._fail_start(worker.state.last_words or cause)


def _kill_all(workers: list[WorkerHandle]) -> None:
    for worker in workers:
        worker.kill()
