"""Writing rows in the words that SQLite and PostgreSQL share.

Both know ``INSERT ... ON CONFLICT``, with the same meaning; SQLAlchemy keeps a construct for each.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from qa_pipeline.errors import StoreError

_INSERTS: Mapping[str, Callable[[sa.Table], Any]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


def upsert(
    connection: sa.Connection,
    table: sa.Table,
    rows: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    keys: Sequence[str],
    update: Collection[str] | None = None,
) -> int:
    """Add rows, or bring those that are there already up to date.

    Args:
        connection: of a write transaction.
        table: to write to.
        rows: one row or many, all with the same columns. Many go in one statement's runs.
        keys: the columns of the primary key, or of another unique index, that say which row
            it is.
        update: the columns that a row already there takes over from the new one; the others
            stay as they are. None: all but `keys`. Empty: a row already there stays as it is.

    Returns:
        How many rows were added or brought up to date; with an empty `update`, how many were
        added, so that 0 for one row says that another writer was first.

    Example:
        >>> upsert(connection, runs, {"id": 1, "started_at": now()}, ["id"], ())  # doctest: +SKIP
        1
    """
    many = [rows] if isinstance(rows, Mapping) else list(rows)
    if not many:
        return 0
    statement = _INSERTS[connection.dialect.name](table)
    taken = [name for name in many[0] if name not in keys] if update is None else list(update)
    if taken:
        statement = statement.on_conflict_do_update(
            index_elements=list(keys), set_={name: statement.excluded[name] for name in taken}
        )
    else:
        statement = statement.on_conflict_do_nothing(index_elements=list(keys))
    result = connection.execute(
        statement,
        [dict(row) for row in many],
        execution_options={"preserve_rowcount": True},  # for an INSERT it is thrown away else
    )
    rowcount: int = result.rowcount
    return rowcount


def inserted_id(result: sa.CursorResult[Any]) -> int:
    """The number that the database gave the one row of ``table.insert().values(...)``.

    Raises:
        StoreError: the statement was none that gives a number.
    """
    key = result.inserted_primary_key
    if key is None:
        raise StoreError("A row was written without a key.")
    return int(key[0])
