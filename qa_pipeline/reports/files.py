"""Writing files so that they are whole, and naming them so that any system can hold them."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from qa_pipeline.errors import SetupError

# Longer names are cut: most file systems allow 255 bytes, of which a Chinese character takes 3.
MAX_NAME_CHARACTERS = 60
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)  # device names on Windows


@contextmanager
def atomic(path: Path, encoding: str = "utf-8") -> Iterator[IO[str]]:
    r"""A text file that appears at `path` whole, or not at all.

    Lone surrogates (of file names in a broken encoding) are written as ``\udcxx``, which in JSON
    is their proper form. Line ends are written as given.

    Raises:
        SetupError: the file cannot be written there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    except OSError as error:
        raise unwritable(path, error) from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", -1, encoding, "backslashreplace", newline="") as file:
            yield file
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise unwritable(path, error) from error
        raise


def write_bytes(path: Path, data: bytes) -> None:
    """A binary file, its folder made if need be.

    Raises:
        SetupError: the file cannot be written there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise unwritable(path, error) from error


def unwritable(path: Path, error: OSError) -> SetupError:
    """The error for a place that cannot be written."""
    return SetupError(
        f"{path} cannot be written: {error.strerror or error}.",
        "Choose another place with --out, or check its rights and the free space.",
    )


def safe_name(text: str, fallback: str = "unnamed") -> str:
    """`text` as a file name that every system and web address can hold.

    Letters and digits of any script stay; everything else becomes ``-``. A text that had to be
    changed gets a short hash, so that two different ones never share a name.

    Example:
        >>> safe_name("1001"), safe_name("李文静")
        ('1001', '李文静')
        >>> safe_name("a/b") == safe_name("a b")
        False
    """
    normal = unicodedata.normalize("NFC", text)
    kept = re.sub(r"[^\w-]+", "-", normal, flags=re.UNICODE).strip("-_")[:MAX_NAME_CHARACTERS]
    if kept == text and kept and not _RESERVED.fullmatch(kept):
        return kept
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{kept or fallback}-{digest}"


def printable(text: str) -> str:
    r"""`text` with what cannot be shown (broken encoding, control characters) escaped.

    Example:
        >>> printable("a" + chr(0xDCFF) + chr(10))
        'a\\udcff\\n'
    """
    return "".join(
        char
        if unicodedata.category(char) not in {"Cs", "Cc", "Cf"}
        else char.encode("unicode_escape").decode("ascii")
        for char in text
    )


def cell(value: object) -> object:
    """A cell that a spreadsheet shows as it is: text is never taken for a formula.

    Spoken words come from outside; Excel runs a cell that begins with one of these signs.
    """
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return "'" + value
    return value
