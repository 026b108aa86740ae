"""What the README and the changelog say is there is there, and what is there is said."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from qa_pipeline import __version__, api
from qa_pipeline.cli import app
from qa_pipeline.config import Settings
from qa_pipeline.criteria import kinds
from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.errors import ExitCode
from qa_pipeline.metadata.fields import FIELD_NAMES
from qa_pipeline.reports.export import CSV_COLUMNS
from qa_pipeline.resources import rubrics_dir

HOME = Path(__file__).parents[2]
README = (HOME / "README.md").read_text(encoding="utf-8")
RUBRICS = (HOME / "docs" / "rubrics.md").read_text(encoding="utf-8")
CHANGELOG = (HOME / "CHANGELOG.md").read_text(encoding="utf-8")
MAKEFILE = (HOME / "Makefile").read_text(encoding="utf-8")
NIGHTLY = (HOME / "docs" / "nightly.md").read_text(encoding="utf-8")
CODE = " ".join(re.findall(r"```.*?```|`[^`\n]+`", README + RUBRICS + NIGHTLY, flags=re.DOTALL))


def commands(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    for name, found in group.commands.items():
        if hasattr(found, "commands"):
            yield from commands(found, f"{before}{name} ")
        else:
            yield before + name, found


COMMANDS: dict[str, Any] = dict(commands(typer.main.get_command(app)))
LINES = [
    line.strip().removeprefix(".venv/bin/")
    for line in re.findall(r"^(?:\.venv/bin/)?qa-pipeline .+$", README, flags=re.MULTILINE)
]


def documented(name: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", CODE) is not None


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_readme(name: str) -> None:
    whole = f"qa-pipeline {name}"
    group, _, last = name.rpartition(" ")
    shared = rf"qa-pipeline {group} [\w|]*\b{last}\b" if group else re.escape(whole)
    assert whole in CODE or re.search(shared, CODE)


def test_there_are_commands_in_the_readme_to_check() -> None:
    assert {line.split()[1] for line in LINES} >= {"run", "export", "show", "scorecards", "clips"}


@pytest.mark.parametrize("line", LINES)
def test_the_readmes_commands_parse(line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    length = 2 if " ".join(words[:2]) in COMMANDS else 1
    COMMANDS[" ".join(words[:length])].make_context(words[0], words[length:])


@pytest.mark.parametrize("name", re.findall(r"`make (\w+)|^make (\w+)", README, flags=re.M))
def test_the_readmes_make_targets_are_there(name: tuple[str, str]) -> None:
    assert re.search(rf"^{''.join(name)}:", MAKEFILE, flags=re.M)


@pytest.mark.parametrize("name", sorted(kinds()))
def test_every_kind_of_criterion_is_explained(name: str) -> None:
    assert documented(name)
    check = kinds()[name]
    assert len((check.__doc__ or "").split()) > 8
    for parameter in check.params.model_fields:
        assert documented(parameter), parameter
    for code, meaning in check.reasons.items():
        assert re.fullmatch(r"[a-z_]+", code)
        assert meaning


def test_every_criterion_of_the_standard_rubric_is_explained() -> None:
    text = (rubrics_dir() / "phone_standard.yaml").read_text(encoding="utf-8")
    for criterion in yaml.safe_load(text)["criteria"]:
        assert documented(criterion["id"])


@pytest.mark.parametrize("name", [*FIELD_NAMES, *(outcome.value for outcome in Outcome)])
def test_every_field_of_metadata_and_every_outcome_is_explained(name: str) -> None:
    assert documented(name)


def test_every_exit_code_is_explained() -> None:
    for code in (ExitCode.OK, ExitCode.SETUP, ExitCode.SOME_FAILED):
        assert f"| {code.value} |" in README


def test_every_setting_is_explained() -> None:
    missing = {name for name in Settings.model_fields if not documented(name)}
    assert missing <= {"rubric", "num_speakers", "diarizer_model", "threads", "languages"}


def test_the_settings_in_the_readme_are_valid() -> None:
    [example] = re.findall(r"```toml\n(.*?)```", README, flags=re.DOTALL)
    settings = Settings(**tomllib.loads(example))
    assert settings.country == "CN"
    assert settings.agents == {"A101": "Daniel Porter"}


def keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {key for inner in value.values() for key in keys(inner)}
    if isinstance(value, list):
        return {key for inner in value for key in keys(inner)}
    return set()


def test_every_field_of_the_export_is_explained(
    scored_data: Path, exported: Callable[[Path], dict[str, Any]]
) -> None:
    found = keys(exported(scored_data)) - {"channel", "frequencies_hz"}
    missing = sorted(name for name in found if not documented(name))
    assert not missing


def test_the_csv_is_mentioned(scored_data: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.csv"
    api.export(Settings(data_dir=scored_data), "csv", out)
    assert ".failures.csv" in README
    assert out.read_text("utf-8-sig").splitlines()[0] == ",".join(CSV_COLUMNS)


def test_pictures_and_files_that_the_readme_shows_are_there() -> None:
    for target in re.findall(r"!?\[[^\]]*\]\(([^)#:]+)\)", README):
        assert (HOME / target).is_file(), target


def test_the_changelog_has_an_entry_for_this_version() -> None:
    entry = re.search(
        rf"^## {re.escape(__version__)}\b.*?\n(.*?)(?=^## |\Z)", CHANGELOG, flags=re.M | re.S
    )
    assert entry is not None
    assert len(entry[1].split()) > 20
    project = tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == __version__


def test_no_placeholder_is_left() -> None:
    assert not re.findall(r"@@\w+@@|\bTODO\b|\bTBD\b", README + CHANGELOG)


def test_the_architecture_names_what_is_there() -> None:
    for name in re.findall(r"^  (\w+/|\w+\.py)  ", README, flags=re.M):
        assert (HOME / "qa_pipeline" / name).exists(), name
