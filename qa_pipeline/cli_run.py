"""The commands of the night: run, retry, failures, status."""

from __future__ import annotations

import datetime
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from qa_pipeline.cli_options import (
    ConfigFile,
    DataDir,
    Interface,
    ModelsDir,
    RubricNames,
    StoreUrl,
    settings_of,
)
from qa_pipeline.errors import ExitCode, SetupError, UsageError

if TYPE_CHECKING:
    from qa_pipeline.batch import Wanted
    from qa_pipeline.config import Settings

Language = Literal["auto", "en", "zh"]
SIGNALLED = 128  # plus the signal's number, as shells count

AsrEngine = Annotated[
    Literal["faster-whisper", "openai-whisper"] | None,
    typer.Option(help="Recogniser.  [default: faster-whisper]"),
]
AsrModel = Annotated[
    str | None,
    typer.Option(
        help="Its weights: a name from `models list`, or a folder.  [default: whisper-base]",
        metavar="NAME|DIR",
    ),
]
CallLanguage = Annotated[
    Language | None, typer.Option(help="Language of the calls.  [default: auto]")
]
Country = Annotated[
    str | None,
    typer.Option(
        help="Country of the calls where their metadata does not say (CN, US, ...).",
        metavar="CC",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No result per call, only the summary.")]
Since = Annotated[
    datetime.datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"],
        help="Only calls from this day on (by their start, else by the file's time).",
        metavar="DAY",
    ),
]
Until = Annotated[
    datetime.datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Only calls up to this day.", metavar="DAY"),
]
Limit = Annotated[
    int | None, typer.Option(min=1, help="At most so many recordings, the oldest first.")
]
UntilTime = Annotated[
    str | None,
    typer.Option(
        help="Be over by this time of day: no call is begun that would not be done by then.",
        metavar="HH:MM",
    ),
]
LogFormat = Annotated[
    Literal["text", "json"], typer.Option(help="What to print: for people, or one JSON per event.")
]
SummaryFile = Annotated[
    Path | None, typer.Option(help="Write the summary to this file as JSON.", metavar="FILE")
]
ExecutorName = Annotated[
    Literal["serial", "processes", "ray"] | None,
    typer.Option(
        help="Where calls are worked on: in this process, on worker processes, on a Ray cluster.  "
        "[default: processes]"
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(min=0, help="Calls worked on at once; 0: as many as the machine carries."),
]
RayAddress = Annotated[
    str | None, typer.Option(help="Ray cluster to work on.  [default: this machine]")
]
GpusPerWorker = Annotated[
    float | None, typer.Option(min=0, help="Share of a GPU for each Ray worker.", metavar="SHARE")
]


def run(
    paths: Annotated[
        list[str],
        typer.Argument(
            help="Recordings, *.turns.json, folders of them, or addresses such as s3://bucket/day/.",
            metavar="PATH",
        ),
    ],
    data: DataDir = None,
    rubric: RubricNames = None,
    asr_engine: AsrEngine = None,
    asr_model: AsrModel = None,
    language: CallLanguage = None,
    country: Country = None,
    config: ConfigFile = None,
    models: ModelsDir = None,
    lang: Interface = None,
    quiet: Quiet = False,
    since: Since = None,
    until: Until = None,
    limit: Limit = None,
    until_time: UntilTime = None,
    log_format: LogFormat = "text",
    summary: SummaryFile = None,
    store: StoreUrl = None,
    executor: ExecutorName = None,
    workers: Workers = None,
    ray_address: RayAddress = None,
    gpus_per_worker: GpusPerWorker = None,
) -> None:
    """Score recordings: only what is new or changed is heard again.

    It can be stopped, killed and started again at any time, also twice at once: every call is
    scored once. Exit code 0: all scored; 2: usage or set-up; 3: finished, but some recordings
    failed; 130 or 143: stopped by Ctrl-C or SIGTERM.
    """
    from qa_pipeline.batch import Wanted
    from qa_pipeline.domain.places import as_place

    settings = settings_of(
        config,
        data_dir=data,
        rubric=rubric,
        asr_engine=asr_engine,
        asr_model=asr_model,
        language=language,
        country=country,
        models_dir=models,
        store=store,
        executor=executor,
        workers=workers,
        ray_address=ray_address,
        gpus_per_worker=gpus_per_worker,
    )
    first, last = (day.date() if day else None for day in (since, until))
    _run(
        [as_place(path) for path in paths],
        settings,
        Wanted(first, last, limit),
        _time_of_day(until_time),
        lang,
        quiet,
        log_format,
        summary,
    )


def retry(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="Failed recordings by name, as `failures` lists them.  [default: all of them]"
        ),
    ] = None,
    data: DataDir = None,
    rubric: RubricNames = None,
    config: ConfigFile = None,
    models: ModelsDir = None,
    lang: Interface = None,
    quiet: Quiet = False,
    log_format: LogFormat = "text",
    summary: SummaryFile = None,
    store: StoreUrl = None,
    executor: ExecutorName = None,
    workers: Workers = None,
) -> None:
    """Try failed recordings again, also those that were set aside.

    Exit codes as of `run`.
    """
    from qa_pipeline import api_run
    from qa_pipeline.domain.printable import printable

    settings = settings_of(
        config,
        data_dir=data,
        rubric=rubric,
        models_dir=models,
        store=store,
        executor=executor,
        workers=workers,
    )
    again = api_run.to_retry(settings, names or ())
    for failure in again.gone:
        typer.echo(f"{printable(failure.file)} is no longer there: forgotten.", err=True)
    if not again.failures:
        typer.echo("Nothing is left to be tried again.")
        return
    _run(again.paths, settings, again.wanted, None, lang, quiet, log_format, summary)


def failures(
    data: DataDir = None,
    format: Annotated[Literal["text", "json"], typer.Option(help="What to print.")] = "text",
    config: ConfigFile = None,
    store: StoreUrl = None,
) -> None:
    """List the recordings that could not be scored: cause, cure, tries."""
    from qa_pipeline import api_run
    from qa_pipeline.reports.console import make_console
    from qa_pipeline.reports.run_status import failures_json, render_failures

    found = api_run.failures(settings_of(config, data_dir=data, store=store))
    if format == "json":
        typer.echo(json.dumps(failures_json(found), ensure_ascii=False, indent=2))
    elif not found:
        typer.echo("Nothing has failed.")
    else:
        make_console().print(render_failures(found))
        typer.echo("'qa-pipeline retry' tries them again: all, or those named.")


def status(
    data: DataDir = None,
    format: Annotated[Literal["text", "json"], typer.Option(help="What to print.")] = "text",
    config: ConfigFile = None,
    store: StoreUrl = None,
) -> None:
    """How the batch goes, also while it runs in another terminal: counts, speed, calls in hand."""
    from qa_pipeline import api_run
    from qa_pipeline.reports.console import make_console
    from qa_pipeline.reports.run_status import render_status, status_json

    told = api_run.status(settings_of(config, data_dir=data, store=store))
    if format == "json":
        found = status_json(told.runs, told.recordings, told.failures)
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        make_console().print(render_status(told.runs, told.recordings, told.failures))


def _run(
    paths: Any,
    settings: Settings,
    wanted: Wanted,
    until: datetime.time | None,
    lang: Literal["en", "zh"] | None,
    quiet: bool,
    log_format: str,
    summary_file: Path | None,
) -> None:
    from qa_pipeline import api, api_run
    from qa_pipeline.batch import Watcher
    from qa_pipeline.reports.run_console import Display, RunConsole
    from qa_pipeline.reports.run_log import RunLog

    if summary_file is not None and not summary_file.absolute().parent.is_dir():
        raise UsageError(
            f"There is no folder for the summary {summary_file}.", "Make it, or name another file."
        )
    display: Display = (
        RunLog(sys.stdout) if log_format == "json" else RunConsole(language=lang, quiet=quiet)
    )
    with display:
        done = api_run.run(
            paths,
            settings,
            display.on_progress,
            wanted=wanted,
            until=until,
            watcher=Watcher(notice=display.on_notice, state=display.on_state),
        )
        if summary_file is not None:
            _write_summary(summary_file, done.to_json())
        display.show_summary(done, lambda: api.results(settings, done))
    if done.signal is not None:
        raise typer.Exit(SIGNALLED + done.signal)
    raise typer.Exit(ExitCode.SOME_FAILED if done.some_failed else ExitCode.OK)


def _write_summary(path: Path, summary: dict[str, Any]) -> None:
    try:
        path.write_text(
            json.dumps(summary, ensure_ascii=False, indent=2) + "\n",
            encoding="utf-8",
            errors="backslashreplace",
        )
    except OSError as error:
        raise SetupError(
            f"The summary {path} cannot be written: {error.strerror}.",
            "What was scored is kept; name another file with --summary.",
        ) from error


def _time_of_day(text: str | None) -> datetime.time | None:
    if text is None:
        return None
    try:
        return datetime.datetime.strptime(text, "%H:%M").time()
    except ValueError:
        raise typer.BadParameter(
            f"'{text}' is no time of day such as 06:30.", param_hint="--until-time"
        ) from None


def add_commands(app: typer.Typer) -> None:
    """Add them to the command line."""
    example = "qa-pipeline run /recordings/2026-11-21 --data qa_data --country CN"
    app.command(epilog=f"Example: {example}")(run)
    app.command(epilog="Example: qa-pipeline status --data qa_data")(status)
    app.command(epilog="Example: qa-pipeline failures --data qa_data")(failures)
    app.command(epilog="Example: qa-pipeline retry call_0815.wav --data qa_data")(retry)
