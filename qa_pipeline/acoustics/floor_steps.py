"""Where a line's noise is another than in talk: it was switched to something else.

A party's line carries that party's room and microphone as long as it is connected, in every pause
of the talk. Put on hold, it carries what the switch feeds into it: nothing, or comfort noise, which
may be softer than the line's own or louder. Both end as abruptly as they begin, so that they tell a
wait to the frame, whatever was or was not said about it. Only a long stretch counts, and only one
whose level the line has nowhere else: a gate that closes in every pause makes none, nor does a
packet lost, nor a gain that rises while nobody speaks.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
from scipy import ndimage

from qa_pipeline.acoustics.line_state import FRAME_MS
from qa_pipeline.acoustics.spectrogram import Mask, close_gaps, runs
from qa_pipeline.domain.recording import FloatArray
from qa_pipeline.domain.spans import Span

SHORTEST_MS: Final = 2_000  # between two beeps of a wait
_STEP_DB: Final = 2.0  # between the floors: steady line noise swings by 1 dB from frame to frame
_FLOOR_PERCENT: Final = 5.0  # of the frames elsewhere: the noise of the pauses
_STRETCH_PERCENT: Final = 75.0  # of a stretch: so much of it lies clearly below that noise
_PAUSE_FRAMES: Final = 10  # softness this long elsewhere is how the line pauses; losses are shorter
_PAUSES_SHARE: Final = 0.01  # of the time elsewhere, at most
_PAUSES_LEAST: Final = 3  # pauses elsewhere, without which nothing is known of the line's floor
_TIMES: Final = 2  # softness that comes more often is how a line sounds while its party listens
_APART_FRAMES: Final = 50  # pieces nearer to each other are one wait with a beep in it
_FLOOR_FRAMES: Final = 15  # hardly any syllable stays low so long; a listening party does
_FLOOR_SWING_DB: Final = 5.0
_BLIP_FRAMES: Final = 3  # a click or the other line's leak
_GRID_DB: Final = 1.0
_BELOW_TALK_DB: Final = 8.0
_NOTHING_DB: Final = -118.0

LIFTED_MS: Final = 5_000  # noise louder than the line's own: talk pauses for less
_LIFTED_DB: Final = 2.5  # over the line's own noise
_EVEN_DB: Final = 4.0  # between a tenth and nine tenths of 0.3 s: noise, no voice
_EVEN_FRAMES: Final = 15
_SAME_DB: Final = 1.5  # around a stretch's level; codecs and recorders swing by less
_HOLE_FRAMES: Final = 25  # of unevenness: a knock, a packet lost
_ELSEWHERE_LEAST: Final = 50  # even frames elsewhere, without which no own noise is known
_ELSEWHERE_SHARE: Final = 0.05  # of them, at most, that are as loud: else the line has two noises
_STEP_FRAMES: Final = 6  # on each side of a border, two frames from it
_FAR_UNDER_TALK_DB: Final = 15.0


def dropped_floors(levels_db: FloatArray, answered_ms: int = 0) -> tuple[Span, ...]:
    """Stretches of at least `SHORTEST_MS` that are softer than the line's own floor.

    Args:
        levels_db: one channel's levels per `FRAME_MS`, shape (frames,), dBFS.
        answered_ms: when the ringing ended; the stillness between rings says nothing.

    Returns:
        In order of time; the stillness before the first sound and after the last is none.

    Example:
        >>> line = np.full(1500, -20.0, dtype=np.float32)
        >>> for pause in range(50, 1500, 100):
        ...     line[pause : pause + 30] = -50.0
        >>> line[600:1100] = -70.0
        >>> dropped_floors(line)
        (Span(start_ms=12000, end_ms=22000),)
    """
    first_frame = answered_ms // FRAME_MS
    levels_db = levels_db[first_frame:]
    if levels_db.size == 0:
        return ()
    highest = float(np.percentile(levels_db, 95)) - _BELOW_TALK_DB
    lowest = max(_NOTHING_DB, float(levels_db.min()) + 0.5)
    for limit_db in np.arange(highest, lowest, -_GRID_DB):
        found, between_db = _below(levels_db, float(limit_db))
        if found:
            # Half way between the two floors the borders are sharpest.
            found = _below(levels_db, between_db)[0] or found
            return tuple(
                Span((first_frame + first) * FRAME_MS, (first_frame + end) * FRAME_MS)
                for first, end in found
            )
    return ()


def lifted_floors(levels_db: FloatArray, answered_ms: int = 0) -> tuple[Span, ...]:
    """Stretches of at least `LIFTED_MS` with an even noise louder than the line's own.

    The line's own noise must be heard elsewhere, hardly ever so loud, and turn into the other one
    at once on at least one side; a fan switched on swings more, a gain that follows the talk rises.

    Args:
        levels_db: as of `dropped_floors`.
        answered_ms: as of `dropped_floors`.

    Returns:
        In order of time, at most two; nothing where there are more.

    Example:
        >>> line = np.full(1500, -20.0, dtype=np.float32)
        >>> for pause in range(50, 1500, 100):
        ...     line[pause : pause + 40] = -60.0
        >>> line[580:1100] = -55.0
        >>> lifted_floors(line)
        (Span(start_ms=11600, end_ms=22000),)
    """
    first_frame = answered_ms // FRAME_MS
    levels = levels_db[first_frame:]
    if levels.size < LIFTED_MS // FRAME_MS:
        return ()
    high = ndimage.percentile_filter(levels, 90.0, _EVEN_FRAMES)
    even = high - ndimage.percentile_filter(levels, 10.0, _EVEN_FRAMES) <= _EVEN_DB
    even &= levels > _NOTHING_DB
    even &= levels < float(np.percentile(levels, 95)) - _FAR_UNDER_TALK_DB
    found = []
    for first, end in runs(close_gaps(even, _HOLE_FRAMES)):
        if (end - first + _EVEN_FRAMES) * FRAME_MS < LIFTED_MS:
            continue
        level_db = float(np.median(levels[first:end]))
        apart = even.copy()
        apart[max(0, first - _EVEN_FRAMES) : end + _EVEN_FRAMES] = False
        # The middle of a step in the level is even on neither side.
        own = levels[apart]
        if own.size < _ELSEWHERE_LEAST:
            continue
        floor_db = float(np.median(own))
        as_loud = float(np.mean(own > level_db - _SAME_DB))
        if level_db - floor_db < _LIFTED_DB or as_loud > _ELSEWHERE_SHARE:
            continue
        stretch = _to_the_steps(levels, first, end, (floor_db + level_db) / 2, level_db)
        if stretch is not None and (stretch[1] - stretch[0]) * FRAME_MS >= LIFTED_MS:
            found.append(stretch)
    if len(found) > _TIMES:
        return ()
    return tuple(
        Span((first_frame + first) * FRAME_MS, (first_frame + end) * FRAME_MS)
        for first, end in found
    )


def _to_the_steps(
    levels: FloatArray, first: int, end: int, between_db: float, level_db: float
) -> tuple[int, int] | None:
    """A stretch of noise with its ends where its level begins; None if it is not switched."""
    smooth = ndimage.median_filter(levels, _STEP_FRAMES - 1)
    other = (smooth < between_db) | (smooth > level_db + 2 * _EVEN_DB)
    middle = (first + end) // 2
    before, behind = np.flatnonzero(other[:middle]), np.flatnonzero(other[middle:])
    start = int(before[-1]) + 1 if before.size else 0
    stop = middle + int(behind[0]) if behind.size else levels.size
    steps = (
        _step(levels[:start][::-1], levels[start:stop]),
        _step(levels[stop:], levels[start:stop][::-1]),
    )
    third = (stop - start) // 3
    drift = float(np.median(levels[start : start + third]) - np.median(levels[stop - third : stop]))
    stands = third > 0 and abs(drift) <= _SAME_DB
    return (start, stop) if stands and any(step >= _STEP_DB for step in steps) else None


def _step(outside: FloatArray, inside: FloatArray) -> float:
    """By how much a noise is louder behind its border than before it; talk beside it gives none."""
    near, far = outside[2 : 2 + _STEP_FRAMES], inside[2 : 2 + _STEP_FRAMES]
    if min(near.size, far.size) < _STEP_FRAMES or float(np.ptp(near)) > 2 * _EVEN_DB:
        return 0.0
    return float(np.median(far) - np.median(near))


def _below(levels: FloatArray, limit_db: float) -> tuple[list[tuple[int, int]], float]:
    """Long runs of frames below a level that the line has nowhere else; none if it has.

    With them the level half way between theirs and the line's floor.
    """
    soft = close_gaps(levels < limit_db, _BLIP_FRAMES)
    inner = soft & ~_at_the_ends(soft)
    pauses = runs(inner)
    stretches = [(a, b) for a, b in pauses if (b - a) * FRAME_MS >= SHORTEST_MS]
    outside = levels[~soft]
    apart = sum(b[0] - a[1] > _APART_FRAMES for a, b in pairwise(stretches))
    if not stretches or apart >= _TIMES or outside.size == 0:
        return [], limit_db
    shorter = sum(b - a for a, b in pauses if _PAUSE_FRAMES <= b - a < SHORTEST_MS // FRAME_MS)
    if shorter > _PAUSES_SHARE * outside.size:
        return [], limit_db
    floor_db = float(np.percentile(outside, _FLOOR_PERCENT))
    inside_db = max(float(np.percentile(levels[a:b], _STRETCH_PERCENT)) for a, b in stretches)
    known = _pauses((levels <= floor_db + _FLOOR_SWING_DB) & ~soft) >= _PAUSES_LEAST
    if not known or floor_db - inside_db < _STEP_DB:
        return [], limit_db
    return stretches, (floor_db + inside_db) / 2


def _pauses(low: Mask) -> int:
    """How often the line is low for longer than any talk is."""
    return sum(b - a >= _FLOOR_FRAMES for a, b in runs(close_gaps(low, _BLIP_FRAMES)))


def _at_the_ends(soft: Mask) -> Mask:
    """The soft frames before the first sound and behind the last: the line is not up there."""
    loud = np.flatnonzero(~soft)
    ends = soft.copy()
    if loud.size:
        ends[loud[0] : loud[-1] + 1] = False
    return ends
