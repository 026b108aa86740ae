"""All results as one file: JSON for programs, CSV for tables.

The JSON contract is ``schema`` 1; fields may be added to it, never changed. Equal results give
byte-equal files: calls come by file name, then id, and nothing in them tells when or where the
run was made.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from qa_pipeline.criteria.promises import promises_of
from qa_pipeline.domain.evaluation import Evaluation, Evidence
from qa_pipeline.domain.stored import CallFilter, StoredCall
from qa_pipeline.domain.timeline import Click, Event, Loop, Music
from qa_pipeline.reports.files import atomic, cell, printable, unwritable
from qa_pipeline.reports.source import CallSource, Titles
from qa_pipeline.reports.texts import clock

SCHEMA = 1
SCORE_DIGITS = 6
CONFIDENCE_DIGITS = 4

CSV_COLUMNS = (
    "file",
    "call_id",
    "agent_id",
    "agent_name",
    "customer_name",
    "language",
    "started_at",
    "duration_ms",
    "layout",
    "rubric_id",
    "rubric_version",
    "call_score",
    "criterion",
    "title_en",
    "title_zh",
    "outcome",
    "confidence",
    "reason",
    "explanation_en",
    "explanation_zh",
    "evidence_start_ms",
    "evidence_end_ms",
    "evidence",
)
FAILURE_COLUMNS = ("file", "error", "cure")


def export_json(source: CallSource, out: Path, which: CallFilter | None = None) -> int:
    """Write the JSON export; the number of calls in it.

    Each call stands with its main rubric's results (the last one it was scored by) and, under
    ``evaluations``, with those of others; if `which` names a rubric, with that one's alone.

    Raises:
        SetupError: `out` cannot be written.
    """
    wanted = which or CallFilter()
    rubric = source.current_rubric(wanted.rubric_id)
    about = {"id": rubric.id, "version": rubric.version} if rubric else _no_rubric(wanted)
    count = 0
    with atomic(out) as file:
        file.write(f'{{\n  "schema": {SCHEMA},\n  "rubric": {_json(about, 1)},\n  "calls": [')
        for stored in source.calls(wanted):
            file.write(("," if count else "") + "\n    " + _json(call_record(stored), 2))
            count += 1
        failures = [
            {"file": failure.file, "error": failure.error, "cure": failure.cure}
            for failure in source.failures()
        ]
        file.write(("\n  " if count else "") + '],\n  "failures": ' + _json(failures, 1) + "\n}\n")
    return count


def export_csv(source: CallSource, out: Path, which: CallFilter | None = None) -> int:
    """Write one row per call, rubric and criterion; the number of rows.

    The file is UTF-8 with a byte order mark, so that Excel shows Chinese. Recordings that failed
    stand beside it in ``<name>.failures.csv``, which is only there when there are any.

    Raises:
        SetupError: `out` cannot be written.
    """
    count = 0
    names = _TitlesOf(source)
    with atomic(out, "utf-8-sig") as file:
        writer = csv.DictWriter(file, CSV_COLUMNS)
        writer.writeheader()
        for stored in source.calls(which or CallFilter()):
            for evaluation in (stored.evaluation, *stored.others):
                for row in _csv_rows(stored, evaluation, names.of(evaluation)):
                    writer.writerow({name: cell(value) for name, value in row.items()})
                    count += 1
    _write_failures(source, out.with_name(f"{out.stem}.failures.csv"))
    return count


EXPORTS: dict[str, Callable[[CallSource, Path, CallFilter | None], int]] = {
    "json": export_json,
    "csv": export_csv,
}


def call_record(stored: StoredCall) -> dict[str, Any]:
    """One call as it stands in the JSON export."""
    call, recording, evaluation = stored.conversation, stored.recording, stored.evaluation
    metadata = call.metadata
    named = [event for event in call.events if not isinstance(event, Music | Click | Loop)]
    others = [event for event in call.events if isinstance(event, Music | Click | Loop)]
    return {
        "call_id": recording.call_id,
        "file": recording.file,
        "duration_ms": call.duration_ms,
        "language": call.language,
        "agent": {"id": stored.agent.id, "name": stored.agent.name},
        "customer": {"name": stored.customer_name},
        "score": _rounded(evaluation.score, SCORE_DIGITS),
        "failed_automatically": evaluation.failed_automatically,
        "score_otherwise": _rounded(evaluation.score_otherwise, SCORE_DIGITS),
        "rubric_id": evaluation.rubric_id,
        "rubric_version": evaluation.rubric_version,
        "layout": call.layout.value,
        "started_at": metadata.started_at.isoformat() if metadata.started_at else None,
        "direction": metadata.direction,
        "country": call.country,
        "language_confidence": _rounded(call.language_confidence),
        "role_confidence": _rounded(call.role_confidence),
        "speech_confidence": _rounded(call.speech_confidence),
        "notes": [*recording.notes, *(n for n in call.notes if n not in recording.notes)],
        "results": _results(evaluation),
        "evaluations": [
            {
                "rubric_id": other.rubric_id,
                "rubric_version": other.rubric_version,
                "score": _rounded(other.score, SCORE_DIGITS),
                "failed_automatically": other.failed_automatically,
                "score_otherwise": _rounded(other.score_otherwise, SCORE_DIGITS),
                "results": _results(other),
            }
            for other in stored.others
        ],
        "commitments": [promise.to_record() for promise in promises_of(call)],
        "overrides": [
            {
                "criterion": override.criterion,
                "outcome": override.outcome.value,
                "author": override.author,
                "note": override.note,
            }
            for override in stored.overrides
        ],
        "turns": [
            {
                "role": turn.role.value,
                "start_ms": turn.start_ms,
                "end_ms": turn.end_ms,
                "text": turn.text,
            }
            for turn in call.turns
        ],
        "events": [_event(event) for event in named],
        "other_sounds": [_event(event) for event in others],
    }


def _results(evaluation: Evaluation) -> list[dict[str, Any]]:
    return [
        {
            "criterion": verdict.criterion,
            "outcome": verdict.outcome.value,
            "confidence": _rounded(verdict.confidence),
            "reason": verdict.reason,
            "explanation": {"en": verdict.explanation.en, "zh": verdict.explanation.zh},
            "evidence": [_evidence(item) for item in verdict.evidence],
        }
        for verdict in evaluation.verdicts
    ]


def _no_rubric(wanted: CallFilter) -> dict[str, str | None]:
    return {"id": wanted.rubric_id, "version": None}


def _evidence(item: Evidence) -> dict[str, Any]:
    return {
        "start_ms": item.start_ms,
        "end_ms": item.end_ms,
        "role": item.role.value,
        "text": item.text,
    }


def _event(event: Event) -> dict[str, Any]:
    own = asdict(event)
    if "confidence" in own:
        own["confidence"] = _rounded(own["confidence"])
    first = {name: own.pop(name) for name in ("kind", "start_ms", "end_ms")}
    return first | own


def _rounded(value: float | None, digits: int = CONFIDENCE_DIGITS) -> float | None:
    return None if value is None else round(float(value), digits)


def _json(value: object, depth: int) -> str:
    """Indented JSON, standing `depth` levels inside the file."""
    text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
    return text.replace("\n", "\n" + "  " * depth)


class _TitlesOf:
    """The titles of each evaluation's own rubric, each read once."""

    def __init__(self, source: CallSource) -> None:
        self._source = source
        self._known: dict[str, Titles] = {}

    def of(self, evaluation: Evaluation) -> Titles:
        fingerprint = evaluation.rubric_fingerprint
        if fingerprint not in self._known:
            self._known[fingerprint] = Titles(self._source.rubric(fingerprint))
        return self._known[fingerprint]


def _csv_rows(
    stored: StoredCall, evaluation: Evaluation, names: Titles
) -> Iterator[dict[str, Any]]:
    call = stored.conversation
    started = call.metadata.started_at
    for verdict in evaluation.verdicts:
        title = names.of(verdict.criterion)
        starts = [item.start_ms for item in verdict.evidence]
        values = (
            stored.recording.file,
            stored.recording.call_id,
            stored.agent.id,
            stored.agent.name,
            stored.customer_name,
            call.language,
            started.isoformat() if started else None,
            call.duration_ms,
            call.layout.value,
            evaluation.rubric_id,
            evaluation.rubric_version,
            _rounded(evaluation.score, SCORE_DIGITS),
            verdict.criterion,
            title.en,
            title.zh,
            verdict.outcome.value,
            _rounded(verdict.confidence),
            verdict.reason,
            verdict.explanation.en,
            verdict.explanation.zh,
            min(starts, default=None),
            max((item.end_ms for item in verdict.evidence), default=None),
            " | ".join(
                f"{clock(item.start_ms)}-{clock(item.end_ms)} {item.role.value}: {item.text}"
                for item in verdict.evidence
            ),
        )
        yield dict(zip(CSV_COLUMNS, values, strict=True))


def _write_failures(source: CallSource, out: Path) -> None:
    failures = source.failures()
    if not failures:
        try:
            out.unlink(missing_ok=True)  # of an earlier export: it would no longer be true
        except OSError as error:
            raise unwritable(out, error) from error
        return
    with atomic(out, "utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(FAILURE_COLUMNS)
        for failure in failures:
            row = (printable(failure.file), failure.error, failure.cure)
            writer.writerow([cell(value) for value in row])
