"""Kind `hold_protocol`: the agent asks before holding and waits for the customer's consent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from qa_pipeline.criteria import trust
from qa_pipeline.criteria.base import (
    Check,
    Finding,
    Params,
    clamp,
    clock,
    evidence_of_act,
    evidence_of_turn,
    searched,
)
from qa_pipeline.domain.conversation import Act, Conversation
from qa_pipeline.domain.evaluation import Evidence, Outcome
from qa_pipeline.domain.recording import Layout, Role
from qa_pipeline.domain.rubric import LocalText
from qa_pipeline.domain.timeline import Hold

ASK_WITHIN_MS = 40_000  # a question longer ago belongs to something else
SLACK_MS = 1_500  # word times and the hold's start are this uncertain
UNCLEAR_WITHIN_MS = 15_000  # before a hold: where its question would be
SHORT_ANSWER_MS = 3_000  # speech this short after the question is meant as an answer
RETURN_WITHIN_MS = 8_000  # after a hold: where its thanks would be
CHECK_IN_MS = 25_000  # between two waits: a longer return is more than a word about the wait
_RANK = {Outcome.FAIL: 0, Outcome.UNDETERMINED: 1, Outcome.PASS: 2}


class HoldProtocolParams(Params):
    """`need_ask`: a question for consent; `need_assent`: a yes before the hold begins."""

    need_ask: bool = True
    need_assent: bool = True


@dataclass(frozen=True, slots=True)
class _HoldFacts:
    """One hold with what was said before it."""

    hold: Hold
    ask: Act | None
    announcement: Act | None
    assent: Act | None
    refusal: Act | None
    unclear: Evidence | None  # the customer said something after the question: it is not clear what
    agreed: bool = False  # the customer answered an announcement with a yes
    near_ask: bool = False  # the announcement has words of a question
    beside: tuple[Act, ...] = ()  # reason, promised time, thanks on return
    badly_heard: Evidence | None = None  # the agent's words before a hold nobody seems to ask for


class HoldProtocolCheck(Check[HoldProtocolParams]):
    """Consent is asked for and given before the customer is put on hold (H28, N17, P09).

    Good: "May I put you on hold for a minute while I check?" - "Sure." - (music)
    Bad: "One moment please." - (music)
    """

    kind = "hold_protocol"
    params = HoldProtocolParams
    reasons: ClassVar[Mapping[str, str]] = {
        "consented": "asked and answered with a yes before the hold",
        "not_asked": "put on hold without a word about it",
        "announced_only": "told to wait, not asked",
        "no_answer": "asked, but not waited for the answer",
        "refused": "put on hold although the customer had said no",
        "unclear_answer": "the customer's answer could not be understood",
        "unclear_ask": "the words before the hold were too badly heard to tell asking from telling",
        "no_hold": "nobody was put on hold",
        "not_located": "the phone system noted a hold that cannot be found in the recording",
        "hold_unsure": "what was heard may not have been a hold",
        **trust.REASONS,
    }

    def judge(self, call: Conversation, params: HoldProtocolParams) -> Finding:
        """The finding on one call; with several holds the worst decides."""
        recorded = call.metadata.hold_seconds
        if not call.holds:
            if recorded is not None and recorded >= 1:
                return _not_located(call, recorded)
            if not call.turns and recorded is None and (unsure := trust.doubt(call)) is not None:
                return unsure
            return _no_hold(call, recorded)
        if (unsure := trust.doubt(call)) is not None:
            return unsure
        findings: list[Finding] = []
        after_ms = 0
        for hold in call.holds:
            facts = _facts(call, hold, after_ms)
            agreed = bool(findings) and findings[-1].outcome is Outcome.PASS
            findings.append(_one(call, facts, params, agreed and _checked_in(call, after_ms, hold)))
            after_ms = hold.end_ms
        worst = min(findings, key=lambda f: (_RANK[f.outcome], -f.confidence))
        evidence = tuple(e for finding in findings for e in finding.evidence)
        if recorded == 0:
            en = f"{worst.explanation.en} (The phone system noted no hold.)"
            zh = f"{worst.explanation.zh}（电话系统没有记录等候。）"
            return Finding(
                worst.outcome, worst.confidence, worst.reason, LocalText(en, zh), evidence
            )
        return Finding(worst.outcome, worst.confidence, worst.reason, worst.explanation, evidence)


def _facts(call: Conversation, hold: Hold, after_ms: int) -> _HoldFacts:
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
    if not asks:
        since = announcement.start_ms if announcement else hold.start_ms
        agreed = announcement is not None and last("assent", Role.CUSTOMER, since) is not None
        near = last("near_ask", Role.AGENT, max(begin, hold.start_ms - UNCLEAR_WITHIN_MS))
        heard = _badly_heard(call, hold, announcement)
        return _HoldFacts(
            hold, None, announcement, None, None, None, agreed, near is not None, beside, heard
        )
    # Asked twice, the customer may have answered the first time. An answer may begin while the
    # question still runs.
    since = asks[0].start_ms + min(800, (asks[0].end_ms - asks[0].start_ms) // 2)
    assent = last("assent", Role.CUSTOMER, since)
    refusal = last("refusal", Role.CUSTOMER, since)
    unclear = None if assent or refusal else _something_said(call, asks[-1], hold)
    return _HoldFacts(hold, asks[-1], announcement, assent, refusal, unclear, beside=beside)


def _something_said(call: Conversation, ask: Act, hold: Hold) -> Evidence | None:
    """What may be the customer's answer: words that say neither yes nor no, or a voice unread.

    In a mono recording a voice that was not read cannot be told to be the customer's for sure.
    """
    until = hold.start_ms + SLACK_MS
    spoken = [
        turn
        for turn in call.turns_of(Role.CUSTOMER)
        if ask.end_ms - 500 <= turn.start_ms < until
        and turn.end_ms - turn.start_ms <= SHORT_ANSWER_MS
    ]
    if spoken:
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


def _checked_in(call: Conversation, after_ms: int, hold: Hold) -> bool:
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
    before = max(0, hold.start_ms - UNCLEAR_WITHIN_MS)
    turns = trust.unclear_turns(call, Role.AGENT, before, hold.start_ms)
    return evidence_of_turn(turns[-1]) if turns else None


def _one(
    call: Conversation, facts: _HoldFacts, params: HoldProtocolParams, checked_in: bool
) -> Finding:
    hold = facts.hold
    when = clock(hold.start_ms)
    seconds = round((hold.end_ms - hold.start_ms) / 1000)
    line = Evidence(hold.start_ms, hold.end_ms, Role.LINE, hold.medium)
    said = [a for a in (facts.ask, facts.announcement, facts.assent, facts.refusal) if a]
    quoted = tuple(
        evidence_of_act(a) for a in sorted((*said, *facts.beside), key=lambda a: a.start_ms)
    )
    unclear = tuple(e for e in (facts.unclear, facts.badly_heard) if e is not None)
    nothing = () if said else (searched(max(0, hold.start_ms - 15_000), hold.start_ms, Role.AGENT),)
    outcome, reason, sure = _decide(facts, params)
    if checked_in and outcome is Outcome.FAIL and reason != "refused":
        sure -= 0.15  # some take the first yes for the whole wait
    elif reason == "no_answer" and call.layout is Layout.MONO:
        sure -= 0.1  # one voice close behind another is more easily lost
    en, zh = _EXPLAINED[reason]
    if hold.confidence < 0.5 and outcome is Outcome.FAIL:
        outcome, reason = Outcome.UNDETERMINED, "hold_unsure"
        en, zh = _EXPLAINED[reason]
    words = min((a.confidence for a in said), default=1.0)
    confidence = sure * min(1.0, hold.confidence + 0.1) * trust.sureness(call)
    if outcome is Outcome.PASS:
        confidence *= min(1.0, words + 0.05)
    return Finding(
        outcome,
        clamp(confidence, low=0.3, high=trust.FAIL_CAP),
        reason,
        LocalText(
            f"Hold at {when} for {seconds} s: {en}.", f"{when}开始的等候（{seconds}秒）：{zh}。"
        ),
        (*quoted, *unclear, *nothing, line),
    )


_EXPLAINED = {
    "consented": (
        "the agent asked and the customer agreed before it began",
        "客服事先征求了意见，客户同意",
    ),
    "not_asked": ("the customer was not asked beforehand", "客服事先没有征求客户同意"),
    "announced_only": (
        "the agent announced the wait, but did not ask for consent",
        "客服只是告知等候，没有征求客户同意",
    ),
    "no_answer": (
        "the agent asked, but did not wait for the customer's answer",
        "客服询问了，但没有等客户回答",
    ),
    "refused": ("the customer had said no", "客户事先表示了拒绝"),
    "unclear_answer": (
        "the agent asked, but the customer's answer could not be understood",
        "客服询问了，但客户的回答无法识别",
    ),
    "unclear_ask": (
        "the agent's words before it were too badly heard to tell whether they asked",
        "客服在此之前的话没有听清，不能确定是否征求了意见",
    ),
    "hold_unsure": ("it may not have been a hold at all", "不能确定这是否是等候"),
}


def _decide(facts: _HoldFacts, params: HoldProtocolParams) -> tuple[Outcome, str, float]:  # noqa: PLR0911 - one line per case
    if facts.ask is None:
        if not params.need_ask:
            told = facts.announcement is not None
            return (Outcome.PASS, "consented", 0.8) if told else (Outcome.FAIL, "not_asked", 0.8)
        if facts.badly_heard is not None:
            return Outcome.UNDETERMINED, "unclear_ask", 0.6
        if facts.near_ask and facts.agreed:
            return Outcome.UNDETERMINED, "unclear_ask", 0.6
        if facts.announcement is not None:
            if facts.near_ask:
                return Outcome.FAIL, "announced_only", 0.65
            # A yes to an announcement suggests that it was heard as a question.
            return Outcome.FAIL, "announced_only", 0.78 if facts.agreed else 0.87
        return Outcome.FAIL, "not_asked", 0.8
    refused = facts.refusal is not None and (
        facts.assent is None or facts.refusal.start_ms >= facts.assent.start_ms
    )
    if refused:
        return Outcome.FAIL, "refused", 0.82
    if facts.assent is not None or not params.need_assent:
        return Outcome.PASS, "consented", 0.95
    if facts.unclear is not None:
        return Outcome.UNDETERMINED, "unclear_answer", 0.6
    return Outcome.FAIL, "no_answer", 0.75


def _not_located(call: Conversation, seconds: float) -> Finding:
    return Finding(
        Outcome.UNDETERMINED,
        0.85,
        "not_located",
        LocalText(
            f"The phone system noted {seconds:g} s of hold, but it cannot be found in the call.",
            f"电话系统记录等候{seconds:g}秒，但在通话中无法定位。",
        ),
        (searched(0, call.duration_ms, Role.LINE),),
    )


def _no_hold(call: Conversation, recorded: float | None) -> Finding:
    confidence = 0.96 if recorded == 0 else 0.86
    return Finding(
        Outcome.NOT_APPLICABLE,
        confidence,
        "no_hold",
        LocalText("The customer was not put on hold.", "客户没有被要求等候。"),
        (searched(0, call.duration_ms, Role.LINE),),
    )
