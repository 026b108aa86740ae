"""Assembles calls with holds whose truth is known, out of real talk and made-up waiting.

The talk is cut out of `sample_calls` by its labels: even-numbered recordings for tuning, odd ones
for the test, a whole recording's two voices and a third one of another recording for announcements.
What people say there is not what they say here: a scene gives the words with their times, as a
recogniser would.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import soxr

from benchmarks.hold_music import RATE_HZ, hold_music, styles
from benchmarks.line_scenes import Half, through
from qa_pipeline.acoustics import synthesis
from qa_pipeline.acoustics.decode import decode
from qa_pipeline.acoustics.spectrogram import to_analysis_rate
from qa_pipeline.domain.recording import Audio, FloatArray
from qa_pipeline.domain.spans import Span
from sample_calls.maker.script import Format

MEDIA: Final = (
    "music", "music", "music", "music", "silence", "digital silence", "comfort noise", "beeps",
    "music with announcements", "announcements in silence",
)  # fmt: skip
NO_HOLDS: Final = (
    "dead air", "shop music", "shop music and dead air", "musical ringback", "thinking aloud",
    "short wait", "customer's own wait", "plain talk",
)  # fmt: skip
_FOLDER: Final = Path(__file__).resolve().parent.parent / "sample_calls"
_CODECS: Final[tuple[tuple[Format, int], ...]] = (
    ("wav_pcm", 0), ("wav_mulaw", 0), ("wav_alaw", 0), ("wav_gsm", 0), ("amr", 0),
    ("ogg_opus", 8), ("ogg_opus", 16), ("mp3", 16), ("mp3", 24),
)  # fmt: skip
_AGENT, _CUSTOMER, _THIRD = 0, 1, 2
_WORDS: Final[dict[str, dict[str, str]]] = {
    "en": {
        "talk": "I am calling about the second letter that came on Monday.",
        "ask": "May I put you on hold for a minute while I check that?",
        "announce": "One moment please, I will put you on hold.",
        "assent": "Sure.",
        "back": "Thank you for holding.",
        "check-in": "Thanks for waiting, I am still checking, one more moment please.",
        "loop": "Your call is important to us. Please stay on the line.",
        "busy": "All of our agents are busy. Please hold for the next available agent.",
        "hello": "Hello?",
        "aloud": "Okay let's get that going for you. Let me see.",
        "own": "One moment please, I will get the number.",
    },
    "zh": {
        "talk": "我想问一下周一收到的第二封信。",
        "ask": "我帮您查一下，请您稍等一分钟好吗？",
        "announce": "请您稍等，不要挂机。",
        "assent": "好的。",
        "back": "感谢您的耐心等待。",
        "check-in": "不好意思，我还在查，请您再稍等一下。",
        "loop": "您的来电对我们非常重要，请不要挂机。",
        "busy": "坐席正忙，请您耐心等候，我们将尽快为您接听。",
        "hello": "喂？",
        "aloud": "好的，那我现在就给您办。我看看啊。",
        "own": "请稍等，我去拿一下号码。",
    },
}


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says, where, and of what kind it is; `voice` 2 is an announcement's."""

    voice: int
    start_ms: int
    end_ms: int
    text: str


@dataclass(frozen=True, slots=True)
class HoldScene:
    """One recording with its truth."""

    audio: Audio
    language: str
    said: tuple[Said, ...]
    holds: tuple[Span, ...]
    traits: Mapping[str, str]


class Voices:
    """Real talk of one half: for each recording the pieces of its two parties."""

    def __init__(self, half: Half) -> None:
        labels = json.loads((_FOLDER / "labels.json").read_text(encoding="utf-8"))
        self.calls: list[tuple[str, list[FloatArray], list[FloatArray]]] = []
        for name in sorted(labels)[0 if half == "tuning" else 1 :: 2]:
            audio = decode(_FOLDER / name).audio
            sound = to_analysis_rate(audio.mono(), audio.sample_rate_hz)
            parts: dict[str, list[FloatArray]] = {"agent": [], "customer": []}
            for turn in labels[name]["turns"]:
                piece = sound[turn["start_ms"] * 8 : turn["end_ms"] * 8]
                if piece.size > RATE_HZ // 2:
                    parts[turn["role"]].append(piece)
            self.calls.append((labels[name]["language"], parts["agent"], parts["customer"]))


@dataclass
class _Desk:
    """A call under construction: two channels that grow, and what is true of them."""

    draw: np.random.Generator
    language: str
    lines: tuple[list[FloatArray], list[FloatArray], list[FloatArray]]
    talk_db: float
    wait_db: float
    style: str
    now_ms: int = 0
    said: list[Said] = field(default_factory=list)
    holds: list[Span] = field(default_factory=list)
    sounds: list[tuple[int, int, FloatArray]] = field(default_factory=list)  # channel, ms, wave
    still: list[Span] = field(default_factory=list)  # digital silence
    times_said: dict[tuple[int, int], int] = field(default_factory=dict)  # by voice and piece

    def pause(self, low_s: float, high_s: float) -> None:
        """Nobody says anything for a while."""
        self.now_ms += round(self.draw.uniform(low_s, high_s) * 1000)

    def say(self, voice: int, kind: str, longest_ms: int = 5000) -> None:
        """One piece of talk, from now on."""
        at = self.now_ms
        self.now_ms = self.speak_at(at, voice, kind, longest_ms)

    def speak_at(self, at_ms: int, voice: int, kind: str, longest_ms: int) -> int:
        """One piece of talk at a moment; its end."""
        pieces = self.lines[voice]
        short = [p for p in pieces if p.size <= longest_ms * 8]
        some = short or pieces
        number = int(self.draw.integers(len(some)))
        piece = _voiced(some[number][: longest_ms * 8])
        # Nobody says a thing twice with the same sound: only a recording does.
        again = self.times_said.get((voice, id(some[number])), 0)
        self.times_said[voice, id(some[number])] = again + 1
        if again:
            piece = soxr.resample(piece, RATE_HZ, RATE_HZ * (1.0 + 0.08 * again))
        wave = synthesis.at_level(piece, self.talk_db).astype(np.float32)
        self.sounds.append((_CUSTOMER if voice == _CUSTOMER else _AGENT, at_ms, wave))
        end_ms = at_ms + wave.size // 8
        self.said.append(Said(voice, at_ms, end_ms, _WORDS[self.language][kind]))
        return end_ms

    def talk(self, turns: int) -> None:
        """Both in turn, agent first."""
        for number in range(turns):
            self.say(number % 2, "talk")
            self.pause(0.2, 0.9)

    def music(self, start_ms: int, end_ms: int, channel: int, level_db: float) -> None:
        """Music between two moments."""
        tune = hold_music(self.style, (end_ms - start_ms) / 1000, int(self.draw.integers(1 << 30)))
        wave = synthesis.at_level(tune, level_db)
        fade = min(tune.size // 4, round(float(self.draw.choice([0.01, 0.05, 0.5])) * RATE_HZ))
        wave[:fade] *= np.linspace(0, 1, fade)
        wave[wave.size - fade :] *= np.linspace(1, 0, fade)
        self.sounds.append((channel, start_ms, wave.astype(np.float32)))


def _voiced(piece: FloatArray) -> FloatArray:
    """A piece without the stillness at its ends, so that its times are those of the voice."""
    loud = np.flatnonzero(np.abs(piece) > 0.05 * float(np.abs(piece).max()))
    return piece[loud[0] : loud[-1] + 1] if loud.size else piece


def _wait(desk: _Desk, medium: str, seconds: float) -> None:
    """The waiting itself, from now on; its truth is what a listener would mark."""
    sounding = medium.startswith("music")
    quiet_from = desk.now_ms
    if sounding:
        desk.pause(0.1, 1.8)
    start, end = desk.now_ms, desk.now_ms + round(seconds * 1000)
    if medium == "music":
        desk.music(start, end, _AGENT, desk.wait_db)
    elif medium == "music with announcements":
        _announced_music(desk, start, end)
    elif medium == "beeps":
        every_ms = int(desk.draw.uniform(5000, 10_000))
        hz = float(desk.draw.choice([425, 440, 950, 1000, 1400]))
        for at in range(start + int(desk.draw.uniform(500, every_ms)), end - 400, every_ms):
            beep = synthesis.tone((hz,), float(desk.draw.uniform(120, 400)), RATE_HZ, desk.wait_db)
            desk.sounds.append((_AGENT, at, beep))
    elif medium == "announcements in silence":
        at = start + int(desk.draw.uniform(500, 4000))
        while at < end - 6000:
            at = desk.speak_at(at, _THIRD, _loop_text(desk), 4500)
            at += int(desk.draw.uniform(4000, 12_000))
    elif medium == "digital silence":
        desk.still.append(Span(start + 100, end - 100))
    if desk.draw.random() < 0.25 and seconds > 12:
        at = start + int(desk.draw.uniform(0.35, 0.65) * (end - start))
        desk.speak_at(at, _CUSTOMER, "hello", 900)
    desk.now_ms = end
    if sounding:
        desk.pause(0.1, 1.5)
        desk.holds.append(Span(start, end))
    else:
        desk.holds.append(Span(quiet_from, end))


def _loop_text(desk: _Desk) -> str:
    return str(desk.draw.choice(["loop", "busy"]))


def _announced_music(desk: _Desk, start: int, end: int) -> None:
    """Music whose loop is broken by, or runs under, an announcement."""
    over = desk.draw.random() < 0.5
    at = start
    while at < end:
        until = min(end, at + int(desk.draw.uniform(7000, 12_000)))
        if end - until < 9000:
            until = end
        desk.music(at, until, _AGENT, desk.wait_db)
        at = until
        if until < end:
            spoken = desk.speak_at(until + 200, _THIRD, _loop_text(desk), 4500)
            if over:
                desk.music(until, spoken + 200, _AGENT, desk.talk_db - 15)
            at = spoken + 200


def _with_holds(desk: _Desk, traits: dict[str, str]) -> None:
    """One to three holds, asked for or announced; some with a word in between."""
    desk.talk(4)
    count = int(desk.draw.choice([1, 1, 1, 2, 3]))
    medium = str(desk.draw.choice(MEDIA))
    traits |= {"medium": medium, "holds": str(count)}
    for number in range(count):
        checking = number > 0 and desk.draw.random() < 0.5
        if checking:
            desk.say(_AGENT, "check-in")
        elif desk.draw.random() < 0.6:
            desk.say(_AGENT, "ask")
            desk.pause(0.2, 0.9)
            desk.say(_CUSTOMER, "assent", 1200)
        else:
            desk.say(_AGENT, "announce")
        seconds = float(desk.draw.choice([11, 15, 20, 30, 45]))
        _wait(desk, medium, seconds)
        if number == count - 1 or desk.draw.random() < 0.5:
            desk.say(_AGENT, "back")
            desk.pause(0.2, 0.7)
            desk.talk(2)
    desk.talk(3)


def _without_hold(desk: _Desk, traits: dict[str, str]) -> None:
    """A call in which nobody is put on hold, though it may seem so."""
    kind = str(desk.draw.choice(NO_HOLDS))
    traits["medium"] = kind
    if kind == "musical ringback":
        seconds = float(desk.draw.uniform(5, 16))
        desk.music(0, round(seconds * 1000), _AGENT, desk.wait_db)
        desk.now_ms = round(seconds * 1000)
        desk.pause(0.2, 1.5)
    desk.talk(4)
    if kind in ("dead air", "shop music and dead air"):
        desk.say(_AGENT, "aloud" if desk.draw.random() < 0.5 else "talk")
        desk.pause(8, 16)
    elif kind == "thinking aloud":
        for _ in range(4):
            desk.say(_AGENT, "aloud")
            desk.pause(1.5, 4.5)
    elif kind == "short wait":
        desk.say(_AGENT, "announce")
        desk.pause(1.5, 4.5)
    elif kind == "customer's own wait":
        desk.say(_CUSTOMER, "own")
        desk.pause(8, 15)
        desk.say(_CUSTOMER, "talk")
        desk.pause(0.2, 0.8)
    desk.talk(4)
    if kind.startswith("shop music"):
        below_db = float(desk.draw.choice([10, 15, 20, 26]))
        traits["below"] = f"{below_db:.0f} dB"
        desk.music(0, desk.now_ms, _CUSTOMER, desk.talk_db - below_db)


def hold_scene(seed: int, voices: Voices, half: Half) -> HoldScene:
    """One call: three in four with holds, the others with what is easily taken for one."""
    draw = np.random.default_rng([seed, 3])
    number = int(draw.integers(len(voices.calls)))
    language, agent, customer = voices.calls[number]
    third = voices.calls[(number + int(draw.integers(1, len(voices.calls)))) % len(voices.calls)][1]
    talk_db = float(draw.uniform(-30, -16))
    wait_db = float(draw.choice([-40, -34, -28, -22, -17, -12]))
    style = str(draw.choice(styles(half)))
    desk = _Desk(draw, language, (agent, customer, third), talk_db, wait_db, style)
    desk.pause(0.3, 1.0)
    traits = {"style": style, "level": f"{wait_db:.0f} dBFS", "language": language}
    build: Callable[[_Desk, dict[str, str]], None] = _with_holds
    if draw.random() < 0.25:
        build = _without_hold
    build(desk, traits)
    desk.pause(0.5, 2.0)
    wave = _rendered(desk, traits)
    if draw.random() < 0.5:
        wave = wave.mean(axis=0, keepdims=True) * np.float32(1.6)
        traits["layout"] = "mono"
    else:
        traits["layout"] = "stereo"
    codec = _CODECS[int(draw.integers(len(_CODECS)))]
    traits["codec"] = codec[0] + (f" {codec[1]}k" if codec[1] else "")
    audio = through(wave.astype(np.float32), codec, draw)
    said = tuple(sorted(desk.said, key=lambda one: one.start_ms))
    return HoldScene(audio, language, said, tuple(desk.holds), traits)


def _rendered(desk: _Desk, traits: dict[str, str]) -> FloatArray:
    """Both channels with the line's noise, which comfort noise and still lines lack in places."""
    count = desk.now_ms * 8
    wave = np.zeros((2, count))
    for channel, at_ms, sound in desk.sounds:
        room = wave[channel, at_ms * 8 : at_ms * 8 + sound.size]
        room += sound[: room.size]
    floor_db = float(desk.draw.uniform(-72, -48))
    traits["floor"] = f"{round(floor_db / 6) * 6} dBFS"
    for channel in range(2):
        seed = int(desk.draw.integers(1 << 30))
        noise = synthesis.line_noise(desk.now_ms, RATE_HZ, floor_db, seed)[:count].astype(float)
        if traits["medium"] == "comfort noise":
            for hold in desk.holds:
                noise[hold.start_ms * 8 : hold.end_ms * 8] *= 10 ** (desk.draw.uniform(-8, 10) / 20)
        wave[channel, : noise.size] += noise
    for span in desk.still:
        wave[:, span.start_ms * 8 : span.end_ms * 8] = 0.0
    return np.asarray(wave, dtype=np.float32)
