"""What the pipeline needs from engines; they are handed in, never imported by the core."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from qa_pipeline.domain.recording import FloatArray
from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.transcript import SpeakerTurn, Utterance

ENGINE_SAMPLE_RATE_HZ = 16_000  # Whisper, the diarizer and the voice detector all take 16 kHz mono


class LanguageGuess(Protocol):
    """Which language is spoken."""

    @property
    def language(self) -> str:
        """The likeliest of the candidates, ISO 639-1."""

    @property
    def confidence(self) -> float:
        """Its probability among all languages the model knows, 0 to 1."""


@runtime_checkable
class Transcriber(Protocol):
    """Speech to words. `version` changes whenever the same audio could give other words."""

    name: str
    version: str

    def detect_language(
        self, samples: FloatArray, speech: Sequence[Span], candidates: Sequence[str]
    ) -> LanguageGuess:
        """The language of the speech in `samples` (16 kHz mono), among `candidates`."""

    def transcribe(
        self,
        samples: FloatArray,
        speech: Sequence[Span],
        language: str,
        hints: Sequence[str] = (),
    ) -> tuple[Utterance, ...]:
        """Words of the speech spans of `samples` (16 kHz mono, shape (n,)), with times in ms.

        Only audio inside `speech` is given to the model. `hints` are names likely to occur.
        """


@runtime_checkable
class SecondReader(Transcriber, Protocol):
    """A `Transcriber` that can hear a stretch once more, in another way than the first time."""

    def read_again(
        self,
        samples: FloatArray,
        speech: Sequence[Span],
        language: str,
        hints: Sequence[str] = (),
    ) -> tuple[Utterance, ...]:
        """Like `Transcriber.transcribe`, so that it makes other mistakes than that does."""


@runtime_checkable
class Diarizer(Protocol):
    """Who speaks when, on one channel."""

    name: str
    version: str

    def diarize(
        self, samples: FloatArray, speech: Sequence[Span], num_speakers: int | None = 2
    ) -> tuple[SpeakerTurn, ...]:
        """Speaker turns in `samples` (16 kHz mono), restricted to `speech`."""


@runtime_checkable
class VoiceDetector(Protocol):
    """Where somebody speaks."""

    name: str
    version: str

    def detect(self, samples: FloatArray) -> tuple[Span, ...]:
        """Speech spans in `samples` (16 kHz mono, shape (n,))."""


@runtime_checkable
class TextEncoder(Protocol):
    """Sentences to unit vectors whose dot product is nearness in meaning, across languages."""

    name: str
    version: str

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Unit vectors, shape (len(texts), dimensions)."""


class Engines(Protocol):
    """The engines of a run; each is built when first asked for."""

    @property
    def voice_detector(self) -> VoiceDetector:
        """Where somebody speaks."""

    @property
    def diarizer(self) -> Diarizer:
        """Who speaks when, on one channel."""

    @property
    def transcriber(self) -> Transcriber:
        """Speech to words."""

    @property
    def encoder(self) -> TextEncoder:
        """Sentences to vectors."""


class TaskEnd(StrEnum):
    """How a task came to its end."""

    DONE = "done"  # the work gave a value
    RAISED = "raised"  # the work raised an exception
    CRASHED = "crashed"  # its process ended, or could not be reached any more
    TIMED_OUT = "timed_out"  # it took longer than its limit; its process was ended
    OUT_OF_MEMORY = "out_of_memory"  # its process grew beyond its share; it was ended


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of work for a worker. `payload` survives pickling."""

    number: int
    payload: object
    limit_s: float | None = None  # from its start; the work may set another while it goes on


@dataclass(frozen=True, slots=True)
class InHand:
    """A task that a worker has, and how far it is."""

    task: Task
    worker: str
    stage: str
    seconds: float
    memory_mb: int | None = None  # resident memory of the worker's process


@dataclass(frozen=True, slots=True)
class TaskResult:
    """What became of a task.

    `error` is what the work raised, `cause` what ended the worker, in words for a person.
    """

    task: Task
    end: TaskEnd
    seconds: float
    worker: str
    value: object = None
    error: Exception | None = None
    cause: str = ""
    memory_mb: int | None = None  # the most that the worker's process has held


class Report(Protocol):
    """How a piece of work tells where it is."""

    def __call__(self, stage: str, limit_s: float | None = None) -> None:
        """`stage` begins; from now on the whole task may take `limit_s` (None: as before)."""


# Does one task; made once in each worker, so that what it loads is loaded once.
Work = Callable[[object, Report], object]


class Executor(Protocol):
    """Runs tasks on workers; a worker that ends takes no other one's task with it.

    Made with a picklable function that makes the `Work` in each worker. To be used from one
    thread.
    """

    name: str
    workers: int

    def __enter__(self) -> Executor:
        """Ready for tasks; workers may start as late as with their first one."""

    def __exit__(self, *_: object) -> None:
        """End all workers, whatever they do."""

    def free(self) -> int:
        """How many more tasks may be handed in now, so that no worker waits and no queue grows."""

    def submit(self, task: Task) -> None:
        """Hand in a task."""

    def wait(self, timeout_s: float) -> tuple[TaskResult, ...]:
        """What has ended since the last call; waits up to `timeout_s` for the first.

        Raises:
            SetupError: no worker can be started.
        """

    def in_hand(self) -> tuple[InHand, ...]:
        """The tasks handed in that have not ended."""

    def stop(self) -> tuple[Task, ...]:
        """End all workers at once; the tasks that they had."""
