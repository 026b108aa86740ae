"""Acts by all their words at once: runs of words weighed as they were found in labelled lines.

A phrase finds the wordings that somebody thought of. Beside them stands, for acts that are said in
very many ways, a linear judge: each run of one to three words (in Mandarin folded syllables, as
recognisers mix up what sounds alike) has a weight, their sum says how much a sentence is like the
act. The weights are data, ``rubrics/acts/<language>/learned.json``, made from labelled lines and
heard calls by ``python -m benchmarks.learned_acts``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Container, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qa_pipeline.errors import RubricError
from qa_pipeline.language.matching import Token
from qa_pipeline.language.near_sounds import sound

FILE = "learned.json"
LONGEST_RUN = 3
LEAST_UNITS = 3  # shorter sentences say too little to be like anything
# A recogniser writes several sentences as one; of a long one the likest stretch counts.
LONG, STRETCH, STEP = 18, 14, 4
AGAINST_PHRASES = 1.0  # so much above the threshold words must be to come near to it all the same


class LearnedAct(BaseModel):
    """How one act is recognised by its words.

    Attributes:
        part: of the talk in which it is looked for; `closing` is the second half.
        bias: of the sum.
        yields_to: acts that, found by phrases in a sentence that is no question, leave it at most
            near.
        unasked: so much more is wanted of what has not the form of a question; None: it only comes
            near, however like it is.
        unlike: below this score words are not the act, however badly they were heard.
        near: from this score on a sentence comes near to the act.
        sure: from this score on it is the act.
        weights: of runs of units joined by a space; ``^`` and ``$`` are the ends.
        found: how the numbers were found.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    part: Literal["any", "closing"] = "any"
    yields_to: tuple[str, ...] = ()
    unasked: float | None = 0.0
    bias: float
    unlike: float | None = None
    near: float | None = None
    sure: float
    weights: Mapping[str, float]
    found: str = Field(min_length=10)

    def score(self, units: Sequence[str]) -> float:
        """How much a sentence is like the act: log-odds among the lines it was learned from.

        Example:
            >>> act = LearnedAct(bias=-2, sure=0, weights={"hold": 4}, found="by an example")
            >>> act.score(["please", "hold", "the", "line"]) > act.score(["your", "bill", "is"])
            True
        """
        return self.likest(units)[0]

    def likest(self, units: Sequence[str]) -> tuple[float, int, int]:
        """The score of the likest stretch and which units it is, ``[first, last)``."""
        if len(units) < LEAST_UNITS:
            return -math.inf, 0, len(units)
        return max(
            (self._score(units[first:last]), first, last) for first, last in stretches(len(units))
        )

    def judged(
        self, score: float, asked: bool, known: Container[str] = ()
    ) -> Literal["is", "near", "no"]:
        """Whether a sentence with this score is the act, or only comes near to it.

        Args:
            score: see `likest`.
            asked: the sentence has the form of a question.
            known: the acts that phrases have found in it.
        """
        if not asked and any(kind in known for kind in self.yields_to):
            return "near" if score >= self.sure + AGAINST_PHRASES else "no"
        more = 0.0 if asked else math.inf if self.unasked is None else self.unasked
        if score >= self.sure + more:
            return "is"
        return "near" if self.near is not None and score >= self.near else "no"

    def excludes(self, units: Sequence[str]) -> bool:
        """Whether these words, also badly heard ones, cannot be the act."""
        if self.unlike is None or len(units) < LEAST_UNITS:
            return False
        return self.score(units) < self.unlike

    def _score(self, units: Sequence[str]) -> float:
        found = runs(units)
        return self.bias + sum(self.weights.get(run, 0.0) for run in found) / math.sqrt(len(found))


def units_of(tokens: Sequence[Token]) -> tuple[str, ...]:
    """What is weighed: words, in Mandarin syllables folded over what is confused."""
    return tuple(sound(token.text) for token in tokens)


def stretches(units: int) -> Iterator[tuple[int, int]]:
    """So many units as one stretch ``[first, last)``, or many as overlapping ones.

    Example:
        >>> list(stretches(18)), list(stretches(20))
        ([(0, 18)], [(0, 14), (4, 18), (8, 20)])
    """
    if units <= LONG:
        yield 0, units
        return
    for first in range(0, units - STRETCH + STEP, STEP):
        yield first, min(units, first + STRETCH)


def runs(units: Sequence[str]) -> frozenset[str]:
    """All runs of up to three units, the ends included.

    Example:
        >>> sorted(runs(["hold", "on"]))
        ['^ hold', '^ hold on', 'hold', 'hold on', 'hold on $', 'on', 'on $']
    """
    ends = ("^", *units, "$")
    return frozenset(
        " ".join(ends[at : at + size])
        for size in range(1, LONGEST_RUN + 1)
        for at in range(len(ends) - size + 1)
    ) - {"^", "$"}


@lru_cache(maxsize=8)
def read_learned(folder: Path) -> Mapping[str, LearnedAct]:
    """The learned acts of one language's folder, by kind; empty where there are none.

    Raises:
        RubricError: the file is not valid.
    """
    file = folder / FILE
    if not file.is_file():
        return {}
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return {kind: LearnedAct.model_validate(entry) for kind, entry in content.items()}
    except (OSError, ValueError, AttributeError) as error:
        place = error.errors()[0] if isinstance(error, ValidationError) else error
        raise RubricError(
            f"{file} is not valid: {place}.", "Make it with 'python -m benchmarks.learned_acts'."
        ) from error
