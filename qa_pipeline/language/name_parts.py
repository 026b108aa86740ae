"""A written name taken apart, in either language."""

from __future__ import annotations

import re

from qa_pipeline.language import name_lists
from qa_pipeline.language.name_tokens import TITLES
from qa_pipeline.language.name_types import ParsedName
from qa_pipeline.language.text import is_han, to_simplified, word_set

PARTICLES = word_set(
    "de la del las los da das dos di van von der den ter bin ibn al el st mac mc o"
)
_SUFFIXES = word_set("jr sr ii iii iv phd md esq")
ZH_TITLES = (
    "先生|女士|小姐姐|小姐|太太|夫人|老师|教授|医生|大夫|护士|律师|经理|总监|主任|主管|部长|处长|科长"
    "|局长|院长|校长|董事长|老板|师傅|工程师|同学|大哥|大姐|阿姨|叔叔|大爷|大妈|哥|姐|总|董|工|局|处"
)
_ZH_TITLE_END = re.compile(rf"(?:{ZH_TITLES})$")
_MIN_HAN_WITH_TITLE = 2


def parse_name(text: str, language: str) -> ParsedName | None:
    """The family and given name in a written name.

    Chinese: compound surnames (欧阳娜娜) before one-character ones; 小王 is a surname. Latin:
    "First Last", "Last, First", titles and suffixes dropped; of two pinyin words the commoner
    surname is the family name, so "Wang Fang" and "Fang Wang" agree.

    Args:
        text: the name, with or without a title.
        language: decides nothing but the order of pinyin words that are equally likely.

    Returns:
        None where nothing of a name is left.

    Example:
        >>> parse_name("Brooks, Daniel", "en")
        ParsedName(text='Daniel Brooks', family='Brooks', given='Daniel')
        >>> parse_name("欧阳女士", "zh").family
        '欧阳'
    """
    stripped = text.strip()
    if any(is_han(c) for c in stripped):
        return _parse_han(to_simplified(stripped))
    return _parse_latin(stripped, language)


def split_han(name: str) -> tuple[str | None, str | None]:
    """Family and given name of Chinese characters without a title.

    Example:
        >>> split_han("诸葛亮"), split_han("晓梅")
        (('诸葛', '亮'), (None, '晓梅'))
    """
    if name[:2] in name_lists.zh_compound_surnames():
        return name[:2], name[2:] or None
    if name[:1] in name_lists.zh_surname_ranks():
        return name[:1], name[1:] or None
    return None, name


def _parse_han(text: str) -> ParsedName | None:
    bare = re.sub(r"[\s,，.。]", "", text)
    if "·" in bare:  # a transliterated name: given name first
        first, _, rest = bare.partition("·")
        return ParsedName(bare, rest.rpartition("·")[2] or None, first or None)
    latin = re.sub(r"[^A-Za-z ]", "", text).strip()
    bare = re.sub(r"[A-Za-z()（）]", "", bare)
    without = _ZH_TITLE_END.sub("", bare) if len(bare) >= _MIN_HAN_WITH_TITLE else bare
    had_title = without != bare
    bare = without or bare
    if not bare:
        return _parse_latin(latin, "en")
    if len(bare) == 2 and bare[0] in "小老阿" and bare[1] in name_lists.zh_surname_ranks():
        return ParsedName(bare, bare[1], None)
    if len(bare) == 1:
        return ParsedName(bare, bare, None)
    family, given = split_han(bare)
    if had_title and len(bare) == 2 and bare in name_lists.zh_compound_surnames():
        given = None
    return ParsedName(bare, family, given)


def _parse_latin(text: str, language: str) -> ParsedName | None:
    turned = re.sub(r"^\s*([^,]+),\s*([^,]+?)\s*$", _turn_last_first, text)
    words = [w.strip(".,") for w in turned.split()]
    had_title = any(w.lower() in TITLES for w in words[:1])
    words = [w for w in words if w and w.lower() not in TITLES | _SUFFIXES]
    words = [w for w in words if any(c.isalpha() for c in w)]
    if not words:
        return None
    whole = " ".join(words)
    if len(words) == 1:
        word = words[0].lower()
        is_given = not had_title and (
            word in name_lists.words("en_given") or word not in name_lists.words("en_surnames")
        )
        return ParsedName(whole, None if is_given else whole, whole if is_given else None)
    if len(words) == 2 and all(name_lists.is_pinyin(w.lower()) for w in words):
        family_first = _family_first([w.lower() for w in words], language)
        if family_first is not None:
            first, second = words
            family_name, given_name = (first, second) if family_first else (second, first)
            return ParsedName(whole, family_name, given_name)
    return ParsedName(whole, _western_family(words), words[0])


def _turn_last_first(match: re.Match[str]) -> str:
    after = match[2].lower().strip(".")
    if after in _SUFFIXES | TITLES:
        return f"{match[2]} {match[1]}" if after in TITLES else match[1]
    return f"{match[2]} {match[1]}"


def _western_family(words: list[str]) -> str:
    """All after the given name that is no middle name: particles and double surnames stay."""
    first = len(words) - 1
    while first > 1:
        before = words[first - 1].lower()
        is_surname = before in name_lists.words("en_surnames") and before not in name_lists.words(
            "en_given"
        )
        if before not in PARTICLES and not is_surname:
            break
        first -= 1
    return " ".join(words[first:])


def _family_first(words: list[str], language: str) -> bool | None:
    """Whether the first of two pinyin words is the family name; None if neither can be."""
    ranks = name_lists.pinyin_surname_ranks()
    first, second = ranks.get(words[0]), ranks.get(words[1])
    if any(w in name_lists.words("en_given") for w in words):
        return None if second is None or first is not None else False
    if first is None and second is None:
        return None
    if first is None or second is None:
        return second is None
    if first == second:
        return language == "zh"
    return first < second
