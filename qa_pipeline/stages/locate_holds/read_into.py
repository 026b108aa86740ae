"""Words that a recogniser reads into a wait: of a recording as it begins, of the customer's room.

Such words are hardly read. That alone says little, since real words are, too; they are told by
where they stand. After a request to wait and its answer only the agent who comes back ends a wait.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from qa_pipeline.domain.conversation import Act
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.spans import Span, merge, subtract
from qa_pipeline.domain.timeline import Music, Tone
from qa_pipeline.domain.transcript import Turn, Word
from qa_pipeline.language.babble import babbles
from qa_pipeline.stages.locate_holds.borders import GRANTED_APART_MS, LEAST_READ, PRESS_MS
from qa_pipeline.stages.locate_holds.call_view import (
    ANSWER_WITHIN_MS,
    WAITS,
    CallView,
    away_spans,
    is_clear,
    span_of,
)
from qa_pipeline.stages.locate_holds.far_away import SHORT_MS

RUNS_INTO_MS: Final = 700  # a recording that opens with words goes on with music, or with more
REQUEST_WITHIN_MS: Final = 15_000  # from a request to the first words of what is played
LEAST_ALONE_MS: Final = 10_000  # an agent who was asked nothing and is there says a word meanwhile
_ANSWERS: Final = ("assent", "refusal")
RETURN_WITHIN_MS: Final = 120_000  # from a request: words that may end its wait
GUESS: Final = 0.3  # a word's probability: there may be no word at all
APART_MS: Final = 500  # between such a word and the next
UNSURE_WORD, LONGEST_WORD_MS = 0.5, 700  # a longer first word begins in what was before it
WORD_MS: Final = 400
STANDS_APART_MS: Final = 2_000  # from what stands in a wait to the return
MEANT_LEAST: Final = 0.45  # mean word probability: what goes on at once after an answer is theirs
LEAST_BEEPS_MS: Final = 5_000  # with a beep in it
SCRAP_MS: Final = 500  # of a turn: so little, hardly read, is nobody's return


def talk_only(call: CallView) -> CallView:
    """The call without what was read into its waits, and what was made of noise."""
    call = replace(
        call,
        talk=tuple(
            _without_guesses(turn)
            if _requests_before(call, turn.start_ms, RETURN_WITHIN_MS)
            else turn
            for turn in call.talk
        ),
    )
    played = merge(
        [*map(span_of, call.loops), *(span_of(e) for e in call.heard if isinstance(e, Music))]
    )
    call = replace(
        call, talk=tuple(turn for turn in call.talk if not _opens_recording(call, turn, played))
    )
    call = replace(call, talk=tuple(turn for turn in call.talk if not _stands_in_wait(call, turn)))
    rooms = [room for turn in call.talk if (room := _room_after(call, turn)) is not None]
    alone = _left_alone(call)
    rooms += alone
    talk = (part for turn in call.talk for part in _outside(turn, alone))
    return replace(
        call,
        talk=tuple(
            turn
            for turn in talk
            if not babbles(turn) and not any(room.contains(turn.start_ms) for room in rooms)
        ),
        voices=subtract(call.voices, rooms),
        not_theirs=subtract(call.not_theirs, rooms),
    )


def _requests_before(call: CallView, at_ms: int, within_ms: int = REQUEST_WITHIN_MS) -> list[Act]:
    """The agent's requests and announcements of a wait that end so shortly before a moment."""
    return [
        act
        for act in call.acts
        if act.kind in WAITS and act.role is Role.AGENT and 0 <= at_ms - act.end_ms <= within_ms
    ]


def _without_guesses(turn: Turn) -> Turn:
    """A turn without a word at either rim that is a mere guess and stands apart.

    Recognisers put a first word too early, into what plays before it, or make it too long.
    """
    words = turn.words
    while len(words) > 1 and _is_guess(words[0]) and _apart_ms(words[0], words[1]) >= APART_MS:
        words = words[1:]
    while len(words) > 1 and _is_guess(words[-1]) and _apart_ms(words[-2], words[-1]) >= APART_MS:
        words = words[:-1]
    if not words:
        return turn
    start_ms = turn.start_ms if words[0] is turn.words[0] else words[0].start_ms
    end_ms = turn.end_ms if words[-1] is turn.words[-1] else words[-1].end_ms
    if words[0].probability < UNSURE_WORD and words[0].end_ms - start_ms > LONGEST_WORD_MS:
        start_ms = words[0].end_ms - WORD_MS
    return replace(turn, start_ms=start_ms, end_ms=end_ms, words=words)


def _is_guess(word: Word) -> bool:
    return word.probability < GUESS


def _apart_ms(word: Word, following: Word) -> int:
    return following.start_ms - word.end_ms


def _stands_in_wait(call: CallView, turn: Turn) -> bool:
    """Whether hardly-read words stand alone between a request and what the agent says on return.

    An announcement that plays once, or somebody in the room.
    """
    if not _hardly_read([turn]) or call.said(turn, *_ANSWERS) or call.answers(turn, *WAITS):
        return False
    following = next((t for t in call.talk if t.start_ms >= turn.end_ms), None)
    before = call.last_turn(turn.start_ms)
    if following is None or following.role is not Role.AGENT or before is None:
        return False
    alone = (
        turn.start_ms - before.end_ms >= GRANTED_APART_MS
        and following.start_ms - turn.end_ms >= STANDS_APART_MS
    )
    return (
        alone
        and call.returned(following.start_ms) is not None
        and bool(_requests_before(call, turn.start_ms))
    )


def _left_alone(call: CallView) -> tuple[Span, ...]:
    """Where the agent's line is away between a request and thanks: nobody is there to talk to.

    What a recogniser reads on the customer's channel meanwhile is no talk, however sure it is; it
    makes up whole sentences out of voices in a room.
    """
    return tuple(
        span
        for span in away_spans(call.talk, call.heard)
        if call.returned(span.end_ms) is not None and _requests_before(call, span.start_ms)
    )


def _outside(turn: Turn, alone: Sequence[Span]) -> list[Turn]:
    """What the customer says before and after such a span, as turns of their own."""
    if turn.role is not Role.CUSTOMER or not any(span_of(turn).overlaps(s) for s in alone):
        return [turn]
    parts: list[Turn] = []
    for span in subtract([span_of(turn)], alone):
        words = tuple(w for w in turn.words if span.contains((w.start_ms + w.end_ms) // 2))
        if words:
            end_ms = min(span.end_ms, words[-1].end_ms)
            start_ms = max(span.start_ms, words[0].start_ms)
            parts.append(replace(turn, start_ms=start_ms, end_ms=end_ms, words=words))
    return parts


def _opens_recording(call: CallView, turn: Turn, played: Sequence[Span]) -> bool:
    """Whether words after an answered request, and a pause, run into what is played."""
    if not _hardly_read([turn]) or call.said(turn, *_ANSWERS):
        return False
    if not any(-PRESS_MS <= span.start_ms - turn.end_ms <= RUNS_INTO_MS for span in played):
        return False
    before = call.last_turn(turn.start_ms)
    if before is None or turn.start_ms - before.end_ms < GRANTED_APART_MS:
        return False
    asked = _requests_before(call, turn.start_ms)
    return any(act.end_ms <= before.start_ms for act in asked) or (
        bool(asked) and call.granted(turn.start_ms)
    )


def _room_after(call: CallView, asking: Turn) -> Span | None:
    """From the first words of the customer's room to the agent's return, after a request."""
    if asking.role is not Role.AGENT or not call.said(asking, *WAITS):
        return None
    later = [turn for turn in call.talk if turn.start_ms > asking.start_ms]
    back = next((turn for turn in later if turn.role is Role.AGENT and not _scrap(turn)), None)
    if back is None:
        return None
    meanwhile = [turn for turn in later if turn.start_ms < back.start_ms]
    alone_ms = asking.end_ms
    if meanwhile and meanwhile[0].start_ms - asking.end_ms <= ANSWER_WITHIN_MS:
        alone_ms = meanwhile.pop(0).end_ms
    while meanwhile and _says_so(call, meanwhile[0]):
        alone_ms = meanwhile.pop(0).end_ms
    beeps = bool(meanwhile) and _beeps(call, meanwhile[0], back)
    at_once = (
        bool(meanwhile)
        and meanwhile[0].start_ms - alone_ms < GRANTED_APART_MS
        and not (beeps and _hardly_read(meanwhile, MEANT_LEAST))
    )
    least_ms = LEAST_BEEPS_MS if beeps else LEAST_ALONE_MS
    if back.start_ms - alone_ms < least_ms or at_once:
        return None
    if any(map(is_clear, meanwhile)) or not _hardly_read(meanwhile):
        return None
    return Span(meanwhile[0].start_ms, back.start_ms)


def _says_so(call: CallView, turn: Turn) -> bool:
    """Whether this is a short yes or no; a room's many words have one by chance."""
    return call.said(turn, *_ANSWERS) and span_of(turn).duration_ms <= SHORT_MS


def _beeps(call: CallView, first: Turn, back: Turn) -> bool:
    """Whether a tone sounds meanwhile, as for a customer on hold."""
    return any(
        isinstance(e, Tone) and first.start_ms < e.start_ms < back.start_ms for e in call.heard
    )


def _scrap(turn: Turn) -> bool:
    return babbles(turn) or (_hardly_read([turn]) and span_of(turn).duration_ms <= SCRAP_MS)


def _hardly_read(turns: Sequence[Turn], least: float = LEAST_READ) -> bool:
    """Whether the words are read as unsurely as singing or a room full of voices."""
    read = [word.probability for turn in turns for word in turn.words]
    if not read:
        return False
    return sum(read) / len(read) < least
