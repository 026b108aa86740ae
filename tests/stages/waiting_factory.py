"""Calls with a wait in them: who talks when, what the line carries, and the holds found."""

from __future__ import annotations

from dataclasses import replace

from qa_pipeline.domain.conversation import Act
from qa_pipeline.domain.recording import CallMetadata, Role
from qa_pipeline.domain.timeline import Event, Hold, LineState, Silence
from qa_pipeline.domain.transcript import Turn, Word
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
    unread: tuple[Turn, ...] | list[Turn] = (),
    lines: list[LineState] | None = None,
) -> list[Hold]:
    found = locate_holds(
        turns, acts, events, metadata, round(duration_s * 1000), unread=tuple(unread),
        lines=lines or (),
    )  # fmt: skip
    assert [e for e in found if not isinstance(e, Hold)] == events
    return [e for e in found if isinstance(e, Hold)]


# A key is pressed after the last word, and the agent takes a breath before the first one back.
PRESS, BREATH = 500, 200

TALK = [agent(0, 4), customer(5, 6), agent(40, 44), customer(45, 50)]
ASK = act("ask_hold", Role.AGENT, 2, 4)


def quiet(start: float, end: float, channel: int | None = None, *, below: bool = False) -> Silence:
    return Silence(
        round(start * 1000), round(end * 1000), digital=False, channel=channel, below_floor=below
    )


def away(start: float, end: float) -> Silence:
    return Silence(round(start * 1000), round(end * 1000), channel=0, below_floor=True)


def on_channels(turns: list[Turn]) -> list[Turn]:
    return [replace(turn, speaker=f"channel_{int(turn.role is Role.CUSTOMER)}") for turn in turns]


def read_in_the_room(
    start: float, end: float, probability: float, role: Role = Role.CUSTOMER
) -> Turn:
    """What a recogniser makes of voices: two words a second."""
    words = tuple(
        Word(at, at + 450, f"word{at}", probability)
        for at in range(round(start * 1000), round(end * 1000), 500)
    )
    text = " ".join(word.text for word in words)
    return Turn(role, words[0].start_ms, words[-1].end_ms, text, words, probability)
