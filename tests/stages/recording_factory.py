"""Makes recordings of every format, and broken ones, for the tests of ingest."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import soundfile
from scipy.signal import butter, sosfilt

LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}


def voice(seed: int, seconds: float = 8.0, rate_hz: int = 8000) -> np.ndarray:
    """A voiced, speech-like signal: pulses through two moving formants, in syllables."""
    random = np.random.default_rng(seed)
    count = int(seconds * rate_hz)
    pitch_hz = 110 + 30 * (seed % 4) + 15 * np.sin(np.arange(count) / rate_hz * 2 * np.pi * 0.7)
    phase = np.cumsum(pitch_hz / rate_hz)
    pulses = np.diff(np.floor(phase), prepend=0.0)
    low = 350 + 60 * (seed % 5)
    formants = sum(
        sosfilt(butter(1, [f, f * 1.2], "band", fs=rate_hz, output="sos"), pulses)
        for f in (low, 1200 + 90 * seed % 700)
    )
    syllable = rate_hz // 4
    levels = np.repeat(random.random(count // syllable + 1), syllable)[:count]
    samples = formants * np.where(levels > 0.3, levels, 0.0)
    return (0.5 * samples / np.abs(samples).max()).astype(np.float32)


def two_parties(seconds: float = 8.0, rate_hz: int = 8000) -> np.ndarray:
    """Agent and customer taking turns of a second, on one channel each."""
    agent, customer = voice(1, seconds, rate_hz), voice(2, seconds, rate_hz)
    turn = (np.arange(agent.size) // rate_hz) % 2
    return np.stack([agent * (turn == 0), customer * (turn == 1)]).astype(np.float32)


def encode(path: Path, codec: str, samples: np.ndarray, rate_hz: int) -> Path:
    """Writes `samples` (channels, n) with PyAV; the container follows from the extension."""
    samples = np.atleast_2d(samples).astype(np.float32)
    layout = LAYOUTS[samples.shape[0]]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate_hz, layout=layout)
        if codec == "wmav2":
            stream.bit_rate = 64_000
        if codec == "vorbis":
            stream.options = {"strict": "experimental"}
        for start in range(0, samples.shape[1], 1024):
            block = np.ascontiguousarray(samples[:, start : start + 1024])
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = rate_hz, start, Fraction(1, rate_hz)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def wav(path: Path, samples: np.ndarray, rate_hz: int = 8000, subtype: str = "PCM_16") -> Path:
    """Writes a WAV file with libsndfile; `samples` is (n,) or (channels, n)."""
    soundfile.write(path, np.atleast_2d(samples).T, rate_hz, subtype=subtype, format="WAV")
    return path


def wav_bytes(tag: int, data: bytes, claimed: int | None = None, bits: int = 16) -> bytes:
    """A mono 8 kHz WAV file by hand, with any format tag and any claimed data size."""
    size = len(data) if claimed is None else claimed
    step = bits // 8
    fmt = struct.pack("<HHIIHH", tag, 1, 8000, 8000 * step, step, bits)
    return (
        b"RIFF" + struct.pack("<I", (36 + size) & 0xFFFFFFFF) + b"WAVEfmt " + struct.pack("<I", 16)
        + fmt + b"data" + struct.pack("<I", size) + data
    )  # fmt: skip


def pcm16(samples: np.ndarray) -> bytes:
    """Samples as little-endian 16-bit bytes."""
    return (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
