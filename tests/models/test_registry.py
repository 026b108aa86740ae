from __future__ import annotations

import re
from pathlib import Path

import pytest

from qa_pipeline.config import Settings
from qa_pipeline.models import MODELS, diagnose, doctor, list_models, require, verify
from qa_pipeline.models.registry import specs


def test_names_are_unique_and_required_models_are_pinned_whole() -> None:
    assert len({model.name for model in MODELS}) == len(MODELS)
    for model in specs(None):
        assert model.unpinned == ()
        assert all(file.wheels or model.package for file in model.files)


def test_every_pin_is_a_sha256_and_a_size() -> None:
    for model in MODELS:
        for file in model.files:
            if file.sha256 is not None:
                assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)
                assert file.size_bytes is not None
                assert file.size_bytes > 0


def test_the_sentence_encoder_is_verified_where_it_is_installed(tmp_path: Path) -> None:
    status = verify(["sentence-encoder"], tmp_path)[0]
    assert status.state == "bundled"
    assert (status.path / "weights.npz").is_file()
    assert require("sentence-encoder", tmp_path) == status.path
    assert list(tmp_path.iterdir()) == []


def test_an_empty_folder_lists_everything_as_missing(tmp_path: Path) -> None:
    states = {status.name: status.state for status in list_models(tmp_path / "none")}
    assert states.pop("sentence-encoder") == "bundled"
    assert set(states.values()) == {"missing"}


def test_the_doctor_names_missing_models_with_their_cure(tmp_path: Path) -> None:
    found = {d.component: d for d in diagnose(Settings(models_dir=tmp_path, data_dir=tmp_path))}
    assert found["python"].ok
    assert found["audio formats"].ok
    assert "GSM" in found["audio formats"].detail
    assert found["voice detector (silero)"].ok
    assert not found["recogniser faster-whisper"].ok
    assert "whisper-base" in found["recogniser faster-whisper"].cure
    assert not found["model segmentation"].ok


def test_the_doctor_tells_a_library_that_does_not_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ctranslate2.py").write_text("raise OSError('libcudart is missing')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(doctor, "_COMPILED", ("ctranslate2", "av"))
    assert "libcudart is missing" in doctor._broken_libraries()["ctranslate2"]
    (tmp_path / "ctranslate2.py").write_text("import os; os.abort()")
    assert "ends the process" in doctor._broken_libraries()["ctranslate2"]


def test_the_doctor_tells_an_unusable_data_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings = Settings(models_dir=tmp_path, data_dir=tmp_path / "file" / "data")
    found = {d.component: d for d in diagnose(settings)}
    assert not found["data folder"].ok
    assert found["models folder"].ok
