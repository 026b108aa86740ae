"""Whether the files of a model are there and are the pinned ones.

Hashing 145 MB takes most of a second, so a file that was verified once is remembered by size and
time of change in a small stamp beside it; `verify` hashes always.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import logging
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from qa_pipeline.models.registry import ModelSpec, WeightFile

STAMP = ".verified.json"
State = Literal["present", "missing", "wrong", "bundled"]

_log = logging.getLogger(__name__)
_verified_in_this_process: dict[tuple[str, int, int], str] = {}


@dataclass(frozen=True, slots=True)
class FileCheck:
    """One file of a model against its pin. `found_sha256` is None when it was not hashed."""

    file: WeightFile
    path: Path
    state: Literal["present", "missing", "wrong"]
    problem: str = ""
    found_sha256: str | None = None


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def folder_of(model: ModelSpec, models_dir: Path) -> Path:
    """Where the files of `model` lie (or would lie): below `models_dir`, or in their package.

    The package is found without importing it.
    """
    if model.package is None:
        return models_dir / model.name
    found = importlib.util.find_spec(model.package[0])
    if found is None or found.origin is None:
        return Path(model.package[0]) / model.package[1]  # names what is missing
    return Path(found.origin).parent / model.package[1]


def check_files(model: ModelSpec, models_dir: Path, *, rehash: bool) -> tuple[FileCheck, ...]:
    """Each file of `model` against its pin; `rehash` ignores what was verified before."""
    folder = folder_of(model, models_dir)
    stamp = {} if rehash else _read_stamp(folder)
    checks = tuple(check_file(file, folder, stamp, rehash=rehash) for file in model.files)
    if model.package is None and all(check.state == "present" for check in checks):
        _write_stamp(folder, checks)
    return checks


def check_file(
    file: WeightFile, folder: Path, stamp: dict[str, list[object]], *, rehash: bool
) -> FileCheck:
    """One file below `folder` against its pin, without hashing where `stamp` vouches for it."""
    path = folder / file.name
    try:
        status = path.stat()
    except OSError as error:
        gone = isinstance(error, FileNotFoundError)
        problem = f"{path} is missing" if gone else f"{path} cannot be read: {error.strerror}"
        return FileCheck(file, path, "missing" if gone else "wrong", problem)
    if file.size_bytes is not None and status.st_size != file.size_bytes:
        problem = f"{path} has {status.st_size:,} bytes instead of {file.size_bytes:,}"
        return FileCheck(file, path, "wrong", problem, _hash_or_none(path))
    if file.sha256 is None:
        return _check_unpinned(file, path)
    key = (str(path), status.st_size, status.st_mtime_ns)
    vouched = [status.st_size, status.st_mtime_ns, file.sha256]
    if not rehash and (
        stamp.get(file.name) == vouched or _verified_in_this_process.get(key) == file.sha256
    ):
        return FileCheck(file, path, "present")
    found = _hash_or_none(path)
    if found == file.sha256:
        _verified_in_this_process[key] = found
        return FileCheck(file, path, "present", found_sha256=found)
    problem = f"{path} has SHA-256 {found} instead of {file.sha256}"
    return FileCheck(file, path, "wrong", problem if found else f"{path} cannot be read", found)


def state_of(model: ModelSpec, checks: tuple[FileCheck, ...]) -> State:
    """The model's state out of its files' states; a wrong file outweighs a missing one."""
    states = {check.state for check in checks}
    if "wrong" in states:
        return "wrong"
    if "missing" in states:
        return "missing"
    return "bundled" if model.package is not None else "present"


def _check_unpinned(file: WeightFile, path: Path) -> FileCheck:
    """Without a pin the least that can be asked of a settings file is that it is JSON."""
    try:
        json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return FileCheck(file, path, "wrong", f"{path} is not a JSON file: {error}")
    return FileCheck(file, path, "present")


def _hash_or_none(path: Path) -> str | None:
    try:
        return sha256_of(path)
    except OSError:
        return None


def _read_stamp(folder: Path) -> dict[str, list[object]]:
    try:
        stamp = json.loads((folder / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _write_stamp(folder: Path, checks: tuple[FileCheck, ...]) -> None:
    try:
        entries = {
            check.file.name: [
                (status := check.path.stat()).st_size,
                status.st_mtime_ns,
                check.file.sha256,
            ]
            for check in checks
            if check.file.sha256 is not None
        }
        if entries == _read_stamp(folder):
            return
        replace_file(folder / STAMP, json.dumps(entries).encode())
    except OSError as error:  # a read-only folder is fine: the next process hashes again
        _log.debug("no stamp written in %s: %s", folder, error)


def replace_file(path: Path, content: bytes) -> None:
    """Writes `content` to `path` in one step, so that nobody ever reads half a file.

    Raises:
        OSError: the folder cannot be written.
    """
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
