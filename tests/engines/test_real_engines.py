"""The engines on real weights: pyannote.audio's own 30-second telephone conversation."""

from __future__ import annotations

import os
import sys
from difflib import SequenceMatcher
from functools import cache, partial
from itertools import pairwise

import numpy as np
import pytest
from engine_audio import noise, reference_sample, silence

from qa_pipeline.config import Settings, default_models_dir
from qa_pipeline.domain.recording import FloatArray
from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.transcript import SpeakerTurn, Utterance
from qa_pipeline.engines.factory import Engines, build_engines
from qa_pipeline.models import require

pytestmark = pytest.mark.models


@cache
def engines(asr_engine: str = "faster-whisper") -> Engines:
    settings = Settings(asr_engine=asr_engine)  # type: ignore[arg-type]
    return build_engines(settings, partial(require, models_dir=default_models_dir()))


@cache
def speech() -> tuple[Span, ...]:
    return engines().voice_detector.detect(reference_sample()[0])


def words_of(utterances: tuple[Utterance, ...]) -> list[str]:
    text = " ".join(u.text for u in utterances).lower()
    return ["".join(c for c in word if c.isalnum()) for word in text.split()]


def error_rate(turns: tuple[SpeakerTurn, ...]) -> float:
    """DER of pyannote.metrics, standard settings: no collar, overlapping speech counted."""
    from pyannote.core import Annotation, Segment
    from pyannote.database.util import load_rttm
    from pyannote.metrics.diarization import DiarizationErrorRate

    reference = next(iter(load_rttm(reference_sample()[1]).values()))
    found = Annotation()
    for index, turn in enumerate(turns):
        segment = Segment(turn.span.start_ms / 1000, turn.span.end_ms / 1000)
        found[segment, index] = turn.speaker
    metric = DiarizationErrorRate(collar=0.0, skip_overlap=False)
    return float(metric(reference, found, uem=None))


def test_two_speakers_of_the_reference_sample_are_told_apart() -> None:
    samples, _ = reference_sample()
    turns = engines().diarizer.diarize(samples, speech(), num_speakers=2)
    assert error_rate(turns) < 0.10
    assert {turn.speaker for turn in turns} == {"SPEAKER_00", "SPEAKER_01"}
    # "Hello." (6.7 s), "Hello." (7.6 s), "Oh, hello." (8.3 s): three turns, not one.
    opening = [turn for turn in turns if turn.span.start_ms < 9_000]
    assert [turn.speaker for turn in opening] == ["SPEAKER_00", "SPEAKER_01", "SPEAKER_00"]


def test_the_diarizer_sends_nothing_and_survives_little_speech() -> None:
    assert engines().diarizer.diarize(silence(3), [], 2) == ()
    one = engines().diarizer.diarize(noise(3), [Span(0, 600)], 2)
    assert one == (SpeakerTurn(Span(0, 600), "SPEAKER_00"),)
    engines().diarizer.diarize(noise(3), [Span(0, 2_500)], None)
    assert os.environ["PYANNOTE_METRICS_ENABLED"] == "0"
    assert not sys.modules["pyannote.audio.telemetry.metrics"].is_metrics_enabled()


def test_rings_and_music_between_speech_do_not_change_who_speaks() -> None:
    samples, _ = reference_sample()
    spans = speech()
    first = int(spans[0].start_ms)
    loud = samples.copy()
    loud[: (first - 200) * 16] = noise((first - 200) / 1000, 0.3)
    assert error_rate(engines().diarizer.diarize(loud, spans, 2)) < 0.10


@cache
def heard(asr_engine: str) -> tuple[Utterance, ...]:
    """The first half of the sample, which is enough to compare by."""
    samples = reference_sample()[0][: 20 * 16_000]
    spans = [part for s in speech() if (part := s.intersection(Span(0, 20_000))) is not None]
    return engines(asr_engine).transcriber.transcribe(samples, spans, "en")


def test_the_reference_sample_is_read() -> None:
    found = words_of(heard("faster-whisper"))
    for phrase in ("originally from chicago", "in new jersey", "hello"):
        assert phrase in " ".join(found)
    assert [u.start_ms for u in heard("faster-whisper")] == sorted(
        u.start_ms for u in heard("faster-whisper")
    )
    words = [word for u in heard("faster-whisper") for word in u.words]
    assert all(a.end_ms <= b.start_ms for a, b in pairwise(words))
    chicago = next(w for w in words if w.text.lower().startswith("chicago"))
    assert abs(chicago.end_ms - 17_600) < 400


def test_both_engines_read_alike() -> None:
    import jiwer

    default, other = (words_of(heard(name)) for name in ("faster-whisper", "openai-whisper"))
    assert jiwer.wer(" ".join(default), " ".join(other)) < 0.15
    ours, theirs = (
        [w for u in heard(n) for w in u.words] for n in ("faster-whisper", "openai-whisper")
    )
    matcher = SequenceMatcher(None, [w.text for w in ours], [w.text for w in theirs], False)
    pairs = [
        (ours[block.a + i], theirs[block.b + i])
        for block in matcher.get_matching_blocks()
        for i in range(block.size)
    ]
    assert len(pairs) > 20
    assert float(np.median([abs(a.start_ms - b.start_ms) for a, b in pairs])) <= 100


def test_the_conversion_loses_nothing() -> None:
    from qa_pipeline.engines.ct2_checkpoint import read_arrays

    arrays = read_arrays(default_models_dir() / "whisper-base" / "model.bin")
    state = engines("openai-whisper").transcriber.model.state_dict()  # type: ignore[attr-defined]
    seen = 0
    for layer in range(6):
        for side, parts in (("encoder", 1), ("decoder", 2)):
            stacked = arrays[f"{side}/layer_{layer}/self_attention/linear_0/weight"]
            names = [f"{side}.blocks.{layer}.attn.{n}.weight" for n in ("query", "key", "value")]
            rebuilt = np.concatenate([state[name].numpy() for name in names])
            assert np.array_equal(rebuilt.astype(np.float16), stacked)
            bias = arrays[f"{side}/layer_{layer}/self_attention/linear_0/bias"]
            assert not bias[512:1024].any()  # keys have no bias, so none is lost
            seen += parts
    total = sum(a.size for n, a in arrays.items() if a.dtype == np.float16)
    total -= arrays["decoder/projection/weight"].size  # an alias
    keys = 18 * 512  # biases of keys, all zero
    assert sum(t.numel() for t in state.values()) == total - keys
    assert seen == 18


def test_both_engines_know_the_language() -> None:
    samples, _ = reference_sample()
    for name in ("faster-whisper", "openai-whisper"):
        guess = engines(name).transcriber.detect_language(samples, speech(), ("zh", "en"))
        assert guess.language == "en"
        assert guess.confidence > 0.9


@pytest.mark.parametrize("name", ["faster-whisper", "openai-whisper"])
def test_names_in_the_prompt_are_not_heard_in_noise(name: str) -> None:
    samples: FloatArray = noise(6, 0.02)
    hints = ("Mary Brown", "Daniel Porter", "Harper Valley")
    found = engines(name).transcriber.transcribe(samples, [Span(0, 6_000)], "en", hints)
    said = " ".join(words_of(found))
    assert not any(hint.lower() in said for hint in hints)


def test_the_first_hello_is_speech() -> None:
    assert any(span.contains(6_900) for span in speech())
