"""`qa-pipeline evaluate`: what it prints, its exit codes, and its errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from staged_calls import GOOD_EN

from qa_pipeline import api
from qa_pipeline.config import Settings
from qa_pipeline.criteria.base import clock

CommandLine = Callable[..., Any]
WIDTH = 100


@pytest.fixture(scope="module")
def said(scored_data: Path) -> dict[str, dict[str, str]]:
    """What the machine said, by file name: labels made of it agree fully."""
    with api.open_data(Settings(data_dir=scored_data)) as store:
        return {
            Path(call.recording.path).name: {
                verdict.criterion: verdict.outcome.value for verdict in call.evaluation.verdicts
            }
            for call in store.calls()
        }


@pytest.fixture
def measure(command: CommandLine, scored_data: Path, tmp_path: Path) -> Callable[..., Any]:
    """`evaluate` on the night's calls with these labels."""

    def run(labels: Any, *options: object) -> Any:
        path = tmp_path / "labels.json"
        path.write_text(json.dumps(labels, ensure_ascii=False), encoding="utf-8")
        return command("evaluate", "--data", scored_data, "--labels", path, *options)

    return run


def changed(said: dict[str, dict[str, str]], **outcomes: str) -> dict[str, Any]:
    """Labels as the machine said, but for the good English call."""
    return said | {"good_en.wav": said["good_en.wav"] | outcomes}


class TestTheTable:
    def test_full_agreement(
        self, measure: Callable[..., Any], said: dict[str, dict[str, str]]
    ) -> None:
        ran = measure(said)
        assert ran.code == 0, ran.err
        verdicts = sum(len(own) for own in said.values())
        head = f"{len(said)} of {len(said)} labelled calls, {verdicts} labelled verdicts"
        assert ran.out.startswith(head)
        assert "No verdict differs from its label." in ran.out
        assert "By language" in ran.out

    def test_a_wrong_verdict_with_its_evidence_and_where_to_listen(
        self, measure: Callable[..., Any], said: dict[str, dict[str, str]]
    ) -> None:
        ran = measure(changed(said, greeting="fail"), "--list", "all")
        assert "1 verdict differs from its label" in ran.out
        assert "good_en.wav  greeting: pass (" in ran.out
        assert "the label says fail" in ran.out
        spoken_at = clock(GOOD_EN.lines[0].start_ms)
        assert f"{spoken_at} agent: Good morning, thank you for calling Brightway" in ran.out
        assert "Listen:" in ran.out
        labels = changed(said, greeting="fail")
        labels["good_en.wav"] |= {"notes": {"greeting": "too hasty"}}
        assert "Label's note: too hasty" in measure(labels).out

    def test_no_more_than_asked_for_are_listed(
        self, measure: Callable[..., Any], said: dict[str, dict[str, str]]
    ) -> None:
        labels = {name: dict.fromkeys(own, "undetermined") for name, own in said.items()}
        assert measure(labels, "--list", "2").out.count("the label says") == 2
        assert measure(labels).out.count("the label says") == 10
        every = measure(labels, "--list", "all").out.count("the label says")
        assert every > 10
        assert "(--list all for all)" not in measure(labels, "--list", every).out

    @pytest.mark.parametrize("width", [None, 80, 200])
    def test_it_fits_the_terminal_and_a_hundred_columns(
        self,
        measure: Callable[..., Any],
        said: dict[str, dict[str, str]],
        width: int | None,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.delenv("COLUMNS", raising=False)
        if width:
            monkeypatch.setenv("COLUMNS", str(width))
        labels = changed(said, greeting="fail", pickup="fail", hold="pass")
        turns = [
            {"role": e.role, "start_ms": e.start_ms, "end_ms": e.end_ms, "text": e.text}
            for e in GOOD_EN.lines
        ]
        labels["good_en.wav"] |= {"turns": turns, "events": [], "name_count": 7}
        ran = measure(labels, "--by", "layout", "--list", "all")
        assert "Words (WER)" in ran.out and "Names, count" in ran.out
        assert max(len(line.rstrip()) for line in ran.out.splitlines()) <= min(
            width or WIDTH, WIDTH
        )
        heads = [line.rstrip() for line in ran.out.splitlines() if "recall" in line]
        assert heads and all(head.endswith(" >0.9") for head in heads)  # nothing is cut off
        assert ("95 %" in ran.out.partition("When")[0]) == (width != 80)

    def test_calls_that_could_not_be_compared_are_told(
        self, measure: Callable[..., Any], said: dict[str, dict[str, str]]
    ) -> None:
        labels = {name: own for name, own in said.items() if name != "good_zh.wav"}
        labels |= {"gone.wav": {"greeting": "pass"}, "empty.wav": {"greeting": "pass"}}
        ran = measure(labels)
        assert ran.code == 0
        assert "Not scored, 2 with labels:" in ran.out
        assert "gone.wav: it is not in the data folder" in ran.out
        assert "empty.wav: it could not be scored: " in ran.out
        assert "Without labels, 1 scored: good_zh.wav" in ran.out


class TestJson:
    def test_it_holds_every_figure_and_every_wrong_verdict(
        self, measure: Callable[..., Any], said: dict[str, dict[str, str]]
    ) -> None:
        ran = measure(changed(said, greeting="fail"), "--format", "json", "--by", "layout")
        content = json.loads(ran.out)
        assert content["schema"] == 1
        assert content["coverage"]["measured"] == len(said)
        assert [split["key"] for split in content["splits"]] == ["language", "layout"]
        [wrong] = content["wrong"]
        assert (wrong["criterion"], wrong["said"], wrong["label"]) == ("greeting", "pass", "fail")
        assert content["whole"]["criteria"]["greeting"]["fail"]["recall"]["value"] == 0.5


class TestExitCodes:
    @pytest.mark.parametrize(("wanted", "code"), [("0.5", 0), ("1", 4)])
    def test_less_than_the_wanted_agreement(
        self,
        measure: Callable[..., Any],
        said: dict[str, dict[str, str]],
        wanted: str,
        code: int,
    ) -> None:
        labels = changed(said, greeting="fail")
        for form in ("table", "json"):
            assert measure(labels, "--at-least", wanted, "--format", form).code == code

    def test_a_labelled_call_that_is_missing_fails_the_wanted_agreement(
        self, measure: Callable[..., Any], said: dict[str, dict[str, str]]
    ) -> None:
        labels = said | {"gone.wav": {"greeting": "pass"}}
        assert measure(labels, "--at-least", "0.1").code == 4
        assert measure(labels).code == 0

    def test_no_labelled_call_in_the_data_folder(self, measure: Callable[..., Any]) -> None:
        ran = measure({"gone.wav": {"greeting": "pass"}})
        assert ran.code == 2
        assert "1 in all, none has a result" in ran.err and "--data" in ran.err

    def test_wrong_labels(self, measure: Callable[..., Any]) -> None:
        ran = measure({"good_en.wav": {"greeting": "okay"}})
        assert ran.code == 2
        assert "labels.json, 'good_en.wav'" in ran.err and "'okay'" in ran.err
        assert not ran.out

    def test_a_rubric_that_scored_nothing(
        self, measure: Callable[..., Any], said: dict[str, dict[str, str]]
    ) -> None:
        ran = measure(said, "--rubric", "courtesy")
        assert ran.code == 2
        assert "'courtesy'" in ran.err and "phone_standard" in ran.err
        assert measure(said, "--rubric", "phone_standard").code == 0

    def test_no_data_folder(self, command: CommandLine, tmp_path: Path) -> None:
        labels = tmp_path / "labels.json"
        labels.write_text("{}")
        ran = command("evaluate", "--data", tmp_path / "none", "--labels", labels)
        assert ran.code == 2
        assert "There are no results" in ran.err

    @pytest.mark.parametrize(
        "options", [("--list", "some"), ("--list", "-1"), ("--at-least", "1.5"), ("--by", "hue")]
    )
    def test_options_out_of_range(
        self,
        measure: Callable[..., Any],
        said: dict[str, dict[str, str]],
        options: tuple[str, str],
    ) -> None:
        ran = measure(said, *options)
        assert ran.code == 2
        assert options[0] in ran.err or f"'{options[1]}'" in ran.err
