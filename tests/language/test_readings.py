"""Two readings of the same speech become one."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn, Utterance, Word
from qa_pipeline.language.readings import combined, passages, turns_again
from qa_pipeline.language.utterances import grouped


def reading(text: str, probability: float = 0.9, *, shift_ms: int = 0) -> tuple[Word, ...]:
    """A word each 400 ms; "word/0.3" gives one its own probability, "_" is a silent place."""
    words = []
    for place, part in enumerate(text.split()):
        said, _, own = part.partition("/")
        start_ms = place * 400 + shift_ms
        if said != "_":
            chance = float(own) if own else probability
            words.append(Word(start_ms, start_ms + 350, said, chance))
    return tuple(words)


def text_of(words: tuple[Word, ...]) -> str:
    return " ".join(word.text for word in words)


def test_where_readings_differ_the_surer_one_is_believed() -> None:
    once = reading("may I put you on bold/0.4 please")
    again = reading("may I put you on hold/0.8 please", shift_ms=40)
    assert text_of(combined(once, again)) == "may I put you on hold please"
    assert text_of(combined(again, once)) == "may I put you on hold please"


def test_disputed_words_are_less_probable_and_agreed_ones_are_not() -> None:
    whole = combined(reading("thank you Kevin"), reading("thank you Calvin", 0.7))
    assert [word.text for word in whole] == ["thank", "you", "Kevin"]
    assert [word.probability for word in whole] == [0.9, 0.9, pytest.approx(0.783)]


def test_a_short_answer_that_only_the_second_reading_heard_is_kept_if_it_is_sure() -> None:
    once = reading("is that okay _ _ thanks")
    assert text_of(combined(once, reading("is that okay sure _ thanks"))) == (
        "is that okay sure thanks"
    )
    assert text_of(combined(once, reading("is that okay zure/0.3 _ thanks"))) == text_of(once)


def test_sentences_that_the_second_reading_skipped_stay() -> None:
    once = reading("please hold for a moment while I look")
    assert text_of(combined(once, reading("_ _ _ _ _ while I look"))) == text_of(once)
    assert text_of(combined(once, ())) == text_of(once)


def test_the_same_word_at_another_time_is_another_word() -> None:
    twice = combined(reading("yes"), reading("yes", shift_ms=6_000))
    assert [word.start_ms for word in twice] == [0, 6_000]


def test_homophones_agree_and_case_and_marks_do_not_matter() -> None:
    assert [p.agreed for p in passages(reading("李 先 生"), reading("里 先 声"))] == [True] * 3
    assert all(p.agreed for p in passages(reading("Hello, there."), reading("hello there")))
    whole = combined(reading("留 先 生 ，您 好", 0.5), reading("刘/0.9 先生/0.9 _ 您 好", 0.8))
    assert "".join(word.text for word in whole) == "刘先生您好"


_WORDS = st.lists(
    st.tuples(
        st.sampled_from(["yes", "no", "Mr.", "King", "hold", "好", "好的", "再见", "!", "21"]),
        st.integers(0, 900),
        st.floats(0.0, 1.0),
    ),
    max_size=12,
)


def placed(parts: list[tuple[str, int, float]]) -> tuple[Word, ...]:
    words, now = [], 0
    for text, gap_ms, probability in parts:
        words.append(Word(now + gap_ms, now + gap_ms + 300, text, round(probability, 4)))
        now += gap_ms + 300
    return tuple(words)


@given(_WORDS, _WORDS)
def test_no_word_is_lost_or_doubled_between_the_passages(
    a: list[tuple[str, int, float]], b: list[tuple[str, int, float]]
) -> None:
    once, again = placed(a), placed(b)
    cut = passages(once, again)
    assert tuple(word for passage in cut for word in passage.first) == once
    assert tuple(word for passage in cut for word in passage.second) == again


@given(_WORDS, _WORDS)
def test_the_result_is_ordered_and_made_of_the_readings_words(
    a: list[tuple[str, int, float]], b: list[tuple[str, int, float]]
) -> None:
    once, again = placed(a), placed(b)
    whole = combined(once, again)
    assert all(x.start_ms <= y.start_ms for x, y in pairwise(whole))
    surest = {(w.text, w.start_ms): w.probability for w in again} | {
        (w.text, w.start_ms): max(
            w.probability,
            *(o.probability for o in again if (o.text, o.start_ms) == (w.text, w.start_ms)),
            0.0,
        )
        for w in once
    }
    assert all(word.probability <= surest[word.text, word.start_ms] for word in whole)


@given(_WORDS)
def test_a_reading_confirmed_by_itself_stays_as_it_is(a: list[tuple[str, int, float]]) -> None:
    once = placed(a)
    assert combined(once, once) == once


def test_words_of_two_sentences_are_two_utterances() -> None:
    found = grouped(reading("Thanks. Bye _ _ _ now"), "en")
    assert [utterance.text for utterance in found] == ["Thanks.", "Bye", "now"]
    assert found[0].confidence == 0.9


def turn(role: Role, text: str, shift_ms: int, speaker: str) -> Turn:
    words = reading(text, shift_ms=shift_ms)
    start_ms, end_ms = words[0].start_ms, words[-1].end_ms
    return Turn(role, start_ms, end_ms, text, words, speaker=speaker)


def test_a_second_reading_goes_into_the_turns_of_the_first() -> None:
    turns = (
        turn(Role.AGENT, "are you peas with that", 0, "channel_0"),
        turn(Role.CUSTOMER, "yes very", 2_400, "channel_1"),
    )
    again = reading("_ _ pleased", shift_ms=40)
    [agent, customer] = turns_again(turns, [Utterance(0, 1_200, "", again, channel=0)], "en")
    assert agent.text == "are you pleased with that"
    assert customer == turns[1]
    # On the other channel nobody spoke then: the words belong to nobody.
    assert turns_again(turns, [Utterance(0, 1_200, "", again, channel=1)], "en") == turns


def test_stretches_read_again_at_both_ends_leave_the_middle() -> None:
    [whole] = turns_again(
        (turn(Role.AGENT, "a b c d e f g h", 0, "SPEAKER_00"),),
        [Utterance(0, 3_200, "", reading("A _ _ _ _ _ _ H"))],
        "en",
    )
    assert whole.text == "A b c d e f g H"
