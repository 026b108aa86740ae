"""What a reply answers, by its words and, in Mandarin, by their sound."""

from __future__ import annotations

import pytest

from qa_pipeline.language.replies import Reply, replied

PLEASED = {
    "en": [
        "Yes, I'm very happy, thanks.",
        "Fully satisfied.",
        "No complaints at all.",
        "Very.",
        "I couldn't be happier.",
        "Oh, ten out of ten.",
        "Yes, yes, happy.",
    ],
    "zh": [
        "满意。",
        "嗯，挺满意的",
        "目前都满意",
        "没有不满意的，都好",
        "服务还行，就是慢",
        "你态度不错",
        "买你，谢谢",
        "五分吧",
    ],
}
NOT_PLEASED = {
    "en": [
        "She'll be over the moon.",
        "No, I'm not happy with that.",
        "Thanks, bye.",
        "And when do I get the letter?",
        "",
    ],
    "zh": [
        "我对这个不满意",
        "买一个就行",
        "谢谢，再见",
        "慢一点说",
        "那周三可以吗",
        "十五分钟",
        "",
    ],
}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_who_is_pleased_says_so(language: str) -> None:
    assert not [t for t in PLEASED[language] if Reply.PLEASED not in replied(t, language)]
    assert not [t for t in NOT_PLEASED[language] if Reply.PLEASED in replied(t, language)]


@pytest.mark.parametrize(
    ("text", "language", "kind"),
    [
        ("No, that's all.", "en", Reply.NOTHING_ELSE),
        ("I think that'll be all for today", "en", Reply.NOTHING_ELSE),
        ("没有了，谢谢", "zh", Reply.NOTHING_ELSE),
        ("Got it, thanks.", "en", Reply.UNDERSTOOD),
        ("听明白了", "zh", Reply.UNDERSTOOD),
        ("好，再见", "zh", Reply.PARTING),
        ("Cheers, bye now.", "en", Reply.PARTING),
        ("I was, thanks.", "en", Reply.WELL),
        ("挺好的呀", "zh", Reply.WELL),
        ("It's been excellent, thanks.", "en", Reply.PRAISES),
        ("没有，很周到", "zh", Reply.PRAISES),
        ("那前一天要怎么吃？", "zh", Reply.ASKS),
        ("And when do I get the title?", "en", Reply.ASKS),
    ],
)
def test_other_replies(text: str, language: str, kind: Reply) -> None:
    assert kind in replied(text, language)


def test_a_denial_is_no_question_and_a_story_no_answer() -> None:
    assert Reply.ASKS not in replied("没有没有，你们哪里都好", "zh")
    told = "I have a bag here from last time and I will ask my sister to bring it on Monday"
    assert replied(told, "en") == {Reply.LONG}


def test_a_language_without_phrases_shows_nothing() -> None:
    assert replied("oui, très content", "fr") == frozenset()
