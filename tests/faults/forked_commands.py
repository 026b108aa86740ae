"""`qa-pipeline` in a process of its own, forked so that it begins at once."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

from benchmarks.forked_runs import session_of, wait_until


@dataclass
class Command:
    """A command that goes on; what it prints is in a file."""

    process: BaseProcess
    out: Path

    @property
    def text(self) -> str:
        """In one line, since where lines are broken depends on the paths in them."""
        return " ".join(self.out.read_text(errors="replace").split())

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def code(self, seconds: float) -> int | None:
        """The exit code; None: it goes on after so many seconds."""
        self.process.join(seconds)
        return self.process.exitcode

    def left_processes(self, seconds: float = 3.0) -> list[str]:
        """Its workers that outlived it."""
        wait_until(lambda: not session_of(self.pid), seconds)
        return [" ".join(process.cmdline()) for process in session_of(self.pid)]


def _go(arguments: list[str], out: Path) -> None:
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    sink = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(sink, 1)
    os.dup2(sink, 2)
    sys.stdout = sys.stderr = os.fdopen(1, "w", encoding="utf-8", buffering=1)
    sys.argv = ["qa-pipeline", *arguments]
    code = 70  # an error that nobody had thought of
    try:
        from qa_pipeline.cli import main

        main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001  a fork's own end: nothing of its parent is run
        sys.excepthook(*sys.exc_info())
    sys.stdout.flush()
    os._exit(code)


@contextmanager
def started_command(out: Path, *arguments: object) -> Iterator[Command]:
    """`qa-pipeline` with these arguments."""
    process = get_context("fork").Process(target=_go, args=([str(a) for a in arguments], out))
    process.start()
    try:
        yield Command(process, out)
    finally:
        if process.is_alive():
            process.kill()
        process.join()
