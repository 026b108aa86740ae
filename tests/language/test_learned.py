"""Acts by all their words: the weighing itself, and what comes with qa_pipeline."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from acts_judging import acts_in, catalogue

from benchmarks.act_wordings import PARTS
from benchmarks.learned_lines import Bag, bank_bags
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.errors import RubricError
from qa_pipeline.language.acts import load_catalogue
from qa_pipeline.language.learned import (
    LEAST_UNITS,
    LONG,
    STRETCH,
    LearnedAct,
    read_learned,
    runs,
    stretches,
    units_of,
)
from qa_pipeline.language.matching import tokens
from qa_pipeline.resources import acts_dir
from qa_pipeline.stages.recognize_acts import recognize_acts

WAIT = LearnedAct(
    bias=-1.0,
    near=0.0,
    sure=1.0,
    unlike=-1.5,
    weights={"wait": 3.0, "wait for": 4.0, "bill": -4.0},
    found="made up for a test",
)


def test_a_score_is_the_weights_over_the_root_of_the_number_of_runs() -> None:
    units = ["please", "wait", "for"]
    number = len(runs(units))
    assert number == 3 + 4 + 3
    assert WAIT.score(units) == pytest.approx(-1.0 + (3.0 + 4.0) / math.sqrt(number))


@pytest.mark.parametrize(
    ("score", "asked", "judged"),
    [(1.0, True, "is"), (1.0, False, "is"), (0.5, True, "near"), (-0.1, True, "no")],
)
def test_what_a_score_means(score: float, asked: bool, judged: str) -> None:
    assert WAIT.judged(score, asked) == judged


@pytest.mark.parametrize(
    ("more", "judged"), [(0.0, "is"), (0.5, "is"), (2.0, "near"), (None, "near")]
)
def test_of_what_has_not_the_form_of_a_question_more_is_wanted(
    more: float | None, judged: str
) -> None:
    strict = WAIT.model_copy(update={"unasked": more})
    assert [strict.judged(2.0, asked) for asked in (True, False)] == ["is", judged]


@pytest.mark.parametrize(
    ("score", "asked", "judged"), [(2.0, False, "near"), (1.9, False, "no"), (1.0, True, "is")]
)
def test_what_phrases_call_something_else_is_at_most_near(
    score: float, asked: bool, judged: str
) -> None:
    weak = WAIT.model_copy(update={"yields_to": ("announce_hold",)})
    assert weak.judged(score, asked, {"announce_hold"}) == judged
    assert weak.judged(1.0, asked, {"thanks"}) == "is"


def test_too_few_words_are_like_nothing_and_exclude_nothing() -> None:
    assert WAIT.score(["wait", "for"]) == -math.inf
    assert not WAIT.excludes(["the", "bill"])
    assert WAIT.excludes(["bill", "bill", "bill"])
    assert not WAIT.model_copy(update={"unlike": None}).excludes(["bill", "bill", "bill"])
    assert LEAST_UNITS == 3


@pytest.mark.parametrize("units", [1, LONG, LONG + 1, 40, 57])
def test_stretches_cover_every_unit_and_none_is_longer_than_it_may_be(units: int) -> None:
    found = list(stretches(units))
    assert {at for first, last in found for at in range(first, last)} == set(range(units))
    assert all(last - first <= (LONG if units <= LONG else STRETCH) for first, last in found)


def test_of_a_long_sentence_the_likest_stretch_counts() -> None:
    long = ["word"] * 30 + ["please", "wait", "for", "me"]
    score, first, last = WAIT.likest(long)
    assert first <= 31 < last
    assert score > WAIT.score(["word"] * 34)


def test_mandarin_is_weighed_by_its_folded_syllables() -> None:
    assert units_of(tokens("满意吗")) == units_of(tokens("曼易马"))
    assert units_of(tokens("Are you happy")) == ("are", "you", "happy")


def test_a_folder_without_the_file_has_no_learned_acts(tmp_path: Path) -> None:
    assert read_learned(tmp_path) == {}


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"a": {"bias": 0}}', '{"a": {"bias": "x", "sure": 1}}']
)
def test_a_file_that_is_not_valid_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "learned.json").write_text(content, encoding="utf-8")
    with pytest.raises(RubricError, match=r"learned\.json is not valid"):
        read_learned(tmp_path)


def test_the_fingerprint_of_the_acts_follows_it(tmp_path: Path) -> None:
    prints = set()
    for name, bias in (("x", 0.0), ("y", 1.0)):
        folder = tmp_path / name / "en"
        folder.mkdir(parents=True)
        (folder / "acts.yaml").write_text("acts:\n  a: {patterns: [b]}\n", encoding="utf-8")
        entry = WAIT.model_copy(update={"bias": bias}).model_dump()
        (folder / "learned.json").write_text(json.dumps({"a": entry}), encoding="utf-8")
        loaded = load_catalogue(tmp_path / name, ("en",))
        assert loaded.learned["en"]["a"].bias == bias
        prints.add(loaded.fingerprint)
    assert len(prints) == 2


def lines(language: str, act: str) -> tuple[list[Bag], list[Bag]]:
    """Held-out lines that are the act, and those that are not."""
    found = [bag for bag in bank_bags(language, PARTS[1], catalogue()) if act in bag.is_act]
    return [b for b in found if b.is_act[act]], [b for b in found if not b.is_act[act]]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("act", "recall", "most_wrong"),
    [("ask_satisfaction", 0.8, 0.04), ("ask_hold", 0.65, 0.04), ("ask_anything_else", 0.7, 0.01)],
)
def test_wordings_that_nothing_was_learned_from(
    language: str, act: str, recall: float, most_wrong: float
) -> None:
    learned = catalogue().learned[language][act]
    yes, no = lines(language, act)
    assert len(yes) >= 80
    assert len(no) >= 500
    found, wrong = (
        sum(any(learned.score(units) >= learned.sure for units in bag.sentences) for bag in bags)
        for bags in (yes, no)
    )
    assert found / len(yes) >= recall
    assert wrong / len(no) <= most_wrong


@pytest.mark.parametrize(
    "said", ["这回帮您办的这件事，您觉得还称心吗", "所以您看今天这个服务您还顺心不顺心呀"]
)
def test_they_are_found_in_a_call_where_phrases_find_nothing(said: str) -> None:
    assert "ask_satisfaction" not in acts_in(said, "zh", answer=False, phrases=True)
    assert "ask_satisfaction" in acts_in(said, "zh", answer=False)


def test_a_closing_question_is_not_looked_for_in_the_first_half() -> None:
    made_up = {"en": {"ask_satisfaction": WAIT.model_copy(update={"part": "closing", "bias": 0.0})}}
    said, other = "Will you wait for the zebra?", "Your parcel is on its way to Leeds."
    kinds = []
    for texts in ((said, other, other), (other, other, said)):
        turns = [
            Turn(Role.AGENT, 5_000 * at, 5_000 * at + 4_000, text) for at, text in enumerate(texts)
        ]
        known = replace(catalogue(), learned=made_up)
        kinds.append({act.kind for act in recognize_acts(turns, "en", known, None)})
    assert ["ask_satisfaction" in found for found in kinds] == [False, True]


def test_an_announcement_that_phrases_find_is_no_request() -> None:
    found = acts_in("I'll just pop you on hold for a minute.", "en", answer=False)
    assert "announce_hold" in found
    assert "ask_hold" not in found


def test_the_shipped_acts_are_acts_and_say_how_they_were_found() -> None:
    for language in ("en", "zh"):
        learned = read_learned(acts_dir() / language)
        assert set(learned) == {"ask_satisfaction", "ask_hold", "ask_anything_else"}
        assert set(learned) <= set(catalogue().of(language))
        for act in learned.values():
            assert "heard calls" in act.found
            assert act.near is None or act.near <= act.sure
