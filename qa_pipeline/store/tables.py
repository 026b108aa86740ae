"""The tables as the code uses them; `migrations` is what makes them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

metadata = sa.MetaData()

_ESCAPED = "json:"
# A long recording may have more than 2 GiB; a number in SQLite has 64 bits whatever it is called.
_Bytes = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


class Text(TypeDecorator[str]):
    """Text that may hold what UTF-8 cannot (a file name in a broken encoding), or PostgreSQL.

    Compared and sorted by its bytes, on PostgreSQL too (see `migrations`).
    """

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """Escape only what needs it, so that the column stays readable and searchable."""
        if value is None:
            return None
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            return _ESCAPED + json.dumps(value)
        # PostgreSQL takes no NUL; what looks escaped must come back as it is.
        special = "\0" in value or value.startswith(_ESCAPED)
        return _ESCAPED + json.dumps(value) if special else value

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> str | None:
        """Undo the escaping."""
        if isinstance(value, str) and value.startswith(_ESCAPED + '"'):
            return str(json.loads(value[len(_ESCAPED) :]))
        return value


class Moment(TypeDecorator[datetime]):
    """A moment as ISO 8601 text, in UTC; sorts as text."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> str | None:
        """Write it in UTC."""
        return value.astimezone(UTC).isoformat(timespec="microseconds") if value else None

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> datetime | None:
        """Read it back."""
        return datetime.fromisoformat(value) if value else None


runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("started_at", Moment, nullable=False),
    sa.Column("finished_at", Moment),
    sa.Column("owner", Text),  # the process, see `owners`
    sa.Column("heartbeat_at", Moment),
    sa.Column("ending", Text),
    sa.Column("state", Text),  # JSON of a RunState
)

# The ledger: one row per path ever seen.
recordings = sa.Table(
    "recordings",
    metadata,
    sa.Column("path", Text, primary_key=True),
    sa.Column("file", Text, nullable=False),
    sa.Column("size", _Bytes),
    sa.Column("mtime_ns", sa.BigInteger),
    sa.Column("content_sha256", Text, index=True),
    sa.Column("call_id", Text),
    sa.Column("status", Text, nullable=False, index=True),
    sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id")),
    sa.Column("duplicate_of", Text),
    sa.Column("error", Text),
    sa.Column("cure", Text),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("first_seen", Moment, nullable=False),
    sa.Column("updated_at", Moment, nullable=False),
    sa.Column("owner", Text, index=True),  # the run that has it in hand, until lease_until
    sa.Column("lease_until", Moment),
    sa.Column("stage", Text),  # the last one begun
    sa.Column("made_by", Text),  # of what its present result was made, see `Store.keep_scored`
    sa.Column("kind", Text),  # of its failure
    sa.Column("set_aside", sa.Boolean, nullable=False, server_default=sa.false()),
)

# An index of what stages made, so that it can be listed and pruned.
products = sa.Table(
    "products",
    metadata,
    sa.Column("key", Text, primary_key=True),
    sa.Column("stage", Text, nullable=False),
    sa.Column("content_sha256", Text, nullable=False, index=True),
    sa.Column("size", _Bytes, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
)

# What stages made, where it is not in files: on PostgreSQL.
payloads = sa.Table(
    "payloads",
    metadata,
    sa.Column("key", Text, primary_key=True),
    sa.Column("packed", sa.LargeBinary, nullable=False),
)

calls = sa.Table(
    "calls",
    metadata,
    sa.Column("call_id", Text, primary_key=True),
    sa.Column("content_sha256", Text, nullable=False, index=True),
    sa.Column("file", Text, nullable=False),
    sa.Column("path", Text, nullable=False, index=True),
    sa.Column("agent_key", Text, index=True),
    sa.Column("agent_id", Text),
    sa.Column("agent_name", Text),
    sa.Column("customer_name", Text),
    sa.Column("language", Text, nullable=False),
    sa.Column("started_at", Text),  # as given, with its own offset or none
    sa.Column("started_on", Text, index=True),  # its day by its own clock
    sa.Column("duration_ms", sa.Integer, nullable=False),
    sa.Column("layout", Text, nullable=False),
    sa.Column("product_keys", Text, nullable=False),
    sa.Column("conversation_key", Text, nullable=False),
    sa.Column("recording", sa.LargeBinary, nullable=False),
    sa.Column("conversation", sa.LargeBinary, nullable=False),
    sa.Column("superseded_by", Text),
    sa.Column("updated_at", Moment, nullable=False),
)

rubrics = sa.Table(
    "rubrics",
    metadata,
    sa.Column("fingerprint", Text, primary_key=True),
    sa.Column("id", Text, nullable=False),
    sa.Column("version", Text, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("saved_at", Moment, nullable=False),
)

# Append-only: the current evaluation is the last one of a call under a rubric.
evaluations = sa.Table(
    "evaluations",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("call_id", Text, sa.ForeignKey("calls.call_id"), nullable=False),
    sa.Column("content_sha256", Text, nullable=False),
    sa.Column("conversation_key", Text, nullable=False),
    sa.Column("rubric_id", Text, nullable=False),
    sa.Column("rubric_version", Text, nullable=False),
    sa.Column("rubric_fingerprint", Text, nullable=False),
    sa.Column("engines", Text, nullable=False),
    sa.Column("score", sa.Float),
    sa.Column("failed_automatically", sa.Boolean, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("score_otherwise", sa.Float),
    sa.Index("ix_evaluations_call_rubric", "call_id", "rubric_id"),
)

verdicts = sa.Table(
    "verdicts",
    metadata,
    sa.Column("evaluation_id", sa.Integer, sa.ForeignKey("evaluations.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("criterion", Text, nullable=False, index=True),
    sa.Column("outcome", Text, nullable=False),
    sa.Column("confidence", sa.Float, nullable=False),
    sa.Column("reason", Text, nullable=False),
    sa.Column("explanation_en", Text, nullable=False),
    sa.Column("explanation_zh", Text, nullable=False),
    sa.Column("evidence", Text, nullable=False),
)

# A person's answers, append-only, beside the machine's.
overrides = sa.Table(
    "overrides",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("call_id", Text, sa.ForeignKey("calls.call_id"), nullable=False, index=True),
    sa.Column("criterion", Text, nullable=False),
    sa.Column("outcome", Text, nullable=False),
    sa.Column("author", Text, nullable=False),
    sa.Column("note", Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
)
