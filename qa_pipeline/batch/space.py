"""Room on the disk that results go to."""

from __future__ import annotations

import shutil
from pathlib import Path

from qa_pipeline.errors import StoreError

_MB = 1_000_000


def free_mb(folder: Path) -> int | None:
    """Free megabytes where `folder` lies (or will lie); None if that cannot be told."""
    place = folder.absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    try:
        return shutil.disk_usage(place).free // _MB
    except OSError:
        return None


def require_space(folder: Path, least_mb: int) -> None:
    """Refuse to go on when too little is free.

    Raises:
        StoreError: less than `least_mb` is free.
    """
    free = free_mb(folder)
    if free is not None and free < least_mb:
        raise StoreError(
            f"Only {free} MB are free for the data folder {folder}; a run keeps "
            f"{least_mb} MB free (min_free_mb).",
            "Free some space, or choose another folder with --data. What was done is kept; the "
            "same command goes on.",
        )
