"""What runs inside an actor of a Ray cluster: it makes its work once, then does task after task.

Ray imports this module on every node, so it needs nothing but this package there. Two threads of
the actor come in here: one for the work, one that answers where it is.
"""

from __future__ import annotations

import os
import pickle
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from qa_pipeline.engines.carried import Outcome, as_setup_error, carry_out, in_words, sealed_error
from qa_pipeline.engines.machine import own_peak_mb, resident_mb
from qa_pipeline.engines.worker_process import NotReady, Ready
from qa_pipeline.errors import SetupError
from qa_pipeline.ports import Work

WORK = "work"  # concurrency groups: each has a thread of its own
STATE = "state"


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a worker is with the task of this order."""

    order: int
    stage: str
    limit_s: float | None
    memory_mb: int


@dataclass(frozen=True, slots=True)
class Introduction:
    """Who a worker is, and whether its work is made."""

    name: str
    said: Ready | NotReady


class RayWorker:
    """The actor's class."""

    def __init__(self) -> None:
        self._work: Work | None = None
        self._at: tuple[int, str, float | None] = (0, "", None)

    def get_ready(self, sealed_make_work: bytes, driver_path: Sequence[str]) -> Introduction:
        """Makes the work; modules that the driver found in its folders are found here too.

        Args:
            sealed_make_work: the pickled function that makes the work.
            driver_path: the driver's `sys.path`; what this node has of it is searched last.
        """
        sys.path.extend(path for path in driver_path if path not in sys.path)
        name = f"{socket.gethostname()} (pid {os.getpid()})"
        try:
            self._work = pickle.loads(sealed_make_work)()
        except SetupError as error:
            sealed = sealed_error(as_setup_error(error))
            return Introduction(name, NotReady(sealed, in_words(error)))
        except BaseException as error:  # noqa: BLE001  told to the driver, which tries again
            return Introduction(name, NotReady(None, in_words(error)))
        return Introduction(name, Ready(own_peak_mb()))

    def do(self, order: int, payload: bytes) -> Outcome:
        """Does a task."""
        self._at = (order, "", None)

        def report(stage: str, limit_s: float | None = None) -> None:
            self._at = (order, stage, self._at[2] if limit_s is None else limit_s)

        if self._work is None:
            raise RuntimeError("a task was sent before the work was made")
        return carry_out(self._work, payload, report)

    def whereabouts(self) -> Whereabouts:
        """Where the task in hand is, and what this process holds."""
        return Whereabouts(*self._at, resident_mb(os.getpid()) or 0)
