"""Short and familiar forms of given names: Kate is a Katherine, Bob a Robert."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from pathlib import Path

_FILE = Path(__file__).resolve().parent / "name_lists" / "en_nicknames.txt"


@cache
def _families() -> dict[str, frozenset[str]]:
    """Every listed name with all names that can be the same person's."""
    found: dict[str, set[str]] = defaultdict(set)
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            names = line.split()
            for name in names:
                found[name].update(names)
    return {name: frozenset(names - {name}) for name, names in found.items()}


def other_forms(given: str) -> frozenset[str]:
    """Other names that the bearer of a lower-case given name may be called by.

    Example:
        >>> "kate" in other_forms("katherine"), "robert" in other_forms("bob"), other_forms("x")
        (True, True, frozenset())
    """
    return _families().get(given, frozenset())
