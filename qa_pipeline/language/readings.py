"""Two readings of the same speech as one: where they agree, where they differ, which to believe.

Readings made under different conditions make different mistakes. Fiscus (1997, "ROVER") lets many
of them vote; here there are two, so that the surer one decides where they differ.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import pairwise

from qa_pipeline.domain.spans import Span, merge
from qa_pipeline.domain.transcript import Turn, Utterance, Word
from qa_pipeline.language.near_sounds import sound
from qa_pipeline.language.text import HAN
from qa_pipeline.language.utterances import in_order, join

# The same word in both readings starts at the same moment; aligners err by less than this.
_SAME_MOMENT_MS = 1_500
_SILENCE_MS = 1_000
_RIM_MS = 300  # word times are this uncertain at the borders of turns
# Five calls with noise at 8 to 18 dB read twice by Whisper base: where the readings agreed, the
# surer one's probability was about the share of right words; where they differed, about 0.87 of
# what it promised was right (179 words): set by eye, not fitted.
_DISPUTED = 0.87
# What only the second reading heard is mostly a short answer that the first one dropped; below
# this mean probability it is as often invented.
_LEAST_ALONE = 0.5
# The first reading had the whole of its window around it, so the second must be surer by this.
_SURER_BY = 1.1
_UNIT = re.compile(rf"[{HAN}]|[^\W{HAN}]+(?:'[^\W{HAN}]+)*")


@dataclass(frozen=True, slots=True)
class Passage:
    """What each reading has between two moments; `agreed`: it sounds the same."""

    first: tuple[Word, ...]
    second: tuple[Word, ...]
    agreed: bool


def _silences(first: Sequence[Word], second: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Where neither reading has a word: what stands apart so long is not the same words."""
    spans = merge((Span(w.start_ms, w.end_ms) for w in (*first, *second)), _SILENCE_MS)
    for span in spans[1:]:
        yield (
            sum(word.start_ms < span.start_ms for word in first),
            sum(word.start_ms < span.start_ms for word in second),
        )


def passages(first: Sequence[Word], second: Sequence[Word]) -> tuple[Passage, ...]:
    """Two readings side by side, cut wherever both begin a word that sounds the same.

    Chinese is compared by toneless syllable, since recognisers write homophones.

    Example:
        >>> a = [Word(0, 300, "Thank"), Word(300, 500, "you"), Word(500, 900, "Kevin.")]
        >>> b = [Word(0, 300, "thank"), Word(300, 500, "you"), Word(500, 900, "Calvin.")]
        >>> [passage.agreed for passage in passages(a, b)]
        [True, True, False]
    """
    left, right = _units(first), _units(second)
    cuts = [(0, 0)]
    matcher = SequenceMatcher(None, [u.sound for u in left], [u.sound for u in right], False)
    for block in matcher.get_matching_blocks():
        for a, b in zip(left[block.a :][: block.size], right[block.b :][: block.size], strict=True):
            apart_ms = abs(first[a.word].start_ms - second[b.word].start_ms)
            if apart_ms > _SAME_MOMENT_MS:
                continue
            if a.begins and b.begins:
                cuts.append((a.word, b.word))
            if a.ends and b.ends:
                cuts.append((a.word + 1, b.word + 1))
    cuts.extend(_silences(first, second))
    cuts.append((len(first), len(second)))
    return tuple(_passages(first, second, cuts))


def turns_again(
    turns: Sequence[Turn], second: Sequence[Utterance], language: str
) -> tuple[Turn, ...]:
    """The turns with the words of a second reading where it has any.

    Each word goes to the turn of its channel (or, in mono, to any) in whose time it lies. A turn
    that was read a second time in part keeps its other words.
    """
    heard: dict[int, list[Word]] = {}
    for utterance in second:
        for word in utterance.words:
            middle = (word.start_ms + word.end_ms) // 2
            near = [
                (max(turn.start_ms - middle, middle - turn.end_ms, 0), index)
                for index, turn in enumerate(turns)
                if utterance.channel is None or turn.speaker == f"channel_{utterance.channel}"
            ]
            apart_ms, index = min(near, default=(_RIM_MS + 1, 0))
            if apart_ms <= _RIM_MS:
                heard.setdefault(index, []).append(word)
    return tuple(
        _with_words(turn, heard[index], language) if index in heard else turn
        for index, turn in enumerate(turns)
    )


def _with_words(turn: Turn, again: Sequence[Word], language: str) -> Turn:
    read = merge((Span(w.start_ms, w.end_ms) for w in again), _SILENCE_MS)
    rest = [
        word
        for word in turn.words
        if not any(span.contains((word.start_ms + word.end_ms) // 2) for span in read)
    ]
    words = in_order([*rest, *again])
    return replace(turn, text=join(words, language), words=words)


def combined(first: Sequence[Word], second: Sequence[Word]) -> tuple[Word, ...]:
    """One reading of two.

    Agreed words are taken from the surer reading. Where the readings differ, the surer one is
    believed, and its words are less probable for it; what one of them does not have at all is
    kept unless it is improbable.

    Example:
        >>> once, again = [Word(0, 300, "Calvin", 0.4)], [Word(0, 300, "Kevin", 0.8)]
        >>> [(word.text, word.probability) for word in combined(once, again)]
        [('Kevin', 0.696)]
    """
    words: list[Word] = []
    for passage in passages(first, second):
        believed = _believed(passage)
        if passage.agreed:
            words.extend(believed)
        else:
            words.extend(
                replace(word, probability=round(word.probability * _DISPUTED, 4))
                for word in believed
            )
    return in_order(words)


def _believed(passage: Passage) -> tuple[Word, ...]:
    first, second = _mean_probability(passage.first), _mean_probability(passage.second)
    if not passage.first:
        return passage.second if second >= _LEAST_ALONE else ()
    return passage.first if not passage.second or first * _SURER_BY >= second else passage.second


@dataclass(frozen=True, slots=True)
class _Unit:
    """A word, or a Chinese character of one, as it is compared."""

    sound: str
    word: int  # its place in the reading
    begins: bool
    ends: bool


def _units(words: Sequence[Word]) -> list[_Unit]:
    units: list[_Unit] = []
    for place, word in enumerate(words):
        parts = _UNIT.findall(unicodedata.normalize("NFKC", word.text).lower())
        last = len(parts) - 1
        units.extend(
            _Unit(sound(part), place, at == 0, at == last) for at, part in enumerate(parts)
        )
    return units


def _passages(
    first: Sequence[Word], second: Sequence[Word], cuts: Sequence[tuple[int, int]]
) -> Iterator[Passage]:
    forward = [(0, 0)]
    for cut in sorted(set(cuts)):
        # A match across a silence would go back in the second reading.
        if cut != forward[-1] and cut[1] >= forward[-1][1]:
            forward.append(cut)
    for (a, b), (next_a, next_b) in pairwise(forward):
        left, right = tuple(first[a:next_a]), tuple(second[b:next_b])
        said = [[unit.sound for unit in _units(words)] for words in (left, right)]
        yield Passage(left, right, said[0] == said[1])


def _mean_probability(words: Sequence[Word]) -> float:
    return sum(word.probability for word in words) / len(words) if words else 0.0
