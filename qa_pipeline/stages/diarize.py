"""Who speaks when: by channel where each carries one party, else by voice."""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.domain.recording import FloatArray, Layout
from qa_pipeline.domain.spans import Span, merge, subtract
from qa_pipeline.domain.transcript import Diarization, SpeakerTurn
from qa_pipeline.ports import Diarizer, VoiceDetector

DIARIZE_VERSION = "1"

SpeechByChannel = tuple[tuple[Span, ...], ...]


def detect_speech(
    channels: Sequence[FloatArray],
    detector: VoiceDetector,
) -> SpeechByChannel:
    """Speech spans of each channel (16 kHz, shape (n,)), before tones and music are taken out."""
    return tuple(detector.detect(samples) for samples in channels)


def without(speech: SpeechByChannel, non_speech: Sequence[Sequence[Span]]) -> SpeechByChannel:
    """The speech that is left when ringing, tones and music are taken out.

    What remains of a span under 200 ms is the rim of a tone, not a word, and goes too.
    """
    least_ms = 200
    return tuple(
        tuple(span for span in subtract(merge(spans), holes) if span.duration_ms >= least_ms)
        for spans, holes in zip(speech, non_speech, strict=True)
    )


def diarize(
    channels: Sequence[FloatArray],
    speech: SpeechByChannel,
    layout: Layout,
    diarizer: Diarizer | None,
    num_speakers: int | None = 2,
) -> Diarization:
    """Speaker turns of a call.

    Args:
        channels: 16 kHz samples per channel.
        speech: what to diarize, per channel, in milliseconds.
        layout: stereo is split by channel, everything else by voice.
        diarizer: needed unless the layout is stereo.
        num_speakers: voices expected on a shared channel; None lets the engine count.

    Returns:
        Turns by start; speakers are ``channel_<n>``, or the engine's labels.
    """
    if layout is Layout.STEREO:
        turns = [
            SpeakerTurn(span, f"channel_{index}")
            for index, spans in enumerate(speech)
            for span in spans
        ]
        engine = "channels"
    else:
        if diarizer is None:
            raise ValueError("a mono recording needs a diarizer")
        turns = list(diarizer.diarize(channels[0], speech[0], num_speakers)) if speech[0] else []
        engine = f"{diarizer.name} {diarizer.version}"
    turns.sort(key=lambda turn: (turn.span, turn.speaker))
    speakers = tuple(sorted({turn.speaker for turn in turns}))
    return Diarization(tuple(turns), speakers, layout is Layout.STEREO, engine)
