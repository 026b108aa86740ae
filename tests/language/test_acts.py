from __future__ import annotations

from pathlib import Path

import pytest
from acts_judging import (
    ANSWERS,
    HELD_OUT,
    KEY_ACTS,
    cases,
    catalogue,
    confusions,
    phrases_alone,
)

from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.errors import RubricError
from qa_pipeline.language.acts import load_catalogue
from qa_pipeline.language.matching import tokens
from qa_pipeline.resources import acts_dir
from qa_pipeline.stages.recognize_acts import recognize_acts


def write(folder: Path, text: str) -> Path:
    (folder / "en").mkdir(exist_ok=True)
    (folder / "en" / "acts.yaml").write_text(text, encoding="utf-8")
    return folder


def test_both_languages_define_the_same_acts() -> None:
    acts = catalogue()
    assert set(acts.of("en")) == set(acts.of("zh"))
    assert set(KEY_ACTS) <= set(acts.of("en"))
    assert acts.of("fr") == {}


def test_a_language_without_a_folder_has_no_acts() -> None:
    assert load_catalogue(acts_dir(), ("en", "fr")).of("fr") == {}
    with pytest.raises(RubricError, match="no acts for fr"):
        load_catalogue(acts_dir(), ("fr",))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_key_act_has_enough_labelled_sentences(language: str) -> None:
    labelled = cases()[language]
    assert all(len(labelled[act]) >= 18 for act in KEY_ACTS)
    assert len(labelled["none"]) >= 25


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("phrases", [True, False], ids=["phrases", "whole"])
def test_key_acts_are_recognised_by_phrases_and_by_all_there_is(
    language: str, phrases: bool
) -> None:
    for act, (missed, wrong, hits) in confusions(language, phrases=phrases).items():
        assert hits / (hits + len(missed)) >= 0.92, f"{act} misses {missed}"
        assert hits / (hits + len(wrong)) >= 0.95, f"{act} is found in {wrong}"


@pytest.mark.parametrize(("language", "least_recall"), [("en", 0.75), ("zh", 0.9)])
def test_wordings_nobody_had_in_mind(language: str, least_recall: float) -> None:
    results = confusions(language, path=HELD_OUT).values()
    hits = sum(right for _, _, right in results)
    assert hits / (hits + sum(len(missed) for missed, _, _ in results)) >= least_recall
    assert hits / (hits + sum(len(wrong) for _, wrong, _ in results)) >= 0.95


@pytest.mark.parametrize("language", ["en", "zh"])
def test_examples_are_found_and_counter_examples_are_not(language: str) -> None:
    for kind, definition in catalogue().of(language).items():
        if kind in ANSWERS or definition.entry.encoder:
            continue  # judged with their context and with the encoder
        for example in definition.entry.examples:
            assert definition.find(tokens(example)), f"{kind}: {example}"
        for example in definition.entry.counter_examples:
            others = definition.entry.unless
            explained = any(catalogue().of(language)[o].find(tokens(example)) for o in others)
            assert explained or not definition.find(tokens(example)), f"{kind}: {example}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("acts:\n  a: {patterns: ['(b']}\n", ["acts.yaml", "acts.a", "not closed"]),
        ("acts:\n  a: {pattern: [b]}\n", ["acts.yaml", "acts.a"]),
        ("acts: [\n", ["acts.yaml", "line", "YAML"]),
        ("acts:\n  a: {patterns: [b], unless: [aa]}\n  ab: {patterns: [c]}\n", ["a.unless", "aa"]),
        ("acts:\n  a: {patterns: ['@x']}\n", ["@x", "no list"]),
    ],
)
def test_errors_name_file_and_place(tmp_path: Path, text: str, words: list[str]) -> None:
    with pytest.raises(RubricError) as caught:
        load_catalogue(write(tmp_path, text), ("en",))
    assert all(word in str(caught.value) for word in words)


def test_the_fingerprint_follows_the_content(tmp_path: Path) -> None:
    prints = set()
    for name, pattern in (("x", "b"), ("y", "c"), ("z", "b")):
        (tmp_path / name).mkdir()
        folder = write(tmp_path / name, f"acts:\n  a: {{patterns: [{pattern}]}}\n")
        prints.add(load_catalogue(folder, ("en",)).fingerprint)
    assert len(prints) == 2


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("您给今天的服务评价一下，玛丽还是不玛丽。", "ask_satisfaction"),
        ("这样换火您买你嘛", "ask_satisfaction"),
        ("今天这样的服务和不合您的心", "ask_satisfaction"),
        ("您觉得我们今天的服务号法", "ask_satisfaction"),
        ("您对我们校车的服务，觉得满意吗", "ask_satisfaction"),
        ("会我们服务得清楚性", "nearly_ask_satisfaction"),
        ("你觉得我今天帮你处理得太阳", "nearly_ask_satisfaction"),
    ],
)
def test_questions_of_which_only_the_sound_is_left(said: str, kind: str) -> None:
    turns = (Turn(Role.AGENT, 0, 4_000, said),)
    found = recognize_acts(turns, "zh", phrases_alone(), None)
    assert kind in {act.kind for act in found}


def test_what_is_something_else_comes_near_to_nothing() -> None:
    turns = (Turn(Role.AGENT, 0, 4_000, "请问还有其他可以为您服务的地方吗？"),)
    found = recognize_acts(turns, "zh", load_catalogue(acts_dir()), None)
    kinds = {act.kind for act in found}
    assert "ask_anything_else" in kinds
    assert not any(kind.startswith("nearly_") or kind == "ask_satisfaction" for kind in kinds)
