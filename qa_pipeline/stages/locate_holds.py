"""Where the customer was put on hold: what the line carries, read together with the words.

Music in mid-conversation is a hold, unless it plays behind the talk as well (a shop's radio). Beeps
and silence are one after the agent asked for or announced a wait; unannounced silence is dead air,
unless the agent comes back with thanks for holding. Announcements in a loop, a word of the waiting
customer and what a recogniser reads into singing end no hold: only the agent who comes back does.
The customer's own "one moment" puts nobody on hold. The phone system's record of hold time can
place a hold that nothing else shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import log2
from typing import Literal

from qa_pipeline.domain.conversation import Act
from qa_pipeline.domain.recording import CallMetadata, Role
from qa_pipeline.domain.spans import Span, merge, overlap_total_ms, subtract, total_ms
from qa_pipeline.domain.timeline import Event, Hold, Music, Ringback, Silence, Tone
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.hold_talk import asks_to_wait, read_hold_talk

HOLDS_VERSION = "5"  # part of the key of kept conversations: raise it when holds would change
LEAST_MUSIC_MS = 4_000  # shorter is a jingle or a false find
LEAST_SILENCE_MS = 10_000  # the labels of real calls draw the line between pause and hold here
LEAST_AGREED_MS = 6_000  # of a silence that the customer has agreed to
LEAST_THANKED_MS = 12_000  # of a silence that only the agent's return makes a hold
ANNOUNCED_WITHIN_MS = 12_000  # from the announcement to the wait; an answer and a thanks fit in
LONG_ANSWER_MS = 15_000  # what the customer says in answer is not counted, up to this
READ_WITHIN_MS = 15_000  # the last turns before a wait, read for a request in other words
AGENT_TURNS_BETWEEN = 1  # "let me put you on hold" ... "thank you" ... wait
RETURN_MS = 6_000  # from the end of a wait to what says that it was one
LOOP_MS = 20_000  # announcements or stillness between two stretches of music
ASIDE_MS = 3_000  # what a customer says to nobody ("hello?", humming), and the quiet around it
NOTE_GAP_MS = 700  # a tone so near to music is one of its notes
UNDER_TALK_SHARE = 0.6  # of a turn or of the gap between two: music that plays behind it
UNDER_TALK_TIMES = 3  # so often, with both parties: the room's music
RING_MS = 600  # a ring lasts longer; shorter bursts in a wait are its beeps
UNREAD_MS = (900, 2_500)  # so long after the last words read, or before the next, lies a lost one
TUNE_TONES = 3  # tones of so many pitches in a wait are a tune
UNSURE_WORDS = 0.8  # mean word probability of what a recogniser makes of singing, at most
RECORD_TOLERANCE = 0.35  # a stretch this near to the recorded hold time is that hold
LEAST_RECORDED_S = 1.0
_MARKS = ("?", "？")
_WAITS = ("ask_hold", "announce_hold")
_RETURNS = ("thanks_for_waiting", "hold_return")

Medium = Literal["music", "silence", "beeps", "announcement", "recorded"]


@dataclass(frozen=True, slots=True)
class _Wait:
    """A candidate: when, what was heard meanwhile, how sure."""

    span: Span
    medium: Medium
    confidence: float


@dataclass(frozen=True, slots=True)
class _Call:
    """What the search looks at; `talk` is without announcements, which are `loops`."""

    talk: tuple[Turn, ...]
    loops: tuple[Turn, ...]
    acts: Sequence[Act]
    heard: Sequence[Event]
    duration_ms: int
    has_audio: bool

    def announced(self, at_ms: int) -> Act | None:
        """The agent's request for or announcement of a wait that the wait at `at_ms` belongs to."""
        for act in sorted(self.acts, key=lambda a: a.start_ms, reverse=True):
            passed = at_ms - act.end_ms
            if act.kind not in _WAITS or act.role is not Role.AGENT or passed < -1_500:
                continue
            if self._moved_on(act, at_ms):
                continue
            after = [
                turn
                for turn in self.talk
                if turn.role is Role.AGENT and act.end_ms < turn.start_ms < at_ms - 200
            ]
            if not after:  # a customer may take a while to answer
                between = Span(act.end_ms, max(act.end_ms, at_ms))
                answers = (_span(t) for t in self.talk if t.role is Role.CUSTOMER)
                passed = max(passed - overlap_total_ms(between, answers), passed - LONG_ANSWER_MS)
            if passed > ANNOUNCED_WITHIN_MS:
                continue
            if len(after) <= AGENT_TURNS_BETWEEN:
                return act
        return self._agreed_by_place(at_ms)

    def _moved_on(self, act: Act, at_ms: int) -> bool:
        """Whether the announcement led into another question ("Hang on, was it Monday?")."""
        if act.kind != "announce_hold":
            return False
        asked = [
            turn
            for turn in self.talk
            if turn.start_ms <= act.start_ms < turn.end_ms and turn.text.rstrip().endswith(_MARKS)
        ]
        answered = any(
            turn.role is Role.CUSTOMER and act.end_ms < turn.start_ms < at_ms for turn in self.talk
        )
        return answered and any(not asks_to_wait(turn.text) for turn in asked)

    def _agreed_by_place(self, at_ms: int) -> Act | None:
        """A request in other words than acts know, which the customer has agreed to."""
        before = [
            (index, turn)
            for index, turn in enumerate(self.talk)
            if turn.start_ms < at_ms - 200 and at_ms - turn.end_ms <= READ_WITHIN_MS
            and turn.role in (Role.AGENT, Role.CUSTOMER)
        ]  # fmt: skip
        read = read_hold_talk([(turn.role, turn.text) for _, turn in before])
        if read.ask is None or not read.wait_named or read.answer != "yes":
            return None
        index, turn = before[read.ask]
        return Act(
            "ask_hold", turn.role, index, turn.start_ms, turn.end_ms, turn.text, 0.7, "pattern"
        )

    def returned(self, at_ms: int) -> Act | None:
        """What the agent says, back from a wait that ended at `at_ms`."""
        for act in self.acts:
            near = -500 <= act.start_ms - at_ms <= RETURN_MS
            if act.kind in _RETURNS and act.role is Role.AGENT and near:
                return act
        return None

    def said(self, turn: Turn, *kinds: str) -> bool:
        """Whether a turn does one of these."""
        return any(a.kind in kinds and turn.start_ms <= a.start_ms < turn.end_ms for a in self.acts)


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
        acts: of which the agent's requests, announcements and thanks, and announcements in a loop
            by whatever voice, are used.
        events: what was heard; earlier holds among them are replaced.
        metadata: `hold_seconds` confirms, contradicts, or places a hold nothing else shows.
        duration_ms: length of the recording.
        has_audio: without audio, silence is only a gap between turns and a little less sure.

    Example:
        >>> locate_holds((), (), (), CallMetadata(), 60_000)
        ()
    """
    heard = [event for event in events if not isinstance(event, Hold)]
    spoken = sorted(
        (turn for turn in turns if turn.end_ms > turn.start_ms), key=lambda t: t.start_ms
    )
    looped = {(turn.start_ms, turn.end_ms) for turn in spoken if turn.role is Role.LINE}
    looped |= {
        (turn.start_ms, turn.end_ms)
        for turn in spoken
        for act in acts
        if act.kind == "hold_announcement" and turn.start_ms <= act.start_ms < turn.end_ms
    }
    talk = tuple(turn for turn in spoken if (turn.start_ms, turn.end_ms) not in looped)
    if not talk:
        return tuple(heard)
    loops = tuple(turn for turn in spoken if (turn.start_ms, turn.end_ms) in looped)
    call = _Call(talk, loops, acts, heard, duration_ms, has_audio)
    waits = _music(call)
    waits += _silences(call, waits)
    holds = [_hold(call, wait) for wait in sorted(waits, key=lambda w: w.span)]
    holds = _against_record(call, holds, metadata)
    return tuple(sorted([*heard, *holds], key=lambda event: (event.start_ms, event.end_ms)))


def _span(item: Turn | Music | Hold | Tone) -> Span:
    return Span(item.start_ms, item.end_ms)


def _music(call: _Call) -> list[_Wait]:
    """Music after the first word of the conversation; loops with announcements are one wait."""
    first_word = min(turn.start_ms for turn in call.talk)
    music = [
        e for e in call.heard
        if isinstance(e, Music) and e.end_ms > first_word and e.start_ms > first_word - 500
    ]  # fmt: skip
    if not music or _behind_the_talk(call, music):
        return []
    ours = _customer_channels(call)
    notes = [e for e in call.heard if isinstance(e, Tone) and e.name in ("beep", "unknown")]
    spans = merge(
        (
            Span(max(e.start_ms, first_word), e.end_ms)
            for e in [*map(_span, music), *map(_span, notes), *map(_span, call.loops)]
            if e.end_ms > first_word
        ),
        gap_ms=NOTE_GAP_MS,
    )
    spans = tuple(span for span in spans if any(span.overlaps(_span(m)) for m in music))
    joined: list[Span] = []
    for span in spans:
        if joined and _one_wait(call, Span(joined[-1].end_ms, span.start_ms)):
            joined[-1] = Span(joined[-1].start_ms, span.end_ms)
        else:
            joined.append(span)
    waits = []
    for span in joined:
        inside = [m for m in music if span.overlaps(_span(m))]
        # The customer's own channel carries what plays where the customer is.
        theirs = bool(inside) and all(m.channel in ours for m in inside)
        if span.duration_ms >= LEAST_MUSIC_MS and (not theirs or call.announced(span.start_ms)):
            sure = min((m.confidence for m in inside), default=0.9)
            waits.append(_Wait(span, "music", sure))
    return waits


def _behind_the_talk(call: _Call, music: Sequence[Music]) -> bool:
    """Whether music goes on under what both parties say to each other, and so is the room's."""
    playing = [_span(m) for m in music]
    under: list[Role] = [
        turn.role
        for turn in call.talk
        if _clear(turn)
        and overlap_total_ms(_span(turn), playing)
        >= UNDER_TALK_SHARE * (turn.end_ms - turn.start_ms)
    ]
    for before, after in pairwise(call.talk):
        gap = after.start_ms - before.end_ms
        if not 300 <= gap < LEAST_MUSIC_MS or not (_clear(before) and _clear(after)):
            continue
        covered = overlap_total_ms(Span(before.end_ms, after.start_ms), playing)
        if before.role is not after.role and covered >= UNDER_TALK_SHARE * gap:
            under += [before.role, after.role]
    return len(under) >= 2 * UNDER_TALK_TIMES and len(set(under)) > 1


def _clear(turn: Turn) -> bool:
    """Whether these are words, and not what a recogniser makes of singing."""
    return not turn.words or turn.confidence >= UNSURE_WORDS


def _customer_channels(call: _Call) -> set[int | None]:
    """The channel on which only the customer talks."""
    speakers = {turn.speaker for turn in call.talk if turn.role is Role.CUSTOMER}
    speakers -= {turn.speaker for turn in call.talk if turn.role is Role.AGENT}
    return {int(s[8:]) for s in speakers if s and s.startswith("channel_") and s[8:].isdigit()}


def _one_wait(call: _Call, gap: Span) -> bool:
    """Whether nobody came back between two stretches of music.

    Whoever comes back is answered, or says that they are back, or asks for more time. A voice
    that does none of these between two stretches of music advertises, or sings.
    """
    if gap.duration_ms > LOOP_MS:
        return False
    inside = [t for t in call.talk if _span(t).overlap_ms(gap) > 300]
    agent = [turn for turn in inside if turn.role is Role.AGENT]
    if any(call.said(turn, *_RETURNS, *_WAITS) for turn in agent):
        return False
    return not agent or len({turn.role for turn in inside if _clear(turn)}) < 2


def _silences(call: _Call, music: Sequence[_Wait]) -> list[_Wait]:
    """Gaps in the talk that are a wait, apart from those that music already fills."""
    found: list[_Wait] = []
    for gap in _joined(call, _gaps(call, music)):
        if _beside(gap, music):
            continue
        wait = _silence(call, gap)
        if wait is not None:
            found.append(wait)
    return found


def _gaps(call: _Call, music: Iterable[_Wait]) -> tuple[Span, ...]:
    """Where nobody talks, after the first word."""
    begin = call.talk[0].start_ms
    taken = [*map(_span, call.talk), *(wait.span for wait in music)]
    taken += [Span(e.start_ms, e.end_ms) for e in call.heard if _rings(e)]
    return subtract([Span(begin, max(begin, call.duration_ms))], taken)


def _rings(event: Event) -> bool:
    """Whether this is ringing and not the beeps of a wait, which fit no country's plan."""
    if not isinstance(event, Ringback):
        return False
    lengths = sorted(burst.duration_ms for burst in event.bursts)
    short = bool(lengths) and lengths[len(lengths) // 2] < RING_MS
    return event.musical or event.country is not None or not short


def _joined(call: _Call, gaps: Sequence[Span]) -> list[Span]:
    """Gaps between which only a waiting customer says a word that nobody answers."""
    joined: list[Span] = []
    for gap in gaps:
        if joined and _aside(call, joined[-1], gap):
            joined[-1] = Span(joined[-1].start_ms, gap.end_ms)
        else:
            joined.append(gap)
    return joined


def _aside(call: _Call, before: Span, after: Span) -> bool:
    """Whether what stands between two gaps is such a word, with quiet on both sides."""
    between = Span(before.end_ms, after.start_ms)
    if min(before.duration_ms, after.duration_ms) < ASIDE_MS or between.duration_ms > ASIDE_MS:
        return False
    said = [turn for turn in call.talk if _span(turn).overlaps(between)]
    return bool(said) and all(
        turn.role is Role.CUSTOMER and not call.said(turn, "assent", "refusal") for turn in said
    )


def _silence(call: _Call, gap: Span) -> _Wait | None:
    """The wait in a gap of the talk, if something makes it one."""
    tones = [e for e in call.heard if isinstance(e, Tone | Ringback) and gap.contains(e.start_ms)]
    beeps = sum(e.rings or 1 if isinstance(e, Ringback) else 1 for e in tones)
    looped = any(_span(turn).overlaps(gap) for turn in call.loops)
    pitches = {round(12 * log2(e.frequencies_hz[0])) for e in tones
               if isinstance(e, Tone) and e.frequencies_hz}  # fmt: skip
    medium: Medium = "beeps" if beeps >= 2 else "silence"
    if looped:
        medium = "announcement"
    elif len(pitches) >= TUNE_TONES:
        medium = "music"
    ends_call = gap.end_ms >= call.duration_ms - 500
    doubt = 0.2 if ends_call else 0.0
    announced = call.announced(gap.start_ms)
    if announced is not None:
        agreed = announced.kind == "ask_hold" and any(
            act.kind == "assent" and announced.start_ms < act.start_ms < gap.start_ms + 500
            for act in call.acts
        )
        least = LEAST_AGREED_MS if agreed and not ends_call else LEAST_SILENCE_MS
        least = LEAST_MUSIC_MS if looped else least  # a recording plays to whoever waits
        sure = 0.85 if call.has_audio else 0.8
        long_enough = gap.duration_ms >= least
        gap = _still_part(call, gap) if medium == "silence" and not tones else gap
        return _Wait(gap, medium, sure - doubt) if long_enough else None
    if gap.duration_ms < LEAST_THANKED_MS or ends_call:
        return None
    if looped:
        return _Wait(gap, medium, 0.75)
    back = call.returned(gap.end_ms)
    if back is None:
        return None
    return _Wait(gap, medium, 0.65 if back.kind == "thanks_for_waiting" else 0.5)


def _still_part(call: _Call, gap: Span) -> Span:
    """The gap without a word at its ends that was heard on the line but not read."""
    still = [
        e for e in call.heard
        if isinstance(e, Silence) and e.channel is None and gap.contains(e.start_ms)
    ]  # fmt: skip
    if not still:
        return gap
    shortest, longest = UNREAD_MS
    start, end = gap.start_ms, gap.end_ms
    if shortest <= still[0].start_ms - start <= longest:
        start = still[0].start_ms
    if shortest <= end - still[-1].end_ms <= longest:
        end = still[-1].end_ms
    return Span(start, end)


def _beside(gap: Span, music: Sequence[_Wait]) -> bool:
    """Whether the gap only leads into or out of a stretch of music that is the hold itself."""
    return any(abs(w.span.start_ms - gap.end_ms) <= 700 for w in music) or any(
        abs(gap.start_ms - w.span.end_ms) <= 700 for w in music
    )


def _hold(call: _Call, wait: _Wait) -> Hold:
    announced = call.announced(wait.span.start_ms) is not None
    return Hold(
        wait.span.start_ms, wait.span.end_ms, wait.medium, announced, round(wait.confidence, 3)
    )


def _against_record(call: _Call, holds: list[Hold], metadata: CallMetadata) -> list[Hold]:
    """What the phone system's hold time says to what was heard."""
    seconds = metadata.hold_seconds
    if seconds is None:
        return holds
    if seconds < LEAST_RECORDED_S:
        return [replace(hold, confidence=round(hold.confidence * 0.6, 3)) for hold in holds]
    if holds:
        recorded = seconds * 1000
        found = total_ms(map(_span, holds))
        agrees = abs(found - recorded) <= max(3_000, RECORD_TOLERANCE * recorded)
        return [replace(h, confidence=max(h.confidence, 0.95)) if agrees else h for h in holds]
    placed = _place_recorded(call, round(seconds * 1000))
    return [placed] if placed else []


def _place_recorded(call: _Call, recorded_ms: int) -> Hold | None:
    """The gap that the recorded hold must be: the longest announced one, else one of its length.

    A recorder may leave the hold out, so that an announced gap counts however short it is.
    """
    last_ms = max(turn.end_ms for turn in call.talk)
    gaps = [gap for gap in _gaps(call, ()) if gap.start_ms < last_ms]
    announced = [gap for gap in gaps if call.announced(gap.start_ms) is not None]
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
