"""Who has a recording in hand until when, what kind of failure it was, and how a run goes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    """Add them; what was there before has none."""
    for column in (
        sa.Column("owner", sa.Text),
        sa.Column("lease_until", sa.Text),
        sa.Column("stage", sa.Text),
        sa.Column("made_by", sa.Text),
        sa.Column("kind", sa.Text),
        sa.Column("set_aside", sa.Boolean, nullable=False, server_default=sa.false()),
    ):
        op.add_column("recordings", column)
    op.create_index("ix_recordings_owner", "recordings", ["owner"])
    for column in (
        sa.Column("owner", sa.Text),
        sa.Column("heartbeat_at", sa.Text),
        sa.Column("ending", sa.Text),
        sa.Column("state", sa.Text),
    ):
        op.add_column("runs", column)
