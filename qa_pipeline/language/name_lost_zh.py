"""Uses of a Mandarin name of which only a trace came through.

A title that the recogniser gave to the other voice, and a surname at the beginning of a clause
behind which hardly anything was heard: 沈凤霞２美威 for 沈凯，请每位.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from qa_pipeline.domain.conversation import KnownName
from qa_pipeline.domain.names import Mention
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn, Word
from qa_pipeline.language.addresses import THIRD_PERSON_BEFORE
from qa_pipeline.language.introductions_zh_patterns import dictionary_words, no_name
from qa_pipeline.language.phonetics import surname_reading, syllable_nearness, syllables
from qa_pipeline.language.text import HAN, is_han, to_simplified, word_set
from qa_pipeline.language.timing import time_of

_TITLE = "先生|女士|小姐|太太"
_TITLE_ALONE = re.compile(rf"\s*([{HAN}]{{1,2}})(?:{_TITLE})[，,。！!？?\s]*")
_OF_ONESELF = frozenset("是姓叫这那位个")
_TITLED_TWO = re.compile(rf"([{HAN}]{{2}})(?:{_TITLE})")
_SHORTENED = {True: (0.75, 0.85), False: (0.5, 0.8)}  # with 女 or without it; once, again
_SHORT_CALL_MS = 400
_HEARD_FOR_N = frozenset("nlmy")  # 某, 律, 于, 你 for 女
_NO_TITLES = word_set(
    "老师 没事 有事 历史 零食 用时 一事 疑是 也是 要是 又是 硬是 那是 哪是 意是 名是 医师 六十 立式"
)
_CALLED_AFTER = frozenset("您你请麻")
_WORDS_WITH_SHI = word_set(
    "要是 真是 也是 正是 可是 于是 像是 那是 还是 就是 都是 不是 但是 只是 凡是 老是 总是 "
    "倒是 或是 若是 更是 又是 您是 这是 才是 算是 应是 仅是 全是 尽是 已是 如是 许是"
)
_CHORUS, _CHORUS_TIMES, _LEAST_CHORUS = 0.75, 3, 3
_NEAR_SURNAME = 0.75
_OTHER_VOICE = 0.75  # nobody calls the agent so, and nothing else is said in that turn
_BEGUN = 0.5
_UNHEARD = 0.3  # the mean probability of the words behind a surname
_BEHIND = 3
_BREAKS = "，。！？、,.!?;；"
_ALIKE = 0.8


def in_other_voice_zh(turns: Sequence[Turn]) -> list[Mention]:
    """Calls with a title that are all of a customer's turn; `Mention.turn` as the agent's turns.

    For channels that hold both voices: the bounds between them are wrong there. What the surname
    was read as does not matter, for customers call agents otherwise.
    """
    agent = [turn for turn in turns if turn.role is Role.AGENT]
    found: list[Mention] = []
    for turn in turns:
        called = _TITLE_ALONE.fullmatch(to_simplified(turn.text))
        if turn.role is not Role.CUSTOMER or called is None or not agent:
            continue
        if _OF_ONESELF.isdisjoint(called[1]):
            near = min(range(len(agent)), key=lambda i: abs(agent[i].start_ms - turn.end_ms))
            found.append(
                Mention(near, 0, len(turn.text), turn.start_ms, turn.end_ms, turn.text.strip(),
                        "title", _OTHER_VOICE, False)
            )  # fmt: skip
    return found


def begun_zh(turns: Sequence[Turn], name: KnownName) -> Iterator[Mention]:
    """Clauses of these turns that begin with the surname's sound and go on unheard."""
    family = to_simplified(name.family or "")
    if len(family) != 1 or not is_han(family):
        return
    wanted = surname_reading(family)
    for index, turn in enumerate(turns):
        at = 0  # the place in the text
        first = True
        for number, word in enumerate(turn.words):
            text = to_simplified(word.text.strip())
            at = max(at, turn.text.find(word.text.strip(), at))
            behind = turn.words[number + 1 : number + 1 + _BEHIND]
            named = first and len(text) == 1 and is_han(text) and syllables(text) == (wanted,)
            if named and len(behind) == _BEHIND and _mean(behind) < _UNHEARD:
                yield Mention(index, at, at + 1, word.start_ms, behind[0].end_ms, text,
                                  "full", _BEGUN, False)  # fmt: skip
            at += len(text)
            first = word.text.strip()[-1:] in _BREAKS


def shortened_zh(turns: Sequence[Turn], name: KnownName) -> list[Mention]:
    """Calls of which the surname's very sound and the end of 女士 are left: 温某事, 便是 (卞女士).

    The recogniser has no word for 女 behind a surname and writes whatever makes one. All of some
    forty such stretches of three syllables in 184 made calls, at the border of a clause, were
    calls; 6,750 lines in which nobody is called had ten for 300 surnames.
    """
    family = to_simplified(name.family or "")
    if not family or not all(map(is_han, family)):
        return []
    given = syllables(to_simplified(name.given or ""))
    wanted = (surname_reading(family),) if len(family) == 1 else syllables(family)
    found: list[tuple[bool, Mention]] = []
    for index, turn in enumerate(turns):
        plain = to_simplified(turn.text)
        for clause in re.finditer(f"[{HAN}]+", plain):
            sounds = syllables(clause[0])
            for at in range(len(clause[0]) - len(wanted)):
                rest = sounds[at + len(wanted) :]
                if sounds[at : at + len(wanted)] != wanted or given[:1] == ("shi",):
                    continue
                whole = rest[1:2] == ("shi",)
                size = len(wanted) + (2 if whole else 1)
                start, end = clause.start() + at, clause.start() + at + size
                if (whole or rest[:1] == ("shi",)) and _is_short_call(plain, start, end, whole):
                    start_ms, end_ms = time_of(turn, start, end)
                    use = Mention(index, start, end, start_ms, end_ms, plain[start:end], "title",
                                  0.0, False)  # fmt: skip
                    found += [(whole, use)] if end_ms - start_ms >= _SHORT_CALL_MS else []
    several = len(found) > 1
    return [replace(use, score=_SHORTENED[whole][several]) for whole, use in found]


def _is_short_call(text: str, start: int, end: int, whole: bool) -> bool:
    """Whether a stretch that ends in "shi" stands where somebody is called and is no word."""
    led = not is_han(text[start - 1 : start] or " ")
    alone = not is_han(text[end : end + 1] or " ")
    closed = alone or text[end] in _CALLED_AFTER
    if THIRD_PERSON_BEFORE.search(text[:start]):
        return False
    if whole:
        word = text[start : start + 2] in dictionary_words() or text[end - 2 : end] in _NO_TITLES
        sounds_so = syllables(text[end - 2])[0][0] in _HEARD_FOR_N
        return (alone or (led and closed)) and sounds_so and not word
    return led and closed and text[end - 1] == "是" and text[start:end] not in _WORDS_WITH_SHI


def chorus_zh(turns: Sequence[Turn], name: KnownName) -> list[Mention]:
    """Clauses as long as the whole name that stand alone again and again: 忘掉了 of 黄月娥.

    Only the surname's sound has to be near: nothing else is said three times in just such places.
    """
    family, given = to_simplified(name.family or ""), to_simplified(name.given or "")
    if len(family) != 1 or len(family + given) < _LEAST_CHORUS or not is_han(family):
        return []
    wanted = surname_reading(family)
    clauses: dict[tuple[str, ...], list[Mention]] = {}
    for index, turn in enumerate(turns):
        for clause in re.finditer(f"[{HAN}]+", to_simplified(turn.text)):
            word = clause[0]
            plain = word in dictionary_words() or no_name().match(word) is not None
            if len(word) != len(family + given) or plain:
                continue
            sounds = syllables(word)
            if syllable_nearness(wanted, sounds[0]) >= _NEAR_SURNAME:
                use = Mention(index, *clause.span(), *time_of(turn, *clause.span()), word,
                              "full", _CHORUS, False)  # fmt: skip
                clauses.setdefault(sounds, []).append(use)
    return [use for uses in clauses.values() if len(uses) >= _CHORUS_TIMES for use in uses]


def _mean(words: Sequence[Word]) -> float:
    return sum(word.probability for word in words) / len(words)


def with_longer_surname_zh(name: KnownName, turns: Sequence[Turn]) -> KnownName | None:
    """The name with its first two characters as the surname, where the agent calls it so.

    Example: of a customer heard as 某种庆 whom the agent calls 牡仲先生, 某种 is the surname.
    """
    text = to_simplified(name.text)
    if name.source == "metadata" or len(text) < 3 or len(name.family or "") != 1:
        return None
    if not all(map(is_han, text)):
        return None
    first = syllables(text[:2])
    for turn in turns:
        for called in _TITLED_TWO.finditer(to_simplified(turn.text)):
            alike = tuple(map(syllable_nearness, syllables(called[1]), first))
            if sum(alike) / 2 >= _ALIKE and alike[0] >= _ALIKE / 2:
                return KnownName(
                    name.text, name.text[:2], name.text[2:], name.source, name.start_ms,
                    name.end_ms, name.confidence,
                )  # fmt: skip
    return None
