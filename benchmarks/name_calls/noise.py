"""How a recogniser writes names, as a model: what it mishears, and how often.

Each word (English) or character (Mandarin) of a name meets one fate, by the frequencies below.
They are assumed, not measured: kept for three names of four, since names are the words that
recognisers know least.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from functools import cache

from qa_pipeline.language import name_lists
from qa_pipeline.language.phonetics import surname_reading, syllables

# Fates of one word or character of a name in a damaged call, and their weights.
FATES = {"kept": 0.76, "same_sound": 0.15, "near_sound": 0.065, "lost": 0.025}
DROPPED = 0.015  # of all other words, in damaged calls
_MISHEARD_TITLE = 0.03

_RESPELLED = (
    ("ph", "f"), ("f", "ph"), ("ck", "k"), ("c", "k"), ("k", "c"), ("ie", "y"), ("y", "ie"),
    ("ey", "y"), ("ea", "ee"), ("ee", "ea"), ("oo", "u"), ("ll", "l"), ("l", "ll"), ("nn", "n"),
    ("n", "nn"), ("tt", "t"), ("s", "z"), ("z", "s"), ("j", "g"), ("kh", "k"), ("sh", "ch"),
    ("an", "en"), ("en", "an"), ("er", "or"), ("or", "er"), ("ar", "er"), ("ai", "ay"),
    ("ei", "ie"), ("au", "o"), ("gh", ""), ("h", ""), ("w", "wh"), ("e", ""), ("i", "e"),
)  # fmt: skip
_MISHEARD = (
    ("m", "n"), ("n", "m"), ("b", "p"), ("p", "b"), ("d", "t"), ("t", "d"), ("v", "f"),
    ("g", "k"), ("s", "sh"), ("th", "f"), ("f", "th"), ("l", "r"), ("a", "o"), ("o", "a"),
    ("e", "a"), ("u", "o"), ("r", ""), ("s", ""),
)  # fmt: skip
_LOST_EN = ("and", "the one", "are", "it was", "we were", "just", "then")
_NEAR_ZH = (
    ("zh", "z"), ("z", "zh"), ("ch", "c"), ("c", "ch"), ("sh", "s"), ("s", "sh"), ("n", "l"),
    ("l", "n"), ("ang", "an"), ("an", "ang"), ("eng", "en"), ("en", "eng"), ("ing", "in"),
    ("in", "ing"), ("h", "f"), ("f", "h"), ("w", "hu"), ("hu", "w"),
)  # fmt: skip
_TITLES_ZH = {"女士": ("女社", "女生", "女事"), "先生": ("现生", "先声"), "小姐": ("小街",)}
_TITLES_EN = {"mr": ("mister", "mr"), "mrs": ("missus", "misses"), "ms": ("miss", "mrs")}


def _fate(rng: random.Random) -> str:
    return rng.choices(list(FATES), list(FATES.values()))[0]


@cache
def _by_code() -> dict[str, tuple[str, ...]]:
    """English words by their metaphone code."""
    from metaphone import doublemetaphone

    found: dict[str, list[str]] = defaultdict(list)
    lists = ("en_given", "en_surnames", "en_common", "en_word_names")
    for word in sorted(set().union(*(name_lists.words(name) for name in lists))):
        found[doublemetaphone(word)[0]].append(word)
    return {code: tuple(words) for code, words in found.items()}


def misheard_en(word: str, rng: random.Random) -> str:
    """An English name's word as it was recognised."""
    from metaphone import doublemetaphone

    fate = _fate(rng)
    plain = word.lower().replace("'", "")
    if fate == "kept":
        return word
    if fate == "lost":
        return rng.choice(_LOST_EN)
    if fate == "same_sound":
        like = [w for w in _by_code().get(doublemetaphone(plain)[0], ())
                if w != plain and w[0] == plain[0] and abs(len(w) - len(plain)) < 3]  # fmt: skip
        if like and rng.random() < 0.5:
            return rng.choice(like).capitalize()
    return _replaced(plain, _RESPELLED if fate == "same_sound" else _MISHEARD, rng).capitalize()


def _replaced(word: str, pairs: tuple[tuple[str, str], ...], rng: random.Random) -> str:
    places = [
        (m.start(), a, b) for a, b in pairs for m in re.finditer(a, word) if m.start() > 0
    ]  # first sounds are heard best
    if not places:
        return word
    at, a, b = rng.choice(places)
    changed = word[:at] + b + word[at + len(a) :]
    return changed if len(changed) > 1 else word


@cache
def _characters() -> dict[str, tuple[str, ...]]:
    """The 3755 common characters of GB 2312 by toneless syllable."""
    found: dict[str, list[str]] = defaultdict(list)
    for high in range(0xB0, 0xD8):
        for low in range(0xA1, 0xFF):
            try:
                character = bytes((high, low)).decode("gb2312")
            except UnicodeDecodeError:
                continue
            found[syllables(character)[0]].append(character)
    return {sound: tuple(characters) for sound, characters in found.items()}


def misheard_zh(character: str, rng: random.Random, *, surname: bool = False) -> str:
    """A character of a Chinese name as it was recognised."""
    fate = _fate(rng)
    if fate == "kept":
        return character
    by_sound = _characters()
    if fate == "lost":
        return rng.choice(by_sound[rng.choice(sorted(by_sound))])
    sound = surname_reading(character) if surname else syllables(character)[0]
    if fate == "near_sound":
        near = [
            changed
            for a, b in _NEAR_ZH
            if (
                changed := re.sub(
                    rf"^{a}(?=[aeiouv])|(?<=[aeiou]){a[1:]}$"
                    if a[-2:] in ("an", "en", "in", "ng")
                    else rf"^{a}(?=[aeiouv])",
                    b,
                    sound,
                )
            )
            in by_sound
            and changed != sound
        ]
        near = [x for x in near if x in by_sound] or [sound]
        sound = rng.choice(near)
    return rng.choice(
        [c for c in by_sound.get(sound, (character,)) if c != character] or [character]
    )


def misheard_title(title: str, rng: random.Random, language: str) -> str:
    """A title as it was recognised."""
    table = _TITLES_ZH if language == "zh" else _TITLES_EN
    key = title.lower().rstrip(".")
    if key in table and rng.random() < _MISHEARD_TITLE:
        heard = rng.choice(table[key])
        return heard.capitalize() if language == "en" else heard
    return title


def dropped(text: str, rng: random.Random) -> str:
    """English `text` with some words lost."""
    words = [word for word in text.split() if rng.random() >= DROPPED]
    return " ".join(words) or text


def without_punctuation(text: str, language: str) -> str:
    """Lower case, no punctuation; apostrophes inside words stay."""
    if language == "zh":
        return re.sub(r"[，。！？、,.!?]", "", text)
    spoken = re.sub(r"\b(mr|mrs|ms|dr)\.", r"\1", text, flags=re.IGNORECASE)
    return " ".join(re.sub(r"[^\w'\s-]", " ", spoken).lower().split())
