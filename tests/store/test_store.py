"""What a data folder keeps, gives back, and refuses."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import factory_calls as made_up
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.stored import CallFilter, Failure, RecordingStatus
from qa_pipeline.errors import MetadataError, StoreError, UsageError
from qa_pipeline.store import Store, database, migrations, open_store, tables


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "data") as opened:
        yield opened


def test_a_call_comes_back_as_it_went_in(store: Store) -> None:
    made = made_up.save(store, made_up.make(3, language="zh"))
    [stored] = store.calls()
    assert stored.recording == made.recording
    assert stored.conversation == made.conversation
    assert stored.evaluation == made.evaluation
    assert stored.evaluated_at is not None
    [facts] = store.scored_calls()
    assert facts.evaluation == made.evaluation
    assert (facts.file, facts.agent, facts.customer_name) == ("call_003.wav", stored.agent, "王")
    assert facts.started_at == made.recording.metadata.started_at


def test_everything_is_there_after_reopening(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        made = made_up.save(store, made_up.make())
    with open_store(tmp_path, create=False) as store:
        assert store.call(made.recording.call_id).conversation == made.conversation
        assert store.rubric(made_up.RUBRIC.fingerprint) == made_up.RUBRIC
        ref = store.current_rubric()
        assert ref is not None
        assert (ref.id, ref.version) == ("phone_standard", "1.0")


def test_calls_come_by_file_name_then_id(store: Store) -> None:
    for number in (5, 1, 3):
        made_up.save(store, made_up.make(number))
    assert [call.recording.file[5:8] for call in store.calls()] == ["001", "003", "005"]


def test_filters(store: Store) -> None:
    for number, agent in enumerate([("7", "Ann Lee"), ("8", "李雷"), (None, None)]):
        made_up.save(
            store, made_up.make(number, agent=agent, started_at=datetime(2024, 5, 6 + number, 23))
        )

    def files(**wanted: object) -> list[str]:
        return [c.file[5:8] for c in store.scored_calls(CallFilter(**wanted))]  # type: ignore[arg-type]

    assert files(agent="7") == files(agent="ann lee") == ["000"]
    assert files(agent="李雷") == ["001"]
    assert files(agent="nobody") == []
    assert files(since=date(2024, 5, 7)) == ["001", "002"]
    assert files(until=date(2024, 5, 7)) == ["000", "001"]
    assert files(since=date(2024, 5, 7), until=date(2024, 5, 7)) == ["001"]
    assert files(rubric_id="phone_standard") == ["000", "001", "002"]
    assert files(rubric_id="another") == []


def test_the_latest_evaluation_counts_and_the_earlier_ones_stay(store: Store) -> None:
    made = made_up.save(store, made_up.make())
    later = replace(made.evaluation, score=0.25, rubric_version="2", rubric_fingerprint="e" * 64)
    store.save_evaluation(later, {})
    other = replace(made.evaluation, score=0.5, rubric_id="another")
    store.save_evaluation(other, {})
    [current] = store.calls(CallFilter(rubric_id="phone_standard"))
    assert current.evaluation == later
    [current] = store.calls()
    assert current.evaluation == other
    history = store.evaluation_history(made.recording.call_id)
    assert [dated.evaluation.score for dated in history] == [1.0, 0.25, 0.5]


def test_has_evaluation_asks_for_the_current_one(store: Store) -> None:
    made = made_up.save(store, made_up.make())
    sha, key = made.recording.content_sha256, f"key{made.recording.call_id}"
    assert store.has_evaluation(sha, "f" * 64, key)
    assert store.has_evaluation(sha, "f" * 64, key, {"asr": "test 1"})
    assert not store.has_evaluation(sha, "f" * 64, key, {"asr": "test 2"})
    assert not store.has_evaluation(sha, "f" * 64, "another key")
    assert not store.has_evaluation("another content", "f" * 64, key)
    # Scored with another rubric since: going back to the first one must show the first one.
    store.save_evaluation(replace(made.evaluation, rubric_fingerprint="e" * 64), {})
    assert not store.has_evaluation(sha, "f" * 64, key)


def test_an_evaluation_of_an_older_content_is_not_shown(store: Store) -> None:
    made = made_up.save(store, made_up.make())
    changed = made_up.renamed(made, content_sha256="0" * 64)
    store.save_call(changed.recording, changed.conversation, {"conversation": "new"})
    assert list(store.calls()) == []
    store.save_evaluation(changed.evaluation, {})
    assert len(list(store.calls())) == 1


def test_a_file_with_a_new_call_id_stays_one_call(store: Store) -> None:
    made = made_up.save(store, made_up.make())
    made_up.save(store, made_up.renamed(made, call_id="new-id", content_sha256="1" * 64))
    assert [call.call_id for call in store.scored_calls()] == ["new-id"]


def test_two_recordings_with_one_call_id_do_not_overwrite_each_other(store: Store) -> None:
    made_up.save(store, made_up.make(1, call_id="4711"))
    with pytest.raises(MetadataError, match=r"call_002.*4711.*call_001") as caught:
        made_up.save(store, made_up.make(2, call_id="4711"))
    assert "call_id" in caught.value.cure
    assert [call.file for call in store.scored_calls()] == ["call_001.wav"]


def test_the_same_content_twice_is_one_call(store: Store, tmp_path: Path) -> None:
    first, copy = tmp_path / "first.wav", tmp_path / "copy.wav"
    first.write_bytes(b"same")
    copy.write_bytes(b"same")
    store.begin_run()
    assert store.save_seen("first.wav", first, 4, 1, "sha").status is RecordingStatus.SEEN
    seen = store.save_seen("copy.wav", copy, 4, 1, "sha")
    assert (seen.status, seen.duplicate_of) == (RecordingStatus.SKIPPED, "first.wav")
    assert store.duplicates() == (("copy.wav", "first.wav"),)
    assert store.save_seen("first.wav", first, 4, 1, "sha").status is RecordingStatus.SEEN
    # Left unfinished by an earlier run, or gone from the disk: the copy takes its place.
    store.begin_run()
    assert store.save_seen("copy.wav", copy, 4, 1, "sha").status is RecordingStatus.SEEN
    store.begin_run()
    assert store.save_seen("copy.wav", copy, 4, 1, "sha").status is RecordingStatus.SEEN
    copy.unlink()
    assert store.save_seen("first.wav", first, 4, 1, "sha").status is RecordingStatus.SEEN


def test_an_unchanged_file_need_not_be_read_again(store: Store) -> None:
    store.save_seen("a.wav", "/x/a.wav", 10, 5**20, "sha")
    assert store.file_unchanged("/x/a.wav", 10, 5**20) == "sha"
    assert store.file_unchanged(Path("/x/a.wav"), 10, 5**20) == "sha"
    assert store.file_unchanged("/x/a.wav", 11, 5**20) is None
    assert store.file_unchanged("/x/a.wav", 10, 5**20 + 1) is None
    assert store.file_unchanged("/x/b.wav", 10, 5**20) is None


def test_failures_are_counted_and_cleared(store: Store) -> None:
    store.begin_run()
    store.save_failure("b.wav", "/x/b.wav", "It is empty.", "Record it again.")
    store.save_failure("b.wav", "/x/b.wav", "It is empty.", "Record it again.")
    store.save_failure("a.wav", "/x/a.wav", "It is text.", "Remove it.")
    assert store.failures() == (
        Failure("a.wav", "/x/a.wav", "It is text.", "Remove it.", 1),
        Failure("b.wav", "/x/b.wav", "It is empty.", "Record it again.", 2),
    )
    store.clear_failure("/x/a.wav")
    assert [failure.file for failure in store.failures()] == ["b.wav"]


def test_scoring_clears_a_failure(store: Store) -> None:
    made = made_up.make()
    store.save_failure(made.recording.file, made.recording.path, "Cut.", "")
    made_up.save(store, made)
    assert store.failures() == ()


def test_the_last_run_is_summed_up(store: Store) -> None:
    assert store.last_run() is None
    store.begin_run()
    made_up.save(store, made_up.make(1))
    store.begin_run()
    made_up.save(store, made_up.make(2))
    store.save_failure("b.wav", "/x/b.wav", "It is empty.", "")
    run = store.last_run()
    assert run is not None
    assert run.counts == {RecordingStatus.SCORED: 1, RecordingStatus.FAILED: 1}
    assert run.finished_at is None
    store.finish_run()
    run = store.last_run()
    assert run is not None
    assert run.finished_at is not None


@pytest.mark.parametrize(
    "name", ["abc1", "abc111", "call_001.wav", "call_001", "/recordings/call_001.wav"]
)
def test_a_call_is_found_by_any_of_its_names(store: Store, name: str) -> None:
    made_up.save(store, made_up.make(1, call_id="abc111"))
    made_up.save(store, made_up.make(2, call_id="abc222"))
    assert store.call(name).recording.call_id == "abc111"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("abc", r"fits several calls: abc111 \(call_001.wav\), abc222"),
        ("call_03.wav", r"no call 'call_03.wav'.*call_00\d.wav"),
        ("zzz", "no call 'zzz'"),
        ("", "no call ''"),
    ],
)
def test_a_call_that_is_not_there_or_not_one(store: Store, name: str, said: str) -> None:
    made_up.save(store, made_up.make(1, call_id="abc111"))
    made_up.save(store, made_up.make(2, call_id="abc222"))
    with pytest.raises(UsageError, match=said):
        store.call(name)


def test_a_call_in_an_empty_folder(store: Store) -> None:
    with pytest.raises(UsageError, match="nothing has been scored"):
        store.call("x")


def test_names_in_any_script_and_broken_encoding(store: Store) -> None:
    for number, file in enumerate(
        ["通话😀.wav", os.fsdecode(b"caf\xe9\xff.wav"), "a\nb\u202e.wav"]
    ):
        made = made_up.save(store, made_up.make(number, file=file))
        assert store.call(file).recording == made.recording
    store.save_failure("\udcff.wav", "/x/\udcff.wav", "\udcff", "")
    assert store.failures()[0].path == "/x/\udcff.wav"


def test_overrides_stand_beside_the_verdict(store: Store) -> None:
    made = made_up.save(store, made_up.make())
    call_id = made.recording.call_id
    store.add_override(call_id, "hangup", Outcome.FAIL, "Kim", "I listened.")
    [stored] = store.calls()
    assert stored.evaluation == made.evaluation
    assert [(o.criterion, o.outcome, o.author) for o in stored.overrides] == [
        ("hangup", Outcome.FAIL, "Kim")
    ]
    with pytest.raises(StoreError, match="no call nobody"):
        store.add_override("nobody", "hangup", Outcome.FAIL, "Kim")


# Products


def test_products(store: Store) -> None:
    assert store.get_product("abc") is None
    store.put_product("abc", "listen", "sha", b'{"x":1}')
    assert store.get_product("abc") == b'{"x":1}'
    store.put_product("abc", "listen", "sha", b'{"x":2}')
    assert store.get_product("abc") == b'{"x":2}'
    assert [p.name for p in (store.data_dir / "products").rglob("*") if p.is_file()] == [
        "abc.json.gz"
    ]


@pytest.mark.parametrize("damage", [b"", b"text", None])
def test_a_damaged_product_is_as_good_as_none(store: Store, damage: bytes | None) -> None:
    store.put_product("abc", "listen", "sha", b"payload" * 100)
    path = store.data_dir / "products" / "ab" / "abc.json.gz"
    whole = path.read_bytes()
    path.write_bytes(whole[:-6] if damage is None else damage)
    assert store.get_product("abc") is None
    path.write_bytes(whole[:20] + bytes([whole[20] ^ 0xFF]) + whole[21:])
    assert store.get_product("abc") is None


@pytest.mark.parametrize("key", ["../../etc/passwd", "", "a/b", "a.b"])
def test_a_key_never_leaves_the_folder(store: Store, key: str) -> None:
    with pytest.raises(ValueError, match="no product key"):
        store.put_product(key, "listen", "sha", b"")


# Many at once


def _write_from_a_process(store: Store, first: int) -> None:
    for number in range(first, first + 5):
        made_up.save(store, made_up.make(number))
    store.close()


def test_many_threads_and_processes_write_at_once(store: Store) -> None:
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_write_from_a_process, args=(store, 100))
    process.start()
    gate = threading.Barrier(4)

    def work(number: int) -> None:
        gate.wait()
        for step in range(5):
            made_up.save(store, made_up.make(number * 10 + step))
            list(store.scored_calls())

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    process.join(60)
    assert process.exitcode == 0
    assert len(list(store.scored_calls())) == 25


def test_a_pickled_store_opens_the_same_folder_in_the_same_run(store: Store) -> None:
    run = store.begin_run()
    with pickle.loads(pickle.dumps(store)) as again:
        made_up.save(again, made_up.make())
        assert again._run_id == run
    assert len(list(store.calls())) == 1


def test_reading_goes_on_while_something_is_written(store: Store) -> None:
    for number in range(3):
        made_up.save(store, made_up.make(number))
    seen = []
    for call in store.calls():
        made_up.save(store, made_up.make(50 + len(seen)))
        seen.append(call.recording.file)
    assert len(seen) == 3


# Folders and databases that cannot be used


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
    monkeypatch.setattr(database, "BUSY_TIMEOUT_S", 0.05)
    with open_store(tmp_path) as store:
        other = sqlite3.connect(tmp_path / "qa.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked by another program"):
            store.save_failure("a", "a", "", "")
        other.execute("ROLLBACK")
        other.close()
        store.save_failure("a", "a", "", "")


def test_a_full_disk_is_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store._files, "write", full)
    with pytest.raises(StoreError, match="No space left"):
        store.put_product("abc", "listen", "sha", b"x")


# Migrations


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    with sqlite3.connect(tmp_path / "qa.sqlite") as connection:
        connection.execute("INSERT INTO schema_steps VALUES (999, 'later', '2030')")
    connection.close()
    for create in (True, False):
        with pytest.raises(StoreError, match="newer version") as caught:
            open_store(tmp_path, create=create)
        assert "Update qa_pipeline" in caught.value.cure


def test_the_migrations_make_the_tables_that_the_code_uses(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'qa.sqlite'}")
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"include_name": lambda name, kind, _: name != "schema_steps"},
        )
        assert compare_metadata(context, tables.metadata) == []
    engine.dispose()


def test_steps_are_numbered_without_a_gap_and_applied_once(tmp_path: Path) -> None:
    numbers = [step.number for step in migrations.steps()]
    assert numbers == list(range(1, len(numbers) + 1))
    for _ in range(2):
        open_store(tmp_path).close()
    with sqlite3.connect(tmp_path / "qa.sqlite") as connection:
        rows = connection.execute("SELECT number FROM schema_steps").fetchall()
    connection.close()
    assert rows == [(number,) for number in numbers]


def test_a_step_that_fails_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = migrations.steps()[0]

    def broken(operations: object) -> None:
        first.upgrade(operations)  # type: ignore[arg-type]
        raise RuntimeError("power cut")

    monkeypatch.setattr(migrations, "steps", lambda: (replace(first, upgrade=broken),))
    with pytest.raises(RuntimeError):
        open_store(tmp_path)
    monkeypatch.undo()
    with open_store(tmp_path) as store:
        assert list(store.calls()) == []
