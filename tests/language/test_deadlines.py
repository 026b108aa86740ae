from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.language.deadline_days import later
from qa_pipeline.language.deadlines import deadlines

WEDNESDAY = datetime(2026, 3, 4, 10, 3)


@pytest.mark.parametrize(
    ("text", "said", "due"),
    [
        ("I'll ring you within two hours", "within two hours", "03-04 12:03"),
        ("it takes three to five business days, in three to five business days you have it",
         "in three to five business days", "03-11 23:59"),
        ("we'll see to it in half an hour", "in half an hour", "03-04 10:33"),
        ("in an hour and a half", "in an hour and a half", "03-04 11:33"),
        ("24 hours at the latest", "24 hours at the latest", "03-05 10:03"),
        ("you'll have it by Friday", "by Friday", "03-06 23:59"),
        ("tomorrow morning", "tomorrow morning", "03-05 12:00"),
        ("by five pm", "by five pm", "03-04 17:00"),
        ("by 5 o'clock tomorrow", "by 5 o'clock tomorrow", "03-05 17:00"),
        ("on Monday afternoon at three", "on Monday afternoon at three", "03-09 15:00"),
        ("next Tuesday", "next Tuesday", "03-10 23:59"),
        ("by the end of the week", "by the end of the week", "03-08 23:59"),
        ("by the 15th of March", "by the 15th of March", "03-15 23:59"),
        ("on the second of March", "on the second of March", "03-02 23:59"),
        ("later today", "later today", "03-04 23:59"),
        ("by close of business", "by close of business", "03-04 18:00"),
    ],
)  # fmt: skip
def test_english(text: str, said: str, due: str) -> None:
    found = {d.text: d for d in deadlines(text, "en")}
    assert said in found
    moment = found[said].due(WEDNESDAY)
    assert moment is not None and f"{moment:%m-%d %H:%M}" == due
    assert text[found[said].start : found[said].end].strip() == said


@pytest.mark.parametrize(
    ("text", "said", "due"),
    [
        ("两小时内给您回电话", "两小时内", "03-04 12:03"),
        ("三到五个工作日到账", "三到五个工作日", "03-11 23:59"),
        ("半小时内", "半小时内", "03-04 10:33"),
        ("一个半小时后", "一个半小时后", "03-04 11:33"),
        ("两三天之内", "两三天之内", "03-07 23:59"),
        ("24小时之内", "24小时之内", "03-05 10:03"),
        ("明天上午", "明天上午", "03-05 12:00"),
        ("周五之前", "周五之前", "03-06 23:59"),
        ("下周一上午十点前", "下周一上午十点前", "03-09 10:00"),
        ("明天下午三点", "明天下午三点", "03-05 15:00"),
        ("今天下班前", "今天下班前", "03-04 18:00"),
        ("十五号之前", "十五号之前", "03-15 23:59"),
        ("月底之前", "月底之前", "03-31 23:59"),
        ("最晚后天", "最晚后天", "03-06 23:59"),
        ("明早九点半", "明早九点半", "03-05 09:30"),
    ],
)
def test_mandarin(text: str, said: str, due: str) -> None:
    found = {d.text: d for d in deadlines(text, "zh")}
    assert said in found
    moment = found[said].due(WEDNESDAY)
    assert moment is not None and f"{moment:%m-%d %H:%M}" == due


@pytest.mark.parametrize(
    ("text", "language", "sort"),
    [
        ("as soon as possible", "en", "vague"),
        ("we'll be in touch shortly", "en", "vague"),
        ("in a few days", "en", "vague"),
        ("right after this call", "en", "at_once"),
        ("尽快处理", "zh", "vague"),
        ("第一时间", "zh", "vague"),
        ("马上", "zh", "at_once"),
    ],
)
def test_what_binds_nobody_or_now(text: str, language: str, sort: str) -> None:
    (one,) = deadlines(text, language)
    assert one.sort == sort
    assert one.due(WEDNESDAY) == (None if sort == "vague" else WEDNESDAY)


@pytest.mark.parametrize(
    ("text", "language"),
    [("it's on the second floor", "en"), ("that is one hundred dollars", "en"),
     ("三号楼", "zh"), ("一百块", "zh"), ("您这个月的水费", "zh")],
)  # fmt: skip
def test_numbers_that_are_no_time(text: str, language: str) -> None:
    assert deadlines(text, language) == ()


def test_the_time_zone_of_the_call_is_kept() -> None:
    zone = timezone(timedelta(hours=8))
    (one,) = deadlines("明天上午", "zh")
    moment = one.due(WEDNESDAY.replace(tzinfo=zone))
    assert moment is not None and moment.isoformat() == "2026-03-05T12:00:00+08:00"


@given(
    st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2035, 1, 1)),
    st.integers(min_value=1, max_value=60),
    st.sampled_from(["minute", "hour", "day", "working_day", "week", "month"]),
)
def test_more_is_never_earlier(moment: datetime, amount: int, unit: str) -> None:
    assert moment < later(moment, amount, unit) <= later(moment, amount + 1, unit)  # type: ignore[arg-type]


@given(st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2035, 1, 1)))
def test_working_days_end_on_working_days(moment: datetime) -> None:
    assert later(moment, 3, "working_day").weekday() < 5
    assert later(moment, 3, "working_day").date() >= later(moment, 3, "day").date()


@given(st.text(max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    for language in ("en", "zh", "fr"):
        for one in deadlines(text, language):
            assert 0 <= one.start < one.end <= len(text)
