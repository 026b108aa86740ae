"""Kind `hold_protocol`: the agent asks before holding and waits for the customer's consent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from qa_pipeline.criteria import trust
from qa_pipeline.criteria.base import (
    About,
    Check,
    Finding,
    Params,
    clamp,
    clock,
    evidence_of_act,
    searched,
)
from qa_pipeline.criteria.hold_doubt import perhaps_held
from qa_pipeline.criteria.hold_facts import HoldFacts, checked_in, hold_facts
from qa_pipeline.criteria.hold_manners import REASONS as MANNERS
from qa_pipeline.criteria.hold_manners import Manners, manners_of
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Evidence, Outcome
from qa_pipeline.domain.recording import Layout, Role
from qa_pipeline.domain.rubric import LocalText

_RANK = {Outcome.FAIL: 0, Outcome.UNDETERMINED: 1, Outcome.PASS: 2}


class HoldProtocolParams(Params):
    """Consent, and what else belongs to a hold; a criterion may ask for any part of it."""

    need_ask: bool = Field(True, description="the agent must ask, not only tell")
    need_assent: bool = Field(True, description="the customer must say yes before the hold")
    need_reason: bool = Field(False, description="the agent tells why")
    need_duration: bool = Field(False, description="the agent tells how long it will take")
    need_thanks: bool = Field(False, description="the agent thanks or apologises on return")
    longest_s: float | None = Field(
        None, gt=0, description="the longest hold without coming back to the customer, in s"
    )

    @property
    def manners(self) -> Manners:
        """What is wanted beside consent."""
        return Manners(self.need_reason, self.need_duration, self.need_thanks, self.longest_s)


class HoldProtocolCheck(Check[HoldProtocolParams]):
    """Consent is asked for and given before the customer is put on hold (H28, N17, P09).

    Good: "May I put you on hold for a minute while I check?" - "Sure." - (music)
    Bad: "One moment please." - (music)
    """

    kind = "hold_protocol"
    params = HoldProtocolParams
    about: ClassVar[About] = About(
        looks_for=LocalText(
            "What comes before a hold: whether the agent asks, and waits for the customer's yes.",
            "让客户等候之前：客服是否征求意见，并得到客户同意。",
        ),
        good=LocalText(
            '"Would you mind holding while I ask the warehouse?" - "That\'s fine." (music)',
            "“我去问一下仓库，大概两分钟，您方便等一下吗？”“可以。”（音乐）",
        ),
        bad=LocalText(
            '"Hang on." (music)',
            "“稍等。”（音乐）",
        ),
    )
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
        **MANNERS,
        **trust.REASONS,
    }

    def describe(self, params: HoldProtocolParams) -> LocalText:
        """What is wanted of a hold."""
        parts = [
            (params.need_ask, "the agent asks before it", "客服事先询问"),
            (params.need_assent, "the customer says yes first", "客户先同意"),
            (params.need_reason, "the agent says why", "客服说明原因"),
            (params.need_duration, "the agent says how long", "客服说明要等多久"),
            (params.need_thanks, "the agent thanks or apologises on return", "回来后感谢或致歉"),
        ]
        en = [text for wanted, text, _ in parts if wanted]
        zh = [text for wanted, _, text in parts if wanted]
        if params.longest_s is not None:
            en.append(f"it lasts at most {params.longest_s:g} s at a time")
            zh.append(f"每次不超过{params.longest_s:g}秒")
        return LocalText(f"At every hold: {'; '.join(en)}.", f"每次让客户等候：{'；'.join(zh)}。")

    def judge(self, call: Conversation, params: HoldProtocolParams) -> Finding:
        """The finding on one call; with several holds the worst decides."""
        recorded = call.metadata.hold_seconds
        if not call.holds:
            if recorded is not None and recorded >= 1:
                return _not_located(call, recorded)
            if not call.turns and recorded is None and (unsure := trust.doubt(call)) is not None:
                return unsure
            perhaps = () if recorded is not None else perhaps_held(call)
            return _perhaps(perhaps) if perhaps else _no_hold(call, recorded)
        if (unsure := trust.doubt(call)) is not None:
            return unsure
        findings: list[Finding] = []
        after_ms = 0
        for hold in call.holds:
            facts = hold_facts(call, hold, after_ms)
            if params.need_ask or params.need_assent or not params.manners:
                agreed = bool(findings) and findings[-1].outcome is Outcome.PASS
                back = agreed and checked_in(call, after_ms, hold)
                findings.append(_one(call, facts, params, back))
            if params.manners:
                findings.append(manners_of(call, facts, params.manners))
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


def _one(
    call: Conversation, facts: HoldFacts, params: HoldProtocolParams, came_back: bool
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
    if came_back and outcome is Outcome.FAIL and reason != "refused":
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


def _decide(facts: HoldFacts, params: HoldProtocolParams) -> tuple[Outcome, str, float]:  # noqa: PLR0911 - one line per case
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
            # A yes to an announcement suggests that it was a question whose words were misheard;
            # a recogniser writes a question mark for how it sounded.
            if facts.agreed and facts.sounded_asked:
                return Outcome.UNDETERMINED, "unclear_ask", 0.6
            return Outcome.FAIL, "announced_only", 0.65 if facts.agreed else 0.87
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


def _perhaps(evidence: tuple[Evidence, ...]) -> Finding:
    when = clock(evidence[-1].start_ms)
    return Finding(
        Outcome.UNDETERMINED,
        0.6,
        "hold_unsure",
        LocalText(
            f"Somebody asks to wait, and nobody is heard from {when} on for a while: "
            "it may have been a hold.",
            f"有人请对方等候，{when}起有一段时间无人说话：可能是等候。",
        ),
        evidence,
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
