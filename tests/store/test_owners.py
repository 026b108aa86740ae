"""The name under which a process claims."""

from __future__ import annotations

import psutil
import pytest

from qa_pipeline.store.owners import is_gone, owner_of


def test_it_stays_when_the_clock_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    before = owner_of()
    monkeypatch.setattr(psutil.Process, "create_time", lambda self: 1.0)
    assert owner_of() == before
    assert not is_gone(before)


def test_another_process_is_named_by_its_own_start() -> None:
    parent = psutil.Process().parent()
    assert parent is not None
    assert owner_of(parent.pid) != owner_of()
    assert not is_gone(owner_of(parent.pid))
