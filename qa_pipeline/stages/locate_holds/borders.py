"""Where a wait begins and ends, to the half second, of what is known of its rims.

The line tells best: where it was switched, its noise changes within a frame. Else the borders lie
in the quiet between the last word and the first: somebody who puts a customer on hold presses a key
after the last word, and takes a breath before the first one on return.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.spans import Span, merge, overlap_total_ms, subtract, total_ms
from qa_pipeline.domain.timeline import Loop, Music, Ringback, Silence, Tone
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.stages.locate_holds.call_view import ASKS, BEEP_MS, CallView, is_clear, span_of

LEAST_READ: Final = 0.6  # mean word probability: singing is read less surely
PRESS_MS: Final = 500  # from the last word to the key
BREATH_MS: Final = 200  # from the key to the first word, whose time is read a little early
SWITCHED_SHARE: Final = 0.5  # of a gap in the talk: a switched line this long is its wait
SWITCHED_LEAST_MS: Final = 4_000
QUIET_LATE_MS: Final = 1_200  # the talk rings on no longer: a later stillness follows something
VOICE_SHARE: Final = 0.5  # of the time to the end of a gap: voices so dense are talk unread
STRAY_SHARE: Final = 0.2  # of a stretch: more voice than a waiting customer's word or the noise's
VOICE_LEAST_MS: Final = 250
TALK_MS: Final = 1_500  # of voice after a loop: a sentence that nobody read
VOICE_APART_MS: Final = 2_500  # no talk pauses longer without being a wait itself
GRANTED_APART_MS: Final = 1_000  # after a yes: a later voice is the recording's, or the room's
UNREAD_MOST_MS: Final = 10_000  # more talk than is lost as a whole: noise, rather
STEADY_SHARE: Final = 0.9  # of a stillness: what comes and goes is a line's own noise
ANSWER_MS: Final = 3_000  # an unread yes to a request: the stillness follows it
LEAD_LEAST_MS: Final = 1_500  # music so soon after the last word begins with the wait itself
LAST_NOTES_MS: Final = 2_000  # softer than the piece, and no longer heard as music
NEAR_WORD_MS, SOFT_NOTES_MS = 1_000, 1_700  # between a word and music, at most
LONG_LEAD_MS, SHORT_LEAD_MS = 2_600, 800  # music after it may also begin a little late
LOOP_MS: Final = 20_000  # announcements or stillness between two stretches of music
LEAD_MS: Final = 6_000  # of quiet before or after music that belongs to its wait
ASIDE_REACH_MS: Final = 500  # `CallView.next_turn` looks back so far
END_LOST_MS: Final = 2_500  # a first word back that was neither read nor heard as a voice


def switched(call: CallView, gap: Span) -> Span | None:
    """The stretch of a gap in which the agent's line, or a mono line, was switched away."""
    theirs = call.customer_channels()
    pieces = merge(
        (
            span_of(e)
            for e in call.heard
            if isinstance(e, Silence) and e.below_floor and e.channel not in theirs
            and span_of(e).overlaps(gap)
        ),
        gap_ms=BEEP_MS,
    )  # fmt: skip
    if not pieces:
        return None
    longest = max(pieces, key=lambda piece: piece.duration_ms)
    inside = longest.overlap_ms(gap)
    mostly = inside >= 0.7 * longest.duration_ms  # else it is how the line was before, too
    if inside < max(SWITCHED_LEAST_MS, SWITCHED_SHARE * gap.duration_ms) or not mostly:
        return None
    return Span(max(longest.start_ms, gap.start_ms - 500), min(longest.end_ms, gap.end_ms + 500))


def without_voices(call: CallView, gap: Span) -> Span:
    """The gap without talk at its rims that nobody read: voices that stand close to either end.

    What lies between two announcements that were read belongs to their loop, and so does what
    stands between the words of leaving, or of return, and the loop.
    """
    loop = [span_of(turn) for turn in call.loops if span_of(turn).overlaps(gap)]
    known = [Span(loop[0].start_ms, max(span.end_ms for span in loop))] if loop else []
    start, end = gap.start_ms, gap.end_ms
    if not (loop and call.granted(gap.start_ms)):
        start = _after_talk(call, _unread(call.voices, gap, known), gap)
    if not (loop and call.returned(gap.end_ms)):
        # Only the agent ends a wait: what the customer's channel carries before is their room.
        back = _unread(call.not_theirs, gap, known)
        end = _before_talk(call, back, Span(start, gap.end_ms) if start < end else gap)
        end = min(end, _back_unread(call, back, gap))
    return Span(start, end) if end > start else gap


def _back_unread(call: CallView, voices: Sequence[Span], gap: Span) -> int:
    """Where somebody talks after a loop's last round who was not read; else the gap's end."""
    ends = [e.end_ms for e in call.heard if isinstance(e, Loop) and gap.contains(e.end_ms)]
    if not ends:
        return gap.end_ms
    talk = [v for v in voices if v.start_ms > max(ends) + PRESS_MS and v.duration_ms >= TALK_MS]
    return talk[0].start_ms if talk else gap.end_ms


def _unread(voices: Sequence[Span], gap: Span, known: Sequence[Span]) -> tuple[Span, ...]:
    """The voices in a gap outside what is known to be a recording, without breaths between them."""
    parts = (v for voice in voices if voice.overlaps(gap) for v in subtract([voice], known))
    return merge((v for v in parts if v.duration_ms >= VOICE_LEAST_MS), gap_ms=VOICE_LEAST_MS)


def _after_talk(call: CallView, voices: Sequence[Span], gap: Span) -> int:
    """Where the voices end that follow the last word before a gap."""
    start = gap.start_ms
    last = call.last_turn(gap.start_ms + 1)
    at_once = last is not None and last.end_ms >= gap.start_ms and call.granted(gap.start_ms)
    apart_ms = GRANTED_APART_MS if at_once else VOICE_APART_MS
    for voice in voices:
        if voice.start_ms - start > apart_ms:
            break
        if _dense(voices, Span(gap.start_ms, min(voice.end_ms, gap.end_ms))):
            start = min(voice.end_ms, gap.end_ms)
    return start if _may_be_unread(call, Span(gap.start_ms, start), gap) else gap.start_ms


def _before_talk(call: CallView, voices: Sequence[Span], gap: Span) -> int:
    """Where the voices begin that lead up to the first word after a gap."""
    end = gap.end_ms
    for voice in reversed(voices):
        if end - voice.end_ms > VOICE_APART_MS or voice.start_ms <= gap.start_ms:
            break
        if _dense(voices, Span(voice.start_ms, gap.end_ms)):
            end = voice.start_ms
    return end if _may_be_unread(call, Span(end, gap.end_ms), gap) else gap.end_ms


def _may_be_unread(call: CallView, talk: Span, gap: Span) -> bool:
    """Whether voices are talk: so much is seldom lost, unless what is left of the gap is still."""
    if talk.duration_ms <= UNREAD_MOST_MS:
        return True
    rest = subtract([gap], [talk])
    return bool(rest) and _quiet(call, rest[0]) is not None


def voiced(call: CallView, stretch: Span, share: float = STRAY_SHARE) -> bool:
    """Whether somebody talks in a stretch who was not read."""
    return overlap_total_ms(stretch, merge(call.voices)) > share * stretch.duration_ms


def _dense(voices: Sequence[Span], stretch: Span) -> bool:
    spoken = overlap_total_ms(stretch, voices)
    return spoken >= max(VOICE_LEAST_MS, VOICE_SHARE * stretch.duration_ms)


def of_stillness(call: CallView, gap: Span, inner: Span) -> Span:
    """The wait in a gap of the talk that nothing but beeps and announcements fills.

    `inner` is the gap without talk at its rims that nobody read.
    """
    line = switched(call, inner)
    if line is not None:
        return line
    still = _quiet(call, inner)
    start, end = inner.start_ms, inner.end_ms
    if still is not None:
        steady = stillness_ms(call, still) >= STEADY_SHARE * still.duration_ms
        late = still.start_ms - start
        unanswered = steady and not call.granted(gap.start_ms)
        if PRESS_MS < late <= (ANSWER_MS if unanswered else QUIET_LATE_MS):
            start = still.start_ms - PRESS_MS // 2
        elif 0 < late <= PRESS_MS:
            start = still.start_ms
        rest = Span(still.end_ms, end)
        if steady and BREATH_MS < rest.duration_ms <= END_LOST_MS and not _is_theirs(call, rest):
            end = still.end_ms
    return pressed(call, Span(start, end))


def _is_theirs(call: CallView, rest: Span) -> bool:
    """Whether it is the waiting customer, or their room, who is heard there: that ends no wait."""
    return overlap_total_ms(rest, merge(call.theirs)) >= VOICE_SHARE * rest.duration_ms


def stillness_ms(call: CallView, span: Span) -> int:
    """How much of a span is still on all channels, or a signal's."""
    return overlap_total_ms(span, merge((*_signals(call), *_still(call))))


def _signals(call: CallView) -> list[Span]:
    return [span_of(e) for e in call.heard if isinstance(e, Tone | Ringback)]


def _still(call: CallView) -> list[Span]:
    return [span_of(e) for e in call.heard if isinstance(e, Silence) and e.channel is None]


def _quiet(call: CallView, gap: Span) -> Span | None:
    """From the first to the last stillness of all channels in a gap, beeps among them."""
    tones = _signals(call)
    quiet = [span for span in (*tones, *_still(call)) if span.overlaps(gap)]
    if total_ms(merge(quiet)) < 0.5 * gap.duration_ms:
        return None
    # A stillness beside a tone at the rim may be too short to be an event of its own.
    first, last = min(quiet), max(quiet, key=lambda span: span.end_ms)
    start = gap.start_ms if first in tones else max(first.start_ms, gap.start_ms)
    end = gap.end_ms if last in tones else min(last.end_ms, gap.end_ms)
    return Span(start, end)


def pressed(call: CallView, span: Span) -> Span:
    """A wait between two words, shorter by the key and by the breath."""
    end = span.end_ms - (BREATH_MS if span.end_ms < call.duration_ms - 500 else 0)
    start = span.start_ms + PRESS_MS
    return Span(start, end) if start < end else span


def of_music(call: CallView, span: Span) -> Span:
    """Music's own span, with what belongs to the same wait: quiet before and after it.

    Music that seems to play under the last words was only the line's noise; a piece fades out or
    pauses before the agent is back, and a queue begins with a moment of nothing. Faint music is
    heard in pieces only: a wait that was announced lasts from word to word.
    """
    announced = call.announced(span.start_ms) is not None
    start = _since_talk(call, span, announced=announced)
    end = _until_talk(call, span, announced=announced)
    if start >= end:
        return span
    near = _near_the_words(call, span)
    # Where something else than the music told a border, that is nearer.
    return Span(
        near.start_ms if start == span.start_ms else start,
        near.end_ms if end == span.end_ms else end,
    )


def _near_the_words(call: CallView, span: Span) -> Span:
    """Music's span, its borders not far from the words around it.

    Soft first and last notes are not heard as music. Where the talk is near, the key was pressed
    between its word and the music, and one of the two is near to it.
    """
    before, after = call.last_turn(span.start_ms), call.next_turn(span.end_ms)
    start, end = span.start_ms, span.end_ms
    if before is not None and NEAR_WORD_MS < start - before.end_ms <= SOFT_NOTES_MS:
        start = before.end_ms + NEAR_WORD_MS
    if after is not None and NEAR_WORD_MS < after.start_ms - end <= SOFT_NOTES_MS:
        end = after.start_ms - NEAR_WORD_MS
    return Span(start, end)


def _since_talk(call: CallView, span: Span, *, announced: bool) -> int:
    """Where a wait begins that music is heard in: with it, or with the key after the last word."""
    start = span.start_ms
    before = call.last_turn(start + QUIET_LATE_MS * 3)
    if before is None or before.end_ms >= span.end_ms:
        return start
    word = without_voices(call, Span(before.end_ms, max(start, before.end_ms + 1))).start_ms
    lead = start - word
    # What began before the music and was read half surely, or well before, is no singing.
    near = lead <= LEAD_LEAST_MS and before.confidence < LEAST_READ
    sung = not is_clear(before) and (before.start_ms >= start or near)
    if lead > LEAD_MS or sung:
        return word + PRESS_MS if announced and lead > LEAD_MS else start
    if lead > 0 and _opens_with_words(call, start):
        # A voice so near before its first word is that word's, or the last one's.
        return max(before.end_ms, min(word, start - 2 * PRESS_MS) + PRESS_MS)
    if lead < 0 and before.start_ms < start + QUIET_LATE_MS * 2:
        # Whoever asks for a wait hears the answer before pressing the key, unless it is cut off.
        said_ms = before.words[-1].end_ms if before.words else before.end_ms
        meanwhile = start >= said_ms or not call.answers(before, *ASKS)
        with_it = meanwhile and _on_another_line(call, before, span)
        return start if with_it else before.end_ms + PRESS_MS
    if lead > LEAD_LEAST_MS and _leads_in(call, Span(word, start)):
        return word + PRESS_MS if lead > LONG_LEAD_MS else max(word, start - SHORT_LEAD_MS)
    return start


def _until_talk(call: CallView, span: Span, *, announced: bool) -> int:
    """Where a wait ends whose music stops with `span`: there, or when somebody talks again."""
    end_ms = span.end_ms
    after = call.next_turn(end_ms)
    while announced and after is not None and call.is_aside(after):
        after = call.next_turn(after.end_ms + ASIDE_REACH_MS)
    if after is None or after.start_ms - end_ms <= BREATH_MS:
        return end_ms
    if after.role is Role.AGENT and _before_next_round(call, Span(end_ms, after.start_ms)):
        return after.start_ms - BREATH_MS
    if announced and after.role is Role.AGENT and _plays_on(call, span, after.start_ms):
        return after.start_ms - BREATH_MS
    rest = without_voices(call, Span(end_ms, after.start_ms))
    if rest.start_ms == end_ms and rest.duration_ms > LEAD_MS:
        return rest.end_ms - BREATH_MS if announced and not voiced(call, rest) else end_ms
    still = _quiet(call, rest) if rest.end_ms - end_ms <= LEAD_MS else None
    # A soft passage before it is no return: nobody speaks.
    soft = after.role is Role.AGENT and not voiced(call, rest)
    if still is not None and still.start_ms - end_ms <= (LAST_NOTES_MS if soft else BEEP_MS):
        return max(end_ms, still.end_ms - BREATH_MS)
    return end_ms


def _before_next_round(call: CallView, rest: Span) -> bool:
    """Whether what is left of a wait is no longer than the pauses between a loop's rounds."""
    pauses = [
        after.start_ms - before.end_ms
        for event in call.heard
        if isinstance(event, Loop) and abs(event.end_ms - rest.start_ms) <= PRESS_MS
        for before, after in pairwise(event.rounds)
    ]
    return bool(pauses) and rest.duration_ms <= max(pauses)


def _plays_on(call: CallView, span: Span, back_ms: int) -> bool:
    """Whether a loop goes on with a voice after its last piece of music, until the agent is back.

    It does where it spoke before between two pieces, for as long as it did; and where the agent
    comes back with thanks, since nobody talks to a customer first and thanks for waiting then.
    """
    rest = Span(span.end_ms, back_ms)
    if not voiced(call, rest):
        return False
    if rest.duration_ms <= LOOP_MS and call.returned(back_ms) is not None:
        return True
    playing = (span_of(e) for e in call.heard if isinstance(e, Music))
    music = merge(piece for piece in playing if piece.overlaps(span))
    pauses = (after.start_ms - before.end_ms for before, after in pairwise(music))
    return rest.duration_ms <= max(pauses, default=0)


def _on_another_line(call: CallView, turn: Turn, span: Span) -> bool:
    """Whether who speaks last does so into the other line than the one that music plays on."""
    fed = {e.channel for e in call.heard if isinstance(e, Music) and span_of(e).overlaps(span)}
    return None not in fed and all(turn.speaker != f"channel_{channel}" for channel in fed)


def _opens_with_words(call: CallView, at_ms: int) -> bool:
    """Whether an announcement stands at the beginning of music: it never starts with the key."""
    return any(turn.start_ms <= at_ms < turn.end_ms for turn in call.loops)


def _leads_in(call: CallView, lead: Span) -> bool:
    """Whether what stands between the last word and music belongs to its wait."""
    tones = any(isinstance(e, Tone) and span_of(e).overlaps(lead) for e in call.heard)
    return tones or call.announced(lead.end_ms) is not None
