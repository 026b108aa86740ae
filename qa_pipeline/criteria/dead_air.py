"""Kind ``dead_air``: nobody speaks for too long while the customer is on the line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from qa_pipeline.criteria import trust
from qa_pipeline.criteria.base import About, Check, Finding, Params, clamp, clock, searched
from qa_pipeline.criteria.talk_times import Gap, gaps
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Evidence, Outcome
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.rubric import LocalText

_WAITS = ("ask_hold", "announce_hold")
_WAIT_BEFORE_MS = 12_000  # a request to wait explains the silence that follows so soon
_SURE_FROM = 1.3  # a gap this many times as long as allowed is no matter of borders


class DeadAirParams(Params):
    """How long a silence may last."""

    longest_s: float = Field(8.0, gt=0, description="the longest silence that is all right, in s")
    allowed: int = Field(0, ge=0, description="how many longer ones are still all right")
    count_announced: bool = Field(
        False, description="count silences after the agent has asked or told the customer to wait"
    )


class DeadAir(Check[DeadAirParams]):
    """No long silence without a word about it (B08).

    Good: "Let me look that up for you, it takes a few seconds." - (silence)
    Bad: the customer asks, and for ten seconds nobody says anything
    """

    kind = "dead_air"
    params = DeadAirParams
    rests_on_words = False
    reasons: ClassVar[Mapping[str, str]] = {
        "no_long_silence": "no silence was longer than allowed",
        "long_silence": "nobody spoke for longer than allowed",
        "borderline": "a silence was about as long as allowed; its ends cannot be told so exactly",
        **trust.REASONS,
    }
    about = About(
        looks_for=LocalText(
            "Silences in the talk: nobody speaks, no hold, no music, and nobody was asked to wait.",
            "通话中的沉默：双方都不说话，不是等候，没有音乐，也没有请对方稍等。",
        ),
        good=LocalText(
            '"Let me look that up, it takes a few seconds." and then a short silence',
            "“我帮您查一下，需要几秒钟。”然后短暂安静",
        ),
        bad=LocalText(
            "The customer asks something, and for ten seconds nobody says anything.",
            "客户提问以后，十秒钟没有人说话。",
        ),
    )

    def describe(self, params: DeadAirParams) -> LocalText:
        """How long a silence may last."""
        s = f"{params.longest_s:g}"
        return LocalText(
            f"No silence longer than {s} s while the customer is on the line.",
            f"客户在线时，沉默不超过{s}秒。",
        )

    def judge(self, call: Conversation, params: DeadAirParams) -> Finding:
        """The finding on one call."""
        if (unsure := trust.doubt(call)) is not None:
            return unsure
        longest_ms = round(params.longest_s * 1000)
        long = [
            gap
            for gap in gaps(call, longest_ms)
            if params.count_announced or not _announced(call, gap)
        ]
        stretch = searched(*trust.agent_window(call, call.turns), Role.LINE)
        if len(long) <= params.allowed:
            told = LocalText(
                f"No silence was longer than {params.longest_s:g} s.",
                f"没有超过{params.longest_s:g}秒的沉默。",
            )
            sure = clamp(0.9 * trust.sureness(call))
            return Finding(Outcome.PASS, sure, "no_long_silence", told, (stretch,))
        worst = sorted(long, key=lambda gap: -gap.span.duration_ms)[params.allowed]
        evidence = tuple(
            Evidence(gap.span.start_ms, gap.span.end_ms, Role.LINE, "silence") for gap in long
        )
        seconds = f"{worst.span.duration_ms / 1000:.0f}"
        at = clock(worst.span.start_ms)
        told = LocalText(
            f"Nobody spoke for {seconds} s from {at}.", f"{at}起{seconds}秒没有人说话。"
        )
        if worst.span.duration_ms < _SURE_FROM * longest_ms:
            return Finding(Outcome.UNDETERMINED, 0.6, "borderline", told, evidence)
        return Finding(
            Outcome.FAIL, clamp(0.9 * trust.sureness(call)), "long_silence", told, evidence
        )


def _announced(call: Conversation, gap: Gap) -> bool:
    """Whether the agent has said that there would be a wait."""
    return any(
        0 <= gap.span.start_ms - act.end_ms + 1_000 <= _WAIT_BEFORE_MS
        for act in call.acts_of(*_WAITS, role=Role.AGENT)
    )
