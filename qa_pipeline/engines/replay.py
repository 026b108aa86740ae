"""Engines that give back what was recorded, so that a run can be repeated without models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from qa_pipeline.domain.recording import FloatArray
from qa_pipeline.domain.spans import Span, merge
from qa_pipeline.domain.transcript import SpeakerTurn, Utterance
from qa_pipeline.engines.prompts import Guess


@dataclass(frozen=True)
class ReplayTranscriber:
    """A `Transcriber` that returns recorded utterances which lie in the given speech.

    An utterance is given back when the middle of it is inside a speech span, so that what the
    pipeline took out (a ring, a hold) stays out as it would with a real recogniser.
    """

    utterances: tuple[Utterance, ...]
    language: str = "en"
    language_confidence: float = 1.0
    version: str = "replay-1"
    name: ClassVar[str] = "replay"

    def detect_language(
        self, samples: FloatArray, speech: Sequence[Span], candidates: Sequence[str]
    ) -> Guess:
        """The recorded language if it is a candidate, else the first candidate, unsure."""
        if self.language in candidates or not candidates:
            return Guess(self.language, self.language_confidence)
        return Guess(candidates[0], 0.0)

    def transcribe(
        self,
        samples: FloatArray,
        speech: Sequence[Span],
        language: str,
        hints: Sequence[str] = (),
    ) -> tuple[Utterance, ...]:
        """The recorded utterances within `speech`."""
        spans = merge(speech)
        return tuple(
            utterance
            for utterance in self.utterances
            if any(s.contains((utterance.start_ms + utterance.end_ms) // 2) for s in spans)
        )


@dataclass(frozen=True)
class ReplayDiarizer:
    """A `Diarizer` that returns recorded turns, clipped to the given speech."""

    turns: tuple[SpeakerTurn, ...]
    version: str = "replay-1"
    name: ClassVar[str] = "replay"

    def diarize(
        self, samples: FloatArray, speech: Sequence[Span], num_speakers: int | None = 2
    ) -> tuple[SpeakerTurn, ...]:
        """The recorded turns within `speech`."""
        return tuple(
            SpeakerTurn(part, turn.speaker)
            for turn in self.turns
            for span in merge(speech)
            if (part := turn.span.intersection(span)) is not None
        )


@dataclass(frozen=True)
class ReplayVoiceDetector:
    """A `VoiceDetector` that returns recorded spans, clipped to the recording."""

    spans: tuple[Span, ...]
    version: str = "replay-1"
    name: ClassVar[str] = "replay"

    def detect(self, samples: FloatArray) -> tuple[Span, ...]:
        """The recorded spans within `samples` (16 kHz mono)."""
        whole = Span(0, len(samples) // 16)
        return tuple(
            part for span in merge(self.spans) if (part := span.intersection(whole)) is not None
        )
