"""Music in mid-conversation: a hold, unless it plays behind the talk as well (a shop's radio)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.spans import Span, merge, overlap_total_ms
from qa_pipeline.domain.timeline import Music, Tone
from qa_pipeline.stages.locate_holds.borders import (
    LOOP_MS,
    PRESS_MS,
    of_music,
    stillness_ms,
    voiced,
)
from qa_pipeline.stages.locate_holds.call_view import (
    RETURNS,
    WAITS,
    CallView,
    Wait,
    is_clear,
    span_of,
)

LEAST_MUSIC_MS: Final = 4_000  # shorter is a jingle or a false find
LEAST_LEFT_MS: Final = 10_000  # of music nobody announced and nobody comes back from
NOTE_GAP_MS: Final = 700  # a tone so near to music is one of its notes
UNDER_TALK_SHARE: Final = 0.6  # of a turn or of the gap between two: music that plays behind it
UNDER_TALK_TIMES: Final = 3  # so often, with both parties: the room's music
LEAK_SHARE: Final = 0.5  # of unannounced music: a customer who talks so much leaks into a line
FAINT_SHARE: Final = 0.8  # of unannounced music: fainter than the pauses, it is the room's
# Of unannounced music between turns without any pause: nobody is switched away, and back, as fast.
# Of 25 waits so found in made calls the 3 that touch both turns were talk, of the others 1.
RIM_MS: Final = 20
UNREAD_AFTER_MS: Final = 1_500  # after music: talk that goes on there was under it as well
TALK_SHARE: Final = 0.7  # of a gap between two stretches of music: voices so dense are talk
VOICES_SHARE: Final = 0.3  # of unannounced music: voices so dense are talk that nobody read


def music_waits(call: CallView) -> list[Wait]:
    """Music after the first word of the conversation; loops with announcements are one wait."""
    first_word = min(turn.start_ms for turn in call.talk)
    music = [
        e for e in call.heard
        if isinstance(e, Music) and e.end_ms > first_word and e.start_ms > first_word - 500
    ]  # fmt: skip
    if not music or _behind_the_talk(call, music):
        return []
    ours = call.customer_channels()
    fed = [span_of(m) for m in music if m.channel not in ours]
    # What leaks of the agent's line into the customer's ends where that line says it does.
    music = [m for m in music if m.channel not in ours or not any(map(span_of(m).overlaps, fed))]
    notes = [e for e in call.heard if isinstance(e, Tone) and e.name in ("beep", "unknown")]
    spans = merge(
        (
            Span(max(e.start_ms, first_word), e.end_ms)
            for e in [*map(span_of, music), *map(span_of, notes), *map(span_of, call.loops)]
            if e.end_ms > first_word
        ),
        gap_ms=NOTE_GAP_MS,
    )
    joined: list[Span] = []
    for span in spans:
        if joined and _one_wait(call, Span(joined[-1].end_ms, span.start_ms)):
            joined[-1] = Span(joined[-1].start_ms, span.end_ms)
        else:
            joined.append(span)
    # A loop may play on after its last music, but without any it is no music.
    joined = [span for span in joined if any(span.overlaps(span_of(m)) for m in music)]
    waits = []
    for span in joined:
        inside = [m for m in music if span.overlaps(span_of(m))]
        # The customer's own channel carries what plays where the customer is.
        theirs = bool(inside) and all(m.channel in ours for m in inside)
        if span.duration_ms < LEAST_MUSIC_MS or (theirs and not call.announced(span.start_ms)):
            continue
        if not _misheard(call, span) and not _runs_into_talk(call, span):
            sure = min((m.confidence for m in inside), default=0.9)
            waits.append(Wait(of_music(call, span), "music", sure))
    return waits


def _misheard(call: CallView, span: Span) -> bool:
    """Whether music is rather talk in noise: nobody announces it, and voices go on or end it."""
    announced = call.announced(span.start_ms)
    if announced is not None and announced.slots.get("form") != "place":
        return False
    theirs = merge(span_of(turn) for turn in call.talk if turn.role is Role.CUSTOMER)
    if overlap_total_ms(span, theirs) > LEAK_SHARE * span.duration_ms:
        return True
    if announced is not None:
        return False
    faint = stillness_ms(call, span) > FAINT_SHARE * span.duration_ms
    if faint and call.returned(span.end_ms) is None:
        return True
    if call.next_turn(span.end_ms) is None and span.duration_ms < LEAST_LEFT_MS:
        return True
    return (
        overlap_total_ms(span, merge(call.voices)) > VOICES_SHARE * span.duration_ms
        and call.next_turn(span.end_ms) is None
    )


def _runs_into_talk(call: CallView, span: Span) -> bool:
    """Whether music that nobody announced, and nobody comes back from, has talk at its rims.

    Talk in noise has stretches that sound like music; they begin in it, and end in more of it.
    """
    if call.announced(span.end_ms) is not None or call.announced(span.start_ms) is not None:
        return False
    if call.returned(span.end_ms) is not None or call.comes_back(span.end_ms):
        return False
    before = call.last_turn(span.start_ms + 1)
    following = call.next_turn(span.end_ms)
    between = before is not None and before.end_ms >= span.start_ms - RIM_MS
    if between and following is not None and following.start_ms <= span.end_ms + RIM_MS:
        return True
    after = Span(span.end_ms, span.end_ms + UNREAD_AFTER_MS)
    within = before is not None and before.end_ms >= span.start_ms - PRESS_MS // 2
    return within and voiced(call, after, TALK_SHARE)


def _behind_the_talk(call: CallView, music: Sequence[Music]) -> bool:
    """Whether music goes on under what both parties say to each other, and so is the room's."""
    playing = [span_of(m) for m in music]
    under: list[Role] = [
        turn.role
        for turn in call.talk
        if is_clear(turn)
        and overlap_total_ms(span_of(turn), playing)
        >= UNDER_TALK_SHARE * (turn.end_ms - turn.start_ms)
    ]
    for before, after in pairwise(call.talk):
        gap = after.start_ms - before.end_ms
        if not 300 <= gap < LEAST_MUSIC_MS or not (is_clear(before) and is_clear(after)):
            continue
        covered = overlap_total_ms(Span(before.end_ms, after.start_ms), playing)
        if before.role is not after.role and covered >= UNDER_TALK_SHARE * gap:
            under += [before.role, after.role]
    return len(under) >= 2 * UNDER_TALK_TIMES and len(set(under)) > 1


def _one_wait(call: CallView, gap: Span) -> bool:
    """Whether nobody came back between two stretches of music.

    Whoever comes back is answered, or says that they are back, or asks for more time. A voice
    that does none of these between two stretches of music advertises, or sings.
    """
    if gap.duration_ms > LOOP_MS:
        return False
    # Voices that nobody read, in a gap without music or announcements: the parties' own.
    looped = any(span_of(turn).overlaps(gap) for turn in call.loops)
    if not looped and gap.duration_ms >= LEAST_MUSIC_MS and voiced(call, gap, TALK_SHARE):
        return False
    inside = [t for t in call.talk if span_of(t).overlap_ms(gap) > 300]
    agent = [turn for turn in inside if turn.role is Role.AGENT]
    if any(call.said(turn, *RETURNS, *WAITS) for turn in agent):
        return False
    return not agent or len({turn.role for turn in inside if is_clear(turn)}) < 2
