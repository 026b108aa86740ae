from __future__ import annotations

import pytest

from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn, Word
from qa_pipeline.language.sentences import split, split_turns


def texts(text: str, language: str) -> list[str]:
    return [s.text for s in split(Turn(Role.AGENT, 0, 10_000, text), language)]


def test_punctuation_ends_sentences_but_not_abbreviations_or_decimals() -> None:
    assert texts("Mr. Brown owes 3.50 dollars. Is that right? Yes!", "en") == [
        "Mr. Brown owes 3.50 dollars.",
        "Is that right?",
        "Yes!",
    ]
    assert texts("已经退款了。还有别的问题吗？", "zh") == ["已经退款了。", "还有别的问题吗？"]


def test_bare_text_is_cut_where_a_formula_begins() -> None:
    assert texts(
        "the money has been sent to your account is there anything else i can help you with", "en"
    ) == ["the money has been sent to your account", "is there anything else i can help you with"]
    assert texts("退款已经申请了请问您对我的服务满意吗感谢您的来电", "zh") == [
        "退款已经申请了",
        "请问您对我的服务满意吗",
        "感谢您的来电",
    ]


def test_a_formula_inside_a_sentence_does_not_cut_it() -> None:
    assert texts("tell me if there is anything else", "en") == ["tell me if there is anything else"]
    assert texts("是否可以请您稍候片刻", "zh") == ["是否可以请您稍候片刻"]


def test_a_tag_belongs_to_its_statement() -> None:
    (one,) = split(Turn(Role.AGENT, 0, 5_000, "I'll put you on hold. Is that okay?"), "en")
    assert one.asked
    (two,) = split(Turn(Role.AGENT, 0, 5_000, "请您稍等一下。好吗？"), "zh")
    assert two.asked


def test_one_sentence_over_two_turns() -> None:
    turns = (
        Turn(Role.AGENT, 0, 1_500, "alright your password reset link"),
        Turn(Role.AGENT, 2_100, 3_500, "has been sent to your phone"),
        Turn(Role.AGENT, 4_500, 5_500, "anything else"),
    )
    first, second = split_turns(turns, "en")
    assert first.text == "alright your password reset link has been sent to your phone"
    assert (first.turn, first.start_ms, first.end_ms) == (0, 0, 3_500)
    assert (second.turn, second.text) == (2, "anything else")


def test_the_other_party_ends_a_sentence() -> None:
    turns = (
        Turn(Role.AGENT, 0, 1_000, "your card"),
        Turn(Role.CUSTOMER, 1_100, 1_400, "yes"),
        Turn(Role.AGENT, 1_500, 2_500, "has been sent"),
    )
    assert [s.text for s in split_turns(turns, "en")] == ["your card", "yes", "has been sent"]


def test_times_come_from_the_words() -> None:
    words = (
        Word(1_000, 1_300, " Hello."),
        Word(3_000, 3_200, " How"),
        Word(3_200, 3_400, " are"),
        Word(3_400, 3_900, " you?"),
    )
    turn = Turn(Role.AGENT, 1_000, 3_900, "Hello. How are you?", words)
    first, second = split(turn, "en")
    assert (first.start_ms, first.end_ms) == (1_000, 1_300)
    assert (second.start_ms, second.end_ms) == (3_000, 3_900)
    assert second.words == words[1:]


def test_a_pause_between_words_cuts() -> None:
    words = (Word(0, 300, "您好"), Word(2_000, 2_600, "我是小王"))
    turn = Turn(Role.AGENT, 0, 2_600, "您好我是小王", words)
    assert [s.text for s in split(turn, "zh")] == ["您好", "我是小王"]


def test_empty_text_has_no_sentences() -> None:
    assert split(Turn(Role.AGENT, 0, 0, " ... "), "en") == ()


@pytest.mark.parametrize(("gap_ms", "sentences"), [(400, 1), (1_800, 2)])
def test_a_bare_okay_asks_only_right_behind_the_sentence(gap_ms: int, sentences: int) -> None:
    turns = (
        Turn(Role.AGENT, 0, 2_000, "I will put you on hold."),
        Turn(Role.AGENT, 2_000 + gap_ms, 2_500 + gap_ms, "Okay."),
    )
    assert len(split_turns(turns, "en")) == sentences
