"""Uses of a name in English text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from qa_pipeline.domain.conversation import KnownName
from qa_pipeline.language import name_lists
from qa_pipeline.language.addresses import third_person
from qa_pipeline.language.introductions_en import find_en
from qa_pipeline.language.name_parts import PARTICLES, parse_name
from qa_pipeline.language.name_reading import is_common, is_given, is_surname
from qa_pipeline.language.name_tokens import TITLES, Token, is_cased, is_spelled, tokenise
from qa_pipeline.language.phonetics import sounds_alike_en, syllables
from qa_pipeline.language.text import is_han, word_set

Form = Literal["full", "title", "given", "family"]

# Thresholds of `sounds_alike_en`: with a title or beside the other part little more is needed
# than the same consonants, alone nearly the same letters. Names one edit apart with the same
# code (Brooks/Brookes .93, Miller/Mueller .86, Kathy/Cathy .9) pass, Mary/Megan .27 does not.
SUPPORTED = 0.68
ALONE = 0.82
_ANOTHER_LISTED = 0.85  # a different listed name must sound more alike than an unknown word
_UNLISTED_FAMILY = 0.9
_PLACES = word_set(
    "street st avenue ave road rd lane drive boulevard court bank company corporation inc group "
    "hotel airport university college hospital county city state park square station branch "
    "building tower electric gas insurance and"
)
_VOCATIVE = word_set(
    "thanks you okay ok sorry hi hello hey well yes great perfect certainly absolutely sure right "
    "alright morning afternoon evening please bye so now and welcome course that"
)


class Use(NamedTuple):
    """A use at characters ``[start, end)``."""

    start: int
    end: int
    form: Form
    score: float


class _Wanted(NamedTuple):
    family: tuple[str, ...]
    given: tuple[str, ...]


def find_uses_en(text: str, name: KnownName, exclude: KnownName | None) -> list[Use]:
    """Uses of `name` in English text, ordered; see `mentions.find_mentions`."""
    wanted = _wanted(name)
    own = _wanted(exclude) if exclude is not None else _Wanted((), ())
    tokens = tokenise(text)
    cased = is_cased(text)
    introduced = [
        (f.start, f.end) for f in find_en(text) if _is_own(f.given, f.family, wanted, own)
    ]
    uses: list[Use] = []
    position = 0
    while position < len(tokens):
        use, used = _use_at(tokens, position, wanted, own, cased)
        if use is not None and not any(s < use.end and use.start < e for s, e in introduced):
            uses.append(use)
        position += max(used, 1)
    return uses


def _wanted(name: KnownName) -> _Wanted:
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
    return _Wanted(words(family), words(given))


def _is_own(given: str | None, family: str | None, wanted: _Wanted, own: _Wanted) -> bool:
    """Whether an introduction is the speaker's own.

    "This is Patricia" said by the agent is no use even if the customer is a Patricia; but "you're
    speaking with" is only ever said of oneself, so every introduction counts as own unless it is
    the customer's full name and not the agent's.
    """
    full_of_customer = (
        given is not None
        and family is not None
        and _alike((given.split()[0],), wanted.given[:1]) >= ALONE
        and _alike(tuple(family.split()), wanted.family) >= ALONE
    )
    same_as_own = (
        bool(own.given)
        and given is not None
        and (_alike((given.split()[0],), own.given[:1]) >= ALONE)
    )
    return same_as_own or not full_of_customer


def _alike(said: tuple[str, ...], wanted: tuple[str, ...]) -> float:
    """How alike a row of words sounds, spaces aside: "mc donald" is McDonald."""
    if not said or not wanted:
        return 0.0
    return sounds_alike_en("".join(said), "".join(wanted))


def _norms(tokens: tuple[Token, ...], at: int, size: int) -> tuple[str, ...]:
    row = tokens[at : at + size]
    if len(row) < size or any(is_spelled(t) or len(t.norm) == 1 for t in row):
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
            score = _alike(said, target)
            if score >= least and score >= best[1] and _plausible(said, target, score):
                best = (size, score)
    return best


def _plausible(said: tuple[str, ...], target: tuple[str, ...], score: float) -> bool:
    """An ordinary word is a name only if it is the very name."""
    if len(said) == 1 and is_common(said[0]):
        return said == target
    return score > 0


def _use_at(
    tokens: tuple[Token, ...], at: int, wanted: _Wanted, own: _Wanted, cased: bool
) -> tuple[Use | None, int]:
    """A use that begins at token `at`, and how many tokens it covers."""
    titled = tokens[at].norm in TITLES
    start = at + 1 if titled else at
    if start >= len(tokens) or (titled and tokens[start].boundary):
        return None, 1
    for form, size, score in _candidates(tokens, start, wanted, titled):
        last = start + size - 1
        if form in ("given", "family") and not _stands_alone(
            tokens, (start, last), (form, score), (wanted, own), cased
        ):
            continue
        if third_person(tokens, at, last) or _is_place(tokens, last, form):
            return None, last - at + 1
        return Use(tokens[at].start, tokens[last].end, form, score), last - at + 1
    return None, 1


def _candidates(
    tokens: tuple[Token, ...], at: int, wanted: _Wanted, titled: bool
) -> Iterator[tuple[Form, int, float]]:
    """Readings of the tokens at `at`, the fullest first."""
    for first, second in ((wanted.given, wanted.family), (wanted.family, wanted.given)):
        size, score = _part_at(tokens, at, first, SUPPORTED)
        if size and second:
            # A middle name or initial may stand between.
            for skip in (0, 1):
                more, other = _part_at(tokens, at + size + skip, second, SUPPORTED)
                initial = skip == 0 or _is_middle(tokens, at + size)
                if more and initial and max(score, other) >= ALONE:
                    yield "full", size + skip + more, round((score + other) / 2, 3)
    if titled:
        for part in (wanted.family, wanted.given):
            size, score = _part_at(tokens, at, part, SUPPORTED)
            if size:
                yield "title", size, score
        return
    size, score = _part_at(tokens, at, wanted.given[:1] or wanted.given, ALONE)
    if size:
        yield "given", size, score
    size, score = _part_at(tokens, at, wanted.family, ALONE)
    if size:
        yield "family", size, score


def _is_middle(tokens: tuple[Token, ...], at: int) -> bool:
    if at >= len(tokens) or tokens[at].boundary:
        return False
    word = tokens[at].norm
    return len(word) == 1 or (is_given(word) and not is_common(word))


def _stands_alone(
    tokens: tuple[Token, ...],
    place: tuple[int, int],
    part: tuple[Form, float],
    names: tuple[_Wanted, _Wanted],
    cased: bool,
) -> bool:
    """Whether one part of the name, without a title, is a use.

    Args:
        tokens: the text's words.
        place: first and last token of the part.
        part: which part it is and how alike it sounds.
        names: the name looked for, and the speaker's own.
        cased: capitals mean something in this text.
    """
    (first, last), (form, score), (wanted, own) = place, part, names
    word = tokens[first].norm
    if (cased and not tokens[first].capital) or _other_person(tokens, place, form, wanted, cased):
        return False
    parts = wanted.given if form == "given" else wanted.family
    listed = is_given(word) if form == "given" else is_surname(word)
    another = listed and (word,) != parts[:1] and score < _ANOTHER_LISTED
    own_rather = form == "given" and score < 1.0 and _alike((word,), own.given) > score
    if another or own_rather:
        return False
    if word in name_lists.words("en_word_names") or is_common(word):
        inside = cased and form == "given" and not tokens[first].boundary and not is_common(word)
        return inside or _is_vocative(tokens, first, last, cased)
    return form == "given" or listed or score >= _UNLISTED_FAMILY


def _other_person(
    tokens: tuple[Token, ...], place: tuple[int, int], form: Form, wanted: _Wanted, cased: bool
) -> bool:
    """Whether the other part of the name beside this one is somebody else's."""
    first, last = place
    following = tokens[last + 1] if last + 1 < len(tokens) else None
    if form == "given" and following is not None and not following.boundary:
        # "Patricia Miller" is somebody else when the customer is Patricia Brown.
        other = is_surname(following.norm) and not is_common(following.norm)
        return (
            other
            and (not cased or following.capital)
            and bool(wanted.family)
            and _alike((following.norm,), wanted.family) < SUPPORTED
        )
    if form == "family" and first > 0 and not tokens[first].boundary:
        before = tokens[first - 1].norm
        return is_given(before) and not is_common(before)
    return False


def _is_vocative(tokens: tuple[Token, ...], first: int, last: int, cased: bool) -> bool:
    """Whether the name stands where somebody is called: "thank you, Grace", "Grace, could you".

    Without punctuation the next sentence may follow at once ("thank you mark let me see").
    """
    before = tokens[first - 1].norm if first else ""
    following = tokens[last + 1] if last + 1 < len(tokens) else None
    closed = following is None or following.boundary
    if tokens[first].boundary:
        return closed and (first > 0 or following is not None)
    runs_on = (
        not cased
        and following is not None
        and is_common(following.norm)
        and not is_common(tokens[first].norm)
    )
    return before in _VOCATIVE and (closed or runs_on)


def _is_place(tokens: tuple[Token, ...], last: int, form: Form) -> bool:
    following = tokens[last + 1] if last + 1 < len(tokens) else None
    if following is None or following.boundary or form == "title":
        return False
    if form == "full":
        return following.norm in ("street", "avenue", "road", "foundation", "bank")
    if following.norm == "and":  # "Brown and Sons"
        after = tokens[last + 2].norm if last + 2 < len(tokens) else ""
        return form == "family" and after in ("sons", "company", "co", "partners", "brothers")
    return following.norm in _PLACES or (
        form == "family" and following.norm in name_lists.words("en_organisation")
    )
