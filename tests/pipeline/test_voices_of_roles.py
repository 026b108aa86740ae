"""Each party has the voice of the speaker who talks longest in its role."""

from __future__ import annotations

from qa_pipeline.converse import Tools, from_audio
from qa_pipeline.domain.recording import CallMetadata, ChannelRoles, Layout, Recording, Role
from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.timeline import Timeline
from qa_pipeline.domain.transcript import (
    Diarization,
    SpeakerTurn,
    Transcript,
    Utterance,
    Word,
)
from qa_pipeline.domain.voice import VoiceFigures
from qa_pipeline.language.acts import load_catalogue
from qa_pipeline.resources import acts_dir


def said(channel: int, start_ms: int, text: str) -> Utterance:
    words = tuple(
        Word(start_ms + 300 * n, start_ms + 300 * n + 250, word, 0.9)
        for n, word in enumerate(text.split())
    )
    return Utterance(start_ms, words[-1].end_ms, text, words, channel, f"channel_{channel}", 0.9)


def test_voices_follow_the_roles_of_the_channels() -> None:
    lines = (
        said(1, 500, "Good morning, Penrose Library, this is Anna Reed speaking."),
        said(0, 5_000, "Hello, I would like to renew two books, please."),
    )
    heard = tuple(SpeakerTurn(Span(u.start_ms, u.end_ms), u.speaker or "") for u in lines)
    recording = Recording(
        "/r.wav", "r.wav", "0" * 64, "c", 12_000, 8_000, "pcm", Layout.STEREO, 2,
        CallMetadata(channels=ChannelRoles(agent=1, customer=0)),
    )  # fmt: skip
    figures = [
        VoiceFigures("channel_0", 2_000, 110.0, 2.0, -20.0, 3.0),
        VoiceFigures("channel_1", 2_000, 210.0, 2.0, -20.0, 3.0),
    ]
    call = from_audio(
        recording,
        Timeline(12_000),
        Diarization(heard, ("channel_0", "channel_1"), by_channel=True, engine="channels"),
        Transcript("en", 1.0, lines, "t"),
        Tools(load_catalogue(acts_dir()), None, None),
        voices=figures,
    )
    assert call.voices[Role.AGENT].pitch_hz == 210.0
    assert call.voices[Role.CUSTOMER].pitch_hz == 110.0
