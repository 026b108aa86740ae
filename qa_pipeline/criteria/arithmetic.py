r"""The score of a call, exactly.

.. code-block:: text

    score = sum over groups of  W * S  /  sum over groups of  W        (0 to 1)
    S     = sum of w over the passes  /  sum of w over passes and fails

`w` is a criterion's weight, `W` its group's. Criteria without a group form one group of weight 1.
What is undetermined or does not apply, and what is informational, is left out of both sums, and so
is a group of which nothing is left; so their weights go to the others in proportion. Weights are
taken as the decimal numbers that stand in the rubric and added as fractions: 0.1 three times is 0.3
exactly, and the order of the criteria does not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

from qa_pipeline.domain.evaluation import Outcome, Verdict
from qa_pipeline.domain.rubric import Rubric

COUNTED = (Outcome.PASS, Outcome.FAIL)


def exact_score(rubric: Rubric, verdicts: Sequence[Verdict]) -> Fraction | None:
    """The score as a fraction; None where nothing that counts was determined.

    Args:
        rubric: its criteria and groups.
        verdicts: one for each criterion, in the rubric's order.
    """
    won: dict[str | None, Fraction] = {}
    possible: dict[str | None, Fraction] = {}
    for criterion, verdict in zip(rubric.criteria, verdicts, strict=True):
        weight = exact_weight(criterion.weight)
        if verdict.outcome not in COUNTED or criterion.informational or not weight:
            continue
        group = criterion.group
        possible[group] = possible.get(group, Fraction(0)) + weight
        passed = weight if verdict.outcome is Outcome.PASS else Fraction(0)
        won[group] = won.get(group, Fraction(0)) + passed
    if not possible:
        return None
    weights: dict[str | None, Fraction] = {None: Fraction(1)}
    weights |= {group.id: exact_weight(group.weight) for group in rubric.groups}
    total = sum((weights[group] for group in possible), Fraction(0))
    return sum((weights[g] * won[g] / possible[g] for g in possible), Fraction(0)) / total


def failed_automatically(rubric: Rubric, verdicts: Sequence[Verdict]) -> bool:
    """Whether a criterion that fails the whole call has failed."""
    return any(
        criterion.auto_fail and verdict.outcome is Outcome.FAIL
        for criterion, verdict in zip(rubric.criteria, verdicts, strict=True)
    )


def shares(rubric: Rubric) -> dict[str, Fraction]:
    """The share of the score that each criterion decides in a call to which all of them apply.

    Example:
        >>> shares(rubric)["pickup"]  # doctest: +SKIP
        Fraction(1, 7)
    """
    counted = {
        c.id: Fraction(0) if c.informational else exact_weight(c.weight) for c in rubric.criteria
    }
    groups: dict[str | None, Fraction] = {}
    for criterion in rubric.criteria:
        if counted[criterion.id]:
            groups[criterion.group] = (
                groups.get(criterion.group, Fraction(0)) + counted[criterion.id]
            )
    weights: dict[str | None, Fraction] = {None: Fraction(1)}
    weights |= {group.id: exact_weight(group.weight) for group in rubric.groups}
    total = sum((weights[group] for group in groups), Fraction(0))
    return {
        c.id: weights[c.group] / total * counted[c.id] / groups[c.group]
        if counted[c.id]
        else Fraction(0)
        for c in rubric.criteria
    }


@lru_cache(maxsize=1024)
def exact_weight(weight: float) -> Fraction:
    """A weight as the decimal number that stands in the rubric.

    Example:
        >>> exact_weight(0.1)
        Fraction(1, 10)
    """
    return Fraction(repr(weight))
