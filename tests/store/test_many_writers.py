"""Many programs write to one store at once: nothing is lost, nothing is there twice."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import TypeVar

import factory_calls as made_up
import pytest
import sqlalchemy as sa

from qa_pipeline.errors import MetadataError, StoreUnavailableError
from qa_pipeline.store import Store, open_store, tables
from qa_pipeline.store import postgres as on_server
from qa_pipeline.store.upsert import upsert

T = TypeVar("T")
PROGRAMS = 4
CALLS = 6


# What lets all programs loose at one moment; set in each of them by `_meet`.
gate: Barrier


def _meet(barrier: Barrier) -> None:
    global gate  # noqa: PLW0603
    gate = barrier


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    """Programs that are there already, since starting one takes longer than what it writes."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROGRAMS, context, _meet, (context.Barrier(PROGRAMS),)) as programs:
        yield programs


def _all(pool: ProcessPoolExecutor, work: Callable[[Store, int], T], store: Store) -> list[T]:
    """`work(store, number)` in all programs at once, each with the store opened by itself."""
    tasks = [pool.submit(work, store, number) for number in range(PROGRAMS)]
    return [task.result(120) for task in tasks]


def _count(store: Store, table: sa.Table) -> int:
    with store._db.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def _write_own_calls(store: Store, number: int) -> None:
    gate.wait(60)
    for call in range(CALLS):
        made = made_up.save(store, made_up.make(100 * number + call))
        store.put_product(f"key{number}-{call}", "listen", made.recording.content_sha256, b"x")
        list(store.scored_calls())
    store.close()


def test_programs_with_calls_of_their_own(store: Store, pool: ProcessPoolExecutor) -> None:
    _all(pool, _write_own_calls, store)
    numbers = {int(call.recording.file[5:8]) for call in store.calls()}
    assert numbers == {100 * n + call for n in range(PROGRAMS) for call in range(CALLS)}
    assert _count(store, tables.evaluations) == PROGRAMS * CALLS
    assert _count(store, tables.verdicts) == PROGRAMS * CALLS * len(made_up.TITLES)
    assert _count(store, tables.products) == PROGRAMS * CALLS
    assert store.get_product("key3-5") == b"x"


def _keep_same_calls(store: Store, number: int) -> None:
    for call in range(CALLS):
        made = made_up.make(call)
        gate.wait(60)
        store.keep_scored(
            made.recording,
            made.conversation,
            {"conversation": "key"},
            evaluations=[made.evaluation],
            engines={"asr": "1"},
            made_by="test 1",
        )
        store.put_product(f"key{call}", "listen", made.recording.content_sha256, b"x" * 1000)
    store.close()


def test_programs_that_score_the_same_calls_keep_each_once(
    store: Store, pool: ProcessPoolExecutor
) -> None:
    _all(pool, _keep_same_calls, store)
    assert _count(store, tables.calls) == CALLS
    assert _count(store, tables.evaluations) == CALLS
    assert _count(store, tables.verdicts) == CALLS * len(made_up.TITLES)
    assert _count(store, tables.products) == CALLS


def _claim_one_id(store: Store, number: int) -> int:
    won = 0
    for call in range(CALLS):
        made = made_up.make(100 * (number + 1) + call, call_id=f"id-{call}")
        gate.wait(60)
        try:
            store.save_call(made.recording, made.conversation, {"conversation": str(number)})
            won += 1
        except MetadataError:
            pass
    store.close()
    return won


def test_different_recordings_with_one_id_do_not_overwrite_each_other(
    store: Store, pool: ProcessPoolExecutor
) -> None:
    assert sum(_all(pool, _claim_one_id, store)) == CALLS
    assert _count(store, tables.calls) == CALLS


def _add_one(store: Store, number: int) -> None:
    """What is read in a write transaction stays true until its end."""
    c = tables.recordings.c
    gate.wait(60)
    for _ in range(20):
        with store._db.write() as connection:
            tries = connection.execute(sa.select(c.tries).where(c.path == "/n")).scalar_one()
            connection.execute(
                tables.recordings.update().where(c.path == "/n").values(tries=tries + 1)
            )
    store.close()


def test_who_reads_and_then_writes_is_not_overtaken(
    store: Store, pool: ProcessPoolExecutor
) -> None:
    store.save_seen("n", "/n", 1, 1, "sha")
    _all(pool, _add_one, store)
    with store._db.read() as connection:
        assert (
            connection.execute(sa.select(tables.recordings.c.tries)).scalar_one() == 20 * PROGRAMS
        )


def test_threads_of_one_program(store: Store) -> None:
    gate = threading.Barrier(4)

    def work(number: int) -> None:
        gate.wait()
        for step in range(5):
            made_up.save(store, made_up.make(number * 10 + step))
            list(store.scored_calls())

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert len(list(store.scored_calls())) == 20


def test_a_reading_sees_one_state(store: Store) -> None:
    made_up.save(store, made_up.make(1))
    query = sa.select(sa.func.count()).select_from(tables.evaluations)
    with store._db.read() as connection:
        before = connection.execute(query).scalar_one()
        made_up.save(store, made_up.make(2))
        assert connection.execute(query).scalar_one() == before
    assert _count(store, tables.evaluations) == before + 1


# Rows


@pytest.mark.parametrize("many", [False, True])
def test_upsert(store: Store, many: bool) -> None:
    def row(key: str, stage: str) -> dict[str, object]:
        return {"key": key, "stage": stage, "content_sha256": "s", "size": 1, "created_at": moment}

    moment = made_up.make().recording.metadata.started_at
    assert moment is not None
    moment = moment.astimezone()
    rows = [row("a", "1"), row("b", "1")] if many else row("a", "1")
    again = [row("a", "2"), row("b", "2")] if many else row("a", "2")
    touched = 2 if many else 1
    table = tables.products
    with store._db.write() as connection:
        assert upsert(connection, table, [], ["key"]) == 0
        assert upsert(connection, table, rows, ["key"], ()) == touched
        assert upsert(connection, table, again, ["key"], ()) == 0
        assert set(connection.scalars(sa.select(table.c.stage))) == {"1"}
        assert upsert(connection, table, again, ["key"], ["size"]) == touched
        assert set(connection.scalars(sa.select(table.c.stage))) == {"1"}
        assert upsert(connection, table, again, ["key"]) == touched
        assert set(connection.scalars(sa.select(table.c.stage))) == {"2"}


# Writers that die


def _die_while_writing(store: Store) -> None:
    with store._db.write() as connection:
        connection.execute(tables.recordings.update().values(tries=99))
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_writer_that_is_killed_leaves_nothing_and_holds_up_nobody(store: Store) -> None:
    store.save_failure("a", "/a", "Cut.", "")
    program = multiprocessing.get_context("spawn").Process(target=_die_while_writing, args=(store,))
    program.start()
    program.join(60)
    assert program.exitcode == -signal.SIGKILL
    start = time.monotonic()
    store.save_failure("b", "/b", "Cut.", "")
    assert time.monotonic() - start < 10
    assert [failure.tries for failure in store.failures()] == [1, 1]


def test_a_writer_that_stands_still_loses_its_turn(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_server, "IDLE_IN_TRANSACTION_S", 1)
    with (
        open_store(Path("nowhere"), url=postgres_url) as still,
        open_store(Path("nowhere"), url=postgres_url) as other,
    ):
        still.save_failure("a", "/a", "Cut.", "")
        with pytest.raises(StoreUnavailableError, match=r"started or stopped|broke"):  # noqa: SIM117
            with still._db.write() as connection:
                connection.execute(tables.recordings.update().values(tries=99))
                other.save_failure("b", "/b", "Cut.", "")  # waits until the server steps in
                connection.execute(tables.recordings.update().values(tries=98))
        assert [failure.tries for failure in still.failures()] == [1, 1]
