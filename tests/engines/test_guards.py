from __future__ import annotations

import pytest

from qa_pipeline.engines.guards import RawSegment, RawWord, keep_spoken


def segment(
    text: str, probability: float = 0.9, no_speech: float = 0.05, seconds: float = 0.3
) -> RawSegment:
    pieces = [f" {word}" for word in text.split()] if " " in text else list(text)
    words = tuple(
        RawWord(piece, i * 0.4, i * 0.4 + seconds, probability) for i, piece in enumerate(pieces)
    )
    return RawSegment(words, -0.3, no_speech)


def texts(*segments: RawSegment, prompt: str = "", hints: tuple[str, ...] = ()) -> list[str]:
    return [s.text.strip() for s in keep_spoken(segments, prompt, hints)]


@pytest.mark.parametrize(
    "invented",
    [
        "Thanks for watching!",
        "Please subscribe to my channel.",
        "Subtitles by the Amara.org community",
        "请不吝点赞 订阅 转发 打赏支持明镜与点点栏目",
        "字幕由Amara.org社区提供",
        "谢谢观看",
    ],
)
def test_subtitle_credits_are_dropped_unless_the_model_is_sure(invented: str) -> None:
    assert texts(segment(invented, 0.4)) == []
    assert texts(segment(invented, 0.95, no_speech=0.7)) == []
    assert texts(segment(invented, 0.97)) == [segment(invented).text.strip()]


@pytest.mark.parametrize(
    "said",
    [
        "Thank you for holding.",
        "Thank you for calling, goodbye.",
        "谢谢您的来电，再见。",
        "感谢您的耐心等待。",
        "Would you like to subscribe?",
    ],
)
def test_what_agents_say_stays_even_when_unsure(said: str) -> None:
    assert texts(segment(said, 0.4)) == [segment(said).text.strip()]


def test_loops_keep_their_first_round() -> None:
    assert texts(segment("I will check " * 6 + "now")) == ["I will check now"]
    assert texts(segment("哈" * 9)) == ["哈"]


def test_a_loop_through_several_segments_is_cut_unless_it_is_played() -> None:
    rounds = [segment("我们这场大厨的市场", seconds=0.01) for _ in range(5)]
    assert texts(segment("钱"), *rounds) == ["钱", "我们这场大厨的市场"]
    played = [segment("感谢您的等候") for _ in range(5)]
    assert texts(*played) == ["感谢您的等候"] * 5


@pytest.mark.parametrize("said", ["no no no no", "对对对对对", "8 8 8 8 8 8 8 8", "88888888"])
def test_natural_repetition_stays(said: str) -> None:
    assert texts(segment(said)) == [said]


def test_the_prompt_is_not_heard_back() -> None:
    prompt, hints = "Names: Mary Brown, Daniel Porter.", ("Mary Brown", "Daniel Porter")
    assert texts(segment("Mary Brown, Daniel Porter.", 0.8), prompt=prompt, hints=hints) == []
    assert texts(segment("Names: Mary Brown", 0.7), prompt=prompt, hints=hints) == []
    assert texts(segment("Mary Brown.", 0.3), prompt=prompt, hints=hints) == []
    assert texts(segment("Mary Brown.", 0.8), prompt=prompt, hints=hints) == ["Mary Brown."]
    spoken = segment("Mary Brown, this is Daniel Porter.")
    assert texts(spoken, prompt=prompt, hints=hints) == [spoken.text.strip()]


def test_words_without_a_place_in_the_sound_are_dropped() -> None:
    assert texts(segment("we will see you there", 0.3, seconds=0.0)) == []
    assert texts(segment("we will see you there", 0.8, seconds=0.0)) != []
    assert texts(segment("嗯", 0.3)) == ["嗯"]
    assert texts(segment("...", 0.9)) == []
