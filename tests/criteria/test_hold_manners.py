"""What belongs to a hold beside consent: why, how long, thanks, not too long alone."""

from __future__ import annotations

from typing import Any

import pytest
from scripted_calls import converse

from qa_pipeline.criteria import kind
from qa_pipeline.criteria.base import Finding

ASKED = {
    "en": "A: May I put you on hold for two minutes while I check with the warehouse?",
    "zh": "A: 我跟仓库核实一下，大概需要两分钟，您方便稍等吗？",
}
BARE = {"en": "A: Would you mind holding?", "zh": "A: 您方便稍等吗？"}
THANKS = {"en": "A: Thank you for holding. It is in stock.", "zh": "A: 让您久等了，仓库有货。"}
PLAIN = {"en": "A: So, it is in stock.", "zh": "A: 嗯，仓库有货。"}
YES = {"en": "C: Sure, that's fine.", "zh": "C: 可以，没问题。"}
REST = {
    "en": ["C: Great, can you send it?", "A: Of course, it goes out today."],
    "zh": ["C: 好，那帮我寄过来吧。", "A: 好的，今天就给您寄出。"],
}


def judge(language: str, ask: str, back: str, seconds: int = 20, **params: Any) -> Finding:
    case = {
        "name": "hold",
        "language": language,
        "script": [
            *REST[language], ask, YES[language], f"(music {seconds})", back, *REST[language],
        ],
    }  # fmt: skip
    check = kind("hold_protocol")
    wanted = {"need_ask": False, "need_assent": False, **params}
    finding = check.judge(converse(case), check.params(**wanted))
    assert finding.reason in check.reasons and finding.evidence
    assert finding.explanation.zh.endswith("。")
    return finding


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("params", "missing"),
    [
        ({"need_reason": True}, "no_reason_told"),
        ({"need_duration": True}, "no_time_told"),
        ({"need_thanks": True}, "no_thanks"),
    ],
)
def test_each_part_is_found_and_missed(
    language: str, params: dict[str, bool], missing: str
) -> None:
    assert judge(language, ASKED[language], THANKS[language], **params).reason == "courteous"
    assert judge(language, BARE[language], PLAIN[language], **params).reason == missing


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_customer_is_not_left_alone_for_long(language: str) -> None:
    ask, back = ASKED[language], THANKS[language]
    assert judge(language, ask, back, 20, longest_s=60).reason == "courteous"
    assert judge(language, ask, back, 90, longest_s=60).reason == "left_alone"
    assert judge(language, ask, back, 62, longest_s=60).reason == "hold_unsure"


def test_consent_and_manners_in_one_criterion_fail_for_the_worse() -> None:
    both = {"need_ask": True, "need_assent": True, "need_thanks": True}
    assert judge("en", ASKED["en"], THANKS["en"], **both).reason in ("consented", "courteous")
    assert judge("en", ASKED["en"], PLAIN["en"], **both).reason == "no_thanks"
    assert judge("en", "A: One moment.", THANKS["en"], **both).reason == "announced_only"
