"""Names that nobody told and no list has: what somebody is called again and again.

A name that the recogniser does not know is mostly misheard in the same way each time ("all right,
grain … I bet, grain" for Grainne; 说先生 … 说先生 for 佘先生). Two such places tell a name, to be
looked for by its sound.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from qa_pipeline.domain.conversation import KnownName
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.addresses import THIRD_PERSON_BEFORE
from qa_pipeline.language.introductions_zh_patterns import dictionary_words, no_name
from qa_pipeline.language.name_by_sound_zh import like_compound_surname, title_likeness
from qa_pipeline.language.name_called_en import SAME_NAME, calls_en
from qa_pipeline.language.name_sounds import sound_likeness
from qa_pipeline.language.phonetics import syllable_nearness, syllables
from qa_pipeline.language.text import HAN, to_simplified
from qa_pipeline.language.timing import time_of

_LEAST_TIMES = 2
_SAME_SOUND_ZH = 0.75
_TITLE_LEAST = 0.8  # of a title that is told by its sound alone: 将于是
# Where a call of somebody ends.
_CLOSED_ZH = re.compile(f"$|[^{HAN}]|您|请|麻烦|这边|我")
_SURE = 0.6  # for two times; a tenth more for each other
_TITLE_ZH = re.compile("先生|女士|小姐(?!姐)|太太|女[师社设射式试]|[现鲜仙]生|[先现]声")
# Characters before a title that end something else: 您好先生, 这位女士, 有一位先生.
_NO_SURNAME = frozenset("的位您你我他她好吗呢吧啊哦嗯呀请那这谢和对了大小老每各个给跟问为个找叫")


class _Call(NamedTuple):
    """A word in a place where somebody is called."""

    turn: Turn
    start: int
    end: int
    name: str
    sound: str


def repeated_name(turns: Sequence[Turn], role: Role, language: str) -> KnownName | None:
    """What the other party calls `role` at least twice, though it is no listed name; else None.

    What `role` says in the same way too is left out in Mandarin: it is a third person's name.
    """
    others = [t for t in turns if t.role not in (role, Role.LINE)]
    find, alike = (_titled_zh, _alike_zh) if language == "zh" else (_called_en, _alike_en)
    calls = [call for turn in others for call in find(turn)]
    own = [call for turn in turns if turn.role is role for call in find(turn)]
    calls = [c for c in calls if not any(alike(c.sound, o.sound) for o in own)]
    groups = [[c for c in calls if alike(c.sound, one.sound)] for one in calls]
    best: list[_Call] = max(groups, key=len, default=[])
    if len(best) < _LEAST_TIMES:
        return None
    names = [c.name for c in best]
    name = max(names, key=names.count)
    first = next(c for c in best if c.name == name)
    start_ms, end_ms = time_of(first.turn, first.start, first.end)
    sure = round(min(0.9, _SURE + 0.1 * (len(best) - _LEAST_TIMES)), 2)
    family, given = (name, None) if language == "zh" else (None, name.title())
    return KnownName(given or name, family, given, "address", start_ms, end_ms, sure)


def may_be_calls_zh(turns: Sequence[Turn]) -> int:
    """How many places of Mandarin turns may call somebody by a name, whoever that is.

    Titles behind a character that may be a surname, and short clauses that are no words and come
    again by their sound.

    Example: 2 for 好的,林女士 and 零女是,请稍等.
    """
    titled = {(turn.start_ms, call.start) for turn in turns for call in _titled_zh(turn)}
    clauses = [sounds for turn in turns for sounds in _wordless_clauses(to_simplified(turn.text))]
    again = [
        one
        for at, one in enumerate(clauses)
        if any(_alike_zh(one, other) for k, other in enumerate(clauses) if k != at)
    ]
    return len(titled) + len(again)


def _wordless_clauses(text: str) -> Iterator[str]:
    for match in re.finditer(f"[{HAN}]+", text):
        clause = match[0]
        size = len(clause)
        if not 2 <= size <= 4 or clause in dictionary_words() or no_name().match(clause):
            continue
        pairs = [clause[k : k + 2] for k in range(size - 1)]
        if size == 2 or not any(pair in dictionary_words() for pair in pairs):
            yield " ".join(syllables(clause))


def _alike_en(a: str, b: str) -> bool:
    return sound_likeness(a, b) >= SAME_NAME


def _alike_zh(a: str, b: str) -> bool:
    one, other = a.split(), b.split()
    if len(one) != len(other):
        return False
    return min(map(syllable_nearness, one, other)) >= _SAME_SOUND_ZH


def _called_en(turn: Turn) -> Iterator[_Call]:
    """Names without a title in places where somebody is called."""
    for call in calls_en((turn,)):
        if not call.title:
            yield _Call(turn, call.start, call.end, call.name, call.sound)


def _titled_zh(turn: Turn) -> Iterator[_Call]:
    """One or two characters before a title, the title as it is written or as it sounds."""
    text = to_simplified(turn.text)
    for match in _TITLE_ZH.finditer(text):
        yield from _before_title(turn, text, match.start(), match.end())
    for run in re.finditer(f"[{HAN}]{{3,}}", text):
        sounds = syllables(run[0])
        if len(sounds) != len(run[0]):
            continue
        for at in range(1, len(sounds) - 1):
            start, end = run.start() + at, run.start() + at + 2
            sounds_so = title_likeness(sounds[at : at + 2]) >= _TITLE_LEAST
            if sounds_so and not _TITLE_ZH.match(text, start) and _CLOSED_ZH.match(text, end):
                yield from _before_title(turn, text, start, end)


def _before_title(turn: Turn, text: str, title: int, end: int) -> Iterator[_Call]:
    """The name before a title that stands at ``text[title:end]``."""
    size = 2 if title >= 2 and like_compound_surname(text[title - 2 : title]) else 1
    start = title - size
    if start < 0 or not re.fullmatch(f"[{HAN}]+", text[start:title]):
        return
    if text[title - 1] in _NO_SURNAME or THIRD_PERSON_BEFORE.search(text[:start]):
        return
    yield _Call(turn, start, end, text[start:title], " ".join(syllables(text[start:title])))
