"""A store of either kind, so that one test holds for both."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from postgres_server import Server

from qa_pipeline.store import Store, open_store, tables

KINDS = ("sqlite", "postgresql")


@dataclass(frozen=True)
class Place:
    """Where a store is: a data folder, or a folder that stays unused and a database."""

    folder: Path
    url: str | None = None
    server: Server | None = None

    def open(self, create: bool = True) -> Store:
        return open_store(self.folder, create=create, url=self.url)

    def sql(self, statement: str) -> list[Any]:
        """Past the store, as another program would."""
        if self.url is not None and self.server is not None:
            return self.server.sql(statement, database=self.url.rpartition("/")[2])
        with closing(sqlite3.connect(self.folder / "qa.sqlite", isolation_level=None)) as other:
            return other.execute(statement).fetchall()

    def engine(self) -> sa.Engine:
        if self.url is not None:
            return sa.create_engine(self.url.replace("postgresql:", "postgresql+psycopg:"))
        return sa.create_engine(f"sqlite:///{self.folder / 'qa.sqlite'}")


@pytest.fixture(scope="session")
def cleared(postgres: Server) -> Iterator[Callable[[], str]]:
    """Empties the one database of the session that has all tables, and gives its URL.

    Quicker than a new database for each test.
    """
    with postgres.database() as url:
        open_store(Path("unused"), url=url).close()
        names = ", ".join(tables.metadata.tables)

        def clear() -> str:
            postgres.sql(f"TRUNCATE {names} RESTART IDENTITY", database=url.rpartition("/")[2])
            return url

        yield clear


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Where nothing is yet."""
    if request.param == "sqlite":
        yield Place(tmp_path / "data")
        return
    server = request.getfixturevalue("postgres")
    with server.database() as url:
        yield Place(tmp_path / "data", url, server)


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An open, empty store."""
    if request.param == "sqlite":
        with open_store(tmp_path / "data") as opened:
            yield opened
        return
    url = request.getfixturevalue("cleared")()
    with open_store(tmp_path / "data", url=url) as opened:
        yield opened
        assert not (tmp_path / "data").exists()
