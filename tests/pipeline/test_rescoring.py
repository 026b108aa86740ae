"""Kept calls scored by other rubrics: no audio is heard, and the result is that of a run."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from staged_calls import StagedEngines, stage_a_night

from qa_pipeline import api, api_rescoring, converse, pipeline
from qa_pipeline.config import RubricRule, Settings
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.echo import Echo
from qa_pipeline.domain.stored import CallFilter
from qa_pipeline.errors import RubricError, SetupError, UsageError
from qa_pipeline.stages.find_echoes import Echoes
from qa_pipeline.store import open_store

DESK = """
rubric: {id: my_desk, version: "%s", extends: phone_standard, title: {en: Desk, zh: 服务}}
drop: [name_use]
criteria:
  - {id: pickup, params: {max_rings: %d}}
  - {id: hold, when: hold}
  - {id: hangup, auto_fail: true}
"""

ACTS = """
acts:
  offer_help:
    patterns: ["what (do|did) you need"]
    examples: ["what do you need"]
  brand_line:
    role: agent
    patterns: ["brightway ~2 kettles"]
    examples: ["brightway makes kettles"]
"""


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    stage_a_night(tmp_path / "calls")
    return tmp_path / "calls"


@pytest.fixture
def desk(tmp_path: Path) -> str:
    file = tmp_path / "my_desk.yaml"
    file.write_text(DESK % ("1", 3), encoding="utf-8")
    return str(file)


def run(calls: Path, data: Path, *rubrics: str, **settings: Any) -> StagedEngines:
    engines = StagedEngines()
    api.run([calls], Settings(data_dir=data, rubric=rubrics, **settings), engines=engines)
    return engines


def rescored(data: Path, *rubrics: str, **settings: Any) -> api_rescoring.RescoreSummary:
    """Score again by engines that fail when they are asked to hear anything."""
    engines = StagedEngines()
    done = api_rescoring.rescored(
        Settings(data_dir=data, rubric=rubrics, **settings), engines=engines
    )
    assert not engines.calls.asked
    return done


def written(data: Path, kind: Any = "json", rubric: str | None = None) -> bytes:
    out = data.parent / f"export.{kind}"
    api.export(Settings(data_dir=data), kind, out, rubric)
    return out.read_bytes()


def test_scored_again_equals_scored_from_audio_byte_for_byte(
    calls: Path, desk: str, tmp_path: Path
) -> None:
    again, heard = tmp_path / "again", tmp_path / "heard"
    run(calls, again)
    audio = [*calls.rglob("*.wav")]
    assert audio
    away = tmp_path / "away"
    for number, file in enumerate(audio):  # no audio is there to be heard
        away.mkdir(exist_ok=True)
        shutil.move(file, away / str(number))
    done = rescored(again, desk)
    assert (done.calls, done.added, done.remade, done.left) == (4, 4, 0, ())
    for number, file in enumerate(audio):
        shutil.move(away / str(number), file)
    run(calls, heard, desk, "phone_standard")
    for kind in ("json", "csv"):
        assert written(again, kind) == written(heard, kind)
        for rubric in ("my_desk", "phone_standard"):
            assert written(again, kind, rubric) == written(heard, kind, rubric)


def test_earlier_evaluations_stay_and_nothing_is_kept_twice(
    calls: Path, desk: str, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    run(calls, data)
    rescored(data, desk)
    assert rescored(data, desk).added == 0
    Path(desk).write_text(DESK % ("2", 1), encoding="utf-8")
    assert rescored(data, desk).added == 4
    with open_store(data) as store:
        for call in store.calls():
            history = store.evaluation_history(call.recording.call_id)
            assert [(e.evaluation.rubric_id, e.evaluation.rubric_version) for e in history] == [
                ("phone_standard", "1.0"), ("my_desk", "1"), ("my_desk", "2"),
            ]  # fmt: skip
            assert [other.rubric_id for other in call.others] == ["phone_standard"]


def test_a_run_after_it_has_nothing_to_do(calls: Path, desk: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    run(calls, data)
    rescored(data, desk)
    before = written(data)
    engines = run(calls, data, desk)
    assert not engines.calls.asked
    assert written(data) == before
    with open_store(data) as store:
        counts = [len(store.evaluation_history(c.recording.call_id)) for c in store.calls()]
    assert counts == [2] * 4


def test_calls_of_an_earlier_version_are_made_anew_without_audio(
    calls: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again, heard = tmp_path / "again", tmp_path / "heard"
    with monkeypatch.context() as earlier:
        earlier.setattr(converse, "VERSION", "of before")
        earlier.setattr(converse, "with_names_used", lambda call: call)
        run(calls, again)
    done = rescored(again)
    assert (done.calls, done.added, done.remade, done.left) == (4, 4, 4, ())
    run(calls, heard)
    assert written(again) == written(heard)
    with open_store(again) as store:
        assert all(call.conversation.names_used is not None for call in store.calls())
        assert all(call.conversation.openings for call in store.calls())


def test_what_was_found_by_sound_is_kept_for_scoring_again(
    calls: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    echo = Echo(1_000, 1_400, 5_000, 5_400, 0.3)
    monkeypatch.setattr(pipeline, "find_echoes", lambda *_: Echoes((echo,)))
    run(calls, tmp_path / "data")
    given: list[tuple[Echo, ...]] = []

    def with_echoes(call: Conversation, echoes: tuple[Echo, ...]) -> Conversation:
        given.append(tuple(echoes))
        return call

    monkeypatch.setattr(converse, "VERSION", "of later")
    monkeypatch.setattr(converse, "with_echoes", with_echoes)
    assert rescored(tmp_path / "data").remade == 4
    heard = [echoes for echoes in given if echoes]
    assert heard == [(echo,)] * len(heard) and heard


def test_calls_kept_without_a_search_by_sound_are_scored_again_without_it(
    calls: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    run(calls, data)
    with open_store(data) as store:
        for kept in list(store.kept_calls(None)):
            if "echoes" in kept.product_keys:
                keys = {k: v for k, v in kept.product_keys.items() if k != "echoes"}
                store.save_call(kept.recording, kept.conversation, keys)
    monkeypatch.setattr(converse, "VERSION", "of later")
    done = rescored(data)
    assert (done.calls, done.remade, done.left) == (4, 4, ())
    with open_store(data) as store:
        assert not any("echoes" in kept.product_keys for kept in store.kept_calls(None))


def test_new_acts_make_the_conversations_anew_without_audio(calls: Path, tmp_path: Path) -> None:
    acts = tmp_path / "acts" / "en"
    acts.mkdir(parents=True)
    (acts / "desk.yaml").write_text(ACTS, encoding="utf-8")
    again, heard = tmp_path / "again", tmp_path / "heard"
    run(calls, again)
    for file in calls.rglob("*.wav"):
        file.unlink()
    done = rescored(again, acts=[tmp_path / "acts"])
    assert (done.calls, done.remade, done.left) == (4, 4, ())
    with open_store(again) as store:
        kinds = {act.kind for call in store.calls() for act in call.conversation.acts
                 if act.text.lower().startswith("support, what do you need")}  # fmt: skip
    assert "offer_help" in kinds
    stage_a_night(calls)
    run(calls, heard, acts=[tmp_path / "acts"])
    assert written(again) == written(heard)


def test_a_call_whose_words_are_gone_is_left_and_named(calls: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    run(calls, data)
    for file in (data / "products").rglob("*.gz"):
        file.unlink()
    for file in calls.rglob("*.json"):
        file.unlink()
    before = written(data)
    acts = tmp_path / "acts" / "en"
    acts.mkdir(parents=True)
    (acts / "desk.yaml").write_text(ACTS, encoding="utf-8")
    done = rescored(data, acts=[tmp_path / "acts"])
    assert len(done.left) == done.calls == 4
    assert all("no longer there" in call.left for call in done.left)
    assert written(data) == before


def test_only_the_days_and_agents_asked_for(calls: Path, desk: str, tmp_path: Path) -> None:
    from datetime import date

    data = tmp_path / "data"
    run(calls, data)
    settings = Settings(data_dir=data, rubric=(desk,))
    engines = StagedEngines()
    later = api_rescoring.rescored(settings, CallFilter(since=date(2026, 11, 21)), engines=engines)
    assert later.calls == 0
    that_day = api_rescoring.rescored(
        settings, CallFilter(until=date(2026, 11, 20)), engines=engines
    )
    assert that_day.calls == 1
    of_one = api_rescoring.rescored(settings, CallFilter(agent="A2"), engines=engines)
    assert of_one.calls == 1


def test_several_rubrics_in_one_run_stand_side_by_side(
    calls: Path, desk: str, tmp_path: Path, exported: Callable[[Path], dict[str, Any]]
) -> None:
    data = tmp_path / "data"
    run(calls, data, "phone_standard", desk)
    for call in exported(data)["calls"]:
        assert call["rubric_id"] == "phone_standard"
        [beside] = call["evaluations"]
        assert beside["rubric_id"] == "my_desk"
        names = [result["criterion"] for result in beside["results"]]
        assert "name_use" not in names and "pickup" in names
    engines = run(calls, data, "phone_standard", desk)
    assert not engines.calls.asked
    run(calls, data, desk, "phone_standard")  # the other one is the main one now
    assert {call["rubric_id"] for call in exported(data)["calls"]} == {"my_desk"}
    with open_store(data) as store:
        alone = list(store.calls(CallFilter(rubric_id="phone_standard")))
        assert [call.evaluation.rubric_id for call in alone] == ["phone_standard"] * 4
        assert not any(call.others for call in alone)


def test_an_automatic_fail_shows_the_score_otherwise(
    calls: Path, desk: str, tmp_path: Path, exported: Callable[[Path], dict[str, Any]]
) -> None:
    data = tmp_path / "data"
    run(calls, data, desk)
    failed = [c for c in exported(data)["calls"] if c["failed_automatically"]]
    assert failed
    for call in failed:
        assert call["score"] == 0
        assert call["score_otherwise"] > 0


def test_rules_choose_the_rubrics_by_what_is_known_of_a_call(
    calls: Path, desk: str, tmp_path: Path, exported: Callable[[Path], dict[str, Any]]
) -> None:
    data = tmp_path / "data"
    rules = (
        RubricRule(rubrics=desk, direction="inbound", queue="Kettles, Toasters"),
        RubricRule(rubrics=["phone_standard", desk], agent_group="night"),
        RubricRule(rubrics=[desk], language="zh"),
    )
    run(calls, data, rubric_for=rules, agent_groups={"A2": "night"})
    found = {
        call["file"].split("/")[-1].split(".")[0]: (
            call["rubric_id"], [other["rubric_id"] for other in call["evaluations"]],
        )
        for call in exported(data)["calls"]
    }  # fmt: skip
    assert found == {
        "good_en": ("my_desk", []),
        "poor_en": ("phone_standard", ["my_desk"]),
        "good_zh": ("my_desk", []),
        "held_en": ("phone_standard", []),
    }


def test_a_rubric_named_on_the_command_line_scores_all_calls(tmp_path: Path) -> None:
    from qa_pipeline import config

    file = tmp_path / "qa.toml"
    file.write_text(
        'rubric = "phone_standard"\n[[rubric_for]]\nrubrics = ["sales"]\ndirection = "outbound"\n',
        encoding="utf-8",
    )
    assert config.load(file).rubric_for[0].rubrics == ("sales",)
    assert config.load(file).all_rubrics == ("phone_standard", "sales")
    given = config.load(file, rubric=["helpdesk", "my_desk.yaml"])
    assert (given.rubric, given.rubric_for) == (("helpdesk", "my_desk.yaml"), ())


def test_rubrics_that_cannot_be_used_stop_at_once(calls: Path, desk: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with pytest.raises(UsageError, match="phone_standart"):
        run(calls, data, "phone_standart")
    twin = tmp_path / "twin.yaml"
    twin.write_text(DESK % ("3", 2), encoding="utf-8")
    with pytest.raises(RubricError, match="same id 'my_desk'"):
        run(calls, data, desk, str(twin))
    with pytest.raises(SetupError, match="no results"):
        rescored(tmp_path / "nowhere", desk)
    run(calls, data)
    with pytest.raises(UsageError, match="my_desk"):
        written(data, rubric="my_desk")


def test_what_would_move_is_shown_and_nothing_is_kept(
    calls: Path, desk: str, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    run(calls, data)
    Path(desk).write_text(DESK % ("1", 1), encoding="utf-8")
    before = written(data)
    found = api_rescoring.compared("phone_standard", desk, Settings(data_dir=data))
    assert written(data) == before
    assert (found.only_before, found.only_after) == (("name_use",), ())
    assert found.by_criterion().keys() >= {"pickup"}
    moved = {call.file.split("/")[-1]: call for call in found.moved}
    assert moved["good_en.wav"].score_before != moved["good_en.wav"].score_after
    assert [call.distance for call in found.moved] == sorted(
        (call.distance for call in found.moved), reverse=True
    )
    rescored(data, desk)
    Path(desk).write_text(DESK % ("2", 3), encoding="utf-8")
    by_version = api_rescoring.compared("my_desk@1", desk, Settings(data_dir=data))
    assert (by_version.before.version, by_version.after.version) == ("1", "2")
    with pytest.raises(UsageError, match="no version '9'"):
        api_rescoring.compared("my_desk@9", desk, Settings(data_dir=data))


def test_a_call_is_shown_by_the_rubric_asked_for(calls: Path, desk: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    run(calls, data, "phone_standard", desk)
    settings = Settings(data_dir=data)
    call, rubric = api.find_call(settings, "night-1")
    assert rubric is not None and rubric.id == call.evaluation.rubric_id == "phone_standard"
    call, rubric = api.find_call(settings, "night-1", "my_desk")
    assert rubric is not None and rubric.id == call.evaluation.rubric_id == "my_desk"
    with pytest.raises(UsageError, match="no_such"):
        api.find_call(settings, "night-1", "no_such")
    index = api.scorecards(settings, tmp_path / "pages", None, "my_desk")
    assert index.is_file()
