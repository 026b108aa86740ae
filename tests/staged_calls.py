"""Calls staged for tests: speech-like sound, and engines that know what was said in it.

The fake engines listen to the audio that reaches them (by loudness) and know a call by its length,
so that what the pipeline takes out or mixes up is missing or mixed up in the result as well.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import soundfile
from scipy.signal import butter, sosfilt

from qa_pipeline.acoustics import synthesis
from qa_pipeline.domain.recording import FloatArray
from qa_pipeline.domain.spans import Span, merge
from qa_pipeline.domain.transcript import SpeakerTurn, Utterance, Word
from qa_pipeline.engines.prompts import Guess

RATE_HZ = 8000
ENGINE_HZ = 16_000
SAME_LENGTH_MS = 120  # of a call before and after a codec
LINE_NOISE = 10 ** (-58 / 20)

Layout = Literal["mono", "stereo"]


@dataclass(frozen=True)
class Line:
    """One turn: who, from when to when, what."""

    role: Literal["agent", "customer"]
    start_ms: int
    end_ms: int
    text: str

    @property
    def span(self) -> Span:
        return Span(self.start_ms, self.end_ms)


@dataclass(frozen=True)
class Scene:
    """A call to be staged. Two scenes of one test differ in length by at least 300 ms."""

    name: str
    language: str
    script: tuple[str, ...]  # "A: ..." agent, "C: ..." customer
    rings: int = 0
    country: str = "US"
    tail_ms: int = 2000

    @cached_property
    def answered_ms(self) -> int:
        return round(self.ringing.size * 1000 / RATE_HZ) + 400 if self.rings else 500

    @property
    def ringing(self) -> FloatArray:
        return synthesis.ringback(
            self.country, rings=self.rings, sample_rate_hz=RATE_HZ, last_cut_ms=700
        )

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        now, lines = self.answered_ms, []
        for line in self.script:
            who, text = line.split(": ", 1)
            length = 400 + len(text) * (90 if self.language == "zh" else 25)
            role: Literal["agent", "customer"] = "agent" if who == "A" else "customer"
            lines.append(Line(role, now, now + length, text))
            now += length + 500
        return tuple(lines)

    @property
    def duration_ms(self) -> int:
        return self.lines[-1].end_ms + self.tail_ms

    def words(self, line: Line) -> tuple[Word, ...]:
        parts = list(line.text) if self.language == "zh" else line.text.split()
        step = (line.end_ms - line.start_ms) / len(parts)
        return tuple(
            Word(round(line.start_ms + n * step), round(line.start_ms + (n + 1) * step), part, 0.93)
            for n, part in enumerate(parts)
        )


GOOD_EN = Scene(
    "good_en",
    "en",
    (
        "A: Good morning, thank you for calling Brightway, this is Laura Bennett. How can I help?",
        "C: Hi, my name is Daniel Foster. The kettle I bought last week leaks.",
        "A: I'm sorry to hear that, Mr. Foster. Do you have the order number?",
        "C: Yes, it's four four one two.",
        "A: Thank you, Mr. Foster. So I've ordered a replacement kettle for you, Mr. Foster, and "
        "it will be delivered to your office on Thursday.",
        "C: Perfect.",
        "A: Are you happy with the way we've handled this?",
        "C: Yes, very.",
        "A: Have a lovely day, goodbye.",
        "C: Bye.",
    ),
    rings=2,
)
POOR_EN = Scene(
    "poor_en",
    "en",
    (
        "A: Support, what do you need?",
        "C: Hello, this is Karen Doyle, my internet has been down since yesterday.",
        "A: It's an outage in your area.",
        "C: And when will it work again?",
        "A: I don't know. Anything else?",
        "C: No, I guess not.",
        "A: Bye.",
    ),
    tail_ms=2300,
)
GOOD_ZH = Scene(
    "good_zh",
    "zh",
    (
        "A: 您好，感谢致电明辉电器，我是客服王芳，请问有什么可以帮您？",
        "C: 你好，我叫李建国，上周买的水壶漏水了。",
        "A: 很抱歉，李先生。请问您的订单号是多少？",
        "C: 四四一二。",
        "A: 谢谢您，李先生。那我跟您确认一下，李先生，我已经为您下单换一个新水壶，"
        "周四送到您的办公室。",
        "C: 好的。",
        "A: 请问您对我这次的服务还满意吗？",
        "C: 满意。",
        "A: 感谢您的来电，祝您生活愉快，再见。",
        "C: 再见。",
    ),
    tail_ms=2600,
)
SCENES = (GOOD_EN, POOR_EN, GOOD_ZH)


@lru_cache(maxsize=4)
def _voice(role: str) -> FloatArray:
    """Half a minute of speech-like sound: pulses through formants, in syllables, by party."""
    seed = 1 if role == "agent" else 2
    random, count = np.random.default_rng(seed), 30 * RATE_HZ
    time_s = np.arange(count) / RATE_HZ
    pitch_hz = (110 if role == "agent" else 190) + 18 * np.sin(2 * np.pi * 0.7 * time_s)
    pulses = np.diff(np.floor(np.cumsum(pitch_hz / RATE_HZ)), prepend=0.0)
    sound = sum(
        sosfilt(butter(1, [f, f * 1.2], "band", fs=RATE_HZ, output="sos"), pulses)
        for f in (350 + 80 * seed, 1100 + 200 * seed, 2300 + 150 * seed)
    )
    syllable = RATE_HZ // 5
    levels = np.repeat(0.35 + 0.65 * random.random(count // syllable), syllable)
    spoken = np.asarray(sound)[: levels.size] * levels
    return (0.4 * spoken / np.abs(spoken).max()).astype(np.float32)


def sound_of(scene: Scene, layout: Layout = "mono") -> FloatArray:
    """The scene's audio at 8 kHz, shape (channels, n): stereo has the agent on channel 0."""
    count = scene.duration_ms * RATE_HZ // 1000
    random = np.random.default_rng(len(scene.name))
    channels = random.standard_normal((2, count)).astype(np.float32) * LINE_NOISE
    if scene.rings:
        ringing = scene.ringing
        channels[1, : ringing.size] += ringing
    for line in scene.lines:
        first, end = (at * RATE_HZ // 1000 for at in (line.start_ms, line.end_ms))
        voice = _voice(line.role)
        start = first % (voice.size // 2)
        channels[int(line.role == "customer"), first:end] += voice[start : start + end - first]
    return channels if layout == "stereo" else channels.sum(axis=0, keepdims=True)


def write_call(
    folder: Path,
    scene: Scene,
    layout: Layout = "mono",
    *,
    name: str | None = None,
    sidecar: Mapping[str, Any] | None = None,
) -> Path:
    """The scene as a WAV file (or by the extension of `name`), with a sidecar if one is given."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (name or f"{scene.name}.wav")
    write_sound(path, sound_of(scene, layout))
    if sidecar is not None:
        write_sidecar(path, sidecar)
    return path


def write_sound(path: Path, samples: FloatArray) -> Path:
    """Samples (channels, n) or (n,) at 8 kHz as a 16-bit WAV file."""
    soundfile.write(path, np.atleast_2d(samples).T, RATE_HZ, subtype="PCM_16", format="WAV")
    return path


def write_sidecar(audio: Path, fields: Mapping[str, Any]) -> Path:
    path = audio.with_suffix(".json")
    path.write_text(json.dumps(fields, ensure_ascii=False), encoding="utf-8")
    return path


def write_turns(folder: Path, scene: Scene, name: str | None = None, **fields: Any) -> Path:
    """The scene as a conversation transcribed elsewhere; `fields` stand beside its turns."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (name or f"{scene.name}.turns.json")
    turns = [
        {"role": e.role, "start_ms": e.start_ms, "end_ms": e.end_ms, "text": e.text}
        for e in scene.lines
    ]
    content = {"call_id": scene.name, "language": scene.language, "turns": turns} | fields
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


@dataclass
class Calls:
    """What was asked of the engines: (engine, scene or None) with how often."""

    asked: Counter[tuple[str, str | None]] = field(default_factory=Counter)

    def note(self, engine: str, scene: Scene | None) -> None:
        self.asked[engine, scene.name if scene else None] += 1

    def of(self, engine: str) -> int:
        return sum(count for (name, _), count in self.asked.items() if name == engine)

    def by_scene(self, engine: str) -> dict[str | None, int]:
        return {scene: count for (name, scene), count in self.asked.items() if name == engine}


class LoudnessDetector:
    """Takes for speech whatever is loud."""

    name, version = "loudness", "1"

    def __init__(self, stage: StagedEngines) -> None:
        self._stage = stage

    def detect(self, samples: FloatArray) -> tuple[Span, ...]:
        self._stage.enter("voice_detector", samples)
        frame = ENGINE_HZ // 50
        count = samples.size // frame
        rms = np.sqrt(np.mean(samples[: count * frame].reshape(count, frame) ** 2, axis=1))
        spans = [Span(20 * int(n), 20 * int(n) + 20) for n in np.flatnonzero(rms > 0.01)]
        return merge(spans, gap_ms=300)


class ScriptDiarizer:
    """Knows the voices from the script."""

    name, version = "script", "1"

    def __init__(self, stage: StagedEngines) -> None:
        self._stage = stage

    def diarize(
        self, samples: FloatArray, speech: Sequence[Span], num_speakers: int | None = 2
    ) -> tuple[SpeakerTurn, ...]:
        scene = self._stage.enter("diarizer", samples)
        if scene is None:
            return tuple(SpeakerTurn(span, "SPEAKER_00") for span in merge(speech))
        return tuple(
            SpeakerTurn(part, "SPEAKER_00" if line.role == "agent" else "SPEAKER_01")
            for line in scene.lines
            for span in merge(speech)
            if (part := line.span.intersection(span)) is not None
        )


class ScriptTranscriber:
    """Reads the script wherever it is given speech to hear."""

    name = "script"

    def __init__(self, stage: StagedEngines, version: str = "1") -> None:
        self._stage, self.version = stage, version
        self.hints: list[tuple[str, ...]] = []

    def detect_language(
        self, samples: FloatArray, speech: Sequence[Span], candidates: Sequence[str]
    ) -> Guess:
        scene = self._stage.scene(samples)
        return Guess(scene.language, 0.98) if scene else Guess(candidates[0], 0.1)

    def transcribe(
        self, samples: FloatArray, speech: Sequence[Span], language: str, hints: Sequence[str] = ()
    ) -> tuple[Utterance, ...]:
        scene = self._stage.enter("transcriber", samples)
        self.hints.append(tuple(hints))
        if scene is None:
            return ()
        heard = []
        for line in scene.lines:
            middle = (line.start_ms + line.end_ms) // 2
            if any(span.contains(middle) for span in speech):
                words = scene.words(line)
                heard.append(
                    Utterance(line.start_ms, line.end_ms, line.text, words, None, None, 0.93)
                )
        return tuple(heard)


class ScatteredEncoder:
    """Different sentences are far apart, so that patterns alone decide."""

    name, version = "scattered", "1"

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        rows = np.zeros((len(texts), 256), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            seed = int.from_bytes(text.encode("utf-8", "replace")[:64] or b"0", "little")
            row[:] = np.random.default_rng(seed).standard_normal(256)
        norms: npt.NDArray[np.float32] = np.linalg.norm(rows, axis=1, keepdims=True)
        return rows / norms


class StagedEngines:
    """Engines of a run for staged scenes; audio of no scene has one voice and no words.

    `fail` maps a scene's name to what the recogniser raises on it.
    """

    def __init__(
        self,
        scenes: Sequence[Scene] = SCENES,
        fail: Mapping[str, BaseException] | None = None,
        transcriber_version: str = "1",
    ) -> None:
        lengths = sorted(scene.duration_ms for scene in scenes)
        assert all(b - a > 2 * SAME_LENGTH_MS for a, b in pairwise(lengths))
        self._scenes = tuple(scenes)
        self._fail = dict(fail or {})
        self.calls = Calls()
        self.voice_detector = LoudnessDetector(self)
        self.diarizer = ScriptDiarizer(self)
        self.transcriber = ScriptTranscriber(self, transcriber_version)
        self.encoder = ScatteredEncoder()

    def scene(self, samples: FloatArray) -> Scene | None:
        """The scene of this length."""
        length_ms = samples.size * 1000 // ENGINE_HZ
        return next(
            (s for s in self._scenes if abs(s.duration_ms - length_ms) < SAME_LENGTH_MS), None
        )

    def enter(self, engine: str, samples: FloatArray) -> Scene | None:
        """Note the call of an engine; raises what the scene is set to fail with."""
        scene = self.scene(samples)
        self.calls.note(engine, scene)
        if engine == "transcriber" and scene is not None and scene.name in self._fail:
            raise self._fail[scene.name]
        return scene


HELD_EN = Scene(
    "held_en",
    "en",
    (
        "A: Good evening, Brightway, Tom Walker speaking.",
        "C: Hello, this is Grace Miller. Where is my parcel?",
        "A: May I put you on hold for a minute while I check, Ms. Miller?",
        "C: Sure, go ahead.",
        "A: Thank you for holding. It comes tomorrow.",
        "C: Thank you, bye.",
    ),
)


def stage_a_night(folder: Path) -> None:
    """Stereo and mono, English and Mandarin, audio and text, with facts and without; one fails."""
    write_call(
        folder / "first",
        GOOD_EN,
        "stereo",
        sidecar={
            "call_id": "night-1",
            "agent_id": "A1",
            "agent_name": "Laura Bennett",
            "customer_name": "Daniel Foster",
            "channels": {"agent": 0, "customer": 1},
            "disconnected_by": "customer",
            "started_at": "2026-11-20T21:15:00-05:00",
            "direction": "inbound",
            "country": "US",
            "queue": "kettles",
        },
    )
    write_call(folder / "first", POOR_EN, sidecar={"call_id": "night-2", "agent_id": "A2"})
    write_call(folder, GOOD_ZH)
    lines = HELD_EN.lines
    waited = {"start_ms": lines[3].end_ms, "end_ms": lines[3].end_ms + 20_000}
    turns = [
        {"role": e.role, "text": e.text, "start_ms": e.start_ms + late, "end_ms": e.end_ms + late}
        for late, part in ((0, lines[:4]), (20_000, lines[4:]))
        for e in part
    ]
    end = turns[-1]["end_ms"]
    assert isinstance(end, int)
    busy = {"kind": "tone", "name": "busy", "start_ms": end + 500, "end_ms": end + 3_000}
    write_turns(
        folder,
        HELD_EN,
        turns=turns,
        events=[{"kind": "music", **waited}, busy],
        metadata={"agent_id": "A1", "agent_name": "Tom Walker", "disconnected_by": "agent"},
    )
    (folder / "empty.wav").touch()
