"""A run on the console: a bar with the time left on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Protocol

from rich.progress import BarColumn, TaskID, TextColumn
from rich.progress import Progress as Bar
from rich.text import Text

from qa_pipeline.domain.batch import (
    BatchSummary,
    Ending,
    Notice,
    Progress,
    RunState,
    Step,
)
from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.printable import printable
from qa_pipeline.domain.rubric import Rubric
from qa_pipeline.domain.scorecard import AgentScorecard
from qa_pipeline.domain.stored import FailureKind, ScoredCall
from qa_pipeline.reports.console import duration, interface_language, make_console
from qa_pipeline.reports.show import render_summary
from qa_pipeline.reports.texts import clock, percent

MOST_CALLS_LISTED = 60  # of a run at its end; a longer table is no summary any more
SLOWEST_FROM = 4  # calls heard: of fewer, the slowest says nothing
SLOWEST_LISTED = 3
MOST_KNOWN_LISTED = 20  # recordings passed over as unchanged, by name

STEPS = {
    Step.SCORED: "scored",
    Step.UNCHANGED: "unchanged",
    Step.FAILED: "failed",
    Step.DUPLICATE: "duplicate",
    Step.WAITING: "still being written",
    Step.GONE: "gone",
    Step.ELSEWHERE: "in another run's hands",
    Step.SET_ASIDE: "set aside earlier",
}
KINDS = {
    FailureKind.RECORDING: "the recording or its metadata",
    FailureKind.ENGINE: "an engine",
    FailureKind.UNEXPECTED: "an unexpected error",
    FailureKind.CRASH: "a crash",
    FailureKind.TIME: "taking too long",
    FailureKind.MEMORY: "taking too much memory",
}
_WHY = {
    Step.WAITING: "still being written: left for the next run",
    Step.GONE: "no longer there",
    Step.ELSEWHERE: "another run has it in hand",
    Step.SET_ASIDE: "set aside by an earlier run ('qa-pipeline failures' says why)",
}
_ENDINGS = {
    Ending.LIMIT: "The limit was reached",
    Ending.DEADLINE: "The deadline was reached",
    Ending.STOPPED: "Stopped",
}


class Display(Protocol):
    """What a run is shown by: the console, or a log."""

    def __enter__(self) -> Display:
        """The run begins."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        """It has ended."""

    def on_progress(self, progress: Progress) -> None:
        """One recording is done."""

    def on_notice(self, notice: Notice) -> None:
        """Something that a person should know."""

    def on_state(self, state: RunState) -> None:
        """How far the run is; every few seconds."""

    def show_summary(self, summary: BatchSummary, results: Callable[[], Results]) -> None:
        """The end of a run; `results` fetches the calls, for those who show them."""


Results = tuple[Iterable[ScoredCall], Sequence[AgentScorecard], Rubric | None]


class RunConsole:
    """A run on the console; see the module."""

    def __init__(self, language: str | None = None, quiet: bool = False) -> None:
        self._language = interface_language(language)
        self._quiet = quiet
        self._console = make_console()
        self._bar: Bar | None = None
        self._task: TaskID | None = None
        self._known = 0

    def __enter__(self) -> RunConsole:
        if self._console.is_terminal:
            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.fields[left]}"),
            )
            self._bar = Bar(*columns, console=self._console, transient=True)
            self._task = self._bar.add_task("looking for recordings", total=None, left="")
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _stop(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def on_progress(self, progress: Progress) -> None:
        """Show one recording's result and how far the run is."""
        left = "" if progress.left_s is None else f"{duration(progress.left_s)} left"
        if self._is_shown(progress):
            self._console.print(self._line(progress, left))
        if self._bar is not None and self._task is not None:
            more = "+" if progress.listing else ""
            self._bar.update(
                self._task,
                description=f"{progress.done} of {progress.total}{more}",
                total=max(1, progress.total_bytes),
                completed=progress.done_bytes,
                left=left,
            )

    def _is_shown(self, progress: Progress) -> bool:
        if progress.failure is not None:
            return True
        if progress.step is Step.UNCHANGED and progress.call is None:
            self._known += 1
            return not self._quiet and self._known <= MOST_KNOWN_LISTED
        return not self._quiet

    def on_notice(self, notice: Notice) -> None:
        """Show it as a line."""
        self._console.print(Text(printable(notice.text), "yellow"))

    def on_state(self, state: RunState) -> None:
        """What is in hand, in the bar."""
        if self._bar is not None and self._task is not None and state.busy:
            longest = max(state.busy, key=lambda busy: busy.seconds)
            heard_s = state.audio_ms / 1000
            speed = f", {heard_s / max(state.elapsed_s, 1e-3):.1f}x" if heard_s else ""
            self._bar.update(
                self._task,
                description=f"{state.done} of {state.total}{'+' if state.listing else ''}"
                f" | {duration(heard_s)} heard{speed}"
                f" | {printable(longest.file)}: {longest.stage}",
            )

    def _line(self, progress: Progress, left: str) -> Text:
        more = "+" if progress.listing else ""
        width = len(str(progress.total))
        head = f"[{progress.done:>{width}}/{progress.total}{more}] {printable(progress.file)}  "
        line = Text(head)
        if progress.failure is not None:
            failure = progress.failure
            line.append("FAILED  ", "bold red").append(failure.error)
            return line.append(f" {failure.cure}" if failure.cure else "")
        if progress.duplicate_of is not None:
            return line.append(f"the same content as {progress.duplicate_of}: left out", "dim")
        if progress.step in _WHY:
            return line.append(_WHY[progress.step], "dim")
        if progress.call is not None:
            line.append(_verdict_line(progress.call))
        if progress.step is Step.UNCHANGED:
            line.append("  (unchanged)" if progress.call else "unchanged", "dim")
        if self._bar is None and left:
            line.append(f"  {left}", "dim")
        return line

    def show_summary(self, summary: BatchSummary, results: Callable[[], Results]) -> None:
        """The end of a run: a line per call, the agents, failures, and the figures."""
        self._stop()
        if not self._quiet:
            calls, cards, rubric = results()
            listed = list(calls)
            shown = listed if len(listed) <= MOST_CALLS_LISTED else []
            self._console.print()
            self._console.print(
                render_summary(shown, cards, summary.failures, rubric, self._language)
            )
        for warning in summary.warnings:
            self._console.print(Text(f"Note: {warning}", "yellow"))
        for line in summary_lines(summary):
            self._console.print(line)


def summary_lines(summary: BatchSummary) -> list[str]:
    """The figures of a run, a line each; the last two always there."""
    lines: list[str] = []
    if summary.failures:
        kinds = ", ".join(
            f"{number} by {KINDS[FailureKind(kind)]}"
            for kind, number in summary.failures_by_kind.items()
        )
        lines.append(f"Failed: {kinds}. 'qa-pipeline failures' lists them with cause and cure.")
    if summary.retries:
        lines.append(f"{summary.retries} attempts had to be repeated.")
    if len(summary.slowest) >= SLOWEST_FROM:
        named = ", ".join(
            f"{printable(item.file)} ({duration(item.seconds)} for {clock(item.duration_ms)})"
            for item in summary.slowest[:SLOWEST_LISTED]
        )
        lines.append(f"Slowest: {named}.")
    if summary.ending in _ENDINGS and (summary.left or summary.left_more):
        more = "at least " if summary.left_more else ""
        lines.append(
            f"{_ENDINGS[summary.ending]}: {more}{summary.left} recordings are left; run the same "
            "command to go on."
        )
    counts = ", ".join(
        f"{number} {STEPS[Step(step)]}" for step, number in summary.counts.items() if number
    )
    heard = summary.audio_ms / 1000
    times = heard / max(summary.elapsed_s, 0.001)
    hourly = summary.counts.get(Step.SCORED, 0) * 3600 / max(summary.elapsed_s, 0.001)
    speed = (
        f" ({times:.{0 if times >= 10 else 1}f} times real time, {hourly:.0f} calls an hour)"
        if heard
        else ""
    )
    lines.append(
        f"{counts or 'nothing'} in {duration(summary.elapsed_s)}; "
        f"{duration(heard)} of audio heard{speed}."
    )
    return lines


def _verdict_line(call: ScoredCall) -> Text:
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
    return line.append(f"  [{clock(call.duration_ms)}]", "dim")
