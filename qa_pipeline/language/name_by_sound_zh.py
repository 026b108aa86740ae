"""Mandarin surnames and titles as recognisers write them: other characters of a near sound.

Names are the words that a recogniser knows least. A compound surname comes out as two unrelated
characters (相关先生 for 上官先生), a title as whatever sounds so (将于是 for 江女士).
"""

from __future__ import annotations

from functools import cache, lru_cache

from qa_pipeline.language import name_lists
from qa_pipeline.language.phonetics import surname_reading, syllable_nearness, syllables

COMMON_RANK = 200  # surnames behind this place in the list are mostly other words
RARE_RANK = 500  # for places where only a name stands
_COMPOUND_LEAST = 0.77  # mean nearness of both syllables
_ALONE_RANK = 100  # a surname as common as this stands for itself: 一下胡先生 is no 夏侯先生
_COMPOUND_WORSE = 0.55  # of the one that is less alike, if the other is all but the same
_COMPOUND_BETTER = 0.88
# In front of a title these end what was said before: 是马先生 is no 司马先生.
_BEFORE_SURNAME = frozenset("的是了下好吗呢吧啊哦嗯呀请那您你他她我和对就谢位在有给跟问为找叫说这")
# How Whisper base wrote 女士, 先生 and 小姐 of made telephone calls, where not by a syllable that
# is near anyway: 于是, 你是, 便宜时 (卞女士), 律师, 女生; 心想, 天生, 健身; 消解. The vowel ü is
# in few other syllables, and a narrow band loses n before it.
_HEARD_TITLES: dict[str, dict[str, float]] = {
    "nv": {"yu": 0.95, "lv": 0.95, "nu": 0.9, "ni": 0.9, "li": 0.8, "yi": 0.8, "liu": 0.75,
           "niu": 0.8, "ning": 0.7, "lu": 0.75, "nan": 0.6},
    "shi": {"si": 0.9, "she": 0.85, "sheng": 0.85, "shen": 0.8, "zhi": 0.8, "chi": 0.8,
            "shu": 0.75, "xi": 0.65},
    "xian": {"xin": 0.85, "jian": 0.8, "tian": 0.75, "qian": 0.8, "xiang": 0.9, "shen": 0.65,
             "sheng": 0.6, "lian": 0.65, "xing": 0.7},
    "sheng": {"shen": 0.95, "shang": 0.85, "seng": 0.9, "sen": 0.85, "xiang": 0.7, "sheng": 1.0,
              "xing": 0.7, "zheng": 0.7, "shi": 0.65},
    "xiao": {"jiao": 0.8, "qiao": 0.8, "shao": 0.85, "xia": 0.7, "zhao": 0.65},
    "jie": {"xie": 0.8, "qie": 0.8, "jia": 0.7, "ji": 0.7, "zhe": 0.7, "die": 0.7},
}  # fmt: skip


@cache
def surname_sounds(rank_below: int = COMMON_RANK) -> frozenset[str]:
    """The toneless syllables of the one-character surnames that are so common."""
    ranks = name_lists.zh_surname_ranks()
    return frozenset(surname_reading(c) for c, rank in ranks.items() if rank < rank_below)


@cache
def _compound_sounds() -> frozenset[tuple[str, ...]]:
    names = name_lists.zh_compound_surnames()
    return frozenset(
        reading
        for name in names
        for reading in (tuple(map(surname_reading, name)), syllables(name))
    )


@lru_cache(maxsize=8192)
def like_compound_surname(pair: str) -> bool:
    """Whether two characters are, or sound much like, a surname of two characters.

    Example:
        >>> like_compound_surname("慕农"), like_compound_surname("是马")
        (True, False)
    """
    if pair in name_lists.zh_compound_surnames():
        return True
    sounds = syllables(pair)
    if len(sounds) != 2 or len(pair) != 2 or pair[0] in _BEFORE_SURNAME:
        return False
    if sounds in _compound_sounds():
        return True
    alone = name_lists.zh_surname_ranks().get(pair[1], _ALONE_RANK) < _ALONE_RANK
    return not alone and begins_compound_name(pair)


@lru_cache(maxsize=8192)
def begins_compound_name(pair: str) -> bool:
    """Whether the first two characters of a name of four sound much like a surname of two.

    Example:
        >>> begins_compound_name("牡龙"), like_compound_surname("牡龙")  # of 牡龙清风: 慕容庆丰
        (True, False)
    """
    sounds = syllables(pair)
    if len(sounds) != 2 or len(pair) != 2:
        return False
    for first, second in _compound_sounds():
        near = (syllable_nearness(first, sounds[0]), syllable_nearness(second, sounds[1]))
        alike = min(near) >= _COMPOUND_WORSE and max(near) >= _COMPOUND_BETTER
        if alike and sum(near) / 2 >= _COMPOUND_LEAST:
            return True
    return False


def title_nearness(said: str, heard: str) -> float:
    """How alike a syllable of a title and a heard one sound, 0 to 1.

    Example:
        >>> title_nearness("nv", "yu") > 0.9, title_nearness("nv", "ma") < 0.5
        (True, True)
    """
    table = _HEARD_TITLES.get(said, {})
    return max(table.get(heard, 0.0), syllable_nearness(said, heard))


@lru_cache(maxsize=8192)
def title_likeness(sounds: tuple[str, ...]) -> float:
    """How much two syllables sound like 女士, 先生 or 小姐, 0 to 1.

    Example:
        >>> title_likeness(("yu", "shi")) > 0.9, title_likeness(("ming", "tian")) < 0.5
        (True, True)
    """
    pairs = (("nv", "shi"), ("xian", "sheng"), ("xiao", "jie"))
    return max(
        sum(title_nearness(a, b) for a, b in zip(title, sounds, strict=True)) / 2 for title in pairs
    )
