"""Kind ``response_delay``: the agent answers soon after the customer has spoken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from pydantic import Field

from qa_pipeline.criteria import trust
from qa_pipeline.criteria.base import About, Check, Finding, Params, clamp, clock, searched
from qa_pipeline.criteria.talk_times import gaps, parties
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Evidence, Outcome
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.rubric import LocalText
from qa_pipeline.domain.transcript import Turn

_LEAST_ANSWERS = 3  # fewer tell nothing about how somebody answers
_SURE_FROM = 1.3  # beyond the border by this factor, uncertain turn ends do not matter
_SHOWN = 5


class ResponseDelayParams(Params):
    """How soon the agent answers."""

    longest_s: float = Field(4.0, gt=0, description="the longest wait for an answer, in s")
    allowed: int = Field(1, ge=0, description="how many slower answers are all right")


class ResponseDelay(Check[ResponseDelayParams]):
    """The agent answers when the customer has spoken (B08).

    Good: "My order has not come." - (one second) "I'm sorry to hear that."
    Bad: "My order has not come." - (six seconds of nothing) "Okay."
    """

    kind = "response_delay"
    params = ResponseDelayParams
    rests_on_words = False
    reasons: ClassVar[Mapping[str, str]] = {
        "prompt": "the agent answered soon enough",
        "slow": "the agent let the customer wait for an answer too often",
        "borderline": "answers took about as long as allowed",
        "too_few_answers": "too few answers to judge by",
        **trust.REASONS,
    }
    about = About(
        looks_for=LocalText(
            "How long it takes the agent to say something after the customer has finished.",
            "客户说完以后，客服过多久才开口。",
        ),
        good=LocalText(
            '"My order has not come." - after a second: "I\'m sorry, let me check."',
            "“我的订单还没到。”——一秒后：“不好意思，我来查一下。”",
        ),
        bad=LocalText(
            '"My order has not come." - after six seconds of nothing: "Okay."',
            "“我的订单还没到。”——六秒没有声音，然后：“哦。”",
        ),
    )

    def describe(self, params: ResponseDelayParams) -> LocalText:
        """The limit."""
        s = f"{params.longest_s:g}"
        return LocalText(
            f"At most {params.allowed} answers of the agent come later than {s} s.",
            f"客服超过{s}秒才回应的次数不超过{params.allowed}次。",
        )

    def judge(self, call: Conversation, params: ResponseDelayParams) -> Finding:
        """The finding on one call."""
        if (unsure := trust.doubt(call)) is not None:
            return unsure
        answers = list(_answers(call))
        stretch = searched(*trust.agent_window(call, call.turns), Role.AGENT)
        if len(answers) < _LEAST_ANSWERS:
            told = LocalText("There are too few answers to judge by.", "回应太少，无法判断。")
            return Finding(Outcome.UNDETERMINED, 0.8, "too_few_answers", told, (stretch,))
        limit_ms = round(params.longest_s * 1000)
        slow = [a for a in answers if a.delay_ms > limit_ms]
        clear = [a for a in slow if a.delay_ms > _SURE_FROM * limit_ms]
        if len(slow) <= params.allowed:
            told = LocalText(
                f"The agent answered within {params.longest_s:g} s, "
                f"{len(answers) - len(slow)} of {len(answers)} times.",
                f"客服在{params.longest_s:g}秒内回应，{len(answers)}次中有"
                f"{len(answers) - len(slow)}次。",
            )
            return Finding(
                Outcome.PASS, clamp(0.9 * trust.sureness(call)), "prompt", told, (stretch,)
            )
        worst = max(slow, key=lambda a: a.delay_ms)
        told = LocalText(
            f"{len(slow)} answers came later than {params.longest_s:g} s, the slowest after "
            f"{worst.delay_ms / 1000:.1f} s at {clock(worst.after.end_ms)}.",
            f"有{len(slow)}次回应超过{params.longest_s:g}秒，最慢的在"
            f"{clock(worst.after.end_ms)}，等了{worst.delay_ms / 1000:.1f}秒。",
        )
        evidence = tuple(
            Evidence(a.after.end_ms, a.answer.start_ms, Role.LINE, "silence")
            for a in sorted(slow, key=lambda a: -a.delay_ms)[:_SHOWN]
        )
        if len(clear) <= params.allowed:
            return Finding(Outcome.UNDETERMINED, 0.6, "borderline", told, evidence)
        return Finding(Outcome.FAIL, clamp(0.88 * trust.sureness(call)), "slow", told, evidence)


@dataclass(frozen=True, slots=True)
class _Answer:
    """The agent's turn that follows a turn of the customer."""

    after: Turn
    answer: Turn
    delay_ms: int


def _answers(call: Conversation) -> list[_Answer]:
    """Each change from customer to agent; a hold, or unread talk, in between is no delay."""
    still = [gap.span for gap in gaps(call, 1)]
    found = []
    for before, after in pairwise(parties(call)):
        if before.role is not Role.CUSTOMER or after.role is not Role.AGENT:
            continue
        delay_ms = after.start_ms - before.end_ms
        silent = any(
            span.start_ms <= before.end_ms + 400 and span.end_ms >= after.start_ms - 400
            for span in still
        )
        found.append(_Answer(before, after, delay_ms if silent else min(delay_ms, 0)))
    return found
