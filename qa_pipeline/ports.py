"""What the pipeline needs from engines; they are handed in, never imported by the core."""

from __future__ import annotations

from collections.abc import Sequence
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
