"""What sounds like something said before, however it was written down."""

from __future__ import annotations

import pytest

from qa_pipeline.language.near_sounds import likeness, parts, sound
from qa_pipeline.language.sound_runs import SoundRuns


@pytest.mark.parametrize(
    ("said", "again"),
    [
        ("我要素食餐", "苏时参登记了"),
        ("礼拜天下午", "离拜天霞午"),
        ("一百二十八元", "费用128元"),
        ("先到武吉巴督分店", "无吉八度分点"),
    ],
)
def test_the_same_sounds_are_found_whatever_is_written(said: str, again: str) -> None:
    count, blocks = SoundRuns([said, "哦", again], [0, 1, 2]).repeated(2)
    assert count >= 3
    assert blocks == {0}


def test_two_syllables_and_the_own_stretch_are_no_repetition() -> None:
    assert SoundRuns(["素食", "哦", "素食"], [0, 1, 2]).repeated(2) == (0, frozenset())
    assert SoundRuns(["素食餐一份", "素食餐一份"], [0, 0]).repeated(1) == (0, frozenset())


def test_each_earlier_stretch_is_named_and_each_syllable_counted_once() -> None:
    runs = SoundRuns(["要素食餐", "素食餐吗", "轮椅一台", "素食餐和轮椅一台"], [0, 1, 2, 3])
    assert runs.repeated(3) == (7, frozenset({0, 1, 2}))


def test_nothing_said_is_nothing_repeated() -> None:
    assert SoundRuns(["", "好的", ""], [0, 1, 2]).repeated(2) == (0, frozenset())


def test_a_name_nearly_said_is_alike_and_another_is_not() -> None:
    assert likeness(sound("娜"), sound("马")) == 0.5
    assert likeness(sound("娜"), sound("心")) == 0.0
    assert parts(sound("强")) == ("q", "an")
