"""Of all stretches that may be a use of a name the surest, none overlapping."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar

from qa_pipeline.domain.names import Mention

LEAST_PROBABLE = 0.2
NamedAs = Literal["full", "title", "given", "family"]


class Place(Protocol):
    """Characters ``[start, end)`` of a searched turn's text, and when they are said."""

    @property
    def turn(self) -> int:
        """Which of the searched turns."""

    @property
    def start(self) -> int:
        """The first character."""

    @property
    def end(self) -> int:
        """The one behind the last."""

    @property
    def start_ms(self) -> int:
        """When it begins."""

    @property
    def end_ms(self) -> int:
        """When it ends."""

    @property
    def text(self) -> str:
        """What was read there."""


PlaceT = TypeVar("PlaceT", bound=Place)
FormT = TypeVar("FormT")


@dataclass(frozen=True, slots=True)
class Candidate(Generic[PlaceT, FormT]):
    """A stretch that may be the name, how alike it sounds, to which form, and its features."""

    place: PlaceT
    alike: float
    form: FormT
    features: Mapping[str, float]


def logistic(features: Mapping[str, float], weights: Mapping[str, float], bias: float) -> float:
    """A logistic model's probability, rounded to three places.

    Example:
        >>> logistic({"alike": 1.0}, {"alike": 2.0}, -2.0)
        0.5
    """
    total = bias + sum(weights[key] * value for key, value in features.items())
    return round(1.0 / (1.0 + math.exp(-total)), 3)


def surest(
    scored: Sequence[tuple[float, NamedAs, Candidate[PlaceT, FormT]]],
    taken: Sequence[Sequence[tuple[int, int]]],
    least: float,
    refused: Callable[[Candidate[PlaceT, FormT]], bool],
) -> tuple[Mention, ...]:
    """The candidates as uses, the surest first in line for a place; `Mention.score` is how sure.

    Args:
        scored: how probable each is, what kind of use it would be, and the candidate.
        taken: per turn, the stretches that are none.
        least: how probable a use must be.
        refused: whether a candidate is none for another reason; asked as seldom as can be.

    Returns:
        Uncertain uses in order of their places.
    """
    spans = [list(of_turn) for of_turn in taken]
    found: list[Mention] = []
    for score, kind, candidate in sorted(scored, key=lambda one: -one[0]):
        at = candidate.place
        covered = any(start < at.end and at.start < end for start, end in spans[at.turn])
        if score < least or covered or refused(candidate):
            continue
        spans[at.turn].append((at.start, at.end))
        found.append(
            Mention(
                at.turn, at.start, at.end, at.start_ms, at.end_ms, at.text, kind, score, False
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda use: (use.turn, use.start)))
