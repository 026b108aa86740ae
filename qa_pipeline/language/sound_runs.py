"""Which stretches of a Mandarin sentence sound like something that was said before.

A recogniser writes the same words differently each time (素食餐, 苏时参), so that what is said
twice shares no characters, and seldom all syllables. A run of three or more syllables in a row that
sound the same or nearly so is no accident any more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from qa_pipeline.language.content import without_empty_words
from qa_pipeline.language.near_sounds import parts, sound

LEAST_RUN = 3  # syllables
LEAST_LIKENESS = 0.7  # mean of a run; the same counts 1, near counts half
_DIGITS = "零一二三四五六七八九"
_SCALES = ((1000, "千"), (100, "百"), (10, "十"), (1, ""))
_HAN = re.compile(r"[\u3400-\u9fff]")

_Ids = npt.NDArray[np.int64]
_Likeness = npt.NDArray[np.float64]


class SoundRuns:
    """The syllables of sentences in order, comparable with all that was said before each."""

    def __init__(self, texts: Sequence[str], blocks: Sequence[int]) -> None:
        """Take the sentences; `blocks` numbers the stretch of one party that each stands in."""
        self._ids: dict[str, int] = {}
        rows = [self._numbered(_syllables(text)) for text in texts]
        self._starts = np.cumsum([0, *(len(row) for row in rows)])
        self._all: _Ids = np.array([i for row in rows for i in row], dtype=np.int64)
        self._block: _Ids = np.repeat(np.array(blocks, dtype=np.int64), [len(row) for row in rows])
        self._blocks = blocks
        initials, finals = (
            zip(*(parts(s) for s in self._ids), strict=True) if self._ids else ((), ())
        )
        self._initial, self._final = _classes(initials), _classes(finals)

    def repeated(self, index: int) -> tuple[int, frozenset[int]]:
        """How many syllables of a sentence repeat earlier blocks, and which blocks those are.

        Example:
            >>> runs = SoundRuns(["我要素食餐", "好", "苏时参登记了"], [0, 1, 2])
            >>> runs.repeated(2)
            (3, frozenset({0}))
        """
        own = self._all[self._starts[index] : self._starts[index + 1]]
        before = self._all[: int(np.searchsorted(self._block, self._blocks[index]))]
        if not len(own) or not len(before):
            return 0, frozenset()
        length = np.zeros(len(before) + 1, dtype=np.int64)
        likeness = np.zeros(len(before) + 1)
        covered: set[int] = set()
        found: set[int] = set()
        for place, syllable in enumerate(own):
            alike = self._alike(int(syllable), before)
            goes_on = alike > 0
            # A run goes on from the syllable before, on both sides.
            likeness[1:] = np.where(goes_on, likeness[:-1] + alike, 0.0)
            length[1:] = np.where(goes_on, length[:-1] + 1, 0)
            at = np.flatnonzero((length >= LEAST_RUN) & (likeness >= LEAST_LIKENESS * length))
            if len(at):
                longest = int(length[at].max())
                covered.update(range(place - longest + 1, place + 1))
                found.update(int(b) for b in self._block[at - 1])
        return len(covered), frozenset(found)

    def _alike(self, syllable: int, others: _Ids) -> _Likeness:
        if syllable < 0:
            return np.zeros(len(others))
        known = others >= 0
        near = (self._initial[others] == self._initial[syllable]) & (self._initial[syllable] > 0)
        near |= self._final[others] == self._final[syllable]
        return np.where(known, np.where(others == syllable, 1.0, 0.5 * near), 0.0)

    def _numbered(self, syllables: Sequence[str]) -> list[int]:
        return [self._ids.setdefault(s, len(self._ids)) if s else -1 for s in syllables]


def _classes(names: Sequence[str]) -> _Ids:
    """A number for each name, the same for the same; 0 for none."""
    ids = {"": 0}
    return np.array([ids.setdefault(name, len(ids)) for name in names], dtype=np.int64)


@lru_cache(maxsize=4096)
def _syllables(text: str) -> tuple[str, ...]:
    """The folded syllables of the words with content, with an empty one where they break off."""
    return tuple(_runs(without_empty_words(re.sub(r"\d+", _spelt, text))))


def _runs(plain: str) -> Iterator[str]:
    for character in plain:
        yield sound(character) if _HAN.match(character) else ""
    yield ""


def _spelt(match: re.Match[str]) -> str:
    """Digits as they are said: 28 as 二十八, longer ones and those with a leading 0 one by one."""
    digits = match[0]
    if len(digits) > 4 or digits.startswith("0"):
        return "".join(_DIGITS[int(d)] for d in digits)
    value, spelt, gap = int(digits), "", False
    for scale, name in _SCALES:
        digit = value // scale % 10
        if digit:
            spelt += ("零" if gap else "") + _DIGITS[digit] + name
        gap = not digit and bool(spelt)
    return spelt[1:] if spelt.startswith("一十") else spelt
