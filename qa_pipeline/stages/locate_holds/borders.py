"""Where a wait begins and ends, to the half second, of what is known of its rims.

The line tells best: where it was switched, its noise changes within a frame. Else the borders lie
in the quiet between the last word and the first: somebody who puts a customer on hold presses a key
after the last word, and takes a breath before the first one on return.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from qa_pipeline.domain.spans import Span, merge, overlap_total_ms, total_ms
from qa_pipeline.domain.timeline import Ringback, Silence, Tone
from qa_pipeline.stages.locate_holds.call_view import CallView, is_clear, span_of

PRESS_MS: Final = 500  # from the last word to the key
BREATH_MS: Final = 200  # from the key to the first word, whose time is read a little early
BEEP_MS: Final = 700  # a beep in a stillness, with the rims that its filter smears
SWITCHED_SHARE: Final = 0.5  # of a gap in the talk: a switched line this long is its wait
SWITCHED_LEAST_MS: Final = 4_000
QUIET_LATE_MS: Final = 1_200  # the talk rings on no longer: a later stillness follows something
VOICE_SHARE: Final = 0.5  # of the time to the end of a gap: voices so dense are talk unread
VOICE_LEAST_MS: Final = 250
LEAD_LEAST_MS: Final = 1_500  # music so soon after the last word begins with the wait itself
LONG_LEAD_MS, SHORT_LEAD_MS = 2_600, 800  # music after it may also begin a little late
LEAD_MS: Final = 6_000  # of quiet before or after music that belongs to its wait
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
    """The gap without talk at its rims that nobody read: voices that stand close to either end."""
    voices = merge((voice for voice in call.voices if voice.overlaps(gap)), gap_ms=VOICE_LEAST_MS)
    start, end = gap.start_ms, gap.end_ms
    for voice in voices:
        if _dense(voices, Span(gap.start_ms, min(voice.end_ms, gap.end_ms))):
            start = min(voice.end_ms, gap.end_ms)
    for voice in reversed(voices):
        if voice.start_ms > start and _dense(voices, Span(voice.start_ms, gap.end_ms)):
            end = voice.start_ms
    return Span(start, end) if end > start else gap


def _dense(voices: Sequence[Span], stretch: Span) -> bool:
    spoken = overlap_total_ms(stretch, voices)
    return spoken >= max(VOICE_LEAST_MS, VOICE_SHARE * stretch.duration_ms)


def of_stillness(call: CallView, gap: Span, inner: Span) -> Span:
    """The wait in a gap of the talk that nothing but beeps and announcements fills.

    `inner` is the gap without talk at its rims that nobody read.
    """
    line = switched(call, gap)
    if line is not None:
        return line
    still = _quiet(call, inner)
    start, end = inner.start_ms, inner.end_ms
    if still is not None:
        late = still.start_ms - start
        if PRESS_MS < late <= QUIET_LATE_MS:
            start = still.start_ms - PRESS_MS // 2
        elif 0 < late <= PRESS_MS:
            start = still.start_ms
        if BREATH_MS < end - still.end_ms <= END_LOST_MS:
            end = still.end_ms
    return pressed(call, Span(start, end))


def _quiet(call: CallView, gap: Span) -> Span | None:
    """From the first to the last stillness of all channels in a gap, beeps among them."""
    tones = [span_of(e) for e in call.heard if isinstance(e, Tone | Ringback)]
    still = [span_of(e) for e in call.heard if isinstance(e, Silence) and e.channel is None]
    quiet = [span for span in (*tones, *still) if span.overlaps(gap)]
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
    pauses before the agent is back, and a queue begins with a moment of nothing.
    """
    start, end = span.start_ms, span.end_ms
    before = call.last_turn(start + QUIET_LATE_MS * 3)
    if before is not None and is_clear(before) and before.end_ms < end:
        word = without_voices(call, Span(before.end_ms, max(start, before.end_ms + 1))).start_ms
        lead = start - word
        if lead < 0 and before.start_ms < start + QUIET_LATE_MS * 2:
            start = before.end_ms + PRESS_MS
        elif LEAD_LEAST_MS < lead <= LEAD_MS and _leads_in(call, Span(word, start)):
            start = word + PRESS_MS if lead > LONG_LEAD_MS else max(word, start - SHORT_LEAD_MS)
    after = call.next_turn(end)
    if after is not None and BREATH_MS < after.start_ms - end <= LEAD_MS:
        rest = without_voices(call, Span(end, after.start_ms))
        still = _quiet(call, rest)
        if still is not None and still.start_ms - end <= BEEP_MS:
            end = max(end, still.end_ms - BREATH_MS)
    return Span(start, end) if start < end else span


def _leads_in(call: CallView, lead: Span) -> bool:
    """Whether what stands between the last word and music belongs to its wait."""
    tones = any(isinstance(e, Tone) and span_of(e).overlaps(lead) for e in call.heard)
    return tones or call.announced(lead.end_ms) is not None
