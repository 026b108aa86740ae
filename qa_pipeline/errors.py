"""The errors that a person may meet, each with its cause, its cure and its exit code.

A `CallError` is about one recording: it is stored with it and the batch goes on.
A `SetupError` stops the run at once. Both survive pickling between worker processes.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process returns; part of the command-line contract."""

    OK = 0
    UNEXPECTED = 1
    SETUP = 2
    SOME_FAILED = 3
    TOO_LITTLE = 4  # measured, and less than the agreement asked for


class QaError(Exception):
    """Base of every error raised on purpose.

    Args:
        cause: what is wrong, in one sentence that names the file or setting.
        cure: what the reader can do about it, in one sentence.
    """

    exit_code: ExitCode = ExitCode.UNEXPECTED

    def __init__(self, cause: str, cure: str = "") -> None:
        super().__init__(cause, cure)
        self.cause = cause
        self.cure = cure

    def __str__(self) -> str:
        return f"{self.cause} {self.cure}".strip()


class SetupError(QaError):
    """The run cannot start: a model, a folder, a rubric or a setting is not usable."""

    exit_code = ExitCode.SETUP


class UsageError(SetupError):
    """The command line asks for something that does not exist."""


class RubricError(SetupError):
    """A rubric or acts file is not valid; the message names file and place."""


class ModelError(SetupError):
    """Model weights are missing or are not the pinned ones."""


class StoreError(SetupError):
    """The data folder cannot be read or written."""


class StoreUnavailableError(StoreError):
    """The database is out of reach or busy for now: the same again may succeed later."""


class CallError(QaError):
    """One recording cannot be processed; the others can."""

    exit_code = ExitCode.SOME_FAILED


class AudioError(CallError):
    """The audio is empty, cut, not audio, or of a shape that cannot be a call."""


class GoneError(AudioError):
    """The recording was there when it was listed and is not any more: moved or deleted."""


class FetchError(CallError):
    """A recording in other storage could not be fetched; the same again may succeed later."""


class MetadataError(CallError):
    """What stands beside the audio (sidecar, manifest, file name, turns) is wrong."""


class EngineError(CallError):
    """An engine failed on this recording."""
