"""Turns reach as far as the voice, but not into each other."""

from __future__ import annotations

from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.transcript import Diarization, SpeakerTurn, Turn
from qa_pipeline.language.turn_rims import RIM_MS, to_the_rims


def widened(
    *turns: tuple[str, int, int], voice: list[tuple[str, int, int]], by_channel: bool = False
) -> list[tuple[int, int]]:
    given = [
        Turn(Role.AGENT if who == "a" else Role.CUSTOMER, start, end, "x", speaker=who)
        for who, start, end in turns
    ]
    heard = tuple(SpeakerTurn(Span(start, end), who) for who, start, end in voice)
    found = to_the_rims(given, Diarization(heard, ("a", "b"), by_channel, "t"))
    return [(turn.start_ms, turn.end_ms) for turn in found]


def test_a_turn_reaches_to_the_ends_of_its_voice() -> None:
    assert widened(("a", 1_200, 2_000), voice=[("a", 1_000, 2_300)]) == [(1_000, 2_300)]


def test_but_no_farther_than_a_word_is_mistimed() -> None:
    assert widened(("a", 5_000, 6_000), voice=[("a", 1_000, 9_000)]) == [
        (5_000 - RIM_MS, 6_000 + RIM_MS)
    ]


def test_not_into_the_other_turn_in_mono() -> None:
    turns = (("a", 1_000, 2_000), ("b", 2_100, 3_000))
    voice = [("a", 900, 2_250), ("b", 1_900, 3_100)]
    assert widened(*turns, voice=voice) == [(900, 2_100), (2_000, 3_100)]
    assert widened(*turns, voice=voice, by_channel=True) == [(900, 2_250), (1_900, 3_100)]


def test_a_voice_elsewhere_or_of_the_other_changes_nothing() -> None:
    assert widened(("a", 1_000, 2_000), voice=[("a", 4_000, 5_000)]) == [(1_000, 2_000)]
    assert widened(("a", 1_000, 2_000), voice=[("b", 500, 2_500)]) == [(1_000, 2_000)]
