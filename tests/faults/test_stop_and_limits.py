"""Signals, calls that hang or crash, and what a store on a real machine goes through."""

from __future__ import annotations

import itertools
import json
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from forked_commands import Command, started_command
from staged_calls import POOR_EN, sound_of, write_sound

from benchmarks.forked_runs import settings_of, staged_folder, wait_until, warm
from benchmarks.left_behind import contents, leftovers
from qa_pipeline.batch import desk as run_desk
from qa_pipeline.config import Settings
from qa_pipeline.store import sqlite_file

BIG_BYTES = 64_000_000
ENOUGH_S = 400.0  # for a run of a second, on a machine that has much else to do


@dataclass
class Desk:
    """A folder of calls, the settings of its runs, and what an undisturbed run makes of it."""

    root: Path
    folder: Path
    settings: Settings
    wanted: str

    @property
    def data(self) -> Path:
        return self.settings.data_dir

    def start(self, *arguments: object, name: str = "run") -> AbstractContextManager[Command]:
        return started_command(self.root / "out.txt", name, *arguments, "--data", self.data)

    def run(self, *arguments: object) -> tuple[int | None, str]:
        with self.start(self.folder, *arguments) as command:
            return command.code(ENOUGH_S), command.text

    def ask(self, name: str, *arguments: object) -> str:
        with self.start(*arguments, name=name) as command:
            command.code(ENOUGH_S)
            return command.text

    def asked(self, query: str) -> list[tuple[Any, ...]]:
        """The rows; none while there is no such table yet."""
        if not (self.data / "qa.sqlite").exists():
            return []
        with closing(sqlite3.connect(self.data / "qa.sqlite", timeout=30)) as connection:
            try:
                return connection.execute(query).fetchall()
            except sqlite3.OperationalError:
                return []

    def statuses(self) -> dict[str, str]:
        return {row[0]: row[1] for row in self.asked("SELECT file, status FROM recordings")}

    def in_hand(self) -> list[str]:
        """Files that a worker has begun with."""
        query = "SELECT file FROM recordings WHERE status = 'claimed' AND content_sha256 NOT NULL"
        return [row[0] for row in self.asked(query)]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    for name, value in {
        "ENGINE_FACTORY": "night_engines:make", "MIN_FREE_MB": "0", "BACKOFF_S": "0.05",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"QA_PIPELINE_{name}", value)
    folder = staged_folder(tmp_path / "calls")
    settings = settings_of(tmp_path / "data", None, "serial")
    warm(folder, tmp_path / "data")
    made = Desk(tmp_path, folder, settings, "")
    assert made.run()[0] == 3, "one is broken"
    made.wanted = contents(settings)
    shutil.rmtree(settings.data_dir)
    return made


@dataclass
class Disk:
    """A small disk of the test's own."""

    place: Path

    def resize(self, size: int) -> None:
        self._remount(f"size={size}")

    @contextmanager
    def read_only(self) -> Iterator[None]:
        self._remount("ro")
        try:
            yield
        finally:
            self._remount("rw")

    def _remount(self, options: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{options}", self.place], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={BIG_BYTES}", "tmpfs", str(place)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("a disk of the test's own needs Linux's mount")
    if done.returncode != 0:
        pytest.skip(f"a disk of the test's own needs the right to mount: {done.stderr.strip()}")
    try:
        yield Disk(place)
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


@pytest.fixture
def on_disk(desk: Desk, disk: Disk) -> Desk:
    """The desk with its data folder on the small disk."""
    settings = desk.settings.model_copy(update={"data_dir": disk.place / "data"})
    return replace(desk, settings=settings)


class TestSignals:
    @pytest.mark.parametrize(
        ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)], ids=["TERM", "INT"]
    )
    def test_it_ends_within_seconds_and_says_what_is_left(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, code: int
    ) -> None:
        with monkeypatch.context() as slow:
            slow.setenv("NIGHT_SLOW_S", "60")
            two = ("--executor", "processes", "--workers", 2)
            with desk.start(desk.folder, *two) as command:
                assert wait_until(lambda: len(desk.in_hand()) >= 2, ENOUGH_S), command.text
                began = time.monotonic()
                command.signal(number)
                assert command.code(ENOUGH_S) == code
                assert time.monotonic() - began < 20, "10 s on an idle machine"
                assert command.left_processes() == []
                assert "recordings are left; run the same command to go on" in command.text
        assert "claimed" not in desk.statuses().values()
        assert '"stopped"' in desk.ask("status", "--format", "json")
        assert desk.run()[0] == 3
        assert contents(desk.settings) == desk.wanted

    def test_a_second_one_ends_it_at_once(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("NIGHT_SLOW_S", "60")
        with desk.start(desk.folder, "--executor", "processes", "--workers", 1) as command:
            assert wait_until(lambda: bool(desk.in_hand()), ENOUGH_S)
            command.signal(signal.SIGINT)
            time.sleep(0.5)
            assert command.code(0) is None, "it waits a moment for the call in hand"
            began = time.monotonic()
            command.signal(signal.SIGINT)
            assert command.code(ENOUGH_S) == 130
            assert time.monotonic() - began < 4, "2 s on an idle machine"
            assert command.left_processes() == []
        assert "claimed" not in desk.statuses().values()


class TestLimits:
    def test_bad_calls_are_set_aside_and_the_rest_is_scored(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        faults = {
            "hang": ("short_1", "not done within its limit of 25.6 s (in transcribe)"),
            "crash": ("short_2", "exit code 7"),
            "segfault": ("short_3", "SIGSEGV"),
            "eat": ("short_4", "more than its share of 900 MB"),
        }
        for name, value in {
            "TRIES": "2", "LIMIT_BASE_S": "25", "LIMIT_FACTOR": "0.1", "MAX_MEMORY_MB": "900",
        }.items():  # fmt: skip
            monkeypatch.setenv(f"QA_PIPELINE_{name}", value)
        two = ("--executor", "processes", "--workers", 2)
        with monkeypatch.context() as faulty:
            listed = ",".join(f"{fault}:{scene}" for fault, (scene, _) in faults.items())
            faulty.setenv("NIGHT_FAULT", listed)
            code, text = desk.run(*two, "--summary", desk.root / "summary.json")
        assert code == 3, text
        summary = json.loads((desk.root / "summary.json").read_text())
        assert summary["retries"] >= 4
        statuses = desk.statuses()
        bad = {f"{scene}.wav" for scene, _ in faults.values()} | {"broken.wav"}
        assert {file for file, status in statuses.items() if status == "failed"} == bad
        assert sorted(set(statuses.values())) == ["failed", "scored", "skipped"]
        told = {
            failure["file"]: failure
            for failure in json.loads(desk.ask("failures", "--format", "json"))
        }
        for scene, said in faults.values():
            failure = told[f"{scene}.wav"]
            assert said in failure["cause"], failure
            assert "set aside after 2 tries" in failure["cause"]
            assert "qa-pipeline retry" in failure["cure"]
            assert failure["tries"] == 2
        assert desk.run()[0] == 3, "what was set aside waits for somebody"
        assert {f for f, status in desk.statuses().items() if status == "failed"} == bad
        assert "short_1.wav" in desk.ask("retry", "short_1.wav")
        assert desk.statuses()["short_1.wav"] == "scored"
        desk.ask("retry")
        assert contents(desk.settings) == desk.wanted


class TestStore:
    def test_locked_for_some_seconds(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        """Longer than a single attempt waits."""
        monkeypatch.setattr(sqlite_file, "BUSY_TIMEOUT_S", 0.2)
        monkeypatch.setattr(run_desk, "STORE_PAUSE_S", 0.2)
        monkeypatch.setenv("NIGHT_SLOW_S", "0.1")
        with desk.start(desk.folder) as command:
            assert wait_until(lambda: "scored" in desk.statuses().values(), ENOUGH_S)
            with closing(sqlite3.connect(desk.data / "qa.sqlite", timeout=30)) as other:
                other.isolation_level = None
                other.execute("BEGIN IMMEDIATE")
                time.sleep(3)
                assert command.code(0) is None
                other.execute("ROLLBACK")
            assert command.code(ENOUGH_S) == 3, command.text
            assert "is locked by another program" in command.text
        assert contents(desk.settings) == desk.wanted

    def test_made_read_only(self, on_disk: Desk, disk: Disk) -> None:
        kill_in_mid_run(on_disk)
        with disk.read_only():
            code, text = on_disk.run()
            assert code == 2
            assert "Error: The data folder" in text
            assert "Check its rights" in text
        assert on_disk.run()[0] == 3
        assert contents(on_disk.settings) == on_disk.wanted
        assert leftovers(on_disk.data) == []

    @pytest.mark.parametrize("share", [0.2, 0.45, 0.7, 0.9])
    def test_disk_full(self, on_disk: Desk, disk: Disk, share: float) -> None:
        assert on_disk.run()[0] == 3
        needed = sum(path.stat().st_blocks * 512 for path in on_disk.data.rglob("*"))
        shutil.rmtree(on_disk.data)
        disk.resize(int(needed * share))
        code, text = on_disk.run()
        assert code == 2, text
        assert "Error: The d" in text
        assert "full" in text or "No space left on device" in text
        assert "space" in text.rpartition("Error: ")[2].rpartition(".")[0]
        disk.resize(BIG_BYTES)
        assert on_disk.run()[0] == 3
        assert contents(on_disk.settings) == on_disk.wanted
        assert leftovers(on_disk.data) == []


def kill_in_mid_run(desk: Desk) -> None:
    with desk.start(desk.folder) as command:
        assert wait_until(lambda: "scored" in desk.statuses().values(), ENOUGH_S)
        command.signal(signal.SIGKILL)
        command.code(ENOUGH_S)


class TestFiles:
    def test_growing_while_listed(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("QA_PIPELINE_SETTLE_S", "0.3")
        whole = write_sound(desk.root / "whole.wav", sound_of(POOR_EN)).read_bytes()
        growing = desk.folder / "growing.wav"
        writer = get_context("fork").Process(target=grow, args=(growing, whole), daemon=True)
        writer.start()
        try:
            assert wait_until(growing.exists, 10)
            code, text = desk.run()
        finally:
            writer.kill()
            writer.join()
        assert code == 3
        assert "still being written: left for the next run" in text
        assert desk.statuses()["growing.wav"] == "waiting"
        growing.write_bytes(whole)
        assert "growing.wav" in desk.run()[1]
        assert desk.statuses()["growing.wav"] == "scored"

    def test_replaced_while_it_is_read(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        """The old content's answers are not given to the new one, nor kept."""
        with monkeypatch.context() as slow:
            slow.setenv("NIGHT_SLOW_S", "0.5")
            with desk.start(desk.folder) as command:
                assert wait_until(lambda: "short_3.wav" in desk.in_hand(), ENOUGH_S)
                new = write_sound(desk.root / "new.wav", sound_of(POOR_EN))
                new.replace(desk.folder / "short_3.wav")
                assert command.code(ENOUGH_S) == 3, command.text
        rows = desk.asked(
            "SELECT c.duration_ms FROM calls c JOIN evaluations USING (call_id) "
            "WHERE c.file = 'short_3.wav'"
        )
        assert rows == [(POOR_EN.duration_ms,)]


def grow(path: Path, whole: bytes) -> None:
    """Writes a recording as a recorder does, and goes on and on."""
    with path.open("wb") as file:
        for at in itertools.count():
            file.write(whole[at * 999 : at * 999 + 999] or bytes(99))
            file.flush()
            time.sleep(0.05)
