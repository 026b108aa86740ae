"""What a worker does with one recording, from its content to its kept evaluations."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

from qa_pipeline.acoustics.audio_files import content_sha256
from qa_pipeline.batch.marks import kit_mark, result_mark
from qa_pipeline.config import Settings
from qa_pipeline.domain.batch import Step
from qa_pipeline.domain.stored import RecordingStatus, ScoredCall, agent_of, customer_name_of
from qa_pipeline.errors import CallError, StoreUnavailableError
from qa_pipeline.metadata import Source, fetched
from qa_pipeline.pipeline import Kit, Scored, process
from qa_pipeline.ports import Engines, Report, Work
from qa_pipeline.store import Store, open_store

OPEN_PATIENCE_S = 120.0  # of a worker that starts; a server restarts in less, a lease holds longer
OPEN_PAUSE_S = 2.0

# What a run's process and its workers build alike; named by its module, so that it survives
# pickling.
KitMaker = Callable[[Settings, Store, Engines | None], Kit]


@dataclass(frozen=True, slots=True)
class Assignment:
    """A recording to work on, as it was when it was claimed.

    `mark`: of what stands beside it, see `marks.source_mark`.
    """

    source: Source
    size: int | None
    mtime_ns: int | None
    mark: str


@dataclass(frozen=True, slots=True)
class WorkDone:
    """What came of an assignment.

    `step` None: nothing as yet, because a copy of the recording is in hand just now, or because
    the file changed while it was read (`changed`).
    """

    step: Step | None
    call: ScoredCall | None = None
    heard_ms: int = 0
    duplicate_of: str | None = None
    changed: bool = False


@dataclass(frozen=True)
class WorkerPlan:
    """Makes the work inside a worker's process; survives pickling unless engines are given."""

    settings: Settings
    run_id: int
    make_kit: KitMaker
    engines: Engines | None = None

    def __call__(self) -> Work:
        """Open the store and build the engines; their weights are loaded with the first call."""
        store = _opened(self.settings)
        store.belong_to(self.run_id)
        kit = self.make_kit(self.settings, store, self.engines)
        return _Worker(store, kit)


def _opened(settings: Settings) -> Store:
    """The store, which the run has opened before: locked or out of reach, it will be back."""
    until = time.monotonic() + OPEN_PATIENCE_S
    while True:
        try:
            return open_store(settings.data_dir, url=settings.store)
        except StoreUnavailableError:
            if time.monotonic() >= until:
                raise
            time.sleep(OPEN_PAUSE_S)


class _Worker:
    """The work on one recording after the other."""

    def __init__(self, store: Store, kit: Kit) -> None:
        self._store, self._kit = store, kit
        self._kit_mark = cache(partial(kit_mark, kit))

    def __call__(self, payload: object, report: Report) -> object:
        """Work on one `Assignment`; gives a `WorkDone`."""
        assert isinstance(payload, Assignment)
        report("identify")
        with fetched(payload.source, self._kit.settings) as source:
            return self._work(payload, source, report)

    def _work(self, given: Assignment, source: Source, report: Report) -> WorkDone:
        store, name = self._store, given.source.location
        content = content_sha256(source.path)
        seen = store.save_seen(source.file, name, given.size, given.mtime_ns, content)
        if seen.in_hand:
            return WorkDone(None)
        if seen.status is RecordingStatus.SKIPPED:
            return WorkDone(Step.DUPLICATE, duplicate_of=seen.duplicate_of)

        def on_stage(stage: str, duration_ms: int | None) -> None:
            settings = self._kit.settings
            limit_s = None
            if duration_ms is not None:
                limit_s = settings.limit_base_s + settings.limit_factor * duration_ms / 1000
            report(stage, limit_s)

        try:
            scored = process(source, self._kit, on_stage)
        except CallError:
            # What a half written file is blamed for says nothing about the whole one.
            if os.path.lexists(source.path) and _changed(source.path, given):
                return WorkDone(None, changed=True)
            raise
        if given.source.url is not None:
            scored = replace(scored, recording=replace(scored.recording, path=name))
        if _changed(source.path, given):
            return WorkDone(None, changed=True)
        report("keep")
        known = store.keep_scored(
            scored.recording,
            scored.conversation,
            scored.product_keys,
            scored.evaluations,
            engines=scored.engines,
            made_by=result_mark(self._kit_mark(source.kind), given.mark),
            path=name,
        )
        return WorkDone(
            Step.UNCHANGED if known else Step.SCORED,
            _facts(scored),
            0 if scored.reused else scored.recording.duration_ms,
        )


def _changed(path: Path, given: Assignment) -> bool:
    if given.source.url is not None:
        return False  # fetched whole, or not at all
    try:
        state = path.stat()
    except OSError:
        return True
    return (state.st_size, state.st_mtime_ns) != (given.size, given.mtime_ns)


def _facts(scored: Scored) -> ScoredCall:
    conversation, recording = scored.conversation, scored.recording
    return ScoredCall(
        call_id=recording.call_id,
        file=recording.file,
        agent=agent_of(conversation),
        customer_name=customer_name_of(conversation),
        language=conversation.language,
        started_at=conversation.metadata.started_at,
        duration_ms=conversation.duration_ms,
        evaluation=scored.evaluation,
    )
