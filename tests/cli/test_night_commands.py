"""The commands of the night: run with its limits, failures, retry, status, logs, summaries."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from staged_calls import GOOD_EN, HELD_EN, StagedEngines, write_call, write_turns

Command = Callable[..., Any]


@pytest.fixture
def calls(tmp_path: Path, staged: StagedEngines) -> Path:
    """Three calls of three days, as text."""
    folder = tmp_path / "calls"
    for day in (18, 19, 20):
        write_turns(
            folder,
            HELD_EN,
            f"day{day}.turns.json",
            call_id=f"c{day}",
            metadata={"started_at": f"2026-11-{day}T09:00:00+08:00"},
        )
    return folder


@pytest.fixture
def run(command: Command, calls: Path, tmp_path: Path) -> Command:
    def go(*more: object) -> Any:
        return command("run", calls, "--data", tmp_path / "data", *more)

    return go


def lines(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def scored(command: Command, tmp_path: Path) -> set[str]:
    out = tmp_path / "x.json"
    assert command("export", "--data", tmp_path / "data", "--out", out).code == 0
    return {call["call_id"] for call in json.loads(out.read_text("utf-8"))["calls"]}


class TestWhichCalls:
    def test_a_limit_takes_the_oldest(self, run: Command, command: Command, tmp_path: Path) -> None:
        ran = run("--limit", 2)
        assert ran.code == 0
        assert "The limit was reached: 1 recordings are left" in ran.out
        assert scored(command, tmp_path) == {"c18", "c19"}
        assert "1 scored, 2 unchanged" in run("--limit", 2).out

    def test_days(self, run: Command, command: Command, tmp_path: Path) -> None:
        assert run("--since", "2026-11-19", "--until", "2026-11-19").code == 0
        assert scored(command, tmp_path) == {"c19"}
        run("--until", "2026-11-18")
        assert scored(command, tmp_path) == {"c18", "c19"}
        run("--since", "2026-11-20")
        assert scored(command, tmp_path) == {"c18", "c19", "c20"}

    def test_none_of_those_days(self, run: Command) -> None:
        ran = run("--since", "2027-01-01")
        assert ran.code == 0
        assert "nothing in" in ran.out

    def test_a_deadline_that_is_far(self, run: Command) -> None:
        later = (datetime.now().astimezone() + timedelta(hours=2)).strftime("%H:%M")
        assert "3 scored" in run("--until-time", later).out

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (["--until-time", "25:00"], "'25:00' is no time of day such as 06:30"),
            (["--until-time", "6.30"], "'6.30' is no time of day"),
            (["--until-time", "tomorrow"], "is no time of day"),
            (["--limit", "0"], "--limit"),
            (["--limit", "many"], "valid integer"),
            (["--since", "yesterday"], "'yesterday' does not match"),
            (["--workers", "-1"], "--workers"),
            (["--executor", "threads"], "'threads' is not one of"),
            (["--log-format", "xml"], "'xml' is not one of"),
            (["--store", "mysql://h/db"], "must be postgresql://"),
            (["--summary", "no/such/folder/s.json"], "no folder for the summary"),
        ],
    )
    def test_bad_values_are_told_before_anything_is_done(
        self, run: Command, tmp_path: Path, arguments: list[str], told: str
    ) -> None:
        ran = run(*arguments)
        assert ran.code == 2
        assert told in " ".join(ran.err.replace("│", " ").split())
        assert "Traceback" not in ran.text
        assert not (tmp_path / "data").exists()


class TestLog:
    def test_one_json_per_event(self, run: Command, calls: Path) -> None:
        (calls / "empty.wav").touch()
        ran = run("--log-format", "json")
        assert ran.code == 3
        found = lines(ran.out)
        assert [line["event"] for line in found] == ["run_started", *["call"] * 4, "run_finished"]
        by_file = {line["file"]: line for line in found[1:-1]}
        assert by_file["day18.turns.json"]["call_id"] == "c18"
        assert by_file["day18.turns.json"]["audio_s"] > 0
        assert by_file["empty.wav"]["step"] == "failed"
        assert "empty" in by_file["empty.wav"]["cause"]
        assert by_file["empty.wav"]["cure"]
        assert found[-1]["counts"] == {"scored": 3, "failed": 1}

    def test_what_cannot_start(self, command: Command, tmp_path: Path) -> None:
        ran = command("run", tmp_path / "none", "--log-format", "json")
        assert ran.code == 2
        assert [line["event"] for line in lines(ran.out)] == ["run_started", "error"]
        assert "no file or folder" in lines(ran.out)[-1]["cause"]
        assert "no file or folder" in ran.err

    def test_the_summary_as_a_file(self, run: Command, calls: Path, tmp_path: Path) -> None:
        (calls / "空.wav").touch()
        out = tmp_path / "summary.json"
        ran = run("--summary", out)
        assert ran.code == 3
        told = json.loads(out.read_text(encoding="utf-8"))
        assert told["ending"] == "finished"
        assert told["counts"] == {"scored": 3, "failed": 1}
        assert told["failures_by_kind"] == {"recording": 1}
        assert told["failures"][0]["file"] == "空.wav"
        assert told["audio_hours"] > 0
        assert "3 scored, 1 failed" in ran.out

    def test_one_that_cannot_be_written(self, run: Command, tmp_path: Path) -> None:
        ran = run("--summary", tmp_path)
        assert ran.code == 2
        assert "cannot be written" in ran.err
        assert "1 unchanged" not in ran.err
        assert "3 unchanged" in run().out  # what was scored is kept


class TestFailures:
    @pytest.fixture
    def failed(self, run: Command, calls: Path) -> Path:
        (calls / "deep").mkdir()
        for name in ("empty.wav", "deep/nothing.wav"):
            (calls / name).touch()
        assert run("--quiet").code == 3
        return calls

    def test_none(self, run: Command, command: Command, tmp_path: Path) -> None:
        run()
        for name in ("failures", "retry"):
            ran = command(name, "--data", tmp_path / "data")
            assert ran.code == 0
        assert command("failures", "--data", tmp_path / "data").out == "Nothing has failed.\n"
        assert "Nothing is left" in command("retry", "--data", tmp_path / "data").out
        listed = command("failures", "--data", tmp_path / "data", "--format", "json")
        assert json.loads(listed.out) == []

    def test_listed_with_cause_and_cure(
        self, failed: Path, command: Command, tmp_path: Path
    ) -> None:
        ran = command("failures", "--data", tmp_path / "data")
        assert ran.code == 0
        text = " ".join(ran.out.split())
        assert "2 by the recording or its metadata" in text
        assert "empty.wav is empty" in text
        assert "-> Copy" in text
        assert "1 try" in text
        found = json.loads(command("failures", "--data", tmp_path / "data", "--format", "json").out)
        assert {one["file"] for one in found} == {"empty.wav", "deep/nothing.wav"}
        assert {one["kind"] for one in found} == {"recording"}

    def test_all_again(self, failed: Path, command: Command, tmp_path: Path) -> None:
        write_call(failed, GOOD_EN, name="empty.wav")
        ran = command("retry", "--data", tmp_path / "data")
        assert ran.code == 3
        assert "1 scored, 1 failed" in ran.out
        assert "day18" not in ran.out
        found = json.loads(command("failures", "--data", tmp_path / "data", "--format", "json").out)
        assert [(one["file"], one["tries"]) for one in found] == [("deep/nothing.wav", 1)]

    def test_one_by_name(self, failed: Path, command: Command, tmp_path: Path) -> None:
        write_call(failed, GOOD_EN, name="empty.wav")
        write_call(failed / "deep", GOOD_EN, name="nothing.wav")
        ran = command("retry", "deep/nothing.wav", "--data", tmp_path / "data")
        assert ran.code == 0
        assert "1 scored" in ran.out
        # It kept the name under which it was met first.
        assert '"file": "deep/nothing.wav"' in self.exported(command, tmp_path)
        assert command("retry", failed / "empty.wav", "--data", tmp_path / "data").code == 0

    @staticmethod
    def exported(command: Command, tmp_path: Path) -> str:
        command("export", "--data", tmp_path / "data", "--out", tmp_path / "x.json")
        return (tmp_path / "x.json").read_text("utf-8")

    def test_one_that_did_not_fail(self, failed: Path, command: Command, tmp_path: Path) -> None:
        ran = command("retry", "empty.wav", "day18.turns.json", "--data", tmp_path / "data")
        assert ran.code == 2
        assert "No failed recording is called day18.turns.json" in ran.err
        assert "2 by" in command("failures", "--data", tmp_path / "data").out

    def test_one_that_is_no_more(self, failed: Path, command: Command, tmp_path: Path) -> None:
        """It does not keep the others from being tried."""
        (failed / "empty.wav").unlink()
        write_call(failed / "deep", GOOD_EN, name="nothing.wav")
        ran = command("retry", "--data", tmp_path / "data")
        assert ran.code == 0
        assert "empty.wav is no longer there: forgotten." in ran.err
        assert "1 scored" in ran.out
        assert "Nothing has failed" in command("failures", "--data", tmp_path / "data").out

    def test_what_cannot_start_forgets_nothing(
        self, failed: Path, command: Command, tmp_path: Path
    ) -> None:
        ran = command("retry", "--data", tmp_path / "data", "--rubric", "none.yaml")
        assert ran.code == 2
        assert "2 by" in command("failures", "--data", tmp_path / "data").out

    def test_deleted_ones_are_no_failures_after_the_next_run(
        self, failed: Path, command: Command, run: Command, tmp_path: Path
    ) -> None:
        (failed / "empty.wav").unlink()
        shutil.rmtree(failed / "deep")
        assert run().code == 0
        assert "Nothing has failed" in command("failures", "--data", tmp_path / "data").out


class TestStatus:
    def test_after_a_run(self, run: Command, command: Command, calls: Path, tmp_path: Path) -> None:
        (calls / "empty.wav").touch()
        os.utime(calls / "empty.wav", (10**9, 10**9))
        run("--limit", 3)
        ran = command("status", "--data", tmp_path / "data")
        assert ran.code == 0
        assert ", limit." in ran.out
        assert " left" not in ran.out
        assert "1 failed" in ran.out
        told = json.loads(command("status", "--data", tmp_path / "data", "--format", "json").out)
        [record] = told["runs"]
        assert (record["alive"], record["ending"]) == (False, "limit")
        assert told["recordings"]["failed"] == 1

    @pytest.mark.parametrize("name", ["status", "failures", "retry"])
    def test_where_there_is_nothing(self, command: Command, tmp_path: Path, name: str) -> None:
        ran = command(name, "--data", tmp_path / "none")
        assert ran.code == 2
        assert "There are no results" in ran.err

    def test_while_it_runs_and_when_it_is_told_to_stop(
        self, command: Command, tmp_path: Path
    ) -> None:
        """A process of its own: looked at from here, then stopped as a system stops it."""
        for number, scene in enumerate((GOOD_EN, HELD_EN)):
            write_call(tmp_path / "calls", scene, name=f"{number}.wav")
        tests = Path(__file__).parents[1]
        process = subprocess.Popen(
            [
                *(str(Path(sys.executable).with_name("qa-pipeline")), "run"),
                *(str(tmp_path / "calls"), "--data", str(tmp_path / "data")),
                *("--log-format", "json"),
            ],
            env={
                **os.environ,
                "QA_PIPELINE_ENGINE_FACTORY": "night_engines:make",
                "PYTHONPATH": f"{tests}{os.pathsep}{tests.parent}",
                "NIGHT_SLOW_S": "3",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            self.wait_for(lambda: self.claimed(command, tmp_path), process)
            told = json.loads(
                command("status", "--data", tmp_path / "data", "--format", "json").out
            )
            [record] = told["runs"]
            assert record["alive"] is True
            assert "goes on since" in command("status", "--data", tmp_path / "data").out
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=30)
        finally:
            process.kill()
        assert process.returncode == 143, err
        assert "Traceback" not in err
        last = json.loads(out.splitlines()[-1])
        assert (last["event"], last["ending"]) == ("run_finished", "stopped")
        told = json.loads(command("status", "--data", tmp_path / "data", "--format", "json").out)
        assert told["runs"][0]["ending"] == "stopped"
        assert "claimed" not in told["recordings"]

    @staticmethod
    def claimed(command: Command, tmp_path: Path) -> bool:
        if not (tmp_path / "data" / "qa.sqlite").exists():
            return False
        ran = command("status", "--data", tmp_path / "data", "--format", "json")
        return ran.code == 0 and "claimed" in json.loads(ran.out)["recordings"]

    @staticmethod
    def wait_for(done: Callable[[], bool], process: subprocess.Popen[str]) -> None:
        until = time.monotonic() + 90
        while not done():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < until
            time.sleep(0.1)
