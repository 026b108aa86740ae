"""A worker process as its parent sees it: started, spoken to, watched, ended.

Reading and writing each have a thread, so that the parent never waits for a worker that does not
read, or that stopped in the middle of a message.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import queue
import signal
import socket
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection

from qa_pipeline.engines.machine import resident_mb
from qa_pipeline.engines.worker_jobs import Job, Standing
from qa_pipeline.engines.worker_process import Do, serve

# How long a process that was killed may need to be gone: the kernel gives its memory back first.
_DEATH_S = 10.0


@dataclass(frozen=True, slots=True)
class Heard:
    """A message from a worker, or (None) that its pipe is closed."""

    worker: WorkerHandle
    moment: float  # monotonic seconds
    message: object | None


Inbox = queue.SimpleQueue[Heard]


class WorkerHandle:
    """One worker process.

    Args:
        slot: which of the executor's workers it is, from 1.
        sealed_make_work: the pickled function that makes its work.
        environment: variables that it starts with, beside this process's own.
        inbox: where its messages go.
    """

    def __init__(
        self, slot: int, sealed_make_work: bytes, environment: Mapping[str, str], inbox: Inbox
    ) -> None:
        self.slot = slot
        self.jobs: deque[Job] = deque()
        self.state = Standing()
        self._ended: int | None = None  # the exit code, once the process is let go of
        self._pipe, theirs = multiprocessing.Pipe(duplex=True)
        self._process = multiprocessing.get_context("spawn").Process(
            target=serve, args=(theirs, sealed_make_work, os.getpid())
        )
        with _with_variables(environment), _held_signals():
            self._process.start()
        theirs.close()
        self.pid: int = self._process.pid or 0
        self.name = f"worker {slot} (pid {self.pid})"
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._threads = (
            threading.Thread(target=_hear, args=(self, self._pipe, inbox), daemon=True),
            threading.Thread(target=_speak, args=(self._pipe, self._outbox), daemon=True),
        )
        for thread in self._threads:
            thread.start()

    def send(self, message: object) -> None:
        """Put a message on its way; never waits."""
        self._outbox.put(pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL))

    def give(self, job: Job) -> None:
        """Hand in a job, to be done after those that it has."""
        if not self.jobs:
            self.state.free_since = time.monotonic()
        self.jobs.append(job)
        self.send(Do(job.order, job.payload))

    def begin(self, order: int, moment: float) -> None:
        """The worker has begun a job; it can no longer be asked back."""
        for job in self.jobs:
            if job.order == order:
                job.began = moment
        if self.state.asked_back == order:
            self.state.asked_back = None

    def note(self, order: int, stage: str, limit_s: float | None) -> None:
        """A job is at this stage; its limit, if a new one is told."""
        for job in self.jobs:
            if job.order == order:
                job.note(stage, limit_s)

    def take_back(self, order: int) -> list[Job]:
        """The job, which the worker has no more (an empty list: it never had it)."""
        if self.state.asked_back == order:
            self.state.asked_back = None
        taken = [job for job in self.jobs if job.order == order]
        for job in taken:
            self.jobs.remove(job)
        return taken

    @property
    def idle(self) -> bool:
        """Whether a task could begin at once."""
        return self.state.ready and not self.jobs and not self.on_its_way_out

    @property
    def on_its_way_out(self) -> bool:
        """Whether it gets no more tasks."""
        return self.state.worn or self.state.leaving_since is not None

    @property
    def current(self) -> Job | None:
        """The job that has begun."""
        return self.jobs[0] if self.jobs and self.jobs[0].began is not None else None

    def exit_code(self) -> int | None:
        """How the process ended: minus the signal, or its exit code; None: it goes on."""
        return self._process.exitcode if self._ended is None else self._ended

    def look_at_memory(self) -> None:
        """Reads what the process holds."""
        held = resident_mb(self.pid)
        if held is not None:
            self.state.note_memory(held)

    def end(self) -> None:
        """Makes sure that the process is gone and lets go of all that belongs to it."""
        self._process.kill()  # nothing, for one that has ended
        self._process.join(_DEATH_S)
        self._outbox.put(None)
        self.hang_up()
        for thread in self._threads:
            thread.join(_DEATH_S)
        if not any(thread.is_alive() for thread in self._threads):
            self._pipe.close()
        self._ended = self._process.exitcode
        if self._ended is not None:
            self._process.close()

    def hang_up(self) -> None:
        """Wakes who still waits on the pipe, as when a process of the worker's holds its end."""
        try:
            with socket.socket(fileno=os.dup(self._pipe.fileno())) as double:
                double.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # not a socket on this system, or shut already

    def kill(self) -> None:
        """Ends the process, at once, without waiting for that."""
        self._process.kill()

    def last_breath(self, timeout_s: float) -> int | None:
        """The exit code of a process that closed its pipe and should be ending."""
        self._process.join(timeout_s)
        return self.exit_code()


def _hear(worker: WorkerHandle, pipe: Connection, inbox: Inbox) -> None:
    while True:
        try:
            message = pickle.loads(pipe.recv_bytes())
        except Exception:  # noqa: BLE001  closed, or a message cut off by a death
            inbox.put(Heard(worker, time.monotonic(), None))
            return
        inbox.put(Heard(worker, time.monotonic(), message))


def _speak(pipe: Connection, outbox: queue.SimpleQueue[bytes | None]) -> None:
    while (data := outbox.get()) is not None:
        try:
            pipe.send_bytes(data)
        except OSError:
            return


@contextmanager
def _with_variables(variables: Mapping[str, str]) -> Iterator[None]:
    """The environment with these variables: libraries read them when they are loaded."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _held_signals() -> Iterator[None]:
    """Signals of the terminal wait, here and in what is started, until it can ignore them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # Starting it below would let the signals through again: it unblocks them when it has started.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
