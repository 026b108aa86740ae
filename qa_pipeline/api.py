"""Composition root: settings to engines to run. The command line is a thin layer over this."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from qa_pipeline import models
from qa_pipeline.api_run import OnProgress, run
from qa_pipeline.config import Settings
from qa_pipeline.domain.batch import BatchSummary, Progress, Step
from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.recording import Audio, ChannelRoles, Recording
from qa_pipeline.domain.rubric import Rubric
from qa_pipeline.domain.scorecard import AgentScorecard
from qa_pipeline.domain.stored import CallFilter, ScoredCall, StoredCall
from qa_pipeline.errors import UsageError
from qa_pipeline.kits import build_kit, calibration
from qa_pipeline.models import Diagnosis, FetchResult, ModelStatus
from qa_pipeline.stages.aggregate import aggregate
from qa_pipeline.store import Store, open_store

if TYPE_CHECKING:
    from qa_pipeline.measure import Report
    from qa_pipeline.reports.clips import ClipsWritten
    from qa_pipeline.reports.source import AudioAccess

__all__ = [
    "BatchSummary",
    "OnProgress",
    "Progress",
    "Step",
    "build_kit",
    "calibration",
    "run",
]


def open_data(settings: Settings) -> Store:
    """The data folder of earlier runs, for reading.

    Raises:
        StoreError: there is none.
    """
    return open_store(settings.data_dir, create=False, url=settings.store)


def export(
    settings: Settings,
    format: Literal["json", "csv"],
    out: Path,
    rubric: str | None = None,
    days: tuple[date | None, date | None] = (None, None),
) -> int:
    """Write all scored calls; the number of calls (JSON) or of verdicts (CSV).

    Args:
        settings: name the data folder.
        format: of the file.
        out: the file.
        rubric: the id of the only rubric wanted; None: all, each call's main one first.
        days: the first and the last day of the calls wanted; None: no bound.

    Raises:
        SetupError: there are no results, or `out` cannot be written.
    """
    from qa_pipeline.reports.export import EXPORTS

    with open_data(settings) as store:
        which = _only(store, rubric)
        if any(days):
            which = replace(which or CallFilter(), since=days[0], until=days[1])
        return EXPORTS[format](store, out, which)


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
    """The calls of a run, the agents over these calls, and the rubric."""
    with open_data(settings) as store:
        calls = tuple(store.scored_by_id(list(dict.fromkeys(summary.call_ids))))
        rubric = _rubric_of(store)
    return calls, aggregate(calls), rubric


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
            store, out, aggregate, _audio_access(settings), which=which, options=options
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
        return write_clips(store, wanted, out, _audio_access(settings))


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


def _audio_access(settings: Settings) -> AudioAccess:
    """How reports get at the sound of a call: fetched and decoded again, as its metadata says."""
    from qa_pipeline.acoustics.decode import decode
    from qa_pipeline.metadata import at_hand
    from qa_pipeline.reports.source import AudioAccess
    from qa_pipeline.stages.cut import cut

    def samples(recording: Recording) -> Audio:
        kept = recording.kept_channels
        channels = ChannelRoles(*kept) if len(kept) == 2 else None
        with at_hand(recording.path, settings) as path:
            return decode(path, channels).audio

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
