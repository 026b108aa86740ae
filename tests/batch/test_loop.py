"""The loop of a run: who has what in hand, what is tried again, when it ends."""

from __future__ import annotations

import dataclasses
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from batch_desk import DEAD, FAR, LIVING, Act, Desk, Outcome, Ran

from qa_pipeline.batch import Wanted, handing, loop, results
from qa_pipeline.batch.queue import Candidate
from qa_pipeline.batch.stopping import Stopper
from qa_pipeline.batch.work import Assignment, WorkDone
from qa_pipeline.domain.batch import Ending, Step
from qa_pipeline.domain.stored import FailureKind, RecordingStatus
from qa_pipeline.errors import (
    AudioError,
    EngineError,
    ModelError,
    StoreError,
    StoreUnavailableError,
)
from qa_pipeline.ports import TaskEnd
from qa_pipeline.store import ledger
from qa_pipeline.store.owners import owner_of


def soon(**delta: float) -> datetime:
    return datetime.now().astimezone() + timedelta(**delta)


def first(outcome: Outcome, desk: Desk, name: str = "a.wav", times: int = 1) -> Act:
    """That outcome for the first attempts at a recording; the rest is scored."""

    def act(given: Assignment, attempt: int) -> Outcome:
        bad = given.source.file == name and attempt <= times
        return outcome if bad else desk.score(given)

    return act


@pytest.fixture
def as_other(monkeypatch: pytest.MonkeyPatch, desk: Desk) -> Callable[[str, Path], None]:
    """Lets another run claim a recording."""

    def claim(owner: str, path: Path) -> None:
        state = path.stat()
        with monkeypatch.context() as other:
            other.setattr(ledger, "owner_of", lambda: owner)
            assert desk.store.claim(str(path), path.name, state.st_size, state.st_mtime_ns)

    return claim


class TestWork:
    def test_all_are_scored_once_and_in_order(self, desk: Desk) -> None:
        for number in range(5):
            desk.add(f"{number}.wav", age_s=9000 - number)
        ran = desk.run()
        assert ran.executor.taken == [f"{number}.wav" for number in range(5)]
        assert ran.counts == {"scored": 5}
        assert ran.summary.ending is Ending.FINISHED
        assert ran.summary.left == 0
        assert len(ran.summary.call_ids) == 5
        assert {row["status"] for row in desk.rows().values()} == {"scored"}
        assert {row["owner"] for row in desk.rows().values()} == {None}
        assert desk.evaluations() == 5

    def test_again_without_work(self, desk: Desk) -> None:
        for number in range(3):
            desk.add(f"{number}.wav")
        before = desk.run().summary
        again = desk.run()
        assert again.executor.taken == []
        assert again.counts == {"unchanged": 3}
        assert set(again.summary.call_ids) == set(before.call_ids)
        assert again.summary.audio_ms == 0
        assert again.summary.workers == 0  # none was started
        assert [p.call_id for p in again.told].count(None) == 0

    def test_only_what_changed(self, desk: Desk) -> None:
        for number in range(3):
            desk.add(f"{number}.wav")
        desk.run()
        desk.add("1.wav", content="other")
        ran = desk.run()
        assert ran.executor.taken == ["1.wav"]
        assert ran.counts == {"scored": 1, "unchanged": 2}

    def test_the_last_ones_longest_first(self, desk: Desk) -> None:
        for number in range(12):
            desk.add(f"{number:02}.wav", 1000 + number, age_s=9000 - number)
        taken = desk.run(workers=2).executor.taken
        assert taken[:4] == ["00.wav", "01.wav", "02.wav", "03.wav"]
        assert taken[4:] == [f"{number:02}.wav" for number in range(11, 3, -1)]

    def test_oldest_first_to_the_end_where_some_may_be_left(self, desk: Desk) -> None:
        for number in range(6):
            desk.add(f"{number}.wav", 1000 + number, age_s=9000 - number)
        in_order = [f"{number}.wav" for number in range(6)]
        limited = desk.run(workers=2, wanted=Wanted(limit=3))
        assert limited.executor.taken == in_order[:3]
        assert desk.run(workers=2, deadline=soon(hours=1)).executor.taken == in_order[3:]

    def test_every_worker_has_work(self, desk: Desk) -> None:
        for number in range(6):
            desk.add(f"{number}.wav")
        assert desk.run(workers=3).executor.most_at_once == 3


class TestFigures:
    def test_of_a_night(self, desk: Desk) -> None:
        for number in range(8):
            desk.add(f"{number}.wav", age_s=9000 - number)
        bad = AudioError("7.wav is empty.", "Copy it again.")

        def act(given: Assignment, attempt: int) -> Outcome:
            return bad if given.source.file == "7.wav" else desk.score(given)

        summary = desk.run(act).summary
        assert summary.audio_ms == pytest.approx(7 * 40_000, rel=0.5)
        assert [slow.seconds for slow in summary.slowest] == [2.0] * 5
        assert summary.peak_memory_mb == 900
        assert summary.workers == 1
        assert summary.failures_by_kind == {"recording": 1}
        assert summary.some_failed
        told = summary.to_json()
        assert told["counts"] == {"scored": 7, "failed": 1}
        assert told["failures"] == [
            {
                "file": "7.wav",
                "kind": "recording",
                "cause": "7.wav is empty.",
                "cure": "Copy it again.",
                "tries": 1,
            }
        ]

    def test_the_time_left_is_that_of_what_is_to_be_heard(self, desk: Desk) -> None:
        for number in range(30):
            desk.add(f"known{number}.wav")
        desk.run()
        for number in range(10):
            desk.add(f"new{number}.wav")

        def act(given: Assignment, attempt: int) -> Outcome:
            time.sleep(0.02)
            return desk.score(given)

        ran = desk.run(act)
        told = {progress.done: progress.left_s for progress in ran.told}
        assert told[32] is None  # two are too few to tell
        assert told[35] is not None
        # As many are left as were done; the thirty that were known say nothing.
        assert told[35] == pytest.approx(2.0 + 5 * 0.03, abs=0.8)  # 2 s: the worker's first call
        assert told[40] is None

    def test_states_are_told_and_kept(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(loop, "BEAT_S", 0.0)
        desk.add("a.wav")
        polls = iter(range(9))

        def act(given: Assignment, attempt: int) -> Outcome:
            return None if next(polls) < 3 else desk.score(given)

        ran = desk.run(act)
        [busy] = next(state.busy for state in ran.states if state.busy)
        assert (busy.worker, busy.file, busy.stage, busy.memory_mb) == (
            "worker 1", "a.wav", "transcribe", 900,
        )  # fmt: skip
        [record] = desk.store.run_records()
        assert record.state is not None
        assert record.state.counts == {"scored": 1}
        assert (record.ending, record.alive) == ("finished", False)


class TestClaims:
    def test_what_another_run_has_is_its(
        self, desk: Desk, as_other: Callable[[str, Path], None]
    ) -> None:
        as_other(LIVING, desk.add("a.wav"))
        desk.add("b.wav")
        ran = desk.run()
        assert ran.steps == {"b.wav": "scored", "a.wav": "elsewhere"}
        assert desk.rows()["a.wav"]["owner"] == LIVING
        assert not ran.summary.some_failed

    def test_a_living_owner_keeps_it_beyond_its_lease(
        self,
        desk: Desk,
        as_other: Callable[[str, Path], None],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(ledger, "LEASE", timedelta(seconds=-1))
        as_other(LIVING, desk.add("a.wav"))
        assert desk.run().steps == {"a.wav": "elsewhere"}

    def test_what_a_dead_one_had_is_taken_over_at_once(
        self, desk: Desk, as_other: Callable[[str, Path], None]
    ) -> None:
        as_other(DEAD, desk.add("a.wav"))
        assert desk.run().steps == {"a.wav": "scored"}

    def test_of_another_machine_when_its_lease_is_over(
        self,
        desk: Desk,
        as_other: Callable[[str, Path], None],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        path = desk.add("a.wav")
        as_other(FAR, path)
        assert desk.run().steps == {"a.wav": "elsewhere"}
        monkeypatch.setattr(ledger, "LEASE", timedelta(seconds=-1))
        with desk.store._db.write() as connection:
            connection.exec_driver_sql("UPDATE recordings SET lease_until = '2020-01-01'")
        assert desk.run().steps == {"a.wav": "scored"}

    def test_looked_at_once_more_at_the_end(
        self, desk: Desk, as_other: Callable[[str, Path], None]
    ) -> None:
        """What another run gives back while this one goes on is not left lying."""
        path = desk.add("a.wav", age_s=9000)
        desk.add("b.wav")
        as_other(LIVING, path)

        def act(given: Assignment, attempt: int) -> Outcome:
            if given.source.file == "b.wav":
                with desk.store._db.write() as connection:
                    connection.exec_driver_sql(
                        "UPDATE recordings SET owner = NULL, status = 'seen' WHERE file = 'a.wav'"
                    )
            return desk.score(given)

        assert desk.run(act).steps == {"b.wav": "scored", "a.wav": "scored"}

    def test_the_lease_is_renewed_while_it_is_in_hand(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(loop, "BEAT_S", 0.0)
        desk.add("a.wav")
        leases: list[datetime] = []

        def act(given: Assignment, attempt: int) -> Outcome:
            leases.append(desk.rows()["a.wav"]["lease_until"])
            return None if len(leases) < 5 else desk.score(given)

        desk.run(act)
        assert leases == sorted(set(leases))
        assert len(leases) == 5

    def test_two_runs_at_once_share_and_double_nothing(self, desk: Desk, tmp_path: Path) -> None:
        """The second begins while the first has its second recording in hand."""
        for number in range(6):
            desk.add(f"{number}.wav", age_s=9000 - number)
        other = Desk.__new__(Desk)
        other.calls, other.data = desk.calls, desk.data
        from qa_pipeline.store import open_store

        other.store = open_store(desk.data)
        seconds: list[Ran] = []
        own = owner_of()

        def act(given: Assignment, attempt: int) -> Outcome:
            if given.source.file == "1.wav" and not seconds:
                with pytest.MonkeyPatch.context() as patched:
                    patched.setattr(ledger, "owner_of", lambda: LIVING)
                    assert own != LIVING
                    seconds.append(other.run())
            return desk.score(given)

        ran = desk.run(act)
        [second] = seconds
        assert second.steps == {
            "0.wav": "unchanged", "1.wav": "elsewhere",
            **{f"{number}.wav": "scored" for number in range(2, 6)},
        }  # fmt: skip
        assert {file for file, step in ran.steps.items() if step == "scored"} == {"0.wav", "1.wav"}
        assert desk.evaluations() == 6
        other.store.close()


class TestCopies:
    def test_the_first_is_heard_and_the_other_waits_for_it(self, desk: Desk) -> None:
        desk.add("b.wav", content="x", age_s=9000)
        desk.add("a.wav", content="x", age_s=10)
        desk.add("c.wav", age_s=5)
        ran = desk.run(workers=3)
        assert ran.steps == {"b.wav": "scored", "c.wav": "scored", "a.wav": "duplicate"}
        [told] = [progress for progress in ran.told if progress.file == "a.wav"]
        assert told.duplicate_of == "b.wav"
        assert desk.evaluations() == 2
        assert desk.run().steps == {
            "a.wav": "duplicate", "b.wav": "unchanged", "c.wav": "unchanged",
        }  # fmt: skip

    def test_a_copy_in_another_runs_hands_is_left_to_it(
        self, desk: Desk, as_other: Callable[[str, Path], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = desk.add("a.wav", content="x")
        copy = desk.add("b.wav", content="x")
        as_other(LIVING, path)
        with monkeypatch.context() as other:
            other.setattr(ledger, "owner_of", lambda: LIVING)
            import hashlib

            sha = hashlib.sha256(path.read_bytes()).hexdigest()
            desk.store.save_seen("a.wav", path, 1000, path.stat().st_mtime_ns, sha)
        ran = desk.run()
        assert ran.steps == {"a.wav": "elsewhere", "b.wav": "elsewhere"}
        assert desk.rows()["b.wav"]["owner"] is None
        assert copy.exists()

    def test_a_moved_recording_is_the_same_call(self, desk: Desk) -> None:
        path = desk.add("a.wav")
        before = desk.run().summary.call_ids
        shutil.move(path, desk.calls / "b.wav")
        ran = desk.run()
        assert ran.steps == {"b.wav": "unchanged"}
        assert ran.summary.call_ids == before


class TestFilesThatMove:
    def test_one_that_vanished_is_gone(self, desk: Desk) -> None:
        desk.add("a.wav", age_s=9000)
        path = desk.add("b.wav")

        def act(given: Assignment, attempt: int) -> Outcome:
            path.unlink(missing_ok=True)
            return desk.score(given)

        ran = desk.run(act)
        assert ran.steps == {"a.wav": "scored", "b.wav": "gone"}
        assert desk.rows()["b.wav"]["status"] == "gone"
        assert not ran.summary.some_failed

    def test_one_that_vanishes_in_hand_is_gone(self, desk: Desk) -> None:
        path = desk.add("a.wav")

        def act(given: Assignment, attempt: int) -> Outcome:
            path.unlink()
            return AudioError("a.wav cannot be read.")

        ran = desk.run(act)
        assert ran.steps == {"a.wav": "gone"}
        assert ran.summary.failures == ()

    def test_one_that_grows_is_taken_when_it_is_whole(self, desk: Desk) -> None:
        desk.add("a.wav", age_s=9000)
        path = desk.add("b.wav")
        grown = 0

        def act(given: Assignment, attempt: int) -> Outcome:
            nonlocal grown
            if given.source.file == "a.wav" and not grown:
                grown = 1
                with path.open("ab") as file:
                    file.write(b"more")
            return desk.score(given)

        ran = desk.run(act)
        assert ran.steps == {"a.wav": "scored", "b.wav": "scored"}
        assert desk.rows()["b.wav"]["size"] == 1004

    @pytest.fixture
    def growing(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Path]]:
        """Files that are longer each time they are looked at."""
        paths: list[Path] = []
        looked_at = handing.Handing._looked_at

        def look(batch: handing.Handing, candidate: Candidate) -> Candidate | None:
            if candidate.source.path in paths:
                with candidate.source.path.open("ab") as file:
                    file.write(b"more")
            return looked_at(batch, candidate)

        monkeypatch.setattr(handing.Handing, "_looked_at", look)
        yield paths

    @pytest.mark.parametrize("number", [1, 3])
    def test_those_that_never_end_do_not_hold_up_the_night(
        self, desk: Desk, growing: list[Path], number: int
    ) -> None:
        growing += [desk.add(f"live{n}.wav", age_s=9000) for n in range(number)]
        desk.add("whole.wav")
        began = time.monotonic()
        ran = desk.run()
        assert time.monotonic() - began < 5
        assert ran.steps == {"whole.wav": "scored"} | {path.name: "waiting" for path in growing}
        assert desk.rows()["live0.wav"]["status"] == "waiting"
        growing.clear()
        assert desk.run().counts == {"unchanged": 1, "scored": number}

    def test_one_replaced_while_it_is_read_is_read_again(self, desk: Desk) -> None:
        desk.add("a.wav")

        def act(given: Assignment, attempt: int) -> Outcome:
            return WorkDone(None, changed=True) if attempt == 1 else desk.score(given)

        ran = desk.run(act)
        assert ran.steps == {"a.wav": "scored"}
        assert ran.executor.tries == {"a.wav": 2}

    def test_and_left_when_there_is_no_end_of_it(self, desk: Desk) -> None:
        desk.add("a.wav")
        ran = desk.run(lambda *_: WorkDone(None, changed=True))
        assert ran.steps == {"a.wav": "waiting"}
        assert ran.executor.tries == {"a.wav": results.MOST_CHANGES}


ENDS = {
    TaskEnd.CRASHED: "crash",
    TaskEnd.TIMED_OUT: "time",
    TaskEnd.OUT_OF_MEMORY: "memory",
}


class TestWhatEndsItsWorker:
    @pytest.mark.parametrize("end", ENDS)
    def test_is_tried_again(self, desk: Desk, end: TaskEnd) -> None:
        desk.add("a.wav")
        ran = desk.run(first(end, desk, times=2))
        assert ran.steps == {"a.wav": "scored"}
        assert ran.summary.retries == 2
        assert [notice.event for notice in ran.notices] == ["retry", "retry"]
        assert ran.notices[0].facts == {"cause": "ended by signal 9", "tries": 1}
        assert desk.rows()["a.wav"]["tries"] == 0

    @pytest.mark.parametrize(("end", "kind"), ENDS.items())
    def test_and_set_aside_when_it_is_always_so(self, desk: Desk, end: TaskEnd, kind: str) -> None:
        desk.add("a.wav", age_s=9000)
        desk.add("b.wav")
        ran = desk.run(first(end, desk, times=99))
        assert ran.steps == {"b.wav": "scored", "a.wav": "failed"}
        assert ran.executor.tries["a.wav"] == 3
        [failure] = ran.summary.failures
        assert (failure.kind, failure.tries, failure.set_aside) == (kind, 3, True)
        assert "set aside after 3 tries" in failure.error
        assert "qa-pipeline retry" in failure.cure

    def test_set_aside_it_is_passed_over_until_somebody_asks(self, desk: Desk) -> None:
        path = desk.add("a.wav")
        desk.run(lambda *_: TaskEnd.CRASHED)
        again = desk.run()
        assert again.steps == {"a.wav": "set_aside"}
        assert again.executor.taken == []
        assert again.summary.some_failed
        desk.store.try_again(str(path))
        assert [failure.file for failure in desk.store.failures()] == ["a.wav"]
        ran = desk.run(first(TaskEnd.CRASHED, desk, times=2))  # it has all its tries again
        assert ran.steps == {"a.wav": "scored"}
        assert desk.store.failures() == ()

    def test_tries_of_a_run_that_was_killed_count(self, desk: Desk) -> None:
        path = desk.add("a.wav")
        state = path.stat()
        desk.store.claim(str(path), "a.wav", state.st_size, state.st_mtime_ns)
        desk.store.save_try(str(path), FailureKind.CRASH)
        ran = desk.run(lambda *_: TaskEnd.CRASHED, tries=2)
        assert ran.executor.tries == {"a.wav": 1}
        assert [failure.tries for failure in ran.summary.failures] == [2]

    def test_waits_longer_each_time(self, desk: Desk) -> None:
        desk.add("a.wav")
        moments: list[float] = []

        def act(given: Assignment, attempt: int) -> Outcome:
            moments.append(time.monotonic())
            return TaskEnd.CRASHED if attempt < 3 else desk.score(given)

        desk.run(act, backoff_s=0.1)
        pauses = [b - a for a, b in pairwise(moments)]
        assert pauses[0] >= 0.1
        assert pauses[1] >= 0.4

    def test_others_go_on_meanwhile(self, desk: Desk) -> None:
        desk.add("a.wav", age_s=9000)
        for number in range(4):
            desk.add(f"{number}.wav")
        ran = desk.run(first(TaskEnd.CRASHED, desk), backoff_s=0.5)
        assert ran.executor.taken[:2] == ["a.wav", "0.wav"]
        assert ran.counts == {"scored": 5}

    def test_memory_that_python_itself_runs_out_of(self, desk: Desk) -> None:
        desk.add("a.wav")
        ran = desk.run(first(MemoryError(), desk, times=99))
        assert [failure.kind for failure in ran.summary.failures] == ["memory"]
        assert ran.executor.tries == {"a.wav": 3}


class TestErrors:
    @pytest.mark.parametrize(
        ("error", "kind"),
        [
            (AudioError("a.wav is empty.", "Copy it."), "recording"),
            (EngineError("The recogniser failed.", "Try again."), "engine"),
            (ZeroDivisionError("division by zero"), "unexpected"),
        ],
    )
    def test_of_one_recording_are_told_and_the_rest_is_scored(
        self, desk: Desk, error: Exception, kind: str
    ) -> None:
        desk.add("a.wav", age_s=9000)
        desk.add("b.wav")
        ran = desk.run(first(error, desk, times=99))
        assert ran.steps == {"a.wav": "failed", "b.wav": "scored"}
        [failure] = ran.summary.failures
        assert (failure.kind, failure.tries, failure.set_aside) == (kind, 1, False)
        assert failure.cure
        assert ran.executor.tries["a.wav"] == 1  # the same again would end the same
        assert [f.tries for f in desk.run(first(error, desk, times=99)).summary.failures] == [2]
        assert desk.run().steps == {"a.wav": "scored", "b.wav": "unchanged"}

    def test_of_all_recordings_end_the_run_and_release_what_is_in_hand(self, desk: Desk) -> None:
        for number in range(4):
            desk.add(f"{number}.wav", age_s=9000 - number)
        missing = ModelError("The model is missing.", "Fetch it.")

        def act(given: Assignment, attempt: int) -> Outcome:
            return missing if given.source.file == "1.wav" else None

        with pytest.raises(ModelError):
            desk.run(act, workers=2)
        assert {row["status"] for row in desk.rows().values()} == {"seen"}
        assert {row["owner"] for row in desk.rows().values()} == {None}
        [record] = desk.store.run_records()
        assert record.ending == "error"
        assert desk.run().counts == {"scored": 4}

    def test_a_worker_that_finds_the_store_locked_tries_again(self, desk: Desk) -> None:
        desk.add("a.wav")
        locked = StoreUnavailableError("The database is locked.", "Wait.")
        ran = desk.run(first(locked, desk, times=2))
        assert ran.steps == {"a.wav": "scored"}
        assert [notice.event for notice in ran.notices] == ["retry", "retry"]
        assert desk.rows()["a.wav"]["tries"] == 0  # no fault of the recording's

    def test_but_not_for_ever(self, desk: Desk) -> None:
        desk.add("a.wav")
        locked = StoreUnavailableError("The database is locked.", "Wait.")
        with pytest.raises(StoreUnavailableError):
            desk.run(first(locked, desk, times=99))
        assert desk.rows()["a.wav"]["status"] == "seen"

    def test_the_run_itself_waits_for_the_store(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        desk.add("a.wav")
        claim, tries = desk.store.claim, iter(range(9))

        def busy(*arguments: object) -> bool:
            if next(tries) < 2:
                raise StoreUnavailableError("The database is locked.", "Wait.")
            return claim(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(desk.store, "claim", busy)
        ran = desk.run()
        assert ran.steps == {"a.wav": "scored"}
        assert [notice.event for notice in ran.notices] == ["store_unavailable"] * 2

    def test_too_little_room_on_the_disk_ends_it(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(loop, "BEAT_S", 0.0)
        desk.add("a.wav")
        monkeypatch.setattr("qa_pipeline.batch.space.free_mb", lambda _: 3)
        with pytest.raises(StoreError, match="Only 3 MB are free"):
            desk.run(min_free_mb=10)
        assert all(row["owner"] is None for row in desk.rows().values())


class TestEnding:
    def test_a_limit(self, desk: Desk) -> None:
        for number in range(5):
            desk.add(f"{number}.wav", age_s=9000 - number)
        ran = desk.run(wanted=Wanted(limit=2))
        assert ran.executor.taken == ["0.wav", "1.wav"]
        assert (ran.summary.ending, ran.summary.left) == (Ending.LIMIT, 3)
        assert desk.run(wanted=Wanted(limit=3)).summary.ending is Ending.FINISHED

    def test_known_ones_do_not_count_for_it(self, desk: Desk) -> None:
        for number in range(4):
            desk.add(f"{number}.wav", age_s=9000 - number)
        desk.run(wanted=Wanted(limit=2))
        ran = desk.run(wanted=Wanted(limit=1))
        assert ran.executor.taken == ["2.wav"]
        assert (ran.counts, ran.summary.left) == ({"unchanged": 2, "scored": 1}, 1)

    def test_nor_does_another_try(self, desk: Desk) -> None:
        for number in range(3):
            desk.add(f"{number}.wav", age_s=9000 - number)
        ran = desk.run(first(TaskEnd.CRASHED, desk, "0.wav"), wanted=Wanted(limit=1))
        assert ran.counts == {"scored": 1}

    def test_a_deadline_that_has_come(self, desk: Desk) -> None:
        for number in range(3):
            desk.add(f"{number}.wav")
        ran = desk.run(deadline=soon(seconds=-1))
        assert ran.executor.taken == []
        assert (ran.summary.ending, ran.summary.left) == (Ending.DEADLINE, 3)
        assert not ran.summary.some_failed

    def test_what_would_not_be_done_by_then_is_not_begun(self, desk: Desk) -> None:
        """A kilobyte takes the workers 2 s; the long one would take an hour."""
        for number in range(3):
            desk.add(f"{number}.wav", 1000, age_s=9000 - number)
        desk.add("long.wav", 2_000_000, age_s=8000)
        desk.add("z.wav", 1000, age_s=10)
        ran = desk.run(deadline=soon(minutes=5))
        assert ran.executor.taken == ["0.wav", "1.wav", "2.wav", "z.wav"]
        assert (ran.summary.ending, ran.summary.left) == (Ending.DEADLINE, 1)

    def test_what_is_in_hand_at_the_deadline_is_released(self, desk: Desk) -> None:
        desk.add("a.wav")
        began = time.monotonic()
        ran = desk.run(lambda *_: None, deadline=soon(seconds=0.3))
        assert time.monotonic() - began < 5
        assert (ran.summary.ending, ran.summary.left) == (Ending.DEADLINE, 1)
        assert [notice.event for notice in ran.notices] == ["released"]
        assert desk.rows()["a.wav"]["status"] == "seen"

    def test_a_deadline_holds_for_the_last_of_a_limit(self, desk: Desk) -> None:
        desk.add("a.wav")
        desk.add("b.wav")
        ran = desk.run(lambda *_: None, wanted=Wanted(limit=1), deadline=soon(seconds=0.3))
        assert ran.summary.ending is Ending.DEADLINE

    def test_a_signal_releases_what_is_not_done_in_a_moment(self, desk: Desk) -> None:
        for number in range(4):
            desk.add(f"{number}.wav", age_s=9000 - number)
        stopper = Stopper()

        def act(given: Assignment, attempt: int) -> Outcome:
            if given.source.file == "2.wav":
                stopper.signal = signal.SIGTERM
                return None
            return desk.score(given)

        ran = desk.run(act, stopper=stopper)
        assert ran.counts == {"scored": 2}
        assert (ran.summary.ending, ran.summary.left) == (Ending.STOPPED, 2)
        assert [(n.event, n.file) for n in ran.notices] == [("released", "2.wav")]
        assert desk.rows()["2.wav"]["owner"] is None
        [record] = desk.store.run_records()
        assert record.ending == "stopped"
        assert desk.run().counts == {"scored": 2, "unchanged": 2}

    def test_and_waits_for_what_is(self, desk: Desk) -> None:
        desk.add("a.wav")
        stopper, polls = Stopper(), iter(range(9))

        def act(given: Assignment, attempt: int) -> Outcome:
            stopper.signal = signal.SIGINT
            return None if next(polls) < 2 else desk.score(given)

        ran = desk.run(act, stopper=stopper)
        assert ran.counts == {"scored": 1}
        assert ran.notices == []

    def test_a_second_signal_ends_it_at_once(self, desk: Desk) -> None:
        desk.add("a.wav", age_s=9000)
        desk.add("b.wav")

        def act(given: Assignment, attempt: int) -> Outcome:
            if given.source.file == "b.wav":
                signal.raise_signal(signal.SIGINT)
                signal.raise_signal(signal.SIGINT)
            return desk.score(given)

        with Stopper() as stopper:
            ran = desk.run(act, stopper=stopper)
        assert (ran.summary.ending, ran.counts) == (Ending.STOPPED, {"scored": 1})
        assert desk.rows()["b.wav"]["owner"] is None

    @pytest.mark.parametrize("as_result", [True, False], ids=["of the call", "of the work"])
    def test_an_interruption_that_a_library_made_an_error_of_its_own(
        self, desk: Desk, as_result: bool
    ) -> None:
        """As native modules do that a signal meets while they are imported."""
        desk.add("a.wav")

        def act(given: Assignment, attempt: int) -> Outcome:
            try:
                signal.raise_signal(signal.SIGTERM)
            except KeyboardInterrupt:
                error = StoreError("it failed to import")
                if as_result:
                    return error
                raise error from None
            return desk.score(given)

        with Stopper(at_once=True) as stopper:
            ran = desk.run(act, stopper=stopper)
        assert (ran.summary.ending, ran.summary.left) == (Ending.STOPPED, 1)
        assert ran.summary.failures == ()
        assert desk.rows()["a.wav"]["status"] == RecordingStatus.SEEN.value
        assert desk.run().counts == {"scored": 1}

    def test_an_interruption_that_was_no_signal_goes_on_up(self, desk: Desk) -> None:
        desk.add("a.wav")

        def act(given: Assignment, attempt: int) -> Outcome:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            desk.run(act)
        assert desk.rows()["a.wav"]["status"] == RecordingStatus.SEEN.value

    def test_what_another_run_has_is_told_also_when_it_ends_early(
        self, desk: Desk, as_other: Callable[[str, Path], None]
    ) -> None:
        as_other(LIVING, desk.add("a.wav", age_s=9000))
        desk.add("b.wav", age_s=900)
        desk.add("c.wav", age_s=90)
        ran = desk.run(wanted=Wanted(limit=1))
        assert ran.steps == {"b.wav": "scored", "a.wav": "elsewhere"}
        assert ran.summary.left == 1


def test_progress_counts_every_recording_once(desk: Desk) -> None:
    desk.add("a.wav", content="x", age_s=9000)
    desk.add("copy.wav", content="x")
    desk.add("bad.wav", age_s=10)
    ran = desk.run(first(AudioError("bad."), desk, "bad.wav", 99))
    assert sorted(progress.done for progress in ran.told) == [1, 2, 3]
    assert {progress.total for progress in ran.told} == {3}
    assert ran.told[-1].done_bytes == ran.told[-1].total_bytes == 3000
    assert ran.told[-1].step in Step
    assert dataclasses.asdict(ran.told[0])["listing"] is False
