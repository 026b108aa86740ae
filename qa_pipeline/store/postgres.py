"""PostgreSQL: one database for many programs, on one machine or on many.

Writers take turns by an advisory lock that lasts as long as their transaction, so that what holds
on SQLite, whose file has one writer at a time, holds here in the same words: who writes sees all
that was written before, and nothing changes under their hands. Readers and single statements
(`Database.add`) never wait for it.
"""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from qa_pipeline.errors import StoreError
from qa_pipeline.store.postgres_errors import can_pass, explain

# How long a writer waits for another one, and a program for a server that restarts or has no
# connection to give: a restart or a failover takes seconds.
PATIENCE_S = 30.0
# A program that is stopped within a transaction holds the lock: the server ends it after so long.
IDLE_IN_TRANSACTION_S = 60
WRITE_LOCK = 0x51415F77726974  # any number that no other program in this database uses
_LOCK = f"SELECT set_config('lock_timeout', '%d', true), pg_advisory_xact_lock({WRITE_LOCK})"
_OPTIONS: Mapping[str, str] = {
    "client_encoding": "utf8",
    "application_name": "qa_pipeline",
    "connect_timeout": "10",
    # A machine that vanished is noticed after about 30 + 3 * 10 s instead of hours.
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
}
_HOW = "Write it as postgresql://USER:PASSWORD@HOST:5432/DATABASE"


def parse_url(text: str) -> sa.URL:
    """The URL of a database on a PostgreSQL server.

    Raises:
        StoreError: it is none; the message does not repeat it, since it may hold a password.

    Example:
        >>> parse_url("postgresql://qa:secret@db.example/qa").database
        'qa'
    """
    with contextlib.suppress(ArgumentError, ValueError):
        url = sa.make_url(text)
        if url.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
            if not url.database:
                raise StoreError("The store's URL names no database.", f"{_HOW}.")
            return url.set(drivername="postgresql+psycopg")
    # What the parser said is left out: it may hold pieces of the password.
    raise StoreError(
        "The store's URL cannot be read.",
        f"{_HOW}, with %40 for @, %2F for / and %3A for : in the password.",
    )


def shown(url: sa.URL) -> str:
    """The URL for a message: without password and without options.

    Example:
        >>> shown(parse_url("postgresql://qa:secret@db.example/qa?sslmode=require"))
        'postgresql://qa@db.example/qa'
    """
    return sa.URL.create(
        "postgresql", url.username, None, url.host, url.port, url.database
    ).render_as_string()


class PostgresServer:
    """A database on a PostgreSQL server, by its URL."""

    read_only = False
    # Two statements of one reading see the same state.
    reading: Mapping[str, Any] = {"isolation_level": "REPEATABLE READ"}
    writing: Mapping[str, Any] = {"isolation_level": "READ COMMITTED", "qa_lock": True}
    adding: Mapping[str, Any] = {"isolation_level": "READ COMMITTED", "qa_lazy": True}

    def __init__(self, url: str) -> None:
        self._url = parse_url(url)
        self.name = shown(self._url)
        self._reached = False

    def engine(self) -> sa.Engine:
        """A pool of connections, each looked at before use: one that broke is replaced.

        Raises:
            StoreError: the driver is not installed.
        """
        try:
            engine = sa.create_engine(
                self._url,
                pool_pre_ping=True,
                pool_size=2,  # a program has few threads; others need connections too
                max_overflow=10,
                hide_parameters=True,
                connect_args={
                    name: value for name, value in _OPTIONS.items() if name not in self._url.query
                },
            )
        except ImportError as error:
            raise StoreError(
                "The driver for PostgreSQL is not installed.",
                "Install it with: pip install 'qa-pipeline[postgres]'",
            ) from error
        sa.event.listen(engine, "do_connect", self._connect)
        sa.event.listen(engine, "connect", _prepare)
        sa.event.listen(engine, "begin", _begin)
        return engine

    def _connect(self, dialect: Any, _record: Any, args: Any, options: Any) -> Any:
        """Connect, and again where the reason is one that passes by itself.

        A server that was never reached is not waited for: its address may be wrong.
        """
        end, pause_s = time.monotonic() + PATIENCE_S, 0.1
        while True:
            try:
                connection = dialect.connect(*args, **options)
            except dialect.loaded_dbapi.OperationalError as error:
                if time.monotonic() + pause_s > end or not can_pass(str(error), self._reached):
                    raise
                time.sleep(pause_s * random.uniform(0.5, 1.5))  # many may wait: not all at once
                pause_s = min(pause_s * 2, 3.0)
            else:
                self._reached = True
                return connection

    def check(self, connection: sa.Connection) -> None:
        """Refuse a database that cannot hold every script.

        Raises:
            StoreError: its encoding is not UTF-8.
        """
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
        if encoding != "UTF8":
            raise StoreError(
                f"The database {self.name} has the encoding {encoding}, which cannot hold names "
                "in every script.",
                "Make one with: CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0",
            )

    def explained(self, error: SQLAlchemyError) -> StoreError:
        """A failure with its cause and cure; the driver never repeats the password."""
        reason = error.orig if isinstance(error, DBAPIError) else None
        said = " ".join(str(reason or error).split())
        lost = isinstance(error, DBAPIError) and error.connection_invalidated
        kind, what, cure = explain(getattr(reason, "sqlstate", None), said, lost)
        return kind(f"The database {self.name} {what} ({said}).", cure)


def _prepare(connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET idle_in_transaction_session_timeout = '{IDLE_IN_TRANSACTION_S}s'")
    connection.commit()


def _begin(connection: sa.Connection) -> None:
    options = connection.get_execution_options()
    if options.get("qa_lock"):
        connection.exec_driver_sql(_LOCK % int(PATIENCE_S * 1000))
    elif options.get("qa_lazy"):
        # The server's log is written in order: what is kept later takes this to the disk as well.
        connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
