"""What tests share: the command line as a function, staged engines in its place."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from postgres_server import postgres, postgres_url  # noqa: F401  # fixtures
from staged_calls import StagedEngines, stage_a_night

from qa_pipeline import api
from qa_pipeline.config import Settings


@dataclass(frozen=True)
class Ran:
    """What a command returned and printed."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err


CommandLine = Callable[..., Ran]


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a language nor a setting in the environment changes what a test sees."""
    import os

    for name in list(os.environ):
        if name.startswith("QA_PIPELINE_"):
            monkeypatch.delenv(name)
    # In this process, where engines can be staged, and without waiting for files to settle.
    monkeypatch.setenv("QA_PIPELINE_EXECUTOR", "serial")
    monkeypatch.setenv("QA_PIPELINE_SETTLE_S", "0")
    monkeypatch.setenv("QA_PIPELINE_BACKOFF_S", "0")
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)


@pytest.fixture
def staged(monkeypatch: pytest.MonkeyPatch) -> StagedEngines:
    """Staged engines, also where the command line builds its own."""
    engines = StagedEngines()
    monkeypatch.setattr("qa_pipeline.engines.factory.build_engines", lambda *_: engines)
    return engines


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> CommandLine:
    """Run `qa-pipeline` with these arguments in an empty folder, errors and exit code included."""
    from qa_pipeline.cli import main

    folder = tmp_path / "working_folder"
    folder.mkdir()

    def run(*arguments: object) -> Ran:
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["qa-pipeline", *map(str, arguments)])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run


@pytest.fixture
def exported(tmp_path: Path) -> Callable[[Path], dict[str, Any]]:
    """A data folder's JSON export, read back."""

    def read(data: Path) -> dict[str, Any]:
        out = tmp_path / "export.json"
        api.export(Settings(data_dir=data), "json", out)
        content: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
        return content

    return read


@pytest.fixture(scope="session")
def scored_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as a night leaves it: audio, text, one failure. Only for reading."""
    root = tmp_path_factory.mktemp("scored")
    stage_a_night(root / "calls")
    summary = api.run([root / "calls"], Settings(data_dir=root / "data"), engines=StagedEngines())
    assert len(summary.failures) == 1
    return root / "data"
