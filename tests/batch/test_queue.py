"""What a run takes next, and what it leaves alone."""

from __future__ import annotations

import os
import time
from datetime import date, datetime

import pytest
from batch_desk import Desk

from qa_pipeline.batch import Queue, Wanted
from qa_pipeline.batch.queue import Candidate, may_be_copies
from qa_pipeline.batch.work import Assignment
from qa_pipeline.domain.batch import Step
from qa_pipeline.domain.stored import LedgerEntry
from qa_pipeline.metadata import Source


def all_of(queue: Queue, longest_first: bool = False) -> list[str]:
    queue.fill(10)
    taken = []
    while (candidate := queue.take(longest_first)) is not None:
        taken.append(candidate.source.file)
    return taken


class TestOrder:
    def test_the_oldest_first_and_of_one_time_by_name(self, desk: Desk) -> None:
        desk.add("c.wav", age_s=50)
        now = time.time()
        for name in ("b.wav", "a.wav"):
            os.utime(desk.add(name), (now - 90, now - 90))
        assert all_of(desk.queue()) == ["a.wav", "b.wav", "c.wav"]

    def test_the_calls_own_start_counts_more_than_the_files_time(self, desk: Desk) -> None:
        desk.add("early.wav", age_s=10, started_at="2020-01-01T08:00:00+00:00")
        desk.add("late.wav", age_s=9000)
        assert all_of(desk.queue()) == ["early.wav", "late.wav"]

    def test_the_more_urgent_before_the_older(self, desk: Desk) -> None:
        desk.add("old.wav", age_s=9000)
        desk.add("complaint.wav", age_s=10, priority=5)
        desk.add("later.wav", age_s=20, priority=-1)
        assert all_of(desk.queue()) == ["complaint.wav", "old.wav", "later.wav"]

    def test_a_manifest_says_it_in_words(self, desk: Desk) -> None:
        desk.add("old.wav", age_s=9000)
        desk.add("new.wav", age_s=10)
        (desk.calls / "manifest.csv").write_text("file,priority\nnew.wav,2\n")
        assert all_of(desk.queue()) == ["new.wav", "old.wav"]

    @pytest.mark.parametrize("priority", ["urgent", None, [1], float("nan"), "inf"])
    def test_what_is_no_number_is_no_priority(self, desk: Desk, priority: object) -> None:
        desk.add("old.wav", age_s=9000)
        desk.add("new.wav", age_s=10, priority=priority)
        assert all_of(desk.queue()) == ["old.wav", "new.wav"]

    def test_a_sidecar_that_cannot_be_read_is_told_later(self, desk: Desk) -> None:
        desk.add("a.wav", age_s=20)
        (desk.calls / "b.json").write_text("{")
        desk.add("b.wav", age_s=10)
        assert all_of(desk.queue()) == ["a.wav", "b.wav"]

    def test_the_tail_longest_first_but_never_before_the_urgent(self, desk: Desk) -> None:
        desk.add("short.wav", 1000, age_s=9000)
        desk.add("long.wav", 5000, age_s=10)
        desk.add("urgent.wav", 500, age_s=10, priority=1)
        assert all_of(desk.queue(), longest_first=True) == ["urgent.wav", "long.wav", "short.wav"]

    def test_not_by_length_while_more_may_come(self, desk: Desk) -> None:
        desk.add("short.wav", 1000, age_s=9000)
        desk.add("long.wav", 5000, age_s=10)
        queue = desk.queue()
        queue.fill(0)
        assert queue.listing
        taken = queue.take(longest_first=True)
        assert taken is not None
        assert taken.source.file == "short.wav"


class TestListing:
    def test_in_pieces(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("qa_pipeline.batch.queue.CHUNK", 4)
        for number in range(10):
            desk.add(f"{number}.wav")
        queue = desk.queue()
        queue.fill(0)
        assert (len(queue), queue.listed, queue.listing) == (4, 4, True)
        queue.fill(10)
        assert (len(queue), queue.listed, queue.listing) == (10, 10, False)
        assert queue.listed_bytes == 10_000
        assert not queue.done

    def test_only_those_asked_for(self, desk: Desk) -> None:
        desk.add("a.wav")
        path = desk.add("b.wav")
        queue = desk.queue(wanted=Wanted(only=frozenset({str(path)})))
        assert all_of(queue) == ["b.wav"]
        assert queue.listed == 1

    def test_days_by_the_calls_own_clock(self, desk: Desk) -> None:
        # Late in the evening in New York is the next day elsewhere, and still that evening's call.
        desk.add("evening.wav", started_at="2026-11-20T23:15:00-05:00")
        desk.add("day_after.wav", started_at="2026-11-21T08:00:00-05:00")
        desk.add("week_before.wav", started_at="2026-11-13T08:00:00-05:00")
        day = date(2026, 11, 20)
        queue = desk.queue(wanted=Wanted(day, day))
        assert all_of(queue) == ["evening.wav"]
        assert (queue.listed, queue.passed_over) == (1, 2)
        assert all_of(desk.queue(wanted=Wanted(since=day))) == ["evening.wav", "day_after.wav"]
        assert all_of(desk.queue(wanted=Wanted(until=day))) == ["week_before.wav", "evening.wav"]

    def test_days_by_the_files_time_where_nothing_else_is_known(self, desk: Desk) -> None:
        moment = datetime(2026, 11, 20, 23, 30).timestamp()
        os.utime(desk.add("a.wav"), (moment, moment))
        assert all_of(desk.queue(wanted=Wanted(date(2026, 11, 20), date(2026, 11, 20))))
        assert not all_of(desk.queue(wanted=Wanted(since=date(2026, 11, 21))))


class TestSettling:
    def test_a_young_file_is_left_to_settle(self, desk: Desk) -> None:
        desk.add("young.wav", age_s=0)
        desk.add("old.wav")
        queue = desk.queue(desk.settings(settle_s=30))
        assert all_of(queue) == ["old.wav"]
        assert len(queue) == 1
        assert 20 < queue.seconds_to_next() <= 30

    def test_one_with_a_time_in_the_future_waits_no_longer(self, desk: Desk) -> None:
        desk.add("young.wav", age_s=-9000)
        queue = desk.queue(desk.settings(settle_s=30))
        assert all_of(queue) == []
        assert queue.seconds_to_next() <= 30

    def test_and_is_taken_then(self, desk: Desk) -> None:
        desk.add("young.wav", age_s=0)
        queue = desk.queue(desk.settings(settle_s=0.05))
        assert all_of(queue) == []
        time.sleep(0.06)
        assert all_of(queue) == ["young.wav"]
        assert queue.done


class TestWhatIsKnown:
    def passed_over(self, desk: Desk, kit: str = "kit") -> dict[str, tuple[Step, str | None]]:
        found: dict[str, tuple[Step, str | None]] = {}

        def note(source: Source, step: Step, entry: LedgerEntry, copy_of: str | None) -> None:
            found[source.file] = (step, copy_of)

        self.taken = all_of(desk.queue(on_known=note, kit=kit))
        return found

    def scored(self, desk: Desk) -> None:
        queue = desk.queue()
        queue.fill(10)
        while (candidate := queue.take()) is not None:
            source = candidate.source
            desk.score(Assignment(source, candidate.size, candidate.mtime_ns, candidate.mark))

    def test_scored_ones_are_passed_over(self, desk: Desk) -> None:
        desk.add("a.wav")
        self.scored(desk)
        assert self.passed_over(desk) == {"a.wav": (Step.UNCHANGED, None)}
        assert self.taken == []

    def test_copies_are_named(self, desk: Desk) -> None:
        desk.add("a.wav", content="x")
        desk.add("b.wav", content="x", age_s=10)
        self.scored(desk)
        assert self.passed_over(desk)["b.wav"] == (Step.DUPLICATE, "a.wav")
        (desk.calls / "a.wav").unlink()
        assert self.passed_over(desk) == {}
        assert self.taken == ["b.wav"]  # now the call's only recording

    def test_not_with_other_settings_rubrics_or_engines(self, desk: Desk) -> None:
        desk.add("a.wav")
        self.scored(desk)
        assert self.passed_over(desk, kit="another kit") == {}
        assert self.taken == ["a.wav"]

    def test_not_with_another_sidecar(self, desk: Desk) -> None:
        path = desk.add("a.wav")
        self.scored(desk)
        path.with_suffix(".json").write_text('{"agent_id": "A1"}')
        assert self.passed_over(desk) == {}
        self.scored(desk)
        assert self.passed_over(desk)["a.wav"] == (Step.UNCHANGED, None)
        path.with_suffix(".json").unlink()
        assert self.passed_over(desk) == {}

    def test_not_with_another_manifest_row(self, desk: Desk) -> None:
        desk.add("a.wav")
        desk.add("b.wav")
        manifest = desk.calls / "manifest.csv"
        manifest.write_text("file,agent_id\na.wav,A1\nb.wav,A1\n")
        self.scored(desk)
        assert set(self.passed_over(desk)) == {"a.wav", "b.wav"}
        manifest.write_text("file,agent_id\na.wav,A2\nb.wav,A1\n")
        assert set(self.passed_over(desk)) == {"b.wav"}

    def test_not_when_the_file_was_touched_or_replaced(self, desk: Desk) -> None:
        path = desk.add("a.wav")
        self.scored(desk)
        desk.age(path, 5)
        assert self.passed_over(desk) == {}

    def test_not_when_what_was_heard_is_lost(self, desk: Desk) -> None:
        desk.add("a.wav")
        self.scored(desk)
        for product in (desk.data / "products").rglob("*.gz"):
            product.unlink()
        assert self.passed_over(desk) == {}
        assert self.taken == ["a.wav"]

    def test_set_aside_until_the_file_is_another(self, desk: Desk) -> None:
        path = desk.add("a.wav")
        state = path.stat()
        desk.store.claim(str(path), "a.wav", state.st_size, state.st_mtime_ns)
        desk.store.save_failure("a.wav", path, "crashed.", "Listen.", set_aside=True)
        assert self.passed_over(desk) == {"a.wav": (Step.SET_ASIDE, None)}
        desk.age(path, 5)
        assert self.passed_over(desk) == {}

    def test_another_failure_is_tried_again(self, desk: Desk) -> None:
        path = desk.add("a.wav")
        state = path.stat()
        desk.store.claim(str(path), "a.wav", state.st_size, state.st_mtime_ns)
        desk.store.save_failure("a.wav", path, "no audio.", "Copy it again.")
        assert self.passed_over(desk) == {}
        assert self.taken == ["a.wav"]


class TestCopies:
    def candidate(self, desk: Desk, name: str) -> Candidate:
        path = desk.calls / name
        return Candidate(Source(path, name, "audio"), path.stat().st_size, 0, "")

    def test_by_size_and_both_ends(self, desk: Desk) -> None:
        desk.add("a.wav", 200_000, content="x")
        desk.add("copy.wav", 200_000, content="x")
        desk.add("longer.wav", 200_001, content="x")
        desk.add("another.wav", 200_000, content="y")
        end = desk.add("end.wav", 200_000, content="x")
        with end.open("r+b") as file:
            file.seek(-1, os.SEEK_END)
            file.write(b"z")
        a = self.candidate(desk, "a.wav")
        same = [
            name
            for name in ("copy.wav", "longer.wav", "another.wav", "end.wav")
            if may_be_copies(a, self.candidate(desk, name))
        ]
        assert same == ["copy.wav"]

    def test_a_file_that_cannot_be_read_is_no_copy(self, desk: Desk) -> None:
        desk.add("a.wav")
        gone = Candidate(Source(desk.calls / "b.wav", "b.wav", "audio"), 1000, 0, "")
        assert not may_be_copies(self.candidate(desk, "a.wav"), gone)

    def test_in_other_storage_by_what_the_listing_tells(self, desk: Desk) -> None:
        def remote(name: str, identity: str | None) -> Candidate:
            path = desk.calls / name
            return Candidate(
                Source(path, name, "audio", url=f"s3://b/{name}", identity=identity), 10, 0, ""
            )

        assert may_be_copies(remote("a.wav", "e1"), remote("b.wav", "e1"))
        assert not may_be_copies(remote("a.wav", "e1"), remote("b.wav", "e2"))
        assert not may_be_copies(remote("a.wav", None), remote("b.wav", None))
