"""A recorded name by its syllables, wherever it stands in a Mandarin opening."""

from __future__ import annotations

from qa_pipeline.domain.conversation import KnownName
from qa_pipeline.language import opening_sounds_zh
from qa_pipeline.language.introductions_sound_zh import TITLES, led
from qa_pipeline.language.name_types import FoundName
from qa_pipeline.language.opening_sounds_zh import Row, nearness, row_of
from qa_pipeline.language.phonetics import (
    NEAR_SOUND,
    surname_reading,
    syllable_nearness,
    syllables,
)
from qa_pipeline.language.text import is_han, to_simplified

# Of a recorded name all syllables but one must be the same; that one, the mean, and that of two:
_KNOWN_WORST = 0.35
_KNOWN_LEAST = 0.79
_KNOWN_SHORT = 0.87
_KNOWN_CAP = 0.93
# Or, at the end of a clause, the surname the same: the mean and the worst of three and more.
_EACH_MEAN, _EACH_WORST = 0.78, 0.6
_SHORTEST = 2
_PLACE_FORMULAS = opening_sounds_zh.Words.of(("这里是", "这边是", "您贵姓", "贵姓"))


def known_by_sound_zh(text: str, known: KnownName) -> FoundName | None:
    """The recorded name where its syllables stand, or nearly: two of three the same is the name.

    At a clause's end the surname alone need be the same, where the others are near.

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
    wanted = ((surname_reading(family),) if len(family) == 1 else syllables(family)) + syllables(
        to_simplified(known.given)
    )
    row = row_of(text)
    best: tuple[float, int] | None = None
    for at in range(len(row) - len(wanted) + 1):
        last = at + len(wanted)
        if not row.unbroken(at, last):
            continue
        each = tuple(map(syllable_nearness, row.sounds[at:last], wanted))
        same = sum(alike >= NEAR_SOUND for alike in each)
        mean = sum(each) / len(each)
        nearly = min(each) >= _KNOWN_WORST and same >= len(wanted) - 1 and mean >= _KNOWN_LEAST
        if not nearly and not (row.begins[last] and _each_near(each)):
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


def _each_near(each: tuple[float, ...]) -> bool:
    """Whether the surname's syllables are the same and no other one is far from the name's.

    At the end of a clause that is the name: of 14,215 pairs of an opening and somebody else's name
    there was none like it. 我调期现金 is 我叫祁建军.
    """
    near = sum(each) / len(each) >= _EACH_MEAN and min(each) >= _EACH_WORST
    return len(each) > _SHORTEST and each[0] >= NEAR_SOUND and near


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
    begins = row.begins[first] or led(row, first) > 0.0
    return begins and (row.begins[last] or opening_sounds_zh.closers().after(row, last)[0] > 0)


def _titled(row: Row, at: int) -> bool:
    return any(row.folded[at : at + len(title)] == title for title in TITLES if len(title) > 1)


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
