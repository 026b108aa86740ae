from __future__ import annotations

from qa_pipeline.domain.conversation import Act
from qa_pipeline.domain.recording import CallMetadata, Role
from qa_pipeline.domain.timeline import Event, Hold, Music, Ringback, Silence, Tone
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.stages.locate_holds import locate_holds

NOTHING_KNOWN = CallMetadata()


def agent(start: float, end: float) -> Turn:
    return Turn(Role.AGENT, round(start * 1000), round(end * 1000), "...")


def customer(start: float, end: float) -> Turn:
    return Turn(Role.CUSTOMER, round(start * 1000), round(end * 1000), "...")


def act(kind: str, role: Role, start: float, end: float) -> Act:
    return Act(kind, role, 0, round(start * 1000), round(end * 1000), "...")


def holds(
    turns: list[Turn],
    acts: list[Act],
    events: list[Event],
    metadata: CallMetadata = NOTHING_KNOWN,
    duration_s: float = 60,
) -> list[Hold]:
    found = locate_holds(turns, acts, events, metadata, round(duration_s * 1000))
    assert [e for e in found if not isinstance(e, Hold)] == events
    return [e for e in found if isinstance(e, Hold)]


TALK = [agent(0, 4), customer(5, 6), agent(40, 44), customer(45, 50)]
ASK = act("ask_hold", Role.AGENT, 2, 4)


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
    assert (hold.medium, hold.start_ms, hold.end_ms) == ("silence", 6_000, 40_000)
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
    assert (hold.medium, hold.start_ms, hold.end_ms) == ("announcement", 6_000, 40_000)


def test_a_word_of_the_waiting_customer_ends_no_hold() -> None:
    hello = customer(20, 20.6)
    (hold,) = holds([*TALK, hello], [ASK], [])
    assert (hold.start_ms, hold.end_ms) == (6_000, 40_000)
    answered = [hello, agent(21, 24)]
    assert len(holds([*TALK, *answered], [ASK], [])) == 1  # what was before it
    assert holds([*TALK, *answered], [ASK], [])[0].end_ms == 20_000


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
    (hold,) = holds(TALK, [ASK], [Silence(7_400, 40_000)])
    assert hold.start_ms == 7_400


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
    assert (hold.start_ms, hold.medium, hold.announced) == (6_000, "silence", True)
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
