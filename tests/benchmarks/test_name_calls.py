"""Drawn calls about names: the same by seed, labelled by construction, halves apart."""

import pytest

from benchmarks.name_calls.dialogues import bank, draw
from benchmarks.name_calls.noise import FATES, without_punctuation
from benchmarks.names import judge, report
from qa_pipeline.domain.recording import Role


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_seed_draws_the_same_call(language: str) -> None:
    assert draw(7, language, "tuning") == draw(7, language, "tuning")
    assert draw(7, language, "tuning") != draw(8, language, "tuning")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_halves_share_no_names_and_no_templates(language: str) -> None:
    content = bank(language)
    for path in (("given",), ("surnames",), ("uses",), ("traps",), ("told",), ("openings", "pass")):
        part = content
        for key in path:
            part = part[key]
        halves = [
            set(h.split() if isinstance(h, str) else h) for h in (part["tuning"], part["test"])
        ]
        assert not halves[0] & halves[1], path


def test_labels_follow_the_uses() -> None:
    for seed in range(30):
        call = draw(seed, "en", "tuning")
        assert call.name_use == ("pass" if sum(call.uses) >= 3 else "fail")
        spoken = zip(call.turns, call.uses, strict=True)
        assert all(turn.role is Role.AGENT for turn, uses in spoken if uses)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_calls_written_as_said_are_judged_right(language: str) -> None:
    calls = [draw(seed, language, "tuning") for seed in range(60)]
    results = [judge(call) for call in calls if call.profile == "clean"]
    wrong = [r for r in results if r.findings["name_use"].outcome.value != r.labels["name_use"]]
    assert len(results) > 10
    assert len(wrong) <= 0.1 * len(results)
    assert "single uses" in report(results)


def test_fates_are_shares() -> None:
    assert sum(FATES.values()) == pytest.approx(1.0)


def test_unpunctuated_text() -> None:
    assert without_punctuation("Thank you, Mr. O'Brien!", "en") == "thank you mr o'brien"
    assert without_punctuation("好的，王先生。", "zh") == "好的王先生"
