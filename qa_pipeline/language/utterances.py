"""Words to utterances: joined as a language is written, broken where a speaker breaks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from qa_pipeline.domain.transcript import Utterance, Word

# A pause that separates what may be two speakers' words or two thoughts.
MAX_PAUSE_MS = 800
# An utterance without sentence marks is broken at the next short pause after this long.
_LONG_MS = 15_000
_SHORT_PAUSE_MS = 250

_CJK = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_SENTENCE_END = re.compile(r"[.?!。？！…]+[\"'”’)）]*$")
_ABBREVIATION = re.compile(
    r"^(?:mr|mrs|ms|dr|st|prof|no|vs|etc|inc|ltd|co|jr|sr|dept|ext|approx|[a-z](?:\.[a-z])*)\.$",
    re.IGNORECASE,
)


def grouped(words: Sequence[Word], language: str) -> tuple[Utterance, ...]:
    """Words ordered by time as utterances, broken at pauses and where a sentence ends.

    Example:
        >>> words = [Word(0, 400, "Hello."), Word(500, 900, "Who"), Word(900, 1200, "is it?")]
        >>> [utterance.text for utterance in grouped(words, "en")]
        ['Hello.', 'Who is it?']
    """
    return tuple(_utterance(group, language) for group in _break(words))


def in_order(words: Iterable[Word]) -> tuple[Word, ...]:
    """The words by time, none lasting into the next one (alignments may overlap).

    Example:
        >>> in_order([Word(300, 700, "there"), Word(0, 400, "hi")])[0]
        Word(start_ms=0, end_ms=300, text='hi', probability=1.0)
    """
    ordered = sorted(words, key=lambda word: (word.start_ms, word.end_ms))
    shortened = [
        replace(word, end_ms=max(word.start_ms + 10, min(word.end_ms, following.start_ms)))
        for word, following in pairwise(ordered)
    ]
    return (*shortened, *ordered[-1:])


def join(words: Iterable[Word], language: str) -> str:
    """The text of words: spaces between them, save next to a Chinese character.

    Example:
        >>> join([Word(0, 1, "您好"), Word(1, 2, "King"), Word(2, 3, "先生")], "zh")
        '您好King先生'
    """
    text = " ".join(word.text for word in words)
    if language == "zh":
        wide = rf"[{_CJK}，。？！：；、]"
        text = re.sub(rf"(?<={wide}) +| +(?={wide})", "", text)
    return text


def _break(words: Sequence[Word]) -> list[list[Word]]:
    """Groups of words: broken at pauses, at sentence ends, and where they grow too long."""
    groups: list[list[Word]] = []
    for word in words:
        if not groups or _breaks_before(word, groups[-1]):
            groups.append([])
        groups[-1].append(word)
    return groups


def _breaks_before(word: Word, group: Sequence[Word]) -> bool:
    pause_ms = word.start_ms - group[-1].end_ms
    if pause_ms > MAX_PAUSE_MS:
        return True
    last = group[-1].text
    if _SENTENCE_END.search(last) and not _ABBREVIATION.match(last):
        return True
    return pause_ms >= _SHORT_PAUSE_MS and word.end_ms - group[0].start_ms > _LONG_MS


def _utterance(words: Sequence[Word], language: str) -> Utterance:
    return Utterance(
        start_ms=words[0].start_ms,
        end_ms=words[-1].end_ms,
        text=join(words, language),
        words=tuple(words),
        confidence=round(sum(word.probability for word in words) / len(words), 4),
    )
