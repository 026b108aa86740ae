"""Words that nobody said: what a recogniser reads into stillness.

A stretch that `listen` hears as still on all lines holds nobody's voice, however fluent the words
that were read there; nor does one channel while it is softer than its own noise. Of 5,068 labelled
turns of made calls none lies in such a stretch by half; of the turns that were read, those that do
by `STILL_SHARE` were all made up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from qa_pipeline.domain.spans import Span, merge, overlap_total_ms
from qa_pipeline.domain.timeline import Event, Silence
from qa_pipeline.domain.transcript import Turn

STILL_SHARE: Final = 0.7  # of a turn: its rims may reach into stillness, its words do not


def without_unsaid(turns: Sequence[Turn], events: Sequence[Event]) -> tuple[Turn, ...]:
    """The turns but those that lie in a stillness.

    Args:
        turns: who said what, by the recogniser.
        events: what was heard, of which silences count.

    Example:
        >>> from qa_pipeline.domain.recording import Role
        >>> told = Turn(Role.CUSTOMER, 4_000, 5_000, "Thanks for watching")
        >>> without_unsaid([told], [Silence(2_000, 9_000)])
        ()
    """
    quiet = [event for event in events if isinstance(event, Silence)]
    if not quiet:
        return tuple(turns)
    on_all = merge(_span(event) for event in quiet if event.channel is None)
    of_channel = {
        f"channel_{channel}": merge((*on_all, *(_span(e) for e in quiet if e.channel == channel)))
        for channel in {event.channel for event in quiet} - {None}
    }
    return tuple(
        turn for turn in turns if not _lies_in(turn, of_channel.get(turn.speaker or "", on_all))
    )


def _lies_in(turn: Turn, stillness: Sequence[Span]) -> bool:
    span = Span(turn.start_ms, turn.end_ms)
    return overlap_total_ms(span, stillness) >= STILL_SHARE * max(1, span.duration_ms)


def _span(event: Silence) -> Span:
    return Span(event.start_ms, event.end_ms)
