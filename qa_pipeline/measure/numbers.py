"""Figures as a reader sees them."""

from __future__ import annotations

from qa_pipeline.measure.ratio import Ratio

NONE = "–"


def percent(share: float | None) -> str:
    """A share in percent with one decimal; 100 and 0 only where it is all or nothing.

    Example:
        >>> percent(1.0), percent(0.9999), percent(0.0001), percent(None)
        ('100', '99.9', '0.1', '–')
    """
    if share is None:
        return NONE
    if share in (0.0, 1.0):
        return f"{100 * share:.0f}"
    value = 100 * share
    if share < 1:
        value = min(99.9, max(0.1, value))
    return f"{value:.1f}"


def decimal(value: float | None, digits: int = 2) -> str:
    """A number with this many decimals, a dash where there is none."""
    return NONE if value is None else f"{value:.{digits}f}"


def span_of(share: Ratio) -> str:
    """The interval of a share in whole percent.

    Example:
        >>> from qa_pipeline.measure.ratio import ratio
        >>> span_of(ratio(5, 6))
        '44–97'
    """
    if share.low is None or share.high is None:
        return NONE
    return f"{100 * share.low:.0f}–{100 * share.high:.0f}"
