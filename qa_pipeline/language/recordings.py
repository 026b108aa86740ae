"""One recording heard round after round: whole, misread, or cut off by whoever comes back.

A recogniser writes each round of a recording differently, and the last one runs into the words of
the agent who interrupts it. Rounds are told by their sound as a whole: alike in most of it, at one
pace, unanswered, with stillness or music between them. Once a recording is known, a piece of it is
one too, and so is the beginning of a turn that sounds like the recording's own beginning.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn, Word
from qa_pipeline.language.near_sounds import sound

# Two readings of one recording in noise share so much of their sound; of 40 pairs of turns that
# people said one after the other in the tuning half of the made-up calls, none shared half of it.
ALIKE = 0.6
PIECE_ALIKE = 0.7  # of a piece of a known recording
AT_PACE, RIM_MS = 0.2, 300  # durations differ by less: of the longer, and of word times
AGAIN_WITHIN_MS = 60_000
STILL_MS = 2_500  # between rounds nobody talks for so long; who asks again waits less
LEADS_IN_MS = 900  # from a voice that could not be read to the rest of its announcement
UNREADABLE = 0.5  # mean word probability
LEAST = {"en": 14, "zh": 6}  # letters in English, syllables in Mandarin
LEAST_HEAD = {"en": 22, "zh": 8}
HEAD_ALIKE = 0.85
LEAST_PIECE = {"en": 8, "zh": 4}
_PERSON = re.compile(
    r"\b(?:i|i'm|i'll|i've|i'd|me|my|hello)\b|我(?!们|司|公司)|咱|喂", re.IGNORECASE
)
_ASKED = ("?", "？")


@dataclass(frozen=True, slots=True)
class Rounds:
    """Which turns are a recording's rounds, and where others stop being one.

    `whole` are indices of turns; `until_ms` maps the index of a turn that begins as a recording to
    the time when somebody speaks over it.
    """

    whole: frozenset[int]
    until_ms: dict[int, int]


def find_rounds(turns: Sequence[Turn], language: str) -> Rounds:
    """The rounds of recordings among turns ordered by start.

    Turns of `Role.LINE` are known to be recordings.

    Example:
        >>> said = ["We thank you for holding today.", "Thank you for folding to day."]
        >>> rounds = [
        ...     Turn(Role.AGENT, at, at + 2_000, text)
        ...     for at, text in zip((10_000, 19_000), said, strict=True)
        ... ]
        >>> sorted(find_rounds(rounds, "en").whole)
        [0, 1]
    """
    sounds = [_sounds(turn.text, language) for turn in turns]
    known = {n for n, turn in enumerate(turns) if turn.role is Role.LINE}
    found = set(known)
    for a, one in enumerate(turns):
        for b in range(a + 1, len(turns)):
            if turns[b].start_ms - one.end_ms > AGAIN_WITHIN_MS:
                break
            if _again(turns, sounds, a, b, LEAST.get(language, 14)):
                found |= {a, b}
            elif _begins_again(turns, a, b, language):
                found.add(a)
    found |= _pieces(turns, sounds, found, LEAST_PIECE.get(language, 8))
    found |= {n - 1 for n in found if n - 1 not in found and _leads_in(turns, n)}
    cuts = {}
    for n, turn in enumerate(turns):
        before = [m for m in found if m < n]
        if n not in found and before and max(before) == n - 1 and turn.words:
            cut_ms = _cut(turn, turns[n - 1], turns, found, language)
            if cut_ms is not None:
                cuts[n] = cut_ms
    return Rounds(frozenset(found - known), cuts)


def _sounds(text: str, language: str) -> tuple[str, ...]:
    if language == "zh":
        return tuple(sound(c) for c in text.lower() if c.isalnum())
    return tuple(c for c in text.lower() if c.isalnum())


def _again(
    turns: Sequence[Turn], sounds: Sequence[tuple[str, ...]], a: int, b: int, least: int
) -> bool:
    """Whether turn `b` is turn `a` again, and nobody answered between them."""
    if min(len(sounds[a]), len(sounds[b])) < least or not (_told(turns[a]) and _told(turns[b])):
        return False
    lengths = [turns[n].end_ms - turns[n].start_ms for n in (a, b)]
    if abs(lengths[0] - lengths[1]) > max(RIM_MS, AT_PACE * max(lengths)):
        return False
    if _alike(sounds[a], sounds[b]) < ALIKE:
        return False
    end_ms, still_ms = turns[a].end_ms, 0
    for n in range(a + 1, b + 1):
        if n < b and turns[n].role not in (turns[a].role, Role.LINE):
            return False
        still_ms = max(still_ms, turns[n].start_ms - end_ms)
        end_ms = max(end_ms, turns[n].end_ms)
    return still_ms >= STILL_MS


def _begins_again(turns: Sequence[Turn], a: int, b: int, language: str) -> bool:
    """Whether turn `b` begins as turn `a` does, word by word, long enough for no person to."""
    if b != a + 1 or turns[b].start_ms - turns[a].end_ms < STILL_MS or not _told(turns[a]):
        return False
    size = LEAST_HEAD.get(language, 22)
    one, other = (_head(turns[n], size, language) for n in (a, b))
    if one is None or other is None or _alike(one[0], other[0]) < HEAD_ALIKE:
        return False
    return abs(one[1] - other[1]) <= max(RIM_MS, AT_PACE * max(one[1], other[1]))


def _head(turn: Turn, size: int, language: str) -> tuple[tuple[str, ...], int] | None:
    """The first `size` sounds of a turn and how long they take; None if it has fewer."""
    heard: tuple[str, ...] = ()
    for word in turn.words:
        heard += _sounds(word.text, language)
        if len(heard) >= size:
            return heard[:size], word.end_ms - turn.start_ms
    return None


def _told(turn: Turn) -> bool:
    """Whether a recording could say this: it asks nothing, and says no "I"."""
    return not turn.text.rstrip().endswith(_ASKED) and _PERSON.search(turn.text) is None


def _alike(one: Sequence[str], other: Sequence[str]) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _pieces(
    turns: Sequence[Turn], sounds: Sequence[tuple[str, ...]], found: set[int], least: int
) -> set[int]:
    """Turns right beside a known round that are a piece of it."""
    pieces = set()
    for n, turn in enumerate(turns):
        if n in found or len(sounds[n]) < least or not _told(turn):
            continue
        for m in (n - 1, n + 1):
            if m not in found or len(sounds[n]) > len(sounds[m]):
                continue
            blocks = SequenceMatcher(None, sounds[m], sounds[n], autojunk=False)
            shared = sum(block.size for block in blocks.get_matching_blocks() if block.size > 1)
            if shared >= PIECE_ALIKE * len(sounds[n]):
                pieces.add(n)
    return pieces


def _leads_in(turns: Sequence[Turn], n: int) -> bool:
    """Whether the turn before a round is its own beginning, too unclear to be read."""
    if n == 0:
        return False
    before = turns[n - 1]
    apart = before.role in (Role.AGENT, turns[n].role) and bool(before.words)
    return (
        apart
        and before.confidence < UNREADABLE
        and 0 <= turns[n].start_ms - before.end_ms <= LEADS_IN_MS
    )


def _cut(
    turn: Turn, known: Turn, turns: Sequence[Turn], found: set[int], language: str
) -> int | None:
    """When a turn that begins like a known recording stops being one."""
    rounds = [turns[n] for n in found if turns[n].words and turns[n].end_ms <= known.end_ms]
    best: tuple[int, int] | None = None
    for count in range(1, len(turn.words) + 1):
        head = turn.words[:count]
        lasted = head[-1].end_ms - turn.start_ms
        heard = _sounds("".join(word.text for word in head), language)
        for one in rounds:
            part = _sounds("".join(w.text for w in _first(one, lasted + RIM_MS)), language)
            blocks = SequenceMatcher(None, part, heard, autojunk=False).get_matching_blocks()
            shared = sum(block.size for block in blocks if block.size > 1)
            worth = 2 * shared - len(heard)
            enough = shared >= LEAST_PIECE.get(language, 8)
            if enough and shared >= PIECE_ALIKE * len(heard) and (best is None or worth > best[0]):
                best = worth, head[-1].end_ms
    return None if best is None or best[1] >= turn.end_ms else best[1]


def _first(turn: Turn, within_ms: int) -> list[Word]:
    return [word for word in turn.words if word.start_ms - turn.start_ms < within_ms]
