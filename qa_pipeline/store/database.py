"""The database of a store: its transactions, whichever kind of database it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from qa_pipeline.errors import StoreError
from qa_pipeline.store import migrations

P = ParamSpec("P")
T = TypeVar("T")


class Backend(Protocol):
    """What one kind of database does in its own way."""

    name: str  # for messages; never with a password
    read_only: bool
    # Execution options of each kind of transaction.
    reading: Mapping[str, Any]
    writing: Mapping[str, Any]
    adding: Mapping[str, Any]

    def engine(self) -> sa.Engine:
        """A new pool of connections."""

    def check(self, connection: sa.Connection) -> None:
        """Refuse a database that cannot hold a store.

        Raises:
            StoreError: it cannot.
        """

    def explained(self, error: SQLAlchemyError) -> StoreError:
        """A failure with its cause and cure."""


class Database:
    """A SQLite file or a database on a PostgreSQL server.

    Safe to use from several threads, and from several processes each with its own object:
    readers go on while one writes.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._engine = backend.engine()
        self._reading = self._engine.execution_options(**backend.reading)
        self._writing = self._engine.execution_options(**backend.writing)
        self._adding = self._engine.execution_options(**backend.adding)

    @property
    def name(self) -> str:
        """The file, or the URL without its password."""
        return self._backend.name

    def steps(self) -> int:
        """How many steps of the schema the database has; 0 for an empty one.

        Raises:
            StoreError: it has more than this program knows, is no database, or out of reach.
        """
        with self.read() as connection:
            self._backend.check(connection)
            return migrations.check_known(connection)

    def migrate(self) -> None:
        """Bring the schema up to date, or refuse a database that is newer than the program.

        Raises:
            StoreError: it is newer, or is no database, or cannot be written.
        """
        if self.steps() == migrations.steps()[-1].number:
            return
        if self._backend.read_only:
            raise StoreError(
                f"The database {self.name} is of an older version and cannot be brought up to "
                "date, since its folder is read-only.",
                "Copy the data folder to a place that can be written.",
            )
        # Of two programs that start at once, the second waits for the lock and finds it done.
        with self.write() as connection:
            migrations.upgrade(connection)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A consistent view for reading."""
        with self._guard(), self._reading.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that holds the write lock from its start: all or nothing.

        No other one writes meanwhile, so what is read in it stays true until its end.
        """
        with self._changing(self._writing) as connection:
            yield connection

    @contextmanager
    def add(self) -> Iterator[sa.Connection]:
        """A transaction for one statement that is right whatever others write meanwhile.

        On a server it goes on beside other writers (SQLite has one at a time), and does not wait
        for the disk: should the server crash in the same second, it is lost unless something was
        written after it.
        """
        with self._changing(self._adding) as connection:
            yield connection

    @contextmanager
    def _changing(self, engine: sa.Engine) -> Iterator[sa.Connection]:
        if self._backend.read_only:
            raise StoreError(
                f"The database {self.name} is read-only.",
                "Choose another one with --data, or give yourself the right to write there.",
            )
        with self._guard(), engine.begin() as connection:
            yield connection

    @contextmanager
    def _guard(self) -> Iterator[None]:
        """Failures of disk and database as a `StoreError` with cause and cure."""
        try:
            yield
        except SQLAlchemyError as error:
            raise self._backend.explained(error) from error

    def close(self) -> None:
        """Let go of it."""
        self._engine.dispose()


def again_if_lost(method: Callable[P, T]) -> Callable[P, T]:
    """For what only reads: a second try, once, when the connection to the server broke.

    What writes is not tried again: whether it had been kept cannot be known.
    """

    @wraps(method)
    def again(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(*args, **kwargs)
        except StoreError as error:
            reason = error.__cause__
            if not (isinstance(reason, DBAPIError) and reason.connection_invalidated):
                raise
        return method(*args, **kwargs)

    return again
