"""Who can speak: the voices by name, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class VoiceSpec:
    """A speaker: an engine, what it is told, and how the result is shifted.

    `styles` weighs Kokoro styles (weights beyond 0..1 exaggerate). `pitch` below 1 lowers pitch
    and formants together, as a larger body does. `style_at_least`: a Kokoro style has a variant for
    each length of text, and those for short texts slur Mandarin in some of them; shorter texts
    then take the variant of that many phonemes.
    """

    engine: Literal["kokoro", "hibari", "piper", "flite"]
    sex: Literal["f", "m"]
    languages: tuple[str, ...] = ("en",)
    styles: Mapping[str, float] = field(default_factory=dict)
    pitch: float = 1.0
    speed: float = 1.0
    flite_voice: str = ""
    style_at_least: int = 0


_BOTH = ("en", "zh")

CATALOGUE: Mapping[str, VoiceSpec] = {
    # Kokoro styles as they are; their speed is brought near 4 to 5 syllables a second.
    "alpha": VoiceSpec("kokoro", "f", _BOTH, {"jf_alpha": 1.0}, style_at_least=60),
    "gongi": VoiceSpec("kokoro", "f", _BOTH, {"jf_gongitsune": 1.0}, speed=1.2),
    "nezumi": VoiceSpec("kokoro", "f", _BOTH, {"jf_nezumi": 1.0}, speed=1.2),
    "tebu": VoiceSpec("kokoro", "f", _BOTH, {"jf_tebukuro": 1.0}, pitch=0.93, speed=1.2),
    "kumo": VoiceSpec("kokoro", "m", _BOTH, {"jm_kumo": 1.0}, style_at_least=100),
    # Further speakers: mixed, exaggerated and shifted.
    "kumo_high": VoiceSpec("kokoro", "m", _BOTH, {"jm_kumo": 1.0}, pitch=1.12, style_at_least=100),
    "kumo_deep": VoiceSpec(
        "kokoro", "m", _BOTH, {"jm_kumo": 1.4, "jf_nezumi": -0.4}, pitch=1.04, style_at_least=100
    ),
    "mixed_man": VoiceSpec(
        "kokoro", "m", _BOTH, {"jm_kumo": 0.55, "jf_alpha": 0.45}, pitch=0.87, style_at_least=80
    ),
    "nezumi_low": VoiceSpec("kokoro", "f", _BOTH, {"jf_nezumi": 1.0}, pitch=0.88, speed=1.2),
    "mixed_woman": VoiceSpec(
        "kokoro", "f", _BOTH, {"jf_alpha": 0.5, "jf_gongitsune": 0.5}, pitch=0.95, style_at_least=40
    ),
    "alpha_high": VoiceSpec("kokoro", "f", _BOTH, {"jf_alpha": 1.0}, pitch=1.1, speed=1.05),
    "kumo_low": VoiceSpec("kokoro", "m", _BOTH, {"jm_kumo": 1.0}, pitch=0.92, style_at_least=100),
    "kumo_gongi": VoiceSpec(
        "kokoro",
        "m",
        _BOTH,
        {"jm_kumo": 0.65, "jf_gongitsune": 0.35},
        pitch=0.9,
        speed=1.08,
        style_at_least=80,
    ),
    "kumo_tebu": VoiceSpec(
        "kokoro",
        "m",
        _BOTH,
        {"jm_kumo": 0.7, "jf_tebukuro": 0.3},
        pitch=0.94,
        speed=1.08,
        style_at_least=100,
    ),
    "kumo_nezumi": VoiceSpec(
        "kokoro",
        "m",
        _BOTH,
        {"jm_kumo": 0.6, "jf_nezumi": 0.4},
        pitch=0.85,
        speed=1.1,
        style_at_least=80,
    ),
    "gongi_low": VoiceSpec(
        "kokoro", "f", _BOTH, {"jf_gongitsune": 1.0}, pitch=0.9, speed=1.2, style_at_least=100
    ),
    "gongi_high": VoiceSpec(
        "kokoro", "f", _BOTH, {"jf_gongitsune": 1.0}, pitch=1.09, speed=1.2, style_at_least=100
    ),
    "nezumi_gongi": VoiceSpec(
        "kokoro",
        "f",
        _BOTH,
        {"jf_nezumi": 0.5, "jf_gongitsune": 0.5},
        speed=1.2,
        style_at_least=100,
    ),
    "tebu_gongi": VoiceSpec(
        "kokoro",
        "f",
        _BOTH,
        {"jf_tebukuro": 0.5, "jf_gongitsune": 0.5},
        pitch=0.91,
        speed=1.2,
        style_at_least=100,
    ),
    # Further mixtures, for the calls that only measure.
    "alpha_tebu": VoiceSpec(
        "kokoro",
        "f",
        _BOTH,
        {"jf_alpha": 0.55, "jf_tebukuro": 0.45},
        pitch=0.98,
        speed=1.1,
        style_at_least=80,
    ),
    "nezumi_tebu": VoiceSpec(
        "kokoro",
        "f",
        _BOTH,
        {"jf_nezumi": 0.5, "jf_tebukuro": 0.5},
        pitch=1.05,
        speed=1.2,
        style_at_least=100,
    ),
    "alpha_nezumi": VoiceSpec(
        "kokoro",
        "f",
        _BOTH,
        {"jf_alpha": 0.5, "jf_nezumi": 0.5},
        pitch=0.92,
        speed=1.1,
        style_at_least=80,
    ),
    "gongi_three": VoiceSpec(
        "kokoro",
        "f",
        _BOTH,
        {"jf_gongitsune": 0.5, "jf_nezumi": 0.25, "jf_alpha": 0.25},
        pitch=1.07,
        speed=1.15,
        style_at_least=100,
    ),
    "kumo_alpha": VoiceSpec(
        "kokoro",
        "m",
        _BOTH,
        {"jm_kumo": 0.7, "jf_alpha": 0.3},
        pitch=0.95,
        speed=1.05,
        style_at_least=100,
    ),
    "kumo_more": VoiceSpec(
        "kokoro",
        "m",
        _BOTH,
        {"jm_kumo": 1.25, "jf_gongitsune": -0.25},
        speed=1.05,
        style_at_least=100,
    ),
    "kumo_deeper": VoiceSpec(
        "kokoro",
        "m",
        _BOTH,
        {"jm_kumo": 1.15, "jf_alpha": -0.15},
        pitch=0.87,
        speed=1.05,
        style_at_least=100,
    ),
    # English only.
    "heart": VoiceSpec("hibari", "f"),
    "heart_low": VoiceSpec("hibari", "f", pitch=0.9),
    "joe": VoiceSpec("piper", "m"),
    "rms": VoiceSpec("flite", "m", flite_voice="rms", speed=1.05),
    "slt": VoiceSpec("flite", "f", flite_voice="slt"),
    "awb": VoiceSpec("flite", "m", flite_voice="awb", speed=0.97),
    "joe_deep": VoiceSpec("piper", "m", pitch=0.91),
    "slt_high": VoiceSpec("flite", "f", pitch=1.1, flite_voice="slt"),
}
