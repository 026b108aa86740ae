"""Who says in English who they are."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from qa_pipeline.language.introductions_before_en import GREETED_WITH, name_before_formula
from qa_pipeline.language.name_reading import (
    NameRead,
    is_common,
    is_given,
    is_organisation,
    is_surname,
    looks_like_name,
    read_name,
)
from qa_pipeline.language.name_tokens import FILLERS, Token, index_at, is_cased, tokenise
from qa_pipeline.language.name_types import FoundName
from qa_pipeline.language.numbers import digits
from qa_pipeline.language.text import word_set

_STRONG = tuple(
    tuple(phrase.split())
    for phrase in (
        "my name is", "my names", "speaking with", "talking to", "my full name is",
        "good name is", "my first name is", "my name would be", "the name is", "name is",
        "you are speaking with", "you are speaking to", "you are talking to",
        "you are talking with", "you are chatting to", "you are chatting with", "you are on to",
        "you are onto", "you are dealing with", "first name is", "you are through to",
        "you have got", "you can call me", "please call me", "just call me", "i am called",
        "they call me", "everyone calls me", "i go by", "you are connected to",
        "you are connected with", "come through to", "got through to", "you are now with",
    )
)  # fmt: skip
_WEAK = tuple(
    tuple(phrase.split())
    for phrase in ("this is", "it is", "i am", "you have reached", "you are on with")
)
_STRONG_BY_WORD, _WEAK_BY_WORD = (
    {word: tuple(p for p in phrases if p[0] == word) for word in {p[0] for p in phrases}}
    for phrases in (_STRONG, _WEAK)
)
# "may i ask, my name is" is fine, but in "what is your name is it" nobody is introduced.
_NO_CUE_BEFORE = word_set("is was if whether because like think hope know sure")
_ROLES = word_set(
    "agent representative rep advisor adviser associate consultant specialist assistant operator "
    "technician manager supervisor host concierge banker handler agents executive clerk nurse"
)
_ROLE_WORDS = _ROLES | word_set(
    "your the a an one of our customer service services care support technical sales account help "
    "desk relations today senior personal virtual booking billing claims here team member duty "
    "client success phone registered"
)
_SURNAME_IS = tuple(
    (*lead, *name, *verb)
    for lead in ((), ("and",), ("my",), ("and", "my"))
    for name in (("last", "name"), ("surname",), ("family", "name"), ("second", "name"))
    for verb in ((), ("is",))
)[::-1]  # the longest first
_CHECKED = word_set("right correct yes yeah isn't")
_PLACE_AFTER = word_set("from with at of in")
_NUMBER_AFTER = word_set("number id no code")
_STAFF = _ROLES | word_set("employee staff badge clerk extension id")
_MAX_ROLE_WORDS = 7


def find_en(text: str) -> list[FoundName]:
    """Self-introductions in English text, ordered by place; see `find_self_introduction`."""
    return list(_found_in(text))


@lru_cache(maxsize=4096)  # several criteria ask about the same sentences
def _found_in(text: str) -> tuple[FoundName, ...]:
    tokens = tokenise(text)
    cased = is_cased(text)
    found: list[FoundName] = []
    for read, strong in _reads(tokens, cased):
        name = _found(text, tokens, read, strong)
        if all(name.end <= other.start or other.end <= name.start for other in found):
            found.append(name)
    found.extend(_staff_numbers(text, tokens))
    strongest = [f for f in found if f.strong and f.kind != "staff_number"]
    if strongest:
        # "this is john lewis, my name is sam": what "this is" introduced was the company.
        found = [f for f in found if f.strong or _shares_part(f, strongest)]
    return tuple(sorted(found, key=lambda f: f.start))


def _shares_part(weak: FoundName, strongest: list[FoundName]) -> bool:
    parts = set(f"{weak.given or ''} {weak.family or ''}".split())
    if weak.kind == "staff_number":
        return True
    return any(parts & set(f"{s.given or ''} {s.family or ''}".split()) for s in strongest)


def _reads(tokens: tuple[Token, ...], cased: bool) -> Iterator[tuple[NameRead, bool]]:
    """Names after or before a formula; unmistakable formulas first."""
    for at in range(len(tokens)):
        for phrase in _STRONG_BY_WORD.get(tokens[at].norm, ()):
            if index_at(tokens, phrase, at) and not _asked(tokens, at, phrase):
                read = read_name(tokens, at + len(phrase), strong=True, cased=cased)
                if read is not None:
                    yield _said_again(tokens, read, cased), True
    for at in range(1, len(tokens)):
        read = name_before_formula(tokens, at, cased)
        if read is not None:
            yield read, True
    for at in range(len(tokens)):
        for phrase in _WEAK_BY_WORD.get(tokens[at].norm, ()):
            if index_at(tokens, phrase, at) and not _asked(tokens, at, phrase):
                yield from _after_weak(tokens, at + len(phrase), phrase, cased)
    for at in range(len(tokens)):
        yield from _bare(tokens, at, cased)


def _asked(tokens: tuple[Token, ...], at: int, phrase: tuple[str, ...]) -> bool:
    """Whether the formula is part of a question or of reported speech."""
    before = tokens[at - 1] if at else None
    if before is None or tokens[at].boundary:
        return False
    if phrase in (("speaking", "with"), ("talking", "to")):
        return before.norm in ("i", "am", "was", "were", "be", "been", "enjoyed", "pleasure")
    if phrase == ("name", "is"):
        return before.norm not in ("and", "so", "hi", "hello") and before.norm not in FILLERS
    if phrase == ("it", "is") and before.norm == "is":
        return False  # "it sure is it's Daniel Brooks at the front desk"
    return before.norm in _NO_CUE_BEFORE


def _after_weak(
    tokens: tuple[Token, ...], at: int, phrase: tuple[str, ...], cased: bool
) -> Iterator[tuple[NameRead, bool]]:
    """The name after "this is", perhaps after a role ("this is your advisor daniel brooks")."""
    start, role = at, False
    while (
        start < len(tokens) and start - at < _MAX_ROLE_WORDS and tokens[start].norm in _ROLE_WORDS
    ):
        role = role or tokens[start].norm in _ROLES
        start += 1
    if start > at and not role:
        start = at
    if start < len(tokens) and tokens[start].boundary and not role:
        if tokens[start].norm not in FILLERS:
            return
        start += 1
    strong = role and not (start < len(tokens) and is_common(tokens[start].norm))
    read = read_name(tokens, start, strong=strong, cased=cased)
    if read is None:
        return
    if phrase in (("it", "is"), ("you", "have", "reached")) and not (
        looks_like_name(tokens[read.first].norm) or (cased and _is_pair(tokens, read))
    ):
        return
    if phrase == ("you", "have", "reached") and read.kind != "full":
        return
    after = [t.norm for t in tokens[read.last + 1 : read.last + 3]]
    if phrase in (("it", "is"), ("this", "is")) and after[:1] and after[0] in _CHECKED:
        return  # "it's Kevin Brooks, correct?" reads a name back
    yield _said_again(tokens, read, cased), role


def _is_pair(tokens: tuple[Token, ...], read: NameRead) -> bool:
    """Whether a first name that is on no list stands before a surname: "Matthieu Delgado from"."""
    first, last = tokens[read.first], tokens[read.last]
    named = first.capital and last.capital and looks_like_name(last.norm)
    after = tokens[read.last + 1] if read.last + 1 < len(tokens) else None
    closed = after is None or after.boundary or after.norm in _PLACE_AFTER
    return read.kind == "full" and named and closed and not is_common(first.norm)


def _said_again(tokens: tuple[Token, ...], read: NameRead, cased: bool) -> NameRead:
    """The full name that repeats a part just said, or adds to it.

    "it's Tom, Tom Weatherby", "Amy with a Y, Amy Castellano", "Vikram, last name is Chatterjee".
    """
    if read.kind == "full":
        return read
    after = read.last + 1
    surname = _surname_after(tokens, after, cased)
    if surname is not None and read.given is not None:
        return NameRead(
            read.first, surname.last, "full", tokens[surname.last].norm, read.given,
            min(read.confidence, surname.confidence),
        )  # fmt: skip
    if [t.norm for t in tokens[after : after + 1]] == ["with"]:
        after += 3  # "with a y"
    again = read_name(tokens, after, strong=True, cased=cased)
    if again is None or again.kind != "full":
        return read
    said = tokens[read.first].norm
    repeats = said in (again.family or "").split() or said == again.given
    return again if repeats else read


def _surname_after(tokens: tuple[Token, ...], at: int, cased: bool) -> NameRead | None:
    """What "(and my) last name is" tells at token `at`."""
    for lead in _SURNAME_IS:
        if index_at(tokens, lead, at):
            return read_name(tokens, at + len(lead), strong=True, cased=cased)
    return None


def _bare(tokens: tuple[Token, ...], at: int, cased: bool) -> Iterator[tuple[NameRead, bool]]:
    """Names without a formula: "hi, Daniel Brooks at Northwind", "Northwind, Daniel Brooks"."""
    word_name = (
        cased
        and tokens[at].capital
        and (
            is_given(tokens[at].norm)
            or (at + 1 < len(tokens) and tokens[at + 1].capital and is_surname(tokens[at + 1].norm))
        )
    )
    if at == 0 or not (looks_like_name(tokens[at].norm) or word_name):
        return
    before = tokens[at - 1].norm
    read = read_name(tokens, at, strong=False, cased=cased)
    if read is None or read.first != at:
        return
    following = tokens[read.last + 1] if read.last + 1 < len(tokens) else None
    if before in GREETED_WITH and following is not None and following.norm in _PLACE_AFTER:
        after = tokens[read.last + 2].norm if read.last + 2 < len(tokens) else ""
        if after and not (is_common(after) and not is_organisation(after) and after != "the"):
            yield NameRead(read.first, read.last, read.kind, read.family, read.given, 0.8), False
    elif is_organisation(before) and read.kind == "full" and _opens_sentence(following):
        yield NameRead(read.first, read.last, read.kind, read.family, read.given, 0.65), False


def _opens_sentence(token: Token | None) -> bool:
    return token is None or token.boundary or token.norm in ("how", "what", "may", "can", "good")


def _found(text: str, tokens: tuple[Token, ...], read: NameRead, strong: bool) -> FoundName:
    start, end = tokens[read.first].start, tokens[read.last].end
    return FoundName(
        text=text[start:end],
        start=start,
        end=end,
        kind=read.kind,
        family=read.family,
        given=read.given,
        company=_company(text, tokens, read),
        confidence=read.confidence if strong else min(read.confidence, 0.9),
        strong=strong,
    )


def _company(text: str, tokens: tuple[Token, ...], read: NameRead) -> str | None:
    """The run of words with a company's word in it, after "calling", "this is", "from" or "at"."""
    for at in range(1, len(tokens)):
        lead = tokens[at - 1].norm
        if lead not in ("calling", "is", "from", "at", "with", "reached", "to", "contacting"):
            continue
        end = at
        while end < len(tokens) and end - at < 6 and not (end > at and tokens[end].boundary):
            word = tokens[end].norm
            if read.first <= end <= read.last or (is_common(word) and not is_organisation(word)):
                break
            end += 1
        run = tokens[at:end]
        if run and (lead in ("calling", "contacting") or any(is_organisation(t.norm) for t in run)):
            return text[run[0].start : run[-1].end]
    return None


def _staff_numbers(text: str, tokens: tuple[Token, ...]) -> Iterator[FoundName]:
    """Staff numbers: "agent number four one two", "my badge number is 1023", "operator 12"."""
    for at, token in enumerate(tokens):
        if token.norm not in _STAFF:
            continue
        position = at + 1
        while position < len(tokens) and tokens[position].norm in _NUMBER_AFTER | {"is"}:
            position += 1
        end = position
        while end < len(tokens) and end - position < 8 and _is_number(tokens[end].norm):
            end += 1
        if end > position:
            start, stop = tokens[position].start, tokens[end - 1].end
            yield FoundName(text[start:stop], start, stop, "staff_number", confidence=0.85)
            return


def _is_number(word: str) -> bool:
    return digits(word, "en").isdigit()
