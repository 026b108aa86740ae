"""What was heard of words, voices and the line, in rows of (what, figure, detail)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from qa_pipeline.criteria.base import clock
from qa_pipeline.measure.line import TOLERANCE_MS
from qa_pipeline.measure.line_figures import (
    CountFigures,
    HangupFigures,
    HoldFigures,
    RingFigures,
)
from qa_pipeline.measure.numbers import decimal, percent
from qa_pipeline.measure.ratio import Ratio
from qa_pipeline.measure.report import Section
from qa_pipeline.measure.voices import VoiceFigures
from qa_pipeline.measure.words import WordErrors

Row = tuple[str, str, str]
NAMED = 4  # of the calls in which something is off
_UNITS = {"word": ("Words (WER)", "words"), "character": ("Characters (CER)", "characters")}


def heard_rows(section: Section) -> list[Row]:
    """A row for everything that the labels know about."""
    rows = [_words(own) for own in section.words]
    for name, voices in (("mono", section.mono), ("stereo", section.stereo)):
        rows += _voices(name, voices) if voices else []
    rows += _rings(section.rings) if section.rings else []
    rows += _holds(section.holds) if section.holds else []
    rows += _hangups(section.hangups) if section.hangups else []
    rows += [_counted("Names, count", section.names)] if section.names else []
    return rows


def _words(own: WordErrors) -> Row:
    name, units = _UNITS[own.unit]
    return (
        name,
        f"{percent(own.rate)} %",
        f"of {own.reference} {units}: {own.substitutions} other, {own.deletions} missing, "
        f"{own.insertions} added; {percent(own.rate_by_voice)} % counting the wrong party's",
    )


def _voices(layout: str, own: VoiceFigures) -> Iterator[Row]:
    errors, speech = own.diarization, own.diarization.speech_ms
    parts = [
        percent(part / speech if speech else None)
        for part in (errors.missed_ms, errors.false_alarm_ms, errors.confusion_ms)
    ]
    yield (
        f"Voices, {layout} (DER)",
        f"{percent(errors.rate)} %",
        f"missed {parts[0]}, false alarm {parts[1]}, confused {parts[2]}; "
        f"{percent(own.strict.rate)} % without the collar of 0.25 s",
    )
    swapped = f"; swapped: {_some(own.swapped)}" if own.swapped else ""
    yield (
        f"Roles, {layout}",
        f"{percent(own.role_accuracy.value)} %",
        f"of speech time at the right party, {percent(own.role_confusion.value)} % at the wrong "
        f"one, {percent(own.role_of_told.value)} % right of what is told; of speech alone, with a "
        f"collar of 0.25 s, {percent(own.role_accuracy_alone.value)} % and "
        f"{percent(own.role_of_told_alone.value)} %{swapped}",
    )


def _rings(own: RingFigures) -> Iterator[Row]:
    if own.counts.exact.total:
        yield _counted("Rings, count", own.counts)
    if own.music.total:
        yield "Music as ringback", _of(own.music), "heard as music"
    if own.false_calls.total:
        yield "Ringing, false", _of(own.false_calls), "calls without any"


def _counted(name: str, own: CountFigures) -> Row:
    detail = f"exact ({percent(own.exact.value)} %)"
    if own.mean_absolute_error:
        detail += f"; off by {decimal(own.mean_absolute_error)} on average"
    if own.untold:
        detail += f"; {own.untold} not told"
    off = [f"{c.file} {'?' if c.heard is None else c.heard} for {c.label}" for c in own.off]
    return name, _of(own.exact), detail + (f": {_some(off)}" if off else "")


def _holds(own: HoldFigures) -> Iterator[Row]:
    detail = f"with both ends within {TOLERANCE_MS / 1000:g} s; {own.found.hits} found"
    if own.median_start_error_ms is not None and own.median_end_error_ms is not None:
        detail += (
            f", start off by {own.median_start_error_ms:.0f} ms, end by "
            f"{own.median_end_error_ms:.0f} ms (median)"
        )
    off = [f"{m.file} {clock(m.start_ms)}" for m in own.off]
    yield "Holds", _of(own.hits), detail + (f"; not: {_some(off)}" if off else "")
    if own.false_holds:
        where = [f"{file} {clock(start_ms)}" for file, start_ms, _ in own.false_at]
        yield "Holds, false", str(own.false_holds), f"in {own.calls} calls: {_some(where)}"


def _hangups(own: HangupFigures) -> Iterator[Row]:
    yield (
        "Who hung up",
        _of(own.right),
        f"({percent(own.right.value)} %); of those told {_of(own.right_of_told)}",
    )
    if own.timed:
        yield (
            "When",
            _of(own.within_tolerance),
            f"within {TOLERANCE_MS / 1000:g} s, off by {own.median_error_ms:.0f} ms (median)",
        )


def _of(share: Ratio) -> str:
    return f"{share.hits} of {share.total}"


def _some(names: Iterable[str]) -> str:
    every = list(names)
    more = f" and {len(every) - NAMED} more" if len(every) > NAMED else ""
    return ", ".join(every[:NAMED]) + more
