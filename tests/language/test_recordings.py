from __future__ import annotations

from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn, Word
from qa_pipeline.language.recordings import find_rounds


def turn(
    start_ms: int, text: str, role: Role = Role.AGENT, sure: float = 0.8, per_word_ms: int = 300
) -> Turn:
    pieces = text.split(" ") if " " in text else list(text)
    words = tuple(
        Word(start_ms + n * per_word_ms, start_ms + (n + 1) * per_word_ms, f" {piece}", sure)
        for n, piece in enumerate(pieces)
    )
    end_ms = words[-1].end_ms
    return Turn(role, start_ms, end_ms, text, words, sure, "SPEAKER_00")


WAIT = "We are sorry to keep you waiting somebody will be with you shortly"
MISREAD = "You are story to keep you waiting some body will be with you short"


def test_rounds_misread_each_time_are_one_recording() -> None:
    said = [turn(10_000, WAIT), turn(20_000, MISREAD)]
    assert find_rounds(said, "en").whole == {0, 1}
    chinese = [turn(10_000, "感谢您的本后我们很快回来"), turn(20_000, "感现宁灯灯候我们很快回来")]
    assert find_rounds(chinese, "zh").whole == {0, 1}


def test_what_is_answered_or_told_by_a_person_is_no_recording() -> None:
    answer = turn(15_000, "That is fine", Role.CUSTOMER)
    assert not find_rounds([turn(10_000, WAIT), answer, turn(20_000, MISREAD)], "en").whole
    person = "I am sorry to keep you waiting for so long today"
    assert not find_rounds([turn(10_000, person), turn(20_000, person)], "en").whole
    asked = "Are you still there and can you hear anything?"
    assert not find_rounds([turn(10_000, asked), turn(20_000, asked)], "en").whole


def test_another_pace_or_no_stillness_between_is_talk() -> None:
    slower = turn(20_000, WAIT, per_word_ms=420)
    assert not find_rounds([turn(10_000, WAIT), slower], "en").whole
    at_once = turn(10_000 + 300 * len(WAIT.split()) + 500, WAIT)
    assert not find_rounds([turn(10_000, WAIT), at_once], "en").whole


def test_whoever_speaks_into_a_round_ends_it() -> None:
    known = turn(10_000, WAIT, Role.LINE)
    back = turn(20_000, "We are sorry to keep you Okay thank you for holding Mister Reed")
    rounds = find_rounds([known, back], "en")
    assert rounds.whole == frozenset()
    assert 21_000 <= rounds.until_ms[1] <= 22_300


def test_the_first_round_may_be_known_by_the_beginning_of_the_next() -> None:
    back = turn(20_000, WAIT[:36] + " Okay thank you for holding Mister Reed there are two left")
    rounds = find_rounds([turn(10_000, WAIT), back], "en")
    assert rounds.whole == {0}
    assert set(rounds.until_ms) == {1}


def test_an_unreadable_voice_that_runs_into_a_round_is_its_beginning() -> None:
    unclear = turn(8_000, "Um story place", sure=0.3)
    known = turn(9_500, WAIT, Role.LINE)
    assert find_rounds([unclear, known], "en").whole == {0}
    clear = turn(8_000, "Um story place", sure=0.9)
    assert find_rounds([clear, known], "en").whole == frozenset()
