"""Words and voices that are no talk: what a channel carries while nobody speaks into the telephone.

People in a party's room are read by a recogniser and heard by a voice detector; so is noise. They
are told by their level, and because they are hardly read: both must be so, since a party may be
soft, and soft words badly read may be theirs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from qa_pipeline.domain.spans import Span, overlap_total_ms, subtract
from qa_pipeline.domain.timeline import Event, LineState
from qa_pipeline.domain.transcript import Turn, Word, channel_of
from qa_pipeline.stages.locate_holds.call_view import (
    UNSURE_WORDS,
    away_spans,
    customer_channels,
    span_of,
)

FAR_SHARE: Final = 0.8  # of a word or turn: it lies where nobody speaks as loud as the parties
SHORT_MS: Final = 1_500  # a yes so short may be soft, and is not lost for it

Faint = Mapping[int, Sequence[Span]]


def faint_of(lines: Sequence[LineState]) -> Faint:
    """Each channel's stretches in which nobody speaks as loud as its talk."""
    return {line.channel: line.faint for line in lines if line.faint}


def with_away(faint: Faint, turns: Sequence[Turn], heard: Sequence[Event]) -> Faint:
    """`faint` with the customer's channels while the agent's line is switched away.

    A customer speaks to nobody then: words hardly read are the room's, as those far away are.
    """
    away = away_spans(turns, heard)
    theirs = {channel for channel in customer_channels(turns) if channel is not None}
    return {
        channel: (*faint.get(channel, ()), *(away if channel in theirs else ()))
        for channel in {*faint, *theirs}
    }


def spoken_near(turns: Sequence[Turn], faint: Faint, answers: Sequence[Turn]) -> tuple[Turn, ...]:
    """The turns without what was read of voices far away.

    A turn that runs into such voices is shortened; its text stays whole.

    Args:
        turns: who said what.
        faint: by channel, as of `faint_of`; a mono call has one channel.
        answers: turns that say yes or no, which are kept where they are short.

    Example:
        >>> from qa_pipeline.domain.recording import Role
        >>> read = Turn(Role.CUSTOMER, 4_000, 9_000, "my mother's parents", confidence=0.4)
        >>> spoken_near([read], {0: [Span(3_000, 12_000)]}, ())
        ()
    """
    if not faint:
        return tuple(turns)
    short = {
        (turn.start_ms, turn.end_ms) for turn in answers if span_of(turn).duration_ms <= SHORT_MS
    }
    kept = (
        turn if (turn.start_ms, turn.end_ms) in short else _near(turn, _faint_for(turn, faint))
        for turn in turns
    )
    return tuple(turn for turn in kept if turn is not None)


def voices_near(unread: Sequence[Turn], faint: Faint) -> tuple[Turn, ...]:
    """The voices that nobody read, without those far away."""
    return tuple(
        replace(voice, start_ms=part.start_ms, end_ms=part.end_ms)
        for voice in unread
        for part in subtract([span_of(voice)], _faint_for(voice, faint))
    )


def _near(turn: Turn, faint: Sequence[Span]) -> Turn | None:
    if not turn.words:
        lost = turn.confidence < UNSURE_WORDS and _lies_in(turn, faint)
        return None if lost else turn
    first, end = 0, len(turn.words)
    while end > first and _lies_in(turn.words[end - 1], faint):
        end -= 1
    while first < end and _lies_in(turn.words[first], faint):
        first += 1
    far = (*turn.words[:first], *turn.words[end:])
    if not far or sum(word.probability for word in far) / len(far) >= UNSURE_WORDS:
        return turn
    if first == end:
        return None
    words = turn.words[first:end]
    start_ms = turn.start_ms if first == 0 else words[0].start_ms
    end_ms = turn.end_ms if end == len(turn.words) else words[-1].end_ms
    return replace(turn, start_ms=start_ms, end_ms=end_ms, words=words)


def _faint_for(turn: Turn, faint: Faint) -> Sequence[Span]:
    return faint.get(channel_of(turn.speaker) or 0, ())  # a mono call's only channel is 0


def _lies_in(part: Turn | Word, spans: Sequence[Span]) -> bool:
    span = span_of(part)
    return overlap_total_ms(span, spans) >= FAR_SHARE * max(1, span.duration_ms)
