"""Sound for reports: small, and playable in every browser."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Literal

import av
import numpy as np

from qa_pipeline.domain.recording import Audio

Format = Literal["mp3", "ogg", "flac", "wav"]


@dataclass(frozen=True, slots=True)
class _Codec:
    encoder: str
    sample_format: str
    rates_hz: tuple[int, ...]  # what the encoder takes; empty: anything
    mime: str
    lossy: bool = True


FORMATS: dict[Format, _Codec] = {
    "mp3": _Codec("libmp3lame", "fltp", (8000, 16000, 24000, 32000, 44100, 48000), "audio/mpeg"),
    "ogg": _Codec("libopus", "flt", (8000, 12000, 16000, 24000, 48000), "audio/ogg"),
    "flac": _Codec("flac", "s16", (), "audio/flac", lossy=False),
    "wav": _Codec("pcm_s16le", "s16", (), "audio/wav", lossy=False),
}


def encode(
    audio: Audio, form: Format = "mp3", bit_rate: int = 32_000, max_rate_hz: int = 48_000
) -> bytes:
    """One channel of `audio` (the mean of its channels) as a file's bytes.

    Args:
        audio: samples of any rate.
        form: container and codec.
        bit_rate: bits per second, for the lossy ones.
        max_rate_hz: higher rates are resampled down; telephone speech needs 8 kHz only.
    """
    codec = FORMATS[form]
    source_rate = audio.sample_rate_hz
    wanted = min(source_rate, max_rate_hz)
    rate = min(
        (r for r in codec.rates_hz if r >= wanted), default=max(codec.rates_hz, default=wanted)
    )
    target = io.BytesIO()
    with av.open(target, "w", format=form) as container:
        stream = container.add_stream(codec.encoder, rate=rate, layout="mono")
        stream.format = codec.sample_format
        if codec.lossy:
            stream.bit_rate = bit_rate
        resampler = av.AudioResampler(codec.sample_format, "mono", rate)
        mono = np.clip(audio.mono(), -1.0, 1.0)
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(mono[np.newaxis, :], dtype=np.float32), "fltp", "mono"
        )
        frame.sample_rate = source_rate
        frame.pts = 0
        for ready in (*resampler.resample(frame), *resampler.resample(None)):
            for packet in stream.encode(ready):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    return target.getvalue()
