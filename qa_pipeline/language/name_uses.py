"""The customer's names in a call, and the agent's uses of them, found in the words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from qa_pipeline.domain.conversation import Conversation, KnownName, NamesUsed
from qa_pipeline.domain.recording import Layout, Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.called import as_said_back, told_of_oneself
from qa_pipeline.language.mentions import find_mentions, probable_uses
from qa_pipeline.language.name_addressed import (
    denied,
    how_addressed,
    part_alike,
    same_person,
    surname_called,
)
from qa_pipeline.language.name_lost_zh import (
    begun_zh,
    chorus_zh,
    in_other_voice_zh,
    shortened_zh,
    with_longer_surname_zh,
)
from qa_pipeline.language.name_types import UNHEARD, Mention
from qa_pipeline.language.name_unclaimed_en import in_other_voice_en, unclaimed_en

_CALLED_TWICE = 0.6  # `how_addressed`'s confidence when a bare given name was used twice
_TITLED_TWICE = 0.8  # the same of a family name with a title
_SOMEWHAT = 0.45  # "Joia" for Julia; a third person's name is usually less alike
CERTAIN = 0.97  # how often a use that was read as the name is one
ECHOED = 0.93  # of what sounds like such a use; see `name_heard_again`
_POSSIBLE = 0.5  # of what the rules hold for possible
_SECOND_ALONE = 0.85  # of a use that only the second reading has: it may have made it up
_BADLY_HEARD, _ONCE = 0.45, 0.3  # a word's probability; what a use is then
_SAME_MOMENT_MS = 900


def names_used(call: Conversation) -> NamesUsed:
    """The customer's names and the agent's uses of any of them; see `chance`.

    What the second reading heard where the first one has no use is added as probable.
    """
    names = _customer_names(call)
    return NamesUsed(names, _all_uses(call, names))


def _customer_names(call: Conversation) -> tuple[KnownName, ...]:
    """The customer's name, and what the customer says if the record has somebody else.

    A name that was only heard may be misspelt by the recogniser ("Joia" for Julia). What the agent
    then calls the customer, again and again, is that name too.
    """
    told = told_of_oneself(call.turns, Role.CUSTOMER, call.language)
    known = call.customer_name
    names = [known] if known is not None else []
    if told is not None and not (known is not None and same_person(known, told)):
        names.append(told)
    if known is None or known.source != "metadata":
        called = how_addressed(call.turns, Role.CUSTOMER, call.language)
        settled = called is not None and called.confidence >= (
            _TITLED_TWICE if called.family and not called.given else _CALLED_TWICE
        )
        own = call.agent_name
        if called is not None and settled and not (own and same_person(own, called)):
            # A bare given name calls somebody ("thanks, Julia"); a titled one may be another's.
            bare = called.family is None
            near = bare or all(_somewhat_alike(called, name) for name in names)
            near = near or not any(use.certain for use in _of_reading(call, names))
            new = all(not same_person(called, name) for name in names)
            names += [called] if near and new else []
        names += [other for name in names if (other := _with_called_surname(call, name))]
        if call.language == "zh":
            agent = call.turns_of(Role.AGENT)
            names += [long for name in names if (long := with_longer_surname_zh(name, agent))]
        again = as_said_back(call.turns) if call.language == "zh" else None
        if again is not None and all(again.text != name.text for name in names):
            names.append(again)
    return tuple(names)


def _with_called_surname(call: Conversation, name: KnownName) -> KnownName | None:
    """The heard name with the surname that the agent keeps saying, if that is another one."""
    if not (name.given and name.family) or call.language != "en":
        return None
    family = surname_called(call.turns, Role.CUSTOMER, name.given.split()[0])
    if family is None or part_alike(family, name.family) >= _SOMEWHAT:
        return None
    return replace(name, text=f"{name.given} {family}", family=family, source="address")


def _somewhat_alike(called: KnownName, told: KnownName) -> bool:
    """Whether a name that the agent uses can be what the customer said, misheard."""
    pairs = ((called.family, told.family), (called.given, told.given))
    return all(part_alike(a, b) >= _SOMEWHAT for a, b in pairs if a and b)


def _all_uses(call: Conversation, names: Sequence[KnownName]) -> tuple[Mention, ...]:
    uses = _of_both_readings(call, names)
    if call.metadata.direction == "outbound":
        return uses
    # Before the caller says a word, what only sounds like the caller's name is the agent's own,
    # the company's, or a title that was read into something else.
    own = call.turns_of(Role.AGENT)
    first = min((turn.start_ms for turn in call.turns_of(Role.CUSTOMER)), default=0)
    return tuple(
        use
        for use in uses
        if own[use.turn].start_ms >= first or (use.certain and _is_written(use, names))
    )


def _is_written(use: Mention, names: Sequence[KnownName]) -> bool:
    """Whether a part of a name stands in what was read."""
    said = use.text.lower()
    parts = (part for name in names for part in (name.given, name.family, name.text) if part)
    return any(part.lower() in said for part in parts)


def _of_both_readings(call: Conversation, names: Sequence[KnownName]) -> tuple[Mention, ...]:
    found = _of_reading(call, names)
    again = call.read_again()
    if again is None:
        return found
    kept = list(found)
    for use in _of_reading(again, names):
        same = [k for k in kept if _same_moment(k, use)]
        chance_alone = round(chance(use) * _SECOND_ALONE, 3)
        if not same:
            turn = _turn_at(call.turns_of(Role.AGENT), use)
            kept.append(replace(use, turn=turn, certain=False, score=chance_alone))
        elif not same[0].certain and chance_alone > same[0].score:
            kept[kept.index(same[0])] = replace(same[0], score=chance_alone)
    return tuple(sorted(kept, key=lambda use: (use.start_ms, use.turn, use.start)))


def _same_moment(a: Mention, b: Mention) -> bool:
    return a.start_ms < b.end_ms + _SAME_MOMENT_MS and b.start_ms < a.end_ms + _SAME_MOMENT_MS


def _turn_at(turns: Sequence[Turn], use: Mention) -> int:
    return min(range(len(turns)), key=lambda i: abs(turns[i].start_ms - use.start_ms), default=0)


def _of_reading(call: Conversation, names: Sequence[KnownName]) -> tuple[Mention, ...]:
    turns = call.turns_of(Role.AGENT)
    found, possible = _by_rules(call, turns, names)
    if call.language == "zh":
        for name in names:
            for find in (begun_zh, shortened_zh, chorus_zh):
                possible += find(turns, name)
    for name in names:
        possible += probable_uses(turns, name, call.language, call.agent_name)
    for use in sorted(possible, key=lambda use: -use.score):
        turn = turns[use.turn]
        theirs = _of_the_customer(turn, use, call.language) or denied(call.turns, turn)
        if not theirs and not _overlaps(use, found):
            found.append(use)
    for use in _of_no_name(call, names, found):
        same = [f for f in found if use.start_ms < f.end_ms and f.start_ms < use.end_ms]
        if all(chance(f) < chance(use) for f in same):
            found = [f for f in found if f not in same] + [use]
    ordered = sorted(found, key=lambda use: (use.start_ms, use.turn, use.start))
    return _without_halves(ordered, turns) if call.language == "en" else tuple(ordered)


def _without_halves(uses: Sequence[Mention], turns: Sequence[Turn]) -> tuple[Mention, ...]:
    """One use for two that no more than a space parts: "Xiang Ming", each half of another name."""
    kept: list[Mention] = []
    for use in uses:
        before = kept[-1] if kept else None
        between = turns[use.turn].text[before.end : use.start] if before else ""
        if before is None or before.turn != use.turn or before.end > use.start or between.strip():
            kept.append(use)
        elif (use.certain, use.score) > (before.certain, before.score):
            kept[-1] = use
    return tuple(kept)


def _by_rules(
    call: Conversation, turns: Sequence[Turn], names: Sequence[KnownName]
) -> tuple[list[Mention], list[Mention]]:
    """The uses that are read as one of the names, and what may be uses if nothing else is."""
    found: list[Mention] = []
    possible: list[Mention] = []
    for name in names:
        for use in find_mentions(turns, name, call.language, call.agent_name):
            if use.score < 1.0 and denied(call.turns, turns[use.turn]):
                continue  # "is that Mr Bronson?" "no, it's Brown"
            if _of_the_customer(turns[use.turn], use, call.language) or _overlaps(use, found):
                continue
            if use.certain:
                once = _once_and_unsure(name, use, turns[use.turn])
                found.append(replace(use, score=_ONCE, certain=False) if once else use)
            elif use.score == 1.0:  # the very name, where it may be another word
                possible.append(replace(use, score=_POSSIBLE))
            elif use.score == UNHEARD:  # a title behind or before what is no name
                possible.append(use)
    return found, possible


def _of_no_name(
    call: Conversation, names: Sequence[KnownName], found: Sequence[Mention]
) -> list[Mention]:
    """Calls in the agent's words that sound like no known name, and those in the other voice."""
    if not names:
        return []
    one_channel = call.layout not in (Layout.STEREO, Layout.TEXT)
    if call.language == "zh":
        return in_other_voice_zh(call.turns) if one_channel else []
    if call.language != "en":
        return []
    extra = unclaimed_en(call.turns, names, call.agent_name, found)
    return extra + (in_other_voice_en(call.turns, names, call.agent_name) if one_channel else [])


def _once_and_unsure(name: KnownName, use: Mention, turn: Turn) -> bool:
    """Whether a first name is known from no more than this badly heard word: "to you, Tara"."""
    if name.source != "address" or use.form != "given" or not name.family:
        return False
    heard = [
        word.probability
        for word in turn.words
        if use.start_ms <= (word.start_ms + word.end_ms) // 2 <= use.end_ms
    ]
    return min(heard, default=1.0) < _BADLY_HEARD


def _of_the_customer(turn: Turn, use: Mention, language: str) -> bool:
    """Whether the customer says who they are, in a turn that holds both voices: 我是黄凤霞."""
    return language == "zh" and turn.text[: use.start].endswith(("我是", "我叫", "我姓"))


def _overlaps(use: Mention, others: Iterable[Mention]) -> bool:
    return any(use.turn == o.turn and use.start < o.end and o.start < use.end for o in others)


def chance(use: Mention) -> float:
    """How probable it is that this is a use of the name, 0 to 1."""
    return chance_read(use) if use.echo is None else max(chance_read(use), ECHOED)


def chance_read(use: Mention) -> float:
    """The same by the words alone."""
    return CERTAIN if use.certain else use.score
