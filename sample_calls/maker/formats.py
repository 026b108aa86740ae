"""Writes a call in the formats that phone systems record in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from sample_calls.maker.errors import MakerError, need
from sample_calls.maker.script import Format

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Container:
    """How a format is written: file suffix, container and codec as PyAV names them."""

    suffix: str
    container: str
    codec: str
    sample_format: str
    lossy: bool = False


CONTAINERS: Final[dict[Format, Container]] = {
    "wav_pcm": Container(".wav", "wav", "pcm_s16le", "s16"),
    "wav_mulaw": Container(".wav", "wav", "pcm_mulaw", "s16"),
    "wav_alaw": Container(".wav", "wav", "pcm_alaw", "s16"),
    "wav_gsm": Container(".wav", "wav", "gsm_ms", "s16"),  # PyAV reads it, libsndfile writes it
    "mp3": Container(".mp3", "mp3", "libmp3lame", "fltp", lossy=True),
    "m4a": Container(".m4a", "ipod", "aac", "fltp", lossy=True),
    "ogg_opus": Container(".ogg", "ogg", "libopus", "s16", lossy=True),
    "flac": Container(".flac", "flac", "flac", "s16"),
    "amr": Container(".amr", "amr", "libopencore_amrnb", "s16", lossy=True),
}
_AMR_KBPS: Final = (4.75, 5.15, 5.9, 6.7, 7.4, 7.95, 10.2, 12.2)  # the modes of AMR-NB


def write(
    path: Path, samples: FloatArray, rate_hz: int, kind: Format, bitrate_kbps: float = 24
) -> None:
    """Write samples of shape (channels, n) to `path`.

    `bitrate_kbps` is of lossy formats; AMR takes its highest mode that is not above it.

    Raises:
        MakerError: the installed codecs cannot write the format.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "wav_gsm":
        soundfile = need("soundfile", "GSM files")
        soundfile.write(path, samples.T, rate_hz, subtype="GSM610", format="WAV")
        return
    av = need("av", "audio files")
    form = CONTAINERS[kind]
    layout = "mono" if samples.shape[0] == 1 else "stereo"
    pcm = np.ascontiguousarray(np.round(samples.T * 32767.0).astype(np.int16).reshape(1, -1))
    frame = av.AudioFrame.from_ndarray(pcm, format="s16", layout=layout)
    frame.sample_rate = rate_hz
    try:
        with av.open(str(path), "w", format=form.container, options={"fflags": "+bitexact"}) as out:
            stream = out.add_stream(form.codec, rate=rate_hz, layout=layout)
            stream.codec_context.format = av.AudioFormat(form.sample_format)
            if form.lossy:
                stream.bit_rate = round(1000 * _possible_kbps(kind, bitrate_kbps))
            stream.codec_context.open()
            fit = av.AudioResampler(
                format=form.sample_format,
                layout=layout,
                rate=rate_hz,
                frame_size=stream.codec_context.frame_size or None,
            )
            for piece in [*fit.resample(frame), *fit.resample(None)]:
                out.mux(stream.encode(piece))
            out.mux(stream.encode(None))
    except av.error.FFmpegError as error:
        path.unlink(missing_ok=True)
        raise MakerError(f"{path.name} cannot be written as {kind}: {error}.") from error


def _possible_kbps(kind: Format, wanted_kbps: float) -> float:
    if kind != "amr":
        return wanted_kbps
    return max((mode for mode in _AMR_KBPS if mode <= wanted_kbps), default=_AMR_KBPS[0])
