"""`*.turns.json`: a conversation transcribed elsewhere, read and written."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.printable import printable
from qa_pipeline.domain.recording import CallMetadata, ChannelRoles, Layout, Recording
from qa_pipeline.domain.timeline import Event, LineState
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.errors import MetadataError
from qa_pipeline.metadata.fields import FIELD_NAMES, read_layer
from qa_pipeline.metadata.json_files import read_json_object
from qa_pipeline.metadata.turns_schema import EVENTS, LINES, TurnOut, TurnsFile, WordOut

_LARGEST_BYTES = 64_000_000
_CJK = re.compile(r"[\u3400-\u9fff]")
_SOURCE = "qa_pipeline"


@dataclass(frozen=True, slots=True)
class TextCall:
    """A call known by its words.

    `events` and `lines` are what the file says of the sound (none in plain transcripts).
    `language` is the file's, else the metadata's, else guessed by script. Confidences are 1.0
    unless the file, written from a scored call, knows better.
    """

    recording: Recording
    turns: tuple[Turn, ...]
    events: tuple[Event, ...]
    lines: tuple[LineState, ...]
    language: str
    language_confidence: float = 1.0
    role_confidence: float = 1.0


def read_turns(
    path: Path, file: str | None = None, metadata: CallMetadata | None = None
) -> TextCall:
    """Reads a turns file.

    Args:
        path: the file.
        file: its name as given; None: its plain name.
        metadata: the merged metadata (`load_metadata`); None: the file's own alone.

    Raises:
        MetadataError: not readable, not JSON, or a turn, word or event is wrong (named).

    Example:
        >>> read_turns(Path("x.turns.json")).turns[0].text  # doctest: +SKIP
        'hello this is harper valley national bank'
    """
    content, sha256 = _read(path)
    name = printable(path.name)
    parsed = _parsed(content, name)
    if metadata is None:
        layer = read_layer(_metadata_of(content, name), "turns", name)
        known = dict.fromkeys(layer.known, "turns")
        metadata = CallMetadata(**layer.known, extra=layer.extra, sources=known)
    turns = tuple(sorted((turn.to_turn() for turn in parsed.turns), key=lambda t: t.start_ms))
    ends = [item.end_ms for item in (*turns, *parsed.events)]
    duration_ms = max([parsed.duration_ms or 0, *ends])
    recording = Recording(
        path=printable(str(path)),
        file=printable(file if file is not None else path.name),
        content_sha256=sha256,
        call_id=metadata.call_id or sha256[:16],
        duration_ms=duration_ms,
        sample_rate_hz=0,
        codec="text",
        layout=Layout.TEXT,
        channel_count=0,
        metadata=metadata,
        notes=() if turns else ("the file holds no turns",),
    )
    language = metadata.language or _guessed_language(turns)
    return TextCall(
        recording,
        turns,
        parsed.events,
        parsed.lines,
        language,
        parsed.language_confidence,
        parsed.role_confidence,
    )


def read_turns_metadata(path: Path) -> Mapping[str, Any]:
    """What a turns file says about its call, as raw fields.

    These are its ``metadata`` with ``call_id``, ``language`` and ``source`` from the level above.

    Raises:
        MetadataError: the file cannot be read or its ``metadata`` is no object.
    """
    content, _ = _read(path)
    return _metadata_of(content, printable(path.name))


def write_turns(conversation: Conversation) -> bytes:
    """A scored call as a turns file, from which it can be scored again without audio or models.

    Returns:
        UTF-8 JSON that `read_turns` reads back: turns, words, events, line states, metadata.
    """
    metadata = conversation.metadata
    fields = {
        name: _plain(value)
        for name in FIELD_NAMES
        if name not in {"call_id", "language"} and (value := getattr(metadata, name)) is not None
    }
    extra = {k: v for k, v in _json_safe(metadata.extra).items() if k != "source"}
    content = {
        "call_id": conversation.call_id,
        "source": str(metadata.extra.get("source", _SOURCE)),
        "language": conversation.language,
        "language_confidence": conversation.language_confidence,
        "role_confidence": conversation.role_confidence,
        "duration_ms": conversation.duration_ms,
        "metadata": {**extra, **fields},
        "turns": [_turn_out(turn) for turn in conversation.turns],
        "events": EVENTS.dump_python(conversation.events, mode="json"),
        "lines": LINES.dump_python(conversation.lines, mode="json"),
    }
    try:
        return json.dumps(content, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:  # half of a surrogate pair in a text: escaped, it is still JSON
        return json.dumps(content, ensure_ascii=True, allow_nan=False).encode()


def _read(path: Path) -> tuple[Mapping[str, Any], str]:
    content = read_json_object(path, _LARGEST_BYTES)
    try:
        return content, hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise MetadataError(
            f"{printable(path.name)} cannot be read: {error.strerror}.", "Run again."
        ) from error


def _parsed(content: Mapping[str, Any], name: str) -> TurnsFile:
    try:
        return TurnsFile.model_validate(content)
    except ValidationError as error:
        shown = error.errors()[:3]
        more = f" and {error.error_count() - 3} more" if error.error_count() > 3 else ""
        problems = "; ".join(
            f"{'.'.join(str(part) for part in e['loc']) or 'the file'}: "
            f"{str(e['msg']).removeprefix('Value error, ')}"
            for e in shown
        )
        raise MetadataError(
            f"{name} is not a valid turns file: {printable(problems)}{more}.",
            "See 'Conversations transcribed elsewhere' in the README for the format.",
        ) from error


def _metadata_of(content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    inner = content.get("metadata") or {}
    if not isinstance(inner, dict):
        raise MetadataError(
            f"{name}: metadata is not an object.", "Write it as one, or leave it out."
        )
    outer = {key: content[key] for key in ("call_id", "language", "source") if content.get(key)}
    return {**inner, **outer}


def _guessed_language(turns: tuple[Turn, ...]) -> str:
    text = "".join(turn.text for turn in turns)
    letters = sum(character.isalpha() for character in text)
    return "zh" if letters and len(_CJK.findall(text)) > 0.3 * letters else "en"


def _turn_out(turn: Turn) -> dict[str, Any]:
    words = [
        WordOut(start_ms=w.start_ms, end_ms=w.end_ms, text=w.text, probability=w.probability)
        for w in turn.words
    ]
    out: TurnOut = {
        "role": turn.role.value,
        "start_ms": turn.start_ms,
        "end_ms": turn.end_ms,
        "text": turn.text,
    }
    if words:
        out["words"] = words
    if words or turn.confidence != 1.0:
        out["confidence"] = turn.confidence
    if turn.speaker is not None:
        out["speaker"] = turn.speaker
    return dict(out)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, ChannelRoles):
        return {"agent": value.agent, "customer": value.customer}
    return value


def _json_safe(extra: Mapping[str, Any]) -> Mapping[str, Any]:
    """The extra fields, as text where JSON cannot hold them."""
    kept: dict[str, Any] = {}
    for name, value in extra.items():
        try:
            json.dumps(value, allow_nan=False)
            kept[name] = value
        except (TypeError, ValueError):
            kept[name] = str(value)
    return kept
