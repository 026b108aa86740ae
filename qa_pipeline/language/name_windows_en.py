"""Stretches of an English turn where somebody may be called, whatever was heard there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.mentions_en_context import GOES_ON, LEADS
from qa_pipeline.language.name_reading import is_common
from qa_pipeline.language.name_sounds import phones
from qa_pipeline.language.name_tokens import FILLERS, TITLES, Token, is_cased, is_spelled, tokenise
from qa_pipeline.language.text import word_set
from qa_pipeline.language.timing import time_of

_MOST_WORDS = 5
# Words of grammar, which alone are heard far more often than any name that sounds like them.
_SMALL = word_set(
    "a an the and or but so if it is are am was be been i you he she we they me him her us them my "
    "your his our their this that these those there here what who where when how why to of in on "
    "at by for from with as than then not no can could will would shall should may might must do "
    "does did have has had get got go let all any one two way now well too also just about up out"
)


@dataclass(frozen=True, slots=True)
class Window:
    """Some words of a turn as they sound, and how well a name would stand there.

    `turn` indexes the searched turns, ``[start, end)`` are characters of its text. `words` and
    `phones`, how they sound, are without a title that stands before them, which is `title`. `led`
    and `closed` tell how well what stands before and after fits a call: 1 for punctuation or the
    turn's border, less for words that often stand there, 0 for neither. `common` is the share of
    words with a meaning of their own, `probability` the recogniser's for the least sure word.
    """

    turn: int
    start: int
    end: int
    start_ms: int
    end_ms: int
    text: str
    words: tuple[str, ...]
    phones: str
    title: str
    led: float
    closed: float
    common: float
    probability: float


def windows(turns: Sequence[Turn]) -> Iterator[Window]:
    """Every stretch of one to five words that does not cross punctuation.

    Example:
        >>> from qa_pipeline.domain.recording import Role
        >>> turn = Turn(Role.AGENT, 0, 900, "All right, walking, there are two left.")
        >>> [w.text for w in windows([turn]) if w.led == w.closed == 1.0][:2]
        ['All right', 'walking']
    """
    for index, turn in enumerate(turns):
        tokens = tokenise(turn.text)
        for first in range(len(tokens)):
            yield from _from(index, turn, tokens, first)


def _from(index: int, turn: Turn, tokens: tuple[Token, ...], first: int) -> Iterator[Window]:
    title = tokens[first].norm if tokens[first].norm in TITLES else ""
    begin = first + 1 if title else first
    if begin == len(tokens):
        return
    cased = is_cased(turn.text)
    led = _led(tokens, first)
    for size in range(1, _MOST_WORDS + 1):
        row = tokens[begin : begin + size]
        if len(row) < size or is_spelled(row[-1]) or any(t.boundary for t in row[1:]):
            return
        if (title and row[0].boundary) or any(char.isdigit() for char in row[-1].norm):
            return
        if row[-1].start == row[0].start and size > 1:
            continue  # one contraction
        start, end = tokens[first].start, row[-1].end
        start_ms, end_ms = time_of(turn, start, end)
        sound = "".join(phones(token.norm) for token in row)
        small = size <= 2 and not title and all(token.norm in _SMALL for token in row)
        if sound and not small:
            yield Window(
                index, start, end, start_ms, end_ms, turn.text[start:end],
                tuple(token.norm for token in row), sound, title, led,
                _closed(tokens, begin + size), _common(row, cased),
                _probability(turn, start_ms, end_ms),
            )  # fmt: skip


def _led(tokens: tuple[Token, ...], first: int) -> float:
    if first == 0 or tokens[first].boundary:
        return 1.0
    at = first
    while at > 0 and tokens[at - 1].norm in FILLERS:
        at -= 1
    return 0.7 if at and tokens[at - 1].norm in LEADS else 0.0


def _closed(tokens: tuple[Token, ...], after: int) -> float:
    if after >= len(tokens) or tokens[after].boundary:
        return 1.0
    return 0.5 if tokens[after].norm in GOES_ON else 0.0


def _common(row: Sequence[Token], cased: bool) -> float:
    plain = [t for t in row if is_common(t.norm) and not (cased and t.capital and not t.boundary)]
    return len(plain) / len(row)


def _probability(turn: Turn, start_ms: int, end_ms: int) -> float:
    inside = [
        w.probability for w in turn.words if start_ms <= (w.start_ms + w.end_ms) // 2 <= end_ms
    ]
    return min(inside, default=1.0)
