"""Makes telephone lines whose truth is known; here their ends: who hung up."""

from __future__ import annotations

from typing import Final

import numpy as np

from benchmarks.line_scenes import (
    CODECS,
    NOISES,
    RATE_HZ,
    Scene,
    Speech,
    pause,
    pick,
    spoiled,
    talk_of,
    through,
)
from qa_pipeline.acoustics import synthesis
from qa_pipeline.acoustics.tone_plans import TONE_PLANS
from qa_pipeline.domain.recording import FloatArray, Role
from qa_pipeline.domain.transcript import Turn


def _two_channels(
    draw: np.random.Generator, speech: Speech, traits: dict[str, str]
) -> tuple[FloatArray, list[Turn], tuple[float, float]]:
    """Talk of agent (channel 0) and customer (1): samples (2, n), turns, the lines' floors."""
    talk_db = float(draw.uniform(-28, -14))
    floors = (float(draw.uniform(-62, -38)), float(draw.uniform(-62, -38)))
    floors = (min(floors[0], talk_db - 14), min(floors[1], talk_db - 14))
    traits["floor"] = f"{10 * round(max(floors) / 10)} dBFS"
    wave, turns = talk_of(draw, speech, 0, int(draw.integers(4, 8)), talk_db)
    both = np.zeros((2, wave.size), np.float32)
    placed: list[Turn] = []
    for turn in turns:
        channel = 0 if turn.role is Role.AGENT else 1
        stretch = slice(turn.start_ms * 8, turn.end_ms * 8)
        both[channel, stretch] = wave[stretch]
        placed.append(
            Turn(turn.role, turn.start_ms, turn.end_ms, "...", speaker=f"channel_{channel}")
        )
    return both, placed, floors


def _gate(wave: FloatArray) -> FloatArray:
    """A channel made still where it is 22 dB below its talk, as systems do that send no silence."""
    frames = wave[: wave.size // 160 * 160].reshape(-1, 160).copy()
    loudness = np.sqrt(np.square(frames).mean(axis=1))
    talk = np.percentile(loudness[loudness > 0], 80) * 10 ** (-22 / 20)
    kept = np.convolve(loudness > talk, np.ones(9), "same") > 0  # held open for 80 ms
    frames[~kept] = 0.0
    return np.pad(frames.reshape(-1), (0, wave.size - frames.size))


def _floor(draw: np.random.Generator, count: int, level_db: float, kind: str) -> FloatArray:
    seed = int(draw.integers(1 << 30))
    noise = synthesis.line_noise(count / 8 + 1, RATE_HZ, level_db, seed, NOISES[kind])
    return noise[:count]


_LEGS: Final = (Role.AGENT, Role.CUSTOMER)


def stereo_end(seed: int, speech: Speech) -> Scene:
    """A call of two channels that ends in one of six ways; four of them tell nothing.

    ``leaves``: one line dies, the other lives on for 0.35 to 5 s, perhaps asking "hello?".
    ``tone``: the same with a busy tone. ``together``: both die within 0.12 s. ``cut``: the
    recording just ends. ``muted``: one channel is still while the other talks on for long.
    ``gated``: both channels are still whenever nobody speaks.
    """
    draw = np.random.default_rng([seed, 2])
    kind = pick(draw, *["leaves"] * 5, "tone", "together", "cut", "muted", "gated")
    traits = {"kind": kind}
    talk, turns, floors = _two_channels(draw, speech, traits)
    leg = int(draw.integers(2))
    other = 1 - leg
    noise = pick(draw, "line", "line", "hum", "office", "babble")
    linger_ms = {
        "together": int(draw.uniform(0, 120)),
        "muted": int(draw.uniform(9000, 16000)),
    }.get(kind, int(draw.uniform(350, 5000)))
    before_ms, both_dead_ms = int(draw.uniform(50, 900)), int(draw.choice([0, 0, 400, 1500]))
    left_at = talk.shape[1] + before_ms * 8
    ends_at = left_at + linger_ms * 8
    count = ends_at + (800 if kind == "together" else both_dead_ms) * 8
    wave = np.zeros((2, count), np.float32)
    wave[:, : talk.shape[1]] = talk
    if kind in ("leaves", "muted") and linger_ms > 2500:
        now = left_at + 4000
        while now < ends_at - 2000 and (kind == "muted" or now < left_at + 5000):
            said = speech.line(draw, -20.0, 900 if kind == "leaves" else 5000)[: ends_at - now]
            wave[other, now : now + said.size] = said
            start_ms, end_ms = now // 8, (now + said.size) // 8
            turns.append(Turn(_LEGS[other], start_ms, end_ms, "...", speaker=f"channel_{other}"))
            now += said.size + 4000
    if kind == "gated":
        wave = np.stack([_gate(channel) for channel in wave])
    else:
        for channel in (0, 1):
            wave[channel] += _floor(draw, count, floors[channel], noise if channel == 0 else "line")
    echo_db = float(draw.choice([-90, -90, -45, -35, -28]))
    wave = wave + 10 ** (echo_db / 20) * wave[::-1]
    after = pick(draw, "nothing", "nothing", "comfort noise")
    rest_db = max(-82.0, min(min(floors) - 18.0, -64.0)) if after == "comfort noise" else -120.0
    if kind in ("leaves", "tone", "muted", "together"):
        wave[leg, left_at:] = _floor(draw, count - left_at, rest_db, "line")
        wave[other, ends_at:] = _floor(draw, count - ends_at, rest_db, "line")
        if pick(draw, "click", "none") == "click":
            for channel, at in ((leg, left_at), (other, ends_at)):
                click = synthesis.click(RATE_HZ, float(draw.uniform(-24, -6)))
                wave[channel, at : at + click.size] += click[: count - at]
    if kind == "tone":
        plan = sorted(TONE_PLANS)[int(draw.integers(len(TONE_PLANS)))]
        tone_db = float(draw.uniform(-34, -12))
        busy = synthesis.busy_tone(plan, linger_ms + 3000, RATE_HZ, tone_db)
        wave = np.pad(wave, ((0, 0), (0, 3000 * 8)))
        stretch = wave[leg, left_at : left_at + busy.size]
        stretch += busy[: stretch.size]
        wave[other, ends_at:] = _floor(draw, wave.shape[1] - ends_at, floors[other], "line")
    codec = CODECS[int(draw.integers(len(CODECS)))]
    traits |= {
        "codec": codec[0] + (f" {codec[1]}k" if codec[1] else ""),
        "noise": noise,
        "echo": f"{echo_db:.0f} dB",
        "after": after,
        "linger": "under 1 s" if linger_ms < 1000 else "1 s and more",
    }
    tells = kind in ("leaves", "tone")
    return Scene(
        through(wave.astype(np.float32), codec, draw),
        tuple(sorted(turns, key=lambda turn: turn.start_ms)),
        None,
        traits,
        leaver=_LEGS[leg] if tells else None,
    )


def mono_end(seed: int, speech: Speech) -> Scene:
    """A call in one channel: a busy tone at the desk's side, or nothing that tells."""
    draw = np.random.default_rng([seed, 3])
    kind = pick(draw, "tone", "tone", "nothing")
    talk_db = float(draw.uniform(-28, -16))
    talk, turns = talk_of(draw, speech, 0, int(draw.integers(3, 6)), talk_db)
    country = pick(draw, *sorted(TONE_PLANS))
    level_db = float(draw.choice([-40, -34, -28, -22, -16, -10]))
    traits = {"kind": kind, "level": f"{level_db:.0f} dBFS"}
    end = pause(draw.uniform(0, 4000))
    if kind == "tone":
        cadence = int(draw.integers(len(TONE_PLANS[country].busy_cadences_ms)))
        length_ms = int(draw.uniform(2500, 8000))
        busy = synthesis.busy_tone(country, length_ms, RATE_HZ, level_db, cadence)
        end = np.concatenate([pause(draw.uniform(200, 2000)), busy])
        traits["country"] = f"{country}/{cadence}"
    wave = spoiled(np.concatenate([talk, end]), level_db, draw, traits)
    codec = CODECS[int(draw.integers(len(CODECS)))]
    traits["codec"] = codec[0] + (f" {codec[1]}k" if codec[1] else "")
    return Scene(
        through(wave[None, :].astype(np.float32), codec, draw),
        tuple(turns),
        country if draw.random() < 0.5 else None,
        traits,
        leaver=Role.CUSTOMER if kind == "tone" else None,
    )
