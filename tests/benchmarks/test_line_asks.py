"""Drawn ends in words: the same by seed, wordings apart, labels as drawn."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from benchmarks.line_asks import asking_end
from benchmarks.line_events import PARTS
from benchmarks.line_scenes import Speech
from qa_pipeline.domain.recording import Role


def test_a_seed_draws_the_same_end() -> None:
    assert asking_end(7, "tuning").turns == asking_end(7, "tuning").turns
    assert asking_end(7, "tuning").turns != asking_end(8, "tuning").turns


def test_only_who_left_is_labelled() -> None:
    for scene in (asking_end(seed, "tuning") for seed in range(40)):
        assert (scene.leaver is not None) == (scene.traits["kind"] == "left")
        if scene.leaver is not None:
            assert scene.turns[-1].role is not scene.leaver
        if scene.traits["kind"] == "hold":
            assert scene.turns[-1].role is Role.CUSTOMER


@pytest.mark.parametrize("seed", range(12))
def test_the_asker_is_never_taken_for_who_left(seed: int) -> None:
    result = PARTS["asking"](seed, cast(Speech, SimpleNamespace(half="tuning")))
    assert result.right
