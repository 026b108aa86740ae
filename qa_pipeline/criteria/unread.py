"""What may hide in words that were badly heard: told by what they are not, and by the reply.

A turn is seldom unread as a whole. What counts is the run of words in it that belongs to nothing
that was recognised: how long it is, how badly it was read, where in the call it stands, and what
the other party says to it.
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
from qa_pipeline.language.sentences import split

# Of what is closed with, a question or a summary is followed by so few more exchanges: of 85
# questions about satisfaction in scripts by 1 (72) or 2 (13), of 86 summaries by 1 (21), 2 (63) or
# 3 (2). One more for the question: badly read talk is also given to the wrong party in bits.
LATE_REPLIES = 3
QUESTION_MS = 3_500  # the end of a run, where a question would stand: most of 85 last 2 to 4 s
ANSWER_MS = 2_500  # a reply comes this soon
OVERLAP_MS = 600  # or so much before the end of what it answers, by the times of words
# A pause as long as a short answer with the gaps around it: one may have been lost there.
LOST_ANSWER_MS = 1_500
# A reply less clear than this does not show that it is none; what it does say counts all the same.
LEAST_ANSWER_CONFIDENCE = 0.65
SCRAP_MS = 2_500  # what breaks one party's talk up where voices share a channel is no longer
# What may yet be something else explains no words: all that only comes near to an act, and
# summaries, whose sentences take in badly read ones that follow.
_EXPLAIN_NOTHING = ("nearly_", "near_", "mixed_", "recap")
# Set phrases, known however badly they were read; anything else is found in badly read words by
# chance too.
_FORMULAS = frozenset(
    {"greeting", "farewell", "thanks", "give_thanks", "answer_thanks", "thank_for_calling",
     "wish_well", "apology", "invite_again", "ask_anything_else", "ask_satisfaction",
     "check_understanding", "thanks_for_waiting", "address_by_name"}
)  # fmt: skip
# What shows that a question with this answer was not asked.
_NO_ANSWER = {
    Reply.PLEASED: frozenset({Reply.ASKS, Reply.LONG, Reply.PARTING}),
    Reply.NOTHING_ELSE: frozenset({Reply.PARTING}),
    Reply.UNDERSTOOD: frozenset({Reply.PARTING}),
}


@dataclass(frozen=True, slots=True)
class Unread:
    """Words of one party in a row that belong to nothing that was recognised."""

    role: Role
    words: tuple[Word, ...]

    @property
    def start_ms(self) -> int:
        """Where it starts."""
        return self.words[0].start_ms

    @property
    def end_ms(self) -> int:
        """Where it ends."""
        return self.words[-1].end_ms

    def clear(self, last_ms: int | None = None) -> float:
        """The mean probability of its words, or of those in its last so many ms."""
        from_ms = self.start_ms if last_ms is None else self.end_ms - last_ms
        found = [word.probability for word in self.words if word.start_ms >= from_ms]
        return _mean(found or [word.probability for word in self.words])

    def lasts(self, least_ms: int) -> bool:
        """Whether it is so long, and more than a few words."""
        return len(self.words) >= LEAST_TURN_WORDS and self.end_ms - self.start_ms >= least_ms

    def evidence(self, language: str) -> Evidence:
        """The words as evidence."""
        joint = "" if language == "zh" else " "
        text = joint.join(word.text.strip() for word in self.words)
        return Evidence(self.start_ms, self.end_ms, self.role, text)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other party says next; `clear` is the mean probability of its words."""

    kinds: frozenset[Reply]
    clear: float
    evidence: Evidence


def unexplained(call: Conversation, role: Role, *, joined: bool = False) -> Iterator[Unread]:
    """The runs of a party's words outside of all acts, however they were read.

    `joined` reads over what breaks a party's talk up where voices share a channel: pauses, and
    scraps that were given to the other one.
    """
    acts = [act for act in call.acts if act.role is role and _explains(act, call)]
    run: list[Word] = []
    for turn in call.turns_of(role):
        if run and not (joined and turn.start_ms - run[-1].end_ms <= SCRAP_MS):
            yield Unread(role, tuple(run))
            run = []
        for word in turn.words:
            if not any(_inside(word, act) for act in acts):
                run.append(word)
            elif run:
                yield Unread(role, tuple(run))
                run = []
    if run:
        yield Unread(role, tuple(run))


def badly_read(run: Unread, language: str, last_ms: int | None = None) -> bool:
    """Whether so few of these words (of the last so many ms) are right that they may be any."""
    return run.clear(last_ms) < LEAST_READ_CONFIDENCE.get(language, LEAST_TURN_CONFIDENCE)


def may_ask(
    call: Conversation, role: Role, start_ms: int, end_ms: int, wanted: Reply | None
) -> Iterator[Unread]:
    """Badly read runs between these moments that may be a question which `wanted` answers."""
    for run in unexplained(call, role):
        outside = run.end_ms <= start_ms or run.start_ms >= end_ms
        if outside or not run.lasts(LEAST_TURN_MS):
            continue
        if not badly_read(run, call.language, QUESTION_MS):
            continue
        answer = answer_to(call, role, run.end_ms)
        if answer is None and not _answer_lost(call, run):
            continue
        if not rules_out(answer, wanted):
            yield run


def asked_unknown(
    call: Conversation, role: Role, start_ms: int
) -> Iterator[tuple[Evidence, Answer]]:
    """Questions after a moment that no act explains and a party is answered; with the answer.

    Only what a turn ends with is answered. What sums up, or comes near to it, is left out: its
    "is that right?" is none.
    """
    ends = {turn.end_ms for turn in call.turns_of(role)}
    recaps = [act for act in call.acts if "recap" in act.kind]
    for run in unexplained(call, role):
        if run.end_ms <= start_ms or not any(abs(run.end_ms - end) <= OVERLAP_MS for end in ends):
            continue
        said = run.evidence(call.language)
        turn = Turn(role, run.start_ms, run.end_ms, said.text, words=run.words)
        last = split(turn, call.language)[-1:]
        if not last or not last[0].asked or len(last[0].tokens) < LEAST_TURN_WORDS:
            continue
        if any(act.start_ms < run.end_ms and act.end_ms > last[0].start_ms for act in recaps):
            continue
        answer = answer_to(call, role, run.end_ms)
        if answer is not None and answer.clear >= LEAST_ANSWER_CONFIDENCE:
            yield Evidence(last[0].start_ms, run.end_ms, role, last[0].text), answer


def answer_to(call: Conversation, role: Role, end_ms: int) -> Answer | None:
    """What the other party says to what a party said until `end_ms`; None: nothing in time."""
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
    words = [word.probability for turn in said for word in turn.words]
    return Answer(
        replied(text, call.language),
        _mean(words) if words else 1.0,
        Evidence(said[0].start_ms, said[-1].end_ms, said[0].role, text),
    )


def rules_out(answer: Answer | None, wanted: Reply | None) -> bool:
    """Whether this is no answer to a question that `wanted` answers."""
    if answer is None or wanted is None or wanted in answer.kinds:
        return False
    if answer.kinds & (_NO_ANSWER.keys() - {wanted}):
        return True
    no_answer = _NO_ANSWER.get(wanted, frozenset())
    if Reply.WELL in answer.kinds:
        no_answer &= {Reply.ASKS}
    return bool(answer.kinds & no_answer) and answer.clear >= LEAST_ANSWER_CONFIDENCE


def late_from(call: Conversation, role: Role, replies: int) -> int:
    """From where on, in ms, a party talks at most so many times more after the other's replies.

    A pause in which a reply may have been lost counts as one.
    """
    starts = [0]
    before: Turn | None = None
    for turn in sorted(call.turns, key=lambda turn: turn.start_ms):
        alone = before is not None and before.role is role
        paused = before is None or turn.start_ms - before.end_ms >= LOST_ANSWER_MS
        if turn.role is role and (paused or not alone):
            starts.append(turn.start_ms)
        before = turn
    return starts[max(0, len(starts) - 1 - replies)]


def _inside(word: Word, act: Act) -> bool:
    return act.start_ms <= (word.start_ms + word.end_ms) / 2 <= act.end_ms


def _explains(act: Act, call: Conversation) -> bool:
    """Whether an act tells what its words are: a formula, or words that were read well enough."""
    if act.kind.startswith(_EXPLAIN_NOTHING):
        return False
    if act.kind in _FORMULAS:
        return True
    turns = [turn for turn in call.turns_of(act.role) if turn.end_ms > act.start_ms]
    words = tuple(word for turn in turns for word in turn.words if _inside(word, act))
    return not words or not badly_read(Unread(act.role, words), call.language)


def _answer_lost(call: Conversation, run: Unread) -> bool:
    """Whether a reply may have been said that nothing is read of, or only as the same party's."""
    one_channel = call.layout in (Layout.MONO, Layout.DUAL_MONO)
    if one_channel and run.lasts(LEAST_TURN_MS + LOST_ANSWER_MS):
        return True
    later = [w.start_ms for t in call.turns for w in t.words or (t,) if w.start_ms >= run.end_ms]
    return bool(later) and min(later) - run.end_ms >= LOST_ANSWER_MS


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
