"""Words that a recogniser reads into stillness."""

from __future__ import annotations

import pytest

from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.timeline import Silence
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.stages.unsaid import without_unsaid


def turn(start_ms: int, end_ms: int, speaker: str | None = "channel_1") -> Turn:
    return Turn(Role.CUSTOMER, start_ms, end_ms, "Thanks for watching", speaker=speaker)


STILL = Silence(10_000, 30_000)


@pytest.mark.parametrize("speaker", [None, "SPEAKER_00", "channel_0", "channel_1"])
def test_words_in_a_stillness_of_all_lines_were_not_said(speaker: str | None) -> None:
    told, before = turn(15_000, 17_000, speaker), turn(4_000, 6_000, speaker)
    assert without_unsaid([before, told], [STILL]) == (before,)


def test_a_turn_that_only_reaches_into_a_stillness_was() -> None:
    rim = turn(8_000, 11_000)
    assert without_unsaid([rim], [STILL]) == (rim,)


def test_a_channel_below_its_own_noise_says_nothing_and_the_other_may() -> None:
    away = Silence(10_000, 30_000, channel=0, below_floor=True)
    own, others = turn(15_000, 17_000, "channel_0"), turn(15_000, 17_000, "channel_1")
    assert without_unsaid([own, others], [away]) == (others,)


def test_without_silences_all_turns_stay() -> None:
    assert without_unsaid([turn(0, 1_000)], []) == (turn(0, 1_000),)
