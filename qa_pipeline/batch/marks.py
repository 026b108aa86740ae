"""Of what a result was made, in one word: so that what is known already is passed over quickly."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from qa_pipeline import __version__, pipeline
from qa_pipeline.config import Settings
from qa_pipeline.metadata import Source
from qa_pipeline.metadata.loading import sidecars_of
from qa_pipeline.pipeline import Kit

_DIGITS = 24

# Settings that say where and how a run goes on, and never what comes of a call.
_NO_INFLUENCE = frozenset(
    {
        "data_dir",
        "models_dir",
        "store",
        "threads",
        "executor",
        "workers",
        "max_memory_mb",
        "limit_factor",
        "limit_base_s",
        "tries",
        "backoff_s",
        "settle_s",
        "min_free_mb",
        "ray_address",
        "gpus_per_worker",
        "storage_options",
    }
)


def influences(settings: Settings) -> dict[str, object]:
    """The settings that may change what comes of a call; new ones count until they are named."""
    kept = settings.model_dump(mode="json")
    return {name: value for name, value in sorted(kept.items()) if name not in _NO_INFLUENCE}


def kit_mark(kit: Kit, kind: str) -> str:
    """Everything but the recording on which results depend: code, engines, rubrics, settings.

    Args:
        kit: of the run.
        kind: audio or turns: what was transcribed elsewhere asks no engine that listens.
    """
    rubrics = [rubric.fingerprint for rubric in kit.rubrics.all]
    versions = pipeline.versions_of(kit, heard=kind == "audio")
    return _mark([__version__, *versions, *rubrics, influences(kit.settings)])


def source_mark(source: Source) -> str:
    """What stands beside a recording: its sidecars by size and time, its manifest rows."""
    beside: list[object] = [source.file, [repr(row) for row in source.manifest_rows]]
    if source.url is None:
        beside += [_state(path) for path in sidecars_of(source.path)]
    else:
        beside += [source.identity, *(repr(file) for file in source.sidecars)]
    return _mark(beside)


def result_mark(kit: str, source: str) -> str:
    """Of what the result of a recording is made, besides its content."""
    return _mark([kit, source])


def _state(path: Path) -> str:
    try:
        state = path.stat()
    except OSError:
        return f"{path.name} gone"
    return f"{path.name} {state.st_size} {state.st_mtime_ns}"


def _mark(parts: Iterable[object]) -> str:
    text = "\x1f".join(str(part) for part in parts)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:_DIGITS]
