"""How a batch goes, told to another terminal and to machines."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console

from qa_pipeline.domain.batch import Busy, RunRecord, RunState
from qa_pipeline.domain.stored import Failure, RecordingStatus
from qa_pipeline.reports.run_status import (
    failures_json,
    render_failures,
    render_status,
    status_json,
)

NOW = datetime.now(UTC)
STATE = RunState(
    {"scored": 30, "unchanged": 60}, 120, 300, 1000, True, 7_200_000, 1440.0,
    (Busy("worker 1", "通话.wav", "transcribe", 75.0, 1630),), 27,
)  # fmt: skip
RUN = RunRecord(
    7, "host:1:2", NOW - timedelta(minutes=24), None, NOW - timedelta(seconds=3), None, STATE, True
)
FAILURES = (
    Failure("a.wav", "/x/a.wav", "a.wav crashed.", "Listen.", 3, "crash", True, NOW),
    Failure("b.wav", "/x/b.wav", "b.wav is empty.", "Copy it again.", 1, "recording", False, NOW),
    Failure("c.wav", "/x/c.wav", "c.wav is empty.", "", 1, "recording", False, NOW),
)
COUNTS = {RecordingStatus.SCORED: 90, RecordingStatus.CLAIMED: 1}


def shown(renderable: Any) -> str:
    console = Console(width=200, record=True, file=None, no_color=True, quiet=False)
    with console.capture() as capture:
        console.print(renderable)
    return capture.get()


class TestStatus:
    def test_of_a_run_that_goes_on(self) -> None:
        text = shown(render_status([RUN], COUNTS, FAILURES))
        assert "Run 7 goes on since" in text
        assert "90 of 120+ recordings: 30 scored, 60 unchanged" in text
        assert "(5.0 times real time)" in text
        assert "worker 1: 通话.wav, transcribe, 1 min 15 s, 1630 MB" in text
        assert "90 scored, 1 claimed" in text
        assert "3 failed (1 set aside)" in text

    def test_the_time_left_when_it_is_known(self) -> None:
        assert "left" not in shown(render_status([RUN], COUNTS, ()))
        known = replace(RUN, state=replace(STATE, listing=False, left_s=3600.0))
        assert "about 1 h 00 min left" in shown(render_status([known], COUNTS, ()))

    def test_two_at_once_and_not_those_before(self) -> None:
        other = replace(RUN, id=8)
        ended = replace(RUN, id=6, alive=False, finished_at=NOW, ending="finished")
        text = shown(render_status([other, RUN, ended], COUNTS, ()))
        assert "Run 7 goes on" in text
        assert "Run 8 goes on" in text
        assert "Run 6" not in text

    def test_of_the_last_one_when_none_goes_on(self) -> None:
        ended = replace(RUN, alive=False, finished_at=NOW, ending="deadline")
        assert "deadline" in shown(render_status([ended], COUNTS, ()))
        cut_off = replace(RUN, alive=False)
        assert "was cut off; the next run goes on" in shown(render_status([cut_off], COUNTS, ()))

    def test_before_the_first(self) -> None:
        text = shown(render_status([], {}, ()))
        assert "No run yet." in text
        assert "none" in text

    def test_before_anything_was_told(self) -> None:
        assert "Run 7" in shown(render_status([replace(RUN, state=None)], COUNTS, ()))

    def test_for_machines(self) -> None:
        found = status_json([RUN], COUNTS, FAILURES)
        [run] = found["runs"]
        assert (run["id"], run["alive"], run["finished_at"]) == (7, True, None)
        assert run["state"]["busy"][0]["file"] == "通话.wav"
        assert RunState.from_json(run["state"]) == STATE
        assert found["recordings"] == {"scored": 90, "claimed": 1}
        assert (found["failures"], found["set_aside"]) == (3, 1)


class TestFailures:
    def test_by_kind_with_cause_and_cure(self) -> None:
        text = shown(render_failures(FAILURES))
        assert "1 by a crash" in text
        assert "2 by the recording or its metadata" in text
        assert "3 tries, set aside" in text
        assert "1 try" in text
        assert "-> Copy it again." in text

    def test_for_machines(self) -> None:
        first, *_ = failures_json(FAILURES)
        assert first == {
            "file": "a.wav", "path": "/x/a.wav", "kind": "crash", "cause": "a.wav crashed.",
            "cure": "Listen.", "tries": 3, "set_aside": True, "failed_at": NOW.isoformat(),
        }  # fmt: skip

    def test_a_name_that_cannot_be_printed(self) -> None:
        odd = replace(FAILURES[0], file="caf\udce9.wav", path="/x/caf\udce9.wav", error="\udce9!")
        assert r"caf\xe9.wav" in shown(render_failures([odd]))
        assert failures_json([odd])[0]["file"] == r"caf\xe9.wav"
