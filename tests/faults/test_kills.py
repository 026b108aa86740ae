"""Runs killed at random moments end, when started again, as if nothing had happened.

`python -m benchmarks.kills` does the same some hundred times; here a few of each kind.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.kills import Tally, measure


@pytest.fixture(autouse=True)
def _long_enough_to_be_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHT_SLOW_S", "0.02")


def all_ended_equal(tally: Tally, kills: int) -> None:
    assert tally.kills >= kills
    assert tally.different == []


def test_a_run_that_works_in_itself(tmp_path: Path) -> None:
    tally = measure("run", 12, tmp_path, store=None, seed=7, per_trial=4)
    all_ended_equal(tally, 12)
    assert len(tally.stages) >= 3, "the kills are spread over the stages"


def test_a_run_on_a_server(tmp_path: Path, postgres_url: str) -> None:
    all_ended_equal(measure("run", 4, tmp_path, store=postgres_url, seed=8, per_trial=4), 4)


def test_the_power_fails(tmp_path: Path) -> None:
    all_ended_equal(measure("copy", 3, tmp_path, store=None, seed=9, per_trial=3), 3)


def test_workers(tmp_path: Path) -> None:
    all_ended_equal(measure("worker", 2, tmp_path, store=None, seed=10, per_trial=2), 2)


def test_the_parent_of_workers_takes_them_along(tmp_path: Path) -> None:
    all_ended_equal(measure("parent", 1, tmp_path, store=None, seed=11, per_trial=1), 1)
