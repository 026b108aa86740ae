"""Words to utterances: cleaned, in simplified characters, broken where a speaker breaks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from typing import Any

from qa_pipeline.domain.transcript import Utterance, Word
from qa_pipeline.engines.chunks import Chunk
from qa_pipeline.engines.guards import RawSegment, RawWord
from qa_pipeline.engines.setup import need_package

# A pause that separates what may be two speakers' words or two thoughts.
MAX_PAUSE_MS = 800
# An utterance without sentence marks is broken at the next short pause after this long.
_LONG_MS = 15_000
_SHORT_PAUSE_MS = 250
# Slow telephone speech: a syllable of 0.3 s, then 0.25 s a character or 0.09 s a letter.
_FIRST_SYLLABLE_S = 0.3
_HAN_S = 0.25
_LETTER_S = 0.09

_CJK = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_ENDS_IN_CJK = re.compile(rf"[{_CJK}]$")
_STARTS_WITH_CJK = re.compile(rf"^[{_CJK}]")
_SENTENCE_END = re.compile(r"[.?!。？！…]+[\"'”’)）]*$")
_ABBREVIATION = re.compile(
    r"^(?:mr|mrs|ms|dr|st|prof|no|vs|etc|inc|ltd|co|jr|sr|dept|ext|approx|[a-z](?:\.[a-z])*)\.$",
    re.IGNORECASE,
)
_TO_FULL_WIDTH = str.maketrans({",": "，", "?": "？", "!": "！", ":": "：", ";": "；"})


def to_utterances(
    chunks: Sequence[tuple[Chunk, Sequence[RawSegment]]], language: str
) -> tuple[Utterance, ...]:
    """What was read from each chunk, as utterances of the recording, ordered by time.

    Args:
        chunks: each chunk with the segments read from it.
        language: ``zh`` is written in simplified characters and without spaces.
    """
    words: list[Word] = []
    for chunk, segments in chunks:
        for segment in segments:
            words.extend(_restored(chunk, segment, language))
    words = _in_order(words)
    if language == "zh":
        words = simplify(words)
    return tuple(_utterance(group, language) for group in _break(words))


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


def simplify(words: Sequence[Word]) -> list[Word]:
    """The words in simplified characters.

    They are converted in their context (OpenCC looks at phrases) and cut at the old places again;
    where the conversion changed the length, each is converted alone.
    """
    convert = _converter()
    whole = convert("".join(word.text for word in words))
    if len(whole) != sum(len(word.text) for word in words):
        return [replace(word, text=convert(word.text)) for word in words]
    out, at = [], 0
    for word in words:
        out.append(replace(word, text=whole[at : at + len(word.text)]))
        at += len(word.text)
    return out


@lru_cache(maxsize=1)
def _converter() -> Any:
    need_package("opencc", "opencc-python-reimplemented")
    from opencc import OpenCC

    return OpenCC("t2s").convert


def _restored(chunk: Chunk, segment: RawSegment, language: str) -> list[Word]:
    """Words of a segment in the recording's time; fragments joined to the word they belong to."""
    out: list[Word] = []
    for raw in segment.words:
        text = raw.text.strip()
        if not text:
            continue
        if language == "zh" and re.search(rf"[{_CJK}]", segment.text):
            text = text.translate(_TO_FULL_WIDTH) if not text.isascii() or len(text) == 1 else text
        begins = raw.text[:1].isspace()
        is_mark = not re.search(r"\w", text)
        glued = language != "zh" and not begins and text[0] < "\u3000"
        if out and (is_mark or glued):
            out[-1] = replace(out[-1], text=out[-1].text + text)
            continue
        if out and begins and _ENDS_IN_CJK.search(out[-1].text) and _STARTS_WITH_CJK.search(text):
            # Whisper writes a space in Chinese where a clause ends.
            out[-1] = replace(out[-1], text=out[-1].text + "，")
        span = chunk.restore(_begin_s(raw), raw.end_s)
        out.append(Word(span.start_ms, span.end_ms, text, round(min(raw.probability, 1.0), 4)))
    return out


def _begin_s(raw: RawWord) -> float:
    """Where a word begins, in seconds within its chunk.

    Whisper's alignment gives a pause to the word after it: the first word after a pause seems to
    begin at the end of the one before, which is another person's as often as not. No word is
    taken to last longer than it can be spoken in.
    """
    text = raw.text.strip()
    han = len(re.findall(rf"[{_CJK}]", text))
    letters = sum(character.isalnum() for character in text) - han
    longest = _FIRST_SYLLABLE_S + _HAN_S * max(0, han - 1) + _LETTER_S * letters
    return max(raw.start_s, raw.end_s - longest)


def _in_order(words: list[Word]) -> list[Word]:
    """Sorted, and no word lasts into the next one (alignment may overlap at chunk borders)."""
    words = sorted(words, key=lambda word: (word.start_ms, word.end_ms))
    out = [
        replace(word, end_ms=max(word.start_ms + 10, min(word.end_ms, following.start_ms)))
        for word, following in pairwise(words)
    ]
    return out + words[-1:]


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
