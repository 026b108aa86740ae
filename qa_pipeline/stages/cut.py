"""A stretch of a recording, cut out to be listened to on its own."""

from __future__ import annotations

import numpy as np

from qa_pipeline.domain.recording import Audio
from qa_pipeline.domain.spans import Span

FADE_MS = 8  # long enough that the cut does not click, too short to be heard as a fade


def cut(audio: Audio, span: Span) -> Audio:
    """The samples inside `span` (all channels), with a short fade at both ends.

    A span that reaches beyond the recording is cut at its borders.

    Raises:
        ValueError: nothing of the span lies inside the recording.

    Example:
        >>> one_second = Audio(np.zeros((1, 8000), dtype=np.float32), 8000)
        >>> cut(one_second, Span(250, 750)).duration_ms
        500
    """
    start = _sample(span.start_ms, audio)
    end = _sample(span.end_ms, audio)
    if end <= start:
        raise ValueError(
            f"{span.start_ms}..{span.end_ms} ms lies outside a recording of {audio.duration_ms} ms"
        )
    samples = np.array(audio.samples[:, start:end], dtype=np.float32, copy=True)
    fade = min(audio.sample_rate_hz * FADE_MS // 1000, samples.shape[1] // 2)
    if fade:
        ramp = np.linspace(0.0, 1.0, fade, endpoint=False, dtype=np.float32)
        samples[:, :fade] *= ramp
        samples[:, -fade:] *= ramp[::-1]
    return Audio(samples, audio.sample_rate_hz)


def _sample(time_ms: int, audio: Audio) -> int:
    total = int(audio.samples.shape[1])
    return min(total, max(0, time_ms * audio.sample_rate_hz // 1000))
