"""docs/sizing.md: its table is what the script prints, its sentences say what the table says."""

from __future__ import annotations

import re
import shlex
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from benchmarks import sizing
from benchmarks.sizing import Figures, Need, table

PAGE = (Path(__file__).parents[2] / "docs" / "sizing.md").read_text(encoding="utf-8")
SIZES = (100, 10_000, 1_000_000)


@pytest.mark.parametrize(
    "line", re.findall(r"^python -m benchmarks\.sizing.*$", PAGE, flags=re.MULTILINE)
)
def test_the_commands_run(
    line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", shlex.split(line)[2:])
    sizing.main()
    assert capsys.readouterr().out.startswith("| calls a day |")


def test_the_table_is_that_of_the_script(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["sizing"])
    sizing.main()
    [shown] = re.findall(r"<!-- sizing -->\n(.*?)<!-- /sizing -->", PAGE, flags=re.DOTALL)
    assert shown == capsys.readouterr().out


def test_every_figure_is_explained_with_its_default() -> None:
    for field in fields(Figures):
        option = f"`--{field.name.replace('_', '-')}`"
        [row] = [line for line in PAGE.splitlines() if line.startswith("|") and option in line]
        assert re.search(rf"(?<![\d.]){field.default:g}\b", row), (row, field.default)


def test_what_the_sentences_say() -> None:
    small, middle, large = (Need(calls, Figures()) for calls in SIZES)
    assert small.core_hours < 1
    assert middle.cores <= 16
    assert middle.memory_gb < 32
    assert 365 * (middle.database_gb + middle.products_gb) == pytest.approx(300, rel=0.05)
    assert large.machines == 36
    assert large.database_gb + large.products_gb == pytest.approx(80, rel=0.05)
    assert SIZES[2] / large.night_s == pytest.approx(33, rel=0.05)
    assert 21 * small.night_s == pytest.approx(600_000, rel=0.1)
    assert large.cores / large.cores_beside_gpus == pytest.approx(1 / 0.15, rel=0.02)


def test_more_of_anything_needs_more() -> None:
    one = Need(10_000, Figures())
    assert Need(20_000, Figures()).workers > one.workers
    assert Need(10_000, Figures(minutes=8)).products_gb > one.products_gb
    assert Need(10_000, Figures(hours=5)).writes_s > one.writes_s
    assert Need(0, Figures()).workers == 1
    assert len({row.count("|") for row in table([one, one]).splitlines()[2:]}) == 1
