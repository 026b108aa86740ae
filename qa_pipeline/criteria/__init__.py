"""Kinds of rules, one per file; every module here is imported and its `Check` registered."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from functools import cache
from typing import Any

from qa_pipeline.criteria.base import Check
from qa_pipeline.errors import RubricError


@cache
def kinds() -> dict[str, Check[Any]]:
    """Every kind of rule by its name."""
    found: dict[str, Check[Any]] = {}
    for module_info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{module_info.name}")
        for _, member in inspect.getmembers(module, inspect.isclass):
            if (
                issubclass(member, Check)
                and not inspect.isabstract(member)
                and member.__module__ == module.__name__
            ):
                found[member.kind] = member()
    return found


def kind(name: str) -> Check[Any]:
    """The kind called `name`.

    Raises:
        RubricError: there is none; the message lists those there are.
    """
    try:
        return kinds()[name]
    except KeyError:
        known = ", ".join(sorted(kinds()))
        raise RubricError(
            f"There is no kind of criterion called '{name}'.", f"Use one of: {known}."
        ) from None
