"""What was said around one hold: the request, the answer, and what goes with them.

Acts found anywhere in the call come first. Where none asks, or none answers, the last turns before
the hold are read again with the knowledge that a hold follows (`language.hold_talk`): there less
will do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from qa_pipeline.criteria import trust
from qa_pipeline.criteria.base import evidence_of_act, evidence_of_turn
from qa_pipeline.domain.conversation import Act, Conversation
from qa_pipeline.domain.evaluation import Evidence
from qa_pipeline.domain.recording import Layout, Role
from qa_pipeline.domain.timeline import Hold
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.hold_talk import (
    Answer,
    answer_to,
    answer_within,
    asks_to_wait,
    declares,
    grants,
    is_chinese,
    offers_to_wait,
    read_hold_talk,
)

ASK_WITHIN_MS = 40_000  # a question longer ago belongs to something else
SLACK_MS = 1_500  # word times and the hold's start are this uncertain
UNCLEAR_WITHIN_MS = 15_000  # before a hold: where its question would be
SHORT_ANSWER_MS = 3_000  # speech this short after the question is meant as an answer
RETURN_WITHIN_MS = 8_000  # after a hold: where its thanks would be
CHECK_IN_MS = 25_000  # between two waits: a longer return is more than a word about the wait
READ_WITHIN_MS = 25_000  # before a hold: the turns that are read for a request in other words
LONG_TURN_MS = 2_500  # of the customer: more than an answer to "would you hold?"
WRITTEN_INTO = 0.6  # how sure an answer is that was written into its question's turn
LEAST_TAIL = 0.65  # mean word probability of what is written behind a question
MIXED_MS = 15_000  # before a hold: where its question is, whoever it was taken for
MIXED_TURN_MS = 8_000  # no party alone talks that long before it is asked to wait
LAST_CHARACTERS = {True: 40, False: 160}  # of a turn: a question and its answer; Chinese or not
LEAST_REFUSAL = 0.5  # mean word probability of what is told as a refusal
BY_PLACE = 0.75  # how sure a request or an answer is that only its place makes one


@dataclass(frozen=True, slots=True)
class HoldFacts:
    """One hold with what was said before it."""

    hold: Hold
    ask: Act | None
    announcement: Act | None
    assent: Act | None
    refusal: Act | None
    unclear: Evidence | None  # the customer said something after the question: it is not clear what
    agreed: bool = False  # the customer answered an announcement with a yes
    near_ask: bool = False  # the announcement has words of a question
    sounded_asked: bool = False  # its turn ends in a question mark or is not clearly heard
    beside: tuple[Act, ...] = ()  # reason, promised time, thanks on return
    badly_heard: Evidence | None = None  # the agent's words before a hold nobody seems to ask for


def hold_facts(call: Conversation, hold: Hold, after_ms: int) -> HoldFacts:
    """What was said before `hold`; an earlier hold ended at `after_ms` (0: there was none)."""
    begin = max(after_ms, hold.start_ms - ASK_WITHIN_MS)

    def last(kind: str, role: Role, since: int) -> Act | None:
        acts = [
            a
            for a in call.acts_of(kind, role=role)
            if since <= a.start_ms and a.start_ms < hold.start_ms + SLACK_MS
        ]
        return acts[-1] if acts else None

    asks = [
        act
        for act in call.acts_of("ask_hold", role=Role.AGENT)
        if begin <= act.start_ms < hold.start_ms + SLACK_MS
    ]
    announcement = last("announce_hold", Role.AGENT, begin)
    beside = _beside(call, hold, asks[0] if asks else announcement)
    lines = _lines(call, hold, max(begin, hold.start_ms - READ_WITHIN_MS))
    lately = max(begin, hold.start_ms - UNCLEAR_WITHIN_MS)
    near = any(last(kind, Role.AGENT, lately) for kind in ("near_ask", "nearly_ask_hold"))
    if not asks:
        read = read_hold_talk([(turn.role, turn.text) for turn in lines])
        if read.ask is not None and read.answer == "none" and announcement is not None:
            near = True  # nobody answered: a fail either way, and no claim that it was a question
        elif read.ask is not None and (read.wait_named or announcement is not None):
            asks = [_by_place("ask_hold", call, lines[read.ask])]
        elif read.ask is not None and read.answer == "yes":
            near = True
    if not asks:
        since = announcement.start_ms if announcement else begin
        agreed = last("assent", Role.CUSTOMER, since) is not None or (near and _yes_last(lines))
        heard = _badly_heard(call, hold, announcement) or _asked_by_the_other(call, hold)
        if heard is None and announcement is None:
            heard = _offered(lines)
        if heard is None and announcement is not None and not agreed:
            heard = _answered_unread(call, announcement, hold, lines, near)
        asked = announcement is not None and _sounded_asked(call.turns[announcement.turn])
        return HoldFacts(
            hold, None, announcement, None, None, None, agreed, near, asked, beside, heard
        )
    # Asked twice, the customer may have answered the first time. An answer may begin while the
    # question still runs.
    since = asks[0].start_ms + min(800, (asks[0].end_ms - asks[0].start_ms) // 2)
    given = last("assent", Role.CUSTOMER, since), last("refusal", Role.CUSTOMER, since)
    assent, refusal, unclear = _answered(call, hold, asks, lines, given)
    return HoldFacts(hold, asks[-1], announcement, assent, refusal, unclear, beside=beside)


def _answered(
    call: Conversation,
    hold: Hold,
    asks: Sequence[Act],
    lines: Sequence[Turn],
    given: tuple[Act | None, Act | None],
) -> tuple[Act | None, Act | None, Evidence | None]:
    """Assent, refusal and what is unclear; `given` are the first two by words alone."""
    assent, refusal = given
    answer, turn = _read_answer(call, asks[0], lines)
    said = _by_place("assent" if answer == "yes" else "refusal", call, turn) if turn else None
    if turn is not None and answer == "yes" and refusal and not assent and grants(turn.text):
        refusal = None  # "I don't mind" to "would you mind": no words of refusing
    refusal, unclear = _unless_guessed(call, refusal)
    if said is not None and answer == "no":
        said, guessed = _unless_guessed(call, said)
        unclear = unclear or guessed
        answer = answer if said is not None else "unclear"
    if assent is None and refusal is None:
        if said is not None and answer in ("yes", "no"):
            return (said, None, None) if answer == "yes" else (None, said, None)
        if unclear is None and said is None and call.layout is not Layout.STEREO:
            assent, unclear = _written_into(call, asks[-1], lines)
        if assent is None and unclear is None:
            unclear = _something_said(call, asks[-1], hold, asked_back=answer == "question")
        return assent, None, unclear
    opposite: Answer = "no" if refusal is None else "yes"
    if turn is not None and answer == opposite and not (assent and refusal):
        # The words and their place say opposite things: nobody can be blamed for either.
        return None, None, evidence_of_turn(turn)
    return assent, refusal, unclear


def _offered(lines: Sequence[Turn]) -> Evidence | None:
    """The customer's last words before a hold, if they say that they will wait: it was named."""
    said = [turn for turn in lines if turn.role is Role.CUSTOMER]
    return evidence_of_turn(said[-1]) if said and offers_to_wait(said[-1].text) else None


def _unless_guessed(call: Conversation, refusal: Act | None) -> tuple[Act | None, Evidence | None]:
    """A refusal, or what is left of it if its words are no more than a guess: nobody is blamed."""
    if refusal is None or not _hardly_read(call, refusal):
        return refusal, None
    return None, evidence_of_act(refusal)


def _hardly_read(call: Conversation, act: Act) -> bool:
    """Whether the words of an act are no more than a guess of the recogniser's."""
    words = [
        word.probability
        for word in call.turns[act.turn].words
        if word.end_ms > act.start_ms and word.start_ms < act.end_ms
    ]
    return bool(words) and sum(words) < LEAST_REFUSAL * len(words)


def _sounded_asked(turn: Turn) -> bool:
    return turn.text.rstrip().endswith(("?", "？")) or (
        trust.clearness(turn) < trust.LEAST_TURN_CONFIDENCE
    )


def _lines(call: Conversation, hold: Hold, since_ms: int) -> list[Turn]:
    """The parties' turns that begin before the hold, in order."""
    parties = (Role.AGENT, Role.CUSTOMER)
    return [
        turn
        for turn in call.turns
        if turn.role in parties and since_ms <= turn.start_ms < hold.start_ms + SLACK_MS
    ]


def _by_place(kind: str, call: Conversation, turn: Turn) -> Act:
    """A whole turn as an act that its place before the hold makes it."""
    return Act(
        kind, turn.role, call.turns.index(turn), turn.start_ms, turn.end_ms, turn.text,
        BY_PLACE, "pattern", {"form": "place"},
    )  # fmt: skip


def _read_answer(call: Conversation, ask: Act, lines: Sequence[Turn]) -> tuple[Answer, Turn | None]:
    """The answer to a request, read by its place."""
    since = call.turns[ask.turn]
    after = [turn for turn in lines if turn.start_ms > since.start_ms]
    read = [since, *after]
    answer, at = answer_to([(turn.role, turn.text) for turn in read], 0)
    return answer, None if at is None else read[at]


def _written_into(
    call: Conversation, ask: Act, lines: Sequence[Turn]
) -> tuple[Act | None, Evidence | None]:
    """An answer that was written into the turn of its question; if unclear, as evidence.

    One voice close behind another in one channel is easily taken for its continuation.
    """
    turn = call.turns[ask.turn]
    if not lines or lines[-1] is not turn:
        return None, None
    answer, tail = answer_within(turn.text)
    if answer == "yes":
        act = _by_place("assent", call, turn)
        return replace(act, role=Role.CUSTOMER, text=tail, confidence=WRITTEN_INTO), None
    last = turn.words[-max(1, len(tail.split())) :] if tail else ()
    unsure = last and sum(word.probability for word in last) < LEAST_TAIL * len(last)
    return None, evidence_of_turn(turn) if unsure else None


def _answered_unread(
    call: Conversation, announcement: Act, hold: Hold, lines: Sequence[Turn], near: bool
) -> Evidence | None:
    """What was answered to a mere stretch of time ("two minutes"), if it is not clear what.

    Such words are what is left of a request as easily as of an announcement; so are words `near`
    to a request, where the answer was badly read.
    """
    turn = call.turns[announcement.turn]
    answer, reply = _read_answer(call, announcement, lines)
    if declares(turn.text):
        guessed = reply is not None and trust.clearness(reply) < trust.LEAST_EXPLAINED_CONFIDENCE
        if not (near and guessed):
            return None
    return _something_said(call, announcement, hold, asked_back=answer == "question")


def _yes_last(lines: Sequence[Turn]) -> bool:
    """Whether the customer's last word before the hold is a yes to the agent's last word."""
    agent = [index for index, turn in enumerate(lines) if turn.role is Role.AGENT]
    if not agent:
        return False
    read = [(turn.role, turn.text) for turn in lines]
    return answer_to(read, agent[-1])[0] == "yes"


def _something_said(call: Conversation, ask: Act, hold: Hold, asked_back: bool) -> Evidence | None:
    """What may be the customer's answer: words that say neither yes nor no, or a voice unread.

    Only to ask back is no answer. In a mono recording a voice that was not read cannot be told to
    be the customer's for sure.
    """
    until = hold.start_ms + SLACK_MS
    spoken = [
        turn
        for turn in call.turns_of(Role.CUSTOMER)
        if ask.end_ms - 500 <= turn.start_ms < until
        and turn.end_ms - turn.start_ms <= SHORT_ANSWER_MS
    ]
    if spoken and not asked_back:
        return evidence_of_turn(spoken[-1])
    unread = [
        turn
        for turn in call.unread
        if ask.end_ms - 300 <= turn.start_ms < until
        and (turn.role is Role.CUSTOMER or call.layout is not Layout.STEREO)
    ]
    return evidence_of_turn(unread[-1]) if unread else None


def _beside(call: Conversation, hold: Hold, request: Act | None) -> tuple[Act, ...]:
    """Reason and promised time given with the request, and the thanks on return."""
    since = request.start_ms - UNCLEAR_WITHIN_MS if request else hold.start_ms
    details = [
        act
        for act in call.acts_of("hold_reason", "hold_duration", role=Role.AGENT)
        if since <= act.start_ms < hold.start_ms
    ]
    thanks = [
        act
        for act in call.acts_of("thanks_for_waiting", role=Role.AGENT)
        if hold.end_ms - SLACK_MS <= act.start_ms <= hold.end_ms + RETURN_WITHIN_MS
    ]
    last_of = {act.kind: act for act in details}
    return (*last_of.values(), *thanks[:1])


def checked_in(call: Conversation, after_ms: int, hold: Hold) -> bool:
    """Whether between two waits the agent only said that it takes longer."""
    if hold.start_ms - after_ms > CHECK_IN_MS:
        return False
    kinds = ("thanks_for_waiting", "announce_hold", "ask_hold", "hold_return")
    return any(
        after_ms - SLACK_MS <= act.start_ms < hold.start_ms
        for act in call.acts_of(*kinds, role=Role.AGENT)
    )


def _badly_heard(call: Conversation, hold: Hold, announcement: Act | None) -> Evidence | None:
    """The agent's turn in which a question may have been lost, if its words are that unsure.

    That is the turn of the announcement, or any of the last ones before an unannounced hold.
    """
    if announcement is not None:
        turn = call.turns[announcement.turn]
        unsure = trust.clearness(turn) < trust.LEAST_EXPLAINED_CONFIDENCE
        return evidence_of_turn(turn) if unsure else None
    before = max(0, hold.start_ms - UNCLEAR_WITHIN_MS, _last_matter_ms(call, hold))
    turns = trust.unclear_turns(call, Role.AGENT, before, hold.start_ms)
    return evidence_of_turn(turns[-1]) if turns else None


def _asked_by_the_other(call: Conversation, hold: Hold) -> Evidence | None:
    """A request for the wait in a turn that is taken for the customer's, right before it.

    On one channel both parties' words may stand in one long turn, or in the wrong one's.
    """
    if call.layout is Layout.STEREO:
        return None
    for turn in reversed(_lines(call, hold, 0)):
        said = turn.text[-LAST_CHARACTERS[is_chinese(turn.text)] :]
        long = turn.end_ms - turn.start_ms >= MIXED_TURN_MS
        mixed = long or call.role_confidence < trust.SURE_ROLES
        if mixed and turn.role is Role.CUSTOMER and asks_to_wait(said):
            return evidence_of_turn(turn)
        # What is said after a question is an answer and a thanks.
        if turn.end_ms - turn.start_ms > SHORT_ANSWER_MS or turn.end_ms < hold.start_ms - MIXED_MS:
            break
    return None


def _last_matter_ms(call: Conversation, hold: Hold) -> int:
    """The end of the customer's last long and clear words that answer no request to wait.

    What the agent said before them belongs to another matter, however badly it was heard: a request
    would stand after them. 0 if a voice that nobody read stands there.
    """
    matters = [
        turn
        for turn in call.turns_of(Role.CUSTOMER)
        if turn.end_ms <= hold.start_ms + SLACK_MS
        and turn.end_ms - turn.start_ms >= LONG_TURN_MS
        and trust.clearness(turn) >= LEAST_TAIL
        and answer_to([(Role.AGENT, ""), (Role.CUSTOMER, turn.text)], 0)[0] == "unclear"
    ]
    if not matters:
        return 0
    end_ms = max(turn.end_ms for turn in matters)
    lost = any(
        turn.start_ms >= end_ms - 300 and turn.end_ms <= hold.start_ms + SLACK_MS
        and (turn.role is Role.AGENT or call.layout is not Layout.STEREO)
        for turn in call.unread
    )  # fmt: skip
    return 0 if lost else end_ms
