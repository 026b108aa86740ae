"""How well voices were told apart (diarization error) and who is who (role accuracy by time)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.spans import Span, merge, subtract, total_ms
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.measure.labels import LabelledTurn

if TYPE_CHECKING:
    from pyannote.core import Annotation

COLLAR_MS = 250  # on each side of every border of the label, as NIST's md-eval takes it
# A pause up to here is part of one party's turn, and labels hold whole turns. About a second is the
# longest silence that speakers let stand (G. Jefferson, "standard maximum silence", 1989).
JOINED_GAP_MS = 1_000
PARTIES = (Role.AGENT, Role.CUSTOMER)

Speech = Mapping[Role, tuple[Span, ...]]


@dataclass(frozen=True, slots=True)
class DiarizationErrors:
    """Times in milliseconds; `rate` is (missed + false alarm + confusion) over `speech`.

    Overlapping speech counts for each voice. None when the label has no speech.
    """

    speech_ms: int
    missed_ms: int
    false_alarm_ms: int
    confusion_ms: int
    rate: float | None


@dataclass(frozen=True, slots=True)
class TimeShare:
    """A part of a time, both in milliseconds; `value` is None when there is no time."""

    part_ms: int
    total_ms: int
    value: float | None


@dataclass(frozen=True, slots=True)
class VoiceFigures:
    """How well voices and roles were told in some calls.

    `diarization` forgives `COLLAR_MS` around the label's borders, `strict` nothing; both match
    voices to parties as fits best, so that swapped roles alone cost nothing. The roles' figures do
    not. `role_accuracy`: the share of all labelled speech time in which a turn of the right party
    stands, so that speech that was not read counts against it ("percentage of time correctly
    labelled in terms of role", Salamin, Favre and Vinciarelli 2009, "Automatic role recognition in
    multiparty recordings"). `role_of_told`: of the labelled speech in which a turn of either party
    stands, the share at the right one; it says how far a role may be believed where one is told,
    and is never the smaller of the two. `role_confusion`: the share of all in which only a turn of
    the other party stands; what is in neither was missed. `role_accuracy_alone` and
    `role_of_told_alone` are the first two again over the labelled speech in which one party speaks
    alone, `COLLAR_MS` around every border of the label left out as `diarization` does: whoever cuts
    in has no turn of their own there, and labels' borders are no surer than that. `swapped` are the
    calls in which more time is at the wrong party than at the right one.
    """

    calls: int
    diarization: DiarizationErrors
    strict: DiarizationErrors
    role_accuracy: TimeShare
    role_of_told: TimeShare
    role_confusion: TimeShare
    role_accuracy_alone: TimeShare
    role_of_told_alone: TimeShare
    swapped: tuple[str, ...]


def voice_figures(
    file: str, label: Sequence[LabelledTurn], turns: Sequence[Turn], duration_ms: int
) -> VoiceFigures:
    """One call's figures. `turns` of the line itself (announcements) count on neither side."""
    truth, heard = speech_of_label(label), speech_heard(turns)
    told = _whole_turns(turns)
    right, confused, total = role_times(truth, told)
    right_alone, confused_alone, alone = role_times(speech_alone(truth), told)
    length_ms = max(
        [duration_ms, *(s.end_ms for own in (truth, heard) for r in own for s in own[r])]
    )
    return VoiceFigures(
        1,
        diarization_errors(truth, heard, length_ms, COLLAR_MS),
        diarization_errors(truth, heard, length_ms, 0),
        _share(right, total),
        _share(right, right + confused),
        _share(confused, total),
        _share(right_alone, alone),
        _share(right_alone, right_alone + confused_alone),
        (file,) if confused > right else (),
    )


def pooled(calls: Sequence[VoiceFigures]) -> VoiceFigures | None:
    """The figures of many calls together, weighted by speech time; None without calls."""
    if not calls:
        return None
    return VoiceFigures(
        sum(c.calls for c in calls),
        _summed(c.diarization for c in calls),
        _summed(c.strict for c in calls),
        _added(c.role_accuracy for c in calls),
        _added(c.role_of_told for c in calls),
        _added(c.role_confusion for c in calls),
        _added(c.role_accuracy_alone for c in calls),
        _added(c.role_of_told_alone for c in calls),
        tuple(sorted(file for c in calls for file in c.swapped)),
    )


def speech_of_label(label: Iterable[LabelledTurn]) -> Speech:
    """Each party's labelled speech, with pauses up to `JOINED_GAP_MS` inside."""
    turns = list(label)
    return {r: merge((t.span for t in turns if t.role is r), JOINED_GAP_MS) for r in PARTIES}


def speech_heard(turns: Iterable[Turn]) -> Speech:
    """Each party's speech as heard: the words of its turns, joined over short pauses.

    A turn may span a long pause (the other one listened on), which is no speech. A turn without
    word times counts as a whole.
    """
    found: dict[Role, list[Span]] = {role: [] for role in PARTIES}
    for turn in turns:
        if turn.role in found:
            words = [Span(w.start_ms, max(w.start_ms, w.end_ms)) for w in turn.words]
            found[turn.role] += words or [Span(turn.start_ms, turn.end_ms)]
    return {role: merge(spans, JOINED_GAP_MS) for role, spans in found.items()}


def speech_alone(truth: Speech) -> Speech:
    """Where one party speaks alone, further than `COLLAR_MS` from every border of the label."""
    borders = [
        Span(max(0, at - COLLAR_MS), at + COLLAR_MS)
        for own in truth.values()
        for span in own
        for at in (span.start_ms, span.end_ms)
    ]
    return {
        role: tuple(subtract(truth[role], merge([*borders, *truth[other]])))
        for role, other in (PARTIES, PARTIES[::-1])
    }


def role_times(truth: Speech, heard: Speech) -> tuple[int, int, int]:
    """Labelled speech at the right party, only at the wrong one, and in all, in milliseconds."""
    right = confused = total = 0
    for role, other in (PARTIES, PARTIES[::-1]):
        own = truth[role]
        total += total_ms(own)
        right += _shared_ms(own, heard[role])
        confused += _shared_ms(subtract(own, heard[role]), heard[other])
    return right, confused, total


def diarization_errors(
    truth: Speech, heard: Speech, duration_ms: int, collar_ms: int
) -> DiarizationErrors:
    """Errors over the whole recording, by pyannote.metrics (overlapping speech counted)."""
    from pyannote.core import Segment, Timeline
    from pyannote.metrics.diarization import DiarizationErrorRate

    # pyannote.metrics takes the collar's whole width, half of it on each side of a border.
    metric = DiarizationErrorRate(collar=2 * collar_ms / 1000, skip_overlap=False)
    whole = Timeline([Segment(0.0, duration_ms / 1000)])
    parts = metric(_annotation(truth), _annotation(heard), uem=whole, detailed=True)
    names = ("total", "missed detection", "false alarm", "confusion")
    return _rated(*(round(1000 * parts[name]) for name in names))


def _annotation(speech: Speech) -> Annotation:
    from pyannote.core import Annotation, Segment

    made = Annotation()
    for role, spans in speech.items():
        for span in spans:
            if span.duration_ms:
                made[Segment(span.start_ms / 1000, span.end_ms / 1000), role.value] = role.value
    return made


def _whole_turns(turns: Sequence[Turn]) -> Speech:
    return {r: merge(Span(t.start_ms, t.end_ms) for t in turns if t.role is r) for r in PARTIES}


def _shared_ms(spans: Iterable[Span], others: Sequence[Span]) -> int:
    return sum(span.overlap_ms(other) for span in spans for other in others)


def _rated(speech: int, missed: int, false_alarm: int, confusion: int) -> DiarizationErrors:
    rate = (missed + false_alarm + confusion) / speech if speech else None
    return DiarizationErrors(speech, missed, false_alarm, confusion, rate)


def _summed(parts: Iterable[DiarizationErrors]) -> DiarizationErrors:
    rows = [(p.speech_ms, p.missed_ms, p.false_alarm_ms, p.confusion_ms) for p in parts]
    speech, missed, false_alarm, confusion = (sum(column) for column in zip(*rows, strict=True))
    return _rated(speech, missed, false_alarm, confusion)


def _share(part_ms: int, whole_ms: int) -> TimeShare:
    return TimeShare(part_ms, whole_ms, part_ms / whole_ms if whole_ms else None)


def _added(parts: Iterable[TimeShare]) -> TimeShare:
    rows = list(parts)
    return _share(sum(r.part_ms for r in rows), sum(r.total_ms for r in rows))
