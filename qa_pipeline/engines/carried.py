"""One task done inside a worker, and its outcome in a form that reaches the parent whole.

Values and errors travel pickled on their own: one that cannot be pickled, or cannot be read on
the other side, is then the end of its task and never of the worker or of the run.
"""

from __future__ import annotations

import pickle
import traceback
from dataclasses import dataclass

from qa_pipeline.engines.machine import own_peak_mb
from qa_pipeline.errors import QaError, SetupError
from qa_pipeline.ports import Report, Task, TaskEnd, TaskResult, Work


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a task ended in its worker; `sealed` is the pickled value or error."""

    end: TaskEnd
    sealed: bytes
    cause: str
    memory_mb: int


def carry_out(work: Work, sealed_payload: bytes, report: Report) -> Outcome:
    """Does a task; whatever it raises is part of the outcome."""
    end, cause = TaskEnd.DONE, ""
    try:
        sealed = _sealed_value(work(pickle.loads(sealed_payload), report))
    except BaseException as error:  # noqa: BLE001  also an exit asked for by a library
        end, cause = ending_of(error)
        sealed = sealed_error(error)
    return Outcome(end, sealed, cause, own_peak_mb())


def ending_of(error: BaseException) -> tuple[TaskEnd, str]:
    """What an exception of the work means for its task, and the cause in words."""
    if isinstance(error, MemoryError):
        return TaskEnd.OUT_OF_MEMORY, "it asked for memory that could not be had"
    return TaskEnd.RAISED, ""


def as_exception(error: BaseException) -> Exception:
    """The error itself, or for an exit asked for by the work one that says so."""
    if isinstance(error, Exception):
        return error
    return RuntimeError(f"The work asked its process to end ({in_words(error)}).")


def in_words(error: BaseException) -> str:
    """Type and text of an error.

    Example:
        >>> in_words(ValueError("no such line"))
        'ValueError: no such line'
    """
    try:
        text = str(error)
    except Exception:  # noqa: BLE001  a broken __str__ must not hide the error
        text = "(its text cannot be read)"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def sealed_error(error: BaseException) -> bytes:
    """The error pickled; one that does not survive that becomes a `RuntimeError` with its text.

    An error that nobody raised on purpose carries its traceback as a note.
    """
    whole = as_exception(error)
    trace = "".join(traceback.format_exception(error))
    if not isinstance(whole, QaError):
        whole.add_note(trace)
    try:
        sealed = pickle.dumps(whole)
        if type(pickle.loads(sealed)) is type(whole):
            return sealed
    except Exception:  # noqa: BLE001  pickling runs the error's own code
        pass
    stand_in = RuntimeError(in_words(error))
    stand_in.add_note(trace)
    return pickle.dumps(stand_in)


def opened_error(sealed: bytes) -> Exception:
    """The error of an outcome; one that cannot be read here is told as such."""
    try:
        error = pickle.loads(sealed)
    except Exception as reason:  # noqa: BLE001
        return RuntimeError(f"The work raised an error that cannot be read ({in_words(reason)}).")
    return error if isinstance(error, Exception) else RuntimeError(repr(error))


def result_of(
    task: Task, outcome: Outcome, seconds: float, worker: str, memory_mb: int
) -> TaskResult:
    """The result of a task that ended in its worker."""
    end, value = outcome.end, None
    error: Exception | None = None
    if end is TaskEnd.DONE:
        try:
            value = pickle.loads(outcome.sealed)
        except Exception as reason:  # noqa: BLE001  unpickling runs the value's own code
            end = TaskEnd.RAISED
            error = RuntimeError(f"The result of the work cannot be read ({in_words(reason)}).")
    else:
        error = opened_error(outcome.sealed)
    return TaskResult(
        task=task,
        end=end,
        seconds=seconds,
        worker=worker,
        value=value,
        error=error,
        cause=outcome.cause,
        memory_mb=max(memory_mb, outcome.memory_mb),
    )


def as_setup_error(error: BaseException) -> SetupError:
    """Why no work can be made in a worker."""
    if isinstance(error, SetupError):
        return error
    return SetupError(
        f"A worker cannot get ready: {in_words(error)}.",
        "Run with --executor serial to see where it fails.",
    )


def _sealed_value(value: object) -> bytes:
    try:
        return pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        raise
    except Exception as error:
        raise RuntimeError(f"The result of the work cannot be kept ({in_words(error)}).") from error
