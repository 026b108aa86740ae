"""Full names that hold a known family name."""

from __future__ import annotations

import re

from qa_pipeline.language.addresses import (
    ADDRESS_TITLES,
    AFTER_FULL,
    BEFORE_FULL,
    THIRD_PERSON_BEFORE,
    third_person,
)
from qa_pipeline.language.introductions_zh_patterns import dictionary_words, no_name
from qa_pipeline.language.name_reading import is_common, is_given
from qa_pipeline.language.name_tokens import TITLES, is_cased, tokenise
from qa_pipeline.language.phonetics import sounds_alike_en
from qa_pipeline.language.text import is_han, to_simplified

_SAME_FAMILY = 0.75


def full_names_of(text: str, family: str, language: str) -> list[str]:
    """Given names that stand with a known family name: Aisha in "so that's Aisha Reilly".

    Mandarin names need a title, or clause borders on both sides: a surname is often the first
    character of a word.

    Example:
        >>> full_names_of("okay aisha reilly got it", "Reilly", "en")
        ['aisha']
        >>> full_names_of("好的,白小雪,请稍等,白天打给您", "白", "zh")
        ['小雪']
    """
    if language == "zh" and is_han(family[:1]):
        return [given for _, _, given in _full_names_zh(text, family)]
    tokens = tokenise(text)
    wanted = tuple(t.norm for t in tokenise(family))
    found = []
    for at in range(1, len(tokens)):
        given = tokens[at - 1]
        if tokens[at].boundary or is_common(given.norm) or given.norm in TITLES:
            continue
        said = "".join(t.norm for t in tokens[at : at + len(wanted)])
        last = at + len(wanted) - 1
        if sounds_alike_en(said, "".join(wanted)) < _SAME_FAMILY:
            continue
        named = is_given(given.norm) or (is_cased(text) and given.capital)
        if named and last < len(tokens) and not third_person(tokens, at - 1, last):
            found.append(given.norm)
    return found


def _full_names_zh(text: str, family: str) -> list[tuple[int, int, str]]:
    """Where a surname with one or two more characters is a full name, as (start, end, given)."""
    plain = to_simplified(text)
    found: list[tuple[int, int, str]] = []
    for match in re.finditer(re.escape(to_simplified(family)), plain):
        start, after = match.span()
        if found and start < found[-1][1]:
            continue
        for size in (2, 1):
            given = plain[after : after + size]
            end = after + size
            if len(given) < size or not all(is_han(c) for c in given):
                continue
            title = re.match(ADDRESS_TITLES, plain[end:])
            bordered = BEFORE_FULL.search(plain[:start]) and AFTER_FULL.match(plain[end:])
            if re.match(ADDRESS_TITLES, plain[after:]) or plain[start:end] in dictionary_words():
                continue
            if no_name().match(plain[start:]) or THIRD_PERSON_BEFORE.search(plain[:start]):
                continue
            if title or (bordered and given[-1] not in "您你我请吗的是了"):
                found.append((start, title.end() + end if title else end, given))
                break
    return found
