from __future__ import annotations

import hashlib
import pickle
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import recording_factory as make
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.acoustics.channel_check import arrange, is_dead, same_signal
from qa_pipeline.acoustics.decode import decode
from qa_pipeline.acoustics.resampling import resample, to_engine_rate
from qa_pipeline.domain.recording import Audio, CallMetadata, ChannelRoles, Layout
from qa_pipeline.errors import AudioError, MetadataError
from qa_pipeline.stages.ingest import identify, ingest

NOTHING = CallMetadata()


def best_correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Likeness of two signals at their best alignment within 100 ms."""
    size = min(first.size, second.size)
    a, b = first[:size] - first[:size].mean(), second[:size] - second[:size].mean()
    length = 1 << (2 * size).bit_length()
    cross = np.fft.irfft(np.fft.rfft(a, length) * np.conj(np.fft.rfft(b, length)), length)
    near = np.abs(np.concatenate([cross[:1600], cross[-1600:]]))
    return float(near.max() / (np.linalg.norm(a) * np.linalg.norm(b)))


FORMATS = [
    ("a.wav", "pcm_s16le", 8000, 1),
    ("a.wav", "pcm_u8", 8000, 1),
    ("a.wav", "pcm_s24le", 48000, 2),
    ("a.wav", "pcm_s32le", 11025, 1),
    ("a.wav", "pcm_f32le", 44100, 2),
    ("a.wav", "pcm_f64le", 8000, 1),
    ("a.wav", "pcm_mulaw", 8000, 2),
    ("a.wav", "pcm_alaw", 8000, 2),
    ("a.wav", "adpcm_ima_wav", 8000, 1),
    ("a.wav", "adpcm_ms", 8000, 2),
    ("a.mp3", "libmp3lame", 8000, 1),
    ("a.mp3", "libmp3lame", 44100, 2),
    ("a.m4a", "aac", 16000, 2),
    ("a.mp4", "aac", 48000, 2),
    ("a.aac", "aac", 16000, 1),
    ("a.ogg", "libopus", 48000, 2),
    ("a.opus", "libopus", 16000, 1),
    ("a.ogg", "vorbis", 16000, 2),
    ("a.webm", "libopus", 48000, 2),
    ("a.flac", "flac", 8000, 2),
    ("a.amr", "libopencore_amrnb", 8000, 1),
    ("a.3gp", "libopencore_amrnb", 8000, 1),
    ("a.wma", "wmav2", 44100, 2),
    ("a.mkv", "pcm_s16le", 8000, 2),
    ("a.au", "pcm_mulaw", 8000, 1),
    ("a.aiff", "pcm_s16be", 8000, 1),
]


@pytest.mark.parametrize(("name", "codec", "rate_hz", "channels"), FORMATS)
def test_every_common_format_gives_back_what_was_said(
    tmp_path: Path, name: str, codec: str, rate_hz: int, channels: int
) -> None:
    spoken = make.two_parties(6.0, rate_hz) if channels == 2 else make.voice(1, 6.0, rate_hz)[None]
    try:
        path = make.encode(tmp_path / name, codec, spoken, rate_hz)
    except av.FFmpegError as error:
        pytest.skip(f"this FFmpeg has no encoder {codec}: {error}")
    got = ingest(path, name, NOTHING)
    assert got.recording.channel_count == channels
    assert got.recording.sample_rate_hz in {rate_hz, 48000}  # Opus always decodes at 48 kHz
    assert got.recording.layout is (Layout.STEREO if channels == 2 else Layout.MONO)
    assert got.audio.sample_rate_hz == min(got.recording.sample_rate_hz, 16000)
    assert got.audio.samples.dtype == np.float32
    assert abs(got.recording.duration_ms - 6000) < 200
    for channel in range(channels):
        heard = to_engine_rate(got.audio, channel)
        assert best_correlation(heard, resample(spoken[channel], rate_hz, 16000)) > 0.85
        assert np.abs(heard).max() == pytest.approx(np.abs(spoken[channel]).max(), rel=0.35)


@pytest.mark.parametrize(("subtype", "name"), [("GSM610", "WAV"), ("GSM610", "RAW")])
def test_gsm_in_wav_and_raw(tmp_path: Path, subtype: str, name: str) -> None:
    spoken = make.voice(3)
    path = tmp_path / ("a.wav" if name == "WAV" else "a.gsm")
    soundfile.write(path, spoken, 8000, format=name, subtype=subtype)
    decoded = decode(path)
    assert decoded.codec in {"gsm", "gsm_ms"}
    assert best_correlation(decoded.audio.samples[0], spoken) > 0.8


@pytest.mark.parametrize(
    ("extension", "subtype"), [("ulaw", "ULAW"), ("alaw", "ALAW"), ("sln", "PCM_16")]
)
def test_headerless_telephone_formats(tmp_path: Path, extension: str, subtype: str) -> None:
    spoken = make.voice(3)
    path = tmp_path / f"a.{extension}"
    soundfile.write(path, spoken, 8000, format="RAW", subtype=subtype)
    decoded = decode(path)
    assert decoded.audio.sample_rate_hz == 8000
    assert best_correlation(decoded.audio.samples[0], spoken) > 0.98


def test_headerless_silence_is_not_taken_for_text(tmp_path: Path) -> None:
    path = tmp_path / "a.alaw"
    path.write_bytes(b"\x55" * 80_000)  # A-law's negative zero is the letter U
    assert decode(path).audio.duration_ms == 10_000


def test_amr_wide_band_decodes(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    frames = [b"\x04" + random.integers(0, 256, 17, np.uint8).tobytes() for _ in range(300)]
    path = tmp_path / "a.awb"  # mode 0: 132 bits a frame of 20 ms (3GPP TS 26.201)
    path.write_bytes(b"#!AMR-WB\n" + b"".join(frames))
    decoded = decode(path)
    assert (decoded.codec, decoded.sample_rate_hz) == ("amrwb", 16000)
    assert decoded.audio.duration_ms == 6000
    assert decoded.audio.samples.std() > 0


def test_the_first_audio_stream_of_a_video_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    spoken = make.voice(1, 3.0, 16000)
    with av.open(str(path), "w") as container:
        picture = container.add_stream("mpeg4", rate=5)
        picture.width = picture.height = 32
        picture.pix_fmt = "yuv420p"
        sound = container.add_stream("aac", rate=16000, layout="mono")
        for _ in range(15):
            image = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
            container.mux(picture.encode(image))
        container.mux(picture.encode(None))
        for start in range(0, spoken.size, 1024):
            frame = av.AudioFrame.from_ndarray(
                spoken[None, start : start + 1024].copy(), "fltp", "mono"
            )
            frame.sample_rate, frame.pts, frame.time_base = 16000, start, Fraction(1, 16000)
            container.mux(sound.encode(frame))
        container.mux(sound.encode(None))
    assert best_correlation(decode(path).audio.samples[0], spoken) > 0.85


def test_a_hole_in_the_time_line_keeps_later_speech_in_its_place(tmp_path: Path) -> None:
    path = tmp_path / "muted.mkv"
    spoken = make.voice(1, 4.0)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        for start in range(0, spoken.size, 800):
            block = spoken[None, start : start + 800].copy()
            frame = av.AudioFrame.from_ndarray(block, "fltp", "mono")
            shift = 16000 if start >= 16000 else 0  # two seconds without packets
            frame.sample_rate, frame.pts, frame.time_base = 8000, start + shift, Fraction(1, 8000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    samples = decode(path).audio.samples[0]
    assert samples.size == pytest.approx(48000, abs=80)
    assert not samples[16100:31900].any()
    assert best_correlation(samples[32000:], spoken[16000:]) > 0.99


@pytest.mark.parametrize("claimed", [0, 0xFFFFFFFF, 0x7FFFF000, 1000])
def test_wav_with_a_wrong_length_in_the_header_is_read_to_its_end(
    tmp_path: Path, claimed: int
) -> None:
    path = tmp_path / "stream.wav"
    path.write_bytes(make.wav_bytes(1, make.pcm16(make.voice(1)), claimed))
    decoded = decode(path)
    assert decoded.audio.duration_ms == 8000
    assert not any("ends early" in note for note in decoded.notes)


def test_a_chunk_after_the_data_is_not_taken_for_sound(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    extra = b"LIST" + (4000).to_bytes(4, "little") + b"x" * 4000
    path.write_bytes(make.wav_bytes(1, make.pcm16(make.voice(1))) + extra)
    decoded = decode(path)
    assert decoded.audio.duration_ms == 8000
    assert decoded.notes == ()


class TestCutFiles:
    @pytest.mark.parametrize(
        ("name", "codec"),
        [
            ("a.wav", "pcm_s16le"),
            ("a.wav", "pcm_mulaw"),
            ("a.mp3", "libmp3lame"),
            ("a.flac", "flac"),
            ("a.ogg", "libopus"),
            ("a.mkv", "pcm_s16le"),
        ],
    )
    def test_what_can_be_read_is_kept_and_the_cut_is_told(
        self, tmp_path: Path, name: str, codec: str
    ) -> None:
        rate_hz = 16000 if codec == "libopus" else 8000
        path = make.encode(tmp_path / name, codec, make.voice(1, 12.0, rate_hz), rate_hz)
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.6)])
        got = ingest(path, name, NOTHING)
        assert 5000 < got.recording.duration_ms < 8500
        assert any("ends early" in note for note in got.recording.notes)

    @pytest.mark.parametrize(
        ("name", "codec"), [("a.wav", "pcm_s16le"), ("a.mp3", "libmp3lame"), ("a.ogg", "libopus")]
    )
    def test_a_whole_file_is_not_called_cut(self, tmp_path: Path, name: str, codec: str) -> None:
        path = make.encode(tmp_path / name, codec, make.voice(1, 6.0, 16000), 16000)
        assert ingest(path, name, NOTHING).recording.notes == ()

    def test_an_m4a_without_its_index_says_so(self, tmp_path: Path) -> None:
        path = make.encode(tmp_path / "a.m4a", "aac", make.voice(1, 6.0, 16000), 16000)
        path.write_bytes(path.read_bytes()[:6000])
        with pytest.raises(AudioError, match=r"a\.m4a is cut: the index at its end"):
            decode(path)

    def test_damage_inside_costs_only_what_was_hit(self, tmp_path: Path) -> None:
        path = make.encode(tmp_path / "a.mp3", "libmp3lame", make.voice(1, 12.0, 16000), 16000)
        raw = bytearray(path.read_bytes())
        middle = len(raw) // 2
        raw[middle : middle + 2000] = bytes(2000)
        path.write_bytes(raw)
        decoded = decode(path)
        assert decoded.audio.duration_ms == pytest.approx(12_000, abs=1500)


class TestChannels:
    def test_dual_mono_is_one_channel_and_is_told(self, tmp_path: Path) -> None:
        mixed = make.two_parties().sum(axis=0)
        path = make.wav(tmp_path / "a.wav", np.stack([mixed, mixed]))
        got = ingest(path, "a.wav", NOTHING)
        assert got.recording.layout is Layout.DUAL_MONO
        assert got.recording.channel_count == 2
        assert got.audio.channel_count == 1
        assert "dual mono: both channels carry the same signal" in got.recording.notes

    @pytest.mark.parametrize(
        ("gain", "delay", "noise", "words"),
        [
            (0.4, 0, 0.0, "8 dB apart"),
            (-1.0, 0, 0.0, "inverted"),
            (1.0, 35, 0.0, "4.4 ms apart"),
            (0.7, 9, 0.003, "3 dB apart"),
            (2.0, 0, 0.002, "6 dB apart"),
        ],
    )
    def test_dual_mono_up_to_gain_sign_delay_and_noise(
        self, gain: float, delay: int, noise: float, words: str
    ) -> None:
        mixed = make.two_parties(20.0).sum(axis=0) * 0.4
        random = np.random.default_rng(4)
        other = np.roll(mixed, delay) * gain
        pair = np.stack([mixed, other]) + noise * random.standard_normal((2, mixed.size))
        arranged = arrange(Audio(pair.astype(np.float32), 8000))
        assert arranged.layout is Layout.DUAL_MONO
        assert arranged.note is not None
        assert words in arranged.note
        assert arranged.kept == ((1,) if gain > 1 else (0,))

    @pytest.mark.parametrize(("name", "codec"), [("a.mp3", "libmp3lame"), ("a.ogg", "libopus")])
    def test_dual_mono_through_a_lossy_codec(self, tmp_path: Path, name: str, codec: str) -> None:
        mixed = make.two_parties(12.0, 16000).sum(axis=0)
        path = make.encode(tmp_path / name, codec, np.stack([mixed, 0.7 * mixed]), 16000)
        assert ingest(path, name, NOTHING).recording.layout is Layout.DUAL_MONO

    @pytest.mark.parametrize("leak", [0.0, 0.1, 0.3, 0.5])
    def test_stereo_with_cross_talk_stays_stereo(self, leak: float) -> None:
        agent, customer = make.two_parties(20.0)
        pair = np.stack([agent + leak * customer, customer + leak * agent])
        assert arrange(Audio(pair, 8000)).layout is Layout.STEREO

    def test_a_customer_who_says_one_sentence_over_a_strong_leak_keeps_the_channel(self) -> None:
        agent, customer = voice_pair = make.voice(1, 60.0), make.voice(2, 60.0)
        only_once = np.zeros(voice_pair[0].size, np.float32)
        only_once[80_000:96_000] = 1.0
        pair = np.stack(
            [agent * (1 - only_once), 0.4 * agent * (1 - only_once) + customer * only_once]
        )
        assert arrange(Audio(pair, 8000)).layout is Layout.STEREO

    @pytest.mark.parametrize("live", [0, 1])
    def test_a_dead_channel_leaves_the_other_as_mono(self, tmp_path: Path, live: int) -> None:
        pair = np.zeros((2, 64_000), np.float32)
        pair[live] = make.voice(1)
        path = make.encode(tmp_path / "a.wav", "pcm_alaw", pair, 8000)
        got = ingest(path, "a.wav", CallMetadata(channels=ChannelRoles(0, 1)))
        assert got.recording.layout is Layout.MONO
        assert got.recording.metadata.channels is None
        assert f"channel {1 - live} is silent throughout" in " ".join(got.recording.notes)
        assert best_correlation(got.audio.samples[0], pair[live]) > 0.98

    def test_line_noise_and_one_short_word_keep_a_channel_alive(self) -> None:
        random = np.random.default_rng(1)
        assert not is_dead((0.001 * random.standard_normal(480_000)).astype(np.float32), 8000)
        hello = np.zeros(480_000, np.float32)
        hello[100_000:103_200] = make.voice(1, 0.4)[:3200]
        assert not is_dead(hello, 8000)

    def test_a_click_does_not_make_a_dead_channel_live(self) -> None:
        still = np.zeros(480_000, np.float32)
        still[1000:1040] = 0.5
        assert is_dead(still, 8000)

    def test_silence_on_all_channels_is_told(self, tmp_path: Path) -> None:
        got = ingest(make.wav(tmp_path / "a.wav", np.zeros((2, 80_000))), "a.wav", NOTHING)
        assert got.recording.layout is Layout.MONO
        assert "no signal" in " ".join(got.recording.notes)

    def test_six_channels_are_refused_until_two_are_named(self, tmp_path: Path) -> None:
        samples = np.stack([0.01 * make.voice(n, 2.0) for n in range(6)])
        samples[1], samples[4] = make.voice(7, 2.0), make.voice(8, 2.0)
        path = make.wav(tmp_path / "six.wav", samples)
        with pytest.raises(AudioError, match=r"six\.wav has 6 channels") as refused:
            ingest(path, "six.wav", NOTHING)
        assert '"channels"' in refused.value.cure
        got = ingest(path, "six.wav", CallMetadata(channels=ChannelRoles(agent=4, customer=1)))
        assert got.recording.layout is Layout.STEREO
        assert got.recording.channel_count == 6
        assert got.recording.metadata.channels == ChannelRoles(agent=1, customer=0)
        assert best_correlation(got.audio.samples[1], samples[4]) > 0.99

    @pytest.mark.parametrize(("count", "there"), [(1, "only channel 0"), (2, "channels 0 to 1")])
    def test_channels_that_do_not_exist_are_named(
        self, tmp_path: Path, count: int, there: str
    ) -> None:
        path = make.wav(tmp_path / "a.wav", make.two_parties(2.0)[:count])
        metadata = CallMetadata(channels=ChannelRoles(agent=0, customer=2))
        with pytest.raises(MetadataError, match=rf"a\.wav.*channel 2 for the customer.*{there}"):
            ingest(path, "a.wav", metadata)

    def test_same_signal_of_unrelated_voices_is_none(self) -> None:
        assert same_signal(make.voice(1), make.voice(2), 8000) is None


class TestIdentity:
    def test_the_call_id_is_the_metadatas_else_the_contents_hash(self, tmp_path: Path) -> None:
        path = make.wav(tmp_path / "a.wav", make.voice(1, 1.0))
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        assert identify(path, NOTHING) == (sha256, sha256[:16])
        assert identify(path, CallMetadata(call_id="C-1")) == (sha256, "C-1")

    def test_the_same_content_under_two_names_is_one_call(self, tmp_path: Path) -> None:
        first = make.wav(tmp_path / "a.wav", make.voice(1, 1.0))
        second = tmp_path / "b.wav"
        second.write_bytes(first.read_bytes())
        ids = {ingest(p, p.name, NOTHING).recording.call_id for p in (first, second)}
        assert len(ids) == 1

    def test_a_recording_survives_pickling(self, tmp_path: Path) -> None:
        path = make.wav(tmp_path / "a.wav", make.voice(1, 1.0))
        recording = ingest(path, "a.wav", NOTHING, ("from the manifest",)).recording
        assert pickle.loads(pickle.dumps(recording)) == recording
        assert recording.notes[0] == "from the manifest"


@settings(deadline=None, max_examples=25)
@given(
    count=st.integers(0, 4000),
    from_hz=st.sampled_from([6000, 8000, 11025, 16000, 44100, 48000]),
    to_hz=st.sampled_from([8000, 16000]),
)
def test_resampling_keeps_the_length_in_time(count: int, from_hz: int, to_hz: int) -> None:
    samples = np.sin(np.arange(count) / 7).astype(np.float32)
    changed = resample(samples, from_hz, to_hz)
    assert changed.dtype == np.float32
    assert abs(changed.size / to_hz - count / from_hz) <= 1 / to_hz
    assert changed.size == 0 or np.abs(changed).max() < 1.5


def test_resampling_keeps_a_tone_at_its_pitch() -> None:
    tone = np.sin(2 * np.pi * 440 * np.arange(8000) / 8000).astype(np.float32)
    changed = resample(tone, 8000, 16000)
    assert np.abs(np.fft.rfft(changed)).argmax() == 440


def test_impossible_rates_are_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        resample(np.zeros(3, np.float32), 0, 16000)
