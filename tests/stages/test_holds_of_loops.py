"""Waits with a recording of which little or nothing was read."""

from __future__ import annotations

from qa_pipeline.domain.recording import CallMetadata, Role
from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.timeline import Event, Hold, Loop, Music
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.stages.locate_holds import locate_holds

LOOP = Loop(8_000, 33_000, (Span(8_000, 12_000), Span(18_000, 22_000), Span(29_000, 33_000)))
TALK = (
    Turn(Role.AGENT, 0, 4_000, "..."),
    Turn(Role.CUSTOMER, 5_000, 6_500, "..."),
    Turn(Role.AGENT, 34_000, 38_000, "..."),
    Turn(Role.CUSTOMER, 39_000, 42_000, "..."),
)


def holds(events: list[Event], unread: tuple[Turn, ...] = ()) -> list[Hold]:
    found = locate_holds(TALK, (), events, CallMetadata(), 60_000, unread=unread)
    return [event for event in found if isinstance(event, Hold)]


def test_a_recording_that_nobody_could_read_is_a_wait_from_word_to_word() -> None:
    (hold,) = holds([LOOP])
    assert hold.medium == "announcement"
    assert 6_500 <= hold.start_ms <= 7_500
    assert 33_000 <= hold.end_ms <= 34_000
    assert holds([]) == []  # a pause that nothing says to be a wait


def test_voices_that_were_not_read_between_its_rounds_are_its_own() -> None:
    heard = tuple(
        Turn(Role.AGENT, a, b, "", speaker="SPEAKER_00", confidence=0.0)
        for a, b in ((8_000, 12_000), (13_000, 16_000), (18_000, 22_000), (29_000, 33_000))
    )
    (hold,) = holds([LOOP], heard)
    assert hold.start_ms <= 8_000
    assert hold.end_ms >= 33_000


def test_music_between_its_rounds_is_one_wait_with_it() -> None:
    (hold,) = holds([LOOP, Music(12_000, 18_000), Music(22_000, 29_000)])
    assert hold.start_ms <= 8_000
    assert hold.end_ms >= 33_000
