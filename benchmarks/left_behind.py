"""What runs leave in a store, in a form in which two stores can be compared."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from qa_pipeline.config import Settings
from qa_pipeline.reports.export import EXPORTS
from qa_pipeline.store import open_store
from qa_pipeline.store.tables import evaluations, products, recordings


def contents(settings: Settings, index: bool = True) -> str:
    """All that runs leave, without times and numbers of runs.

    The export, the ledger with its answers, every evaluation and (with `index`) the index of
    products.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "export.json"
        with open_store(settings.data_dir, create=False, url=settings.store) as store:
            EXPORTS["json"](store, out, None)
            with store._db.read() as connection:
                r, e, p = recordings.c, evaluations.c, products.c
                queries = [
                    sa.select(
                        r.path, r.status, r.call_id, r.duplicate_of, r.owner, r.error, r.made_by,
                        r.content_sha256, r.set_aside,
                    ),
                    sa.select(e.call_id, e.rubric_id, e.conversation_key, e.engines),
                ]  # fmt: skip
                if index:
                    queries.append(sa.select(p.key, p.stage, p.content_sha256, p.size))
                tables = [
                    sorted((list(row) for row in connection.execute(query)), key=str)
                    for query in queries
                ]
        export = json.loads(out.read_text(encoding="utf-8"))
    return json.dumps([export, *tables], ensure_ascii=False, indent=1)


def leftovers(data: Path) -> list[str]:
    """Temporary files that should not be there."""
    names = [str(path.relative_to(data)) for path in data.rglob("*")]
    return [name for name in names if ".part" in name or name.startswith("tmp/")]


def stages_done(settings: Settings) -> Iterator[str]:
    """The last stage done of each recording that was in hand when the run was killed."""
    with open_store(settings.data_dir, url=settings.store) as store, store._db.read() as connection:
        claimed = connection.execute(
            sa.select(recordings.c.content_sha256).where(recordings.c.status == "claimed")
        ).all()
        for row in claimed:
            last = connection.execute(
                sa.select(products.c.stage)
                .where(products.c.content_sha256 == row.content_sha256)
                .order_by(products.c.created_at.desc())
                .limit(1)
            ).scalar()
            yield last or "none"
        if not claimed:
            yield "between two recordings"


def clear(settings: Settings) -> None:
    """An empty store."""
    shutil.rmtree(settings.data_dir, ignore_errors=True)
    if settings.store is not None:
        engine = sa.create_engine(settings.store.replace("postgresql://", "postgresql+psycopg://"))
        with engine.begin() as connection:
            connection.execute(sa.text("DROP SCHEMA public CASCADE"))
            connection.execute(sa.text("CREATE SCHEMA public"))
        engine.dispose()
