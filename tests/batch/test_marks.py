"""Of what a result was made: everything that may change it, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from staged_calls import StagedEngines

from qa_pipeline.batch.marks import influences, kit_mark, result_mark, source_mark
from qa_pipeline.config import Settings
from qa_pipeline.kits import build_kit
from qa_pipeline.metadata import Beside, Source
from qa_pipeline.metadata.manifest import ManifestRow
from qa_pipeline.pipeline import Kit
from qa_pipeline.store import open_store


@pytest.fixture
def kit(tmp_path: Path) -> Callable[..., Kit]:
    store = open_store(tmp_path / "data")

    def make(engines: StagedEngines | None = None, **settings: Any) -> Kit:
        given = Settings(data_dir=tmp_path / "data", **settings)
        return build_kit(given, store, engines or StagedEngines())

    return make


# How a run goes on, and where: the same calls come out the same.
HOW = {
    "data_dir": "elsewhere", "models_dir": "elsewhere", "store": "postgresql://h/db",
    "threads": 3, "executor": "ray", "workers": 7, "max_memory_mb": 999, "limit_factor": 2.0,
    "limit_base_s": 9.0, "tries": 9, "backoff_s": 1.5, "settle_s": 1.5, "min_free_mb": 1,
    "ray_address": "h:1", "gpus_per_worker": 0.5, "storage_options": {"s3": {"key": "k"}},
}  # fmt: skip
# What may change a word or a verdict.
WHAT = {
    "country": "CN", "language": "en", "languages": ("en",), "num_speakers": 3,
    "second_decoding": False, "asr_model": "whisper-tiny", "asr_engine": "openai-whisper",
    "diarizer_model": "other", "companies": ("Northwind",), "agents": {"A1": "Ann Lee"},
    "agent_groups": {"A1": "new"}, "file_name_pattern": "(?P<agent_id>.+)",
    "file_name_time_format": "%Y", "engine_factory": "a.b:c",
    "rubric": ("courtesy",), "rubric_for": ({"rubrics": "courtesy", "language": "zh"},),
    "acts": (),
}  # fmt: skip


def test_every_setting_is_one_or_the_other() -> None:
    assert set(HOW) | set(WHAT) == set(Settings.model_fields)
    assert not set(HOW) & set(WHAT)
    assert set(influences(Settings())) == set(WHAT)


@pytest.mark.parametrize("name", HOW)
def test_how_a_run_goes_on_changes_nothing(name: str) -> None:
    assert influences(Settings(**{name: HOW[name]})) == influences(Settings())


@pytest.mark.parametrize("name", [name for name in WHAT if name != "acts"])
def test_what_may_change_a_result_does(name: str) -> None:
    assert influences(Settings(**{name: WHAT[name]})) != influences(Settings())


def test_no_secret_goes_into_it() -> None:
    told = influences(
        Settings(store="postgresql://u:geheim@h/db", storage_options={"s3": {"secret": "geheim"}})
    )
    assert "geheim" not in str(told)


def test_another_recogniser_counts_for_sound_and_not_for_text(kit: Callable[..., Kit]) -> None:
    before, after = kit(), kit(StagedEngines(transcriber_version="2"))
    assert kit_mark(before, "audio") != kit_mark(after, "audio")
    assert kit_mark(before, "turns") == kit_mark(after, "turns")


def test_another_rubric_counts(kit: Callable[..., Kit]) -> None:
    assert kit_mark(kit(), "turns") != kit_mark(kit(rubric=("courtesy",)), "turns")
    assert kit_mark(kit(), "turns") == kit_mark(kit(), "turns")


class TestBeside:
    @pytest.fixture
    def source(self, tmp_path: Path) -> Source:
        path = tmp_path / "a.wav"
        path.write_bytes(b"sound")
        return Source(path, "a.wav", "audio")

    def test_sidecars_by_size_and_time(self, source: Source) -> None:
        marks = [source_mark(source)]
        sidecar = source.path.with_suffix(".json")
        for text in ("{}", '{"agent_id": "A1"}', '{"agent_id": "A2"}'):
            sidecar.write_text(text)
            marks.append(source_mark(source))
        (source.path.parent / "a.wav.json").write_text("{}")
        marks.append(source_mark(source))
        assert len(set(marks)) == len(marks)
        assert source_mark(source) == marks[-1]

    def test_the_name_and_the_manifest(self, source: Source) -> None:
        row = ManifestRow("manifest.csv", "manifest.csv, line 2", {"agent_id": "A1"})
        other = replace(row, values={"agent_id": "A2"})
        marks = {
            source_mark(source),
            source_mark(replace(source, file="day/a.wav")),
            source_mark(replace(source, manifest_rows=(row,))),
            source_mark(replace(source, manifest_rows=(other,))),
        }
        assert len(marks) == 4

    def test_in_other_storage_by_what_the_listing_tells(self, source: Source) -> None:
        there = replace(source, url="s3://b/a.wav", identity="e1")
        beside = replace(there, sidecars=(Beside("s3://b/a.json", "e7"),))
        newer = replace(there, sidecars=(Beside("s3://b/a.json", "e8"),))
        marks = {source_mark(s) for s in (there, replace(there, identity="e2"), beside, newer)}
        assert len(marks) == 4

    def test_both_halves_count(self) -> None:
        assert len({result_mark(a, b) for a in ("x", "y") for b in ("x", "y")}) == 4
