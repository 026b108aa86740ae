"""The lists of names and of words around them; they lie as text beside this module."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).resolve().parent / "name_lists"


@cache
def words(name: str) -> frozenset[str]:
    """The words of one list, e.g. ``en_given``; lines beginning with ``#`` are comments."""
    lines = (_FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


@cache
def lines(name: str) -> frozenset[str]:
    """The lines of one list whose entries are of several words, e.g. ``en_brand_names``."""
    read = (_FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in read if line and not line.startswith("#"))


@cache
def zh_surname_ranks() -> dict[str, int]:
    """One-character surnames with their place in the list, commonest first."""
    lines = (_FOLDER / "zh_surnames.txt").read_text(encoding="utf-8").splitlines()
    singles = next(line for line in lines if not line.startswith("#"))
    ranks: dict[str, int] = {}
    for character in singles.strip():
        ranks.setdefault(character, len(ranks))
    return ranks


@cache
def zh_compound_surnames() -> frozenset[str]:
    """Surnames of two characters."""
    return frozenset(word for word in words("zh_surnames") if len(word) == 2)


@cache
def pinyin_surname_ranks() -> dict[str, int]:
    """Toneless pinyin of the surnames, with the rank of the commonest one that sounds so."""
    from qa_pipeline.language.phonetics import surname_reading

    ranks: dict[str, int] = {}
    for character, rank in zh_surname_ranks().items():
        ranks.setdefault(surname_reading(character), rank)
    for compound in sorted(zh_compound_surnames()):
        ranks.setdefault("".join(surname_reading(c) for c in compound), 150)
    return ranks


# Every Mandarin syllable is an initial (or none) and a final; the loose product of both also
# allows a few that do not exist, which does no harm here.
_SYLLABLE = (
    r"(?:(?![fghkw]i)(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?"
    r"(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|ai|an|ao|ei|en|er|ia|ie|in|iu|ou|ua|ue|ui"
    r"|un|uo|ve|[aeiouv]))"
)
_PINYIN = re.compile(rf"{_SYLLABLE}{{1,3}}")


def is_pinyin(word: str) -> bool:
    """Whether a lower-case Latin word can be one to three Mandarin syllables.

    Example:
        >>> is_pinyin("xiaoming"), is_pinyin("brooks")
        (True, False)
    """
    return _PINYIN.fullmatch(word.replace("'", "").replace("-", "")) is not None


def split_pinyin(word: str) -> tuple[str, ...]:
    """A pinyin word as its syllables, longest first; the word itself if it is no pinyin.

    Example:
        >>> split_pinyin("xiaoming")
        ('xiao', 'ming')
    """
    plain = word.lower().replace("'", "").replace("-", "")
    if not is_pinyin(plain):
        return (plain,)
    found: list[str] = []
    rest = plain
    while rest:
        sizes = range(min(6, len(rest)), 0, -1)
        # A syllable that would begin with a vowel is unlikely: lina is li-na, not lin-a.
        for size in sorted(sizes, key=lambda size: rest[size : size + 1] in tuple("aeo")):
            head, tail = rest[:size], rest[size:]
            if re.fullmatch(_SYLLABLE, head) and (
                not tail or (is_pinyin(tail) and tail[0] not in "iuv")
            ):
                found.append(head)
                rest = tail
                break
        else:
            return (plain,)
    return tuple(found)
