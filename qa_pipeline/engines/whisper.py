"""What the two Whisper engines share: all but the decoder."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar, TypeVar

import numpy as np
from scipy.signal import resample_poly

from qa_pipeline.domain.recording import FloatArray
from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.transcript import Utterance
from qa_pipeline.engines.chunks import MAX_CHUNK_MS, Chunk, pack
from qa_pipeline.engines.gaps import believed, with_rims, wordless
from qa_pipeline.engines.guards import TEMPERATURES, RawSegment, keep_spoken, read_guarded
from qa_pipeline.engines.prompts import Guess, language_sample, prompt_for, vote_on_language
from qa_pipeline.engines.utterances import to_utterances
from qa_pipeline.errors import EngineError

BEAM_SIZE = 5
# Changes whenever the modules that both engines share would give other words for the same audio.
READING_REVISION = 7
# The second reading hears the speech at nine tenths of its speed.
_STRETCH = (10, 9)
SLOWER = _STRETCH[1] / _STRETCH[0]
# One attempt: a reading that fails is improbable, and then the first one is believed.
SECOND_TEMPERATURES = (0.0,)

T = TypeVar("T")


class WhisperTranscriber(ABC):
    """The `Transcriber` port on a Whisper model, whatever decodes it.

    Each chunk of packed speech is one window: beam search, word times, nothing carried over from
    the chunk before (so that an error does not spread), and lower certainty tried again at higher
    temperatures. Chunks, prompts, thresholds and guards are the same for all engines.
    """

    name: str
    version: str
    # What a decoder raises on audio that it cannot take, and the engine to try instead.
    _failures: ClassVar[tuple[type[Exception], ...]] = (RuntimeError, ValueError)
    _instead: ClassVar[str]

    def detect_language(
        self, samples: FloatArray, speech: Sequence[Span], candidates: Sequence[str]
    ) -> Guess:
        """The language among `candidates`, over the most talkative stretches of the call.

        Its confidence is the share it has among all languages of the model.
        """
        windows = language_sample(samples, speech)
        return vote_on_language(windows, self._language_probabilities, candidates)

    def transcribe(
        self,
        samples: FloatArray,
        speech: Sequence[Span],
        language: str,
        hints: Sequence[str] = (),
    ) -> tuple[Utterance, ...]:
        """See `Transcriber.transcribe`.

        Speech that came out without words is read once more for itself, without a prompt.

        Raises:
            EngineError: the model fails on this audio.
        """
        prompt = prompt_for(language, hints)

        def read(chunk: Chunk) -> tuple[RawSegment, ...]:
            once = partial(self._read, chunk, language)
            return read_guarded(once, prompt, hints, chunk.speech_s)

        def read_alone(chunk: Chunk) -> tuple[RawSegment, ...]:
            return keep_spoken(self._read(chunk, language, "", SECOND_TEMPERATURES))

        first = self._told(read, pack(samples, speech))
        utterances = to_utterances(first, language)
        gaps = wordless(utterances, speech)
        if not gaps:
            return utterances
        rest = self._told(read_alone, pack(samples, with_rims(gaps, speech)))
        return to_utterances([*first, *believed(rest, gaps)], language)

    def read_again(
        self,
        samples: FloatArray,
        speech: Sequence[Span],
        language: str,
        hints: Sequence[str] = (),
    ) -> tuple[Utterance, ...]:
        """See `SecondReader.read_again`: slowed, in windows cut otherwise, and without patience.

        A second reading helps where its mistakes are others than the first one's. Slower speech
        in other windows, with the names as a hint, kept the names best of what was tried.
        Speech that was skipped for a prompt is not tried again without: the first reading has
        been there.

        Raises:
            EngineError: the model fails on this audio.
        """
        prompt = prompt_for(language, hints)

        def read(chunk: Chunk) -> tuple[RawSegment, ...]:
            slow = replace(chunk, samples=slowed(chunk.samples))

            def once(told: str) -> list[RawSegment]:
                segments = self._read(slow, language, told, SECOND_TEMPERATURES)
                return [_at_full_speed(segment) for segment in segments]

            return read_guarded(once, prompt, hints)

        windows = pack(samples, speech, round(MAX_CHUNK_MS * SLOWER))
        return to_utterances(self._told(read, windows), language)

    def _told(
        self, read: Callable[[Chunk], tuple[RawSegment, ...]], windows: Sequence[Chunk]
    ) -> list[tuple[Chunk, tuple[RawSegment, ...]]]:
        def told(chunk: Chunk) -> tuple[Chunk, tuple[RawSegment, ...]]:
            try:
                return chunk, read(chunk)
            except self._failures as error:
                where = chunk.pieces[0].span.start_ms / 1000
                raise EngineError(
                    f"{self.name} failed on the stretch from {where:.1f} s: {error}.",
                    f"Try again, or use --asr-engine {self._instead}.",
                ) from error

        return self._each(told, windows)

    def _each(self, read: Callable[[Chunk], T], chunks: Sequence[Chunk]) -> list[T]:
        """`read` of every chunk, in order; an engine may read several side by side."""
        return [read(chunk) for chunk in chunks]

    @abstractmethod
    def _language_probabilities(self, window: Chunk) -> Mapping[str, float]:
        """The probability of each language the model knows."""

    @abstractmethod
    def _read(
        self,
        chunk: Chunk,
        language: str,
        prompt: str,
        temperatures: tuple[float, ...] = TEMPERATURES,
    ) -> list[RawSegment]:
        """What the model writes for one window; raises `_failures`."""


def slowed(samples: FloatArray) -> FloatArray:
    """The samples stretched to 10/9 of their length: nine tenths of the speed, deeper voices."""
    stretched: FloatArray = resample_poly(samples, *_STRETCH).astype(np.float32)
    return stretched


def _at_full_speed(segment: RawSegment) -> RawSegment:
    words = tuple(
        replace(word, start_s=word.start_s * SLOWER, end_s=word.end_s * SLOWER)
        for word in segment.words
    )
    return replace(segment, words=words)
