"""Steps that bring a database to the present schema, one module each, applied once, in order.

A step is a module ``m<number>_<name>.py`` here with one function ``upgrade(op)`` on Alembic's
operations. A step that has been released is never edited; the next change is the next step.
SQLite and PostgreSQL take the same steps.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from qa_pipeline.errors import StoreError
from qa_pipeline.store import tables

_LEDGER = sa.Table(
    "schema_steps",
    sa.MetaData(),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("applied_at", sa.Text, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One change of the schema."""

    number: int
    name: str
    upgrade: Callable[[Operations], None]


def steps() -> tuple[Step, ...]:
    """All steps there are, in order."""
    found = []
    for info in pkgutil.iter_modules(__path__):
        number, _, name = info.name.removeprefix("m").partition("_")
        module = importlib.import_module(f"{__name__}.{info.name}")
        found.append(Step(int(number), name, module.upgrade))
    return tuple(sorted(found, key=lambda step: step.number))


def applied(connection: sa.Connection) -> int:
    """The number of the last step this database has; 0 for an empty one."""
    if not sa.inspect(connection).has_table(_LEDGER.name):
        return 0
    return connection.execute(sa.select(sa.func.max(_LEDGER.c.number))).scalar() or 0


def check_known(connection: sa.Connection) -> int:
    """How many steps the database has; refuses one made by a later version.

    Raises:
        StoreError: the database has steps that this program does not know.
    """
    have, known = applied(connection), steps()[-1].number
    if have > known:
        raise StoreError(
            f"The data folder was written by a newer version of qa_pipeline (schema {have}, "
            f"this program knows {known}).",
            "Update qa_pipeline, or use another data folder with --data.",
        )
    return have


def upgrade(connection: sa.Connection) -> None:
    """Apply what is missing, inside the connection's transaction.

    Raises:
        StoreError: the database is newer than the program.
    """
    have = check_known(connection)
    _LEDGER.create(connection, checkfirst=True)
    operations = Operations(MigrationContext.configure(connection))
    for step in steps():
        if step.number > have:
            step.upgrade(operations)
            connection.execute(
                _LEDGER.insert().values(
                    number=step.number, name=step.name, applied_at=datetime.now(UTC).isoformat()
                )
            )
    _compare_by_bytes(connection)


def _compare_by_bytes(connection: sa.Connection) -> None:
    """Sort and compare text as SQLite does, whatever the locale of the database is."""
    if connection.dialect.name != "postgresql":
        return
    inspector = sa.inspect(connection)
    quoted = connection.dialect.identifier_preparer.quote
    found = inspector.get_multi_columns(filter_names=list(tables.metadata.tables))
    for (_, table), columns in found.items():
        changes = [
            f'ALTER {quoted(column["name"])} TYPE text COLLATE "C"'
            for column in columns
            if isinstance(column["type"], sa.Text) and column["type"].collation != "C"
        ]
        if changes:
            connection.exec_driver_sql(f"ALTER TABLE {quoted(table)} {', '.join(changes)}")
