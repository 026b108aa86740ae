"""What a data folder keeps, gives back, and refuses."""

from __future__ import annotations

import os
import pickle
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import factory_calls as made_up
import pytest
from either_store import Place

from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.stored import CallFilter, Failure, RecordingStatus
from qa_pipeline.errors import MetadataError, StoreError, UsageError
from qa_pipeline.store import Store


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


def test_everything_is_there_after_reopening(place: Place) -> None:
    with place.open() as store:
        made = made_up.save(store, made_up.make())
    with place.open(create=False) as store:
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
    store.save_evaluations([(later, {})])
    other = replace(made.evaluation, score=0.5, rubric_id="another")
    store.save_evaluations([(other, {})])
    [current] = store.calls(CallFilter(rubric_id="phone_standard"))
    assert current.evaluation == later
    [current] = store.calls()
    assert current.evaluation == other
    history = store.evaluation_history(made.recording.call_id)
    assert [dated.evaluation.score for dated in history] == [1.0, 0.25, 0.5]


def test_an_evaluation_of_an_older_content_is_not_shown(store: Store) -> None:
    made = made_up.save(store, made_up.make())
    changed = made_up.renamed(made, content_sha256="0" * 64)
    store.save_call(changed.recording, changed.conversation, {"conversation": "new"})
    assert list(store.calls()) == []
    store.save_evaluations([(changed.evaluation, {})])
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
    made = made_up.make(1, folder=tmp_path, file="first.wav")
    sha = made.recording.content_sha256
    first, copy = tmp_path / "first.wav", tmp_path / "copy.wav"
    for path in (first, copy):
        path.write_bytes(b"same")
    store.begin_run()
    assert store.claim(str(first), "first.wav", 4, 1)
    assert store.save_seen("first.wav", first, 4, 1, sha).status is RecordingStatus.SEEN
    # As long as the first one is being worked on, the copy waits for what becomes of it.
    seen = store.save_seen("copy.wav", copy, 4, 1, sha)
    assert (seen.status, seen.duplicate_of, seen.in_hand) == (
        RecordingStatus.SKIPPED,
        "first.wav",
        True,
    )
    assert store.duplicates() == ()
    made_up.save(store, made)
    seen = store.save_seen("copy.wav", copy, 4, 1, sha)
    assert (seen.status, seen.duplicate_of, seen.in_hand) == (
        RecordingStatus.SKIPPED,
        "first.wav",
        False,
    )
    assert store.duplicates() == (("copy.wav", "first.wav"),)
    # The scored one is gone from the disk: the copy takes its place.
    first.unlink()
    assert store.claim(str(copy), "copy.wav", 4, 1)
    assert store.save_seen("copy.wav", copy, 4, 1, sha).status is RecordingStatus.SEEN
    assert store.duplicates() == ()


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


def test_what_became_of_recordings_is_counted(store: Store) -> None:
    assert store.run_records() == ()
    store.begin_run()
    made_up.save(store, made_up.make(1))
    store.save_failure("b.wav", "/x/b.wav", "It is empty.", "")
    assert store.status_counts() == {RecordingStatus.SCORED: 1, RecordingStatus.FAILED: 1}
    [run] = store.run_records()
    assert run.finished_at is None
    store.finish_run()
    [run] = store.run_records()
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


def test_calls_are_sorted_by_the_bytes_of_their_names(store: Store) -> None:
    names = ["b.wav", "B.wav", "_.wav", "a-b.wav", "ab.wav", "é.wav", "中.wav", "😀.wav", "1.wav"]
    for number, name in enumerate(names):
        made_up.save(store, made_up.make(number, file=name))
        store.save_failure(f"x{name}", f"/x/{name}", "Cut.", "")
    by_bytes = sorted(names, key=lambda name: name.encode())
    assert [call.file for call in store.scored_calls()] == by_bytes
    assert [failure.file for failure in store.failures()] == [f"x{name}" for name in by_bytes]


def test_text_that_a_database_may_not_hold_comes_back(store: Store) -> None:
    odd = ["a\0b", "\ud800", 'json:"a"', "json:", "\ufffe\uffff", "'; DROP TABLE calls; --", ""]
    made = made_up.save(store, made_up.make())
    for note in odd:
        store.add_override(made.recording.call_id, note, Outcome.FAIL, note, note)
    kept = store.overrides(made.recording.call_id)
    assert [(o.criterion, o.author, o.note) for o in kept] == [(x, x, x) for x in odd]


def test_a_recording_of_many_gigabytes(store: Store) -> None:
    store.save_seen("a.wav", "/x/a.wav", 2**40, 2**62, "sha")
    entry = store.ledger_entries(["/x/a.wav"])["/x/a.wav"]
    assert (entry.size, entry.mtime_ns) == (2**40, 2**62)


def test_a_pickled_store_opens_the_same_place_in_the_same_run(store: Store) -> None:
    run = store.begin_run()
    with pickle.loads(pickle.dumps(store)) as again:
        made_up.save(again, made_up.make())
        assert again._run_id == run
        assert again.name == store.name
    assert len(list(store.calls())) == 1


def test_reading_goes_on_while_something_is_written(store: Store) -> None:
    for number in range(3):
        made_up.save(store, made_up.make(number))
    seen = []
    for call in store.calls():
        made_up.save(store, made_up.make(50 + len(seen)))
        seen.append(call.recording.file)
    assert len(seen) == 3


def test_no_results_yet(place: Place) -> None:
    with pytest.raises(StoreError, match="no results") as caught:
        place.open(create=False)
    assert "qa-pipeline run" in caught.value.cure
    assert not place.folder.exists()
