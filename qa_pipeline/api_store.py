"""What the store commands do: one store copied into another, of either kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from qa_pipeline.config import Settings
from qa_pipeline.errors import UsageError
from qa_pipeline.store import Store, open_store
from qa_pipeline.store.copying import copy_store


def copy(
    source: str | None,
    target: str | None,
    settings: Settings,
    on_product: Callable[[int], None] = lambda _: None,
) -> dict[str, int]:
    """Copy all results, products and people's answers.

    Args:
        source: a data folder or a URL; None: the store of the settings.
        target: a data folder or a URL, without results; None: the store of the settings, so that
            a password can stay in the environment.
        settings: name the store left out.
        on_product: told the number of products copied so far.

    Returns:
        The number of rows by table.

    Raises:
        UsageError: neither is named.
        StoreError: the source has no results or is being written to, the target has some, or one
            of them cannot be used.
    """
    if source is None and target is None:
        raise UsageError(
            "Only one store is known: nothing can be copied.",
            "Name the one to copy from (--from DIR) or the one to copy to (--to URL).",
        )
    with _opened(source, settings, create=False) as old, _opened(target, settings) as new:
        return copy_store(old, new, on_product)


def _opened(place: str | None, settings: Settings, create: bool = True) -> Store:
    if place is None:
        return open_store(settings.data_dir, create, settings.store)
    if "://" in place:
        return open_store(settings.data_dir, create, place)
    return open_store(Path(place), create)
