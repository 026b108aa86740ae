"""Surnames told by their parts or by a word they stand in: 弓长张, 木子李, 黄金的黄."""

from __future__ import annotations

import re
from functools import cache

from qa_pipeline.language import name_lists
from qa_pipeline.language.phonetics import character_similarity
from qa_pipeline.language.text import HAN, to_simplified

_IN_A_WORD = re.compile(rf"([{HAN}]{{2,4}})的(?:那个)?([{HAN}])")
_LEAST = 0.66  # the described character must sound like the one that was heard


@cache
def _by_parts() -> dict[str, str]:
    """Descriptions without the surname, with the surnames they describe."""
    return {word[:-1]: word[-1] for word in name_lists.words("zh_described") if len(word) > 2}


def described_surname(text: str) -> str | None:
    """The surname that a text describes, or None.

    The description decides and not the character behind it, which the recogniser only guessed.

    Example:
        >>> described_surname("我姓章,弓长张"), described_surname("免贵姓汪,长江的江")
        ('张', '江')
        >>> described_surname("我的包裹丢了") is None
        True
    """
    plain = to_simplified(text)
    for parts, surname in _by_parts().items():
        for match in re.finditer(parts, plain):
            said = plain[match.end() : match.end() + 1].lstrip("的")
            if not said or character_similarity(surname, said) >= _LEAST:
                return surname
    for match in _IN_A_WORD.finditer(plain):
        word, said = match.groups()
        if said in word and (said in name_lists.zh_surname_ranks()):
            return said
        alike = [c for c in word if c in name_lists.zh_surname_ranks()]
        best = max(alike, key=lambda c: character_similarity(c, said), default=None)
        if best is not None and character_similarity(best, said) >= 0.9:
            return best
    return None
