"""Voices of overlapping windows brought together."""

import numpy as np
import pytest

from qa_pipeline.engines.voice_clusters import NOBODY, Windows, cluster, windows_of


def _windows(pattern: list[tuple[int | None, ...]], voices: np.ndarray, spread: float) -> Windows:
    """Windows in which these voices speak, each for an equal part of the frames."""
    random = np.random.default_rng(1)
    width = max(len(row) for row in pattern)
    embeddings = np.full((len(pattern), width, voices.shape[1]), np.nan)
    active = np.zeros((len(pattern), 30, width))
    for window, row in enumerate(pattern):
        for place, voice in enumerate(row):
            if voice is None:
                continue
            embeddings[window, place] = voices[voice] + spread * random.standard_normal(8)
            active[window, place * 10 : (place + 1) * 10, place] = 1.0
    return windows_of(embeddings, active)


def _same_as(labels: np.ndarray, pattern: list[tuple[int | None, ...]]) -> bool:
    pairs = {
        (voice, int(labels[window, place]))
        for window, row in enumerate(pattern)
        for place, voice in enumerate(row)
        if voice is not None
    }
    return len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})


VOICES = np.eye(8)[:3] + 0.3


def test_alike_voices_of_one_window_stay_two_people() -> None:
    alike = np.stack([VOICES[0], VOICES[0] + 0.4 * np.eye(8)[1]])
    pattern: list[tuple[int | None, ...]] = [(0, 1), (1, 0)] * 8
    found = cluster(_windows(pattern, alike, 0.04), 2, 2)
    assert found is not None
    assert all(len(set(row)) == 2 for row in found.labels.tolist())
    assert _same_as(found.labels, pattern)


@pytest.mark.parametrize("last", [2, 0])
def test_a_further_voice_is_taken_only_where_there_is_one(last: int) -> None:
    pattern: list[tuple[int | None, ...]] = [(0, 1)] * 24 + [(1, last)] * 24
    found = cluster(_windows(pattern, VOICES, 0.03), 2, 3)
    assert found is not None
    assert len(found.centres) == (3 if last == 2 else 2)
    assert _same_as(found.labels, pattern)


def test_a_moment_that_sounds_unlike_both_voices_is_no_third_one() -> None:
    pattern: list[tuple[int | None, ...]] = [(0, 1)] * 24 + [(1, 2)] * 10
    found = cluster(_windows(pattern, VOICES, 0.03), 2, 3)
    assert found is not None
    assert len(found.centres) == 2


def test_a_voice_without_an_embedding_is_nobody() -> None:
    found = cluster(_windows([(0, 1), (0, None), (1, 0), (0, 1)], VOICES, 0.02), 2, 2)
    assert found is not None
    assert found.labels[1].tolist()[1] == NOBODY


def test_one_usable_voice_gives_no_partition() -> None:
    assert cluster(_windows([(0,)], VOICES, 0.0), 2, 3) is None
