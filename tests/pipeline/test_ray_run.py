"""A whole run on a real Ray cluster of two nodes, one of which is lost in mid-run."""

from __future__ import annotations

import importlib.util
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.forked_runs import settings_of, staged_folder
from benchmarks.left_behind import clear, contents, leftovers
from qa_pipeline import api_run
from qa_pipeline.batch import Watcher, loop
from qa_pipeline.config import Settings
from qa_pipeline.domain.batch import Ending, RunState

pytestmark = [
    pytest.mark.ray,
    pytest.mark.skipif(
        importlib.util.find_spec("ray") is None,
        reason="Ray is not installed (pip install 'qa-pipeline[ray]')",
    ),
]

# A cluster that notices a lost node soon; by default that takes half a minute.
QUICK = {"health_check_period_ms": 500, "health_check_failure_threshold": 4}
NODE = {"num_cpus": 1, "memory": 2_000_000_000, "object_store_memory": 80_000_000}
TESTS = str(Path(__file__).parents[1])


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    path = os.pathsep.join([TESTS, str(Path(TESTS).parent), os.environ.get("PYTHONPATH", "")])
    monkeypatch.setenv("PYTHONPATH", path)  # of the nodes, so that they find the staged engines
    monkeypatch.setenv("NIGHT_SLOW_S", "0.3")
    from ray.cluster_utils import Cluster

    head = NODE | {"include_dashboard": False, "_system_config": QUICK}
    started = Cluster(initialize_head=True, head_node_args=head)
    yield started
    started.shutdown()


def on(cluster: Any, serial: Settings) -> Settings:
    changes = {"executor": "ray", "ray_address": cluster.address, "workers": 2, "threads": 1}
    return serial.model_copy(update=changes)


@pytest.fixture(params=["sqlite", "postgresql"])
def serial(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    return settings_of(tmp_path / "data", url, "serial")


def test_a_node_is_lost_and_nothing_else(
    serial: Settings, cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = staged_folder(tmp_path / "calls")
    api_run.run([folder], serial)
    wanted = contents(serial)
    clear(serial)
    monkeypatch.setattr(loop, "BEAT_S", 0.2)  # so that the node is lost soon
    lost = cluster.add_node(**NODE)
    lost_at: list[float] = []
    working: set[str] = set()

    def lose_the_node(state: RunState) -> None:
        working.update(busy.worker for busy in state.busy if busy.stage != "waiting")
        if len(working) >= 2 and not lost_at:
            lost_at.append(time.monotonic())
            cluster.remove_node(lost, allow_graceful=False)

    summary = api_run.run([folder], on(cluster, serial), watcher=Watcher(state=lose_the_node))
    assert lost_at, "both nodes had work before one was lost"
    assert summary.ending is Ending.FINISHED
    assert summary.workers == 2
    assert contents(serial) == wanted
    assert leftovers(serial.data_dir) == []
