"""The schema: the same on every kind of database, made in steps, each whole or not at all."""

from __future__ import annotations

import multiprocessing
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from either_store import Place

from qa_pipeline.errors import StoreError
from qa_pipeline.store import migrations, open_store, tables


def test_a_newer_database_is_refused(place: Place) -> None:
    place.open().close()
    place.sql("INSERT INTO schema_steps VALUES (999, 'later', '2030')")
    for create in (True, False):
        with pytest.raises(StoreError, match="newer version") as caught:
            place.open(create=create)
        assert "Update qa_pipeline" in caught.value.cure


def test_the_migrations_make_the_tables_that_the_code_uses(place: Place) -> None:
    place.open().close()
    engine = place.engine()
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"include_name": lambda name, kind, _: name != "schema_steps"},
        )
        assert compare_metadata(context, tables.metadata) == []
    engine.dispose()


def test_steps_are_numbered_without_a_gap_and_applied_once(place: Place) -> None:
    numbers = [step.number for step in migrations.steps()]
    assert numbers == list(range(1, len(numbers) + 1))
    for _ in range(2):
        place.open().close()
    rows = place.sql("SELECT number FROM schema_steps ORDER BY number")
    assert rows == [(number,) for number in numbers]


def test_a_step_that_fails_leaves_nothing_behind(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = migrations.steps()[0]

    def broken(operations: object) -> None:
        first.upgrade(operations)  # type: ignore[arg-type]
        raise RuntimeError("power cut")

    monkeypatch.setattr(migrations, "steps", lambda: (replace(first, upgrade=broken),))
    with pytest.raises(RuntimeError):
        place.open()
    monkeypatch.undo()
    with place.open() as store:
        assert list(store.calls()) == []


def test_an_older_database_is_brought_up_to_date(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = migrations.steps()
    monkeypatch.setattr(migrations, "steps", lambda: steps[:1])
    place.open().close()
    place.sql("INSERT INTO rubrics VALUES ('f', 'old', '1', '', '2024-01-01T00:00:00+00:00')")
    monkeypatch.undo()
    with place.open(create=False):
        pass
    assert place.sql("SELECT max(number) FROM schema_steps") == [(len(steps),)]
    assert place.sql("SELECT id FROM rubrics") == [("old",)]


def _open(folder: Path, url: str | None) -> None:
    open_store(folder, url=url).close()


def test_programs_that_start_at_once_make_the_tables_once(place: Place) -> None:
    context = multiprocessing.get_context("spawn")
    programs = [context.Process(target=_open, args=(place.folder, place.url)) for _ in range(4)]
    for program in programs:
        program.start()
    for program in programs:
        program.join(60)
    assert [program.exitcode for program in programs] == [0] * 4
    assert place.sql("SELECT count(*) FROM schema_steps") == [(len(migrations.steps()),)]


def test_text_is_compared_by_its_bytes_in_every_column(place: Place) -> None:
    place.open().close()
    if place.server is None:
        pytest.skip("SQLite compares so by itself")
    names = ", ".join(f"'{name}'" for name in tables.metadata.tables)
    others = place.sql(
        "SELECT table_name, column_name FROM information_schema.columns WHERE data_type = 'text' "
        f"AND table_name IN ({names}) AND collation_name IS DISTINCT FROM 'C'"
    )
    assert others == []
