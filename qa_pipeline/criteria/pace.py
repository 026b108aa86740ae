"""Kind ``pace``: how fast a party speaks, for itself and against the other one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final, Literal

from pydantic import Field, model_validator

from qa_pipeline.criteria import trust
from qa_pipeline.criteria.base import About, Check, Finding, Params, clamp, searched
from qa_pipeline.criteria.talk_times import count_said, rate_per_minute
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Evidence, Outcome
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.rubric import LocalText
from qa_pipeline.domain.transcript import Turn

_LEAST_SAID: Final = 40  # words or characters: fewer give no rate worth telling
_LEAST_TURN_SAID: Final = 4  # "yes, sure" is spoken at any speed
_LEAST_CLEAR: Final = 0.6  # mean word probability: words lost in unclear turns slow the rate
# Of the limit. On calls with known voices the rate came out within 5 % of the true one (within 9 %
# where words were missed): no pace so near to a limit is held against anybody.
_MARGIN: Final = 0.1
_SHOWN: Final = 3


class PaceParams(Params):
    """Limits by language, in words (English) or characters (Mandarin) a minute of speaking."""

    role: Literal["agent", "customer"] = Field("agent", description="whose pace")
    en_least: float = Field(100, ge=0, description="slowest, English words a minute")
    en_most: float = Field(200, gt=0, description="fastest, English words a minute")
    zh_least: float = Field(150, ge=0, description="slowest, Mandarin characters a minute")
    zh_most: float = Field(330, gt=0, description="fastest, Mandarin characters a minute")
    ratio_most: float | None = Field(
        None, gt=0, description="fastest against the other party's own pace, such as 1.3"
    )

    @model_validator(mode="after")
    def _ordered(self) -> PaceParams:
        if self.en_least >= self.en_most or self.zh_least >= self.zh_most:
            raise ValueError("the slowest pace must lie below the fastest")
        return self


class Pace(Check[PaceParams]):
    """The agent speaks neither too fast nor too slowly, and near the customer's pace (P15, N05).

    Good: 150 words a minute to a customer who speaks 140
    Bad: 230 words a minute
    """

    kind = "pace"
    params = PaceParams
    rests_on_words = False
    reasons: ClassVar[Mapping[str, str]] = {
        "fitting": "the pace lies within the limits",
        "too_fast": "the pace is above the limit",
        "too_slow": "the pace is below the limit",
        "faster_than_other": "the pace is too fast against the other party's",
        "borderline": "the pace lies at the limit",
        "too_little_speech": "too little was said, or understood, to tell a pace",
        **trust.REASONS,
    }
    about = About(
        looks_for=LocalText(
            "Words or characters a minute of speaking, pauses left out.",
            "说话时每分钟的字数（不含停顿）。",
        ),
        good=LocalText(
            "150 words a minute to a customer who speaks 140.", "每分钟220字，客户每分钟210字。"
        ),
        bad=LocalText("230 words a minute.", "每分钟380字。"),
    )

    def describe(self, params: PaceParams) -> LocalText:
        """The limits."""
        en = (
            f"The {params.role} speaks {params.en_least:g} to {params.en_most:g} English words, or "
            f"{params.zh_least:g} to {params.zh_most:g} Mandarin characters, a minute"
        )
        who = "客服" if params.role == "agent" else "客户"
        zh = (
            f"{who}的语速为英语每分钟{params.en_least:g}至{params.en_most:g}词，"
            f"普通话每分钟{params.zh_least:g}至{params.zh_most:g}字"
        )
        if params.ratio_most is not None:
            en += f", and at most {params.ratio_most:g} times the other party's pace"
            zh += f"，且不超过对方语速的{params.ratio_most:g}倍"
        return LocalText(en + ".", zh + "。")

    def judge(self, call: Conversation, params: PaceParams) -> Finding:
        """The finding on one call."""
        if (unsure := trust.doubt(call)) is not None:
            return unsure
        role = Role(params.role)
        other = Role.CUSTOMER if role is Role.AGENT else Role.AGENT
        turns = _usable(call, role)
        rate = _rate(call, turns)
        stretch = searched(*trust.agent_window(call, call.turns_of(role)), role)
        if rate is None:
            told = LocalText(
                "Too little was said, or understood, to tell a pace.",
                "说话太少或没有听清，无法判断语速。",
            )
            return Finding(Outcome.UNDETERMINED, 0.9, "too_little_speech", told, (stretch,))
        zh = call.language == "zh"
        least, most = (params.zh_least, params.zh_most) if zh else (params.en_least, params.en_most)
        theirs = _rate(call, _usable(call, other))
        reason, limit = "fitting", most
        if rate > most:
            reason = "too_fast"
        elif rate < least:
            reason, limit = "too_slow", least
        elif params.ratio_most is not None and theirs and rate > params.ratio_most * theirs:
            reason, limit = "faster_than_other", params.ratio_most * theirs
        told = _told(role, rate, theirs, zh=zh)
        if reason == "fitting":
            sure = clamp(0.9 * trust.sureness(call))
            return Finding(Outcome.PASS, sure, reason, told, (stretch,))
        evidence = _extreme(call, turns, fast=reason != "too_slow")
        if abs(rate - limit) <= _MARGIN * limit:
            return Finding(Outcome.UNDETERMINED, 0.6, "borderline", told, evidence)
        return Finding(Outcome.FAIL, clamp(0.86 * trust.sureness(call)), reason, told, evidence)


def _usable(call: Conversation, role: Role) -> tuple[Turn, ...]:
    return tuple(
        turn
        for turn in call.turns_of(role)
        if trust.clearness(turn) >= _LEAST_CLEAR
        and count_said(turn.text, call.language) >= _LEAST_TURN_SAID
    )


def _rate(call: Conversation, turns: tuple[Turn, ...]) -> float | None:
    said = sum(count_said(turn.text, call.language) for turn in turns)
    return rate_per_minute(turns, call.language) if said >= _LEAST_SAID else None


def _told(role: Role, rate: float, theirs: float | None, *, zh: bool) -> LocalText:
    unit = "characters" if zh else "words"
    who_zh, other_zh = ("客服", "客户") if role is Role.AGENT else ("客户", "客服")
    en = f"The {role.value} speaks {rate:.0f} {unit} a minute"
    cn = f"{who_zh}每分钟说{rate:.0f}{'字' if zh else '词'}"
    if theirs is not None:
        en += f", the other party {theirs:.0f}"
        cn += f"，{other_zh}{theirs:.0f}{'字' if zh else '词'}"
    return LocalText(en + ".", cn + "。")


def _extreme(call: Conversation, turns: tuple[Turn, ...], *, fast: bool) -> tuple[Evidence, ...]:
    """The turns that are the fastest, or the slowest."""
    ranked = sorted(
        turns, key=lambda turn: rate_per_minute([turn], call.language) or 0.0, reverse=fast
    )
    return tuple(
        Evidence(turn.start_ms, turn.end_ms, turn.role, turn.text) for turn in ranked[:_SHOWN]
    )
