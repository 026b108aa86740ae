"""What a recogniser does to a telephone conversation, as a model over text.

Capitals and punctuation go, single words are lost (at the start of a turn more often), and others
come out as a word or character that sounds the same or nearly so. The rates lie a little above
what Whisper base shows on clear telephone speech.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from functools import cache

from qa_pipeline.language import name_lists
from qa_pipeline.language.phonetics import syllables

LOST = 0.03  # of all words or characters
FIRST_LOST = 0.08  # of the first words of turns
MISHEARD = {"en": 0.06, "zh": 0.05}
_NEAR = (
    ("zh", "z"), ("ch", "c"), ("sh", "s"), ("z", "zh"), ("c", "ch"), ("s", "sh"), ("n", "l"),
    ("l", "n"), ("h", "f"), ("f", "h"),
)  # fmt: skip
# What recognisers write for the short words that formulas are made of.
_LIKE = {
    "your": ("you're", "you"), "you're": ("your",), "i'll": ("i", "all"), "we'll": ("will",),
    "hold": ("old", "whole"), "for": ("four", "from"), "to": ("two", "the"), "are": ("our", "or"),
    "our": ("are",), "it's": ("its", "is"), "that's": ("that", "thats"), "been": ("being", "bin"),
    "with": ("would", "when"), "how": ("now",), "did": ("do",), "was": ("is", "wasn't"),
    "i've": ("i", "have"), "we've": ("we", "with"), "have": ("had", "of"), "and": ("an", "in"),
    "in": ("and", "on"), "on": ("in",), "there": ("their", "they're"), "handled": ("handle",),
    "satisfied": ("satisfy", "satisfied"), "sorted": ("sort",), "everything": ("every thing",),
}  # fmt: skip


def damaged(text: str, language: str, rng: random.Random, strength: float = 1.0) -> str:
    """`text` as it might have been recognised; never empty where it held a word.

    `strength` multiplies the rates: 1 is a clear line, 3 a noisy one or a strange accent.
    """
    if language == "zh":
        return _damaged_zh(text, rng, strength)
    words = re.sub(r"[^\w'\s]|_", " ", text.replace("’", "'")).lower().split()
    kept: list[str] = []
    for index, word in enumerate(words):
        if rng.random() < strength * (FIRST_LOST if index == 0 else LOST):
            continue
        heard = rng.random() < strength * MISHEARD["en"]
        kept.append(_misheard_en(word, rng) if heard else word)
    return " ".join(kept or words)


def _damaged_zh(text: str, rng: random.Random, strength: float) -> str:
    bare = re.sub(r"[^\w\s]|_", "", text)
    kept: list[str] = []
    for index, character in enumerate(bare):
        if rng.random() < strength * (FIRST_LOST if index == 0 else LOST):
            continue
        heard = rng.random() < strength * MISHEARD["zh"] and "\u4e00" <= character <= "\u9fff"
        kept.append(_misheard_zh(character, rng) if heard else character)
    return "".join(kept) or bare


def _misheard_en(word: str, rng: random.Random) -> str:
    from metaphone import doublemetaphone

    if word in _LIKE:
        return rng.choice(_LIKE[word])
    code = doublemetaphone(word)[0]
    alike = [other for other in _words().get(code, ()) if other != word]
    return rng.choice(alike) if alike else word[:-1] or word


@cache
def _words() -> dict[str, tuple[str, ...]]:
    """English words by their metaphone code."""
    from metaphone import doublemetaphone

    found: dict[str, list[str]] = defaultdict(list)
    for word in sorted(name_lists.words("en_common") | name_lists.words("en_given")):
        found[doublemetaphone(word)[0]].append(word)
    return {code: tuple(words) for code, words in found.items()}


@cache
def _characters() -> dict[str, tuple[str, ...]]:
    """The 3755 common characters of GB 2312 by toneless syllable."""
    found: dict[str, list[str]] = defaultdict(list)
    for high in range(0xB0, 0xD8):
        for low in range(0xA1, 0xFF):
            character = bytes((high, low)).decode("gb2312", errors="ignore")
            if len(character) == 1:
                found[syllables(character)[0]].append(character)
    return {sound: tuple(characters) for sound, characters in found.items()}


def _misheard_zh(character: str, rng: random.Random) -> str:
    by_sound = _characters()
    sound = (syllables(character) or (character,))[0]
    if rng.random() < 0.3:
        near = [b + sound[len(a) :] for a, b in _NEAR if sound.startswith(a)]
        sound = rng.choice([other for other in near if other in by_sound] or [sound])
    alike = [other for other in by_sound.get(sound, ()) if other != character]
    return rng.choice(alike) if alike else character
