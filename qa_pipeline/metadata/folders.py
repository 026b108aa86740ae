"""Folders as the walk sees them; those of this machine's own file systems."""

from __future__ import annotations

import os
import stat
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from qa_pipeline.domain.printable import printable


@dataclass(frozen=True, slots=True)
class Facts:
    """What a listing says of a file.

    Attributes:
        size: bytes, if known.
        mtime_ns: when it was last changed, in nanoseconds since 1970, if known.
        identity: another one whenever the content is another one; None on this machine, where
            size and time are asked for again at any moment.
    """

    size: int | None
    mtime_ns: int | None
    identity: str | None = None


class Entry(Protocol):
    """One name in a folder."""

    @property
    def name(self) -> str:
        """The name, without the folder's."""

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""

    @property
    def url(self) -> str | None:
        """Its address; None on this machine."""

    def facts(self) -> Facts | None:
        """What is known of the file; None: it is no regular file."""


class Folder(Protocol):
    """A folder with recordings."""

    @property
    def path(self) -> Path:
        """Its path, to compare with what manifests name; it can be opened on this machine only."""

    @property
    def url(self) -> str | None:
        """Its address; None on this machine."""

    def entries(self) -> Sequence[Entry]:
        """What lies in it, by name.

        Raises:
            OSError: it cannot be listed.
        """

    def entry(self, name: str) -> Entry | None:
        """What lies in it under this name."""

    def inside(self, entry: Entry) -> Folder:
        """A folder in it, by its entry."""

    def key(self) -> Hashable:
        """Equal for two ways to the same folder."""

    def read(self, name: str) -> bytes:
        """A small file's content.

        Raises:
            OSError: it cannot be read; `strerror` says why.
        """

    def has(self, relative: str) -> bool:
        """Whether a file lies under this path from here."""

    def names_below(self) -> Iterator[str]:
        """The names of all files in it and in the folders below."""


def shown(folder: Folder, name: str = "") -> str:
    """Where a folder, or a file in it, lies, for a person."""
    if folder.url is None:
        return printable(str(folder.path / name))
    return printable(f"{folder.url}/{name}")


@dataclass(frozen=True, slots=True)
class LocalEntry:
    """A name in a folder of this machine; it is asked for more only when that is needed."""

    name: str
    path: Path
    is_folder: bool
    url: str | None = None

    def facts(self) -> Facts | None:
        """What the file system says; None also where it may not be asked."""
        try:
            state = self.path.stat()
        except (OSError, ValueError):
            return None
        return Facts(state.st_size, state.st_mtime_ns) if stat.S_ISREG(state.st_mode) else None


class LocalFolder:
    """A folder of this machine."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = None

    def entries(self) -> Sequence[Entry]:
        """What lies in it, by the bytes of its name."""
        with os.scandir(self.path) as found:
            listed = sorted(found, key=lambda entry: os.fsencode(entry.name))
        return [LocalEntry(e.name, self.path / e.name, _is_dir(e)) for e in listed]

    def entry(self, name: str) -> LocalEntry | None:
        """What lies in it under this name."""
        path = self.path / name
        try:
            return LocalEntry(name, path, path.is_dir()) if path.exists() else None
        except OSError:  # such as a name that is too long with .json behind it
            return None

    def inside(self, entry: Entry) -> LocalFolder:
        """A folder in it."""
        return LocalFolder(self.path / entry.name)

    def key(self) -> Hashable:
        """Device and number: symbolic links may lead to the same folder."""
        identity = self.path.stat()
        return identity.st_dev, identity.st_ino

    def read(self, name: str) -> bytes:
        """A small file's content."""
        return (self.path / name).read_bytes()

    def has(self, relative: str) -> bool:
        """Whether a file lies under this path from here."""
        try:
            return (self.path / relative).is_file()
        except OSError:
            return False

    def names_below(self) -> Iterator[str]:
        """The names of all files here and below, without hidden folders."""
        for _, folders, files in os.walk(self.path):
            folders[:] = [name for name in folders if not name.startswith(".")]
            yield from files


def _is_dir(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
