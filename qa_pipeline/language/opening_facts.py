"""What the agent's openings tell: greeting, name, and what may be a name that was not read."""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.domain.conversation import Conversation, KnownName, OpeningFacts
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.name_in_opening import (
    may_hold_name,
    not_fully_read,
    sounds_somewhat_like,
    told_name,
)
from qa_pipeline.language.name_types import FoundName
from qa_pipeline.language.openings import (
    Opening,
    find_opening,
    greeting_turn,
    has_greeting,
    nearly_said,
)

LONGEST_MS = 30_000  # openings of more are rarely asked for; they can be read when they are


def openings_told(call: Conversation) -> tuple[OpeningFacts, ...]:
    """The different openings of a call by their least length, up to `LONGEST_MS`."""
    talk = [turn for turn in call.turns if turn.role is not Role.LINE]
    begin = talk[0].start_ms if talk else 0
    # With each of these lengths one more turn begins before the opening is over.
    later = {turn.start_ms - begin + 1 for turn in talk if turn.role is Role.AGENT}
    found: list[OpeningFacts] = []
    last: tuple[Turn, ...] | None = None
    for least_ms in sorted({0} | {ms for ms in later if 0 < ms <= LONGEST_MS}):
        opening = find_opening(call.turns, call.language, least_ms)
        if opening.turns != last:
            found.append(_told(call, opening, least_ms))
            last = opening.turns
    return tuple(found)


def opening_told(call: Conversation, least_ms: int) -> OpeningFacts:
    """What one opening tells; see `find_opening`."""
    return _told(call, find_opening(call.turns, call.language, least_ms), least_ms)


def _told(call: Conversation, opening: Opening, least_ms: int) -> OpeningFacts:
    language, known = call.language, call.agent_name
    recorded = known if known is not None and known.source == "metadata" else None
    greeting = greeting_turn(opening, language)
    first = min(call.turns, key=lambda turn: turn.start_ms, default=None)
    name = told_name(opening, recorded, language) if opening.turns else None
    missed = recorded is not None and (name is None or _is_other_part(name, recorded.text))
    return OpeningFacts(
        least_ms=least_ms,
        turns=_places(call.turns, opening.turns),
        text=opening.text,
        offsets=opening.offsets,
        greeting=None if greeting is None else _places(call.turns, (greeting,))[0],
        first_greets=first is not None and has_greeting(first.text, language),
        name=name,
        unread=not_fully_read(opening, name, language, recorded),
        may_hold_name=name is None and may_hold_name(opening, language),
        somewhat_like=missed and _sounds_like(opening, recorded, language),
        nearly=name is None and recorded is not None
        and nearly_said(opening, recorded.text, language),
    )  # fmt: skip


def _sounds_like(opening: Opening, recorded: KnownName | None, language: str) -> bool:
    # The recogniser spells rare names as other words, "Andrew Wallace" as "and we were", and as
    # one: "Zhi Ming Zhou" as "Jaimingju".
    return recorded is not None and sounds_somewhat_like(opening, recorded.text, language)


def _is_other_part(name: FoundName, recorded: str) -> bool:
    """Whether only a first name was found, and one that is no part of the recorded name."""
    told = name.text.lower().split()
    return name.kind == "given" and not set(told) <= set(recorded.lower().split())


def _places(turns: Sequence[Turn], wanted: Sequence[Turn]) -> tuple[int, ...]:
    """Where the wanted turns, in the same order, stand among all turns."""
    found: list[int] = []
    at = 0
    for turn in wanted:
        while turns[at] is not turn:
            at += 1
        found.append(at)
    return tuple(found)
