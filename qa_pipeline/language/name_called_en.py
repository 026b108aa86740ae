"""Where an English speaker seems to call somebody, whatever the name is and however it was read.

A name that no record has, or that the customer's words do not tell, shows in what the agent says
to the customer: "thank you, Mr. Volgaerks", "lovely, Anika". The same sound in such places is a
name, and each of them a use of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.addresses import third_person
from qa_pipeline.language.introductions_en import find_en
from qa_pipeline.language.mentions_en_context import GOES_ON, LEADS, is_place, is_vocative
from qa_pipeline.language.name_reading import is_common, is_given, is_organisation
from qa_pipeline.language.name_sounds import phones, sound_likeness
from qa_pipeline.language.name_tokens import FILLERS, TITLES, Token, is_cased, is_spelled, tokenise
from qa_pipeline.language.text import word_set
from qa_pipeline.language.timing import time_of

SAME_NAME = 0.8  # of `sound_likeness`
_SAME_TITLED = 0.6  # behind a title little more is needed: Volgaerks, Vagniac
_WOMEN, MEN = word_set("mrs ms miss missus"), word_set("mr mister")
# Called so, but no names.
_NO_NAMES = word_set(
    "sir madam maam ma'am mate love dear darling honey sweetheart buddy pal folks guys hun duck "
    "darl cobber bro dude boss chief gov guv doc indeed though anyway actually obviously basically"
)
# What a name between these and a comma is the object of, not called by.
_GOVERNS = word_set(
    "to with and is am are was be by from of for my a an the or in on at your our his her their "
    "this that these as named called name not's via into near than like about mr mrs ms miss dr"
)
_SAID_OF = word_set("by ask from tell contact with to via the a our see")
_SPOKEN_TO = word_set("speaking talking welcome")
_MISSED = word_set("it that this these those them him her you us out anything nothing something")
_LEAST_LETTERS = 3


class Call(NamedTuple):
    """A word in a place where somebody is called.

    `turn` indexes the searched turns and ``[start, end)`` are characters of its text, the title
    included; `title` is empty where none stands before the name.
    """

    turn: int
    start: int
    end: int
    start_ms: int
    end_ms: int
    text: str
    name: str
    sound: str
    title: str

    @property
    def listed(self) -> bool:
        """Whether it is a first name of the list."""
        return is_given(self.name) and not is_common(self.name)

    def is_like(self, other: Call) -> bool:
        """Whether both may be the same name: alike in sound, and of no two kinds of title."""
        kinds = {t in _WOMEN for t in (self.title, other.title) if t}
        least = _SAME_TITLED if self.title and other.title else SAME_NAME
        return len(kinds) < 2 and sound_likeness(self.sound, other.sound) >= least


def calls_en(turns: Sequence[Turn]) -> list[Call]:
    """Every place in the turns where somebody seems to be called, in order.

    Example:
        >>> from qa_pipeline.domain.recording import Role
        >>> turn = Turn(Role.AGENT, 0, 900, "Sorry, Mr. Volgaerks. The frame is too low, Anika.")
        >>> [call.text for call in calls_en([turn])]
        ['Mr. Volgaerks', 'Anika']
    """
    found: list[Call] = []
    for index, turn in enumerate(turns):
        tokens = tokenise(turn.text)
        cased = is_cased(turn.text)
        own = [(f.start, f.end) for f in find_en(turn.text)]
        for first, last in _places(turn.text, tokens, cased):
            start, end = tokens[first].start, tokens[last].end
            if any(s < end and start < e for s, e in own) or third_person(tokens, first, last):
                continue
            start_ms, end_ms = time_of(turn, start, end)
            name = tokens[last].norm
            title = tokens[first].norm if first < last else ""
            found.append(
                Call(index, start, end, start_ms, end_ms, turn.text[start:end], name, phones(name),
                     title)
            )  # fmt: skip
    return found


def names_perhaps_en(turns: Sequence[Turn]) -> int:
    """How many words of the turns may be a name, wherever they stand; an upper bound for calls.

    Capitals inside a text of both cases, titles, and what stands where somebody is called; without
    the speakers' introductions.
    """
    count = 0
    called = {(call.turn, call.end) for call in calls_en(turns)}
    for index, turn in enumerate(turns):
        tokens = tokenise(turn.text)
        cased = is_cased(turn.text)
        own = [(f.start, f.end) for f in find_en(turn.text)]
        for at, token in enumerate(tokens):
            titled = at > 0 and tokens[at - 1].norm in _WOMEN | MEN
            plain = is_common(token.norm) or is_organisation(token.norm) or is_spelled(token)
            named = cased and token.capital and not plain and len(token.norm) >= _LEAST_LETTERS
            inside = any(s < token.end and token.start < e for s, e in own)
            count += (titled or named or (index, token.end) in called) and not inside
    return count


def _places(text: str, tokens: tuple[Token, ...], cased: bool) -> Iterator[tuple[int, int]]:
    for at in range(len(tokens)):
        if tokens[at].norm in _WOMEN | MEN:
            if _is_titled(tokens, at, cased):
                yield at, at + 1
        elif at and tokens[at - 1].norm not in TITLES and _is_called(text, tokens, at, cased):
            yield at, at


def _is_titled(tokens: tuple[Token, ...], at: int, cased: bool) -> bool:
    if at + 1 >= len(tokens):
        return False
    name = tokens[at + 1]
    if name.boundary or name.possessive or name.norm in TITLES or is_spelled(name):
        return False
    after = tokens[at + 2] if at + 2 < len(tokens) else None
    if cased and not name.capital:
        # "It's on your plan, miss winners." of a Ms. Quinlan
        alone = tokens[at].boundary and (after is None or after.boundary)
        return alone and name.norm not in _MISSED
    before = [t.norm for t in tokens[max(0, at - 2) : at]]
    noted = before == ["i", "see"]  # "I see, Mr. Brown"
    if before and before[-1] in _SAID_OF and not noted and not any(w in _SPOKEN_TO for w in before):
        return False
    led = noted or tokens[at].boundary or (before and before[-1] in LEADS)
    return bool(led) or after is None or after.boundary or after.norm in GOES_ON


def _is_called(text: str, tokens: tuple[Token, ...], at: int, cased: bool) -> bool:
    """Whether the word at `at`, which closes a clause, stands where somebody is called."""
    token, before = tokens[at], tokens[at - 1]
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    if (after is not None and not after.boundary) or not _may_be_name(token):
        return False
    comma = not token.boundary or text[before.end : token.start].strip() == ","
    led = comma and before.norm in LEADS
    if led or (is_given(token.norm) and is_vocative(tokens, at, at, cased=cased)):
        return True
    # "The frame is too low, Anika." "You can't Anika, two hours."
    governed = before.norm in _GOVERNS or before.capital
    placed = comma if token.boundary else not governed
    place = is_place(tokens, at, titled=False, family_last=True)
    return cased and token.capital and placed and not place


def _may_be_name(token: Token) -> bool:
    plain = is_common(token.norm) or is_organisation(token.norm) or is_spelled(token)
    no_name = token.norm in FILLERS | TITLES | _NO_NAMES or token.possessive
    return not (plain or no_name) and len(token.norm) >= _LEAST_LETTERS
