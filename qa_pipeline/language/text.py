"""Text as it is compared: case, width, script, punctuation and contractions made alike.

Transcripts come from several recognisers: some write "I'm", "A.M." and full-width digits, some
write lower case without any punctuation, Mandarin comes in mixed scripts. Everything that looks
for words works on what `normalise` returns.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opencc import OpenCC

HAN = "\u3400-\u4dbf\u4e00-\u9fff"  # CJK Unified Ideographs and Extension A


def word_set(words: str) -> frozenset[str]:
    """Words written in a row, as a set."""
    return frozenset(words.split())


_CONTRACTIONS: Mapping[str, str] = {
    "can't": "can not",
    "cannot": "can not",
    "cant": "can not",
    "won't": "will not",
    "wont": "will not",
    "shan't": "shall not",
    "ain't": "is not",
    "let's": "let us",
    "y'all": "you all",
    "ma'am": "maam",
    "o'clock": "oclock",
    "gonna": "going to",
    "wanna": "want to",
    "gotta": "got to",
    "lemme": "let me",
    "gimme": "give me",
    "im": "i am",
    "ive": "i have",
    "youre": "you are",
    "youve": "you have",
    "youll": "you will",
    "theyre": "they are",
    "thats": "that is",
    "thatll": "that will",
    "whats": "what is",
    "whos": "who is",
    "theres": "there is",
    "dont": "do not",
    "doesnt": "does not",
    "didnt": "did not",
    "isnt": "is not",
    "wasnt": "was not",
    "arent": "are not",
    "couldnt": "could not",
    "wouldnt": "would not",
    "shouldnt": "should not",
    "havent": "have not",
    "hasnt": "has not",
    "ok": "okay",
    "okey": "okay",
    "mkay": "okay",
    "alright": "all right",
    "alrighty": "all right",
    "goodbye": "good bye",
}
# "it's" is "it is", but "brown's" is whose it is: only after these is 's a verb.
_IS_AFTER = word_set("it that this what who where how when here there he she name everything")
_ENDINGS = (
    ("n't", " not"),
    ("'re", " are"),
    ("'ve", " have"),
    ("'ll", " will"),
    ("'m", " am"),
    ("'d", " would"),
)
_APOSTROPHES = re.compile("[\u2018\u2019\u02bc\u00b4`]")
_HALF_DAY = re.compile(r"\b([ap])\.? ?m\b\.?")
_MONEY = re.compile(r"([$€£])\s?(\d+(?:\.\d+)?)")
_MONEY_NAMES: Mapping[str, str] = {"$": "dollars", "€": "euros", "£": "pounds"}
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_EN_DROP = re.compile(r"(?<!\d)\.|\.(?!\d)|[^\w\s.']|_")
_ZH_DROP = re.compile(rf"(?<!\d)\.|\.(?!\d)|[^\w\s.{HAN}]|_")
_SPACES = re.compile(r"\s+")
_SPACE_BY_HAN = re.compile(rf"(?<=[{HAN}])\s+|\s+(?=[{HAN}])")
# "uh huh" and "mm hm" are answers, so they are no fillers.
_EN_FILLERS = re.compile(
    r"\b(?!(?:uh|mm|mhm|hm+) (?:huh|hm+|mm)\b)(?<!uh )(?<!mm )(?:uh+m*|um+|uhm+|er|erm|ehm?|hm+)\b"
)
_ZH_FILLERS = re.compile("[嗯呃额唔]+|(?<![\u4e00-\u9fff])那个(?=[,，])")


@lru_cache(maxsize=1)
def _converter() -> OpenCC:
    import opencc

    return opencc.OpenCC("t2s")


# 拿著, 等著: the converter leaves the particle, since 著 is a word of its own (著名).
_PARTICLE = re.compile("(?<=[拿看听等站坐跟接带开对说想挂放留戴守用忙急排])著(?![名作称述])")


@lru_cache(maxsize=8192)
def to_simplified(text: str) -> str:
    """`text` with traditional Chinese characters made simplified, the rest untouched.

    The length never changes, so that character positions stay valid.

    Example:
        >>> to_simplified("請問您貴姓")
        '请问您贵姓'
        >>> to_simplified("您拿著電話")
        '您拿着电话'
    """
    if text.isascii():
        return text
    converted: str = _converter().convert(text)
    if len(converted) == len(text):
        return _PARTICLE.sub("着", converted)
    # A phrase rule changed the length: convert character by character instead.
    singles = (str(_converter().convert(character)) for character in text)
    return "".join(s if len(s) == 1 else c for s, c in zip(singles, text, strict=True))


@lru_cache(maxsize=8192)
def normalise(text: str, language: str, *, drop_fillers: bool = False) -> str:
    """`text` in the one form in which texts are compared.

    Lower case; full-width forms folded; Chinese simplified; punctuation becomes a space in
    English and vanishes in Chinese; contractions are spelled out ("i'm" and "im": "i am"; but a
    possessive "brown's" becomes "browns"); "a.m." and "a m" become "am"; "$81" becomes
    "81 dollars"; decimal points stay. `drop_fillers` removes "uh", "um", 嗯, 呃, unless nothing
    else was said (then they may be an answer).

    Example:
        >>> normalise("I'm here at 10:30 A.M., O.K.?", "en")
        'i am here at 10 30 am okay'
        >>> normalise("您好，請問有什麼可以幫您？", "zh")
        '您好请问有什么可以帮您'
    """
    folded = _APOSTROPHES.sub("'", unicodedata.normalize("NFKC", text)).lower()
    result = _normalise_zh(folded) if language == "zh" else _normalise_en(folded)
    if not drop_fillers:
        return result
    if language == "zh":
        bare = _ZH_FILLERS.sub("", result)
    else:
        bare = _SPACES.sub(" ", _EN_FILLERS.sub(" ", result)).strip()
    return bare or result


def _normalise_zh(text: str) -> str:
    text = re.sub(r"(\d+(?:\.\d+)?)%", r"百分之\1", _THOUSANDS.sub("", to_simplified(text)))
    text = _ZH_DROP.sub(" ", text)
    return _SPACE_BY_HAN.sub("", _SPACES.sub(" ", text)).strip()


def _normalise_en(text: str) -> str:
    text = re.sub(r"\bo\.\s?k\.?", "okay", text)
    text = _MONEY.sub(lambda m: f"{m[2]} {_MONEY_NAMES[m[1]]}", _THOUSANDS.sub("", text))
    text = text.replace("%", " percent ").replace("&", " and ")
    text = _HALF_DAY.sub(r"\1m", text)
    text = _EN_DROP.sub(" ", text)
    words = (expand_contraction(word) for word in text.split())
    return " ".join(word for word in words if word)


def expand_contraction(word: str) -> str:
    """One lower-case English word, spelled out if it is a contraction.

    Example:
        >>> expand_contraction("we're"), expand_contraction("brown's")
        ('we are', 'browns')
    """
    word = word.strip("'")
    if word in _CONTRACTIONS:
        return _CONTRACTIONS[word]
    for ending, full in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending):
            return word.removesuffix(ending) + full
    stem = word.removesuffix("'s")
    if stem != word and stem in _IS_AFTER:
        return f"{stem} is"
    return word.replace("'", "")


def is_han(character: str) -> bool:
    """Whether the character is a Chinese one."""
    return "\u4e00" <= character <= "\u9fff" or "\u3400" <= character <= "\u4dbf"
