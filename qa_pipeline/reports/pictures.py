"""Where things stand in pictures: pure geometry, drawn by the templates as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Evaluation
from qa_pipeline.domain.scorecard import DaySummary
from qa_pipeline.domain.timeline import Click, Hold, Loop, Music, Ringback, Silence, Tone

STRIP_WIDTH = 1000  # units across a call; the page stretches them
TREND_WIDTH, TREND_HEIGHT = 520, 230
MARGIN_LEFT, MARGIN_RIGHT, MARGIN_TOP, MARGIN_BOTTOM = 44, 20, 14, 28
MAX_LABELS = 6  # dates below a trend without overlap


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of the strip: `kind` is a style class, `row` 0 line, 1 agent, 2 customer."""

    x: float
    width: float
    row: int
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class Point:
    """A day in a trend."""

    x: float
    y: float
    day: date
    calls: int
    score: float
    labelled: bool


def strip(conversation: Conversation, evaluation: Evaluation) -> tuple[Box, ...]:
    """A call's time as boxes: ring, hold, music and tones, both voices, and evidence (row 3)."""
    total = max(1, conversation.duration_ms)

    def box(start_ms: int, end_ms: int, row: int, kind: str, title: str) -> Box:
        x = min(max(0, start_ms), total) * STRIP_WIDTH / total
        end = min(max(0, end_ms), total) * STRIP_WIDTH / total
        # Two units at least, else a click or a short yes would be invisible.
        return Box(round(x, 1), round(max(2.0, end - x), 1), row, kind, title)

    boxes: list[Box] = []
    for event in conversation.events:
        if isinstance(event, Silence | Click | Loop):
            continue
        spans = event.bursts if isinstance(event, Ringback) and event.bursts else (event,)
        kind, title = _sound(event)
        boxes += [box(span.start_ms, span.end_ms, 0, kind, title) for span in spans]
    for turn in conversation.turns:
        row = 1 if turn.role.value == "agent" else 2
        boxes.append(box(turn.start_ms, turn.end_ms, row, turn.role.value, turn.text))
    for verdict in evaluation.verdicts:
        for item in verdict.evidence:
            if item.text:  # a stretch that was only searched is no find
                at = box(item.start_ms, item.end_ms, 3, verdict.outcome.value, item.text)
                boxes.append(at)
    return tuple(boxes)


def _sound(event: Ringback | Hold | Music | Tone) -> tuple[str, str]:
    if isinstance(event, Ringback):
        return "ring", "ring" if event.rings is None else f"rings: {event.rings}"
    if isinstance(event, Hold):
        return "hold", f"hold ({event.medium})"
    if isinstance(event, Music):
        return "music", "music"
    return "tone", f"tone: {event.name}"


def trend(days: Sequence[DaySummary]) -> tuple[Point, ...]:
    """The days that have a score, by date from left to right, 0 to 100 % from bottom to top."""
    scored = [(day, day.score) for day in days if day.score is not None]
    if not scored:
        return ()
    first, last = scored[0][0].day, scored[-1][0].day
    length = max(1, (last - first).days)
    inner_width = TREND_WIDTH - MARGIN_LEFT - MARGIN_RIGHT
    every = -(-len(scored) // MAX_LABELS)
    points = []
    for index, (day, score) in enumerate(scored):
        share = (day.day - first).days / length if len(scored) > 1 else 0.5
        points.append(
            Point(
                round(MARGIN_LEFT + share * inner_width, 1),
                trend_y(score),
                day.day,
                day.calls,
                score,
                index % every == 0,
            )
        )
    return tuple(points)


def trend_y(score: float) -> float:
    """Where a score stands from the top."""
    return round(MARGIN_TOP + (1 - score) * (TREND_HEIGHT - MARGIN_TOP - MARGIN_BOTTOM), 1)
