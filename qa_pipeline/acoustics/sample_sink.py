"""Decoded blocks to one float32 array, without ever holding the file twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from qa_pipeline.domain.recording import FloatArray

# Nothing after ingest looks above 8 kHz: telephone speech ends at 4, wide-band telephony at 8.
MAX_RATE_HZ = 16_000
_FLUSH_SAMPLES = 1 << 16


def to_float(block: npt.NDArray[Any]) -> FloatArray:
    """Integer or float PCM to float32 with full scale 1.0; the shape stays.

    Unsigned 8-bit is centred at 128; n-bit signed is divided by 2**(n-1).
    """
    if block.dtype == np.uint8:
        return (block.astype(np.float32) - np.float32(128)) / np.float32(128)
    if block.dtype.kind == "i":
        return block.astype(np.float32) * np.float32(2.0 ** (1 - 8 * block.dtype.itemsize))
    return block.astype(np.float32, copy=False)


class SampleSink:
    """Collects blocks; rates above 16 kHz are brought down while decoding.

    So six hours of 48 kHz stereo need 2.8 GB and not 8.3. The result's memory is taken once,
    by the length that the header tells (pages are committed as they are written, so a header
    that exaggerates costs nothing); the peak is the result plus a block.

    Args:
        rate_hz: the rate of the first block; the result's rate is this or 16 kHz at most.
        keep: indices of the channels to keep, ascending.
        expected_s: the length to make room for; longer ones are handled too.

    `seconds` counts what was added, `not_numbers` the samples that were NaN or infinite (they
    become 0), `shape_changed` tells that rate or channels changed midway.
    """

    def __init__(self, rate_hz: int, keep: Sequence[int], expected_s: float = 0.0) -> None:
        self.out_rate_hz = min(rate_hz, MAX_RATE_HZ)
        self.keep = tuple(keep)
        self.shape_changed = False
        self.not_numbers = 0
        self.seconds = 0.0
        self._rate_hz = rate_hz
        self._stream: Any = None
        self._waiting: list[FloatArray] = []
        self._waiting_samples = 0
        room = round(max(expected_s, 60.0) * self.out_rate_hz) + _FLUSH_SAMPLES
        self._samples: FloatArray = np.empty((len(self.keep), room), np.float32)
        self._filled = 0

    def add(self, block: FloatArray, rate_hz: int) -> None:
        """Appends a block of shape (channels, n) at `rate_hz`."""
        if rate_hz != self._rate_hz:
            self._flush(last=True)
            self._rate_hz, self._stream, self.shape_changed = rate_hz, None, True
        self._waiting.append(self._picked(block))
        self._waiting_samples += block.shape[1]
        self.seconds += block.shape[1] / rate_hz
        if self._waiting_samples >= _FLUSH_SAMPLES:
            self._flush(last=False)

    def add_silence(self, seconds: float) -> None:
        """Appends stillness where the file holds no audio for a stretch of its time line."""
        left = round(seconds * self._rate_hz)
        while left > 0:
            size = min(left, _FLUSH_SAMPLES)
            self.add(np.zeros((max(self.keep) + 1, size), np.float32), self._rate_hz)
            left -= size

    def finish(self) -> FloatArray:
        """Everything added, shape (len(keep), n)."""
        self._flush(last=True)
        return self._samples[:, : self._filled]

    def _picked(self, block: FloatArray) -> FloatArray:
        if self.keep == tuple(range(block.shape[0])):
            return block
        if len(self.keep) == 1:  # mono that became stereo midway
            self.shape_changed = True
            return np.asarray(block.mean(axis=0, keepdims=True), dtype=np.float32)
        if max(self.keep) < block.shape[0]:
            return block[list(self.keep)]
        self.shape_changed = True  # stereo that became mono: every channel carries it
        return np.repeat(block[:1], len(self.keep), axis=0)

    def _flush(self, *, last: bool) -> None:
        if not self._waiting and not (last and self._stream is not None):
            return
        channels = len(self.keep)
        joined = np.concatenate(self._waiting or [np.zeros((channels, 0), np.float32)], axis=1)
        self._waiting, self._waiting_samples = [], 0
        broken = ~np.isfinite(joined)
        if broken.any():
            self.not_numbers += int(broken.sum())
            joined[broken] = 0.0
        if self._rate_hz != self.out_rate_hz:
            import soxr

            if self._stream is None:
                self._stream = soxr.ResampleStream(
                    self._rate_hz, self.out_rate_hz, channels, dtype="float32", quality="HQ"
                )
            interleaved = np.ascontiguousarray(joined.T)
            joined = self._stream.resample_chunk(interleaved, last=last).T
        end = self._filled + joined.shape[1]
        if end > self._samples.shape[1]:
            larger = np.empty((channels, end + end // 2), np.float32)
            larger[:, : self._filled] = self._samples[:, : self._filled]
            self._samples = larger
        self._samples[:, self._filled : end] = joined
        self._filled = end
