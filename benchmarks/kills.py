"""Runs killed at random moments: does the next one end as if nothing had happened?

Each trial starts with an empty store and a folder of staged calls (copies, a broken file and a
conversation transcribed elsewhere among them), kills the run again and again at a random moment,
and lets a last one come to its end. Then everything must be as after an undisturbed run: the
export, the ledger's answers, one evaluation per call, the index of products, no claim and no
temporary file left over.

    python -m benchmarks.kills --kills 200                    # SQLite
    python -m benchmarks.kills --kills 200 --postgres         # a server of the benchmark's own
    python -m benchmarks.kills --kills 200 --store postgresql://...
    python -m benchmarks.kills --kills 40 --what worker       # a worker of a going run

``run``: the process of a run that works in itself is killed, in whatever stage it is: half of them
at a random moment by the clock, half at a random statement to the database or access to a file.
``parent``: the process of a run with workers, which must die with it. ``worker``: a worker of a
run that goes on. ``copy``: the power fails; what the disk had then is copied, without the end of
the database's log and without a few of the last products, as if they had not reached the disk.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.forked_runs import (
    prepare_environment,
    run_to_its_end,
    session_of,
    settings_of,
    staged_folder,
    started,
    steps_file,
    wait_until,
    warm,
)
from benchmarks.left_behind import clear, contents, leftovers, stages_done
from qa_pipeline.config import Settings

WHAT = ("run", "parent", "worker", "copy")
# One that is just starting dies when it has: on a busy machine after seconds.
WORKERS_DIE_WITHIN_S = 30.0
CHECKPOINT_BYTES = 3_000_000  # below this SQLite has moved nothing from its log to the database


@dataclass
class Tally:
    """What came of the trials."""

    trials: int = 0
    kills: int = 0
    stages: Counter[str] = field(default_factory=Counter)
    different: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """For print."""
        stages = ", ".join(f"{stage} {number}" for stage, number in self.stages.most_common())
        return [
            f"{self.kills} kills in {self.trials} trials; the last stage done: {stages}.",
            f"{self.trials - len(self.different)} of {self.trials} ended as the undisturbed run "
            "(export, ledger, one evaluation per call and rubric, nothing left over).",
            *self.different,
        ]


class Killer:
    """Kills runs in one way.

    Args:
        what: one of `WHAT`.
        folder: of recordings.
        settings: of the runs.
        whole: the seconds and the steps of an undisturbed run.
        per_trial: kills before a run may come to its end.
        chance: decides when.
    """

    def __init__(
        self,
        what: str,
        folder: Path,
        settings: Settings,
        *,
        whole: tuple[float, int],
        per_trial: int,
        chance: random.Random,
    ) -> None:
        self._what, self._folder, self._settings = what, folder, settings
        self._whole_s, self._steps = whole
        self._per_trial, self._chance = per_trial, chance
        self.stages: Counter[str] = Counter()

    def trial(self) -> int:
        """Runs that are killed one after the other; how many were, before one was done."""
        if self._what == "worker":
            return self._kill_workers()
        for killed in range(self._per_trial):
            if not self._kill():
                return killed
            if (self._settings.data_dir / "qa.sqlite").exists() or self._settings.store:
                self.stages.update(stages_done(self._settings))
        return self._per_trial

    def _kill(self) -> bool:
        """Start a run and kill it; False if it was done before."""
        share = 1.5 / self._per_trial
        by_step = self._what == "run" and self._chance.random() < 0.5
        kill_at = self._chance.randint(1, round(self._steps * share)) if by_step else None
        with started(self._folder, self._settings, kill_at) as process:
            pid = process.pid or 0
            process.join(None if by_step else self._chance.uniform(0, self._whole_s * share))
            if not process.is_alive():
                return process.exitcode == -signal.SIGKILL
            if self._what == "copy":
                os.kill(pid, signal.SIGSTOP)  # a disk stands still in no time
                self._copy()
            os.kill(pid, signal.SIGKILL)
            process.join()
            if not wait_until(lambda: not session_of(pid), WORKERS_DIE_WITHIN_S):
                raise RuntimeError("workers outlived the run that was killed")
        if self._what == "copy":
            shutil.rmtree(self._settings.data_dir)
            self._copied.rename(self._settings.data_dir)
        return True

    @property
    def _copied(self) -> Path:
        return self._settings.data_dir.with_name("copied")

    def _copy(self) -> None:
        """What is on the disk of a machine whose power fails."""
        shutil.rmtree(self._copied, ignore_errors=True)
        self._settings.data_dir.mkdir(exist_ok=True)  # the run may not have come so far
        gone = shutil.ignore_patterns("*-shm")  # memory that processes share
        shutil.copytree(self._settings.data_dir, self._copied, ignore=gone)
        log = self._copied / "qa.sqlite-wal"
        if log.exists() and log.stat().st_size < CHECKPOINT_BYTES and self._chance.random() < 0.5:
            os.truncate(log, self._chance.randint(0, log.stat().st_size))
        files = sorted(self._copied.glob("products/*/*"), key=lambda path: path.stat().st_mtime_ns)
        for path in files[len(files) - self._chance.randint(0, min(3, len(files))) :]:
            path.unlink()

    def _kill_workers(self) -> int:
        """One run whose workers kill themselves, in whatever they do; how many did."""
        log = self._settings.data_dir.with_name("kills.txt")
        log.unlink(missing_ok=True)
        killing = {
            "NIGHT_KILLS": str(log),
            "NIGHT_MOST_KILLS": str(self._per_trial),
            "NIGHT_KILL_S": "1.0",
            "NIGHT_SEED": str(self._chance.random()),
        }
        os.environ.update(killing)
        try:
            run_to_its_end(self._folder, self._settings)
        finally:
            for name in killing:
                del os.environ[name]
        lines = log.read_text().splitlines() if log.exists() else []
        self.stages.update(f"in {line.split()[1]}" for line in lines)
        return len(lines)


def measure(
    what: str, kills: int, work: Path, *, store: str | None, seed: int, per_trial: int
) -> Tally:
    """Trials until there were so many kills."""
    tally, folder = Tally(), staged_folder(work / "calls")
    settings = settings_of(
        work / "data", store, "serial" if what in {"run", "copy"} else "processes"
    )
    warm(folder, work / "warm")
    clear(settings)
    whole_s = run_to_its_end(folder, settings)
    whole = (whole_s, int(steps_file(settings).read_text()))
    index = what != "copy"  # its rows may be lost with the power, and are not missed
    wanted = contents(settings, index)
    killer = Killer(
        what, folder, settings, whole=whole, per_trial=per_trial, chance=random.Random(seed)
    )
    tally.stages = killer.stages
    while tally.kills < kills:
        clear(settings)
        tally.kills += killer.trial()
        run_to_its_end(folder, settings)
        tally.trials += 1
        found, left = contents(settings, index), leftovers(settings.data_dir)
        if found != wanted or left:
            kept = work / f"different_{tally.trials}.json"
            kept.write_text(found, encoding="utf-8")
            (work / "wanted.json").write_text(wanted, encoding="utf-8")
            tally.different.append(f"trial {tally.trials} differs: {kept}; left over: {left}")
        if sys.stderr.isatty():
            print(f"\r{tally.kills} kills, {tally.trials} trials", end="", file=sys.stderr)
    return tally


@contextmanager
def store_of(given: Any) -> Iterator[str | None]:
    """The store asked for; a server of the benchmark's own ends with it."""
    if not given.postgres:
        yield given.store
        return
    import postgres_server

    with postgres_server.running() as server, server.database() as url:
        yield url


def main() -> None:
    prepare_environment()
    os.environ["NIGHT_SLOW_S"] = "0.02"  # so that no stage is too short to be killed in
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--what", choices=WHAT, default="run")
    parser.add_argument("--store", help="postgresql://...; all that it holds is dropped")
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL server of its own")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--per-trial", type=int, default=4)
    parser.add_argument("--work", type=Path, help="folder to work in, kept")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary, store_of(given) as store:
        work = given.work or Path(temporary)
        tally = measure(
            given.what,
            given.kills,
            work,
            store=store,
            seed=given.seed,
            per_trial=given.per_trial,
        )
        for line in tally.lines():
            print(line)
    raise SystemExit(bool(tally.different))


if __name__ == "__main__":
    main()
