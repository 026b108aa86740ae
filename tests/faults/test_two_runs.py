"""Two runs on one data folder at the same moment, and runs that others left behind."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from benchmarks.forked_runs import (
    run_to_its_end,
    settings_of,
    staged_folder,
    started,
    wait_until,
    warm,
)
from benchmarks.left_behind import clear, contents
from qa_pipeline.config import Settings
from qa_pipeline.store import open_store
from qa_pipeline.store.tables import recordings

LONG_AGO, LONG_HENCE = "2020-01-01T00:00:00+00:00", "2120-01-01T00:00:00+00:00"


@dataclass
class Night:
    """A folder, a store, and what an undisturbed run makes of them."""

    folder: Path
    settings: Settings
    log: Path
    wanted: str = ""
    once: Counter[str] | None = None

    def alone(self) -> None:
        """An undisturbed run, to compare with; the store is empty afterwards."""
        clear(self.settings)
        run_to_its_end(self.folder, self.settings)
        self.wanted = contents(self.settings)
        self.once, _ = self.heard()
        clear(self.settings)

    def heard(self) -> tuple[Counter[str], set[int]]:
        """How often the recogniser was asked about each call, and by which processes."""
        lines = [line.split(" ", 1) for line in self.log.read_text().splitlines()]
        self.log.write_text("")
        return Counter(scene for _, scene in lines), {int(pid) for pid, _ in lines}

    def ledger(self) -> dict[str, dict[str, Any]]:
        data, url = self.settings.data_dir, self.settings.store
        with open_store(data, url=url) as store, store._db.read() as connection:
            rows = connection.execute(sa.select(recordings)).mappings().all()
        return {row["file"]: dict(row) for row in rows}

    def change_claims(self, **values: str) -> None:
        """Of what is in hand, as if another had it."""
        text = ", ".join(f"{name} = '{value}'" for name, value in values.items())
        data, url = self.settings.data_dir, self.settings.store
        with open_store(data, url=url) as store, store._db.write() as connection:
            connection.exec_driver_sql(f"UPDATE recordings SET {text} WHERE status = 'claimed'")

    def in_hand(self) -> list[str]:
        """Files whose content a living or dead run has begun to hear."""
        if not (self.settings.store or (self.settings.data_dir / "qa.sqlite").exists()):
            return []
        rows = self.ledger()
        return [
            file
            for file, row in rows.items()
            if row["status"] == "claimed" and row["content_sha256"]
        ]


@pytest.fixture(params=["sqlite", "postgresql"])
def night(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Night]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    folder = staged_folder(tmp_path / "calls")
    warm(folder, tmp_path / "warm")
    log = tmp_path / "heard.txt"
    monkeypatch.setenv("NIGHT_HEARD", str(log))
    night = Night(folder, settings_of(tmp_path / "data", url, "serial"), log)
    night.alone()
    monkeypatch.setenv("NIGHT_SLOW_S", "0.1")  # so that both have their share
    return night


def test_started_at_the_same_moment_they_share_the_work(night: Night) -> None:
    for _ in range(2):
        clear(night.settings)
        at = time.time() + 0.3
        runs = [started(night.folder, night.settings, at=at) for _ in range(2)]
        with runs[0] as one, runs[1] as other:
            one.join()
            other.join()
        assert (one.exitcode, other.exitcode) == (0, 0)
        times, processes = night.heard()
        assert times == night.once, "each call was heard once"
        assert processes == {one.pid, other.pid}, "by both"
        assert contents(night.settings) == night.wanted


def test_what_a_killed_run_had_is_taken_over_at_once(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    left_with_a_claim(night, monkeypatch)
    run_to_its_end(night.folder, night.settings)
    assert contents(night.settings) == night.wanted


def test_what_another_machine_has_is_taken_when_its_lease_is_over(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    [file] = left_with_a_claim(night, monkeypatch)
    night.change_claims(owner="another-machine:17:1.00", lease_until=LONG_HENCE)
    run_to_its_end(night.folder, night.settings)
    others = {name: row["status"] for name, row in night.ledger().items() if name != file}
    assert night.ledger()[file]["owner"] == "another-machine:17:1.00"
    assert "claimed" not in others.values()
    night.change_claims(lease_until=LONG_AGO)
    run_to_its_end(night.folder, night.settings)
    assert contents(night.settings) == night.wanted


def left_with_a_claim(night: Night, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A run was killed with a call in hand; its name."""
    with monkeypatch.context() as slow:
        slow.setenv("NIGHT_SLOW_S", "60")
        with started(night.folder, night.settings) as process:
            assert wait_until(lambda: bool(night.in_hand()), 20)
            os.kill(process.pid or 0, signal.SIGKILL)
            process.join()
    return night.in_hand()
