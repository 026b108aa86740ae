"""English text as tokens that remember where they stood and how they were written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from qa_pipeline.language.text import expand_contraction, word_set

TITLES = word_set("mr mrs ms miss mister missus dr doctor prof professor sir madam mx")
FILLERS = word_set("mm-hm mhm mm-hmm uh-huh uh um uhm er erm ehm hmm hm mm ah")

_TOKEN = re.compile(r"[^\W_\u3400-\u9fff]+(?:['\u2019\-.][^\W_\u3400-\u9fff]+)*")
_BOUNDARY = re.compile(r"[,.!?;:\n\u2014\u2013()\u3001\u3002\uff0c\uff01\uff1f\u3400-\u9fff]| - ")
_ABBREVIATIONS = TITLES | {"st", "jr", "sr"}
_IS_AFTER = word_set("it that this what who where how when here there he she name everything")


@dataclass(frozen=True, slots=True)
class Token:
    """A word at characters ``[start, end)``.

    `norm` is lower case without a possessive ending; `boundary` says that punctuation (or a
    change of script) stands before it; `capital` is the case as written.
    """

    norm: str
    start: int
    end: int
    capital: bool
    boundary: bool
    possessive: bool = False


@lru_cache(maxsize=2048)
def tokenise(text: str) -> tuple[Token, ...]:
    """The words of `text`; contractions give several tokens with the same place.

    Example:
        >>> [t.norm for t in tokenise("I'm Mr. Brown's son")]
        ['i', 'am', 'mr', 'brown', 'son']
    """
    tokens: list[Token] = []
    previous_end = 0
    for match in _TOKEN.finditer(text):
        raw = match[0].replace("\u2019", "'")
        between = text[previous_end : match.start()]
        boundary = bool(_BOUNDARY.search(between)) or not tokens
        if boundary and tokens and between.strip() == ".":
            last = tokens[-1].norm
            # "Mr. Brown", "Daniel J. Brooks": the full stop belongs to the abbreviation.
            boundary = not (last in _ABBREVIATIONS or (len(last) == 1 and tokens[-1].capital))
        previous_end = match.end()
        lower = raw.lower()
        stem = lower.removesuffix("'s")
        possessive = stem != lower and stem not in _IS_AFTER and stem not in ("let", "name")
        parts = (
            [stem]
            if possessive
            else (
                ["name", "is"]
                if lower in ("name's", "names") and tokens and tokens[-1].norm == "my"
                else expand_token(lower).split()
            )
        )
        for number, part in enumerate(parts):
            tokens.append(
                Token(
                    part,
                    match.start(),
                    match.end(),
                    raw[0].isupper(),
                    boundary and number == 0,
                    possessive,
                )
            )
    return tuple(tokens)


def expand_token(lower: str) -> str:
    """A contraction spelled out; a name with an apostrophe or hyphen as it is."""
    if "'" in lower or lower in ("im", "youre", "youve", "thats", "whos"):
        expanded = expand_contraction(lower)
        return expanded if " " in expanded else lower.strip("'")
    return lower


def is_cased(text: str) -> bool:
    """Whether capitals mean anything: some words have them and not all letters are capitals."""
    return any(c.isupper() for c in text) and any(c.islower() for c in text)


def is_spelled(token: Token) -> bool:
    """Whether the token is a name spelled out, such as K-I-N-G."""
    return "-" in token.norm and all(len(part) == 1 for part in token.norm.split("-"))


def index_at(tokens: tuple[Token, ...], phrase: tuple[str, ...], at: int) -> bool:
    """Whether `phrase` stands at token `at`."""
    # Nearly always the first word already differs: this is asked for every word of a call.
    if 0 <= at < len(tokens) and tokens[at].norm != phrase[0]:
        return False
    return tuple(t.norm for t in tokens[at : at + len(phrase)]) == phrase
