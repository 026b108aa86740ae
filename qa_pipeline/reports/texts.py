"""Words that reports use, in both languages."""

from __future__ import annotations

from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.rubric import LocalText

# Signs differ in shape, not in colour alone, and are one column wide in a terminal.
SIGNS = {
    Outcome.PASS: "✓",
    Outcome.FAIL: "✗",
    Outcome.NOT_APPLICABLE: "–",
    Outcome.UNDETERMINED: "?",
}
OUTCOMES = {
    Outcome.PASS: LocalText("pass", "通过"),
    Outcome.FAIL: LocalText("fail", "未通过"),
    Outcome.NOT_APPLICABLE: LocalText("not applicable", "不适用"),
    Outcome.UNDETERMINED: LocalText("undetermined", "无法判定"),
}
ROLES = {
    Role.AGENT: LocalText("Agent", "客服"),
    Role.CUSTOMER: LocalText("Customer", "客户"),
    Role.LINE: LocalText("Line", "线路"),
}
LANGUAGES = {"en": LocalText("English", "英语"), "zh": LocalText("Mandarin", "普通话")}
UNKNOWN_AGENT = LocalText("Unknown agent", "未知客服")


def language_name(code: str) -> LocalText:
    """A language's name; its code if it is none of ours."""
    return LANGUAGES.get(code, LocalText(code, code))


def clock(time_ms: int) -> str:
    """A moment as minutes and seconds.

    Example:
        >>> clock(83_400), clock(3_723_000)
        ('1:23', '1:02:03')
    """
    seconds = max(0, time_ms) // 1000
    hours, rest = divmod(seconds, 3600)
    if hours:
        return f"{hours}:{rest // 60:02d}:{rest % 60:02d}"
    return f"{rest // 60}:{rest % 60:02d}"


def percent(share: float | None) -> str:
    """A share as whole percent, a dash where there is none.

    Rounded down to 99 below 1 and up to 1 above 0: 100 % means all.
    """
    if share is None:
        return "–"
    value = round(share * 100)
    if share < 1:
        value = min(value, 99)
    if share > 0:
        value = max(value, 1)
    return f"{value} %"
