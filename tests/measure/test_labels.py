"""Labels files: their form, and what is said of wrong ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.recording import Party
from qa_pipeline.errors import UsageError
from qa_pipeline.measure import Labels, load_labels

HOME = Path(__file__).parents[2]


def refusal(entry: Any) -> str:
    with pytest.raises(UsageError) as caught:
        Labels.of({"a.wav": entry}, "labels.json")
    assert caught.value.cure
    return caught.value.cause


class TestReading:
    def test_outcomes_stand_flat_beside_what_else_is_known(self) -> None:
        labels = Labels.of(
            {
                "a.wav": {
                    "greeting": "pass",
                    "our_own_rule": "not_applicable",
                    "notes": {"greeting": "full name"},
                    "hung_up_by": "agent",
                    "turns": [{"role": "agent", "start_ms": 0, "end_ms": 900, "text": "Hello."}],
                    "conditions": {"snr_db": 10, "codec": "gsm"},
                }
            }
        )
        entry = labels.entries["a.wav"]
        assert entry.outcomes == {
            "greeting": Outcome.PASS,
            "our_own_rule": Outcome.NOT_APPLICABLE,
        }
        assert entry.note("greeting") == "full name"
        assert entry.note("our_own_rule") == ""
        assert entry.hung_up_by is Party.AGENT
        assert entry.turns is not None and entry.turns[0].span.duration_ms == 900
        assert entry.events is None

    def test_one_note_for_the_whole_call(self) -> None:
        entry = Labels.of({"a.wav": {"greeting": "pass", "notes": "a bad line"}}).entries["a.wav"]
        assert entry.note("greeting") == "a bad line"

    def test_a_rubrics_own_outcomes_win_over_the_flat_ones(self) -> None:
        content = {
            "hold": "pass",
            "greeting": "fail",
            "rubrics": {"callback": {"hold": "fail", "thanks": "undetermined"}},
        }
        entry = Labels.of({"a.wav": content}).entries["a.wav"]
        assert entry.outcomes_in("callback") == {
            "hold": Outcome.FAIL,
            "greeting": Outcome.FAIL,
            "thanks": Outcome.UNDETERMINED,
        }
        assert entry.outcomes_in("phone_standard") == entry.outcomes
        assert not entry.conditions

    def test_other_plain_facts_are_conditions_and_the_rest_is_passed_over(self) -> None:
        content = {
            "scenario": "en_clinic",
            "seed": 7,
            "snr_db": 99,
            "title": "A call",
            "voices": {"agent": "a"},
            "conditions": {"snr_db": 10},
        }
        entry = Labels.of({"a.wav": content}).entries["a.wav"]
        assert entry.conditions == {"scenario": "en_clinic", "seed": 7, "snr_db": 10}

    def test_no_events_is_known_and_unknown_events_are_not(self) -> None:
        entries = Labels.of({"a.wav": {"events": []}, "b.wav": {}}).entries
        assert entries["a.wav"].events_of("hold") == ()
        assert entries["b.wav"].events_of("hold") is None

    def test_the_sample_calls_labels_are_in_this_form(self) -> None:
        labels = load_labels(HOME / "sample_calls" / "labels.json")
        assert len(labels) >= 16
        assert all(len(entry.outcomes) >= 7 and entry.turns for entry in labels.entries.values())

    def test_a_file_with_a_byte_order_mark(self, tmp_path: Path) -> None:
        path = tmp_path / "labels.json"
        path.write_text(json.dumps({"a.wav": {"greeting": "pass"}}), encoding="utf-8-sig")
        assert list(load_labels(path)) == ["a.wav"]


class TestRefusing:
    def test_a_turn_that_ends_before_it_starts(self) -> None:
        message = refusal({"turns": [{"role": "agent", "start_ms": 5, "end_ms": 3}]})
        assert "turns.0" in message and "before it starts" in message

    @pytest.mark.parametrize(
        ("entry", "place"),
        [
            ({"turns": [{"role": "boss", "start_ms": 0, "end_ms": 3}]}, "turns.0.role"),
            ({"events": [{"kind": "hold", "start_ms": -4, "end_ms": 3}]}, "events.0.start_ms"),
            ({"events": [{"kind": "party", "start_ms": 0, "end_ms": 3}]}, "events.0.kind"),
            ({"hung_up_by": "nobody"}, "hung_up_by"),
            ({"name_count": -1}, "name_count"),
            ({"rubrics": {"callback": {"hold": "maybe"}}}, "rubrics.callback.hold"),
            ({"conditions": {"codec": ["a"]}}, "conditions.codec"),
        ],
    )
    def test_the_place_is_named(self, entry: dict[str, Any], place: str) -> None:
        assert place in refusal(entry)

    def test_an_entry_that_is_no_object(self) -> None:
        assert "'a.wav'" in refusal("pass")

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (b"{", "no JSON"),
            (b"[]", "not an object"),
            (b"\xff\xfe\x00", "not UTF-8"),
            (b'{"a.wav": {}, "a.wav": {}}', "'a.wav' stands there twice"),
        ],
    )
    def test_files_that_are_no_labels(self, content: bytes, told: str, tmp_path: Path) -> None:
        path = tmp_path / "labels.json"
        path.write_bytes(content)
        with pytest.raises(UsageError, match=told) as caught:
            load_labels(path)
        assert str(path) in caught.value.cause
        assert caught.value.cure

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="cannot be read"):
            load_labels(tmp_path / "none.json")
