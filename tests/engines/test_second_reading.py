"""The second reading: slower sound, the same words' times, the same guards."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from engine_audio import noise, silence

from qa_pipeline.domain.spans import Span
from qa_pipeline.engines.chunks import Chunk
from qa_pipeline.engines.factory import build_engines
from qa_pipeline.engines.guards import TEMPERATURES, RawSegment, RawWord
from qa_pipeline.engines.whisper import SECOND_TEMPERATURES, WhisperTranscriber, slowed
from qa_pipeline.errors import EngineError
from qa_pipeline.ports import SecondReader


class LoudnessReader(WhisperTranscriber):
    """Writes one word where the window is loud."""

    name = "loudness"
    version = "1"
    _instead = "another"

    def __init__(self, text: str = " hello") -> None:
        self.text = text
        self.asked: list[tuple[str, tuple[float, ...], int]] = []

    def _language_probabilities(self, window: Chunk) -> Mapping[str, float]:
        return {"en": 1.0}

    def _read(
        self,
        chunk: Chunk,
        language: str,
        prompt: str,
        temperatures: tuple[float, ...] = TEMPERATURES,
    ) -> list[RawSegment]:
        self.asked.append((prompt, temperatures, chunk.samples.size))
        loud = np.flatnonzero(np.abs(chunk.samples) > 0.05) / 16_000
        if self.text == "broken":
            raise RuntimeError("no memory")
        text = self.text if prompt or self.text != " Ann Bell, Ann Bell" else " well then"
        return [RawSegment((RawWord(text, loud[0], loud[-1], 0.8),), -0.2, 0.0)]


CALL = np.concatenate([silence(2), noise(0.6), silence(3), noise(0.5), silence(2)])


def test_times_of_slowed_speech_are_those_of_the_recording() -> None:
    reader = LoudnessReader()
    assert isinstance(reader, SecondReader)
    once = reader.transcribe(CALL, [Span(1_500, 3_000)], "en")
    again = reader.read_again(CALL, [Span(1_500, 3_000)], "en")
    assert abs(once[0].start_ms - again[0].start_ms) <= 10
    assert abs(once[0].end_ms - 2_600) <= 10
    assert abs(again[0].end_ms - 2_600) <= 10


def test_the_second_reading_is_slower_and_less_patient() -> None:
    reader = LoudnessReader()
    reader.read_again(CALL, [Span(1_500, 3_000)], "en", ["Ann Bell"])
    assert reader.asked == [("Names: Ann Bell.", SECOND_TEMPERATURES, 1_500 * 16 * 10 // 9 + 1)]
    assert len(SECOND_TEMPERATURES) < len(TEMPERATURES)


def test_slowed_windows_still_fit_the_model() -> None:
    reader = LoudnessReader()
    reader.read_again(noise(70), [Span(0, 70_000)], "en")
    assert len(reader.asked) >= 3
    assert all(size <= 29_100 * 16 for _, _, size in reader.asked)


def test_parroted_names_are_read_without_the_prompt() -> None:
    reader = LoudnessReader(" Ann Bell, Ann Bell")
    found = reader.read_again(CALL, [Span(1_500, 3_000)], "en", ["Ann Bell"])
    assert [utterance.text for utterance in found] == ["well then"]


@pytest.mark.parametrize("way", ["transcribe", "read_again"])
def test_a_model_that_fails_is_told_with_its_place(way: str) -> None:
    with pytest.raises(EngineError, match=r"loudness failed on the stretch from 1\.5 s: no memory"):
        getattr(LoudnessReader("broken"), way)(CALL, [Span(1_500, 3_000)], "en")


def test_slowing_keeps_level_and_stretches_length() -> None:
    sound = np.sin(np.arange(16_000) / 10).astype(np.float32)
    slow = slowed(sound)
    assert slow.dtype == np.float32
    assert abs(slow.size - sound.size * 10 / 9) <= 1
    assert abs(float(np.std(slow)) - float(np.std(sound))) < 0.01


def test_both_whisper_engines_read_twice(tmp_path: Path) -> None:
    from qa_pipeline.config import Settings

    for name in ("model.bin", "config.json", "tokenizer.json"):
        (tmp_path / name).write_bytes(b"{}")
    for engine in ("faster-whisper", "openai-whisper"):
        settings = Settings(asr_engine=engine, asr_model=str(tmp_path))  # type: ignore[arg-type]
        assert isinstance(build_engines(settings, lambda _: tmp_path).transcriber, SecondReader)
