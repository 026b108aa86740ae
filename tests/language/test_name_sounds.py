"""How names sound, and uses that the recogniser wrote as other words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.criteria.name_facts import chance_of_at_least
from qa_pipeline.domain.conversation import KnownName
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.name_answers_en import alone_en, answer_en
from qa_pipeline.language.name_answers_zh import answer_zh, asks_name_zh
from qa_pipeline.language.name_repeated import repeated_name
from qa_pipeline.language.name_sounds import phones, sayings, sound_likeness
from qa_pipeline.language.names import probable_uses
from qa_pipeline.language.phonetics import syllable_nearness

JOAQUIN = KnownName("Joaquin Gutierrez", "Gutierrez", "Joaquin", "metadata")
SHANGGUAN = KnownName("上官明辉", "上官", "明辉", "metadata")


def _turns(*lines: str, role: Role = Role.AGENT) -> list[Turn]:
    return [
        Turn(start_ms=n * 5_000, end_ms=n * 5_000 + 4_000, text=line, role=role, speaker="one")
        for n, line in enumerate(lines)
    ]


def _alike(name: str, heard: str) -> float:
    row = "".join(map(phones, heard.split()))
    return max(sound_likeness(way, row) for way in sayings(name))


@pytest.mark.parametrize(
    ("name", "heard", "other"),
    [
        ("joaquin", "walking", "looking"),
        ("thandiwe", "and iowa", "and the fee"),
        ("zhou", "joe", "you"),
        ("nunez", "names", "numbers"),
        ("ingrid", "in grade", "in green"),
        ("sean", "shaun", "son"),
    ],
)
def test_a_misheard_name_is_nearer_than_another_word(name: str, heard: str, other: str) -> None:
    assert _alike(name, heard) > _alike(name, other)


@given(st.text("abdeiknorstz", max_size=8), st.text("abdeiknorstz", max_size=8))
def test_likeness_is_a_symmetric_share(a: str, b: str) -> None:
    assert sound_likeness(a, b) == pytest.approx(sound_likeness(b, a), abs=0.002)
    assert 0.0 <= sound_likeness(a, b) <= 1.0
    assert sound_likeness(a, a) == (1.0 if a else 0.0)


def test_the_same_mishearing_in_places_of_address_is_a_probable_use() -> None:
    turns = _turns(
        "He'll fit under the seat then, walking.",
        "All right, walking, there are two spots left.",
        "You got it, walking. Just have his card handy.",
    )
    found = probable_uses(turns, JOAQUIN, "en")
    assert [use.text for use in found] == ["walking"] * 3
    assert all(use.score > 0.8 and not use.certain for use in found)


def test_the_same_word_elsewhere_is_not() -> None:
    turns = _turns(
        "It is ten minutes walking from the station.", "Are you walking to the shop today?"
    )
    assert all(use.score < 0.4 for use in probable_uses(turns, JOAQUIN, "en"))


@pytest.mark.parametrize(
    "line", ["the parcel went to Gutierrez Street", "is that G-U-T-I-E-R-R-E-Z then"]
)
def test_places_and_spelling_are_no_probable_use(line: str) -> None:
    assert all(use.score < 0.4 for use in probable_uses(_turns(line), JOAQUIN, "en"))


def test_misheard_compound_surname_and_title_in_mandarin() -> None:
    turns = _turns(
        "好的，相关先生，您想挪到几号？", "查到了，商官现声，请稍等。", "什么时候发生的？"
    )
    found = probable_uses(turns, SHANGGUAN, "zh")
    assert [use.turn for use in found if use.score > 0.5] == [0, 1]


def test_syllables_are_graded() -> None:
    assert syllable_nearness("shang", "shang") == 1.0
    near, far = syllable_nearness("xiang", "shang"), syllable_nearness("ma", "shang")
    assert 0.5 < near < 1.0
    assert far < 0.5


def test_a_repeated_unlisted_call_tells_the_name() -> None:
    turns = _turns("All right, grain, there are two spots.", "I bet yes, grain. Which card?")
    known = repeated_name(turns, Role.CUSTOMER, "en")
    assert known is not None
    assert (known.given, known.source) == ("Grain", "address")
    assert repeated_name(turns[:1], Role.CUSTOMER, "en") is None


def test_a_repeated_title_tells_a_surname_that_is_none_in_the_list() -> None:
    turns = _turns("好，说先生，您的证哪天到期？", "让您久等了，说先生。")
    known = repeated_name(turns, Role.CUSTOMER, "zh")
    assert known is not None
    assert known.family == "说"


def test_what_the_customer_calls_somebody_too_is_a_third_person() -> None:
    agent = _turns("原户主是兜先生，是吗？", "兜先生的户号我看到了。")
    customer = _turns("是的，兜先生已经搬走了。", role=Role.CUSTOMER)
    assert repeated_name([*agent, *customer], Role.CUSTOMER, "zh") is None


@pytest.mark.parametrize(
    ("text", "given", "family"),
    [
        ("Should be Sean Peterson, or it might be under my partner.", "sean", "peterson"),
        ("It'll be under mine, Hui Min Zhou, 42 Gordon Street.", "hui", "zhou"),
        ("Oh, sorry, yeah, Hector Castillo, I'm his guardian.", "hector", "castillo"),
        ("Myself Tariq Rahman, it is a prepaid number.", "tariq", "rahman"),
    ],
)
def test_answers_in_english(text: str, given: str, family: str) -> None:
    found = answer_en(text)
    assert found is not None
    assert (found.given, found.family) == (given, family)


def test_a_full_name_alone_in_a_clause_unless_it_is_a_relatives() -> None:
    found = alone_en("I have, yeah. Deepa Patel, I was in last year.")
    assert found is not None
    assert found.family == "patel"
    assert alone_en("It is for my daughter, Alice Moran, she is ten.") is None


@pytest.mark.parametrize(
    ("text", "family", "given"),
    [
        ("免贵性端木，全名端木伟。", "端木", "伟"),
        ("老师好，我交方佩闪，我们要搬家了", "方", "佩闪"),
        ("林鹏，手机尾号是6044", "林", "鹏"),
        ("就我自己，杨德胜，棕色那双", "杨", "德胜"),
    ],
)
def test_answers_in_mandarin(text: str, family: str, given: str) -> None:
    found = answer_zh(text)
    assert found is not None
    assert (found.family, found.given) == (family, given)


def test_a_relative_is_not_the_customer() -> None:
    assert answer_zh("被保险人是我爱人，变小荷") is None


@pytest.mark.parametrize("text", ["请问您贵性", "这么称呼", "要包一下旅客姓名", "请问收货人是谁"])
def test_name_asks_as_they_are_heard(text: str) -> None:
    assert asks_name_zh(text)


@given(st.lists(st.floats(0, 1), max_size=6), st.integers(1, 4))
def test_chance_of_at_least_is_a_probability_that_falls_with_the_minimum(
    chances: list[float], minimum: int
) -> None:
    more, fewer = chance_of_at_least(minimum, chances), chance_of_at_least(minimum + 1, chances)
    assert 0.0 <= fewer <= more <= 1.0
    assert chance_of_at_least(minimum, [1.0] * minimum) == 1.0
