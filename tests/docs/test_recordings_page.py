"""What docs/recordings.md shows can be done as it stands there."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest
import typer

from qa_pipeline.cli import app
from qa_pipeline.config import Settings
from qa_pipeline.domain.places import has_secret

PAGE = (Path(__file__).parents[2] / "docs" / "recordings.md").read_text(encoding="utf-8")
RUN = typer.main.get_command(app).commands["run"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("line", re.findall(r"^qa-pipeline run .+$", PAGE, flags=re.MULTILINE))
def test_the_commands_parse(line: str) -> None:
    RUN.make_context("run", shlex.split(line)[2:])


@pytest.mark.parametrize("example", re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL))
def test_the_settings_are_valid(example: str) -> None:
    assert Settings(**tomllib.loads(example)).storage_options


def test_no_address_shown_would_be_refused() -> None:
    addresses = re.findall(r"`([a-z0-9]+://[^`]+)`", PAGE)
    assert len(addresses) > 5
    assert not [address for address in addresses if has_secret(address)]


def test_the_extra_is_there() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
    named = set(re.findall(r"qa-pipeline\[(\w+)\]", PAGE))
    assert named == {"s3"}
    assert named <= project["project"]["optional-dependencies"].keys()
