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
            ("gongi_high", "kumo_low"),
            ("nezumi_gongi", "rms"),
            ("tebu_gongi", "kumo_low"),
            ("kumo_tebu", "heart"),
            ("kumo_gongi", "gongi_low"),
            ("heart", "kumo_low"),
            ("gongi_low", "kumo_tebu"),
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
    "test": {
        "en": (
            ("slt", "joe"),
            ("awb", "kumo_more"),
            ("joe", "nezumi_tebu"),
            ("alpha_nezumi", "slt"),
            ("joe", "awb"),
            ("alpha_tebu", "joe_deep"),
            ("nezumi_tebu", "kumo_alpha"),
            ("slt_high", "kumo_deeper"),
            ("gongi_three", "awb"),
            ("kumo_alpha", "alpha_tebu"),
            ("joe_deep", "slt"),
        ),
        "zh": (
            ("alpha_tebu", "kumo_more"),
            ("kumo_alpha", "nezumi_tebu"),
            ("alpha_nezumi", "kumo_deeper"),
            ("nezumi_tebu", "gongi_three"),
            ("kumo_more", "kumo_alpha"),
            ("gongi_three", "kumo_alpha"),
            ("kumo_deeper", "alpha_nezumi"),
            ("alpha_tebu", "alpha_nezumi"),
            ("kumo_more", "gongi_three"),
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
