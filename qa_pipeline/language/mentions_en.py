"""Uses of a name in English text."""

from __future__ import annotations

import re
from typing import NamedTuple

from qa_pipeline.domain.conversation import KnownName
from qa_pipeline.language import name_lists
from qa_pipeline.language.addresses import third_person
from qa_pipeline.language.introductions_en import find_en
from qa_pipeline.language.mentions_en_context import (
    is_led,
    is_place,
    is_vocative,
    maybe_vocative,
    other_family_follows,
    other_given_precedes,
)
from qa_pipeline.language.mentions_en_parts import (
    ALONE,
    NICKNAME,
    SUPPORTED,
    Form,
    Reading,
    Wanted,
    alike,
    readings,
    wanted_parts,
)
from qa_pipeline.language.name_reading import is_common, is_given, is_surname
from qa_pipeline.language.name_tokens import TITLES, Token, is_cased, tokenise
from qa_pipeline.language.name_types import UNHEARD, FoundName

_ANOTHER_LISTED = 0.85  # a different listed name must sound more alike than an unknown word
_ANOTHER_TITLED = 0.76  # behind a title: Braun .8 is Brown, Harrison .75 may not be Harris
_UNLISTED_FAMILY = 0.9
_OF_OTHERS = ("the", "our", "a")  # "the Dr. Stone that you saw"
_OF_ONESELF = re.compile(r"\b(?:this is|i'?m|i am|here is|here's)\W*$", re.IGNORECASE)
_PERSON_TITLES = frozenset(("mr", "mrs", "ms", "mister"))


class Use(NamedTuple):
    """A use at characters ``[start, end)``; `certain` is False where it may be something else."""

    start: int
    end: int
    form: Form
    score: float
    certain: bool = True


def find_uses_en(text: str, name: KnownName, exclude: KnownName | None) -> list[Use]:
    """Uses of `name` in English text, ordered; see `mentions.find_mentions`."""
    wanted = wanted_parts(name)
    own = wanted_parts(exclude) if exclude is not None else Wanted((), ())
    tokens = tokenise(text)
    cased = is_cased(text)
    introduced = [(f.start, f.end) for f in find_en(text) if _is_own(text, f, wanted, own)]
    uses: list[Use] = []
    position = 0
    while position < len(tokens):
        use, used = _use_at(tokens, position, wanted, own, cased)
        if use is not None and not any(s < use.end and use.start < e for s, e in introduced):
            uses.append(use)
        position += max(used, 1)
    return uses


def _is_own(text: str, found: FoundName, wanted: Wanted, own: Wanted) -> bool:
    """Whether an introduction is the speaker's own.

    "This is Patricia" said by the agent is no use even if the customer is a Patricia; but "this
    is Patricia Brown, is that right" is one unless the agent is a Patricia Brown too, and "it is
    Patricia" of an agent who is known to be a Michael ("it is, Patricia").
    """
    given, family = found.given, found.family
    plain = not found.strong and not _OF_ONESELF.search(text[: found.start])
    if given and not family and plain and own.given:
        first = (given.split()[0],)
        another = alike(first, own.given[:1]) < SUPPORTED
        return not (another and alike(first, wanted.given[:1]) >= ALONE)
    if not (given and family):
        return True
    first, last = (given.split()[0],), tuple(family.split())
    of_customer = alike(first, wanted.given[:1]) >= ALONE and alike(last, wanted.family) >= ALONE
    own_family = bool(own.family) and alike(last, own.family) >= ALONE
    return not of_customer or own_family


def _use_at(
    tokens: tuple[Token, ...], at: int, wanted: Wanted, own: Wanted, cased: bool
) -> tuple[Use | None, int]:
    """A use that begins at token `at`, and how many tokens it covers."""
    titled = tokens[at].norm in TITLES
    start = at + 1 if titled else at
    if titled and at > 0 and tokens[at - 1].norm in _OF_OTHERS:
        return None, 2
    if start >= len(tokens) or (titled and tokens[start].boundary):
        return _unheard(tokens, at, cased), 1
    for reading in readings(tokens, start, wanted, titled):
        form, size, score = reading
        last = start + size - 1
        certain: bool | None = True
        if form == "title":
            certain = _title_is_certain(tokens[start].norm, score, wanted)
        elif form in ("given", "family"):
            certain = _certain_alone(tokens, start, reading, (wanted, own), cased)
        if certain is None:
            continue
        place = is_place(tokens, last, titled=titled, family_last=form == "family")
        if third_person(tokens, at, last) or place:
            return None, last - at + 1
        return Use(tokens[at].start, tokens[last].end, form, score, certain), last - at + 1
    return _unheard(tokens, at, cased), 1


def _title_is_certain(word: str, score: float, wanted: Wanted) -> bool:
    """Whether what stands behind a title is the name, and not another listed one."""
    another = is_surname(word) and (word,) != wanted.family
    return score >= (_ANOTHER_TITLED if another and score < 1.0 else SUPPORTED)


def _unheard(tokens: tuple[Token, ...], at: int, cased: bool) -> Use | None:
    """A title and then a word that is no name: "thank you mr just", as a recogniser writes it."""
    if tokens[at].norm not in _PERSON_TITLES or at + 1 >= len(tokens):
        return None
    following = tokens[at + 1]
    named = cased and following.capital and is_surname(following.norm)
    if not is_common(following.norm) or named or third_person(tokens, at, at + 1):
        return None
    return Use(tokens[at].start, following.end, "title", UNHEARD, False)


def _certain_alone(
    tokens: tuple[Token, ...],
    first: int,
    reading: Reading,
    names: tuple[Wanted, Wanted],
    cased: bool,
) -> bool | None:
    """Whether one part of the name, without a title, is a use; None if it is none.

    Args:
        tokens: the text's words.
        first: where the part begins.
        reading: which part it is and how alike it sounds.
        names: the name looked for, and the speaker's own.
        cased: capitals mean something in this text.
    """
    form, size, score = reading
    wanted, own = names
    last, word = first + size - 1, tokens[first].norm
    own_rather = form == "given" and score < NICKNAME and alike((word,), own.given) > score
    if own_rather or _other_person(tokens, (first, last), form, wanted, cased):
        return None
    if cased and not tokens[first].capital:
        # "let's get that going giant." of a customer whose name was heard as Giant
        closed = last + 1 >= len(tokens) or tokens[last + 1].boundary
        heard_so = form == "given" and score == 1.0 and not is_given(word)
        return False if closed and heard_so else None
    called = is_vocative(tokens, first, last, cased=cased)
    if word in name_lists.words("en_word_names") or is_common(word):
        inside = cased and form == "given" and not tokens[first].boundary and not is_common(word)
        if called or (inside and score >= ALONE):
            return True
        return False if score >= NICKNAME and maybe_vocative(tokens, first) else None
    if form == "given" and word in wanted.nicknames and not called:
        return is_led(tokens, first)  # "you'd like Kate" of a Catherine is "eight" as often
    return _certain_by_sound(word, reading, wanted, called=called)


def _certain_by_sound(word: str, reading: Reading, wanted: Wanted, *, called: bool) -> bool | None:
    """Like `_certain_alone`, of a word that has no other meaning."""
    form, _, score = reading
    parts = wanted.given[:1] + wanted.nicknames if form == "given" else wanted.family
    another = (is_given(word) if form == "given" else is_surname(word)) and word not in parts
    if another and score < _ANOTHER_LISTED:
        return False if called and score >= SUPPORTED else None
    if form == "family" and not (is_surname(word) or score >= _UNLISTED_FAMILY or called):
        return None
    if score >= ALONE or (called and score >= SUPPORTED):
        return True
    return False if called else None


def _other_person(
    tokens: tuple[Token, ...], place: tuple[int, int], form: Form, wanted: Wanted, cased: bool
) -> bool:
    """Whether the other part of the name beside this one is somebody else's.

    "Patricia Miller" is somebody else when the customer is Patricia Brown.
    """
    first, last = place
    if form == "given":
        following = other_family_follows(tokens, last, cased=cased)
        return (
            following is not None
            and bool(wanted.family)
            and alike((following.norm,), wanted.family) < SUPPORTED
        )
    return form == "family" and bool(wanted.given) and other_given_precedes(tokens, first)
