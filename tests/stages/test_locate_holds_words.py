"""Words at the rims of a wait and inside it: the parties', a recording's, a room's."""

from __future__ import annotations

from dataclasses import replace

import pytest
from waiting_factory import (
    ASK,
    BREATH,
    PRESS,
    TALK,
    act,
    agent,
    away,
    customer,
    holds,
    on_channels,
    quiet,
    read_in_the_room,
)

from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.timeline import Event, Music, Tone
from qa_pipeline.domain.transcript import Turn, Word

YES = act("assent", Role.CUSTOMER, 5, 6)


def said(turn: Turn, text: str) -> Turn:
    return replace(turn, text=text)


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.AGENT])
def test_words_hardly_read_that_run_into_music_are_the_recordings(role: Role) -> None:
    opening = read_in_the_room(9, 12, 0.35, role)
    (hold,) = holds([*TALK, opening], [ASK, YES], [Music(12_000, 39_500)])
    assert hold.start_ms == 6_000 + PRESS


def test_an_answer_hardly_read_before_music_is_the_answer() -> None:
    answer = read_in_the_room(5, 6.5, 0.35)
    talk = [agent(0, 4), answer, agent(40, 44)]
    (hold,) = holds(talk, [ASK], [Music(7_000, 39_500)])
    assert hold.start_ms >= answer.end_ms


def test_words_hardly_read_before_music_that_nobody_asked_for_are_words() -> None:
    opening = read_in_the_room(9, 12, 0.35)
    (hold,) = holds([*TALK, opening], [], [Music(12_000, 39_500)])
    assert hold.start_ms == 12_000


def test_only_the_agent_ends_a_wait_that_was_asked_for() -> None:
    room = [read_in_the_room(9, 14, 0.4), read_in_the_room(20, 38, 0.5)]
    unread = [customer(14.5, 19), customer(38.2, 39.5)]
    (hold,) = holds([*TALK, *room], [ASK, YES], [], unread=unread)
    assert (hold.start_ms, hold.end_ms) == (6_000 + PRESS, 40_000 - BREATH)
    scrap = read_in_the_room(25, 25.5, 0.2, Role.AGENT)
    assert holds([*TALK, *room, scrap], [ASK, YES], [], unread=unread) == [hold]


def test_a_customer_who_is_read_surely_talks_to_the_agent() -> None:
    talk = [*TALK, read_in_the_room(9, 38, 0.9)]
    assert holds(talk, [ASK, YES], []) == []


def test_words_hardly_read_that_the_agent_answers_soon_are_talk() -> None:
    talk = [agent(0, 4), customer(5, 6), read_in_the_room(8, 13, 0.4), agent(13.5, 20)]
    assert holds(talk, [ASK, YES], []) == []


def test_an_answer_ends_where_the_agents_line_is_switched_away() -> None:
    words = (
        Word(5_000, 5_900, "yes", 0.95),
        Word(7_000, 9_000, "mother's", 0.4),
        Word(10_000, 12_000, "parents", 0.3),
    )
    answer = Turn(Role.CUSTOMER, 5_000, 12_000, "yes mother's parents", words, 0.55)
    talk = on_channels([agent(0, 4), answer, agent(40, 44)])
    (hold,) = holds(talk, [ASK, YES], [away(6.4, 39.5)])
    assert (hold.start_ms, hold.end_ms) == (6_400, 39_500)


def test_a_loop_goes_on_with_its_voice_until_the_agent_is_back() -> None:
    music: list[Event] = [Music(7_000, 15_000), Music(19_000, 36_500)]
    voice = [customer(36.7, 39.5)]
    (hold,) = holds(TALK, [ASK, YES], music, unread=voice)
    assert hold.end_ms == 40_000 - BREATH
    # One that never spoke before is not known to be the loop's; thanks for waiting tell.
    (once,) = holds(TALK, [ASK, YES], [Music(7_000, 36_500)], unread=voice)
    assert once.end_ms == 36_500
    thanks = act("thanks_for_waiting", Role.AGENT, 40, 42)
    (thanked,) = holds(TALK, [ASK, YES, thanks], [Music(7_000, 36_500)], unread=voice)
    assert thanked.end_ms == 40_000 - BREATH


def test_a_loop_that_speaks_first_begins_after_the_key() -> None:
    loop = Turn(Role.LINE, 8_000, 11_500, "...")
    first_word = [agent(6.2, 7.7)]
    music: list[Event] = [Music(11_500, 39_500)]
    (hold,) = holds([*TALK, loop], [ASK], music, unread=first_word)
    assert 6_000 <= hold.start_ms <= loop.start_ms - PRESS


def test_music_waits_for_the_answer_to_a_request() -> None:
    """Music heard on the agent's line under the answer was heard too early."""
    talk = on_channels([agent(0, 4), customer(5, 7), agent(40, 44)])
    (hold,) = holds(talk, [ASK], [Music(5_200, 39_500, 0)])
    assert hold.start_ms == 7_000 + PRESS
    told = act("announce_hold", Role.AGENT, 2, 4)  # awaits none
    (at_once,) = holds(talk, [told], [Music(5_200, 39_500, 0)])
    assert at_once.start_ms == 5_200


def test_beeps_after_a_yes_to_words_hardly_known_are_a_wait() -> None:
    talk = [
        said(agent(0, 4), "I must pass this on. Would you be so high as to the rundown?"),
        said(customer(5, 6), "Certainly."),
        said(agent(17, 22), "And people told me that it has been approved."),
    ]
    beep = Tone(11_000, 11_300, "beep", (440.0,))
    (hold,) = holds(talk, [], [beep])
    assert (hold.medium, hold.announced) == ("beeps", False)
    assert holds(talk, [], []) == []
    # A recorder beeps all along.
    assert holds(talk, [], [Tone(4_300, 4_600, "beep", (440.0,)), beep]) == []


@pytest.mark.parametrize(
    ("told", "held"),
    [("我要放您在现场等一会了", True), ("我帮您查一下", False), ("五八六二", False)],
)
def test_a_long_stillness_after_words_of_waiting_is_a_wait(told: str, held: bool) -> None:
    talk = [
        said(agent(0, 4), told),
        said(customer(4.3, 6), "啊，要多久"),
        said(agent(22, 26), "好，下午一点场有"),
    ]
    assert bool(holds(talk, [], [quiet(7, 21)])) is held
    customer_next = [*talk[:2], customer(22, 26)]
    assert holds(customer_next, [], [quiet(7, 21)]) == []
