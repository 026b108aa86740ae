"""Lays a script on a time line: voices, ringing, hold, hang-up and noise on two telephone lines.

Channel 0 is what the agent's side sends, which is what the customer hears: the agent's voice,
ringing before the answer, music on hold. Channel 1 is what the customer's side sends; once the
customer is gone, the exchange's busy tone comes from there. A mono recording is their sum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from qa_pipeline.acoustics import synthesis
from sample_calls.maker import sounds
from sample_calls.maker.errors import need
from sample_calls.maker.script import (
    Announcement,
    Hangup,
    Hold,
    Item,
    Line,
    Party,
    Pause,
    Ring,
    RingTune,
    Script,
)
from sample_calls.maker.voices import SAMPLE_RATE_HZ, Voices

FloatArray = npt.NDArray[np.float32]

CHANNEL_OF: dict[Party, int] = {"agent": 0, "customer": 1}

_PAUSE_MS = (220, 620)  # between turns, where the script says nothing
_ANSWER_MS = (250, 700)  # from the end of ringing to the first word
_BEFORE_HOLD_MS = (500, 900)
_AFTER_HOLD_MS = (250, 600)
_TAIL_MS = 400  # a recording without a hang-up runs on a little
_PEAK = 0.97


@dataclass(frozen=True, slots=True)
class SpokenTurn:
    """What was said, when the voice really starts and ends; ``line``: an announcement."""

    role: Literal["agent", "customer", "line"]
    start_ms: int
    end_ms: int
    text: str


@dataclass(frozen=True, slots=True)
class Sound:
    """What was heard beside the two parties. `rings` for ringing tones, `medium` for hold.

    A ringback with a `medium` is a tune in place of tones.
    """

    kind: Literal["ringback", "hold", "tone", "click"]
    start_ms: int
    end_ms: int
    rings: int | None = None
    medium: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """A call before encoding: samples of shape (channels, n) at 8 kHz, and its truth."""

    samples: FloatArray
    turns: tuple[SpokenTurn, ...]
    sounds: tuple[Sound, ...]
    hung_up_by: str | None
    hung_up_at_ms: int | None

    @property
    def duration_ms(self) -> int:
        """Length in milliseconds."""
        return round(int(self.samples.shape[1]) * 1000 / SAMPLE_RATE_HZ)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What rooms and lines add; nothing by default.

    Attributes:
        room: of a party and a count: further sound of that party's room or wire, shape (count,).
            It is silent wherever the script's own noise is: before the answer, on hold.
        carry: the two lines as they leave (agent, customer), shape (2, n), to what arrives at the
            recorder, same shape.
    """

    room: Callable[[Party, int], FloatArray] | None = None
    carry: Callable[[FloatArray], FloatArray] | None = None


NOTHING_ADDED = Surroundings()


def render(script: Script, voices: Voices, surroundings: Surroundings = NOTHING_ADDED) -> Rendered:
    """Make a call's sound and its truth.

    The same script, voices and surroundings give the same samples.

    Raises:
        MakerError: a voice or a tune cannot be had.
        ValueError: there is no tone plan for the script's country.
    """
    tape = _Tape(script, voices, surroundings)
    for item in script.timeline:
        tape.add(item)
    return tape.finish()


class _Tape:
    """Collects what sounds when; mixes it at the end, when the length is known."""

    def __init__(self, script: Script, voices: Voices, surroundings: Surroundings) -> None:
        self._script = script
        self._voices = voices
        self._surroundings = surroundings
        self._random = np.random.default_rng(script.seed)
        self._pieces: list[tuple[int, int, FloatArray]] = []  # channel, start, samples
        self._turns: list[SpokenTurn] = []
        self._sounds: list[Sound] = []
        self._cursor_ms = 0  # everything so far is over
        self._last_turn_end_ms = 0
        self._next_pause_ms: tuple[int, int] | None = None
        self._muted: list[tuple[int, int, int]] = []  # channel, from, to: no room noise
        self._dead_ms: dict[int, int] = {}
        self._hangup: tuple[str, int] | None = None
        self._end_ms = 0

    def add(self, item: Item) -> None:
        """The next item of the time line."""
        if isinstance(item, Line):
            self._line(item)
        elif isinstance(item, Ring):
            self._ring(item)
        elif isinstance(item, RingTune):
            self._ring_tune(item)
        elif isinstance(item, Announcement):
            self._announce(item)
        elif isinstance(item, Hold):
            self._hold(item)
        elif isinstance(item, Hangup):
            self._hang_up(item)
        elif isinstance(item, Pause):
            self._cursor_ms += item.pause_ms
            self._next_pause_ms = (0, 1)

    def finish(self) -> Rendered:
        """Mix everything and add the lines' noise."""
        end_ms = max(self._cursor_ms + (0 if self._hangup else _TAIL_MS), self._end_ms)
        count = _at(end_ms)
        channels = np.zeros((2, count), dtype=np.float32)
        for channel, start, samples in self._pieces:
            piece = samples[: max(0, count - start)]
            channels[channel, start : start + piece.size] += piece
        self._leak(channels)
        for role in ("agent", "customer"):
            self._noise(channels, role)
        self._tones(channels, end_ms)
        if self._surroundings.carry is not None:
            channels = self._surroundings.carry(channels)
        return Rendered(
            samples=self._lay_out(channels),
            turns=tuple(sorted(self._turns, key=lambda turn: turn.start_ms)),
            sounds=tuple(sorted(self._sounds, key=lambda sound: sound.start_ms)),
            hung_up_by=self._hangup[0] if self._hangup else None,
            hung_up_at_ms=self._hangup[1] if self._hangup else None,
        )

    def _line(self, line: Line) -> None:
        speaker = self._script.speaker(line.role)
        raw = self._voices.speak(
            line.voice or speaker.voice,
            line.say or line.text,
            self._script.language,
            speaker.speed * line.speed,
        )
        if speaker.pitch != 1.0:
            raw = need("soxr", "pitch").resample(
                raw, SAMPLE_RATE_HZ * speaker.pitch, SAMPLE_RATE_HZ
            )
        voice = synthesis.at_level(
            synthesis.telephone_band(raw, SAMPLE_RATE_HZ), speaker.level_db + line.level_db
        )
        if line.overlap_ms:
            start_ms = max(0, self._last_turn_end_ms - line.overlap_ms)
        else:
            start_ms = self._cursor_ms + self._pause(line.pause_ms, _PAUSE_MS)
        end_ms = start_ms + round(voice.size * 1000 / SAMPLE_RATE_HZ)
        self._put(CHANNEL_OF[line.role], start_ms, sounds.limited(voice))
        self._turns.append(SpokenTurn(line.role, start_ms, end_ms, line.text))
        self._last_turn_end_ms = end_ms
        self._cursor_ms = max(self._cursor_ms, end_ms)

    def _ring(self, ring: Ring) -> None:
        country = ring.country or self._script.country
        start_ms = self._cursor_ms + (0 if ring.first_cut_ms else int(self._draw((150, 900))))
        end_ms = self._before_answer(start_ms, sounds.ringing(ring, country))
        self._sounds.append(Sound("ringback", start_ms, end_ms, rings=ring.rings, country=country))

    def _ring_tune(self, ring: RingTune) -> None:
        start_ms = self._cursor_ms + int(self._draw((150, 900)))
        music = sounds.tune(ring.tune, ring.seconds, ring.level_db, self._script.seed)
        end_ms = self._before_answer(start_ms, music)
        self._sounds.append(Sound("ringback", start_ms, end_ms, medium="music"))

    def _announce(self, said: Announcement) -> None:
        start_ms = self._cursor_ms + self._pause(None, _ANSWER_MS)
        samples = sounds.spoken(
            self._voices, said.voice, said.says, self._script.language, said.level_db
        )
        end_ms = self._before_answer(start_ms, samples)
        self._turns.append(SpokenTurn("line", start_ms, end_ms, said.says))

    def _before_answer(self, start_ms: int, samples: FloatArray) -> int:
        """Play something while nobody is at the desk; returns its end."""
        self._put(0, start_ms, samples)
        end_ms = start_ms + round(samples.size * 1000 / SAMPLE_RATE_HZ)
        self._muted.append((0, 0, end_ms))
        self._cursor_ms = end_ms
        self._next_pause_ms = _ANSWER_MS
        return end_ms

    def _hold(self, hold: Hold) -> None:
        start_ms = self._cursor_ms + int(self._draw(_BEFORE_HOLD_MS))
        end_ms = start_ms + round(hold.seconds * 1000)
        script = self._script
        heard = sounds.on_hold(hold, self._voices, script.language, script.seed)
        if heard is not None:
            self._put(0, start_ms, heard)
        self._muted.append((0, start_ms, end_ms))
        self._sounds.append(Sound("hold", start_ms, end_ms, medium=hold.medium))
        self._cursor_ms = end_ms
        self._next_pause_ms = _AFTER_HOLD_MS

    def _hang_up(self, hangup: Hangup) -> None:
        at_ms = self._cursor_ms + hangup.pause_ms
        gone = [0, 1] if hangup.by == "system" else [CHANNEL_OF[hangup.by]]
        for channel in gone:
            self._dead_ms[channel] = at_ms
        if hangup.click:
            self._sounds.append(Sound("click", at_ms, at_ms + 3))
        self._end_ms = at_ms + hangup.linger_ms
        if hangup.tone:
            tone_ms = at_ms + hangup.tone_after_ms
            self._sounds.append(Sound("tone", tone_ms, self._end_ms, country=self._script.country))
        self._hangup = (hangup.by, at_ms)
        self._cursor_ms = at_ms

    def _tones(self, channels: FloatArray, end_ms: int) -> None:
        """Kill the lines that went dead; then click and busy tone, which are the exchange's."""
        for channel, at_ms in self._dead_ms.items():
            channels[channel, _at(at_ms) :] = 0.0
        channel = min(self._dead_ms, default=0)
        for sound in self._sounds:
            start = _at(sound.start_ms)
            if sound.kind == "click":
                for gone in self._dead_ms:
                    _mix(channels[gone], start, synthesis.click(SAMPLE_RATE_HZ, -14.0))
            elif sound.kind == "tone" and sound.country:
                length_ms = end_ms - sound.start_ms
                busy = synthesis.busy_tone(sound.country, length_ms, SAMPLE_RATE_HZ, -23.0)
                _mix(channels[channel], start, busy)

    def _noise(self, channels: FloatArray, role: Party) -> None:
        channel, speaker = CHANNEL_OF[role], self._script.speaker(role)
        noise = synthesis.line_noise(
            channels.shape[1] * 1000 / SAMPLE_RATE_HZ,
            SAMPLE_RATE_HZ,
            speaker.noise_db,
            seed=self._script.seed * 2 + channel,
            kind=speaker.noise,
        )[: channels.shape[1]]
        if speaker.noise != "line":
            noise = synthesis.telephone_band(noise, SAMPLE_RATE_HZ)
        if self._surroundings.room is not None:
            noise = noise + self._surroundings.room(role, noise.size)
        for muted, start_ms, end_ms in self._muted:
            if muted == channel:
                noise[_at(start_ms) : _at(end_ms)] = 0.0
        channels[channel] += noise

    def _leak(self, channels: FloatArray) -> None:
        """Echo: a little of each voice on the other one's channel."""
        if self._script.crosstalk_db is None:
            return
        gain, delay = 10.0 ** (self._script.crosstalk_db / 20.0), _at(24)
        dry = channels.copy()
        channels[0, delay:] += gain * dry[1, :-delay]
        channels[1, delay:] += gain * dry[0, :-delay]

    def _lay_out(self, channels: FloatArray) -> FloatArray:
        if self._script.layout == "stereo":
            order = [1, 0] if self._script.agent_channel == 1 else [0, 1]
            return np.clip(channels[order], -_PEAK, _PEAK)
        mono = np.clip(channels.sum(axis=0, keepdims=True), -_PEAK, _PEAK)
        return mono if self._script.layout == "mono" else np.repeat(mono, 2, axis=0)

    def _pause(self, said_ms: int | None, usual_ms: tuple[int, int]) -> int:
        drawn = self._draw(self._next_pause_ms or usual_ms)
        self._next_pause_ms = None
        return int(drawn) if said_ms is None else said_ms

    def _draw(self, bounds: tuple[int, int]) -> int:
        return int(self._random.integers(*bounds))

    def _put(self, channel: int, start_ms: int, samples: FloatArray) -> None:
        self._pieces.append((channel, _at(start_ms), samples))


def _at(time_ms: int) -> int:
    return round(time_ms * SAMPLE_RATE_HZ / 1000)


def _mix(line: FloatArray, start: int, samples: FloatArray) -> None:
    piece = samples[: max(0, line.size - start)]
    line[start : start + piece.size] += piece
