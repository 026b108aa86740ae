"""Data folders that cannot be read or written, and what is said then."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import factory_calls as made_up
import pytest

from qa_pipeline.errors import StoreError, StoreUnavailableError
from qa_pipeline.store import Store, open_store, sqlite_file


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("x")
    for path in (tmp_path / "data", tmp_path / "data" / "below"):
        with pytest.raises(StoreError, match="not a folder") as caught:
            open_store(path)
        assert "--data" in caught.value.cure


def test_no_results_yet(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no results") as caught:
        open_store(tmp_path, create=False)
    assert "qa-pipeline run" in caught.value.cure
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def powerless() -> Iterator[None]:
    """Rights do not bind root, so the test gives them up for its length."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder with one call that may be read but not written."""
    folder = tmp_path_factory.mktemp("sealed") / "data"
    with open_store(folder) as store:
        made_up.save(store, made_up.make())
    folder.chmod(0o555)
    for above in folder.parents[:3]:
        above.chmod(above.stat().st_mode | 0o055)
    (folder / "qa.sqlite").chmod(0o444)
    yield folder
    folder.chmod(0o755)


def _needs_access() -> bool:
    return hasattr(os, "seteuid")


@pytest.mark.skipif(not _needs_access(), reason="needs users with different rights")
def test_a_read_only_folder_is_refused_for_a_run(sealed: Path, powerless: None) -> None:
    reader = _effective_open(sealed, create=True)
    assert isinstance(reader, StoreError)
    assert "--data" in reader.cure
    new = _effective_open(sealed / "new", create=True)
    assert isinstance(new, StoreError)


@pytest.mark.skipif(not _needs_access(), reason="needs users with different rights")
def test_a_read_only_folder_can_be_read(sealed: Path, powerless: None) -> None:
    store = _effective_open(sealed, create=False)
    assert isinstance(store, Store)
    with store:
        assert len(list(store.calls())) == 1
        with pytest.raises(StoreError, match="read-only"):
            store.save_failure("a", "a", "", "")


def _effective_open(path: Path, *, create: bool) -> Store | StoreError:
    try:
        return open_store(path, create=create)
    except StoreError as error:
        return error


@pytest.mark.parametrize(
    "content", [b"this is no database" * 100, b"SQLite format 3\0" + b"x" * 4096]
)
def test_a_damaged_database(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "qa.sqlite").write_bytes(content)
    with pytest.raises(StoreError, match=r"qa\.sqlite is damaged") as caught:
        open_store(tmp_path)
    assert "backup" in caught.value.cure


def test_a_locked_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_file, "BUSY_TIMEOUT_S", 0.05)
    with open_store(tmp_path) as store:
        other = sqlite3.connect(tmp_path / "qa.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailableError, match="locked by another program"):
            store.save_failure("a", "a", "", "")
        other.execute("ROLLBACK")
        other.close()
        store.save_failure("a", "a", "", "")
