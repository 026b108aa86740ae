"""What a Whisper wrote to words of the recording: cleaned, placed in time, simplified."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from qa_pipeline.domain.transcript import Utterance, Word
from qa_pipeline.engines.chunks import Chunk
from qa_pipeline.engines.guards import RawSegment, RawWord
from qa_pipeline.language.text import to_simplified
from qa_pipeline.language.utterances import grouped, in_order

# Slow telephone speech: a syllable of 0.3 s, then 0.25 s a character or 0.09 s a letter.
_FIRST_SYLLABLE_S = 0.3
_HAN_S = 0.25
_LETTER_S = 0.09

_CJK = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_ENDS_IN_CJK = re.compile(rf"[{_CJK}]$")
_STARTS_WITH_CJK = re.compile(rf"^[{_CJK}]")
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
    ordered = in_order(words)
    return grouped(simplify(ordered) if language == "zh" else ordered, language)


def simplify(words: Sequence[Word]) -> tuple[Word, ...]:
    """The words in simplified characters.

    They are converted in their context (OpenCC looks at phrases) and cut at the old places again.
    """
    whole = to_simplified("".join(word.text for word in words))
    out, at = [], 0
    for word in words:
        out.append(replace(word, text=whole[at : at + len(word.text)]))
        at += len(word.text)
    return tuple(out)


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
