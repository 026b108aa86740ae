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
from qa_pipeline.language.name_called_en import SAME_NAME, calls_en
from qa_pipeline.language.name_sounds import sound_likeness
from qa_pipeline.language.phonetics import syllable_nearness, syllables
from qa_pipeline.language.text import HAN, to_simplified
from qa_pipeline.language.timing import time_of

_LEAST_TIMES = 2
_SAME_SOUND_ZH = 0.75
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


def _alike_en(a: str, b: str) -> bool:
    return sound_likeness(a, b) >= SAME_NAME


def _alike_zh(a: str, b: str) -> bool:
    return syllable_nearness(a, b) >= _SAME_SOUND_ZH


def _called_en(turn: Turn) -> Iterator[_Call]:
    """Names without a title in places where somebody is called."""
    for call in calls_en((turn,)):
        if not call.title:
            yield _Call(turn, call.start, call.end, call.name, call.sound)


def _titled_zh(turn: Turn) -> Iterator[_Call]:
    """One character before a title, where a clause begins with it or with the one before it."""
    text = to_simplified(turn.text)
    for match in _TITLE_ZH.finditer(text):
        start = match.start() - 1
        if start < 0 or not re.match(f"[{HAN}]", text[start]) or text[start] in _NO_SURNAME:
            continue
        if THIRD_PERSON_BEFORE.search(text[:start]):
            continue
        yield _Call(turn, start, match.end(), text[start], syllables(text[start])[0])
