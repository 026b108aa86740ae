"""Engines for runs in processes of their own: staged ones, named by ``engine_factory``.

The environment tells what goes wrong: ``NIGHT_FAULT=crash:short_1,hang:short_2``, by the scene
that the recogniser is given; ``NIGHT_SLOW_S`` slows each stage down. With ``NIGHT_KILLS`` (a file)
the process kills itself within ``NIGHT_KILL_S`` seconds after its first call came, in whatever it
does then, until the file has ``NIGHT_MOST_KILLS`` lines; ``NIGHT_SEED`` says when. With
``NIGHT_HEARD`` (a file) each question to the recogniser is a line in it.
"""

from __future__ import annotations

import ctypes
import os
import random
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from staged_calls import SCENES, Scene, StagedEngines

from qa_pipeline.config import Settings
from qa_pipeline.domain.recording import FloatArray

# Short ones, for runs that are started many times.
SHORT = tuple(
    Scene(
        f"short_{number}",
        "en",
        (
            "A: Good morning, Brightway, this is Laura Bennett.",
            "C: Hi, it is Daniel Foster.",
            "A: Bye now, Mr. Foster.",
        ),
        tail_ms=800 + 300 * number,
    )
    for number in range(6)
)


_PARTS = ("qa_pipeline.stages.", "qa_pipeline.converse", "qa_pipeline.store.")


class FaultyEngines(StagedEngines):
    """Staged engines that crash, hang, eat memory or take their time."""

    def __init__(self) -> None:
        super().__init__((*SCENES, *SHORT))
        self._slow_s = float(os.environ.get("NIGHT_SLOW_S", "0"))
        faults = os.environ.get("NIGHT_FAULT", "").split(",")
        self._faults = {scene: name for name, _, scene in (f.partition(":") for f in faults)}
        self._timer: threading.Timer | None = None

    def enter(self, engine: str, samples: FloatArray) -> Scene | None:
        if self._timer is None and "NIGHT_KILLS" in os.environ:
            self._timer = threading.Timer(_kill_after_s(), _kill_this_process)
            self._timer.daemon = True
            self._timer.start()
        scene = super().enter(engine, samples)
        if engine == "transcriber" and "NIGHT_HEARD" in os.environ:
            note(os.environ["NIGHT_HEARD"], f"{os.getpid()} {scene.name if scene else None}")
        time.sleep(self._slow_s)
        if engine == "transcriber" and scene is not None and scene.name in self._faults:
            FAULTS[self._faults[scene.name]]()
        return scene


def _kill_this_process() -> None:
    if kills_so_far() < int(os.environ["NIGHT_MOST_KILLS"]):
        note(os.environ["NIGHT_KILLS"], f"{os.getpid()} {_at_work_on()}")
        os.kill(os.getpid(), signal.SIGKILL)


def _at_work_on() -> str:
    """The part of the pipeline that the main thread is in."""
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    while frame is not None:
        module = str(frame.f_globals.get("__name__"))
        if module.startswith(_PARTS):
            return module.removeprefix("qa_pipeline.")
        frame = frame.f_back
    return "nothing"


def kills_so_far() -> int:
    log = Path(os.environ["NIGHT_KILLS"])
    return len(log.read_text().splitlines()) if log.exists() else 0


def _kill_after_s() -> float:
    chance = random.Random(f"{os.environ.get('NIGHT_SEED')} {kills_so_far()}")
    return chance.uniform(0, float(os.environ["NIGHT_KILL_S"]))


def note(path: str, line: str) -> None:
    """Add a line to a file that several processes write."""
    with Path(path).open("a") as file:
        file.write(line + "\n")


def _crash() -> None:
    os._exit(7)


def _segfault() -> None:
    ctypes.string_at(0)


def _hang() -> None:
    time.sleep(3600)


def _eat() -> None:
    held: list[Any] = []
    while True:
        held.append(bytearray(os.urandom(1 << 20) * 50))
        time.sleep(0.02)


FAULTS = {"crash": _crash, "segfault": _segfault, "hang": _hang, "eat": _eat}


def make(settings: Settings) -> FaultyEngines:
    """The engine factory."""
    return FaultyEngines()
