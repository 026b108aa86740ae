"""How well the words were heard: word errors (English), character errors (Chinese).

Both texts are made alike first, by `language.numbers.digits`: lower case, punctuation and spacing
aside, contractions spelled out, Chinese simplified, numbers in digits however they were said or
written. Fillers ("um", 嗯) stay: who drops one has missed something.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Literal

from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.numbers import digits
from qa_pipeline.measure.labels import LabelledTurn

Unit = Literal["word", "character"]
PARTIES = (Role.AGENT, Role.CUSTOMER)


@dataclass(frozen=True, slots=True)
class WordErrors:
    """Edits that make the label's text of what was heard, over the label's length.

    `reference` counts its units: words in English, characters in Chinese. `rate` can exceed 1;
    None when the label has no words. `rate_by_voice` counts a word as wrong too when it is at the
    wrong party (concatenated minimum-permutation rate: each party's words apart, parties matched
    to the fewest errors, so that swapped roles alone cost nothing).
    """

    unit: Unit
    calls: int
    reference: int
    substitutions: int
    deletions: int
    insertions: int
    errors_by_voice: int
    rate: float | None
    rate_by_voice: float | None

    @property
    def errors(self) -> int:
        """All edits."""
        return self.substitutions + self.deletions + self.insertions


def unit_of(language: str) -> Unit:
    """What is counted in this language."""
    return "character" if language == "zh" else "word"


def units(text: str, language: str) -> list[str]:
    """A text in the units that are compared.

    Example:
        >>> units("It's $81, OK?", "en")
        ['it', 'is', '81', 'dollars', 'okay']
        >>> "".join(units("您好，一共一百二十塊。", "zh"))
        '您好一共120块'
    """
    plain = digits(text, language)
    return list(plain.replace(" ", "")) if unit_of(language) == "character" else plain.split()


def edits(reference: Sequence[str], heard: Sequence[str]) -> tuple[int, int, int]:
    """Substitutions, deletions and insertions of a best alignment."""
    if not reference:
        return 0, 0, len(heard)
    if not heard:
        return 0, len(reference), 0
    import jiwer

    # Units hold no spaces, so that words joined by spaces come apart into them again.
    found = jiwer.process_words(" ".join(reference), " ".join(heard))
    return found.substitutions, found.deletions, found.insertions


def word_errors(label: Sequence[LabelledTurn], turns: Sequence[Turn], language: str) -> WordErrors:
    """One call's errors.

    The turns of each side follow each other by their start. Where parties talk at once that order
    is a matter of taste, and a short word may count as moved; not so in `rate_by_voice`.
    """
    sides = _by_party(label, language), _by_party(turns, language)
    counts = edits(_all(label, language), _all(turns, language))
    by_voice = min(
        sum(sum(edits(sides[0][a], sides[1][b])) for a, b in zip(PARTIES, order, strict=True))
        for order in permutations(PARTIES)
    )
    reference = sum(len(own) for own in sides[0].values())
    return _rated(unit_of(language), 1, reference, counts, by_voice)


def pooled(calls: Iterable[WordErrors]) -> tuple[WordErrors, ...]:
    """The errors of many calls together, words and characters apart."""
    found: dict[Unit, list[WordErrors]] = {}
    for call in calls:
        found.setdefault(call.unit, []).append(call)
    return tuple(
        _rated(
            unit,
            sum(w.calls for w in own),
            sum(w.reference for w in own),
            (
                sum(w.substitutions for w in own),
                sum(w.deletions for w in own),
                sum(w.insertions for w in own),
            ),
            sum(w.errors_by_voice for w in own),
        )
        for unit, own in sorted(found.items(), reverse=True)
    )


def _rated(
    unit: Unit, calls: int, reference: int, counts: tuple[int, int, int], by_voice: int
) -> WordErrors:
    rates = (sum(counts) / reference, by_voice / reference) if reference else (None, None)
    return WordErrors(unit, calls, reference, *counts, by_voice, *rates)


def _ordered(turns: Iterable[LabelledTurn | Turn]) -> list[LabelledTurn | Turn]:
    return sorted((t for t in turns if t.role in PARTIES), key=lambda t: (t.start_ms, t.end_ms))


def _all(turns: Iterable[LabelledTurn | Turn], language: str) -> list[str]:
    # Each turn by itself: a number does not go on from one turn into the next.
    return [unit for turn in _ordered(turns) for unit in units(turn.text, language)]


def _by_party(turns: Sequence[LabelledTurn | Turn], language: str) -> dict[Role, list[str]]:
    return {role: _all([t for t in turns if t.role is role], language) for role in PARTIES}
