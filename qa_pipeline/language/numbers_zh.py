"""Spelled-out Mandarin numbers as digits."""

from __future__ import annotations

import re

_ZH_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "两": 2,
    "幺": 1,
    "俩": 2,
}
_ZH_SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
_ZH_RUN = re.compile("[零〇一二三四五六七八九十百千万亿两幺]+")
# Words in which a number character is no number.
_ZH_WORDS = re.compile(
    "一下|一些|一样|一起|一定|一直|一般|一会儿?|一点儿?(?!半|钟|[零一二三四五六七八九十])|一旦|一切"
    "|一边|一共|一向|一致|一律|一方面|一如既往|万一|统一|唯一|之一|第一时间|千万(?!元|块)|十分(?!钟)"
    "|万分|百分百|百分之百|百分之|三番|四处|一个|一位|一旁|一时|不一|逐一|乱七八糟|一路|一遍|一次性|一来"
)


def digits_zh(text: str) -> str:
    """Normalised Mandarin text with numbers as digits.

    Example:
        >>> digits_zh("三点半付一百二")
        '3点半付120'
    """
    out: list[str] = []
    position = 0
    while position < len(text):
        word = _ZH_WORDS.match(text, position)
        if word:
            out.append(word[0])
            position = word.end()
            continue
        run = _ZH_RUN.match(text, position)
        if run is None:
            out.append(text[position])
            position += 1
            continue
        end = _run_end(text, position, run.end())
        out.append(_zh_run(text[position:end]))
        position = end
    return re.sub(r"(\d+)点(\d)(?=\D|$)(?!分)", r"\1.\2", "".join(out))


def _run_end(text: str, start: int, end: int) -> int:
    """The run's end: in 零八二六一共 the last 一 belongs to the word after it."""
    last = end - 1
    if last > start and text[last - 1] in _ZH_DIGITS and _ZH_WORDS.match(text, last):
        return last
    return end


def _zh_run(run: str) -> str:
    """A run of number characters as digits.

    Example:
        >>> _zh_run("三万五"), _zh_run("一千零五"), _zh_run("幺三八")
        ('35000', '1005', '138')
    """
    if not any(c in _ZH_SCALES for c in run):
        return "".join(str(_ZH_DIGITS[c]) for c in run)
    total, section, digit, last_scale, zero = 0, 0, -1, 1, False
    for character in run:
        if character in _ZH_DIGITS:
            value = _ZH_DIGITS[character]
            if digit > 0 and value > 0:  # two digits side by side: a list of numbers, not one
                return "".join(_zh_each(run))
            zero = zero or value == 0
            digit = value
            continue
        scale = _ZH_SCALES[character]
        if scale >= 10_000:
            part = section + max(digit, 0)
            # 一亿两千万 adds, 一万亿 multiplies.
            total = total + part * scale if total > scale else (total + part or 1) * scale
            section = 0
        else:
            section += (digit if digit > 0 else 1) * scale
        digit, last_scale, zero = -1, scale, False
    if digit > 0:  # 一百二 is 120, but 一百零二 is 102
        shortened = last_scale >= 100 and not zero
        section += digit * (last_scale // 10 if shortened else 1)
    return str(total + section)


def _zh_each(run: str) -> list[str]:
    """Every maximal number of a mixed run such as 八九十块, one after the other."""
    return [str(_ZH_DIGITS[c]) if c in _ZH_DIGITS else str(_ZH_SCALES[c]) for c in run]
