"""What a party is called, told by the conversation itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from qa_pipeline.domain.conversation import KnownName
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.addresses import find_address
from qa_pipeline.language.introductions import find_self_introduction
from qa_pipeline.language.name_parts import parse_name, split_han
from qa_pipeline.language.name_reading import is_given, is_surname, read_name
from qa_pipeline.language.name_tokens import FILLERS, Token, is_cased, is_spelled, tokenise
from qa_pipeline.language.name_types import FoundName
from qa_pipeline.language.phonetics import character_similarity, sounds_alike_en
from qa_pipeline.language.text import HAN, is_han, to_simplified, word_set
from qa_pipeline.language.timing import time_of

SAME_PERSON = 0.75  # of `sounds_alike_en`, and of the mean similarity of characters

_ASKS_NAME_EN = re.compile(
    r"\byour (?:full |first |last |first and last )?(?:name|surname)\b|who (?:am i|i am|i'm) "
    r"(?:speaking|talking)|who(?:'s| is) (?:calling|this|speaking)|(?:the )?name (?:please|on the)"
    r"|spell (?:that|it|your)|how (?:should|may|do) i (?:address|call)",
    re.IGNORECASE,
)
_ASKS_NAME_ZH = re.compile(
    r"怎么称呼|如何称呼|贵姓|(?:您|你)的?(?:全?名|姓名|名字)|叫什么|尊姓|请问(?:您是)?哪位|姓什么"
)
_LEAD_EN = word_set(
    "yes yeah yep sure of course okay ok it is it's that would be my the name well so this i am "
    "surname first last and oh hi hello course certainly absolutely no problem under for"
)
_LEAD_ZH = re.compile(
    r"^(?:[\s,，。、]|嗯|呃|哦|啊|好的?|可以|你好|您好|那个|就|我的?|名字|免贵|全名|这边|是|叫|姓名)*"
)
_AFTER_ASK = 2  # the answer is the next or the second next turn of the other party
_OPENING_TURNS = 8
_RANK = {"full": 3, "given": 2, "family": 1, "staff_number": 0}


def same_person(a: KnownName, b: KnownName) -> bool:
    """Whether two names can be one person's: the parts that both have sound alike.

    Example:
        >>> brooks = KnownName("Daniel Brooks", "Brooks", "Daniel", "metadata")
        >>> same_person(brooks, KnownName("brookes", "brookes", None, "self_introduction"))
        True
    """
    pairs = [(a.family, b.family), (a.given, b.given)]
    both = [(x, y) for x, y in pairs if x and y]
    return all(part_alike(x, y) >= SAME_PERSON for x, y in both)


def part_alike(a: str, b: str) -> float:
    """How alike two parts of names sound, in either script, 0 to 1."""
    if any(is_han(c) for c in a + b):
        one, other = to_simplified(a), to_simplified(b)
        if len(one) != len(other) or not one:
            return 0.0
        return sum(character_similarity(x, y) for x, y in zip(one, other, strict=True)) / len(one)
    return sounds_alike_en(a, b)


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
    spelled = None
    if language == "en" and role is Role.CUSTOMER:
        spelled = _spelled_out(turns, role)
    if spelled is not None:
        return _with_spelling(best, spelled)
    return best


def how_addressed(turns: Sequence[Turn], role: Role, language: str) -> KnownName | None:
    """What the other party calls `role`: Mr Brown, 王先生; the name used most often."""
    counts: Counter[tuple[str | None, str | None]] = Counter()
    first: dict[tuple[str | None, str | None], tuple[Turn, int, int, str]] = {}
    for turn in turns:
        if turn.role is role or turn.role is Role.LINE:
            continue
        for address in find_address(turn.text, language):
            key = (address.family, address.given)
            counts[key] += 1
            first.setdefault(key, (turn, address.start, address.end, address.title))
    if not counts:
        return None
    # A title tells an address more surely than a bare given name does.
    key = max(
        counts, key=lambda k: (bool(first[k][3]), counts[k], k[0] is not None and k[1] is not None)
    )
    turn, start, end, title = first[key]
    start_ms, end_ms = time_of(turn, start, end)
    family, given = key
    text = _shown(
        " ".join(p for p in (given, family) if p)
        if not _is_han(key)
        else "".join(p for p in (family, given) if p)
    )
    sure = min(0.9, (0.7 if title else 0.5) + 0.1 * (counts[key] - 1))
    return KnownName(text, _part(family), _part(given), "address", start_ms, end_ms, sure)


def _is_han(key: tuple[str | None, str | None]) -> bool:
    return any(is_han(c) for part in key if part for c in part)


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
    if introduced:
        return introduced[0]
    return _answer_zh(text) if language == "zh" else _answer_en(text)


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
    parts = parse_name(found.text, "zh") if any(is_han(c) for c in found.text) else None
    han = "".join(p for p in (found.family, found.given) if p)
    text = han if parts is not None else _shown(found.text)
    return KnownName(
        text, _part(found.family), _part(found.given), "self_introduction", start_ms, end_ms,
        found.confidence,
    )  # fmt: skip


def _part(part: str | None) -> str | None:
    return None if part is None else _shown(part)


def _shown(text: str) -> str:
    """A lower-case name with capitals."""
    return text.title() if text.islower() and text.isascii() else text


def _corrects(turn: Turn) -> bool:
    return (
        re.match(r"\s*(?:no\b|sorry\b|actually\b|不是|不对|错了)", turn.text, re.IGNORECASE)
        is not None
    )


def _spelled_out(turns: Sequence[Turn], role: Role) -> tuple[Turn, str] | None:
    """A name spelled by letters ("K-I-N-G", "b r o w n"), at least three of them."""
    for index, turn in enumerate(turns):
        about_name = any(
            _ASKS_NAME_EN.search(t.text) or "name" in t.text.lower()
            for t in turns[max(0, index - 3) : index + 1]
        )
        if turn.role is not role or not about_name:
            continue
        letters: list[str] = []
        for token in (*tokenise(turn.text), Token("", 0, 0, False, True)):
            if is_spelled(token):
                return turn, token.norm.replace("-", "")
            if len(token.norm) == 1 and token.norm.isalpha():
                letters.append(token.norm)
                continue
            if len(letters) >= 3:
                word = "".join(letters)
                if is_given(word) or is_surname(word) or len(letters) >= 4:
                    return turn, word
            letters = []
    return None


def _with_spelling(known: KnownName | None, spelled: tuple[Turn, str]) -> KnownName | None:
    """The spelled letters replace the part that sounds like them, or stand as a family name."""
    turn, word = spelled
    shown = word.title()
    if known is None:
        given = shown if is_given(word) and not is_surname(word) else None
        family = None if given else shown
        return KnownName(
            shown, family, given, "self_introduction", turn.start_ms, turn.end_ms, 0.75
        )
    given, family = known.given, known.family
    if given and part_alike(given, word) >= 0.6:
        given = shown
    elif family is None or part_alike(family, word) >= 0.5:
        family = shown
    text = " ".join(p for p in (given, family) if p)
    return KnownName(
        text, family, given, known.source, known.start_ms, known.end_ms, known.confidence
    )
