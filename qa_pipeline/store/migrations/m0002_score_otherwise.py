"""The score that an automatically failed call would have had."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    """Add it to the evaluations; those made before have none."""
    op.add_column("evaluations", sa.Column("score_otherwise", sa.Float))
