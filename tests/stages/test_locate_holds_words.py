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


def test_they_are_so_after_a_yes_within_the_request() -> None:
    asked = said(agent(0, 6), "Can I put you on hold for a second? Yeah, go ahead.")
    talk = [asked, read_in_the_room(9, 12, 0.35), agent(40, 44)]
    (hold,) = holds(talk, [ASK], [Music(12_000, 39_500)])
    assert hold.start_ms == 6_000 + PRESS


def test_an_answer_hardly_read_before_music_is_the_answer() -> None:
    answer = read_in_the_room(5, 6.5, 0.35)
    talk = [agent(0, 4), answer, agent(40, 44)]
    (hold,) = holds(talk, [ASK], [Music(7_000, 39_500)])
    assert hold.start_ms >= answer.end_ms
    # A queue may open with a moment of nothing.
    (later,) = holds(talk, [ASK], [Music(11_000, 39_500)])
    assert later.start_ms == answer.end_ms + PRESS
    # So is what follows the first words at once, and a yes after a question.
    goes_on = read_in_the_room(6.6, 9, 0.35)
    (hold,) = holds([*TALK, goes_on], [ASK, YES], [Music(9_500, 39_500)])
    assert hold.start_ms >= goes_on.end_ms
    yes = read_in_the_room(8, 9.5, 0.35)
    (hold,) = holds([*TALK, yes], [ASK, replace(YES, start_ms=8_000)], [Music(10_000, 39_500)])
    assert hold.start_ms >= yes.end_ms


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


def test_voices_between_the_words_of_a_room_are_the_rooms() -> None:
    room = read_in_the_room(7.2, 8.3, 0.4)
    (hold,) = holds([*TALK, room], [ASK], [], unread=[customer(8.3, 14)])
    assert hold.start_ms == 6_000 + PRESS


def test_a_call_of_nothing_but_noise_has_no_hold() -> None:
    noise = Turn(Role.AGENT, 0, 5_000, "road and rain on the " * 4, confidence=0.3)
    assert holds([noise], [], [Music(6_000, 30_000)]) == []


@pytest.mark.parametrize(("start", "end"), [(5, 14), (6.5, 12)])
def test_a_long_answer_hardly_read_is_an_answer(start: float, end: float) -> None:
    answers = [read_in_the_room(start, end, 0.45)]
    if start > 6:
        answers.insert(0, customer(5, 6))
    (hold,) = holds([agent(0, 4), *answers, agent(40, 44)], [ASK, YES], [])
    assert hold.start_ms >= answers[-1].end_ms


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
    (silent,) = holds(TALK, [ASK, YES, thanks], [Music(7_000, 36_500)])
    assert silent.end_ms == 36_500
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
    # A turn reaches a little further than its last word.
    rim = replace(talk[1], words=(Word(5_000, 6_400, "yes", 0.9),))
    (heard,) = holds([talk[0], rim, talk[2]], [ASK], [Music(6_500, 39_500, 0)])
    assert heard.start_ms == 6_500
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


TOLD = "我要放您在现场等一会了"


@pytest.mark.parametrize(
    ("told", "reply", "held"),
    [
        (TOLD, "啊，要多久", True),
        (TOLD, "不行，我没时间", False),
        (TOLD + "，是吗？", "对", False),
        ("您上次说要等一会" + "新的车牌号我这边已经记下来了" * 9, "好的", False),
        ("我现在去仓库问一问", "好的", False),
        ("五八六二", "对的", False),
    ],
)
def test_a_long_stillness_after_words_of_waiting_is_a_wait(
    told: str, reply: str, held: bool
) -> None:
    talk = [
        said(agent(0, 4), told),
        said(customer(4.3, 6), reply),
        said(agent(22, 26), "好，下午一点场有"),
    ]
    assert bool(holds(talk, [], [quiet(7, 21)])) is held
    customer_next = [*talk[:2], customer(22, 26)]
    assert holds(customer_next, [], [quiet(7, 21)]) == []


THANKS = act("thanks_for_waiting", Role.AGENT, 40, 42)


def test_nothing_is_said_to_an_agent_who_is_away_between_a_request_and_thanks() -> None:
    made_up = read_in_the_room(7, 38, 0.95)  # a recogniser may be sure of what nobody said
    talk = on_channels([*TALK, made_up])
    (hold,) = holds(talk, [ASK, THANKS], [away(8, 39)])
    assert (hold.start_ms, hold.end_ms) == (8_000, 39_000)
    assert holds(talk, [ASK], [away(8, 39)]) == []  # the line may only have been muted
    assert holds(talk, [THANKS], [away(8, 39)]) == []


def test_an_agents_line_with_beeps_is_away_as_a_whole() -> None:
    beeps: list[Event] = [
        away(8, 12), Tone(12_000, 12_300, "beep", (425.0,), channel=0), away(12.3, 16.3),
        Tone(16_300, 16_600, "beep", (425.0,), channel=0), away(16.6, 20.4),
    ]  # fmt: skip
    talk = [agent(0, 4), customer(5, 6), agent(21, 25), customer(26, 28)]
    made_up = read_in_the_room(7, 19, 0.95)
    thanks = act("thanks_for_waiting", Role.AGENT, 21, 23)
    (hold,) = holds(on_channels([*talk, made_up]), [ASK, thanks], beeps)
    assert (hold.start_ms, hold.end_ms) == (8_000, 20_400)


def test_music_begins_and_ends_near_the_words_around_it() -> None:
    (hold,) = holds(TALK, [], [Music(7_500, 38_500)])
    assert (hold.start_ms, hold.end_ms) == (7_000, 39_000)
    (far,) = holds(TALK, [], [Music(8_000, 38_000)])
    assert (far.start_ms, far.end_ms) == (8_000, 38_000)


def test_a_voice_in_the_waiting_customers_room_does_not_end_a_steady_stillness() -> None:
    room = Turn(Role.CUSTOMER, 38_300, 39_900, "", speaker="channel_1", confidence=0.0)
    back = Turn(Role.AGENT, 38_300, 39_900, "", speaker="channel_0", confidence=0.0)
    talk, still = on_channels(TALK), [quiet(6.2, 38.2)]
    (hold,) = holds(talk, [ASK], still, unread=[room])
    assert hold.end_ms == 40_000 - BREATH
    (ended,) = holds(talk, [ASK], still, unread=[back])
    assert ended.end_ms <= 38_300
