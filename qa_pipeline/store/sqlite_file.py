"""SQLite: one file, many readers, one writer at a time."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from qa_pipeline.errors import StoreError, StoreUnavailableError

FILE_NAME = "qa.sqlite"
SWITCH_PAUSE_S = 0.02  # between attempts to switch a new file to write-ahead logging
BUSY_TIMEOUT_S = 30  # how long a writer waits for another one; a transaction takes milliseconds


def _log_ahead(cursor: sqlite3.Cursor) -> None:
    """Switch to write-ahead logging.

    Of two programs that do so at once in a new file, SQLite refuses one at once, without waiting
    as it does for any other lock.
    """
    until = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() >= until:
                raise
            time.sleep(SWITCH_PAUSE_S)
        else:
            return


class SqliteFile:
    """One SQLite file, with write-ahead logging: readers go on while one writes."""

    reading: Mapping[str, Any] = {"qa_write": False}
    # A transaction that reads first and then writes cannot wait for a lock in SQLite, so one that
    # will write takes it at once.
    writing: Mapping[str, Any] = {"qa_write": True}
    adding: Mapping[str, Any] = writing

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self.name = str(path)
        self.read_only = read_only

    def engine(self) -> sa.Engine:
        """A pool of connections to the file."""
        url: str | sa.URL = sa.URL.create("sqlite", database=str(self.path))
        if self.read_only:
            # 'immutable' reads without the side files of write-ahead logging, which a read-only
            # folder could not hold; not so when a log is there, since it may hold what is missing.
            log = self.path.with_name(self.path.name + "-wal")
            plain = "" if log.exists() and log.stat().st_size else "&immutable=1"
            url = f"sqlite:///file:{quote(str(self.path.absolute()))}?mode=ro{plain}&uri=true"
        engine = sa.create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S})

        @sa.event.listens_for(engine, "connect")
        def _prepare(connection: Any, _record: Any) -> None:
            connection.isolation_level = None  # transactions are begun below, not by the driver
            cursor = connection.cursor()
            if not self.read_only:
                _log_ahead(cursor)
                cursor.execute("PRAGMA synchronous=NORMAL")
            cursor.execute("PRAGMA foreign_keys=ON")
            cursor.close()

        @sa.event.listens_for(engine, "begin")
        def _begin(connection: sa.Connection) -> None:
            write = connection.get_execution_options().get("qa_write", False)
            connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

        return engine

    def check(self, connection: sa.Connection) -> None:
        """Every SQLite file can hold a store."""

    def explained(self, error: SQLAlchemyError) -> StoreError:
        """A failure with its cause and cure; SQLite tells kinds apart by words alone."""
        said = str(error.orig) if isinstance(error, DBAPIError) and error.orig else str(error)
        for signs, kind, what, cure in _CURES:
            if any(sign in said.lower() for sign in signs):
                return kind(f"The database {self.name} {what} ({said}).", cure)
        return StoreError(
            f"The database {self.name} cannot be used ({said}).", "See the log for details."
        )


_CURES: tuple[tuple[tuple[str, ...], type[StoreError], str, str], ...] = (
    (
        ("locked", "busy"),
        StoreUnavailableError,
        "is locked by another program",
        "Wait until it has finished, or end it, and run the command again.",
    ),
    (
        ("readonly", "read-only", "unable to open"),
        StoreError,
        "cannot be written",
        "Check the rights and the free space of the folder, or choose another one with --data.",
    ),
    (
        ("not a database", "malformed", "corrupt"),
        StoreError,
        "is damaged or is no database",
        "Move it away (the recordings will be scored again) or put a backup in its place.",
    ),
    (
        ("full", "disk i/o"),
        StoreError,
        "could not be written: the disk is full or fails",
        "Free some space, or choose another folder with --data.",
    ),
    (
        ("no such table", "no such column"),
        StoreError,
        "is not one of qa_pipeline's",
        "Choose another folder with --data.",
    ),
)
