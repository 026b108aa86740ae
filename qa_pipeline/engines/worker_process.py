"""What runs inside a worker process: it makes its work once, then does task after task.

It talks to its parent over one pipe of its own, so that a worker that is killed in the middle of a
message spoils nobody else's. A thread reads the pipe while the work goes on: that is how a worker
notices that its parent is gone, wherever the system has no signal for it.
"""

from __future__ import annotations

import ctypes
import faulthandler
import os
import pickle
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection

from qa_pipeline.engines.carried import Outcome, as_setup_error, carry_out, in_words, sealed_error
from qa_pipeline.engines.machine import own_peak_mb
from qa_pipeline.errors import SetupError
from qa_pipeline.ports import Report, Work

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_PARENT_GONE = 3  # this process's exit code then; nobody is left to read it


# From the parent.


@dataclass(frozen=True, slots=True)
class Do:
    """Do this task after the one in hand."""

    number: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class GiveBack:
    """Leave this task to another worker, if it has not begun."""

    number: int


@dataclass(frozen=True, slots=True)
class Leave:
    """End when nothing is in hand."""


# To the parent.


@dataclass(frozen=True, slots=True)
class Ready:
    """The work is made."""

    memory_mb: int


@dataclass(frozen=True, slots=True)
class NotReady:
    """The work cannot be made: a pickled `SetupError` if that is sure, and why in words."""

    sealed: bytes | None
    cause: str


@dataclass(frozen=True, slots=True)
class Began:
    """A task is begun; only from here on is it charged with what happens to its worker."""

    number: int


@dataclass(frozen=True, slots=True)
class At:
    """The task is at this stage."""

    number: int
    stage: str
    limit_s: float | None


@dataclass(frozen=True, slots=True)
class Ended:
    """A task is done, or raised."""

    number: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class GivenBack:
    """The task had not begun, and will not."""

    number: int


def serve(pipe: Connection, sealed_make_work: bytes, parent_pid: int) -> None:
    """The whole life of a worker process.

    Args:
        pipe: to the parent.
        sealed_make_work: the pickled function that makes the work.
        parent_pid: whose death is this process's.
    """
    _die_with(parent_pid)
    _leave_signals_to_the_parent()
    _speak_on_stderr()
    line = _Line(pipe)
    threading.Thread(target=line.listen, name="pipe", daemon=True).start()
    work = _made(sealed_make_work, line)
    if work is None:
        return
    line.send(Ready(own_peak_mb()))
    while (task := line.next_task()) is not None:
        line.send(Began(task.number))
        outcome = carry_out(work, task.payload, line.report_of(task.number))
        line.send(Ended(task.number, outcome))


def _made(sealed_make_work: bytes, line: _Line) -> Work | None:
    try:
        make_work: Callable[[], Work] = pickle.loads(sealed_make_work)
        return make_work()
    except SetupError as error:
        line.send(NotReady(sealed_error(as_setup_error(error)), in_words(error)))
    except BaseException as error:  # noqa: BLE001  told to the parent, which tries again
        line.send(NotReady(None, in_words(error)))
    return None


class _Line:
    """The worker's end of the pipe: tasks in, reports out."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._sending = threading.Lock()
        self._tasks: deque[Do] = deque()
        self._changed = threading.Condition()
        self._leaving = False

    def send(self, message: object) -> None:
        data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
        with self._sending:
            try:
                self._pipe.send_bytes(data)
            except OSError:
                os._exit(_PARENT_GONE)

    def report_of(self, number: int) -> Report:
        def report(stage: str, limit_s: float | None = None) -> None:
            self.send(At(number, stage, limit_s))

        return report

    def next_task(self) -> Do | None:
        """The next task, once there is one; None: leave."""
        with self._changed:
            self._changed.wait_for(lambda: self._tasks or self._leaving)
            return self._tasks.popleft() if self._tasks else None

    def listen(self) -> None:
        while True:
            try:
                message = pickle.loads(self._pipe.recv_bytes())
            except (EOFError, OSError):
                os._exit(_PARENT_GONE)
            with self._changed:
                given_back = self._take(message)
                self._changed.notify_all()
            if given_back is not None:
                self.send(given_back)

    def _take(self, message: object) -> GivenBack | None:
        match message:
            case Do():
                self._tasks.append(message)
            case GiveBack(number):
                kept = [task for task in self._tasks if task.number != number]
                if len(kept) < len(self._tasks):
                    self._tasks = deque(kept)
                    return GivenBack(number)
            case Leave():
                self._leaving = True
        return None


def _die_with(parent_pid: int) -> None:
    """The kernel ends this process when its parent ends, even inside a native call (Linux)."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:  # it ended before the kernel was told
        os._exit(_PARENT_GONE)


def _leave_signals_to_the_parent() -> None:
    """Ctrl-C and a service manager's SIGTERM reach every process; the parent decides."""
    meant = {signal.SIGINT, signal.SIGTERM}
    for number in meant:
        signal.signal(number, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, meant)  # held back while this process started


def _speak_on_stderr() -> None:
    """What libraries print belongs on stderr: stdout is the parent's, for its results."""
    try:
        os.dup2(2, 1)
    except OSError:  # started without a stderr, as services may be
        return
    if sys.stderr is not None:
        sys.stdout = sys.stderr
        faulthandler.enable()  # where a native crash happened
