"""Uses of a Mandarin name of which a title, a surname or a likeness is all that came through."""

import pytest

from qa_pipeline.domain.conversation import KnownName
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn, Word
from qa_pipeline.language.name_lost_zh import (
    begun_zh,
    chorus_zh,
    in_other_voice_zh,
    shortened_zh,
    with_longer_surname_zh,
)

SHEN = KnownName("沈凯", "沈", "凯", "metadata")


def turn(text: str, role: Role = Role.AGENT, heard: float = 0.9, first: float = 0.9) -> Turn:
    words = tuple(
        Word(n * 200, n * 200 + 200, one, first if n == 0 else heard) for n, one in enumerate(text)
    )
    return Turn(role, 0, 200 * len(text), text, words)


@pytest.mark.parametrize(
    ("said", "count"),
    [
        ("我女士，", 1),
        ("文先生", 1),
        ("是女士", 0),
        ("叫先生", 0),
        ("好的女士我知道", 0),
        ("女士", 0),
    ],
)
def test_a_title_that_is_all_of_a_customers_turn_is_the_agents(said: str, count: int) -> None:
    found = in_other_voice_zh([turn("您好"), turn(said, Role.CUSTOMER)])
    assert len(found) == count
    assert all(not use.certain and use.form == "title" for use in found)


def test_a_surname_that_begins_a_clause_behind_which_nothing_was_heard() -> None:
    lost = turn("沈凤霞美威戴好身份证", heard=0.1, first=0.3)
    (use,) = begun_zh([lost], SHEN)
    assert (use.text, use.certain) == ("沈", False)
    assert not list(begun_zh([turn("沈阳那边已经到了")], SHEN))  # heard well: another word
    assert not list(begun_zh([turn("宋凤霞美威戴好", heard=0.1)], SHEN))
    assert not list(begun_zh([turn("请问沈凤霞美威", heard=0.1)], SHEN))  # in mid-clause


def test_a_surname_of_two_characters_is_told_by_what_the_agent_says() -> None:
    name = KnownName("某种庆", "某", "种庆", "self_introduction")
    found = with_longer_surname_zh(name, [turn("停东门，牡仲先生，门卫放行")])
    assert found is not None and (found.family, found.given) == ("某种", "庆")
    assert with_longer_surname_zh(name, [turn("好的，王先生，门卫放行")]) is None
    recorded = KnownName("某种庆", "某", "种庆", "metadata")
    assert with_longer_surname_zh(recorded, [turn("停东门，牡仲先生")]) is None


@pytest.mark.parametrize(
    ("name", "said", "uses"),
    [
        (("秦", "岚"), "不用担心，勤某事。", ["勤某事"]),
        (("诸葛", "若曦"), "提交了，猪隔你是，请稍等", ["猪隔你是"]),
        (("卞", "岚"), "周六可以，便是您看呢", ["便是"]),
        (("姚", "岚"), "要是您方便的话", []),  # a word of its own
        (("文", "岚"), "现在的问题是，没有票了", []),
        (("石", "诗涵"), "时某事。", []),  # it may be the first name
        (("李", "岚"), "是教务处的，李老师。", []),
        (("秦", "岚"), "琴某事情很多", []),  # nobody is called in mid-clause
    ],
)
def test_a_surname_and_the_end_of_its_title(
    name: tuple[str, str], said: str, uses: list[str]
) -> None:
    known = KnownName("".join(name), *name, "metadata")
    found = shortened_zh([turn(said)], known)
    assert [use.text for use in found] == uses
    assert all(not use.certain and use.turn == 0 for use in found)


def test_what_is_left_of_a_title_is_surer_where_it_comes_again() -> None:
    known = KnownName("秦岚", "秦", "岚", "metadata")
    once = shortened_zh([turn("不用担心，勤某事。")], known)
    again = shortened_zh([turn("不用担心，勤某事。"), turn("来得及，勤某事。")], known)
    assert min(use.score for use in again) > once[0].score


def test_a_clause_as_long_as_the_name_that_comes_again_and_again() -> None:
    known = KnownName("黄月鳄", "黄", "月鳄", "self_introduction")
    calls = [
        turn("三百五，忘掉了，可能要调两遍"),
        turn("不用的，忘掉了。"),
        turn("忘掉了，您住几楼"),
    ]
    assert [use.turn for use in chorus_zh(calls, known)] == [0, 1, 2]
    assert chorus_zh(calls[:2], known) == []
    assert chorus_zh(calls, KnownName("李月鳄", "李", "月鳄", "self_introduction")) == []
    assert chorus_zh(calls, KnownName("黄鳄", "黄", "鳄", "self_introduction")) == []
