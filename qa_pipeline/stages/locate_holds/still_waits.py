"""Gaps in the talk that are a wait: stillness, beeps, announcements in a loop.

What makes a gap a wait: a request or an announcement before it, a line that was switched away
meanwhile, or the words of somebody who was away after it. The weaker the sign, the longer the gap
must be; a gap without any is dead air.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import log2
from typing import Final

from qa_pipeline.domain.conversation import Act
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.spans import Span, subtract
from qa_pipeline.domain.timeline import Event, Ringback, Tone
from qa_pipeline.language.hold_talk import answer_to, names_wait, read_hold_talk, tells_to_wait
from qa_pipeline.stages.locate_holds.borders import of_stillness, switched, voiced, without_voices
from qa_pipeline.stages.locate_holds.call_view import (
    ASIDE_MS,
    MARKS,
    CallView,
    Medium,
    Wait,
    span_of,
)

LEAST_SILENCE_MS: Final = 10_000  # the labels of real calls draw the line of pause and hold here
LEAST_AGREED_MS: Final = 6_000  # of a silence that the customer agreed to or was asked for
LEAST_LOOP_MS: Final = 4_000  # a recording plays to whoever waits
LEAST_BEEPS_MS: Final = 5_000  # with a beep in it
LEAST_SWITCHED_MS: Final = 5_000  # the line was away: a press of the mute key is shorter
LEAST_THANKED_MS: Final = 8_000  # of a silence that only thanks for waiting make a hold
LEAST_RETURN_MS: Final = 11_000  # of one that other words on return do
UNREAD_SHARE: Final = 0.5  # of a gap that nobody announced: with so many voices it is talk
RING_MS: Final = 600  # a ring lasts longer; shorter bursts in a wait are its beeps
RIM_MS: Final = 1_500  # a tone nearer to the talk may be a key press
TOLD_LONGEST: Final = 120  # characters: a longer turn that names a wait is about other things, too
TUNE_TONES: Final = 3  # tones of so many pitches in a wait are a tune


def still_waits(call: CallView, music: Sequence[Wait]) -> list[Wait]:
    """The waits among the gaps of the talk, apart from those that music already fills."""
    found: list[Wait] = []
    for gap in _joined(call, gaps(call, music)):
        if _beside(gap, music):
            continue
        wait = _wait_in(call, gap)
        if wait is not None:
            found.append(wait)
    return found


def gaps(call: CallView, music: Iterable[Wait]) -> tuple[Span, ...]:
    """Where nobody talks, after the first word."""
    begin = call.talk[0].start_ms
    taken = [*map(span_of, call.talk), *(wait.span for wait in music)]
    taken += [Span(e.start_ms, e.end_ms) for e in call.heard if _rings(e)]
    return subtract([Span(begin, max(begin, call.duration_ms))], taken)


def _rings(event: Event) -> bool:
    """Whether this is ringing and not the beeps of a wait, which fit no country's plan."""
    if not isinstance(event, Ringback):
        return False
    lengths = sorted(burst.duration_ms for burst in event.bursts)
    short = bool(lengths) and lengths[len(lengths) // 2] < RING_MS
    return event.musical or event.country is not None or not short


def _joined(call: CallView, parts: Sequence[Span]) -> list[Span]:
    """Gaps between which only a waiting customer says a word that nobody answers."""
    joined: list[Span] = []
    for gap in parts:
        if joined and _aside(call, joined[-1], gap):
            joined[-1] = Span(joined[-1].start_ms, gap.end_ms)
        else:
            joined.append(gap)
    return joined


def _aside(call: CallView, before: Span, after: Span) -> bool:
    """Whether what stands between two gaps is such a word, with quiet on both sides."""
    between = Span(before.end_ms, after.start_ms)
    if min(before.duration_ms, after.duration_ms) < ASIDE_MS or between.duration_ms > ASIDE_MS:
        return False
    said = [turn for turn in call.talk if span_of(turn).overlaps(between)]
    return bool(said) and all(
        turn.role is Role.CUSTOMER and not call.said(turn, "assent", "refusal") for turn in said
    )


def _beside(gap: Span, music: Sequence[Wait]) -> bool:
    """Whether the gap only leads into or out of a stretch of music that is the hold itself."""
    return any(abs(w.span.start_ms - gap.end_ms) <= 700 for w in music) or any(
        abs(gap.start_ms - w.span.end_ms) <= 700 for w in music
    )


def _wait_in(call: CallView, gap: Span) -> Wait | None:
    """The wait in a gap of the talk, if something makes it one."""
    medium, beeps = _medium(call, gap)
    looped = medium == "announcement"
    ends_call = gap.end_ms >= call.duration_ms - 500
    announced = call.announced(gap.start_ms)
    inner = without_voices(call, gap)
    away = switched(call, inner) is not None and not ends_call
    if announced is not None:
        least = _least(call, announced, gap, ends_call)
        least = min(least, LEAST_BEEPS_MS) if beeps and not ends_call else least
        least = min(least, LEAST_SWITCHED_MS) if away else least
        least = min(least, LEAST_LOOP_MS) if looped else least
        sure = (0.85 if call.has_audio else 0.8) - (0.2 if ends_call else 0.0)
        sure += 0.08 if away else 0.0
    elif ends_call:
        return None
    elif looped:
        least, sure = LEAST_AGREED_MS, 0.75
    elif away:
        least, sure = LEAST_SWITCHED_MS, 0.8 if _spoken_of(call, gap) else 0.65
    else:
        least, sure = _unannounced(call, gap, beeps)
        least = min(least, LEAST_AGREED_MS) if beeps and sure else least
    # Voices that nobody read may be the announcement, or noise, where a wait must be.
    if announced is not None and inner.duration_ms < least:
        inner = gap
    elif announced is None and not looped and voiced(call, inner, UNREAD_SHARE):
        return None
    if not sure or inner.duration_ms < least:
        return None
    return Wait(of_stillness(call, gap, inner), medium, round(sure, 2))


def _medium(call: CallView, gap: Span) -> tuple[Medium, int]:
    """What is heard in a gap, and how many beeps away from its rims."""
    tones = [e for e in call.heard if isinstance(e, Tone | Ringback) and gap.contains(e.start_ms)]
    inner = Span(gap.start_ms + RIM_MS, max(gap.start_ms + RIM_MS, gap.end_ms - RIM_MS))
    beeps = sum(
        e.rings or 1 if isinstance(e, Ringback) else 1 for e in tones if inner.contains(e.start_ms)
    )
    pitches = {
        round(12 * log2(e.frequencies_hz[0]))
        for e in tones
        if isinstance(e, Tone) and e.frequencies_hz
    }
    if any(span_of(turn).overlaps(gap) for turn in call.loops):
        return "announcement", beeps
    if len(pitches) >= TUNE_TONES:
        return "music", beeps
    return ("beeps" if beeps else "silence"), beeps


def _least(call: CallView, announced: Act, gap: Span, ends_call: bool) -> int:
    """How long an announced silence must be."""
    if ends_call:
        return LEAST_SILENCE_MS
    if call.agreed(announced, gap.start_ms):
        return LEAST_AGREED_MS
    # Nobody answered who was told to wait, and whoever said so speaks next: away meanwhile.
    following = call.next_turn(gap.end_ms)
    if names_wait(announced.text) and following is not None and following.role is Role.AGENT:
        return LEAST_AGREED_MS
    return LEAST_SILENCE_MS


def _spoken_of(call: CallView, gap: Span) -> bool:
    return (
        call.returned(gap.end_ms) is not None
        or call.comes_back(gap.end_ms)
        or call.leaves(gap.start_ms)
    )


def _unannounced(call: CallView, gap: Span, beeps: int) -> tuple[int, float]:
    """How long a silence that nobody announced must be, and how sure it is; 0.0: it is none."""
    back = call.returned(gap.end_ms)
    if back is not None and back.kind == "thanks_for_waiting":
        return LEAST_THANKED_MS, 0.65
    if back is not None or call.comes_back(gap.end_ms):
        return LEAST_RETURN_MS, 0.6 if call.leaves(gap.start_ms) else 0.55
    following = call.next_turn(gap.end_ms)
    if following is None or following.role is not Role.AGENT:
        return LEAST_RETURN_MS, 0.0
    lines = [(turn.role, turn.text) for _, turn in call.lines_before(gap.start_ms)]
    if beeps and _only_here(call, gap) and read_hold_talk(lines).answer == "yes":
        return LEAST_THANKED_MS, 0.6
    return LEAST_RETURN_MS, 0.55 if _told_to_wait(lines[-2:]) else 0.0


def _told_to_wait(last: Sequence[tuple[Role, str]]) -> bool:
    """Whether the agent's last words before a gap tell to wait, and the customer took them so."""
    at, text = next(
        ((at, text) for at, (role, text) in enumerate(last) if role is Role.AGENT), (0, "")
    )
    asks = text.rstrip().endswith(MARKS)
    if not text or asks or len(text) > TOLD_LONGEST or not tells_to_wait(text):
        return False
    return answer_to(last, at)[0] != "no"


def _only_here(call: CallView, gap: Span) -> bool:
    """Whether beeps belong to the gap, and are not a recorder's, which sound all along."""
    begin, end = call.talk[0].start_ms, call.talk[-1].end_ms
    return not any(
        isinstance(event, Tone) and not span_of(event).overlaps(gap)
        for event in call.heard
        if begin <= event.start_ms < end
    )
