"""Folders in other storage: whatever fsspec opens, listed a folder at a time, nothing fetched."""

from __future__ import annotations

import secrets
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from qa_pipeline.config import Settings
from qa_pipeline.domain.places import has_secret, last_name_of, protocol_of, without_secret
from qa_pipeline.domain.printable import printable
from qa_pipeline.errors import UsageError
from qa_pipeline.metadata.folders import Entry, Facts
from qa_pipeline.metadata.remote_errors import (
    Trouble,
    folder_words,
    missing_package,
    place_error,
    trouble_of,
)

# What the services say changes with the content, the best first. Names as fsspec's file systems
# give them: S3, Google and Azure, then web servers.
_CONTENT_MARKS = ("ETag", "etag", "generation", "md5Hash", "content_md5", "Content-MD5", "Digest")
_TIMES = (
    "LastModified", "last_modified", "Last-Modified", "updated", "modified", "mtime",
    "modificationTime", "modify", "last_write_time", "created",
)  # fmt: skip
_WEB = frozenset({"http", "https"})
# These hand every option on to the library that logs in, which knows nothing of listings.
_HAND_OPTIONS_ON = frozenset({"sftp", "ssh"})
# Each read is one request, so that what is replaced meanwhile is never half old and half new.
# Retries wait longer each time, up to about 15 s in all: an address that is wrong is told soon.
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "s3": {
        "max_concurrency": 1,
        "config_kwargs": {
            "retries": {"mode": "standard", "max_attempts": 5},
            "connect_timeout": 10,
            "read_timeout": 60,
        },
    },
}


@dataclass(frozen=True, slots=True)
class RemoteEntry:
    """A name in a listing of other storage."""

    name: str
    url: str
    is_folder: bool
    info: Mapping[str, Any]
    folder: RemoteFolder

    def facts(self) -> Facts | None:
        """What the listing says; where it says nothing of the content, the file is asked for it."""
        if self.is_folder:
            return None
        if not tells_content(self.info):
            try:
                return facts_of({**self.info, **self.folder.file_system.info(self.info["name"])})
            except Exception:  # noqa: BLE001 - fetching it will say what is wrong
                return facts_of(self.info)
        return facts_of(self.info)


class RemoteFolder:
    """A folder of other storage."""

    def __init__(self, file_system: Any, raw: str, url: str, settings: Settings) -> None:
        self.file_system, self._raw, self.url = file_system, raw.rstrip("/"), url.rstrip("/")
        self._settings = settings
        self._listed: tuple[RemoteEntry, ...] | None = None
        path = self._raw.partition("://")[2] or self._raw
        self.path = Path(unquote(path) if protocol_of(url) in _WEB else path)

    def entries(self) -> Sequence[RemoteEntry]:
        """What lies in it, by name.

        Raises:
            OSError: it cannot be listed; `strerror` says why.
        """
        try:
            return self.list()
        except Exception as error:
            raise OSError(0, folder_words(error, self._settings)) from error

    def list(self) -> Sequence[RemoteEntry]:
        """What lies in it, by name, asked for once; raises what the storage's library raises."""
        if self._listed is None:
            found = self.file_system.ls(self._raw or "/", detail=True)
            entries = [entry for info in found if (entry := self._entry(info)) is not None]
            self._listed = tuple(sorted(entries, key=lambda entry: _bytes(entry.name)))
        return self._listed

    def _entry(self, info: Mapping[str, Any]) -> RemoteEntry | None:
        """A direct child of this folder; the folder's own mark and links elsewhere are none."""
        raw = str(info["name"])
        written = raw.removeprefix(f"{self._raw}/").rstrip("/")
        if written in {"", raw.rstrip("/")} or "/" in written:
            return None
        url = f"{self.url}/{written}"
        name = last_name_of(url)
        if name in {".", ".."} or set(name) & {"/", "\0"} or has_secret(url):
            return None
        is_folder = info.get("type") == "directory" or raw.endswith("/")
        return RemoteEntry(name, url, is_folder, info, self)

    def entry(self, name: str) -> RemoteEntry | None:
        """A file in it, asked for by itself; None if there is none."""
        raw = f"{self._raw}/{name}"
        try:
            return self._entry({**self.file_system.info(raw), "name": raw})
        except Exception as error:
            if trouble_of(error) is Trouble.GONE:
                return None
            raise place_error(error, f"{self.url}/{name}", self._settings) from error

    def inside(self, entry: Entry) -> RemoteFolder:
        """A folder in it."""
        assert isinstance(entry, RemoteEntry)  # of this folder's own
        raw = str(entry.info["name"])
        return RemoteFolder(self.file_system, raw, entry.url, self._settings)

    def key(self) -> Hashable:
        """Its address; there are no links."""
        return self.url

    def read(self, name: str) -> bytes:
        """A small file's content.

        Raises:
            OSError: it cannot be read; `strerror` says why.
        """
        try:
            content: bytes = self.file_system.cat_file(f"{self._raw}/{name}")
        except Exception as error:
            raise OSError(0, folder_words(error, self._settings)) from error
        return content

    def has(self, relative: str) -> bool:
        """Whether a file lies under this path from here."""
        if "/" not in relative and self._listed is not None:
            return relative in self._file_names
        return bool(self.file_system.isfile(f"{self._raw}/{relative}"))

    @cached_property
    def _file_names(self) -> frozenset[str]:
        return frozenset(entry.name for entry in self._listed or () if not entry.is_folder)

    def names_below(self) -> Iterator[str]:
        """The names of all files here and below, without hidden folders."""
        try:
            entries = self.entries()
        except OSError:  # told where the walk comes by
            return
        for entry in entries:
            if not entry.is_folder:
                yield entry.name
            elif not entry.name.startswith("."):
                yield from self.inside(entry).names_below()


def find_remote(url: str, settings: Settings) -> tuple[RemoteFolder, str | None]:
    """The folder that an address means, and the name of the file in it if it means one.

    Raises:
        UsageError: nothing lies there, or the address is not one that can be opened.
        SetupError: the storage cannot be reached, or not with these rights, or its library is
            not installed.
    """
    file_system, raw = open_storage(url, settings)
    folder = RemoteFolder(file_system, raw, url, settings)
    try:
        if not url.endswith("/") and _kind_of(file_system, raw, url) == "file":
            above, url_above = raw.rpartition("/")[0], url.rpartition("/")[0]
            return RemoteFolder(file_system, above, url_above, settings), last_name_of(url)
        folder.list()
    except Exception as error:
        raise place_error(error, url, settings) from error
    return folder, None


def _kind_of(file_system: Any, raw: str, url: str) -> str:
    if protocol_of(url) in _WEB:
        return "file"  # a web server's listing is told by the slash at its end
    try:
        return str(file_system.info(raw)["type"])
    except PermissionError:  # whoever may list need not have the right to ask for a single file
        return "directory"


def open_storage(url: str, settings: Settings, anew: bool = False) -> tuple[Any, str]:
    """The file system of an address, and the path in it.

    Args:
        url: the address.
        settings: with `storage_options` by protocol.
        anew: with a new connection.

    Raises:
        UsageError: the address carries a password, or no protocol that is known.
        SetupError: the protocol's library is not installed, or its options are wrong.
    """
    import fsspec
    from fsspec.core import url_to_fs

    _refuse_unusable(url)
    protocol = protocol_of(url)
    try:
        names = fsspec.get_filesystem_class(protocol).protocol
    except ImportError as error:
        raise missing_package(error, url) from error
    except ValueError as error:
        raise UsageError(
            f"Nothing here can open addresses with {protocol}://.",
            "Check the address; docs/recordings.md names what can be opened.",
        ) from error
    aliases = (names,) if isinstance(names, str) else tuple(names)
    options: dict[str, Any] = {"skip_instance_cache": anew}
    if not _HAND_OPTIONS_ON & set(aliases):
        options["use_listings_cache"] = False
    for known in (_DEFAULTS, settings.storage_options):
        for name in aliases:
            options |= known.get(name, {})
    try:
        file_system, raw = url_to_fs(url, **options)
    except Exception as error:
        raise place_error(error, without_secret(url), settings) from error
    return file_system, str(raw)


def _refuse_unusable(url: str) -> None:
    if has_secret(url):
        raise UsageError(
            f"The address {printable(without_secret(url))} carries a password, or a part behind a "
            "question mark that may be one; addresses are kept with the results.",
            "Leave it out, and set it as storage_options in the configuration; see "
            "docs/recordings.md.",
        )
    if "::" in url:
        raise UsageError(
            f"{printable(url)} joins several protocols.",
            "Give the address of the storage itself; unpack archives into it.",
        )
    if not url.partition("://")[2].strip("/"):
        raise UsageError(f"{url} names no bucket or folder.", "Write it behind the protocol.")


def tells_content(info: Mapping[str, Any]) -> bool:
    """Whether a listing's entry says anything that changes with the content."""
    return any(info.get(name) for name in (*_CONTENT_MARKS, *_TIMES))


def facts_of(info: Mapping[str, Any]) -> Facts:
    """What a file system's entry says of a file.

    Its identity is never that of an earlier listing where the storage tells nothing.
    """
    size = info.get("size")
    mtime_ns = next((ns for name in _TIMES if (ns := _nanoseconds(info.get(name)))), None)
    mark = next((str(info[name]).strip('"') for name in _CONTENT_MARKS if info.get(name)), None)
    if mark is None:
        mark = secrets.token_hex(8) if mtime_ns is None else str(mtime_ns)
    known_size = int(size) if size is not None else None
    return Facts(known_size, mtime_ns, f"{mark} {known_size}")


def _nanoseconds(value: object) -> int | None:
    """A time as storage writes it, in nanoseconds since 1970."""
    if isinstance(value, int | float):
        return round(value * 1e9)
    moment = _moment(value) if isinstance(value, str) else value
    if not isinstance(moment, datetime):
        return None
    whole = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(whole.timestamp() * 1e6) * 1000


def _moment(written: str) -> datetime | None:
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            return parse(written)
        except ValueError:
            continue
    return None


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass")
