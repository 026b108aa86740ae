"""Days and hours of deadlines: from words for a time to the last moment that keeps a promise."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Literal

from qa_pipeline.language.numbers import digits

Unit = Literal["minute", "hour", "day", "working_day", "week", "month"]
Sort = Literal["span", "day", "at_once", "vague"]
DAY_END = time(23, 59)
PARTS: Mapping[str, time] = {
    "morning": time(12, 0), "noon": time(12, 0), "afternoon": time(18, 0), "evening": time(22, 0),
    "night": time(23, 59), "closing": time(18, 0),
}  # fmt: skip
WEEKDAYS = {
    name: number
    for number, names in enumerate(
        ("monday 一", "tuesday 二", "wednesday 三", "thursday 四", "friday 五", "saturday 六",
         "sunday 日")
    )
    for name in names.split()
} | {"天": 6}  # fmt: skip
MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}


Answer = tuple[Sort, Callable[[datetime], datetime] | None] | None


def later(moment: datetime, amount: float, unit: Unit) -> datetime:
    """The moment so many units on; from a day on, the end of that day.

    Example:
        >>> later(datetime(2026, 3, 6, 10, 0), 2, "working_day").isoformat()  # from a Friday
        '2026-03-10T23:59:00'
    """
    if unit in ("minute", "hour"):
        return moment + timedelta(minutes=amount * (60 if unit == "hour" else 1))
    day = moment
    if unit == "working_day":
        left = round(amount)
        while left > 0:
            day += timedelta(days=1)
            left -= day.weekday() < 5
    elif unit == "month":
        months = day.month - 1 + max(1, round(amount))
        year, month = day.year + months // 12, months % 12 + 1
        last = calendar.monthrange(year, month)[1]
        day = day.replace(year=year, month=month, day=min(day.day, last))
    else:
        day += timedelta(days=amount * (7 if unit == "week" else 1))
    return at(day, DAY_END)


def at(day: datetime, moment: time) -> datetime:
    """A time of a day, in that day's time zone."""
    return datetime.combine(day.date(), moment, day.tzinfo)


def number_of(words: str, language: str) -> float | None:
    """A number as it is said; None if it is none."""
    plain = re.sub(r"[\s-]+", " ", words).strip()
    if language == "zh":
        plain = plain.replace("两", "二").replace("俩", "二")
    elif plain in ("a", "an", "one", "the", "the next", "next"):
        return 1.0
    elif plain in ("a couple of", "couple of", "a couple"):
        return 2.0
    read = digits(plain, language).replace(",", "").strip()
    try:
        return float(read)
    except ValueError:
        return None


def named_day(moment: datetime, name: str, *, next_week: bool = False) -> datetime:
    """The next day of that name after `moment`: a weekday, tomorrow, 后天; else the same day."""
    if name in WEEKDAYS:
        ahead = (WEEKDAYS[name] - moment.weekday()) % 7
        if next_week:
            return moment + timedelta(days=7 - moment.weekday() + WEEKDAYS[name])
        return moment + timedelta(days=ahead or 7)
    days = {"tomorrow": 1, "the day after tomorrow": 2, "day after tomorrow": 2,
            "明天": 1, "明": 1, "明日": 1, "次日": 1, "后天": 2, "大后天": 3}  # fmt: skip
    return moment + timedelta(days=days.get(name, 0))


def week_end(match: re.Match[str]) -> Answer:
    """The end of this week or the next."""
    ahead = 7 if re.search(r"next|下", match.group()) else 0
    return "day", lambda moment: at(moment + timedelta(days=ahead + 6 - moment.weekday()), DAY_END)


def month_end(match: re.Match[str]) -> Answer:
    """The end of this month or the next."""
    ahead = bool(re.search(r"next|下", match.group()))

    def due(moment: datetime) -> datetime:
        first = later(moment.replace(day=1), 1, "month") if ahead else moment
        return at(first.replace(day=calendar.monthrange(first.year, first.month)[1]), DAY_END)

    return "day", due


def dated(day: int | None, month: int | None) -> Answer:
    """The end of the next day of that date; None if there is no such date."""
    if day is None or not 1 <= day <= 31:
        return None

    def due(moment: datetime) -> datetime:
        year, of = moment.year, month or moment.month
        if month is None and day < moment.day:
            of = of % 12 + 1
        if of < moment.month or (of == moment.month and day < moment.day):
            year += 1
        last = calendar.monthrange(year, of)[1]
        return at(moment.replace(year=year, month=of, day=min(day, last)), DAY_END)

    return "day", due


def at_once(match: re.Match[str]) -> Answer:
    """Now: due at the moment itself."""
    del match
    return "at_once", lambda moment: moment


def vague(match: re.Match[str]) -> Answer:
    """No time that binds."""
    del match
    return "vague", None


def compiled(
    *readers: tuple[str, Callable[[re.Match[str]], Answer]],
) -> Sequence[tuple[re.Pattern[str], Callable[[re.Match[str]], Answer]]]:
    """Patterns with what reads them, compiled."""
    return [(re.compile(source), read) for source, read in readers]
