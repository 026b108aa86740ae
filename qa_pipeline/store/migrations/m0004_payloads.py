"""A table for what stages made, where no folder is shared; sizes of files beyond 2 GiB."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    """Add the table, which stays empty on SQLite, and widen the numbers on PostgreSQL."""
    op.create_table(
        "payloads",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("packed", sa.LargeBinary, nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":  # a number in SQLite has 64 bits anyway
        op.alter_column("recordings", "size", type_=sa.BigInteger)
        op.alter_column("products", "size", type_=sa.BigInteger)
