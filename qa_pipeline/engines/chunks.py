"""Speech spans packed into windows that a recogniser takes, and times mapped back.

Whisper looks at 30 seconds at once whatever is in them, so neighbouring spans are packed: a call
with many short utterances costs few windows. Nothing outside the spans is ever handed over;
between two spans stands digital silence (shortened), so that the words of one do not run into the
words of the next. Both Whisper engines use this, so that they differ in decoding only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qa_pipeline.domain.recording import FloatArray
from qa_pipeline.domain.spans import Span, merge
from qa_pipeline.ports import ENGINE_SAMPLE_RATE_HZ

# A window of Whisper is 30 s; one second is left for the silence at its end, which the model
# needs to close the last sentence.
MAX_CHUNK_MS = 29_000
# Silence left between two spans: enough for a sentence break to be heard, little enough that
# windows stay few.
MAX_GAP_MS = 400
# A span longer than a window is cut at the quietest moment of its last third.
_CUT_FRAME_MS = 20
_SAMPLES_PER_MS = ENGINE_SAMPLE_RATE_HZ // 1000


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the recording and where it lies in its chunk."""

    span: Span
    offset_ms: int

    @property
    def end_ms(self) -> int:
        """Where it ends in the chunk."""
        return self.offset_ms + self.span.duration_ms


@dataclass(frozen=True, eq=False)
class Chunk:
    """Samples for one window of a recogniser (float32, 16 kHz, shape (n,)) and their origin."""

    samples: FloatArray
    pieces: tuple[Piece, ...]

    @property
    def duration_ms(self) -> int:
        """Length of the chunk."""
        return self.pieces[-1].end_ms

    @property
    def speech_s(self) -> tuple[tuple[float, float], ...]:
        """Where in the chunk somebody speaks, in seconds."""
        return tuple((piece.offset_ms / 1000, piece.end_ms / 1000) for piece in self.pieces)

    def restore(self, start_s: float, end_s: float) -> Span:
        """The stretch of the recording that a stretch of the chunk stands for.

        A word belongs to the piece that holds its middle (or to the nearest one) and is clipped
        to it, so that no word bridges a gap that was cut out. It keeps at least 10 ms.

        Example:
            >>> samples = np.zeros(16_000 * 60, dtype=np.float32)
            >>> chunk = pack(samples, [Span(0, 1000), Span(50_000, 51_000)])[0]
            >>> chunk.restore(1.5, 1.9)
            Span(start_ms=50100, end_ms=50500)
        """
        start_ms, end_ms = round(start_s * 1000), round(max(end_s, start_s) * 1000)
        middle = (start_ms + end_ms) / 2
        piece = min(self.pieces, key=lambda p: max(p.offset_ms - middle, middle - p.end_ms, 0.0))
        shift = piece.span.start_ms - piece.offset_ms
        first = min(max(start_ms + shift, piece.span.start_ms), max(piece.span.end_ms - 10, 0))
        last = max(min(end_ms + shift, piece.span.end_ms), first + 10)
        return Span(first, last)


def pack(
    samples: FloatArray,
    speech: Sequence[Span],
    max_ms: int = MAX_CHUNK_MS,
    max_gap_ms: int = MAX_GAP_MS,
) -> tuple[Chunk, ...]:
    """Packs the speech spans of `samples` into chunks of at most `max_ms`.

    Args:
        samples: 16 kHz mono, shape (n,).
        speech: where somebody speaks; spans beyond the recording are clipped.
        max_ms: the longest chunk.
        max_gap_ms: the longest silence left between two spans.

    Example:
        >>> samples = np.zeros(16_000 * 100, dtype=np.float32)
        >>> [c.duration_ms for c in pack(samples, [Span(0, 20_000), Span(30_000, 50_000)])]
        [20000, 20000]
    """
    duration_ms = len(samples) // _SAMPLES_PER_MS
    whole = Span(0, duration_ms)
    inside = [cut for span in merge(speech) if (cut := span.intersection(whole)) is not None]
    spans = [part for span in inside for part in _split(samples, span, max_ms)]
    groups: list[list[Piece]] = []
    for span in spans:
        if groups:
            last = groups[-1][-1]
            gap = min(span.start_ms - last.span.end_ms, max_gap_ms)
            if last.end_ms + gap + span.duration_ms <= max_ms:
                groups[-1].append(Piece(span, last.end_ms + gap))
                continue
        groups.append([Piece(span, 0)])
    return tuple(Chunk(_collect(samples, group), tuple(group)) for group in groups)


def _collect(samples: FloatArray, pieces: Sequence[Piece]) -> FloatArray:
    out = np.zeros(pieces[-1].end_ms * _SAMPLES_PER_MS, dtype=np.float32)
    for piece in pieces:
        source = samples[
            piece.span.start_ms * _SAMPLES_PER_MS : piece.span.end_ms * _SAMPLES_PER_MS
        ]
        start = piece.offset_ms * _SAMPLES_PER_MS
        out[start : start + len(source)] = source
    return out


def _split(samples: FloatArray, span: Span, max_ms: int) -> list[Span]:
    """Cuts a long span where it is quietest, so that a cut seldom falls into a word."""
    parts: list[Span] = []
    while span.duration_ms > max_ms:
        from_ms = span.start_ms + max_ms * 2 // 3
        window = samples[from_ms * _SAMPLES_PER_MS : (span.start_ms + max_ms) * _SAMPLES_PER_MS]
        frame = _CUT_FRAME_MS * _SAMPLES_PER_MS
        frames = window[: len(window) // frame * frame].reshape(-1, frame)
        # Five frames smoothed: a pause, not the gap inside a plosive.
        energy = np.convolve((frames.astype(np.float64) ** 2).mean(axis=1), np.ones(5), "same")
        cut_ms = from_ms + (int(np.argmin(energy)) * 2 + 1) * _CUT_FRAME_MS // 2
        parts.append(Span(span.start_ms, cut_ms))
        span = Span(cut_ms, span.end_ms)
    parts.append(span)
    return [part for part in parts if part.duration_ms > 0]
