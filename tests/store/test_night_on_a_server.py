"""A run that keeps its results on a server: the same results, and gone on with after a move."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from staged_calls import StagedEngines, stage_a_night

from qa_pipeline import api, api_store
from qa_pipeline.config import Settings


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("night") / "calls"
    stage_a_night(folder)
    return folder


def _exported(settings: Settings, out: Path) -> dict[str, Any]:
    api.export(settings, "json", out)
    content: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return content


def test_a_run_gives_the_same_on_both_and_moves_from_one_to_the_other(
    calls: Path, tmp_path: Path, postgres_url: str, postgres: Any
) -> None:
    in_folder = Settings(data_dir=tmp_path / "data")
    on_server = Settings(data_dir=tmp_path / "unused", store=postgres_url)
    first = api.run([calls], in_folder, engines=StagedEngines())
    second = api.run([calls], on_server, engines=StagedEngines())
    assert second.counts == first.counts
    assert first.counts["scored"] > 1
    exported = _exported(in_folder, tmp_path / "a.json")
    assert _exported(on_server, tmp_path / "b.json") == exported
    assert not (tmp_path / "unused").exists()

    with postgres.database() as url:
        moved = Settings(data_dir=tmp_path / "unused", store=url)
        api_store.copy(str(in_folder.data_dir), None, moved)
        engines = StagedEngines()
        third = api.run([calls], moved, engines=engines)
        assert third.counts["scored"] == 0
        assert third.counts["unchanged"] == first.counts["scored"]
        assert third.audio_ms == 0
        assert _exported(moved, tmp_path / "c.json") == exported
