"""Which worker gets which task, and when a worker is started."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from qa_pipeline.engines.worker_handle import WorkerHandle
from qa_pipeline.engines.worker_jobs import Job
from qa_pipeline.engines.worker_process import GiveBack, Leave


class Crew:
    """The worker processes of one executor.

    Args:
        workers: how many at most.
        queue: the tasks that wait for a worker; shared with the executor.
        start_worker: starts one, given its slot from 1.
        recycle_after: tasks that a worker gets before it is replaced.
    """

    def __init__(
        self,
        workers: int,
        queue: deque[Job],
        start_worker: Callable[[int], WorkerHandle],
        recycle_after: int,
    ) -> None:
        self.workers = workers
        self.live: list[WorkerHandle] = []
        self._queue = queue
        self._start_worker = start_worker
        self._recycle_after = recycle_after

    def hand_out(self, may_start: bool) -> None:
        """Tasks to idle workers, workers for tasks, then one task behind each one in hand.

        Args:
            may_start: whether new workers may be started.
        """
        for worker in self.live:
            if worker.state.worn and not worker.jobs and worker.state.leaving_since is None:
                worker.state.leaving_since = time.monotonic()
                worker.send(Leave())
            elif worker.idle and self._queue:
                worker.give(self._queue.popleft())
        starting = self._start_workers(may_start)
        if len(self._queue) > starting:
            self._prefetch(len(self._queue) - starting)
        elif not self._queue:
            self._ask_back()

    def _start_workers(self, may_start: bool) -> int:
        """Starts what the waiting tasks need; how many workers are starting."""
        behind = sum(len(worker.jobs) - 1 for worker in self.live if worker.jobs)
        idle = sum(worker.idle for worker in self.live)
        starting = sum(not worker.state.ready for worker in self.live)
        wanted = len(self._queue) + behind - idle - starting
        for _ in range(min(wanted, self.workers - len(self.live)) if may_start else 0):
            taken = {worker.slot for worker in self.live}
            slot = min(set(range(1, self.workers + 1)) - taken)
            self.live.append(self._start_worker(slot))
            starting += 1
        return starting

    def _prefetch(self, tasks: int) -> None:
        for worker in self.live:
            lasts = worker.state.done + len(worker.jobs) < self._recycle_after
            if tasks > 0 and len(worker.jobs) == 1 and not worker.on_its_way_out and lasts:
                worker.give(self._queue.popleft())
                tasks -= 1

    def _ask_back(self) -> None:
        """For each idle worker a task that waits behind one begun last: it would wait longest."""
        asked = sum(worker.state.asked_back is not None for worker in self.live)
        idle = sum(worker.idle for worker in self.live) - asked
        busy = [
            worker
            for worker in self.live
            if len(worker.jobs) > 1 and worker.state.asked_back is None
        ]
        busy.sort(key=lambda worker: worker.jobs[0].began or 0.0, reverse=True)
        for worker in busy[: max(0, idle)]:
            worker.state.asked_back = worker.jobs[-1].order
            worker.send(GiveBack(worker.jobs[-1].order))
