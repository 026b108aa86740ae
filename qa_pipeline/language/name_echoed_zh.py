"""A Mandarin name that the customer says and the agent says back.

Asked 请问您的大名 the customer answers 慕容庆丰, which comes out as 武龙敬奉; the agent goes on
with 武龙敬奉,有看到您的资料. What both of them say there is the name, however it was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language import name_lists
from qa_pipeline.language.introductions_zh_patterns import dictionary_words, no_name
from qa_pipeline.language.name_answers_zh import asks_name_zh
from qa_pipeline.language.name_by_sound_zh import (
    COMMON_RANK,
    begins_compound_name,
    like_compound_surname,
    surname_sounds,
)
from qa_pipeline.language.name_types import FoundName
from qa_pipeline.language.phonetics import syllable_nearness, syllables
from qa_pipeline.language.text import HAN, to_simplified

_ASKED_BEFORE = 3  # turns back, of both parties
_ECHOED_WITHIN = 2  # of the agent's next turns
_SAID_BACK = 16  # characters of the agent's turn in which a name is said back
_EXACT_LEAST = 3  # characters of a name that is found later in the call
_ALIKE = 0.8  # mean of the syllables, where a name was asked for
_WORST = 0.45  # of any syllable
_ALIKE_UNASKED = 0.93
_SIZES = (4, 3, 2)
# 票上是邓佳怡, 单子上写的是 ...: unasked, but what follows is a name.
_WRITTEN_ON = re.compile(r"上面?(?:写)?的?(?:名字)?(?:是|叫)$")
_LED = re.compile(
    r"(?:^|[^\u4e00-\u9fff]|我?叫|我是|上面?(?:写的?)?是|姓名是?|名字是?|自己|本人|就是|到[了啦]|有了|[接谢]谢"
    r"|好[的啊呀]?|是的|没错|可以的?|嗯|哦|啊|请|不用|您)$"
)
_CLOSED = re.compile(
    r"$|[^\u4e00-\u9fff]|先生|女士|小姐|您|你|请|有看到|我这|这边|我看|我帮|我给|对吧|对吗|是吧|是吗|吗|包"
)
_NUMBERS = frozenset("零一二三四五六七八九十百千两幺点号楼座栋年月日块元")
# What ends a place, a thing or a clause and no name.
_NEVER_LAST = frozenset(
    "的了吗呢吧啊您你我他她它是在这那天月年日路街区市县省镇村店楼号栋座卡票单店院校"
)


class _Span(NamedTuple):
    start: int
    end: int
    text: str
    sounds: tuple[str, ...]
    led: bool
    closed: bool


class Echo(NamedTuple):
    """A name that both say: the customer's turn, the likelier writing, the agent's one."""

    turn: Turn
    found: FoundName
    again: FoundName


def echoed_zh(turns: Sequence[Turn]) -> Iterator[Echo]:
    """Names that the customer tells and the agent says back, in the order of the call.

    Example: after 请问您的大名 the turns 边蔡云,高明路九号 and 好的,卞彩云 give 边蔡云 (or 卞彩云).
    """
    for index, turn in enumerate(turns):
        if turn.role is not Role.CUSTOMER:
            continue
        before = turns[max(0, index - _ASKED_BEFORE) : index]
        asked = any(t.role is Role.AGENT and asks_name_zh(t.text) for t in before)
        after = [t for t in turns[index + 1 : index + 5] if t.role is Role.AGENT]
        later = [t for t in turns[index + 1 :] if t.role is Role.AGENT] if asked else []
        echo = _echo(turn, after[:_ECHOED_WITHIN], later, asked=asked)
        if echo is not None:
            yield echo


def _echo(
    turn: Turn, answers: Sequence[Turn], later: Sequence[Turn], *, asked: bool
) -> Echo | None:
    """The longest and nearest that is said in both, as a name.

    It may stand anywhere near the beginning of the answers; later only in the very characters.
    """
    best: tuple[tuple[int, float], _Span, str] | None = None  # the rank, where, the agent's
    back = [span for answer in answers for span in _spans(answer.text, _SAID_BACK)]
    again_later = [
        span
        for answer in later
        for span in _spans(answer.text, len(answer.text))
        if span.led and span.closed and len(span.text) >= _EXACT_LEAST
    ]
    for said in _spans(turn.text, len(turn.text)):
        written = _WRITTEN_ON.search(to_simplified(turn.text)[: said.start]) is not None
        for again in (*back, *(span for span in again_later if span.text == said.text)):
            if len(again.text) != len(said.text) or not (said.led or again.led):
                continue
            if len(said.text) == 2 and not any(s.led and s.closed for s in (said, again)):
                continue  # 教练, which both speak of
            if not (said.closed or again.closed) or not (again.led or asked):
                continue
            score = _alike(said.sounds, again.sounds)
            if score < (_ALIKE if asked else _ALIKE_UNASKED):
                continue
            exact = said.text == again.text and len(said.text) > 2
            if not (asked or (exact and written)):
                continue
            rank = (len(said.text), score)
            if best is None or rank > best[0]:
                best = rank, said, again.text
    if best is None:
        return None
    (_, score), span, again_text = best

    def found(name: str) -> FoundName:
        size = _surname_size(name)
        given = name[size:] or None
        return FoundName(
            name, span.start, span.end, "full" if given else "family", name[:size], given, None,
            0.85 if score > _ALIKE_UNASKED else 0.7,
        )  # fmt: skip

    return Echo(turn, found(_better(span.text, again_text)), found(again_text))


def _spans(text: str, reach: int) -> Iterator[_Span]:
    """Stretches of two to four characters that may be a name by themselves."""
    plain = to_simplified(text)
    for clause in re.finditer(f"[{HAN}]{{2,}}", plain):
        sounds = syllables(clause[0])
        if len(sounds) != len(clause[0]):
            continue
        for size in _SIZES:
            for at in range(len(clause[0]) - size + 1):
                start, end = clause.start() + at, clause.start() + at + size
                word = plain[start:end]
                if start >= reach or not _may_be_name(word):
                    continue
                yield _Span(
                    start, end, word, sounds[at : at + size],
                    at == 0 or _LED.search(plain[:start]) is not None,
                    _CLOSED.match(plain, end) is not None,
                )  # fmt: skip


def _may_be_name(word: str) -> bool:
    if word in dictionary_words() or no_name().match(word) or word[-1] in _NEVER_LAST:
        return False
    if any(c in _NUMBERS for c in (word[0], word[-1])) or word[0] in _NEVER_LAST:
        return False
    if len(word) == 4:
        return begins_compound_name(word[:2]) or _other_compound(word)
    return syllables(word)[0] in surname_sounds() or like_compound_surname(word[:2])


def _other_compound(word: str) -> bool:
    """Whether four characters hold no word: then they may be a name with a garbled surname."""
    return not any(word[k : k + n] in dictionary_words() for n in (2, 3) for k in range(5 - n))


def _alike(a: tuple[str, ...], b: tuple[str, ...]) -> float:
    near = [syllable_nearness(x, y) for x, y in zip(a, b, strict=True)]
    return sum(near) / len(near) if min(near) >= _WORST else 0.0


def _better(said: str, again: str) -> str:
    """Of both writings the one with the commoner surname; a written compound one first."""
    ranks = name_lists.zh_surname_ranks()
    compounds = name_lists.zh_compound_surnames()

    def place(word: str) -> int:
        return -1 if word[:2] in compounds else ranks.get(word[0], COMMON_RANK * 5)

    return min((again, said), key=place)


def _surname_size(name: str) -> int:
    return 2 if len(name) == 4 or like_compound_surname(name[:2]) else 1
