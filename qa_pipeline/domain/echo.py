"""Where the same thing is said again, by its sound."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Echo:
    """A stretch ``[at_ms, to_ms)`` that sounds like the model ``[start_ms, end_ms)``.

    Both are of one channel, the model is a word or two that were read clearly. `distance` is how
    far the sounds are apart, as a share of what the nearest tenth of all other stretches is: two
    sayings of one word mostly come to 0.3 to 0.9, two words seldom below 0.75.
    """

    start_ms: int
    end_ms: int
    at_ms: int
    to_ms: int
    distance: float
