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
    folded = syllables[0] if syllables else token
    for heard, meant in _FOLDS:
        folded = folded.replace(heard, meant)
    return "n" + folded[1:] if folded.startswith("l") else folded


@lru_cache(maxsize=512)
def near_sound(token: str) -> str:
    """A regular expression for the folded syllables near to a Chinese character's.

    Near is what begins alike or ends alike: at 8 kHz one half of a syllable is often lost.

    Example:
        >>> [bool(re.fullmatch(near_sound("满"), sound(heard))) for heard in "慢吗谈见去"]
        [True, True, True, True, False]
    """
    syllable = sound(token)
    parts = _SYLLABLE.fullmatch(syllable)
    if parts is None or not "\u3400" <= token[:1] <= "\u9fff":
        return re.escape(syllable)
    initial, final = parts.groups()
    begins_alike = rf"{initial}[a-z]+" if initial else re.escape(syllable)
    rime = final[1:] if len(final) > 1 and final[0] in "iu" and final[1] in "aeo" else final
    return rf"(?:{begins_alike}|[b-df-hj-np-tw-z]?(?:[iu](?=[aeo]))?{rime})"
