"""Example clips of one criterion: cut audio with captions, and an index to listen by."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from qa_pipeline.domain.evaluation import Outcome, Verdict
from qa_pipeline.domain.recording import Layout
from qa_pipeline.domain.spans import Span, merge
from qa_pipeline.domain.stored import CallFilter, ScoredCall, StoredCall
from qa_pipeline.errors import CallError, GoneError, UsageError
from qa_pipeline.reports.audio import Format, encode
from qa_pipeline.reports.captions import Cue, cues, to_vtt
from qa_pipeline.reports.files import atomic, cell, printable, safe_name, write_bytes
from qa_pipeline.reports.scorecards import ScorecardOptions, render
from qa_pipeline.reports.source import AudioAccess, CallSource, narrowed, titles

GAP_MS = 8_000  # evidence no farther apart than this is one clip: the talk between explains it
LONGEST_MS = 60_000  # an example is short; a search of a whole call is cut here
INDEX_COLUMNS = (
    "clip", "captions", "call_id", "file", "agent_id", "agent_name", "criterion", "outcome",
    "confidence", "start_ms", "end_ms", "explanation_en", "explanation_zh", "text",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ClipRequest:
    """Which examples are wanted and in what form.

    `outcome` None takes passes and fails. `pad_ms` is what is kept around the evidence.
    """

    criterion: str
    outcome: Outcome | None = None
    which: CallFilter = field(default_factory=CallFilter)
    form: Format = "mp3"
    bit_rate: int = 48_000
    pad_ms: int = 1_500


@dataclass(frozen=True, slots=True)
class Clip:
    """One cut example: file names are relative to the index."""

    file: str
    captions: str
    call: ScoredCall
    verdict: Verdict
    span: Span
    cues: tuple[Cue, ...]


@dataclass(frozen=True, slots=True)
class ClipsWritten:
    """What was made: the index, the clips best first, and what could not be cut and why."""

    index: Path
    clips: tuple[Clip, ...]
    problems: tuple[str, ...]


def write_clips(
    source: CallSource,
    request: ClipRequest,
    out_dir: Path,
    access: AudioAccess,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> ClipsWritten:
    """Cut the examples of a criterion, the surest first.

    Each becomes ``<call id>_<criterion>.mp3`` with captions ``.vtt``; ``index.html`` and
    ``index.csv`` list them. A recording that cannot be read is named in `problems` and in the
    index; the others are cut.

    Args:
        source: the data folder.
        request: what is wanted.
        out_dir: made if it is not there.
        access: how to decode and cut.
        progress: told how many of how many verdicts are done.

    Raises:
        UsageError: no evaluation knows the criterion.
        SetupError: `out_dir` cannot be written.
    """
    wanted, ref = narrowed(source, request.which)
    found = _verdicts(source, request, wanted)
    clips: list[Clip] = []
    problems: list[str] = []
    for number, (call, verdict) in enumerate(found, start=1):
        stored = source.stored_call(call.call_id, wanted.rubric_id)
        if stored is not None:
            try:
                clips += _cut(
                    stored, call, verdict, request=request, out_dir=out_dir, access=access
                )
            except (CallError, OSError, ValueError) as error:
                problems.append(f"{printable(call.file)}: {error}")
        if progress is not None:
            progress(number, len(found))
    index = out_dir / "index.html"
    title = titles(source, ref).of(request.criterion)
    context = {
        "clips": clips,
        "problems": problems,
        "title": title,
        "outcome": request.outcome,
        "options": ScorecardOptions(audio="link"),
        "rubric": ref,
        "rubric_title": None,
    }
    render(index, "clips.html.j2", context)
    _write_csv(out_dir / "index.csv", clips)
    return ClipsWritten(index, tuple(clips), tuple(problems))


def _verdicts(
    source: CallSource, request: ClipRequest, wanted: CallFilter
) -> list[tuple[ScoredCall, Verdict]]:
    outcomes = (request.outcome,) if request.outcome else (Outcome.PASS, Outcome.FAIL)
    found: list[tuple[ScoredCall, Verdict]] = []
    known: dict[str, None] = {}
    for call in source.scored_calls(wanted):
        known |= dict.fromkeys(v.criterion for v in call.evaluation.verdicts)
        verdict = call.evaluation.verdict(request.criterion)
        if verdict is not None and verdict.outcome in outcomes and verdict.evidence:
            found.append((call, verdict))
    if known and request.criterion not in known:
        raise UsageError(
            f"No call was judged on a criterion '{request.criterion}'.",
            f"Use one of: {', '.join(known)}.",
        )
    return sorted(found, key=lambda pair: (-pair[1].confidence, pair[0].file, pair[0].call_id))


def _spans(verdict: Verdict, duration_ms: int, pad_ms: int) -> list[Span]:
    inside = [
        Span(min(max(0, e.start_ms), duration_ms), min(max(0, e.start_ms, e.end_ms), duration_ms))
        for e in verdict.evidence
    ]
    padded = [span.padded(pad_ms, duration_ms) for span in merge(inside, GAP_MS)]
    short = [Span(s.start_ms, min(s.end_ms, s.start_ms + LONGEST_MS)) for s in merge(padded)]
    return [span for span in short if span.duration_ms > 0]


def _cut(
    stored: StoredCall,
    call: ScoredCall,
    verdict: Verdict,
    *,
    request: ClipRequest,
    out_dir: Path,
    access: AudioAccess,
) -> list[Clip]:
    if stored.conversation.layout is Layout.TEXT:
        raise ValueError("it was transcribed elsewhere, so there is no audio to cut.")
    try:
        audio = access.decode(stored.recording)
    except GoneError as error:
        raise ValueError(
            "the recording is no longer where it was when it was scored "
            f"({printable(stored.recording.path)}). Put it back, or run its folder again."
        ) from error
    clips = []
    for number, span in enumerate(_spans(verdict, audio.duration_ms, request.pad_ms), start=1):
        more = f"_{number}" if number > 1 else ""
        name = f"{safe_name(call.call_id)}_{safe_name(request.criterion)}{more}"
        said = cues(stored.conversation, span)
        data = encode(access.cut(audio, span), request.form, request.bit_rate)
        clip = Clip(f"{name}.{request.form}", f"{name}.vtt", call, verdict, span, said)
        write_bytes(out_dir / clip.file, data)
        with atomic(out_dir / clip.captions) as file:
            file.write(to_vtt(said, stored.conversation.language))
        clips.append(clip)
    return clips


def _write_csv(path: Path, clips: list[Clip]) -> None:
    with atomic(path, "utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(INDEX_COLUMNS)
        for clip in clips:
            row = (
                clip.file,
                clip.captions,
                clip.call.call_id,
                clip.call.file,
                clip.call.agent.id,
                clip.call.agent.name,
                clip.verdict.criterion,
                clip.verdict.outcome.value,
                round(clip.verdict.confidence, 4),
                clip.span.start_ms,
                clip.span.end_ms,
                clip.verdict.explanation.en,
                clip.verdict.explanation.zh,
                " / ".join(cue.text for cue in clip.cues),
            )
            writer.writerow([cell(value) for value in row])
