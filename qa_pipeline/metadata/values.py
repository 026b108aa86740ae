"""One lenient reader per kind of value; each says what is right when a value is wrong."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeVar

from qa_pipeline.domain.recording import ChannelRoles, Party

T = TypeVar("T")

_NOT_KNOWN = {"", "null", "none", "n/a", "-", "unknown", "未知"}
_LONGEST_TEXT = 200
_DAY_S = 86_400.0

_DIRECTIONS = {
    **dict.fromkeys(("inbound", "in", "incoming", "呼入"), "inbound"),
    **dict.fromkeys(("outbound", "out", "outgoing", "呼出"), "outbound"),
}
_PARTIES = {
    **dict.fromkeys(("agent", "坐席", "客服"), Party.AGENT),
    **dict.fromkeys(("customer", "客户"), Party.CUSTOMER),
    **dict.fromkeys(("system", "系统"), Party.SYSTEM),
}
_LANGUAGES = {
    **dict.fromkeys(("zh", "cmn", "zho", "chi", "chinese", "mandarin", "中文", "普通话"), "zh"),
    **dict.fromkeys(("en", "eng", "english", "英语", "英文"), "en"),
}
_COUNTRIES = {"UK": "GB", "USA": "US", "CHN": "CN", "GBR": "GB", "CAN": "CA", "JPN": "JP"} | {
    "DEU": "DE",
    "FRA": "FR",
    "AUS": "AU",
    "IND": "IN",
}
_DURATION = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{2}(?:\.\d+)?)")
_SECONDS = re.compile(r"(\d+(?:\.\d+)?)\s*(?:s|sec|secs|seconds|秒)?", re.IGNORECASE)


def is_not_known(value: object) -> bool:
    """Whether the value says that nothing is known: null, empty, ``n/a``, ``unknown``."""
    return value is None or (isinstance(value, str) and value.strip().lower() in _NOT_KNOWN)


def identifier(value: object) -> str:
    """An id: text, or a whole number as a table program may have made of it."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return text(value)


def text(value: object) -> str:
    """A short text of one line; white space is tidied."""
    what = f"text of at most {_LONGEST_TEXT} characters on one line"
    if not isinstance(value, str):
        raise ValueError(what)
    tidy = " ".join(unicodedata.normalize("NFC", value).split())
    if not tidy or len(tidy) > _LONGEST_TEXT or not tidy.isprintable():
        raise ValueError(what)
    return tidy


def direction(value: object) -> str:
    """``inbound`` or ``outbound``."""
    return _one_of(value, _DIRECTIONS, "inbound or outbound")


def party(value: object) -> Party:
    """Who ended the call. ``caller`` is refused: who that is depends on the direction."""
    return _one_of(value, _PARTIES, "agent, customer or system")


def _one_of(value: object, table: Mapping[str, T], what: str) -> T:
    if isinstance(value, str) and (found := table.get(value.strip().lower())) is not None:
        return found
    raise ValueError(what)


def seconds(value: object) -> float:
    """Seconds as a number, ``"12.5"``, ``"12 s"`` or ``"0:12"`` (minutes and seconds)."""
    what = "seconds from 0 to 86400, such as 12 or 12.5"
    number: float
    if isinstance(value, str):
        stripped = value.strip()
        if clock := _DURATION.fullmatch(stripped):
            hours, minutes, rest = clock.groups()
            number = int(hours or 0) * 3600 + int(minutes) * 60 + float(rest)
        elif plain := _SECONDS.fullmatch(stripped):
            number = float(plain.group(1))
        else:
            raise ValueError(what)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        number = float(value)
    else:
        raise ValueError(what)
    if not math.isfinite(number) or not 0 <= number <= _DAY_S:
        raise ValueError(what)
    return number


def count(value: object) -> int:
    """A whole number from 0 to 1000; ``"3"`` and 3.0 will do."""
    what = "a whole number from 0 to 1000, such as 3"
    if isinstance(value, str):
        try:
            value = float(value.strip())
        except ValueError:
            raise ValueError(what) from None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(what)
    if not math.isfinite(value) or value != int(value) or not 0 <= value <= 1000:
        raise ValueError(what)
    return int(value)


def moment(value: object) -> datetime:
    """A point in time: ISO 8601, ``2025/3/1 9:30``, or seconds (milliseconds) since 1970.

    Without a zone it is taken as UTC, so that days stay as they were written.
    """
    what = "a date and time such as 2025-03-01T09:30:00+08:00"
    found: datetime | None = None
    if isinstance(value, datetime):
        found = value
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        found = _since_1970(float(value))
    elif isinstance(value, str):
        found = _written_moment(value.strip())
    if found is None or not 1970 <= found.year <= 2200:
        raise ValueError(what)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def has_zone(value: object) -> bool:
    """Whether a time, as given, names its zone (numbers since 1970 do by definition)."""
    if isinstance(value, datetime):
        return value.tzinfo is not None
    if isinstance(value, str):
        found = _written_moment(value.strip())
        return found is None or found.tzinfo is not None
    return True


def _since_1970(number: float) -> datetime | None:
    if not math.isfinite(number):
        return None
    try:
        return datetime.fromtimestamp(number / 1000 if number > 1e11 else number, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _written_moment(written: str) -> datetime | None:
    try:
        return datetime.fromisoformat(written)
    except ValueError:
        pass
    for form in ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y%m%d%H%M%S"):
        try:
            return datetime.strptime(written, form)
        except ValueError:
            continue
    return _since_1970(float(written)) if re.fullmatch(r"\d{10}(\d{3})?", written) else None


def channels(value: object) -> ChannelRoles:
    """Which channel carries whom; in a table as JSON text or ``agent=0, customer=1``.

    One of the two is enough when it is channel 0 or 1.
    """
    what = 'two different channels counted from 0, such as {"agent": 0, "customer": 1}'
    if isinstance(value, str):
        value = _channels_text(value)
    if not isinstance(value, Mapping) or not set(value) <= {"agent", "customer"}:
        raise ValueError(what)
    try:
        numbers = {role: count(number) for role, number in value.items() if number is not None}
    except ValueError:
        raise ValueError(what) from None
    if len(numbers) == 1:
        (role, number), other = next(iter(numbers.items())), {"agent": "customer"}
        if number not in {0, 1}:
            raise ValueError(what)
        numbers[other.get(role, "agent")] = 1 - number
    if len(numbers) != 2 or numbers["agent"] == numbers["customer"]:
        raise ValueError(what)
    return ChannelRoles(numbers["agent"], numbers["customer"])


def _channels_text(written: str) -> object:
    try:
        return json.loads(written)
    except ValueError:
        pairs = re.findall(r"(agent|customer)\s*[=:]\s*(\d+)", written.lower())
        return dict(pairs)


def language(value: object) -> str:
    """An ISO 639-1 code; regions and scripts are cut (``zh-CN``), names are known for two."""
    what = "a language code such as en or zh"
    if not isinstance(value, str):
        raise ValueError(what)
    written = value.strip().lower()
    if written in _LANGUAGES:
        return _LANGUAGES[written]
    code = re.split(r"[-_]", written)[0]
    code = _LANGUAGES.get(code, code)
    if not re.fullmatch(r"[a-z]{2,3}", code):
        raise ValueError(what)
    return code


def country(value: object) -> str:
    """An ISO 3166 alpha-2 code in upper case; UK is taken as GB."""
    if isinstance(value, str):
        code = value.strip().upper()
        code = _COUNTRIES.get(code, code)
        if re.fullmatch(r"[A-Z]{2}", code):
            return code
    raise ValueError("a two-letter country code such as CN or US")
