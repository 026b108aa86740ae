"""Makes telephone lines whose truth is known; here their beginnings: ringing, mid-call rings.

Every scene comes from one seed. Signals are the tone plans' own, the talk is cut out of
`sample_calls` by its labels: even-numbered recordings for tuning, odd-numbered ones for the test,
so that no voice is in both. What is drawn (country, cut, level, noise, loss, codec ...) stands in
a scene's `traits`, so that a report can be broken down by each of them.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
import soxr

from qa_pipeline.acoustics import synthesis
from qa_pipeline.acoustics.decode import decode
from qa_pipeline.acoustics.spectrogram import to_analysis_rate
from qa_pipeline.acoustics.tone_plans import TONE_PLANS
from qa_pipeline.domain.recording import Audio, FloatArray, Role
from qa_pipeline.domain.transcript import Turn
from sample_calls.maker.formats import write
from sample_calls.maker.music import hold_music
from sample_calls.maker.script import Format

Half = Literal["tuning", "test"]

RATE_HZ: Final = 8000
_LABELS: Final = Path(__file__).resolve().parent.parent / "sample_calls" / "labels.json"
CODECS: Final[tuple[tuple[Format, int], ...]] = (
    ("wav_pcm", 0),
    ("wav_mulaw", 0),
    ("wav_alaw", 0),
    ("wav_gsm", 0),
    ("amr", 0),
    ("ogg_opus", 8),
    ("ogg_opus", 12),
    ("ogg_opus", 16),
    ("mp3", 16),
    ("mp3", 24),
    ("mp3", 32),
)
NOISES: Final[dict[str, synthesis.NoiseKind]] = {
    "line": "line",
    "hum": "hum",
    "office": "office",
    "babble": "babble",
}
_ONE_CHANNEL_ONLY: Final = ("wav_gsm", "amr")
_LEAST_HEARD_MS: Final = 150  # of a cut ring: less is not told from a blip by anybody


@dataclass(frozen=True, slots=True)
class Scene:
    """One recording with its truth.

    `rings` are those before the pickup: 0 for none, None for music instead of a tone.
    `leaver` is who is heard to have hung up first, or None where nothing tells. `turns` are the
    true turns; `country` is what the listener is told.
    """

    audio: Audio
    turns: tuple[Turn, ...]
    country: str | None
    traits: Mapping[str, str]
    rings: int | None = 0
    first_cut: bool = False
    leaver: Role | None = None


class Speech:
    """Real talk of one half: turns cut out of the sample calls."""

    def __init__(self, half: Half) -> None:
        self.half = half
        labels = json.loads(_LABELS.read_text(encoding="utf-8"))
        names = sorted(labels)[0 if half == "tuning" else 1 :: 2]
        self._lines: list[FloatArray] = []
        for name in names:
            audio = decode(_LABELS.parent / name).audio
            sound = to_analysis_rate(audio.mono(), audio.sample_rate_hz)
            for turn in labels[name]["turns"]:
                piece = sound[turn["start_ms"] * 8 : turn["end_ms"] * 8]
                if piece.size > RATE_HZ:
                    self._lines.append(piece)

    def line(
        self, draw: np.random.Generator, level_db: float, longest_ms: int = 6000
    ) -> FloatArray:
        """What one person says, at an RMS level in dBFS."""
        piece = self._lines[int(draw.integers(len(self._lines)))][: longest_ms * 8]
        return synthesis.at_level(piece, level_db).astype(np.float32)


def through(wave: FloatArray, codec: tuple[Format, int], draw: np.random.Generator) -> Audio:
    """Samples of shape (channels, n) written in a format and decoded as the pipeline does."""
    kind, kbps = codec
    # At such rates Opus mixes two channels into one, so recorders write a file for each leg.
    if wave.shape[0] > 1 and (kind in _ONE_CHANNEL_ONLY or (kind == "ogg_opus" and kbps < 16)):
        files = [through(channel[None, :], codec, draw) for channel in wave]
        legs = [to_analysis_rate(file.channel(0), file.sample_rate_hz) for file in files]
        shortest = min(leg.size for leg in legs)
        return Audio(np.stack([leg[:shortest] for leg in legs]), RATE_HZ)
    rate_hz = RATE_HZ
    if kind in ("ogg_opus", "mp3") and draw.random() < 0.5:
        rate_hz = 2 * RATE_HZ
        wave = np.stack([soxr.resample(channel, RATE_HZ, rate_hz) for channel in wave])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "call.audio"
        write(path, np.clip(wave, -1.0, 0.9999), rate_hz, kind, kbps * wave.shape[0])
        return decode(path).audio


def lossy(wave: FloatArray, share: float, draw: np.random.Generator) -> FloatArray:
    """Packets of 20 ms lost, one to three at a time: silence, or the packet before it again."""
    lost = wave.copy()
    frame = RATE_HZ // 50
    repeats = draw.random() < 0.5
    for place in np.flatnonzero(draw.random(wave.size // frame) < share / 1.5):
        for number in range(int(draw.integers(1, 4))):
            start = (place + number) * frame
            room = lost[start : start + frame].size
            before = lost[max(0, start - frame) : start][:room] * 0.7
            lost[start : start + room] = (
                before if repeats and before.size == room else np.zeros(room, np.float32)
            )
    return lost


def pause(milliseconds: float) -> FloatArray:
    """Digital silence, shape (n,)."""
    return synthesis.silence(milliseconds, RATE_HZ)


def pick(draw: np.random.Generator, *values: str) -> str:
    """One of the values; more often if it is given more often."""
    return str(values[int(draw.integers(len(values)))])


def spoiled(
    wave: FloatArray, level_db: float, draw: np.random.Generator, traits: dict[str, str]
) -> FloatArray:
    """One channel with noise below a level, and with packets lost."""
    kind = pick(draw, "none", "none", "line", "hum", "office", "babble")
    snr_db = int(draw.choice([10, 15, 20, 30]))
    traits["noise"] = kind if kind == "none" else f"{kind} {snr_db} dB"
    if kind != "none":
        noise_db = level_db - snr_db
        seed = int(draw.integers(1 << 30))
        noise = synthesis.line_noise(wave.size / 8, RATE_HZ, noise_db, seed, NOISES[kind])
        wave = np.asarray(wave + noise[: wave.size], np.float32)
    elif draw.random() < 0.7:
        floor_db = float(draw.uniform(-75, -52))
        noise = synthesis.line_noise(wave.size / 8, RATE_HZ, floor_db, 1)
        wave = np.asarray(wave + noise[: wave.size], np.float32)
    loss = float(draw.choice([0.0, 0.0, 0.0, 0.01, 0.03, 0.05]))
    traits["loss"] = f"{loss:.0%}"
    return lossy(wave, loss, draw) if loss else wave


def _ringing(
    draw: np.random.Generator, level_db: float, traits: dict[str, str]
) -> tuple[FloatArray, int, bool]:
    """A ringing and the quiet after it, how many rings begin, whether the first is cut."""
    country = pick(draw, *sorted(TONE_PLANS))
    plan = TONE_PLANS[country]
    variant = int(draw.integers(len(plan.ringback)))
    rings = int(draw.integers(1, 7))
    first = pick(draw, "whole", "whole", "in burst", "in pause")
    last = pick(draw, "whole", "cut", "cut")
    traits |= {"country": f"{country}/{variant}", "rings": str(rings), "first": first, "last": last}
    last_ms = plan.ring_ms if last == "whole" else int(draw.uniform(_LEAST_HEARD_MS, plan.ring_ms))
    available = (plan.ring_ms if rings > 1 else last_ms) - _LEAST_HEARD_MS
    first_ms = int(draw.uniform(60, max(61, available))) if first == "in burst" else 0
    tone = synthesis.ringback(
        country, rings, RATE_HZ, level_db,
        first_cut_ms=first_ms if available > 100 else 0, last_cut_ms=last_ms, variant=variant,
    )  # fmt: skip
    lead_ms = 0.0 if first == "in burst" else draw.uniform(50, 3500 if first == "whole" else 900)
    rest_ms = draw.uniform(0.1, 0.9) * (plan.cycle_ms - plan.ring_ms) if last == "whole" else 0.0
    wave = np.concatenate([pause(lead_ms), tone, pause(rest_ms)])
    return wave, rings, first == "in burst" and available > 100


def talk_of(
    draw: np.random.Generator, speech: Speech, start_ms: int, lines: int, level_db: float
) -> tuple[FloatArray, list[Turn]]:
    """People taking turns on one channel, after a short pause each."""
    parts: list[FloatArray] = []
    turns: list[Turn] = []
    now_ms = start_ms
    for number in range(lines):
        gap_ms = int(draw.uniform(150, 1200))
        said = speech.line(draw, level_db + draw.uniform(-2, 2))
        parts += [pause(gap_ms), said]
        role = (Role.AGENT, Role.CUSTOMER)[number % 2]
        turns.append(Turn(role, now_ms + gap_ms, now_ms + gap_ms + said.size // 8, "..."))
        now_ms = turns[-1].end_ms
    return np.concatenate(parts), turns


def _before(draw: np.random.Generator, traits: dict[str, str]) -> FloatArray:
    """What a recorder at the caller's side hears before the ringing."""
    kind = pick(draw, "nothing", "nothing", "nothing", "nothing", "dtmf", "dial tone")
    traits["before"] = kind
    if kind == "dtmf":
        digits = "".join(pick(draw, *"0123456789") for _ in range(int(draw.integers(3, 11))))
        on_ms = int(draw.uniform(60, 150))
        return np.concatenate(
            [pause(300), synthesis.dtmf(digits, RATE_HZ, -16, on_ms, on_ms), pause(1500)]
        )
    if kind == "dial tone":
        plan = TONE_PLANS[pick(draw, *sorted(TONE_PLANS))]
        length_ms = draw.uniform(3000, 6000)
        return np.concatenate([synthesis.tone(plan.busy[0], length_ms, RATE_HZ), pause(1800)])
    return pause(0)


def ringing_scene(seed: int, speech: Speech) -> Scene:
    """A call's beginning: a pickup after ringing, music or nothing, or a ring in mid-call."""
    draw = np.random.default_rng([seed, 1])
    traits: dict[str, str] = {}
    kind = pick(draw, *["ringing"] * 7, "none", "none", "music", "transfer", "ringing+transfer")
    level_db = float(draw.choice([-40, -34, -28, -22, -16, -10, -6]))
    traits |= {"kind": kind, "level": f"{level_db:.0f} dBFS"}
    opening, rings, first_cut = pause(0), 0, False
    if kind.startswith("ringing"):
        opening, rings, first_cut = _ringing(draw, level_db, traits)
        if traits["first"] != "in burst":
            opening = np.concatenate([_before(draw, traits), opening])
    elif kind == "music":
        piece = hold_music("melody", draw.uniform(6, 14), RATE_HZ, seed)
        opening = synthesis.at_level(piece, max(level_db, -34.0)).astype(np.float32)
    talk_db = float(draw.uniform(-28, -16))
    talk, turns = talk_of(draw, speech, opening.size // 8, int(draw.integers(2, 5)), talk_db)
    wave = np.concatenate([opening, talk])
    if "transfer" in kind:
        again, _, _ = _ringing(draw, level_db, {})
        more, later = talk_of(draw, speech, (wave.size + again.size) // 8 + 800, 2, talk_db)
        wave = np.concatenate([wave, pause(800), again, more])
        turns += later
    wave = spoiled(wave, level_db if opening.size else talk_db, draw, traits)
    codec = CODECS[int(draw.integers(len(CODECS)))]
    traits["codec"] = codec[0] + (f" {codec[1]}k" if codec[1] else "")
    known = draw.random() < 0.5 and "country" in traits
    traits["told"] = "country known" if known else "country unknown"
    return Scene(
        through(wave[None, :].astype(np.float32), codec, draw),
        tuple(turns),
        traits["country"][:2] if known else None,
        traits,
        None if kind == "music" else rings,
        first_cut,
    )
