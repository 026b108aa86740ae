"""Turns to sentences: by punctuation, by pauses, and, in bare text, where a formula begins.

Many transcripts have no punctuation, one turn then holds a recap and the closing question; and
one sentence may run over two turns. So neighbouring turns of one party are read as one stretch
and cut anew.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn, Word
from qa_pipeline.language.matching import Token, tokens
from qa_pipeline.language.sentence_forms import (
    ASKED_LATE,
    CONTINUES,
    LEADS_ON,
    QUESTION,
    STARTS,
    SUBJECTS,
    TAGS,
    UNFINISHED,
)

PAUSE_MS = 700  # between words: longer than a breath inside a phrase, shorter than a new thought
LONE_TAG_MS = 1_000  # a bare "okay" or "all right" this late is no tag any more
JOIN_MS = 2_500  # between turns of one party: greeting and name may be 2 s apart


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence with its time. `turn` indexes the turns given; `asked` says it is a question."""

    text: str
    start_ms: int
    end_ms: int
    words: tuple[Word, ...] = ()
    role: Role = Role.AGENT
    turn: int = 0
    asked: bool = False
    tokens: tuple[Token, ...] = ()
    times: tuple[tuple[int, int], ...] = ()  # of each token

    def part(self, first: int, last: int) -> tuple[str, int, int]:
        """The words of the tokens ``[first, last)`` with their start and end in ms."""
        one, end = self.tokens[first], self.tokens[last - 1]
        return (
            self.text[one.start : end.end].strip(),
            self.times[first][0],
            self.times[last - 1][1],
        )


@dataclass(frozen=True, slots=True)
class _Piece:
    """A token of a stretch: which turn, where in its text, when, and whether a cut precedes it."""

    turn: int
    token: Token
    start_ms: int
    end_ms: int
    cut: bool
    ended: bool  # the text before it ends with a full stop, a question mark or the like


_END = re.compile(r"[.!?。！？;；…\n]+")
_ABBREVIATION = re.compile(r"(?:\b(?:mr|mrs|ms|dr|st|vs|[a-z]))\.$", re.IGNORECASE)


def split(turn: Turn, language: str) -> tuple[Sentence, ...]:
    """The sentences of one turn.

    Times come from the words where there are any, else in proportion to the characters.

    Example:
        >>> turn = Turn(Role.AGENT, 0, 4000, "it has been sent is there anything else")
        >>> [s.text for s in split(turn, "en")]
        ['it has been sent', 'is there anything else']
    """
    return split_turns((turn,), language)


def split_turns(turns: Sequence[Turn], language: str) -> tuple[Sentence, ...]:
    """The sentences of a conversation, in order of their start.

    Neighbouring turns of one party with at most `JOIN_MS` between them are read as one stretch.
    """
    found: list[Sentence] = []
    stretch: list[int] = []
    for index, turn in enumerate(turns):
        if stretch:
            last = turns[stretch[-1]]
            if last.role is not turn.role or turn.start_ms - last.end_ms > JOIN_MS:
                found += _sentences(turns, stretch, language)
                stretch = []
        stretch.append(index)
    if stretch:
        found += _sentences(turns, stretch, language)
    return tuple(sorted(found, key=lambda s: (s.start_ms, s.end_ms)))


def is_question(text: str, text_tokens: Sequence[Token], language: str) -> bool:
    """Whether a sentence asks: by its mark, by inversion, by a particle or by a tag."""
    if re.search(r"[?？]\s*$", text):
        return True
    pattern = QUESTION.get(language)
    if pattern is None:
        return False
    if pattern.find(text_tokens):
        return True
    # A lone "okay" or "all right" answers; behind other words it asks.
    return language == "en" and len(text_tokens) > 3 and ASKED_LATE.find(text_tokens) is not None


def _sentences(turns: Sequence[Turn], stretch: Sequence[int], language: str) -> list[Sentence]:
    pieces = [piece for index in stretch for piece in _pieces(turns, index)]
    if not pieces:
        return []
    groups = _regroup(_cut(pieces, language), language)
    return [_sentence(turns, group, language) for group in groups]


def _pieces(turns: Sequence[Turn], index: int) -> list[_Piece]:
    turn = turns[index]
    clock = _Clock(turn)
    found: list[_Piece] = []
    before = 0
    for token in tokens(turn.text):
        start_ms, end_ms = clock.time_of(token.start, token.end)
        paused = bool(found) and turn.words != () and start_ms - found[-1].end_ms >= PAUSE_MS
        between = turn.text[before : token.start]
        ended = (
            bool(_END.search(between))
            and between != "."  # a decimal point
            and not _ABBREVIATION.search(turn.text[: token.start].rstrip())
        )
        found.append(_Piece(index, token, start_ms, end_ms, paused or ended or not found, ended))
        before = token.end
    return found


class _Clock:
    """When the characters of a turn's text are said."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._before = [0]
        for character in turn.text:
            self._before.append(self._before[-1] + character.isalnum())
        self._owner: list[int] = []
        for number, word in enumerate(turn.words):
            self._owner += [number] * sum(c.isalnum() for c in word.text)

    def time_of(self, start: int, end: int) -> tuple[int, int]:
        """Start and end in ms of the characters ``[start, end)``."""
        total = self._before[-1] or 1
        first, last = self._before[start], max(self._before[start], self._before[end] - 1)
        if not self._owner:
            length = self._turn.end_ms - self._turn.start_ms
            return (
                self._turn.start_ms + length * first // total,
                self._turn.start_ms + length * (last + 1) // total,
            )
        # Text and words may be written a little differently (scripts, numbers): by proportion.
        scale = len(self._owner) / total
        one = self._turn.words[self._owner[min(int(first * scale), len(self._owner) - 1)]]
        end_word = self._turn.words[self._owner[min(int(last * scale), len(self._owner) - 1)]]
        return one.start_ms, end_word.end_ms


def _cut(pieces: Sequence[_Piece], language: str) -> list[list[_Piece]]:
    begins = {i for i, piece in enumerate(pieces) if piece.cut}
    words = [piece.token for piece in pieces]
    formulas: list[tuple[int, int]] = []
    for phrase in STARTS.get(language, ()):
        at = 0
        while (match := phrase.find(words[at:])) is not None:
            formulas.append((at + match.first, at + match.last))
            at += match.last
    covered = 0
    for first, last in sorted(formulas):
        if first >= covered and not _inside(words, first):
            begins.add(first)
        covered = max(covered, last)
    groups: list[list[_Piece]] = []
    for i, piece in enumerate(pieces):
        if i in begins or not groups:
            groups.append([])
        groups[-1].append(piece)
    return groups


def _inside(words: Sequence[Token], at: int) -> bool:
    """Whether what stands before cannot end a sentence ("if | is there", "and | let me")."""
    return at > 0 and words[at - 1].text in UNFINISHED | LEADS_ON


def _regroup(groups: Sequence[list[_Piece]], language: str) -> list[list[_Piece]]:
    """Puts tags and continuations after a pause back to what they belong to."""
    merged: list[list[_Piece]] = []
    tag = TAGS.get(language)
    for group in groups:
        words = [piece.token for piece in group]
        if merged:
            before = merged[-1][-1]
            gap_ms = group[0].start_ms - before.end_ms
            near = gap_ms <= JOIN_MS
            # "Okay." after a while opens the next thing; right behind a sentence it asks.
            lone = language == "en" and len(words) <= 2 and gap_ms > LONE_TAG_MS
            runs_on = not group[0].ended and (_continues(words) or before.token.text in UNFINISHED)
            tagged = tag is not None and not lone and tag.find(words) is not None
            if near and (tagged or runs_on):
                merged[-1].extend(group)
                continue
        merged.append(list(group))
    return merged


def _continues(words: Sequence[Token]) -> bool:
    """Whether these words need a subject before them: "has been sent", "is booked for Monday"."""
    first, second = words[0].text, words[1].text if len(words) > 1 else ""
    return first in CONTINUES or (
        first in {"is", "are"} and second not in SUBJECTS and second != ""
    )


def _sentence(turns: Sequence[Turn], group: Sequence[_Piece], language: str) -> Sentence:
    text = ""
    moved: list[Token] = []
    words: list[Word] = []
    first, final = group[0], group[-1]
    for index in dict.fromkeys(piece.turn for piece in group):
        run = [piece.token for piece in group if piece.turn == index]
        source = turns[index].text
        tail = _END.match(source, run[-1].end)
        text += " " if text else ""
        shift = len(text) - run[0].start
        text += source[run[0].start : tail.end() if tail else run[-1].end]
        moved += [Token(t.text, t.start + shift, t.end + shift) for t in run]
        words += [
            word
            for word in turns[index].words
            if word.end_ms > first.start_ms and word.start_ms < final.end_ms
        ]
    return Sentence(
        text=text.strip(),
        start_ms=first.start_ms,
        end_ms=final.end_ms,
        words=tuple(words),
        role=turns[first.turn].role,
        turn=first.turn,
        asked=is_question(text, moved, language),
        tokens=tuple(moved),
        times=tuple((piece.start_ms, piece.end_ms) for piece in group),
    )
