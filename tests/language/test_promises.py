from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.promises import Spoken, promises_in
from qa_pipeline.language.sentences import split


def promised(text: str, language: str, role: Role = Role.AGENT) -> list[Spoken]:
    turn = Turn(role, 0, 5_000, text)
    return [p for sentence in split(turn, language) for p in promises_in(sentence, language)]


@pytest.mark.parametrize(
    ("text", "who", "topic", "channel", "deadline"),
    [
        ("I'll ring you back within two hours.", "self", "contact", "phone", "within two hours"),
        ("Our technician is going to come out tomorrow morning.", "colleague", "visit",
         "in_person", "tomorrow morning"),
        ("You will get the letter by Friday.", "unnamed", "send", "post", "by Friday"),
        ("We'll get back to you as soon as possible.", "desk", "contact", None,
         "as soon as possible"),
        ("your parcel will be delivered on tuesday", "unnamed", "send", None, "on tuesday"),
        ("Somebody from billing will be in touch within 24 hours.", "colleague", "contact", None,
         "within 24 hours"),
        ("Maria will phone you on Monday at nine.", "colleague", "contact", "phone",
         "on Monday at nine"),
        ("An engineer can look at it tomorrow.", "colleague", "visit", None, "tomorrow"),
        ("I'll pass this on to our logistics team at once.", "self", "inform", None, "at once"),
        ("The money should be in your account by tomorrow noon.", "unnamed", "send", None,
         "by tomorrow noon"),
        ("Fifty pounds will reach you by post on Thursday.", "unnamed", "send", "post",
         "on Thursday"),
        ("I will escalate this to the team.", "self", "inform", None, None),
    ],
)  # fmt: skip
def test_english(
    text: str, who: str, topic: str, channel: str | None, deadline: str | None
) -> None:
    (one,) = promised(text, "en")
    said = one.deadline.text if one.deadline else None
    assert (one.who, one.topic, one.channel, said) == (who, topic, channel, deadline)


@pytest.mark.parametrize(
    ("text", "who", "what", "topic", "deadline"),
    [
        ("我两小时之内给您回电话。", "self", "给您回电话", "contact", "两小时之内"),
        ("工程师明天上午会上门维修。", "colleague", "上门维修", "visit", "明天上午"),
        ("退款三到五个工作日到账。", "unnamed", "退款到账", "refund", "三到五个工作日"),
        ("我们会尽快联系您。", "desk", "联系您", "contact", "尽快"),
        ("周五之前给您答复。", "unnamed", "给您答复", "contact", "周五之前"),
        ("您明天会收到短信。", "unnamed", "收到短信", "send", "明天"),
        ("财务的王经理今天下班前会给您打电话确认。", "colleague", "给您打电话确认", "contact",
         "今天下班前"),
        ("钱今天晚上就退到您卡里。", "unnamed", "退到您卡里", "refund", "今天晚上"),
        ("我挂了电话就通知物流部门。", "self", "通知物流部门", "inform", "挂了电话就"),
        ("如果明天还没收到，我们会主动联系您。", "desk", "联系您", "contact", None),
    ],
)  # fmt: skip
def test_mandarin(text: str, who: str, what: str, topic: str, deadline: str | None) -> None:
    (one,) = promised(text, "zh")
    said = one.deadline.text if one.deadline else None
    assert (one.who, one.what, one.topic, said) == (who, what, topic, deadline)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I'll check that for you now.", "en"),
        ("I will put you on hold for two minutes.", "en"),
        ("I won't call you tomorrow.", "en"),
        ("If it happens again, please call us.", "en"),
        ("Would you call me tomorrow?", "en"),
        ("I've sent it already.", "en"),
        ("We'll be closed tomorrow.", "en"),
        ("I'll be happy to help you today.", "en"),
        ("We are open until six today.", "en"),
        ("your appointment has been booked for friday", "en"),
        ("我帮您查一下。", "zh"),
        ("请您稍等两分钟。", "zh"),
        ("我已经帮您退款了。", "zh"),
        ("您明天再打过来吧。", "zh"),
        ("这个我不会给您退的。", "zh"),
        ("我今天给您处理得怎么样？", "zh"),
        ("我跟您核对一下地址。", "zh"),
        ("财务那边说已经打款。", "zh"),
    ],
)
def test_what_only_looks_like_a_promise(text: str, language: str) -> None:
    assert promised(text, language) == []


def test_a_customers_own_promise() -> None:
    (one,) = promised("I'll send you the photos tomorrow.", "en", Role.CUSTOMER)
    assert one.who == "customer"


def test_two_promises_in_one_sentence() -> None:
    found = promised("I'll email you the form today and our driver will come on Monday.", "en")
    assert [(p.topic, p.deadline.text if p.deadline else "") for p in found] == [
        ("send", "today"),
        ("visit", "on Monday"),
    ]


def test_times_and_words_of_a_promise() -> None:
    (one,) = promised("Right, so I'll call you back by noon, okay.", "en")
    assert one.text == "I'll call you back by noon"
    start_ms, end_ms = one.times
    assert 0 < start_ms < end_ms < 5_000


@given(st.text(max_size=80))
def test_any_text_can_be_read(text: str) -> None:
    for language in ("en", "zh"):
        for one in promised(text, language):
            assert one.text
