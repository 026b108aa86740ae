"""Kind ``calendar``: the call's own clock: hours at which to call, greetings that fit the hour."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, time
from typing import ClassVar, Final

from pydantic import Field, model_validator

from qa_pipeline.criteria import trust
from qa_pipeline.criteria.base import (
    About,
    Check,
    Finding,
    Params,
    clamp,
    evidence_of_turn,
    searched,
)
from qa_pipeline.criteria.windows import part_of
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Evidence, Outcome
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.rubric import LocalText
from qa_pipeline.domain.transcript import Turn

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKEND: Final = (5, 6)
_MINUTES_PER_DAY: Final = 24 * 60
# From and to which minute of the day a greeting can be right; people differ about the borders, so
# they are wide: a fail is a greeting that nobody would use at that hour.
_FITS: Final[tuple[tuple[re.Pattern[str], int, int], ...]] = (
    (re.compile(r"\bgood morning\b", re.I), 4 * 60, 12 * 60 + 30),
    (re.compile(r"\bgood afternoon\b", re.I), 11 * 60 + 30, 18 * 60 + 30),
    (re.compile(r"\bgood evening\b", re.I), 16 * 60 + 30, 24 * 60),
    (re.compile("早上好|早晨好|上午好|早安"), 4 * 60, 12 * 60 + 30),
    (re.compile("中午好"), 11 * 60, 14 * 60),
    (re.compile("下午好"), 11 * 60 + 30, 18 * 60 + 30),
    (re.compile("晚上好"), 16 * 60 + 30, 24 * 60),
)
_WEEKEND_WISH: Final = re.compile(r"周末(?:好|愉快)|\bhappy weekend\b", re.I)
_OPENING_TURNS: Final = 2


class CalendarParams(Params):
    """When calls may be made, and whether the greeting must fit the hour."""

    not_before: time | None = Field(None, description='earliest, by the call\'s own clock: "08:00"')
    not_after: time | None = Field(None, description='latest: "22:00"')
    days: tuple[str, ...] = Field((), description="allowed days: mon, tue, ...; none: every day")
    greeting_fits: bool = Field(
        False, description="the greeting must fit the hour: no good morning after noon"
    )

    @model_validator(mode="after")
    def _sensible(self) -> CalendarParams:
        for day in self.days:
            if day not in _DAYS:
                raise ValueError(f"'{day}' is no day: use {', '.join(_DAYS)}")
        if not (self.not_before or self.not_after or self.days or self.greeting_fits):
            raise ValueError("give not_before, not_after, days or greeting_fits")
        return self


class Calendar(Check[CalendarParams]):
    """The call is made at a proper hour, or its greeting fits the hour (P12, N02).

    Good: an outgoing call at 10:30; "good afternoon" at three
    Bad: an outgoing call at 22:40; "good morning" at three in the afternoon
    """

    kind = "calendar"
    params = CalendarParams
    reasons: ClassVar[Mapping[str, str]] = {
        "proper_time": "the time is within the limits",
        "improper_time": "the time is outside the limits",
        "greeting_fits": "the greeting fits the hour",
        "greeting_misfits": "the greeting does not fit the hour",
        "no_timed_greeting": "no greeting that belongs to an hour was used",
        "time_unknown": "it is not known when the call was made",
        **trust.REASONS,
    }
    about = About(
        looks_for=LocalText(
            "When the call was made, by the phone system's clock, and greetings that name an hour.",
            "通话时间（按电话系统的时钟），以及带时段的问候语。",
        ),
        good=LocalText('"Good afternoon" at three o\'clock.', "下午三点说“下午好”。"),
        bad=LocalText('"Good morning" at three in the afternoon.', "下午三点说“早上好”。"),
    )

    def describe(self, params: CalendarParams) -> LocalText:
        """The limits."""
        en, zh = [], []
        if params.not_before or params.not_after:
            start = f"{params.not_before:%H:%M}" if params.not_before else "00:00"
            end = f"{params.not_after:%H:%M}" if params.not_after else "24:00"
            en.append(f"the call is made between {start} and {end}")
            zh.append(f"通话时间在{start}至{end}之间")
        if params.days:
            en.append(f"on {', '.join(params.days)}")
            zh.append(f"日期为{'、'.join(params.days)}")
        if params.greeting_fits:
            en.append("the greeting fits the hour")
            zh.append("问候语符合时段")
        text = "; ".join(en)
        return LocalText(f"{text[:1].upper()}{text[1:]}.", f"{'；'.join(zh)}。")

    def judge(self, call: Conversation, params: CalendarParams) -> Finding:
        """The finding on one call."""
        moment = call.metadata.started_at
        whole = (searched(0, call.duration_ms, Role.LINE),)
        if moment is None:
            if not (params.not_before or params.not_after or params.days):
                return _greeting(call, None, LocalText("", ""))  # it may name no hour
            return _unknown_time(whole)
        told = LocalText(
            f"The call was made at {moment:%Y-%m-%d %H:%M}.", f"通话时间为{moment:%Y-%m-%d %H:%M}。"
        )
        if not _proper(moment, params):
            return Finding(Outcome.FAIL, 0.97, "improper_time", told, whole)
        if params.greeting_fits:
            return _greeting(call, moment, told)
        return Finding(Outcome.PASS, 0.97, "proper_time", told, whole)


def _proper(moment: datetime, params: CalendarParams) -> bool:
    clock = moment.time().replace(tzinfo=None)
    early = params.not_before is not None and clock < params.not_before
    late = params.not_after is not None and clock > params.not_after
    return not early and not late and (not params.days or _DAYS[moment.weekday()] in params.days)


def _unknown_time(whole: tuple[Evidence, ...]) -> Finding:
    told = LocalText("The record does not tell when the call was made.", "记录中没有通话时间。")
    return Finding(Outcome.UNDETERMINED, 0.9, "time_unknown", told, whole)


def _greeting(call: Conversation, moment: datetime | None, told: LocalText) -> Finding:
    if (unsure := trust.doubt(call)) is not None:
        return unsure
    opening = part_of(call, "opening")
    turns = [t for t in call.turns_of(Role.AGENT) if t.start_ms <= opening[1]][:_OPENING_TURNS]
    used = [turn for turn in turns if _timed(turn)]
    if not used:
        text = LocalText(
            "No greeting that belongs to an hour was used.", "没有使用带时段的问候语。"
        )
        stretch = (searched(*opening, Role.AGENT),)
        return Finding(Outcome.NOT_APPLICABLE, 0.85, "no_timed_greeting", text, stretch)
    evidence = tuple(evidence_of_turn(turn) for turn in used)
    if moment is None:
        return _unknown_time(evidence)
    sure = clamp(min(map(trust.clearness, used)) * trust.sureness(call), high=trust.WORDS_CAP)
    if all(_fits(turn, moment) for turn in used):
        return Finding(Outcome.PASS, sure, "greeting_fits", told, evidence)
    if min(map(trust.clearness, used)) < trust.LEAST_TURN_CONFIDENCE:
        return Finding(Outcome.UNDETERMINED, 0.7, "speech_unclear", told, evidence)
    return Finding(Outcome.FAIL, sure, "greeting_misfits", told, evidence)


def _timed(turn: Turn) -> bool:
    patterns = [pattern for pattern, _, _ in _FITS] + [_WEEKEND_WISH]
    return any(pattern.search(turn.text) for pattern in patterns)


def _fits(turn: Turn, moment: datetime) -> bool:
    minute = moment.hour * 60 + moment.minute
    hours = all(
        first <= minute <= min(last, _MINUTES_PER_DAY)
        for pattern, first, last in _FITS
        if pattern.search(turn.text)
    )
    # Friday afternoon already wishes a good weekend.
    near_weekend = moment.weekday() in _WEEKEND or (moment.weekday() == 4 and moment.hour >= 12)
    return hours and (near_weekend or not _WEEKEND_WISH.search(turn.text))
