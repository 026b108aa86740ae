"""Uses of a Mandarin name that the recogniser did not write as the name: how probable each is.

Syllables are compared by their parts, so that a surname of which only the initial or the final
came through (相关先生 for 上官先生, 女师 for 女士) is found where somebody is called, and trusted
the more, the more often it comes again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from qa_pipeline.domain.conversation import KnownName
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language import name_lists
from qa_pipeline.language.addresses import THIRD_PERSON_BEFORE
from qa_pipeline.language.introductions_zh import find_zh
from qa_pipeline.language.introductions_zh_patterns import dictionary_words
from qa_pipeline.language.name_by_sound_zh import title_nearness
from qa_pipeline.language.name_parts import parse_name
from qa_pipeline.language.name_surest import LEAST_PROBABLE, Candidate, logistic, surest
from qa_pipeline.language.name_types import Mention
from qa_pipeline.language.phonetics import surname_reading, syllable_nearness, syllables
from qa_pipeline.language.text import is_han, to_simplified, word_set
from qa_pipeline.language.timing import time_of

TITLES = {
    "xian sheng": "先生", "nv shi": "女士", "xiao jie": "小姐", "tai tai": "太太",
}  # fmt: skip
_LEAST_ALIKE = 0.62  # of the name's syllables where no title helps
_LEAST_TITLE = 0.55
_LEAST_TITLE_WORD = 0.8  # of a title that is written as another word
_PARTICLES = frozenset("的了吗呢吧")
_SAME_SOUND = 0.85
_OWN_NAME = 0.85  # of the speaker's own name: then it is that
_PLACED = 1.0  # `led` and `closed` together, from which on a name may stand there
# What often stands before and behind a call where the recogniser puts no comma.
_LEADS = frozenset("好的是请谢您啊嗯哦对行了那呢吧吗")
_LEADS_TWO = frozenset(("抱歉", "收到", "可以", "没错", "明白", "理解", "辛苦", "感谢", "麻烦"))
# Where one of these pairs is heard it is meant: no name was misheard as it.
_NO_NAMES = word_set(
    "您好 你好 今天 明天 昨天 后天 上午 下午 晚上 礼拜 星期 满意 没问 问题 "
    "没关 关系 不客 客气 谢谢 不好 意思 请问 稍等 对不 什么 怎么 这个 那个 "
    "哪个 可以 没有 我们 你们 他们 时候 时间 再见 这边 那边 这位 那位 一位 "
    "各位 帮您 给您 为您 跟您 已经 现在 刚才 需要 还有 知道 因为 所以 如果 "
    "但是 就是 不是 是不 不用 一下 周一 周二 周三 周四 周五 周六 周日 六十 十块 是要 好嘞"
)
_GOES_ON = frozenset("您你请麻这我那吗对是")
# Fitted like those of name_probable_en.py, on 9,200 stretches of 229 hearings of 110 made calls,
# 573 of them uses. Held out by scenario, told to be uses by 0.8 and more they were in 99.6 %, by
# 0.05 to 0.2 in 11 %.
_WEIGHTS: dict[str, float] = {
    "alike": 5.08,
    "much alike": 2.09,
    "bare": 1.26,
    "long": 2.53,
    "short": -0.83,
    "title": -0.25,
    "title alike": 3.42,
    "title heard": 1.13,
    "title a word": 0.24,
    "title and alike": 1.85,
    "both alike": 1.98,
    "both at border": 1.32,
    "at border": -0.11,
    "led": 1.48,
    "closed": 0.26,
    "placed": 1.79,
    "doubt": 0.99,
    "again": 0.99,
    "and again": 1.3,
}
_BIAS = -9.03


class Form(NamedTuple):
    """A way to call somebody as toneless syllables, a title's apart."""

    kind: Literal["full", "title", "given"]
    name: tuple[str, ...]
    title: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some characters of a turn as they sound, and how well a name would stand there.

    `turn` indexes the searched turns, ``[start, end)`` are characters of its text; `led` and
    `closed` are 1 for punctuation or the turn's border, less for what often stands there.
    """

    turn: int
    start: int
    end: int
    start_ms: int
    end_ms: int
    text: str
    sounds: tuple[str, ...]
    led: float
    closed: float
    probability: float


def probable_uses_zh(
    turns: Sequence[Turn],
    name: KnownName,
    exclude: KnownName | None = None,
    least: float = LEAST_PROBABLE,
) -> tuple[Mention, ...]:
    """Stretches that may be uses of `name`, none overlapping; `Mention.score` is how probable.

    Args:
        turns: what to search, usually all turns of the agent.
        name: the name to look for.
        exclude: the speaker's own name.
        least: how probable a stretch must be.
    """
    own = [form for form in forms(exclude) if form.kind == "full"] if exclude else []

    def refused(candidate: Candidate[Stretch, Form]) -> bool:
        at = candidate.place
        before = to_simplified(turns[at.turn].text)[: at.start]
        third = at.text[0] in "找转叫让" or THIRD_PERSON_BEFORE.search(before) is not None
        return third or any(
            len(form.name) == len(at.sounds) and _alike(form, at.sounds)[0] >= _OWN_NAME
            for form in own
        )

    scored = [(probability(c.features), c.form.kind, c) for c in candidates(turns, name)]
    return surest(scored, [_introduced(turn) for turn in turns], least, refused)


def candidates(turns: Sequence[Turn], name: KnownName) -> list[Candidate[Stretch, Form]]:
    """Every stretch that sounds somewhat like a form of the name, with its features."""
    near: list[tuple[Stretch, float, float, Form]] = []
    for index, turn in enumerate(turns):
        sounds, plain = _sounds(turn.text), to_simplified(turn.text)
        for form in forms(name):
            size = len(form.name) + len(form.title)
            for first in range(len(sounds) - size + 1):
                row = sounds[first : first + size]
                if row[-1][0] - row[0][0] != size - 1:
                    continue  # something else stands between
                if _holds_words(plain[max(0, row[0][0] - 1) : row[-1][0] + 1]):
                    continue
                alike, titled = _alike(form, tuple(sound for _, sound in row))
                if form.title and _goes_on(plain[row[0][0] : row[-1][0] + 1], form, titled):
                    continue
                if alike >= (_LEAST_ALIKE if not form.title else 0.0) and titled >= _LEAST_TITLE:
                    near.append((_stretch(index, turn, row), alike, titled, form))
    rows = [stretch for stretch, *_ in near]
    return [
        Candidate(stretch, alike, form, _features(stretch, alike, titled, form, rows))
        for stretch, alike, titled, form in near
    ]


def _goes_on(text: str, form: Form, titled: float) -> bool:
    """Whether a stretch is more likely part of what is said: 您的信息 for 邓先生."""
    size = len(form.name)
    if text[size:] in TITLES.values():
        return False
    is_word = text[size:] in dictionary_words() and titled < _LEAST_TITLE_WORD
    return is_word or text[size - 1] in _PARTICLES


def _holds_words(text: str) -> bool:
    """Whether a pair of characters in the text is a common word of calls."""
    return any(text[at : at + 2] in _NO_NAMES for at in range(len(text) - 1))


@lru_cache(maxsize=256)
def forms(name: KnownName) -> tuple[Form, ...]:
    """The ways to call somebody of this name, as toneless syllables."""
    family, given = name.family, name.given
    if family is None and given is None:
        parsed = parse_name(name.text, "zh")
        family, given = (parsed.family, parsed.given) if parsed else (None, None)
    last, first = _units(family, surname=True), _units(given)
    found = [Form("title", last, tuple(t.split())) for t in TITLES if last]
    if last and first:
        found.append(Form("full", (*last, *first)))
    if len(first) > 1:
        found.append(Form("given", first))
    return tuple(found)


def _units(part: str | None, *, surname: bool = False) -> tuple[str, ...]:
    if not part:
        return ()
    if any(is_han(c) for c in part):
        han = [c for c in to_simplified(part) if is_han(c)]
        if surname and len(han) == 1:
            return (surname_reading(han[0]),)
        return syllables("".join(han))
    words = part.lower().split()
    if not all(name_lists.is_pinyin(word) for word in words):
        return ()
    return tuple(s for word in words for s in name_lists.split_pinyin(word))


@lru_cache(maxsize=2048)
def _sounds(text: str) -> tuple[tuple[int, str], ...]:
    """The Chinese characters of a text with their places, as toneless syllables."""
    plain = to_simplified(text)
    found: list[tuple[int, str]] = []
    for match in re.finditer(r"[\u3400-\u9fff]+", plain):
        said = syllables(match[0])
        if len(said) == len(match[0]):
            found.extend((match.start() + k, sound) for k, sound in enumerate(said))
    return tuple(found)


def _alike(form: Form, sounds: tuple[str, ...]) -> tuple[float, float]:
    """How alike the name's syllables are, and the title's (1 where the form has none)."""
    size = len(form.name)
    name = [syllable_nearness(a, b) for a, b in zip(form.name, sounds[:size], strict=True)]
    title = [title_nearness(a, b) for a, b in zip(form.title, sounds[size:], strict=True)]
    mean = sum(name) / size if size else 0.0
    return round(mean, 3), round(sum(title) / len(title), 3) if title else 1.0


def _stretch(index: int, turn: Turn, row: Sequence[tuple[int, str]]) -> Stretch:
    start, end = row[0][0], row[-1][0] + 1
    start_ms, end_ms = time_of(turn, start, end)
    inside = [
        w.probability for w in turn.words if start_ms <= (w.start_ms + w.end_ms) // 2 <= end_ms
    ]
    text = to_simplified(turn.text)
    return Stretch(
        index, start, end, start_ms, end_ms, turn.text[start:end], tuple(s for _, s in row),
        _led(text, start), _closed(text, end), min(inside, default=1.0),
    )  # fmt: skip


def _led(text: str, start: int) -> float:
    if start == 0 or not is_han(text[start - 1]):
        return 1.0
    return 0.5 if text[start - 1] in _LEADS or text[start - 2 : start] in _LEADS_TWO else 0.0


def _closed(text: str, end: int) -> float:
    if end >= len(text) or not is_han(text[end]):
        return 1.0
    return 0.5 if text[end] in _GOES_ON else 0.0


def _features(
    at: Stretch, alike: float, titled: float, form: Form, near: Sequence[Stretch]
) -> dict[str, float]:
    size = len(form.name)
    again = _again(at, near)
    has_title = float(bool(form.title))
    exact_title = has_title * float(at.text[size:] in TITLES.values())
    bare = alike * (1.0 - has_title)
    return {
        "alike": alike,
        "much alike": max(0.0, alike - 0.8),
        "bare": bare,
        "long": float(size >= 3) * alike,
        "short": float(size == 1),
        "title": has_title,
        "title alike": has_title * titled,
        "title heard": exact_title,
        "title a word": has_title * (1.0 - exact_title) * float(_holds_word(at.text, size)),
        "title and alike": exact_title * alike,
        "both alike": has_title * max(0.0, min(alike, titled) - 0.6),
        "both at border": has_title * max(0.0, min(alike, titled) - 0.6) * max(at.led, at.closed),
        "at border": max(at.led, at.closed),
        "led": at.led,
        "closed": at.closed,
        "placed": at.led * at.closed,
        "doubt": 1.0 - at.probability,
        "again": min(again, 1.0),
        "and again": max(0.0, min(again, 3.0) - 1.0),
    }


def _holds_word(text: str, size: int) -> bool:
    """Whether what stands for the title is a word of its own, such as 律师, 理解, 于是."""
    return text[size:] in dictionary_words() or text[size - 1 : size + 1] in dictionary_words()


def _again(at: Stretch, near: Sequence[Stretch]) -> float:
    """How often the same sound stands elsewhere in places where a name may."""
    places: set[tuple[int, int]] = set()
    for other in near:
        apart = other.turn != at.turn or other.end <= at.start or at.end <= other.start
        placed = other.led + other.closed >= _PLACED
        if not (apart and placed) or len(other.sounds) != len(at.sounds):
            continue
        same = sum(map(syllable_nearness, other.sounds, at.sounds)) / len(at.sounds)
        if same >= _SAME_SOUND:
            places.add((other.turn, other.start))
    return float(len(places))


def probability(features: Mapping[str, float]) -> float:
    """The logistic model's probability that a stretch is a use of the name."""
    return logistic(features, _WEIGHTS, _BIAS)


def _introduced(turn: Turn) -> list[tuple[int, int]]:
    return [(f.start, f.end) for f in find_zh(to_simplified(turn.text)) if f.kind != "staff_number"]
