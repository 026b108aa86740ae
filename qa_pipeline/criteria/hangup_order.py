"""Kind `hangup_order`: the customer ends the call, not the agent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from qa_pipeline.criteria.base import About, Check, Finding, Params, clamp, searched
from qa_pipeline.criteria.hangup_clues import Clue, clues_of, who
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Evidence, Outcome
from qa_pipeline.domain.recording import Party, Role
from qa_pipeline.domain.rubric import LocalText

RECORDED = 0.97  # what is left are its clerks' errors
SUREST = 0.95  # below the record
RECORD = "phone system's record"  # the evidence of a verdict that rests on it
BOTH_AGREE = 0.05


class HangupOrderParams(Params):
    """`least_gap_ms`: hangups nearer than this to each other count as simultaneous."""

    least_gap_ms: int = Field(
        150, ge=0, description="hang-ups nearer to each other than this, in ms, count as one"
    )


class HangupOrderCheck(Check[HangupOrderParams]):
    """The customer hangs up first (B04, P08). Who said goodbye last tells nothing.

    Good: the customer's line goes dead, the agent's follows two seconds later.
    Bad: the agent's line goes dead while the customer still talks.
    """

    kind = "hangup_order"
    rests_on_words = False
    params = HangupOrderParams
    about: ClassVar[About] = About(
        looks_for=LocalText(
            "Who ended the call first, by the record or the line; not who said goodbye last.",
            "谁先挂断电话，以电话系统的记录或线路上的迹象为准；谁最后说再见并不能说明问题。",
        ),
        good=LocalText(
            "\"Goodbye.\" (the customer's line goes dead, two seconds later the agent's)",
            "“再见。”（客户先挂断，两秒后客服才挂断）",
        ),
        bad=LocalText(
            '"Anything else? No?" (click, while the customer still says thank you)',
            "“没别的事了吧？”（客户还在道谢，客服已经挂断）",
        ),
    )
    reasons: ClassVar[Mapping[str, str]] = {
        "customer_first": "the customer ended the call",
        "agent_first": "the agent ended the call",
        "system_ended": "the call was ended by the system",
        "simultaneous": "both hung up at almost the same time",
        "record_and_line_differ": "the phone system and the line disagree; the record decides",
        "clues_differ": "the signs on the line contradict each other",
        "no_evidence": "neither the phone system nor the line tells who hung up",
    }

    def judge(self, call: Conversation, params: HangupOrderParams) -> Finding:
        """The finding on one call."""
        clues = clues_of(call)
        by = call.metadata.disconnected_by
        if by is Party.SYSTEM:
            return Finding(
                Outcome.NOT_APPLICABLE,
                RECORDED,
                "system_ended",
                LocalText("The call was ended by the system.", "通话由系统结束。"),
                (_end(call, RECORD),),
            )
        gap = _gap_ms(call)
        if gap is not None and abs(gap) < params.least_gap_ms:
            return _simultaneous(call, gap)
        if by is not None:
            return _recorded(call, by, clues)
        return _from_line(call, clues)


def _recorded(call: Conversation, by: Party, clues: list[Clue]) -> Finding:
    against = [c for c in clues if c.party is not by and c.confidence >= 0.7]
    who_en, who_zh = who(by)
    if against:
        clue = max(against, key=lambda c: c.confidence)
        return Finding(
            _outcome(by),
            0.75,
            "record_and_line_differ",
            LocalText(
                f"The phone system says that {who_en} hung up first, but {clue.en}.",
                f"电话系统记录{who_zh}先挂断，但{clue.zh}。",
            ),
            (clue.evidence, _end(call, RECORD)),
        )
    return Finding(
        _outcome(by),
        RECORDED,
        f"{by.value}_first",
        LocalText(
            f"The phone system noted that {who_en} hung up first.", f"电话系统记录{who_zh}先挂断。"
        ),
        (*(clue.evidence for clue in clues), _end(call, RECORD)),
    )


def _from_line(call: Conversation, clues: list[Clue]) -> Finding:
    if not clues:
        return Finding(
            Outcome.UNDETERMINED,
            0.9,
            "no_evidence",
            LocalText(
                "Neither the phone system nor the line tells who hung up first.",
                "电话系统和线路都没有说明谁先挂断。",
            ),
            (_end(call),),
        )
    best = max(clues, key=lambda c: c.confidence)
    against = [c for c in clues if c.party is not best.party]
    evidence = tuple(clue.evidence for clue in clues)
    rival = max((c.confidence for c in against), default=0.0)
    if rival and best.confidence - rival < 0.15:
        return Finding(
            Outcome.UNDETERMINED,
            0.7,
            "clues_differ",
            LocalText(
                "The signs on the line contradict each other as to who hung up first.",
                "线路上的迹象相互矛盾，无法判断谁先挂断。",
            ),
            evidence,
        )
    agreeing = sum(c.party is best.party for c in clues) - 1
    confidence = best.confidence + BOTH_AGREE * agreeing - (0.15 if against else 0.0)
    who_en, who_zh = who(best.party)
    return Finding(
        _outcome(best.party),
        clamp(confidence, high=SUREST),
        f"{best.party.value}_first",
        LocalText(
            f"{who_en.capitalize()} hung up first: {best.en}.", f"{who_zh}先挂断：{best.zh}。"
        ),
        evidence,
    )


def _simultaneous(call: Conversation, gap_ms: float) -> Finding:
    return Finding(
        Outcome.UNDETERMINED,
        0.9,
        "simultaneous",
        LocalText(
            f"Both hung up within {abs(gap_ms):g} ms of each other.",
            f"双方几乎同时挂断（相差{abs(gap_ms):g}毫秒）。",
        ),
        (_end(call),),
    )


def _gap_ms(call: Conversation) -> float | None:
    """Some phone systems note how far apart the two hangups were."""
    value = call.metadata.extra.get("hangup_gap_ms")
    return float(value) if isinstance(value, int | float) else None


def _outcome(party: Party) -> Outcome:
    return Outcome.PASS if party is Party.CUSTOMER else Outcome.FAIL


def _end(call: Conversation, text: str = "") -> Evidence:
    """The end of the call; without `text` a stretch that was searched in vain."""
    last_word = max((turn.end_ms for turn in call.turns), default=0)
    return searched(min(last_word, call.duration_ms), call.duration_ms, Role.LINE, text)
