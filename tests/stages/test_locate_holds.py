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

from qa_pipeline.domain.conversation import Act
from qa_pipeline.domain.recording import CallMetadata, Role
from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.timeline import Event, LineState, Music, Ringback, Silence, Tone
from qa_pipeline.domain.transcript import Turn, Word


def test_music_in_mid_conversation_is_a_hold() -> None:
    (hold,) = holds(TALK, [ASK], [Music(7_000, 39_000)])
    assert (hold.start_ms, hold.end_ms, hold.medium, hold.announced) == (
        7_000, 39_000, "music", True,
    )  # fmt: skip
    (unannounced,) = holds(TALK, [], [Music(7_000, 39_000)])
    assert not unannounced.announced


def test_music_before_the_first_word_is_the_queue() -> None:
    talk = [agent(20, 24), customer(25, 30)]
    assert holds(talk, [], [Ringback(0, 6_000, 2, "US"), Music(7_000, 19_000)]) == []


def test_a_short_jingle_is_no_hold() -> None:
    assert holds(TALK, [], [Music(10_000, 12_500)]) == []


def test_music_with_a_pause_or_an_announcement_in_it_is_one_hold() -> None:
    pieces: list[Event] = [Music(7_000, 15_000), Music(19_000, 39_000)]
    assert len(holds(TALK, [ASK], pieces)) == 1
    loop = agent(15.5, 18.5)
    said = act("hold_announcement", Role.AGENT, 15.5, 18.5)
    assert len(holds([*TALK, loop], [ASK, said], pieces)) == 1


def test_an_agent_coming_back_ends_the_hold() -> None:
    pieces: list[Event] = [Music(7_000, 15_000), Music(19_000, 39_000)]
    answered = [agent(15.2, 17), customer(17.5, 18.5)]
    assert len(holds([*TALK, *answered], [ASK], pieces)) == 2
    thanked = act("thanks_for_waiting", Role.AGENT, 15.5, 17)
    assert len(holds([*TALK, agent(15.5, 18.5)], [ASK, thanked], pieces)) == 2


def test_a_voice_in_the_music_that_says_nothing_to_the_customer_ends_no_hold() -> None:
    pieces: list[Event] = [Music(7_000, 15_000), Music(19_000, 39_000)]
    assert len(holds([*TALK, agent(15.5, 18.5)], [ASK], pieces)) == 1


def test_silence_counts_only_when_announced_by_the_agent() -> None:
    quiet: list[Event] = [Silence(6_000, 40_000)]
    (hold,) = holds(TALK, [ASK], quiet)
    assert (hold.medium, hold.start_ms) == ("silence", 6_000 + PRESS)
    assert hold.end_ms == 40_000 - BREATH
    assert holds(TALK, [], quiet) == []
    assert holds(TALK, [act("announce_hold", Role.CUSTOMER, 5, 6)], quiet) == []


def test_a_short_pause_after_an_announcement_is_no_hold() -> None:
    talk = [agent(0, 4), customer(5, 6), agent(13, 16), customer(17, 20)]
    assert holds(talk, [ASK], []) == []


def test_beeps_on_hold() -> None:
    beeps: list[Event] = [Tone(t * 1000, t * 1000 + 300, "beep") for t in (12, 22, 32)]
    (hold,) = holds(TALK, [ASK], beeps)
    assert hold.medium == "beeps"


def test_the_record_places_a_hold_that_nothing_else_shows() -> None:
    metadata = CallMetadata(hold_seconds=33)
    (hold,) = holds(TALK, [], [], metadata)
    assert (hold.medium, hold.start_ms, hold.announced) == ("recorded", 6_000, False)
    tight = [agent(0, 4), customer(5, 6), agent(8, 12), customer(13, 20)]
    (announced,) = holds(tight, [ASK], [], metadata)
    assert (announced.start_ms, announced.announced) == (6_000, True)
    assert holds(tight, [], [], metadata) == []


def test_a_record_of_no_hold_makes_a_heard_one_less_sure() -> None:
    (unsure,) = holds(TALK, [ASK], [Music(7_000, 39_000)], CallMetadata(hold_seconds=0))
    (sure,) = holds(TALK, [ASK], [Music(7_000, 39_000)], CallMetadata(hold_seconds=31))
    assert unsure.confidence < 0.7 < 0.9 < sure.confidence


def test_without_talk_there_is_no_hold() -> None:
    assert holds([], [], [Music(0, 60_000)]) == []


def test_announcements_in_a_loop_of_silence_are_one_hold() -> None:
    loops = [agent(14, 18), agent(26, 30)]
    said = [act("hold_announcement", Role.AGENT, t, t + 4) for t in (14, 26)]
    (hold,) = holds([*TALK, *loops], [ASK, *said], [])
    assert (hold.medium, hold.start_ms) == ("announcement", 6_000 + PRESS)
    assert hold.end_ms == 40_000 - BREATH


def test_a_word_of_the_waiting_customer_ends_no_hold() -> None:
    hello = customer(20, 20.6)
    (hold,) = holds([*TALK, hello], [ASK], [])
    assert (hold.start_ms, hold.end_ms) == (6_000 + PRESS, 40_000 - BREATH)
    answered = [hello, agent(21, 24)]
    assert len(holds([*TALK, *answered], [ASK], [])) == 1  # what was before it
    assert holds([*TALK, *answered], [ASK], [])[0].end_ms == 20_000 - BREATH


def test_music_behind_the_talk_is_the_rooms() -> None:
    talk = [
        turn
        for n in range(6)
        for turn in (agent(n * 10, n * 10 + 3), customer(n * 10 + 4, n * 10 + 9))
    ]
    music: list[Event] = [Music(0, 59_000)]
    assert holds(talk, [], music) == []


def test_music_where_the_customer_is_holds_nobody() -> None:
    def heard(turn: Turn, channel: int) -> Turn:
        return Turn(turn.role, turn.start_ms, turn.end_ms, "...", speaker=f"channel_{channel}")

    talk = [heard(turn, int(turn.role is Role.CUSTOMER)) for turn in TALK]
    assert holds(talk, [], [Music(7_000, 39_000, channel=1)]) == []
    assert len(holds(talk, [], [Music(7_000, 39_000, channel=0)])) == 1
    assert len(holds(talk, [ASK], [Music(7_000, 39_000, channel=1)])) == 1


def test_thanks_for_holding_make_an_unannounced_silence_a_hold() -> None:
    thanks = act("thanks_for_waiting", Role.AGENT, 40, 42)
    (hold,) = holds(TALK, [thanks], [])
    assert not hold.announced
    assert hold.confidence < 0.7


def test_a_shorter_silence_counts_once_the_customer_has_agreed() -> None:
    talk = [agent(0, 4), customer(5, 6), agent(14, 16), customer(17, 20), agent(21, 60)]
    yes = act("assent", Role.CUSTOMER, 5, 6)
    assert len(holds(talk, [ASK, yes], [])) == 1
    assert holds(talk, [ASK], []) == []


def test_a_word_on_the_line_that_was_not_read_is_no_part_of_a_silent_hold() -> None:
    lost = [customer(6.2, 7.3)]
    (hold,) = holds(TALK, [ASK], [Silence(7_400, 38_500)], unread=lost)
    assert 7_300 + PRESS <= hold.start_ms <= 7_400 + PRESS
    assert 38_000 <= hold.end_ms <= 38_500  # "right, so" is heard before the first word read


def test_tones_beside_music_are_its_notes() -> None:
    sounds: list[Event] = [Tone(7_000, 9_900, "unknown"), Music(10_000, 39_000)]
    (hold,) = holds(TALK, [ASK], sounds)
    assert (hold.start_ms, hold.end_ms) == (7_000, 39_000)


def said(role: Role, start: float, end: float, text: str) -> Turn:
    return Turn(role, round(start * 1000), round(end * 1000), text)


def test_silence_agreed_to_in_words_that_no_act_knows_is_a_hold() -> None:
    talk = [
        said(Role.AGENT, 0, 4, "Would a minute of quiet be a bother?"),
        said(Role.CUSTOMER, 5, 6, "No bother at all."),
        said(Role.AGENT, 40, 44, "He has it here."),
    ]
    (hold,) = holds(talk, [], [])
    assert (hold.start_ms, hold.medium, hold.announced) == (6_000 + PRESS, "silence", True)
    refused = [talk[0], said(Role.CUSTOMER, 5, 6, "It would, ring me."), talk[2]]
    assert holds(refused, [], []) == []


def test_an_announcement_that_led_into_another_question_is_over() -> None:
    wait = act("announce_hold", Role.AGENT, 0, 1)
    talk = [
        said(Role.AGENT, 0, 4, "Hang on, did you say Monday?"),
        said(Role.CUSTOMER, 5, 6, "Monday."),
        said(Role.AGENT, 20, 24, "It is free."),
    ]
    assert holds(talk, [wait], []) == []
    told = [said(Role.AGENT, 0, 4, "Hang on, I will look."), *talk[1:]]
    assert len(holds(told, [wait], [])) == 1


def switched(start: float, end: float, channel: int | None = None) -> Silence:
    return Silence(round(start * 1000), round(end * 1000), channel=channel, below_floor=True)


def test_a_line_that_was_switched_away_tells_a_hold_that_nobody_announced() -> None:
    talk = [agent(0, 4), customer(5, 6), agent(14, 18), customer(19, 20), agent(21, 60)]
    (hold,) = holds(talk, [], [switched(6.7, 13.6)])
    assert (hold.start_ms, hold.end_ms, hold.announced) == (6_700, 13_600, False)
    assert holds(talk, [], []) == []
    assert holds(talk, [], [switched(8, 11)]) == []  # a mute to cough


def test_the_customers_own_mute_holds_nobody() -> None:
    def heard(turn: Turn) -> Turn:
        channel = int(turn.role is Role.CUSTOMER)
        return Turn(turn.role, turn.start_ms, turn.end_ms, "...", speaker=f"channel_{channel}")

    talk = [heard(turn) for turn in TALK]
    assert holds(talk, [], [switched(6.7, 39.5, channel=1)]) == []
    assert len(holds(talk, [], [switched(6.7, 39.5, channel=0)])) == 1


def test_beeps_in_a_switched_line_split_no_hold() -> None:
    sounds: list[Event] = [
        switched(6.7, 20), Tone(20_000, 20_300, "beep"), switched(20.35, 39.6),
    ]  # fmt: skip
    (hold,) = holds(TALK, [], sounds)
    assert (hold.start_ms, hold.end_ms, hold.medium) == (6_700, 39_600, "beeps")


def test_words_of_somebody_who_was_away_make_a_long_silence_a_hold() -> None:
    back = [agent(0, 4), customer(5, 6), said(Role.AGENT, 20, 24, "Sorry, the till was busy.")]
    (hold,) = holds([*back, customer(25, 30)], [], [])
    assert not hold.announced
    assert hold.confidence < 0.6
    going_on = [*back[:2], said(Role.AGENT, 20, 24, "Your balance is ten dollars.")]
    assert holds([*going_on, customer(25, 30)], [], []) == []
    sooner = [*back[:2], said(Role.AGENT, 15, 24, "Sorry, the till was busy.")]
    assert holds([*sooner, customer(25, 30)], [], []) == []


def test_an_asker_who_waits_for_no_answer_has_put_on_hold_sooner() -> None:
    asked = Act("ask_hold", Role.AGENT, 0, 2_000, 4_000, "Can you hold on?", 0.9, "pattern")
    away = [agent(0, 4), agent(11, 16), customer(17, 20)]
    assert len(holds(away, [asked], [])) == 1
    answered = [agent(0, 4), customer(11, 13), agent(14, 20)]
    assert holds(answered, [asked], []) == []


def test_music_does_not_begin_under_the_last_word_and_ends_with_its_pause() -> None:
    sounds: list[Event] = [Music(5_200, 34_000), Silence(34_000, 39_800)]
    (hold,) = holds(TALK, [ASK], sounds)
    assert (hold.start_ms, hold.end_ms) == (6_000 + PRESS, 39_800 - BREATH)


def test_music_heard_in_unread_talk_at_the_end_is_none() -> None:
    talk = [agent(0, 4), customer(5, 6)]
    voices = [agent(50, 52), customer(53, 55)]
    assert holds(talk, [], [Music(49_000, 56_000)], unread=voices) == []


@pytest.mark.parametrize(("pause", "held"), [(0.0, False), (0.4, True)])
def test_music_without_any_pause_to_the_talk_around_it_is_talk(pause: float, held: bool) -> None:
    turns = [customer(0, 10 - pause), agent(20 + pause, 30), customer(31, 40)]
    assert bool(holds(turns, [], [Music(10_000, 20_000)])) is held
    back = replace(turns[1], text="Sorry about that, I'm back.")
    assert holds([turns[0], back, turns[2]], [], [Music(10_000, 20_000)])


def test_talk_that_nobody_read_at_the_rims_is_not_part_of_the_hold() -> None:
    """However long it is beside the wait itself."""
    talk = [agent(0, 4), customer(5, 6), agent(25, 30)]
    agreed = act("assent", Role.CUSTOMER, 5, 6)
    (hold,) = holds(talk, [ASK, agreed], [quiet(6, 15)], unread=[agent(15, 24.5)])
    assert 6_000 <= hold.start_ms <= 7_000
    assert abs(hold.end_ms - 15_000) <= 500


def test_a_switched_line_is_measured_against_the_gap_without_unread_talk() -> None:
    talk = [agent(0, 4), customer(5, 6), agent(29, 33)]
    away = quiet(6.6, 13, below=True)
    (hold,) = holds(talk, [ASK], [away], unread=[agent(14, 28.5)])
    assert (hold.start_ms, hold.end_ms) == (6_600, 13_000)


def test_noise_that_is_taken_for_voices_all_along_does_not_shorten_an_announced_hold() -> None:
    talk = [agent(0, 4), customer(5, 6), agent(40, 44)]
    agreed = act("assent", Role.CUSTOMER, 5, 6)
    noise = [customer(14, 26), customer(27, 39)]
    (hold,) = holds(talk, [ASK, agreed], [], unread=noise)
    assert (hold.start_ms, hold.end_ms) == (6_000 + PRESS, 40_000 - BREATH)


def test_unread_talk_alone_is_no_unannounced_hold() -> None:
    back = act("hold_return", Role.AGENT, 30, 31)
    talk = [agent(0, 4), customer(5, 6), agent(30, 34)]
    assert holds(talk, [back], [], unread=[customer(7, 17), agent(18, 29)]) == []


def test_an_announcement_before_the_music_begins_the_hold() -> None:
    loop = agent(7.3, 10.3)
    said = act("hold_announcement", Role.AGENT, 7.3, 10.3)
    (hold,) = holds([*TALK, loop], [ASK, said], [Music(10_300, 39_000)])
    assert hold.start_ms == 6_000 + PRESS


def test_an_announced_hold_whose_music_is_heard_in_part_lasts_until_somebody_talks() -> None:
    (late,) = holds(TALK, [ASK], [Music(16_000, 39_500)])
    assert late.start_ms == 6_000 + PRESS
    (early,) = holds(TALK, [ASK], [Music(7_000, 20_000)])
    assert early.end_ms == 40_000 - BREATH
    (unannounced,) = holds(TALK, [], [Music(16_000, 25_000)])
    assert (unannounced.start_ms, unannounced.end_ms) == (16_000, 25_000)
    lost = [agent(20.5, 39.5)]
    (talked,) = holds(TALK, [ASK], [Music(7_000, 20_000)], unread=lost)
    assert talked.end_ms == 20_000


def test_a_waiting_customer_whom_nobody_answers_does_not_end_the_hold() -> None:
    hello = customer(22, 22.8)
    (hold,) = holds([*TALK, hello], [ASK], [Music(7_000, 20_000)])
    assert hold.end_ms == 40_000 - BREATH


def test_music_that_leaks_into_the_customers_line_does_not_lengthen_the_hold() -> None:
    def on(turn: Turn, channel: int) -> Turn:
        return Turn(turn.role, turn.start_ms, turn.end_ms, "...", speaker=f"channel_{channel}")

    talk = [on(turn, 0 if turn.role is Role.AGENT else 1) for turn in TALK]
    music: list[Event] = [Music(7_000, 39_500, 0), Music(7_100, 44_000, 1)]
    (hold,) = holds(talk, [ASK], music)
    assert hold.end_ms == 39_500


def test_a_customers_talk_that_leaks_into_the_line_is_no_music() -> None:
    talk = [agent(0, 4), customer(5, 12), agent(13, 15), customer(15, 16)]
    assert holds(talk, [], [Music(5_000, 12_500)]) == []


def test_music_as_faint_as_the_pauses_is_a_hold_only_if_something_says_so() -> None:
    events: list[Event] = [Music(7_000, 39_000), quiet(7.0, 39.0)]
    events.sort(key=lambda event: event.end_ms)
    assert holds(TALK, [], events) == []
    assert len(holds(TALK, [ASK], events)) == 1


def test_an_announcement_in_mid_call_is_a_hold_of_some_seconds_already() -> None:
    talk = [agent(0, 4), customer(5, 6), agent(15, 18), customer(19, 20)]
    loop = Turn(Role.LINE, 8_000, 11_000, "...")
    (hold,) = holds([*talk, loop], [], [])
    assert hold.medium == "announcement"


def test_a_stillness_that_begins_late_follows_an_unread_answer() -> None:
    talk = [agent(0, 4), agent(20, 24)]
    (hold,) = holds(talk, [ASK], [quiet(6.2, 19.8)])
    assert 6_200 <= hold.start_ms <= 7_000


def test_what_is_said_to_a_line_that_is_away_ends_no_hold() -> None:
    noise = (Word(15_000, 25_000, "noise", 0.4),)
    unsure = replace(customer(15, 25), words=noise, confidence=0.4)
    (hold,) = holds(on_channels([*TALK, unsure]), [ASK], [away(6.2, 39.5)])
    assert (hold.start_ms, hold.end_ms) == (6_200, 39_500)
    clear = customer(15, 25)  # the agent only pressed the mute key while listening
    spoken = holds(on_channels([*TALK, clear]), [], [away(6.2, 39.5)])
    assert all(hold.end_ms - hold.start_ms < 20_000 for hold in spoken)


def test_words_that_go_round_and_round_end_no_hold() -> None:
    read = "road and rain on the road and rain on the road and rain on the road"
    (hold,) = holds([*TALK, Turn(Role.AGENT, 15_000, 25_000, read, confidence=0.3)], [ASK], [])
    assert (hold.start_ms, hold.end_ms) == (6_000 + PRESS, 40_000 - BREATH)


def test_a_voice_in_a_stillness_is_none() -> None:
    heard = [customer(6.5, 9), customer(30, 39)]
    found = [holds(TALK, [ASK], [quiet(6.2, 39.5)], unread=voices) for voices in ([], heard)]
    assert found[0] == found[1]


def test_the_waiting_customers_room_brings_the_agent_back_no_sooner() -> None:
    talk = on_channels(TALK)
    room = on_channels([customer(38, 39.8)])
    (hold,) = holds(talk, [ASK], [], unread=room)
    assert hold.end_ms == 40_000 - BREATH
    (spoken,) = holds(talk, [ASK], [], unread=on_channels([agent(38, 39.8)]))
    assert spoken.end_ms < 38_000


def test_a_recording_that_was_not_read_follows_the_yes() -> None:
    yes = act("assent", Role.CUSTOMER, 5, 6)
    announced = [agent(7.7, 10.8)]
    (hold,) = holds(TALK, [ASK, yes], [Music(14_500, 39_000)], unread=announced)
    assert hold.start_ms == 6_000 + PRESS


def test_a_soft_end_belongs_to_the_music_while_nobody_speaks() -> None:
    events: list[Event] = [Music(7_000, 34_500), quiet(36.0, 39.5)]
    (hold,) = holds(TALK, [ASK], events)
    assert hold.end_ms == 39_500 - BREATH


def test_music_that_runs_into_unread_talk_is_no_hold() -> None:
    talk = [agent(0, 7), agent(40, 44), customer(45, 50)]
    lost = [customer(13.0, 16.5), agent(17, 19)]
    assert holds(talk, [], [Music(7_000, 13_000)], unread=lost) == []
    assert holds(talk, [], [Music(7_000, 13_000)]) != []
    pieces: list[Event] = [Music(7_000, 13_000), Music(19_500, 26_000)]
    found = holds(talk, [], pieces, unread=lost)
    assert max((h.end_ms - h.start_ms for h in found), default=0) < 10_000


def test_words_into_the_other_line_do_not_delay_music() -> None:
    """In mono, music that seems to begin under a word begins behind it."""
    over = customer(6.5, 8)
    turns = [agent(0, 4), customer(5, 6), over, agent(30, 34)]
    playing = Music(7_000, 29_500)
    (mono,) = holds(turns, [ASK], [playing])
    assert mono.start_ms == over.end_ms + PRESS
    (stereo,) = holds(on_channels(turns), [ASK], [replace(playing, channel=0)])
    assert (stereo.start_ms, stereo.end_ms) == (7_000, 29_500)


ROOM = LineState(0, -60.0, faint=(Span(6_400, 29_600),))


def test_voices_in_the_room_end_no_wait() -> None:
    agreed = act("assent", Role.CUSTOMER, 5, 6)
    talk = [agent(0, 4), customer(5, 6), agent(30, 34)]
    room = [read_in_the_room(12, 17, 0.55), read_in_the_room(20, 27, 0.4)]
    unread = [customer(8, 11), customer(27.5, 29.5)]
    (hold,) = holds([*talk, *room], [ASK, agreed], [], unread=unread, lines=[ROOM])
    assert (hold.start_ms, hold.end_ms) == (6_000 + PRESS, 30_000 - BREATH)
    # Words that were read surely are somebody's, however soft.
    assert holds([*talk, read_in_the_room(12, 17, 0.95)], [ASK, agreed], [], lines=[ROOM]) != [hold]


def test_an_answer_that_runs_into_the_rooms_voices_ends_before_them() -> None:
    yes = Turn(
        Role.CUSTOMER, 5_000, 14_000, "yes word word",
        (Word(5_000, 6_000, "yes", 0.9), Word(8_000, 9_000, "word", 0.4),
         Word(13_000, 14_000, "word", 0.3)),
        0.53,
    )  # fmt: skip
    agreed = act("assent", Role.CUSTOMER, 5, 6)
    (hold,) = holds([agent(0, 4), yes, agent(30, 34)], [ASK, agreed], [], lines=[ROOM])
    assert (hold.start_ms, hold.end_ms) == (6_000 + PRESS, 30_000 - BREATH)
