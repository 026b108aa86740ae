from __future__ import annotations

import pytest

from qa_pipeline.language.hold_return import comes_back, leaves


@pytest.mark.parametrize(
    "text",
    [
        "Sorry, there was a queue at the printer.",
        "I was checking with my supervisor.",
        "Okay, that's checked.",
        "Right, I've spoken to the depot.",
        "Hello, are you still there?",
        "Got them, at last.",
        "不好意思，刚刚去翻合同了。",
        "喂，您还在吧？问好了。",
        "查完了，可以办。",
        "让您等急了吧。",
    ],
)
def test_words_of_somebody_who_was_away(text: str) -> None:
    assert comes_back(text)


@pytest.mark.parametrize(
    "text",
    [
        "Your balance is ten dollars.",
        "The branch hours are nine to five.",
        "Okay, what is the company name?",
        "您的余额是十块钱。",
        "好的，请问哪家公司？",
    ],
)
def test_going_on_is_not_coming_back(text: str) -> None:
    assert not comes_back(text)


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("I'll just check.", True),
        ("Let me go and ask the nurse.", True),
        ("One second.", True),
        ("Which card would you like to replace?", False),
        ("我去车间问问。", True),
        ("您稍等。", True),
        ("您的卡是在哪家店办的？", False),
    ],
)
def test_leaving_for_an_errand(text: str, gone: bool) -> None:
    assert leaves(text) is gone
