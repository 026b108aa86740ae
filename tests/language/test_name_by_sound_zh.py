"""Mandarin names by their sound: titles, compound surnames, questions, answers, echoes."""

import random

import pytest

from benchmarks.name_calls.noise import misheard_zh
from qa_pipeline.domain.conversation import KnownName
from qa_pipeline.domain.recording import CallMetadata, Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language import name_lists
from qa_pipeline.language.name_answers_zh import answer_zh, asks_name_zh
from qa_pipeline.language.name_by_sound_zh import like_compound_surname, title_likeness
from qa_pipeline.language.name_probable_zh import probable_uses_zh
from qa_pipeline.language.name_repeated import may_be_calls_zh
from qa_pipeline.language.phonetics import syllables
from qa_pipeline.stages.find_names import find_names


def _talk(*lines: str) -> list[Turn]:
    roles = {"a": Role.AGENT, "c": Role.CUSTOMER}
    return [
        Turn(roles[line[0]], i * 3_000, i * 3_000 + 2_500, line[2:]) for i, line in enumerate(lines)
    ]


def _customer(*lines: str) -> KnownName | None:
    return find_names(_talk(*lines), CallMetadata(), "zh")[1]


@pytest.mark.parametrize("heard", ["于是", "你是", "律师", "女生", "宜时", "心想", "天生", "消解"])
def test_titles_as_they_are_heard(heard: str) -> None:
    assert title_likeness(syllables(heard)) >= 0.77


@pytest.mark.parametrize("said", ["明天", "可以", "地址", "资料", "电话", "查到", "保修", "号码"])
def test_other_words_do_not_sound_like_titles(said: str) -> None:
    assert title_likeness(syllables(said)) < 0.6


def test_compound_surnames_in_other_characters_of_the_same_sound() -> None:
    rng = random.Random(5)
    names = sorted(name_lists.zh_compound_surnames())
    alike = [n for n in names if like_compound_surname("".join(misheard_zh(c, rng) for c in n))]
    assert len(alike) >= 0.7 * len(names)
    assert all(map(like_compound_surname, names))


@pytest.mark.parametrize("before", ["好", "了", "是", "的", "您", "请", "下", "到", "看", "办"])
def test_a_word_and_a_common_surname_are_no_compound_one(before: str) -> None:
    ranks = name_lists.zh_surname_ranks()
    common = [c for c, rank in ranks.items() if rank < 100]
    assert not any(like_compound_surname(before + surname) for surname in common)


@pytest.mark.parametrize(
    "text",
    [
        "方便给我您的大名吗",
        "您说一下忽主性命和地址",
        "您跪下",
        "订单上留的哪位的名字",
        "订票人的大名是",
    ],
)
def test_questions_for_a_name(text: str) -> None:
    assert asks_name_zh(text)


@pytest.mark.parametrize("text", ["您的地址在哪里", "心情好点了吗", "请问还有什么可以帮您"])
def test_other_questions(text: str) -> None:
    assert not asks_name_zh(text)


@pytest.mark.parametrize(
    ("text", "family", "given"),
    [
        ("本人,林诗涵就是现在打的这个号", "林", "诗涵"),
        ("八座十一楼朱秀英", "朱", "秀英"),
        ("老师好,我教险婷,我们要搬家了", "险", "婷"),
        ("免贵性端母,全名端母为", "端母", "为"),
        ("沈凯,是同事帮我约的", "沈", "凯"),
    ],
)
def test_answers_with_a_name(text: str, family: str, given: str) -> None:
    found = answer_zh(text)
    assert found is not None
    assert (found.family, found.given) == (family, given)


@pytest.mark.parametrize("text", ["高明路九十八弄", "在家呢", "五天的那个"])
def test_answers_without_a_name(text: str) -> None:
    assert answer_zh(text) is None


def test_a_garbled_name_that_the_agent_says_back_is_the_customers() -> None:
    known = _customer("a 方便给我您的大名吗", "c 武龙敬奉,是我同事帮我约的",
                      "a 武龙敬奉,有看到您的资料")  # fmt: skip
    assert known is not None and (known.family, known.given) == ("武龙", "敬奉")


def test_what_is_written_somewhere_and_said_back_is_a_name() -> None:
    known = _customer("a 哪趟车", "c 靠窗票上是邓佳怡", "a 好的邓佳怡,包什么样")
    assert known is not None and known.text == "邓佳怡"


@pytest.mark.parametrize(
    "lines",
    [
        ("a 要去几天", "c 去日本五天", "a 五天,好的"),
        ("a 您住哪里", "c 高明路", "a 高明路,好的"),
        ("a 哪天方便", "c 周六上午", "a 周六上午,可以"),
        ("a 什么颜色", "c 白金的", "a 白金的,记下了"),
    ],
)
def test_other_things_said_back_are_no_names(lines: tuple[str, ...]) -> None:
    assert _customer(*lines) is None


def test_a_surname_and_title_by_sound_told_again_and_again() -> None:
    known = _customer("a 请稍等", "c 好", "a 不要钱,将于是,哪天来", "c 周六", "a 行,将于是,三点见",
                      "c 好")  # fmt: skip
    assert known is not None and known.family == "将"


@pytest.mark.parametrize(
    ("family", "given", "text"),
    [
        ("江", "雨桐", "不要钱,将于是,哪天过来"),
        ("赵", "欣怡", "好的,招消解,六点到"),
        ("慕容", "庆丰", "对,慕农先生,三千六"),
        ("文", "琳", "看到了,文女是,六寸的"),
    ],
)
def test_uses_by_sound(family: str, given: str, text: str) -> None:
    name = KnownName(family + given, family, given, "metadata")
    uses = probable_uses_zh(_talk(f"a {text}"), name)
    assert max(use.score for use in uses) > 0.7


@pytest.mark.parametrize(
    ("family", "text"),
    [
        ("邓", "您的信息我登记好了"),
        ("赵", "来管理处找冼小姐"),
        ("李", "我能理解您的心情"),
        ("周", "周六上午可以"),
        ("王", "这位女士已经走了"),
        ("江", "我叫小李过去"),
        ("王", "您是要改时间吗"),
    ],
)
def test_words_that_only_sound_so(family: str, text: str) -> None:
    name = KnownName(family, family, None, "metadata")
    assert all(use.score < 0.5 for use in probable_uses_zh(_talk(f"a {text}"), name))


def test_places_where_anybody_may_be_called() -> None:
    assert may_be_calls_zh(_talk("a 好的,林女士", "a 零女是,请稍等")) == 2
    assert may_be_calls_zh(_talk("a 您好,请讲", "a 我查一下,请稍等", "a 再见")) == 0
