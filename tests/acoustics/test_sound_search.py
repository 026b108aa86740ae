"""What is said again is found by its sound, at another pitch and pace, beside other words."""

from __future__ import annotations

import numpy as np
import pytest

from qa_pipeline.acoustics.sound_search import Sounds, echoes_of, sounds_of
from qa_pipeline.acoustics.spectrogram import ANALYSIS_RATE_HZ
from qa_pipeline.domain.recording import FloatArray
from qa_pipeline.domain.spans import Span

VOWELS = {
    "a": (730, 1090), "i": (270, 2290), "u": (300, 870), "e": (530, 1840), "o": (570, 840),
    "y": (235, 2100), "r": (490, 1350), "w": (350, 610), "l": (380, 2600), "m": (280, 1700),
}  # fmt: skip
WORDS = ("aiu", "oew", "mya", "ule", "iro", "eam", "wyl", "roi", "lum", "yeo", "auw", "mir")
PAUSE_MS = 240


def spoken(word: str, pitch_hz: float = 120.0, sound_ms: int = 130) -> FloatArray:
    """A word of voiced sounds that glide into each other: harmonics under two formants."""
    count = len(word) * sound_ms * ANALYSIS_RATE_HZ // 1000
    at = np.linspace(0, len(word) - 1, count)
    places = np.arange(len(word))
    first = np.interp(at, places, [VOWELS[sound][0] for sound in word])
    second = np.interp(at, places, [VOWELS[sound][1] for sound in word])
    phase = 2 * np.pi * np.cumsum(np.full(count, pitch_hz)) / ANALYSIS_RATE_HZ
    total = np.zeros(count)
    for number in range(1, int(3_500 / pitch_hz)):
        hz = number * pitch_hz
        near = np.exp(-(((hz - first) / 120) ** 2)) + 0.6 * np.exp(-(((hz - second) / 180) ** 2))
        total += (near + 0.01) * np.sin(number * phase)
    return np.asarray(0.1 * total * np.hanning(count) ** 0.2, dtype=np.float32)


def call_of(words: list[FloatArray]) -> tuple[FloatArray, list[Span]]:
    """The words with pauses between them, in a little noise, and where each stands."""
    rng = np.random.default_rng(7)
    pause = np.zeros(PAUSE_MS * ANALYSIS_RATE_HZ // 1000, dtype=np.float32)
    parts, spans, at = [pause], [], pause.size
    for word in words:
        spans.append(
            Span(at * 1000 // ANALYSIS_RATE_HZ, (at + word.size) * 1000 // ANALYSIS_RATE_HZ)
        )
        parts += [word, pause]
        at += word.size + pause.size
    signal = np.concatenate(parts)
    noise = 0.0005 * rng.standard_normal(signal.size)
    return np.asarray(signal + noise, dtype=np.float32), spans


def heard(words: list[FloatArray]) -> tuple[Sounds, list[Span]]:
    signal, spans = call_of(words)
    return sounds_of(signal, spans), spans


@pytest.mark.parametrize(("pitch_hz", "sound_ms"), [(120.0, 130), (132.0, 130), (112.0, 165)])
def test_the_word_said_again_is_nearest(pitch_hz: float, sound_ms: int) -> None:
    words = [spoken(word) for word in WORDS]
    sounds, spans = heard([*words, spoken(WORDS[3], pitch_hz, sound_ms), *words[6:]])
    echoes = echoes_of(sounds, spans[3], 0.9)
    again = spans[len(WORDS)]
    assert Span(echoes[0].at_ms, echoes[0].to_ms).overlap_ms(again) > 0.6 * again.duration_ms
    assert echoes[0].distance < 0.6
    assert [echo.distance for echo in echoes] == sorted(echo.distance for echo in echoes)
    assert (echoes[0].start_ms, echoes[0].end_ms) == (spans[3].start_ms, spans[3].end_ms)


def test_a_word_is_no_echo_of_itself() -> None:
    sounds, spans = heard([spoken(word) for word in WORDS])
    for model in spans:
        found = echoes_of(sounds, model, 2.0)
        assert found
        assert not any(echo.at_ms < model.end_ms and model.start_ms < echo.to_ms for echo in found)


def test_pauses_around_the_model_do_not_count() -> None:
    words = [spoken(word) for word in WORDS]
    signal, spans = call_of([*words, spoken(WORDS[2], 125.0)])
    sounds = sounds_of(signal, [Span(0, spans[-1].end_ms + PAUSE_MS)])
    wide = Span(spans[2].start_ms - 200, spans[2].end_ms + 200)
    best = echoes_of(sounds, wide, 0.9)[0]
    assert Span(best.at_ms, best.to_ms).overlaps(spans[-1])


@pytest.mark.parametrize("model", [Span(300, 400), Span(90_000, 91_000), Span(300, 300)])
def test_nothing_is_an_echo_of_what_is_too_short_or_not_there(model: Span) -> None:
    sounds, _ = heard([spoken(word) for word in WORDS])
    assert echoes_of(sounds, model, 2.0) == ()


@pytest.mark.parametrize("speech", [[], [Span(90_000, 90_010)], [Span(0, 500)]])
def test_too_little_speech_holds_no_echo(speech: list[Span]) -> None:
    signal, spans = call_of([spoken(WORDS[0])])
    assert echoes_of(sounds_of(signal, speech), spans[0], 2.0) == ()


def test_digital_silence_is_searched_without_a_warning() -> None:
    sounds = sounds_of(np.zeros(80_000, dtype=np.float32), [Span(0, 9_000)])
    assert np.isfinite(sounds.features).all()
    echoes_of(sounds, Span(1_000, 1_500), 2.0)
