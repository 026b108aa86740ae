"""Kept calls under other rubrics: scored again, or only compared."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from qa_pipeline import api, api_rubric
from qa_pipeline.comparing import Comparison, compare
from qa_pipeline.config import Settings
from qa_pipeline.criteria.rubric_file import find_rubric
from qa_pipeline.domain.rubric import Rubric
from qa_pipeline.domain.stored import CallFilter
from qa_pipeline.errors import UsageError
from qa_pipeline.ports import Engines
from qa_pipeline.rescoring import Rescored, rescore
from qa_pipeline.store import Store, open_store


@dataclass(frozen=True, slots=True)
class RescoreSummary:
    """What was scored again. `left` are calls that could not be, with why."""

    calls: int
    added: int
    remade: int
    left: tuple[Rescored, ...]
    elapsed_s: float

    @property
    def calls_per_second(self) -> float:
        """How fast it went."""
        return self.calls / max(self.elapsed_s, 1e-6)


def rescored(
    settings: Settings,
    which: CallFilter | None = None,
    on_call: Callable[[Rescored], None] = lambda _: None,
    engines: Engines | None = None,
) -> RescoreSummary:
    """Judge the kept calls by the rubrics of the settings, without any audio.

    Args:
        settings: name the data folder and the rubrics.
        which: the calls wanted.
        on_call: told of each call.
        engines: instead of those the settings name (for tests and benchmarks).

    Raises:
        SetupError: there are no results, or a rubric is not valid.
    """
    api.open_data(settings).close()  # says so if there is nothing
    counts: Counter[str] = Counter()
    left: list[Rescored] = []

    def note(call: Rescored) -> None:
        counts.update(calls=1, added=call.added, remade=int(call.remade))
        if call.left:
            left.append(call)
        on_call(call)

    with open_store(settings.data_dir, url=settings.store) as store:
        kit = api.build_kit(settings, store, engines)
        started = time.monotonic()
        rescore(store, kit, which, note)
        elapsed_s = time.monotonic() - started
    return RescoreSummary(
        counts["calls"], counts["added"], counts["remade"], tuple(left), elapsed_s
    )


def compared(first: str, second: str, settings: Settings) -> Comparison:
    """Judge the kept calls by two rubrics; nothing is stored.

    Args:
        first: a rubric's file or id, or ``ID@VERSION`` of one that the data folder has kept.
        second: the other one.
        settings: name the data folder.

    Raises:
        UsageError: there is no such rubric.
        SetupError: there are no results, or a rubric is not valid.
    """
    with api.open_data(settings) as store:
        before, after = (_rubric(name, settings, store) for name in (first, second))
        return compare(store.calls(), before, after, api.calibration())


def _rubric(name: str, settings: Settings, store: Store) -> Rubric:
    wanted, at, version = name.rpartition("@")
    if not at or find_rubric(name) is not None:
        return api_rubric.load(name, settings)
    kept = {rubric.version: rubric for rubric in store.rubrics(wanted)}
    if version not in kept:
        raise UsageError(
            f"The data folder has no version '{version}' of a rubric '{wanted}'.",
            f"It has: {', '.join(sorted(kept)) or 'none'}.",
        )
    return kept[version]
