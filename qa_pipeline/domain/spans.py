"""Stretches of time and their algebra."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open stretch of a recording, ``[start_ms, end_ms)``.

    Example:
        >>> Span(1000, 3000).intersection(Span(2000, 5000))
        Span(start_ms=2000, end_ms=3000)
    """

    start_ms: int
    end_ms: int

    def __post_init__(self) -> None:
        if self.end_ms < self.start_ms:
            raise ValueError(f"a span ends before it starts: {self.start_ms}..{self.end_ms}")

    @property
    def duration_ms(self) -> int:
        """Length in milliseconds."""
        return self.end_ms - self.start_ms

    def overlaps(self, other: Span) -> bool:
        """Whether the two share any time."""
        return self.start_ms < other.end_ms and other.start_ms < self.end_ms

    def intersection(self, other: Span) -> Span | None:
        """The shared stretch, or None."""
        if not self.overlaps(other):
            return None
        return Span(max(self.start_ms, other.start_ms), min(self.end_ms, other.end_ms))

    def overlap_ms(self, other: Span) -> int:
        """How much time the two share, in milliseconds."""
        return max(0, min(self.end_ms, other.end_ms) - max(self.start_ms, other.start_ms))

    def contains(self, time_ms: int) -> bool:
        """Whether the moment lies inside."""
        return self.start_ms <= time_ms < self.end_ms

    def padded(self, by_ms: int, duration_ms: int) -> Span:
        """Wider by `by_ms` on both sides, within ``[0, duration_ms]``."""
        return Span(max(0, self.start_ms - by_ms), min(duration_ms, self.end_ms + by_ms))


def merge(spans: Iterable[Span], gap_ms: int = 0) -> tuple[Span, ...]:
    """The union, sorted; neighbours no more than `gap_ms` apart become one.

    Example:
        >>> merge([Span(0, 10), Span(15, 20)], gap_ms=5)
        (Span(start_ms=0, end_ms=20),)
    """
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start_ms - merged[-1].end_ms <= gap_ms:
            last = merged[-1]
            merged[-1] = Span(last.start_ms, max(last.end_ms, span.end_ms))
        else:
            merged.append(span)
    return tuple(merged)


def subtract(spans: Iterable[Span], holes: Iterable[Span]) -> tuple[Span, ...]:
    """What of `spans` lies in none of `holes`; sorted, merged, without empty spans."""
    kept: list[Span] = []
    cuts = merge(holes)
    for span in merge(spans):
        start = span.start_ms
        for hole in cuts:
            if hole.end_ms <= start or hole.start_ms >= span.end_ms:
                continue
            if hole.start_ms > start:
                kept.append(Span(start, hole.start_ms))
            start = max(start, hole.end_ms)
        if start < span.end_ms:
            kept.append(Span(start, span.end_ms))
    return tuple(kept)


def total_ms(spans: Iterable[Span]) -> int:
    """The time covered by the union of the spans, in milliseconds."""
    return sum(span.duration_ms for span in merge(spans))


def overlap_total_ms(span: Span, others: Iterable[Span]) -> int:
    """How much of `span` the union of `others` covers, in milliseconds."""
    return sum(span.overlap_ms(other) for other in merge(others))
