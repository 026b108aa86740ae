"""English answers to "may I have your name?", and full names that callers give unasked."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa_pipeline.language import name_lists
from qa_pipeline.language.introductions_en import find_en
from qa_pipeline.language.name_reading import (
    is_common,
    is_given,
    is_organisation,
    is_surname,
    looks_like_name,
    read_name,
)
from qa_pipeline.language.name_tokens import FILLERS, Token, is_cased, tokenise
from qa_pipeline.language.name_types import FoundName
from qa_pipeline.language.text import word_set

ASKS_NAME = re.compile(
    r"\byour (?:full |first |last |first and last )?(?:name|surname)\b|who(?:m)? (?:am i|i am|i'm) "
    r"(?:speaking|talking)|who(?:'s| is) (?:it|calling|this|speaking|there)"
    r"|\bname(?:'?s| is)? (?:please|on\b|under\b|for the|(?:is )?the)"
    r"|\b(?:what|what's the|whose|which) names?\b|who(?:m)? (?:have|do|did) (?:i|we)\b|a name for"
    r"|spell (?:that|it|your)|how (?:should|may|do) i (?:address|call)",
    re.IGNORECASE,
)
_LEAD_EN = word_set(
    "yes yeah yep sure of course okay ok it is it's that would be my the name well so this i am "
    "surname first last and oh hi hello course certainly absolutely no problem under for that's "
    "should not sorry actually nope myself mine in will it'll that'll be mm-hm mhm have you here"
)
_ANSWER_CLAUSES = 3  # a name comes early in an answer
# Somebody else's name may stand alone too: "my daughter, Alice Moran".
_RELATED = word_set(
    "daughter son wife husband mother father mum mom dad partner sister brother friend boss "
    "colleague manager assistant lady guy man girl called named doctor agent technician driver"
)


def answer_en(text: str) -> FoundName | None:
    """The name in an answer to a question for it.

    Example:
        >>> answer_en("should be Sean Peterson, or it might be under my partner's").family
        'peterson'
        >>> answer_en("oh sorry, yeah, Hector Castillo, I'm his guardian").given
        'hector'
    """
    introduced = [f for f in find_en(text) if f.kind != "staff_number"]
    answer = introduced[0] if introduced else _answer(text)
    return answer if answer is not None and answer.is_full else _in_parts(text, answer) or answer


def _in_parts(text: str, heard: FoundName | None) -> FoundName | None:
    """From "first name Mark, last name is King", "it's Mark, and the surname is King"."""
    tokens = tokenise(text)
    cased = is_cased(text)
    parts: dict[str, str] = {}
    for at, token in enumerate(tokens):
        before = tokens[at - 1].norm if at else ""
        is_family = token.norm == "surname" or (
            token.norm == "name" and before in ("last", "family")
        )
        if not is_family and not (token.norm == "name" and before == "first"):
            continue
        start = at + 1
        while start < len(tokens) and tokens[start].norm in ("is", "it", "it's", "would", "be"):
            start += 1
        read = read_name(tokens, start, strong=True, cased=cased)
        if read is not None and read.kind != "full":
            parts["family" if is_family else "given"] = read.family or read.given or ""
    given = parts.get("given") or (heard.given if heard else None)
    if given is None:
        first = _answer(re.split(r"\b(?:last|family|surname)\b", text, flags=re.IGNORECASE)[0])
        given = (first.given or first.family) if first and not first.is_full else None
    family = parts.get("family")
    if not family or not given or given == family:
        return None
    return FoundName(text, 0, len(text), "full", family, given, None, 0.8)


def _answer(text: str) -> FoundName | None:
    tokens = tokenise(text)
    clauses = [at for at, token in enumerate(tokens) if token.boundary]
    for clause in [0, *(at for at in clauses if at)][:_ANSWER_CLAUSES]:
        at = clause
        while at < len(tokens) and tokens[at].norm in _LEAD_EN | FILLERS:
            at += 1
        found = _read_answer(text, tokens, at)
        if found is not None and not _of_another(tokens, clause):
            return found
    return None


def _read_answer(text: str, tokens: tuple[Token, ...], at: int) -> FoundName | None:
    """The name that an answer has at token `at`."""
    read = read_name(tokens, at, strong=True, cased=is_cased(text))
    if read is None or is_organisation(tokens[at].norm):
        return None
    words = [t.norm for t in tokens[read.first : read.last + 1]]
    if any(len(word) == 1 for word in (words[0], words[-1])):
        return None  # spelled out
    alone = read.last + 1 >= len(tokens) or tokens[read.last + 1].boundary
    listed = any(is_given(w) or is_surname(w) for w in words)
    if not listed and not alone and len(tokens) - at > 3:
        return None
    start, end = tokens[read.first].start, tokens[read.last].end
    return FoundName(
        text[start:end], start, end, read.kind, read.family, read.given, None,
        min(read.confidence, 0.85),
    )  # fmt: skip


def alone_en(text: str) -> FoundName | None:
    """A full name that is a clause of its own: "I have, yeah. Deepa Patel, I was in last year."."""
    tokens = tokenise(text)
    cased = is_cased(text)
    for clause, token in enumerate(tokens):
        at = clause
        while at < len(tokens) and tokens[at].norm in _LEAD_EN | FILLERS:
            at += 1
        if not token.boundary or at + 1 >= len(tokens) or tokens[at + 1].boundary:
            continue
        read = read_name(tokens, at, strong=False, cased=cased)
        if read is None or read.kind != "full" or read.first != at:
            continue
        words = [t.norm for t in tokens[at : read.last + 1]]
        alone = read.last + 1 >= len(tokens) or tokens[read.last + 1].boundary
        listed = all(looks_like_name(w) for w in (words[0], words[-1])) or _is_pinyin_name(words)
        if alone and listed and not _of_another(tokens, clause):
            start, end = tokens[at].start, tokens[read.last].end
            return FoundName(
                text[start:end], start, end, "full", read.family, read.given, None, 0.7
            )
    return None


def _of_another(tokens: tuple[Token, ...], clause: int) -> bool:
    """Whether the words before a clause announce somebody else."""
    return any(token.norm in _RELATED for token in tokens[max(0, clause - 4) : clause])


def _is_pinyin_name(words: Sequence[str]) -> bool:
    ranks = name_lists.pinyin_surname_ranks()
    pinyin = all(name_lists.is_pinyin(w) and not is_common(w) for w in words)
    return pinyin and (words[0] in ranks or words[-1] in ranks)
