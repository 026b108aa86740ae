"""Two clusters that are one voice: a voicemail asked for as a conversation of two."""

from __future__ import annotations

import numpy as np
import pytest

from qa_pipeline.engines.pyannote import _is_one_voice


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
    found = _is_one_voice(None if centroids is None else np.array(centroids))
    assert found is one
