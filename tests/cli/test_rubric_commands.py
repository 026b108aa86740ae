"""The commands for those who write rubrics, as they are typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from staged_calls import StagedEngines, stage_a_night

from qa_pipeline import api, api_rubric
from qa_pipeline.config import Settings
from qa_pipeline.criteria import kinds
from qa_pipeline.resources import rubrics_dir

Command = Callable[..., Any]
CHILD = 'rubric: {id: my_desk, version: "1", extends: phone_standard}\n'


@pytest.fixture
def started(tmp_path: Path, command: Command) -> Path:
    """The starter, as `rubric new` writes it."""
    file = tmp_path / "desk" / "my_desk.yaml"
    assert command("rubric", "new", "--out", file).code == 0
    return file


@pytest.fixture
def data(tmp_path: Path) -> Path:
    stage_a_night(tmp_path / "calls")
    api.run([tmp_path / "calls"], Settings(data_dir=tmp_path / "data"), engines=StagedEngines())
    return tmp_path / "data"


class TestTheStarter:
    def test_it_is_valid_and_its_cases_come_out(self, started: Path, command: Command) -> None:
        checked = command("rubric", "check", started)
        assert (checked.code, "valid. my_desk 1.0" in checked.out) == (0, True)
        assert "Note" not in checked.out
        tested = command("rubric", "test", started)
        assert (tested.code, "all 3 cases as expected" in tested.out) == (0, True)

    def test_it_is_printed_with_its_remarks(self, command: Command) -> None:
        out = command("rubric", "new").out
        assert out == api_rubric.starter()
        assert sum("#" in line for line in out.splitlines()) > 20

    def test_nothing_is_written_over(self, started: Path, command: Command) -> None:
        ran = command("rubric", "new", "--out", started)
        assert ran.code == 2 and "there already" in ran.err

    def test_its_every_line_can_be_changed_and_is_tested(
        self, started: Path, command: Command
    ) -> None:
        text = started.read_text("utf-8")
        started.write_text(text.replace("kind: recap", "kind: recap\n    auto_fail: true"), "utf-8")
        ran = command("rubric", "explain", started)
        assert "a fail here fails the whole call" in ran.out


class TestCheck:
    def test_a_mistake_is_one_line_with_its_cure_below(
        self, started: Path, command: Command
    ) -> None:
        text = started.read_text("utf-8").replace("require_full_name", "require_fullname")
        started.write_text(text, "utf-8")
        ran = command("rubric", "check", started)
        line = text[: text.index("require_fullname")].count("\n") + 1
        assert ran.code == 2
        assert ran.err.splitlines() == [
            f"Error: {started}:{line}: "
            "criteria[0] (greeting).params.require_fullname is not known.",
            "       Did you mean 'require_full_name'?",
        ]

    def test_what_may_have_been_overlooked_is_noted(self, started: Path, command: Command) -> None:
        text = started.read_text("utf-8").replace("    group: matter\n", "", 1)
        text = text.replace("    weight: 2  ", "    weight: 0  ")
        started.write_text(text, "utf-8")
        started.with_suffix(".cases.yaml").unlink()
        out = " ".join(command("rubric", "check", started).out.split())
        assert "hold: in no group" in out
        assert "greeting: weight 0" in out
        assert "there are no cases" in out

    def test_a_wrong_case_is_told_by_its_line(self, started: Path, command: Command) -> None:
        cases = started.with_suffix(".cases.yaml")
        text = cases.read_text("utf-8")
        for old, new, said in (
            ("hold: pass consented", "hodl: pass", "Did you mean 'hold'?"),
            ("hold: pass consented", "hold: passed", "Did you mean 'pass'?"),
            ("hold: pass consented", "hold: pass consent", "Did you mean 'consented'?"),
            ("language: en", "language: fr", "'en' or 'zh'"),
            ("script:", "skript:", "Did you mean 'script'?"),
            ('"(music 15)"', '"(musik 15)"', "(musik …)"),
            ('"C: Sure."', '"Sure."', "neither 'A: words'"),
            ('"C: Sure."', '"C (later 3): Sure."', "(later 3)"),
        ):
            cases.write_text(text.replace(old, new, 1), "utf-8")
            ran = command("rubric", "test", started)
            assert ran.code == 2, new
            assert said in ran.err and "my_desk.cases.yaml:" in ran.err, ran.err

    def test_no_such_rubric(self, command: Command) -> None:
        assert "Did you mean 'phone_standard'?" in command("rubric", "check", "phone_standart").err
        assert "Check the path" in command("rubric", "check", "no/such.yaml").err


class TestTest:
    def test_what_differs_is_told_with_reason_words_and_place(
        self, started: Path, command: Command
    ) -> None:
        cases = started.with_suffix(".cases.yaml")
        text = cases.read_text("utf-8").replace("hold: pass consented", "hold: fail not_asked")
        cases.write_text(text.replace("score: 1\n", "score: 0.5\n"), "utf-8")
        ran = command("rubric", "test", started)
        assert ran.code == 4
        assert "1 of 3 cases differ" in ran.out
        assert "my_desk.cases.yaml:9" in ran.out
        assert "hold: expected fail not_asked, got pass consented" in ran.out
        assert "May I put you on hold" in ran.out
        assert "score: expected 0.500, got 1.000" in ran.out
        assert "预期" in command("rubric", "test", started, "--lang", "zh").out

    def test_without_cases(self, started: Path, command: Command) -> None:
        started.with_suffix(".cases.yaml").unlink()
        ran = command("rubric", "test", started)
        assert ran.code == 2 and "no cases" in ran.err


class TestExplain:
    def test_a_rubric_in_words(self, started: Path, command: Command) -> None:
        out = " ".join(command("rubric", "explain", started).out.split())
        assert "My desk (my_desk 1.0)" in out
        assert "Courtesy 25.0 %" in out
        assert "The matter itself 75.0 %" in out
        assert "2 · 16.7 % of the score if everything applies" in out
        assert "Applies when: the customer was put on hold" in out
        assert "Applies when: always" in out
        assert "Bad:" in out and "Good:" in out and "Coaching:" in out

    def test_a_criterion_in_full_in_both_languages(self, command: Command) -> None:
        english = command("rubric", "explain", "phone_standard", "--criterion", "satisfaction").out
        for word in (
            "act: ask_satisfaction",
            "window: closing",
            "not_asked:",
            "[ask_satisfaction]",
        ):
            assert word in english
        chinese = command(
            "rubric", "explain", "phone_standard", "--criterion", "satisfaction", "--lang", "zh"
        ).out
        assert "询问是否满意" in chinese and "占总分" in chinese
        wrong = command("rubric", "explain", "phone_standard", "--criterion", "satisfied")
        assert wrong.code == 2 and "Did you mean 'satisfaction'?" in wrong.err

    @pytest.mark.parametrize("name", sorted(kinds()))
    def test_each_kind(self, name: str, command: Command) -> None:
        for language in ("en", "zh"):
            out = command("rubric", "explain", name, "--lang", language).out
            assert all(code in out for code in kinds()[name].reasons)

    def test_conditions_acts_and_what_is_none(self, command: Command) -> None:
        assert "the customer was put on hold" in command("rubric", "explain", "hold").out
        assert "put you on hold" in command("rubric", "explain", "ask_hold").out
        ran = command("rubric", "explain", "ask_hodl")
        assert ran.code == 2 and "Did you mean 'ask_hold'?" in ran.err


class TestListAndSchema:
    @pytest.mark.parametrize(
        ("what", "one"),
        [("rubrics", "phone_standard"), ("kinds", "ring_count"), ("conditions", "outbound"),
         ("acts", "ask_hold")],
    )  # fmt: skip
    def test_what_there_is(self, what: str, one: str, command: Command) -> None:
        assert one in command("rubric", "list", what).out

    def test_the_schema_in_the_repository_is_the_present_one(self, command: Command) -> None:
        kept = (rubrics_dir() / "rubric.schema.json").read_text(encoding="utf-8")
        printed = command("rubric", "schema").out
        assert printed == kept, "qa-pipeline rubric schema > rubrics/rubric.schema.json"
        assert set(json.loads(kept)["$defs"]) >= {f"params_{name}" for name in kinds()}


class TestRescoreAndDiff:
    def test_new_verdicts_and_what_moves(
        self, data: Path, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from qa_pipeline.engines import factory

        monkeypatch.setattr(factory, "build_engines", lambda *_: StagedEngines())
        desk = tmp_path / "my_desk.yaml"
        change = "criteria: [{id: pickup, params: {max_rings: 1}}]\n"
        desk.write_text(CHILD + change, encoding="utf-8")
        shown = command("rubric", "diff", "phone_standard", desk, "--data", data)
        assert shown.code == 0
        assert "4 calls;" in shown.out
        assert "pickup" in shown.out and "pass -> fail" in shown.out
        told = json.loads(
            command(
                "rubric", "diff", "phone_standard", desk, "--data", data, "--format", "json"
            ).out
        )
        moves = [move for call in told["calls"] for move in call["moves"]]
        assert {"criterion": "pickup", "before": "pass", "after": "fail"} in moves
        done = command("rescore", "--data", data, "--rubric", desk, "--since", "2026-11-01")
        assert (done.code, "1 calls, 1 new evaluations" in done.out) == (0, True)
        done = command("rescore", "--data", data, "--rubric", desk)
        assert "4 calls, 3 new evaluations" in done.out
        assert "no version" in command("rubric", "diff", "my_desk@7", desk, "--data", data).err

    def test_no_results(self, tmp_path: Path, command: Command) -> None:
        ran = command("rescore", "--data", tmp_path / "none", "--rubric", "phone_standard")
        assert ran.code == 2 and "no results" in ran.err
