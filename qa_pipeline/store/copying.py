"""A store copied into another one of either kind, such as a data folder into a database."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import sqlalchemy as sa

from qa_pipeline.errors import StoreError
from qa_pipeline.store import Store
from qa_pipeline.store.moments import now
from qa_pipeline.store.owners import is_gone
from qa_pipeline.store.tables import metadata, payloads, products, recordings

ROWS_AT_ONCE = 500  # of conversations with some 20 kB each: 10 MB in memory
# Products go first and by themselves: they are most of the bytes, and never wrong.
_TABLES = tuple(table for table in metadata.sorted_tables if table is not payloads)


def copy_store(
    source: Store, target: Store, on_product: Callable[[int], None] = lambda _: None
) -> dict[str, int]:
    """Copy everything: ledger, calls, rubrics, evaluations, people's answers, products.

    The rows come all at once or not at all; broken off, it can be started again.

    Args:
        source: to copy from; it is only read.
        target: to copy to; it must be empty.
        on_product: told the number of products copied so far.

    Returns:
        The number of rows by table; for products, of those that were whole.

    Raises:
        StoreError: a run is going on in the source, the target holds results already, or one of
            them cannot be read or written.
    """
    _require_rest(source)
    with target._db.read() as connection:
        _require_empty(target, connection)
    whole = 0
    for key in _product_keys(source):
        packed = source._products.read(key)
        if packed is not None:
            target._products.write(key, packed)
            whole += 1
            on_product(whole)
    counts = {}
    with source._db.read() as reading, target._db.write() as writing:
        _require_empty(target, writing)
        for table in _TABLES:
            counts[table.name] = _copy_rows(table, reading, writing)
            _count_on(table, writing)
    return counts | {products.name: whole}


def _product_keys(store: Store) -> Iterator[str]:
    """The keys of all products, in order; no transaction stays open between them."""
    last = ""
    while True:
        query = sa.select(products.c.key).where(products.c.key > last)
        with store._db.read() as connection:
            keys = connection.scalars(query.order_by(products.c.key).limit(ROWS_AT_ONCE)).all()
        if not keys:
            return
        yield from keys
        last = keys[-1]


def _copy_rows(table: sa.Table, reading: sa.Connection, writing: sa.Connection) -> int:
    rows = reading.execution_options(yield_per=ROWS_AT_ONCE).execute(sa.select(table))
    count = 0
    for part in rows.partitions():
        writing.execute(table.insert(), [dict(row._mapping) for row in part])
        count += len(part)
    return count


def _count_on(table: sa.Table, connection: sa.Connection) -> None:
    """Let PostgreSQL number the next row after the last one copied; SQLite does so by itself."""
    column = table.autoincrement_column
    if column is None or connection.dialect.name != "postgresql":
        return
    last = connection.execute(sa.select(sa.func.max(column))).scalar()
    if last is not None:
        counter = sa.func.pg_get_serial_sequence(table.name, column.name)
        connection.execute(sa.select(sa.func.setval(counter, last)))


def _require_rest(store: Store) -> None:
    c = recordings.c
    query = sa.select(c.owner).distinct().where(c.owner.is_not(None), c.lease_until > now())
    with store._db.read() as connection:
        at_work = [owner for owner in connection.scalars(query) if not is_gone(owner)]
    if at_work:
        raise StoreError(
            f"A run is going on in {store.name} (process {at_work[0]}).",
            "Wait until it has ended, or stop it; then copy.",
        )


def _require_empty(store: Store, connection: sa.Connection) -> None:
    for table in _TABLES:
        if table is not products and connection.execute(sa.select(table).limit(1)).first():
            raise StoreError(
                f"{store.name} holds results already (in the table {table.name}).",
                "Copy into an empty database or data folder.",
            )
