"""Draws that depend on nothing but names: the same call comes out whatever is drawn beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T", bound=Hashable)
V = TypeVar("V")


def source(*names: str | int) -> np.random.Generator:
    """A source of draws of its own for these names.

    Example:
        >>> source("tuning", 1).integers(100) == source("tuning", 1).integers(100)
        np.True_
    """
    digest = hashlib.sha256("|".join(map(str, names)).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def choose(random: np.random.Generator, weights: Mapping[T, float]) -> T:
    """One key, as often as its weight says; weights need not sum to one."""
    keys = list(weights)
    shares = np.array([weights[key] for key in keys])
    return keys[int(random.choice(len(keys), p=shares / shares.sum()))]


def between(random: np.random.Generator, bounds: tuple[float, float], digits: int = 1) -> float:
    """A number of that range, rounded."""
    return round(float(random.uniform(*bounds)), digits)


def happens(random: np.random.Generator, share: float) -> bool:
    """Yes in that share of draws."""
    return bool(random.random() < share)


def dealt(options: Sequence[V], place: int, *names: str | int) -> V:
    """The card at `place` when `options` are dealt again and again, shuffled anew each time.

    So every block of ``len(options)`` places holds each option once.
    """
    block, card = divmod(place, len(options))
    order = source(*names, "block", block).permutation(len(options))
    return options[int(order[card])]
