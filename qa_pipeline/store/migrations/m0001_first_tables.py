"""Runs, ledger of recordings, products, calls, rubrics, evaluations, verdicts, overrides."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations


def _text(name: str, *, required: bool = True, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=not required, primary_key=key)


def _integer(name: str, *, required: bool = True, key: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=not required, primary_key=key)


def upgrade(op: Operations) -> None:
    """Make the first schema."""
    _ledger(op)
    _calls(op)
    _answers(op)


def _ledger(op: Operations) -> None:
    op.create_table(
        "runs",
        _integer("id", key=True),
        _text("started_at"),
        _text("finished_at", required=False),
    )
    op.create_table(
        "recordings",
        _text("path", key=True),
        _text("file"),
        _integer("size", required=False),
        sa.Column("mtime_ns", sa.BigInteger),
        _text("content_sha256", required=False),
        _text("call_id", required=False),
        _text("status"),
        sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id")),
        _text("duplicate_of", required=False),
        _text("error", required=False),
        _text("cure", required=False),
        sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
        _text("first_seen"),
        _text("updated_at"),
    )
    op.create_index("ix_recordings_content_sha256", "recordings", ["content_sha256"])
    op.create_index("ix_recordings_status", "recordings", ["status"])
    op.create_table(
        "products",
        _text("key", key=True),
        _text("stage"),
        _text("content_sha256"),
        _integer("size"),
        _text("created_at"),
    )
    op.create_index("ix_products_content_sha256", "products", ["content_sha256"])


def _calls(op: Operations) -> None:
    op.create_table(
        "calls",
        _text("call_id", key=True),
        _text("content_sha256"),
        _text("file"),
        _text("path"),
        _text("agent_key", required=False),
        _text("agent_id", required=False),
        _text("agent_name", required=False),
        _text("customer_name", required=False),
        _text("language"),
        _text("started_at", required=False),
        _text("started_on", required=False),
        _integer("duration_ms"),
        _text("layout"),
        _text("product_keys"),
        _text("conversation_key"),
        sa.Column("recording", sa.LargeBinary, nullable=False),
        sa.Column("conversation", sa.LargeBinary, nullable=False),
        _text("superseded_by", required=False),
        _text("updated_at"),
    )
    for column in ("content_sha256", "path", "agent_key", "started_on"):
        op.create_index(f"ix_calls_{column}", "calls", [column])


def _answers(op: Operations) -> None:
    op.create_table(
        "rubrics",
        _text("fingerprint", key=True),
        _text("id"),
        _text("version"),
        sa.Column("content", sa.LargeBinary, nullable=False),
        _text("saved_at"),
    )
    op.create_table(
        "evaluations",
        _integer("id", key=True),
        sa.Column("call_id", sa.Text, sa.ForeignKey("calls.call_id"), nullable=False),
        _text("content_sha256"),
        _text("conversation_key"),
        _text("rubric_id"),
        _text("rubric_version"),
        _text("rubric_fingerprint"),
        _text("engines"),
        sa.Column("score", sa.Float),
        sa.Column("failed_automatically", sa.Boolean, nullable=False),
        _text("created_at"),
    )
    op.create_index("ix_evaluations_call_rubric", "evaluations", ["call_id", "rubric_id"])
    op.create_table(
        "verdicts",
        sa.Column("evaluation_id", sa.Integer, sa.ForeignKey("evaluations.id"), primary_key=True),
        _integer("position", key=True),
        _text("criterion"),
        _text("outcome"),
        sa.Column("confidence", sa.Float, nullable=False),
        _text("reason"),
        _text("explanation_en"),
        _text("explanation_zh"),
        _text("evidence"),
    )
    op.create_index("ix_verdicts_criterion", "verdicts", ["criterion"])
    op.create_table(
        "overrides",
        _integer("id", key=True),
        sa.Column("call_id", sa.Text, sa.ForeignKey("calls.call_id"), nullable=False),
        _text("criterion"),
        _text("outcome"),
        _text("author"),
        _text("note"),
        _text("created_at"),
    )
    op.create_index("ix_overrides_call_id", "overrides", ["call_id"])
