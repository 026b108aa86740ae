"""What to take next: the listing as it comes in, known files passed over, the rest in order."""

from __future__ import annotations

import heapq
import itertools
import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from qa_pipeline.batch.marks import result_mark, source_mark
from qa_pipeline.config import Settings
from qa_pipeline.domain.batch import Step
from qa_pipeline.domain.stored import LedgerEntry, RecordingStatus
from qa_pipeline.errors import QaError
from qa_pipeline.metadata import Source, load_metadata
from qa_pipeline.store import Store

CHUNK = 250  # files looked up in the ledger at once
LOOKS = 3  # at a file that keeps growing while nothing else is left to do
SAMPLE_BYTES = 65_536  # of both ends of two files of one size, to see whether they may be copies


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which recordings a run is to take; None does not narrow.

    `since` and `until` are days, both inclusive, by the call's start on its own clock, else by the
    file's time on this machine's.
    """

    since: date | None = None
    until: date | None = None
    limit: int | None = None
    only: frozenset[str] | None = None  # paths or addresses

    @property
    def days(self) -> bool:
        """Whether only some days are wanted."""
        return self.since is not None or self.until is not None

    def by_day(self, day: date | None) -> bool:
        """Whether a recording of that day is wanted; one of no known day is in no period."""
        if day is None:
            return not self.days
        return (self.since is None or day >= self.since) and (
            self.until is None or day <= self.until
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A recording to be worked on.

    `when` is the call's start (else the file's time) in seconds since 1970, `day` its day, `looks`
    how often the file was found growing.
    """

    source: Source
    size: int
    mtime_ns: int
    mark: str
    when: float = 0.0
    day: date | None = None
    priority: float = 0.0
    looks: int = 0
    changes: int = 0

    @property
    def order(self) -> tuple[float, float, str]:
        """The more urgent first, then the older, then by name."""
        return (-self.priority, self.when, self.source.location)


# A recording that needs no work: what it counts as, and of which file it is a copy.
Known = Callable[[Source, Step, LedgerEntry, str | None], None]


class Queue:
    """Recordings in the order of work, while the listing is still coming in.

    Args:
        sources: the listing, streamed.
        store: whose ledger knows what is done.
        settings: of the run.
        wanted: narrows the listing.
        kit_mark: gives the present kit's mark for a kind of source (see `marks`); asked only
            when the ledger has something to compare.
        on_known: told of recordings that need no work.
    """

    def __init__(
        self,
        sources: Iterator[Source],
        store: Store,
        settings: Settings,
        *,
        wanted: Wanted,
        kit_mark: Callable[[str], str],
        on_known: Known,
    ) -> None:
        self._sources, self._store, self._settings = sources, store, settings
        self._wanted, self._kit_mark, self._on_known = wanted, kit_mark, on_known
        self._ready: list[tuple[tuple[float, float, str], int, Candidate]] = []
        self._later: list[tuple[float, int, Candidate]] = []
        self._count = itertools.count()
        self.listing = True
        self.listed = 0
        self.listed_bytes = 0
        self.passed_over = 0  # not of the days asked for

    def __len__(self) -> int:
        """How many wait to be taken."""
        return len(self._ready) + len(self._later)

    def fill(self, seconds: float) -> None:
        """Go on listing for about so long, or to its end."""
        until = time.monotonic() + seconds
        while self.listing:
            chunk = list(itertools.islice(self._sources, CHUNK))
            self.listing = bool(chunk)
            self._sort_in(chunk)
            if time.monotonic() >= until:
                return

    def _sort_in(self, chunk: list[Source]) -> None:
        if self._wanted.only is not None:
            chunk = [source for source in chunk if source.location in self._wanted.only]
        entries = self._store.ledger_entries([source.location for source in chunk])
        for source in chunk:
            candidate = Candidate(
                source, source.size or 0, source.mtime_ns or 0, source_mark(source)
            )
            if self._wanted.days:
                candidate = self._dated(candidate)
                if not self._wanted.by_day(candidate.day):
                    self.passed_over += 1
                    continue
            self.listed += 1
            self.listed_bytes += candidate.size
            entry = entries.get(source.location)
            step, copy_of = self._known(candidate, entry) if entry else (None, None)
            if entry and step:
                self._on_known(source, step, entry, copy_of)
            else:
                self._put(candidate if self._wanted.days else self._dated(candidate))

    def _dated(self, candidate: Candidate) -> Candidate:
        """With the call's own start and its priority, where they are known.

        Beside a remote recording nothing is read before its turn: each look would be a request.
        """
        when, priority, day = candidate.mtime_ns / 1e9, 0.0, None
        if candidate.source.url is None:
            # What is wrong is told when its turn has come.
            with suppress(QaError, OSError, ValueError, OverflowError):
                metadata, _ = load_metadata(candidate.source, self._settings)
                priority = _number(metadata.extra.get("priority"))
                if metadata.started_at is not None:
                    when, day = metadata.started_at.timestamp(), metadata.started_at.date()
        if day is None:
            with suppress(OSError, ValueError, OverflowError):
                day = datetime.fromtimestamp(when).date()
        return replace(candidate, when=when, day=day, priority=priority)

    def _known(self, candidate: Candidate, entry: LedgerEntry) -> tuple[Step | None, str | None]:
        """The step of a file that needs no work: its content and all it depends on are as then."""
        if (entry.size, entry.mtime_ns) != (candidate.size, candidate.mtime_ns):
            return None, None
        if entry.status is RecordingStatus.FAILED and entry.set_aside:
            return Step.SET_ASIDE, None
        if entry.status is RecordingStatus.SKIPPED:
            copy_of = self._store.scored_copy_of(entry)
            return (Step.DUPLICATE, copy_of) if copy_of else (None, None)
        if entry.status is RecordingStatus.SCORED and entry.made_by and entry.has_products:
            now = result_mark(self._kit_mark(candidate.source.kind), candidate.mark)
            return (Step.UNCHANGED, None) if now == entry.made_by else (None, None)
        return None, None

    def _put(self, candidate: Candidate) -> None:
        age_s = time.time() - candidate.mtime_ns / 1e9
        settle_s = self._settings.settle_s
        if candidate.source.url is None and candidate.looks == 0 and age_s < settle_s:
            # It may still be being written: looked at again before it is taken.
            self.put_later(replace(candidate, looks=1), min(settle_s, settle_s - age_s))
        else:
            self.put_back(candidate)

    def put_back(self, candidate: Candidate) -> None:
        """Among those that can be taken now."""
        heapq.heappush(self._ready, (candidate.order, next(self._count), candidate))

    def put_later(self, candidate: Candidate, seconds: float) -> None:
        """To be taken after so many seconds."""
        due = time.monotonic() + seconds
        heapq.heappush(self._later, (due, next(self._count), candidate))

    def take(self, longest_first: bool = False) -> Candidate | None:
        """The next one, or None if there is none just now.

        `longest_first`: of the most urgent ones the longest, once all are listed.
        """
        while self._later and self._later[0][0] <= time.monotonic():
            self.put_back(heapq.heappop(self._later)[2])
        if not self._ready:
            return None
        if longest_first and not self.listing:
            entry = min(self._ready, key=lambda item: (item[0][0], -item[2].size, item[0]))
            self._ready.remove(entry)
            heapq.heapify(self._ready)
            return entry[2]
        return heapq.heappop(self._ready)[2]

    def seconds_to_next(self) -> float:
        """How long nothing can be taken; 0 when something can."""
        if self._ready or not self._later:
            return 0.0
        return max(0.0, self._later[0][0] - time.monotonic())

    @property
    def done(self) -> bool:
        """Nothing is left and nothing will come."""
        return not self.listing and not self._ready and not self._later

    def left(self) -> list[Candidate]:
        """Those not taken."""
        return [item[2] for item in (*self._ready, *self._later)]


def _number(value: object) -> float:
    """A priority, also one that a manifest or a file name gives as text."""
    try:
        number = float(value) if isinstance(value, int | float | str) else 0.0
    except (ValueError, OverflowError):
        return 0.0
    return number if math.isfinite(number) else 0.0


def may_be_copies(one: Candidate, other: Candidate) -> bool:
    """Whether two recordings may have the same content, by size and both ends."""
    if one.size != other.size:
        return False
    if one.source.url is not None or other.source.url is not None:
        return one.source.identity is not None and one.source.identity == other.source.identity
    return _ends(one.source.path) == _ends(other.source.path)


def _ends(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(SAMPLE_BYTES)
            file.seek(max(0, os.fstat(file.fileno()).st_size - SAMPLE_BYTES))
            return head + file.read(SAMPLE_BYTES)
    except OSError as error:
        return f"{path}: {error}".encode("utf-8", "surrogateescape")
