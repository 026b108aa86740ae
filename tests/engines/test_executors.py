"""How many workers of how many threads, which executor, and what the machine has."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import fault_works
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.engines.executors import build_executor, plan_workers
from qa_pipeline.engines.machine import (
    free_memory_mb,
    memory_variables,
    own_peak_mb,
    resident_mb,
    thread_variables,
    usable_cores,
)
from qa_pipeline.errors import UsageError
from qa_pipeline.ports import Executor


@pytest.mark.parametrize(
    ("cores", "free_mb", "workers", "threads", "planned"),
    [
        (2, 16_000, 0, 0, (2, 1)),
        (8, 64_000, 0, 0, (8, 1)),
        (8, 8_000, 0, 0, (4, 2)),
        (16, 5_900, 0, 0, (3, 5)),
        (8, 64_000, 0, 2, (4, 2)),
        (8, 64_000, 2, 0, (2, 4)),
        (8, 64_000, 3, 1, (3, 1)),
        (2, 900, 0, 0, (1, 2)),
        (2, 16_000, 6, 0, (6, 1)),
        (1, 0, 0, 4, (1, 4)),
    ],
)
def test_workers_and_threads(
    cores: int, free_mb: int, workers: int, threads: int, planned: tuple[int, int]
) -> None:
    assert plan_workers(cores, free_mb, workers, threads, 1600) == planned


@given(st.integers(0, 256), st.integers(0, 10**6), st.integers(0, 64), st.integers(0, 64))
def test_a_plan_fits_the_machine_unless_it_was_asked_for(
    cores: int, free_mb: int, workers: int, threads: int
) -> None:
    planned_workers, planned_threads = plan_workers(cores, free_mb, workers, threads)
    assert planned_workers >= 1
    assert planned_threads >= 1
    assert workers in {0, planned_workers}
    assert threads in {0, planned_threads}
    if not workers:
        assert planned_workers == 1 or planned_workers * 1600 <= free_mb
    if not workers and not threads:
        assert planned_workers * planned_threads <= max(1, cores)


def test_each_executor_by_its_name() -> None:
    kinds = ("serial", "processes")
    built: list[Executor] = [
        build_executor(kind, fault_works.make, workers=3, threads=1) for kind in kinds
    ]
    assert [executor.name for executor in built] == list(kinds)
    assert [executor.workers for executor in built] == [1, 3]


@pytest.mark.ray
def test_the_ray_executor_by_its_name() -> None:
    pytest.importorskip("ray", reason="Ray is not installed (pip install 'qa-pipeline[ray]')")
    executor = build_executor("ray", fault_works.make, workers=3, threads=2, gpus_per_worker=0.5)
    assert (executor.name, executor.workers, executor.free()) == ("ray", 3, 6)


def test_an_unknown_executor_is_told() -> None:
    with pytest.raises(UsageError, match="processes or ray"):
        build_executor("slurm", fault_works.make, workers=1, threads=1)


def test_thread_variables_are_at_least_one() -> None:
    assert thread_variables(0)["MKL_NUM_THREADS"] == "1"


def test_a_worker_takes_memory_in_large_pages_unless_told_otherwise() -> None:
    assert "hugetlb=1" in memory_variables({})["GLIBC_TUNABLES"]
    assert memory_variables({"GLIBC_TUNABLES": "glibc.malloc.check=1"}) == {}


def test_what_a_process_holds() -> None:
    held = resident_mb(os.getpid())
    assert held is not None
    assert 5 < held <= own_peak_mb() + 1
    assert resident_mb(2**22 + 5) is None


def groups(tmp_path: Path, own: str, files: dict[str, str]) -> tuple[Path, Path]:
    root, own_file = tmp_path / "cgroup", tmp_path / "own"
    own_file.write_text(own)
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root, own_file


def test_a_container_s_limits_of_version_2(tmp_path: Path) -> None:
    mb = 1 << 20
    root, own = groups(
        tmp_path,
        "0::/night.slice/run.service\n",
        {
            "night.slice/cpu.max": "max 100000\n",
            "night.slice/memory.max": f"{300 * mb}\n",
            "night.slice/memory.current": f"{250 * mb}\n",
            "night.slice/memory.stat": f"anon 7\ninactive_file {90 * mb}\n",
            "night.slice/run.service/cpu.max": "100000 100000\n",
            "night.slice/run.service/memory.max": "max\n",
            "night.slice/run.service/memory.current": f"{200 * mb}\n",
        },
    )
    assert usable_cores(root, own) == 1
    assert free_memory_mb(root, own) == 140


def test_a_container_s_limits_of_version_1(tmp_path: Path) -> None:
    mb = 1 << 20
    root, own = groups(
        tmp_path,
        "4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n1:name=systemd:/\n",
        {
            "cpu/cpu.cfs_quota_us": "150000\n",
            "cpu/cpu.cfs_period_us": "100000\n",
            "memory/memory.limit_in_bytes": f"{64 * mb}\n",
            "memory/memory.usage_in_bytes": f"{80 * mb}\n",
        },
    )
    assert usable_cores(root, own) == 1
    assert free_memory_mb(root, own) == 0


def test_without_limits_the_machine_counts(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    assert usable_cores(missing, missing) >= 1
    assert free_memory_mb(missing, missing) > 100


@pytest.mark.skipif(sys.platform != "linux", reason="control groups are Linux's")
def test_this_machine_s_own_groups_can_be_read() -> None:
    assert usable_cores() >= 1
    assert free_memory_mb() > 0
