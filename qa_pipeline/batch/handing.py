"""Handing recordings out: in order, each once, none that is gone, growing or another run's."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import datetime, timedelta

from qa_pipeline.batch.desk import SOON_S, RunDesk
from qa_pipeline.batch.queue import LOOKS, Candidate, may_be_copies
from qa_pipeline.batch.work import Assignment
from qa_pipeline.domain.batch import Step
from qa_pipeline.ports import Executor, Task

TAIL = 4  # calls per worker: the last ones are taken longest first, so that none works alone


class Handing:
    """Hands recordings to workers.

    Args:
        desk: of the run.
        limit: take at most so many in hand.
        deadline: take none that would not be done by then.
    """

    def __init__(self, desk: RunDesk, limit: int | None, deadline: datetime | None) -> None:
        self._desk, self._limit, self._deadline = desk, limit, deadline
        self._numbers = itertools.count(1)

    def hand_out(self, executor: Executor) -> None:
        """Give the executor as much as it takes now."""
        held: list[Candidate] = []
        while executor.free() and (self._limit is None or self._desk.taken < self._limit):
            candidate = self._desk.queue.take(self._is_tail(executor.workers))
            if candidate is None:
                break
            if any(may_be_copies(candidate, other) for other in self._desk.in_hand.values()):
                held.append(candidate)  # of two copies the first in order is the call's recording
            elif not self._in_time(candidate):
                self._desk.books.too_late.append(candidate)
            else:
                self._hand_in(candidate, executor)
        for candidate in held:
            self._desk.queue.put_later(candidate, SOON_S)

    def _is_tail(self, workers: int) -> bool:
        """Whether the last ones are taken by length; not where some may have to be left."""
        waiting = len(self._desk.queue)
        room = self._limit is None or self._limit - self._desk.taken >= waiting
        return workers > 1 and waiting <= TAIL * workers and room and self._deadline is None

    def _in_time(self, candidate: Candidate) -> bool:
        if self._deadline is None:
            return True
        expected = timedelta(seconds=self._desk.books.seconds_for(candidate.size))
        return datetime.now().astimezone() + expected <= self._deadline

    def _hand_in(self, candidate: Candidate, executor: Executor) -> None:
        steady = self._looked_at(candidate)
        if steady is None:
            return
        source = steady.source
        if not self._desk.insist(
            lambda: self._desk.store.claim(
                source.location, source.file, steady.size, steady.mtime_ns
            )
        ):
            self._desk.elsewhere.append(steady)
            return
        self._desk.taken += 1
        number = next(self._numbers)
        self._desk.in_hand[number] = steady
        given = Assignment(source, steady.size, steady.mtime_ns, steady.mark)
        executor.submit(Task(number, given, self._desk.settings.limit_base_s))

    def _looked_at(self, candidate: Candidate) -> Candidate | None:
        """The candidate as its file is now; None if it is gone or still being written."""
        source = candidate.source
        if source.url is not None:
            return candidate
        try:
            state = source.path.stat()
        except FileNotFoundError:
            self._desk.leave(Step.GONE, candidate)
            return None
        except OSError:
            return candidate  # reading it will say what is wrong
        now = replace(candidate, size=state.st_size, mtime_ns=state.st_mtime_ns)
        if (now.size, now.mtime_ns) == (candidate.size, candidate.mtime_ns):
            return now
        if candidate.looks > LOOKS and self._only_growing():
            self._desk.leave(Step.WAITING, candidate)
            return None
        self._desk.queue.put_later(
            replace(now, looks=candidate.looks + 1), max(self._desk.settings.settle_s, SOON_S)
        )
        return None

    def _only_growing(self) -> bool:
        """Whether nothing is left to do but to wait for files that are being written."""
        if self._desk.in_hand or self._desk.queue.listing:
            return False
        return all(other.looks > LOOKS for other in self._desk.queue.left())
