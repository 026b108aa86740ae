"""How a channel's line lives: its noise floor, when it went dead, clicks, silence.

A connected line carries at least its own noise. When one party hangs up, the switch stops feeding
that channel: its floor falls at one moment, often with a click, and stays there. Mostly it falls to
nothing; a codec or a switch that makes comfort noise leaves an even rest, softer than the softest
moment of the line before. Systems
that send nothing while nobody speaks (discontinuous transmission, noise gates) look dead in every
pause; such a channel has no usable line state.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from qa_pipeline.acoustics.spectrogram import ANALYSIS_RATE_HZ, Mask, close_gaps, runs
from qa_pipeline.domain.recording import FloatArray
from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.timeline import LineState

FRAME_MS: Final = 20
_FRAME: Final = ANALYSIS_RATE_HZ * FRAME_MS // 1000
_NOTHING_DB: Final = -58.0  # A-law codes silence as +-8 of 32768: -72 dB; codecs add a little
_DIGITAL_DB: Final = -84.0  # below half a step of 16 bit dither
_EMPTY_DB: Final = -75.0  # a gate lets through less; what stands higher is a line's noise
_ZERO_DB: Final = -118.0  # samples of nothing but zeros
_DROP_DB: Final = 14.0  # by which the floor must fall
# A smaller fall counts if nothing of the line before was as soft. Of line noise, office and babble
# through GSM, AMR and Opus, comfort noise stayed 8 dB below the softest frame of the noise.
_CLEAR_DB: Final = 5.0
_EVEN_DB: Final = 6.0  # comfort noise swings by less
_CLEAR_DEATH_MS: Final = 400
_FALL_FRAMES: Final = 15  # a switch takes two frames, an adapting noise reducer takes longer
_FALLING_FRAMES: Final = 3
_STILL_DB: Final = -80.0  # a codec's rest in a dead channel, leaks of the other one's included
_BLIP_FRAMES: Final = 3  # the other line's switching leaks into a dead one
_BLIP_APART_FRAMES: Final = 15
_BLIPS: Final = 2
_FELL_TOO_DB: Final = 3.0
_FELL_TOO_MS: Final = 200  # around the other line's death; codecs smear it
_SHORTEST_DEATH_MS: Final = 300
_RECENT_FRAMES: Final = 10_000 // FRAME_MS
_USUAL_SHARE: Final = 0.1
_GATED_RUN_FRAMES: Final = 5
_GATED_RUN_LONGEST: Final = 2_500 // FRAME_MS
_GATED_SHARE: Final = 0.25  # of the pauses' time spent at nothing
_MUTES: Final = 2  # whole-channel mutes (a hold) that an honest line may have
_FLOOR_FRAMES: Final = 15  # 300 ms: hardly any syllable stays even so long
_FLOOR_SWING_DB: Final = 9.0
_FLOOR_BELOW_DB: Final = 11.0  # talk
_SILENCE_MARGIN_DB: Final = 8.0
_CLICK_DB: Final = -46.0  # a softer one is not told from noise
_CLICK_RISE_DB: Final = 12.0
_CLICK_MS: Final = 12


@dataclass(frozen=True, eq=False)
class Line:
    """One channel's levels and what they say of its line.

    `levels_db` are per `FRAME_MS`. `gated` says that the channel is still whenever nobody speaks.
    """

    samples: FloatArray
    levels_db: FloatArray
    state: LineState
    gated: bool

    def quiet(self) -> Mask:
        """Frames without sound above the line's own noise, blips under 60 ms aside."""
        loud = float(np.percentile(self.levels_db, 95)) if self.levels_db.size else 0.0
        limit = min(
            max(self.state.noise_floor_db + _SILENCE_MARGIN_DB, -60.0), max(loud - 15.0, -60.0)
        )
        return close_gaps(self.levels_db <= limit, 3)

    def still(self) -> Mask:
        """Frames that are digitally silent."""
        return np.asarray(self.levels_db <= _DIGITAL_DB, dtype=np.bool_)


def examine_line(samples: FloatArray, channel: int, answered_ms: int = 0) -> Line:
    """The line state of one channel, shape (n,), at the analysis rate.

    Until `answered_ms` (the end of the ringing) the far end is not connected yet, so stillness
    between rings says nothing of how the channel behaves in talk.
    """
    levels = frame_levels(samples)
    if levels.size == 0 or float(levels.max()) <= _DIGITAL_DB:
        return Line(samples, levels, LineState(channel, -120.0), gated=False)
    death = _death(levels)
    alive = levels[:death] if death is not None else levels
    nothing = None if death is None else float(np.percentile(levels[death:], 90))
    gated = _is_gated(alive[answered_ms // FRAME_MS :], nothing)
    sounding = alive[alive > _DIGITAL_DB]
    floor = float(np.percentile(sounding if sounding.size else alive, 10))
    end_ms = None if death is None or gated else death * FRAME_MS
    speech = float(np.percentile(alive, 95))
    state = LineState(
        channel=channel,
        noise_floor_db=round(floor, 1),
        end_ms=end_ms,
        click=end_ms is not None and click_near(samples, end_ms) is not None,
        snr_db=round(max(0.0, speech - floor), 1),
        gated=gated,
    )
    return Line(samples, levels, state, gated)


def fell_too(line: Line, moment_ms: int) -> bool:
    """Whether a line not known to have died fell, too, when another one died at `moment_ms`.

    Doubt is enough here: then both may have died at once, and neither is said to have left first.
    Everything after the moment must be softer than most that came in the 10 s before it.
    """
    moment, reach = moment_ms // FRAME_MS, _FELL_TOO_MS // FRAME_MS
    before = line.levels_db[max(0, moment - _RECENT_FRAMES) : max(0, moment - reach)]
    after = line.levels_db[moment + reach :]
    if before.size < _FLOOR_FRAMES or after.size < _FALLING_FRAMES:
        return False
    usual = float(np.percentile(before, 15))
    return float(np.percentile(after, 98)) <= usual - _FELL_TOO_DB


def frame_levels(samples: FloatArray) -> FloatArray:
    """RMS per 20 ms in dBFS (a full-scale sine is 0), floored at -120; its mean is taken off."""
    count = samples.size // _FRAME
    frames = samples[: count * _FRAME].reshape(count, _FRAME)
    power = np.square(frames - frames.mean(axis=1, keepdims=True), dtype=np.float64).mean(axis=1)
    return np.asarray(10.0 * np.log10(np.maximum(2.0 * power, 1e-12)), dtype=np.float32)


def click_near(samples: FloatArray, time_ms: int, reach_ms: int = 60) -> Span | None:
    """The click within `reach_ms` of a moment: a peak out of quiet, gone in 12 ms."""
    per_ms = ANALYSIS_RATE_HZ // 1000
    first = max(0, (time_ms - reach_ms) * per_ms)
    stretch = samples[first : (time_ms + reach_ms) * per_ms]
    before = samples[max(0, first - 200 * per_ms) : first]
    if stretch.size < _CLICK_MS * per_ms:
        return None
    steps = np.abs(stretch[: stretch.size // 8 * 8]).reshape(-1, 8).max(axis=1)  # of 1 ms
    peak = int(steps.argmax())
    peak_db = 20.0 * np.log10(float(steps[peak]) + 1e-6)
    around = np.delete(steps, np.arange(max(0, peak - 2), min(steps.size, peak + _CLICK_MS)))
    rest = max(
        float(np.percentile(around, 90)) if around.size else 0.0,
        float(np.percentile(np.abs(before), 98)) if before.size else 0.0,
    )
    if peak_db < _CLICK_DB or peak_db - 20.0 * np.log10(rest + 1e-6) < _CLICK_RISE_DB:
        return None
    start_ms = first // per_ms + peak
    return Span(start_ms, start_ms + 4)


def _death(levels: FloatArray) -> int | None:
    """The frame from which on nothing comes any more, if the line fell to nothing."""
    tail = levels[-_SHORTEST_DEATH_MS // FRAME_MS :]
    nothing = float(np.percentile(tail, 90))
    if nothing > _NOTHING_DB:
        return None
    death = _fell_silent(levels, nothing, max(nothing + 6.0, _STILL_DB))
    if death is None and nothing <= _ZERO_DB:  # the softest noise is more than no sample at all
        death = _fell_silent(levels, nothing, nothing + 6.0)
    return death


def _fell_silent(levels: FloatArray, nothing: float, limit: float) -> int | None:
    """The frame from which on no level exceeds `limit`, if they did so in the pauses before."""
    death = _last_sound(levels > limit)
    if death == 0 or (levels.size - death) * FRAME_MS < _SHORTEST_DEATH_MS:
        return None
    alive = levels[:death]
    recent = alive[-_RECENT_FRAMES:]
    if float((recent <= limit).mean()) > _USUAL_SHARE:
        return None  # its pauses were as quiet before: such is this line's noise
    noise = alive[alive > limit]
    fell = float(np.percentile(noise, 10)) - nothing >= _DROP_DB
    return death if fell or _fell_clearly(recent, levels[death:]) else None


def _last_sound(sounding: Mask) -> int:
    """The frame behind the last sound, blips in a stillness aside; 0 if there is none."""
    sounds = runs(sounding)
    for _ in range(_BLIPS):
        if len(sounds) < 2:
            break
        first, end = sounds[-1]
        if end - first > _BLIP_FRAMES or first - sounds[-2][1] < _BLIP_APART_FRAMES:
            break
        sounds.pop()
    return sounds[-1][1] if sounds else 0


def _fell_clearly(recent: FloatArray, rest: FloatArray) -> bool:
    """Whether the floor fell a little, but at once, and to what the line never was before."""
    rest = rest[2:]  # the frame of the fall
    before = recent[:-_FALL_FRAMES]
    before = before[before > _DIGITAL_DB]  # packets lost
    if rest.size * FRAME_MS < _CLEAR_DEATH_MS or before.size < _FLOOR_FRAMES:
        return False
    low, high = (float(np.percentile(rest, share)) for share in (2, 98))
    softest = float(np.percentile(before, 2))
    falling = (recent[-_FALL_FRAMES:] > high + 1.0) & (recent[-_FALL_FRAMES:] < softest - 1.0)
    return (
        high - low <= _EVEN_DB
        and softest - high >= _CLEAR_DB
        and int(falling.sum()) <= _FALLING_FRAMES
        and _shows_a_floor(before, high + _CLEAR_DB - 1.0)
    )


def _is_gated(alive: FloatArray, nothing: float | None) -> bool:
    """Whether pauses inside the call are as empty as a dead line.

    `nothing` is the level of the line when it was dead, if it died.
    """
    if alive.size == 0:
        return False
    softest = max(float(alive.min()) + 6.0, _DIGITAL_DB)
    if softest > _NOTHING_DB:
        return False
    bottom = min(softest, _EMPTY_DB)
    if nothing is not None:
        bottom = min(softest, nothing + 6.0)
        bottom = bottom if nothing <= _ZERO_DB else max(bottom, _DIGITAL_DB)
    empty = [run for run in runs(alive <= bottom) if run[1] - run[0] >= _GATED_RUN_FRAMES]
    inner = [run for run in empty if run[0] > 0]
    if not inner:
        return False  # neither gated nor ever muted
    # A gate closes between words; longer stillness is a mute or a hold and proves no gate.
    inner = [run for run in inner if run[1] - run[0] <= _GATED_RUN_LONGEST]
    emptiness = sum(end - first for first, end in inner)
    if not _shows_a_floor(alive, bottom):
        return True
    speech = float(np.percentile(alive, 95))
    noise = alive[(alive > bottom) & (alive < speech - 25.0)]
    if noise.size and float(np.percentile(noise, 50)) - bottom < _DROP_DB - 6.0:
        return False  # an even, very quiet floor is a floor, not a gate
    return len(inner) > _MUTES and emptiness > _GATED_SHARE * max(1, noise.size)


def _shows_a_floor(alive: FloatArray, bottom: float) -> bool:
    """Whether a line's own noise is heard somewhere: even, softer than talk, more than nothing.

    Without it every pause of the talk looks like the end of the line.
    """
    if alive.size < _FLOOR_FRAMES:
        return False
    windows = np.lib.stride_tricks.sliding_window_view(alive, _FLOOR_FRAMES)
    loudest, softest = windows.max(axis=1), windows.min(axis=1)
    even = (loudest - softest <= _FLOOR_SWING_DB) & (softest > bottom)
    even &= loudest < float(np.percentile(alive, 95)) - _FLOOR_BELOW_DB
    return int(even.sum()) >= _FLOOR_FRAMES
