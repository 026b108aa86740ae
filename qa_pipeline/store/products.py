"""What a stage made, kept compressed under its key: in files, or in a table of the database."""

from __future__ import annotations

import gzip
import os
import re
import tempfile
import zlib
from pathlib import Path
from typing import Protocol

import psutil
import sqlalchemy as sa

from qa_pipeline.store.database import Database, again_if_lost
from qa_pipeline.store.tables import payloads
from qa_pipeline.store.upsert import upsert

_KEY = re.compile(r"[0-9a-zA-Z_-]{3,128}")
_PART = re.compile(r"\.(\d+)-.*\.part")


class Products(Protocol):
    """Where products are kept. One that was damaged is as good as none."""

    def read(self, key: str) -> bytes | None:
        """The packed product of `key`; None if there is none."""

    def has(self, key: str) -> bool:
        """Whether there is one, as far as can be told without a request."""

    def write(self, key: str, packed: bytes) -> None:
        """Keep it: whole or not at all.

        Raises:
            OSError: the folder cannot be written.
            StoreError: the database cannot be written.
        """

    def sweep(self) -> int:
        """Remove what writers that were killed left half done; how many pieces."""


def pack(payload: bytes) -> bytes:
    """Compressed, with a checksum; equal payloads give equal bytes."""
    return gzip.compress(payload, compresslevel=6, mtime=0)


def unpack(packed: bytes) -> bytes | None:
    """The payload, or None if it is not whole.

    Example:
        >>> unpack(pack(b"heard")), unpack(pack(b"heard")[:-1])
        (b'heard', None)
    """
    try:
        return gzip.decompress(packed) if packed else None  # nothing at all unpacks to b""
    except (gzip.BadGzipFile, EOFError, zlib.error):
        return None


def check_key(key: str) -> None:
    """Refuse what could lead out of the folder.

    Raises:
        ValueError: the key is no plain word.
    """
    if not _KEY.fullmatch(key):
        raise ValueError(f"'{key}' is no product key: letters, digits, - and _ only")


class ProductFiles:
    """Files ``<root>/<first two letters>/<key>.json.gz``.

    A file appears whole or not at all, power cuts included: it is written beside under a name with
    the process's number, brought to the disk, and renamed.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, key: str) -> Path:
        """Where the product of `key` lies.

        Raises:
            ValueError: the key is no plain word.
        """
        check_key(key)
        return self.root / key[:2] / f"{key}.json.gz"

    def read(self, key: str) -> bytes | None:
        """The file's content; None if there is none."""
        try:
            return self.path(key).read_bytes()
        except FileNotFoundError:
            return None

    def has(self, key: str) -> bool:
        """Whether the file is there."""
        return self.path(key).exists()

    def write(self, key: str, packed: bytes) -> None:
        """Keep it.

        Raises:
            OSError: the folder cannot be written.
        """
        path = self.path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(
            prefix=f".{os.getpid()}-", suffix=".part", dir=path.parent
        )
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(packed)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def sweep(self) -> int:
        """Remove the temporary files of processes that are gone.

        Returns:
            How many there were.
        """
        removed = 0
        for path in self.root.glob("*/.*.part"):
            if _is_left(path):
                path.unlink(missing_ok=True)
                removed += 1
        return removed


def _is_left(path: Path) -> bool:
    """Whether the process that wrote this temporary file is gone."""
    match = _PART.fullmatch(path.name)
    if match is None:
        return False
    try:
        written = path.stat().st_mtime
        writer = psutil.Process(int(match[1]))
        # One that has ended keeps its number until somebody has taken note of that. One that
        # began after the last byte has merely inherited the number.
        return writer.status() == psutil.STATUS_ZOMBIE or writer.create_time() > written
    except psutil.NoSuchProcess:
        return True
    except (psutil.Error, OSError):
        return False


class ProductRows:
    """Rows of the database: nothing else has to be shared between machines."""

    def __init__(self, database: Database) -> None:
        self._db = database

    @again_if_lost
    def read(self, key: str) -> bytes | None:
        """The row's content; None if there is none.

        Raises:
            ValueError: the key is no plain word.
            StoreError: the database cannot be read.
        """
        check_key(key)
        with self._db.read() as connection:
            packed: bytes | None = connection.execute(
                sa.select(payloads.c.packed).where(payloads.c.key == key)
            ).scalar()
        return packed

    def has(self, key: str) -> bool:
        """True: they are lost only with the ledger, which lies in the same database."""
        return True

    def write(self, key: str, packed: bytes) -> None:
        """Keep it.

        Raises:
            ValueError: the key is no plain word.
            StoreError: the database cannot be written.
        """
        check_key(key)
        with self._db.add() as connection:
            upsert(connection, payloads, {"key": key, "packed": packed}, ["key"])

    def sweep(self) -> int:
        """Nothing: a transaction that was broken off leaves nothing behind."""
        return 0
