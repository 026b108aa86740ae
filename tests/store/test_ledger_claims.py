"""Claims: one recording in one pair of hands, and back when the hands are gone."""

from __future__ import annotations

import multiprocessing
import os
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path

import factory_calls as made_up
import pytest
import sqlalchemy as sa
from either_store import Place

from qa_pipeline.domain.batch import Busy, Ending, RunState
from qa_pipeline.domain.stored import FailureKind, LedgerEntry, RecordingStatus
from qa_pipeline.store import Store, ledger, owners, runs
from qa_pipeline.store.moments import now
from qa_pipeline.store.owners import is_gone, is_here, owner_of, this_host
from qa_pipeline.store.tables import evaluations, recordings

OWN = owner_of()
LIVING = owner_of(os.getppid())  # of this machine, and going on
DEAD = f"{this_host()}:{os.getpid()}:1.00"  # its number was given to this process since
FAR = "another-machine:17:1.00"  # nothing is known of it but its lease


@pytest.fixture
def act_as(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    def become(owner: str) -> None:
        monkeypatch.setattr(ledger, "owner_of", lambda: owner)
        monkeypatch.setattr(runs, "owner_of", lambda: owner)

    yield become


def row(store: Store, path: str = "/x/a.wav") -> sa.RowMapping:
    with store._db.read() as connection:
        query = sa.select(recordings).where(recordings.c.path == path)
        return connection.execute(query).mappings().one()


def take(store: Store, path: str = "/x/a.wav") -> bool:
    return store.claim(path, Path(path).name, 10, 5**20)


def expire(store: Store) -> None:
    with store._db.write() as connection:
        connection.execute(recordings.update().values(lease_until=now() - timedelta(seconds=1)))


class TestOwners:
    def test_this_process_and_its_parent_are_there(self) -> None:
        assert not is_gone(OWN)
        assert not is_gone(LIVING)
        assert is_here(OWN)

    def test_a_number_that_was_given_again_is_another_process(self) -> None:
        assert is_gone(DEAD)

    def test_one_that_has_ended(self) -> None:
        child = multiprocessing.get_context("fork").Process(target=os.getpid)
        child.start()
        owner = owner_of(child.pid)
        child.join()
        assert is_gone(owner)

    @pytest.mark.parametrize("owner", [FAR, "", f"{this_host()}:x:1", "no colon"])
    def test_of_others_nothing_is_certain(self, owner: str) -> None:
        assert not is_gone(owner)
        assert is_here(owner) is owner.startswith(this_host())

    def test_a_container_is_a_machine_of_its_own(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """It sees only its own processes: the same number means another one there."""
        (tmp_path / "pid").touch()
        with monkeypatch.context() as inside:
            inside.setattr(owners, "_PROCESS_NAMESPACE", tmp_path / "pid")
            contained = this_host.__wrapped__()
            inside.setattr(owners, "this_host", lambda: contained)
            theirs = owner_of()
            assert not is_gone(DEAD)  # of the machine around it nothing is known there
            assert is_here(theirs)
        assert contained.startswith(f"{this_host()}@")
        assert not is_here(theirs)
        assert not is_gone(theirs.replace(f":{os.getpid()}:", ":999999999:"))

    def test_where_processes_have_no_namespaces_the_name_is_all(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(owners, "_PROCESS_NAMESPACE", tmp_path / "none")
        assert this_host.__wrapped__() == socket.gethostname().replace(":", "_")


class TestClaiming:
    def test_a_new_one(self, store: Store) -> None:
        run = store.begin_run()
        assert take(store)
        found = row(store)
        assert (found["status"], found["owner"], found["run_id"]) == ("claimed", OWN, run)
        assert (found["size"], found["mtime_ns"]) == (10, 5**20)
        assert found["lease_until"] - now() > timedelta(minutes=2)
        assert take(store)  # ones own, once more

    @pytest.mark.parametrize("status", [s for s in RecordingStatus if s.value != "claimed"])
    def test_whatever_became_of_it_before(self, store: Store, status: RecordingStatus) -> None:
        store.save_left("/x/a.wav", "a.wav", status)
        first_seen = row(store)["first_seen"]
        assert take(store)
        assert row(store)["status"] == "claimed"
        assert row(store)["first_seen"] == first_seen

    @pytest.mark.parametrize(
        ("owner", "in_lease", "after"),
        [(LIVING, False, False), (FAR, False, True), (DEAD, True, True)],
    )
    def test_of_another_run(
        self,
        store: Store,
        act_as: Callable[[str], None],
        owner: str,
        in_lease: bool,
        after: bool,
    ) -> None:
        act_as(owner)
        assert take(store)
        act_as(OWN)
        assert take(store) is in_lease
        act_as(owner)
        if in_lease:
            return
        expire(store)
        act_as(OWN)
        assert take(store) is after
        assert row(store)["owner"] == (OWN if after else owner)

    def test_hosts_whose_names_begin_alike_are_others(
        self, store: Store, act_as: Callable[[str], None]
    ) -> None:
        act_as(f"{this_host()}-2:17:1.00")
        assert take(store)
        act_as(OWN)
        assert not take(store)
        expire(store)
        assert take(store)

    def test_renewed(self, store: Store, act_as: Callable[[str], None]) -> None:
        assert take(store)
        assert take(store, "/x/b.wav")
        expire(store)
        act_as(FAR)
        store.renew_claims({"/x/a.wav": "listen"})  # others' are not
        assert row(store)["lease_until"] < now()
        act_as(OWN)
        store.renew_claims({"/x/a.wav": "transcribe", "/x/none.wav": "x"})
        assert row(store)["lease_until"] > now()
        assert row(store, "/x/b.wav")["lease_until"] > now()
        assert row(store)["stage"] == "transcribe"
        assert row(store, "/x/b.wav")["stage"] is None

    def test_released(self, store: Store, act_as: Callable[[str], None]) -> None:
        for name in "abc":
            assert take(store, f"/x/{name}.wav")
        act_as(FAR)
        assert take(store, "/x/d.wav")
        act_as(OWN)
        store.release_claims(["/x/a.wav", "/x/d.wav"])
        states = {name: row(store, f"/x/{name}.wav")["status"] for name in "abcd"}
        assert states == {"a": "seen", "b": "claimed", "c": "claimed", "d": "claimed"}
        store.release_claims()
        states = {name: row(store, f"/x/{name}.wav")["status"] for name in "abcd"}
        assert states == {"a": "seen", "b": "seen", "c": "seen", "d": "claimed"}
        assert row(store)["owner"] is row(store)["lease_until"] is None

    def test_a_result_is_not_released(self, store: Store) -> None:
        made = made_up.make(1)
        assert take(store, made.recording.path)
        keep(store, made)
        store.release_claims()
        assert row(store, made.recording.path)["status"] == "scored"


def keep(store: Store, made: made_up.Made) -> bool:
    store.save_rubric(made_up.RUBRIC)
    return store.keep_scored(
        made.recording,
        made.conversation,
        {"conversation": "key"},
        [made.evaluation],
        engines={"transcribe": "1"},
        made_by="test 1",
    )


class TestKeeping:
    def test_once_however_often(self, store: Store) -> None:
        made = made_up.make(1)
        assert take(store, made.recording.path)
        assert keep(store, made) is False
        assert keep(store, made) is True
        with store._db.read() as connection:
            count = connection.execute(sa.select(sa.func.count()).select_from(evaluations))
            assert count.scalar_one() == 1
        found = row(store, made.recording.path)
        assert (found["status"], found["owner"]) == ("scored", None)
        assert found["call_id"] == made.recording.call_id

    def test_all_or_nothing(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        from qa_pipeline.store import keeping

        made = made_up.make(1)
        assert take(store, made.recording.path)

        def cut_off(*_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(keeping, "put_evaluations", cut_off)
            with pytest.raises(KeyboardInterrupt):
                keep(store, made)
        assert row(store, made.recording.path)["status"] == "claimed"
        assert list(store.scored_calls()) == []
        assert keep(store, made) is False

    def test_it_ends_a_failure(self, store: Store) -> None:
        made = made_up.make(1)
        assert take(store, made.recording.path)
        store.save_failure("x", made.recording.path, "crashed", "", kind=FailureKind.CRASH)
        assert take(store, made.recording.path)
        keep(store, made)
        assert store.failures() == ()
        assert row(store, made.recording.path)["tries"] == 0


class TestFailures:
    def test_tries_count_attempts_that_ended_their_worker(self, store: Store) -> None:
        assert take(store)
        kinds = (FailureKind.CRASH, FailureKind.TIME)
        assert [store.save_try("/x/a.wav", kind) for kind in kinds] == [1, 2]
        failure = store.save_failure(
            "a.wav", "/x/a.wav", "crashed", "", kind=FailureKind.CRASH, set_aside=True, counted=True
        )
        assert (failure.tries, failure.set_aside, failure.kind) == (2, True, "crash")
        assert store.failures() == (failure,)
        assert row(store)["owner"] is None

    def test_tried_again_it_stays_listed_until_it_is_taken(self, store: Store) -> None:
        take(store)
        store.save_failure("a.wav", "/x/a.wav", "crashed", "Listen.", set_aside=True)
        store.try_again("/x/a.wav")
        [failure] = store.failures()
        assert (failure.tries, failure.set_aside, failure.error) == (0, False, "crashed")
        assert take(store)
        assert store.failures() == ()

    def test_only_failures_are_tried_again(self, store: Store) -> None:
        take(store)
        store.save_try("/x/a.wav", FailureKind.CRASH)
        store.try_again("/x/a.wav")
        assert row(store)["tries"] == 1


class TestCopies:
    def seen(self, store: Store, path: str) -> tuple[RecordingStatus, bool]:
        found = store.save_seen(Path(path).name, path, 10, 5**20, "sha")
        return found.status, found.in_hand

    def test_of_one_in_another_runs_hands(
        self, store: Store, act_as: Callable[[str], None]
    ) -> None:
        act_as(LIVING)
        take(store, "/x/a.wav")
        self.seen(store, "/x/a.wav")
        act_as(OWN)
        take(store, "/x/b.wav")
        assert self.seen(store, "/x/b.wav") == (RecordingStatus.SKIPPED, True)
        assert row(store, "/x/b.wav")["content_sha256"] is None  # nothing was noted
        expire(store)
        assert self.seen(store, "/x/b.wav") == (RecordingStatus.SKIPPED, True)

    @pytest.mark.parametrize("owner", [DEAD, FAR])
    def test_of_one_in_hands_that_are_gone(
        self, store: Store, act_as: Callable[[str], None], owner: str
    ) -> None:
        act_as(owner)
        take(store, "/x/a.wav")
        self.seen(store, "/x/a.wav")
        act_as(OWN)
        expire(store)
        assert take(store, "/x/b.wav")
        assert self.seen(store, "/x/b.wav") == (RecordingStatus.SEEN, False)


class TestRuns:
    BUSY = (Busy("w1", "通话.wav", "listen", 1.5, 900),)
    STATE = RunState({"scored": 3}, 10, 300, 1000, True, 60_000, 12.5, BUSY)

    def test_how_far_it_is(self, store: Store) -> None:
        run = store.begin_run()
        store.save_run_state(self.STATE)
        [record] = store.run_records()
        assert (record.id, record.owner, record.alive) == (run, OWN, True)
        assert record.state == self.STATE
        assert record.state.done == 3
        store.finish_run(Ending.DEADLINE)
        [record] = store.run_records()
        assert (record.ending, record.alive) == ("deadline", False)
        assert record.finished_at is not None

    @pytest.mark.parametrize(("owner", "alive"), [(LIVING, True), (DEAD, False), (FAR, False)])
    def test_whether_it_goes_on_though_it_says_nothing(
        self,
        store: Store,
        act_as: Callable[[str], None],
        monkeypatch: pytest.MonkeyPatch,
        owner: str,
        alive: bool,
    ) -> None:
        act_as(owner)
        store.begin_run()
        monkeypatch.setattr(runs, "SILENT_AFTER", timedelta(seconds=-1))
        assert store.run_records()[0].alive is alive

    def test_the_latest_first(self, store: Store) -> None:
        for _ in range(7):
            store.begin_run()
        numbers = [record.id for record in store.run_records(3)]
        assert numbers == sorted(numbers, reverse=True)
        assert len(numbers) == 3

    def test_a_state_of_a_later_version(self) -> None:
        kept = self.STATE.to_json() | {"new": 1}
        assert RunState.from_json(kept) == self.STATE


def test_entries_of_more_files_than_one_statement_takes(store: Store) -> None:
    paths = [f"/x/{number}.wav" for number in range(ledger.MOST_PATHS + 7)]
    for path in (paths[0], paths[-1]):
        take(store, path)
    found = store.ledger_entries([*paths, "/x/unseen.wav"])
    assert set(found) == {paths[0], paths[-1]}
    assert found[paths[0]] == LedgerEntry(
        paths[0], RecordingStatus.CLAIMED, 10, 5**20, None, None, None, False, 0
    )


NUMBER = 60


def _claim_all(place: Place, told: multiprocessing.Queue[list[str]], gate: Barrier) -> None:
    with place.open() as store:
        gate.wait(60)
        told.put([f"/x/{n}.wav" for n in range(NUMBER) if take(store, f"/x/{n}.wav")])
        gate.wait(60)  # what one has that is gone would be the other's


def test_two_at_once_have_each_recording_once(place: Place) -> None:
    place.open().close()
    context = multiprocessing.get_context("fork")
    told: multiprocessing.Queue[list[str]] = context.Queue()
    gate = context.Barrier(2)
    children = [context.Process(target=_claim_all, args=(place, told, gate)) for _ in range(2)]
    for child in children:
        child.start()
    taken = [path for _ in children for path in told.get(timeout=60)]
    for child in children:
        child.join(60)
    assert len(taken) == NUMBER
    assert len(set(taken)) == NUMBER
