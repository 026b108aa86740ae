"""Where somebody speaks, by the Silero voice detector that ships inside faster-whisper."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version as package_version
from typing import Any

import numpy as np
import numpy.typing as npt

from qa_pipeline.domain.recording import FloatArray
from qa_pipeline.domain.spans import Span, merge
from qa_pipeline.engines.setup import need_package
from qa_pipeline.ports import ENGINE_SAMPLE_RATE_HZ

_FRAME = 512  # samples; the network's own step at 16 kHz, 32 ms
_FRAME_MS = _FRAME * 1000 // ENGINE_SAMPLE_RATE_HZ
_TARGET_PEAK = 0.5  # -6 dBFS
_MAX_GAIN = 100.0  # +40 dB
# The network remembers what came before and, after lost packets or a long tone, may hear nothing
# for as long as half a minute although somebody speaks as loud as ever. Heard again in stretches
# that begin without a memory, 13 made calls of one channel (835 s of speech, two of the five worst
# of 84 among them) lost 4.7 s and not 30.1 s, for 4.2 s more of what is no speech.
# Without a memory it takes comfort noise for speech, too, but that is some 20 dB below the speech;
# stretches it was deaf to were as loud as the rest.
_FRESH_FRAMES = 250  # 8 s
_FRESH_BELOW_DB = 12.0
_LOUD_AROUND = 8  # frames on either side: a quarter of a second
_REVISION = 2


@dataclass(frozen=True, slots=True)
class VadSettings:
    """When a stretch counts as speech.

    The network gives a probability for each 32 ms. Speech begins at `onset` and lasts until the
    probability stays below `offset` for `min_silence_ms`. A burst shorter than `min_speech_ms`
    is dropped: the shortest words that matter ("yes", "嗯", "好") last 100 ms and more. Each
    span is widened by `pad_ms`, for soft beginnings and endings that the network misses: on
    sample calls 240 and 400 ms left 0.152 word errors, 160 and 250 ms 0.175.
    """

    onset: float = 0.4
    offset: float = 0.25
    min_speech_ms: int = 90
    min_silence_ms: int = 400
    pad_ms: int = 240


class SileroVoiceDetector:
    """The `VoiceDetector` port on Silero VAD v6 (ONNX, CPU, one thread).

    Raises:
        SetupError: faster-whisper or onnxruntime is not installed.
    """

    name = "silero"

    def __init__(self, settings: VadSettings | None = None) -> None:
        need_package("faster_whisper", "faster-whisper")
        need_package("onnxruntime", "onnxruntime")
        self.settings = settings or VadSettings()
        self.version = (
            f"silero-v6/faster-whisper-{package_version('faster-whisper')}/r{_REVISION}"
            f"/{self.settings}"
        )

    @cached_property
    def _model(self) -> Any:
        from faster_whisper.vad import get_vad_model

        return get_vad_model()

    def probabilities(self, samples: FloatArray) -> FloatArray:
        """Speech probability of each 32 ms of `samples` (16 kHz mono), shape (frames,).

        Heard in one go, and where it is about as loud as the speech found so, also in stretches of
        8 s without a memory of what was before: the higher of the two.
        """
        if len(samples) == 0:
            return np.zeros(0, dtype=np.float32)
        padded = np.pad(_levelled(samples), (0, -len(samples) % _FRAME))
        whole = self._heard(padded)
        spoken = whole >= self.settings.onset
        if not spoken.any():
            return whole
        size = _FRESH_FRAMES * _FRAME
        fresh = [self._heard(padded[at : at + size]) for at in range(0, len(padded), size)]
        return np.where(_loud(padded, spoken), np.maximum(whole, np.concatenate(fresh)), whole)

    def _heard(self, samples: FloatArray) -> FloatArray:
        """What the network says of whole frames, its memory empty at their start."""
        return np.asarray(self._model(samples), dtype=np.float32).reshape(-1)

    def detect(self, samples: FloatArray) -> tuple[Span, ...]:
        """Speech spans in `samples` (16 kHz mono, shape (n,)), padded, merged, in order.

        Example:
            >>> SileroVoiceDetector().detect(np.zeros(16_000, dtype=np.float32))
            ()
        """
        duration_ms = len(samples) * 1000 // ENGINE_SAMPLE_RATE_HZ
        raw = spans_of(self.probabilities(samples), self.settings)
        clipped = (Span(s.start_ms, min(s.end_ms, duration_ms)) for s in raw)
        return merge(span.padded(self.settings.pad_ms, duration_ms) for span in clipped)


def spans_of(probabilities: FloatArray, settings: VadSettings) -> tuple[Span, ...]:
    """Hysteresis over frame probabilities: spans without padding, in milliseconds."""
    spans: list[Span] = []
    start: int | None = None
    last_voiced = 0
    for index, probability in enumerate(probabilities):
        now = index * _FRAME_MS
        if start is None:
            if probability >= settings.onset:
                start, last_voiced = now, now + _FRAME_MS
        elif probability >= settings.offset:
            last_voiced = now + _FRAME_MS
        elif now + _FRAME_MS - last_voiced >= settings.min_silence_ms:
            spans.append(Span(start, last_voiced))
            start = None
    if start is not None:
        spans.append(Span(start, last_voiced))
    return tuple(span for span in spans if span.duration_ms >= settings.min_speech_ms)


def _loud(samples: FloatArray, spoken: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Which frames lie near one that is about as loud as the median `spoken` one."""
    power = np.square(samples, dtype=np.float64).reshape(-1, _FRAME).mean(axis=1)
    level_db = 10 * np.log10(power + 1e-10)
    loud = level_db >= np.median(level_db[spoken]) - _FRESH_BELOW_DB
    near = np.convolve(loud, np.ones(2 * _LOUD_AROUND + 1), mode="full")
    return np.asarray(near[_LOUD_AROUND : _LOUD_AROUND + len(loud)] > 0)


def _levelled(samples: FloatArray) -> FloatArray:
    """Quiet recordings are raised: the detector's probabilities fall with the level.

    The 99.5th percentile stands for the peak, so that one click does not set the gain.
    """
    peak = float(np.quantile(np.abs(samples), 0.995))
    if peak <= 0.0 or peak >= _TARGET_PEAK:
        return np.asarray(samples, dtype=np.float32)
    gain = min(_TARGET_PEAK / peak, _MAX_GAIN)
    return np.asarray(np.clip(samples * np.float32(gain), -1.0, 1.0), dtype=np.float32)
