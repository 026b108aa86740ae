"""Composition root: settings to engines to run. The command line is a thin layer over this."""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from qa_pipeline import api_rubric, models, resources
from qa_pipeline.acoustics.audio_files import content_sha256
from qa_pipeline.config import Settings
from qa_pipeline.criteria.calibration import Calibration, load_calibration
from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.recording import Audio, ChannelRoles, Recording
from qa_pipeline.domain.rubric import Rubric
from qa_pipeline.domain.scorecard import AgentScorecard
from qa_pipeline.domain.stored import (
    CallFilter,
    Failure,
    RecordingStatus,
    ScoredCall,
    StoredCall,
)
from qa_pipeline.errors import CallError, SetupError, UsageError
from qa_pipeline.metadata import Source, discover, require_sources
from qa_pipeline.models import Diagnosis, FetchResult, ModelStatus
from qa_pipeline.pipeline import Kit, Scored, process
from qa_pipeline.ports import Engines
from qa_pipeline.stages.aggregate import aggregate
from qa_pipeline.store import Store, open_store

if TYPE_CHECKING:
    from qa_pipeline.measure import Report
    from qa_pipeline.reports.clips import ClipsWritten
    from qa_pipeline.reports.source import AudioAccess

logger = logging.getLogger(__name__)


class Step(StrEnum):
    """What became of one recording in this run."""

    SCORED = "scored"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Progress:
    """One recording is done. `done_bytes` of `total_bytes` tell how far the run is."""

    step: Step
    file: str
    done: int
    total: int
    done_bytes: int
    total_bytes: int
    elapsed_s: float
    call: StoredCall | None = None
    failure: Failure | None = None
    duplicate_of: str | None = None


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """What a run did. `audio_ms` and `elapsed_s` cover the calls heard in this run."""

    counts: Mapping[str, int]
    failures: tuple[Failure, ...]
    audio_ms: int
    elapsed_s: float
    call_ids: tuple[str, ...]
    warnings: tuple[str, ...] = ()


OnProgress = Callable[[Progress], None]


def open_data(settings: Settings) -> Store:
    """The data folder of earlier runs, for reading.

    Raises:
        StoreError: there is none.
    """
    return open_store(settings.data_dir, create=False)


def build_kit(settings: Settings, store: Store, engines: Engines | None = None) -> Kit:
    """Everything a run needs besides the calls; engines are built when first used."""
    from qa_pipeline.engines.factory import build_engines

    catalogue = api_rubric.acts_of(settings)
    if engines is None:
        engines = build_engines(settings, partial(models.require, models_dir=settings.models_dir))
    return Kit(
        settings,
        engines,
        catalogue,
        _language_fingerprint(settings),
        api_rubric.rubrics_of(settings),
        store,
        calibration(),
    )


def calibration() -> Calibration:
    """The calibration that comes with qa_pipeline."""
    return load_calibration(resources.calibration_file())


def _language_fingerprint(settings: Settings) -> str:
    """SHA-256 over the files that say how acts and roles are recognised, 16 hex digits."""
    digest = hashlib.sha256()
    for folder in (resources.acts_dir(), resources.roles_dir(), *settings.acts):
        for file in sorted(folder.rglob("*.yaml")):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def run(
    paths: Sequence[Path],
    settings: Settings,
    on_progress: OnProgress = lambda _: None,
    engines: Engines | None = None,
) -> BatchSummary:
    """Score recordings and keep everything in the data folder.

    Args:
        paths: files or folders.
        settings: of this run.
        on_progress: told after each recording.
        engines: instead of those the settings name (for tests and benchmarks).

    Raises:
        SetupError: nothing can be scored: no recordings, no models, no data folder.
    """
    discovery = discover(paths, settings)
    # Kept paths hold from any working folder: reports cut the audio later, from elsewhere.
    sources = [
        replace(source, path=source.path.absolute()) for source in require_sources(discovery, paths)
    ]
    with open_store(settings.data_dir) as store:
        batch = _Batch(build_kit(settings, store, engines), sources, on_progress)
        store.begin_run()
        for rubric in batch.kit.rubrics.all:
            store.save_rubric(rubric)
        for source in sources:
            batch.take(source)
        _forget_gone(store, paths)
        store.finish_run()
    warnings = (
        *discovery.unmatched_manifest_rows,
        *(f"The folder {folder} cannot be read." for folder in discovery.unreadable_folders),
    )
    return batch.summary(warnings)


def _forget_gone(store: Store, paths: Sequence[Path]) -> None:
    """A failed recording that was deleted from the folders of this run is no failure any more."""
    folders = [path.absolute() for path in paths]
    for failure in store.failures():
        path = Path(failure.path)
        if any(path.is_relative_to(folder) for folder in folders) and not os.path.lexists(path):
            store.clear_failure(failure.path)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # it vanished or may not be looked at: ingest says so
        return 0


class _Batch:
    """One run over many recordings: a failure is one recording's, never the batch's."""

    def __init__(self, kit: Kit, sources: Sequence[Source], on_progress: OnProgress) -> None:
        self.kit = kit
        self._on_progress = on_progress
        self._total = len(sources)
        self._sizes = {source.path: _size(source.path) for source in sources}
        self._total_bytes = sum(self._sizes.values())
        self._done_bytes = 0
        self._started = time.monotonic()
        self._counts = dict.fromkeys(Step, 0)
        self._failures: list[Failure] = []
        self._call_ids: list[str] = []
        self._audio_ms = 0

    def take(self, source: Source) -> None:
        """Score one recording; whatever goes wrong with it is kept beside it."""
        try:
            self._score(source)
        except CallError as error:
            self._fail(source, error.cause, error.cure)
        except SetupError:
            raise
        except Exception as error:
            # A fault of ours or of an engine: the batch goes on, the log has the trace.
            logger.exception("unexpected error on %s", source.file)
            self._fail(
                source,
                f"{source.file}: an unexpected error stopped it ({type(error).__name__}: {error}).",
                "Run again; if it stays, report it with the log and this recording's format.",
            )

    def _score(self, source: Source) -> None:
        store, path = self.kit.store, source.path
        content = content_sha256(path)
        state = path.stat()
        seen = store.save_seen(source.file, path, state.st_size, state.st_mtime_ns, content)
        if seen.status is RecordingStatus.SKIPPED:
            self._tell(Step.DUPLICATE, source, duplicate_of=seen.duplicate_of)
            return
        scored = process(source, self.kit)
        known = self._keep(scored)
        if not scored.reused:
            self._audio_ms += scored.recording.duration_ms
        self._call_ids.append(scored.recording.call_id)
        call = StoredCall(scored.recording, scored.conversation, scored.evaluation)
        self._tell(Step.UNCHANGED if known else Step.SCORED, source, call=call)

    def _keep(self, scored: Scored) -> bool:
        """Keep the call and its evaluations; whether all were kept already."""
        store = self.kit.store
        known = [
            store.has_evaluation(
                scored.recording.content_sha256,
                evaluation.rubric_fingerprint,
                scored.conversation_key,
                scored.engines,
                # The main rubric's must be the last one of all: that is what reports show.
                rubric_id=evaluation.rubric_id if number else None,
            )
            for number, evaluation in enumerate(scored.evaluations)
        ]
        store.save_call(scored.recording, scored.conversation, scored.product_keys)
        if not all(known[1:]):
            known[0] = False
        for evaluation, kept in reversed(list(zip(scored.evaluations, known, strict=True))):
            if not kept:
                store.save_evaluation(evaluation, scored.engines)
        return all(known)

    def _fail(self, source: Source, cause: str, cure: str) -> None:
        self.kit.store.save_failure(source.file, source.path, cause, cure)
        failure = Failure(source.file, str(source.path), cause, cure)
        self._failures.append(failure)
        self._tell(Step.FAILED, source, failure=failure)

    def _tell(
        self,
        step: Step,
        source: Source,
        call: StoredCall | None = None,
        failure: Failure | None = None,
        duplicate_of: str | None = None,
    ) -> None:
        self._counts[step] += 1
        self._done_bytes += self._sizes[source.path]
        self._on_progress(
            Progress(
                step,
                source.file,
                sum(self._counts.values()),
                self._total,
                self._done_bytes,
                self._total_bytes,
                time.monotonic() - self._started,
                call,
                failure,
                duplicate_of,
            )
        )

    def summary(self, warnings: tuple[str, ...]) -> BatchSummary:
        """What was done."""
        return BatchSummary(
            {step.value: number for step, number in self._counts.items()},
            tuple(self._failures),
            self._audio_ms,
            time.monotonic() - self._started,
            tuple(self._call_ids),
            warnings,
        )


def export(
    settings: Settings, format: Literal["json", "csv"], out: Path, rubric: str | None = None
) -> int:
    """Write all scored calls; the number of calls (JSON) or of verdicts (CSV).

    Args:
        settings: name the data folder.
        format: of the file.
        out: the file.
        rubric: the id of the only rubric wanted; None: all, each call's main one first.

    Raises:
        SetupError: there are no results, or `out` cannot be written.
    """
    from qa_pipeline.reports.export import EXPORTS

    with open_data(settings) as store:
        return EXPORTS[format](store, out, _only(store, rubric))


def _only(store: Store, rubric_id: str | None) -> CallFilter | None:
    """A filter for one rubric.

    Raises:
        UsageError: no call was scored by it.
    """
    if rubric_id is None:
        return None
    if store.current_rubric(rubric_id) is None:
        known = ", ".join(sorted({rubric.id for rubric in store.rubrics()}))
        raise UsageError(f"No call was scored by a rubric '{rubric_id}'.", f"There are: {known}.")
    return CallFilter(rubric_id=rubric_id)


def results(
    settings: Settings, summary: BatchSummary
) -> tuple[tuple[ScoredCall, ...], tuple[AgentScorecard, ...], Rubric | None]:
    """The calls of a run, the agents over the whole data folder, and the rubric."""
    with open_data(settings) as store:
        calls = tuple(store.scored_calls())
        rubric = _rubric_of(store)
    of_run = set(summary.call_ids)
    return tuple(call for call in calls if call.call_id in of_run), aggregate(calls), rubric


def _rubric_of(store: Store) -> Rubric | None:
    current = store.current_rubric()
    return store.rubric(current.fingerprint) if current else None


def find_call(
    settings: Settings, name: str, rubric: str | None = None
) -> tuple[StoredCall, Rubric | None]:
    """The call with this id (or its beginning) or file name, and the rubric it was scored by.

    Args:
        settings: name the data folder.
        name: of the call.
        rubric: the id of the rubric wanted; None: the call's main one.

    Raises:
        UsageError: there is none, or several.
    """
    with open_data(settings) as store:
        _only(store, rubric)
        call = store.call(name, rubric)
        return call, store.rubric(call.evaluation.rubric_fingerprint)


def scorecards(
    settings: Settings,
    out: Path,
    language: Literal["en", "zh"] | None,
    rubric: str | None = None,
) -> Path:
    """Write the index and one page per agent, of one rubric: the last one used, or the one named.

    Raises:
        SetupError: there are no results, or `out` cannot be written.
    """
    from qa_pipeline.reports.scorecards import ScorecardOptions, write_scorecards

    options = ScorecardOptions(language=language or "en")
    with open_data(settings) as store:
        which = _only(store, rubric)
        return write_scorecards(
            store, out, aggregate, _audio_access(), which=which, options=options
        )


def clips(
    settings: Settings, criterion: str, outcome: str | None, agent: str | None, out: Path
) -> ClipsWritten:
    """Cut the evidence of verdicts on `criterion` into clips with captions and an index.

    Raises:
        UsageError: no rubric in the data folder has such a criterion.
        SetupError: there are no results, or `out` cannot be written.
    """
    from qa_pipeline.reports.clips import ClipRequest, write_clips

    wanted = ClipRequest(criterion, Outcome(outcome) if outcome else None, CallFilter(agent=agent))
    with open_data(settings) as store:
        return write_clips(store, wanted, out, _audio_access())


def evaluate(
    settings: Settings, labels: Path, by: Sequence[str] = (), rubric: str | None = None
) -> Report:
    """How far the kept evaluations agree with labelled calls; see `measure.evaluate`.

    Args:
        settings: name the data folder.
        labels: JSON file of labels.
        by: what to split the figures by besides the language.
        rubric: id of the rubric whose verdicts are measured; None: each call's main one.

    Raises:
        UsageError: the labels are wrong, none of their calls is in the data folder, or nothing was
            scored by that rubric.
        SetupError: there are no results.
    """
    from qa_pipeline import measure

    known = measure.load_labels(labels)
    with open_data(settings) as store:
        report = measure.evaluate(
            store.calls(_only(store, rubric)),
            known,
            by=by,
            failures=store.failures(),
            duplicates=store.duplicates(),
        )
    if not report.coverage.measured:
        raise UsageError(
            f"Of the calls in {labels}, {len(known)} in all, none has a result in "
            f"{settings.data_dir}.",
            "Run the labelled recordings first, or name the right folder with --data.",
        )
    return report


def _audio_access() -> AudioAccess:
    """How reports get at the sound of a call: decoded again, as its metadata says."""
    from qa_pipeline.acoustics.decode import decode
    from qa_pipeline.reports.source import AudioAccess
    from qa_pipeline.stages.cut import cut

    def samples(recording: Recording) -> Audio:
        kept = recording.kept_channels
        channels = ChannelRoles(*kept) if len(kept) == 2 else None
        return decode(Path(recording.path), channels).audio

    return AudioAccess(decode=samples, cut=cut)


def doctor(settings: Settings) -> tuple[Diagnosis, ...]:
    """What is installed and what can run."""
    return models.diagnose(settings)


def list_models(settings: Settings) -> tuple[ModelStatus, ...]:
    """Every known model and whether it is here."""
    return models.list_models(settings.models_dir)


def verify_models(settings: Settings, names: Sequence[str] | None) -> tuple[ModelStatus, ...]:
    """The models with their files hashed again; none named: the required ones."""
    return models.verify(names, settings.models_dir)


def fetch_models(
    settings: Settings,
    names: Sequence[str] | None,
    source_dir: Path | None,
    progress: Callable[[str], None],
) -> tuple[FetchResult, ...]:
    """Fetch and verify weights.

    Raises:
        ModelError: no source had the file, or it is not the pinned one.
    """
    return models.fetch(names, settings.models_dir, source_dir, progress)
