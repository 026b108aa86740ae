"""The JSON export, key by key, as it was promised: schema 1."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline import api
from qa_pipeline.config import Settings
from qa_pipeline.reports.export import CSV_COLUMNS

CRITERIA = ["pickup", "greeting", "name_use", "hold", "summary", "satisfaction", "hangup"]


class Text:
    """A string with something in it."""


class Milliseconds:
    """A whole number, not below zero."""


class Share:
    """A number from 0 to 1."""


class OneOf:
    def __init__(self, *values: object) -> None:
        self.values = values


class Maybe:
    def __init__(self, shape: object) -> None:
        self.shape = shape


SPAN = {"start_ms": Milliseconds, "end_ms": Milliseconds}
EVIDENCE = {**SPAN, "role": OneOf("agent", "customer", "line"), "text": str}
RESULT = {
    "criterion": OneOf(*CRITERIA),
    "outcome": OneOf("pass", "fail", "not_applicable", "undetermined"),
    "confidence": Share,
    "reason": Text,
    "explanation": {"en": Text, "zh": Text},
    "evidence": [EVIDENCE],
}
CALL = {
    "call_id": Text,
    "file": Text,
    "duration_ms": Milliseconds,
    "language": Text,
    "agent": {"id": Maybe(Text), "name": Maybe(Text)},
    "customer": {"name": Maybe(Text)},
    "score": Maybe(Share),
    "results": [RESULT],
    "turns": [{"role": OneOf("agent", "customer"), **SPAN, "text": Text}],
    "events": [{"kind": OneOf("ringback", "hold", "tone", "silence"), **SPAN}],
}
FAILURE = {"file": Text, "error": Text, "cure": Text}
EXPORT = {
    "schema": OneOf(1),
    "rubric": {"id": Text, "version": Text},
    "calls": [CALL],
    "failures": [FAILURE],
}


def departures(value: Any, shape: Any, place: str = "export") -> list[str]:
    """Where `value` is not of the promised shape; keys beyond it are allowed."""
    if isinstance(shape, Maybe):
        return [] if value is None else departures(value, shape.shape, place)
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return [f"{place} is no object"]
        missing = [f"{place}.{key} is missing" for key in shape if key not in value]
        present = [key for key in shape if key in value]
        return missing + [
            line for key in present for line in departures(value[key], shape[key], f"{place}.{key}")
        ]
    if isinstance(shape, list):
        if not isinstance(value, list):
            return [f"{place} is no list"]
        return [
            line for n, v in enumerate(value) for line in departures(v, shape[0], f"{place}[{n}]")
        ]
    return [] if _fits(value, shape) else [f"{place} is {value!r}"]


def _fits(value: Any, shape: Any) -> bool:
    if isinstance(shape, OneOf):
        return value in shape.values
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if shape is Share:
        return number and 0 <= value <= 1
    if shape is Milliseconds:
        return type(value) is int and value >= 0
    if shape is Text:
        return isinstance(value, str) and bool(value.strip())
    return isinstance(value, shape)


def test_the_check_itself_finds_departures() -> None:
    wrong = {
        "schema": 2,
        "rubric": {"id": "x"},
        "calls": [{"duration_ms": 1.5, "score": 1.2, "agent": {"id": None, "name": ""}}],
        "failures": {},
    }
    found = departures(wrong, EXPORT)
    assert "export.schema is 2" in found
    assert "export.rubric.version is missing" in found
    assert "export.calls[0].duration_ms is 1.5" in found
    assert "export.calls[0].score is 1.2" in found
    assert "export.calls[0].agent.name is ''" in found
    assert "export.calls[0].results is missing" in found
    assert "export.failures is no list" in found


@pytest.fixture
def night(scored_data: Path, exported: Callable[[Path], dict[str, Any]]) -> dict[str, Any]:
    return exported(scored_data)


def by_file(export: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {call["file"]: call for call in export["calls"]}


def verdicts(call: dict[str, Any]) -> dict[str, str]:
    return {result["criterion"]: result["outcome"] for result in call["results"]}


def test_every_key_type_and_value_is_as_promised(night: dict[str, Any]) -> None:
    assert departures(night, EXPORT) == []
    assert night["rubric"]["id"] == "phone_standard"
    assert len(night["calls"]) == 4


def test_each_call_answers_all_seven_criteria_in_order_with_evidence(night: dict[str, Any]) -> None:
    for call in night["calls"]:
        assert [result["criterion"] for result in call["results"]] == CRITERIA
        for result in call["results"]:
            assert result["evidence"], (call["file"], result["criterion"])
            for item in result["evidence"]:
                assert item["start_ms"] <= item["end_ms"] <= call["duration_ms"]


def test_explanations_are_in_their_language(night: dict[str, Any]) -> None:
    for call in night["calls"]:
        for result in call["results"]:
            explanation = result["explanation"]
            assert any("\u4e00" <= c <= "\u9fff" for c in explanation["zh"])
            assert explanation["en"] != explanation["zh"]


def test_the_score_is_the_share_of_passes_over_what_was_determined(night: dict[str, Any]) -> None:
    for call in night["calls"]:
        outcomes = list(verdicts(call).values())
        passed, failed = outcomes.count("pass"), outcomes.count("fail")
        assert call["score"] == pytest.approx(passed / (passed + failed), abs=1e-6)


def test_turns_and_events_are_in_order_and_inside_the_call(night: dict[str, Any]) -> None:
    for call in night["calls"]:
        for what in ("turns", "events"):
            starts = [item["start_ms"] for item in call[what]]
            assert starts == sorted(starts)
            assert all(item["start_ms"] <= item["end_ms"] for item in call[what])
            assert all(item["end_ms"] <= call["duration_ms"] for item in call[what])


def test_what_is_known_of_a_stereo_call_stands_in_it(night: dict[str, Any]) -> None:
    call = by_file(night)["first/good_en.wav"]
    assert call["call_id"] == "night-1"
    assert call["agent"] == {"id": "A1", "name": "Laura Bennett"}
    assert call["customer"] == {"name": "Daniel Foster"}
    assert call["language"] == "en"
    [ringing] = [event for event in call["events"] if event["kind"] == "ringback"]
    assert ringing["rings"] == 2
    assert verdicts(call) == {
        "pickup": "pass",
        "greeting": "pass",
        "name_use": "pass",
        "hold": "not_applicable",
        "summary": "pass",
        "satisfaction": "pass",
        "hangup": "pass",
    }
    assert call["score"] == 1.0


def test_a_mono_mandarin_call_without_facts(night: dict[str, Any]) -> None:
    call = by_file(night)["good_zh.wav"]
    assert len(call["call_id"]) == 16
    assert call["agent"] == {"id": None, "name": "王芳"}
    assert call["language"] == "zh"
    assert [turn["role"] for turn in call["turns"]] == ["agent", "customer"] * 5
    found = verdicts(call)
    assert found["pickup"] == found["hangup"] == "undetermined"
    assert {found[c] for c in ("greeting", "name_use", "summary", "satisfaction")} == {"pass"}


def test_a_poor_call_fails_where_it_should(night: dict[str, Any]) -> None:
    found = verdicts(by_file(night)["first/poor_en.wav"])
    assert {found[c] for c in ("greeting", "name_use", "summary", "satisfaction")} == {"fail"}
    assert found["pickup"] == found["hangup"] == "undetermined"


def test_a_conversation_transcribed_elsewhere_with_a_hold(night: dict[str, Any]) -> None:
    call = by_file(night)["held_en.turns.json"]
    assert call["call_id"] == "held_en"
    kinds = [event["kind"] for event in call["events"]]
    assert kinds == ["hold", "tone"]
    found = verdicts(call)
    assert (found["hold"], found["hangup"]) == ("pass", "fail")
    assert found["pickup"] == "undetermined"


def test_failures_name_file_cause_and_cure(night: dict[str, Any]) -> None:
    [failure] = night["failures"]
    assert failure["file"] == "empty.wav"
    assert "empty.wav" in failure["error"]
    assert "empty" in failure["error"]


def test_equal_results_give_equal_bytes(scored_data: Path, tmp_path: Path) -> None:
    settings = Settings(data_dir=scored_data)
    for name in ("a.json", "b.json"):
        api.export(settings, "json", tmp_path / name)
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    assert "王芳" in text  # Chinese is written as Chinese
    assert json.loads(text)["schema"] == 1


def test_csv_has_a_row_for_each_answer(
    scored_data: Path, tmp_path: Path, night: dict[str, Any]
) -> None:
    out = tmp_path / "calls.csv"
    api.export(Settings(data_dir=scored_data), "csv", out)
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == CSV_COLUMNS
    expected = [
        (call["file"], result["criterion"], result["outcome"])
        for call in night["calls"]
        for result in call["results"]
    ]
    assert [(row["file"], row["criterion"], row["outcome"]) for row in rows] == expected
    failures = (tmp_path / "calls.failures.csv").read_text(encoding="utf-8-sig").splitlines()
    assert failures[0] == "file,error,cure"
    assert failures[1].startswith("empty.wav,")
