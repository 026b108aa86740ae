"""Tells announcements of a waiting loop from talk: the line says them, neither party.

A recording says the same words in the same time again and again, and nobody answers it. That tells
a loop whatever its wording; a single announcement is told by the wording. Diarizers give either to
the agent or to the customer, and one turn may hold the end of the talk as well.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.transcript import Turn, Word
from qa_pipeline.language.acts import ActDefinition
from qa_pipeline.language.phonetics import syllables
from qa_pipeline.language.recordings import find_rounds
from qa_pipeline.language.sentences import Sentence, split
from qa_pipeline.language.word_speakers import join_words, of_words

# Chosen on the tuning half of the made-up calls: recognisers write a recording a little
# differently each time, and a person who says a sentence again says it at another pace.
ALIKE = 0.75  # share of letters, or of syllables, that two readings of one recording share
AT_PACE, RIM_MS = 0.15, 250  # durations differ by less: of the longer, and of word times
ALIKE_IN_PART = 0.85  # of a part of it, which is shorter
NEXT_ROUND_MS = 20_000  # from a round to one that was heard in part
AGAIN_WITHIN_MS = 60_000  # from the end of one round to the start of the next
STILL_MS = 2_500  # between rounds nobody talks for so long; who asks again waits less
ASIDE_MS = 1_500  # a waiting customer's "hello?" interrupts no loop
LEAST_SYLLABLES = {"en": 12, "zh": 5}  # letters in English: a shorter sentence may recur by chance
LEAST_ROUND = {"en": 24, "zh": 9}  # of all that recurs, once each
GOES_ON_MS = 1_000  # the rest of an announcement follows within this
NEXT_TURN_MS = 400  # and within this where a recogniser made another turn of it
_PERSON = re.compile(r"\b(?:i|i'm|i'll|i've|i'd|me|my)\b|我(?!们|司|公司)|咱", re.IGNORECASE)
_POLITE = re.compile(
    r"\b(?:sorry|apolog\w+|thank\w*|appreciate\w*|value)\b|抱歉|不好意思|感谢|谢谢", re.IGNORECASE
)
_REST = re.compile(r"\b(?:hold|holding|line|wait|waiting|patience)\b|挂|等|耐心", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Said:
    """A sentence with the turn it stands in and how it sounds."""

    turn: int
    sentence: Sentence
    sound: tuple[str, ...]

    @property
    def duration_ms(self) -> int:
        return self.sentence.end_ms - self.sentence.start_ms


def announcements_apart(
    turns: Sequence[Turn],
    language: str,
    wording: ActDefinition | None = None,
    broken_off_ms: Sequence[int] = (),
) -> tuple[Turn, ...]:
    """The turns with announcements as turns of `Role.LINE`, ordered by start.

    Args:
        turns: who said what, with roles.
        language: of the words; others than English and Mandarin are compared by letters.
        wording: what announcements usually say (the act `hold_announcement`), if known.
        broken_off_ms: when somebody came back in the middle of a round, by the sound: words alike
            the recording's that follow are theirs.

    Returns:
        The same talk; a turn that holds an announcement and other words is cut between sentences.

    Example:
        >>> said = [
        ...     Turn(Role.AGENT, at, at + 2_600, "All our colleagues are still busy.")
        ...     for at in (10_000, 18_000, 26_000)
        ... ]
        >>> [turn.role.value for turn in announcements_apart(said, "en")]
        ['line', 'line', 'line']
    """
    back = [turn for turn in turns if _follows(turn, broken_off_ms)]
    turns = [turn for turn in turns if not _follows(turn, broken_off_ms)]
    said = [
        _Said(index, sentence, _sound(sentence.text, language))
        for index, turn in enumerate(turns)
        if turn.role is not Role.LINE and turn.end_ms > turn.start_ms
        for sentence in split(turn, language)
    ]
    said.sort(key=lambda one: (one.sentence.start_ms, one.sentence.end_ms))
    marked = _repeated(said, language) | _worded(said, wording)
    apart: list[Turn] = []
    for index, turn in enumerate(turns):
        mine = [(one.sentence, n in marked) for n, one in enumerate(said) if one.turn == index]
        apart += _divided(turn, mine) if any(line for _, line in mine) else [turn]
    apart.sort(key=lambda turn: (turn.start_ms, turn.end_ms))
    apart = [*_with_parts(_with_rounds(apart, language), language), *back]
    return tuple(sorted(apart, key=lambda turn: (turn.start_ms, turn.end_ms)))


def _follows(turn: Turn, broken_off_ms: Sequence[int]) -> bool:
    """Whether a turn begins after a recording was broken off, where no round can stand any more."""
    since = (turn.start_ms - cut_ms for cut_ms in broken_off_ms)
    return turn.role is not Role.LINE and any(-RIM_MS <= ms <= NEXT_ROUND_MS for ms in since)


def _with_rounds(turns: Sequence[Turn], language: str) -> tuple[Turn, ...]:
    """The turns with further rounds of recordings, whole or up to where somebody speaks."""
    rounds = find_rounds(turns, language)
    apart: list[Turn] = []
    for n, turn in enumerate(turns):
        if n in rounds.whole:
            apart.append(replace(turn, role=Role.LINE))
        elif n in rounds.until_ms:
            cut_ms = rounds.until_ms[n]
            recorded = tuple(w for w in turn.words if w.end_ms <= cut_ms)
            said = tuple(w for w in turn.words if w.end_ms > cut_ms)
            apart += [of_words(turn, Role.LINE, recorded), of_words(turn, turn.role, said)]
        else:
            apart.append(turn)
    return tuple(apart)


def _sound(text: str, language: str) -> tuple[str, ...]:
    if language == "zh":
        return syllables("".join(c for c in text if c.isalnum()))
    return tuple(c for c in text.lower() if c.isalnum())


def _with_parts(turns: tuple[Turn, ...], language: str) -> tuple[Turn, ...]:
    """The turns with rounds of a loop that were heard in part.

    The last round is cut off by the return, the first one has a beginning that music covers in the
    others, and one read at another time than it was said keeps no pace.
    """
    recorded = [
        _Said(index, sentence, _sound(sentence.text, language))
        for index, turn in enumerate(turns)
        if turn.role is Role.LINE
        for sentence in split(turn, language)
    ]
    least = LEAST_SYLLABLES.get(language, 12)
    # What the line says once is no loop: that the call is recorded.
    played = [
        one
        for one in recorded
        if len(one.sound) >= least
        and any(other is not one and _alike(one.sound, other.sound) for other in recorded)
    ]
    if not played:
        return turns
    apart: list[Turn] = []
    for index, turn in enumerate(turns):
        if turn.role is Role.LINE:
            apart.append(turn)
            continue
        said = [_Said(index, s, _sound(s.text, language)) for s in split(turn, language)]
        marked = [
            (
                one.sentence,
                not one.sentence.asked
                and len(one.sound) >= least
                and any(_is_part(one, other) for other in played),
            )
            for one in said
        ]
        apart += _divided(turn, marked) if any(line for _, line in marked) else [turn]
    return tuple(sorted(apart, key=lambda turn: (turn.start_ms, turn.end_ms)))


def _is_part(one: _Said, played: _Said) -> bool:
    """Whether a sentence begins or ends as a loop's does, near to it."""
    apart_ms = max(
        one.sentence.start_ms - played.sentence.end_ms,
        played.sentence.start_ms - one.sentence.end_ms,
    )
    return apart_ms <= NEXT_ROUND_MS and _begins_or_ends(one.sound, played.sound)


def _alike(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= ALIKE


def _begins_or_ends(heard: tuple[str, ...], played: tuple[str, ...]) -> bool:
    """Whether the shorter of two rows of sounds begins or ends the longer one."""
    short, long = sorted((heard, played), key=len)
    parts = (long[: len(short)], long[len(long) - len(short) :])
    return any(
        SequenceMatcher(None, short, part, autojunk=False).ratio() >= ALIKE_IN_PART
        for part in parts
    )


def _worded(said: Sequence[_Said], wording: ActDefinition | None) -> set[int]:
    """Sentences that only a recording says, with what it adds; who says "I" is no recording."""
    if wording is None:
        return set()
    plain = {
        n
        for n, one in enumerate(said)
        if not one.sentence.asked and not _PERSON.search(one.sentence.text)
    }
    found = {n for n in plain if wording.find(said[n].sentence.tokens) is not None}
    for n in sorted(plain - found):
        before = (said[m] for m in found if m < n)
        if _REST.search(said[n].sentence.text) and any(_close(one, said[n]) for one in before):
            found.add(n)
    for n in sorted(plain - found, reverse=True):
        after = (said[m] for m in found if m > n)
        if _POLITE.search(said[n].sentence.text) and any(_close(said[n], one) for one in after):
            found.add(n)
    return found


def _close(one: _Said, other: _Said) -> bool:
    """Whether two sentences follow each other as a recording's do."""
    pause_ms = other.sentence.start_ms - one.sentence.end_ms
    return -RIM_MS <= pause_ms <= (GOES_ON_MS if one.turn == other.turn else NEXT_TURN_MS)


def _repeated(said: Sequence[_Said], language: str) -> set[int]:
    """Sentences that come round again unanswered, as indices."""
    least = LEAST_SYLLABLES.get(language, 12)
    pairs = [
        (a, b)
        for a, one in enumerate(said)
        if len(one.sound) >= least and not one.sentence.asked
        for b in range(a + 1, len(said))
        if said[b].sentence.start_ms - one.sentence.end_ms <= AGAIN_WITHIN_MS
        and _same_recording(one, said[b])
    ]
    known = {n for pair in pairs for n in pair}
    found: set[int] = set()
    for a, b in pairs:
        if _unanswered(said, a, b, known):
            found |= {a, b}
    rounds = 0
    counted: list[int] = []
    for n in sorted(found):
        if not any((m, n) in pairs for m in counted):
            counted.append(n)
            rounds += len(said[n].sound)
    return found if rounds >= LEAST_ROUND.get(language, 24) else set()


def _same_recording(one: _Said, other: _Said) -> bool:
    longer = max(one.duration_ms, other.duration_ms)
    if abs(one.duration_ms - other.duration_ms) > max(RIM_MS, AT_PACE * longer):
        return False
    return _alike(one.sound, other.sound)


def _unanswered(said: Sequence[_Said], first: int, last: int, known: set[int]) -> bool:
    """Whether between two rounds there is stillness, and nobody's words but the recording's."""
    end_ms, still_ms = said[first].sentence.end_ms, 0
    for n in range(first + 1, last + 1):
        one = said[n]
        if n not in known and one.duration_ms > ASIDE_MS:
            return False
        still_ms = max(still_ms, one.sentence.start_ms - end_ms)
        end_ms = max(end_ms, one.sentence.end_ms)
    return still_ms >= STILL_MS


def _divided(turn: Turn, sentences: Sequence[tuple[Sentence, bool]]) -> list[Turn]:
    """One turn cut where its sentences change between a party and the line."""
    groups: list[tuple[bool, list[Sentence]]] = []
    for sentence, line in sentences:
        if not groups or groups[-1][0] is not line:
            groups.append((line, []))
        groups[-1][1].append(sentence)
    if len(groups) == 1:
        return [replace(turn, role=Role.LINE)]
    starts = [group[0].start_ms for _, group in groups[1:]]
    parts: list[Turn] = []
    for n, (line, group) in enumerate(groups):
        low = starts[n - 1] if n else turn.start_ms
        high = starts[n] if n < len(starts) else turn.end_ms + 1
        words = tuple(w for w in turn.words if low <= w.start_ms < high)
        parts.append(_part(turn, Role.LINE if line else turn.role, group, words))
    return parts


def _part(turn: Turn, role: Role, group: Sequence[Sentence], words: tuple[Word, ...]) -> Turn:
    if not words:
        text = join_words([sentence.text for sentence in group])
        span = Span(group[0].start_ms, group[-1].end_ms)
        return replace(
            turn, role=role, start_ms=span.start_ms, end_ms=span.end_ms, text=text, words=()
        )
    return of_words(turn, role, words)
