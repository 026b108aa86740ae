"""What may hide in words that were badly heard, told by what they are not and what follows them.

A turn is seldom unread as a whole. What counts is the run of words in it that belongs to nothing
that was recognised: how long it is, how badly it was read, where it stands in the call, and how the
other party replies to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from qa_pipeline.criteria.trust import (
    LEAST_READ_CONFIDENCE,
    LEAST_TURN_CONFIDENCE,
    LEAST_TURN_MS,
    LEAST_TURN_WORDS,
)
from qa_pipeline.domain.conversation import Act, Conversation
from qa_pipeline.domain.evaluation import Evidence
from qa_pipeline.domain.recording import Layout, Role
from qa_pipeline.domain.transcript import Turn, Word
from qa_pipeline.language.replies import Reply, replied

ANSWER_MS = 2_500
OVERLAP_MS = 600
LOST_ANSWER_MS = 1_500
LATE_REPLIES = 3
LEAST_ANSWER_CONFIDENCE = 0.65
QUESTION_MS = 4_000
SCRAP_MS = 2_500
_TELLS = frozenset({Reply.ASKS, Reply.LONG, Reply.PARTING})
_OTHER = frozenset({Reply.NOTHING_ELSE, Reply.UNDERSTOOD})
_NOT_ALL = ("nearly_", "mixed_", "recap", "near_")  # acts that explain nothing: they may be something else


@dataclass(frozen=True, slots=True)
class Unread:
    """Words of one party in a row that belong to nothing that was recognised."""

    role: Role
    words: tuple[Word, ...]
    joint: str = " "

    @property
    def start_ms(self) -> int:
        """Where it starts."""
        return self.words[0].start_ms

    @property
    def end_ms(self) -> int:
        """Where it ends."""
        return self.words[-1].end_ms

    @property
    def clear(self) -> float:
        """The mean probability of its words."""
        return sum(word.probability for word in self.words) / len(self.words)

    def evidence(self) -> Evidence:
        """The words as evidence."""
        text = self.joint.join(word.text.strip() for word in self.words)
        return Evidence(self.start_ms, self.end_ms, self.role, text)


def unexplained(call: Conversation, role: Role, *, joined: bool = False) -> Iterator[Unread]:
    """The runs of a party's words outside of all acts, however they were read.

    `joined` reads over what breaks a party's talk up where voices share a channel: pauses, and
    scraps that were given to the other one.
    """
    acts = [a for a in call.acts if a.role is role and not a.kind.startswith(_NOT_ALL)]
    joint = "" if call.language == "zh" else " "
    run: list[Word] = []
    for turn in call.turns_of(role):
        if run and not (joined and turn.start_ms - run[-1].end_ms <= SCRAP_MS):
            yield Unread(role, tuple(run), joint)
            run = []
        for word in turn.words:
            if not any(_inside(word, act) for act in acts):
                run.append(word)
            elif run:
                yield Unread(role, tuple(run), joint)
                run = []
    if run:
        yield Unread(role, tuple(run), joint)


def _inside(word: Word, act: Act) -> bool:
    return act.start_ms <= (word.start_ms + word.end_ms) / 2 <= act.end_ms


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other party says next, until the first one talks again."""

    start_ms: int
    kinds: frozenset[Reply]
    clear: float
    evidence: Evidence


def answer_to(call: Conversation, role: Role, end_ms: int) -> Answer | None:
    """What the other party replies to what a party said until `end_ms`; None: nothing in time."""
    said: list[Turn] = []
    for turn in sorted(call.turns, key=lambda turn: turn.start_ms):
        if turn.start_ms < end_ms - OVERLAP_MS:
            continue
        if turn.role is role or (not said and turn.start_ms > end_ms + ANSWER_MS):
            break
        said.append(turn)
    if not said:
        return None
    text = " ".join(turn.text for turn in said)
    words = [word for turn in said for word in turn.words]
    return Answer(
        said[0].start_ms,
        replied(text, call.language),
        sum(word.probability for word in words) / len(words) if words else 1.0,
        Evidence(said[0].start_ms, said[-1].end_ms, said[0].role, text),
    )


def late_from(call: Conversation, role: Role, replies: int) -> int:
    """From where on a party talks at most so many times more, each time after the other one."""
    starts: list[int] = [0]
    before: Turn | None = None
    for turn in sorted(call.turns, key=lambda turn: turn.start_ms):
        if turn.role is role and (
            before is None or before.role is not role
            or turn.start_ms - before.end_ms >= LOST_ANSWER_MS
        ):
            starts.append(turn.start_ms)
        before = turn
    return starts[max(0, len(starts) - 1 - replies)]


def may_ask(call: Conversation, role: Role, start_ms: int, wanted: Reply | None) -> Iterator[Unread]:
    """Unread runs from `start_ms` on that may be a question that is answered by `wanted`."""
    for run in unexplained(call, role):
        if run.end_ms < start_ms or not _long_enough(run) or not _unread(run, call.language):
            continue
        answer = answer_to(call, role, run.end_ms)
        if answer is None and not _answer_lost(call, run):
            continue
        if not rules_out(answer, wanted):
            yield run


def rules_out(answer: Answer | None, wanted: Reply | None) -> bool:
    """Whether this is no answer to what is answered by `wanted`."""
    if answer is None or wanted in answer.kinds:
        return False
    if answer.kinds & _OTHER:
        return True
    no_answer = {Reply.ASKS} if Reply.WELL in answer.kinds else _TELLS
    return bool(answer.kinds & no_answer) and answer.clear >= LEAST_ANSWER_CONFIDENCE


def _long_enough(run: Unread) -> bool:
    return len(run.words) >= LEAST_TURN_WORDS and run.end_ms - run.start_ms >= LEAST_TURN_MS


def _unread(run: Unread, language: str) -> bool:
    tail = tuple(word for word in run.words if word.start_ms >= run.end_ms - QUESTION_MS)
    return Unread(run.role, tail or run.words).clear < LEAST_READ_CONFIDENCE.get(language, LEAST_TURN_CONFIDENCE)


def _answer_lost(call: Conversation, run: Unread) -> bool:
    """Whether a reply may have been said that nothing is read of, or only as the same party's."""
    one_channel = call.layout in (Layout.MONO, Layout.DUAL_MONO)
    long = run.end_ms - run.start_ms >= LEAST_TURN_MS + LOST_ANSWER_MS
    return (one_channel and long) or _silent_after(call, run.end_ms) >= LOST_ANSWER_MS


def _silent_after(call: Conversation, end_ms: int) -> int:
    """How long nothing is read after a moment; 0 if nothing more is."""
    later = [w.start_ms for t in call.turns for w in t.words or (t,) if w.start_ms >= end_ms]
    return min(later) - end_ms if later else 0
