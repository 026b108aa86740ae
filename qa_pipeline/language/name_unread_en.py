"""Where an English opening may hold a name that was not read off its words.

A recogniser that does not know a name writes other words in its place ("you've got all more men's
on the line" for Omar Mensah). What stands where a name belongs, was not surely heard, and lasts as
long as two names do may be a full name; what is shorter is a first name at most.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from qa_pipeline.domain.conversation import KnownName
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.introductions_before_en import GREETED_WITH
from qa_pipeline.language.name_parts import PARTICLES
from qa_pipeline.language.name_reading import OPENERS, is_common, is_given, is_organisation
from qa_pipeline.language.name_sounds import phones, sayings, sound_likeness
from qa_pipeline.language.name_tokens import FILLERS, TITLES, Token, index_at, is_cased, tokenise
from qa_pipeline.language.name_types import FoundName
from qa_pipeline.language.openings import Opening, without_announcement
from qa_pipeline.language.text import word_set
from qa_pipeline.language.timing import time_of

# Full names told in 60 made openings last 500 ms and more, first names alone 520 ms at most.
LEAST_FULL_MS = 450
_UNSURE = 0.7  # the least sure word of a stretch in which a name may have been lost
_DARK = 0.6  # words below it may be any others
_LOST = 0.4  # the least sure of words of which none begins with a capital letter
_DOUBTFUL = 0.65
_DARK_MS = 500
_SAME_NAME = 0.72  # of `sound_likeness`: a full name, however it is split into words
_SAME_FAMILY = 0.85
_MOST_WORDS = 5
_TITLE_AND_NAME = 2
# Only a name can follow these, whatever was read.
_CUES = tuple(
    tuple(phrase.split())
    for phrase in (
        "my name is", "my names", "my full name is", "name is", "speaking with", "speaking to",
        "talking to", "talking with", "chatting with", "chatting to", "you have got",
        "dealing with",
    )
)  # fmt: skip
_WEAK_CUES = (
    ("this", "is"), ("it", "is"), ("i", "am"), ("through", "to"), ("on", "to"),
    ("you", "have", "reached"), ("connected", "to"),
)  # fmt: skip
# "You are speaking with" itself misheard: "you're seeing what all you had is".
_GERUND_BEFORE = ("you", "are")
_SURELY = 2
_CUE_ENDS = word_set("is am got have")
_PLACE_AFTER = word_set("from at with in")
_NO_NAME_AFTER = word_set("your the a an our my not just going calling here")
_ENDS = (OPENERS | word_set("the team department desk office which that")) - {"this", "on", "who"}


@dataclass(frozen=True, slots=True)
class Slot:
    """Words of a turn that stand where a name belongs, and how they were heard.

    `turn` and ``[start, end)`` are places in the turn's text; `surely` tells how surely nothing but
    a name stands there, 0 to 2; `least` and `mean` are probabilities of its words.
    """

    turn: Turn
    start: int
    end: int
    words: tuple[str, ...]
    surely: int
    duration_ms: int
    least: float
    mean: float

    @property
    def phones(self) -> str:
        """How the words sound."""
        return "".join(phones(word) for word in self.words)


def slots(opening: Opening) -> Iterator[Slot]:
    """The stretches of an opening where an agent's name belongs; of heard words only.

    After "my name is" or "you've got", before "speaking" or "here", and clauses that begin with a
    first name.
    """
    for turn in opening.turns:
        if not turn.words:
            continue
        tokens = tokenise(without_announcement(turn.text, "en"))
        seen: set[tuple[int, int]] = set()
        places = (*_after(turn, tokens), *_before(tokens), *_clauses(tokens))
        for first, last, surely in places:
            if first <= last and (first, last) not in seen:
                seen.add((first, last))
                yield _slot(turn, tokens, first, last, surely)


def _after(turn: Turn, tokens: tuple[Token, ...]) -> Iterator[tuple[int, int, int]]:
    for at in range(len(tokens)):
        for cue in (*_CUES, *_WEAK_CUES):
            if index_at(tokens, cue, at) and at + len(cue) < len(tokens):
                first = at + len(cue)
                if tokens[first].norm not in _NO_NAME_AFTER and not _asks(tokens, at):
                    last = _last(tokens, first)
                    yield first, last, _surely(tokens, cue, last)
        if index_at(tokens, _GERUND_BEFORE, at) and at + 3 < len(tokens):
            verb = tokens[at + 2]
            if verb.norm.endswith("ing") and min(_heard(turn, verb.start, verb.end)) < _DARK:
                yield at + 3, _last(tokens, at + 3), 2


def _surely(tokens: tuple[Token, ...], cue: tuple[str, ...], last: int) -> int:
    """How surely a name stands between a cue and `last`.

    "This is …" tells a company as often, but "this is … from the boiler people" does not.
    """
    if cue in _CUES:
        return 2
    placed = last + 1 < len(tokens) and tokens[last + 1].norm in _PLACE_AFTER
    return int(cue == ("i", "am") or (placed and not tokens[last + 1].boundary))


def _asks(tokens: tuple[Token, ...], at: int) -> bool:
    before = tokens[at - 1].norm if at and not tokens[at].boundary else ""
    return before in ("i", "am", "is", "your", "what", "if", "whose", "was", "were")


def _last(tokens: tuple[Token, ...], first: int) -> int:
    """The last token of what stands behind a formula, at most `_MOST_WORDS` further."""
    last = first
    while last + 1 < len(tokens) and last + 1 - first < _MOST_WORDS:
        token = tokens[last + 1]
        on_line = index_at(tokens, ("on", "the"), last + 1)
        if token.boundary or on_line or token.norm in _ENDS:
            break
        last += 1
    return last


def _before(tokens: tuple[Token, ...]) -> Iterator[tuple[int, int, int]]:
    for at in range(1, len(tokens)):
        following = tokens[at + 1].norm if at + 1 < len(tokens) else ""
        word = tokens[at].norm
        closes = (
            (word == "speaking" and following not in ("with", "to", "of", "about"))
            or (word == "here" and following not in ("is", "are", "to"))
            or index_at(tokens, ("this", "side"), at)
            or index_at(tokens, ("on", "the", "line"), at)
            or index_at(tokens, ("at", "your", "service"), at)
            or index_at(tokens, ("is", "my", "name"), at)
        )
        if not closes:
            continue
        first = at
        while first > 0 and at - first < _MOST_WORDS - 1 and not _opens(tokens, first):
            first -= 1
        yield first, at - 1, 2 if word in ("speaking", "is") else 1


def _opens(tokens: tuple[Token, ...], at: int) -> bool:
    """Whether what stands before a closing formula begins at a token."""
    if at < len(tokens) and tokens[at].boundary:
        return True
    before = tokens[at - 1].norm
    return before in GREETED_WITH | FILLERS | _CUE_ENDS or is_organisation(before)


def _clauses(tokens: tuple[Token, ...]) -> Iterator[tuple[int, int, int]]:
    """Two to four words alone between punctuation, the first one a first name."""
    borders = [i for i, token in enumerate(tokens) if token.boundary] + [len(tokens)]
    for first, after in pairwise(borders):
        words = [token.norm for token in tokens[first:after]]
        named = is_given(words[0]) and not is_common(words[0]) and not tokens[first].possessive
        firm = any(w in OPENERS or is_organisation(w) for w in words[1:] if w not in PARTICLES)
        if named and 2 <= len(words) <= 4 and not firm:
            yield first, after - 1, 2


def _slot(turn: Turn, tokens: tuple[Token, ...], first: int, last: int, surely: int) -> Slot:
    start, end = tokens[first].start, tokens[last].end
    start_ms, end_ms = time_of(turn, start, end)
    if last + 1 == len(tokens):
        end_ms = max(end_ms, turn.end_ms)  # the end of a turn's last word is told too early
    inside = _heard(turn, start, end)
    words = tuple(token.norm for token in tokens[first : last + 1])
    mean = sum(inside) / len(inside)
    return Slot(turn, start, end, words, surely, end_ms - start_ms, min(inside), mean)


def _heard(turn: Turn, start: int, end: int) -> list[float]:
    """The probabilities of the words at characters ``[start, end)`` of a turn."""
    start_ms, end_ms = time_of(turn, start, end)
    inside = [
        w.probability for w in turn.words if start_ms <= (w.start_ms + w.end_ms) // 2 <= end_ms
    ]
    return inside or [1.0]


def unread_name_en(opening: Opening, name: FoundName | None, recorded_given: str) -> bool:
    """Whether an opening may hold a full name though no more than `name` was read.

    Args:
        opening: the agent's first turns.
        name: the part of a name that was read.
        recorded_given: the first name in the record, or empty; what sounds like it is no more.
    """
    return any(_may_be_full(slot, opening, name, recorded_given) for slot in slots(opening))


def _may_be_full(slot: Slot, opening: Opening, name: FoundName | None, recorded_given: str) -> bool:
    if slot.duration_ms < LEAST_FULL_MS or _is_told(slot, opening, name):
        return False
    if recorded_given and _alike(recorded_given, slot.phones) >= _SAME_NAME:
        return False
    titled = len(slot.words) <= _TITLE_AND_NAME and slot.words[0] in TITLES
    if titled or is_organisation(slot.words[-1]):
        return False
    if slot.surely == _SURELY:
        return slot.least < _UNSURE
    # No company is called "all he had": such words were read into a name that was not known.
    if slot.least < _LOST and not any(c.isupper() for c in slot.turn.text[slot.start : slot.end]):
        return len(slot.words) > 1 and is_cased(slot.turn.text)
    # Where a company may stand it does so as often, and is misheard as often.
    return slot.mean < (_UNSURE if slot.surely else _DARK)


def _is_told(slot: Slot, opening: Opening, name: FoundName | None) -> bool:
    """Whether the part of a name that was read is all that the stretch holds."""
    if name is None:
        return False
    turn = opening.turn_at(name.start)
    if turn is not slot.turn or not name.given or not is_given(name.given.split()[0]):
        return False
    start = name.start - max(o for o in opening.offsets if o <= name.start)
    return start <= slot.start and slot.end <= start + len(name.text)


def _alike(name: str, said: str) -> float:
    return max((sound_likeness(way, said) for way in sayings(name)), default=0.0)


def all_given(known: KnownName) -> str:
    """Every first name of a recorded full name, in lower case: "yu ting" of Yu Ting Deng."""
    family, text = (known.family or "").lower(), known.text.lower()
    rest = text.removesuffix(family).strip()
    return rest if family and rest != text else (known.given or "").lower()


def recorded_in_slot(opening: Opening, known: KnownName) -> tuple[Slot, float] | None:
    """Where a recorded full name stands, however it was split into words, and how alike it sounds.

    Example: "My name's Jaimingju" of a Zhi Ming Zhou, "my name is London" of a Lan Deng.
    """
    given, family = known.given or "", known.family or ""
    best: tuple[Slot, float] | None = None
    for slot in slots(opening):
        if slot.surely < _SURELY or is_given(" ".join(slot.words)):
            continue
        whole = max(_alike(way, slot.phones) for way in (known.text, f"{given} {family}"))
        part = max(_alike(given, slot.phones), _alike(family, slot.phones))
        heard = whole if whole >= _SAME_NAME and whole > part else 0.0
        if not heard and len(slot.words) > 1 and slot.least < _DARK:
            # The family name is right, and before it something else was said: the first name.
            heard = 0.6 if _alike(family, phones(slot.words[-1])) >= _SAME_FAMILY else 0.0
        if heard and (best is None or heard > best[1]):
            best = (slot, heard)
    return best


def has_dark_stretch(turns: Sequence[Turn]) -> bool:
    """Whether two or more words together, half a second long, were too badly heard to be sure."""
    for turn in turns:
        run: list[int] = []
        for at, word in enumerate(turn.words):
            if word.probability >= _DOUBTFUL:
                if run and at - run[-1] > 1:
                    run = []
                continue
            run.append(at)
            spoken = turn.words[run[-1]].end_ms - turn.words[run[0]].start_ms
            if len(run) > 1 and spoken >= _DARK_MS:
                return True
    return False
