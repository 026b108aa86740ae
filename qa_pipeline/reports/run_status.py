"""How a batch goes, for another terminal: the runs, what they have in hand, what failed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from qa_pipeline.domain.batch import RunRecord, RunState, Step
from qa_pipeline.domain.printable import printable
from qa_pipeline.domain.stored import Failure, FailureKind, RecordingStatus
from qa_pipeline.reports.console import duration
from qa_pipeline.reports.run_console import KINDS, STEPS


def render_status(
    runs: Sequence[RunRecord],
    recordings: Mapping[RecordingStatus, int],
    failures: Sequence[Failure],
) -> RenderableType:
    """The present runs (else the last one), the recordings by status, the failures by kind."""
    parts: list[RenderableType] = []
    alive = [run for run in runs if run.alive]
    for run in alive or list(runs[:1]):
        parts += [_run_line(run), *_state_lines(run.state, run.alive)]
    if not runs:
        parts.append(Text("No run yet."))
    listed = ", ".join(f"{number} {status.value}" for status, number in recordings.items())
    parts.append(Text(f"Recordings known: {listed or 'none'}."))
    if failures:
        aside = sum(failure.set_aside for failure in failures)
        more = f" ({aside} set aside)" if aside else ""
        parts.append(
            Text(f"{len(failures)} failed{more}: 'qa-pipeline failures' says why.", "yellow")
        )
    return Group(*parts)


def _run_line(run: RunRecord) -> Text:
    since = run.started_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    if run.alive:
        beat = run.heartbeat_at or run.started_at
        quiet_s = (datetime.now(UTC) - beat).total_seconds()
        return Text(
            f"Run {run.id} goes on since {since} ({run.owner}); last sign of life "
            f"{duration(max(0.0, quiet_s))} ago.",
            "bold green",
        )
    if run.finished_at is None:
        return Text(f"Run {run.id}, begun {since}, was cut off; the next run goes on.", "yellow")
    ended = run.finished_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    return Text(f"Run {run.id}: {since} to {ended}, {run.ending or 'finished'}.", "bold")


def _state_lines(state: RunState | None, alive: bool) -> list[Text]:
    if state is None:
        return []
    counts = ", ".join(
        f"{number} {STEPS[Step(step)]}" for step, number in state.counts.items() if number
    )
    total = f"{state.total}{'+' if state.listing else ''}"
    lines = [Text(f"  {state.done} of {total} recordings: {counts or 'none done yet'}.")]
    heard_s = state.audio_ms / 1000
    if heard_s:
        times = heard_s / max(state.elapsed_s, 1e-3)
        known = alive and state.left_s is not None
        left = f", about {duration(state.left_s or 0.0)} left" if known else ""
        lines.append(
            Text(
                f"  {duration(heard_s)} of audio heard in {duration(state.elapsed_s)}"
                f" ({times:.1f} times real time){left}."
            )
        )
    for busy in state.busy:
        memory = f", {busy.memory_mb} MB" if busy.memory_mb is not None else ""
        lines.append(
            Text(
                f"  {busy.worker}: {printable(busy.file)}, {busy.stage or 'waiting'}, "
                f"{duration(busy.seconds)}{memory}"
            )
        )
    return lines


def status_json(
    runs: Sequence[RunRecord],
    recordings: Mapping[RecordingStatus, int],
    failures: Sequence[Failure],
) -> dict[str, Any]:
    """The same for machines; part of the contract."""
    return {
        "runs": [
            {
                "id": run.id,
                "owner": run.owner,
                "alive": run.alive,
                "started_at": run.started_at.isoformat(),
                "finished_at": run.finished_at.isoformat() if run.finished_at else None,
                "heartbeat_at": run.heartbeat_at.isoformat() if run.heartbeat_at else None,
                "ending": run.ending,
                "state": run.state.to_json() if run.state else None,
            }
            for run in runs
        ],
        "recordings": {status.value: number for status, number in recordings.items()},
        "failures": len(failures),
        "set_aside": sum(failure.set_aside for failure in failures),
    }


def render_failures(failures: Iterable[Failure]) -> RenderableType:
    """Each failed recording with cause, cure and tries, by kind of cause."""
    by_kind: dict[str, list[Failure]] = {}
    for failure in failures:
        by_kind.setdefault(failure.kind, []).append(failure)
    parts: list[RenderableType] = []
    for kind, listed in by_kind.items():
        parts.append(Text(f"{len(listed)} by {KINDS[FailureKind(kind)]}", "bold"))
        table = Table(box=None, padding=(0, 2, 0, 2), show_header=False)
        for failure in listed:
            tries = f"{failure.tries} {'try' if failure.tries == 1 else 'tries'}"
            aside = ", set aside" if failure.set_aside else ""
            told = Text(printable(failure.error))
            if failure.cure:
                told.append(f"\n-> {printable(failure.cure)}", "yellow")
            table.add_row(printable(failure.file), f"{tries}{aside}", told)
        parts.append(table)
    return Group(*parts)


def failures_json(failures: Iterable[Failure]) -> list[dict[str, Any]]:
    """The same for machines; part of the contract."""
    return [
        {
            "file": printable(failure.file),
            "path": printable(failure.path),
            "kind": failure.kind,
            "cause": failure.error,
            "cure": failure.cure,
            "tries": failure.tries,
            "set_aside": failure.set_aside,
            "failed_at": failure.failed_at.isoformat() if failure.failed_at else None,
        }
        for failure in failures
    ]
