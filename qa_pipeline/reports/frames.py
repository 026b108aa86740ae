"""A data folder as pandas tables, for analysts.

Each function takes an open store::

    with open_store(Path("qa_data"), create=False) as store:
        verdicts = verdicts_frame(store)
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from qa_pipeline.domain.stored import CallFilter, ScoredCall
from qa_pipeline.reports.source import CallSource, narrowed, titles

CALL_COLUMNS = (
    "call_id", "file", "agent", "agent_id", "agent_name", "customer_name", "language",
    "started_at", "day", "duration_s", "score", "passed", "failed", "not_applicable",
    "undetermined", "rubric_id", "rubric_version",
)  # fmt: skip
VERDICT_COLUMNS = (
    "call_id", "file", "agent", "language", "day", "criterion", "title", "outcome", "passed",
    "confidence", "reason", "explanation_en", "explanation_zh", "evidence_start_s",
    "evidence_end_s", "evidence_text",
)  # fmt: skip
TURN_COLUMNS = ("call_id", "file", "agent", "language", "role", "start_s", "end_s", "text")


def calls_frame(source: CallSource, which: CallFilter | None = None) -> pd.DataFrame:
    """One row per call. `agent` groups calls ("unknown" where nothing says who it was).

    `started_at` and `day` are by the call's own clock; times are in seconds.
    """
    wanted, _ = narrowed(source, which or CallFilter())
    rows = (_call_row(call) for call in source.scored_calls(wanted))
    return _frame(rows, CALL_COLUMNS)


def verdicts_frame(source: CallSource, which: CallFilter | None = None) -> pd.DataFrame:
    """One row per call and criterion.

    `passed` is 1.0 or 0.0 where the criterion was determined and missing elsewhere, so that its
    mean is the pass rate.
    """
    wanted, ref = narrowed(source, which or CallFilter())
    names = titles(source, ref)
    rows = (
        {
            "call_id": call.call_id,
            "file": call.file,
            "agent": _agent(call),
            "language": call.language,
            "day": _day(call),
            "criterion": verdict.criterion,
            "title": names.of(verdict.criterion).en,
            "outcome": verdict.outcome.value,
            "passed": {"pass": 1.0, "fail": 0.0}.get(verdict.outcome.value),
            "confidence": verdict.confidence,
            "reason": verdict.reason,
            "explanation_en": verdict.explanation.en,
            "explanation_zh": verdict.explanation.zh,
            "evidence_start_s": min((e.start_ms / 1000 for e in verdict.evidence), default=None),
            "evidence_end_s": max((e.end_ms / 1000 for e in verdict.evidence), default=None),
            "evidence_text": " | ".join(e.text for e in verdict.evidence if e.text),
        }
        for call in source.scored_calls(wanted)
        for verdict in call.evaluation.verdicts
    )
    frame = _frame(rows, VERDICT_COLUMNS)
    frame["passed"] = frame["passed"].astype(float)
    return frame


def turns_frame(source: CallSource, which: CallFilter | None = None) -> pd.DataFrame:
    """One row per turn: who said what, and when, in seconds from the recording's start."""
    wanted, _ = narrowed(source, which or CallFilter())
    rows = (
        {
            "call_id": stored.recording.call_id,
            "file": stored.recording.file,
            "agent": stored.agent.name or stored.agent.key or "unknown",
            "language": stored.conversation.language,
            "role": turn.role.value,
            "start_s": turn.start_ms / 1000,
            "end_s": turn.end_ms / 1000,
            "text": turn.text,
        }
        for stored in source.calls(wanted)
        for turn in stored.conversation.turns
    )
    return _frame(rows, TURN_COLUMNS)


def _frame(rows: Iterable[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    frame = pd.DataFrame.from_records(list(rows), columns=list(columns))
    for name in ("started_at", "day"):
        if name in frame:
            frame[name] = pd.to_datetime(frame[name])
    return frame


def _agent(call: ScoredCall) -> str:
    if call.agent.key is None:
        return "unknown"
    return call.agent.name or call.agent.key


def _day(call: ScoredCall) -> str | None:
    return call.started_at.date().isoformat() if call.started_at else None


def _call_row(call: ScoredCall) -> dict[str, Any]:
    outcomes = [verdict.outcome.value for verdict in call.evaluation.verdicts]
    started = call.started_at
    return {
        "call_id": call.call_id,
        "file": call.file,
        "agent": _agent(call),
        "agent_id": call.agent.id,
        "agent_name": call.agent.name,
        "customer_name": call.customer_name,
        "language": call.language,
        "started_at": started.replace(tzinfo=None).isoformat() if started else None,
        "day": _day(call),
        "duration_s": call.duration_ms / 1000,
        "score": call.evaluation.score,
        "passed": outcomes.count("pass"),
        "failed": outcomes.count("fail"),
        "not_applicable": outcomes.count("not_applicable"),
        "undetermined": outcomes.count("undetermined"),
        "rubric_id": call.evaluation.rubric_id,
        "rubric_version": call.evaluation.rubric_version,
    }
