"""What is known about one call, merged in the order of trust."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from qa_pipeline.config import Settings
from qa_pipeline.domain.printable import printable
from qa_pipeline.domain.recording import CallMetadata
from qa_pipeline.errors import MetadataError, SetupError
from qa_pipeline.metadata.discovery import Source, sidecar_names
from qa_pipeline.metadata.fields import FIELD_NAMES, Layer, read_layer
from qa_pipeline.metadata.json_files import read_json_object
from qa_pipeline.metadata.turns import read_turns_metadata

_LARGEST_SIDECAR_BYTES = 4_000_000


def load_metadata(source: Source, settings: Settings) -> tuple[CallMetadata, tuple[str, ...]]:
    """Merges what the sidecar (or the turns file), the manifest and the file name say.

    A field comes from the most trusted source that knows it: a sidecar ``<name>.<ext>.json``,
    then ``<stem>.json``; manifest rows, the nearest manifest first; the file name, by the pattern
    in the settings. For a turns file its own ``metadata`` takes the sidecar's place. An agent's
    name that is still missing is looked up in the settings' agents by id.

    Returns:
        The metadata, with the source of each field, and notes for a person: sources that
        disagree, a file name that does not match the pattern.

    Raises:
        MetadataError: a source cannot be read, or a field in it is wrong.
        SetupError: the pattern in the settings is not a regular expression.

    Example:
        >>> load_metadata(Source(Path("a.wav"), "a.wav", "audio"), Settings())[0].agent_id
    """
    if source.problem is not None:
        raise source.problem
    layers = (
        [read_layer(read_turns_metadata(source.path), "turns", printable(source.path.name))]
        if source.kind == "turns"
        else [_sidecar(path) for path in sidecars_of(source.path)]
    )
    layers += _manifest_layers(source)
    notes: list[str] = []
    if settings.file_name_pattern is not None:
        layer, note = _file_name_layer(source, settings)
        layers += [layer] if layer is not None else []
        notes += [note] if note is not None else []
    return _merged(layers, settings, notes)


def sidecars_of(path: Path) -> list[Path]:
    """The sidecar files beside a recording, the more specific one first."""
    return [c for c in map(path.with_name, sidecar_names(path.name)) if _is_file(c)]


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # such as a name that is too long with .json behind it
        return False


def _sidecar(path: Path) -> Layer:
    name = printable(path.name)
    content = read_json_object(path, _LARGEST_SIDECAR_BYTES)
    return read_layer(content, "sidecar", name)


def _manifest_layers(source: Source) -> list[Layer]:
    """One layer per row; rows of one manifest must not contradict each other."""
    layers: list[Layer] = []
    for row in source.manifest_rows:
        if row.problem is not None:
            raise MetadataError(
                f"{row.where}: {row.problem}.",
                "Put cells that contain the delimiter in quotation marks.",
            )
        layer = read_layer(row.values, "manifest", row.where)
        for other, earlier in zip(source.manifest_rows, layers, strict=False):
            if other.manifest == row.manifest:
                _refuse_contradiction(earlier, layer)
        layers.append(layer)
    return layers


def _refuse_contradiction(first: Layer, second: Layer) -> None:
    for name, value in second.known.items():
        if name in first.known and first.known[name] != value:
            raise MetadataError(
                f"{first.where} and {second.where.rpartition(', ')[2]} contradict each other in "
                f"{name}: {_shown(first.known[name])} and {_shown(value)}.",
                "Keep one row per recording.",
            )


@lru_cache(maxsize=8)
def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise SetupError(
            f"file_name_pattern is not a regular expression: {error}.",
            "Correct it in the configuration; fields are named groups such as (?P<agent_id>\\d+).",
        ) from error


def _file_name_layer(source: Source, settings: Settings) -> tuple[Layer | None, str | None]:
    """What the name says. The pattern must fit the whole stem, name, or path as given."""
    pattern = _compiled(settings.file_name_pattern or "")
    name = source.path.name
    stem = name[: -len(".turns.json")] if source.kind == "turns" else source.path.stem
    found = next(
        (
            m
            for text in (stem, name, Path(source.file).as_posix())
            if (m := pattern.fullmatch(text))
        ),
        None,
    )
    if found is None:
        return None, "the file name does not fit file_name_pattern: it tells nothing"
    raw: dict[str, Any] = {key: value for key, value in found.groupdict().items() if value}
    where = f"the file name {printable(name)}"
    if "started_at" in raw:
        try:
            raw["started_at"] = datetime.strptime(raw["started_at"], settings.file_name_time_format)
        except ValueError as error:
            raise MetadataError(
                f"{where}: started_at is {printable(raw['started_at'])!r}, which does not fit "
                f"{settings.file_name_time_format!r}.",
                "Correct the name, or file_name_time_format in the configuration.",
            ) from error
    return read_layer(raw, "file_name", where), None


def _merged(
    layers: list[Layer], settings: Settings, notes: list[str]
) -> tuple[CallMetadata, tuple[str, ...]]:
    fields: dict[str, Any] = {}
    sources: dict[str, str] = {}
    said_by: dict[str, Layer] = {}
    extra: dict[str, Any] = {}
    for layer in layers:
        notes.extend(layer.notes)
        extra = {**layer.extra, **extra}
        for name in FIELD_NAMES:
            value = layer.known.get(name)
            if value is None:
                continue
            if name not in fields:
                fields[name], sources[name], said_by[name] = value, layer.source, layer
            elif fields[name] != value:
                notes.append(
                    f"{name}: {said_by[name].where} says {_shown(fields[name])}, {layer.where} "
                    f"says {_shown(value)}; the first is taken"
                )
    roster_name = _roster_name(fields.get("agent_id"), settings)
    if "agent_name" not in fields and roster_name:
        fields["agent_name"], sources["agent_name"] = roster_name, "configuration"
    return CallMetadata(**fields, extra=extra, sources=sources), tuple(dict.fromkeys(notes))


def _roster_name(agent_id: str | None, settings: Settings) -> str | None:
    if agent_id is None:
        return None
    if agent_id in settings.agents:
        return settings.agents[agent_id]
    folded = {key.casefold(): name for key, name in settings.agents.items()}
    return folded.get(agent_id.casefold())


def _shown(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else printable(str(value))
