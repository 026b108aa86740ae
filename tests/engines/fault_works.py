"""Work that goes wrong in every way, for the executors' tests; workers import it by name."""

from __future__ import annotations

import ctypes
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from qa_pipeline.errors import AudioError, SetupError
from qa_pipeline.ports import Report, Work

_MB = 1 << 20
_held: list[bytearray] = []


class StubbornError(Exception):
    """Pickles, but cannot be read again."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first}, {second}")


class LockedError(Exception):
    """Does not pickle."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.handle = sys.stdout.buffer


class Venomous:
    """A value that pickles and fails where it is read."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return (bitter, ("read",))


def bitter(where: str) -> None:
    raise ValueError(f"poisoned when {where}")


def act(payload: object, report: Report) -> object:
    """Does what the payload, (name, arguments...), asks for."""
    name, *arguments = payload if isinstance(payload, tuple) else (payload,)
    match name:
        case "double":
            return 2 * arguments[0]
        case "pid":
            return os.getpid()
        case "sleep":
            report("sleeping")
            time.sleep(arguments[0])
            return os.getpid()
        case "sleep, then extend":
            report("short")
            report("long", arguments[1])
            time.sleep(arguments[0])
            return "done"
        case "hang deaf":
            report("deaf")
            signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))
            ctypes.PyDLL(None).sleep(1000)  # a native call that keeps the interpreter's lock
        case "exit":
            os._exit(arguments[0])
        case "signal":
            os.kill(os.getpid(), arguments[0])
            time.sleep(5)
        case "segfault":
            ctypes.string_at(0)
        case "ask to exit":
            sys.exit("enough")
        case "grow":
            report("growing")
            for _ in range(arguments[0] // 20):
                _held.append(bytearray(os.urandom(1) * (20 * _MB)))
                time.sleep(0.02)
            time.sleep(arguments[1])
            return len(_held)
        case "memory error":
            raise MemoryError
        case "raise":
            raise AudioError("The recording is empty.", "Record again.")
        case "raise plainly":
            raise KeyError("no such turn")
        case "raise setup":
            raise SetupError("The data folder is gone.", "Mount it.")
        case "raise stubborn":
            raise StubbornError("one", "two")
        case "raise locked":
            raise LockedError("holds a file")
        case "value that does not pickle":
            return lambda: None
        case "value that cannot be read":
            return Venomous()
        case "bytes":
            return bytes(arguments[0] * _MB)
        case "shout":
            print("noise on stdout " * 200)  # noqa: T201
            os.write(1, b"noise below python\n" * 500)
            return "quiet"
        case "threads":
            return os.environ.get("OMP_NUM_THREADS")
        case "signals":
            return [
                signal.getsignal(number) is signal.SIG_IGN
                for number in (signal.SIGINT, signal.SIGTERM)
            ]
        case "leave a child with the pipe":
            if os.fork() == 0:
                time.sleep(arguments[0])
                os._exit(0)
            os._exit(7)
        case "on which node":
            import ray

            time.sleep(arguments[0])
            return ray.get_runtime_context().get_node_id()
        case "roulette":
            if random.random() < arguments[0]:
                os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(arguments[1])
            return arguments[2]
    raise AssertionError(f"no such act: {name}")


def make() -> Work:
    return act


def make_noting(folder: Path) -> Work:
    """Notes each worker that is made, and each pid."""
    (folder / f"{os.getpid()}").touch()
    return act


def make_without_setup() -> Work:
    raise SetupError("The model folder is empty.", "Fetch the models.")


def make_crashing() -> Work:
    os._exit(9)


def make_raising() -> Work:
    raise OSError("the disk is not there")


def make_large(megabytes: int) -> Work:
    _held.append(bytearray(os.urandom(1) * (megabytes * _MB)))
    time.sleep(2)
    return act


def make_failing_at_first(folder: Path, times: int) -> Work:
    """Crashes in the first workers, then works."""
    made = len(list(folder.iterdir()))
    (folder / f"{made}").touch()
    if made < times:
        os._exit(9)
    return act


def make_slowly(seconds: float) -> Work:
    time.sleep(seconds)
    return act


def noting(folder: Path) -> Callable[[], Work]:
    return partial(make_noting, folder)
