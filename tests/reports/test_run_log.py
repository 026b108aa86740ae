"""A run as a log: one JSON object a line, whatever the names and wherever it is written."""

from __future__ import annotations

import io
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.domain.batch import (
    BatchSummary,
    Busy,
    Ending,
    Notice,
    Progress,
    RunState,
    Slow,
    Step,
)
from qa_pipeline.domain.evaluation import Evaluation
from qa_pipeline.domain.stored import AgentRef, Failure, ScoredCall
from qa_pipeline.reports.run_log import STATE_EVERY_S, RunLog

CALL = ScoredCall(
    "c-1", "通话.wav", AgentRef("A1", "A1", None), None, "zh", None, 61_500,
    Evaluation("c-1", "standard", "1", "f", (), 0.75),
)  # fmt: skip
FAILURE = Failure("a.wav", "/x/a.wav", "a.wav crashed.", "Listen.", 3, "crash", True)


def progress(step: Step, file: str = "通话.wav", **changes: Any) -> Progress:
    return Progress(step, file, 3, 10, 300, 1000, 12.0, **changes)


def written(encoding: str = "utf-8", *events: Any) -> list[dict[str, Any]]:
    """What the log has of these events, read back as a machine would."""
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding=encoding, errors="backslashreplace") as stream:
        with RunLog(stream) as log:
            for event in events:
                if isinstance(event, Progress):
                    log.on_progress(event)
                elif isinstance(event, Notice):
                    log.on_notice(event)
                elif isinstance(event, RunState):
                    log.on_state(event)
                else:
                    log.show_summary(event, lambda: ([], [], None))
        stream.flush()
        lines = raw.getvalue().decode(encoding).splitlines()
    return [json.loads(line) for line in lines]


def test_every_line_has_its_time_and_event() -> None:
    found = written("utf-8", progress(Step.SCORED), Notice("retry", "again", "a.wav"))
    assert [line["event"] for line in found] == ["run_started", "call", "retry"]
    for line in found:
        assert datetime.fromisoformat(line["time"]).utcoffset() is not None


def test_a_scored_call() -> None:
    done = progress(Step.SCORED, call=CALL, call_id="c-1", seconds=4.216, left_s=30.0)
    [_, line] = written("utf-8", done)
    del line["time"]
    assert line == {
        "event": "call",
        "step": "scored",
        "file": "通话.wav",
        "call_id": "c-1",
        "seconds": 4.22,
        "done": 3,
        "total": 10,
        "listing": False,
        "audio_s": 61.5,
        "score": 0.75,
    }


def test_a_failure_and_a_copy() -> None:
    failed = progress(Step.FAILED, "a.wav", failure=FAILURE)
    copy = progress(Step.DUPLICATE, "b.wav", duplicate_of="a.wav")
    [_, first, second] = written("utf-8", failed, copy)
    told = {name: first[name] for name in ("step", "kind", "cause", "cure", "tries", "set_aside")}
    assert told == {
        "step": "failed", "kind": "crash", "cause": "a.wav crashed.", "cure": "Listen.",
        "tries": 3, "set_aside": True,
    }  # fmt: skip
    assert (second["step"], second["duplicate_of"]) == ("duplicate", "a.wav")


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1", "gb2312"])
@pytest.mark.parametrize("name", ["通话.wav", "📞é.wav", "caf\udce9\udcff.wav", 'a"b\n.wav'])
def test_any_name_on_any_terminal_is_one_line_of_json(encoding: str, name: str) -> None:
    failure = Failure(name, name, f"{name} crashed.", "")
    found = written(encoding, progress(Step.FAILED, name, failure=failure))
    assert len(found) == 2
    assert found[1]["file"].endswith(".wav")
    if name.isprintable():
        assert found[1]["file"] == name


def test_a_state_once_a_minute() -> None:
    busy = (Busy("w", "a", "x", 1),)
    states = [
        RunState({"scored": n}, 10, 1, 2, False, 0, n * STATE_EVERY_S / 4, busy) for n in range(9)
    ]
    found = [line for line in written("utf-8", *states) if line["event"] == "state"]
    assert [line["elapsed_s"] for line in found] == [60.0, 120.0]
    assert found[0]["counts"] == {"scored": 4}
    assert found[0]["busy"][0]["worker"] == "w"


def test_the_end_has_the_whole_summary() -> None:
    summary = BatchSummary(
        {"scored": 9, "failed": 1, "gone": 0}, (FAILURE,), 3_600_000, 720.0, ("c-1",), ("note",),
        Ending.DEADLINE, 5, True, (Slow("a.wav", 30.0, 61_500),), 2, 2, 1600, 7, None,
    )  # fmt: skip
    [_, line] = written("utf-8", summary)
    assert line.pop("event") == "run_finished"
    line.pop("time")
    assert line == summary.to_json()
    assert line["counts"] == {"scored": 9, "failed": 1}
    assert (line["audio_hours"], line["times_real_time"]) == (1.0, 5.0)
    assert (line["left"], line["left_is_complete"]) == (5, False)


def test_an_error_is_the_last_line(tmp_path: Path) -> None:
    file = tmp_path / "log"
    with (
        pytest.raises(KeyboardInterrupt),
        file.open("w", encoding="utf-8") as stream,
        RunLog(stream),
    ):
        raise KeyboardInterrupt
    last = json.loads(file.read_text("utf-8").splitlines()[-1])
    assert (last["event"], last["cause"]) == ("error", "KeyboardInterrupt")
