"""The sound, the ringing, the end and the record of a call, drawn after `weights`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from benchmarks.unheard import weights
from benchmarks.unheard.chance import between, choose, happens
from benchmarks.unheard.scenario import Language
from qa_pipeline.acoustics.tone_plans import TONE_PLANS, CountryTones
from sample_calls.maker.script import Format, Layout, Medium

HangupSound = Literal["line", "tone", "click", "none", "system"]


@dataclass(frozen=True, slots=True)
class Ringing:
    """What goes before the answer.

    Attributes:
        kind: ``tone``, ``tune`` (music in its place) or ``none`` (the recorder starts at answer).
        rings: how many rings began, heard or not.
        country: whose tones.
        variant: which of the country's signals.
        first_cut_ms: how much of the first ring the recorder missed.
        last_cut_ms: how much of the last ring is heard; None: all of it.
        pause_ms: quiet between the last ring and the answer.
        level_db: of the bursts, where speech has -20.
    """

    kind: Literal["tone", "tune", "none"]
    rings: int
    country: str
    variant: int
    first_cut_ms: int
    last_cut_ms: int | None
    pause_ms: int
    level_db: float

    @property
    def seconds(self) -> float:
        """From the first ring's start to the answer, as a phone system notes it."""
        plan = TONE_PLANS[self.country]
        last_ms = plan.ring_ms if self.last_cut_ms is None else self.last_cut_ms
        return round(((self.rings - 1) * plan.cycle_ms + last_ms + self.pause_ms) / 1000, 1)


@dataclass(frozen=True, slots=True)
class Ending:
    """Who leaves first, what is heard of it, and whether the other one calls after them."""

    by: Literal["agent", "customer", "system"]
    sound: HangupSound
    left_behind: bool


@dataclass(frozen=True, slots=True)
class HoldSound:
    """What a hold sounds like; `seconds` where the scenario does not say."""

    medium: Medium
    seconds: float
    tune: str | None
    level_db: float
    beep_hz: float
    beep_every_s: float


@dataclass(frozen=True, slots=True)
class Side:
    """One party's voice and room; `noise` None: a quiet room."""

    level_db: float
    pitch: float
    line_noise_db: float
    noise: Literal["babble", "office", "hum"] | None
    snr_db: float | None


@dataclass(frozen=True, slots=True)
class Conditions:
    """Everything about a call but its words."""

    layout: Layout
    agent_channel: Literal[0, 1]
    codec: Format
    sample_rate_hz: Literal[8000, 16000]
    bitrate_kbps: float
    leg_law: Literal["mu", "a", "none"]
    packet_loss_percent: int
    concealment: Literal["zero", "repeat"]
    level_db: float
    clipping_drive_db: float | None
    crosstalk_db: float | None
    overlaps: bool
    announced: bool
    agent: Side
    customer: Side
    ringing: Ringing
    hold: HoldSound
    ending: Ending
    record: tuple[str, ...]

    def flat(self) -> dict[str, Any]:
        """Scalars by name, for tables: one level, sides and parts as prefixes."""
        found: dict[str, Any] = {}
        for name, value in asdict(self).items():
            if isinstance(value, dict):
                found |= {f"{name}_{key}": one for key, one in value.items()}
            elif name != "record":
                found[name] = value
        sides = (self.agent, self.customer)
        snrs = [side.snr_db for side in sides if side.snr_db is not None]
        worst = min(sides, key=lambda side: np.inf if side.snr_db is None else side.snr_db)
        return found | {
            "noise": worst.noise or "none",
            "snr_db": min(snrs, default=None),
            "imbalance_db": round(self.customer.level_db - self.agent.level_db, 1),
            "clipping": self.clipping_drive_db is not None,
            "ring_country": self.ringing.country,
            "rings": self.ringing.rings,
            "hangup_kind": self.ending.sound,
        }


NOMINAL_DB = -20.0
# Opus sends one signal for both channels below about 20 kbit/s, as no recorder of two lines would.
STEREO_RATE = 2.5
"""The agent's speech before the overall level is set."""


def draw_conditions(random: np.random.Generator, language: Language) -> Conditions:
    """All conditions of one call."""
    layout: Layout = choose(random, weights.LAYOUT)  # type: ignore[arg-type]
    codec = choose(
        random,
        {
            name: share
            for name, share in weights.CODEC.items()
            if layout == "mono" or name not in weights.MONO_ONLY
        },
    )
    wide = codec in ("wav_pcm", "flac", "mp3", "m4a") and happens(random, weights.WIDE_RATE_SHARE)
    rates = weights.BITRATES_KBPS.get(codec, (24.0,))
    imbalance = float(
        np.clip(
            random.normal(0.0, weights.IMBALANCE_SD_DB),
            -weights.IMBALANCE_MOST_DB,
            weights.IMBALANCE_MOST_DB,
        )
    )
    clips = happens(random, weights.CLIPPING_SHARE)
    joint = layout == "stereo" and codec == "ogg_opus"
    leaks = layout == "stereo" and happens(random, weights.CROSSTALK_SHARE)
    return Conditions(
        layout=layout,
        agent_channel=1 if layout == "stereo" and happens(random, 0.5) else 0,
        codec=codec,  # type: ignore[arg-type]
        sample_rate_hz=16000 if wide else 8000,
        bitrate_kbps=rates[int(random.integers(len(rates)))] * (STEREO_RATE if joint else 1.0),
        leg_law=choose(random, weights.LEG_LAW),  # type: ignore[arg-type]
        packet_loss_percent=choose(random, weights.PACKET_LOSS_PERCENT),
        concealment=choose(random, weights.CONCEALMENT),  # type: ignore[arg-type]
        level_db=between(random, choose(random, weights.LEVEL_DB)),
        clipping_drive_db=between(random, weights.CLIPPING_DRIVE_DB) if clips else None,
        crosstalk_db=between(random, weights.CROSSTALK_DB) if leaks else None,
        overlaps=happens(random, weights.OVERLAP_SHARE),
        announced=happens(random, weights.ANNOUNCED_SHARE),
        agent=_side(random, NOMINAL_DB),
        customer=_side(random, round(NOMINAL_DB + imbalance, 1)),
        ringing=_ringing(random, language),
        hold=_hold(random),
        ending=_ending(random, layout),
        record=_record(random, layout),
    )


def _side(random: np.random.Generator, level_db: float) -> Side:
    snr_range = choose(random, weights.SNR_DB)
    kind = choose(random, weights.NOISE_KIND)
    snr_db = None if snr_range is None else between(random, snr_range)
    below = between(random, weights.LINE_NOISE_BELOW_SPEECH_DB)
    return Side(
        level_db=level_db,
        pitch=between(random, weights.PITCH, digits=3),
        line_noise_db=round(level_db - below, 1),
        noise=None if snr_db is None else kind,  # type: ignore[arg-type]
        snr_db=snr_db,
    )


def _ringing(random: np.random.Generator, language: Language) -> Ringing:
    country = choose(random, weights.COUNTRY[language])
    plan = TONE_PLANS[country]
    kind = choose(random, weights.RINGING)
    in_ring = happens(random, weights.ANSWERED_IN_RING_SHARE)
    cut = kind == "tone" and happens(random, weights.FIRST_RING_CUT_SHARE)
    rings = choose(random, weights.RINGS)
    last_cut_ms = _last_cut_ms(random, plan) if in_ring else None
    first_cut_ms = _first_cut_ms(random, plan) if cut else 0
    if rings == 1 and first_cut_ms and last_cut_ms is not None:
        last_cut_ms = None  # both cuts in one ring would leave next to nothing
    pause = (300, plan.cycle_ms - plan.ring_ms - 300)
    return Ringing(
        kind=kind,  # type: ignore[arg-type]
        rings=rings,
        country=country,
        variant=int(random.integers(len(plan.ringback))),
        first_cut_ms=first_cut_ms,
        last_cut_ms=last_cut_ms,
        pause_ms=0 if last_cut_ms is not None else int(random.integers(*pause)),
        level_db=between(random, weights.RING_LEVEL_DB),
    )


def _last_cut_ms(random: np.random.Generator, plan: CountryTones) -> int:
    return int(random.integers(min(250, plan.on_ms // 2), plan.ring_ms))


def _first_cut_ms(random: np.random.Generator, plan: CountryTones) -> int:
    """So that at least 200 ms of the first ring are left."""
    return int(random.integers(100, plan.ring_ms - 200))


def _hold(random: np.random.Generator) -> HoldSound:
    medium = choose(random, weights.HOLD_MEDIUM)
    tune = str(weights.TUNES[int(random.integers(len(weights.TUNES)))])
    plays = medium == "music" or (
        medium == "announcement" and happens(random, weights.ANNOUNCEMENT_WITH_MUSIC_SHARE)
    )
    quiet = medium == "comfort_noise"
    return HoldSound(
        medium=medium,  # type: ignore[arg-type]
        seconds=between(random, choose(random, weights.HOLD_SECONDS)),
        tune=tune if plays else None,
        level_db=between(random, (-58.0, -46.0) if quiet else (-30.0, -20.0)),
        beep_hz=float(choose(random, {425.0: 0.5, 440.0: 0.5})),
        beep_every_s=between(random, (5.0, 10.0)),
    )


def _ending(random: np.random.Generator, layout: Layout) -> Ending:
    by = choose(random, weights.HUNG_UP_BY)
    if by == "system":
        return Ending("system", "system", left_behind=False)
    sounds = weights.HANGUP_SOUND["stereo" if layout == "stereo" else "mono", by]
    sound = choose(random, sounds)
    left = happens(random, weights.LEFT_BEHIND_SHARE.get(sound, 0.0))
    return Ending(by, sound, left)  # type: ignore[arg-type]


def _record(random: np.random.Generator, layout: Layout) -> tuple[str, ...]:
    told = [name for name, share in weights.RECORD.items() if happens(random, share)]
    return tuple(name for name in told if name != "channels" or layout == "stereo")
