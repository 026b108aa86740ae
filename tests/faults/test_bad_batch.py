"""Every bad recording of the list, beside a good one: told by name, and the good one is scored."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from staged_calls import (
    GOOD_EN,
    GOOD_ZH,
    HELD_EN,
    RATE_HZ,
    StagedEngines,
    sound_of,
    write_call,
    write_sidecar,
    write_sound,
    write_turns,
)

from qa_pipeline.store.products import ProductFiles
from sample_calls.maker.music import hold_music

sys.path.insert(0, str(Path(__file__).parents[1] / "stages"))
import recording_factory as make

Command = Callable[..., Any]
Make = Callable[[Path], object]
WORDS = ("greeting", "name_use", "summary", "satisfaction")


def _text(folder: Path) -> None:
    (folder / "text.wav").write_text("Dear all,\nthis is a letter and not a call.\n" * 9)


def _cut_mp3(folder: Path) -> None:
    """Cut inside the first frames: nothing can be heard."""
    path = make.encode(folder / "whole.mp3", "libmp3lame", sound_of(GOOD_ZH), RATE_HZ)
    (folder / "cut.mp3").write_bytes(path.read_bytes()[:60])
    path.unlink()


def _six_channels(folder: Path) -> None:
    channels = np.stack([make.voice(seed, 4.0) for seed in range(6)])
    make.wav(folder / "six.wav", channels)


def _sidecar(text: str) -> Make:
    def write(folder: Path) -> None:
        audio = write_call(folder, GOOD_ZH, name="beside.wav")
        audio.with_suffix(".json").write_text(text, encoding="utf-8")

    return write


def _undecodable_name(folder: Path) -> None:
    (folder / os.fsdecode(b"caf\xe9\xff.wav")).touch()


# What is wrong, which file is named, and words of the cause and of the cure.
REFUSED: dict[str, tuple[Make, str, str, str]] = {
    "empty file": (lambda f: (f / "empty.wav").touch(), "empty.wav", "is empty", "Copy"),
    "text named wav": (_text, "text.wav", "its content is text", ""),
    "truncated mp3": (_cut_mp3, "cut.mp3", "", ""),
    "six channels": (_six_channels, "six.wav", "6 channels", "channels"),
    "sidecar that is not JSON": (_sidecar("{not json"), "beside.json", "JSON", ""),
    "sidecar that is a list": (_sidecar("[1, 2]"), "beside.json", "object", ""),
    "wrong value in the sidecar": (
        _sidecar('{"ring_count": "many"}'),
        "beside.json",
        "ring_count",
        "",
    ),
    "channels that do not exist": (
        _sidecar('{"channels": {"agent": 0, "customer": 7}}'),
        "beside",
        "channels",
        "",
    ),
    "turns that are not JSON": (
        lambda f: (f / "bad.turns.json").write_text("{"),
        "bad.turns.json",
        "JSON",
        "",
    ),
    "turns without roles": (
        lambda f: (f / "bad.turns.json").write_text('{"turns": [{"text": "hello"}]}'),
        "bad.turns.json",
        "role",
        "",
    ),
    "a name that cannot be printed": (_undecodable_name, r"caf\xe9\xff.wav", "is empty", "Copy"),
}


@pytest.fixture
def batch(tmp_path: Path, staged: StagedEngines) -> Path:
    """A folder with one good call."""
    write_call(tmp_path / "calls", GOOD_EN, "stereo", sidecar={"call_id": "good"})
    return tmp_path / "calls"


def run(command: Command, batch: Path) -> tuple[Any, dict[str, Any]]:
    """The run and its export; the good call is scored as if it were alone."""
    data = batch.parent / "data"
    ran = command("run", batch, "--data", data)
    assert "Traceback" not in ran.text
    assert command("export", "--data", data, "--out", batch.parent / "x.json").code == 0
    export = json.loads((batch.parent / "x.json").read_text(encoding="utf-8"))
    [good] = [call for call in export["calls"] if call["call_id"] == "good"]
    assert good["score"] == 1.0
    return ran, export


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_scored_is_told_and_the_rest_is_scored(
    command: Command, batch: Path, case: str
) -> None:
    write, name, cause, cure = REFUSED[case]
    write(batch)
    ran, export = run(command, batch)
    assert ran.code == 3
    [failure] = export["failures"]
    assert name in failure["error"]
    assert cause in failure["error"]
    assert failure["cure"].endswith(".")
    assert cure in failure["cure"]
    assert flat(failure["error"]) in flat(ran.out)
    assert "unexpected" not in failure["error"]
    assert "1 scored, 1 failed" in ran.out


def test_all_of_them_in_one_night(command: Command, batch: Path) -> None:
    for number, (write, *_) in enumerate(REFUSED.values()):
        (batch / f"{number:02}").mkdir()
        write(batch / f"{number:02}")
    ran, export = run(command, batch)
    assert ran.code == 3
    assert len(export["failures"]) == len(REFUSED)
    assert [f["file"] for f in export["failures"]] == sorted(f["file"] for f in export["failures"])
    # Again: each is tried once more and told once more; nothing else is done.
    again, export_again = run(command, batch)
    assert again.code == 3
    assert export_again == export


def outcomes(call: dict[str, Any]) -> dict[str, str]:
    return {result["criterion"]: result["outcome"] for result in call["results"]}


def other(export: dict[str, Any]) -> dict[str, Any]:
    [call] = [call for call in export["calls"] if call["call_id"] != "good"]
    return dict(call)


class TestHeardButNotJudged:
    """Nothing is wrong with the file; there is just no conversation in it."""

    @pytest.mark.parametrize(
        ("name", "sound"),
        [
            ("one second", lambda: make.voice(1, 1.0)),
            ("ten minutes of silence", lambda: np.zeros(600 * RATE_HZ, np.float32)),
            ("ten minutes of line noise", lambda: make_noise(600)),
            ("music only", lambda: 0.3 * hold_music("melody", 40, RATE_HZ, seed=5)),
            ("a single sample", lambda: np.array([0.5], np.float32)),
        ],
    )
    def test_nothing_is_invented_and_nothing_fails(
        self, command: Command, batch: Path, name: str, sound: Callable[[], Any]
    ) -> None:
        write_sound(batch / f"{name}.wav", sound())
        ran, export = run(command, batch)
        assert ran.code == 0
        assert export["failures"] == []
        call = other(export)
        assert call["turns"] == []
        found = outcomes(call)
        assert "fail" not in found.values(), found
        assert {found[c] for c in WORDS} == {"undetermined"}
        for result in call["results"]:
            assert result["evidence"]
            assert result["explanation"]["en"]
        assert call["score"] is None
        shown = command("show", f"{name}.wav", "--data", batch.parent / "data")
        assert shown.code == 0
        assert "Nothing was said." in shown.out

    def test_the_recogniser_never_hears_music(
        self, command: Command, batch: Path, staged: StagedEngines
    ) -> None:
        write_sound(batch / "music.wav", 0.3 * hold_music("melody", 40, RATE_HZ, seed=5))
        run(command, batch)
        assert staged.calls.by_scene("transcriber") == {"good_en": 2}
        assert None not in staged.calls.by_scene("diarizer")

    def test_a_truncated_mp3_is_heard_as_far_as_it_goes(
        self, command: Command, batch: Path
    ) -> None:
        path = make.encode(batch / "cut.mp3", "libmp3lame", sound_of(GOOD_ZH), RATE_HZ)
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2 + 37])
        ran, export = run(command, batch)
        if ran.code == 3:
            [failure] = export["failures"]
            assert "cut.mp3" in failure["error"]
            assert failure["cure"]
        else:
            call = other(export)
            assert call["duration_ms"] < 0.6 * GOOD_ZH.duration_ms
            assert "fail" not in outcomes(call).values()

    def test_six_channels_with_word_on_which_to_take(self, command: Command, batch: Path) -> None:
        agent, customer = sound_of(GOOD_EN, "stereo")
        idle = [make_noise(GOOD_EN.duration_ms / 1000, seed)[: agent.size] for seed in range(4)]
        channels = np.stack([*idle[:2], agent, *idle[2:], customer])
        audio = write_sound(batch / "six.wav", channels)
        write_sidecar(audio, {"channels": {"agent": 2, "customer": 5}})
        ran, export = run(command, batch)
        assert ran.code == 0
        call = other(export)
        assert [turn["role"] for turn in call["turns"]] == ["agent", "customer"] * 5
        assert any("6 channels" in note for note in call["notes"])


def make_noise(seconds: float, seed: int = 3) -> Any:
    random = np.random.default_rng(seed)
    count = round(seconds * RATE_HZ)
    return (10 ** (-52 / 20) * random.standard_normal(count)).astype(np.float32)


class TestNames:
    NAMES = (b"caf\xe9\xff.wav", "通话 录音.wav".encode(), "📞.wav".encode(), b"a\nb.wav")

    def test_names_in_any_script_and_in_none(self, command: Command, batch: Path) -> None:
        for number, name in enumerate(self.NAMES):
            audio = write_call(batch, HELD_EN, name=f"{number}.wav")
            with audio.open("ab") as file:
                file.write(bytes(number))  # of different content
            audio.rename(batch / os.fsdecode(name))
        ran, export = run(command, batch)
        assert ran.code == 0
        found = {call["file"] for call in export["calls"]} - {"good_en.wav"}
        assert found == {r"caf\xe9\xff.wav", "通话 录音.wav", "📞.wav", r"a\x0ab.wav"}
        again = command("run", batch, "--data", batch.parent / "data")
        assert again.code == 0
        assert f"{len(self.NAMES) + 1} unchanged" in again.out
        shown = command("show", r"caf\xe9\xff.wav", "--data", batch.parent / "data")
        assert shown.code == 0
        data, out = batch.parent / "data", batch.parent / "out"
        cards = command("scorecards", "--data", data, "--out", out / "cards")
        assert cards.code == 0
        clips = command("clips", "--data", data, "--criterion", "greeting", "--out", out / "clips")
        assert clips.code == 0
        assert clips.err == ""  # the file of undecodable bytes was opened again and cut

    @pytest.mark.parametrize("environment", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C"}])
    def test_on_a_terminal_that_cannot_show_them(
        self, tmp_path: Path, environment: dict[str, str]
    ) -> None:
        for name in ("通话.turns.json", os.fsdecode(b"caf\xe9.turns.json")):
            write_turns(tmp_path / "calls", HELD_EN, name, call_id=str(len(name)))
        (tmp_path / "calls" / "空.wav").touch()
        done = subprocess.run(
            [
                str(Path(sys.executable).with_name("qa-pipeline")),
                *("run", str(tmp_path / "calls"), "--data", str(tmp_path / "data")),
            ],
            env={**os.environ, **environment},
            capture_output=True,
            check=False,
            timeout=120,
        )
        assert b"Traceback" not in done.stdout + done.stderr
        assert done.returncode == 3
        assert b"2 scored, 1 failed" in done.stdout
        assert b"caf\\xe9.turns.json" in done.stdout


class TestSetUp:
    def test_a_folder_without_recordings(
        self, command: Command, tmp_path: Path, staged: StagedEngines
    ) -> None:
        (tmp_path / "letters").mkdir()
        (tmp_path / "letters" / "a.docx").touch()
        ran = command("run", tmp_path / "letters", "--data", tmp_path / "data")
        assert ran.code == 2
        assert f"There is no recording in {tmp_path / 'letters'}" in ran.err
        assert ".docx" in ran.err
        assert ".wav" in ran.err  # what to give instead
        assert not (tmp_path / "data").exists()

    def test_a_file_in_the_place_of_the_data_folder(self, command: Command, batch: Path) -> None:
        data = batch.parent / "data"
        data.write_text("not a folder")
        ran = command("run", batch, "--data", data)
        assert ran.code == 2
        assert str(data) in ran.err
        assert "--data" in ran.err
        assert "Traceback" not in ran.err

    @pytest.fixture
    def powerless(self, tmp_path: Path) -> Iterator[None]:
        """Rights do not bind root, so the test gives them up for its length."""
        if not hasattr(os, "seteuid"):
            pytest.skip("needs users with different rights")
        if os.geteuid() != 0:
            yield
            return
        for folder in (tmp_path, *tmp_path.parents[:3]):
            if folder.owner() == "root" and folder != Path(folder.anchor):
                folder.chmod(folder.stat().st_mode | 0o055)
        os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(0)

    def test_a_read_only_data_folder(
        self, command: Command, batch: Path, request: pytest.FixtureRequest
    ) -> None:
        data = batch.parent / "data"
        assert command("run", batch, "--data", data).code == 0
        for path in (data, *data.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        request.getfixturevalue("powerless")
        for folder in (data, data / "below"):
            ran = command("run", batch, "--data", folder)
            assert ran.code == 2
            assert str(data) in ran.err
            assert "--data" in ran.err
            assert "Traceback" not in ran.err
        assert command("show", "good", "--data", data).code == 0  # reading still works

    def test_missing_models(self, batch: Path) -> None:
        ran = self._with_real_engines(batch, batch.parent / "no models")
        assert ran.returncode == 2
        text = ran.stderr.decode()
        assert "Traceback" not in text
        assert "qa-pipeline models fetch" in text
        assert "whisper-base" in text or "segmentation" in text

    def test_a_model_with_a_wrong_hash(self, batch: Path) -> None:
        from qa_pipeline.models.registry import MODELS

        models = batch.parent / "models"
        for model in MODELS:
            if model.package is None:
                (models / model.name).mkdir(parents=True)
                for file in model.files:
                    with (models / model.name / file.name).open("wb") as content:
                        content.truncate(file.size_bytes or 2)  # the right size, other bytes
        ran = self._with_real_engines(batch, models)
        assert ran.returncode == 2
        text = ran.stderr.decode()
        assert "Traceback" not in text
        assert "SHA-256" in text
        assert "model" in text
        assert "qa-pipeline models fetch" in text

    def test_text_alone_needs_no_recogniser(self, tmp_path: Path) -> None:
        write_turns(tmp_path / "calls", HELD_EN)
        ran = self._with_real_engines(tmp_path / "calls", tmp_path / "no models")
        assert ran.returncode == 0, ran.stderr

    @staticmethod
    def _with_real_engines(calls: Path, models: Path) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [
                str(Path(sys.executable).with_name("qa-pipeline")),
                *("run", str(calls), "--data", str(calls.parent / "other data")),
                *("--models", str(models)),
            ],
            capture_output=True,
            check=False,
            timeout=120,
        )


def test_a_full_disk_stops_the_run_with_a_message(
    command: Command, batch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ProductFiles, "write", full)
    ran = command("run", batch, "--data", batch.parent / "data")
    assert ran.code == 2
    assert "No space left" in ran.err
    assert "Traceback" not in ran.text


def test_a_recording_that_vanishes_while_the_run_goes_on(
    command: Command, batch: Path, staged: StagedEngines, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_call(batch, GOOD_ZH, name="zz.wav")
    transcribe = staged.transcriber.transcribe

    def and_delete(*arguments: Any, **named: Any) -> Any:
        (batch / "zz.wav").unlink(missing_ok=True)
        return transcribe(*arguments, **named)

    monkeypatch.setattr(staged.transcriber, "transcribe", and_delete)
    ran = command("run", batch, "--data", batch.parent / "data")
    assert ran.code == 0
    assert "zz.wav  no longer there" in ran.out
    assert "Traceback" not in ran.text
    assert "1 scored, 1 gone" in ran.out


def test_clips_and_scorecards_when_the_recordings_are_gone(command: Command, batch: Path) -> None:
    data = batch.parent / "data"
    assert command("run", batch, "--data", data).code == 0
    shutil.rmtree(batch)
    out = batch.parent / "out"
    assert command("scorecards", "--data", data, "--out", out / "cards").code == 0
    clips = command("clips", "--data", data, "--criterion", "greeting", "--out", out / "clips")
    assert clips.code == 0
    assert "no longer where it was" in clips.err
    assert "Wrote 0 clips" in clips.out
