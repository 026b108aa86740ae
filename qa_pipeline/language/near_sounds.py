"""Mandarin syllables as a recogniser hears them: folded, and what is near to them.

Phrases are matched by these sounds (language/matching.py), and contents compared by them.
"""

from __future__ import annotations

import re
from functools import lru_cache

from qa_pipeline.language import phonetics

# Pairs that Mandarin recognisers and southern accents confuse: retroflex with dental initials,
# front with back nasals, n with l.
_FOLDS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ang", "an"), ("eng", "en"), ("ing", "in"))
_SYLLABLE = re.compile(r"([bcdfghjkmnpqrstwxyz]*)([a-z]+)")


@lru_cache(maxsize=8192)
def sound(token: str) -> str:
    """A Chinese character's folded toneless syllable; any other token as it is.

    Example:
        >>> sound("稍") == sound("少") == sound("骚")
        True
    """
    if not "\u3400" <= token[:1] <= "\u9fff":
        return token
    syllables = phonetics.syllables(token)
    return fold(syllables[0] if syllables else token)


def fold(syllable: str) -> str:
    """A toneless syllable without what recognisers and accents confuse.

    Example:
        >>> fold("zhang") == fold("zan"), fold("ling") == fold("nin")
        (True, True)
    """
    for heard, meant in _FOLDS:
        syllable = syllable.replace(heard, meant)
    return "n" + syllable[1:] if syllable.startswith("l") else syllable


@lru_cache(maxsize=512)
def near_sound(token: str) -> str:
    """A regular expression for the folded syllables near to a Chinese character's.

    Near is what begins alike or ends alike: at 8 kHz one half of a syllable is often lost.

    Example:
        >>> [bool(re.fullmatch(near_sound("满"), sound(heard))) for heard in "慢吗谈见去"]
        [True, True, True, True, False]
    """
    syllable = sound(token)
    initial, rime = parts(syllable)
    if not rime or not "\u3400" <= token[:1] <= "\u9fff":
        return re.escape(syllable)
    begins_alike = rf"{initial}[a-z]+" if initial else re.escape(syllable)
    return rf"(?:{begins_alike}|[b-df-hj-np-tw-z]?(?:[iu](?=[aeo]))?{rime})"


@lru_cache(maxsize=4096)
def parts(syllable: str) -> tuple[str, str]:
    """A folded syllable's initial and its rime without the glide; empty where it is none.

    Example:
        >>> parts("nian"), parts("an"), parts("x1")
        (('n', 'an'), ('', 'an'), ('', ''))
    """
    match = _SYLLABLE.fullmatch(syllable)
    if match is None:
        return "", ""
    initial, final = match.groups()
    glide = len(final) > 1 and final[0] in "iu" and final[1] in "aeo"
    return initial, final[1:] if glide else final


def likeness(one: str, other: str) -> float:
    """How alike two folded syllables are: 1 the same, half if they begin or end alike, else 0.

    Example:
        >>> likeness("ma", "ma"), likeness("ma", "na"), likeness("ma", "xin")
        (1.0, 0.5, 0.0)
    """
    if one == other:
        return 1.0
    (initial, rime), (others_initial, others_rime) = parts(one), parts(other)
    near = (initial and initial == others_initial) or (rime and rime == others_rime)
    return 0.5 if near else 0.0
