"""A Mandarin opening as a row of syllables, and the words of openings found in it by sound.

Recognisers write what they hear on a telephone as other words ("勤奖" for 请讲, "做西" for 坐席).
Longer words are found by their folded syllables (see `near_sounds.sound`), the short ones that
openings turn on also by graded nearness.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from qa_pipeline.language import name_lists
from qa_pipeline.language.introductions_zh_patterns import RARE_SURNAME_RANK
from qa_pipeline.language.near_sounds import fold, sound
from qa_pipeline.language.phonetics import syllable_nearness, syllables
from qa_pipeline.language.text import HAN, to_simplified, word_set

# Mean nearness of syllables from which on words that openings turn on are taken to be meant.
NEAR = 0.8
_WORST = 0.35  # of each syllable
NEAR_SHORT = 0.82  # of two syllables; of a post's, which are many:
NEAR_POST = 0.87
NEAR_FORMULA = 0.85
_HAN_RUN = re.compile(f"[{HAN}]+")
_SPACED = re.compile(f"[{HAN}] [{HAN}] [{HAN}] ")  # a space after every character is no pause
_POSTS = (
    "导诊员 导医员 店员 调度员 馆员 咨询员 检票员 值班员 值班长 理货员 乘务员 办事员 "
    "受理员 服务员 接待员 专席 前台 总机 教务 "
    "会籍顾问 专属顾问 服务顾问 工作人员 人工客服 话务员 坐席员"
)
# How the sentence goes on after the agent's name.
_CLOSERS = (
    "请讲 请说 请问 请吩咐 请多指教 您请 您讲 您说 您找谁 找谁 您有什么 您要办 您需要 "
    "您哪里 您什么事 听您讲 为您服务 在为您服务 为您解答 "
    "为您效劳 竭诚 很高兴 非常高兴 十分高兴 很荣幸 非常荣幸 有什么 需要什么 什么事 "
    "什么业务 什么可以 可以帮 能帮 听电话 接听 "
    "接电话 接的电话 在线 怎么称呼 您贵姓 您好"
)
_FORMULAS = (
    "我是 我叫 我叫做 我的名字是 我的名字叫 名字是 名字叫 我的全名是 全名是 全名叫 我名叫 "
    "姓名是 本人是 本人叫"
)
_FAMILY = "我姓 敝姓 毕竟 免贵姓 小姓 本人姓"  # 毕竟: 敝姓, misheard


@dataclass(frozen=True, slots=True)
class Row:
    """The syllables of a text: each one's character place, and whether it begins a clause.

    `begins` has one more entry than there are syllables; the last is always true.
    """

    text: str
    places: tuple[int, ...]
    sounds: tuple[str, ...]
    folded: tuple[str, ...]
    begins: tuple[bool, ...]

    def __len__(self) -> int:
        return len(self.sounds)

    def written(self, first: int, last: int) -> str:
        """The characters of the syllables ``[first, last)``, with what stands between."""
        if first >= last:
            return ""
        return self.text[self.places[first] : self.places[last - 1] + 1]

    def unbroken(self, first: int, last: int) -> bool:
        """Whether nothing but characters stands between these syllables."""
        return not any(self.begins[first + 1 : last])


@lru_cache(maxsize=256)
def row_of(text: str) -> Row:
    """A text as a row of syllables.

    Example:
        >>> row_of("您好，请讲").sounds
        ('nin', 'hao', 'qing', 'jiang')
    """
    plain = to_simplified(text)
    places: list[int] = []
    sounds: list[str] = []
    begins: list[bool] = []
    spaced = _SPACED.search(plain) is not None
    for run in _HAN_RUN.finditer(plain):
        said = syllables(run[0])
        if len(said) != len(run[0]):
            continue
        joined = spaced and bool(places) and plain[places[-1] + 1 : run.start()].isspace()
        places.extend(range(run.start(), run.end()))
        sounds.extend(said)
        begins.extend([not joined, *([False] * (len(said) - 1))])
    folded = tuple(sound(plain[place]) for place in places)
    return Row(plain, tuple(places), tuple(sounds), folded, (*begins, True))


def nearness(said: Sequence[str], meant: Sequence[str]) -> float:
    """The mean nearness of two rows of syllables of the same length, 0 to 1.

    0 where a syllable has hardly anything in common with its counterpart.
    """
    each = tuple(map(syllable_nearness, said, meant))
    return sum(each) / len(each) if min(each) >= _WORST else 0.0


@dataclass(frozen=True, slots=True)
class Words:
    """Words by their syllables, to be found at a place of a row.

    `near` of them are also found by graded nearness; the others only by their folded syllables.
    `least` is the mean nearness asked of two syllables.
    """

    exact: frozenset[tuple[str, ...]]
    near: tuple[tuple[str, ...], ...]
    longest: int
    least: float = NEAR_SHORT

    @classmethod
    def of(
        cls, texts: Iterable[str], near_texts: Iterable[str] = (), *, least: float = NEAR_SHORT
    ) -> Words:
        """The words among `texts` and `near_texts` that are written in two or more characters."""
        near, both = _written(near_texts), _written({*texts, *near_texts})
        return cls(
            frozenset(tuple(map(sound, text)) for text in both),
            tuple(map(syllables, near)),
            max(map(len, both)),
            least,
        )

    def after(self, row: Row, at: int) -> tuple[int, float]:
        """The length of the longest word that begins here, and how near it is; 0 for none."""
        for size in range(min(self.longest, len(row) - at), 1, -1):
            found = self._match(row, at, at + size)
            if found:
                return size, found
        return 0, 0.0

    def before(self, row: Row, at: int) -> tuple[int, float]:
        """The length of the longest word that ends here, and how near it is; 0 for none."""
        for size in range(min(self.longest, at), 1, -1):
            found = self._match(row, at - size, at)
            if found:
                return size, found
        return 0, 0.0

    def inside(self, row: Row, first: int, last: int) -> bool:
        """Whether one of the words stands somewhere in these syllables, by folded syllables."""
        return any(
            row.folded[at : at + size] in self.exact
            for at in range(first, last - 1)
            for size in range(2, last - at + 1)
        )

    def _match(self, row: Row, first: int, last: int) -> float:
        if not row.unbroken(first, last):
            return 0.0
        if row.folded[first:last] in self.exact:
            return 1.0
        said = row.sounds[first:last]
        near = (nearness(said, word) for word in self.near if len(word) == len(said))
        best = max(near, default=0.0)
        return (
            best if best >= (max(NEAR, self.least - 0.02) if len(said) > 2 else self.least) else 0.0
        )


def _written(texts: Iterable[str]) -> list[str]:
    return sorted(text for text in texts if len(text) > 1 and _HAN_RUN.fullmatch(text))


@cache
def posts() -> Words:
    """What somebody is at the company (客服专员, 导诊员)."""
    return Words.of(name_lists.words("zh_posts"), word_set(_POSTS), least=NEAR_POST)


@cache
def organisations() -> Words:
    """Last words of companies and departments."""
    return Words.of(name_lists.words("zh_organisation"))


@cache
def closers() -> Words:
    """How an opening goes on after the name (请讲, 很高兴)."""
    return Words.of((), word_set(_CLOSERS))


@cache
def formulas() -> Words:
    """What a full name follows (我叫, 全名是)."""
    return Words.of((), word_set(_FORMULAS), least=NEAR_FORMULA)


@cache
def family_formulas() -> Words:
    """What a family name follows (我姓)."""
    return Words.of((), word_set(_FAMILY), least=NEAR_FORMULA)


@cache
def usual_sounds() -> frozenset[str]:
    """The toneless syllables of the usual surnames of one character."""
    ranks = name_lists.pinyin_surname_ranks()
    return frozenset(said for said, rank in ranks.items() if rank < RARE_SURNAME_RANK)


@cache
def usual_surnames() -> frozenset[str]:
    """The folded syllables of the usual surnames."""
    return frozenset(map(fold, usual_sounds()))
