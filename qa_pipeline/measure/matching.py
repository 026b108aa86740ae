"""Which call an entry of the labels means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from qa_pipeline.domain.recording import Recording
from qa_pipeline.domain.stored import Failure
from qa_pipeline.errors import UsageError
from qa_pipeline.measure.labels import Labels

NOT_THERE = "it is not in the data folder: was its recording in the folder that was run?"


def fit(name: str, recording: Recording) -> int | None:
    """How well a name fits a recording: 0 best, None not at all.

    In order: the call id; the file as given or its path; the end of its path; the file's name.
    """
    if name == recording.call_id:
        return 0
    if name in (recording.file, recording.path):
        return 1
    return _fit_path(name, recording.path)


def _fit_path(name: str, path: str) -> int | None:
    parts, own = PurePath(name).parts, PurePath(path).parts
    return 2 if parts and own[-len(parts) :] == parts else None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A call that an entry may mean; `at` is the caller's index of it."""

    fit: int
    call_id: str
    file: str
    at: int


class Index:
    """The entries of a labels file by what may be asked for, so that thousands are quick."""

    def __init__(self, labels: Labels) -> None:
        self._by_last_part: dict[str, list[str]] = {}
        for name in labels:
            self._by_last_part.setdefault(PurePath(name).name, []).append(name)

    def names_of(self, recording: Recording) -> tuple[tuple[str, int], ...]:
        """The entries that may mean this recording, each with how well it fits."""
        last_parts = dict.fromkeys(
            PurePath(text).name for text in (recording.call_id, recording.file, recording.path)
        )
        names = dict.fromkeys(n for part in last_parts for n in self._by_last_part.get(part, ()))
        found = ((name, fit(name, recording)) for name in names)
        return tuple((name, how) for name, how in found if how is not None)


def settle(name: str, candidates: Sequence[Candidate], source: str) -> Candidate | None:
    """The one call that is meant; None when there is none.

    Raises:
        UsageError: several fit equally well.
    """
    if not candidates:
        return None
    best = min(candidate.fit for candidate in candidates)
    meant = [candidate for candidate in candidates if candidate.fit == best]
    if len(meant) > 1:
        calls = ", ".join(f"{c.call_id} ({c.file})" for c in meant[:5])
        raise UsageError(
            f"{source}: '{name}' fits {len(meant)} calls: {calls}.",
            "Name each by its path or its call id.",
        )
    return meant[0]


def why_missing(
    name: str, failures: Sequence[Failure], duplicates: Sequence[tuple[str, str]]
) -> str:
    """Why a labelled call has no evaluation, in half a sentence."""
    for failure in failures:
        if name == failure.file or _fit_path(name, failure.path) is not None:
            return f"it could not be scored: {failure.error}"
    for file, first in duplicates:
        if name == file or _fit_path(name, file) is not None:
            return f"it has the same content as {first}, which is scored in its place"
    return NOT_THERE
