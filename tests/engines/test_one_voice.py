"""Two clusters that are one voice: a voicemail asked for as a conversation of two."""

from __future__ import annotations

import numpy as np
import pytest

from qa_pipeline.engines.one_voice import is_one_voice


@pytest.mark.parametrize(
    ("centroids", "one"),
    [
        ([[1.0, 0.0], [2.0, 0.2]], True),
        ([[1.0, 0.0], [0.8, 0.6]], False),
        ([[1.0, 0.0], [0.0, 1.0]], False),
        ([[1.0, 0.0], [float("nan"), 0.2]], False),
        ([[1.0, 0.0], [0.0, 0.0]], False),
        ([[1.0, 0.0]], False),
        ([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]], False),
        (None, False),
    ],
)
def test_only_two_near_voices_are_one(centroids: list[list[float]] | None, one: bool) -> None:
    found = is_one_voice(None if centroids is None else np.array(centroids), 0.5, 60_000)
    assert found is one


def test_a_crumb_of_the_talk_is_believed_less_than_half_of_it() -> None:
    voices = np.array([[1.0, 0.0], [1.0, 0.42]])  # 0.08 apart
    assert not is_one_voice(voices, 0.45, 60_000)
    assert is_one_voice(voices, 0.1, 60_000)


def test_alike_voices_behind_noise_that_share_the_talk_stay_two() -> None:
    voices = np.array([[1.0, 0.0], [1.0, 0.335]])  # 0.052 apart
    assert not is_one_voice(voices, 0.44, 80_000)


def test_so_near_in_a_short_message_they_are_one() -> None:
    assert is_one_voice(np.array([[1.0, 0.0], [1.0, 0.335]]), 0.44, 12_000)
