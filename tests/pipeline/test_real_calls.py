"""The whole way with real models: two sample calls, and recordings with little or nothing in them.

The sample calls are cut, so that words, roles, rings and verdicts are all checked within seconds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rapidfuzz.distance import Levenshtein
from staged_calls import RATE_HZ, write_sidecar, write_sound

import sample_calls
from qa_pipeline import api
from qa_pipeline.acoustics.decode import decode
from qa_pipeline.config import Settings
from qa_pipeline.domain.recording import FloatArray
from sample_calls.maker.music import hold_music

pytestmark = pytest.mark.models

HOME = Path(str(sample_calls.__file__)).parent
LABELS: dict[str, dict[str, Any]] = json.loads((HOME / "labels.json").read_text("utf-8"))
ENGLISH, MANDARIN = "en_energy_meter.wav", "zh_bank_card_loss.amr"
OPENING_MS = 34_000
WORDS = ("greeting", "name_use", "summary", "satisfaction")


def audio_of(name: str) -> tuple[FloatArray, int]:
    """A sample call's samples (channels, n) and their rate."""
    [path] = [p for p in HOME.rglob(name) if p.is_file()]
    audio = decode(path).audio
    return audio.samples, audio.sample_rate_hz


def said(name: str, role: str, number: slice) -> FloatArray:
    """Some of one party's turns of a sample call one after the other, mono at 8 kHz."""
    import soxr

    samples, rate_hz = audio_of(name)
    mono = samples.mean(axis=0)
    turns = [turn for turn in LABELS[name]["turns"] if turn["role"] == role][number]
    gap = np.zeros(rate_hz // 2, np.float32)
    parts = [
        part
        for t in turns
        for part in (mono[t["start_ms"] * rate_hz // 1000 : t["end_ms"] * rate_hz // 1000], gap)
    ]
    spoken: FloatArray = soxr.resample(np.concatenate(parts), rate_hz, RATE_HZ)
    return spoken + 0.0005 * np.random.default_rng(1).standard_normal(spoken.size)


@dataclass(frozen=True)
class Heard:
    """What a run over several recordings found, by file."""

    calls: dict[str, dict[str, Any]]
    failures: list[dict[str, str]]

    def outcomes(self, file: str) -> dict[str, str]:
        return {r["criterion"]: r["outcome"] for r in self.calls[file]["results"]}

    def reasons(self, file: str) -> dict[str, str]:
        return {r["criterion"]: r["reason"] for r in self.calls[file]["results"]}


def hear(folder: Path, **settings: Any) -> Heard:
    data = folder.parent / f"data {settings}"
    api.run([folder], Settings(data_dir=data, **settings))
    out = folder.parent / "x.json"
    api.export(Settings(data_dir=data), "json", out)
    export = json.loads(out.read_text(encoding="utf-8"))
    return Heard({call["file"]: call for call in export["calls"]}, export["failures"])


def write_opening(folder: Path, name: str) -> Path:
    """The beginning of a sample call with what the phone system knows of it."""
    import soundfile

    samples, rate_hz = audio_of(name)
    path = folder / f"{Path(name).stem}.wav"
    soundfile.write(path, samples[:, : OPENING_MS * rate_hz // 1000].T, rate_hz)
    [sidecar] = HOME.rglob(f"{Path(name).stem}.json")
    write_sidecar(path, json.loads(sidecar.read_text("utf-8")))
    return path


def error_rate(call: dict[str, Any], name: str, until_ms: int) -> float:
    """Edits per character against the label, over the turns that end before `until_ms`."""
    truth = [t for t in LABELS[name]["turns"] if t["end_ms"] <= until_ms]
    heard = [t for t in call["turns"] if t["start_ms"] < truth[-1]["end_ms"]]
    reference, found = (re.sub(r"\W", "", "".join(t["text"] for t in x)).lower()
                        for x in (truth, heard))  # fmt: skip
    return Levenshtein.distance(reference, found) / len(reference)


def role_errors(call: dict[str, Any], name: str) -> list[str]:
    """Label turns whose middle is given to the other party."""
    wrong = []
    for turn in LABELS[name]["turns"]:
        middle = (turn["start_ms"] + turn["end_ms"]) // 2
        at = {t["role"] for t in call["turns"] if t["start_ms"] <= middle < t["end_ms"]}
        if middle < OPENING_MS - 2_000 and turn["role"] not in at:
            wrong.append(turn["text"])
    return wrong


class TestSampleCalls:
    @pytest.fixture(scope="class")
    def heard(self, tmp_path_factory: pytest.TempPathFactory) -> Heard:
        folder = tmp_path_factory.mktemp("samples") / "calls"
        folder.mkdir()
        for name in (ENGLISH, MANDARIN):
            write_opening(folder, name)
        return hear(folder)

    @pytest.mark.parametrize(("name", "most"), [(ENGLISH, 0.12), (MANDARIN, 0.35)])
    def test_the_words_are_those_said(self, heard: Heard, name: str, most: float) -> None:
        call = heard.calls[f"{Path(name).stem}.wav"]
        assert call["language"] == name[:2]
        assert call["language_confidence"] > 0.9
        assert error_rate(call, name, OPENING_MS - 1_000) < most

    @pytest.mark.parametrize("name", [ENGLISH, MANDARIN])
    def test_each_party_said_what_it_said(self, heard: Heard, name: str) -> None:
        assert role_errors(heard.calls[f"{Path(name).stem}.wav"], name) == []

    def test_the_ringing_is_heard_and_not_transcribed(self, heard: Heard) -> None:
        call = heard.calls["en_energy_meter.wav"]
        [label] = [e for e in LABELS[ENGLISH]["events"] if e["kind"] == "ringback"]
        [ringing] = [e for e in call["events"] if e["kind"] == "ringback"]
        assert ringing["rings"] == label["rings"]
        assert abs(ringing["start_ms"] - label["start_ms"]) < 300
        assert all(turn["start_ms"] >= label["end_ms"] - 300 for turn in call["turns"])

    @pytest.mark.parametrize("name", [ENGLISH, MANDARIN])
    @pytest.mark.parametrize("criterion", ["pickup", "greeting"])
    def test_verdicts_that_the_opening_decides(
        self, heard: Heard, name: str, criterion: str
    ) -> None:
        outcomes = heard.outcomes(f"{Path(name).stem}.wav")
        assert outcomes[criterion] == LABELS[name][criterion]

    def test_openai_whisper_hears_the_same(
        self, heard: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = tmp_path / "calls"
        folder.mkdir()
        write_opening(folder, ENGLISH)
        other = hear(folder, asr_engine="openai-whisper")
        file = "en_energy_meter.wav"
        assert error_rate(other.calls[file], ENGLISH, OPENING_MS - 1_000) < 0.12
        for criterion in ("pickup", "greeting"):
            assert other.outcomes(file)[criterion] == heard.outcomes(file)[criterion]


class TestLittleToHear:
    """Music, silence, one voice, three voices: honest answers, and nothing made up."""

    @pytest.fixture(scope="class")
    def heard(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Heard]:
        folder = tmp_path_factory.mktemp("little") / "calls"
        folder.mkdir()
        random = np.random.default_rng(2)
        agent, customer = (said("en_bank_transfer.ogg", r, slice(3)) for r in ("agent", "customer"))
        third = said("zh_hotel_invoice.mp3", "agent", slice(1))
        sounds = {
            "silence": np.zeros(60 * RATE_HZ),
            "noise": 0.003 * random.standard_normal(40 * RATE_HZ),
            "music": 0.3 * hold_music("melody", 30, RATE_HZ, seed=5),
            "second": agent[RATE_HZ // 2 : RATE_HZ * 3 // 2],
            "voicemail": said("en_bank_transfer.ogg", "customer", slice(2)),
            "three": np.concatenate([agent, customer, third]),
        }
        for name, sound in sounds.items():
            write_sound(folder / f"{name}.wav", sound.astype(np.float32))
        yield hear(folder)

    def test_all_are_scored(self, heard: Heard) -> None:
        assert heard.failures == []
        assert len(heard.calls) == 6

    @pytest.mark.parametrize("name", ["silence", "noise", "music"])
    def test_no_words_are_made_up(self, heard: Heard, name: str) -> None:
        assert heard.calls[f"{name}.wav"]["turns"] == []

    @pytest.mark.parametrize("name", ["silence", "noise", "music", "second", "voicemail"])
    def test_nothing_fails_and_words_decide_nothing(self, heard: Heard, name: str) -> None:
        outcomes = heard.outcomes(f"{name}.wav")
        assert "fail" not in outcomes.values(), outcomes
        assert {outcomes[criterion] for criterion in WORDS} == {"undetermined"}

    @pytest.mark.parametrize("name", ["silence", "noise", "music", "voicemail"])
    def test_the_reason_is_that_nobody_converses(self, heard: Heard, name: str) -> None:
        reasons = heard.reasons(f"{name}.wav")
        assert {reasons[criterion] for criterion in WORDS} <= {"no_conversation", "roles_unsure"}

    def test_a_second_of_speech_holds_no_more_than_was_said(self, heard: Heard) -> None:
        [first, *_] = LABELS["en_bank_transfer.ogg"]["turns"]
        known = set(re.findall(r"\w+", first["text"].lower()))
        words = re.findall(r"\w+", " ".join(t["text"] for t in heard.calls["second.wav"]["turns"]))
        assert len(words) <= 6
        assert len([word for word in words if word.lower() not in known]) <= 2

    def test_three_speakers_are_scored_without_certainty(self, heard: Heard) -> None:
        call = heard.calls["three.wav"]
        assert len(call["turns"]) >= 2
        for result in call["results"]:
            if result["outcome"] == "fail":
                assert result["confidence"] < 0.9
        assert heard.outcomes("three.wav")["hangup"] == "undetermined"
