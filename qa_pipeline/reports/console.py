"""What commands print: progress while a run goes on, its results, models, diagnoses."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Table
from rich.text import Text

from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.printable import printable
from qa_pipeline.domain.rubric import Rubric
from qa_pipeline.domain.scorecard import AgentScorecard
from qa_pipeline.domain.stored import Failure, ScoredCall, StoredCall
from qa_pipeline.reports.show import render_call, render_summary
from qa_pipeline.reports.texts import clock, percent

LOG_WIDTH = 110  # of lines that go to a file or a pipe
FIRST_GUESS_AFTER = 3  # recordings


class RunStep(Protocol):
    """One recording done, as a run tells it."""

    @property
    def step(self) -> str:
        """scored, unchanged, failed or duplicate."""

    @property
    def file(self) -> str:
        """The recording's name."""

    @property
    def done(self) -> int:
        """How many recordings are done."""

    @property
    def total(self) -> int:
        """Of how many."""

    @property
    def done_bytes(self) -> int:
        """How far the run is, in bytes of recordings."""

    @property
    def total_bytes(self) -> int:
        """Of how many bytes."""

    @property
    def elapsed_s(self) -> float:
        """Seconds since the run began."""

    @property
    def call(self) -> StoredCall | None:
        """What was found out."""

    @property
    def failure(self) -> Failure | None:
        """Why it failed."""

    @property
    def duplicate_of(self) -> str | None:
        """The file with the same content."""


class RunTotals(Protocol):
    """What a run did."""

    @property
    def counts(self) -> Mapping[str, int]:
        """Recordings by step."""

    @property
    def failures(self) -> Sequence[Failure]:
        """Those that failed in this run."""

    @property
    def audio_ms(self) -> int:
        """Audio heard."""

    @property
    def elapsed_s(self) -> float:
        """How long it took."""

    @property
    def warnings(self) -> Sequence[str]:
        """What else should be known."""


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


class RunConsole:
    """A run on the console: a bar with the time left on a terminal, plain lines in a log."""

    def __init__(self, language: str | None = None, quiet: bool = False) -> None:
        self._language = interface_language(language)
        self._quiet = quiet
        self._console = make_console()
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._began = time.monotonic()

    def __enter__(self) -> RunConsole:
        if self._console.is_terminal:
            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.fields[left]}"),
            )
            self._bar = Progress(*columns, console=self._console, transient=True)
            self._task = self._bar.add_task("looking for recordings", total=None, left="")
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def on_progress(self, step: RunStep) -> None:
        """Show one recording's result and how far the run is."""
        left = _time_left(step)
        if not self._quiet or step.failure is not None:
            self._console.print(self._line(step, left))
        if self._bar is not None and self._task is not None:
            self._bar.update(
                self._task,
                description=f"{step.done} of {step.total}",
                total=max(1, step.total_bytes),
                completed=step.done_bytes,
                left=left,
            )

    def _line(self, step: RunStep, left: str) -> Text:
        width = len(str(step.total))
        line = Text(f"[{step.done:>{width}}/{step.total}] {printable(step.file)}  ")
        if step.failure is not None:
            line.append("FAILED  ", "bold red").append(step.failure.error)
            return line.append(f" {step.failure.cure}" if step.failure.cure else "")
        if step.duplicate_of is not None:
            return line.append(f"the same content as {step.duplicate_of}: left out", "dim")
        if step.call is not None:
            line.append(_verdict_line(step.call))
        if step.step == "unchanged":
            line.append("  (unchanged)", "dim")
        if self._bar is None and left:
            line.append(f"  {left}", "dim")
        return line

    def show_summary(
        self,
        totals: RunTotals,
        calls: Iterable[ScoredCall],
        cards: Sequence[AgentScorecard],
        rubric: Rubric | None,
    ) -> None:
        """The end of a run: a line per call, the agents, failures, and the figures."""
        self._stop()
        if not self._quiet:
            self._console.print()
            self._console.print(
                render_summary(calls, cards, totals.failures, rubric, self._language)
            )
        for warning in totals.warnings:
            self._console.print(Text(f"Note: {warning}", "yellow"))
        counts = ", ".join(f"{number} {step}" for step, number in totals.counts.items() if number)
        heard = totals.audio_ms / 1000
        times = heard / max(totals.elapsed_s, 0.001)
        speed = f" ({times:.{0 if times >= 10 else 1}f} times real time)" if heard else ""
        self._console.print(
            f"{counts or 'nothing'} in {duration(totals.elapsed_s)}; "
            f"{duration(heard)} of audio heard{speed}."
        )


def _time_left(step: RunStep) -> str:
    # The first recordings also load the models: a guess from them would be far too long.
    if step.done < FIRST_GUESS_AFTER or step.done_bytes <= 0 or step.done >= step.total:
        return ""
    # Formats differ tenfold in bytes a minute, calls in length: the mean of both shares misleads
    # less than either.
    done = (step.done_bytes / step.total_bytes + step.done / step.total) / 2
    return f"{duration(step.elapsed_s * (1 / done - 1))} left"


def _verdict_line(call: StoredCall) -> Text:
    verdicts = call.evaluation.verdicts
    line = Text(f"{percent(call.evaluation.score):>5}", "bold")
    for outcome, word, style in (
        (Outcome.PASS, "pass", "green"),
        (Outcome.FAIL, "fail", "red"),
        (Outcome.NOT_APPLICABLE, "n/a", "dim"),
        (Outcome.UNDETERMINED, "undetermined", "yellow"),
    ):
        number = sum(verdict.outcome is outcome for verdict in verdicts)
        if number:
            line.append(f"  {number} {word}", style)
    return line.append(f"  [{clock(call.conversation.duration_ms)}]", "dim")


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
