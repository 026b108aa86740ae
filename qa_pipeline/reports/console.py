"""What commands print: progress while a run goes on, its results, models, diagnoses."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Protocol

from rich.console import Console
from rich.table import Table
from rich.text import Text

from qa_pipeline.domain.rubric import Rubric
from qa_pipeline.domain.stored import StoredCall
from qa_pipeline.reports.show import render_call
from qa_pipeline.reports.texts import percent

LOG_WIDTH = 110  # of lines that go to a file or a pipe


class Diagnosed(Protocol):
    """One thing that was looked at."""

    @property
    def component(self) -> str:
        """What."""

    @property
    def ok(self) -> bool:
        """Whether it can run."""

    @property
    def detail(self) -> str:
        """What was found."""

    @property
    def cure(self) -> str:
        """What to do."""


class ModelState(Protocol):
    """One model and whether it is here."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def purpose(self) -> str:
        """What it is for."""

    @property
    def size_bytes(self) -> int:
        """How large."""

    @property
    def state(self) -> str:
        """present, bundled, missing or wrong."""

    @property
    def required(self) -> bool:
        """Whether a run by default settings needs it."""

    @property
    def problem(self) -> str:
        """Which file is missing or wrong."""


def make_console(stderr: bool = False) -> Console:
    """A console: the terminal's width, or a fixed one for a log."""
    console = Console(stderr=stderr, highlight=False, soft_wrap=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console = Console(stderr=stderr, highlight=False, width=LOG_WIDTH)
    return console


def interface_language(language: str | None) -> str:
    """The language to print in: the one asked for, else the environment's, else English."""
    if language:
        return language
    locale = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "zh" if locale.startswith("zh") else "en"


def duration(seconds: float) -> str:
    """A length of time for a person.

    Example:
        >>> duration(75), duration(3725)
        ('1 min 15 s', '1 h 02 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def print_call(stored: StoredCall, rubric: Rubric | None, language: str | None) -> None:
    """One call on one screen."""
    console = make_console()
    console.print(render_call(stored, rubric, interface_language(language)))
    for other in stored.others:
        name = f"{other.rubric_id} {other.rubric_version}"
        console.print(f"{name}: {percent(other.score)}  (--rubric {other.rubric_id})")


def print_models(found: Iterable[ModelState]) -> None:
    """A line per model: name, state, size, purpose."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for title in ("Model", "State", "Size", "For"):
        table.add_column(title, justify="right" if title == "Size" else "left")
    styles = {"present": "green", "bundled": "green", "wrong": "bold red"}
    for model in found:
        state = model.state if model.required or model.state != "missing" else "not fetched"
        table.add_row(
            model.name,
            Text(state, styles.get(model.state, "yellow" if model.required else "dim")),
            f"{model.size_bytes / 1e6:.0f} MB",
            model.purpose + (f" [{model.problem}]" if model.problem and model.required else ""),
        )
    make_console().print(table)


def print_diagnoses(found: Iterable[Diagnosed]) -> None:
    """A line per thing that was looked at, and the cure of what is wrong."""
    console = make_console()
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=False)
    wrong = 0
    for item in found:
        wrong += not item.ok
        sign = Text("ok", "green") if item.ok else Text("NO", "bold red")
        detail = Text(item.detail)
        if item.cure:
            detail.append(f"\n-> {item.cure}", "yellow")
        table.add_row(sign, item.component, detail)
    console.print(table)
    console.print("Everything can run." if not wrong else f"{wrong} to put right; see '->'.")
