"""Kind ``duration``: the talk lasts no longer, or no shorter, than the desk wants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field, model_validator

from qa_pipeline.criteria import trust
from qa_pipeline.criteria.base import About, Check, Finding, Params, searched
from qa_pipeline.criteria.clause_words import in_words
from qa_pipeline.criteria.clauses import WrittenOut, acts_in, look_for
from qa_pipeline.criteria.talk_times import parties
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.rubric import LocalText

_SURE = 0.95
_BORDER_S = 3.0  # where the talk begins and ends is this uncertain


class DurationParams(Params):
    """How long the talk may last; holds count, ringing does not."""

    most_s: float | None = Field(None, gt=0, description="longest talk, in s")
    least_s: float | None = Field(None, gt=0, description="shortest talk, in s")
    unless: WrittenOut | None = Field(
        None, description="a clause: a longer talk is all right if this is found (asked for more)"
    )

    @model_validator(mode="after")
    def _something(self) -> DurationParams:
        if self.most_s is None and self.least_s is None:
            raise ValueError("give most_s or least_s")
        return self


class Duration(Check[DurationParams]):
    """The call is as short, or as long, as the desk wants (P12: three minutes, or ask for more).

    Good: an outgoing call of two and a half minutes
    Bad: five minutes without "do you have a little more time?"
    """

    kind = "duration"
    params = DurationParams
    rests_on_words = False
    reasons: ClassVar[Mapping[str, str]] = {
        "in_time": "the talk is as long as wanted",
        "too_long": "the talk is longer than wanted",
        "longer_as_agreed": "the talk is longer, as was asked for",
        "too_short": "the talk is shorter than wanted",
        "borderline": "the talk is about as long as the limit",
        "nobody_talks": "nobody talks, so that nothing can be measured",
        "cut": "the recording stops in mid-talk",
    }
    about = About(
        looks_for=LocalText(
            "The time from the first word to the last one.", "从第一句话到最后一句话的时间。"
        ),
        good=LocalText("A follow-up call of two and a half minutes.", "两分半钟的回访电话。"),
        bad=LocalText(
            "Five minutes, and the customer was never asked for more time.",
            "讲了五分钟，也没有问客户是否方便多谈一会儿。",
        ),
    )

    def acts_of(self, params: DurationParams) -> frozenset[str]:
        """Those of `unless`."""
        return acts_in(params.unless) if params.unless is not None else frozenset()

    def describe(self, params: DurationParams) -> LocalText:
        """The limits."""
        en, zh = [], []
        if params.most_s is not None:
            en.append(f"The talk lasts at most {params.most_s:g} s")
            zh.append(f"通话不超过{params.most_s:g}秒")
        if params.least_s is not None:
            en.append(f"the talk lasts at least {params.least_s:g} s")
            zh.append(f"通话不少于{params.least_s:g}秒")
        if params.unless is not None:
            words = in_words(params.unless)
            en.append(f"longer is all right if: {words.en}")
            zh.append(f"如有以下情况可以更长：{words.zh}")
        return LocalText(f"{'; '.join(en)}.", f"{'；'.join(zh)}。")

    def judge(self, call: Conversation, params: DurationParams) -> Finding:
        """The finding on one call."""
        turns = parties(call)
        if not turns:
            told = LocalText("Nobody talks in this recording.", "录音中没有人说话。")
            whole = (searched(0, call.duration_ms, Role.LINE),)
            return Finding(Outcome.UNDETERMINED, 0.9, "nobody_talks", told, whole)
        start_ms, end_ms = turns[0].start_ms, max(turn.end_ms for turn in turns)
        seconds = (end_ms - start_ms) / 1000
        evidence = (searched(start_ms, end_ms, Role.LINE),)
        told = LocalText(f"The talk lasts {seconds:.0f} s.", f"通话持续{seconds:.0f}秒。")
        if params.most_s is not None and seconds > params.most_s:
            return _too_long(call, params, seconds, told)
        cut = not trust.closing_heard(call)
        if cut:
            return Finding(Outcome.UNDETERMINED, 0.8, "cut", told, evidence)
        if params.least_s is not None and seconds < params.least_s:
            sure = params.least_s - seconds > _BORDER_S
            outcome = Outcome.FAIL if sure else Outcome.UNDETERMINED
            return Finding(outcome, _SURE, "too_short" if sure else "borderline", told, evidence)
        return Finding(Outcome.PASS, _SURE, "in_time", told, evidence)


def _too_long(
    call: Conversation, params: DurationParams, seconds: float, told: LocalText
) -> Finding:
    stretch = (searched(*trust.agent_window(call, parties(call)), Role.LINE),)
    if params.most_s is not None and seconds - params.most_s <= _BORDER_S:
        return Finding(Outcome.UNDETERMINED, 0.7, "borderline", told, stretch)
    if params.unless is None:
        return Finding(Outcome.FAIL, _SURE, "too_long", told, stretch)
    found = look_for(call, params.unless, {})
    if found.holds:
        return Finding(Outcome.PASS, found.confidence, "longer_as_agreed", told, found.evidence)
    if found.holds is None or found.unclear:
        return Finding(Outcome.UNDETERMINED, 0.7, "too_long", told, (*found.unclear, *stretch))
    return Finding(Outcome.FAIL, found.confidence, "too_long", told, stretch)
