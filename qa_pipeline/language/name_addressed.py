"""What the other party calls somebody, and what that tells about the name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from qa_pipeline.domain.conversation import KnownName
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.addresses import find_address
from qa_pipeline.language.introductions import find_self_introduction
from qa_pipeline.language.name_full import full_names_of
from qa_pipeline.language.name_nicknames import other_forms
from qa_pipeline.language.name_reading import is_common
from qa_pipeline.language.name_tokens import FILLERS
from qa_pipeline.language.name_types import Address
from qa_pipeline.language.phonetics import character_similarity, sounds_alike_en
from qa_pipeline.language.text import is_han, to_simplified
from qa_pipeline.language.timing import time_of

SAME_PERSON = 0.75  # of `sounds_alike_en`, and of the mean similarity of characters
_DENIES = re.compile(
    r"\s*(?:no\b(?! (?:problem|worries))|nope\b|sorry,? no\b|actually\b|不是|不对|错了|我不姓"
    r"|我姓)",
    re.IGNORECASE,
)


def same_person(a: KnownName, b: KnownName) -> bool:
    """Whether two names can be one person's: the parts that both have sound alike.

    Example:
        >>> brooks = KnownName("Daniel Brooks", "Brooks", "Daniel", "metadata")
        >>> same_person(brooks, KnownName("brookes", "brookes", None, "self_introduction"))
        True
    """
    return all(part_alike(x, y) >= SAME_PERSON for x, y in _shared(a, b))


def surely_same_person(a: KnownName, b: KnownName) -> bool:
    """Like `same_person`, and there is a part that both have."""
    return bool(_shared(a, b)) and same_person(a, b)


def _shared(a: KnownName, b: KnownName) -> list[tuple[str, str]]:
    pairs = ((a.family, b.family), (a.given, b.given))
    return [(x, y) for x, y in pairs if x and y]


def part_alike(a: str, b: str) -> float:
    """How alike two parts of names sound, in either script, 0 to 1; short forms are the same."""
    if any(is_han(c) for c in a + b):
        one, other = to_simplified(a), to_simplified(b)
        if len(one) != len(other) or not one:
            return 0.0
        return sum(character_similarity(x, y) for x, y in zip(one, other, strict=True)) / len(one)
    if b.lower() in other_forms(a.lower()):
        return 0.95
    return sounds_alike_en(a, b)


def denied(turns: Sequence[Turn], turn: Turn) -> bool:
    """Whether the other party's next words are that this is not so ("no, it's Brown", 不是)."""
    later = [t for t in turns if t.start_ms > turn.start_ms and t.role is not Role.LINE]
    answer = min(later, key=lambda t: t.start_ms, default=None)
    return (
        answer is not None
        and answer.role is not turn.role
        and _DENIES.match(answer.text) is not None
    )


def addresses_of(
    turns: Sequence[Turn], role: Role, language: str
) -> Iterator[tuple[Turn, Address]]:
    """Every address of `role` by the other party; introductions and denied ones left out."""
    for turn in turns:
        if turn.role is role or turn.role is Role.LINE:
            continue
        found = find_address(turn.text, language)
        if not found or denied(turns, turn):
            continue
        own = [(f.start, f.end) for f in find_self_introduction(turn.text, language)]
        for address in found:
            if all(address.end <= start or end <= address.start for start, end in own):
                yield turn, address


def how_addressed(turns: Sequence[Turn], role: Role, language: str) -> KnownName | None:
    """What the other party calls `role`: Mr Brown, 王先生; the name used most often."""
    counts: Counter[tuple[str | None, str | None]] = Counter()
    first: dict[tuple[str | None, str | None], tuple[Turn, Address]] = {}
    for turn, address in addresses_of(turns, role, language):
        key = (address.family, address.given)
        counts[key] += 1
        first.setdefault(key, (turn, address))
    if not counts:
        return None
    # A title tells an address more surely than a bare given name does.
    key = max(
        counts,
        key=lambda k: (bool(first[k][1].title), counts[k], k[0] is not None and k[1] is not None),
    )
    turn, address = first[key]
    start_ms, end_ms = time_of(turn, address.start, address.end)
    sure = min(0.9, (0.7 if address.title else 0.5) + 0.1 * (counts[key] - 1))
    known = KnownName(joined(*key), shown(key[0]), shown(key[1]), "address", start_ms, end_ms, sure)
    return completed(known, turns, role, language)


def completed(known: KnownName, turns: Sequence[Turn], role: Role, language: str) -> KnownName:
    """`known` with the part that it lacks, if the other party says it.

    A full name with the known part in it tells the other part; failing that, so does a bare given
    name or a titled family name.

    Example: of a customer known as Reilly whom the agent calls "Aisha Reilly", Aisha is learned.
    """
    if bool(known.family) == bool(known.given):
        return known
    counts: Counter[str] = Counter()
    for turn in turns:
        if turn.role is role or turn.role is Role.LINE or not known.family:
            continue
        for given in full_names_of(turn.text, known.family, language):
            counts[given] += 3
    for _, address in addresses_of(turns, role, language):
        parts = (address.family, address.given) if known.family else (address.given, address.family)
        own = known.family or known.given or ""
        if parts[1] and (not parts[0] or part_alike(own, parts[0]) >= SAME_PERSON):
            counts[parts[1]] += 2 if parts[0] else 1
    if not counts:
        return known
    other = shown(max(counts, key=lambda part: counts[part])) or ""
    family, given = known.family or other, known.given or other
    return replace(known, family=family, given=given)


def surname_called(turns: Sequence[Turn], role: Role, given: str) -> str | None:
    """The surname that the other party says behind this given name, twice or more; English.

    A surname that the recogniser misheard once ("Heather Hock") is told by what it hears the
    other times ("Heather Hobbs", "Heather Hobbs", "Heather Hobb").
    """
    pattern = re.compile(rf"\b{re.escape(given)}\s+([a-z][a-z'’-]+)", re.IGNORECASE)
    heard: Counter[str] = Counter()
    for turn in turns:
        if turn.role is role or turn.role is Role.LINE:
            continue
        for match in pattern.finditer(turn.text):
            word = match[1].lower()
            if not is_common(word) and word not in FILLERS:
                heard[word] += 1
    if not heard:
        return None
    best, _ = heard.most_common(1)[0]
    alike = sum(n for word, n in heard.items() if part_alike(word, best) >= SAME_PERSON)
    return shown(best) if alike >= 2 else None


def joined(family: str | None, given: str | None) -> str:
    """A whole name of its parts, in the order of its script."""
    if any(is_han(c) for part in (family, given) if part for c in part):
        return "".join(part for part in (family, given) if part)
    return " ".join(shown(part) or "" for part in (given, family) if part)


def shown(part: str | None) -> str | None:
    """A lower-case name with capitals."""
    return part.title() if part is not None and part.islower() and part.isascii() else part
