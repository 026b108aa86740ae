"""One call beside its label: rings, holds, who hung up and when, how often a name was used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Outcome, Verdict
from qa_pipeline.domain.recording import Party, Role
from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.timeline import Click, Hold, Ringback
from qa_pipeline.measure.labels import CallLabels, LabelledEvent

TOLERANCE_MS = 1_000  # a border nearer than this to the label's is a hit
NEAR_THE_END_MS = 5_000  # a click this near the end of a recording may be the hang-up's

# The standard rubric's criteria whose verdicts tell who hung up and how often a name was used.
HANGUP, NAME_USE = "hangup", "name_use"
_LEFT_FIRST = {
    Outcome.PASS: Party.CUSTOMER,
    Outcome.FAIL: Party.AGENT,
    Outcome.NOT_APPLICABLE: Party.SYSTEM,
}


@dataclass(frozen=True, slots=True)
class Counted:
    """How many there were by the label and as heard; `heard` is None when it was not told."""

    what: Literal["rings", "names"]
    file: str
    label: int
    heard: int | None


@dataclass(frozen=True, slots=True)
class HoldMatch:
    """A labelled hold and the one that was heard over it; errors are heard less labelled."""

    file: str
    start_ms: int
    end_ms: int
    start_error_ms: int | None
    end_error_ms: int | None

    @property
    def found(self) -> bool:
        """Whether any hold was heard over it."""
        return self.start_error_ms is not None

    @property
    def hit(self) -> bool:
        """Whether both borders are within `TOLERANCE_MS`."""
        errors = (self.start_error_ms, self.end_error_ms)
        return all(error is not None and abs(error) <= TOLERANCE_MS for error in errors)


@dataclass(frozen=True, slots=True)
class Hangup:
    """Who left first by label and verdict, and by how much the moment is off, if one is told."""

    file: str
    label: Party
    said: Party | None
    error_ms: int | None


@dataclass(frozen=True, slots=True)
class LineFacts:
    """One call's label beside what was heard; empty where the label does not know."""

    rings: tuple[Counted, ...] = ()
    music: tuple[bool, ...] = ()  # for each labelled music ringback: heard as music
    false_ringing: bool | None = None
    holds: tuple[HoldMatch, ...] | None = None
    false_holds: tuple[tuple[str, int, int], ...] = ()
    hangup: Hangup | None = None
    names: Counted | None = None


def line_facts(
    file: str, label: CallLabels, call: Conversation, verdicts: Sequence[Verdict]
) -> LineFacts:
    """Everything about one call's line and counts."""
    by_criterion = {verdict.criterion: verdict for verdict in verdicts}
    rings, music, false_ringing = _rings(file, label, call) if call.has_audio else ((), (), None)
    known = label.events_of("hold") if call.has_audio else None
    holds, false_holds = match_holds(file, known, call.holds) if known is not None else (None, ())
    return LineFacts(
        rings,
        music,
        false_ringing,
        holds,
        false_holds,
        _hangup(file, label, call, by_criterion.get(HANGUP)),
        _names(file, label, by_criterion.get(NAME_USE)),
    )


def _rings(
    file: str, label: CallLabels, call: Conversation
) -> tuple[tuple[Counted, ...], tuple[bool, ...], bool | None]:
    labelled = label.events_of("ringback")
    if labelled is None:
        return (), (), None
    if not labelled:
        return (), (), bool(call.ringbacks)
    heard = [(event, _over(event, call.ringbacks)) for event in labelled]
    counted = tuple(
        Counted("rings", file, event.rings, _rings_of(found))
        for event, found in heard
        if event.rings is not None and not event.musical
    )
    music = tuple(found is not None and found.musical for event, found in heard if event.musical)
    return counted, music, None


def _rings_of(heard: Ringback | None) -> int | None:
    if heard is None:
        return 0
    return None if heard.musical else heard.rings


def _over(event: LabelledEvent, ringbacks: Iterable[Ringback]) -> Ringback | None:
    """The ringing that shares most time with the event."""
    shared = [(event.span.overlap_ms(Span(r.start_ms, r.end_ms)), r) for r in ringbacks]
    best = max(shared, key=lambda one: one[0], default=None)
    return best[1] if best is not None and best[0] > 0 else None


def match_holds(
    file: str, labelled: Sequence[LabelledEvent], heard: Sequence[Hold]
) -> tuple[tuple[HoldMatch, ...], tuple[tuple[str, int, int], ...]]:
    """Labelled and heard holds in pairs, longest overlap first; then the heard ones left over."""
    spans = [Span(h.start_ms, h.end_ms) for h in heard]
    shared = sorted(
        (-event.span.overlap_ms(span), i, j)
        for i, event in enumerate(labelled)
        for j, span in enumerate(spans)
        if event.span.overlaps(span)
    )
    taken: dict[int, int] = {}
    for _, i, j in shared:
        if i not in taken and j not in taken.values():
            taken[i] = j
    matches = tuple(
        HoldMatch(
            file,
            event.start_ms,
            event.end_ms,
            spans[taken[i]].start_ms - event.start_ms if i in taken else None,
            spans[taken[i]].end_ms - event.end_ms if i in taken else None,
        )
        for i, event in enumerate(labelled)
    )
    left = [span for j, span in enumerate(spans) if j not in taken.values()]
    return matches, tuple((file, span.start_ms, span.end_ms) for span in left)


def _hangup(
    file: str, label: CallLabels, call: Conversation, verdict: Verdict | None
) -> Hangup | None:
    party = label.hung_up_by
    wanted = label.outcomes.get(HANGUP)
    if party is None or verdict is None or wanted is None or _LEFT_FIRST.get(wanted) is not party:
        return None
    moment = hangup_moment(call)
    error = None
    if moment is not None and label.hung_up_at_ms is not None:
        error = moment - label.hung_up_at_ms
    return Hangup(file, party, _LEFT_FIRST.get(verdict.outcome), error)


def hangup_moment(call: Conversation) -> int | None:
    """When the first party left, as heard: a line going dead, else a click near the end."""
    ends = [line.end_ms for line in call.lines if line.end_ms is not None]
    if ends:
        return min(ends)
    talk_ends = max((turn.end_ms for turn in call.turns), default=0)
    since = max(talk_ends, call.duration_ms - NEAR_THE_END_MS)
    clicks = [e.start_ms for e in call.events if isinstance(e, Click) and e.start_ms >= since]
    return clicks[0] if clicks else None


def _names(file: str, label: CallLabels, verdict: Verdict | None) -> Counted | None:
    if label.name_count is None or verdict is None:
        return None
    heard = None
    if verdict.outcome in (Outcome.PASS, Outcome.FAIL):
        # Each use is one piece of evidence with its words; a stretch searched in vain has none.
        heard = sum(e.role is Role.AGENT and bool(e.text) for e in verdict.evidence)
    return Counted("names", file, label.name_count, heard)
