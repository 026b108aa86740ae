"""The line's figures over many calls: rings, holds, hang-ups, names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

from qa_pipeline.measure.line import TOLERANCE_MS, Counted, HoldMatch, LineFacts
from qa_pipeline.measure.ratio import Ratio, ratio


@dataclass(frozen=True, slots=True)
class CountFigures:
    """How well something was counted.

    `exact`: the right number, over all labels. The errors (heard less labelled) are means over what
    was counted at all; `untold` was not. `off` lists what was not exact.
    """

    exact: Ratio
    mean_absolute_error: float | None
    mean_error: float | None
    untold: int
    off: tuple[Counted, ...]


@dataclass(frozen=True, slots=True)
class HoldFigures:
    """How well holds were found, over the calls whose label knows the events.

    `hits`: found with start and end within `TOLERANCE_MS`. `found`: any overlap, one heard hold for
    one labelled. `false_holds`: heard where none was, or a second one over the same. Median
    errors are absolute, in milliseconds, over the found ones. `off` lists those that are no hits.
    """

    calls: int
    hits: Ratio
    found: Ratio
    median_start_error_ms: float | None
    median_end_error_ms: float | None
    false_holds: int
    off: tuple[HoldMatch, ...]
    false_at: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class RingFigures:
    """How well ringing was heard: counts, music as ringback, ringing where none was.

    `music`: labelled as music and heard as music. `false_calls`: calls without ringing in the
    label in which some was heard, of those whose label knows the events.
    """

    counts: CountFigures
    music: Ratio
    false_calls: Ratio


@dataclass(frozen=True, slots=True)
class HangupFigures:
    """Who hung up, over the calls where the label knows and says that it can be told.

    `right` counts an undetermined verdict as not right; `right_of_told` leaves it out. The moment
    is when the first line went dead, else the last click near the end: `timed` have one,
    `within_tolerance` are nearer than `TOLERANCE_MS`.
    """

    right: Ratio
    right_of_told: Ratio
    timed: int
    median_error_ms: float | None
    within_tolerance: Ratio


def count_figures(counts: Sequence[Counted]) -> CountFigures:
    """How well things were counted."""
    errors = [c.heard - c.label for c in counts if c.heard is not None]
    return CountFigures(
        ratio(sum(c.heard == c.label for c in counts), len(counts)),
        fmean(map(abs, errors)) if errors else None,
        fmean(errors) if errors else None,
        len(counts) - len(errors),
        tuple(c for c in counts if c.heard != c.label),
    )


def ring_figures(calls: Sequence[LineFacts]) -> RingFigures | None:
    """The ringing of many calls; None when no label knows about any."""
    counts = [c for call in calls for c in call.rings]
    music = [heard for call in calls for heard in call.music]
    silent = [call.false_ringing for call in calls if call.false_ringing is not None]
    if not (counts or music or silent):
        return None
    return RingFigures(
        count_figures(counts), ratio(sum(music), len(music)), ratio(sum(silent), len(silent))
    )


def hold_figures(calls: Sequence[LineFacts]) -> HoldFigures | None:
    """The holds of many calls; None when no label knows the events."""
    known = [call for call in calls if call.holds is not None]
    if not known:
        return None
    matches = [match for call in known for match in call.holds or ()]
    starts = [abs(m.start_error_ms) for m in matches if m.start_error_ms is not None]
    ends = [abs(m.end_error_ms) for m in matches if m.end_error_ms is not None]
    false_at = tuple(where for call in known for where in call.false_holds)
    return HoldFigures(
        len(known),
        ratio(sum(m.hit for m in matches), len(matches)),
        ratio(sum(m.found for m in matches), len(matches)),
        median(starts) if starts else None,
        median(ends) if ends else None,
        len(false_at),
        tuple(m for m in matches if not m.hit),
        false_at,
    )


def hangup_figures(calls: Sequence[LineFacts]) -> HangupFigures | None:
    """The hang-ups of many calls; None when no label knows who did."""
    hangups = [call.hangup for call in calls if call.hangup is not None]
    if not hangups:
        return None
    told = [h for h in hangups if h.said is not None]
    errors = [abs(h.error_ms) for h in hangups if h.error_ms is not None]
    return HangupFigures(
        ratio(sum(h.said is h.label for h in hangups), len(hangups)),
        ratio(sum(h.said is h.label for h in told), len(told)),
        len(errors),
        median(errors) if errors else None,
        ratio(sum(error <= TOLERANCE_MS for error in errors), len(errors)),
    )


def name_figures(calls: Sequence[LineFacts]) -> CountFigures | None:
    """The name counts of many calls; None when no label knows them."""
    counts = [call.names for call in calls if call.names is not None]
    return count_figures(counts) if counts else None
