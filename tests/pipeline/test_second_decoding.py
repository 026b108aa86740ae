"""The second reading is a product of its own: switched on and off without hearing all again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from staged_calls import POOR_EN, ScriptTranscriber, StagedEngines, write_call

from qa_pipeline import api
from qa_pipeline.config import Settings
from qa_pipeline.domain.recording import FloatArray
from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.transcript import Utterance


class UnsureTranscriber(ScriptTranscriber):
    """Unsure the first time; the second time it hears better."""

    def __init__(self, stage: StagedEngines) -> None:
        super().__init__(stage)
        self.twice = 0

    def transcribe(
        self, samples: FloatArray, speech: Sequence[Span], language: str, hints: Sequence[str] = ()
    ) -> tuple[Utterance, ...]:
        sure = super().transcribe(samples, speech, language, hints)
        return tuple(
            replace(u, words=tuple(replace(word, probability=0.6) for word in u.words))
            for u in sure
        )

    def read_again(
        self, samples: FloatArray, speech: Sequence[Span], language: str, hints: Sequence[str] = ()
    ) -> tuple[Utterance, ...]:
        self.twice += 1
        return super().transcribe(samples, speech, language, hints)


def run(folder: Path, *, second_decoding: bool) -> tuple[int, int]:
    """How often the first and the second reading were asked for."""
    engines = StagedEngines()
    engines.transcriber = UnsureTranscriber(engines)
    settings = Settings(data_dir=folder / "data", second_decoding=second_decoding)
    api.run([folder / "calls"], settings, engines=engines)
    twice = engines.transcriber.twice
    return engines.calls.of("transcriber") - twice, twice


def test_switching_it_on_and_off_hears_nothing_again(tmp_path: Path) -> None:
    write_call(tmp_path / "calls", POOR_EN)
    assert run(tmp_path, second_decoding=False) == (1, 0)
    assert run(tmp_path, second_decoding=True) == (0, 1)
    assert run(tmp_path, second_decoding=False) == (0, 0)
    assert run(tmp_path, second_decoding=True) == (0, 0)


def test_it_is_on_unless_switched_off() -> None:
    assert Settings().second_decoding
