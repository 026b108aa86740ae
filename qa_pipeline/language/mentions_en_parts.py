"""Where the parts of an English name stand in a row of words, by their sound."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from qa_pipeline.domain.conversation import KnownName
from qa_pipeline.language import name_lists
from qa_pipeline.language.name_nicknames import other_forms
from qa_pipeline.language.name_parts import PARTICLES, parse_name
from qa_pipeline.language.name_reading import is_common, is_given
from qa_pipeline.language.name_tokens import Token, is_spelled, tokenise
from qa_pipeline.language.phonetics import sounds_alike_en, syllables
from qa_pipeline.language.text import is_han

Form = Literal["full", "title", "given", "family"]

# Thresholds of `sounds_alike_en`: with a title, beside the other part or where somebody is called
# little more is needed than the same consonants, elsewhere nearly the same letters. Names one edit
# apart with the same code (Brooks/Brookes .93, Miller/Mueller .86, Kathy/Cathy .9) pass, Mary/Megan
# .27 does not. Between the second and the first threshold a use is possible, not certain.
SUPPORTED = 0.68
ALONE = 0.82
_POSSIBLE_TITLED = 0.5
_POSSIBLE_CALLED = 0.6
NICKNAME = 0.95


class Wanted(NamedTuple):
    """The lower-case words of a name's parts, and short forms of the given name."""

    family: tuple[str, ...]
    given: tuple[str, ...]
    nicknames: tuple[str, ...] = ()


class Reading(NamedTuple):
    """A name on some tokens: its form, how many they are, how alike it sounds."""

    form: Form
    size: int
    score: float


def wanted_parts(name: KnownName) -> Wanted:
    """The lower-case words of both parts; Chinese characters as pinyin."""

    def words(part: str | None) -> tuple[str, ...]:
        if not part:
            return ()
        if any(is_han(c) for c in part):
            return ("".join(syllables(part)),)
        return tuple(w.norm for w in tokenise(part))

    family, given = name.family, name.given
    if family is None and given is None:
        parsed = parse_name(name.text, "en")
        family, given = (parsed.family, parsed.given) if parsed else (None, None)
    first = _whole_pinyin(name.text, words(family)) or words(given)
    short = other_forms(first[0]) if first else frozenset[str]()
    return Wanted(words(family), first, tuple(sorted(short)))


def _whole_pinyin(text: str, family: tuple[str, ...]) -> tuple[str, ...]:
    """Both syllables of a given name in pinyin, of which one alone calls nobody: De Hua Liu."""
    whole = tuple(token.norm for token in tokenise(text))
    given = whole[: -len(family)] if family and whole[-len(family) :] == family else ()
    return given if len(given) == 2 and all(map(name_lists.is_pinyin, whole)) else ()


@lru_cache(maxsize=65536)
def alike(said: tuple[str, ...], wanted: tuple[str, ...]) -> float:
    """How alike a row of words sounds, spaces aside: "mc donald" is McDonald."""
    if not said or not wanted:
        return 0.0
    return sounds_alike_en("".join(said), "".join(wanted))


def _norms(tokens: tuple[Token, ...], at: int, size: int) -> tuple[str, ...]:
    row = tokens[at : at + size]
    if len(row) < size or any(is_spelled(t) or len(t.norm) == 1 for t in row):
        return ()
    if any(t.boundary for t in row[1:]):
        return ()
    return tuple(t.norm for t in row)


def _part_at(
    tokens: tuple[Token, ...], at: int, wanted: tuple[str, ...], least: float
) -> tuple[int, float]:
    """How many tokens at `at` sound like a name's part, and how alike; (0, 0.0) if none."""
    best = (0, 0.0)
    sizes = {1, len(wanted)} | ({2} if len("".join(wanted)) >= 6 else set())
    for size in sorted(sizes):
        said = _norms(tokens, at, size)
        if not said:
            continue
        targets = [wanted]
        if size == 1 and len(wanted) > 1:
            targets += [(w,) for w in wanted if w not in PARTICLES]
        for target in targets:
            score = alike(said, target)
            if size > len(target) and score <= max(alike((word,), target) for word in said):
                continue  # "okay stephen" is not one name in two words
            if score >= least and score >= best[1] and _plausible(said, target, score):
                best = (size, score)
    return best


def _plausible(said: tuple[str, ...], target: tuple[str, ...], score: float) -> bool:
    """An ordinary word is a name only if it is the very name."""
    if len(said) == 1 and is_common(said[0]):
        return said == target
    return score > 0


def readings(tokens: tuple[Token, ...], at: int, wanted: Wanted, titled: bool) -> Iterator[Reading]:
    """Readings of the tokens at `at`, the fullest first."""
    for first, second in ((wanted.given, wanted.family), (wanted.family, wanted.given)):
        size, score = _part_at(tokens, at, first, SUPPORTED)
        if not size and first is wanted.given:
            size, score = _nickname_at(tokens, at, wanted, SUPPORTED)
        if size and second:
            # A middle name or initial may stand between.
            for skip in (0, 1):
                more, other = _part_at(tokens, at + size + skip, second, SUPPORTED)
                initial = skip == 0 or _is_middle(tokens, at + size)
                if more and initial and max(score, other) >= ALONE:
                    yield Reading("full", size + skip + more, round((score + other) / 2, 3))
    if titled:
        for part in (wanted.family, wanted.given):
            size, score = _part_at(tokens, at, part, _POSSIBLE_TITLED)
            if size:
                yield Reading("title", size, score)
        return
    size, score = _part_at(tokens, at, wanted.given, ALONE) if wanted.given[1:] else (0, 0.0)
    if not size:
        size, score = _part_at(tokens, at, wanted.given[:1], _POSSIBLE_CALLED)
    short, short_score = _nickname_at(tokens, at, wanted, ALONE)
    if short and short_score > score:
        size, score = short, short_score
    if size:
        yield Reading("given", size, score)
    size, score = _part_at(tokens, at, wanted.family, ALONE)
    if size:
        yield Reading("family", size, score)


def _nickname_at(
    tokens: tuple[Token, ...], at: int, wanted: Wanted, least: float
) -> tuple[int, float]:
    scores = (_part_at(tokens, at, (name,), least)[1] for name in wanted.nicknames)
    score = max(scores, default=0.0)
    return (1, round(score * NICKNAME, 3)) if score else (0, 0.0)


def _is_middle(tokens: tuple[Token, ...], at: int) -> bool:
    if at >= len(tokens) or tokens[at].boundary:
        return False
    word = tokens[at].norm
    return len(word) == 1 or (is_given(word) and not is_common(word))
