"""Which sounds that come again are a recording, and what was read of them."""

from __future__ import annotations

from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.timeline import Loop, Music, Silence
from qa_pipeline.domain.transcript import Turn, Word
from qa_pipeline.stages.tell_loops import broken_off_ms, tell_loops

LOOP = Loop(10_000, 31_000, (Span(10_000, 14_000), Span(18_500, 22_500), Span(27_000, 31_000)))


def read(
    role: Role, *words: tuple[int, int, str], speaker: str | None = None, sure: float = 0.9
) -> Turn:
    heard = tuple(Word(a, b, text, sure) for a, b, text in words)
    text = " ".join(word.text for word in heard)
    return Turn(role, words[0][0], words[-1][1], text, heard, sure, speaker)


def test_what_is_read_in_the_rounds_is_the_lines_however_it_reads() -> None:
    turns = [
        read(Role.AGENT, (10_200, 11_000, "Your"), (11_000, 13_800, "core")),
        read(Role.CUSTOMER, (18_700, 22_300, "yorkshire")),
    ]
    told, heard = tell_loops(turns, [LOOP])
    assert [turn.role for turn in told] == [Role.LINE, Role.LINE]
    assert heard == (LOOP,)


def test_a_turn_that_runs_into_a_round_is_cut_there() -> None:
    turn = read(
        Role.AGENT, (8_000, 8_600, "one"), (8_600, 9_500, "moment"), (10_400, 13_000, "Thanks")
    )
    told, _ = tell_loops([turn], [LOOP])
    assert [(t.role, t.text, t.start_ms, t.end_ms) for t in told] == [
        (Role.AGENT, "one moment", 8_000, 9_500),
        (Role.LINE, "Thanks", 10_400, 13_000),
    ]


def test_talk_between_the_rounds_says_that_it_is_no_recording() -> None:
    again = read(Role.AGENT, (10_000, 14_000, "Sorry?"))
    answer = read(Role.CUSTOMER, (14_500, 17_500, "I said that it leaks."))
    assert tell_loops([again, answer], [LOOP]) == ((again, answer), ())


def test_a_waiting_customers_word_does_not_and_stays_theirs() -> None:
    hello = read(Role.CUSTOMER, (15_500, 16_400, "Hello?"))
    told, heard = tell_loops([hello], [LOOP])
    assert (told, heard) == ((hello,), (LOOP,))


def test_words_hardly_read_between_the_rounds_are_noise_unless_they_fill_the_time() -> None:
    little = read(Role.CUSTOMER, (14_800, 16_800, "mum"), sure=0.3)
    much = read(Role.CUSTOMER, (14_600, 18_200, "mumble"), sure=0.3)
    assert tell_loops([little], [LOOP])[1] == (LOOP,)
    assert tell_loops([much], [LOOP])[1] == ()


def test_music_that_comes_again_is_music_and_may_play_between_the_rounds() -> None:
    assert tell_loops([], [LOOP, Music(9_000, 32_000)])[1] == (Music(9_000, 32_000),)
    sung = read(Role.AGENT, (14_500, 18_000, "la"))
    between = [Music(14_000, 18_400), Music(22_600, 27_000)]
    assert tell_loops([sung], [LOOP, *between])[1] == (LOOP, *between)


def test_on_the_other_channel_somebody_may_talk_over_a_recording() -> None:
    loop = Loop(LOOP.start_ms, LOOP.end_ms, LOOP.rounds, channel=1)
    mine = read(Role.CUSTOMER, (11_000, 12_000, "Hello?"), speaker="channel_0")
    other = read(Role.AGENT, (11_000, 12_000, "Hello?"), speaker="channel_1")
    told, _ = tell_loops([mine, other], [loop])
    assert {turn.speaker: turn.role for turn in told} == {
        "channel_0": Role.CUSTOMER,
        "channel_1": Role.LINE,
    }


def test_without_times_of_words_a_turn_is_taken_as_a_whole() -> None:
    inside = Turn(Role.AGENT, 10_500, 14_200, "Thank you for holding.")
    beside = Turn(Role.AGENT, 5_000, 11_000, "I will ask.")
    told, _ = tell_loops([beside, inside], [LOOP])
    assert [turn.role for turn in told] == [Role.AGENT, Role.LINE]


def test_without_loops_nothing_changes() -> None:
    turns = (read(Role.AGENT, (1_000, 2_000, "Hello")),)
    assert tell_loops(turns, [Silence(3_000, 9_000)]) == (turns, (Silence(3_000, 9_000),))


def test_a_last_round_that_is_cut_tells_when_somebody_came_back() -> None:
    cut = Loop(10_000, 29_000, (*LOOP.rounds[:2], Span(27_000, 29_000)))
    assert broken_off_ms([LOOP, cut, Silence(1_000, 4_000)]) == (29_000,)


def test_a_name_said_twice_alike_is_no_recording_and_a_longer_sentence_is() -> None:
    short = Loop(10_000, 19_500, (Span(10_000, 11_500), Span(18_000, 19_500)))
    long = Loop(10_000, 20_500, (Span(10_000, 12_500), Span(18_000, 20_500)))
    assert tell_loops([], [short])[1] == ()
    assert tell_loops([], [long])[1] == (long,)


def test_words_that_run_on_out_of_a_round_or_into_one_are_talk() -> None:
    out_of = read(Role.AGENT, (10_100, 13_900, "please"), (13_950, 14_800, "hold"))
    into = read(Role.AGENT, (17_600, 18_400, "Well,"), (18_600, 22_300, "please"))
    back = read(Role.AGENT, (27_100, 30_800, "please"), (30_900, 32_000, "Right."))
    assert tell_loops([out_of], [LOOP])[1] == ()
    assert tell_loops([into], [LOOP])[1] == ()
    assert tell_loops([back], [LOOP])[1] == (LOOP,)  # who comes back interrupts the last round


def test_words_after_a_breath_or_hardly_read_do_not_run_on() -> None:
    breath = read(Role.AGENT, (10_100, 13_900, "please"), (14_400, 15_200, "hold"))
    unsure = read(Role.AGENT, (10_100, 13_900, "please"), (13_950, 14_800, "hold"), sure=0.4)
    assert tell_loops([breath], [LOOP])[1] == (LOOP,)
    assert tell_loops([unsure], [LOOP])[1] == (LOOP,)
