"""Tasks one after another in this process: for debugging, small jobs and notebooks."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from qa_pipeline.engines.carried import as_exception, as_setup_error, ending_of
from qa_pipeline.engines.machine import own_peak_mb
from qa_pipeline.ports import InHand, Task, TaskEnd, TaskResult, Work

_WORKER = "this process"


class SerialExecutor:
    """Does each task in `wait`, in this process.

    Nothing is kept apart: a task that crashes takes the run with it, and limits are not watched.

    Args:
        make_work: makes the work, with the first task.

    Example:
        >>> with SerialExecutor(lambda: lambda payload, report: payload * 2) as executor:
        ...     executor.submit(Task(1, 21))
        ...     executor.wait(0)[0].value
        42
    """

    name = "serial"
    workers = 1

    def __init__(self, make_work: Callable[[], Work]) -> None:
        self._make_work = make_work
        self._work: Work | None = None
        self._waiting: deque[Task] = deque()
        self._begun: tuple[Task, float] | None = None
        self._stage = ""

    def __enter__(self) -> SerialExecutor:
        """Ready for tasks."""
        return self

    def __exit__(self, *_: object) -> None:
        """Forgets what waits, and the work with what it has loaded."""
        self.stop()
        self._work = None

    def free(self) -> int:
        """1 while no task waits, else 0."""
        return 0 if self._waiting else 1

    def submit(self, task: Task) -> None:
        """Keep a task for the next `wait`."""
        self._waiting.append(task)

    def wait(self, timeout_s: float) -> tuple[TaskResult, ...]:
        """Do the task that waits, however long it takes; with none, pause for `timeout_s`.

        Raises:
            SetupError: the work cannot be made.
            KeyboardInterrupt: the person at the keyboard stops it; the task stays in hand.
        """
        if not self._waiting:
            time.sleep(max(0.0, timeout_s))
            return ()
        if self._work is None:
            try:
                self._work = self._make_work()
            except Exception as error:
                raise as_setup_error(error) from error
        return (self._do(self._work, self._waiting[0]),)

    def in_hand(self) -> tuple[InHand, ...]:
        """What waits; asked from another thread or a signal handler also what is being done."""
        now, begun = time.monotonic(), self._begun
        return tuple(
            InHand(task, _WORKER, self._stage, now - begun[1], own_peak_mb())
            if begun is not None and begun[0] is task
            else InHand(task, "", "waiting", 0.0)
            for task in tuple(self._waiting)
        )

    def stop(self) -> tuple[Task, ...]:
        """The tasks that wait; none of them will be done."""
        left = tuple(self._waiting)
        self._waiting.clear()
        return left

    def _do(self, work: Work, task: Task) -> TaskResult:
        start = time.monotonic()
        self._begun, self._stage = (task, start), ""
        value, failure, end, cause = None, None, TaskEnd.DONE, ""
        try:
            value = work(task.payload, self._report)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  also an exit asked for by a library
            end, cause = ending_of(error)
            failure = as_exception(error)
        finally:
            self._begun = None
        self._waiting.popleft()
        seconds = time.monotonic() - start
        return TaskResult(task, end, seconds, _WORKER, value, failure, cause, own_peak_mb())

    def _report(self, stage: str, limit_s: float | None = None) -> None:
        self._stage = stage
