"""Reads an English name off a row of tokens: how far it goes and what its parts are.

Lower-case transcripts give no capitals, so lists of names and of words that are none decide, and
where both are silent the place of the word does.
"""

from __future__ import annotations

from dataclasses import dataclass

from qa_pipeline.language import name_lists
from qa_pipeline.language.name_parts import PARTICLES, parse_name
from qa_pipeline.language.name_tokens import FILLERS, TITLES, Token, is_spelled
from qa_pipeline.language.name_types import NameKind
from qa_pipeline.language.text import word_set

# What begins the next sentence after a name in an opening.
OPENERS = word_set(
    "how may can could what i thank thanks and from with speaking here calling who is welcome at "
    "please in on your good we to for hello hi so where this uh um it"
)
# Second given names: "mary ann" is no full name.
_DOUBLE_GIVEN = word_set(
    "ann anne jo mae marie may jane beth sue lou kate luis carlos jose maria antonio elena pablo "
    "paul angel isabel fernando manuel eduardo alberto grace louise ellen lynn"
)
# Like titles they stand before a surname: "Constable Reeves".
RANKS = word_set(
    "constable sergeant inspector officer captain lieutenant corporal detective reverend rev nurse "
    "sister pastor"
)
_EPITHETS = word_set("big wee uncle auntie aunty lil")
_BAD_BIGRAMS = frozenset(
    {
        ("may", "i"), ("may", "we"), ("will", "you"), ("will", "be"), ("will", "help"),
        ("good", "morning"), ("good", "afternoon"), ("good", "evening"), ("good", "day"),
        ("will", "we"), ("price", "plans"), ("love", "to"), ("long", "time"), ("so", "how"),
        ("day", "to"), ("best", "way"),
    }
)  # fmt: skip
# Departments may follow a person ("daniel brooks customer service"); other words of the list
# mark a company or a place ("harper valley national bank").
_DEPARTMENTS = word_set(
    "customer technical sales support service services billing accounts claims reservations help "
    "helpdesk reception orders collections relations complaints care returns bookings"
)


@dataclass(frozen=True, slots=True)
class NameRead:
    """A name on tokens ``[first, last]``, both included."""

    first: int
    last: int
    kind: NameKind
    family: str | None
    given: str | None
    confidence: float


def is_given(word: str) -> bool:
    """Whether the word is on the list of given names."""
    given = name_lists.words("en_given")
    return word in given or ("-" in word and all(p in given for p in word.split("-")))


def is_surname(word: str) -> bool:
    """Whether the word is on the list of surnames, also as one of double-barrelled ones."""
    surnames = name_lists.words("en_surnames")
    plain = word.replace("'", "")
    return plain in surnames or ("-" in word and all(p in surnames for p in word.split("-")))


def is_common(word: str) -> bool:
    """Whether the word has a meaning of its own in calls, or is no word (a number)."""
    return word in name_lists.words("en_common") or not word[:1].isalpha()


def is_organisation(word: str) -> bool:
    """Whether the word marks a company, a department or a place."""
    return word in name_lists.words("en_organisation")


def looks_like_name(word: str) -> bool:
    """Whether the word alone, without its place, is taken for a name."""
    return (is_given(word) or is_surname(word)) and not is_common(word)


def _pinyin_pair(first: str, second: str) -> bool:
    ranks = name_lists.pinyin_surname_ranks()
    if not (name_lists.is_pinyin(first) and name_lists.is_pinyin(second)):
        return False
    return (first in ranks or second in ranks) and not (is_common(first) or is_common(second))


def read_name(tokens: tuple[Token, ...], at: int, *, strong: bool, cased: bool) -> NameRead | None:
    """The name that begins at token `at` (after titles and fillers), or None.

    Args:
        tokens: the text's words.
        at: where a formula such as "my name is" has ended.
        strong: the formula can only be followed by a name.
        cased: capitals mean something in this text.
    """
    at, titled = _skip(tokens, at)
    if at >= len(tokens):
        return None
    head = tokens[at]
    confidence = _head_confidence(tokens, at, strong, cased)
    if confidence == 0.0 or head.possessive or is_spelled(head):
        return None
    last, tail_confidence = _tail(tokens, at, strong, cased)
    read = _classified(tokens, at, last, titled, min(confidence, tail_confidence))
    following = tokens[last + 1].norm if last + 1 < len(tokens) else ""
    if tokens[last].possessive:
        return None
    if following and is_organisation(following) and not tokens[last + 1].boundary and not strong:
        if read.kind != "full" or following not in _DEPARTMENTS:
            return None
        return NameRead(at, last, read.kind, read.family, read.given, min(0.6, read.confidence))
    return read


def _skip(tokens: tuple[Token, ...], at: int) -> tuple[int, bool]:
    titled = False
    while at < len(tokens) and tokens[at].norm in FILLERS | TITLES | RANKS:
        word = tokens[at].norm
        if word in RANKS and (at + 1 >= len(tokens) or tokens[at + 1].boundary):
            break
        titled = titled or word in (TITLES | RANKS) - {"sir", "madam", "miss"}
        at += 1
    return at, titled


def _head_confidence(tokens: tuple[Token, ...], at: int, strong: bool, cased: bool) -> float:
    """How surely the word at `at` begins a name, 0 for not at all."""
    head = tokens[at]
    word = head.norm
    following = tokens[at + 1].norm if at + 1 < len(tokens) else ""
    ends = at + 1 >= len(tokens) or tokens[at + 1].boundary or following in OPENERS
    listed = is_given(word) or is_surname(word)
    if cased and not head.capital and not (listed and not is_common(word)):
        return 0.0
    if listed and not is_common(word):
        return 0.95
    if is_common(word):
        followed = bool(following) and is_surname(following) and not is_common(following)
        if (
            cased
            and head.capital
            and following
            and (not is_common(following) or is_surname(following))
        ):
            followed = followed or (tokens[at + 1].capital and not tokens[at + 1].boundary)
        placed = followed or (ends and (strong or (cased and head.capital)))
        return 0.85 if listed and placed else 0.0
    if is_organisation(word):
        return 0.0
    return _unknown_head(word, following, ends, strong, cased)


def _unknown_head(word: str, following: str, ends: bool, strong: bool, cased: bool) -> float:
    """How surely a word that is on no list begins a name."""
    if _pinyin_pair(word, following):
        return 0.9
    if strong:
        return 0.85 if cased else 0.75
    if cased:
        return 0.7 if ends or is_surname(following) else 0.55
    return 0.6 if following in ("speaking", "from", "with", "here", "at") else 0.0


def _tail(tokens: tuple[Token, ...], at: int, strong: bool, cased: bool) -> tuple[int, float]:
    """The last token of the name that begins at `at`, and how sure its end is."""
    last, confidence = at, 1.0
    position = at + 1
    while position < len(tokens) and position - at <= 4:
        token = tokens[position]
        if token.boundary:
            break
        if token.norm in FILLERS:
            position += 1
            continue
        is_initial = len(token.norm) == 1 and token.norm.isalpha() and token.norm not in "ia"
        if is_initial or (token.norm in PARTICLES and _particle_leads(tokens, position)):
            position += 1
            continue
        sure = _tail_confidence(tokens, at, position, strong, cased, named=last > at)
        if sure == 0.0:
            break
        last, confidence = position, min(confidence, sure)
        position += 1
        if last - at >= 2 and not _may_go_on(tokens, position):
            break
    return last, confidence


def _particle_leads(tokens: tuple[Token, ...], at: int) -> bool:
    following = [t.norm for t in tokens[at + 1 : at + 3]]
    return any(w not in PARTICLES and not is_common(w) for w in following[:1]) or (
        len(following) == 2 and following[0] in PARTICLES and not is_common(following[1])
    )


def _may_go_on(tokens: tuple[Token, ...], at: int) -> bool:
    return at < len(tokens) and is_surname(tokens[at].norm) and not is_common(tokens[at].norm)


def _tail_confidence(
    tokens: tuple[Token, ...], at: int, position: int, strong: bool, cased: bool, *, named: bool
) -> float:
    """How surely the token at `position` still belongs to the name begun at `at`."""
    token, head = tokens[position], tokens[at]
    word = token.norm
    following = tokens[position + 1].norm if position + 1 < len(tokens) else ""
    listed = is_surname(word) or is_given(word)
    if token.possessive or is_spelled(token):
        return 0.0
    if cased and not token.capital:
        return 0.75 if is_surname(word) and not is_common(word) and not named else 0.0
    if is_common(word):
        ends = position + 1 >= len(tokens) or tokens[position + 1].boundary or following in OPENERS
        possible = is_surname(word) and (word, following) not in _BAD_BIGRAMS and not named
        return (0.85 if cased else 0.7) if possible and (cased or ends) else 0.0
    if listed:
        return 0.95 if not named or is_surname(word) else 0.0
    if named or is_organisation(word) or is_organisation(following):
        return 0.9 if _pinyin_pair(head.norm, word) else 0.0
    return _unknown_tail(head.norm, word, following, strong, cased)


def _unknown_tail(head: str, word: str, following: str, strong: bool, cased: bool) -> float:
    """How surely a word that is on no list is the surname of the name begun with `head`.

    An unknown word between a given name and the next sentence most likely is.
    """
    if _pinyin_pair(head, word):
        return 0.9
    if cased:
        return 0.8
    if strong and is_given(head):
        return 0.7
    return 0.6 if (strong or is_given(head)) and (following in OPENERS or not following) else 0.0


def _classified(
    tokens: tuple[Token, ...], first: int, last: int, titled: bool, confidence: float
) -> NameRead:
    words = [t.norm for t in tokens[first : last + 1]]
    if len(words) == 1:
        family_only = titled or (is_surname(words[0]) and not is_given(words[0]))
        return NameRead(
            first,
            last,
            "family" if family_only else "given",
            words[0] if family_only else None,
            None if family_only else words[0],
            confidence,
        )
    if words[0] in _EPITHETS:  # "Big Dave"
        return NameRead(first, last, "given", None, " ".join(words), confidence)
    if len(words) == 2 and words[1] in _DOUBLE_GIVEN and is_given(words[0]):
        if not is_surname(words[1]):
            return NameRead(first, last, "given", None, " ".join(words), confidence)
        confidence = min(confidence, 0.7)
    parts = parse_name(" ".join(w for w in words if w not in FILLERS), "en")
    family, given = (parts.family, parts.given) if parts else (words[-1], words[0])
    return NameRead(first, last, "full", family, given, confidence)
