"""What becomes of a recording when its worker has ended with it, in whatever way."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace

from qa_pipeline.batch.desk import SOON_S, RunDesk
from qa_pipeline.batch.queue import Candidate
from qa_pipeline.batch.work import WorkDone
from qa_pipeline.domain.batch import Notice, Step
from qa_pipeline.domain.stored import FailureKind
from qa_pipeline.errors import CallError, EngineError, GoneError, SetupError, StoreUnavailableError
from qa_pipeline.metadata import Source, sweep_temporary
from qa_pipeline.ports import TaskEnd, TaskResult

MOST_CHANGES = 3  # of a file while it is read, before it is left for the next run
MOST_STORE_TRIES = 5  # of a call whose worker finds the store locked or out of reach

_KINDS = {
    TaskEnd.CRASHED: FailureKind.CRASH,
    TaskEnd.TIMED_OUT: FailureKind.TIME,
    TaskEnd.OUT_OF_MEMORY: FailureKind.MEMORY,
}


class Results:
    """Takes results in: done, tried again, failed, set aside or left for the next run."""

    def __init__(self, desk: RunDesk) -> None:
        self._desk = desk
        self._store_tries: Counter[str] = Counter()

    def take(self, result: TaskResult) -> None:
        """One result.

        Raises:
            SetupError: the work met something that concerns all calls.
        """
        candidate = self._desk.in_hand.pop(result.task.number)
        self._desk.books.took(result)
        if result.end is TaskEnd.DONE:
            self._done(candidate, result)
        elif result.end is TaskEnd.RAISED and result.error is not None:
            self._raised(candidate, result, result.error)
        else:
            self._ended(candidate, result, _KINDS[result.end], result.cause)

    def _done(self, candidate: Candidate, result: TaskResult) -> None:
        done = result.value
        assert isinstance(done, WorkDone)
        if done.step is None:
            self._again(candidate, done)
            return
        self._desk.books.heard(candidate, done, result)
        self._desk.tell(done.step, candidate, result, done)

    def _again(self, candidate: Candidate, done: WorkDone) -> None:
        """Not now: a copy is in hand elsewhere, or the file changed while it was read."""
        self._desk.insist(lambda: self._desk.store.release_claims([candidate.source.location]))
        self._desk.taken -= 1
        if not done.changed:
            # Copies of this run wait for each other, so it is another run that has this one.
            self._desk.elsewhere.append(candidate)
            return
        again = replace(candidate, changes=candidate.changes + 1, looks=candidate.looks + 1)
        if again.changes >= MOST_CHANGES:
            self._desk.leave(Step.WAITING, again)
        else:
            self._desk.queue.put_later(again, max(self._desk.settings.settle_s, SOON_S))

    def _raised(self, candidate: Candidate, result: TaskResult, error: Exception) -> None:
        source = candidate.source
        if isinstance(error, StoreUnavailableError):
            self._store_tries[source.location] += 1
            if self._store_tries[source.location] >= MOST_STORE_TRIES:
                raise error
            self._retry(candidate, self._store_tries[source.location], error.cause)
        elif isinstance(error, SetupError):
            raise error
        elif isinstance(error, MemoryError):
            self._ended(candidate, result, FailureKind.MEMORY, "no memory was left for it")
        elif _is_gone(source, error):
            self._desk.leave(Step.GONE, candidate)
        elif isinstance(error, CallError):
            kind = FailureKind.ENGINE if isinstance(error, EngineError) else FailureKind.RECORDING
            self._fail(candidate, result, cause=error.cause, cure=error.cure, kind=kind)
        else:
            self._fail(
                candidate,
                result,
                cause=f"{source.file}: an unexpected error stopped it ({_named(error)}).",
                cure="Run again; if it stays, report it with the log and this recording's format.",
                kind=FailureKind.UNEXPECTED,
            )

    def _ended(
        self, candidate: Candidate, result: TaskResult, kind: FailureKind, cause: str
    ) -> None:
        """Its worker ended: tried again after a pause, and set aside when that was often enough."""
        sweep_temporary(self._desk.settings)  # what it had fetched
        tries = self._desk.insist(
            lambda: self._desk.store.save_try(candidate.source.location, kind)
        )
        if tries < self._desk.settings.tries:
            self._retry(candidate, tries, cause)
            return
        self._fail(
            candidate,
            result,
            cause=f"{candidate.source.file}: set aside after {tries} tries; the last time {cause}.",
            cure="Listen to the file; 'qa-pipeline retry' has it tried again.",
            kind=kind,
            set_aside=True,
        )

    def _retry(self, candidate: Candidate, tries: int, cause: str) -> None:
        pause_s = self._desk.settings.backoff_s * 4.0 ** (tries - 1)
        self._desk.insist(lambda: self._desk.store.release_claims([candidate.source.location]))
        self._desk.taken -= 1
        self._desk.books.retries += 1
        file = candidate.source.file
        text = f"{file}: {cause}; tried again in {pause_s:.0f} s."
        self._desk.watcher.notice(Notice("retry", text, file, {"cause": cause, "tries": tries}))
        self._desk.queue.put_later(candidate, pause_s)

    def _fail(
        self,
        candidate: Candidate,
        result: TaskResult,
        *,
        cause: str,
        cure: str,
        kind: FailureKind,
        set_aside: bool = False,
    ) -> None:
        source = candidate.source
        failure = self._desk.insist(
            lambda: self._desk.store.save_failure(
                source.file,
                source.location,
                cause,
                cure,
                kind=kind,
                set_aside=set_aside,
                counted=set_aside,
            )
        )
        self._desk.books.failures.append(failure)
        progress = self._desk.books.progress(Step.FAILED, candidate, self._desk.queue, result)
        self._desk.watcher.progress(replace(progress, failure=failure))


def _named(error: Exception) -> str:
    text = str(error)
    return text if type(error).__name__ in text else f"{type(error).__name__}: {text}"


def _is_gone(source: Source, error: Exception) -> bool:
    """Whether the recording (or, of one in other storage, what lay beside it) has vanished."""
    if source.url is not None:
        return isinstance(error, GoneError)
    return not os.path.lexists(source.path)
