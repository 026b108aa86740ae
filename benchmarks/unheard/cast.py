"""Who speaks in which half: no voice of the test half is ever heard in the tuning half.

Kokoro's voices are mixed and shifted out of five styles, so two voices of different halves may
share a style; they never share a speaker.
"""

from __future__ import annotations

from typing import Final

from benchmarks.unheard.names import Sex
from benchmarks.unheard.scenario import Half, Language
from sample_calls.maker.speakers import CATALOGUE

Pair = tuple[str, str]
"""The agent's voice and the customer's."""

PAIRS: Final[dict[Half, dict[Language, tuple[Pair, ...]]]] = {
    "tuning": {
        "en": (
            ("heart", "rms"),
            ("kumo", "heart"),
            ("rms", "nezumi"),
            ("gongi", "heart_low"),
            ("rms", "kumo_high"),
            ("heart", "mixed_man"),
            ("mixed_woman", "rms"),
            ("mixed_man", "gongi"),
            ("heart_low", "kumo"),
        ),
        "zh": (
            ("gongi", "kumo"),
            ("kumo", "nezumi"),
            ("mixed_man", "gongi"),
            ("nezumi", "gongi"),
            ("kumo", "mixed_man"),
            ("mixed_woman", "kumo_high"),
            ("nezumi", "kumo"),
            ("kumo_high", "mixed_woman"),
            ("gongi", "mixed_man"),
        ),
    },
    "test": {
        "en": (
            ("slt", "joe"),
            ("awb", "slt_high"),
            ("joe", "gongi_low"),
            ("slt", "nezumi_gongi"),
            ("joe", "awb"),
            ("gongi_high", "joe_deep"),
            ("nezumi_gongi", "awb"),
            ("kumo_gongi", "slt"),
            ("tebu_gongi", "kumo_low"),
            ("kumo_tebu", "slt_high"),
            ("joe_deep", "kumo_low"),
        ),
        "zh": (
            ("gongi_low", "kumo_low"),
            ("kumo_gongi", "gongi_high"),
            ("nezumi_gongi", "kumo_tebu"),
            ("nezumi_gongi", "gongi_low"),
            ("kumo_low", "kumo_nezumi"),
            ("gongi_high", "kumo_low"),
            ("kumo_nezumi", "gongi_low"),
            ("kumo_tebu", "nezumi_gongi"),
            ("gongi_low", "kumo_gongi"),
        ),
    },
}

PAIRS_PER_SCENARIO: Final = 2  # few, so that spoken sentences are used again


def voices_of(half: Half, language: Language) -> tuple[str, ...]:
    """All voices of a half in a language, each once."""
    return tuple(dict.fromkeys(voice for pair in PAIRS[half][language] for voice in pair))


def pairs_of_scenario(half: Half, language: Language, place: int) -> tuple[Pair, ...]:
    """The pairs that act the scenario at that place of its half."""
    pairs = PAIRS[half][language]
    first = place * PAIRS_PER_SCENARIO
    return tuple(pairs[(first + step) % len(pairs)] for step in range(PAIRS_PER_SCENARIO))


def sex_of(voice: str) -> Sex:
    """Whether a voice sounds like a woman's or a man's."""
    return CATALOGUE[voice].sex
