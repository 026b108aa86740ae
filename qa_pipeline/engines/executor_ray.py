"""Tasks on the actors of a Ray cluster: one machine or many, the same protocol.

One actor per worker, with its work made once. Tasks that wait stay here, so that a lost node takes
with it only what it had begun. A worker is asked each second where it is; one that takes too long
or holds too much is ended.
"""

from __future__ import annotations

import pickle
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from qa_pipeline.engines.carried import (
    Outcome,
    as_setup_error,
    opened_error,
    result_of,
)
from qa_pipeline.engines.executor_base import WorkerExecutor
from qa_pipeline.engines.machine import memory_variables, thread_variables
from qa_pipeline.engines.ray_cluster import RayCluster, is_node_loss, need_ray
from qa_pipeline.engines.ray_worker import STATE, WORK, Introduction, RayWorker, Whereabouts
from qa_pipeline.engines.worker_ends import too_large, too_long
from qa_pipeline.engines.worker_jobs import Job, Standing
from qa_pipeline.engines.worker_process import NotReady, Ready
from qa_pipeline.errors import SetupError
from qa_pipeline.ports import InHand, Task, TaskEnd, Work

_ASK_S = 1.0  # between two questions to a worker
_ANSWER_S = 5.0  # a worker past its limit may still tell of a longer one, until then


@dataclass(slots=True, eq=False)
class _Actor:
    """A worker as the driver sees it."""

    handle: Any
    doing: Any  # the reference of what it is doing now: getting ready, or a task
    name: str = "worker"
    state: Standing = field(default_factory=Standing)
    job: Job | None = None
    question: Any = None  # the reference of an answer to come
    asked: float = 0.0
    answered: float = 0.0  # when the question was asked that was answered last

    @property
    def idle(self) -> bool:
        return self.state.ready and self.job is None


class RayExecutor(WorkerExecutor):
    """Runs tasks on a Ray cluster.

    Args:
        make_work: picklable, importable on every node; makes the work, once in each worker.
        workers: how many at most; 0: as many as the cluster has room for.
        address: of a running cluster; None: one is started on this machine.
        threads_per_worker: cores that each takes.
        gpus_per_worker: GPUs or the part of one that each takes.
        memory_per_worker_mb: what each takes of its node in Ray's planning; 0: not planned.
        max_memory_mb: a worker that holds more is ended; None: as much as there is.
        recycle_after: tasks after which a worker is replaced.
        start_limit_s: for the first worker to be ready.

    Raises:
        SetupError: Ray is not installed.
        TypeError, AttributeError, pickle.PicklingError: `make_work` cannot be pickled.
    """

    name = "ray"

    def __init__(
        self,
        make_work: Callable[[], Work],
        workers: int,
        *,
        address: str | None = None,
        threads_per_worker: int = 1,
        gpus_per_worker: float = 0.0,
        memory_per_worker_mb: int = 0,
        max_memory_mb: int | None = None,
        recycle_after: int = 500,
        start_limit_s: float = 600.0,
    ) -> None:
        need_ray()
        super().__init__(max(0, workers), max_memory_mb, recycle_after, start_limit_s)
        self._sealed_make_work = pickle.dumps(make_work)
        self._address = address
        self._threads = max(1, threads_per_worker)
        self._gpus = gpus_per_worker
        self._planned_mb = memory_per_worker_mb
        self._cluster: RayCluster | None = None
        self._live: list[_Actor] = []
        self._none_ready_since: float | None = None

    def __enter__(self) -> RayExecutor:
        """Joins or starts the cluster; workers start with the first tasks.

        Raises:
            SetupError: the cluster does not answer, or has no room for a single worker.
        """
        cluster = RayCluster(self._address, self.workers * self._threads)
        self._cluster = cluster
        if not self.workers:
            self.workers = cluster.room_for(self._threads, self._gpus, self._planned_mb)
        if not self.workers:
            error = self._no_room(cluster)
            self.__exit__()
            raise error
        return self

    def __exit__(self, *_: object) -> None:
        """Ends all workers at once and leaves the cluster."""
        self.stop()
        if self._cluster is not None:
            self._cluster.close()
            self._cluster = None

    def in_hand(self) -> tuple[InHand, ...]:
        """The tasks that have not ended, those begun first."""
        now = time.monotonic()
        begun = tuple(
            InHand(job.task, actor.name, job.stage, job.seconds(now), actor.state.memory_mb)
            for actor in self._live
            if (job := actor.job)
        )
        return begun + tuple(InHand(job.task, "", "waiting", 0.0) for job in self._queue)

    def stop(self) -> tuple[Task, ...]:
        """End all workers at once; the tasks that they had. `wait` still gives what had ended."""
        if self._live:
            self._hear(0.0)
        left = tuple(job.task for job in self._jobs())
        for actor in self._live:
            self._kill(actor)
        self._live.clear()
        self._queue.clear()
        self._error = None
        return left

    def _held(self) -> list[Job]:
        return [actor.job for actor in self._live if actor.job is not None]

    @property
    def _joined(self) -> RayCluster:
        if self._cluster is None:
            raise RuntimeError("The executor is used outside its `with` block.")
        return self._cluster

    def _step(self, timeout_s: float) -> None:
        self._hear(timeout_s)
        for actor in tuple(self._live):
            self._watch(actor)
        self._hand_out()

    def _hear(self, timeout_s: float) -> None:
        """Takes what has arrived; waits up to `timeout_s` for the first."""
        ray = self._joined.ray
        of = {actor.doing: actor for actor in self._live if actor.doing is not None}
        of |= {actor.question: actor for actor in self._live if actor.question is not None}
        if not of:
            time.sleep(timeout_s)
            return
        arrived, _ = ray.wait(list(of), num_returns=1, timeout=timeout_s)
        if arrived:
            arrived, _ = ray.wait(list(of), num_returns=len(of), timeout=0)
        for reference in arrived:
            actor = of[reference]
            if actor not in self._live:
                continue
            try:
                message = ray.get(reference)
            except ray.exceptions.RayError as error:
                if reference is actor.question:
                    actor.question = None  # what it is doing will fail too, and tells
                else:
                    self._lose(actor, error)
                continue
            self._take(actor, message)

    def _take(self, actor: _Actor, message: object) -> None:
        match message:
            case Introduction(name, Ready(memory_mb)):
                actor.name, actor.doing = name, None
                actor.state.ready, actor.state.ready_mb = True, memory_mb
                self._failed_starts = 0
            case Introduction(name, NotReady(sealed, cause)):
                actor.name = name
                if sealed is not None:
                    self._error = as_setup_error(opened_error(sealed))
                self._bury(actor, TaskEnd.CRASHED, cause)
            case Whereabouts(order, stage, limit_s, memory_mb):
                actor.question, actor.answered = None, actor.asked
                actor.state.note_memory(memory_mb)
                if actor.job is not None and actor.job.order == order:
                    actor.job.note(stage, limit_s)
            case Outcome() if actor.job is not None:
                job, actor.job, actor.doing = actor.job, None, None
                seconds, peak_mb = job.seconds(time.monotonic()), actor.state.peak_mb
                self._results.append(result_of(job.task, message, seconds, actor.name, peak_mb))
                actor.state.note_end(message.end, self._max_memory_mb, self._recycle_after)

    def _watch(self, actor: _Actor) -> None:
        """Asks a busy worker where it is; ends one that takes too long or holds too much."""
        job, now = actor.job, time.monotonic()
        if job is None:
            return
        late = job.is_late(now)
        asks_for_more = actor.asked - (job.began or 0.0) < (job.limit_s or 0.0)
        if actor.question is None and (now - actor.asked > _ASK_S or (late and asks_for_more)):
            actor.asked = now
            actor.question = actor.handle.whereabouts.options(concurrency_group=STATE).remote()
        share, state = self._max_memory_mb, actor.state
        if late and self._has_said_so(actor, job, now):
            self._bury(actor, TaskEnd.TIMED_OUT, too_long(job.limit_s or 0.0, job.stage))
        elif share is not None and state.memory_mb > share:
            self._bury(actor, TaskEnd.OUT_OF_MEMORY, too_large(state.memory_mb, share, job.stage))

    def _has_said_so(self, actor: _Actor, job: Job, now: float) -> bool:
        """Whether the worker was asked after its limit, and told of no longer one."""
        limit = (job.began or 0.0) + (job.limit_s or 0.0)
        return actor.answered > limit or now > limit + _ANSWER_S

    def _lose(self, actor: _Actor, error: Exception) -> None:
        """Ray tells that a worker is gone; one lost with its node says nothing about starting."""
        self._bury(actor, *self._joined.ending_of(error), counts=not is_node_loss(error))

    def _bury(self, actor: _Actor, end: TaskEnd, cause: str, counts: bool = True) -> None:
        self._kill(actor)
        self._live.remove(actor)
        if actor.job is not None:
            self._end_job(actor.job, end, cause, actor.name, actor.state)
        if not actor.state.ready and counts:
            self._fail_start(cause)

    def _kill(self, actor: _Actor) -> None:
        try:
            self._joined.ray.kill(actor.handle, no_restart=True)
        except Exception:  # noqa: BLE001  it is gone, or its node is: nothing is left to end
            return

    def _hand_out(self) -> None:
        for actor in tuple(self._live):
            if actor.state.worn and actor.idle:
                actor.handle.__ray_terminate__.remote()
                self._live.remove(actor)
            elif actor.idle and self._queue:
                job = self._queue.popleft()
                job.began = actor.asked = time.monotonic()
                do = actor.handle.do.options(concurrency_group=WORK)
                actor.job, actor.doing = job, do.remote(job.order, job.payload)
        self._start_workers()

    def _start_workers(self) -> None:
        """Starts what the waiting tasks need; Ray places them where and when there is room."""
        starting = sum(not actor.state.ready for actor in self._live)
        idle = sum(actor.idle for actor in self._live)
        wanted = len(self._queue) - starting - idle
        if self._error is None:
            for _ in range(min(wanted, self.workers - len(self._live))):
                self._live.append(self._new_actor())
        now = time.monotonic()
        if any(actor.state.ready for actor in self._live) or not self._live:
            self._none_ready_since = None
        elif self._none_ready_since is None:
            self._none_ready_since = now
        elif now - self._none_ready_since > self._start_limit_s and self._error is None:
            self._none_ready_since = now
            self._error = self._no_room(self._joined)

    def _new_actor(self) -> _Actor:
        options: dict[str, Any] = {
            "num_cpus": self._threads,
            "num_gpus": self._gpus,
            "max_restarts": 0,
            "max_task_retries": 0,
            "scheduling_strategy": "SPREAD",
            "concurrency_groups": {WORK: 1, STATE: 1},
            "runtime_env": {"env_vars": memory_variables({}) | thread_variables(self._threads)},
        }
        if self._planned_mb:
            options["memory"] = self._planned_mb << 20
        handle = self._joined.ray.remote(**options)(RayWorker).remote()
        get_ready = handle.get_ready.options(concurrency_group=WORK)
        return _Actor(handle, get_ready.remote(self._sealed_make_work, sys.path))

    def _no_room(self, cluster: RayCluster) -> SetupError:
        asked = f"{self._threads} cores, {self._gpus:g} GPUs, {self._planned_mb} MB"
        return SetupError(
            f"The Ray cluster gave no worker its place ({asked} each) within "
            f"{self._start_limit_s:g} s; it has {cluster.in_words()}.",
            "Ask for less with --threads or --gpus-per-worker, or add nodes.",
        )
