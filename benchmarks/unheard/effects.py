"""What rooms, lines and recorders do to a call's sound; all reproducible from a seed."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from benchmarks.unheard.conditions import NOMINAL_DB, Side
from benchmarks.unheard.draw import Drawn
from qa_pipeline.acoustics import synthesis
from sample_calls.maker.render import CHANNEL_OF, Surroundings
from sample_calls.maker.script import Party
from sample_calls.maker.sounds import limited
from sample_calls.maker.voices import SAMPLE_RATE_HZ, Voices

FloatArray = npt.NDArray[np.float32]

FRAME_MS: Final = 20  # of a packet
MEAN_BURST_FRAMES: Final = 2.0  # losses come in bursts; of the two-state Gilbert model
_FADE_PER_FRAME: Final = 0.6  # a repeated frame is quieter each time, as in G.711 Appendix I
_MOST_REPEATS: Final = 3
_BABBLING: Final = 5  # neighbours at a time


def surroundings(drawn: Drawn, voices: Voices) -> Surroundings:
    """The rooms and the lines of a drawn call.

    Raises:
        MakerError: a neighbour's voice cannot be had (when the room is asked for).
    """
    conditions, seed = drawn.conditions, drawn.script.seed

    def room(role: Party, count: int) -> FloatArray:
        side = conditions.agent if role == "agent" else conditions.customer
        if side.noise == "babble":
            talk = babble(drawn, voices, count, seed + CHANNEL_OF[role])
            return at_snr(talk, side)
        return room_noise(side, count, seed + CHANNEL_OF[role])

    def carry(lines: FloatArray) -> FloatArray:
        sent = lines
        if conditions.clipping_drive_db is not None:
            sent = clipped(sent, conditions.clipping_drive_db)
        sent = limited(sent * 10.0 ** ((conditions.level_db - NOMINAL_DB) / 20.0))
        sent = np.stack([coded(line, conditions.leg_law) for line in sent])
        share = conditions.packet_loss_percent / 100.0
        return np.stack(
            [
                with_loss(line, share, conditions.concealment, seed * 2 + number)
                for number, line in enumerate(sent)
            ]
        )

    return Surroundings(room=room, carry=carry)


def room_noise(side: Side, count: int, seed: int) -> FloatArray:
    """Office noise or line hum at the side's ratio to its speech, shape (count,).

    Office noise passes the telephone; hum is induced on the wire behind it and does not.
    """
    if side.noise is None or side.noise == "babble":
        return np.zeros(count, dtype=np.float32)
    duration_ms = count * 1000 / SAMPLE_RATE_HZ
    noise = synthesis.line_noise(duration_ms, SAMPLE_RATE_HZ, seed=seed, kind=side.noise)
    if side.noise == "office":
        noise = synthesis.telephone_band(noise, SAMPLE_RATE_HZ)
    return at_snr(noise, side)


def at_snr(noise: FloatArray, side: Side) -> FloatArray:
    """`noise` at the side's ratio to its speech: RMS of each where it sounds."""
    if side.snr_db is None:
        return np.zeros_like(noise)
    return np.asarray(synthesis.at_level(noise, side.level_db - side.snr_db), dtype=np.float32)


def babble(drawn: Drawn, voices: Voices, count: int, seed: int) -> FloatArray:
    """Neighbours who talk at once, shape (count,): their sentences over and over."""
    random = np.random.default_rng(seed)
    speakers = random.permutation(len(drawn.neighbours))[:_BABBLING]
    room = np.zeros(count, dtype=np.float32)
    for speaker in speakers.tolist():
        text = drawn.babble[int(random.integers(len(drawn.babble)))]
        line = voices.speak(drawn.neighbours[speaker], text, drawn.script.language)
        gap = np.zeros(int(random.integers(1, SAMPLE_RATE_HZ)), dtype=np.float32)
        loop = np.concatenate([line, gap])
        room += np.resize(np.roll(loop, int(random.integers(loop.size))), count)
    return synthesis.telephone_band(room, SAMPLE_RATE_HZ)


def clipped(lines: FloatArray, drive_db: float) -> FloatArray:
    """Peaks cut hard, `drive_db` below the loudest; same shape."""
    most = float(np.abs(lines).max()) * 10.0 ** (-drive_db / 20.0)
    return np.asarray(np.clip(lines, -most, most), dtype=np.float32)


def coded(line: FloatArray, law: Literal["mu", "a", "none"]) -> FloatArray:
    """A round trip through G.711; digital silence stays silent."""
    if law == "none":
        return line
    through = synthesis.mu_law(line) if law == "mu" else synthesis.a_law(line)
    return np.where(line == 0.0, np.float32(0.0), through)


def lost_frames(count: int, share: float, seed: int) -> npt.NDArray[np.bool_]:
    """Which of `count` frames are lost: a two-state Gilbert chain with that mean share."""
    if share <= 0.0:
        return np.zeros(count, dtype=bool)
    random = np.random.default_rng(seed)
    recover = 1.0 / MEAN_BURST_FRAMES
    fail = share * recover / (1.0 - share)
    lost = np.zeros(count, dtype=bool)
    bad = bool(random.random() < share)
    for number, chance in enumerate(random.random(count)):
        lost[number] = bad
        bad = chance >= recover if bad else chance < fail
    return lost


def with_loss(
    line: FloatArray, share: float, concealment: Literal["zero", "repeat"], seed: int
) -> FloatArray:
    """A line with lost packets: filled with nothing, or with the last frame fading away."""
    size = FRAME_MS * SAMPLE_RATE_HZ // 1000
    arrived = line.copy()
    repeats, last = 0, -2
    for number in np.flatnonzero(lost_frames(line.size // size, share, seed)).tolist():
        start = number * size
        before = arrived[max(0, start - size) : start]
        repeats = repeats + 1 if number - 1 == last else 1
        last = number
        usable = concealment == "repeat" and before.size == size and repeats <= _MOST_REPEATS
        arrived[start : start + size] = before * _FADE_PER_FRAME if usable else 0.0
    return arrived
