"""What a stage made, kept as a compressed file under its key."""

from __future__ import annotations

import gzip
import os
import re
import tempfile
import zlib
from pathlib import Path

_KEY = re.compile(r"[0-9a-zA-Z_-]{3,128}")


class ProductFiles:
    """Files ``<root>/<first two letters>/<key>.json.gz``.

    A file appears whole or not at all: it is written beside and renamed. A file that was damaged
    later is as good as none; its checksum tells.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, key: str) -> Path:
        """Where the product of `key` lies.

        Raises:
            ValueError: the key is no plain word.
        """
        if not _KEY.fullmatch(key):
            raise ValueError(f"'{key}' is no product key: letters, digits, - and _ only")
        return self.root / key[:2] / f"{key}.json.gz"

    def read(self, key: str) -> bytes | None:
        """The payload, or None if there is none that is whole."""
        try:
            packed = self.path(key).read_bytes()
            return gzip.decompress(packed) if packed else None  # an empty file unpacks to b""
        except FileNotFoundError:
            return None
        except (gzip.BadGzipFile, EOFError, zlib.error):
            return None

    def write(self, key: str, payload: bytes) -> int:
        """Keep `payload`; the number of bytes on disk. Equal payloads give equal files.

        Raises:
            OSError: the folder cannot be written.
        """
        path = self.path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        packed = gzip.compress(payload, compresslevel=6, mtime=0)
        handle, temporary = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(packed)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        return len(packed)
