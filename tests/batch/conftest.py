"""The desk of this folder's tests, and a loop that waits for nothing longer than it must."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from batch_desk import Desk

from qa_pipeline.batch import desk as run_desk
from qa_pipeline.batch import handing, loop, results


@pytest.fixture(autouse=True)
def _in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "WAIT_S", 0.01)
    monkeypatch.setattr(loop, "GRACE_S", 0.1)
    monkeypatch.setattr(handing, "SOON_S", 0.01)
    monkeypatch.setattr(results, "SOON_S", 0.01)
    monkeypatch.setattr(run_desk, "STORE_PAUSE_S", 0.01)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.store.close()
