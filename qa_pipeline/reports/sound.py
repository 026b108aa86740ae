"""How much of each call's sound a page carries, so that it stays a page."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from qa_pipeline.domain.evaluation import Evaluation, Outcome
from qa_pipeline.domain.recording import Audio, Layout
from qa_pipeline.domain.spans import Span, merge, total_ms
from qa_pipeline.domain.stored import ScoredCall, StoredCall
from qa_pipeline.errors import CallError, GoneError
from qa_pipeline.reports.audio import FORMATS, encode
from qa_pipeline.reports.files import safe_name, write_bytes
from qa_pipeline.reports.source import AudioAccess

Extent = Literal["call", "evidence", "attention"]

BIT_RATE = 16_000  # MP3 at 8 kHz: telephone speech stays clear, a minute is 120 kB
RATE_HZ = 8_000
PAD_MS = 1_000  # around evidence, so that a listener finds their way in
LONGEST_MS = 15_000  # of one piece of evidence, where a page cannot hold whole calls
PAGE_BYTES = 24_000_000  # of sound in one page; browsers open such a page within seconds


@dataclass(frozen=True, slots=True)
class Sound:
    """A call's sound as a page holds it.

    `segments` map its time to the call's: (start and end in the call, start in the file), ms.
    Either `data` (base64) or `link` (relative) is there; if neither is, `problem` says why.
    """

    segments: tuple[tuple[int, int, int], ...] = ()
    mime: str = ""
    data: str = ""
    link: str = ""
    problem: str = ""


def extent_for(calls: Iterable[ScoredCall], budget_bytes: int = PAGE_BYTES) -> Extent:
    """Whole calls if a page can hold them, else all evidence, else that of fails and unknowns."""
    members = list(calls)
    per_ms = BIT_RATE / 8 / 1000
    if sum(call.duration_ms for call in members) * per_ms <= budget_bytes:
        return "call"
    evidence = sum(total_ms(_spans(c.evaluation, c.duration_ms, "evidence")) for c in members)
    return "evidence" if evidence * per_ms <= budget_bytes else "attention"


def _spans(evaluation: Evaluation, duration_ms: int, extent: Extent) -> tuple[Span, ...]:
    if extent == "call":
        return (Span(0, duration_ms),)
    wanted = (Outcome.FAIL, Outcome.UNDETERMINED) if extent == "attention" else tuple(Outcome)
    spans = []
    for verdict in evaluation.verdicts:
        if verdict.outcome not in wanted:
            continue
        for item in verdict.evidence:
            start = min(max(0, item.start_ms), duration_ms)
            end = min(max(start, item.end_ms), duration_ms, start + LONGEST_MS)
            spans.append(Span(start, end).padded(PAD_MS, duration_ms))
    return merge(spans)


def sound_of(
    stored: StoredCall,
    access: AudioAccess | None,
    extent: Extent = "call",
    link_dir: Path | None = None,
) -> Sound:
    """The call's sound, or the reason why there is none; never raises for one call's audio.

    Args:
        stored: the call.
        access: how to decode and cut; None leaves sound out.
        extent: how much of it.
        link_dir: write it as a file into this folder and link it, instead of embedding it.

    Raises:
        SetupError: `link_dir` cannot be written.
    """
    if access is None or stored.conversation.layout is Layout.TEXT:
        return Sound()
    path = Path(stored.recording.path)
    try:
        audio = access.decode(stored.recording)
        spans = [
            span
            for span in _spans(stored.evaluation, audio.duration_ms, extent)
            if span.duration_ms > 0
        ]
        if not spans:
            return Sound()
        pieces = [access.cut(audio, span) for span in spans]
        joined = np.concatenate([piece.mono() for piece in pieces])[np.newaxis, :]
        data = encode(Audio(joined, audio.sample_rate_hz), "mp3", BIT_RATE, RATE_HZ)
    except GoneError:
        return Sound(problem=f"{path.name} is no longer where it was when it was scored.")
    except (CallError, OSError, ValueError) as error:
        return Sound(problem=f"{path.name} cannot be played: {error}")
    segments, at = [], 0
    for span in spans:
        segments.append((span.start_ms, span.end_ms, at))
        at += span.duration_ms
    mime = FORMATS["mp3"].mime
    if link_dir is None:
        return Sound(tuple(segments), mime, data=base64.b64encode(data).decode("ascii"))
    name = f"{safe_name(stored.recording.call_id)}.mp3"
    write_bytes(link_dir / name, data)
    return Sound(tuple(segments), mime, link=f"{link_dir.name}/{name}")
