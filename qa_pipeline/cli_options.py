"""Options that several commands share."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from qa_pipeline.config import Settings

DataDir = Annotated[
    Path | None, typer.Option("--data", help="Data folder.  [default: qa_data]", metavar="DIR")
]
StoreUrl = Annotated[
    str | None,
    typer.Option(
        "--store",
        help="PostgreSQL database for the results: postgresql://USER@HOST/DATABASE; better set as "
        "QA_PIPELINE_STORE where it holds a password.  [default: SQLite in the data folder]",
        metavar="URL",
    ),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", help="Settings file.  [default: ./qa_pipeline.toml, if there]"),
]
ModelsDir = Annotated[
    Path | None,
    typer.Option("--models", help="Folder of the weights.  [default: ~/.cache/qa_pipeline/models]"),
]
Interface = Annotated[
    Literal["en", "zh"] | None, typer.Option("--lang", help="Language of the sentences shown.")
]
RubricNames = Annotated[
    list[str] | None,
    typer.Option(
        "--rubric",
        help="Rubric: a file, or the id of one that comes with qa-pipeline; repeat it for several, "
        "the main one first.  [default: phone_standard]",
        metavar="FILE|ID",
    ),
]
RubricId = Annotated[
    str | None,
    typer.Option("--rubric", help="Only this rubric, where there are several (id).", metavar="ID"),
]


def settings_of(config: Path | None, **flags: object) -> Settings:
    """The settings of a command; flags that are None count as not given.

    Raises:
        SetupError: a setting is not valid.
    """
    from qa_pipeline import config as configuration

    return configuration.load(config, **flags)


def how_many(given: str | int) -> int:
    """A number, or ``all``; the default comes as the number it is."""
    text = str(given)
    if text == "all":
        return sys.maxsize
    if not text.isdecimal():
        raise typer.BadParameter(f"'{text}' is neither a number nor 'all'.")
    return int(text)
