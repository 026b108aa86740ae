"""What this machine has for workers: cores, free memory, threads, and what a process holds.

A container's limits count: a machine may have 64 cores and 256 GB of which this process may use
4 and 8. They stand in the control groups of Linux (version 2: `cpu.max`, `memory.max`; version 1:
`cpu.cfs_quota_us`, `memory.limit_in_bytes`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil

from qa_pipeline.engines.setup import thread_count

_MB = 1 << 20
_CONTROL_GROUPS = Path("/sys/fs/cgroup")
_OWN_GROUPS = Path("/proc/self/cgroup")
_OWN_STATUS = Path("/proc/self/status")
_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)

_MALLOC = (
    ("hugetlb", 1),  # asks for transparent huge pages
    ("arena_max", 1),
    ("mmap_threshold", 32 << 20),  # the most that may be asked for
    ("trim_threshold", 256 << 20),
)


def usable_cores(root: Path = _CONTROL_GROUPS, own: Path = _OWN_GROUPS) -> int:
    """Processor cores that this process may use, at least 1.

    Args:
        root: where the control groups are mounted.
        own: the file that names this process's groups.
    """
    cores = float(thread_count(0))
    for folder in _folders(root, own, "cpu"):
        limit, period = _words(folder / "cpu.max"), 0
        if len(limit) == 2:
            quota, period = _number(limit[0]), _number(limit[1])
        else:
            quota = _number(_text(folder / "cpu.cfs_quota_us"))
            period = _number(_text(folder / "cpu.cfs_period_us"))
        if quota > 0 and period > 0:
            cores = min(cores, quota / period)
    return max(1, int(cores))


def free_memory_mb(root: Path = _CONTROL_GROUPS, own: Path = _OWN_GROUPS) -> int:
    """Memory that may still be taken without swapping, in MB; file caches count as free.

    Args:
        root: where the control groups are mounted.
        own: the file that names this process's groups.
    """
    free = psutil.virtual_memory().available
    for folder in _folders(root, own, "memory"):
        limit = _number(_text(folder / "memory.max") or _text(folder / "memory.limit_in_bytes"))
        held = _number(_text(folder / "memory.current") or _text(folder / "memory.usage_in_bytes"))
        if limit > 0:
            free = min(free, limit - held + _cached_bytes(folder))
    return max(0, free // _MB)


def resident_mb(pid: int) -> int | None:
    """Memory that a process holds, in MB; None: it is gone, or not ours to look at."""
    try:
        return int(psutil.Process(pid).memory_info().rss // _MB)
    except psutil.Error:
        return None


def own_peak_mb() -> int:
    """The most memory that this process has held, in MB; what it holds now where none counts.

    Not `getrusage`: on Linux its figure starts with the size of the process that started this one.
    """
    for line in _text(_OWN_STATUS).splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    return int(psutil.Process().memory_info().rss // _MB)


def thread_variables(threads: int) -> dict[str, str]:
    """What the numeric libraries read, when they are loaded, for their number of threads.

    Example:
        >>> thread_variables(2)["OMP_NUM_THREADS"]
        '2'
    """
    return dict.fromkeys(_THREAD_VARIABLES, str(max(1, threads)))


def memory_variables(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What the GNU C library reads, when a process starts, for how it takes and returns memory.

    Whisper's encoder takes and returns 600 MB for each half minute of speech (the attention of
    8 heads over 1500 positions, 72 MB a layer, twice), and each time the kernel hands out 155,000
    empty pages of 4 kB: two fifths of the encoder's time. In pages of 2 MB, from one arena that
    gives back only large stretches, that all but vanishes; the memory held at most stays the same.
    Other C libraries read none of it.

    Args:
        environment: tunables that are set there are left as they are.

    Example:
        >>> list(memory_variables({}))
        ['GLIBC_TUNABLES']
        >>> memory_variables({"GLIBC_TUNABLES": "glibc.malloc.check=1"})
        {}
    """
    if "GLIBC_TUNABLES" in environment:
        return {}
    return {"GLIBC_TUNABLES": ":".join(f"glibc.malloc.{name}={n}" for name, n in _MALLOC)}


def _folders(root: Path, own: Path, controller: str) -> Iterator[Path]:
    """The folders of this process's control group and of those above it."""
    for line in _text(own).splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        top = root / controller if controllers else root
        folder = top / path.lstrip("/")
        yield from (
            above for above in (folder, *folder.parents) if above == top or top in above.parents
        )


def _cached_bytes(folder: Path) -> int:
    """Pages of files that the kernel gives up when memory is asked for."""
    for line in _text(folder / "memory.stat").splitlines():
        name, _, value = line.partition(" ")
        if name in {"inactive_file", "total_inactive_file"}:
            return _number(value)
    return 0


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _words(path: Path) -> list[str]:
    return _text(path).split()


def _number(text: str) -> int:
    """-1 for 'max' and whatever else is no number."""
    return int(text) if text.isascii() and text.isdigit() else -1
