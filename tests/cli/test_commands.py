"""Every command, as documented: names, options, help, exit codes, what it prints."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
import typer
from staged_calls import GOOD_EN, HELD_EN, StagedEngines, write_call, write_turns

from qa_pipeline import __version__
from qa_pipeline.cli import app

PROMISED = {
    "run": {
        "--data", "--rubric", "--asr-engine", "--asr-model", "--language", "--country", "--since",
        "--until", "--limit", "--until-time", "--log-format", "--summary", "--store", "--executor",
        "--workers", "--ray-address", "--gpus-per-worker", "--quiet",
    },
    "status": {"--data", "--format", "--store"},
    "failures": {"--data", "--format", "--store"},
    "retry": {"--data", "--rubric", "--log-format", "--summary", "--store", "--executor"},
    "store copy": {"--from", "--to"},
    "export": {"--data", "--format", "--out", "--rubric"},
    "show": {"--data"},
    "scorecards": {"--data", "--out"},
    "clips": {"--data", "--criterion", "--outcome", "--agent", "--out"},
    "evaluate": {"--data", "--rubric", "--labels", "--format", "--by", "--list", "--at-least"},
    "doctor": set(),
    "models fetch": set(),
    "models list": set(),
    "models verify": set(),
    "rescore": {"--data", "--rubric", "--since", "--until", "--agent"},
    "rubric check": set(),
    "rubric list": {"--lang"},
    "rubric explain": {"--criterion", "--lang"},
    "rubric test": {"--lang"},
    "rubric new": {"--out"},
    "rubric schema": set(),
    "rubric diff": {"--data", "--format", "--list"},
}  # fmt: skip
CHOICES = {
    ("run", "--asr-engine"): ["faster-whisper", "openai-whisper"],
    ("run", "--language"): ["auto", "en", "zh"],
    ("run", "--log-format"): ["text", "json"],
    ("run", "--executor"): ["serial", "processes", "ray"],
    ("status", "--format"): ["text", "json"],
    ("failures", "--format"): ["text", "json"],
    ("export", "--format"): ["json", "csv"],
    ("evaluate", "--format"): ["table", "json"],
    ("clips", "--outcome"): ["pass", "fail"],
}
HEAVY = (
    "torch", "whisper", "faster_whisper", "ctranslate2", "pyannote", "librosa", "scipy", "numpy",
    "sqlalchemy", "pandas", "av", "rich", "sklearn", "jiwer",
)  # fmt: skip


def commands(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, found in group.commands.items():
        if hasattr(found, "commands"):
            yield from commands(found, f"{before}{name} ")  # type: ignore[arg-type]
        else:
            yield before + name, found


COMMANDS = dict(commands(typer.main.get_command(app)))  # type: ignore[arg-type]


def options(name: str) -> dict[str, click.Parameter]:
    return {opt: param for param in COMMANDS[name].params for opt in param.opts}


class TestTheContract:
    def test_the_commands_are_those_promised(self) -> None:
        assert set(COMMANDS) == set(PROMISED)

    @pytest.mark.parametrize("name", PROMISED)
    def test_the_options_promised_are_there(self, name: str) -> None:
        assert PROMISED[name] <= set(options(name))

    @pytest.mark.parametrize(("place", "values"), CHOICES.items(), ids=str)
    def test_the_values_promised_are_taken_and_no_others(
        self, place: tuple[str, str], values: list[str], command: Callable[..., object]
    ) -> None:
        name, option = place
        assert f"{option} <{'|'.join(values)}>" in command(name, "--help").out.replace("\n", "")
        refused = command(name, option, "another").err
        assert "'another' is not one of" in refused

    @pytest.mark.parametrize("name", PROMISED)
    def test_help_has_a_sentence_and_an_example_that_parses(
        self, name: str, command: Callable[..., object]
    ) -> None:
        ran = command(*name.split(), "--help")
        assert ran.code == 0
        assert (COMMANDS[name].help or "").strip()
        example = (COMMANDS[name].epilog or "").removeprefix("Example: ")
        assert "Example: qa-pipeline" in " ".join(ran.out.split())
        words = example.split()
        assert words[: 1 + len(name.split())] == ["qa-pipeline", *name.split()]
        COMMANDS[name].make_context(name, words[1 + len(name.split()) :])

    @pytest.mark.parametrize("name", PROMISED)
    def test_every_option_is_explained(self, name: str) -> None:
        for opt, param in options(name).items():
            assert getattr(param, "help", None), (name, opt)


class TestStartingQuickly:
    @pytest.mark.parametrize(
        "arguments", [["--help"], ["run", "--help"], ["evaluate", "--help"], ["--version"]]
    )
    def test_help_imports_nothing_heavy(self, arguments: list[str]) -> None:
        code = (
            "import sys\n"
            f"sys.argv = ['qa-pipeline', *{arguments!r}]\n"
            "from qa_pipeline.cli import main\n"
            "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
            f"print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
        )
        assert done.stderr.strip() == "[]"
        assert done.stdout

    def test_the_version(self, command: Callable[..., object]) -> None:
        assert command("--version").out == f"qa-pipeline {__version__}\n"


class TestRun:
    def test_all_scored(
        self, command: Callable[..., object], tmp_path: Path, staged: StagedEngines
    ) -> None:
        write_call(tmp_path / "calls", GOOD_EN, "stereo", sidecar={"agent_id": "A7"})
        ran = command("run", tmp_path / "calls", "--data", tmp_path / "data")
        assert ran.code == 0
        assert "[1/1] good_en.wav" in ran.out
        assert "1 scored" in ran.out
        assert "Laura Bennett" in ran.out
        assert "\x1b" not in ran.out  # plain lines in a log
        again = command("run", tmp_path / "calls", "--data", tmp_path / "data")
        assert again.code == 0
        assert "1 unchanged" in again.out

    def test_quiet(
        self, command: Callable[..., object], tmp_path: Path, staged: StagedEngines
    ) -> None:
        write_turns(tmp_path, HELD_EN)
        ran = command("run", tmp_path, "--data", tmp_path / "data", "--quiet")
        assert ran.code == 0
        assert len(ran.out.splitlines()) == 1

    def test_in_chinese(
        self, command: Callable[..., object], tmp_path: Path, staged: StagedEngines
    ) -> None:
        write_turns(tmp_path, HELD_EN)
        ran = command("run", tmp_path, "--data", tmp_path / "data", "--lang", "zh")
        assert "得分" in ran.out or "客服" in ran.out

    def test_the_default_data_folder_is_qa_data_in_the_working_folder(
        self, command: Callable[..., object], tmp_path: Path, staged: StagedEngines
    ) -> None:
        write_turns(tmp_path / "calls", HELD_EN)
        assert command("run", tmp_path / "calls").code == 0
        assert (tmp_path / "working_folder" / "qa_data" / "qa.sqlite").is_file()
        assert command("export", "--out", "x.json").code == 0
        assert (tmp_path / "working_folder" / "x.json").is_file()

    def test_the_configuration_beside_it_is_read(
        self, command: Callable[..., object], tmp_path: Path, staged: StagedEngines
    ) -> None:
        write_turns(tmp_path / "calls", HELD_EN, metadata={"agent_id": "A9"})
        (tmp_path / "working_folder" / "qa_pipeline.toml").write_text(
            'data_dir = "here"\n[agents]\nA9 = "Thomas Walker"\n'
        )
        assert "Thomas Walker" in command("run", tmp_path / "calls").out
        assert (tmp_path / "working_folder" / "here" / "qa.sqlite").is_file()

    def test_some_failed(
        self, command: Callable[..., object], tmp_path: Path, staged: StagedEngines
    ) -> None:
        write_turns(tmp_path / "calls", HELD_EN)
        (tmp_path / "calls" / "nothing.wav").touch()
        ran = command("run", tmp_path / "calls", "--data", tmp_path / "data", "--quiet")
        assert ran.code == 3
        assert "nothing.wav is empty" in ran.out  # quiet as it is
        assert "1 scored, 1 failed" in ran.out

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (["run"], "Missing argument"),
            (["run", "nowhere"], "no file or folder nowhere"),
            (["run", ".", "--asr-engine", "siri"], "'siri' is not one of"),
            (["run", ".", "--country", "Narnia"], "two-letter country code"),
            (["run", ".", "--rubric", "none.yaml"], "none.yaml"),
            (["run", ".", "--config", "none.toml"], "none.toml"),
            (["listen"], "No such command"),
            (["export"], "Missing option"),
            (["export", "--out", "x.json"], "There are no results in qa_data"),
            (["export", "--format", "xlsx", "--out", "x"], "'xlsx' is not one of"),
            (["show", "call"], "There are no results in qa_data"),
            (["scorecards", "--out", "x"], "There are no results in qa_data"),
            (["clips", "--criterion", "hold", "--out", "x"], "There are no results in qa_data"),
            (["models", "verify", "nonesuch"], "nonesuch"),
        ],
    )
    def test_wrong_usage_is_told_with_exit_code_2(
        self,
        command: Callable[..., object],
        tmp_path: Path,
        staged: StagedEngines,
        arguments: list[str],
        told: str,
    ) -> None:
        write_turns(tmp_path / "working_folder", HELD_EN)
        ran = command(*arguments)
        assert ran.code == 2
        assert told in " ".join(ran.err.replace("│", " ").split())
        assert "Traceback" not in ran.text
        assert not (tmp_path / "working_folder" / "x").exists()

    def test_stopped_by_hand(
        self, command: Callable[..., object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_turns(tmp_path / "calls", HELD_EN, "first.turns.json")
        write_call(tmp_path / "calls", GOOD_EN)
        stopping = StagedEngines(fail={GOOD_EN.name: KeyboardInterrupt()})
        monkeypatch.setattr("qa_pipeline.engines.factory.build_engines", lambda *_: stopping)
        ran = command("run", tmp_path / "calls", "--data", tmp_path / "data")
        assert ran.code == 130
        assert "Traceback" not in ran.text
        assert "run the same command to go on" in ran.err
        done = command("export", "--data", tmp_path / "data", "--out", tmp_path / "x.json")
        assert "Wrote 1 call" in done.out


class TestResults:
    def test_export_json(
        self, command: Callable[..., object], tmp_path: Path, scored_data: Path
    ) -> None:
        out = tmp_path / "new folder" / "calls.json"
        ran = command("export", "--data", scored_data, "--format", "json", "--out", out)
        assert (ran.code, ran.err) == (0, "")
        assert "4 calls" in ran.out
        assert len(json.loads(out.read_text(encoding="utf-8"))["calls"]) == 4

    def test_export_csv(
        self, command: Callable[..., object], tmp_path: Path, scored_data: Path
    ) -> None:
        out = tmp_path / "calls.csv"
        ran = command("export", "--data", scored_data, "--format", "csv", "--out", out)
        assert ran.code == 0
        with out.open(encoding="utf-8-sig", newline="") as file:
            assert len(list(csv.DictReader(file))) == 4 * 7
        assert "28 verdicts" in ran.out

    def test_export_to_where_nothing_can_be_written(
        self, command: Callable[..., object], tmp_path: Path, scored_data: Path
    ) -> None:
        ran = command("export", "--data", scored_data, "--out", tmp_path)
        assert ran.code == 2
        assert str(tmp_path) in ran.err
        assert "Traceback" not in ran.err

    @pytest.mark.parametrize("name", ["night-1", "first/good_en.wav", "good_en.wav"])
    def test_show(self, command: Callable[..., object], scored_data: Path, name: str) -> None:
        ran = command("show", name, "--data", scored_data)
        assert ran.code == 0
        for text in ("Laura Bennett", "Daniel Foster", "Mr. Foster", "100 %", "0:07", "agent"):
            assert text in ran.out

    def test_show_in_chinese(self, command: Callable[..., object], scored_data: Path) -> None:
        ran = command("show", "good_zh", "--data", scored_data, "--lang", "zh")
        assert ran.code == 0
        assert "王芳" in ran.out
        assert "满意" in ran.out

    def test_show_what_is_not_there(
        self, command: Callable[..., object], scored_data: Path
    ) -> None:
        ran = command("show", "nigth-1", "--data", scored_data)
        assert ran.code == 2
        assert "nigth-1" in ran.err
        assert "night-1" in ran.err  # what was meant

    def test_show_what_several_fit(self, command: Callable[..., object], scored_data: Path) -> None:
        ran = command("show", "night", "--data", scored_data)
        assert ran.code == 2
        assert "night-1" in ran.err
        assert "night-2" in ran.err

    @pytest.mark.parametrize("lang", ["en", "zh"])
    def test_scorecards(
        self, command: Callable[..., object], tmp_path: Path, scored_data: Path, lang: str
    ) -> None:
        ran = command(
            "scorecards", "--data", scored_data, "--out", tmp_path / "cards", "--lang", lang
        )
        assert ran.code == 0
        assert str(tmp_path / "cards" / "index.html") in ran.out
        pages = {p.name: p.read_text("utf-8") for p in (tmp_path / "cards").rglob("*.html")}
        assert len(pages) == 4  # the index, A1, A2, and calls of an unknown agent
        assert "empty.wav" in pages["index.html"]
        assert "Laura Bennett" in pages["agent-A1.html"]
        assert re.search(r'data-mime="audio/[^>]*>[A-Za-z0-9+/=]{20000,}', pages["agent-A1.html"])

    def test_clips(self, command: Callable[..., object], tmp_path: Path, scored_data: Path) -> None:
        out = tmp_path / "clips"
        ran = command(
            "clips", "--data", scored_data, "--criterion", "greeting", "--outcome", "pass",
            "--agent", "A1", "--out", out,
        )  # fmt: skip
        assert ran.code == 0
        assert (out / "night-1_greeting.mp3").stat().st_size > 2_000
        assert "this is Laura Bennett" in (out / "night-1_greeting.vtt").read_text("utf-8")
        assert "Laura Bennett" in (out / "index.html").read_text("utf-8")
        assert [p.name for p in out.glob("*.mp3")] == ["night-1_greeting.mp3"]
        assert "held_en.turns.json" in ran.err  # a passed greeting without audio to cut
        assert "Traceback" not in ran.text

    def test_clips_of_an_unknown_criterion(
        self, command: Callable[..., object], tmp_path: Path, scored_data: Path
    ) -> None:
        ran = command("clips", "--data", scored_data, "--criterion", "smile", "--out", tmp_path)
        assert ran.code == 2
        assert "smile" in ran.err
        assert "satisfaction" in ran.err  # what there is


class TestTheProcess:
    """Where only a process of its own tells: the console script, pipes, encodings."""

    @staticmethod
    def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[bytes]:
        script = Path(sys.executable).with_name("qa-pipeline")
        return subprocess.run(
            [str(script), *map(str, arguments)],
            env={**os.environ, **environment},
            capture_output=True,
            check=False,
            timeout=120,
        )

    def test_chinese_on_a_terminal_that_knows_only_ascii(self, scored_data: Path) -> None:
        done = self.run("show", "good_zh", "--data", scored_data, PYTHONIOENCODING="ascii")
        assert (done.returncode, done.stderr) == (0, b"")
        assert b"\\u738b\\u82b3" in done.stdout

    def test_an_error_is_one_message_without_a_trace(self, tmp_path: Path) -> None:
        done = self.run("run", tmp_path, "--data", tmp_path / "data", LC_ALL="C")
        assert done.returncode == 2
        lines = done.stderr.decode().splitlines()
        assert lines[0].startswith(f"Error: There is no recording in {tmp_path}")
        assert len(lines) == 2

    def test_a_reader_that_goes_away_causes_no_trace(self, scored_data: Path) -> None:
        script = Path(sys.executable).with_name("qa-pipeline")
        with subprocess.Popen(
            [str(script), "show", "night-1", "--data", str(scored_data)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.close()
            assert b"Traceback" not in process.stderr.read()
