"""Uses of a Mandarin name of which a title, a surname or a likeness is all that came through."""

import pytest

from qa_pipeline.domain.conversation import KnownName
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn, Word
from qa_pipeline.language.name_lost_zh import begun_zh, in_other_voice_zh, with_longer_surname_zh

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
