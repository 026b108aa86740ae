"""Normalisation, numbers and sounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.language.numbers import digits
from qa_pipeline.language.phonetics import (
    find_phonetic,
    near_syllable,
    sounds_alike_en,
    syllables,
)
from qa_pipeline.language.text import normalise, to_simplified


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("I'm sure it's fine, isn't it?", "en", "i am sure it is fine is not it"),
        ("im at Mr. Brown's place", "en", "i am at mr browns place"),
        ("at 9 a.m. or 9 a m or 9 AM", "en", "at 9 am or 9 am or 9 am"),
        ("That’s $1,250.50 — OK?", "en", "that is 1250.50 dollars okay"),
        ("Ｈｅｌｌｏ　ｔｈｅｒｅ", "en", "hello there"),
        ("謝謝您，請問還有什麼需要嗎？", "zh", "谢谢您请问还有什么需要吗"),
        ("您好，ＶＩＰ 會員 ３ 號", "zh", "您好vip会员3号"),
    ],
)
def test_normalise(text: str, language: str, expected: str) -> None:
    assert normalise(text, language) == expected


def test_fillers_go_but_answers_stay() -> None:
    assert normalise("uh hello um there", "en", drop_fillers=True) == "hello there"
    assert normalise("uh-huh", "en", drop_fillers=True) == "uh huh"
    assert normalise("嗯，好的", "zh", drop_fillers=True) == "好的"
    assert normalise("嗯", "zh", drop_fillers=True) == "嗯"


@given(st.text(alphabet="請問您貴姓陳a乾後髮,。 ", max_size=20))
def test_simplified_keeps_places(text: str) -> None:
    assert len(to_simplified(text)) == len(text)


@given(st.text(max_size=30), st.sampled_from(["en", "zh"]))
def test_normalise_is_stable(text: str, language: str) -> None:
    once = normalise(text, language)
    assert normalise(once, language) == normalise(normalise(once, language), language)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("eighty one dollars", "81 dollars"),
        ("at two thirty", "at 2 30"),
        ("one two nine three five", "12935"),
        ("1-2-9 3 5", "12935"),
        ("a hundred and one", "101"),
        ("one hundred and thirty two dollars", "132 dollars"),
        ("two thousand and five", "2005"),
        ("in nineteen ninety nine", "in 1999"),
        ("double five oh three", "5503"),
        ("the twenty first of march", "the 21st of march"),
        ("that one please", "that one please"),
        ("one moment please", "one moment please"),
        ("two point five percent", "2.5 percent"),
    ],
)
def test_english_numbers(text: str, expected: str) -> None:
    assert digits(text, "en") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("一百二十块", "120块"),
        ("二零二四年", "2024年"),
        ("三万五千六百元", "35600元"),
        ("一千零五", "1005"),
        ("幺三八零零", "13800"),
        ("下午三点半", "下午3点半"),
        ("二十一个工作日", "21个工作日"),
        ("一亿两千万", "120000000"),
        ("请稍等一下", "请稍等一下"),
        ("万一一共一样", "万一一共一样"),
        ("十分抱歉等了十分钟", "十分抱歉等了10分钟"),
    ],
)
def test_mandarin_numbers(text: str, expected: str) -> None:
    assert digits(text, "zh") == expected


def test_near_syllables() -> None:
    near = [("zhang", "zang"), ("lin", "ning"), ("wang", "huang"), ("fei", "hui"), ("ren", "len")]
    far = [("li", "ma"), ("wang", "fang"), ("chen", "zhou"), ("gao", "guo"), ("li", "liu")]
    assert all(near_syllable(a, b) and near_syllable(b, a) for a, b in near)
    assert not any(near_syllable(a, b) for a, b in far)


def test_phonetic_search_ranks_spelling_over_sound_over_nearness() -> None:
    scores = [find_phonetic("王芳", text)[0][2] for text in ("是王芳吗", "是望方吗", "是黄芳吗")]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == 1.0
    assert find_phonetic("王芳", "李明") == []
    assert syllables("曾小姐 Tony") == ("ceng", "xiao", "jie", "tony")


@pytest.mark.parametrize(
    ("a", "b"),
    [("Brooks", "Brookes"), ("Smith", "Smyth"), ("Cathy", "Kathy"), ("Miller", "Mueller")],
)
def test_same_sound_english(a: str, b: str) -> None:
    assert sounds_alike_en(a, b) >= 0.82


@pytest.mark.parametrize(
    ("a", "b"), [("Mary", "Megan"), ("Wilson", "William"), ("Jones", "James"), ("King", "Keene")]
)
def test_other_names_english(a: str, b: str) -> None:
    assert sounds_alike_en(a, b) < 0.8
