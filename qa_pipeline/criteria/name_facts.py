"""What a call tells about the customer's name and the agent's uses of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from qa_pipeline.domain.conversation import Conversation, NamesUsed
from qa_pipeline.domain.recording import Layout, Role
from qa_pipeline.domain.spans import Span, subtract, total_ms
from qa_pipeline.domain.timeline import Music
from qa_pipeline.domain.transcript import Turn, Word
from qa_pipeline.language.mentions_zh import NO_SURNAME
from qa_pipeline.language.name_uses import names_used
from qa_pipeline.language.phonetics import syllables
from qa_pipeline.language.text import to_simplified

_HARDLY_HEARD = 0.5
_SHORTEST_NAME_MS = 200
_LONG_END = 3  # words: what ends a clause in shorter ones comes again by chance
_MARKS = ",.?!;:"
SURE = 0.9  # a probable use that is told like a certain one

# Where a Mandarin use of a name can have been lost. Of 229 hearings of 110 made calls in which too
# few uses were found, six of the seven that had enough had room for the missing ones, and nine of
# the 90 that had not.
_UNREAD_MS = 1_200  # a call of somebody takes 0.5 to 1 s and seldom stands alone
_SHORT_SILENCE_MS = 12_000
_BORDER_WORDS = 4  # of a clause, at either end
_BORDER_MS = 400
_BADLY_HEARD = 0.45  # mean probability of those words
_BORDERS_PER_USE = 5  # most badly heard clauses hold no name
_TELLS = re.compile("我[是叫姓]")
_TITLED = re.compile(
    rf"(?![{''.join(sorted(NO_SURNAME))}])[\u4e00-\u9fff](?:先生|女士|小姐|律士|女是|女事)"
)
_BORDER = re.compile(r"[，。！？、,.!?﹐;；]")


def names_of(call: Conversation) -> NamesUsed:
    """The names and uses that the conversation keeps; where it has none, they are looked for."""
    return names_used(call) if call.names_used is None else call.names_used


def name_room(call: Conversation) -> int:
    """How many uses of a name the agent may have said unheard.

    They can be in voice that was not read, in what seems a short hold of which nobody spoke, in
    what sounds like music and is no hold, where somebody is called by a title behind another
    surname, and where clauses begin or end in badly heard words.

    Example: 0 for a transcript; 2 for two unread stretches of voice of 2 s each.
    """
    # What was taken for a hold that nobody asked for or announced may be talk that was lost.
    silent = sum(
        not hold.announced
        and hold.medium != "recorded"
        and hold.end_ms - hold.start_ms <= _SHORT_SILENCE_MS
        and not any(
            hold.start_ms - _SHORT_SILENCE_MS < act.start_ms < hold.end_ms
            for act in call.acts_of("ask_hold", role=Role.AGENT)
        )
        for hold in call.holds
    )
    unread = sum(
        turn.role is Role.AGENT and turn.end_ms - turn.start_ms >= _UNREAD_MS
        for turn in call.unread
    )
    borders = sum(
        _badly_heard(part)
        for turn in call.turns_of(Role.AGENT)
        for clause in _clauses(turn.words)
        for part in _ends(clause)
    )
    return unread + silent + _masked(call) + _titled(call) + borders // _BORDERS_PER_USE


def _titled(call: Conversation) -> int:
    """How often the agent calls somebody by a title behind a surname that is no known use.

    A desk mostly talks to its caller so: the surname was misread then.
    """
    if call.language != "zh":
        return 0
    known: dict[int, list[tuple[int, int]]] = {}
    for use in names_of(call).uses:
        known.setdefault(use.turn, []).append((use.start, use.end))
    return sum(
        all(match.end() <= start or end <= match.start() for start, end in known.get(at, ()))
        for at, turn in enumerate(call.turns_of(Role.AGENT))
        for match in _TITLED.finditer(to_simplified(turn.text))
    )


def _masked(call: Conversation) -> int:
    """In how many stretches what sounds like music, and is no hold, stands in place of words."""
    if not call.turns:
        return 0
    taken = [Span(turn.start_ms, turn.end_ms) for turn in call.turns]
    taken += [Span(hold.start_ms, hold.end_ms) for hold in call.holds]
    return sum(
        call.turns[0].start_ms < event.start_ms < call.turns[-1].end_ms
        and total_ms(subtract([Span(event.start_ms, event.end_ms)], taken)) >= _UNREAD_MS
        for event in call.events
        if isinstance(event, Music)
    )


def voices_mixed(call: Conversation) -> bool:
    """Whether a Mandarin customer tells the own name in a turn that was taken for the agent's.

    In one channel: 我是黄凤霞 of a customer of that name, by its syllables. The agent's words may
    then be among the customer's too.
    """
    if call.language != "zh" or call.layout in (Layout.STEREO, Layout.TEXT):
        return False
    texts = [to_simplified(turn.text) for turn in call.turns_of(Role.AGENT)]
    names = {to_simplified(n.text) for n in names_of(call).names if n.family and n.given}
    return any(
        syllables(text[told.end() : told.end() + len(name)]) == syllables(name)
        for name in names
        for text in texts
        for told in _TELLS.finditer(text)
    )


def _clauses(words: Sequence[Word]) -> Iterator[tuple[Word, ...]]:
    clause: list[Word] = []
    for word in words:
        clause.append(word)
        if _BORDER.search(word.text):
            yield tuple(clause)
            clause = []
    if clause:
        yield tuple(clause)


def _ends(clause: Sequence[Word]) -> tuple[Sequence[Word], ...]:
    """A clause's beginning and end; the whole where they would overlap."""
    if len(clause) < 2 * _BORDER_WORDS - 1:
        return (clause,)
    return clause[:_BORDER_WORDS], clause[-_BORDER_WORDS:]


def _badly_heard(part: Sequence[Word]) -> bool:
    mean = sum(word.probability for word in part) / len(part)
    long = part[-1].end_ms - part[0].start_ms >= _BORDER_MS
    return len(part) > 1 and long and mean < _BADLY_HEARD


def dark_clauses(turns: Iterable[Turn]) -> tuple[int, int]:
    """How many clauses end in words that were hardly heard, and how many clauses there are.

    A name that somebody is called by mostly ends a clause: "lovely, Ms. Quinlan".
    """
    dark = clauses = 0
    for clause in _clauses_en(turns):
        lost = takewhile(lambda word: word.probability < _HARDLY_HEARD, reversed(clause))
        clauses += 1
        dark += sum(word.end_ms - word.start_ms for word in lost) >= _SHORTEST_NAME_MS
    return dark, clauses


def repeated_dark_ends(turns: Iterable[Turn]) -> int:
    """How many clauses end in three words that end another clause too and were badly heard once.

    A name that the recogniser has no word for comes out alike: "too easy to heal up", "there we
    go to heal up" for De Hua. Of 94 made English calls in which the name was used too seldom none
    had such words.
    """
    heard: dict[tuple[str, ...], list[float]] = {}
    for clause in _clauses_en(turns):
        end = clause[-_LONG_END:]
        said = tuple(word.text.strip().strip(_MARKS).lower() for word in end)
        if len(said) == _LONG_END and all(said):
            heard.setdefault(said, []).append(min(word.probability for word in end))
    return sum(
        len(chances)
        for chances in heard.values()
        if len(chances) > 1 and min(chances) < _HARDLY_HEARD
    )


def _clauses_en(turns: Iterable[Turn]) -> Iterator[list[Word]]:
    """The words of each clause: up to a word that ends in a mark, or a turn's last one."""
    for turn in turns:
        clause: list[Word] = []
        for at, word in enumerate(turn.words):
            clause.append(word)
            if at + 1 == len(turn.words) or word.text.strip().endswith(tuple(_MARKS)):
                yield clause
                clause = []


def chance_of_at_least(minimum: int, chances: Iterable[float]) -> float:
    """How probable it is that at least `minimum` of independent events happen.

    Example:
        >>> chance_of_at_least(2, [0.5, 0.5]), chance_of_at_least(1, [])
        (0.25, 0.0)
    """
    counts = [1.0] + [0.0] * minimum  # the last one stands for "or more"
    for one in chances:
        for k in range(minimum, 0, -1):
            stays = counts[k] if k == minimum else counts[k] * (1 - one)
            counts[k] = stays + counts[k - 1] * one
        counts[0] *= 1 - one
    return round(counts[minimum], 3)
