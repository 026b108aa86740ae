"""What is said, word by word, in the language that is spoken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from qa_pipeline.domain.recording import FloatArray
from qa_pipeline.domain.spans import Span, merge
from qa_pipeline.domain.transcript import Transcript, Utterance
from qa_pipeline.ports import Transcriber

TRANSCRIBE_VERSION = "1"


@dataclass(frozen=True, slots=True)
class LanguageChoice:
    """How the language of a call is found: told, or detected among `candidates`."""

    told: str | None
    candidates: tuple[str, ...]


def transcribe(
    channels: Sequence[FloatArray],
    speech: Sequence[Sequence[Span]],
    transcriber: Transcriber,
    choice: LanguageChoice,
    hints: Sequence[str] = (),
) -> Transcript:
    """The words of every channel's speech.

    Args:
        channels: 16 kHz samples per channel, each of shape (n,).
        speech: spans per channel; nothing outside of them reaches the recogniser.
        transcriber: the recogniser.
        choice: the language, or among which to look.
        hints: names that are likely to be said.
    """
    engine = f"{transcriber.name} {transcriber.version}"
    everywhere = merge(span for spans in speech for span in spans)
    if not everywhere:
        return Transcript(choice.told or choice.candidates[0], 0.0, (), engine)
    language, confidence = choice.told, 1.0
    if language is None:
        guess = transcriber.detect_language(_mixed(channels), everywhere, choice.candidates)
        language, confidence = guess.language, guess.confidence
    utterances: list[Utterance] = []
    for index, (samples, spans) in enumerate(zip(channels, speech, strict=True)):
        if not spans:
            continue
        found = transcriber.transcribe(samples, tuple(spans), language, hints)
        channel = index if len(channels) > 1 else None
        utterances.extend(replace(utterance, channel=channel) for utterance in found)
    utterances.sort(key=lambda utterance: (utterance.start_ms, utterance.end_ms))
    return Transcript(language, confidence, tuple(utterances), engine)


def _mixed(channels: Sequence[FloatArray]) -> FloatArray:
    """One signal of all channels, each as loud as the other, so that both languages count."""
    if len(channels) == 1:
        return channels[0]
    levelled = [samples / max(1e-4, float(np.abs(samples).max())) for samples in channels]
    return np.asarray(np.mean(levelled, axis=0), dtype=np.float32)
