"""A first partition of a call, cut into pieces in which one voice is heard, and into windows."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.transcript import SpeakerTurn

WINDOW_MS = 1_000
WINDOW_STEP_MS = 250
_LEAST_WINDOW_MS = 200  # less says nothing about a voice
# Two at once for longer is a slip of the segmentation rather than talking over one another. Where
# such slips make up more than the one share of the talk, or all that is heard of two at once more
# than the other (noise, as a rule), none of it is believed: 0 to 0.02 of the talk was that.
_LONGEST_OVERLAP_MS = 1_000
_MOST_SLIPS = 0.03
_MOST_OVERLAP = 0.12

Stretch = tuple[Span, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Piece:
    """Speech between two changes of a first partition; without a speaker several talk at once."""

    span: Span
    speaker: str | None


def pieces_of(turns: Sequence[SpeakerTurn]) -> tuple[Piece, ...]:
    """Speech between any two changes, in stretches long enough for an embedding.

    Where several talk at once and that is to be believed, there is no piece.

    Example:
        >>> both = [SpeakerTurn(Span(0, 9_900), "A"), SpeakerTurn(Span(9_600, 20_000), "B")]
        >>> [(p.span.start_ms, p.span.end_ms, p.speaker) for p in pieces_of(both)]
        [(0, 9600, 'A'), (9900, 20000, 'B')]
    """
    stretches = _stretches(turns)
    believed = {span for span, _ in _believed(stretches)}
    return tuple(
        Piece(span, min(speakers) if len(speakers) == 1 else None)
        for span, speakers in stretches
        if span.duration_ms >= _LEAST_WINDOW_MS and span not in believed
    )


def overlaps_of(turns: Sequence[SpeakerTurn]) -> tuple[Stretch, ...]:
    """Where several talk at once, and who, as far as that is to be believed."""
    return tuple(_believed(_stretches(turns)))


def windows_over(pieces: Sequence[Piece]) -> tuple[Span, ...]:
    """The windows to embed: every 0.25 s one of 1 s, none across the border of a piece.

    Example:
        >>> found = windows_over([Piece(Span(0, 1_300), "A"), Piece(Span(1_300, 1_700), "B")])
        >>> [(w.start_ms, w.end_ms) for w in found]
        [(0, 1000), (250, 1250), (300, 1300), (1300, 1700)]
    """
    found = []
    for span in (piece.span for piece in pieces):
        last = max(span.start_ms, span.end_ms - WINDOW_MS)
        starts = [*range(span.start_ms, last, WINDOW_STEP_MS), last]
        found += [Span(start, min(start + WINDOW_MS, span.end_ms)) for start in starts]
    return tuple(found)


def _stretches(turns: Sequence[SpeakerTurn]) -> list[Stretch]:
    """Speech cut wherever somebody begins or ends, and who speaks in each stretch."""
    moments = sorted({at for turn in turns for at in (turn.span.start_ms, turn.span.end_ms)})
    active: dict[int, set[str]] = {start: set() for start in moments}
    for turn in turns:
        first, end = (bisect_left(moments, at) for at in (turn.span.start_ms, turn.span.end_ms))
        for start in moments[first:end]:
            active[start].add(turn.speaker)
    found: list[Stretch] = []
    for start, end in pairwise(moments):
        speakers = frozenset(active[start])
        if found and found[-1] == (Span(found[-1][0].start_ms, start), speakers):
            found[-1] = (Span(found[-1][0].start_ms, end), speakers)
        elif speakers:
            found.append((Span(start, end), speakers))
    return found


def _believed(stretches: Sequence[Stretch]) -> list[Stretch]:
    several = [(span, speakers) for span, speakers in stretches if len(speakers) > 1]
    short = [stretch for stretch in several if stretch[0].duration_ms <= _LONGEST_OVERLAP_MS]
    whole_ms = sum(span.duration_ms for span, _ in stretches)
    several_ms = sum(span.duration_ms for span, _ in several)
    slips_ms = several_ms - sum(span.duration_ms for span, _ in short)
    doubted = slips_ms > _MOST_SLIPS * whole_ms or several_ms > _MOST_OVERLAP * whole_ms
    return [] if doubted else short
