"""Where the customer was put on hold: what the line carries, read together with the words.

Music in mid-conversation is a hold. Silence is one only after the agent asked for or announced a
wait; unannounced silence is dead air. The customer's own "one moment" puts nobody on hold. The
phone system's record of hold time can place a hold that nothing else shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from qa_pipeline.domain.conversation import Act
from qa_pipeline.domain.recording import CallMetadata, Role
from qa_pipeline.domain.spans import Span, merge, subtract, total_ms
from qa_pipeline.domain.timeline import Event, Hold, Music, Ringback, Tone
from qa_pipeline.domain.transcript import Turn

HOLDS_VERSION = "2"  # part of the key of kept conversations: raise it when holds would change
LEAST_MUSIC_MS = 4_000  # shorter is a jingle or a false find
LEAST_SILENCE_MS = 10_000  # the labels of real calls draw the line between pause and hold here
ANNOUNCED_WITHIN_MS = 12_000  # from the announcement to the wait; an answer and a thanks fit in
AGENT_TURNS_BETWEEN = 1  # "let me put you on hold" ... "thank you" ... wait
LOOP_TALK_MS = 12_000  # an announcement between two stretches of music
RECORD_TOLERANCE = 0.35  # a stretch this near to the recorded hold time is that hold
LEAST_RECORDED_S = 1.0
_WAITS = ("ask_hold", "announce_hold")

Medium = Literal["music", "silence", "beeps", "announcement", "recorded"]


@dataclass(frozen=True, slots=True)
class _Wait:
    """A candidate: when, what was heard meanwhile, how sure."""

    span: Span
    medium: Medium
    confidence: float


def locate_holds(  # noqa: PLR0917 - the pipeline hands them over in this order
    turns: Sequence[Turn],
    acts: Sequence[Act],
    events: Sequence[Event],
    metadata: CallMetadata,
    duration_ms: int,
    has_audio: bool = True,
) -> tuple[Event, ...]:
    """`events` with a `Hold` for each wait, ordered by start.

    Args:
        turns: who said what; without talk there is no hold.
        acts: of which `ask_hold` and `announce_hold` by the agent are used.
        events: what was heard; earlier holds among them are replaced.
        metadata: `hold_seconds` confirms, contradicts, or places a hold nothing else shows.
        duration_ms: length of the recording.
        has_audio: without audio, silence is only a gap between turns and a little less sure.

    Example:
        >>> locate_holds((), (), (), CallMetadata(), 60_000)
        ()
    """
    heard = [event for event in events if not isinstance(event, Hold)]
    talk = [turn for turn in turns if turn.end_ms > turn.start_ms]
    if not talk:
        return tuple(heard)
    waits = _music(heard, talk, acts)
    waits += _silences(heard, talk, acts, waits, duration_ms, has_audio)
    holds = [_hold(wait, talk, acts) for wait in sorted(waits, key=lambda w: w.span)]
    holds = _against_record(holds, talk, acts, heard, metadata)
    return tuple(sorted([*heard, *holds], key=lambda event: (event.start_ms, event.end_ms)))


def _music(heard: Iterable[Event], talk: Sequence[Turn], acts: Sequence[Act]) -> list[_Wait]:
    """Music after the first word of the conversation; loops with announcements are one wait."""
    persons = [turn.start_ms for turn in talk if not _is_announcement(turn, acts)]
    if not persons:
        return []
    first_word = min(persons)
    music = [e for e in heard if isinstance(e, Music) and e.end_ms > first_word]
    spans = merge(
        (
            Span(max(m.start_ms, first_word), m.end_ms)
            for m in music
            if m.start_ms > first_word - 500
        ),
        gap_ms=700,
    )
    joined: list[Span] = []
    for span in spans:
        if joined and _one_wait(Span(joined[-1].end_ms, span.start_ms), talk, acts):
            joined[-1] = Span(joined[-1].start_ms, span.end_ms)
        else:
            joined.append(span)
    sure = {m.start_ms: m.confidence for m in music}
    return [
        _Wait(span, "music", min((c for s, c in sure.items() if span.contains(s)), default=0.9))
        for span in joined
        if span.duration_ms >= LEAST_MUSIC_MS
    ]


def _one_wait(gap: Span, talk: Sequence[Turn], acts: Sequence[Act]) -> bool:
    """Whether nobody came back between two stretches of music."""
    inside = [t for t in talk if Span(t.start_ms, t.end_ms).overlap_ms(gap) > 300]
    if not inside:
        return gap.duration_ms <= 2 * LEAST_SILENCE_MS
    loops = all(_is_announcement(turn, acts) for turn in inside)
    return loops and gap.duration_ms <= LOOP_TALK_MS


def _is_announcement(turn: Turn, acts: Sequence[Act]) -> bool:
    return any(
        act.kind == "hold_announcement" and turn.start_ms <= act.start_ms < turn.end_ms
        for act in acts
    )


def _silences(  # noqa: PLR0917
    heard: Sequence[Event],
    talk: Sequence[Turn],
    acts: Sequence[Act],
    music: Sequence[_Wait],
    duration_ms: int,
    has_audio: bool,
) -> list[_Wait]:
    """Gaps in the talk after an announced wait, apart from those that music already fills."""
    spoken = [Span(turn.start_ms, turn.end_ms) for turn in talk]
    begin = min(span.start_ms for span in spoken)
    taken = [*spoken, *(wait.span for wait in music)]
    taken += [Span(e.start_ms, e.end_ms) for e in heard if isinstance(e, Ringback)]
    # A gap after the last word is only a hold if the recording goes on long enough to tell.
    gaps = subtract([Span(begin, max(begin, duration_ms))], taken)
    found: list[_Wait] = []
    for gap in gaps:
        if gap.duration_ms < LEAST_SILENCE_MS or _beside(gap, music):
            continue
        if _announcement(gap.start_ms, talk, acts) is None:
            continue
        beeps = sum(isinstance(e, Tone) and gap.contains(e.start_ms) for e in heard)
        ends_call = gap.end_ms >= duration_ms - 500
        confidence = (0.85 if has_audio else 0.8) - (0.2 if ends_call else 0.0)
        found.append(_Wait(gap, "beeps" if beeps >= 2 else "silence", confidence))
    return found


def _beside(gap: Span, music: Sequence[_Wait]) -> bool:
    """Whether the gap only leads into or out of a stretch of music that is the hold itself."""
    return any(abs(w.span.start_ms - gap.end_ms) <= 700 for w in music) or any(
        abs(gap.start_ms - w.span.end_ms) <= 700 for w in music
    )


def _announcement(at_ms: int, talk: Sequence[Turn], acts: Sequence[Act]) -> Act | None:
    """The agent's request for or announcement of a wait that the wait at `at_ms` belongs to."""
    for act in sorted(acts, key=lambda a: a.start_ms, reverse=True):
        near = -1_500 <= at_ms - act.end_ms <= ANNOUNCED_WITHIN_MS
        if act.kind not in _WAITS or act.role is not Role.AGENT or not near:
            continue
        after = [t for t in talk if t.role is Role.AGENT and act.end_ms < t.start_ms < at_ms - 200]
        if len(after) <= AGENT_TURNS_BETWEEN:
            return act
    return None


def _hold(wait: _Wait, talk: Sequence[Turn], acts: Sequence[Act]) -> Hold:
    announced = _announcement(wait.span.start_ms, talk, acts) is not None
    return Hold(
        wait.span.start_ms, wait.span.end_ms, wait.medium, announced, round(wait.confidence, 3)
    )


def _against_record(
    holds: list[Hold],
    talk: Sequence[Turn],
    acts: Sequence[Act],
    heard: Sequence[Event],
    metadata: CallMetadata,
) -> list[Hold]:
    """What the phone system's hold time says to what was heard."""
    seconds = metadata.hold_seconds
    if seconds is None:
        return holds
    if seconds < LEAST_RECORDED_S:
        return [replace(hold, confidence=round(hold.confidence * 0.6, 3)) for hold in holds]
    if holds:
        recorded = seconds * 1000
        found = total_ms(Span(hold.start_ms, hold.end_ms) for hold in holds)
        agrees = abs(found - recorded) <= max(3_000, RECORD_TOLERANCE * recorded)
        return [replace(h, confidence=max(h.confidence, 0.95)) if agrees else h for h in holds]
    placed = _place_recorded(round(seconds * 1000), talk, acts, heard)
    return [placed] if placed else []


def _place_recorded(
    recorded_ms: int, talk: Sequence[Turn], acts: Sequence[Act], heard: Sequence[Event]
) -> Hold | None:
    """The gap that the recorded hold must be: the longest announced one, else one of its length.

    A recorder may leave the hold out, so that an announced gap counts however short it is.
    """
    begin, end = min(t.start_ms for t in talk), max(t.end_ms for t in talk)
    ringing = [Span(e.start_ms, e.end_ms) for e in heard if isinstance(e, Ringback)]
    spoken = [Span(turn.start_ms, turn.end_ms) for turn in talk]
    gaps = subtract([Span(begin, end)], [*spoken, *ringing])
    announced = [gap for gap in gaps if _announcement(gap.start_ms, talk, acts) is not None]
    if announced:
        gap = max(announced, key=lambda g: g.duration_ms)
        return Hold(gap.start_ms, gap.end_ms, "recorded", True, 0.85)
    tolerance_ms = max(3_000, RECORD_TOLERANCE * recorded_ms)
    alike = [gap for gap in gaps if abs(gap.duration_ms - recorded_ms) <= tolerance_ms]
    alike = [gap for gap in alike if gap.duration_ms >= 3_000]
    if not alike:
        return None
    gap = min(alike, key=lambda g: abs(g.duration_ms - recorded_ms))
    return Hold(gap.start_ms, gap.end_ms, "recorded", False, 0.7)
