"""What the phone system's record of hold time says to the holds that were heard."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from qa_pipeline.domain.recording import CallMetadata
from qa_pipeline.domain.spans import total_ms
from qa_pipeline.domain.timeline import Hold
from qa_pipeline.stages.locate_holds.call_view import CallView, span_of
from qa_pipeline.stages.locate_holds.still_waits import gaps

RECORD_TOLERANCE: Final = 0.35  # a stretch this near to the recorded hold time is that hold
LEAST_RECORDED_S: Final = 1.0


def against_record(call: CallView, holds: list[Hold], metadata: CallMetadata) -> list[Hold]:
    """The holds, surer or less sure by the record; where none was heard, the one it places."""
    seconds = metadata.hold_seconds
    if seconds is None:
        return holds
    if seconds < LEAST_RECORDED_S:
        return [replace(hold, confidence=round(hold.confidence * 0.6, 3)) for hold in holds]
    if holds:
        recorded = seconds * 1000
        found = total_ms(map(span_of, holds))
        agrees = abs(found - recorded) <= max(3_000, RECORD_TOLERANCE * recorded)
        return [replace(h, confidence=max(h.confidence, 0.95)) if agrees else h for h in holds]
    placed = _place_recorded(call, round(seconds * 1000))
    return [placed] if placed else []


def _place_recorded(call: CallView, recorded_ms: int) -> Hold | None:
    """The gap that the recorded hold must be: the longest announced one, else one of its length.

    A recorder may leave the hold out, so that an announced gap counts however short it is.
    """
    last_ms = max(turn.end_ms for turn in call.talk)
    silent = [gap for gap in gaps(call, ()) if gap.start_ms < last_ms]
    announced = [gap for gap in silent if call.announced(gap.start_ms) is not None]
    if announced:
        gap = max(announced, key=lambda g: g.duration_ms)
        return Hold(gap.start_ms, gap.end_ms, "recorded", True, 0.85)
    tolerance_ms = max(3_000, RECORD_TOLERANCE * recorded_ms)
    alike = [gap for gap in silent if abs(gap.duration_ms - recorded_ms) <= tolerance_ms]
    alike = [gap for gap in alike if gap.duration_ms >= 3_000]
    if not alike:
        return None
    gap = min(alike, key=lambda g: abs(g.duration_ms - recorded_ms))
    return Hold(gap.start_ms, gap.end_ms, "recorded", False, 0.7)
