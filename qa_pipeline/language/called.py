"""What a party is called, told by the conversation itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from qa_pipeline.domain.conversation import KnownName
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.introductions import find_self_introduction
from qa_pipeline.language.name_addressed import joined, part_alike, shown
from qa_pipeline.language.name_answers_en import ASKS_NAME, alone_en, answer_en
from qa_pipeline.language.name_answers_zh import answer_zh, asks_name_zh, called_zh
from qa_pipeline.language.name_described import described_surname
from qa_pipeline.language.name_echoed_zh import echoed_zh
from qa_pipeline.language.name_reading import is_given, is_surname
from qa_pipeline.language.name_spelling import spelled_word
from qa_pipeline.language.name_types import FoundName
from qa_pipeline.language.timing import time_of

_SPELLED_LEAST = 0.5
_AFTER_ASK = 2  # the answer is the next or the second next turn of the other party
_OPENING_TURNS = 8
_FIRST_TURNS = 3  # in which callers say who they are unasked
_UNMISTAKABLE = 0.9  # a name behind 我叫 and the like
_SAME = 0.6  # mean of the characters of both writings
_RANK = {"full": 3, "given": 2, "family": 1, "staff_number": 0}


def told_of_oneself(turns: Sequence[Turn], role: Role, language: str) -> KnownName | None:
    """What a party says they are called: introductions, and answers when asked for the name.

    A full name is preferred, then a given name, then a family name; among equals the later one
    if it corrects the earlier ("no, it's Braun"), else the first.
    """
    best: KnownName | None = None
    best_rank = 0
    for turn, found in _told(turns, role, language):
        rank = _RANK[found.kind]
        if rank > best_rank or (rank == best_rank and _corrects(turn)):
            best, best_rank = _known(turn, found), rank
    if role is Role.CUSTOMER and language == "zh":
        best = _said_back(best, turns)
    return _with_spelling(best, turns, language) if role is Role.CUSTOMER else best


def as_said_back(turns: Sequence[Turn]) -> KnownName | None:
    """The customer's name as the agent says it back, where that is how it was learned; Mandarin."""
    echo = next(echoed_zh(turns), None)
    return None if echo is None else _known(echo.turn, echo.again)


def _said_back(best: KnownName | None, turns: Sequence[Turn]) -> KnownName | None:
    """The name that the agent says back, unless the customer told another one unmistakably."""
    for echo in echoed_zh(turns):
        echoed = _known(echo.turn, echo.found)
        if best is None or (best.confidence < _UNMISTAKABLE and not _goes_further(best, echoed)):
            return echoed
    return best


def _goes_further(best: KnownName, echoed: KnownName) -> bool:
    """Whether `best` is as full a name as `echoed`, and sounds much the same or is longer."""
    if best.given is None:
        return False
    return part_alike(best.text, echoed.text) >= _SAME or len(best.text) > len(echoed.text) == 2


def _told(turns: Sequence[Turn], role: Role, language: str) -> Iterator[tuple[Turn, FoundName]]:
    own = [turn for turn in turns if turn.role is role]
    searched = own if role is Role.CUSTOMER else own[:_OPENING_TURNS]
    for turn in searched:
        late = language == "en" and role is Role.CUSTOMER and turn not in own[:_OPENING_TURNS]
        for found in find_self_introduction(turn.text, language):
            # "I'm Fred" near the end of a call is "I am, yes": nobody tells a first name there.
            told = found.strong or found.is_full or not late
            if found.kind != "staff_number" and told:
                yield turn, found
    for index, turn in enumerate(turns):
        if turn.role in (role, Role.LINE) or not _asks_name(turn.text, language):
            continue
        answers = [t for t in turns[index + 1 : index + 4] if t.role is role][:_AFTER_ASK]
        for answer in answers:
            found_answer = answer_zh(answer.text) if language == "zh" else answer_en(answer.text)
            if found_answer is not None:
                yield answer, found_answer
                break
    if role is Role.CUSTOMER:
        for turn in own[:_FIRST_TURNS] if language == "en" else own:
            unasked = called_zh(turn.text) if language == "zh" else alone_en(turn.text)
            if unasked is not None:
                yield turn, unasked


def _asks_name(text: str, language: str) -> bool:
    return asks_name_zh(text) if language == "zh" else ASKS_NAME.search(text) is not None


def _known(turn: Turn, found: FoundName) -> KnownName:
    start_ms, end_ms = time_of(turn, found.start, found.end)
    text = joined(found.family, found.given) or found.text
    return KnownName(
        text, shown(found.family), shown(found.given), "self_introduction", start_ms, end_ms,
        found.confidence,
    )  # fmt: skip


def _corrects(turn: Turn) -> bool:
    return (
        re.match(r"\s*(?:no\b|sorry\b|actually\b|不是|不对|错了)", turn.text, re.IGNORECASE)
        is not None
    )


def _name_is_asked(turns: Sequence[Turn], index: int, language: str) -> bool:
    """Whether the talk at turn `index` is about somebody's name."""
    near = turns[max(0, index - 3) : index + 1]
    if language == "zh":
        return any(asks_name_zh(t.text) or "姓" in t.text for t in near)
    return any(ASKS_NAME.search(t.text) or "name" in t.text.lower() for t in near)


def _with_spelling(
    known: KnownName | None, turns: Sequence[Turn], language: str
) -> KnownName | None:
    """What the customer spells (K-I-N-G) or describes (弓长张) ranks over what was heard."""
    for index, turn in enumerate(turns):
        if turn.role is not Role.CUSTOMER or not _name_is_asked(turns, index, language):
            continue
        if language == "zh":
            surname = described_surname(turn.text)
            if surname is not None:
                return _described(known, turn, surname)
        else:
            word = spelled_word(turn.text)
            if word is not None:
                return _spelled(known, turn, word)
    return known


def _described(known: KnownName | None, turn: Turn, surname: str) -> KnownName:
    if known is None or known.family is None:
        given = known.given if known else None
        return KnownName(
            joined(surname, given), surname, given, "self_introduction", turn.start_ms,
            turn.end_ms, 0.8,
        )  # fmt: skip
    if part_alike(surname, known.family) <= 0.0:
        return known
    return replace(known, text=joined(surname, known.given), family=surname)


def _spelled(known: KnownName | None, turn: Turn, word: str) -> KnownName:
    """The spelled letters replace the part that sounds like them, or stand as a family name."""
    spelled = word.title()
    if known is None:
        given = spelled if is_given(word) and not is_surname(word) else None
        return KnownName(
            spelled, None if given else spelled, given, "self_introduction", turn.start_ms,
            turn.end_ms, 0.75,
        )  # fmt: skip
    given, family = known.given, known.family
    if given and part_alike(given, word) >= _SPELLED_LEAST:
        given = spelled
    elif family is None or part_alike(family, word) >= _SPELLED_LEAST:
        family = spelled
    return replace(known, text=joined(family, given), family=family, given=given)
