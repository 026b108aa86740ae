"""A share with its counts and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass

from qa_pipeline.domain.scorecard import OutcomeCounts


@dataclass(frozen=True, slots=True)
class Ratio:
    """`hits` of `total`: `value` from 0 to 1 with its 95 % Wilson interval `low`..`high`.

    The three are None when `total` is 0: nothing was measured, which is neither 0 nor 1.
    """

    hits: int
    total: int
    value: float | None
    low: float | None
    high: float | None


def ratio(hits: int, total: int) -> Ratio:
    """The share `hits` of `total`; the interval is the scorecards' (E. B. Wilson, 1927).

    Raises:
        ValueError: `hits` is not within 0 and `total`.

    Example:
        >>> ratio(5, 6).value, round(ratio(5, 6).low or 0, 2)
        (0.8333333333333334, 0.44)
    """
    if not 0 <= hits <= total:
        raise ValueError(f"{hits} of {total} is no share")
    low, high = OutcomeCounts(passed=hits, failed=total - hits).interval or (None, None)
    return Ratio(hits, total, hits / total if total else None, low, high)
