"""The data folder: a SQLite database and the products of each stage.

Layout of ``DIR``::

    qa.sqlite                        ledger of recordings, calls, evaluations, rubrics
    products/<aa>/<key>.json.gz      what a stage made, under its key

`open_store` is the way in; everything else is a method of `Store`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from sqlalchemy.dialects.sqlite import insert

from qa_pipeline.errors import StoreError
from qa_pipeline.store.calls import Calls
from qa_pipeline.store.database import FILE_NAME, Database
from qa_pipeline.store.evaluations import Evaluations
from qa_pipeline.store.ledger import Ledger, now
from qa_pipeline.store.products import ProductFiles
from qa_pipeline.store.tables import products

__all__ = ["Store", "open_store"]


class Store(Ledger, Calls, Evaluations):
    """An open data folder; made by `open_store`.

    Safe to use from several threads. Another process opens its own; pickling one does that.
    """

    def __init__(self, data_dir: Path, database: Database, run_id: int | None = None) -> None:
        self.data_dir = data_dir
        self._db = database
        self._run_id = run_id
        self._files = ProductFiles(data_dir / "products")

    def get_product(self, key: str) -> bytes | None:
        """The product kept under `key`; None when there is none, or it was damaged."""
        try:
            return self._files.read(key)
        except OSError as error:
            raise _unusable(self.data_dir, error) from error

    def put_product(self, key: str, stage: str, content_sha256: str, payload: bytes) -> None:
        """Keep what `stage` made of the recording with this content.

        Raises:
            StoreError: the data folder cannot be written.
        """
        try:
            size = self._files.write(key, payload)
        except OSError as error:
            raise _unusable(self.data_dir, error) from error
        values = {
            "stage": stage,
            "content_sha256": content_sha256,
            "size": size,
            "created_at": now(),
        }
        with self._db.write() as connection:
            connection.execute(
                insert(products)
                .values(key=key, **values)
                .on_conflict_do_update(index_elements=["key"], set_=values)
            )

    def close(self) -> None:
        """Let go of the database."""
        self._db.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __reduce__(self) -> tuple[Callable[[Path, int | None], Store], tuple[Path, int | None]]:
        return _reopen, (self.data_dir, self._run_id)


def _reopen(data_dir: Path, run_id: int | None) -> Store:
    store = open_store(data_dir, create=False)
    store._run_id = run_id
    return store


def open_store(data_dir: Path, create: bool = True) -> Store:
    """Open the data folder.

    Args:
        data_dir: the folder.
        create: make it (and its database) if it is not there; commands that only read pass
            False, and can then read a folder they may not write.

    Raises:
        StoreError: it is no folder, cannot be read or written, is locked, is damaged, was
            written by a newer version, or (with ``create=False``) is not there.

    Example:
        >>> import tempfile
        >>> with open_store(Path(tempfile.mkdtemp()) / "qa_data") as store:
        ...     list(store.calls())
        []
    """
    data_dir = Path(data_dir)
    path = data_dir / FILE_NAME
    if not create and not path.is_file():
        raise StoreError(
            f"There are no results in {data_dir}: it holds no {FILE_NAME}.",
            "Run 'qa-pipeline run FOLDER' first, or name the right folder with --data.",
        )
    if create:
        try:
            (data_dir / "products").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unusable(data_dir, error) from error
    writable = _may_write(data_dir) and (not path.exists() or _may_write(path))
    if create and not writable:
        raise _unusable(data_dir, PermissionError(13, "Permission denied"))
    database = Database(path, read_only=not writable)
    try:
        database.migrate()
    except BaseException:
        database.close()
        raise
    return Store(data_dir, database)


def _may_write(path: Path) -> bool:
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _unusable(data_dir: Path, error: OSError) -> StoreError:
    if isinstance(error, FileExistsError | NotADirectoryError):
        return StoreError(
            f"The data folder {data_dir} is not a folder (a file is in its place or above it).",
            "Choose another one with --data.",
        )
    return StoreError(
        f"The data folder {data_dir} cannot be used: {error.strerror or error}.",
        "Check its rights and the free space, or choose another one with --data.",
    )
