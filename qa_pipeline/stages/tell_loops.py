"""Sounds that come again: which of them are a recording, and what was read of it.

`listen` finds whatever comes again exactly. Music does, and now and then a few words of the talk
are so alike that it takes them for it; but nobody talks between the rounds of a recording. What is
read in the rounds of one is the line's, however it is worded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.spans import Span, merge, overlap_total_ms, subtract, total_ms
from qa_pipeline.domain.timeline import Event, Loop, Music
from qa_pipeline.domain.transcript import Turn, Word, channel_of
from qa_pipeline.language.word_speakers import of_words

MUSIC_SHARE: Final = 0.5  # of the rounds: the loop is the music's
LEAST_TWICE_MS: Final = 2_000  # of a round that is heard twice only: a name may be so alike
RUNS_ON_MS: Final = 250  # between a party's words: no recording begins or ends so in their talk
RUNS_ON_LEAST_MS: Final = 600  # of such words
ASIDE_MS: Final = 1_500  # of clear talk between two rounds: a waiting customer's word
TALK_SHARE: Final = 0.5  # of the time between two rounds: what is badly read is talk all the same
CLEAR: Final = 0.6  # mean word probability: noise is read less surely
RIM_MS: Final = 250  # of word times
WHOLE_SHARE: Final = 0.9  # of the longest round
IN_ROUND_SHARE: Final = 0.6  # of a turn whose words have no times


def tell_loops(
    turns: Sequence[Turn], events: Sequence[Event]
) -> tuple[tuple[Turn, ...], tuple[Event, ...]]:
    """The turns with what loops say as turns of `Role.LINE`, and the events with loops alone.

    Loops that are music, or have talk between their rounds, are left out of the events.

    Args:
        turns: who said what.
        events: what was heard.

    Example:
        >>> loop = Loop(10_000, 22_000, (Span(10_000, 14_000), Span(18_000, 22_000)))
        >>> read = Turn(Role.AGENT, 10_100, 13_900, "Way ting time is short.")
        >>> told, _ = tell_loops([read], [loop])
        >>> [turn.role.value for turn in told]
        ['line']
        >>> said = Turn(Role.CUSTOMER, 14_500, 17_500, "And then it broke.")
        >>> tell_loops([said], [loop])[1]
        ()
    """
    music = merge(_span(event) for event in events if isinstance(event, Music))
    heard = tuple(
        event for event in events if not isinstance(event, Loop) or _plays(event, turns, music)
    )
    loops = [event for event in heard if isinstance(event, Loop)]
    if not loops:
        return tuple(turns), heard
    apart = [part for turn in turns for part in _apart(turn, loops)]
    return tuple(sorted(apart, key=lambda turn: (turn.start_ms, turn.end_ms))), heard


def broken_off_ms(events: Sequence[Event]) -> tuple[int, ...]:
    """When somebody came back in the middle of a recording's round.

    Example:
        >>> broken_off_ms([Loop(0, 9_000, (Span(0, 4_000), Span(8_000, 9_000)))])
        (9000,)
    """
    return tuple(
        event.end_ms
        for event in events
        if isinstance(event, Loop)
        and event.rounds[-1].duration_ms
        < WHOLE_SHARE * max(span.duration_ms for span in event.rounds)
    )


def _plays(loop: Loop, turns: Sequence[Turn], music: Sequence[Span]) -> bool:
    rounds = merge(loop.rounds)
    length_ms = total_ms(rounds)
    if length_ms - total_ms(subtract(rounds, music)) >= MUSIC_SHARE * length_ms:
        return False
    if len(loop.rounds) == 2 and max(r.duration_ms for r in loop.rounds) < LEAST_TWICE_MS:
        return False
    if any(_runs_on(loop, turn) for turn in turns):
        return False
    known = merge((*music, *_with_rims(rounds)))
    for between in subtract([Span(loop.start_ms, loop.end_ms)], known):
        said = [_said_in(turn, between) for turn in turns if turn.role is not Role.LINE]
        clear = merge(span for spans, sure in said if sure >= CLEAR for span in spans)
        every = merge(span for spans, _ in said for span in spans)
        if total_ms(clear) > ASIDE_MS or total_ms(every) > TALK_SHARE * between.duration_ms:
            return False
    return True


def _runs_on(loop: Loop, turn: Turn) -> bool:
    """Whether a party's clear words run into a round or out of it, without a breath between them.

    The last round may be broken off by them, and the first may be cut where a wait begins.
    """
    if turn.role is Role.LINE or not turn.words:
        return False
    for n, span in enumerate(loop.rounds):
        inside = [i for i, word in enumerate(turn.words) if _in_round(word, [span])]
        if not inside:
            continue
        sides = []
        if n > 0:
            sides.append(turn.words[inside[0] :: -1])
        if n < len(loop.rounds) - 1:
            sides.append(turn.words[inside[-1] :])
        for side in sides:
            beside = _without_breath(side)[1:]
            length_ms = sum(word.end_ms - word.start_ms for word in beside)
            if length_ms >= RUNS_ON_LEAST_MS and _sureness(beside) >= CLEAR:
                return True
    return False


def _without_breath(words: Sequence[Word]) -> Sequence[Word]:
    """The first words, in either order, up to a breath."""
    for n, (one, other) in enumerate(pairwise(words), 1):
        first, second = sorted((one, other), key=lambda word: word.start_ms)
        if second.start_ms - first.end_ms > RUNS_ON_MS:
            return words[:n]
    return words


def _sureness(words: Sequence[Word]) -> float:
    return sum(word.probability for word in words) / len(words) if words else 0.0


def _in_round(word: Word, rounds: Iterable[Span]) -> bool:
    middle_ms = (word.start_ms + word.end_ms) // 2
    return any(span.start_ms <= middle_ms < span.end_ms for span in rounds)


def _said_in(turn: Turn, between: Span) -> tuple[list[Span], float]:
    """Where a turn's words lie between two rounds, and how surely they were read."""
    if not turn.words:
        return _inside([_span(turn)], between), turn.confidence
    words = [word for word in turn.words if _span(word).overlaps(between)]
    return _inside(map(_span, words), between), _sureness(words)


def _apart(turn: Turn, loops: Sequence[Loop]) -> list[Turn]:
    """A turn cut where its words go over from a party to a recording."""
    channel = channel_of(turn.speaker)
    rounds = _with_rims(
        span
        for loop in loops
        if channel is None or loop.channel in (None, channel)
        for span in loop.rounds
    )
    if turn.role is Role.LINE or not any(span.overlaps(_span(turn)) for span in rounds):
        return [turn]
    if not turn.words:
        inside = overlap_total_ms(_span(turn), merge(rounds))
        recorded = inside >= IN_ROUND_SHARE * (turn.end_ms - turn.start_ms)
        return [replace(turn, role=Role.LINE) if recorded else turn]
    groups: list[tuple[bool, list[Word]]] = []
    for word in turn.words:
        recorded = _in_round(word, rounds)
        if not groups or groups[-1][0] is not recorded:
            groups.append((recorded, []))
        groups[-1][1].append(word)
    if len(groups) == 1:
        return [replace(turn, role=Role.LINE) if groups[0][0] else turn]
    return [of_words(turn, Role.LINE if line else turn.role, words) for line, words in groups]


def _inside(spans: Iterable[Span], between: Span) -> list[Span]:
    return [
        Span(max(span.start_ms, between.start_ms), min(span.end_ms, between.end_ms))
        for span in spans
        if span.overlaps(between)
    ]


def _with_rims(rounds: Iterable[Span]) -> tuple[Span, ...]:
    return tuple(Span(max(0, span.start_ms - RIM_MS), span.end_ms + RIM_MS) for span in rounds)


def _span(item: Event | Turn | Word) -> Span:
    return Span(item.start_ms, item.end_ms)
