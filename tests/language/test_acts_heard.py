"""Wordings from many trades, as said and as a recogniser wrote them down from a telephone line."""

from __future__ import annotations

import pytest
from acts_judging import KEY_ACTS, WIDER_ACTS, count, half, read_back, wordings

from qa_pipeline.language.matching import Phrase, PhraseError, tokens
from qa_pipeline.language.near_sounds import near_sound, sound

QUESTIONS = ("ask_hold", "ask_satisfaction", "ask_anything_else")


@pytest.mark.parametrize("part", ["tuning", "held-out"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_wordings_of_many_trades(language: str, part: str) -> None:
    for act, counts in count(language, wordings(language), part).items():
        assert counts.recall >= 0.93, f"{act} misses {counts.missed}"
        assert counts.precision >= 0.88, f"{act} is found in {counts.wrong}"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_verdict_is_passed_by_a_near_miss(language: str) -> None:
    for act, counts in count(language, wordings(language)).items():
        if act in KEY_ACTS:
            assert counts.precision >= 0.94, f"{act} is found in {counts.wrong}"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_a_recogniser_writes(language: str) -> None:
    results = count(language, read_back(language))
    for act in (*QUESTIONS, "thanks_for_waiting"):
        assert results[act].recall >= 0.85, f"{act} misses {results[act].missed}"
        assert results[act].precision >= 0.95, f"{act} is found in {results[act].wrong}"


def test_what_a_recogniser_writes_for_worse_voices() -> None:
    results = count("zh", read_back("zh", "second"))
    for act in (*QUESTIONS, "thanks_for_waiting"):
        assert results[act].recall >= 0.8, f"{act} misses {results[act].missed}"
        assert results[act].precision >= 0.97, f"{act} is found in {results[act].wrong}"


def test_the_halves_are_of_like_size_and_every_act_is_in_both() -> None:
    for language in ("en", "zh"):
        halves = {(act, half(said)) for act, said, _ in wordings(language)}
        assert {(a, p) for a in WIDER_ACTS for p in ("tuning", "held-out")} <= halves
        tuning = [half(said) == "tuning" for _, said, _ in wordings(language)]
        assert 0.4 < sum(tuning) / len(tuning) < 0.6


@pytest.mark.parametrize("heard", ["吗你", "满你", "蛮逆", "慢一", "满意"])
def test_braces_take_near_syllables(heard: str) -> None:
    phrase = Phrase("对 ~4 服务 ~1 {满意}")
    assert list(phrase.find_all_by_sound(tokens(f"您对我们的服务{heard}吗")))


@pytest.mark.parametrize("heard", ["到期", "恢复", "开通"])
def test_braces_do_not_take_any_syllables(heard: str) -> None:
    phrase = Phrase("对 ~4 服务 ~1 {满意}")
    assert not list(phrase.find_all_by_sound(tokens(f"您对我们的服务{heard}吗")))


def test_braces_are_written_as_they_stand_without_sound() -> None:
    phrase = Phrase("{满意}吗")
    assert phrase.find(tokens("满意吗")) is not None
    assert phrase.find(tokens("吗你吗")) is None


@pytest.mark.parametrize("source", ["{满意", "满意}", "{{满}}", "{good}", "{2}"])
def test_malformed_braces_are_refused(source: str) -> None:
    with pytest.raises(PhraseError):
        Phrase(source)


def test_near_is_what_begins_or_ends_alike() -> None:
    import re

    near = re.compile(near_sound("久"))
    assert all(near.fullmatch(sound(heard)) for heard in "就酒救九")
    assert not near.fullmatch(sound("他"))
