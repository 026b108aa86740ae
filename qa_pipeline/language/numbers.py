"""Spelled-out numbers as digits, so that what was agreed can be compared with what is repeated.

"eighty one dollars" and "$81" become the same words, "one two nine" and "129" the same run.
"""

from __future__ import annotations

import itertools
from functools import lru_cache

from qa_pipeline.language.numbers_zh import digits_zh
from qa_pipeline.language.text import normalise, word_set

_UNITS = {
    word: value
    for value, word in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    )
}
_TEENS = {
    word: value
    for value, word in enumerate(
        [
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ],
        start=10,
    )
}
_TENS = {
    word: value
    for value, word in zip(
        range(20, 100, 10),
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"],
        strict=True,
    )
} | {"fourty": 40}
_SCALES = {"thousand": 1_000, "million": 1_000_000}
_ORDINALS = dict(
    zip(
        [
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
            "eleventh",
            "twelfth",
            "thirteenth",
            "fourteenth",
            "fifteenth",
            "sixteenth",
            "seventeenth",
            "eighteenth",
            "nineteenth",
            "twentieth",
            "thirtieth",
        ],
        (*range(3, 21), 30),
        strict=True,
    )
)
_AFTER_TENS = {"first": 1, "second": 2} | {w: v for w, v in _ORDINALS.items() if v < 10}
_ORDINAL_WORDS = {"1st": "first", "2nd": "second"}
_REPEATS = {"double": 2, "triple": 3}
# "that one", "one moment": no number is meant.
_PRONOUN_BEFORE = word_set("which that this the new another each no any every old other")
_PRONOUN_AFTER = word_set("of moment second sec minute more thing")


@lru_cache(maxsize=8192)
def digits(text: str, language: str) -> str:
    """`text` normalised (see `text.normalise`), with spelled-out numbers as digits.

    Single digits in a row are joined, since phone and card numbers are said and written with
    any grouping. Clock times stay two numbers ("two thirty": "2 30"), years join.

    Example:
        >>> digits("Eighty one dollars at two thirty", "en")
        '81 dollars at 2 30'
        >>> digits("一共一百二十块，二零二四年", "zh")
        '一共120块2024年'
    """
    plain = normalise(text, language)
    return digits_zh(plain) if language == "zh" else _en(plain)


def _en(text: str) -> str:
    words = text.split()
    out: list[str] = []
    position = 0
    while position < len(words):
        number, used = _read_en(words, position)
        if used == 0:
            out.append(_ORDINAL_WORDS.get(words[position], words[position]))
            position += 1
        else:
            out.append(number)
            position += used
    return " ".join(_joined_digits(out))


def _below_hundred(words: list[str], at: int) -> tuple[int, int]:
    """Value and count of words of a number below 100 at `at`; count 0 if there is none."""
    word = words[at] if at < len(words) else ""
    if word in _TENS:
        following = _UNITS.get(words[at + 1], 0) if at + 1 < len(words) else 0
        return (_TENS[word] + following, 2) if following else (_TENS[word], 1)
    if word in _TEENS:
        return _TEENS[word], 1
    if word in _UNITS:
        return _UNITS[word], 1
    return 0, 0


def _below_thousand(words: list[str], at: int) -> tuple[int, int]:
    """Like `_below_hundred`, up to 999; "a hundred and one" too."""
    value, used = _below_hundred(words, at)
    if used == 0 and words[at : at + 2] in (["a", "hundred"], ["a", "thousand"]):
        value, used = 1, 1
    if used == 0 or words[at + used : at + used + 1] != ["hundred"] or value > 99:
        return value, used
    value, used = value * 100, used + 1
    skip = 1 if words[at + used : at + used + 1] == ["and"] else 0
    rest, rest_used = _below_hundred(words, at + used + skip)
    return (value + rest, used + skip + rest_used) if rest_used else (value, used)


def _ordinal(words: list[str], at: int) -> tuple[str, int]:
    word, following = words[at], words[at + 1] if at + 1 < len(words) else ""
    if word in _TENS and following in _AFTER_TENS:
        return _with_suffix(_TENS[word] + _AFTER_TENS[following]), 2
    if word in _ORDINALS:
        return _with_suffix(_ORDINALS[word]), 1
    return "", 0


def _with_suffix(value: int) -> str:
    if value % 100 in (11, 12, 13):
        return f"{value}th"
    return f"{value}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(value % 10, 'th') }"


def _read_en(words: list[str], at: int) -> tuple[str, int]:
    """The number that starts at `at` in digits, and how many words it takes (0: none)."""
    special, used = _ordinal(words, at)
    if not used:
        special, used = _repeated(words, at)
    if used or (words[at] == "one" and _is_pronoun(words, at)):
        return special, used
    total, used = _cardinal(words, at)
    if used == 1 and 13 <= total <= 20:  # "nineteen ninety nine" is a year, "ten thirty" a time
        rest, count = _below_hundred(words, at + 1)
        if count and rest >= 10:
            return f"{total}{rest}", 1 + count
    if used and words[at + used : at + used + 1] == ["point"]:
        decimals = list(itertools.takewhile(_UNITS.__contains__, words[at + used + 1 :]))
        if decimals:
            tail = "".join(str(_UNITS[word]) for word in decimals)
            return f"{total}.{tail}", used + 1 + len(decimals)
    return (str(total), used) if used else ("", 0)


def _repeated(words: list[str], at: int) -> tuple[str, int]:
    """Repeated digits: "double five", "triple zero"."""
    if words[at] not in _REPEATS or at + 1 >= len(words):
        return "", 0
    value = _UNITS.get(words[at + 1], 0 if words[at + 1] in ("oh", "o") else None)
    return ("", 0) if value is None else (str(value) * _REPEATS[words[at]], 2)


def _cardinal(words: list[str], at: int) -> tuple[int, int]:
    """Value and count of words of a whole number of any size."""
    total, used = 0, 0
    while True:
        value, count = _below_thousand(words, at + used)
        scale = _SCALES.get(words[at + used + count]) if at + used + count < len(words) else None
        if count == 0 or (used and scale is None and not _continues(words, at, used)):
            return total, used
        if scale is None:
            return total + value, used + count
        total, used = total + value * scale, used + count + 1
        if words[at + used : at + used + 1] == ["and"] and _below_thousand(words, at + used + 1)[1]:
            used += 1


def _continues(words: list[str], at: int, used: int) -> bool:
    """Whether the words so far end in a scale, so that a smaller number may follow."""
    last = words[at + used - 1]
    return last in _SCALES or (last == "and" and used > 1)


def _is_pronoun(words: list[str], at: int) -> bool:
    before = words[at - 1] if at else ""
    after = words[at + 1] if at + 1 < len(words) else ""
    return before in _PRONOUN_BEFORE or after in _PRONOUN_AFTER


def _joined_digits(words: list[str]) -> list[str]:
    """Runs of single digits (and repeats such as "55") as one word; "oh" inside is zero."""
    joined: list[str] = []
    run = ""
    run_length = 0
    for index, word in enumerate(words):
        is_zero = word in ("oh", "o") and (
            run_length > 0 or (index + 1 < len(words) and _is_single(words[index + 1]))
        )
        piece = "0" if is_zero else word
        if _is_single(piece):
            run, run_length = run + piece, run_length + 1
            continue
        if run:
            joined.append(run)
        run, run_length = "", 0
        joined.append(word)
    return [*joined, run] if run else joined


def _is_single(word: str) -> bool:
    return word.isdigit() and (len(word) == 1 or (len(word) <= 3 and len(set(word)) == 1))
