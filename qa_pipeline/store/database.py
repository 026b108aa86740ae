"""Opening the database, its transactions, and its failures in words a person can act on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from qa_pipeline.errors import StoreError
from qa_pipeline.store import migrations

BUSY_TIMEOUT_S = 30  # how long a writer waits for another one; a transaction takes milliseconds
FILE_NAME = "qa.sqlite"


class Database:
    """One SQLite file.

    Safe to use from several threads, and from several processes each with its own object:
    write-ahead logging lets readers go on while one writes.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self.read_only = read_only
        self._engine = _engine(path, read_only=read_only)

    def migrate(self) -> None:
        """Bring the schema up to date, or refuse a database that is newer than the program.

        Raises:
            StoreError: it is newer, or is no database, or cannot be written.
        """
        with self.read() as connection:
            have = migrations.check_known(connection)
        if have == migrations.steps()[-1].number:
            return
        if self.read_only:
            raise StoreError(
                f"The database {self.path} is of an older version and cannot be brought up to "
                "date, since its folder is read-only.",
                "Copy the data folder to a place that can be written.",
            )
        with self.write() as connection:
            migrations.upgrade(connection)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A consistent view for reading."""
        with self.guard(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that holds the write lock from its start: all or nothing."""
        if self.read_only:
            raise StoreError(
                f"The data folder {self.path.parent} is read-only.",
                "Choose another one with --data, or give yourself the right to write there.",
            )
        engine = self._engine.execution_options(qa_write=True)
        with self.guard(), engine.begin() as connection:
            yield connection

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Failures of disk and database as a `StoreError` with cause and cure."""
        try:
            yield
        except SQLAlchemyError as error:
            raise _explained(error, self.path) from error

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()


def _engine(path: Path, *, read_only: bool) -> sa.Engine:
    url: str | sa.URL = sa.URL.create("sqlite", database=str(path))
    if read_only:
        # 'immutable' reads without the side files of write-ahead logging, which a read-only
        # folder could not hold; not so when a log is there, since it may hold what is missing.
        log = path.with_name(path.name + "-wal")
        plain = "" if log.exists() and log.stat().st_size else "&immutable=1"
        url = f"sqlite:///file:{quote(str(path.absolute()))}?mode=ro{plain}&uri=true"
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S})

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver
        cursor = connection.cursor()
        if not read_only:
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        # A transaction that reads first and then writes cannot wait for a lock in SQLite, so one
        # that will write takes it at once.
        write = connection.get_execution_options().get("qa_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


_CURES = (
    (
        ("locked", "busy"),
        "is locked by another program",
        "Wait until it has finished, or end it, and run the command again.",
    ),
    (
        ("readonly", "read-only", "unable to open"),
        "cannot be written",
        "Check the rights and the free space of the folder, or choose another one with --data.",
    ),
    (
        ("not a database", "malformed", "corrupt"),
        "is damaged or is no database",
        "Move it away (the recordings will be scored again) or put a backup in its place.",
    ),
    (
        ("full", "disk i/o"),
        "could not be written: the disk is full or fails",
        "Free some space, or choose another folder with --data.",
    ),
    (
        ("no such table", "no such column"),
        "is not one of qa_pipeline's",
        "Choose another folder with --data.",
    ),
)


def _explained(error: SQLAlchemyError, path: Path) -> StoreError:
    said = str(error.orig) if isinstance(error, DBAPIError) and error.orig else str(error)
    for signs, what, cure in _CURES:
        if any(sign in said.lower() for sign in signs):
            return StoreError(f"The database {path} {what} ({said}).", cure)
    return StoreError(f"The database {path} cannot be used ({said}).", "See the log for details.")
