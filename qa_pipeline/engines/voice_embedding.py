"""A voice as 256 numbers: the GE2E encoder of Resemblyzer's weights, as a pyannote model.

Wan et al. 2018, "Generalized end-to-end loss for speaker verification": three LSTM layers of 256
over 40 mel bands (25 ms windows every 10 ms), the last state projected, rectified and normalised.
It was trained on windows of 1.6 s; longer stretches are the mean of several windows.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from qa_pipeline.domain.recording import FloatArray
from qa_pipeline.domain.spans import Span
from qa_pipeline.errors import ModelError
from qa_pipeline.ports import ENGINE_SAMPLE_RATE_HZ

DIMENSION = 256
_MELS = 40
_FFT = 400
_HOP = 160
_WINDOW_FRAMES = 160  # 1.6 s
_WINDOW_STEP_FRAMES = 120
_MIN_FRAMES = 20  # 0.2 s: less says nothing about a voice
_WINDOWS_AT_ONCE = 256
_PER_MS = ENGINE_SAMPLE_RATE_HZ // 1000
_TARGET_RMS = 10 ** (-30 / 20)  # quieter speech is raised to -30 dBFS, as in training


def load_voice_encoder(weights: Path) -> Any:
    """The encoder as a `pyannote.audio.Model`, ready for pyannote's pipelines.

    Its forward takes waveforms of shape (batch, 1, samples) at 16 kHz and weights of shape
    (batch, frames), and gives unit vectors of shape (batch, 256); where the weights leave less
    than 0.2 s, a row of NaN, which the clustering passes over.

    Raises:
        ModelError: the file is not a checkpoint of this network.
    """
    import torch
    from librosa.filters import mel as mel_filters
    from pyannote.audio import Model
    from torch import nn

    class VoiceEncoder(Model):  # type: ignore[misc]
        """See the module's docstring."""

        def __init__(self) -> None:
            super().__init__(sample_rate=ENGINE_SAMPLE_RATE_HZ, num_channels=1)
            self.lstm = nn.LSTM(_MELS, DIMENSION, 3, batch_first=True)
            self.linear = nn.Linear(DIMENSION, DIMENSION)
            filters = mel_filters(sr=ENGINE_SAMPLE_RATE_HZ, n_fft=_FFT, n_mels=_MELS)
            self.register_buffer("mel", torch.from_numpy(filters), persistent=False)
            self.register_buffer("window", torch.hann_window(_FFT), persistent=False)

        @property
        def dimension(self) -> int:
            """Length of an embedding."""
            return DIMENSION

        def spectrogram(self, waveform: Any) -> Any:
            """Mel powers of one waveform (samples,), shape (frames, 40)."""
            spectrum = torch.stft(
                waveform, _FFT, _HOP, window=self.window, center=True, return_complex=True
            )
            return (self.mel @ spectrum.abs().square()).T

        def along(self, samples: FloatArray, spans: Sequence[Span]) -> Any:
            """Embeddings of short windows of a recording, shape (windows, 256).

            Unlike in `forward`, a window shorter than 1.6 s is heard as it is, which costs less
            than filling one up, and overlapping windows share their spectrogram.

            Args:
                samples: 16 kHz, shape (n,).
                spans: the windows, by their start, of 0.2 s at least; shorter ones are repeated
                    to the length of the longest of their batch.
            """
            found = [torch.zeros(0, DIMENSION)]
            with torch.inference_mode():
                for first in range(0, len(spans), _WINDOWS_AT_ONCE):
                    some = [f for run in _runs(spans[first : first + _WINDOWS_AT_ONCE])
                            for f in _cut(self, samples, run)]  # fmt: skip
                    length = max(len(frames) for frames in some)
                    filled = [
                        frames.repeat(-(-length // len(frames)), 1)[:length] for frames in some
                    ]
                    _, (hidden, _) = self.lstm(torch.stack(filled))
                    vectors = torch.relu(self.linear(hidden[-1]))
                    found.append(nn.functional.normalize(vectors, dim=1))
            return torch.cat(found).numpy()

        def forward(self, waveforms: Any, weights: Any = None) -> Any:
            """Embeddings of masked waveforms; equal neighbours share their spectrogram."""
            if waveforms.shape[-1] < _MIN_FRAMES * _HOP:
                raise ValueError("less than 0.2 s of audio")
            windows, owners = [], []
            for row in range(len(waveforms)):
                fresh = row == 0 or not torch.equal(waveforms[row], waveforms[row - 1])
                if fresh:
                    frames = self.spectrogram(waveforms[row, 0])
                cut = _windows(_masked(frames, None if weights is None else weights[row]))
                windows += cut
                owners += [row] * len(cut)
            out = torch.full((len(waveforms), DIMENSION), float("nan"))
            if windows:
                _, (hidden, _) = self.lstm(torch.stack(windows))
                vectors = nn.functional.normalize(torch.relu(self.linear(hidden[-1])), dim=1)
                index = torch.tensor(owners)
                sums = torch.zeros(len(waveforms), DIMENSION).index_add_(0, index, vectors)
                heard = torch.unique(index)
                out[heard] = nn.functional.normalize(sums[heard], dim=1)
            return out

    def _cut(encoder: Any, samples: FloatArray, run: Sequence[Span]) -> list[Any]:
        """The frames of windows that follow one another without a gap."""
        start_ms, end_ms = run[0].start_ms, max(span.end_ms for span in run)
        cut = samples[start_ms * _PER_MS : end_ms * _PER_MS]
        frames = encoder.spectrogram(torch.from_numpy(np.ascontiguousarray(cut)))
        found = []
        for span in run:
            first = (span.start_ms - start_ms) * _PER_MS // _HOP
            own = _masked(frames[first : first + span.duration_ms * _PER_MS // _HOP], None)
            # A span may reach over the end of the recording by a few frames.
            found.append(own if len(own) else torch.zeros(_MIN_FRAMES, _MELS))
        return found

    def _masked(frames: Any, weights: Any) -> Any:
        """Frames where the speaker is active, raised to the level of the training."""
        if weights is not None:
            at = torch.linspace(0, len(weights) - 1, len(frames)).round().long()
            frames = frames[weights[at] > 0.5]
        if len(frames) < _MIN_FRAMES:
            return frames[:0]
        # Power of a frame of white noise through librosa's filters relates to the squared RMS by
        # a constant; only its order matters, since the encoder tolerates a few decibels.
        rms = (frames.mean() * _MELS / _FFT).sqrt()
        return frames * max(1.0, float(_TARGET_RMS / (rms + 1e-9))) ** 2

    def _windows(frames: Any) -> list[Any]:
        """Stretches of 1.6 s spread evenly; a shorter stretch is repeated until it fills one."""
        count = len(frames)
        if count == 0:
            return []
        if count < _WINDOW_FRAMES:
            return [frames.repeat(-(-_WINDOW_FRAMES // count), 1)[:_WINDOW_FRAMES]]
        pieces = -(-(count - _WINDOW_FRAMES) // _WINDOW_STEP_FRAMES) + 1
        starts = torch.linspace(0, count - _WINDOW_FRAMES, pieces).round().long().tolist()
        return [frames[start : start + _WINDOW_FRAMES] for start in starts]

    encoder = VoiceEncoder()
    try:
        # weights_only: nothing in the file is executed.
        state = torch.load(weights, map_location="cpu", weights_only=True)["model_state"]
        own = {name: value for name, value in state.items() if name.startswith(("lstm", "linear"))}
        encoder.load_state_dict(own, strict=False)
        missing = set(dict(encoder.named_parameters())) - set(own)
    except Exception as error:  # unpickling raises whatever the bytes suggest
        raise ModelError(
            f"{weights} is not a voice encoder's checkpoint: {error}.",
            "Run 'qa-pipeline models verify voice-embedding'.",
        ) from error
    if missing:
        raise ModelError(
            f"{weights} lacks {', '.join(sorted(missing))}.",
            "Run 'qa-pipeline models verify voice-embedding'.",
        )
    return encoder.eval()


def _runs(spans: Sequence[Span]) -> list[list[Span]]:
    """Windows that overlap, or touch, together."""
    runs: list[list[Span]] = []
    for span in spans:
        if runs and span.start_ms <= runs[-1][-1].end_ms:
            runs[-1].append(span)
        else:
            runs.append([span])
    return runs
