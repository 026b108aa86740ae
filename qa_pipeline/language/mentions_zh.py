"""Uses of a name in Mandarin text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa_pipeline.domain.conversation import KnownName
from qa_pipeline.language import name_lists
from qa_pipeline.language.addresses import ADDRESS_TITLES, POST_TITLES, THIRD_PERSON_BEFORE
from qa_pipeline.language.introductions_zh import find_zh
from qa_pipeline.language.introductions_zh_patterns import dictionary_words
from qa_pipeline.language.mentions_en import Use, find_uses_en
from qa_pipeline.language.name_parts import parse_name
from qa_pipeline.language.name_types import UNHEARD
from qa_pipeline.language.phonetics import character_similarity, find_units
from qa_pipeline.language.text import is_han, to_simplified

_Units = tuple[str, ...]
# 女士, 先生, 小姐 as recognisers mishear them; only right behind the known surname.
_MISHEARD_TITLES = "女[社设射式试事市世适生声]|[先现鲜仙][声身升深胜]|[现鲜仙]生|小[街接节]"
_TITLE = re.compile(rf"\s*({ADDRESS_TITLES}|{POST_TITLES}|{_MISHEARD_TITLES})")
_CALLED = re.compile(r"^(?:[\s,，。!！?？、]|$|您|你|请|麻烦|好|啊|呀|是|这边|我|吗|对)")
# One-character titles that begin a word of their own.
_NO_TITLE = re.compile(
    "总[共是计额体之结部公算价数得会要]|工[作资程单号地厂期]|董事会|哥哥|姐姐|姐妹|(?<=姐)姐|(?<=哥)哥"
)
_PLACE_AFTER = re.compile(
    r"^(?:公司|集团|路|街|大道|店|小区|村|县|市|镇|律师事务所|食品|百货|超市|府)"
)
# Averages over the characters of a full name: one near syllable in two passes, two do not.
_FULL_LEAST = 0.84
_FULL_LEAST_TITLED = 0.75
_SINGLE_LEAST = 0.66  # a surname before a title
_INTRODUCES = re.compile(r"我(?:是|叫)(?:客服)?.{0,2}$")
# Behind these a merely similar surname is somebody else's, or too little is left of the name.
_ONLY_EXACT = rf"{_MISHEARD_TITLES}|老师|医生|大夫|教授|律师|师傅"
# Characters before a title that begin or end something else: 您好先生, 这位女士, 各位先生.
NO_SURNAME = frozenset("的位您你我他她是好吗呢吧啊哦嗯呀请那这谢和对了先女小大老每各本个给跟问为")
_SAME_SOUND = 0.9  # the surname's very syllable, in another character


def find_uses_zh(text: str, name: KnownName, exclude: KnownName | None) -> list[Use]:
    """Uses of `name` in Mandarin text, ordered; see `mentions.find_mentions`."""
    plain = to_simplified(text)
    family, given = _units(name)
    own_family, own_given = _units(exclude) if exclude is not None else ((), ())
    taken = [(f.start, f.end) for f in find_zh(plain) if f.kind != "staff_number"]
    if own_family and own_given and (own_family, own_given) != (family, given):
        taken += [
            (s, e) for s, e, score in find_units(own_family + own_given, plain) if score > 0.9
        ]
    uses: list[Use] = []
    for use in (
        *_full(plain, family, given),
        *_titled(plain, family, given),
        *_given(plain, given),
    ):
        if all(use.end <= s or e <= use.start for s, e in taken):
            uses.append(use)
            taken.append((use.start, use.end))
    for use in _unheard(plain, family):
        if all(use.end <= s or e <= use.start for s, e in taken):
            uses.append(use)
            taken.append((use.start, use.end))
    if not any(is_han(c) for c in name.text):
        for use in find_uses_en(_latin_only(plain), name, exclude):
            if all(use.end <= s or e <= use.start for s, e in taken):
                uses.append(use)
                taken.append((use.start, use.end))
    return sorted(uses)


def _latin_only(text: str) -> str:
    """`text` with every Chinese character a comma, so that places stay the same."""
    return "".join("，" if is_han(c) else c for c in text)


def _units(name: KnownName) -> tuple[_Units, _Units]:
    """Both parts as characters, or as syllables where the name is written in pinyin."""
    family, given = name.family, name.given
    if family is None and given is None:
        parsed = parse_name(name.text, "zh")
        family, given = (parsed.family, parsed.given) if parsed else (None, None)

    def units(part: str | None) -> _Units:
        if not part:
            return ()
        if any(is_han(c) for c in part):
            return tuple(c for c in to_simplified(part) if is_han(c))
        words = part.lower().split()
        if not all(name_lists.is_pinyin(w) for w in words):
            return ()
        return tuple(s for w in words for s in name_lists.split_pinyin(w))

    return units(family), units(given)


def _full(text: str, family: _Units, given: _Units) -> Iterator[Use]:
    if not (family and given):
        return
    for start, end, score in find_units(family + given, text):
        title = _TITLE.match(text, end)
        exact = score == 1.0
        called = _starts_clause(text, start) and _CALLED.match(text[end:]) is not None
        is_word = not called and text[start:end] in dictionary_words()
        least = _FULL_LEAST_TITLED if title else _FULL_LEAST
        if score < least or (is_word and not title) or _PLACE_AFTER.match(text[end:]):
            continue
        if (
            title
            and re.fullmatch(POST_TITLES, title[1])
            and THIRD_PERSON_BEFORE.search(text[:start])
        ):
            continue
        if not exact and not title and len(family + given) == 2 and not _apart(text, start, end):
            continue
        yield Use(start, title.end() if title else end, "full", score)


def _apart(text: str, start: int, end: int) -> bool:
    """Whether two characters stand as a name does, not inside other words."""
    before = text[start - 1 : start]
    led = not is_han(before or " ") or before in "是叫的好您啊嗯哦谢请问位"
    return led or _CALLED.match(text[end:]) is not None


def _titled(text: str, family: _Units, given: _Units) -> Iterator[Use]:
    """王先生, 王总; 芳女士 (given name with a title)."""
    for match in _TITLE.finditer(text):
        title = match[1]
        if len(title) == 1 and _NO_TITLE.match(text, match.start()):
            continue
        for part in (family, given):
            start = match.start() - len(part)
            if not part or start < 0:
                continue
            pairs = zip(part, text[start : match.start()], strict=True)
            scores = [character_similarity(a, b) for a, b in pairs]
            if min(scores) < _SINGLE_LEAST or (part is given and min(scores) < _SAME_SOUND):
                continue
            if min(scores) < 1.0 and re.fullmatch(_ONLY_EXACT, title):
                continue
            if _INTRODUCES.search(text[:start]):
                continue
            if (
                part is family
                and len(family) == 1
                and _other_full_name(text, start, min(scores), title)
            ):
                continue
            if re.fullmatch(POST_TITLES, title) and THIRD_PERSON_BEFORE.search(text[:start]):
                continue
            yield Use(start, match.end(), "title", round(sum(scores) / len(scores), 3))
            break


def _unheard(text: str, family: _Units) -> Iterator[Use]:
    """Perhaps a use: a title behind a character that is no surname, where somebody is called.

    好的,凋先生: the recogniser wrote another word for the surname.
    """
    for match in re.finditer(rf"(?:{ADDRESS_TITLES})", text):
        start = match.start() - 1
        if start < 0 or not family or not _CALLED.match(text[match.end() :]):
            continue
        character = text[start]
        if not is_han(character) or character in NO_SURNAME:
            continue
        if len(match[0]) == 1 and _NO_TITLE.match(text, match.start()):
            continue
        listed = character in name_lists.zh_surname_ranks() or re.fullmatch(_ONLY_EXACT, match[0])
        is_word = text[start : start + 2] in dictionary_words()
        if not listed and not is_word and _starts_clause(text, start):
            yield Use(start, match.end(), "title", UNHEARD, False)


def _other_full_name(text: str, at: int, score: float, title: str) -> bool:
    """Whether the sound before a title is no surname but the end of another name or word.

    In 陈望先生 (somebody else) 望 is the given name; 大家伙先生 is no name at all.
    """
    character = text[at]
    surnames = name_lists.zh_surname_ranks()
    if score < 1.0 and character not in surnames:
        same_sound = score >= _SAME_SOUND and text[at - 1] not in surnames
        return not (_starts_clause(text, at) or same_sound)
    return score < 0.9 and len(title) == 1


def _starts_clause(text: str, at: int) -> bool:
    before = text[at - 1 : at]
    return not is_han(before or " ") or before in "的是好请谢您啊嗯哦那"


def _given(text: str, given: _Units) -> Iterator[Use]:
    """The given name alone: two characters, or one doubled or with 小/阿 before it."""
    if len(given) >= 2:
        for start, end, score in find_units(given, text):
            is_word = text[start:end] in dictionary_words()
            called = _starts_clause(text, start) and _CALLED.match(text[end:])
            plain = score == 1.0 and not is_word
            if _INTRODUCES.search(text[:start]):
                continue  # 我是王国强: whoever it is, it is not the customer
            if (plain or (score >= 0.9 and called)) and not _PLACE_AFTER.match(text[end:]):
                yield Use(start, end, "given", score)
    elif len(given) == 1:
        for match in re.finditer(r"[小阿](.)", text):
            score = character_similarity(given[0], match[1])
            if (
                score == 1.0
                and _starts_clause(text, match.start())
                and _CALLED.match(text[match.end() :])
            ):
                yield Use(match.start(), match.end(), "given", score)
