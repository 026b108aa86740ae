"""The books of a run: counts, times, failures, and what they come to."""

from __future__ import annotations

import heapq
import time

from qa_pipeline.batch.queue import Candidate, Queue
from qa_pipeline.batch.work import WorkDone
from qa_pipeline.domain.batch import BatchSummary, Busy, Ending, Progress, RunState, Slow, Step
from qa_pipeline.domain.stored import Failure
from qa_pipeline.ports import InHand, Task, TaskResult

SLOWEST = 5
FIRST_GUESS_AFTER = 3  # recordings: the first ones also load the models


class Books:
    """Counts what a run did."""

    def __init__(self) -> None:
        self.failures: list[Failure] = []
        self.call_ids: list[str] = []
        self.too_late: list[Candidate] = []  # would not have been done by the deadline
        self.retries = 0
        self._counts = dict.fromkeys(Step, 0)
        self._done_bytes = 0
        self._audio_ms = 0
        self._slowest: list[tuple[float, int, Slow]] = []
        self._worked_s = 0.0
        self._worked_bytes = 0
        self._tried = 0
        self._tried_bytes = 0
        self._first_try: float | None = None
        self._peak_memory_mb: int | None = None
        self._started = time.monotonic()

    @property
    def elapsed_s(self) -> float:
        """Since the run began."""
        return time.monotonic() - self._started

    def took(self, result: TaskResult) -> None:
        """A worker has ended with a recording, in whatever way."""
        if result.memory_mb is not None:
            self._peak_memory_mb = max(self._peak_memory_mb or 0, result.memory_mb)

    def heard(self, candidate: Candidate, done: WorkDone, result: TaskResult) -> None:
        """A recording was scored."""
        if done.call is not None:
            self.call_ids.append(done.call.call_id)
        if not done.heard_ms or done.call is None:
            return
        self._audio_ms += done.heard_ms
        self._worked_s += result.seconds
        self._worked_bytes += candidate.size
        slow = Slow(candidate.source.file, result.seconds, done.call.duration_ms)
        heapq.heappush(self._slowest, (result.seconds, result.task.number, slow))
        if len(self._slowest) > SLOWEST:
            heapq.heappop(self._slowest)

    def seconds_for(self, size: int) -> float:
        """How long a recording of this size is likely to take, by those done; 0 before any."""
        if not self._worked_bytes:
            return 0.0
        return self._worked_s / self._worked_bytes * size

    def progress(
        self, step: Step, candidate: Candidate, queue: Queue, result: TaskResult | None
    ) -> Progress:
        """Count a recording as done, and say so."""
        self._counts[step] += 1
        self._done_bytes += candidate.size
        if result is not None:
            self._tried += 1
            self._tried_bytes += candidate.size
            self._first_try = self._first_try or time.monotonic() - result.seconds
        return Progress(
            step,
            candidate.source.file,
            sum(self._counts.values()),
            queue.listed,
            self._done_bytes,
            queue.listed_bytes,
            self.elapsed_s,
            seconds=result.seconds if result else 0.0,
            listing=queue.listing,
            left_s=self._seconds_left(queue),
        )

    def _seconds_left(self, queue: Queue) -> float | None:
        """By those that had to be worked on; most of a folder may be known already."""
        number = queue.listed - sum(self._counts.values())
        size = queue.listed_bytes - self._done_bytes
        if queue.listing or number <= 0 or self._tried < FIRST_GUESS_AFTER:
            return None
        # Formats differ tenfold in bytes a minute, calls in length: the mean of both shares
        # misleads less than either.
        shares = [self._tried / (self._tried + number)]
        if self._tried_bytes:
            shares.append(self._tried_bytes / (self._tried_bytes + max(0, size)))
        elapsed_s = time.monotonic() - (self._first_try or self._started)
        return round(elapsed_s * (len(shares) / sum(shares) - 1), 1)

    def state(self, queue: Queue, busy: tuple[Busy, ...]) -> RunState:
        """How far the run is."""
        return RunState(
            {step.value: number for step, number in self._counts.items() if number},
            queue.listed,
            self._done_bytes,
            queue.listed_bytes,
            queue.listing,
            self._audio_ms,
            round(self.elapsed_s, 1),
            busy,
            len(queue),
            self._seconds_left(queue),
        )

    def summary(
        self, ending: Ending, left: int, left_more: bool, workers: int, run_id: int | None
    ) -> BatchSummary:
        """What was done; the warnings come from elsewhere."""
        left += len(self.too_late)
        if ending is Ending.FINISHED and self.too_late:
            ending = Ending.DEADLINE
        slowest = sorted(self._slowest, reverse=True)
        return BatchSummary(
            {step.value: number for step, number in self._counts.items()},
            tuple(self.failures),
            self._audio_ms,
            self.elapsed_s,
            tuple(self.call_ids),
            ending=ending,
            left=left,
            left_more=left_more,
            slowest=tuple(entry[2] for entry in slowest),
            retries=self.retries,
            workers=workers,
            peak_memory_mb=self._peak_memory_mb,
            run_id=run_id,
        )


class Idle:
    """The executor of a run that has nothing to do: no worker is started for it."""

    name = "idle"
    workers = 0

    def __enter__(self) -> Idle:
        """Nothing to start."""
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to end."""

    def free(self) -> int:
        """It takes nothing."""
        return 0

    def submit(self, task: Task) -> None:
        """It takes nothing.

        Raises:
            RuntimeError: always.
        """
        raise RuntimeError("an idle executor takes no tasks")

    def wait(self, timeout_s: float) -> tuple[TaskResult, ...]:
        """It gives nothing."""
        return ()

    def in_hand(self) -> tuple[InHand, ...]:
        """It has nothing."""
        return ()

    def stop(self) -> tuple[Task, ...]:
        """It had nothing."""
        return ()
