"""A store copied into another one is that store, and can be gone on with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import factory_calls as made_up
import pytest
import sqlalchemy as sa
from either_store import Place
from postgres_server import Server

from qa_pipeline import api_store
from qa_pipeline.config import Settings
from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.errors import StoreError, UsageError
from qa_pipeline.store import Store, copying, open_store, tables
from qa_pipeline.store.copying import copy_store


@pytest.fixture
def desk(store: Store) -> Store:
    """A store with everything that there can be."""
    store.begin_run()
    for made in made_up.desk():
        made_up.save(store, made)
        store.put_product(
            f"key{made.recording.call_id}", "listen", made.recording.content_sha256, b"x" * 100
        )
    store.save_failure("\udcff\0.wav", "/x/\udcff.wav", "Cut.", "Record it again.")
    store.add_override(made.recording.call_id, "hangup", Outcome.FAIL, "Kim", "I listened.")
    store.finish_run()
    return store


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "sqlite":
        yield Place(tmp_path / "copy")
        return
    server: Server = request.getfixturevalue("postgres")
    with server.database() as url:
        yield Place(tmp_path / "copy", url, server)


def _rows(store: Store) -> dict[str, list[object]]:
    with store._db.read() as connection:
        return {
            table.name: [
                tuple(row) for row in connection.execute(sa.select(table).order_by(*table.c))
            ]
            for table in tables.metadata.sorted_tables
            if table is not tables.payloads
        }


def test_a_copy_is_the_same(desk: Store, target: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "ROWS_AT_ONCE", 5)
    told: list[int] = []
    with target.open() as copy:
        counts = copy_store(desk, copy, told.append)
        assert _rows(copy) == _rows(desk)
        assert counts == {name: len(rows) for name, rows in _rows(desk).items()}
        assert told == list(range(1, 13))
        assert list(copy.calls()) == list(desk.calls())
        for call in copy.calls():
            assert copy.get_product(f"key{call.recording.call_id}") == b"x" * 100


def test_a_copy_can_be_gone_on_with(desk: Store, target: Place) -> None:
    with target.open() as copy:
        copy_store(desk, copy)
        run = copy.begin_run()
        made = made_up.save(copy, made_up.make(99))
        copy.add_override(made.recording.call_id, "hangup", Outcome.PASS, "Kim")
        assert len(list(copy.calls())) == 13
        assert run == 2
    assert len(list(desk.calls())) == 12


def test_nothing_is_copied_over_other_results(desk: Store, target: Place) -> None:
    with target.open() as copy:
        copy.save_failure("a", "a", "Cut.", "")
        with pytest.raises(StoreError, match="holds results already") as caught:
            copy_store(desk, copy)
        assert copy.name in caught.value.cause
        assert list(copy.calls()) == []


def test_a_copy_that_was_broken_off_can_be_done_again(
    desk: Store, target: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(table: sa.Table, _: object) -> None:
        if table is tables.verdicts:
            raise RuntimeError("power cut")

    with target.open() as copy:
        with monkeypatch.context() as broken:
            broken.setattr(copying, "_count_on", cut)
            with pytest.raises(RuntimeError):
                copy_store(desk, copy)
        assert list(copy.calls()) == []
        copy_store(desk, copy)
        assert _rows(copy) == _rows(desk)


def test_a_product_that_is_gone_is_left_out(desk: Store, target: Place) -> None:
    if desk._url is not None:
        pytest.skip("rows do not vanish")
    next((desk.data_dir / "products").rglob("*.gz")).unlink()
    with target.open() as copy:
        assert copy_store(desk, copy)["products"] == 11


def test_the_other_way_round(desk: Store, tmp_path: Path, postgres_url: str) -> None:
    with open_store(tmp_path, url=postgres_url) as there, open_store(tmp_path / "back") as back:
        copy_store(desk, there)
        copy_store(there, back)
        assert _rows(back) == _rows(desk)


def test_named_by_folder_url_or_settings(desk: Store, tmp_path: Path, postgres_url: str) -> None:
    if desk._url is not None:
        pytest.skip("from a data folder")
    folder = str(desk.data_dir)
    counts = api_store.copy(folder, None, Settings(store=postgres_url))
    assert counts["calls"] == 12
    back = str(tmp_path / "back")
    assert api_store.copy(postgres_url, back, Settings()) == counts
    again = str(tmp_path / "again")
    assert api_store.copy(None, again, Settings(data_dir=desk.data_dir)) == counts
    with pytest.raises(StoreError, match="holds results already"):
        api_store.copy(folder, folder, Settings())
    with pytest.raises(StoreError, match="no results"):
        api_store.copy(str(tmp_path / "nothing"), back, Settings())
    with pytest.raises(UsageError, match="Only one store"):
        api_store.copy(None, None, Settings(store=postgres_url))


def test_a_store_that_a_run_works_on_is_not_copied(store: Store, tmp_path: Path) -> None:
    store.begin_run()
    assert store.claim("/x/a.wav", "a.wav", 1, 1)
    with open_store(tmp_path / "copy") as copy:
        with pytest.raises(StoreError, match="run is going on"):
            copy_store(store, copy)
        store.release_claims()
        copy_store(store, copy)
