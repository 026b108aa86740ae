"""Runs over recordings, and what came of them: failures, another try, how far a run is."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

from qa_pipeline import api_rubric
from qa_pipeline.batch import Batch, Queue, Wanted, Watcher, WorkerPlan
from qa_pipeline.batch.marks import kit_mark
from qa_pipeline.batch.queue import Known
from qa_pipeline.batch.space import require_space
from qa_pipeline.batch.stopping import Stopper, next_time
from qa_pipeline.config import Settings
from qa_pipeline.domain.batch import BatchSummary, Progress, RunRecord
from qa_pipeline.domain.places import as_place, is_remote
from qa_pipeline.domain.stored import Failure, RecordingStatus
from qa_pipeline.errors import UsageError
from qa_pipeline.kits import build_kit
from qa_pipeline.metadata import discover, require_sources, sweep_temporary
from qa_pipeline.ports import Engines, Executor
from qa_pipeline.store import Store, open_store

OnProgress = Callable[[Progress], None]


def run(
    paths: Sequence[Path | str],
    settings: Settings,
    on_progress: OnProgress = lambda _: None,
    engines: Engines | None = None,
    *,
    wanted: Wanted | None = None,
    until: datetime.time | None = None,
    watcher: Watcher | None = None,
) -> BatchSummary:
    """Score recordings and keep everything in the store.

    Args:
        paths: files, folders, or addresses of other storage.
        settings: of this run.
        on_progress: told after each recording.
        engines: instead of those the settings name (for tests and benchmarks); the calls are then
            worked on in this process.
        wanted: which recordings, and how many; None: all.
        until: the time of day at which the run is to be over.
        watcher: is told more than `on_progress`.

    Raises:
        SetupError: nothing can be scored: no recordings, no models, no data folder.
    """
    watcher = replace(watcher or Watcher(), progress=on_progress)
    wanted = wanted or Wanted()
    if engines is not None:
        settings = settings.model_copy(update={"executor": "serial"})
    discovery = discover(paths, settings)
    # Kept paths hold from any working folder: reports cut the audio later, from elsewhere.
    sources = (
        source if source.url is not None else replace(source, path=source.path.absolute())
        for source in require_sources(discovery, paths)
    )
    require_space(settings.data_dir, settings.min_free_mb)
    with open_store(settings.data_dir, url=settings.store) as store:
        store.sweep()
        sweep_temporary(settings)
        rubrics = api_rubric.rubrics_of(settings)
        for rubric in rubrics.all:
            store.save_rubric(rubric)
        run_id = store.begin_run()
        plan = WorkerPlan(settings, run_id, build_kit, engines)

        def make_queue(on_known: Known) -> Queue:
            kit = cache(lambda: build_kit(settings, store, engines))
            mark = cache(lambda kind: kit_mark(kit(), kind))
            return Queue(sources, store, settings, wanted=wanted, kit_mark=mark, on_known=on_known)

        now = datetime.datetime.now().astimezone()
        with Stopper(at_once=settings.executor == "serial") as stopper:
            summary = Batch(
                store,
                make_executor=partial(_executor, settings, plan),
                make_queue=make_queue,
                settings=settings,
                stopper=stopper,
                watcher=watcher,
                limit=wanted.limit,
                deadline=next_time(until, now) if until else None,
            ).run()
        _forget_gone(store, paths)
    warnings = (
        *discovery.unmatched_manifest_rows,
        *(f"The folder {folder} cannot be read." for folder in discovery.unreadable_folders),
    )
    return replace(summary, warnings=warnings, signal=stopper.signal)


def _executor(settings: Settings, plan: WorkerPlan, waiting: int | None) -> Executor:
    """The executor that the settings ask for, no larger than so many recordings need."""
    from qa_pipeline.engines.executors import build_executor, plan_workers
    from qa_pipeline.engines.machine import free_memory_mb, usable_cores

    workers, threads = settings.workers, settings.threads
    if settings.executor == "processes":
        cores, free_mb = usable_cores(), free_memory_mb()
        workers, threads = plan_workers(cores, free_mb, workers, threads)
        if waiting is not None and waiting < workers:
            workers, threads = plan_workers(cores, free_mb, waiting, settings.threads)
    elif settings.executor == "ray":
        threads = threads or 1  # an actor is given so many cores, and its engines take no more
    return build_executor(
        settings.executor,
        replace(plan, settings=settings.model_copy(update={"threads": threads})),
        workers=workers,
        threads=threads or 1,
        max_memory_mb=settings.max_memory_mb,
        ray_address=settings.ray_address,
        gpus_per_worker=settings.gpus_per_worker,
    )


def _forget_gone(store: Store, paths: Sequence[Path | str]) -> None:
    """A failed recording that was deleted from the folders of this run is no failure any more."""
    folders = [path.absolute() for path in paths if isinstance(path, Path)]
    for failure in store.failures():
        path = Path(failure.path)
        if any(path.is_relative_to(folder) for folder in folders) and not os.path.lexists(path):
            store.clear_failure(failure.path)


def failures(settings: Settings) -> tuple[Failure, ...]:
    """The recordings whose last attempt failed, with cause and cure.

    Raises:
        StoreError: there are no results.
    """
    with open_store(settings.data_dir, create=False, url=settings.store) as store:
        return store.failures()


@dataclass(frozen=True, slots=True)
class Again:
    """What is to be tried again: the folders or files that a run is to be given.

    `gone`: failed recordings that are no longer there, and so no failures any more.
    """

    failures: tuple[Failure, ...]
    paths: tuple[Path | str, ...]
    gone: tuple[Failure, ...] = ()

    @property
    def wanted(self) -> Wanted:
        """Those recordings and no others."""
        return Wanted(only=frozenset(failure.path for failure in self.failures))


def to_retry(settings: Settings, names: Sequence[str]) -> Again:
    """The failed recordings named (none named: all), with their tries given back.

    They stay listed as failed until a run takes them.

    Args:
        settings: name the store.
        names: file names as `failures` gives them, or paths.

    Raises:
        UsageError: a name fits no failed recording.
        StoreError: there are no results.
    """
    with open_store(settings.data_dir, create=False, url=settings.store) as store:
        failed = store.failures()
        chosen = failed if not names else tuple(f for f in failed if _fits(f, names))
        unknown = [name for name in names if not any(_fits(f, [name]) for f in failed)]
        if unknown:
            raise UsageError(
                f"No failed recording is called {unknown[0]}.",
                "'qa-pipeline failures' lists them.",
            )
        gone = tuple(failure for failure in chosen if _is_gone(failure))
        again = tuple(failure for failure in chosen if failure not in gone)
        for failure in gone:
            store.clear_failure(failure.path)
        for failure in again:
            store.try_again(failure.path)
    return Again(again, tuple(dict.fromkeys(_given(failure) for failure in again)), gone)


def _is_gone(failure: Failure) -> bool:
    return not is_remote(failure.path) and not os.path.lexists(failure.path)


def _fits(failure: Failure, names: Sequence[str]) -> bool:
    known = {failure.file, failure.path, failure.path.rpartition("/")[2]}
    return any(name in known or str(Path(name).absolute()) == failure.path for name in names)


def _given(failure: Failure) -> Path | str:
    """The folder that was given when the recording was met, so that its name stays the same."""
    root = failure.path.removesuffix(failure.file)
    given = root if root != failure.path and root.endswith("/") else failure.path
    if failure.file == failure.path.rpartition("/")[2] and not is_remote(failure.path):
        given = failure.path  # by itself or in the folder given: the same name either way
    return as_place(given)


@dataclass(frozen=True, slots=True)
class BatchStatus:
    """What the store tells of its runs: the latest first, and all recordings by status."""

    runs: tuple[RunRecord, ...]
    recordings: Mapping[RecordingStatus, int]
    failures: tuple[Failure, ...]

    @property
    def current(self) -> tuple[RunRecord, ...]:
        """The runs that go on now."""
        return tuple(run for run in self.runs if run.alive)


def status(settings: Settings) -> BatchStatus:
    """How the runs of this store go, also from another terminal while they do.

    Raises:
        StoreError: there are no results.
    """
    with open_store(settings.data_dir, create=False, url=settings.store) as store:
        return BatchStatus(store.run_records(), store.status_counts(), store.failures())
