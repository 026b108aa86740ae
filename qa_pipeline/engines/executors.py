"""Which executor, with how many workers of how many threads."""

from __future__ import annotations

from collections.abc import Callable

from qa_pipeline.errors import UsageError
from qa_pipeline.ports import Executor, Work

# A worker with the default models loaded (whisper-base, diarizer, encoder), measured: 1.6 GB.
WORKER_MEMORY_MB = 1600
_KEPT_FREE_MB = 1000  # for the parent, the system and its cache of the recordings


def plan_workers(
    cores: int,
    free_memory_mb: int,
    wanted_workers: int = 0,
    wanted_threads: int = 0,
    memory_per_worker_mb: int = WORKER_MEMORY_MB,
) -> tuple[int, int]:
    """How many workers, and how many threads each.

    What is asked for is given. Otherwise as many workers as cores and memory allow: calls share
    nothing, so two workers wait less for each other than two threads of one do; cores for which
    there is no memory become threads.

    Args:
        cores: that may be used.
        free_memory_mb: that may be taken.
        wanted_workers: 0: as many as there is room for.
        wanted_threads: of each worker; 0: the cores shared out among the workers.
        memory_per_worker_mb: what a worker holds with its models loaded.

    Returns:
        Workers and threads per worker, each at least 1.

    Example:
        >>> plan_workers(8, 32_000)
        (8, 1)
        >>> plan_workers(8, 8_000)
        (4, 2)
    """
    cores = max(1, cores)
    if wanted_workers > 0:
        return wanted_workers, wanted_threads or max(1, cores // wanted_workers)
    room = (free_memory_mb - _KEPT_FREE_MB) // max(1, memory_per_worker_mb)
    workers = max(1, min(cores // max(1, wanted_threads), room))
    return workers, wanted_threads or max(1, cores // workers)


def build_executor(
    kind: str,
    make_work: Callable[[], Work],
    *,
    workers: int,
    threads: int,
    max_memory_mb: int | None = None,
    ray_address: str | None = None,
    gpus_per_worker: float = 0.0,
) -> Executor:
    """The executor that the settings ask for; nothing is started before it is entered.

    Args:
        kind: serial, processes or ray.
        make_work: picklable; makes the work, once in each worker.
        workers: how many at most; 0, for Ray only: as many as the cluster has room for.
        threads: of each worker.
        max_memory_mb: a worker that holds more is ended; None: as much as there is.
        ray_address: of a running cluster; None: one on this machine.
        gpus_per_worker: GPUs, or the part of one, that each Ray worker takes.

    Raises:
        SetupError: Ray is asked for and not installed.
        UsageError: there is no such executor.
    """
    if kind == "serial":
        from qa_pipeline.engines.executor_serial import SerialExecutor

        return SerialExecutor(make_work)
    if kind == "processes":
        from qa_pipeline.engines.executor_processes import ProcessExecutor

        return ProcessExecutor(
            make_work, workers, max_memory_mb=max_memory_mb, threads_per_worker=threads
        )
    if kind == "ray":
        from qa_pipeline.engines.executor_ray import RayExecutor

        return RayExecutor(
            make_work,
            workers,
            address=ray_address,
            threads_per_worker=threads,
            gpus_per_worker=gpus_per_worker,
            memory_per_worker_mb=WORKER_MEMORY_MB,
            max_memory_mb=max_memory_mb,
        )
    raise UsageError(
        f"There is no executor called {kind}.", "Use --executor serial, processes or ray."
    )
