"""Finds music on a line.

A linear model of eight measures scores each half second. Its weights were fitted on 70 pieces of
game music (rock, orchestral, electronic, ambient) against 20 minutes of recorded prompts by five
speakers of five languages and against line, room and babble noise, each clean, through GSM 06.10,
through Opus at 8 kbit/s and with noise at 10 to 20 dB; hold music of a telephone switch and a
recorded conversation stood aside for testing. Where a person talks loudly over music, the measures
turn to speech: such a stretch is no part of any span, so that no words are lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from qa_pipeline.acoustics.music_features import (
    STEP_FRAMES,
    STEP_MS,
    WINDOW_STEPS,
    hold_ratio,
    hum_only,
    music_features,
)
from qa_pipeline.acoustics.spectrogram import (
    HOP_MS,
    Mask,
    Spectrogram,
    close_gaps,
    decibels,
    runs,
)
from qa_pipeline.domain.spans import Span, subtract

Scores = npt.NDArray[np.float64]

# In the order of `music_features.FEATURE_NAMES`.
WEIGHTS: Final = (3.0316, 2.5767, 12.7036, -0.7702, 0.6485, 7.3792, 0.1693, -0.0746)
BIAS: Final = 1.0405

_ENTER, _STAY, _WHOLE = 0.8, -0.2, 1.0  # log odds: to begin, to go on, on average of a span
_FAINT_ENTER, _FAINT_STAY = 0.3, -1.2  # for music under noise, which must last longer
_MOSTLY: Final = 0.8  # of a faint stretch: so much of it clear, and the clear part is all
_DOUBLING: Final = 0.8  # log odds that twice the length gives, for one doubling at most
_SHORTEST_MS: Final = 4000
_PAUSE_MS: Final = 3000  # music pauses this long between phrases and when a loop restarts
_AUDIBLE_DB: Final = -62.0
_EDGE_REACH_MS: Final = 1500
_EDGE_DB: Final = 15.0
_QUIET_FRAMES: Final = 20
_OVER_NOISE_DB, _PAUSE_BELOW_DB = 4.0, 8.0
_LOCAL_FRAMES: Final = 250
_SNAP_FRAMES: Final = 40
_LEAD_DB: Final = 6.0
_FAR_BELOW_DB: Final = 12.0
_STILL_DB: Final = -80.0
_NEAR_FLOOR_DB: Final = 9.0  # noise in frames of 10 ms swings so far
_LEAD_FRAMES, _LEAD_WITHIN, _LEAD_SMOOTH = 200, 25, 7
_HELD_STEP: Final = 0.25  # decades of the hold ratio: less is no visible change
_SURE: Final = 4.0
_PIECE_MS: Final = 500
_TALK_MS, _TALK_OVER_DB, _TALK_HELD = 800, 10.0, -1.5  # speech holds under 3 % of its power
_TALK_FRAMES, _TALK_GAP = 20, 60  # 0.2 s bridges syllables, 0.6 s words


def music_scores(sound: Spectrogram) -> Scores:
    """Log odds of music for each step of 0.5 s, -4 to 4; nothing audible counts as no music."""
    features = music_features(sound)
    steps = sound.frame_count // STEP_FRAMES
    if features.shape[0] == 0:
        return np.full(steps, -_SURE)
    windows = np.clip(features @ np.asarray(WEIGHTS) + BIAS, -_SURE, _SURE)
    # A step takes the mean of the windows that hold it.
    padded = np.pad(windows, WINDOW_STEPS - 1, mode="edge")
    scores = np.convolve(padded, np.full(WINDOW_STEPS, 1.0 / WINDOW_STEPS), "valid")[:steps]
    level = decibels(sound.band(200.0, 3500.0))[: steps * STEP_FRAMES].reshape(steps, STEP_FRAMES)
    scores[(np.percentile(level, 90, axis=1) < _AUDIBLE_DB) | hum_only(sound)] = -_SURE
    return scores


def find_music(
    sound: Spectrogram, scores: Scores, tones: Sequence[Span] = ()
) -> tuple[tuple[Span, float], ...]:
    """Stretches of music of at least 4 s with their confidence.

    Args:
        sound: one channel.
        scores: its `music_scores`.
        tones: ringing and other signalling there, which is no music however tuneful.
    """
    scores = scores.copy()
    for tone in tones:
        scores[tone.start_ms // STEP_MS : -(-tone.end_ms // STEP_MS)] = -_SURE
    level = decibels(sound.band(200.0, 3500.0))
    stretches = _stretches(scores, level)
    if not stretches:
        return ()
    held = hold_ratio(sound)
    found: list[tuple[Span, float]] = []
    for first, end in stretches:
        sure = _log_odds(scores[first:end])
        if sure < _WHOLE:
            continue
        confidence = round(float(1.0 / (1.0 + np.exp(-sure))), 2)
        span = _at_edges(held, level, Span(first * STEP_MS, end * STEP_MS), sound.duration_ms)
        if span.duration_ms < _SHORTEST_MS - STEP_MS:
            continue
        found += [
            (part, confidence)
            for part in subtract([span], _talk_over(held, level, span))
            if part.duration_ms >= _PIECE_MS
        ]
    return tuple(found)


def _talk_over(
    held: npt.NDArray[np.floating], level: npt.NDArray[np.floating], span: Span
) -> tuple[Span, ...]:
    """Where somebody talks loudly over the music: far louder than it, and holding no note."""
    first, end = span.start_ms // HOP_MS, span.end_ms // HOP_MS
    smooth = ndimage.maximum_filter1d(level[first:end], _TALK_FRAMES)
    louder = close_gaps(smooth > float(np.median(level[first:end])) + _TALK_OVER_DB, _TALK_GAP)
    usual = float(np.median(held[first:end]))
    return tuple(
        Span((first + a) * HOP_MS, (first + b) * HOP_MS)
        for a, b in runs(louder)
        if (b - a) * HOP_MS >= _TALK_MS
        and float(np.mean(held[first + a : first + b])) < min(usual - 0.5, _TALK_HELD)
    )


def _log_odds(scores: Scores) -> float:
    """Of a stretch as a whole; below any bound if it is too short."""
    audible = scores[scores > -_SURE]
    if scores.size * STEP_MS < _SHORTEST_MS or audible.size == 0:
        return -_SURE
    doublings = min(1.0, float(np.log2(audible.size * STEP_MS / _SHORTEST_MS)))
    return float(audible.mean()) + _DOUBLING * max(0.0, doublings)


def _stretches(scores: Scores, level: npt.NDArray[np.floating]) -> list[tuple[int, int]]:
    """Steps of music: the clear ones, and where there are none, long ones that noise covers."""
    clear = _bridged(_hysteresis(scores, _ENTER, _STAY), scores, level)
    clear = [s for s in clear if _log_odds(scores[s[0] : s[1]]) >= _WHOLE]
    faint = _bridged(_hysteresis(scores, _FAINT_ENTER, _FAINT_STAY), scores, level)
    faint = [
        (first, end)
        for first, end in faint
        if (end - first) * STEP_MS >= 2 * _SHORTEST_MS
        and sum(max(0, min(end, b) - max(first, a)) for a, b in clear) < _MOSTLY * (end - first)
    ]
    kept = [(a, b) for a, b in clear if not any(a < end and first < b for first, end in faint)]
    return sorted(kept + faint)


def _hysteresis(scores: Scores, enter: float, stay: float) -> Mask:
    """Runs above `stay` that reach `enter` somewhere."""
    mask = np.zeros(scores.size, dtype=np.bool_)
    for first, end in runs(scores > stay):
        mask[first:end] = bool(scores[first:end].max() >= enter)
    return mask


def _bridged(mask: Mask, scores: Scores, level: npt.NDArray[np.floating]) -> list[tuple[int, int]]:
    """Runs of music, joined over pauses that hold silence but nobody's voice."""
    joined: list[tuple[int, int]] = []
    for first, end in runs(mask):
        if joined and (first - joined[-1][1]) * STEP_MS <= _PAUSE_MS:
            gap = slice(joined[-1][1], first)
            frames = level[gap.start * STEP_FRAMES : gap.stop * STEP_FRAMES]
            music = level[joined[-1][0] * STEP_FRAMES : joined[-1][1] * STEP_FRAMES]
            soft = float(np.percentile(frames, 80)) < float(np.median(music)) - 10.0
            if soft or float(scores[gap].min()) > -1.0:
                joined[-1] = (joined[-1][0], end)
                continue
        joined.append((first, end))
    return joined


def _at_edges(
    held: npt.NDArray[np.floating],
    level: npt.NDArray[np.floating],
    span: Span,
    duration_ms: int,
) -> Span:
    """The span with its ends moved to where the sound changes."""
    usual = float(np.median(level[span.start_ms // HOP_MS : span.end_ms // HOP_MS]))
    sounding = level > max(usual - _EDGE_DB, _AUDIBLE_DB - 6.0)
    # The pause between talk and music is as loud as the line's noise, however near that is.
    pause_db = usual - _PAUSE_BELOW_DB
    at_start, at_end = (
        sounding & (level > min(_local_floor(level, ms // HOP_MS) + _OVER_NOISE_DB, pause_db))
        for ms in (span.start_ms, span.end_ms)
    )
    count = held.size
    start = _change(at_start, held, span.start_ms // HOP_MS)
    last = count - min(span.end_ms // HOP_MS, count)
    end = count - _change(at_end[::-1], held[::-1], last)
    loud = usual - _LEAD_DB
    playing = level[span.start_ms // HOP_MS : span.end_ms // HOP_MS]
    far = float(np.percentile(playing, 75)) - _FAR_BELOW_DB
    alive = level[level > _STILL_DB]  # a still line says nothing about the noise of the talk
    if start > 0 and alive.size:
        floor = float(np.percentile(alive, 5))
        start += _faint_lead(level[start:end], min(loud, floor + _NEAR_FLOOR_DB), far)
    if end < count:  # music fades below the noise of the talk, where the line is still behind it
        floor = float(np.percentile(level, 5))
        end -= _faint_lead(level[start:end][::-1], min(loud, floor + _NEAR_FLOOR_DB), far)
    end_ms = min(max(start, end) * HOP_MS, duration_ms)
    return Span(min(start * HOP_MS, end_ms), end_ms)


def _local_floor(level: npt.NDArray[np.floating], frame: int) -> float:
    """How soft the line is around an edge where nobody speaks or plays."""
    around = level[max(0, frame - _LOCAL_FRAMES) : frame + _LOCAL_FRAMES]
    return float(np.percentile(around, 5)) if around.size else _STILL_DB


def _faint_lead(level: npt.NDArray[np.floating], below_db: float, far_db: float) -> int:
    """How many frames at the beginning are the line's noise and not yet the music.

    Noise holds its sound better than a voice, so that music seems to begin where talk ends; a word
    far below the music (below `far_db`) may break the noise, being the other party's.
    """
    near = ndimage.maximum_filter1d(level[: 2 * _LEAD_FRAMES], _LEAD_SMOOTH)
    faint = near < below_db
    low = int(np.argmax(near > far_db)) if np.any(near > far_db) else near.size
    mostly = low > 0 and float(faint[:low].mean()) > 0.5
    found = [
        (first, end)
        for first, end in runs(faint)
        if end - first >= _QUIET_FRAMES and (first <= _LEAD_WITHIN or (mostly and end <= low + 1))
    ]
    ends = [end for _, end in (found if mostly else found[:1])]
    longest = 2 * _LEAD_FRAMES - 1 if mostly else _LEAD_FRAMES
    return ends[-1] if ends and ends[-1] <= longest else 0


def _change(sounding: Mask, steadiness: npt.NDArray[np.floating], frame: int) -> int:
    """The frame near `frame` where notes begin to be held, behind a silence if one is there.

    At the very start of the recording nothing is moved.
    """
    reach = _EDGE_REACH_MS // HOP_MS
    if frame <= 0:
        return _split(steadiness, reach, reach, 2 * _HELD_STEP) or 0
    low = max(0, frame - reach)
    quiet = [
        (low + first, low + end)
        for first, end in runs(~sounding[low : frame + 2 * reach])
        if end - first >= _QUIET_FRAMES
    ]
    split = _split(steadiness, frame, reach, _HELD_STEP)
    if split is None:
        split = frame
    near = [
        end
        for first, end in quiet
        if first - _SNAP_FRAMES <= split <= end + _SNAP_FRAMES and end < sounding.size
    ]
    return near[-1] if near else split


def _split(steadiness: npt.NDArray[np.floating], frame: int, reach: int, step: float) -> int | None:
    """The split around `frame` that best separates two levels, if the second is clearly higher.

    It maximises the difference of the sides' means in terms of its standard error.
    """
    before, after = max(0, frame - 2 * reach), min(steadiness.size, frame + 2 * reach)
    part = steadiness[before:after]
    summed = np.concatenate(([0.0], np.cumsum(part, dtype=np.float64)))
    lowest = max(20, frame - reach - before)
    places = np.arange(lowest, min(part.size - 20, frame + reach - before))
    if places.size == 0:
        return None
    left = summed[places] / places
    right = (summed[-1] - summed[places]) / (part.size - places)
    gain = (right - left) * np.sqrt(places * (part.size - places))
    best = int(gain.argmax())
    return int(before + places[best]) if right[best] - left[best] > step else None
