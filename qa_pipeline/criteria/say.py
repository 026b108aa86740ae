"""Kind `say`: a party says something of a given kind, in a given place, often enough."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from qa_pipeline.criteria import trust
from qa_pipeline.criteria.base import (
    About,
    Check,
    Finding,
    clamp,
    evidence_of_act,
    evidence_of_turn,
    searched,
)
from qa_pipeline.criteria.placing import PlaceParams, anchored, placed_acts, stretch_of
from qa_pipeline.domain.conversation import Act, Conversation
from qa_pipeline.domain.evaluation import Evidence, Outcome
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.rubric import LocalText

_PLACES = {
    "opening": LocalText(" in the opening", "在开场"),
    "closing": LocalText(" in the closing", "在收尾"),
    "anywhere": LocalText("", ""),
}


class SayParams(PlaceParams):
    """What is to be said (any of the acts will do), by whom, where and how often."""

    acts: tuple[str, ...] = Field(min_length=1, description="any of these acts will do")
    role: Literal["agent", "customer"] = Field("agent", description="who is to say it")
    minimum: int = Field(1, ge=1, description="how often, at least")


class SayCheck(Check[SayParams]):
    """The agent says what the rubric asks for (H12-H15, H35, H36, N07, N08, N23).

    Good: "Thank you for calling, have a lovely day, goodbye." Bad: "That's it." (hangs up)
    """

    kind = "say"
    params = SayParams
    about: ClassVar[About] = About(
        looks_for=LocalText(
            "Whether something of a certain kind is said, in a certain place of the call.",
            "某一方是否在通话的某个位置说了某一类话。",
        ),
        good=LocalText(
            "“Thanks for ringing us, enjoy the rest of your day. Bye now.”",
            "“感谢您的来电，祝您生活愉快，再见。”",
        ),
        bad=LocalText("“That's all then.” (hangs up)", "“就这样。”（挂断）"),
    )
    reasons: ClassVar[Mapping[str, str]] = {
        "said": "it was said",
        "not_said": "it was not said",
        "elsewhere": "it was said, but not in the place where it counts",
        "too_few": "it was said less often than wanted",
        "closing_not_heard": "it was not said, but the recording ends before the close",
        "nothing_to_follow": "what it is to come before or after did not happen",
        "place_unknown": "it is not known whether what it is to come before or after happened",
        **trust.REASONS,
    }

    def acts_of(self, params: SayParams) -> frozenset[str]:
        """The acts, and those that the place is anchored to."""
        return frozenset(params.acts) | params.anchor_acts()

    def describe(self, params: SayParams) -> LocalText:
        """What is to be said, by whom, where and how often."""
        what, place = _what(params), _where(params)
        who = LocalText(f"The {params.role}", _who(params))
        times = LocalText(f", at least {params.minimum} times", f"，至少{params.minimum}次")
        more = times if params.minimum > 1 else LocalText("", "")
        return LocalText(
            f"{who.en} says something of this kind{place.en}: {what.en}{more.en}.",
            f"{who.zh}{place.zh}说这类话：{what.zh}{more.zh}。",
        )

    def judge(self, call: Conversation, params: SayParams) -> Finding:
        """The finding on one call."""
        if (unsure := trust.doubt(call)) is not None:
            return unsure
        role = Role(params.role)
        start_ms, end_ms = stretch_of(call, params)
        stretch = searched(start_ms, end_ms, role)
        there = anchored(call, params)
        if not there:
            return _no_anchor(there, stretch)
        acts = placed_acts(call, params.acts, role, params)
        what, where = _what(params), _where(params)
        if len(acts) >= params.minimum:
            best = sorted((act.confidence for act in acts), reverse=True)[params.minimum - 1]
            return Finding(
                Outcome.PASS,
                clamp(best * trust.sureness(call), high=trust.WORDS_CAP),
                "said",
                LocalText(
                    f"The {params.role} said it{where.en} ({what.en}).",
                    f"{_who(params)}{where.zh}说了这类话（{what.zh}）。",
                ),
                tuple(evidence_of_act(act) for act in acts),
            )
        return _absence(call, params, acts, stretch)


def _absence(
    call: Conversation, params: SayParams, acts: tuple[Act, ...], stretch: Evidence
) -> Finding:
    role, what, where = Role(params.role), _what(params), _where(params)
    start_ms, end_ms = stretch.start_ms, stretch.end_ms
    unclear = tuple(
        evidence_of_turn(turn) for turn in trust.unclear_turns(call, role, start_ms, end_ms)
    ) + tuple(
        evidence_of_act(act)
        for act in trust.perhaps_said(call, params.acts, role, start_ms, end_ms)
    )
    if unclear:
        return Finding(
            Outcome.UNDETERMINED,
            0.7,
            "speech_unclear",
            LocalText(
                f"It was not heard{where.en} ({what.en}), but not everything there is certain.",
                f"{where.zh or '通话中'}没有听到这类话（{what.zh}），但有的话没有听清。",
            ),
            (*unclear, stretch),
        )
    if params.part == "closing" and trust.closing_lost(call, params.acts):
        return Finding(
            Outcome.UNDETERMINED,
            0.7,
            "closing_not_heard",
            LocalText(
                f"It was not heard ({what.en}), but the recording ends before the close.",
                f"没有听到这类话（{what.zh}），但录音在通话结束之前就中断了。",
            ),
            (stretch,),
        )
    elsewhere = [act for act in call.acts_of(*params.acts, role=role) if act not in acts]
    reason, en, zh = "not_said", f"The {params.role} never said it", f"{_who(params)}没有说这类话"
    if acts:
        reason = "too_few"
        en = f"The {params.role} said it only {len(acts)} of {params.minimum} times"
        zh = f"{_who(params)}只说了{len(acts)}次，要求{params.minimum}次"
    elif elsewhere:
        reason = "elsewhere"
        en = f"The {params.role} said it, but not where it counts"
        zh = f"{_who(params)}说了，但不在要求的位置"
    seen = tuple(evidence_of_act(act) for act in (*acts, *elsewhere))
    return Finding(
        Outcome.FAIL,
        clamp(trust.FAIL_CAP * trust.sureness(call), high=trust.FAIL_CAP),
        reason,
        LocalText(f"{en}{where.en} ({what.en}).", f"{zh}{where.zh}（{what.zh}）。"),
        (*seen, stretch),
    )


def _no_anchor(there: bool | None, stretch: Evidence) -> Finding:
    if there is None:
        return Finding(
            Outcome.UNDETERMINED,
            0.8,
            "place_unknown",
            LocalText(
                "It is not known whether what this is to come before or after happened.",
                "无法得知作为位置参照的事情是否发生。",
            ),
            (stretch,),
        )
    return Finding(
        Outcome.NOT_APPLICABLE,
        0.85,
        "nothing_to_follow",
        LocalText(
            "What this is to come before or after did not happen.", "作为位置参照的事情没有发生。"
        ),
        (stretch,),
    )


def _what(params: SayParams) -> LocalText:
    names = [act.replace("_", " ") for act in params.acts]
    return LocalText(" or ".join(names), "或".join(names))


def _where(params: SayParams) -> LocalText:
    if isinstance(params.part, int):
        return LocalText(f" in the first {params.part} seconds", f"在前{params.part}秒内")
    return _PLACES[params.part]


def _who(params: SayParams) -> str:
    return "客服" if params.role == "agent" else "客户"
