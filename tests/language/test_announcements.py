"""Announcements of a waiting loop are told from talk."""

from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn, Word
from qa_pipeline.language.acts import ActDefinition, load_catalogue
from qa_pipeline.language.announcements import announcements_apart
from qa_pipeline.resources import acts_dir

BUSY = "All of our colleagues are still busy. Thank you for your patience."


def _turn(role: Role, start_ms: int, end_ms: int, text: str) -> Turn:
    pieces = text.split() if " " in text else list(text)
    step = (end_ms - start_ms) / len(pieces)
    words = tuple(
        Word(round(start_ms + n * step), round(start_ms + (n + 1) * step), piece)
        for n, piece in enumerate(pieces)
    )
    return Turn(role, start_ms, end_ms, text, words, 1.0, "channel_0")


def _wording(language: str) -> ActDefinition:
    return load_catalogue(acts_dir()).of(language)["hold_announcement"]


def test_what_recurs_unanswered_is_a_recording_whatever_its_words() -> None:
    rounds = [_turn(Role.AGENT, at, at + 2_650, BUSY) for at in (10_000, 18_000, 26_000)]
    assert [t.role for t in announcements_apart(rounds, "en")] == [Role.LINE] * 3


def test_the_agent_who_comes_back_in_the_same_turn_stays_the_agent() -> None:
    back = " Yes, so I have checked with the team."
    last = Turn(
        Role.AGENT,
        18_000,
        23_650,
        BUSY + back,
        _turn(Role.AGENT, 18_000, 20_650, BUSY).words
        + _turn(Role.AGENT, 21_000, 23_650, back.strip()).words,
    )
    found = announcements_apart([_turn(Role.AGENT, 10_000, 12_650, BUSY), last], "en")
    assert [(t.role, t.start_ms) for t in found] == [
        (Role.LINE, 10_000),
        (Role.LINE, 18_000),
        (Role.AGENT, 21_000),
    ]
    assert found[2].text == back.strip()


def test_what_is_answered_or_asked_or_said_at_another_pace_is_talk() -> None:
    first = _turn(Role.AGENT, 10_000, 12_650, BUSY)
    answer = _turn(Role.CUSTOMER, 13_000, 15_500, "That is fine, I can wait for you.")
    answered = [first, answer, _turn(Role.AGENT, 19_000, 21_650, BUSY)]
    assert announcements_apart(answered, "en") == tuple(answered)
    slower = [first, _turn(Role.AGENT, 19_000, 23_500, BUSY)]
    assert announcements_apart(slower, "en") == tuple(slower)
    asked = [_turn(Role.AGENT, at, at + 2_000, "Are you still there on the line with me?")
             for at in (10_000, 16_000, 22_000)]  # fmt: skip
    assert announcements_apart(asked, "en") == tuple(asked)


def test_a_single_announcement_is_cut_off_the_answer_before_it() -> None:
    turn = _turn(
        Role.CUSTOMER, 50_000, 57_000, "好的快去快回。您的来电对我们非常重要，请不要挂机。"
    )
    found = announcements_apart([turn], "zh", _wording("zh"))
    assert [t.role for t in found] == [Role.CUSTOMER, Role.LINE]
    assert found[0].text.startswith("好的快去快回")


def test_who_says_i_and_who_goes_to_look_is_no_recording() -> None:
    said = _turn(Role.AGENT, 0, 4_000, "I will find the next available agent for you.")
    assert announcements_apart([said], "en", _wording("en")) == (said,)
    looks = _turn(Role.AGENT, 0, 3_000, "请您不要挂机，正在为您查询。")
    assert announcements_apart([looks], "zh", _wording("zh")) == (looks,)


def test_a_loops_last_round_cut_off_in_the_agents_turn_is_the_lines() -> None:
    loop = "We are sorry to keep you waiting. Somebody will be with you shortly."
    rounds = [_turn(Role.AGENT, at, at + 3_350, loop) for at in (42_000, 50_500, 58_800)]
    cut, back = "Somebody will be.", "There we are then. Good news we have found the entry."
    words = (
        *_turn(Role.AGENT, 68_790, 69_440, cut).words,
        *_turn(Role.AGENT, 69_980, 75_000, back).words,
    )
    last = Turn(Role.AGENT, 68_790, 75_000, f"{cut} {back}", words)
    apart = announcements_apart([*rounds, last], "en")
    assert [(turn.role, turn.text) for turn in apart[3:]] == [(Role.LINE, cut), (Role.AGENT, back)]


def test_a_first_round_with_more_of_it_and_one_out_of_pace_are_the_lines() -> None:
    times = ((52_890, 54_840), (60_990, 63_270), (68_060, 69_880), (69_880, 71_520))
    rounds = [_turn(Role.AGENT, *time, "我们很快回来") for time in times]
    first = _turn(Role.AGENT, 42_768, 46_460, "谈谢您的，等候，我们很快回来")
    own = _turn(Role.AGENT, 77_730, 80_000, "对不住，问到了，还剩三根。")
    apart = announcements_apart([first, *rounds, own], "zh")
    assert [turn.role for turn in apart] == [Role.LINE] * 5 + [Role.AGENT]


def test_who_comes_back_with_the_recordings_words_is_the_agent_where_the_sound_says_so() -> None:
    loop = "Sorry to keep you waiting. Somebody will be with you shortly."
    rounds = [_turn(Role.AGENT, at, at + 3_400, loop) for at in (42_000, 50_500, 59_000)]
    cut = _turn(Role.AGENT, 67_500, 69_000, "Sorry to keep you waiting.")
    back = _turn(Role.AGENT, 69_470, 70_790, "Sorry to keep you waiting.")
    *_, last = announcements_apart([*rounds, cut, back], "en")
    assert last.role is Role.LINE  # by the words alone
    *known, last = announcements_apart([*rounds, cut, back], "en", None, [69_200])
    assert [turn.role for turn in known] == [Role.LINE] * 4
    assert last == back
