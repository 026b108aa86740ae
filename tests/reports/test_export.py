"""The exports: their contract, their order, their safety."""

from __future__ import annotations

import csv
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from desk_store import filled, made_up

from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.stored import CallFilter
from qa_pipeline.errors import SetupError
from qa_pipeline.reports.export import CSV_COLUMNS, EXPORTS, export_csv, export_json
from qa_pipeline.store import open_store


def exported(store: Any, path: Path, which: CallFilter | None = None) -> dict[str, Any]:
    export_json(store, path, which)
    return dict(json.loads(path.read_text(encoding="utf-8")))


def test_json_follows_the_contract(tmp_path: Path) -> None:
    with filled(tmp_path) as store:
        data = exported(store, tmp_path / "out.json")
    assert list(data) == ["schema", "rubric", "calls", "failures"]
    assert data["schema"] == 1
    assert data["rubric"] == {"id": "phone_standard", "version": "1.0"}
    assert data["failures"] == [
        {"file": "notes.wav", "error": "notes.wav is text.", "cure": "Remove it."}
    ]
    assert [call["file"] for call in data["calls"]] == [f"call_00{n}.wav" for n in range(6)]
    call = data["calls"][1]
    assert call["agent"] == {"id": "2002", "name": "李文静"}
    assert call["customer"] == {"name": "王"}
    assert call["language"] == "zh"
    assert call["score"] == 0.6
    assert set(call["turns"][0]) == {"role", "start_ms", "end_ms", "text"}
    assert {event["kind"] for event in call["events"]} == {"ringback", "hold", "tone", "silence"}
    ring = call["events"][0]
    assert (ring["kind"], ring["rings"], ring["country"]) == ("ringback", 2, "CN")
    hold = next(event for event in call["events"] if event["kind"] == "hold")
    assert hold["medium"] == "music"
    tone = next(event for event in call["events"] if event["kind"] == "tone")
    assert tone["name"] == "busy"
    result = call["results"][0]
    assert list(result) == [
        "criterion", "outcome", "confidence", "reason", "explanation", "evidence",
    ]  # fmt: skip
    assert set(result["explanation"]) == {"en", "zh"}
    assert set(result["evidence"][0]) == {"start_ms", "end_ms", "role", "text"}
    outcomes = {r["outcome"] for c in data["calls"] for r in c["results"]}
    assert outcomes == {"pass", "fail", "not_applicable", "undetermined"}


def test_nothing_scored_is_a_valid_export(tmp_path: Path) -> None:
    with open_store(tmp_path / "data") as store:
        data = exported(store, tmp_path / "out.json")
        assert export_csv(store, tmp_path / "out.csv") == 0
    assert data["calls"] == []
    assert data["failures"] == []
    assert data["rubric"]["id"] is None


def test_a_call_without_a_score_has_null(tmp_path: Path) -> None:
    with open_store(tmp_path / "data") as store:
        made_up.save(store, made_up.make(outcomes=[Outcome.UNDETERMINED] * 7))
        [call] = exported(store, tmp_path / "out.json")["calls"]
    assert call["score"] is None


@pytest.mark.parametrize("form", ["json", "csv"])
def test_two_equal_runs_export_the_same_bytes(tmp_path: Path, form: str) -> None:
    for run, order in (("one", 1), ("two", -1)):
        with open_store(tmp_path / run) as store:
            for made in made_up.desk(calls=5)[::order]:
                made_up.save(store, made)
            EXPORTS[form](store, tmp_path / f"{run}.out", None)
    assert (tmp_path / "one.out").read_bytes() == (tmp_path / "two.out").read_bytes()


def test_csv_is_one_row_per_call_and_criterion(tmp_path: Path) -> None:
    with filled(tmp_path) as store:
        assert export_csv(store, tmp_path / "out.csv") == 6 * 7
    raw = (tmp_path / "out.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(raw.decode("utf-8-sig").splitlines()))
    assert tuple(rows[0]) == CSV_COLUMNS
    row = rows[7]
    assert (row["file"], row["criterion"], row["title_zh"]) == (
        "call_001.wav",
        "pickup",
        "及时接听",
    )
    assert row["evidence_start_ms"] == "500"
    assert row["evidence"] == "0:00-0:08 line: 2 rings"


def test_failures_stand_beside_the_csv_while_there_are_any(tmp_path: Path) -> None:
    out, beside = tmp_path / "out.csv", tmp_path / "out.failures.csv"
    with filled(tmp_path) as store:
        export_csv(store, out)
        assert "notes.wav,notes.wav is text.,Remove it." in beside.read_text("utf-8-sig")
        store.clear_failure("/x/notes.wav")
        export_csv(store, out)
    assert not beside.exists()


def test_spoken_words_never_become_a_formula(tmp_path: Path) -> None:
    made = made_up.make(file="=1+1.wav", agent=("@7", '=HYPERLINK("x")'))
    with open_store(tmp_path / "data") as store:
        made_up.save(store, made)
        export_csv(store, tmp_path / "out.csv")
    [row, *_] = csv.DictReader((tmp_path / "out.csv").read_text("utf-8-sig").splitlines())
    assert row["file"] == "'=1+1.wav"
    assert row["agent_name"] == '\'=HYPERLINK("x")'


def test_names_that_cannot_be_printed(tmp_path: Path) -> None:
    file = os.fsdecode(b"\xff\xe9.wav")
    with open_store(tmp_path / "data") as store:
        made_up.save(store, made_up.make(file=file))
        [call] = exported(store, tmp_path / "out.json")["calls"]
        assert call["file"] == file
        export_csv(store, tmp_path / "out.csv")
    assert "\\udcff" in (tmp_path / "out.csv").read_text("utf-8-sig")


def test_a_filter_narrows(tmp_path: Path) -> None:
    with filled(tmp_path) as store:
        count = export_json(store, tmp_path / "out.json", CallFilter(agent="李文静"))
    assert count == 2


def test_two_rubrics_do_not_mix(tmp_path: Path) -> None:
    """Each call stands with its main rubric's results; further rubrics' stand beside them."""
    with open_store(tmp_path / "data") as store:
        first, second = made_up.make(1), made_up.make(2)
        made_up.save(store, first)
        made_up.save(store, second)
        failed = replace(
            second.evaluation,
            rubric_id="other",
            score=0.0,
            failed_automatically=True,
            score_otherwise=0.75,
        )
        store.save_evaluations([(failed, {})])
        data = exported(store, tmp_path / "out.json")
        alone = exported(store, tmp_path / "out.json", CallFilter(rubric_id="phone_standard"))
        rows = export_csv(store, tmp_path / "out.csv")
    assert data["rubric"]["id"] == "other"
    assert [call["rubric_id"] for call in data["calls"]] == ["phone_standard", "other"]
    one, two = data["calls"]
    assert (one["evaluations"], one["score_otherwise"]) == ([], None)
    assert (two["score"], two["failed_automatically"], two["score_otherwise"]) == (0, True, 0.75)
    [beside] = two["evaluations"]
    assert beside["rubric_id"] == "phone_standard"
    assert (beside["score"], beside["results"]) == (alone["calls"][1]["score"], two["results"])
    assert [call["rubric_id"] for call in alone["calls"]] == ["phone_standard"] * 2
    assert not any(call["evaluations"] for call in alone["calls"])
    assert rows == 3 * len(made_up.TITLES)


def test_promises_are_listed_for_the_desk_to_follow_up(tmp_path: Path) -> None:
    made = made_up.make(1)
    said = "I will call you back by four o'clock this afternoon."
    turns = (*made.conversation.turns, replace(made.conversation.turns[-2], text=said, words=()))
    with open_store(tmp_path / "data") as store:
        made_up.save(store, replace(made, conversation=replace(made.conversation, turns=turns)))
        [call] = exported(store, tmp_path / "out.json")["calls"]
    found = next(one for one in call["commitments"] if "call you back" in one["text"])
    assert (found["said_by"], found["firmness"]) == ("agent", "time")
    assert "four" in found["deadline"]


def test_overrides_are_told_beside_the_results(tmp_path: Path) -> None:
    with filled(tmp_path, 1) as store:
        [call] = store.scored_calls()
        store.add_override(call.call_id, "hangup", Outcome.FAIL, "Kim", "heard it")
        [record] = exported(store, tmp_path / "out.json")["calls"]
    assert record["overrides"] == [
        {"criterion": "hangup", "outcome": "fail", "author": "Kim", "note": "heard it"}
    ]
    assert record["results"][-1]["outcome"] == "pass"


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with filled(tmp_path, 1) as store, pytest.raises(SetupError, match="cannot be written") as e:
        export_json(store, tmp_path / "file" / "out.json")
    assert "--out" in e.value.cure


def test_a_failed_export_leaves_the_old_file(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    out.write_text("old")

    class Broken:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError(name)

    with pytest.raises(RuntimeError):
        export_json(Broken(), out)  # type: ignore[arg-type]
    assert out.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out.json"]
