"""Salutations in a Mandarin opening by their sound: told, perhaps told, or surely not there."""

from __future__ import annotations

import re
from functools import cache

from qa_pipeline.language.near_sounds import fold, sound
from qa_pipeline.language.opening_sounds_zh import Row, formulas, nearness, posts, row_of
from qa_pipeline.language.phonetics import syllable_nearness, syllables
from qa_pipeline.language.text import word_set

_TIMES = "早上好 早晨好 上午好 中午好 下午好 晚上好"
_SHORT = "早安 午安 晚安"
_THANKS = (
    "感谢您致电 感谢致电 感谢您来电 感谢来电 感谢您的来电 感谢拨打 感谢您拨打 谢谢您来电 "
    "谢谢来电 谢谢您的来电 欢迎致电 欢迎您致电 "
    "欢迎来电 欢迎您来电 欢迎拨打 欢迎您拨打 欢迎光临"
)
_SURE = 0.8  # mean nearness of three and more syllables
_THANKS_MAYBE = 0.68
_TIME_MAYBE = 0.68
_STEM_MAYBE = 0.75
_LEAST_FIRST = 0.65  # of each syllable before 好: 我想好 is no 晚上好
_GIVEN_HAO = "浩豪昊皓灏颢"  # 林浩 is a name
# What goes before a 好 that greets nobody.
_NO_ANSWER = re.compile(r"[您你]好(?:像|不|多|久|吗)|好(?:的|吧|吗|了|不|几|多|久|像|啊你|处)")
_PARTICLES = frozenset(("a", "ya", "na", "ne", "la", "wa"))
_STARTS = (("zhe", "li"), ("zhe", "bian"), ("wo", "shi"), ("wo", "jiao"), ("huan", "ying"))
# 您 begins a request.
_AFTER_YOU = tuple((sound(c),) for c in "请说讲要是想有需的找先稍等慢")
_LATIN = re.compile(r"\b(?:hello|hi|hey|good|morning|thank|welcome)", re.IGNORECASE)
_FIRST = 8  # syllables of a turn within which a salutation stands that only may be one


@cache
def _said(texts: str) -> tuple[tuple[str, ...], ...]:
    return tuple(syllables(text) for text in sorted(word_set(texts)))


def is_salutation(text: str) -> bool:
    """Whether a salutation is heard in a turn by its sound, whatever was written for it.

    Example:
        >>> is_salutation("李克宁号，这里是客运站"), is_salutation("喂，我是林浩，请讲")
        (True, False)
    """
    row = row_of(text)
    return any(
        _hao(row, at) == 1.0 or _time_of_day(row, at) or _short(row, at) or _thanks(row, at, _SURE)
        for at in range(len(row))
    )


def may_be_salutation(text: str) -> bool:
    """Whether something in a turn may have been a salutation, or the turn begins too garbled.

    Example:
        >>> may_be_salutation("好啊，这里是健检中心"), may_be_salutation("失物招领，说")
        (True, False)
    """
    row = row_of(text)
    return _LATIN.search(text) is not None or any(
        _hao(row, at) > 0.0
        or (at < _FIRST and _somewhat(row, at))
        or _thanks(row, at, _THANKS_MAYBE)
        for at in range(len(row))
    )


def _hao(row: Row, at: int) -> float:
    """How surely 您好 or 你好 begins here, at a clause's border: 1, half or not at all."""
    if at + 2 > len(row) or row.begins[at + 1]:
        return 0.0
    first, second = row.sounds[at], row.sounds[at + 1]
    same = row.folded[at] in ("nin", "ni") and first[0] in "nl"
    near = same or first in ("min", "ming", "yin", "ying", "ling")
    if not near or _NO_ANSWER.match(row.text, row.places[at]) or _is_name(row, at):
        return 0.0
    if _NO_ANSWER.match(row.text, row.places[at + 1]) or second not in ("hao", "hou"):
        alike = max(syllable_nearness(second, "hao"), syllable_nearness(second, "hou"))
        return 0.5 if same and alike >= _LEAST_FIRST else 0.0
    if not _at_border(row, at, at + 2):
        return 0.5 if same else 0.0
    return 1.0 if same or second == "hao" else 0.5


def _at_border(row: Row, first: int, last: int) -> bool:
    """Whether a clause begins or ends here, but for particles, or a usual word follows."""
    after = last
    while after < len(row) and not row.begins[after] and row.sounds[after] in _PARTICLES:
        after += 1
    return row.begins[first] or row.begins[after] or row.sounds[after : after + 2] in _STARTS


def _is_name(row: Row, at: int) -> bool:
    """Whether what sounds like 您好 is a name: 我是林浩, 客服李浩."""
    told = formulas().before(row, at)[0] or posts().before(row, at)[0]
    return bool(told) or row.written(at + 1, at + 2) in _GIVEN_HAO


def _time_of_day(row: Row, at: int) -> bool:
    """下午好 and the like at a clause's beginning; 小午后 too, where a pause follows."""
    if not row.begins[at] or at + 3 > len(row) or not row.unbroken(at, at + 3):
        return False
    said = row.sounds[at : at + 3]
    for meant in _said(_TIMES):
        alike = tuple(map(syllable_nearness, said, meant))
        if min(alike[:2]) < _LEAST_FIRST:
            continue
        ends = row.begins[at + 3] and said[2] == "hou"
        if (said[2] == "hao" and sum(alike) >= _SURE * 3) or (ends and sum(alike[:2]) >= 1.7):
            return True
    return False


def _short(row: Row, at: int) -> bool:
    """早安 and the like as the first words, the second syllable heard rightly."""
    if at > 0 or len(row) < 2 or row.sounds[1] != "an" or row.begins[1]:
        return False
    first = row.sounds[0]
    # 小安 is what some are called; 大岸, 岛岸 nobody.
    return first in ("wu", "wan", "zao", "zhao", "dao", "cao", "zhua")


def _thanks(row: Row, at: int, least: float) -> bool:
    said = _said(_THANKS)
    return any(
        row.unbroken(at, at + len(meant))
        and nearness(row.sounds[at : at + len(meant)], meant) >= least
        for meant in said
        if at + len(meant) <= len(row)
    )


def _somewhat(row: Row, at: int) -> bool:
    """Whether a salutation may stand here, most of it misheard."""
    if row.begins[at] and (row.sounds[at] in ("hai", "an", "wan", "han") or _cut_off(row, at)):
        return True
    if row.sounds[at] == "hao" and any(row.begins[max(0, at - 2) : at + 1]):
        return _NO_ANSWER.match(row.text, row.places[at]) is None
    if at == 0 and row.sounds[1:2] and _like_peace(row.sounds[0], row.sounds[1]):
        return True
    # 走向后, for 早上好: nobody begins with three syllables to 后 and a pause.
    if row.begins[at] and row.sounds[at + 2 : at + 3] == ("hou",) and row.unbroken(at, at + 3):
        return row.begins[at + 3]
    for meant, least in _stems():
        said = row.sounds[at : at + len(meant)]
        if len(said) == len(meant) and nearness(said, meant) >= least:
            return True
    return False


def _like_peace(first: str, second: str) -> bool:
    """Whether the first two syllables of a turn may be 早安, 午安 or 晚安: 小岸, 台湾."""
    if second == "an":
        return first.endswith(("ao", "u", "an"))
    return second in ("wan", "han") and first.endswith(("ao", "ai", "wu"))


def _cut_off(row: Row, at: int) -> bool:
    """您 or 早上 whose 好 is lost: 您这里是, 早上我是."""
    if row.folded[at] == "nin" and row.written(at, at + 1) in "您你恁":
        return row.begins[at + 1] or row.folded[at + 1 : at + 2] not in _AFTER_YOU
    return any(row.folded[at : at + 2] == tuple(map(fold, time[:2])) for time in _said(_TIMES))


@cache
def _stems() -> tuple[tuple[tuple[str, ...], float], ...]:
    """What remains of a salutation that is mostly misheard, and how near it must be."""
    return (
        *((meant, _TIME_MAYBE) for meant in _said(_TIMES)),
        *((meant, _STEM_MAYBE) for meant in _said(f"{_SHORT} 您好 你好 哈喽 致电")),
    )
