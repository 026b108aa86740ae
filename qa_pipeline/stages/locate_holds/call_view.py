"""What the search for holds looks at: the talk, what was heard beside it, and who said what of it.

`CallView` answers the questions that every kind of wait asks: was it announced, did the agent come
back, where does the talk before it really end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from qa_pipeline.domain.conversation import Act
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.spans import Span, merge, overlap_total_ms
from qa_pipeline.domain.timeline import Event, Hold, Music, Ringback, Silence, Tone
from qa_pipeline.domain.transcript import Turn, Word, channel_of
from qa_pipeline.language.hold_return import comes_back, leaves
from qa_pipeline.language.hold_talk import answer_within, asks_to_wait, read_hold_talk

ANNOUNCED_WITHIN_MS = 12_000  # from the announcement to the wait; an answer and a thanks fit in
LONG_ANSWER_MS = 15_000  # what the customer says in answer is not counted, up to this
ANSWER_WITHIN_MS, ANSWER_MOST_MS = 3_000, 4_000  # a yes with a word of thanks
READ_WITHIN_MS = 15_000  # the last turns before a wait, read for a request in other words
AGENT_TURNS_BETWEEN = 1  # "let me put you on hold" ... "thank you" ... wait
RETURN_MS = 6_000  # from the end of a wait to what says that it was one
ASIDE_MS = 3_000  # what a customer says to nobody, and the quiet around it
UNSURE_WORDS = 0.8  # mean word probability of what a recogniser makes of singing, at most
BEEP_MS = 700  # a beep in a stillness, with the rims that its filter smears
AWAY_MS = 5_000  # a press of the mute key is shorter
AWAY_SHARE = 0.8  # of a turn: said while the other line was away
MARKS = ("?", "？")
WAITS = ("ask_hold", "announce_hold")
ASKS = ("ask_hold", "near_ask")  # of which an answer is awaited
RETURNS = ("thanks_for_waiting", "hold_return")

Medium = Literal["music", "silence", "beeps", "announcement", "recorded"]


@dataclass(frozen=True, slots=True)
class Wait:
    """A candidate: when, what was heard meanwhile, how sure."""

    span: Span
    medium: Medium
    confidence: float


def span_of(item: Turn | Word | Music | Hold | Tone | Silence | Ringback) -> Span:
    """When it is."""
    return Span(item.start_ms, item.end_ms)


def is_clear(turn: Turn) -> bool:
    """Whether these are words, and not what a recogniser makes of singing."""
    return not turn.words or turn.confidence >= UNSURE_WORDS


def customer_channels(talk: Sequence[Turn]) -> set[int | None]:
    """The channels on which only the customer talks."""
    speakers = {turn.speaker for turn in talk if turn.role is Role.CUSTOMER}
    speakers -= {turn.speaker for turn in talk if turn.role is Role.AGENT}
    return {channel for s in speakers if (channel := channel_of(s)) is not None}


def away_spans(talk: Sequence[Turn], heard: Sequence[Event]) -> tuple[Span, ...]:
    """Where the agent's own channel is switched away for longer than a press of the mute key."""
    theirs = customer_channels(talk)
    pieces = [
        e for e in heard
        if isinstance(e, Silence) and e.below_floor and e.channel is not None
        and e.channel not in theirs
    ]  # fmt: skip
    spans = [
        span
        for channel in {e.channel for e in pieces}
        for span in merge((span_of(e) for e in pieces if e.channel == channel), gap_ms=BEEP_MS)
    ]
    return merge(span for span in spans if span.duration_ms >= AWAY_MS)


def said_to_the_other(talk: Sequence[Turn], heard: Sequence[Event]) -> tuple[Turn, ...]:
    """The talk without what was said to a line that was away.

    While the agent's channel is switched away, a customer says a word to somebody in the room, if
    at all.
    """
    away = away_spans(talk, heard)
    return tuple(
        turn
        for turn in talk
        if not (
            turn.role is Role.CUSTOMER
            and turn.end_ms - turn.start_ms <= ASIDE_MS
            and overlap_total_ms(span_of(turn), away) >= AWAY_SHARE * (turn.end_ms - turn.start_ms)
        )
    )


@dataclass(frozen=True, slots=True)
class CallView:
    """One call. `talk` is without announcements, which are `loops`.

    `voices` are stretches in which a voice was heard that no words were read of; `not_theirs` those
    of them that are not on the customer's own channel, `theirs` all that are, however far away.
    """

    talk: tuple[Turn, ...]
    loops: tuple[Turn, ...]
    acts: Sequence[Act]
    heard: Sequence[Event]
    voices: tuple[Span, ...]
    duration_ms: int
    has_audio: bool
    not_theirs: tuple[Span, ...] = ()
    theirs: tuple[Span, ...] = ()

    def announced(self, at_ms: int) -> Act | None:
        """The agent's request for or announcement of a wait that the wait at `at_ms` belongs to."""
        for act in sorted(self.acts, key=lambda a: a.start_ms, reverse=True):
            passed = at_ms - act.end_ms
            if act.kind not in WAITS or act.role is not Role.AGENT or passed < -1_500:
                continue
            if self._moved_on(act, at_ms):
                continue
            after = [
                turn
                for turn in self.talk
                if turn.role is Role.AGENT and act.end_ms < turn.start_ms < at_ms - 200
            ]
            if not after:  # a customer may take a while to answer
                between = Span(act.end_ms, max(act.end_ms, at_ms))
                answers = (span_of(t) for t in self.talk if t.role is Role.CUSTOMER)
                passed = max(passed - overlap_total_ms(between, answers), passed - LONG_ANSWER_MS)
            if passed > ANNOUNCED_WITHIN_MS:
                continue
            if len(after) <= AGENT_TURNS_BETWEEN:
                return act
        return self._agreed_by_place(at_ms)

    def agreed(self, ask: Act, at_ms: int) -> bool:
        """Whether the customer said yes between a request and the wait at `at_ms`."""
        if ask.kind != "ask_hold":
            return False
        if ask.slots.get("form") == "place":
            return True
        return any(
            act.kind == "assent" and ask.start_ms < act.start_ms < at_ms + 500 for act in self.acts
        )

    def granted(self, at_ms: int) -> bool:
        """Whether the last turn before `at_ms` is an announcement of, or a yes to, a wait."""
        turn = self.last_turn(at_ms)
        if turn is None:
            return False
        written_into = self.said(turn, "ask_hold") and answer_within(turn.text)[0] == "yes"
        return written_into or self.said(turn, "announce_hold", "assent")

    def answers(self, turn: Turn, *kinds: str) -> bool:
        """Whether the customer says a few words right after the agent did one of these."""
        asking = self.last_turn(turn.start_ms)
        return (
            turn.role is Role.CUSTOMER
            and asking is not None
            and self.said(asking, *kinds)
            and turn.start_ms - asking.end_ms <= ANSWER_WITHIN_MS
            and turn.end_ms - turn.start_ms <= ANSWER_MOST_MS
        )

    def returned(self, at_ms: int) -> Act | None:
        """What the agent says, back from a wait that ended at `at_ms`."""
        for act in self.acts:
            near = -500 <= act.start_ms - at_ms <= RETURN_MS
            if act.kind in RETURNS and act.role is Role.AGENT and near:
                return act
        return None

    def next_turn(self, at_ms: int) -> Turn | None:
        """The first turn of the talk after a wait that ended at `at_ms`."""
        return next((turn for turn in self.talk if turn.start_ms >= at_ms - 500), None)

    def last_turn(self, at_ms: int) -> Turn | None:
        """The last turn of the talk that begins before `at_ms`."""
        before = [turn for turn in self.talk if turn.start_ms < at_ms]
        return max(before, key=lambda turn: turn.end_ms, default=None)

    def is_aside(self, turn: Turn) -> bool:
        """Whether a waiting customer says a word that nobody answers for a while."""
        after = next((t for t in self.talk if t.start_ms >= turn.end_ms), None)
        return (
            turn.role is Role.CUSTOMER
            and turn.end_ms - turn.start_ms <= ASIDE_MS
            and after is not None
            and after.start_ms - turn.end_ms >= ASIDE_MS
            and not self.said(turn, "assent", "refusal")
        )

    def comes_back(self, at_ms: int) -> bool:
        """Whether the agent speaks next, in the words of somebody who was away."""
        turn = self.next_turn(at_ms)
        return turn is not None and turn.role is Role.AGENT and comes_back(turn.text)

    def leaves(self, at_ms: int) -> bool:
        """Whether the agent had the last word before `at_ms`, of an errand or of patience."""
        turn = self.last_turn(at_ms)
        return turn is not None and turn.role is Role.AGENT and leaves(turn.text[-120:])

    def said(self, turn: Turn, *kinds: str) -> bool:
        """Whether a turn does one of these."""
        return any(a.kind in kinds and turn.start_ms <= a.start_ms < turn.end_ms for a in self.acts)

    def customer_channels(self) -> set[int | None]:
        """The channels on which only the customer talks."""
        return customer_channels(self.talk)

    def _moved_on(self, act: Act, at_ms: int) -> bool:
        """Whether the announcement led into another question ("Hang on, was it Monday?")."""
        if act.kind != "announce_hold":
            return False
        asked = [
            turn
            for turn in self.talk
            if turn.start_ms <= act.start_ms < turn.end_ms and turn.text.rstrip().endswith(MARKS)
        ]
        answered = any(
            turn.role is Role.CUSTOMER and act.end_ms < turn.start_ms < at_ms for turn in self.talk
        )
        return answered and any(not asks_to_wait(turn.text) for turn in asked)

    def lines_before(self, at_ms: int) -> list[tuple[int, Turn]]:
        """The parties' last turns before a wait at `at_ms`, with their places in the talk."""
        return [
            (index, turn)
            for index, turn in enumerate(self.talk)
            if turn.start_ms < at_ms - 200 and at_ms - turn.end_ms <= READ_WITHIN_MS
            and turn.role in (Role.AGENT, Role.CUSTOMER)
        ]  # fmt: skip

    def _agreed_by_place(self, at_ms: int) -> Act | None:
        """A request in other words than acts know, which the customer has agreed to."""
        before = self.lines_before(at_ms)
        read = read_hold_talk([(turn.role, turn.text) for _, turn in before])
        if read.ask is None or not read.wait_named or read.answer != "yes":
            return None
        index, turn = before[read.ask]
        return Act(
            "ask_hold", turn.role, index, turn.start_ms, turn.end_ms, turn.text, 0.7, "pattern",
            {"form": "place"},
        )  # fmt: skip
