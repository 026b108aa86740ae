"""Names that an agent tells in an English opening without any formula.

Only for openings, and only where capitals tell: "Hello, Housing, Yusuf Abdi."
"""

from __future__ import annotations

import re

from qa_pipeline.language import name_lists
from qa_pipeline.language.name_parts import PARTICLES
from qa_pipeline.language.name_reading import (
    is_common,
    is_given,
    is_organisation,
    is_surname,
    read_name,
)
from qa_pipeline.language.name_tokens import Token, is_cased, tokenise
from qa_pipeline.language.name_types import FoundName

_GREETS = re.compile(
    r"\b(?:hello|hi|hey|hiya|g'?day|good|morning|afternoon|evening|thanks?|welcome)\b", re.I
)
# "Ernest Jones, jewellers": a trade in the plural makes a firm of the name before it.
_TRADE = re.compile(r"(?:(?:er|or|ist|ian|agent|ney|wright|smith)s|'s|bar|jeweler|inn|pub|cafe)$")


def told_in_opening_en(text: str) -> list[FoundName]:
    """Full names that are a whole clause beside the company or department.

    Example:
        >>> [f.text for f in told_in_opening_en("Hello, Housing, Yusuf Abdi.")]
        ['Yusuf Abdi']
    """
    found = []
    place = 0
    for line in text.split("\n"):
        found += [_moved(name, place) for name in _in_line(line)]
        place += len(line) + 1
    return found


def _moved(name: FoundName, by: int) -> FoundName:
    return FoundName(
        name.text, name.start + by, name.end + by, name.kind, name.family, name.given, None,
        name.confidence, strong=False,
    )  # fmt: skip


def _in_line(text: str) -> list[FoundName]:
    if not is_cased(text) or _GREETS.search(text) is None:
        return []
    clauses = _clauses(text)
    found = []
    for at, clause in enumerate(clauses):
        if not _is_person(clause) or not _has_place(clauses, at):
            continue
        if _is_first(clauses, at) and not _is_surely_person(clause):
            continue
        read = read_name(clause, 0, strong=True, cased=True)
        if read is None or read.kind != "full" or read.last != len(clause) - 1:
            continue
        start, end = clause[0].start, clause[-1].end
        if text[end:].lstrip().startswith("?"):  # the customer is asked for
            continue
        sure = 0.75 if is_given(clause[0].norm) else 0.65
        found.append(
            FoundName(text[start:end], start, end, "full", read.family, read.given, None, sure)
        )
    return found


def _clauses(text: str) -> list[tuple[Token, ...]]:
    clauses: list[tuple[Token, ...]] = []
    for token in tokenise(text):
        if token.boundary or not clauses:
            clauses.append((token,))
        else:
            clauses[-1] = (*clauses[-1], token)
    return clauses


def _is_person(clause: tuple[Token, ...]) -> bool:
    """Whether two or three capitalised words read as a person and not as a firm."""
    words = [t for t in clause if t.norm not in PARTICLES]
    if not 2 <= len(words) <= 3 or not all(t.capital and len(t.norm) > 1 for t in words):
        return False
    if f"{words[0].norm} {words[1].norm}" in name_lists.lines("en_brand_names"):
        return False
    firm = any(is_organisation(t.norm) or t.possessive for t in words)
    if firm or _TRADE.search(words[-1].norm):
        return is_given(words[0].norm) and is_surname(words[-1].norm)
    first, last = words[0].norm, words[-1].norm
    if is_given(first):
        return not is_common(last) or is_surname(last)
    return not is_common(first) and is_surname(last) and not is_common(last)


def _is_first(clauses: list[tuple[Token, ...]], at: int) -> bool:
    """Whether nothing but greetings stands before: there companies are told, too."""
    return all(_GREETS.match(clause[0].norm) and len(clause) <= 3 for clause in clauses[:at])


def _is_surely_person(clause: tuple[Token, ...]) -> bool:
    """Whether it cannot well be a firm: "Terence Goodfellow", but not "Baker Hughes"."""
    first, last = clause[0].norm, clause[-1].norm
    places = name_lists.words("en_word_names")
    return is_given(first) and not {first, last} & places


def _has_place(clauses: list[tuple[Token, ...]], at: int) -> bool:
    """Whether another clause tells where the call was answered, and no trade follows the name."""
    if at + 1 < len(clauses) and _TRADE.search(clauses[at + 1][-1].norm):
        return False
    others = [c for i, c in enumerate(clauses) if i != at]
    return any(
        any(is_organisation(t.norm) for t in c)
        or (c[0].capital and not is_common(c[0].norm) and not _GREETS.match(c[0].norm))
        for c in others
    )


def unexplained_in_opening_en(text: str) -> bool:
    """Whether two capitalised words that are no known ones stand alone in a clause."""
    if not is_cased(text):
        return False
    return any(
        len(clause) == 2
        and all(t.capital and not is_common(t.norm) and not is_organisation(t.norm) for t in clause)
        and not _GREETS.match(clause[0].norm)
        for clause in _clauses(text)
    )
