"""What a party is called, told by the conversation itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from qa_pipeline.domain.conversation import KnownName
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language import name_lists
from qa_pipeline.language.introductions import find_self_introduction
from qa_pipeline.language.introductions_zh_patterns import no_name
from qa_pipeline.language.name_addressed import joined, part_alike, shown
from qa_pipeline.language.name_described import described_surname
from qa_pipeline.language.name_parts import split_han
from qa_pipeline.language.name_reading import is_given, is_surname, read_name
from qa_pipeline.language.name_spelling import spelled_word
from qa_pipeline.language.name_tokens import FILLERS, is_cased, tokenise
from qa_pipeline.language.name_types import FoundName
from qa_pipeline.language.text import HAN, to_simplified, word_set
from qa_pipeline.language.timing import time_of

_ASKS_NAME_EN = re.compile(
    r"\byour (?:full |first |last |first and last )?(?:name|surname)\b|who (?:am i|i am|i'm) "
    r"(?:speaking|talking)|who(?:'s| is) (?:calling|this|speaking)|(?:the )?name (?:please|on the)"
    r"|spell (?:that|it|your)|how (?:should|may|do) i (?:address|call)",
    re.IGNORECASE,
)
_ASKS_NAME_ZH = re.compile(
    r"怎么称呼|如何称呼|(?<!免)贵姓|(?:您|你)的?(?:全?名|姓名|名字)|叫什么|尊姓|请问(?:您是)?哪位|姓什么"
)
_LEAD_EN = word_set(
    "yes yeah yep sure of course okay ok it is it's that would be my the name well so this i am "
    "surname first last and oh hi hello course certainly absolutely no problem under for that's "
    "should not sorry actually nope"
)
_LEAD_ZH = re.compile(
    r"^(?:[\s,，。、]|嗯|呃|哦|啊|好的?|可以|你好|您好|那个|就|我的?|名字|免贵|全名|这边|是|叫|姓名)*"
)
_CORRECTS_ZH = re.compile(rf"不是[^,，。]{{0,4}}[,，]?\s*(?:我)?是(?:姓)?([{HAN}])(?![{HAN}]{{3}})")
_SPELLED_LEAST = 0.5
_AFTER_ASK = 2  # the answer is the next or the second next turn of the other party
_OPENING_TURNS = 8
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
    return _with_spelling(best, turns, language) if role is Role.CUSTOMER else best


def _told(turns: Sequence[Turn], role: Role, language: str) -> Iterator[tuple[Turn, FoundName]]:
    own = [turn for turn in turns if turn.role is role]
    searched = own if role is Role.CUSTOMER else own[:_OPENING_TURNS]
    for turn in searched:
        for found in find_self_introduction(turn.text, language):
            if found.kind != "staff_number":
                yield turn, found
    asks = _ASKS_NAME_ZH if language == "zh" else _ASKS_NAME_EN
    for index, turn in enumerate(turns):
        if turn.role in (role, Role.LINE) or not asks.search(turn.text):
            continue
        answers = [t for t in turns[index + 1 : index + 4] if t.role is role][:_AFTER_ASK]
        for answer in answers:
            found_answer = answer_name(answer.text, language)
            if found_answer is not None:
                yield answer, found_answer
                break


def answer_name(text: str, language: str) -> FoundName | None:
    """The name in an answer to "may I have your name?", 怎么称呼?

    Example:
        >>> answer_name("yes it's patricia brown", "en").given
        'patricia'
        >>> answer_name("姓李", "zh").family
        '李'
    """
    introduced = [f for f in find_self_introduction(text, language) if f.kind != "staff_number"]
    if language == "zh":
        return _corrected_zh(text) or (introduced[0] if introduced else _answer_zh(text))
    answer = introduced[0] if introduced else _answer_en(text)
    return answer if answer is not None and answer.is_full else _in_parts(text, answer) or answer


def _in_parts(text: str, heard: FoundName | None) -> FoundName | None:
    """From "first name Mark, last name is King", "it's Mark, and the surname is King"."""
    tokens = tokenise(text)
    cased = is_cased(text)
    parts: dict[str, str] = {}
    for at, token in enumerate(tokens):
        before = tokens[at - 1].norm if at else ""
        is_family = token.norm == "surname" or (
            token.norm == "name" and before in ("last", "family")
        )
        if not is_family and not (token.norm == "name" and before == "first"):
            continue
        start = at + 1
        while start < len(tokens) and tokens[start].norm in ("is", "it", "it's", "would", "be"):
            start += 1
        read = read_name(tokens, start, strong=True, cased=cased)
        if read is not None and read.kind != "full":
            parts["family" if is_family else "given"] = read.family or read.given or ""
    given = parts.get("given") or (heard.given if heard else None)
    if given is None:
        first = _answer_en(re.split(r"\b(?:last|family|surname)\b", text, flags=re.IGNORECASE)[0])
        given = (first.given or first.family) if first and not first.is_full else None
    family = parts.get("family")
    if not family or not given or given == family:
        return None
    return FoundName(text, 0, len(text), "full", family, given, None, 0.8)


def _corrected_zh(text: str) -> FoundName | None:
    """不是黄,是王."""
    match = _CORRECTS_ZH.search(to_simplified(text))
    if match is None or match[1] not in name_lists.zh_surname_ranks():
        return None
    return FoundName(match[1], *match.span(1), "family", match[1], None, None, 0.8)


def _answer_en(text: str) -> FoundName | None:
    tokens = tokenise(text)
    at = 0
    while at < len(tokens) and tokens[at].norm in _LEAD_EN | FILLERS:
        at += 1
    read = read_name(tokens, at, strong=True, cased=is_cased(text))
    if read is None:
        return None
    words = [t.norm for t in tokens[read.first : read.last + 1]]
    if not any(is_given(w) or is_surname(w) for w in words) and len(tokens) - at > 3:
        return None
    start, end = tokens[read.first].start, tokens[read.last].end
    return FoundName(
        text[start:end], start, end, read.kind, read.family, read.given, None,
        min(read.confidence, 0.85),
    )  # fmt: skip


def _answer_zh(text: str) -> FoundName | None:
    plain = to_simplified(text)
    lead = _LEAD_ZH.match(plain)
    start = lead.end() if lead else 0
    only_family = plain.startswith("姓", start)
    start += 1 if only_family else 0
    body = re.match(
        rf"([{HAN}]{{1,4}}?)(?:先生|女士|小姐|太太)?(?:$|[\s,，。!！?？]|的$|啊|呀|哈|吧|你叫我)",
        plain[start:],
    )
    if body is None:
        return None
    word = body[1]
    if no_name().match(word):
        return None
    family, given = split_han(word)
    if family is None or (given is not None and (only_family or len(given) > 2)):
        return None
    kind = "full" if given else "family"
    end = start + len(word)
    return FoundName(
        word, start, end, "full" if kind == "full" else "family", family, given, None, 0.8
    )


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
        return any(_ASKS_NAME_ZH.search(t.text) or "姓" in t.text for t in near)
    return any(_ASKS_NAME_EN.search(t.text) or "name" in t.text.lower() for t in near)


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
