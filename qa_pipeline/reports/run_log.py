"""A run as a log: one JSON object per line and event, for machines that watch the night."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

from qa_pipeline.domain.batch import BatchSummary, Notice, Progress, RunState
from qa_pipeline.domain.printable import printable
from qa_pipeline.reports.run_console import Results

STATE_EVERY_S = 60.0  # a line on how far the run is


class RunLog:
    """Writes events as they come.

    Each line has ``time`` (UTC, ISO 8601) and ``event``: ``run_started``, ``call`` (one recording
    is done; ``step`` says how), ``retry``, ``released``, ``state``, ``run_finished`` (the whole
    summary, see `BatchSummary.to_json`), ``error``.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        # Escapes that a stream makes up for what it cannot show are none of JSON's.
        self._ascii = not (stream.encoding or "").lower().startswith("utf")
        self._last_state_s = 0.0

    def __enter__(self) -> RunLog:
        self._write("run_started")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self._write("error", cause=str(error) or type(error).__name__)

    def on_progress(self, progress: Progress) -> None:
        """One recording is done."""
        facts: dict[str, Any] = {
            "step": progress.step.value,
            "file": printable(progress.file),
            "call_id": progress.call_id,
            "seconds": round(progress.seconds, 2),
            "done": progress.done,
            "total": progress.total,
            "listing": progress.listing,
        }
        if progress.call is not None:
            facts["audio_s"] = progress.call.duration_ms / 1000
            facts["score"] = progress.call.evaluation.score
        if progress.duplicate_of is not None:
            facts["duplicate_of"] = printable(progress.duplicate_of)
        if progress.failure is not None:
            failure = progress.failure
            facts |= {
                "kind": failure.kind,
                "cause": failure.error,
                "cure": failure.cure,
                "tries": failure.tries,
                "set_aside": failure.set_aside,
            }
        self._write("call", **facts)

    def on_notice(self, notice: Notice) -> None:
        """Something that a person should know."""
        file = printable(notice.file) if notice.file is not None else None
        self._write(notice.event, file=file, text=printable(notice.text), **notice.facts)

    def on_state(self, state: RunState) -> None:
        """How far the run is, once a minute."""
        if state.elapsed_s - self._last_state_s >= STATE_EVERY_S:
            self._last_state_s = state.elapsed_s
            self._write("state", **state.to_json())

    def show_summary(self, summary: BatchSummary, results: Callable[[], Results]) -> None:
        """The end, with all figures."""
        self._write("run_finished", **summary.to_json())

    def _write(self, event: str, **facts: Any) -> None:
        moment = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"time": moment, "event": event, **facts}, ensure_ascii=self._ascii)
        self._stream.write(line.encode("utf-8", "backslashreplace").decode() + "\n")
        self._stream.flush()
