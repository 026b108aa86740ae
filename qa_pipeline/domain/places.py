"""Where recordings lie: a path of this machine, or the address of other storage."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

# A drive letter is no protocol; "zip::s3://..." is one that asks for two.
_ADDRESS = re.compile(r"[a-z][a-z0-9+.\-]+(?:::[^/]*)?://", re.IGNORECASE)
_OF_THIS_MACHINE = frozenset({"file", "local"})


def is_remote(place: str) -> bool:
    """Whether a place is an address such as ``s3://bucket/day/``, not a path.

    Example:
        >>> is_remote("s3://bucket/day/"), is_remote("/calls/day")
        (True, False)
    """
    return _ADDRESS.match(place) is not None


def as_place(text: str) -> Path | str:
    """What a person gave: a path as `Path`, an address as it stands; ``file://`` is a path.

    Example:
        >>> as_place("calls/day"), as_place("s3://bucket/day/")
        (PosixPath('calls/day'), 's3://bucket/day/')
    """
    if not is_remote(text):
        return Path(text)
    if protocol_of(text) in _OF_THIS_MACHINE:
        return Path(unquote(urlsplit(text).path))
    return text


def protocol_of(address: str) -> str:
    """The part before ``://``, in lower case.

    Example:
        >>> protocol_of("S3://bucket/a.wav")
        's3'
    """
    return address.partition("://")[0].lower()


def last_name_of(address: str) -> str:
    """The name of the file or folder at the end of an address.

    Example:
        >>> last_name_of("s3://bucket/day/a b.wav"), last_name_of("https://host/a%20b.wav")
        ('a b.wav', 'a b.wav')
    """
    name = address.rstrip("/").rpartition("/")[2]
    return unquote(name) if protocol_of(address) in {"http", "https"} else name


def has_secret(address: str) -> bool:
    """Whether an address carries, or may carry, a password or a signature.

    Both a password behind the user's name and everything behind the question mark of a web
    address count (signatures and tokens stand there under many names).

    Example:
        >>> has_secret("sftp://qa@host/calls"), has_secret("sftp://qa:secret@host/calls")
        (False, True)
    """
    protocol, _, rest = address.partition("://")
    host, _, path = rest.partition("/")
    if protocol.lower() in {"http", "https"} and "?" in rest:
        return True
    user, at, _ = host.rpartition("@")
    if at:
        return ":" in user
    # A password with a slash in it: what looks like the port is none, and the @ comes later.
    return ":" in host and "@" in path and not host.startswith("arn:")


def without_secret(address: str) -> str:
    """The address with what `has_secret` found left out, to be shown.

    Example:
        >>> without_secret("sftp://qa:secret@host/calls")
        'sftp://...@host/calls'
    """
    if not has_secret(address):
        return address
    protocol, _, rest = address.partition("://")
    if protocol.lower() in {"http", "https"}:
        rest = rest.partition("?")[0]
    _, at, after = rest.rpartition("@")
    return f"{protocol}://...@{after}" if at else f"{protocol}://{rest}"
