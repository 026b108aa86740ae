"""Names that stand before their formula: "Daniel Brooks speaking", "Aoife Brennan is my name"."""

from __future__ import annotations

from qa_pipeline.language.name_reading import (
    RANKS,
    NameRead,
    is_common,
    is_given,
    is_organisation,
    is_surname,
    looks_like_name,
    read_name,
)
from qa_pipeline.language.name_tokens import TITLES, Token, index_at
from qa_pipeline.language.text import word_set

GREETED_WITH = word_set(
    "there hello hi hey morning afternoon evening day welcome calling greetings"
)


_NEVER_FIRST = word_set(
    "the a an my your his her our their its that this what where when who how there here it he she "
    "and so but or if no not yes in on at of to for from with as is was are"
)
# "Rohan answering for her", "Priya looking after you today".
_ANSWERS = word_set("answering covering")
_ANSWERS_AFTER = word_set("for your the you")


def name_before_formula(tokens: tuple[Token, ...], at: int, cased: bool) -> NameRead | None:
    """The name before "speaking", "here", "on the line", "at your service", "is my name".

    Args:
        tokens: the text's words.
        at: where such a formula may begin.
        cased: capitals mean something in this text.

    Returns:
        The name that ends right before `at`, or None.
    """
    if index_at(tokens, ("the", "name"), at):
        return _is_the_name(tokens, at, cased)
    is_speaking, is_near = _formula(tokens, at)
    if not (is_speaking or is_near):
        return None
    asked = frozenset(("is", "was", "are", "if", "not"))  # "is patricia here"
    for size in (4, 3, 2, 1):
        first = at - size
        if first < 0 or any(tokens[k].boundary for k in range(first + 1, at)):
            continue
        if not _may_start(tokens, first, size, is_speaking, cased):
            continue
        if (
            first > 0
            and not is_speaking
            and tokens[first - 1].norm
            in asked - {"is" if first > 1 and tokens[first - 2].norm in ("this", "it") else ""}
        ):
            continue
        read = read_name(tokens[:at], first, strong=is_speaking, cased=cased)
        if read is not None and read.last == at - 1 and read.first - first <= 1:
            return read
    return None


def _is_the_name(tokens: tuple[Token, ...], at: int, cased: bool) -> NameRead | None:
    """What a sentence begins with before "the name" at `at`, as in "Jian Chen's the name".

    Whatever words the recogniser made of it: "Giant chins the name".
    """
    ends = at + 2 >= len(tokens) or tokens[at + 2].boundary
    first = next(k for k in range(at, -1, -1) if tokens[k].boundary or k == 0)
    row = tokens[first:at]
    if not ends or len(row) != 2 or any(token.start == row[0].start for token in row[1:]):
        return None
    given, family = row
    named = given.norm not in _NEVER_FIRST and (given.capital or not cased)
    named = named and not is_common(family.norm)
    if not named or not (family.possessive or family.norm.endswith("s")):
        return None
    last = family.norm if family.possessive else family.norm[:-1]
    return NameRead(first, at - 1, "full", last, given.norm, 0.6) if last else None


def _may_start(
    tokens: tuple[Token, ...], first: int, size: int, is_speaking: bool, cased: bool
) -> bool:
    """Whether a name may begin at `first`, `size` words before "speaking"."""
    word = tokens[first].norm
    if word in TITLES | RANKS:
        return True
    following = tokens[first + 1]
    greeted = first > 0 and tokens[first - 1].norm in GREETED_WITH
    if size == 2 and cased and (tokens[first].boundary or greeted):
        # "Kiwi Couriers, Aroha Ngata here": where a name belongs, two words that are none known.
        pair = (tokens[first], following)
        if all(t.capital and not _is_known_word(t.norm) for t in pair):
            return True
    if size > 1 and is_given(word) and looks_like_name(following.norm):
        return not cased or (tokens[first].capital and following.capital)
    if size > 1:
        return looks_like_name(word) or (
            is_speaking
            and not is_common(word)
            and not is_organisation(word)
            and (tokens[first].boundary or (first > 0 and is_common(tokens[first - 1].norm)))
            and is_surname(tokens[first + size - 1].norm)
        )
    if looks_like_name(word):
        return True
    plain = not is_common(word) and not is_organisation(word)
    return plain and (is_speaking or (cased and tokens[first].capital and tokens[first].boundary))


def _is_known_word(word: str) -> bool:
    return is_common(word) or is_organisation(word) or word in GREETED_WITH


def _formula(tokens: tuple[Token, ...], at: int) -> tuple[bool, bool]:
    """Whether at `at` stands what only follows a name, and what may follow one."""
    following = tokens[at + 1].norm if at + 1 < len(tokens) else ""
    word = tokens[at].norm
    is_speaking = word == "speaking" and following not in ("with", "to", "of", "about", "as")
    is_here = (
        (word == "here" and following not in ("is", "are", "to", "for", "at"))
        or (
            word == "here"
            and following in ("to", "at", "for")
            and (is_given(tokens[at - 1].norm) or is_surname(tokens[at - 1].norm))
        )
        or (word == "this" and following == "side")
        or (word in _ANSWERS and following in _ANSWERS_AFTER)
    )
    on_line = word == "on" and following == "the" and index_at(tokens, ("line",), at + 2)
    at_service = word == "at" and index_at(tokens, ("your", "service"), at + 1)
    is_my_name = (
        word == "is"
        and following in ("my", "the")
        and index_at(tokens, ("name",), at + 2)
        and not tokens[at - 1].boundary
    ) or (word == "is" and index_at(tokens, ("my", "name"), at + 1))
    return is_speaking or is_my_name, is_here or on_line or at_service
