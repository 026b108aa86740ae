"""The commands for those who write rubrics: parse, call `api_rubric`, print, exit code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from qa_pipeline.cli_options import ConfigFile, DataDir, Interface, how_many, settings_of
from qa_pipeline.errors import ExitCode

rubric_app = typer.Typer(
    help="Rubrics: write, check, explain, test and compare them.",
    epilog="Example: qa-pipeline rubric new --out my_desk.yaml",
    no_args_is_help=True,
    rich_markup_mode=None,
)

RUBRIC = "A rubric file, or the id of a rubric that comes with qa-pipeline."


@rubric_app.command("check", epilog="Example: qa-pipeline rubric check my_desk.yaml")
def check(
    files: Annotated[list[str], typer.Argument(help=RUBRIC, metavar="FILE|ID")],
    config: ConfigFile = None,
) -> None:
    """Is the rubric valid? If not: file, line, place, cause and cure, in one line.

    Exit code 0: valid; 2: not valid.
    """
    from qa_pipeline import api_rubric

    settings = settings_of(config)
    for file in files:
        checked = api_rubric.check(file, settings)
        typer.echo(checked.told)
        for note in checked.notes:
            typer.echo(f"  Note: {note}")


@rubric_app.command("list", epilog="Example: qa-pipeline rubric list kinds")
def list_(
    what: Annotated[
        Literal["rubrics", "kinds", "conditions", "acts"], typer.Argument(help="What to list.")
    ] = "rubrics",
    lang: Interface = None,
    config: ConfigFile = None,
) -> None:
    """The rubrics that are here, or what rubrics are made of: kinds, conditions, acts."""
    from qa_pipeline import api_rubric
    from qa_pipeline.reports.console import interface_language, make_console
    from qa_pipeline.reports.rubric_pages import render_table

    listed = api_rubric.listing(what, settings_of(config), interface_language(lang))
    make_console().print(render_table(listed.titles, listed.rows))


@rubric_app.command(
    "explain", epilog="Example: qa-pipeline rubric explain helpdesk --criterion hold --lang zh"
)
def explain(
    name: Annotated[
        str,
        typer.Argument(
            help="A rubric file or id; or the name of a kind, condition or act.", metavar="FILE|ID"
        ),
    ],
    criterion: Annotated[
        str | None, typer.Option(help="Only this criterion, in full.", metavar="ID")
    ] = None,
    lang: Interface = None,
    config: ConfigFile = None,
) -> None:
    """In plain words: what each criterion looks for, with examples, when it applies, its weight."""
    from qa_pipeline import api_rubric
    from qa_pipeline.reports.console import interface_language, make_console

    language = interface_language(lang)
    make_console().print(api_rubric.explain(name, criterion, settings_of(config), language))


@rubric_app.command("test", epilog="Example: qa-pipeline rubric test my_desk.yaml")
def test(
    files: Annotated[list[str], typer.Argument(help=RUBRIC, metavar="FILE|ID")],
    lang: Interface = None,
    config: ConfigFile = None,
) -> None:
    """Run the cases beside a rubric (NAME.cases.yaml); show what differs, why and where.

    Exit code 0: all as expected; 2: not valid; 4: some verdicts differ.
    """
    from qa_pipeline import api_rubric
    from qa_pipeline.reports.case_pages import render_results
    from qa_pipeline.reports.console import interface_language, make_console

    settings, language, passed = settings_of(config), interface_language(lang), True
    for file in files:
        results = api_rubric.test(file, settings)
        make_console().print(render_results(file, results, language))
        passed = passed and all(result.passed for result in results)
    raise typer.Exit(ExitCode.OK if passed else ExitCode.TOO_LITTLE)


@rubric_app.command("new", epilog="Example: qa-pipeline rubric new --out my_desk.yaml")
def new(
    out: Annotated[
        Path | None,
        typer.Option(help="File to write, with its cases beside it; else it is printed."),
    ] = None,
) -> None:
    """A commented starter to change into a rubric of your own, with cases to test it."""
    from qa_pipeline import api_rubric

    if out is None:
        typer.echo(api_rubric.starter(), nl=False)
        return
    for path in api_rubric.write_starter(out):
        typer.echo(f"Wrote {path}.")
    typer.echo(f"Next: change it, then 'qa-pipeline rubric check {out}' and 'rubric test {out}'.")


@rubric_app.command("schema", epilog="Example: qa-pipeline rubric schema")
def schema() -> None:
    """The JSON Schema of rubric files, so that editors complete and check them."""
    from qa_pipeline import api_rubric

    typer.echo(api_rubric.schema(), nl=False)


@rubric_app.command(
    "diff", epilog="Example: qa-pipeline rubric diff phone_standard my_desk.yaml --data qa_data"
)
def diff(
    first: Annotated[
        str,
        typer.Argument(
            help="A rubric: file, id, or ID@VERSION of one that the data folder knows.",
            metavar="A",
        ),
    ],
    second: Annotated[str, typer.Argument(help="The other one.", metavar="B")],
    data: DataDir = None,
    format: Annotated[
        Literal["table", "json"], typer.Option(help="What to print; json holds every call.")
    ] = "table",
    list_: Annotated[
        int,
        typer.Option(
            "--list",
            parser=how_many,
            help="How many calls the table lists, the most moved first.",
            metavar="N|all",
        ),
    ] = 20,
    lang: Interface = None,
    config: ConfigFile = None,
) -> None:
    """Judge the kept calls by two rubrics: which verdicts and scores move? Nothing is stored."""
    from qa_pipeline import api_rescoring
    from qa_pipeline.reports.console import interface_language, make_console
    from qa_pipeline.reports.diff_pages import diff_json, render_diff

    compared = api_rescoring.compared(first, second, settings_of(config, data_dir=data))
    if format == "json":
        typer.echo(diff_json(compared))
        return
    make_console().print(render_diff(compared, list_, interface_language(lang)))
