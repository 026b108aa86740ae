"""The commands about the store itself."""

from __future__ import annotations

from typing import Annotated

import typer

from qa_pipeline.cli_options import ConfigFile, DataDir, StoreUrl, settings_of

store_app = typer.Typer(
    help="The store of the results: copy it into another one.",
    epilog="Example: qa-pipeline store copy --from qa_data --to postgresql://qa@db/qa",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@store_app.callback()
def _group() -> None:
    """Commands about the store."""


@store_app.command(
    "copy", epilog="Example: qa-pipeline store copy --from qa_data --to postgresql://qa@db/qa"
)
def copy(
    source: Annotated[
        str | None,
        typer.Option(
            "--from", help="Data folder or URL to copy from.  [default: the present store]"
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            "--to",
            help="Data folder or URL to copy to, without results.  [default: the present store]",
        ),
    ] = None,
    data: DataDir = None,
    store: StoreUrl = None,
    config: ConfigFile = None,
) -> None:
    """Copy all results, products and people's answers into another store.

    Exit code 0: copied; 2: a store cannot be used, or the new one is not empty.
    """
    from qa_pipeline import api_store

    copied = api_store.copy(source, target, settings_of(config, data_dir=data, store=store))
    rows = ", ".join(f"{number} {table}" for table, number in copied.items() if number)
    typer.echo(f"Copied {rows or 'an empty store'}.")
