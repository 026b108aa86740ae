"""Who speaks when: by channel where each carries one party, else by voice."""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.acoustics.cross_talk import without_echoes
from qa_pipeline.domain.recording import FloatArray, Layout
from qa_pipeline.domain.spans import Span, merge, subtract
from qa_pipeline.domain.transcript import Diarization, SpeakerTurn
from qa_pipeline.ports import ENGINE_SAMPLE_RATE_HZ, Diarizer, VoiceDetector

SPEECH_VERSION = "2"
DIARIZE_VERSION = "4"
LEAST_SPEECH_MS = 200
LATE_ONSET_MS = 1_200
# After music detectors wake later still: in calls of benchmarks/holds.py, through GSM above all,
# the first 1 to 3 s of the agent's return were lost.
LATE_AFTER_MUSIC_MS = 3_000
LEAST_MUSIC_MS = 4_000

SpeechByChannel = tuple[tuple[Span, ...], ...]


def detect_speech(
    channels: Sequence[FloatArray],
    detector: VoiceDetector,
) -> SpeechByChannel:
    """Speech spans of each channel (16 kHz, shape (n,)), before tones and music are taken out.

    Of two channels each keeps its own party's speech, not what leaks over from the other.
    """
    speech = tuple(detector.detect(samples) for samples in channels)
    if len(channels) != 2:
        return speech
    return without_echoes(channels[0], channels[1], speech, ENGINE_SAMPLE_RATE_HZ)


def without(speech: SpeechByChannel, non_speech: Sequence[Sequence[Span]]) -> SpeechByChannel:
    """The speech that is left when ringing, tones and music are taken out.

    What remains of a span under 200 ms is the rim of a tone, not a word, and goes too.
    """
    return tuple(
        tuple(span for span in subtract(merge(spans), holes) if span.duration_ms >= LEAST_SPEECH_MS)
        for spans, holes in zip(speech, non_speech, strict=True)
    )


def from_the_tones(
    speech: SpeechByChannel, non_speech: Sequence[Sequence[Span]]
) -> SpeechByChannel:
    """The same speech for the recogniser, taken from the end of a tone just before it.

    Voice detectors wake up late after a tone. The diarizer does without: the stillness there is
    no voice to tell another by.
    """
    return tuple(
        merge(_from_the_tone(span, holes) for span in spans)
        for spans, holes in zip(speech, non_speech, strict=True)
    )


def _from_the_tone(span: Span, holes: Sequence[Span]) -> Span:
    before = [
        hole.end_ms
        for hole in holes
        if 0
        <= span.start_ms - hole.end_ms
        <= (LATE_AFTER_MUSIC_MS if hole.duration_ms >= LEAST_MUSIC_MS else LATE_ONSET_MS)
    ]
    return Span(max(before, default=span.start_ms), span.end_ms)


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
