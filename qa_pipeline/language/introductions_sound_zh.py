"""Names in a Mandarin opening whose formula, surname or closing words were misheard.

What stands between a formula or a post and the words that follow a name is read by its syllables:
我交令文竞勤奖 is 我叫, a surname that sounds like 林, two syllables, 请讲. A recorded name is looked
for by graded nearness of its syllables, wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from qa_pipeline.domain.conversation import KnownName
from qa_pipeline.language import introductions_zh_patterns as patterns
from qa_pipeline.language import name_lists, opening_sounds_zh
from qa_pipeline.language.name_parts import ZH_TITLES
from qa_pipeline.language.name_types import FoundName
from qa_pipeline.language.near_sounds import sound
from qa_pipeline.language.opening_sounds_zh import Row, nearness, row_of
from qa_pipeline.language.phonetics import (
    NEAR_SOUND,
    surname_reading,
    syllable_nearness,
    syllables,
)
from qa_pipeline.language.text import is_han, to_simplified

_CALLED = 0.85  # after 我叫 or 全名是 and before 请讲
_SURNAMED = 0.82  # after 我姓, where a family name is told and more follows
_POST = 0.75
_IS = 0.7  # after 我是, which tells other things too
_OF_PLACE = 0.66  # after 我是 … 的
_PLACE = 0.65  # after a company or a department
_NEAR_FORMULA = 0.05
_NOT_CLOSED = 0.06  # at a pause instead of before a closing word
_NEAR_SURNAME = 0.1  # a surname's sound only nearly, or a rare one's
_COMPOUND_LEAST = 0.75  # of each of the two syllables, or where one is the same:
_COMPOUND_WORST = 0.5
_COMPOUND_SURE = 1.9
# Of a recorded name all syllables but one must be the same, that one and the mean of two at least:
_KNOWN_WORST = 0.35
_KNOWN_SHORT = 0.87
_KNOWN_CAP = 0.93
_TITLES = tuple(tuple(map(sound, title)) for title in ZH_TITLES.split("|"))
_TITLE_END = re.compile(rf"(?:{ZH_TITLES})$")
_NICKS = frozenset("小老阿")
# Last syllables of places and departments.
_PLACE_ENDS = "部处科组台室店院线站所办局厅馆网号员的"
_NO_ENDS = frozenset("吧吗呢啊呀哦嘛了着过请说讲")
_IN_NO_NAME = frozenset("很为您你我是叫什么")
_PLACE_FORMULAS = opening_sounds_zh.Words.of(("这里是", "这边是", "您贵姓", "贵姓"))
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
        sure = _led(row, at)
        if sure:
            found.extend(_body(row, at, sure))
        if opening_sounds_zh.family_formulas().before(row, at)[0]:
            found.extend(_family(row, at))
    return found


def _led(row: Row, at: int) -> float:
    """How surely a name begins here by what stands before; 0 where none can be told."""
    if patterns.asked_for_name(row.text, row.places[at]):
        return 0.0
    size, near = opening_sounds_zh.formulas().before(row, at)
    if size:
        called = row.sounds[at - 1] == "jiao" or size > 2
        return (_CALLED if called else _IS) - (0.0 if near > 0.99 else _NEAR_FORMULA)
    if _after_post(row, at):
        return _POST
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
        starts = row.sounds[begin] == "shi" or row.sounds[begin : begin + 2] == ("wo", "shi")
        return _OF_PLACE if starts and at - begin > 3 else 0.0
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


def _may_be_name(row: Row, first: int, last: int, sure: float) -> bool:
    """Whether no known word, title or place stands in these syllables."""
    word = row.written(first, last)
    if word[0] in _NICKS or word[-1] in _NO_ENDS or not _IN_NO_NAME.isdisjoint(word):
        return False
    if patterns.is_no_name(word) or word in patterns.dictionary_words():
        return False
    if last - first == 2 and _TITLE_END.search(word):
        return False
    folded = row.folded[first:last]
    if any(folded[-len(title) :] == title for title in _TITLES if len(title) > 1):
        return False
    by_sound = sure in (_IS, _IS - _NEAR_FORMULA, _OF_PLACE, _PLACE)
    if by_sound and folded[-1] in map(sound, _PLACE_ENDS):
        return False
    if sure < _CALLED - _NEAR_FORMULA and sure != _POST and word[-1] in _PLACE_ENDS:
        return False
    if sure == _POST and word[-1] in _PLACE_ENDS.replace("员", ""):
        return False
    known = (
        opening_sounds_zh.posts(),
        opening_sounds_zh.organisations(),
        opening_sounds_zh.closers(),
        _FRAGMENTS,
    )
    return not any(words.inside(row, first, last) for words in known)


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


def known_by_sound_zh(text: str, known: KnownName) -> FoundName | None:
    """The recorded name where its syllables stand, or nearly: two of three the same is the name.

    None of its syllables is part of a formula: 我是建军 is not 石建军, 我叫文静 not 焦文静.

    Example:
        >>> song = KnownName("宋海涛", "宋", "海涛", "metadata")
        >>> known_by_sound_zh("我是刀枕元宗海陶", song).text
        '宗海陶'
    """
    if not known.family or not known.given:
        return None
    name = to_simplified(f"{known.family}{known.given}")
    if not all(map(is_han, name)) or len(name) not in (2, 3, 4):
        return None
    family = to_simplified(known.family)
    wanted = (
        (surname_reading(family),) if len(family) == 1 else syllables(family)
    ) + syllables(to_simplified(known.given))
    row = row_of(text)
    best: tuple[float, int] | None = None
    for at in range(len(row) - len(wanted) + 1):
        last = at + len(wanted)
        if not row.unbroken(at, last):
            continue
        each = tuple(map(syllable_nearness, row.sounds[at:last], wanted))
        same = sum(alike >= NEAR_SOUND for alike in each)
        mean = sum(each) / len(each)
        if min(each) < _KNOWN_WORST or same < max(1, len(wanted) - 1):
            continue
        if len(wanted) == 2 and not (mean >= _KNOWN_SHORT and _placed(row, at, last)):
            continue
        if (best is None or mean > best[0]) and _free(row, at, last) and not _titled(row, last):
            best = mean, at
    if best is None:
        return None
    mean, at = best
    last = at + len(wanted)
    return FoundName(
        row.written(at, last), row.places[at], row.places[last - 1] + 1, "full", known.family,
        known.given, None, round(min(_KNOWN_CAP, mean), 3),
    )  # fmt: skip


def is_free(text: str, start: int, end: int) -> bool:
    """Whether no formula or usual word stands in these characters, by sound.

    Example:
        >>> is_free("我是建军，请讲", 1, 4), is_free("我是石建军，请讲", 2, 5)
        (False, True)
    """
    row = row_of(text)
    inside = [n for n, place in enumerate(row.places) if start <= place < end]
    return not inside or _free(row, inside[0], inside[-1] + 1)


def _free(row: Row, first: int, last: int) -> bool:
    tables = (
        opening_sounds_zh.formulas(), opening_sounds_zh.family_formulas(), _PLACE_FORMULAS,
        opening_sounds_zh.closers(),
    )  # fmt: skip
    return not any(
        first < at + size
        for at in range(max(0, first - 4), last)
        for size in (max(words.after(row, at)[0] for words in tables),)
        if size
    )


def _placed(row: Row, first: int, last: int) -> bool:
    """Whether a name may stand here: after a formula or a pause, before a closing word or one."""
    led = row.begins[first] or _led(row, first) > 0.0
    return led and (row.begins[last] or opening_sounds_zh.closers().after(row, last)[0] > 0)


def _titled(row: Row, at: int) -> bool:
    return any(row.folded[at : at + len(title)] == title for title in _TITLES if len(title) > 1)


def given_by_sound_zh(text: str, known: KnownName) -> FoundName | None:
    """The recorded given name alone, right after a formula: no family name can be lost there.

    Example:
        >>> yu = KnownName("于慧敏", "于", "慧敏", "metadata")
        >>> given_by_sound_zh("欢迎致电，我是会敏银好", yu).kind
        'given'
    """
    given = to_simplified(known.given or "")
    if len(given) != 2 or not all(map(is_han, given)):
        return None
    wanted = syllables(given)
    row = row_of(text)
    for at in range(2, len(row) - 1):
        if not row.unbroken(at, at + 2) or not opening_sounds_zh.formulas().before(row, at)[0]:
            continue
        if nearness(row.sounds[at : at + 2], wanted) >= _KNOWN_SHORT:
            return FoundName(row.written(at, at + 2), row.places[at], row.places[at + 1] + 1,
                             "given", None, known.given, None, 0.8)  # fmt: skip
    return None
