"""docs/nightly.md: its commands run, its units and its DAG hold, its tables are the code's."""

from __future__ import annotations

import io
import json
import re
import shlex
import shutil
import subprocess
import sys
import types
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import typer
from staged_calls import HELD_EN, StagedEngines, write_turns

from qa_pipeline.cli import app
from qa_pipeline.config import Settings
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
from qa_pipeline.domain.stored import AgentRef, Failure, FailureKind, ScoredCall
from qa_pipeline.errors import ExitCode
from qa_pipeline.reports.run_log import RunLog

PAGE = (Path(__file__).parents[2] / "docs" / "nightly.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", PAGE, flags=re.DOTALL)
COMMANDS: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
PROGRAM = "/opt/qa/.venv/bin/qa-pipeline"


def block(kind: str, holding: str) -> str:
    [found] = [text for name, text in BLOCKS if name == kind and holding in text]
    return found


LINES = [
    line
    for name, text in BLOCKS
    if not name
    for line in text.splitlines()
    if line.startswith("qa-pipeline ")
]
# Also those inside units, crontab, DAG and sentences.
EMBEDDED = re.findall(rf"{PROGRAM} ([a-z]+ (?:/|--data )[^>\n\"]*)", PAGE)
INLINE = re.findall(r"`qa-pipeline ([^`\n]+)`", PAGE)


@pytest.mark.parametrize("line", [*(line[12:] for line in LINES), *EMBEDDED, *INLINE])
def test_the_commands_parse(line: str) -> None:
    words = shlex.split(line)
    COMMANDS[words[0]].make_context(words[0], words[1:])


def test_there_are_commands_to_check() -> None:
    assert {line.split()[1] for line in LINES} == {
        "run", "status", "failures", "retry", "scorecards",
    }  # fmt: skip
    assert len(EMBEDDED) >= 4


def test_the_commands_run_one_after_the_other(
    command: Callable[..., Any], staged: StagedEngines, tmp_path: Path
) -> None:
    write_turns(
        tmp_path / "recordings",
        HELD_EN,
        metadata={"started_at": "2026-11-20T09:00:00+00:00"},
    )
    (tmp_path / "recordings" / "empty.wav").touch()
    (tmp_path / "qa").mkdir()
    codes = {}
    for line in LINES:
        if "s3://" in line:
            continue
        words = shlex.split(line)[1:]
        given = [word.replace("/recordings", f"{tmp_path}/recordings") for word in words]
        ran = command(*(word.replace("/srv/qa", f"{tmp_path}/qa") for word in given))
        assert "Traceback" not in ran.text
        codes[words[0]] = ran.code
    assert codes == {"run": 3, "status": 0, "failures": 0, "retry": 3, "scorecards": 0}


def test_the_units_are_right(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    service = block("ini", "[Service]").replace(PROGRAM, shutil.which("true") or "/bin/true")
    (tmp_path / "qa-night.service").write_text(service, encoding="utf-8")
    (tmp_path / "qa-night.timer").write_text(block("ini", "[Timer]"), encoding="utf-8")
    done = subprocess.run(
        [analyze, "verify", "--man=no", *map(str, tmp_path.glob("qa-night.*"))],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    told = [line for line in done.stderr.splitlines() if "qa-night" in line]
    assert not told, done.stderr
    calendar = re.findall(r"OnCalendar=(.*)", block("ini", "[Timer]"))[0]
    subprocess.run([analyze, "calendar", calendar], capture_output=True, check=True, timeout=60)


def test_the_dag_is_python_and_asks_for_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Airflow itself is not installed here: its two names are stood in for."""
    tasks: dict[str, dict[str, Any]] = {}

    class Operator:
        def __init__(self, **given: Any) -> None:
            tasks[given["task_id"]] = given

        def __rshift__(self, other: Operator) -> Operator:
            return other

    def dag(*_: object, **given: Any) -> Any:
        assert given["start_date"].tzinfo is not None
        return nullcontext()

    modules = {
        "airflow.sdk": {"DAG": dag},
        "airflow.providers.standard.operators.bash": {"BashOperator": Operator},
    }
    for name, content in modules.items():
        parts = name.split(".")
        for length in range(1, len(parts) + 1):
            whole = ".".join(parts[:length])
            monkeypatch.setitem(sys.modules, whole, types.ModuleType(whole))
        for key, value in content.items():
            setattr(sys.modules[name], key, value)
    exec(compile(block("python", "BashOperator"), "dag.py", "exec"), {})
    assert set(tasks) == {"score", "export"}
    for task in tasks.values():
        words = shlex.split(task["bash_command"].partition("||")[0].partition("&&")[2])
        assert words[0] == PROGRAM
        COMMANDS[words[1]].make_context(words[1], words[2:])
    # The shell's part: 3 is no failure, everything else is.
    for code, expected in ((0, 0), (3, 0), (2, 1), (143, 1)):
        line = f"(exit {code}) ||{tasks['score']['bash_command'].partition('||')[2]}"
        assert subprocess.run(["sh", "-c", line], check=False).returncode == expected


def shape(value: Any) -> Any:
    """Names and types, without the values."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else (
        type(value).__name__
    )  # fmt: skip


def test_the_samples_of_the_log_are_what_is_logged() -> None:
    failure = Failure("a.wav", "/a.wav", "a.wav is empty.", "Copy it.", 1, "recording")
    evaluation = Evaluation("c", "r", "1", "f", (), 0.5)
    call = ScoredCall("c", "a.wav", AgentRef(None, None, None), None, "en", None, 500, evaluation)
    stream = io.StringIO()
    with pytest.raises(RuntimeError), RunLog(stream) as log:
        log.on_progress(
            Progress(Step.SCORED, "a", 1, 9, 1, 9, 1.0, call, call_id="c", listing=True)
        )
        log.on_progress(Progress(Step.DUPLICATE, "a", 1, 9, 1, 9, 1.0, duplicate_of="b"))
        log.on_progress(Progress(Step.FAILED, "a", 1, 9, 1, 9, 1.0, failure=failure))
        log.on_notice(Notice("retry", "again", "a", {"cause": "crash", "tries": 1}))
        counts = {"scored": 4, "failed": 1, "duplicate": 1}
        busy = (Busy("w", "a", "s", 1.0, 5),)
        log.on_state(RunState(counts, 9, 1, 9, False, 5, 65.0, busy, 3, 9.0))
        log.on_notice(Notice("store_unavailable", "waiting"))
        log.on_notice(Notice("released", "released", "a"))
        log.show_summary(
            BatchSummary(
                counts, (failure,), 5, 5.0, (), (), Ending.DEADLINE, 1,
                slowest=(Slow("a", 1.0, 5),), peak_memory_mb=5, run_id=1,
            ),
            lambda: ((), (), None),
        )  # fmt: skip
        raise RuntimeError("over")
    logged = [shape(json.loads(line)) for line in stream.getvalue().splitlines()]
    shown = [shape(json.loads(line)) for line in block("json", "run_started").splitlines()]
    assert shown == logged


def names_in(row_of: str) -> set[str]:
    [row] = [line for line in PAGE.splitlines() if line.startswith(f"| `{row_of}`")]
    return set(re.findall(r"`(\w+)`", row))


def test_every_step_kind_and_ending_is_told() -> None:
    assert names_in("step") >= {step.value for step in Step}
    assert names_in("kind") >= {kind.value for kind in FailureKind}
    assert names_in("ending") >= {ending.value for ending in Ending}
    for code in (ExitCode.OK, ExitCode.SETUP, ExitCode.SOME_FAILED, ExitCode.UNEXPECTED):
        assert f"| {code.value} |" in PAGE


def test_the_settings_are_there_with_these_defaults() -> None:
    table = PAGE.partition("| setting | default |")[2].partition("\n\n")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| (\S+) \|", table, flags=re.MULTILINE))
    for name, shown in rows.items():
        default = Settings.model_fields[name].default
        assert (None if shown == "none" else json.loads(shown.strip("`"))) == default, name
    asked = {
        "executor", "workers", "threads", "max_memory_mb", "limit_factor", "limit_base_s", "tries",
        "backoff_s", "settle_s", "min_free_mb", "engine_factory", "ray_address", "gpus_per_worker",
        "store",
    }  # fmt: skip
    assert set(rows) == asked


def test_what_is_told_of_times_is_so() -> None:
    from qa_pipeline.batch import desk, loop
    from qa_pipeline.reports.run_log import STATE_EVERY_S
    from qa_pipeline.store.ledger import LEASE

    pause_s = Settings.model_fields["backoff_s"].default
    assert f"after {pause_s:.0f} s, then {4 * pause_s:.0f} s" in PAGE
    assert f"get {loop.GRACE_S:.0f} seconds" in PAGE
    assert f"after {LEASE.seconds // 60} minutes" in PAGE
    assert desk.STORE_PATIENCE_S == 600 and "up to ten minutes" in PAGE
    assert STATE_EVERY_S == 60 and "every minute" in PAGE


def test_files_it_points_to_are_there() -> None:
    for name in re.findall(r"docs/(\w+\.md)", PAGE):
        assert (Path(__file__).parents[2] / "docs" / name).is_file()
