"""Names from the prompt must not stand where other words were spoken."""

from __future__ import annotations

import pytest

from qa_pipeline.engines.guards import RawSegment, RawWord, parrots_hints, read_guarded


def segment(text: str) -> RawSegment:
    words = [f" {word}" for word in text.split()] if " " in text else [text]
    return RawSegment(
        tuple(RawWord(word, i * 0.3, i * 0.3 + 0.3, 0.8) for i, word in enumerate(words)), -0.3, 0.1
    )


@pytest.mark.parametrize(
    ("texts", "hints"),
    [
        (["李建军、赵女社：李建军：李建军："], ["李建军", "赵敏"]),
        (["好的，请稍等。", "刘佳、", "孙伟。"], ["刘佳", "孙伟"]),
        (["让您久等了。", "刘佳、孙伟，这张票可以退。"], ["刘佳", "孙伟"]),
        (["Daniel Porter, Laura Bishop."], ["Daniel Porter", "Laura Bishop"]),
    ],
)
def test_a_prompt_written_over_speech_is_noticed(texts: list[str], hints: list[str]) -> None:
    assert parrots_hints([segment(text) for text in texts], hints)


@pytest.mark.parametrize(
    ("texts", "hints"),
    [
        (["您好，东方银行，我叫李建军，很高兴为您服务。", "赵女士，您请说。"], ["李建军", "赵敏"]),
        (["Good morning, this is Daniel Porter speaking."], ["Daniel Porter", "Laura Bishop"]),
        (["Hi Daniel, this is Laura Bishop calling about a lamp."], ["Daniel Porter"]),
        (["Thank you."], []),
    ],
)
def test_names_in_sentences_are_no_parroting(texts: list[str], hints: list[str]) -> None:
    assert not parrots_hints([segment(text) for text in texts], hints)


def test_a_parroted_window_is_read_again_without_the_prompt() -> None:
    asked: list[str] = []

    def read(prompt: str) -> list[RawSegment]:
        asked.append(prompt)
        return [segment("刘佳、孙伟：刘佳、")] if prompt else [segment("一百元好吧那就退吧")]

    kept = read_guarded(read, "刘佳，孙伟", ["刘佳", "孙伟"])
    assert asked == ["刘佳，孙伟", ""]
    assert [item.text for item in kept] == ["一百元好吧那就退吧"]


def test_sentences_skipped_for_a_prompt_are_read_without_it() -> None:
    def read(prompt: str) -> list[RawSegment]:
        late = RawSegment((RawWord(" finally", 2.6, 3.0, 0.9),), -0.3, 0.1)
        words = (RawWord(" go", 0.4, 0.9, 0.8), RawWord(" ahead", 0.9, 1.8, 0.8))
        return [late] if prompt else [RawSegment((*words, *late.words), -0.3, 0.1)]

    hints = ["Daniel Porter"]
    kept = read_guarded(read, "Names: Daniel Porter.", hints, [(0.2, 3.2)])
    assert [word.text for item in kept for word in item.words] == [" go", " ahead", " finally"]
    whole = read_guarded(read, "Names: Daniel Porter.", hints, [(2.4, 3.2)])
    assert [word.text for item in whole for word in item.words] == [" finally"]
