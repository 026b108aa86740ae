"""What engines check before they load anything heavy."""

from __future__ import annotations

import hashlib
import importlib.util
import os
from functools import lru_cache
from pathlib import Path

from qa_pipeline.errors import ModelError, SetupError


def need_package(module: str, distribution: str) -> None:
    """Makes sure that `module` can be found, without importing it.

    Raises:
        SetupError: it is not installed; names the distribution to install.
    """
    if importlib.util.find_spec(module) is None:
        raise SetupError(
            f"The package {distribution} is not installed.",
            f"Install it with 'pip install {distribution}', or reinstall qa-pipeline.",
        )


def need_files(folder: Path, *names: str) -> None:
    """Makes sure that a model's folder holds the files an engine reads.

    Raises:
        ModelError: one is missing.
    """
    for name in names:
        if not (folder / name).is_file():
            raise ModelError(
                f"The model folder {folder} has no {name}.",
                "Give a folder with a whole model, or run 'qa-pipeline models fetch'.",
            )


def content_id(path: Path) -> str:
    """The first 12 digits of a file's SHA-256: what an engine's version calls its weights.

    Raises:
        ModelError: the file cannot be read.
    """
    try:
        status = path.stat()
        return _hash(path, status.st_size, status.st_mtime_ns)[:12]
    except OSError as error:
        raise ModelError(
            f"{path} cannot be read: {error.strerror}.", "Check the file's permissions."
        ) from error


@lru_cache(maxsize=32)
def _hash(path: Path, size_bytes: int, changed_ns: int) -> str:
    """Size and time of change are part of the key, so that a replaced file is hashed again."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def thread_count(threads: int) -> int:
    """Processor threads to use: `threads`, or all that this process may use if it is 0."""
    if threads > 0:
        return threads
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
    return max(1, available or os.cpu_count() or 1)
