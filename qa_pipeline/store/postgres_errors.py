"""What a PostgreSQL server says when it cannot, in words a person can act on.

Codes are those of the PostgreSQL manual, appendix A ("PostgreSQL Error Codes"). While connecting
the client library gives no code, only words, which `_SIGNS` looks for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from qa_pipeline.errors import StoreError, StoreUnavailableError


class Explained(NamedTuple):
    """The kind of error, what the database is or does, and the cure."""

    kind: type[StoreError]
    what: str
    cure: str


@dataclass(frozen=True, slots=True)
class _Trouble:
    """One way to fail: codes (or how they begin) and words it is known by."""

    codes: tuple[str, ...]
    signs: tuple[str, ...]
    what: str
    cure: str
    passes: bool = False  # by itself, so that waiting helps


_TROUBLES = (
    _Trouble(
        ("53300",),
        ("too many clients", "too many connections", "connection slots are reserved"),
        "has no connection left to give",
        "Use fewer workers, raise max_connections of the server, or put a pooler before it.",
        passes=True,
    ),
    _Trouble(
        ("57P01", "57P02", "57P03", "57P05"),
        ("starting up", "shutting down", "recovery mode", "not yet accepting", "administrator"),
        "is being started or stopped",
        "Wait until the server runs, and run the command again: it goes on where it stopped.",
        passes=True,
    ),
    _Trouble(
        ("28",),
        ("authentication failed", "no password supplied", "no pg_hba.conf entry"),
        "does not let this user in",
        "Check user and password in the URL (with %40 for @ and so on), or have the server's "
        "pg_hba.conf let the user in from here.",
    ),
    _Trouble(
        ("3D000",),
        ("database",),  # with "does not exist", see `_fits`
        "does not exist",
        "Make it: CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0",
    ),
    _Trouble(
        (),
        ("role",),
        "does not know this user",
        "Make the role: CREATE ROLE ... LOGIN PASSWORD '...', or correct the user in the URL.",
    ),
    _Trouble(
        (),
        ("ssl", "certificate"),
        "cannot be reached safely",
        "Check sslmode and sslrootcert in the URL against what the server offers.",
    ),
    _Trouble(
        ("53100",),
        ("no space left",),
        "could not be written: the server's disk is full",
        "Free some space on the server.",
    ),
    _Trouble(
        ("53",),
        (),
        "has run out of memory or another resource",
        "See the server's log; fewer workers need less.",
        passes=True,
    ),
    _Trouble(
        ("25006",),
        (),
        "is read-only (a standby, or set so)",
        "Name the primary server in the URL (with target_session_attrs=read-write).",
    ),
    _Trouble(
        ("42501",),
        (),
        "does not give this user the right to do that",
        "Grant it, or make the user the database's owner: ALTER DATABASE ... OWNER TO ...",
    ),
    _Trouble(
        ("55P03",),
        (),
        "is locked by another program",
        "Wait until it has finished, or end it, and run the command again.",
        passes=True,
    ),
    _Trouble(
        ("40", "25P03", "08"),
        (),
        "broke off what was being done",
        "Run the command again: it goes on where it stopped.",
        passes=True,
    ),
    _Trouble(
        ("XX001", "XX002", "58"),
        (),
        "is damaged, or its disk fails",
        "See the server's log, and put a backup in its place.",
    ),
    _Trouble(
        ("42P01", "42703", "42704", "42804"),
        (),
        "is not one of qa_pipeline's, or was changed by hand",
        "Choose another database.",
    ),
    _Trouble(
        (),
        (
            "refused",
            "resolve",
            "translate host name",
            "timeout",
            "timed out",
            "no route",
            "unreachable",
            "no such file",
            "connection failed",
            "closed the connection",
            "could not connect",
        ),
        "cannot be reached",
        "Check host and port in the URL, that the server runs, and that nothing on the way "
        "blocks it.",
        passes=True,
    ),
)
_MISSING = "does not exist"


def explain(code: str | None, said: str, lost: bool) -> Explained:
    """What is the matter and what helps.

    Args:
        code: SQLSTATE; None while connecting.
        said: the message of the server or of the client library.
        lost: whether the connection broke.
    """
    if lost and code is None:
        return Explained(
            StoreUnavailableError,
            "broke the connection",
            "Run the command again when the server runs: it goes on where it stopped.",
        )
    trouble = _trouble(code, said)
    if trouble is None:
        return Explained(StoreError, "cannot be used", "See the log for details.")
    kind = StoreUnavailableError if trouble.passes else StoreError
    return Explained(kind, trouble.what, trouble.cure)


def can_pass(said: str, reached_before: bool) -> bool:
    """Whether the reason why no connection was made may be gone in a moment.

    Args:
        said: by the client library.
        reached_before: whether the server was reached earlier, so that its address is right.
    """
    trouble = _trouble(None, said)
    if trouble is None:
        return reached_before
    return trouble.passes and (trouble.what != "cannot be reached" or reached_before)


def _trouble(code: str | None, said: str) -> _Trouble | None:
    words = said.lower()
    return next((trouble for trouble in _TROUBLES if _fits(trouble, code, words)), None)


def _fits(trouble: _Trouble, code: str | None, words: str) -> bool:
    if code is not None:
        return code.startswith(trouble.codes) if trouble.codes else False
    if trouble.signs in (("database",), ("role",)):
        return f'{trouble.signs[0]} "' in words and _MISSING in words
    return any(sign in words for sign in trouble.signs)
