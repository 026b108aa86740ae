"""Why a worker ended, in words for a person, and what that means for its task."""

from __future__ import annotations

import signal

from qa_pipeline.errors import SetupError

_CURE = (
    "Run with --executor serial to see where it fails; with too little memory, use fewer workers."
)


def after_exit(exit_code: int | None) -> str:
    """How a process ended on its own.

    Args:
        exit_code: minus a signal's number, or the exit code; None: it closed its pipe and goes on.

    Example:
        >>> after_exit(-11)
        'ended by signal 11 (SIGSEGV)'
    """
    if exit_code is None:
        return "its worker closed its pipe"
    if exit_code >= 0:
        return f"its worker ended with exit code {exit_code}"
    try:
        name = signal.Signals(-exit_code).name
    except ValueError:
        name = "unknown"
    words = f"ended by signal {-exit_code} ({name})"
    if name == "SIGKILL":
        words += ", as when the machine runs out of memory"
    return words


def too_long(limit_s: float, stage: str) -> str:
    """A task's time is up."""
    return (
        f"not done within its limit of {round(limit_s, 1):g} s{_where(stage)}; its worker was ended"
    )


def too_large(held_mb: int, share_mb: int, stage: str) -> str:
    """A worker has grown beyond its share."""
    return (
        f"its worker held {held_mb} MB, more than its share of {share_mb} MB{_where(stage)}, "
        "and was ended"
    )


def never_ready(tries: int, cause: str) -> SetupError:
    """No worker gets as far as its first task."""
    return SetupError(f"{tries} workers in a row could not get ready: {cause}.", _CURE)


def _where(stage: str) -> str:
    return f" (in {stage})" if stage else ""
