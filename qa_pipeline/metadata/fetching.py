"""Recordings of other storage brought to this machine for as long as they are worked on."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from qa_pipeline.config import Settings
from qa_pipeline.domain.places import is_remote, last_name_of
from qa_pipeline.domain.printable import printable
from qa_pipeline.errors import AudioError, CallError, FetchError, GoneError, SetupError, StoreError
from qa_pipeline.metadata.discovery import Source
from qa_pipeline.metadata.remote import facts_of, open_storage, tells_content
from qa_pipeline.metadata.remote_errors import fetch_error

logger = logging.getLogger(__name__)

TEMPORARY = "tmp"  # the folder in the data folder
_LOCK = ".lock"
_PAUSES_S = (0.5, 3.0)  # before the second and the third attempt
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_NOT_WRITABLE = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_ESCAPED = re.compile(r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})|\\U([0-9a-f]{8})")


@contextmanager
def fetched(source: Source, settings: Settings) -> Iterator[Source]:
    """The source with a path that can be opened, until the end of the ``with``.

    One of this machine stays as it is. One of other storage is brought with its sidecars into a
    folder of its own below the data folder; `location` still says where it lies.

    Raises:
        GoneError: it (or a file beside it) is not there any more.
        FetchError: it could not be fetched this time.
        AudioError: it may not be read.

    Example:
        >>> with fetched(Source(Path("a.wav"), "a.wav", "audio"), Settings()) as here:
        ...     here.path
        PosixPath('a.wav')
    """
    if source.url is None:
        yield source
        return
    with _own_folder(settings) as folder:
        path = _bring(source.url, folder, settings)
        for beside in source.sidecars:
            _bring(beside.url, folder, settings)
        yield replace(source, path=path)


@contextmanager
def at_hand(location: str, settings: Settings) -> Iterator[Path]:
    """The recording of a call that was scored, to be heard again, until the end of the ``with``.

    Args:
        location: its path or address, as kept with the call.
        settings: with the data folder and the credentials.

    Raises:
        GoneError: it is not there any more.
        FetchError: it could not be fetched this time.
        AudioError: it may not be read.
    """
    if not is_remote(location):
        yield Path(location)
        return
    with _own_folder(settings) as folder:
        try:
            path = _bring(location, folder, settings)
        except GoneError:
            # Kept addresses have what cannot be shown as backslash escapes.
            exact = _ESCAPED.sub(lambda found: chr(int(found[found.lastindex or 0], 16)), location)
            if exact == location:
                raise
            path = _bring(exact, folder, settings)
        yield path


def sweep_temporary(settings: Settings) -> int:
    """Remove what killed processes fetched and could not remove any more; how many folders.

    To be called when a run starts. Folders in use by a living process stay: their locks hold.
    """
    removed = 0
    try:
        locks = sorted((settings.data_dir / TEMPORARY).glob(f"*{_LOCK}"))
    except OSError:
        return 0
    for path in locks:
        with ExitStack() as stack:
            try:
                lock = stack.enter_context(path.open("r+b"))
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:  # in use, or just removed by another sweep
                continue
            _remove(path)
            removed += 1
    return removed


def _bring(url: str, folder: Path, settings: Settings) -> Path:
    """Fetch a file into `folder` under its own name; what may pass is tried again."""
    target = folder / last_name_of(url)
    pauses_s, anew = iter(_PAUSES_S), False
    while True:
        try:
            if _whole(*open_storage(url, settings, anew), target):
                return target
            error: CallError = FetchError(
                f"{printable(target.name)} changed while it was fetched.",
                "It is still being written, or replaced: run again later.",
            )
        except SetupError:
            raise
        except Exception as problem:
            error = _explained(problem, url, target, settings)
            if not isinstance(error, FetchError):
                raise error from problem
        pause_s = next(pauses_s, None)
        if pause_s is None:
            raise error
        logger.info("%s Trying again.", error.cause)
        time.sleep(pause_s)
        anew = True  # a connection that was cut stays cut


def _whole(storage: Any, raw: str, target: Path) -> bool:
    """Fetch a file; whether it stayed the same meanwhile and came whole."""
    before = storage.info(raw)
    storage.get_file(raw, str(target))
    after = storage.info(raw)
    size, size_before = facts_of(after).size, facts_of(before).size
    # Where storage tells nothing else of the content, each look has an identity of its own.
    same = not tells_content(after) or facts_of(before).identity == facts_of(after).identity
    return same and size == size_before and (size is None or target.stat().st_size == size)


def _explained(problem: Exception, url: str, target: Path, settings: Settings) -> CallError:
    """What the storage did, or the name; a disk that is full is raised at once."""
    if isinstance(problem, OSError):
        if problem.errno == errno.ENAMETOOLONG:
            return AudioError(
                f"{printable(target.name)[:80]}... has a name too long for this machine's disk.",
                "Give it a name of at most 255 bytes.",
            )
        if problem.errno in _FULL:
            raise _not_kept(problem, target.parent) from problem
    return fetch_error(problem, url, settings)


def _not_kept(problem: OSError, folder: Path) -> StoreError:
    return StoreError(
        f"Recordings cannot be fetched into {printable(str(folder))}: {problem.strerror}.",
        "Free some space, or put the data folder elsewhere. What was done is kept; the same "
        "command goes on.",
    )


@contextmanager
def _own_folder(settings: Settings) -> Iterator[Path]:
    """A folder that vanishes with the ``with``, or in the next sweep if the process is killed."""
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(_locked(_base(settings))).with_suffix("")
            folder.mkdir()
        except OSError as problem:
            raise _not_kept(problem, settings.data_dir) from problem
        yield folder


def _base(settings: Settings) -> Path:
    base = settings.data_dir / TEMPORARY
    try:
        base.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        # Whoever may only read the results can still cut clips of them.
        if error.errno not in _NOT_WRITABLE:
            raise
    if os.access(base, os.W_OK | os.X_OK):
        return base
    return Path(tempfile.gettempdir())


@contextmanager
def _locked(base: Path) -> Iterator[Path]:
    """A new file in `base` that is locked; at the end it goes, with its folder.

    A sweep may take a lock file between its making and its locking: then there is a next one.
    """
    while True:
        descriptor, name = tempfile.mkstemp(_LOCK, f"{os.getpid()}-", base)
        path = Path(name)
        with os.fdopen(descriptor, "r+b") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not _still_names(path, lock):
                continue
            try:
                yield path
            finally:
                _remove(path)
            return


def _still_names(path: Path, file: IO[bytes]) -> bool:
    try:
        return path.stat().st_ino == os.fstat(file.fileno()).st_ino
    except FileNotFoundError:
        return False


def _remove(lock: Path) -> None:
    """The folder first: without its lock file it would never be found again."""
    shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
    lock.unlink(missing_ok=True)
