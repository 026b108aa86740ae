"""What executors with workers of their own have in common: tasks in, results out."""

from __future__ import annotations

import pickle
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable

from qa_pipeline.engines.carried import in_words
from qa_pipeline.engines.worker_ends import never_ready
from qa_pipeline.engines.worker_jobs import Job, Standing
from qa_pipeline.errors import SetupError
from qa_pipeline.ports import Task, TaskEnd, TaskResult

TICK_S = 0.25  # how often exit codes, limits and memory are looked at
_STARTS = 3  # workers in a row that end before they are ready: it is not chance


class WorkerExecutor(ABC):
    """Takes tasks, keeps results until they are asked for, counts failed starts.

    Args:
        workers: how many at most.
        max_memory_mb: a worker that holds more is ended; None: as much as there is.
        recycle_after: tasks after which a worker is replaced, so that what leaks stays small.
        start_limit_s: for a worker to load its work.
    """

    name: str

    def __init__(
        self, workers: int, max_memory_mb: int | None, recycle_after: int, start_limit_s: float
    ) -> None:
        self.workers = workers
        self._max_memory_mb = max_memory_mb or None
        self._recycle_after = max(1, recycle_after)
        self._start_limit_s = start_limit_s
        self._queue: deque[Job] = deque()
        self._results: list[TaskResult] = []
        self._error: SetupError | None = None
        self._orders = 0
        self._failed_starts = 0

    def free(self) -> int:
        """How many more tasks: for each worker one in hand and one behind it."""
        return max(0, 2 * self.workers - len(self._jobs()))

    def submit(self, task: Task) -> None:
        """Hand in a task; one whose payload cannot be pickled ends as RAISED."""
        try:
            payload = pickle.dumps(task.payload, protocol=pickle.HIGHEST_PROTOCOL)
        except Exception as error:  # noqa: BLE001  pickling runs the payload's own code
            failure = RuntimeError(f"The task cannot be sent to a worker ({in_words(error)}).")
            self._results.append(TaskResult(task, TaskEnd.RAISED, 0.0, "", error=failure))
            return
        self._orders += 1
        self._queue.append(Job(task, self._orders, payload, limit_s=task.limit_s))
        self._hand_out()

    def wait(self, timeout_s: float) -> tuple[TaskResult, ...]:
        """What has ended since the last call; waits up to `timeout_s` for the first.

        Raises:
            SetupError: the work cannot be made, no worker can be started, or three in a row ended
                before their first task. The tasks stay in hand; a further call tries again.
        """
        until = time.monotonic() + timeout_s
        while True:
            left = until - time.monotonic()
            self._step(0.0 if self._results else max(0.0, min(TICK_S, left)))
            if self._results:
                ended, self._results = tuple(self._results), []
                return ended
            if self._error is not None:
                error, self._error = self._error, None
                raise error
            if left <= 0:
                return ()

    @abstractmethod
    def _step(self, timeout_s: float) -> None:
        """Take what has arrived, waiting so long for the first; watch; hand out."""

    @abstractmethod
    def _hand_out(self) -> None:
        """Tasks to workers, and workers for tasks."""

    @abstractmethod
    def _held(self) -> Iterable[Job]:
        """The jobs that workers have."""

    def _jobs(self) -> list[Job]:
        """All tasks that have not ended, in the order of being handed in."""
        return sorted((*self._held(), *self._queue), key=lambda job: job.order)

    def _end_job(self, job: Job, end: TaskEnd, cause: str, worker: str, state: Standing) -> None:
        """A task's worker has ended."""
        seconds, peak_mb = job.seconds(time.monotonic()), state.peak_mb or None
        self._results.append(
            TaskResult(job.task, end, seconds, worker, cause=cause, memory_mb=peak_mb)
        )

    def _fail_start(self, cause: str) -> None:
        """A worker has ended before it was ready."""
        if self._error is not None:
            return
        self._failed_starts += 1
        if self._failed_starts >= _STARTS:
            self._failed_starts = 0
            self._error = never_ready(_STARTS, cause)
