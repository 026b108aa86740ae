"""Running again does only what is new or changed, and ends where an undisturbed run ends."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from staged_calls import (
    GOOD_EN,
    GOOD_ZH,
    HELD_EN,
    POOR_EN,
    StagedEngines,
    write_call,
    write_sidecar,
    write_turns,
)

from qa_pipeline import api
from qa_pipeline.config import Settings
from qa_pipeline.errors import EngineError
from qa_pipeline.resources import rubrics_dir

Export = Callable[[Path], dict[str, Any]]


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """Three recordings: mono with a sidecar, mono without, and text."""
    folder = tmp_path / "calls"
    write_call(folder, POOR_EN, sidecar={"call_id": "c1", "agent_id": "A1"})
    write_call(folder, GOOD_ZH)
    write_turns(folder, HELD_EN)
    return folder


class Desk:
    """A folder of recordings and its data folder."""

    def __init__(self, calls: Path, data: Path) -> None:
        self.calls, self.data = calls, data

    def run(self, engines: StagedEngines | None = None, **settings: Any) -> RunResult:
        engines = engines or StagedEngines()
        steps: dict[str, str] = {}

        def note(progress: api.Progress) -> None:
            steps[progress.file] = progress.step.value

        summary = api.run(
            [self.calls], Settings(data_dir=self.data, **settings), note, engines=engines
        )
        return RunResult(engines, steps, summary)

    def exported(self) -> bytes:
        out = self.data.parent / "export.json"
        api.export(Settings(data_dir=self.data), "json", out)
        return out.read_bytes()

    def calls_of(self) -> dict[str, dict[str, Any]]:
        return {call["file"]: call for call in json.loads(self.exported())["calls"]}

    def outcome(self, file: str, criterion: str) -> str:
        results = self.calls_of()[file]["results"]
        return next(r["outcome"] for r in results if r["criterion"] == criterion)


class RunResult:
    def __init__(
        self, engines: StagedEngines, steps: dict[str, str], summary: api.BatchSummary
    ) -> None:
        self.asked, self.steps, self.summary = engines.calls, steps, summary
        self.engines = engines

    @property
    def heard(self) -> int:
        return sum(self.asked.asked.values())


@pytest.fixture
def desk(calls: Path, tmp_path: Path) -> Desk:
    return Desk(calls, tmp_path / "data")


def test_the_same_folder_again_asks_no_engine(desk: Desk) -> None:
    first = desk.run()
    assert first.asked.by_scene("transcriber") == {"poor_en": 1, "good_zh": 1}
    before = desk.exported()
    again = desk.run()
    assert again.heard == 0
    assert set(again.steps.values()) == {"unchanged"}
    assert again.summary.audio_ms == 0
    assert desk.exported() == before


def test_another_process_knows_the_keys_as_well(desk: Desk) -> None:
    """Keys rest on content, never on the order of a set or an address in memory."""
    import subprocess
    import sys

    desk.run()
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path\n"
        "from staged_calls import StagedEngines\n"
        "from qa_pipeline import api\n"
        "from qa_pipeline.config import Settings\n"
        "engines = StagedEngines()\n"
        "api.run([Path(sys.argv[2])], Settings(data_dir=sys.argv[3]), engines=engines)\n"
        "sys.exit(sum(engines.calls.asked.values()))\n"
    )
    tests = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", code, str(tests), str(desk.calls), str(desk.data)],
        check=False,
        timeout=120,
    )
    assert done.returncode == 0


def test_a_changed_rubric_scores_again_without_hearing(desk: Desk, tmp_path: Path) -> None:
    desk.run()
    assert desk.outcome("good_zh.wav", "name_use") == "pass"
    content = yaml.safe_load((rubrics_dir() / "phone_standard.yaml").read_text(encoding="utf-8"))
    content["rubric"]["version"] = "1.1"
    name_use = next(c for c in content["criteria"] if c["id"] == "name_use")
    name_use["params"]["minimum"] = 9
    rubric = tmp_path / "strict.yaml"
    rubric.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    again = desk.run(rubric=rubric)
    assert again.heard == 0
    assert set(again.steps.values()) == {"scored"}
    assert desk.outcome("good_zh.wav", "name_use") == "fail"
    assert json.loads(desk.exported())["rubric"]["version"] == "1.1"
    back = desk.run()
    assert back.heard == 0
    assert desk.outcome("good_zh.wav", "name_use") == "pass"


def test_a_changed_sidecar_is_believed_without_hearing_again(desk: Desk) -> None:
    desk.run()
    assert desk.outcome("poor_en.wav", "hangup") == "undetermined"
    audio = desk.calls / "poor_en.wav"
    write_sidecar(audio, {"call_id": "c1", "agent_id": "A1", "disconnected_by": "agent"})
    again = desk.run()
    assert again.heard == 0
    assert again.steps == {
        "poor_en.wav": "scored",
        "good_zh.wav": "unchanged",
        "held_en.turns.json": "unchanged",
    }
    assert desk.outcome("poor_en.wav", "hangup") == "fail"


def test_a_new_name_in_the_sidecar_is_listened_for(desk: Desk) -> None:
    """Names are hints to the recogniser: only the words are recognised again."""
    desk.run()
    sidecar = {"call_id": "c1", "agent_id": "A1", "customer_name": "Karen Doyle"}
    write_sidecar(desk.calls / "poor_en.wav", sidecar)
    again = desk.run()
    assert again.asked.asked == {("transcriber", "poor_en"): 1}
    assert again.engines.transcriber.hints == [("Karen Doyle",)]


def test_only_a_new_file_is_heard(desk: Desk) -> None:
    desk.run()
    write_call(desk.calls / "later", GOOD_EN)
    again = desk.run()
    assert again.asked.by_scene("transcriber") == {"good_en": 1}
    assert again.steps["later/good_en.wav"] == "scored"
    assert sorted(again.steps.values()) == ["scored", "unchanged", "unchanged", "unchanged"]


def test_a_file_with_other_content_is_heard_again_and_stays_one_call(desk: Desk) -> None:
    desk.run()
    write_call(desk.calls, GOOD_EN, name="good_zh.wav")
    again = desk.run()
    assert again.asked.by_scene("transcriber") == {"good_en": 1}
    found = desk.calls_of()
    assert sorted(found) == ["good_zh.wav", "held_en.turns.json", "poor_en.wav"]
    assert found["good_zh.wav"]["language"] == "en"


def test_a_renamed_file_is_the_same_call(desk: Desk) -> None:
    desk.run()
    before = desk.calls_of()["good_zh.wav"]
    (desk.calls / "good_zh.wav").rename(desk.calls / "renamed.wav")
    again = desk.run()
    assert again.heard == 0
    after = desk.calls_of()
    assert "good_zh.wav" not in after
    assert after["renamed.wav"] == before | {"file": "renamed.wav"}


def test_another_recogniser_hears_words_again_and_nothing_else(desk: Desk) -> None:
    desk.run()
    again = desk.run(StagedEngines(transcriber_version="2"))
    assert again.asked.asked == {("transcriber", "poor_en"): 1, ("transcriber", "good_zh"): 1}


def test_deleted_results_come_back_the_same(desk: Desk) -> None:
    desk.run()
    before = desk.exported()
    shutil.rmtree(desk.data)
    again = desk.run()
    assert again.asked.of("transcriber") == 2
    assert desk.exported() == before


def test_lost_products_are_made_again(desk: Desk) -> None:
    desk.run()
    before = desk.exported()
    shutil.rmtree(desk.data / "products")
    again = desk.run()
    assert again.asked.of("transcriber") == 2
    assert desk.exported() == before


def test_a_damaged_product_is_made_again(desk: Desk) -> None:
    desk.run()
    before = desk.exported()
    for product in (desk.data / "products").rglob("*.json.gz"):
        product.write_bytes(product.read_bytes()[:20])
    desk.run()
    assert desk.exported() == before


def test_the_same_content_twice_is_one_call(desk: Desk) -> None:
    shutil.copy(desk.calls / "good_zh.wav", desk.calls / "zz_copy.wav")
    first = desk.run()
    assert first.asked.by_scene("transcriber") == {"poor_en": 1, "good_zh": 1}
    assert first.steps["zz_copy.wav"] == "duplicate"
    assert first.summary.failures == ()
    assert sorted(desk.calls_of()) == ["good_zh.wav", "held_en.turns.json", "poor_en.wav"]
    before = desk.exported()
    again = desk.run()
    assert again.heard == 0
    assert again.steps["zz_copy.wav"] == "duplicate"
    assert desk.exported() == before


def test_a_copy_takes_over_when_the_first_file_is_gone(desk: Desk) -> None:
    desk.run()
    (desk.calls / "good_zh.wav").rename(desk.calls / "a_copy.wav")
    assert desk.run().heard == 0
    assert sorted(desk.calls_of()) == ["a_copy.wav", "held_en.turns.json", "poor_en.wav"]


def test_two_recordings_with_one_call_id(desk: Desk) -> None:
    write_call(desk.calls, GOOD_EN, name="second.wav", sidecar={"call_id": "c1"})
    first = desk.run()
    [failure] = first.summary.failures
    assert failure.file == "second.wav"
    assert "'c1'" in failure.error
    assert "poor_en.wav" in failure.error
    assert "call_id" in failure.cure
    found = desk.calls_of()
    assert found["poor_en.wav"]["call_id"] == "c1"
    assert "second.wav" not in found
    write_sidecar(desk.calls / "second.wav", {"call_id": "c2"})
    again = desk.run()
    assert again.summary.failures == ()
    assert again.heard == 0  # it had been heard; only its id was wrong
    assert desk.calls_of()["second.wav"]["call_id"] == "c2"


@pytest.mark.parametrize("at", ["good_zh", "poor_en"])
def test_an_interrupted_run_ends_like_an_undisturbed_one(
    desk: Desk, tmp_path: Path, at: str
) -> None:
    undisturbed = Desk(desk.calls, tmp_path / "undisturbed" / "data")
    undisturbed.run()
    with pytest.raises(KeyboardInterrupt):
        desk.run(StagedEngines(fail={at: KeyboardInterrupt()}))
    again = desk.run()
    heard_before = {"poor_en": 2, "good_zh": 1}[at]  # the oldest file is taken first
    assert again.asked.of("transcriber") == heard_before
    assert again.asked.by_scene("diarizer").get(at) is None  # done before the interruption
    assert desk.exported() == undisturbed.exported()


def test_a_crashing_engine_costs_one_call_and_is_tried_again(desk: Desk) -> None:
    first = desk.run(StagedEngines(fail={"poor_en": ZeroDivisionError("by zero")}))
    [failure] = first.summary.failures
    assert failure.file == "poor_en.wav"
    assert "ZeroDivisionError" in failure.error
    assert failure.cure
    assert first.steps["good_zh.wav"] == "scored"
    assert [f["file"] for f in json.loads(desk.exported())["failures"]] == ["poor_en.wav"]
    again = desk.run()
    assert again.asked.asked == {("transcriber", "poor_en"): 1}
    assert again.summary.failures == ()
    assert json.loads(desk.exported())["failures"] == []


def test_an_engines_own_error_is_shown_as_it_is(desk: Desk) -> None:
    error = EngineError("poor_en.wav: the recogniser gave up.", "Try a larger model.")
    [failure] = desk.run(StagedEngines(fail={"poor_en": error})).summary.failures
    assert (failure.error, failure.cure) == (error.cause, error.cure)


def test_a_mended_file_is_no_failure_any_more(desk: Desk) -> None:
    (desk.calls / "new.wav").touch()
    assert [f.file for f in desk.run().summary.failures] == ["new.wav"]
    write_call(desk.calls, GOOD_EN, name="new.wav")
    again = desk.run()
    assert again.summary.failures == ()
    assert again.asked.by_scene("transcriber") == {"good_en": 1}
    assert json.loads(desk.exported())["failures"] == []


def test_a_failed_file_that_is_gone_is_no_failure_of_this_folder_any_more(desk: Desk) -> None:
    (desk.calls / "new.wav").touch()
    desk.run()
    (desk.calls / "new.wav").unlink()
    assert desk.run().summary.failures == ()
    assert json.loads(desk.exported())["failures"] == []


def test_the_country_of_the_settings_counts_where_metadata_says_none(desk: Desk) -> None:
    sidecar = {"call_id": "c1", "ring_seconds": 14}
    write_sidecar(desk.calls / "poor_en.wav", sidecar)
    desk.run()
    assert desk.outcome("poor_en.wav", "pickup") == "pass"  # the language's default: US, 18 s
    desk.run(country="GB")
    assert desk.outcome("poor_en.wav", "pickup") == "fail"  # three cycles of 3 s
    write_sidecar(desk.calls / "poor_en.wav", sidecar | {"country": "US"})
    desk.run(country="GB")
    assert desk.outcome("poor_en.wav", "pickup") == "pass"


def test_a_folder_is_the_same_whether_named_from_here_or_in_full(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = Settings(data_dir=desk.data)
    monkeypatch.chdir(desk.calls)
    api.run([Path()], settings, engines=StagedEngines())
    monkeypatch.chdir(tmp_path)
    engines = StagedEngines()
    for given in (Path("calls"), desk.calls):
        summary = api.run([given], settings, engines=engines)
        assert summary.counts["unchanged"] == 3
        assert summary.counts["duplicate"] == 0
    assert engines.calls.asked == {}


def test_recordings_named_from_here_are_found_from_anywhere(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = Settings(data_dir=desk.data)
    monkeypatch.chdir(desk.calls.parent)
    api.run([Path("calls")], settings, engines=StagedEngines())
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    written = api.clips(settings, "greeting", None, None, elsewhere / "clips")
    assert {clip.call.file for clip in written.clips} == {"good_zh.wav", "poor_en.wav"}
