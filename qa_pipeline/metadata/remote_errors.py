"""What other storage answers when it does not give: the cause and the cure in plain words.

Each protocol's library has errors of its own. They are told apart by what they have in common:
the service's error code, the HTTP status, and the names of their classes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

from qa_pipeline.config import Settings
from qa_pipeline.domain.places import last_name_of, protocol_of
from qa_pipeline.domain.printable import printable
from qa_pipeline.errors import AudioError, CallError, FetchError, GoneError, SetupError, UsageError

CREDENTIALS = (
    "Set the credentials as for any other program that uses this storage (environment, its "
    "configuration file), or as storage_options in the configuration; see docs/recordings.md."
)
_LONGEST_DETAIL = 200


class Trouble(Enum):
    """Why storage does not give something, with the rest of a sentence about it."""

    GONE = "is not there"
    NO_BUCKET = "cannot be found: there is no such bucket or container"
    NO_KEY = "cannot be read: no access key or login was found"
    WRONG_KEY = "cannot be read: the storage does not accept the access key or login"
    EXPIRED = "cannot be read: the access key or token has run out"
    NO_RIGHT = "may not be read with this access key"
    CLOCK = "cannot be read: this machine's clock is wrong, so that the storage refuses it"
    ARCHIVED = "lies in an archive from which it must be restored before it can be read"
    UNREACHABLE = "cannot be reached: the storage does not answer"
    BUSY = "cannot be read now: the storage is overloaded or asks to come slower"
    OTHER = "cannot be read"


_CURES = {
    Trouble.GONE: "Check the address.",
    Trouble.NO_BUCKET: "Check the name of the bucket, and the endpoint and region.",
    Trouble.NO_KEY: CREDENTIALS,
    Trouble.WRONG_KEY: f"Check access key and secret. {CREDENTIALS}",
    Trouble.EXPIRED: "Log in again, or use a key that lasts longer than a run.",
    Trouble.NO_RIGHT: "Ask for the rights to list this folder and to read what is in it (on S3 "
    "s3:ListBucket and s3:GetObject), and check that this key is meant.",
    Trouble.CLOCK: "Set this machine's clock.",
    Trouble.ARCHIVED: "Restore it, or run recordings before they are archived.",
    Trouble.UNREACHABLE: "Check the network, the address and the endpoint, and run again.",
    Trouble.BUSY: "Run again later, or with fewer workers.",
    Trouble.OTHER: "Run again; if it stays, check the address and the endpoint.",
}
_BY_CODE = {
    "NoSuchBucket": Trouble.NO_BUCKET,
    "ContainerNotFound": Trouble.NO_BUCKET,
    "NoSuchKey": Trouble.GONE,
    "BlobNotFound": Trouble.GONE,
    "InvalidAccessKeyId": Trouble.WRONG_KEY,
    "SignatureDoesNotMatch": Trouble.WRONG_KEY,
    "AuthenticationFailed": Trouble.WRONG_KEY,
    "InvalidToken": Trouble.WRONG_KEY,
    "ExpiredToken": Trouble.EXPIRED,
    "ExpiredTokenException": Trouble.EXPIRED,
    "TokenRefreshRequired": Trouble.EXPIRED,
    "RequestTimeTooSkewed": Trouble.CLOCK,
    "InvalidObjectState": Trouble.ARCHIVED,
    "BlobArchived": Trouble.ARCHIVED,
    "SlowDown": Trouble.BUSY,
    "RequestLimitExceeded": Trouble.BUSY,
    "Throttling": Trouble.BUSY,
    "ServiceUnavailable": Trouble.BUSY,
    "InternalError": Trouble.BUSY,
    "RequestTimeout": Trouble.UNREACHABLE,
}
_BY_STATUS = {
    401: Trouble.WRONG_KEY,
    403: Trouble.NO_RIGHT,
    404: Trouble.GONE,
    410: Trouble.GONE,
    429: Trouble.BUSY,
    500: Trouble.BUSY,
    502: Trouble.BUSY,
    503: Trouble.BUSY,
    504: Trouble.BUSY,
}
# Classes of botocore, aiohttp, google-auth, azure-core, paramiko, asyncssh and Python itself; the
# first that a class or one of its parents has. Order matters: the more telling first.
_BY_CLASS = (
    ("NoCredentialsError", Trouble.NO_KEY),
    ("PartialCredentialsError", Trouble.NO_KEY),
    ("DefaultCredentialsError", Trouble.NO_KEY),
    ("ProfileNotFound", Trouble.NO_KEY),
    ("UnauthorizedSSOTokenError", Trouble.EXPIRED),
    ("SSOTokenLoadError", Trouble.EXPIRED),
    ("TokenRetrievalError", Trouble.EXPIRED),
    ("RefreshError", Trouble.EXPIRED),
    ("CredentialRetrievalError", Trouble.WRONG_KEY),
    ("ClientAuthenticationError", Trouble.WRONG_KEY),
    ("AuthenticationException", Trouble.WRONG_KEY),
    ("PermissionDenied", Trouble.WRONG_KEY),
    ("FileNotFoundError", Trouble.GONE),
    ("ResourceNotFoundError", Trouble.GONE),
    ("PermissionError", Trouble.NO_RIGHT),
    ("EndpointConnectionError", Trouble.UNREACHABLE),
    ("HTTPClientError", Trouble.UNREACHABLE),
    ("ConnectionError", Trouble.UNREACHABLE),
    ("ServiceRequestError", Trouble.UNREACHABLE),
    ("ClientConnectionError", Trouble.UNREACHABLE),
    ("ClientPayloadError", Trouble.UNREACHABLE),
    ("SSHException", Trouble.UNREACHABLE),
    ("NoValidConnectionsError", Trouble.UNREACHABLE),
    ("TimeoutError", Trouble.UNREACHABLE),
    ("gaierror", Trouble.UNREACHABLE),
    ("EOFError", Trouble.UNREACHABLE),
)
_MAY_PASS = frozenset({Trouble.UNREACHABLE, Trouble.BUSY, Trouble.OTHER})


def trouble_of(error: BaseException) -> Trouble:
    """Why storage did not give something.

    Example:
        >>> trouble_of(FileNotFoundError("bucket/a.wav")).name, trouble_of(TimeoutError()).name
        ('GONE', 'UNREACHABLE')
    """
    chain = tuple(_chain(error))
    for one in chain:
        code, operation = _code_of(one), getattr(one, "operation_name", "")
        if code == "404" and operation in {"HeadBucket", "ListObjectsV2"}:
            return Trouble.NO_BUCKET
        if code in _BY_CODE:
            return _BY_CODE[code]
    for one in chain:
        names = {kind.__name__ for kind in type(one).__mro__}
        known = next((trouble for name, trouble in _BY_CLASS if name in names), None)
        if known is not None:
            return known
        if (status := _status_of(one)) in _BY_STATUS:
            return _BY_STATUS[status]
    return Trouble.OTHER


def fetch_error(error: BaseException, url: str, settings: Settings) -> CallError:
    """The error of one recording (or of a file beside it) that could not be fetched."""
    trouble, name = trouble_of(error), printable(last_name_of(url))
    if trouble is Trouble.GONE:
        return GoneError(
            f"{name} is not there any more.",
            "Check whether it was moved or deleted, and run again.",
        )
    kind = FetchError if trouble in _MAY_PASS else AudioError
    return kind(f"{name} {_said(trouble, error, settings)}.", _CURES[trouble])


def place_error(error: BaseException, url: str, settings: Settings) -> SetupError:
    """The error of a place that was given to a run."""
    trouble = trouble_of(error)
    kind = UsageError if trouble in {Trouble.GONE, Trouble.NO_BUCKET} else SetupError
    return kind(f"{printable(url)} {_said(trouble, error, settings)}.", _CURES[trouble])


def folder_words(error: BaseException, settings: Settings) -> str:
    """Why a folder below the given one could not be listed."""
    return _said(trouble_of(error), error, settings)


def missing_package(error: ImportError, url: str) -> SetupError:
    """The error of a protocol whose library is not installed."""
    protocol = protocol_of(url)
    if protocol in {"s3", "s3a"}:
        return SetupError(
            "Recordings in S3-compatible storage need the package s3fs, which is not installed.",
            "Install it: pip install 'qa-pipeline[s3]'.",
        )
    return SetupError(
        f"Addresses with {protocol}:// need a package that is not installed ({error}).",
        "Install it beside qa-pipeline; see docs/recordings.md.",
    )


def _said(trouble: Trouble, error: BaseException, settings: Settings) -> str:
    words: str = trouble.value
    if trouble is not Trouble.OTHER:
        return words
    return f"{words} ({type(error).__name__}: {_without_secrets(str(error), settings)})"


def _without_secrets(text: str, settings: Settings) -> str:
    """An error's text, short, without signatures in addresses and values of storage_options."""
    text = re.sub(r"\?\S+", "?...", text.strip().partition("\n")[0])
    for value in _leaves(settings.storage_options):
        if isinstance(value, str) and len(value) > 3 and "://" not in value:
            text = text.replace(value, "...")
    return printable(text[:_LONGEST_DETAIL])


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield value


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or one.__context__


def _code_of(error: BaseException) -> str | None:
    """The service's own word for it: of S3 in `response`, of Azure in `error_code`."""
    response = getattr(error, "response", None)
    if isinstance(response, Mapping):
        return str(response.get("Error", {}).get("Code"))
    code = getattr(error, "error_code", None)
    return None if code is None else str(getattr(code, "value", code))


def _status_of(error: BaseException) -> int | None:
    response = getattr(error, "response", None)
    if isinstance(response, Mapping):
        number = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    else:
        names = ("status", "status_code", "code")
        number = next((v for n in names if (v := getattr(error, n, None)) is not None), None)
    try:
        return int(number) if number is not None else None
    except (TypeError, ValueError):
        return None
