"""What reports need: something that gives calls, and a way to hear them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from qa_pipeline.domain.recording import Audio, Recording
from qa_pipeline.domain.rubric import LocalText, Rubric
from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.stored import CallFilter, Failure, RubricRef, ScoredCall, StoredCall


class CallSource(Protocol):
    """A data folder as reports see it; `qa_pipeline.store.Store` is one."""

    def calls(self, which: CallFilter | None = None) -> Iterator[StoredCall]:
        """Evaluated calls by file name, then id."""

    def scored_calls(self, which: CallFilter | None = None) -> Iterator[ScoredCall]:
        """The same, without conversations."""

    def stored_call(self, call_id: str, rubric_id: str | None = None) -> StoredCall | None:
        """The call with exactly this id."""

    def failures(self) -> tuple[Failure, ...]:
        """Recordings that could not be scored."""

    def current_rubric(self, rubric_id: str | None = None) -> RubricRef | None:
        """The rubric of the latest evaluation."""

    def rubric(self, fingerprint: str) -> Rubric | None:
        """A rubric's content."""


@dataclass(frozen=True, slots=True)
class AudioAccess:
    """How a report gets to sound; the two stages are handed in.

    Attributes:
        decode: the samples of a recording's file; may raise `CallError`.
        cut: a stretch of them (`stages.cut.cut`).
    """

    decode: Callable[[Recording], Audio]
    cut: Callable[[Audio, Span], Audio]


@dataclass(frozen=True, slots=True)
class Titles:
    """Criteria's titles in both languages; an id without one is made readable."""

    rubric: Rubric | None = None

    def of(self, criterion: str) -> LocalText:
        """The title of a criterion.

        Example:
            >>> Titles().of("name_use").en
            'Name use'
        """
        if self.rubric is not None:
            for known in self.rubric.criteria:
                if known.id == criterion:
                    return known.title
        plain = criterion.replace("_", " ").capitalize()
        return LocalText(plain, plain)

    def description(self, criterion: str) -> LocalText | None:
        """What the criterion asks for, if the rubric is known."""
        if self.rubric is not None:
            for known in self.rubric.criteria:
                if known.id == criterion:
                    return known.description
        return None


def narrowed(source: CallSource, which: CallFilter) -> tuple[CallFilter, RubricRef | None]:
    """`which` with one rubric: the one asked for, else that of the latest evaluation.

    Numbers of different rubrics do not belong on one page.
    """
    ref = source.current_rubric(which.rubric_id)
    rubric_id = which.rubric_id or (ref.id if ref else None)
    return CallFilter(which.agent, which.since, which.until, rubric_id), ref


def titles(source: CallSource, ref: RubricRef | None) -> Titles:
    """The titles of a stored rubric."""
    return Titles(source.rubric(ref.fingerprint) if ref else None)
