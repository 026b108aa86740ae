"""Whole runs on staged engines in processes of their own, started by a fork and so at once.

The parent makes one run itself beforehand (`warm`): what a run loads, its forks have. Such a run
takes about a second, and hundreds of them can be killed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa

from qa_pipeline import api_run
from qa_pipeline.config import Settings
from qa_pipeline.domain.batch import Ending

TESTS = Path(__file__).parents[1] / "tests"
_FILE_EVENTS = frozenset({"open", "os.rename", "os.remove", "os.mkdir"})


def prepare_environment() -> None:
    """Let runs and their workers find the staged engines."""
    sys.path.insert(0, str(TESTS))
    os.environ["PYTHONPATH"] = os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])


def staged_folder(folder: Path) -> Path:
    """Short staged calls, two of them copies of one, a broken file, a transcribed conversation."""
    import night_engines
    from staged_calls import HELD_EN, write_call, write_turns

    for number, scene in enumerate(night_engines.SHORT):
        write_call(
            folder,
            scene,
            "stereo" if number % 2 else "mono",
            sidecar={"agent_id": f"A{number % 2}", "call_id": f"c{number}"},
        )
    first = folder / f"{night_engines.SHORT[0].name}.wav"
    shutil.copy2(first, folder / "a copy.wav")
    write_turns(folder, HELD_EN, "held.turns.json")
    (folder / "broken.wav").write_bytes(b"RIFF" + b"\0" * 40)
    for path in sorted(folder.iterdir()):  # long settled, in a known order
        os.utime(path, (1_700_000_000, 1_700_000_000))
    return folder


def settings_of(data: Path, store: str | None, executor: str) -> Settings:
    """Of a run on staged engines."""
    return Settings(
        data_dir=data,
        store=store,
        executor=executor,
        workers=2,
        engine_factory="night_engines:make",
        backoff_s=0.05,
        tries=1000,  # a killed worker's call is nobody's fault here
        settle_s=0,
        min_free_mb=0,
    )


def warm(folder: Path, work: Path) -> None:
    """Load all that a run loads."""
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(work)
    api_run.run([folder], settings_of(work, None, "serial"))
    shutil.rmtree(work)


class Steps:
    """Counts what this process does to files of the data folder and to the database.

    Args:
        data_dir: the data folder.
        kill_at: the step that is this process's last; None: it goes on.
    """

    def __init__(self, data_dir: Path, kill_at: int | None) -> None:
        self.done = 0
        self._place, self._kill_at = str(data_dir), kill_at
        for event in ("before_cursor_execute", "after_cursor_execute", "commit"):
            sa.event.listen(sa.Engine, event, self._step)
        sys.addaudithook(self._on_audit)

    def _on_audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in _FILE_EVENTS and str(arguments[0]).startswith(self._place):
            self._step()

    def _step(self, *_: Any) -> None:
        self.done += 1
        if self.done == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)


def steps_file(settings: Settings) -> Path:
    """Where a run that came to its end writes how many steps it did."""
    return settings.data_dir.with_name("steps.txt")


def _go(folder: str, settings: Settings, kill_at: int | None, at: float) -> None:
    os.setsid()
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 1)
    os.dup2(sink, 2)
    steps = Steps(settings.data_dir, kill_at)
    time.sleep(max(0.0, at - time.time()))
    try:
        summary = api_run.run([Path(folder)], settings)
        steps_file(settings).write_text(str(steps.done))
    except BaseException as error:  # noqa: BLE001  a fork's own end: nothing of its parent is run
        settings.data_dir.with_name("error.txt").write_text(f"{type(error).__name__}: {error}")
        os._exit(2)
    os._exit(0 if summary.ending is Ending.FINISHED else 1)


@contextmanager
def started(
    folder: Path, settings: Settings, kill_at: int | None = None, at: float = 0.0
) -> Iterator[BaseProcess]:
    """A run that goes on in a session of its own.

    Args:
        folder: of recordings.
        settings: of the run.
        kill_at: the step (see `Steps`) at which it kills itself.
        at: the moment to begin, in seconds since 1970, so that two begin at once.
    """
    arguments = (str(folder), settings, kill_at, at)
    process = get_context("fork").Process(target=_go, args=arguments)
    process.start()
    try:
        yield process
    finally:
        if process.is_alive():
            process.kill()
        process.join()


def run_to_its_end(folder: Path, settings: Settings) -> float:
    """A run that nobody disturbs; how many seconds it took.

    Raises:
        RuntimeError: it did not finish.
    """
    began = time.monotonic()
    with started(folder, settings) as process:
        process.join()
    if process.exitcode != 0:
        said = settings.data_dir.with_name("error.txt")
        why = said.read_text() if said.exists() else f"exit code {process.exitcode}"
        raise RuntimeError(f"a run that nobody disturbed did not finish: {why}")
    return time.monotonic() - began


def session_of(leader: int) -> list[psutil.Process]:
    """The living processes of a session."""

    def belongs(process: psutil.Process) -> bool:
        try:
            return os.getsid(process.pid) == leader and process.status() != psutil.STATUS_ZOMBIE
        except (OSError, psutil.Error):
            return False

    return [process for process in psutil.process_iter() if belongs(process)]


def wait_until(true: Callable[[], bool], seconds: float) -> bool:
    """Whether it came true within so many seconds."""
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True
