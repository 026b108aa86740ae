"""Speech on a channel that is only the other party's, leaked or echoed there.

Telephone hybrids, headsets and recorders let each party be heard on the other's channel, 15 to
45 dB down. A voice detector opens on that as readily as on speech, the more so where the channel is
still otherwise, and the recogniser then reads the other party's words there.

What tells them apart is the level of one channel beside the other. While one party speaks alone,
the other channel stays below it by a constant (the leak, or that channel's noise): so the ordinary
difference at such moments, found per call and direction, is what silence of the other party looks
like. Levels are taken relative to each party's own, so that legs of unequal loudness do not matter,
and the other channel's is the highest of the last 0.3 s, so that an echo may come late.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qa_pipeline.domain.recording import FloatArray
from qa_pipeline.domain.spans import Span, merge, overlap_total_ms, subtract

_FRAME_MS = 20
_BAND_HZ = (250, 3400)
_SMOOTH_FRAMES = 5
_EARLY_FRAMES = 3
_LATE_FRAMES = 15  # echoes of telephone networks come back within 300 ms
_LOUD_DB = 12.0  # below the channel's 95th percentile: its own party speaks
_ACTIVE_DB = 6.0  # above the channel's floor
_TYPICAL = 40  # percentile of the other channel's level beside a loud one: nobody speaks there
_SPREAD_DB = 6.0  # of that level about its typical value
_LEAST_DB, _MOST_DB = 7.0, 18.0
_NOTHING_DB = -200.0
_LEAST_OWN_MS = 300  # of a party's own speech, to know its level by
_LEAST_ECHO_MS = 160
_LEAST_HEARD_MS = 80  # above the channel's floor: a short echo under the noise wakes nobody
_LONG_ECHO_MS = 700  # the other party's turn, whatever the detector woke up on here
_SAME_ECHO_MS = 240
_LEAST_SPEECH_MS = 100
_PAD_MS = 240  # as a voice detector widens its spans
_INTO_ECHO_MS = 120  # soft beginnings and ends under the other's voice

_Levels = npt.NDArray[np.float64]
_Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class _Side:
    """One channel, per frame: whether it carries anything, whether that is only an echo."""

    active: _Mask
    echo: _Mask


def without_echoes(
    first: FloatArray,
    second: FloatArray,
    speech: Sequence[Sequence[Span]],
    sample_rate_hz: int,
) -> tuple[tuple[Span, ...], ...]:
    """The speech spans of two channels without what is only heard over from the other one.

    Spans without any such stretch come back as they are; of the others remains what is the
    channel's own. Both parties' overlapping speech stays on both.

    Args:
        first: one party's channel, shape (n,).
        second: the other's.
        speech: a voice detector's spans of each, in milliseconds.
        sample_rate_hz: of both.

    Example:
        >>> voice = np.random.default_rng(1).normal(0, 0.1, 32_000).astype(np.float32)
        >>> voice[16_000:] = 0.0
        >>> both = (Span(0, 1000),), (Span(0, 1000),)
        >>> without_echoes(voice, voice * np.float32(0.03), both, 16_000)
        ((Span(start_ms=0, end_ms=1000),), ())
    """
    levels = [_levels_db(samples, sample_rate_hz) for samples in (first, second)]
    size = min(level.size for level in levels)
    if size == 0:
        return tuple(tuple(spans) for spans in speech)
    one, other = _sides(levels[0][:size], levels[1][:size])
    return tuple(_own(tuple(spans), side) for spans, side in zip(speech, (one, other), strict=True))


def _levels_db(samples: FloatArray, sample_rate_hz: int) -> _Levels:
    """The level of the telephone band in each 20 ms, smoothed over 100 ms."""
    size = sample_rate_hz * _FRAME_MS // 1000
    frames = samples[: samples.size // size * size].reshape(-1, size)
    if not len(frames):
        return np.zeros(0)
    frequencies = np.fft.rfftfreq(size, 1 / sample_rate_hz)
    band = (frequencies >= _BAND_HZ[0]) & (frequencies <= _BAND_HZ[1])
    window = np.hanning(size).astype(np.float32)
    power = np.square(np.abs(np.fft.rfft(frames * window, axis=1)[:, band])).sum(axis=1) / size**2
    kernel = np.ones(_SMOOTH_FRAMES)
    counts = np.convolve(np.ones(power.size), kernel, "same")
    smooth = np.convolve(power, kernel, "same")[: power.size] / counts[: power.size]
    return np.asarray(10 * np.log10(np.maximum(smooth, 1e-12)))


def _sides(one_db: _Levels, other_db: _Levels) -> tuple[_Side, _Side]:
    in_other, in_one = _beside_db(one_db, other_db), _beside_db(other_db, one_db)
    active = [level > _floor_db(level) + _ACTIVE_DB for level in (one_db, other_db)]
    own_one = _own_level_db(one_db, active[0], _reaching(other_db) + in_one)
    own_other = _own_level_db(other_db, active[1], _reaching(one_db) + in_other)
    if own_one is None or own_other is None:
        own_one = own_other = own_one if own_other is None else own_other
    unequal_db = 0.0 if own_one is None or own_other is None else own_other - own_one
    return (
        _Side(active[0], _echoed(one_db, _heard_over(other_db, active[1]), in_one, -unequal_db)),
        _Side(active[1], _echoed(other_db, _heard_over(one_db, active[0]), in_other, unequal_db)),
    )


def _floor_db(level_db: _Levels) -> float:
    return float(np.percentile(level_db, 10))


def _reaching(level_db: _Levels) -> _Levels:
    """The highest level within reach of an echo."""
    padded = np.pad(level_db, (_LATE_FRAMES, _EARLY_FRAMES), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, _LATE_FRAMES + _EARLY_FRAMES + 1)
    return np.asarray(windows.max(axis=1))


def _beside_db(loud_db: _Levels, beside_db: _Levels) -> float:
    """How far above a party at full voice the other channel ordinarily is; negative."""
    loud = loud_db > np.percentile(loud_db, 95) - _LOUD_DB
    return float(np.percentile((beside_db - _reaching(loud_db))[loud], _TYPICAL))


def _own_level_db(level_db: _Levels, active: _Mask, echo_db: _Levels) -> float | None:
    """How loud a channel's own party ordinarily is, None if it hardly speaks."""
    own = level_db[active & (level_db > echo_db + _SPREAD_DB)]
    if own.size * _FRAME_MS < _LEAST_OWN_MS:
        return None
    return float(np.percentile(own, 75))


def _heard_over(level_db: _Levels, active: _Mask) -> _Levels:
    """The level that may echo; noise between the words (at the channel's floor) does not count."""
    loud = active & (level_db > np.percentile(level_db, 95) - 2 * _LOUD_DB)
    return _reaching(np.where(loud, level_db, _NOTHING_DB))


def _echoed(level_db: _Levels, over_db: _Levels, beside_db: float, unequal_db: float) -> _Mask:
    """Where a channel is so far below the other one, own level beside own level, as an echo is."""
    below_db = unequal_db - beside_db  # of an echo, beside own speech
    limit_db = float(np.clip(below_db - _SPREAD_DB, _LEAST_DB, _MOST_DB))
    return np.asarray(level_db - over_db - unequal_db < -limit_db)


def _own(spans: Sequence[Span], side: _Side) -> tuple[Span, ...]:
    """What of these spans is the channel's own."""
    voiced = side.active & ~side.echo
    own = [s for s in merge(_spans(voiced), 60) if s.duration_ms >= _LEAST_SPEECH_MS]
    runs = subtract(merge(_spans(side.echo), _SAME_ECHO_MS), own)
    heard = _spans(side.active & side.echo)
    kept: list[Span] = []
    for span in spans:
        inside = [part for s in runs if (part := s.intersection(span)) and _is_echo(part, heard)]
        for piece in subtract([span], inside):
            kept += _narrowed(piece, span, own) if inside else [piece]
    return merge(kept)


def _is_echo(part: Span, heard: Sequence[Span]) -> bool:
    """Whether a detector may have woken up on this, or the other party's whole turn is in it."""
    if part.duration_ms >= _LONG_ECHO_MS:
        return True
    return part.duration_ms >= _LEAST_ECHO_MS and overlap_total_ms(part, heard) >= _LEAST_HEARD_MS


def _narrowed(piece: Span, within: Span, own: Sequence[Span]) -> list[Span]:
    """What is left between echoes, as far as the channel's own voice is heard in it."""
    shared = [part for s in own if (part := s.intersection(piece)) is not None]
    if sum(part.duration_ms for part in shared) < _LEAST_SPEECH_MS:
        return []
    start_ms = max(shared[0].start_ms - _PAD_MS, piece.start_ms - _INTO_ECHO_MS, within.start_ms)
    end_ms = min(shared[-1].end_ms + _PAD_MS, piece.end_ms + _INTO_ECHO_MS, within.end_ms)
    return [Span(start_ms, end_ms)]


def _spans(mask: _Mask) -> list[Span]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(np.int8), [0]))))
    return [
        Span(int(a) * _FRAME_MS, int(b) * _FRAME_MS)
        for a, b in zip(edges[::2], edges[1::2], strict=True)
    ]
