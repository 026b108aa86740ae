from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from qa_pipeline.config import Settings
from qa_pipeline.errors import ExitCode, SetupError, UsageError
from qa_pipeline.metadata import OUTPUT_MARKER, discover, require_sources
from qa_pipeline.metadata.discovery import is_recording_name


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")


def files(*paths: Path, settings: Settings | None = None) -> list[str]:
    return [source.file for source in discover(paths, settings or Settings())]


def test_a_folder_is_walked_in_a_stable_order_with_names_relative_to_it(tmp_path: Path) -> None:
    touch(tmp_path, "b.mp3", "a.wav", "2025/z.ogg", "2025/03/y.M4A", "c.turns.json", "10.flac")
    expected = ["10.flac", "2025/03/y.M4A", "2025/z.ogg", "a.wav", "b.mp3", "c.turns.json"]
    assert files(tmp_path) == expected
    assert files(tmp_path) == expected


def test_what_is_no_recording_is_passed_over(tmp_path: Path) -> None:
    touch(
        tmp_path, "a.wav", "a.json", "labels.json", "manifest.txt", ".hidden.wav", ".git/x.wav",
        "notes.docx", "wav", ".wav", "qa_data/old.wav", "clips/cut.wav", f"clips/{OUTPUT_MARKER}",
        "other_data/qa.sqlite", "other_data/cut.wav",
    )  # fmt: skip
    settings = Settings(data_dir=tmp_path / "qa_data")
    found = discover([tmp_path], settings)
    assert [source.file for source in found] == ["a.wav"]
    assert found.other_files[".docx"] == 1


def test_recordings_beside_their_results_are_found(tmp_path: Path) -> None:
    touch(tmp_path, "a.wav", "qa.sqlite")
    assert files(tmp_path, settings=Settings(data_dir=tmp_path)) == ["a.wav"]


def test_a_file_given_by_itself_is_always_a_source(tmp_path: Path) -> None:
    touch(tmp_path, "sub/call.bin", "sub/x.turns.json")
    (a, b) = discover([tmp_path / "sub/call.bin", tmp_path / "sub/x.turns.json"], Settings())
    assert (a.file, a.kind) == ("call.bin", "audio")
    assert (b.file, b.kind) == ("x.turns.json", "turns")


def test_the_same_file_given_twice_comes_once(tmp_path: Path) -> None:
    touch(tmp_path, "a.wav", "sub/b.wav")
    assert files(tmp_path / "a.wav", tmp_path, tmp_path / "sub") == ["a.wav", "sub/b.wav"]


def test_circles_of_links_end(tmp_path: Path) -> None:
    touch(tmp_path, "sub/a.wav")
    (tmp_path / "sub/loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "sub/self.wav").symlink_to(tmp_path / "sub/self.wav")
    (tmp_path / "dangling.wav").symlink_to(tmp_path / "nowhere.wav")
    assert files(tmp_path) == ["sub/a.wav"]


def test_pipes_and_folders_named_like_recordings_are_no_sources(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    touch(tmp_path, "folder.wav/inner.mp3")
    assert files(tmp_path) == ["folder.wav/inner.mp3"]


def test_it_streams(tmp_path: Path) -> None:
    touch(tmp_path, "a.wav", "b/c.wav")
    found = discover([tmp_path], Settings())
    assert next(found).file == "a.wav"
    (tmp_path / "b/c.wav").unlink()
    assert list(found) == []


def test_names_in_any_script_and_undecodable_bytes(tmp_path: Path) -> None:
    names = ["通话.wav", "📞.wav", "名" * 83 + ".wav"]
    touch(tmp_path, *names)
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.wav")).write_bytes(b"x")
    sources = list(discover([tmp_path], Settings()))
    assert {source.file for source in sources} == {*names, "\udcff\udcfe.wav"}
    assert pickle.loads(pickle.dumps(sources)) == sources


def test_a_path_that_does_not_exist_stops_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no file or folder .*nowhere"):
        discover([tmp_path / "nowhere"], Settings())


def test_an_unreadable_folder_is_told_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path, "closed/a.wav", "open.wav")
    scan = os.scandir

    def refuse(path: Path) -> object:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found = discover([tmp_path], Settings())
    assert [source.file for source in found] == ["open.wav"]
    assert found.unreadable_folders == [str(tmp_path / "closed")]


def test_a_folder_without_recordings_says_what_is_there(tmp_path: Path) -> None:
    touch(tmp_path, "a.docx", "b.docx", "c.pdf")
    with pytest.raises(SetupError, match=r"no recording in .*2 \.docx, 1 \.pdf") as refused:
        require_sources(discover([tmp_path], Settings()), [tmp_path])
    assert ".wav" in refused.value.cure
    assert refused.value.exit_code is ExitCode.SETUP


def test_required_sources_lose_none(tmp_path: Path) -> None:
    touch(tmp_path, "a.wav", "b.wav")
    found = require_sources(discover([tmp_path], Settings()), [tmp_path])
    assert [source.file for source in found] == ["a.wav", "b.wav"]


@pytest.mark.parametrize("name", ["a.WAV", "a.awb", "a.gsm", "x.turns.json", "a.b.webm"])
def test_recording_names(name: str) -> None:
    assert is_recording_name(name)


@pytest.mark.parametrize("name", ["a.json", "manifest.csv", "wav", "turns.json", "a.wav.part"])
def test_other_names(name: str) -> None:
    assert not is_recording_name(name)
