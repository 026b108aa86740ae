"""How a name becomes known: spelled, described, corrected, in parts, from how one is called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.domain.conversation import KnownName
from qa_pipeline.domain.recording import CallMetadata, Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.name_addressed import denied, part_alike, same_person
from qa_pipeline.language.name_described import described_surname
from qa_pipeline.language.name_full import full_names_of
from qa_pipeline.language.name_nicknames import other_forms
from qa_pipeline.language.name_spelling import spelled_word
from qa_pipeline.stages.find_names import find_names


def _talk(*lines: str) -> list[Turn]:
    roles = {"a": Role.AGENT, "c": Role.CUSTOMER}
    return [
        Turn(roles[line[0]], i * 3_000, i * 3_000 + 2_500, line[2:]) for i, line in enumerate(lines)
    ]


@pytest.mark.parametrize(
    ("lines", "family", "given"),
    [
        (("a your name please", "c yes it's mark and the last name is okafor"), "Okafor", "Mark"),
        (("a and your name", "c first name dana last name whitlock"), "Whitlock", "Dana"),
        (("a is that miller", "c no it's wallace, tom wallace"), "Wallace", "Tom"),
        (("a may i have your name", "c it's dana brown b r o w n e"), "Browne", "Dana"),
        (("a your last name", "c B as in bravo, R, O, W, N"), "Brown", None),
        # The agent's full name for the customer tells the part that was not told.
        (("a surname please", "c reilly", "a okay so that's aisha reilly"), "Reilly", "Aisha"),
        (("a thank you mr haddad", "c sure", "a bye mr haddad"), "Haddad", None),
    ],
)
def test_customer_in_english(lines: tuple[str, ...], family: str, given: str | None) -> None:
    _, customer = find_names(_talk(*lines), CallMetadata(), "en")
    assert customer is not None
    assert (customer.family, customer.given) in {
        (family, given),
        (family.lower(), given),
    }


@pytest.mark.parametrize(
    ("lines", "family", "given"),
    [
        (("a 您贵姓", "c 我姓章,弓长张"), "张", None),
        (("a 您贵姓", "c 免贵姓吴,口天吴"), "吴", None),
        (("a 您是姓黄对吧", "c 不是黄,是王,三横王"), "王", None),
        (("a 您贵姓", "c 姓徐", "a 好的徐丽女士,请稍等"), "徐", "丽"),
        (("a 请问您贵姓", "c 我姓孙,我住这边", "a 孙小姐您好"), "孙", None),
        (("a 您怎么称呼", "c 我叫何建国我们要搬家了"), "何", "建国"),
    ],
)
def test_customer_in_mandarin(lines: tuple[str, ...], family: str, given: str | None) -> None:
    _, customer = find_names(_talk(*lines), CallMetadata(), "zh")
    assert customer is not None
    assert (customer.family, customer.given) == (family, given)


@pytest.mark.parametrize(
    "lines",
    [
        ("a it was handled by mister fernandes", "c okay"),
        ("a thanks for calling Kestrel, how can i help", "c hi"),
        ("a the doctor, Dr. Stone, is in on Monday", "c fine"),
    ],
)
def test_others_are_not_the_customer(lines: tuple[str, ...]) -> None:
    assert find_names(_talk(*lines), CallMetadata(), "en")[1] is None


@pytest.mark.parametrize("text", ["押金交给冼小姐", "跟车的是邬老师", "施医生那边空着"])
def test_others_are_not_the_customer_in_mandarin(text: str) -> None:
    assert find_names(_talk(f"a {text}", "c 好的"), CallMetadata(), "zh")[1] is None


def test_reading_back_a_name_does_not_make_it_the_agents() -> None:
    agent, _ = find_names(
        _talk("a hello how can i help", "c hi", "a so that's kevin brooks correct"),
        CallMetadata(),
        "en",
    )
    assert agent is None


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=4, max_size=12))
def test_what_is_spelled_is_read(word: str) -> None:
    assert spelled_word("-".join(word.upper())) == word
    assert spelled_word("it is " + " ".join(word)) == word


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("K for kilo, I for india, N for november, G for golf", "king"),
        ("m i double l e r", "miller"),
        ("order a b c", None),
    ],
)
def test_letters(text: str, word: str | None) -> None:
    assert spelled_word(text) == word


@pytest.mark.parametrize(
    ("text", "surname"),
    [("木子李", "李"), ("姓程,禾呈陈", "程"), ("长江的江", "江"), ("我的订单", None)],
)
def test_described_surnames(text: str, surname: str | None) -> None:
    assert described_surname(text) == surname


def test_nicknames_go_both_ways() -> None:
    assert "bob" in other_forms("robert") and "robert" in other_forms("bob")
    assert part_alike("Katherine", "Kate") > 0.9
    assert same_person(
        KnownName("Kate Moss", "Moss", "Kate", "metadata"),
        KnownName("katherine", None, "katherine", "address"),
    )


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("no it's brown", True), ("no problem", False), ("不是,我姓王", True), ("是的", False)],
)
def test_denials(answer: str, expected: bool) -> None:
    turns = _talk("a is that mr bronson", f"c {answer}")
    assert denied(turns, turns[0]) is expected


def test_words_that_begin_with_a_surname_are_no_names() -> None:
    assert full_names_of("白天打给您,高速不堵", "白", "zh") == []
    assert full_names_of("好的,白小雪,请稍等", "白", "zh") == ["小雪"]


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        # What both speak of is no name where a longer one was told.
        (("a 请问预约人叫什么名字", "c 田可馨，约的是高山教练", "a 我问一下，教练，在"), "田可馨"),
        # The whole name with a surname of two characters, as both say it.
        (("a 宁贵性，住哪个小区", "c 我叫牡龙清风，住建国里", "a 牡龙清风，从哪天停"), "牡龙清风"),
        # Said back late, in the very characters.
        (
            ("a 您贵姓", "c 小黄月鳄出江的", "a 两三年了那得抓紧调我看看哪天有空", "c 好",
             "a 周日有空，黄月鳄。"),
            "黄月鳄",
        ),
        (("a 取衣单上留的什么名字", "c 应该是唐彩云，驼色大衣"), "唐彩云"),
    ],
)  # fmt: skip
def test_the_name_as_both_say_it_in_mandarin(lines: tuple[str, ...], text: str) -> None:
    _, customer = find_names(_talk(*lines), CallMetadata(), "zh")
    assert customer is not None
    assert customer.text == text


def test_what_nobody_is_called_is_no_name() -> None:
    _, customer = find_names(
        _talk("a 请讲", "c 你好，我教定了先来，下礼拜想停"), CallMetadata(), "zh"
    )
    assert customer is None
