"""When a part of a turn's text was said."""

from __future__ import annotations

from qa_pipeline.domain.transcript import Turn


def time_of(turn: Turn, start: int, end: int) -> tuple[int, int]:
    """The time of characters ``[start, end)`` of ``turn.text``, as (start_ms, end_ms).

    From the words that cover them where words have times, else by their share of the turn.

    Example:
        >>> from qa_pipeline.domain.recording import Role
        >>> time_of(Turn(Role.AGENT, 1000, 2000, "hello there"), 6, 11)
        (1545, 2000)
    """
    starts: list[int] = []
    ends: list[int] = []
    position = 0
    for word in turn.words:
        bare = word.text.strip()
        at = turn.text.find(bare, position) if bare else -1
        if at < 0:
            continue
        position = at + len(bare)
        if at < end and start < position:
            starts.append(word.start_ms)
            ends.append(word.end_ms)
    if starts:
        return min(starts), max(ends)
    length = max(1, len(turn.text))
    duration = turn.end_ms - turn.start_ms
    first = turn.start_ms + round(duration * min(start, length) / length)
    last = turn.start_ms + round(duration * min(max(start, end), length) / length)
    return first, max(first, last)
