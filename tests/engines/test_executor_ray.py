"""A real Ray cluster of two nodes on this machine: faults, and the loss of a node in mid-run."""

from __future__ import annotations

import importlib.util
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import fault_works
import psutil
import pytest

from qa_pipeline.engines.executor_ray import RayExecutor
from qa_pipeline.errors import AudioError, SetupError
from qa_pipeline.ports import Executor, Task, TaskEnd, TaskResult

needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None,
    reason="Ray is not installed (pip install 'qa-pipeline[ray]')",
)
pytestmark = pytest.mark.ray

# A small cluster that notices a lost node soon; by default that takes half a minute.
QUICK = {"health_check_period_ms": 500, "health_check_failure_threshold": 4}
STORE_BYTES = 80_000_000


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    from ray.cluster_utils import Cluster

    head = {
        "num_cpus": 1,
        "object_store_memory": STORE_BYTES,
        "include_dashboard": False,
        "_system_config": QUICK,
    }
    started = Cluster(initialize_head=True, head_node_args=head)
    yield started
    started.shutdown()


def drive(
    executor: Executor,
    tasks: Sequence[Task],
    seconds: float = 60.0,
    meanwhile: Callable[[list[TaskResult]], None] = lambda _: None,
    again: Callable[[TaskResult], bool] = lambda _: False,
) -> tuple[list[TaskResult], list[TaskResult]]:
    """(results, those tried again), as the batch's loop takes them."""
    left, results, repeated = list(tasks), [], []
    until = time.monotonic() + seconds
    while len(results) < len(tasks):
        assert time.monotonic() < until, executor.in_hand()
        while left and executor.free() > 0:
            executor.submit(left.pop(0))
        for result in executor.wait(0.2):
            if again(result):
                left.append(result.task)
                repeated.append(result)
            else:
                results.append(result)
        meanwhile(results)
    return results, repeated


@needs_ray
def test_a_lost_node_costs_only_the_task_that_it_had_begun(cluster: Any) -> None:
    lost = cluster.add_node(num_cpus=1, object_store_memory=STORE_BYTES)
    numbers = range(14)
    tasks = [Task(number, ("on which node", 0.4), 60.0) for number in numbers]
    killed_at: list[float] = []

    def kill_one_node(results: list[TaskResult]) -> None:
        if len({result.value for result in results}) == 2 and not killed_at:
            killed_at.append(time.monotonic())
            cluster.remove_node(lost, allow_graceful=False)

    with RayExecutor(fault_works.make, 2, address=cluster.address) as executor:
        results, repeated = drive(
            executor,
            tasks,
            meanwhile=kill_one_node,
            again=lambda result: result.end is TaskEnd.CRASHED,
        )
        assert killed_at, "both nodes had work before one was killed"
        assert sorted(result.task.number for result in results) == list(numbers)
        assert {result.end for result in results} == {TaskEnd.DONE}
        assert len(repeated) <= 1, "no more than the one task that the lost node had begun"
        for result in repeated:
            assert result.cause
        assert executor.in_hand() == ()

        later = cluster.add_node(num_cpus=1, object_store_memory=STORE_BYTES)
        until, more, seen = time.monotonic() + 40, 100, set()
        while later.node_id not in seen:
            assert time.monotonic() < until, "the new node got no worker"
            tasks = [Task(more + step, ("on which node", 0.2), 60.0) for step in range(4)]
            results, _ = drive(executor, tasks)
            seen |= {result.value for result in results}
            more += len(tasks)


@needs_ray
def test_faults_end_one_task_each(cluster: Any, capfd: pytest.CaptureFixture[str]) -> None:
    cluster.wait_for_nodes()
    payloads: dict[int, tuple[tuple[object, ...], float]] = {
        1: (("double", 21), 30),
        2: (("raise",), 30),
        3: (("raise locked",), 30),
        4: (("shout",), 30),
        5: (("threads",), 30),
        6: (("value that cannot be read",), 30),
        7: (("bytes", 20), 30),
        8: (("sleep, then extend", 3.0, 30.0), 1.5),
        9: (("segfault",), 30),
        10: (("hang deaf",), 1.0),
        11: (("grow", 900, 20), 30),
        12: (("double", 4), 30),
    }
    tasks = [Task(number, payload, limit) for number, (payload, limit) in payloads.items()]
    with RayExecutor(
        fault_works.make, 2, address=cluster.address, threads_per_worker=1, max_memory_mb=500
    ) as executor:
        assert executor.free() == 4
        found, _ = drive(executor, tasks)
    results = {result.task.number: result for result in found}
    assert {number: str(result.end) for number, result in results.items()} == {
        1: "done",
        2: "raised",
        3: "raised",
        4: "done",
        5: "done",
        6: "raised",
        7: "done",
        8: "done",
        9: "crashed",
        10: "timed_out",
        11: "out_of_memory",
        12: "done",
    }
    assert results[1].value == 42
    assert isinstance(results[2].error, AudioError)
    assert "holds a file" in str(results[3].error)
    assert results[5].value == "1"
    assert "poisoned when read" in str(results[6].error)
    assert len(bytes(results[7].value)) == 20 << 20  # type: ignore[call-overload]
    assert results[9].cause.startswith("its worker ended")
    assert "\n" not in results[9].cause
    assert "its limit of 1 s" in results[10].cause
    assert "its share of 500 MB (in growing)" in results[11].cause
    assert (results[11].memory_mb or 0) > 500
    assert capfd.readouterr().out == ""


@needs_ray
def test_stop_names_what_is_left(cluster: Any) -> None:
    with RayExecutor(fault_works.make, 1, address=cluster.address) as executor:
        tasks = [Task(number, ("sleep", 1000)) for number in range(2)]
        for task in tasks:
            executor.submit(task)
        assert executor.free() == 0
        until = time.monotonic() + 30
        while (held := executor.in_hand()[0]).stage != "sleeping":
            assert time.monotonic() < until
            executor.wait(0.2)
        assert held.worker
        assert held.memory_mb
        start = time.monotonic()
        assert executor.stop() == tuple(tasks)
        assert time.monotonic() - start < 3
        assert executor.free() == 2


@needs_ray
def test_a_setup_error_is_raised_as_it_is(cluster: Any) -> None:
    with RayExecutor(fault_works.make_without_setup, 1, address=cluster.address) as executor:
        executor.submit(Task(1, ("double", 1)))
        with pytest.raises(SetupError, match=r"The model folder is empty\. Fetch the models\."):
            executor.wait(40)


@needs_ray
def test_as_many_workers_as_the_cluster_has_room_for(cluster: Any) -> None:
    nodes = sum(bool(node) for node in cluster.list_all_nodes())
    with RayExecutor(fault_works.make, 0, address=cluster.address) as executor:
        assert executor.workers == nodes
    with (
        pytest.raises(SetupError, match="64 GPUs"),
        RayExecutor(fault_works.make, 0, address=cluster.address, gpus_per_worker=64),
    ):
        pass


@needs_ray
def test_a_cluster_without_room_is_told(cluster: Any) -> None:
    with RayExecutor(
        fault_works.make, 1, address=cluster.address, threads_per_worker=500, start_limit_s=0.5
    ) as executor:
        executor.submit(Task(1, ("double", 1)))
        with pytest.raises(SetupError, match="500 cores"):
            executor.wait(20)


@needs_ray
def test_a_cluster_of_its_own_leaves_nothing_behind(capfd: pytest.CaptureFixture[str]) -> None:
    def own_handler(*_: object) -> None:
        raise AssertionError

    before = signal.signal(signal.SIGTERM, own_handler)
    folders = set(Path(tempfile.gettempdir()).glob("ray-*"))
    others = {child.pid for child in psutil.Process().children(recursive=True)}
    try:
        with RayExecutor(fault_works.make, 1) as executor:
            assert signal.getsignal(signal.SIGTERM) is own_handler
            (result,), _ = drive(executor, [Task(1, ("double", 8), 30)])
            assert result.value == 16
        assert signal.getsignal(signal.SIGTERM) is own_handler
    finally:
        signal.signal(signal.SIGTERM, before)
    assert set(Path(tempfile.gettempdir()).glob("ray-*")) == folders
    until = time.monotonic() + 5
    while left := {child.pid for child in psutil.Process().children(recursive=True)} - others:
        assert time.monotonic() < until, left
        time.sleep(0.1)
    assert capfd.readouterr().out == ""


@needs_ray
def test_an_address_that_does_not_answer_is_told_at_once() -> None:
    start = time.monotonic()
    with (
        pytest.raises(
            SetupError, match=r"No Ray cluster answers at 127\.0\.0\.1:1: .*--ray-address"
        ),
        RayExecutor(fault_works.make, 1, address="127.0.0.1:1"),
    ):
        pass
    assert time.monotonic() - start < 15


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SetupError, match=r"pip install 'qa-pipeline\[ray\]'"):
        RayExecutor(fault_works.make, 1)
