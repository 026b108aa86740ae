"""Pitch is found in telephone sound, and nothing where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from qa_pipeline.acoustics.pitch import HOP_MS, track_pitch
from qa_pipeline.domain.recording import Audio, FloatArray
from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.transcript import Diarization, SpeakerTurn
from qa_pipeline.stages.measure_voices import measure_voices

RATE_HZ = 8_000


def voice(pitch_hz: FloatArray, level: float = 0.1) -> FloatArray:
    """Harmonics of a moving fundamental within the telephone band (the fundamental cut off)."""
    phase = 2 * np.pi * np.cumsum(pitch_hz) / RATE_HZ
    parts = [
        np.sin(n * phase) / n * ((n * pitch_hz > 300) & (n * pitch_hz < 3_400))
        for n in range(1, 30)
    ]
    return np.asarray(level * sum(parts), dtype=np.float32)


def steady(pitch_hz: float, seconds: float) -> FloatArray:
    return np.full(round(seconds * RATE_HZ), pitch_hz, dtype=np.float32)


@pytest.mark.parametrize("pitch_hz", [85.0, 125.0, 210.0, 280.0, 390.0])
@pytest.mark.parametrize("noise", [0.0, 0.01])
def test_the_pitch_of_a_steady_voice(pitch_hz: float, noise: float) -> None:
    random = np.random.default_rng(1)
    sound = voice(steady(pitch_hz, 1)) + noise * random.standard_normal(RATE_HZ)
    found = track_pitch(sound.astype(np.float32), RATE_HZ).pitch_hz
    voiced = found[found > 0]
    assert len(voiced) > 0.9 * len(found)
    assert np.median(voiced) == pytest.approx(pitch_hz, rel=0.01)


def test_noise_and_stillness_have_no_pitch() -> None:
    random = np.random.default_rng(2)
    hiss = (0.1 * random.standard_normal(RATE_HZ)).astype(np.float32)
    assert np.mean(track_pitch(hiss, RATE_HZ).pitch_hz > 0) < 0.05
    assert not track_pitch(np.zeros(RATE_HZ, np.float32), RATE_HZ).pitch_hz.any()
    assert track_pitch(np.zeros(100, np.float32), RATE_HZ).pitch_hz.shape == (0,)


def moving(spread_semitones: float, seconds: float, middle_hz: float = 120.0) -> FloatArray:
    """A melody with that standard deviation."""
    times = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    swing = np.sqrt(2) * spread_semitones * np.sin(2 * np.pi * 0.7 * times)
    return np.asarray(middle_hz * 2 ** (swing / 12), dtype=np.float32)


@pytest.mark.parametrize("spread", [0.5, 2.0, 3.5])
def test_the_spread_of_a_melody_is_measured(spread: float) -> None:
    sound = voice(moving(spread, 10))
    whole = (SpeakerTurn(Span(0, 10_000), "channel_0"),)
    speakers = Diarization(whole, ("channel_0",), by_channel=True, engine="t")
    (figures,) = measure_voices(Audio(sound[None, :], RATE_HZ), speakers).figures
    assert figures.pitch_spread_semitones == pytest.approx(spread, abs=0.2)
    assert figures.pitch_hz == pytest.approx(120, rel=0.05)
    assert figures.voiced_ms == pytest.approx(10_000, abs=10 * HOP_MS)


def test_only_what_a_speaker_says_alone_counts() -> None:
    low, high = voice(steady(100, 4)), voice(steady(250, 4))
    sound = np.concatenate([low, low + high, high])
    turns = (SpeakerTurn(Span(0, 8_000), "a"), SpeakerTurn(Span(4_000, 12_000), "b"))
    speakers = Diarization(turns, ("a", "b"), by_channel=False, engine="t")
    both = Audio(sound[None, :].astype(np.float32), RATE_HZ)
    a, b = measure_voices(both, speakers).figures
    assert (a.speaker, b.speaker) == ("a", "b")
    assert a.pitch_hz == pytest.approx(100, rel=0.02)
    assert b.pitch_hz == pytest.approx(250, rel=0.02)
    silent = Diarization((), ("a",), by_channel=False, engine="t")
    assert measure_voices(both, silent).figures == ()
