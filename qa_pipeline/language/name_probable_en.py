"""Uses of an English name that the recogniser did not write as the name: how probable each is.

A logistic model weighs how alike the words sound to a form of the name, how well a name would
stand there, how unsure the recogniser was of them, and whether the same sound stands in such
places again ("walking", four times where somebody is called, for Joaquin).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from qa_pipeline.domain.conversation import KnownName
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.addresses import third_person
from qa_pipeline.language.introductions_en import find_en
from qa_pipeline.language.mentions_en_parts import wanted_parts
from qa_pipeline.language.name_sounds import may_be_alike, phones, sayings, sound_likeness
from qa_pipeline.language.name_surest import (
    LEAST_PROBABLE,
    Candidate,
    NamedAs,
    logistic,
    surest,
)
from qa_pipeline.language.name_tokens import tokenise
from qa_pipeline.language.name_types import Mention
from qa_pipeline.language.name_windows_en import Window, windows
from qa_pipeline.language.text import word_set

_TITLES = ("mr", "ms", "mrs")
_LEAST_ALIKE = 0.45
_LEAST_ALIKE_INSIDE = 0.6  # in the middle of a clause, where nobody is called
_LEAST_ALIKE_TITLED = 0.0  # behind a title that was heard anything may be the name
_SAME_SOUND = 0.8
_NICKNAME = 0.85  # "you'd like Kate" of a Catherine is "eight" as often
_OWN_NAME = 0.75  # of the speaker's own name: less alike it is more probably the other's
_PLACED = 1.0  # `led` and `closed` together, from which on a name may stand there
_WELL_PLACED = 1.7
# At the beginning of a sentence they are what they are written as, no Kai, Shaw or Joe.
_ANSWERS = word_set("okay ok yes yeah yep sure so no hello hi hey thanks well now right oh great")
_LONG = 10  # phones; longer rows say no more
# Fitted on the 2,400 stretches that sound somewhat like the customer's name in 78 made calls, 165
# of them uses, and like five names for each call that nobody used there. Held out by scenario,
# stretches told to be uses by 0.8 and more were so in 99 of 100, by 0.05 to 0.2 in 6.
_WEIGHTS: dict[str, float] = {
    "alike": 2.31,
    "much alike": 1.24,
    "led": 1.19,
    "closed": 1.22,
    "placed": 0.3,
    "titled": 2.43,
    "alike, titled": 0.8,
    "alike, long": 0.79,
    "alike, placed": 1.3,
    "full": 0.86,
    "common": -1.11,
    "doubt": 1.95,
    "again": 1.22,
    "and again": 2.09,
    "elsewhere": 0.02,
}
_BIAS = -6.19


class Form(NamedTuple):
    """A way to call somebody: which parts of the name, and the ways it is said."""

    kind: Literal["full", "title", "given", "nickname", "family"]
    ways: tuple[str, ...]


def probable_uses_en(
    turns: Sequence[Turn],
    name: KnownName,
    exclude: KnownName | None = None,
    least: float = LEAST_PROBABLE,
) -> tuple[Mention, ...]:
    """Stretches that may be uses of `name`, none overlapping; `Mention.score` is how probable.

    Args:
        turns: what to search, usually all turns of the agent.
        name: the name to look for.
        exclude: the speaker's own name.
        least: how probable a stretch must be.
    """
    own = forms(exclude) if exclude is not None else ()

    def refused(candidate: Candidate[Window, Form]) -> bool:
        window = candidate.place
        if window.led + window.closed == 0.0 and candidate.alike < _LEAST_ALIKE_INSIDE:
            return True
        if len(window.words) == 1 and window.words[0] in _ANSWERS and _begins(turns, window):
            return True
        is_own = _best(window, own)[0] >= max(candidate.alike, _OWN_NAME)
        return is_own or _of_others(turns[window.turn], window)

    scored = [(probability(c.features), _kind(c.form), c) for c in candidates(turns, name)]
    return surest(scored, [_introduced(turn) for turn in turns], least, refused)


def _begins(turns: Sequence[Turn], window: Window) -> bool:
    """Whether a sentence begins here."""
    before = turns[window.turn].text[: window.start].rstrip()
    return not before or before[-1] in ".?!"


def candidates(turns: Sequence[Turn], name: KnownName) -> list[Candidate[Window, Form]]:
    """Every stretch that sounds somewhat like a form of the name, with its features."""
    wanted = forms(name)
    spelt = _own_words(name)
    near: list[tuple[Window, float, Form]] = []
    for window in windows(turns):
        if window.led + window.closed < _WELL_PLACED and any(w in spelt for w in window.words):
            continue  # the name as it is written, but not called: the rules have judged it
        alike, form = _best(window, wanted)
        titled = window.title in (*_TITLES, "miss", "mister")
        placed = window.led + window.closed >= _PLACED and len(window.phones) <= _LONG
        if form is not None and alike >= (
            _LEAST_ALIKE_TITLED if titled and placed else _LEAST_ALIKE
        ):
            near.append((window, alike, form))
    return [
        Candidate(window, alike, form, _features(window, alike, form, [n[0] for n in near]))
        for window, alike, form in near
    ]


@lru_cache(maxsize=256)
def forms(name: KnownName) -> tuple[Form, ...]:
    """The ways to call somebody of this name, as they are said."""
    wanted = wanted_parts(name)
    given, family = " ".join(wanted.given), " ".join(wanted.family)
    found = [Form("given", sayings(given))] if given else []
    found += [Form("nickname", sayings(short)) for short in wanted.nicknames]
    if len(wanted.given) > 1:
        found.append(Form("given", sayings(wanted.given[0])))
    if family:
        ways = sayings(family)
        found.append(Form("family", ways))
        titled = (phones(title) + way for title in _TITLES for way in ways)
        found.append(Form("title", tuple(titled)))
    if given and family:
        found.append(Form("full", sayings(f"{given} {family}")))
    return tuple(found)


def _own_words(name: KnownName) -> frozenset[str]:
    wanted = wanted_parts(name)
    given = wanted.given if len(wanted.given) == 1 else ()  # a syllable is no word
    return frozenset((*given, *wanted.family))


def _best(window: Window, wanted: Sequence[Form]) -> tuple[float, Form | None]:
    best: tuple[float, Form | None] = (0.0, wanted[0] if wanted else None)
    for form in wanted:
        if window.title and form.kind == "title":
            continue  # the title is no part of its phones
        ways = [way for way in form.ways if may_be_alike(way, window.phones)]
        alike = max((sound_likeness(way, window.phones) for way in ways), default=0.0)
        alike *= _NICKNAME if form.kind == "nickname" else 1.0
        if alike > best[0]:
            best = (alike, form)
    return best


def _kind(form: Form) -> NamedAs:
    return "given" if form.kind == "nickname" else form.kind


def _features(window: Window, alike: float, form: Form, near: Sequence[Window]) -> dict[str, float]:
    placed = window.led * window.closed
    titled = float(window.title in (*_TITLES, "miss", "mister"))
    again, elsewhere = _again(window, near)
    long = min(max(map(len, form.ways)), _LONG) / _LONG
    return {
        "alike": alike,
        "much alike": max(0.0, alike - 0.7),
        "led": window.led,
        "closed": window.closed,
        "placed": placed,
        "titled": titled,
        "alike, titled": alike * titled,
        "alike, long": alike * long,
        "alike, placed": alike * placed,
        "full": float(form.kind == "full"),
        "common": window.common,
        "doubt": 1.0 - window.probability,
        "again": min(again, 1.0),
        "and again": max(0.0, min(again, 3.0) - 1.0),
        "elsewhere": min(elsewhere, 2.0),
    }


def _again(window: Window, near: Sequence[Window]) -> tuple[float, float]:
    """How often the same sound stands where a name may, and how often elsewhere."""
    places: dict[tuple[int, int], bool] = {}
    for other in near:
        apart = other.turn != window.turn or other.end <= window.start or window.end <= other.start
        # "take care" is none of a Mrs. Kaur whose name was heard as "Kor" before.
        apart = apart and window.common - other.common < 1.0
        if apart and sound_likeness(other.phones, window.phones) >= _SAME_SOUND:
            key = (other.turn, other.start // 8)
            places[key] = places.get(key, False) or other.led + other.closed >= _PLACED
    return float(sum(places.values())), float(len(places) - sum(places.values()))


def probability(features: Mapping[str, float]) -> float:
    """The logistic model's probability that a stretch is a use of the name."""
    return logistic(features, _WEIGHTS, _BIAS)


def _introduced(turn: Turn) -> list[tuple[int, int]]:
    return [(found.start, found.end) for found in find_en(turn.text)]


def _of_others(turn: Turn, window: Window) -> bool:
    tokens = tokenise(turn.text)
    first = next(i for i, token in enumerate(tokens) if token.start >= window.start)
    last = max(i for i, token in enumerate(tokens) if token.end <= window.end)
    return third_person(tokens, first, last)
