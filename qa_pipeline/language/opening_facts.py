"""What the agent's openings tell: greeting, name, and what may be a name that was not read."""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.domain.conversation import Conversation, KnownName, OpeningFacts
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn, Word
from qa_pipeline.language.name_in_opening import (
    may_hold_name,
    not_fully_read,
    sounds_somewhat_like,
    told_name,
)
from qa_pipeline.language.name_types import FoundName
from qa_pipeline.language.opening_explained_zh import is_explained, without_notice
from qa_pipeline.language.opening_sounds_zh import nearness, row_of
from qa_pipeline.language.openings import (
    Opening,
    find_opening,
    greeting_turn,
    has_greeting,
    nearly_said,
    opening_begins,
    without_announcement,
)
from qa_pipeline.language.phonetics import syllables
from qa_pipeline.language.salutations_zh import may_be_salutation

_LONGEST_CALL_MS = 2_500  # of "hello?", the customer's first words
_LONG_SILENCE_MS = 6_000  # nobody is silent for so long before the opening: words were lost
_CLEAR = 0.75  # mean word probability; below it words in Mandarin openings are mostly misread
_BEGINNING, _LEAST_BEGINNING = 6, 0.35  # words, mean probability
_NEAR_NAME = 0.6  # mean nearness of syllables
LONGEST_MS = 30_000  # openings of more are rarely asked for; they can be read when they are


def openings_told(call: Conversation) -> tuple[OpeningFacts, ...]:
    """The different openings of a call by their least length, up to `LONGEST_MS`."""
    talk = [turn for turn in call.turns if turn.role is not Role.LINE]
    begin = opening_begins(talk)
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
    first_said = _first_said(call, opening)
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
        somewhat_like=missed and (
            _sounds_like(opening, recorded, language) or _may_be_all(name, recorded, language)
        ),
        nearly=(name is None or name.kind == "staff_number") and recorded is not None
        and nearly_said(opening, recorded.text, language),
        greetless=greeting is None and bool(first_said) and _is_greetless(first_said),
        nameless=(name is None or not name.is_full) and bool(first_said)
        and _is_nameless(first_said),
    )  # fmt: skip


def _first_said(call: Conversation, opening: Opening) -> tuple[tuple[Turn, str], ...]:
    """What the agent says up to the customer's second turn, if the call surely begins with it.

    Nothing for other languages than Mandarin, and where the agent's first words may be lost: the
    customer, or somebody taken for the customer, talks at length before.
    """
    if call.language != "zh":
        return ()
    asks = sorted(turn.start_ms for turn in call.turns_of(Role.CUSTOMER))
    until = asks[1] if len(asks) > 1 else opening.end_ms
    texts = ((turn, without_announcement(turn.text, "zh")) for turn in opening.turns)
    own = [(turn, without_notice(text)) for turn, text in texts if turn.start_ms < until]
    own = [(turn, text) for turn, text in own if text.strip(" 。")]
    if not own:
        return ()
    begin = own[0][0].start_ms
    before = [turn for turn in call.turns if turn.start_ms < begin]
    asked = sum(t.end_ms - t.start_ms for t in before if t.role is Role.CUSTOMER)
    ends = [turn.end_ms for turn in before]
    if asked > _LONGEST_CALL_MS or (ends and begin - max(ends) > _LONG_SILENCE_MS):
        return ()
    return tuple(own)


def _is_greetless(said: Sequence[tuple[Turn, str]]) -> bool:
    return not _is_noise(said) and not any(may_be_salutation(text) for _, text in said)


def _is_nameless(said: Sequence[tuple[Turn, str]]) -> bool:
    return not _is_noise(said) and all(
        _clearness(turn.words) >= _CLEAR or is_explained(text) for turn, text in said
    )


def _is_noise(said: Sequence[tuple[Turn, str]]) -> bool:
    """Whether the talk begins with words that the recogniser made up: hardly any was heard.

    A mere 喂 is one syllable, which is seldom read with any certainty.
    """
    first = next((turn for turn, text in said if set(row_of(text).sounds) != {"wei"}), None)
    return first is not None and _clearness(first.words[:_BEGINNING]) < _LEAST_BEGINNING


def _clearness(words: Sequence[Word]) -> float:
    return sum(word.probability for word in words) / len(words) if words else 1.0


def _sounds_like(opening: Opening, recorded: KnownName | None, language: str) -> bool:
    # The recogniser spells rare names as other words, "Andrew Wallace" as "and we were", and as
    # one: "Zhi Ming Zhou" as "Jaimingju".
    return recorded is not None and sounds_somewhat_like(opening, recorded.text, language)


def _may_be_all(name: FoundName | None, recorded: KnownName | None, language: str) -> bool:
    """Whether a Mandarin given name is as long as the whole recorded one and near it.

    我的名字是现场 for 谢晨: the surname was read into another word.
    """
    if language != "zh" or name is None or recorded is None or name.kind != "given":
        return False
    said, wanted = syllables(name.text), syllables(recorded.text)
    return len(said) == len(wanted) > 1 and nearness(said, wanted) >= _NEAR_NAME


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
