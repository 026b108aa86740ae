"""English words for a time: "within two hours", "by Friday at noon", "as soon as possible"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, time

from qa_pipeline.language.deadline_days import (
    DAY_END,
    MONTHS,
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
from qa_pipeline.language.numbers import digits

_NUM = (
    r"(?:\d+|a couple of|couple of|an?|(?:(?:one|two|three|four|five|six|seven|eight|nine|ten|"
    r"eleven|twelve|thirteen|fourteen|fifteen|sixteen|eighteen|twenty|thirty|forty|fifty|sixty|"
    r"seventy|ninety|hundred)[\s-]?)+)"
)
_UNIT = r"(?P<unit>minutes?|mins?|hours?|(?:business|working|work) days?|days?|weeks?|months?)"
_EN_PART = r"(?P<part>morning|afternoon|evening|night|noon|lunchtime|midday)"
_CLOCK = (
    r"(?:(?:at|by|before|around|about) )?(?P<hour>\d{1,2}|one|two|three|four|five|six|seven|eight|"
    r"nine|ten|eleven|twelve|noon|midday)(?::(?P<minute>\d\d)| (?P<half>thirty|fifteen"
    r"|forty five))?"
    r"(?: ?o'?clock)? ?(?P<ap>[ap]\.? ?m\.?(?!\w))?"
)
_LEAD = r"(?:by|on|before|until|till|from|no later than|not later than|at the latest)"


def _span_en(match: re.Match[str]) -> Answer:
    number = number_of(match["second"] or match["first"], "en")
    if number is None:
        return None
    unit = _unit_en(match["unit"])
    return "span", lambda moment: later(moment, number, unit)


def _unit_en(word: str) -> Unit:
    if word.startswith(("business", "working", "work")):
        return "working_day"
    if word.startswith("min"):
        return "minute"
    units: tuple[Unit, ...] = ("hour", "day", "week", "month")
    return next(unit for unit in units if word.startswith(unit))


def _one_en(match: re.Match[str]) -> Answer:
    unit = _unit_en(match["unit"])
    return "span", lambda moment: later(moment, 1, unit)


def _half_hour(match: re.Match[str]) -> Answer:
    minutes = 90 if " and a half" in match.group() else 30
    return "span", lambda moment: later(moment, minutes, "minute")


def _day_en(match: re.Match[str]) -> Answer:
    parts = match.groupdict()
    name = parts.get("day") or parts.get("this") or "today"
    clock = _clock_of(parts)
    part = PARTS.get(
        (parts.get("part") or "").replace("lunchtime", "noon").replace("midday", "noon")
    )
    if part is None and name == "tonight":
        part = PARTS["night"]
    if "close" in match.group() or "end of business" in match.group() or "cob" in match.group():
        part = PARTS["closing"]
    next_week = "next" in match.group()

    def due(moment: datetime) -> datetime:
        day = named_day(moment, name, next_week=next_week)
        return at(day, clock or part or DAY_END)

    return "day", due


def _clock_of(parts: Mapping[str, str | None]) -> time | None:
    hour_word = parts.get("hour")
    if not hour_word:
        return None
    hour = 12.0 if hour_word in ("noon", "midday") else number_of(hour_word, "en")
    if hour is None or not 0 <= hour <= 24:
        return None
    named = {"thirty": 30, "fifteen": 15, "forty five": 45}
    minute = int(parts.get("minute") or 0) or named.get(parts.get("half") or "", 0)
    half = (parts.get("ap") or "").replace(".", "").replace(" ", "")
    afternoon = parts.get("part") in ("afternoon", "evening", "night")
    if (half == "pm" or (not half and (afternoon or hour < 8))) and hour < 12:
        hour += 12  # nobody promises a call at five in the morning
    return time(int(hour) % 24, minute)


def _date(match: re.Match[str]) -> Answer:
    number = number_of(re.sub(r"(?<=\d)(st|nd|rd|th)", "", match["date"]), "en")
    if number is None:
        ordinal = re.match(r"\d+", digits(match["date"], "en"))
        number = (
            float(ordinal.group()) if ordinal else {"first": 1.0, "second": 2.0}.get(match["date"])
        )
    month_word = match.groupdict().get("month") or match.groupdict().get("month_before") or ""
    return dated(None if number is None else int(number), MONTHS.get(month_word.lower()))


_WEEKDAY = r"(?P<day>monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
_MONTH = "|".join(MONTHS)
_ORDINAL = (
    r"\d{1,2}(?:st|nd|rd|th)?|(?:twenty |thirty )?(?:first|second|third|fourth|fifth|sixth|seventh"
    r"|eighth|ninth)|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth"
    r"|eighteenth|nineteenth|twentieth|thirtieth"
)
READERS = compiled(
        (
            rf"\b(?:within|in|inside|in about|in under|in less than|over|after|allow|take|takes)"
            rf"(?: the| another)?(?: next| about| around| roughly| maybe| up to)*"
            rf" (?P<first>{_NUM})(?: ?(?:to|or|-|and) ?(?P<second>{_NUM}))?[\s-]?{_UNIT}\b",
            _span_en,
        ),
        (
            rf"\b(?P<first>{_NUM})(?: ?(?:to|or|-) ?(?P<second>{_NUM}))?[\s-]?{_UNIT}"
            r" (?:from now|at (?:the )?(?:most|latest)|max(?:imum)?)\b",
            _span_en,
        ),
        (
            r"\b(?:within|in|inside) (?:the|this|next|the next) (?P<unit>hour|day|week|month)\b",
            _one_en,
        ),
        (r"\b(?:in|within|inside|in about|in less than) (?:the next )?(?:half an hour|half hour"
            r"|a half hour)\b",
         _half_hour),
        (r"\b(?:in|within) (?:an|one) hour and a half\b", _half_hour),
        (
            rf"\b(?:{_LEAD} )?(?:the end of |close of business |end of )?(?:(?P<next>next|this"
            rf"|coming)"
            rf" )?{_WEEKDAY}(?: {_EN_PART})?(?: {_CLOCK})?\b",
            _day_en,
        ),
        (
            rf"\b(?:by|at|before|around) {_CLOCK} (?:on )?(?P<day>the day after tomorrow|tomorrow"
            rf"|today|tonight|monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
            rf"(?: {_EN_PART})?\b",
            _day_en,
        ),
        (
            rf"\b(?:{_LEAD} )?(?:the end of |close of business "
            rf"|end of )?(?P<day>the day after tomorrow"
            rf"|tomorrow|today|tonight)(?: {_EN_PART})?(?: {_CLOCK})?\b",
            _day_en,
        ),
        (rf"\b(?:{_LEAD} |later )?this {_EN_PART}(?: {_CLOCK})?\b", _day_en),
        (r"\b(?:later today|later on today|by close of business|by end of business|by cob"
         r"|by the end of (?:the|this) day|by end of day|at the end of the day)\b", _day_en),
        (
            r"\b(?:by|before|no later than|at) (?:about |around )?(?P<hour>\d{1,2}|one|two"
            r"|three|four"
            r"|five|six|seven|eight|nine|ten|eleven|twelve|noon|midday)(?::(?P<minute>\d\d)"
            r"| (?P<half>thirty|fifteen|forty five))? ?(?:o'?clock|(?P<ap>[ap]\.? ?m\b\.?)"
            r"|(?=$|[.,;!?])|(?<=noon))",
            _day_en,
        ),
        (r"\b(?:by |before |in |sometime |some time )?(?:the end of )?(?:this|next|the) week\b"
         r"(?<!in the week)", week_end),
        (r"\b(?:by |before )?(?:the )?end of (?:the|this|next) month\b", month_end),
        (rf"\b{_LEAD} (?:the )?(?P<date>{_ORDINAL})(?: of)? (?P<month>{_MONTH})\b", _date),
        (rf"\b{_LEAD} (?P<month_before>{_MONTH}) (?:the )?(?P<date>{_ORDINAL})\b", _date),
        (rf"\b{_LEAD} the (?P<date>{_ORDINAL})\b(?! of the| week| day| one| time| floor| page"
            rf"| line| try| half| attempt| part| street| option| item)", _date),
        (r"\b(?:right away|straight ?away|immediately|at once|right now|this minute|this instant"
         r"|right after (?:this|our|the) call|as soon as (?:we hang up|this call ends|we finish"
         r"|we're done|i hang up|i put the phone down)|the moment we hang up)\b", at_once),
        (r"\b(?:as soon as possible|asap|a\.s\.a\.p\.|as soon as (?:we|i|they) can|shortly|soon"
         r"|momentarily|in due course|at some point|sometime|one of these days|in the near future"
         r"|as quickly as (?:possible|we can)|when(?:ever)? (?:i|we) can|in a (?:bit|while)"
         r"|in (?:a few|several|some) (?:minutes|hours|days|weeks)|later|eventually|before long"
         r"|at (?:the|our|your) earliest(?: convenience| possible)?)\b", vague),
    )  # fmt: skip
