"""Every recording that is none gives a clear error, naming the file and the cure."""

from __future__ import annotations

import os
import pickle
import sys
from pathlib import Path

import av
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "stages"))
import recording_factory as make

from qa_pipeline.acoustics import decode as decoding
from qa_pipeline.acoustics.decode import decode
from qa_pipeline.domain.printable import printable
from qa_pipeline.domain.recording import CallMetadata, Layout
from qa_pipeline.errors import AudioError, ExitCode
from qa_pipeline.stages.ingest import ingest

PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:9,\nsecret.wav\n#EXT-X-ENDLIST\n"
MALFORMED = {
    "empty": (b"", "is empty"),
    "text": (b"Dear all,\nthis is a letter and not a call.\n" * 9, "its content is text"),
    "chinese text": (("这是一封信，不是录音。\n" * 160).encode(), "its content is text"),
    "web page": (b"<!DOCTYPE html><html>Sign in</html>", "its content is a web page"),
    "picture": (b"\xff\xd8\xff\xe0" + bytes(3000), "a JPEG picture"),
    "office": (b"PK\x03\x04" + bytes(3000), "a ZIP archive"),
    "playlist": (PLAYLIST, "its content is text"),
    "zeros": (bytes(9000), "not audio, or is damaged"),
    "header only": (make.wav_bytes(1, b"", 4000), "header only"),
    "unknown codec": (make.wav_bytes(0x1234, bytes(range(256)) * 40), "format tag 0x1234"),
    "half a header": (make.wav_bytes(1, b"")[:20], "not audio, or is damaged"),
}


@pytest.mark.parametrize("extension", ["wav", "mp3", "m4a"])
@pytest.mark.parametrize("case", MALFORMED)
def test_what_is_no_audio_is_refused_by_name(tmp_path: Path, case: str, extension: str) -> None:
    content, words = MALFORMED[case]
    path = tmp_path / f"call.{extension}"
    path.write_bytes(content)
    with pytest.raises(AudioError) as refused:
        ingest(path, path.name, CallMetadata())
    assert path.name in refused.value.cause
    assert words in refused.value.cause
    assert refused.value.cure
    assert refused.value.exit_code is ExitCode.SOME_FAILED
    assert str(pickle.loads(pickle.dumps(refused.value))) == str(refused.value)


@pytest.mark.parametrize("extension", ["wav", "mp3", "ogg", "m4a", "amr", "gsm", "flac"])
@pytest.mark.parametrize("seed", range(4))
def test_random_bytes_never_raise_anything_else(tmp_path: Path, extension: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    path = tmp_path / f"noise.{extension}"
    path.write_bytes(random.integers(0, 256, 30_000, np.uint8).tobytes())
    try:
        samples = decode(path).audio.samples
    except AudioError as error:
        assert "noise." in error.cause
    else:
        assert np.isfinite(samples).all()


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.wav", "pcm_mulaw"), ("a.mp3", "libmp3lame"), ("a.ogg", "libopus"), ("a.m4a", "aac")],
)
def test_flipped_bytes_never_raise_anything_else(tmp_path: Path, name: str, codec: str) -> None:
    whole = make.encode(tmp_path / name, codec, make.voice(1, 3.0, 16000), 16000).read_bytes()
    random = np.random.default_rng(0)
    for _ in range(25):
        raw = bytearray(whole[: random.integers(1, len(whole) + 1)])
        for at in random.integers(0, len(raw), 6):
            raw[at] = random.integers(0, 256)
        path = tmp_path / f"bad-{name}"
        path.write_bytes(raw)
        try:
            samples = decode(path).audio.samples
        except AudioError as error:
            assert error.cure
        else:
            assert np.isfinite(samples).all()


def test_a_folder_named_like_a_recording(tmp_path: Path) -> None:
    (tmp_path / "x.wav").mkdir()
    with pytest.raises(AudioError, match=r"x\.wav is a folder"):
        decode(tmp_path / "x.wav")


def test_a_pipe_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.wav")
    with pytest.raises(AudioError, match=r"x\.wav is not a regular file"):
        decode(tmp_path / "x.wav")


def test_a_file_that_vanished(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"gone\.wav is not there any more"):
        ingest(tmp_path / "gone.wav", "gone.wav", CallMetadata())


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make.wav(tmp_path / "locked.wav", make.voice(1, 1.0))

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # the tests may run as root, whom nothing stops
    with pytest.raises(AudioError, match=r"locked\.wav may not be read"):
        decode(path)


def test_a_disk_that_fails_midway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make.wav(tmp_path / "a.wav", make.voice(1, 1.0))

    def fail(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(decoding, "early_end", fail)
    with pytest.raises(AudioError, match=r"a\.wav cannot be read: Input/output error"):
        decode(path)


def test_a_video_without_sound(tmp_path: Path) -> None:
    path = tmp_path / "silent.mp4"
    with av.open(str(path), "w") as container:
        picture = container.add_stream("mpeg4", rate=5)
        picture.width = picture.height = 32
        picture.pix_fmt = "yuv420p"
        for _ in range(10):
            image = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
            container.mux(picture.encode(image))
        container.mux(picture.encode(None))
    with pytest.raises(AudioError, match=r"silent\.mp4 holds no audio stream"):
        decode(path)


def test_text_named_gsm(tmp_path: Path) -> None:
    path = tmp_path / "a.gsm"
    path.write_bytes(bytes(range(256)) * 40)
    with pytest.raises(AudioError, match=r"a\.gsm is not raw GSM"):
        decode(path)


def test_a_recording_beyond_all_calls_is_refused(tmp_path: Path) -> None:
    path = make.wav(tmp_path / "long.wav", np.zeros(8000 * 20))
    with pytest.raises(AudioError, match=r"long\.wav is longer than"):
        decode(path, max_duration_ms=10_000)


def test_one_second_decodes_and_is_told(tmp_path: Path) -> None:
    got = ingest(make.wav(tmp_path / "a.wav", make.voice(1, 1.0)), "a.wav", CallMetadata())
    assert got.recording.duration_ms == 1000
    assert "very short: 1.0 s" in got.recording.notes


def test_a_single_sample_decodes(tmp_path: Path) -> None:
    got = ingest(make.wav(tmp_path / "a.wav", np.array([0.5])), "a.wav", CallMetadata())
    assert got.audio.samples.shape == (1, 1)


def test_ten_minutes_of_silence_decode(tmp_path: Path) -> None:
    got = ingest(make.wav(tmp_path / "a.wav", np.zeros(8000 * 600)), "a.wav", CallMetadata())
    assert (got.recording.duration_ms, got.recording.layout) == (600_000, Layout.MONO)


def test_values_that_are_no_numbers_become_silence(tmp_path: Path) -> None:
    samples = make.voice(1)
    samples[100:110], samples[200] = np.nan, np.inf
    decoded = decode(make.wav(tmp_path / "a.wav", samples, subtype="FLOAT"))
    assert not decoded.audio.samples[0, 100:110].any()
    assert np.isfinite(decoded.audio.samples).all()
    assert "11 sample(s) were no numbers and became silence" in decoded.notes


@pytest.mark.parametrize("rate_hz", [8000, 48000])
def test_floats_at_the_scale_of_integers_are_brought_down(tmp_path: Path, rate_hz: int) -> None:
    samples = make.voice(1, 6.0, rate_hz) * 32768
    decoded = decode(make.wav(tmp_path / "a.wav", samples, rate_hz, "FLOAT"))
    assert 0.3 < np.abs(decoded.audio.samples).max() < 0.6
    assert any("above full scale" in note for note in decoded.notes)


@pytest.mark.parametrize("subtype", ["PCM_16", "ULAW", "ALAW"])
def test_clipping_is_told(tmp_path: Path, subtype: str) -> None:
    loud = np.clip(make.voice(1) * 12, -1, 1)
    decoded = decode(make.wav(tmp_path / "a.wav", loud, subtype=subtype))
    assert any(note.startswith("clipped:") for note in decoded.notes)


def test_a_loud_tone_is_not_called_clipped(tmp_path: Path) -> None:
    tone = 0.999 * np.sin(2 * np.pi * 450 * np.arange(64_000) / 8000)
    assert decode(make.wav(tmp_path / "a.wav", tone)).notes == ()


def test_a_constant_offset_is_told(tmp_path: Path) -> None:
    decoded = decode(make.wav(tmp_path / "a.wav", make.voice(1) * 0.5 + 0.1))
    assert "constant (DC) offset of 10.0% of full scale" in decoded.notes


ODD_NAMES = ["通话 录音.wav", "📞🇨🇳.wav", "Ω≈ç√.wav", "שיחה.wav", "a\nb.wav", "名" * 80 + ".wav"]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_names_in_any_script(tmp_path: Path, name: str) -> None:
    got = ingest(make.wav(tmp_path / name, make.voice(1, 1.0)), name, CallMetadata())
    assert got.recording.file == name.replace("\n", "\\x0a")


def test_a_name_of_undecodable_bytes_can_be_shown_stored_and_reopened(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/caf\xe9\xff.wav"  # Latin-1 in a UTF-8 world
    path = Path(os.fsdecode(raw))
    path.write_bytes(make.wav_bytes(1, make.pcm16(make.voice(1, 1.0))))
    recording = ingest(path, path.name, CallMetadata()).recording
    assert recording.file == "caf\\xe9\\xff.wav"
    recording.path.encode("utf-8")
    assert decode(Path(recording.path)).audio.duration_ms == 1000
    path.write_bytes(b"")
    with pytest.raises(AudioError) as refused:
        decode(path)
    refused.value.cause.encode("utf-8")


def test_direction_overrides_cannot_disguise_a_name() -> None:
    assert printable("evil\u202evaw.exe") == "evil\\u202evaw.exe"
    assert printable("王芳-😀.mp3") == "王芳-😀.mp3"
