"""Results: a data folder with a SQLite database, or a PostgreSQL database for many machines.

Layout of a data folder ``DIR``::

    qa.sqlite                        ledger of recordings, calls, evaluations, rubrics
    products/<aa>/<key>.json.gz      what a stage made, under its key

On a server everything is in the database. `open_store` is the way in; everything else is a method
of `Store`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from qa_pipeline.errors import StoreError
from qa_pipeline.store.calls import Calls
from qa_pipeline.store.database import Database
from qa_pipeline.store.evaluations import Evaluations
from qa_pipeline.store.keeping import Keeping
from qa_pipeline.store.ledger import Ledger
from qa_pipeline.store.moments import now
from qa_pipeline.store.postgres import PostgresServer
from qa_pipeline.store.products import ProductFiles, ProductRows, Products, pack, unpack
from qa_pipeline.store.runs import Runs
from qa_pipeline.store.sqlite_file import FILE_NAME, SqliteFile
from qa_pipeline.store.tables import products
from qa_pipeline.store.upsert import upsert

__all__ = ["Store", "open_store"]


class Store(Ledger, Runs, Keeping, Calls, Evaluations):
    """An open data folder or database; made by `open_store`.

    Safe to use from several threads. Another process opens its own; pickling one does that, and
    takes the URL along, password included.
    """

    def __init__(
        self, data_dir: Path, database: Database, kept: Products, url: str | None = None
    ) -> None:
        self.data_dir = data_dir
        self._db = database
        self._products = kept
        self._url = url
        self._run_id: int | None = None

    @property
    def name(self) -> str:
        """Where the results are, for messages: the folder, or the URL without its password."""
        return str(self.data_dir) if self._url is None else self._db.name

    def get_product(self, key: str) -> bytes | None:
        """The product kept under `key`; None when there is none, or it was damaged."""
        try:
            packed = self._products.read(key)
        except OSError as error:
            raise _unusable(self.data_dir, error) from error
        return None if packed is None else unpack(packed)

    def put_product(self, key: str, stage: str, content_sha256: str, payload: bytes) -> None:
        """Keep what `stage` made of the recording with this content.

        Raises:
            StoreError: the data folder or the database cannot be written.
        """
        packed = pack(payload)
        row = {
            "key": key,
            "stage": stage,
            "content_sha256": content_sha256,
            "size": len(packed),
            "created_at": now(),
        }
        # First the index: of a run that is killed in between, the next one makes the product
        # again. The other way round it would find it, and leave it out of the index for good.
        with self._db.add() as connection:
            upsert(connection, products, row, ["key"])
        try:
            self._products.write(key, packed)
        except OSError as error:
            raise _unusable(self.data_dir, error) from error

    def sweep(self) -> int:
        """Remove the temporary files that killed processes left; how many there were.

        Raises:
            StoreError: the data folder cannot be written.
        """
        try:
            return self._products.sweep()
        except OSError as error:
            raise _unusable(self.data_dir, error) from error

    def close(self) -> None:
        """Let go of the database."""
        self._db.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(
        self,
    ) -> tuple[
        Callable[[Path, str | None, int | None], Store], tuple[Path, str | None, int | None]
    ]:
        return _reopen, (self.data_dir, self._url, self._run_id)


def _reopen(data_dir: Path, url: str | None, run_id: int | None) -> Store:
    store = open_store(data_dir, create=False, url=url)
    store._run_id = run_id
    return store


def open_store(data_dir: Path, create: bool = True, url: str | None = None) -> Store:
    """Open the data folder, or the database at `url`.

    Args:
        data_dir: the folder; with `url` nothing is read or written there.
        create: make it (and its database or tables) if it is not there; commands that only read
            pass False, and can then read a folder they may not write.
        url: of a PostgreSQL database instead, ``postgresql://user:password@host:port/database``.

    Raises:
        StoreError: it is no folder, cannot be reached, read or written, is locked, is damaged,
            was written by a newer version, or (with ``create=False``) is not there.

    Example:
        >>> import tempfile
        >>> with open_store(Path(tempfile.mkdtemp()) / "qa_data") as store:
        ...     list(store.calls())
        []
    """
    data_dir = Path(data_dir)
    database = Database(_folder(data_dir, create) if url is None else PostgresServer(url))
    try:
        if url is not None and not create and database.steps() == 0:
            raise StoreError(
                f"There are no results in {database.name}: it holds no tables of qa_pipeline.",
                "Run 'qa-pipeline run FOLDER' with this store first, or name the right one.",
            )
        database.migrate()
    except BaseException:
        database.close()
        raise
    kept = ProductFiles(data_dir / "products") if url is None else ProductRows(database)
    return Store(data_dir, database, kept, url)


def _folder(data_dir: Path, create: bool) -> SqliteFile:
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
    return SqliteFile(path, read_only=not writable)


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
