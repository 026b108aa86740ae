"""Kind ``order``: one thing is said before another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from qa_pipeline.criteria import trust
from qa_pipeline.criteria.base import About, Check, Finding, Params, clamp, clock, searched
from qa_pipeline.criteria.clause_words import in_words
from qa_pipeline.criteria.clauses import Found, WrittenOut, acts_in, look_for
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Evidence, Outcome
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.rubric import LocalText


class OrderParams(Params):
    """What comes first, and what only then."""

    first: WrittenOut = Field(description="a clause: what must come first")
    then: WrittenOut = Field(description="a clause: what may come only after it")
    need_first: bool = Field(
        True, description="fail also if the second is found without the first anywhere"
    )


class Order(Check[OrderParams]):
    """What must be said first is said first (H39).

    Good: "She isn't at her desk. May I ask who is calling?"
    Bad: "Who is calling? ... No, she isn't here."
    """

    kind = "order"
    params = OrderParams
    reasons: ClassVar[Mapping[str, str]] = {
        "in_order": "the first thing was said before the second",
        "wrong_order": "the second thing was said before the first",
        "first_missing": "the second thing was said, the first one never",
        "does_not_arise": "the second thing was not said, so that there is no order to keep",
        "not_known": "the call and its record do not tell",
        **trust.REASONS,
    }
    about = About(
        looks_for=LocalText(
            "Two things that are said, and which of them comes first.", "两件事哪一件先说。"
        ),
        good=LocalText(
            '"She isn\'t at her desk right now. May I ask who is calling?"',
            "“她现在正好不在，请问您是哪位？”",
        ),
        bad=LocalText(
            "\"Who is calling, please? ... No, I'm afraid she isn't here.\"",
            "“请问您哪位？……哦，她不在。”",
        ),
    )

    def acts_of(self, params: OrderParams) -> frozenset[str]:
        """Those of both clauses."""
        return acts_in(params.first) | acts_in(params.then)

    def describe(self, params: OrderParams) -> LocalText:
        """Both in words."""
        first, then = in_words(params.first), in_words(params.then)
        return LocalText(
            f"First: {first.en}. Only then: {then.en}.", f"先{first.zh}，再{then.zh}。"
        )

    def judge(self, call: Conversation, params: OrderParams) -> Finding:
        """The finding on one call."""
        if (unsure := trust.doubt(call)) is not None:
            return unsure
        first, then = look_for(call, params.first, {}), look_for(call, params.then, {})
        stretch = searched(0, call.duration_ms, Role.LINE)
        if first.holds is None or then.holds is None:
            told = LocalText("The call and its record do not tell.", "通话和记录都无法说明。")
            return Finding(Outcome.UNDETERMINED, 0.9, "not_known", told, (stretch,))
        if not then.holds:
            return _second_missing(then, params, stretch)
        return _compared(first, then, params, call)


def _compared(first: Found, then: Found, params: OrderParams, call: Conversation) -> Finding:
    """The second was said: was the first before it?"""
    b = _first_of(then, call)
    a = _first_of(first, call) if first.holds else None
    if a is not None and a.start_ms <= b.start_ms:
        sure = min(first.confidence, then.confidence)
        told = LocalText(
            f"In the right order: {clock(a.start_ms)}, then {clock(b.start_ms)}.",
            f"顺序正确：先{clock(a.start_ms)}，后{clock(b.start_ms)}。",
        )
        return Finding(Outcome.PASS, clamp(sure), "in_order", told, (a, b))
    words = in_words(params.first)
    earlier = [e for e in first.unclear if e.start_ms <= b.start_ms]
    if earlier or (a is None and not params.need_first):
        reason = "speech_unclear" if earlier else "not_known"
        told = LocalText(
            f"It cannot be told whether this came first: {words.en}.",
            f"无法确定是否先有：{words.zh}。",
        )
        return Finding(Outcome.UNDETERMINED, 0.7, reason, told, (*earlier, b))
    sure = clamp(min(then.confidence, trust.FAIL_CAP))
    if a is None:
        told = LocalText(f"This was never said: {words.en}.", f"始终没有：{words.zh}。")
        return Finding(
            Outcome.FAIL, sure, "first_missing", told, (b, searched(0, call.duration_ms, Role.LINE))
        )
    told = LocalText(
        f"This came too late, at {clock(a.start_ms)}: {words.en}.",
        f"说得太晚（{clock(a.start_ms)}）：{words.zh}。",
    )
    return Finding(Outcome.FAIL, sure, "wrong_order", told, (b, a))


def _first_of(found: Found, call: Conversation) -> Evidence:
    """The earliest evidence; what holds without any, such as a ``none``, holds from the start."""
    nothing = searched(0, call.duration_ms, Role.LINE)
    return min(found.evidence, key=lambda evidence: evidence.start_ms, default=nothing)


def _second_missing(then: Found, params: OrderParams, stretch: Evidence) -> Finding:
    words = in_words(params.then)
    told = LocalText(
        f"Does not arise, since this was not said: {words.en}.",
        f"不适用，因为没有：{words.zh}。",
    )
    return Finding(
        Outcome.NOT_APPLICABLE, then.confidence, "does_not_arise", told, (*then.unclear, stretch)
    )
