"""Names in a Mandarin opening whose formula, surname or closing words were misheard.

What stands between a formula or a post and the words that follow a name is read by its syllables:
我交令文竞勤奖 is 我叫, a surname that sounds like 林, two syllables, 请讲.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from qa_pipeline.language import introductions_zh_patterns as patterns
from qa_pipeline.language import name_lists, opening_sounds_zh
from qa_pipeline.language.name_parts import ZH_TITLES
from qa_pipeline.language.name_types import FoundName
from qa_pipeline.language.near_sounds import sound
from qa_pipeline.language.opening_sounds_zh import Row, row_of
from qa_pipeline.language.phonetics import (
    syllable_nearness,
    syllables,
)

_CALLED = 0.85  # after 我叫 or 全名是 and before 请讲
_SURNAMED = 0.82  # after 我姓, where a family name is told and more follows
_POST = 0.75
_IS = 0.7  # after 我是, which tells other things too
_OF_PLACE = 0.66  # after 我是 … 的
_SHORTEST_PLACE = 3  # syllables of 教务的
_PLACE = 0.65  # after a company or a department
_NEAR_FORMULA = 0.05
_NOT_CLOSED = 0.06  # at a pause instead of before a closing word
_NEAR_SURNAME = 0.1  # a surname's sound only nearly, or a rare one's
_COMPOUND_LEAST = 0.75  # of each of the two syllables, or where one is the same:
_COMPOUND_WORST = 0.5
_COMPOUND_SURE = 1.9
TITLES = tuple(tuple(map(sound, title)) for title in ZH_TITLES.split("|"))
_TITLE_END = re.compile(rf"(?:{ZH_TITLES})$")
# Surnames whose sound is that of no company or place: before 请讲 they need no formula.
_COMPOUNDS = "欧阳 上官 司马 诸葛 皇甫 夏侯 慕容 令狐 尉迟 司徒 宇文 端木 轩辕 独孤 公孙 呼延 澹台"
_NICKS = frozenset("小老阿")
# Last syllables of places and departments.
_PLACE_ENDS = "部处科组台室店院线站所办局厅馆网号员的"
_NO_ENDS = frozenset("吧吗呢啊呀哦嘛了着过请说讲")
_IN_NO_NAME = frozenset("很为您你我是叫什么")
_FRAGMENTS = opening_sounds_zh.Words.of(("很高", "高兴", "很荣", "为您", "请您", "有什"))
_NO_SURNAMES = frozenset("的地得吗呢吧啊了着们我你您他她它这那哪什么怎就也都不没要想说")


def told_by_sound_zh(text: str) -> list[FoundName]:
    """Full and family names that stand where an opening has them, by their sound.

    Example:
        >>> [f.text for f in told_by_sound_zh("早上后，我交令文竞勤奖")]
        ['令文竞']
        >>> told_by_sound_zh("您好，我是客服中心，请讲")
        []
    """
    row = row_of(text)
    found: list[FoundName] = []
    for at in range(2, len(row)):
        sure = led(row, at)
        if sure:
            found.extend(_body(row, at, sure))
        if opening_sounds_zh.family_formulas().before(row, at)[0]:
            found.extend(_family(row, at))
    return found


def led(row: Row, at: int) -> float:
    """How surely a name begins here by what stands before; 0 where none can be told."""
    if patterns.asked_for_name(row.text, row.places[at]):
        return 0.0
    size, near = opening_sounds_zh.formulas().before(row, at)
    if size:
        called = row.sounds[at - 1] == "jiao" or size > 2
        return (_CALLED if called else _IS) - (0.0 if near > 0.99 else _NEAR_FORMULA)
    if _after_post(row, at):
        return _POST
    if row.sounds[at : at + 2] in _unmistakable() and row.unbroken(at, min(at + 4, len(row))):
        closed = at + 4 < len(row) and opening_sounds_zh.closers().after(row, at + 4)[0]
        if closed:
            return _PLACE
    return _after_place(row, at)


def _after_post(row: Row, at: int) -> bool:
    """Whether a post that begins a clause or follows a formula or a company ends here."""
    size, near = opening_sounds_zh.posts().before(row, at)
    first = at - size
    if not size or row.begins[at]:
        return False
    formula, _ = opening_sounds_zh.formulas().before(row, first)
    placed = bool(formula) or row.begins[first]
    company, _ = opening_sounds_zh.organisations().before(row, first)
    return placed or (near > 0.99 and (size > 2 or bool(company)))


def _after_place(row: Row, at: int) -> float:
    """我是 … 的, or the last word of a company or department, right before or a pause ago."""
    begin = at - 1
    while begin > 0 and not row.begins[begin]:
        begin -= 1
    if row.written(at - 1, at) == "的" and not row.begins[at]:
        yes = "shi" in (row.sounds[begin], row.sounds[begin - 1] if begin else "")
        starts = yes or row.sounds[begin : begin + 2] == ("wo", "shi")
        return _OF_PLACE if starts and at - begin >= _SHORTEST_PLACE else 0.0
    return _PLACE if opening_sounds_zh.organisations().before(row, at)[0] else 0.0


def _body(row: Row, at: int, sure: float) -> Iterator[FoundName]:
    for size in (2, 3, 4):
        last = at + size
        if last > len(row) or not row.unbroken(at, last):
            return
        _, closed = opening_sounds_zh.closers().after(row, last)
        # After a company alone only a closing word tells that it is a name.
        if not (row.begins[last] or closed) or (sure == _PLACE and not closed):
            continue
        if row.text[row.places[at]] in _NICKS:
            if size == 2 and sure != _PLACE:
                yield _nick(row, at)
            return
        surname = _surname(row, at, size)
        if surname is None or not _may_be_name(row, at, last, sure):
            continue
        family_size, near = surname
        if sure == _PLACE and not near:
            continue
        confidence = sure - (0.0 if closed else _NOT_CLOSED) - (0.0 if near else _NEAR_SURNAME)
        text = row.written(at, last)
        yield FoundName(
            text, row.places[at], row.places[last - 1] + 1, "full", text[:family_size],
            text[family_size:], None, round(confidence, 3), strong=False,
        )  # fmt: skip
        return


def _nick(row: Row, at: int) -> FoundName:
    """小温, 阿强: no full name."""
    text = row.written(at, at + 2)
    is_family = row.sounds[at + 1] in name_lists.pinyin_surname_ranks()
    return FoundName(
        text, row.places[at], row.places[at + 1] + 1, "family" if is_family else "given",
        text[1] if is_family else None, None if is_family else text, None, 0.8, strong=False,
    )  # fmt: skip


def _surname(row: Row, at: int, size: int) -> tuple[int, bool] | None:
    """How many syllables the surname has, and whether it was heard as a usual one's sound."""
    if size == 4:
        first = row.sounds[at : at + 2]
        alike = (tuple(map(syllable_nearness, first, one)) for one in _compounds())
        best = max(alike, key=sum)
        if min(best) >= _COMPOUND_LEAST or (max(best) == 1.0 and min(best) >= _COMPOUND_WORST):
            return 2, sum(best) >= _COMPOUND_SURE
        return None
    written = row.text[row.places[at]]
    if written in _NO_SURNAMES:
        return None
    if size == 2:  # 慧敏 may be a given name alone: here the character itself must be a surname
        rank = name_lists.zh_surname_ranks().get(written, patterns.RARE_SURNAME_RANK)
        return (1, True) if rank < patterns.RARE_SURNAME_RANK else None
    if row.folded[at] in opening_sounds_zh.usual_surnames():
        return 1, True
    near = max(syllable_nearness(row.sounds[at], one) for one in opening_sounds_zh.usual_sounds())
    return (1, False) if near >= _COMPOUND_LEAST else None


@cache
def _compounds() -> tuple[tuple[str, ...], ...]:
    return tuple(syllables(name) for name in sorted(name_lists.zh_compound_surnames()))


@cache
def _unmistakable() -> frozenset[tuple[str, ...]]:
    return frozenset(syllables(name) for name in _COMPOUNDS.split())


def _may_be_name(row: Row, first: int, last: int, sure: float) -> bool:
    """Whether no known word, title or place stands in these syllables."""
    word = row.written(first, last)
    folded = row.folded[first:last]
    known = (
        opening_sounds_zh.posts(), opening_sounds_zh.organisations(), opening_sounds_zh.closers(),
        _FRAGMENTS,
    )  # fmt: skip
    return not (
        _is_other_word(word)
        or (last - first == 2 and _TITLE_END.search(word))
        or any(folded[-len(title) :] == title for title in TITLES if len(title) > 1)
        or _is_place(word, folded, sure)
        or any(words.inside(row, first, last) for words in known)
    )


def _is_other_word(word: str) -> bool:
    """Whether these characters are a word or hold one that names don't."""
    return (
        word[0] in _NICKS
        or word[-1] in _NO_ENDS
        or not _IN_NO_NAME.isdisjoint(word)
        or patterns.is_no_name(word)
        or word in patterns.dictionary_words()
    )


def _is_place(word: str, folded: tuple[str, ...], sure: float) -> bool:
    """Whether it ends like a department: after 我叫 nothing does, after 我是 by sound too."""
    if sure in (_IS, _IS - _NEAR_FORMULA, _OF_PLACE, _PLACE):
        return folded[-1] in map(sound, _PLACE_ENDS)
    return sure == _POST and word[-1] in _PLACE_ENDS.replace("员", "")


def _family(row: Row, at: int) -> Iterator[FoundName]:
    """A family name after 我姓, up to a pause or a closing word; more syllables are all of it."""
    for size in (1, 2, 3):
        last = at + size
        if last > len(row) or not row.unbroken(at, last):
            return
        if not (row.begins[last] or opening_sounds_zh.closers().after(row, last)[0]):
            continue
        if size > 2:
            yield from (f for f in _body(row, at, _SURNAMED) if len(f.text) > 2)
            return
        said = row.sounds[at:last]
        ranks = name_lists.pinyin_surname_ranks()
        if (size == 1 and said[0] in ranks) or said in _compounds():
            text = row.written(at, last)
            yield FoundName(text, row.places[at], row.places[last - 1] + 1, "family", text, None,
                            None, 0.8, strong=False)  # fmt: skip
        return
