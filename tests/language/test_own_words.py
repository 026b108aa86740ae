from __future__ import annotations

import pytest

from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.matching import Phrase
from qa_pipeline.language.own_words import Place, Standing, helps, standing
from qa_pipeline.language.sentences import split_turns


def place(text: str, find: str, language: str, before: str = "", after: str = "") -> Place:
    turns = [Turn(Role.CUSTOMER, 0, 2_000, before)] if before else []
    turns.append(Turn(Role.AGENT, 2_500, 6_000, text))
    turns += [Turn(Role.AGENT, 6_300, 9_000, after)] if after else []
    sentences = split_turns(turns, language)
    mine = [s for s in sentences if s.role is Role.AGENT]
    match = Phrase(find).find(mine[0].tokens)
    assert match is not None
    other = tuple(s for s in sentences if s.role is Role.CUSTOMER)
    whole = (0, len(mine[0].tokens)) if mine[0].asked else (match.first, match.last)
    return Place(mine[0], *whole, other, tuple(mine[1:]))


@pytest.mark.parametrize(
    ("text", "find", "language", "expected"),
    [
        ("I don't know that.", "i do not know", "en", Standing.OWN),
        ("The driver told you it's not his job", "not his job", "en", Standing.QUOTED),
        ("You said you had no idea", "had no idea", "en", Standing.QUOTED),
        ("I told you it's not possible", "not possible", "en", Standing.OWN),
        ("You said Monday, but we can't do that", "can not do", "en", Standing.OWN),
        ("My boss says we can't refund it", "can not refund", "en", Standing.QUOTED),
        ("Nobody should hear “calm down” from us", "calm down", "en", Standing.QUOTED),
        ('The sign says "not allowed" there', "not allowed", "en", Standing.QUOTED),
        ("It's not that we can't change it", "we can not", "en", Standing.NEGATED),
        ("We would never say it's your fault", "your fault", "en", Standing.NEGATED),
        ("If we can't reach you I'll write", "we can not", "en", Standing.SUPPOSED),
        ("If you lost the receipt, we can't refund it", "we can not", "en", Standing.OWN),
        ("这个我不清楚。", "我 不 清 楚", "zh", Standing.OWN),
        ("你说什么？", "你 说 什 么", "zh", Standing.OWN),
        ("您说不能退是吗？", "不 能 退", "zh", Standing.QUOTED),
        ("您刚才说我不清楚。", "我 不 清 楚", "zh", Standing.QUOTED),
        ("您说的这个我不清楚。", "我 不 清 楚", "zh", Standing.OWN),
        ("我跟您说了这个不行。", "不 行", "zh", Standing.OWN),
        ("师傅告诉您不归他管。", "不 归 他 管", "zh", Standing.QUOTED),
        ("并不是我们不能改。", "我 们 不 能", "zh", Standing.NEGATED),
        ("如果我们不能送到会通知您。", "我 们 不 能", "zh", Standing.SUPPOSED),
        ("如果您没有发票我们不能退。", "我 们 不 能", "zh", Standing.OWN),
    ],
)
def test_whose_words(text: str, find: str, language: str, expected: Standing) -> None:
    assert standing(place(text, find, language), language) is expected


def test_words_said_back() -> None:
    asked = place("Not allowed?", "not allowed", "en", before="the page says not allowed")
    assert standing(asked, "en") is Standing.SAID_BACK
    answer = place("I don't know.", "i do not know", "en", before="I don't know my number")
    assert standing(answer, "en") is Standing.OWN


def test_a_question_that_a_recogniser_cut_in_two() -> None:
    cut = place("不知道 您对今天的服务满意吗", "不 知 道", "zh")
    assert cut.after and standing(cut, "zh") is Standing.ASKING


@pytest.mark.parametrize(
    ("text", "find", "language", "after", "expected"),
    [
        ("I don't know, but let me check", "i do not know", "en", "", True),
        ("I don't know.", "i do not know", "en", "I'll ask my colleague.", True),
        ("I don't know.", "i do not know", "en", "Anything else?", False),
        ("我不清楚，我帮您问一下", "我 不 清 楚", "zh", "", True),
        ("我不清楚。", "我 不 清 楚", "zh", "您找别人吧。", False),
    ],
)
def test_help_in_the_same_breath(
    text: str, find: str, language: str, after: str, expected: bool
) -> None:
    assert helps(place(text, find, language, after=after), language) is expected
