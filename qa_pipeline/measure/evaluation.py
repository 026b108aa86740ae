"""Stored calls beside their labels: from both to a report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.recording import Layout
from qa_pipeline.domain.stored import Failure, StoredCall
from qa_pipeline.errors import UsageError
from qa_pipeline.measure import line, line_figures, voices, words
from qa_pipeline.measure.agreement import Pair, agreement, pair
from qa_pipeline.measure.labels import CallLabels, Labels
from qa_pipeline.measure.matching import Candidate, Index, settle, why_missing
from qa_pipeline.measure.report import (
    CallFigures,
    Coverage,
    Report,
    Section,
    Split,
    Unmeasured,
    Wrong,
)

ALWAYS_BY = "language"
UNKNOWN = "-"
SPLIT_KEYS = ("language", "layout", "format", "country")


@dataclass(frozen=True, slots=True)
class Measured:
    """One call, compared with its label once; every pooled figure is a sum over these."""

    file: str
    path: str
    call_id: str
    rubric: str
    layout: Layout
    groups: Mapping[str, str]
    pairs: tuple[Pair, ...]
    unasked: tuple[str, ...]
    words: words.WordErrors | None
    voices: voices.VoiceFigures | None
    line: line.LineFacts


def evaluate(
    calls: Iterable[StoredCall],
    labels: Labels,
    *,
    by: Sequence[str] = (),
    failures: Sequence[Failure] = (),
    duplicates: Sequence[tuple[str, str]] = (),
) -> Report:
    """Compare evaluations with labels.

    The machine's verdicts are measured; a person's override is not the machine's. Calls are taken
    one at a time, so that an iterator over a large data folder never stands in memory as a whole.

    Args:
        calls: stored calls, each with the evaluation to measure.
        labels: what people noted.
        by: what to split the figures by besides the language: ``layout``, ``format``, ``country``
            or a key of the labels' conditions.
        failures: recordings that could not be scored, to say why a labelled call is missing.
        duplicates: files left out because their content is known, as (file, the first one).

    Raises:
        UsageError: a name in the labels fits several calls, two names mean the same call, or no
            call has a key in `by`.
    """
    index = Index(labels)
    measured: list[Measured] = []
    candidates: dict[str, list[Candidate]] = {}
    seen: list[tuple[str, str]] = []
    for call in calls:
        recording = call.recording
        seen.append((recording.call_id, recording.file))
        for name, how in index.names_of(recording):
            _refuse_no_outcome(call, name, labels)
            at = len(measured)
            measured.append(measure_call(call, labels.entries[name]))
            candidates.setdefault(name, []).append(
                Candidate(how, recording.call_id, recording.file, at)
            )
    chosen = {name: settle(name, candidates.get(name, ()), labels.source) for name in labels}
    _refuse_two_names(chosen, labels.source)
    found = [measured[one.at] for one in chosen.values() if one is not None]
    found.sort(key=lambda m: (m.file, m.call_id))
    labelled = {one.call_id for one in chosen.values() if one is not None}
    coverage = Coverage(
        labelled=len(labels),
        measured=len(found),
        not_scored=tuple(
            Unmeasured(name, why_missing(name, failures, duplicates))
            for name, one in chosen.items()
            if one is None
        ),
        unlabelled=tuple(sorted(file for call_id, file in seen if call_id not in labelled)),
        unasked=_counted(criterion for m in found for criterion in m.unasked),
        rubrics=tuple(sorted({m.rubric for m in found})),
    )
    return Report(
        coverage,
        section(found),
        tuple(_splits(found, by)),
        tuple(sorted(_wrong(found), key=_badness)),
        tuple(_figures_of(m) for m in found),
    )


def measure_call(call: StoredCall, label: CallLabels) -> Measured:
    """One call beside its label."""
    recording, conversation, verdicts = call.recording, call.conversation, call.evaluation.verdicts
    language = label.language or conversation.language
    heard = conversation.has_audio and label.turns is not None
    turns = label.turns or ()
    asked = {verdict.criterion for verdict in verdicts}
    outcomes = label.outcomes_in(call.evaluation.rubric_id)
    # What is labelled for a rubric by name is expected of it; flat labels may be of another one.
    expected = label.rubrics.get(call.evaluation.rubric_id, label.outcomes)
    groups = {
        "language": language,
        "layout": label.layout or recording.layout.value,
        "format": label.format or recording.codec,
        "country": label.country or conversation.country or UNKNOWN,
    } | {key: UNKNOWN if value is None else str(value) for key, value in label.conditions.items()}
    return Measured(
        recording.file,
        recording.path,
        recording.call_id,
        f"{call.evaluation.rubric_id} {call.evaluation.rubric_version}",
        conversation.layout,
        groups,
        tuple(
            pair(verdict, outcomes[verdict.criterion], label.note(verdict.criterion))
            for verdict in verdicts
            if verdict.criterion in outcomes
        ),
        tuple(criterion for criterion in expected if criterion not in asked),
        words.word_errors(turns, conversation.turns, language) if heard else None,
        # Speech that was heard as a party's, though not read, has its voice told all the same.
        voices.voice_figures(
            recording.file,
            turns,
            (*conversation.turns, *conversation.unread),
            conversation.duration_ms,
        )
        if heard
        else None,
        line.line_facts(recording.file, label, conversation, verdicts),
    )


def section(calls: Sequence[Measured]) -> Section:
    """All figures over some calls."""
    pairs = [p for m in calls for p in m.pairs]
    by_criterion: dict[str, list[Pair]] = {}
    for p in pairs:
        by_criterion.setdefault(p.criterion, []).append(p)
    facts = [m.line for m in calls]

    def voices_of(wanted: Callable[[Layout], bool]) -> voices.VoiceFigures | None:
        return voices.pooled([m.voices for m in calls if m.voices and wanted(m.layout)])

    return Section(
        calls=len(calls),
        overall=agreement(pairs),
        criteria={criterion: agreement(own) for criterion, own in by_criterion.items()},
        words=words.pooled(m.words for m in calls if m.words),
        mono=voices_of(lambda layout: layout is not Layout.STEREO),
        stereo=voices_of(lambda layout: layout is Layout.STEREO),
        rings=line_figures.ring_figures(facts),
        holds=line_figures.hold_figures(facts),
        hangups=line_figures.hangup_figures(facts),
        names=line_figures.name_figures(facts),
    )


def _refuse_no_outcome(call: StoredCall, name: str, labels: Labels) -> None:
    """A mistyped outcome must not pass for some other fact about the call."""
    conditions = labels.entries[name].conditions
    for verdict in call.evaluation.verdicts:
        if verdict.criterion in conditions:
            raise UsageError(
                f"{labels.source}, '{name}': {conditions[verdict.criterion]!r} is no outcome for "
                f"'{verdict.criterion}'.",
                f"Outcomes are {', '.join(outcome.value for outcome in Outcome)}.",
            )


def _refuse_two_names(chosen: Mapping[str, Candidate | None], source: str) -> None:
    names: dict[str, str] = {}
    for name, one in chosen.items():
        if one is None:
            continue
        if one.call_id in names:
            raise UsageError(
                f"{source}: '{names[one.call_id]}' and '{name}' mean the same call, "
                f"{one.call_id} ({one.file}).",
                "Keep one of the two.",
            )
        names[one.call_id] = name


def _splits(calls: Sequence[Measured], by: Sequence[str]) -> Iterable[Split]:
    for key in dict.fromkeys((ALWAYS_BY, *by)):
        values = {m.groups.get(key, UNKNOWN) for m in calls}
        if calls and key not in SPLIT_KEYS and not any(key in m.groups for m in calls):
            known = sorted({own for m in calls for own in m.groups})
            raise UsageError(
                f"No labelled call has '{key}' to split by.", f"There are: {', '.join(known)}."
            )
        if key != ALWAYS_BY or len(values) > 1 or key in by:
            yield Split(
                key,
                {
                    value: section([m for m in calls if m.groups.get(key, UNKNOWN) == value])
                    for value in sorted(values, key=_in_order)
                },
            )


def _in_order(value: str) -> tuple[int, float, str]:
    """Numbers by size, then words, then calls that lack the key."""
    if value == UNKNOWN:
        return 2, 0.0, value
    try:
        return 0, float(value), value
    except ValueError:
        return 1, 0.0, value


def _counted(names: Iterable[str]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for name in names:
        found[name] = found.get(name, 0) + 1
    return dict(sorted(found.items()))


def _wrong(calls: Iterable[Measured]) -> Iterable[Wrong]:
    for m in calls:
        for p in m.pairs:
            if not p.right:
                yield Wrong(
                    m.file,
                    m.path,
                    m.call_id,
                    p.criterion,
                    p.said,
                    p.label,
                    p.confidence,
                    p.reason,
                    p.explanation,
                    p.evidence,
                    p.note,
                )


def _badness(wrong: Wrong) -> tuple[int, float, str, str, str]:
    order = {Outcome.FAIL: 0, Outcome.UNDETERMINED: 2}
    rank = order.get(wrong.said, 1)
    return rank, -wrong.confidence, wrong.file, wrong.call_id, wrong.criterion


def _figures_of(m: Measured) -> CallFigures:
    right = sum(p.right for p in m.pairs)
    return CallFigures(m.file, m.call_id, m.groups, len(m.pairs), right, m.words, m.voices)
