"""The times of talk: gaps in which nobody speaks, and how much somebody says in what time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.spans import Span, merge, subtract
from qa_pipeline.domain.timeline import Hold, Music, Ringback, Tone
from qa_pipeline.domain.transcript import Turn

BORDER_MS: Final = 300
"""Ends of words and turns are this uncertain: talk is taken to last so much longer."""
PAUSE_MS: Final = 700  # a pause inside a turn that is not counted as speaking time
_SAID: Final = {
    "en": re.compile(r"[^\W_]+(?:'[^\W_]+)*"),
    "zh": re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+"),
}


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch in which nobody speaks, and the turn before it."""

    span: Span
    before: Turn


def parties(call: Conversation) -> tuple[Turn, ...]:
    """The turns of the two parties, in order of time."""
    return tuple(
        sorted(
            (turn for turn in call.turns if turn.role is not Role.LINE),
            key=lambda turn: (turn.start_ms, turn.end_ms),
        )
    )


def gaps(call: Conversation, least_ms: int) -> tuple[Gap, ...]:
    """Where neither party speaks for at least `least_ms`, between the first and the last turn.

    Holds, ringing, music, tones and talk that was heard but not understood do not count as
    silence.
    """
    turns = parties(call)
    if not turns:
        return ()
    first, last = turns[0].start_ms, max(turn.end_ms for turn in turns)
    busy = [Span(turn.start_ms, turn.end_ms) for turn in (*call.turns, *call.unread)]
    busy += [
        Span(event.start_ms, event.end_ms)
        for event in call.events
        if isinstance(event, Hold | Ringback | Music | Tone)
    ]
    talk = merge(span.padded(BORDER_MS, call.duration_ms) for span in busy)
    found = []
    for span in subtract([Span(first, last)], talk):
        if span.duration_ms + 2 * BORDER_MS < least_ms:
            continue
        before = max((t for t in turns if t.start_ms <= span.start_ms), key=lambda t: t.end_ms)
        whole = Span(max(0, span.start_ms - BORDER_MS), span.end_ms + BORDER_MS)
        found.append(Gap(whole, before))
    return tuple(found)


def count_said(text: str, language: str) -> int:
    """Words in English, characters in Mandarin.

    Example:
        >>> count_said("I'm here, now.", "en"), count_said("您好，请讲。", "zh")
        (3, 4)
    """
    return len(_SAID.get(language, _SAID["en"]).findall(text))


def speaking_ms(turn: Turn) -> int:
    """How long a turn is spoken: from its first to its last word, without the pauses inside it.

    The turn itself reaches a little beyond its words; over short turns that adds up to a tenth.
    """
    whole = turn.end_ms - turn.start_ms
    if turn.words:
        whole = turn.words[-1].end_ms - turn.words[0].start_ms
    pauses = sum(
        after.start_ms - before.end_ms
        for before, after in pairwise(turn.words)
        if after.start_ms - before.end_ms > PAUSE_MS
    )
    return max(0, whole - pauses)


def rate_per_minute(turns: Sequence[Turn], language: str) -> float | None:
    """Words (English) or characters (Mandarin) a minute of speaking; None without speech."""
    total_ms = sum(speaking_ms(turn) for turn in turns)
    if not total_ms:
        return None
    return sum(count_said(turn.text, language) for turn in turns) * 60_000 / total_ms
