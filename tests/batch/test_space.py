"""Room on the disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_pipeline.batch import space
from qa_pipeline.errors import StoreError


def test_of_a_folder_that_is_still_to_be_made(tmp_path: Path) -> None:
    free = space.free_mb(tmp_path)
    assert free is not None
    below = space.free_mb(tmp_path / "not" / "yet")
    assert below == pytest.approx(free, abs=100)


def test_what_cannot_be_told_is_no_reason_to_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("shutil.disk_usage", refused)
    assert space.free_mb(tmp_path) is None
    space.require_space(tmp_path, 10**9)


def test_too_little_is_told_with_figures_and_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(space, "free_mb", lambda _: 499)
    space.require_space(tmp_path, 499)
    with pytest.raises(StoreError) as caught:
        space.require_space(tmp_path, 500)
    assert "Only 499 MB are free" in caught.value.cause
    assert str(tmp_path) in caught.value.cause
    assert "500 MB" in caught.value.cause
    assert "--data" in caught.value.cure
