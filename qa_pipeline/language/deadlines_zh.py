"""Mandarin words for a time: 两小时内, 周五之前, 明天上午十点, 尽快."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, time

from qa_pipeline.language.deadline_days import (
    DAY_END,
    PARTS,
    Answer,
    Unit,
    at,
    at_once,
    compiled,
    dated,
    later,
    month_end,
    named_day,
    number_of,
    vague,
    week_end,
)

_ZH_PARTS = {
    "早上": "morning", "上午": "morning", "早": "morning", "一早": "morning", "中午": "noon",
    "下午": "afternoon", "傍晚": "evening", "晚上": "evening", "晚": "evening", "晚间": "evening",
    "下班前": "closing", "下班之前": "closing",
}  # fmt: skip


_ZH_NUM = r"(?:\d+|[零一二两三四五六七八九十百俩]+)"
_ZH_UNIT = r"(?P<unit>分钟|小时|钟头|个工作日|工作日|天|日|周|星期|礼拜|月)"
_ZH_PART = r"(?P<part>早上|上午|一早|中午|下午|傍晚|晚上|晚间|下班之?前|早|晚)"
_ZH_CLOCK = (
    rf"(?P<hour>{_ZH_NUM})点(?:钟|(?P<half>半)|(?P<quarter>一刻|三刻)|(?P<minute>{_ZH_NUM})分?)?"
)


def _span_zh(match: re.Match[str]) -> Answer:
    words = match["second"] or match["first"]
    # 两三天 and 三五天 are two numbers; the later one binds.
    if len(words) == 2 and all(c in "一二两三四五六七八九" for c in words):
        words = words[1]
    number = number_of(words, "zh")
    if number is None:
        return None
    number += 0.5 if match["half"] else 0.0
    units: dict[str, Unit] = {
        "分钟": "minute", "小时": "hour", "钟头": "hour", "工作日": "working_day",
        "个工作日": "working_day", "天": "day", "日": "day", "周": "week", "星期": "week",
        "礼拜": "week", "月": "month",
    }  # fmt: skip
    unit = units[match["unit"]]
    return "span", lambda moment: later(moment, number, unit)


def _half_zh(match: re.Match[str]) -> Answer:
    if "天" in match.group():
        return "span", lambda moment: later(moment, 12, "hour")
    return "span", lambda moment: later(moment, 30, "minute")


def _day_zh(match: re.Match[str]) -> Answer:
    parts = match.groupdict()
    name, part = parts.get("day") or "", parts.get("part") or ""
    if name in ("今晚", "明晚", "明早"):
        name, part = ("今天" if name[0] == "今" else "明天"), name[1]
    weekday = parts.get("weekday")
    clock = _clock_zh(parts, part)
    moment_of = PARTS.get(_ZH_PARTS.get(part, ""))
    next_week = match.group().lstrip("在到于").startswith("下")

    def due(moment: datetime) -> datetime:
        day = named_day(moment, weekday or name, next_week=next_week)
        return at(day, clock or moment_of or DAY_END)

    return "day", due


def _clock_zh(parts: Mapping[str, str | None], part: str) -> time | None:
    hour = number_of(parts.get("hour") or "", "zh")
    if hour is None or not 0 <= hour <= 24:
        return None
    minute = number_of(parts.get("minute") or "", "zh") or 0.0
    minute = 30 if parts.get("half") else minute
    minute = {"一刻": 15, "三刻": 45}.get(parts.get("quarter") or "", minute)
    late = _ZH_PARTS.get(part) in ("afternoon", "evening")
    if hour < 12 and (late or (not part and hour < 8)):
        hour += 12
    return time(int(hour) % 24, int(minute) % 60)


def _date_zh(match: re.Match[str]) -> Answer:
    day, month = number_of(match["date"], "zh"), number_of(match["month"] or "", "zh")
    return dated(None if day is None else int(day), None if month is None else int(month))


READERS = compiled(
        (
            rf"(?:最快|最晚|最多|最迟|大概|大约|差不多|预计|估计|请您?等)?(?P<first>{_ZH_NUM})"
            rf"(?:[到至\-~](?P<second>{_ZH_NUM}))?个?(?P<half>半)?{_ZH_UNIT}"
            r"(?:之内|以内|内|左右|之后|以后|后|之前|前|里)",
            _span_zh,
        ),
        (
            rf"(?:最快|最晚|最多|最迟|大概|大约|差不多|预计|估计)(?P<first>{_ZH_NUM})"
            rf"(?:[到至\-~](?P<second>{_ZH_NUM}))?个?(?P<half>半)?{_ZH_UNIT}",
            _span_zh,
        ),
        (
            rf"(?P<first>{_ZH_NUM})(?:[到至\-~](?P<second>{_ZH_NUM}))(?P<half>(?!))?个?{_ZH_UNIT}",
            _span_zh,
        ),
        (r"半(?:个)?(?:小时|钟头|天)(?:之内|以内|内|左右|之后|以后|后)?", _half_zh),
        (
            rf"(?:在|到|于|最晚|最迟)?(?P<day>大后天|后天|明天|明日|次日|今天|今日|当天|今晚"
            rf"|明晚|明早)"
            rf"(?:的)?{_ZH_PART}?(?:{_ZH_CLOCK})?(?:之前|以前|前|之内|以内|内)?",
            _day_zh,
        ),
        (
            rf"(?:在|到|于|最晚|最迟)?(?:这个?|本|下个?)?(?:周|星期"
            rf"|礼拜)(?P<weekday>[一二三四五六日天])"
            rf"(?:的)?{_ZH_PART}?(?:{_ZH_CLOCK})?(?:之前|以前|前|之内|以内|内)?",
            _day_zh,
        ),
        (rf"{_ZH_PART}{_ZH_CLOCK}(?:之前|以前|前)?", _day_zh),
        (rf"{_ZH_CLOCK}(?:之前|以前|前)", _day_zh),
        (r"(?P<part>下班之?前)", _day_zh),
        (
            r"(?<![明后])(?P<part>上午|中午|下午|晚上|傍晚)(?=之?前|就|会|给|再|左右|帮|把|我|来)",
            _day_zh,
        ),
        (
            r"(?:这|本|下)个?(?:周|星期|礼拜)(?![一二三四五六日天])(?:之内|以内|内|之前|前|底)?",
            week_end,
        ),
        (r"(?:这个|本|下个?)?月(?:底|末)(?:之前|以前|前)?", month_end),
        (
            rf"(?:(?P<month>{_ZH_NUM})月(?:份)?)?(?P<date>{_ZH_NUM})(?:号|日)(?!线|楼|机|码|店"
            rf"|门|院)"
            r"(?:之前|以前|前|之内)?",
            _date_zh,
        ),
        (r"(?:马上|立刻|立即|立马|当场|现在就|这就|即刻|挂了?(?:电话|机)?(?:之后|以后|后)?(?:就"
            r"|马上|立刻))",
         at_once),
        (r"(?:尽快|尽早|尽量早|稍后|晚点|晚些(?:时候)?|回头|过(?:两|几)天|过段时间|近期|这几天"
            r"|这两天"
         r"|第一时间|有(?:了)?(?:消息|结果)(?:就|马上|第一时间|会)?|到时候|早日|不久|抓紧"
         r"|过一会儿?|过会儿?"
         r"|一会儿)", vague),
)  # fmt: skip
