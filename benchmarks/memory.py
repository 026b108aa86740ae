"""Does memory stay flat over thousands of calls?

Run: ``python -m benchmarks.memory [--calls 2000] [--workers 2]``, or with the real models:
``python -m benchmarks.memory --real --calls 100``

Short generated calls go through a whole run: the staged engines of the tests stand for the models,
so that what is seen is the pipeline's own memory; with ``--real`` twelve seconds of sample calls go
through the models. The resident memory of the run's process and of its workers is read while it
goes on, against the number of calls done. Told are its mean over the first, middle and last third
(the first tenth, in which everything is loaded, aside) and its slope.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

import numpy as np
import psutil
import soundfile

from qa_pipeline import api_run
from qa_pipeline.acoustics.decode import decode
from qa_pipeline.config import Settings
from qa_pipeline.domain.batch import BatchSummary, Progress
from qa_pipeline.domain.recording import FloatArray

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests"
_MIB = 1 << 20
_PIECE_S = 12
_LOADING_SHARE = 0.1
_LEAST_SAMPLES = 10
_QUIET = 1e-4  # -80 dBFS: makes each call's content its own, and nobody hears it


@dataclass
class Series:
    """Calls done and MiB held, for one process."""

    calls: list[int] = field(default_factory=list)
    mib: list[float] = field(default_factory=list)

    def settled(self) -> tuple[FloatArray, FloatArray]:
        """Without the beginning, in which everything is loaded."""
        first = int(len(self.mib) * _LOADING_SHARE)
        return np.array(self.calls[first:], dtype=np.float32), np.array(
            self.mib[first:], dtype=np.float32
        )

    def thirds(self) -> list[float]:
        """Mean MiB over the first, the middle and the last third."""
        _, held = self.settled()
        return [float(part.mean()) for part in np.array_split(held, 3)]

    def slope(self) -> float:
        """MiB for each 1,000 calls of the whole run, by least squares."""
        calls, held = self.settled()
        if len(calls) < _LEAST_SAMPLES or calls[-1] == calls[0]:
            return 0.0
        return 1000 * float(np.polyfit(calls, held, 1)[0])


class Watch:
    """Reads what this process and its workers hold, again and again."""

    def __init__(self, every_s: float) -> None:
        self.parent = Series()
        self.workers: dict[int, Series] = defaultdict(Series)
        self.done = 0
        self._every_s, self._over = every_s, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def note(self, progress: Progress) -> None:
        """One more call is done."""
        self.done = progress.done

    def _look(self) -> None:
        own = psutil.Process()
        while not self._over.wait(self._every_s):
            self._add(self.parent, own)
            for child in own.children():
                if "resource_tracker" not in " ".join(_command(child)):
                    self._add(self.workers[child.pid], child)

    def _add(self, series: Series, process: psutil.Process) -> None:
        try:
            held = process.memory_info().rss / _MIB
        except psutil.Error:
            return  # it ended meanwhile
        series.calls.append(self.done)
        series.mib.append(held)


def _command(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def staged_calls(folder: Path, count: int) -> None:
    """Calls of a few seconds that the staged engines know, each of a content of its own."""
    scenes = import_module("night_engines").SHORT
    sounds = [import_module("staged_calls").sound_of(scene) for scene in scenes]
    for number in range(count):
        _write(folder / f"call_{number:06d}.wav", sounds[number % len(sounds)], number)


def real_calls(folder: Path, count: int) -> None:
    """Pieces of the sample calls."""
    chance = random.Random(1)
    suffixes = {".wav", ".mp3", ".flac", ".ogg"}
    paths = [p for p in sorted((ROOT / "sample_calls").iterdir()) if p.suffix in suffixes]
    audios = [decode(path).audio for path in paths]
    for number in range(count):
        audio = audios[number % len(audios)]
        length = _PIECE_S * audio.sample_rate_hz
        first = chance.randrange(max(1, audio.samples.shape[1] - length))
        piece = audio.samples[:, first : first + length]
        _write(folder / f"call_{number:06d}.wav", piece, number, audio.sample_rate_hz)


def _write(path: Path, samples: FloatArray, seed: int, rate_hz: int = 8000) -> None:
    noise = np.random.default_rng(seed).normal(0, _QUIET, samples.shape)
    soundfile.write(path, (samples + noise).T, rate_hz, subtype="PCM_16")
    os.utime(path, (1_700_000_000, 1_700_000_000))


def measure(count: int, workers: int, real: bool, every_s: float) -> tuple[Watch, BatchSummary]:
    """One run over so many calls, watched."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "calls"
        folder.mkdir()
        (real_calls if real else staged_calls)(folder, count)
        settings = Settings(
            data_dir=Path(name) / "data",
            executor="processes",
            workers=workers,
            engine_factory=None if real else "night_engines:make",
            settle_s=0,
            min_free_mb=0,
        )
        with Watch(every_s) as watch:
            summary = api_run.run([folder], settings, watch.note)
    return watch, summary


def told(title: str, series: Series) -> str:
    """One process's line."""
    first, middle, last = series.thirds()
    return (
        f"{title:<24}{first:>8.0f}{middle:>8.0f}{last:>8.0f}{max(series.mib):>8.0f}"
        f"{series.slope():>+10.1f}"
    )


def main() -> None:
    """Run and print."""
    sys.path.insert(0, str(TESTS))
    os.environ["PYTHONPATH"] = os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--real", action="store_true", help="with the real models")
    parser.add_argument("--every", type=float, default=0.5, metavar="SECONDS")
    given = parser.parse_args()
    began = time.monotonic()
    watch, summary = measure(given.calls, given.workers, given.real, given.every)
    counts = ", ".join(f"{step} {number}" for step, number in summary.counts.items() if number)
    counts += f"; {summary.ending}, {summary.retries} retries, {len(summary.failures)} failures"
    print(f"{given.calls} calls in {time.monotonic() - began:.0f} s: {counts}")
    print(f"{'MiB':<24}{'first':>8}{'middle':>8}{'last':>8}{'most':>8}{'per 1000':>10}")
    print(told("the run's process", watch.parent))
    for number, series in enumerate(watch.workers.values(), 1):
        if len(series.mib) >= _LEAST_SAMPLES:
            span = f"{series.calls[0]}-{series.calls[-1]}"
            print(told(f"worker {number} (calls {span})", series))


if __name__ == "__main__":
    main()
