"""What sounds alike: Mandarin by toneless pinyin, English by double metaphone and letters.

Recognisers write names as they hear them ("王方" for 王芳, "Brookes" for Brooks), so names are
compared by sound. The near pairs are the mergers common in southern Mandarin accents and over
the telephone band: zh/z, ch/c, sh/s, n/l, r/l, f/h, w/hu, and front against back nasal endings.
"""

from __future__ import annotations

import re
from functools import lru_cache

from qa_pipeline.language.text import is_han, to_simplified

# Readings that a character has as a surname and that a dictionary does not put first.
_SURNAME_READINGS = {
    "曾": "zeng",
    "单": "shan",
    "解": "xie",
    "仇": "qiu",
    "区": "ou",
    "查": "zha",
    "任": "ren",
    "盖": "ge",
    "朴": "piao",
    "翟": "zhai",
    "华": "hua",
    "乐": "yue",
    "缪": "miao",
    "冼": "xian",
    "召": "shao",
    "折": "she",
    "尉": "yu",
    "繁": "po",
    "员": "yun",
    "覃": "qin",
    "洗": "xian",
    "燕": "yan",
    "宁": "ning",
    "应": "ying",
    "纪": "ji",
    "那": "na",
    "种": "chong",
    "逄": "pang",
    "葛": "ge",
    "柏": "bai",
    "訾": "zi",
    "郗": "xi",
    "重": "chong",
}
_INITIALS = ("zh", "ch", "sh", *"bpmfdtnlgkhjqxrzcsyw")
_NEAR_INITIALS = frozenset(
    frozenset(pair) for pair in (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("r", "l"))
)
# f before a plain vowel is heard as h before u: fang/huang, fei/hui, fu/hu.
_AFTER_H = {"a": "ua", "an": "uan", "ang": "uang", "ei": "ui", "en": "un", "u": "u", "o": "uo"}
_W_AS_H = {
    "wa": "hua",
    "wai": "huai",
    "wan": "huan",
    "wang": "huang",
    "wei": "hui",
    "wen": "hun",
    "wo": "huo",
    "wu": "hu",
}
_TOKEN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]|[^\W_\u3400-\u4dbf\u4e00-\u9fff]+")

SAME_CHARACTER = 1.0
SAME_SOUND = 0.9
NEAR_SOUND = 0.78  # one merger of the list above
NEARER_MIN = 0.66  # two mergers in one syllable


@lru_cache(maxsize=8192)
def _pinyin(text: str) -> tuple[str, ...]:
    from pypinyin import Style, lazy_pinyin

    return tuple(lazy_pinyin(text, style=Style.NORMAL, v_to_u=False))


def surname_reading(character: str) -> str:
    """Toneless pinyin of a character as a surname (曾 is zeng, not ceng).

    Example:
        >>> surname_reading("单")
        'shan'
    """
    return _SURNAME_READINGS.get(character) or _pinyin(character)[0]


def syllables(text: str) -> tuple[str, ...]:
    """Toneless pinyin of each Chinese character; other tokens as lower-case words.

    Example:
        >>> syllables("王芳 Tony")
        ('wang', 'fang', 'tony')
    """
    found: list[str] = []
    for token in _TOKEN.findall(to_simplified(text)):
        found.extend(_pinyin(token) if is_han(token) else (token.lower(),))
    return tuple(found)


def _split(syllable: str) -> tuple[str, str]:
    for initial in _INITIALS:
        if syllable.startswith(initial):
            return initial, syllable[len(initial) :]
    return "", syllable


def _nasal_merged(final: str) -> str:
    return final[:-1] if final.endswith(("ang", "eng", "ing")) else final


@lru_cache(maxsize=65536)
def syllable_similarity(a: str, b: str) -> float:
    """How alike two toneless syllables sound: 0.9 the same, less for near ones, else 0.

    Example:
        >>> syllable_similarity("zhang", "zang"), syllable_similarity("li", "ma")
        (0.78, 0.0)
    """
    if a == b:
        return SAME_SOUND
    merged_w = max(_w_similarity(a, b), _w_similarity(b, a))
    (initial_a, final_a), (initial_b, final_b) = _split(a), _split(b)
    differences = 0
    if {initial_a, initial_b} == {"f", "h"}:
        after_f, after_h = (final_a, final_b) if initial_a == "f" else (final_b, final_a)
        final_a, final_b = _AFTER_H.get(after_f, after_f), after_h
        differences = 1
    elif initial_a != initial_b:
        if frozenset((initial_a, initial_b)) not in _NEAR_INITIALS:
            return merged_w
        differences = 1
    if final_a != final_b:
        if _nasal_merged(final_a) != _nasal_merged(final_b):
            return merged_w
        differences += 1
    return max(merged_w, NEAR_SOUND if differences <= 1 else NEARER_MIN)


def _w_similarity(w_syllable: str, other: str) -> float:
    """How alike wang and huang (or wan and huang) sound; 0 if `w_syllable` has no h form."""
    as_h = _W_AS_H.get(w_syllable)
    if as_h is None or not other.startswith("hu"):
        return 0.0
    if as_h == other:
        return NEAR_SOUND
    return NEARER_MIN if _nasal_merged(as_h) == _nasal_merged(other) else 0.0


# Initials that a narrow band and foreign ears confuse, with how much of a syllable is lost by it.
_INITIAL_COSTS = {
    frozenset(pair.split("/")): cost
    for pairs, cost in (
        ("zh/z ch/c sh/s n/l r/l", 0.1),
        ("f/h b/p d/t g/k j/q z/c zh/ch m/n x/sh x/s q/ch j/zh q/c j/z x/q s/c sh/ch r/y", 0.25),
        ("w/m b/d p/t g/d k/t k/h h/g m/b f/s w/h y/n l/d r/n zh/c ch/z s/z sh/zh x/j", 0.35),
    )
    for pair in pairs.split()
}
_OTHER_INITIAL = 0.5
_FINAL_LOST = 0.5


@lru_cache(maxsize=65536)
def syllable_nearness(a: str, b: str) -> float:
    """How alike two toneless syllables sound, 0 to 1, graded by their initials and finals.

    Unlike `syllable_similarity` it is not 0 as soon as one part differs, and 1 for the same.

    Example:
        >>> syllable_nearness("xiang", "shang") > syllable_nearness("xiang", "guan") > 0
        True
    """
    if a == b:
        return 1.0
    merged = syllable_similarity(a, b)
    if merged:
        return merged
    (initial_a, final_a), (initial_b, final_b) = _split(a), _split(b)
    pair = frozenset((initial_a, initial_b))
    cost = _INITIAL_COSTS.get(pair, _OTHER_INITIAL) if len(pair) > 1 else 0.0
    return round(max(0.0, 1.0 - cost - _final_cost(final_a, final_b)), 3)


@lru_cache(maxsize=4096)
def _final_cost(a: str, b: str) -> float:
    """How much of a syllable is lost when one final is heard as another, 0 to 0.5."""
    if _nasal_merged(a) == _nasal_merged(b):
        return 0.0 if a == b else 0.1
    from rapidfuzz.distance import OSA

    apart = 1.0 - OSA.normalized_similarity(_nasal_merged(a), _nasal_merged(b))
    return _FINAL_LOST * apart


def near_syllable(a: str, b: str) -> bool:
    """Whether two toneless syllables are the same or easily taken for each other.

    Example:
        >>> near_syllable("lin", "ning"), near_syllable("wang", "huang"), near_syllable("li", "ma")
        (True, True, False)
    """
    return syllable_similarity(a, b) > 0.0


@lru_cache(maxsize=65536)
def character_similarity(a: str, b: str) -> float:
    """How alike a Chinese character (or a syllable) `a` and a character `b` sound, 0 to 1.

    Surname readings count too.

    Example:
        >>> character_similarity("芳", "方"), character_similarity("fang", "方")
        (0.9, 0.9)
    """
    if a == b:
        return SAME_CHARACTER
    if not is_han(b):
        return 0.0
    readings = _readings(a) if is_han(a) else {a}
    return max(syllable_similarity(x, y) for x in readings for y in _readings(b))


def _readings(character: str) -> set[str]:
    return {_pinyin(character)[0], surname_reading(character)}


def find_phonetic(needle: str, haystack: str) -> list[tuple[int, int, float]]:
    """Where Chinese text sounding like `needle` stands in `haystack`.

    Args:
        needle: Chinese characters.
        haystack: any text; it may hold punctuation and other scripts.

    Returns:
        (start, end, score) character ranges of `haystack`, best first among overlapping ones,
        ordered by start. The score is 1.0 for the same characters, 0.9 for the same pinyin, less
        the more syllables are merely near.

    Example:
        >>> find_phonetic("王芳", "我是王方,您好")
        [(2, 4, 0.95)]
    """
    return find_units(tuple(to_simplified(needle.strip())), haystack)


def find_units(wanted: tuple[str, ...], haystack: str) -> list[tuple[int, int, float]]:
    """Like `find_phonetic`; each unit is a Chinese character or a toneless pinyin syllable.

    Example:
        >>> find_units(("wang", "fang"), "王芳您好")
        [(0, 2, 0.9)]
    """
    text = to_simplified(haystack)
    size = len(wanted)
    if size == 0 or size > len(text):
        return []
    hits: list[tuple[int, int, float]] = []
    for start in range(len(text) - size + 1):
        scores = [character_similarity(w, text[start + k]) for k, w in enumerate(wanted)]
        if min(scores) > 0.0:
            hits.append((start, start + size, round(sum(scores) / size, 3)))
    kept: list[tuple[int, int, float]] = []
    for hit in sorted(hits, key=lambda h: -h[2]):
        if all(hit[1] <= other[0] or other[1] <= hit[0] for other in kept):
            kept.append(hit)
    return sorted(kept)


@lru_cache(maxsize=65536)
def sounds_alike_en(a: str, b: str) -> float:
    """How alike two English names sound, 0 to 1.

    Half of it is the nearness of the double-metaphone codes (the best pairing of the primary and
    secondary codes), half that of the letters (both 1 minus edit distance over length). Names
    above about 0.75 are usually the same name heard differently.

    Example:
        >>> sounds_alike_en("Brooks", "brookes") > 0.9, sounds_alike_en("Mary", "Megan") < 0.6
        (True, True)
    """
    from metaphone import doublemetaphone
    from rapidfuzz.distance import OSA

    first = re.sub(r"[^a-z]", "", a.lower())
    second = re.sub(r"[^a-z]", "", b.lower())
    if not first or not second:
        return 0.0
    if first == second:
        return 1.0
    letters = OSA.normalized_similarity(first, second)
    codes_a = [code for code in doublemetaphone(first) if code]
    codes_b = [code for code in doublemetaphone(second) if code]
    codes = max(
        (OSA.normalized_similarity(x, y) for x in codes_a for y in codes_b), default=letters
    )
    return round(min(0.99, 0.5 * codes + 0.5 * letters), 3)
