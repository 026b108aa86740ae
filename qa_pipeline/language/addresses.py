"""How somebody is addressed: "Mr Brown", "thank you, Patricia", 王先生, 李女士."""

from __future__ import annotations

import re

from qa_pipeline.language import name_lists
from qa_pipeline.language.mentions_en_context import is_vocative
from qa_pipeline.language.name_by_sound_zh import like_compound_surname
from qa_pipeline.language.name_parts import split_han
from qa_pipeline.language.name_reading import (
    is_common,
    is_given,
    is_organisation,
    is_surname,
    looks_like_name,
)
from qa_pipeline.language.name_tokens import (
    TITLES,
    Token,
    index_at,
    is_cased,
    is_spelled,
    tokenise,
)
from qa_pipeline.language.name_types import Address
from qa_pipeline.language.text import HAN, to_simplified, word_set

# Titles of address; posts (经理, 主管) are more often said of a colleague.
ADDRESS_TITLES = (
    "先生|女士|小姐姐|小姐|太太|夫人|老师|教授|医生|大夫|律师|大哥|大姐|阿姨|叔叔|大爷|大妈"
    "|同学|老板|董|总|哥|姐"
)
POST_TITLES = "经理|总监|主任|主管|部长|处长|科长|局长|院长|校长|董事长|师傅|工程师|工"
THIRD_PERSON_BEFORE = re.compile(
    r"(?:找|问(?:下|一下)?|跟车|跟车的是|我们?的?(?:同事|领导|主管|经理)?|咱们|同事|主管|领导|转给|转到"
    r"|转接给?|转|联系|通知|让|由|交给|安排|叫|有位|一位|是个|姓"
    r"|(?<![好对])的是)$"
)
_COLLEAGUES = word_set(
    "colleague manager supervisor technician agent advisor adviser specialist engineer driver "
    "doctor coworker named called boss representative rep partner"
)
_BEFORE_UNLISTED = word_set("thanks you okay ok sorry course welcome right alright understand")
_GOVERNS = word_set("by ask from tell see contact with to via the a our")
_SPOKEN_TO = ("speaking", "talking", "welcome")
_PROFESSIONS = re.compile("老师|医生|大夫|教授|律师|师傅")
_SAID_OF = re.compile(
    r"那边|那儿|那里|会|[他她]|说|来(?!电)|都|周[末一二三四五六日]|回[我你您]|已经"
)
_HANDS_TO = word_set("to through")
# Questions and statements that hold the other party's name: "am i speaking with", "i have you as".
_CHECKS = tuple(
    tuple(phrase.split())
    for phrase in (
        "am i speaking with", "am i speaking to", "am i talking to", "am i talking with", "is this",
        "have you as", "have you down as", "you down here as", "so that is", "so it is",
        "under the name", "under the name of", "the name of",
    )
)  # fmt: skip
_POST_OF = re.compile(r"的$")
# What stands before and after a full name without a title: 谢谢您X再见, 请问是X吗.
BEFORE_FULL = re.compile(r"(?:^|[\s,，。!！?？、是的好请谢您啊嗯哦那电思情叫])$")
AFTER_FULL = re.compile(
    r"$|[\s,，。!！?？、]|吗|您|你|请|麻烦|再见|让您|我这|这边|刚才|跟您|这个|那个|不好意思|对吧|是吧|是吗|本人"
    r"|我给|我帮|我马|我查|已经|谢谢|感谢|那就|祝您|的"
)


def find_address(text: str, language: str) -> list[Address]:
    """Every place where somebody seems to be addressed by name, ordered by place.

    English: a title with a name, or a listed given name in a vocative place ("thank you,
    Patricia"). Mandarin: a surname (or a full name) with a title of address. "ma'am", "sir" and
    先生 alone are no names.

    Example:
        >>> [a.family for a in find_address("thank you mr brown", "en")]
        ['brown']
        >>> [a.family for a in find_address("好的王先生,请稍等", "zh")]
        ['王']
    """
    if language == "zh":
        return _find_zh(to_simplified(text))
    return _find_en(text)


def third_person(tokens: tuple[Token, ...], first: int, last: int) -> bool:
    """Whether the name on tokens ``[first, last]`` is said of somebody else.

    "my colleague Patricia", "transfer you to Patricia", "Patricia from billing". Between two marks
    somebody is called, whatever stands beyond them: "a doctor's note, Patricia, in the post".
    """
    before = [t.norm for t in tokens[max(0, first - 3) : first]]
    after = [t.norm for t in tokens[last + 1 : last + 4]]
    closed = last + 1 == len(tokens) or tokens[last + 1].boundary
    if first > 0 and tokens[first].boundary and closed:
        return before[-1] in _COLLEAGUES
    if any(word in _COLLEAGUES for word in before[-2:]):
        return True
    if before[-1:] and before[-1] in _HANDS_TO and any(w in ("you", "transfer") for w in before):
        return not any(w in ("speaking", "talking", "thank", "welcome") for w in before)
    return (
        bool(after)
        and after[0] in ("from", "in")
        and any(is_organisation(w) or w in ("our", "the") for w in after[1:])
    )


def _find_en(text: str) -> list[Address]:
    tokens = tokenise(text)
    cased = is_cased(text)
    found: list[Address] = []
    position = 0
    while position < len(tokens):
        address = _titled(text, tokens, position, cased) or _vocative(text, tokens, position, cased)
        if address is None:
            position += 1
            continue
        found.append(address)
        while position < len(tokens) and tokens[position].start < address.end:
            position += 1
    return found


def _titled(text: str, tokens: tuple[Token, ...], at: int, cased: bool) -> Address | None:
    title = tokens[at].norm
    if title not in TITLES - {"sir", "madam"} or at + 1 >= len(tokens):
        return None
    name = tokens[at + 1]
    if not _may_be_titled(tokens, at, cased):
        return None
    last = at + 1
    following = tokens[at + 2] if at + 2 < len(tokens) else None
    given = None
    family = name.norm
    if (
        following is not None
        and not following.boundary
        and is_given(name.norm)
        and (is_surname(following.norm) and not is_common(following.norm))
    ):
        given, family, last = name.norm, following.norm, at + 2
    if third_person(tokens, at, last):
        return None
    start, end = tokens[at].start, tokens[last].end
    return Address(text[start:end], start, end, title, family, given, 0.9)


def _may_be_titled(tokens: tuple[Token, ...], at: int, cased: bool) -> bool:
    """Whether the word behind the title at `at` can be the name of somebody spoken to."""
    title, name = tokens[at].norm, tokens[at + 1]
    if name.boundary or is_spelled(name) or (cased and not name.capital) or name.norm in TITLES:
        return False
    before = [t.norm for t in tokens[max(0, at - 2) : at]]
    if before and before[-1] in _GOVERNS and not any(w in _SPOKEN_TO for w in before):
        return False  # "handled by Mr Fernandes", "the Dr. Stone that you saw"
    if is_common(name.norm):
        return is_surname(name.norm) and (cased or title != "miss")
    return title != "miss" or cased or looks_like_name(name.norm)  # "i miss patience"


def _may_be_called(tokens: tuple[Token, ...], at: int, listed: bool, cased: bool) -> bool:
    """Whether the word at `at` can be a given name that somebody is called by."""
    token = tokens[at]
    if token.norm in TITLES or token.possessive or is_spelled(token):
        return False
    if cased and not token.capital:
        return False
    if listed:
        return cased or not is_common(token.norm)
    # No company: "thanks for calling Kestrel", "hello, Acorn", "the plan is open. Stalls, row A".
    led = at > 0 and tokens[at - 1].norm in _BEFORE_UNLISTED
    return led and token.boundary and not is_common(token.norm)


def _vocative(text: str, tokens: tuple[Token, ...], at: int, cased: bool) -> Address | None:
    """A given name, perhaps with a family name, where somebody is called or asked for."""
    token = tokens[at]
    checked = any(index_at(tokens, phrase, at - len(phrase)) for phrase in _CHECKS)
    listed = is_given(token.norm) or _is_pinyin_given(tokens, at)
    if not _may_be_called(tokens, at, listed, cased):
        return None
    last, family = at, None
    following = tokens[at + 1] if at + 1 < len(tokens) else None
    if following is not None and not following.boundary and not following.possessive:
        named = is_surname(following.norm) and (not is_common(following.norm) or following.capital)
        if named and (not cased or following.capital):
            last, family = at + 1, following.norm
    called = is_vocative(tokens, at, last, cased=cased)
    if not (listed or (cased and called and family is None and not is_organisation(token.norm))):
        return None
    if not (called or (checked and family is not None)) or third_person(tokens, at, last):
        return None
    confidence = 0.7 if listed else 0.5
    start, end = token.start, tokens[last].end
    return Address(text[start:end], start, end, "", family, token.norm, confidence)


def _is_pinyin_given(tokens: tuple[Token, ...], at: int) -> bool:
    """Whether the word can be a Chinese given name before a Chinese surname."""
    following = tokens[at + 1].norm if at + 1 < len(tokens) else ""
    return (
        following in name_lists.pinyin_surname_ranks()
        and name_lists.is_pinyin(tokens[at].norm)
        and not is_common(tokens[at].norm)
        and not is_common(following)
    )


def _find_zh(text: str) -> list[Address]:
    found: list[Address] = []
    for match in re.finditer(rf"(?:{ADDRESS_TITLES}|{POST_TITLES})", text):
        before = re.search(f"[{HAN}]{{1,4}}$", text[: match.start()])
        if before is None:
            continue
        read = _surname_before(before[0])
        if read is None:
            continue
        name, family, given = read
        start = match.start() - len(name)
        is_post = re.fullmatch(POST_TITLES, match[0]) is not None
        if is_post and (THIRD_PERSON_BEFORE.search(text[:start]) or _POST_OF.search(text[:start])):
            continue  # 技术部的黄工
        if THIRD_PERSON_BEFORE.search(text[:start]) or _SAID_OF.match(text[match.end() :]):
            continue
        if _PROFESSIONS.fullmatch(match[0]) and not (
            BEFORE_FULL.search(text[:start]) and AFTER_FULL.match(text[match.end() :])
        ):
            continue
        if len(match[0]) == 1 and re.match(r"[是共算计额体之结部公]", text[match.end() :]):
            continue  # 总是, 总共
        found.append(
            Address(
                text[start : match.end()], start, match.end(), match[0], family, given,
                0.75 if is_post or len(match[0]) == 1 else 0.92,
            )
        )  # fmt: skip
    return found


def _surname_before(before: str) -> tuple[str, str, str | None] | None:
    """The name that ends where a title begins: 王, 欧阳 or 王芳 (after a clause's other words)."""
    ranks = name_lists.zh_surname_ranks()
    before = re.sub("^.*谢谢", "", before)
    if not before:
        return None
    if like_compound_surname(before[-2:]):
        return before[-2:], before[-2:], None
    if before[-1] in ranks and ranks[before[-1]] < 300:
        for size in (3, 2):
            # 李晓王先生 does not occur, but 王金女士 does: a full name that fills the stretch.
            if len(before) == size and before[0] in ranks and ranks[before[0]] < 100:
                return before, before[0], before[1:]
        return before[-1], before[-1], None
    for size in (3, 2):
        family, given = split_han(before[-size:])
        if len(before) >= size and family is not None and given and len(given) <= 2:
            rest = before[: len(before) - size]
            if not rest or rest[-1] in "的是位叫您好请啊哦嗯谢问":
                return before[-size:], family, given
    return None
