"""The rhythm of busy tones: how well bursts of a tone keep time with a plan's cadence.

A cadence is laid over the bursts at its best phase and the two are compared moment by moment,
as a matched filter does. A burst bitten by lost packets, a blip in a pause or a piece that a
codec has split off then costs the moments it spoils and no more, where a comparison of lengths
and pauses would lose the train.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from qa_pipeline.acoustics.bursts import ToneBurst
from qa_pipeline.acoustics.tone_plans import TONE_PLANS

_STEP_MS: Final = 10
_SCRAP_MS: Final = 60
_IN_TIME: Final = 0.9  # two lost packets of 20 ms in a burst of 375 ms still pass
_LEAST_CHANGES: Final = 4  # on, off, on, off, on: two bursts may be a double ring
_OFF_SPEED: Final = (0.94, 0.97, 1.0, 1.03, 1.06)  # E.180 allows a cadence 10 % off
_SOFTER_DB: Final = 8.0  # what noise or an echo leaves in a pause


def loud_ones(bursts: Sequence[ToneBurst]) -> list[ToneBurst]:
    """The bursts of a train without those far softer than their middle: noise in the pauses.

    Scraps of a vowel before the first burst or behind the last one are left out, too.
    """
    usual_db = _level_of(bursts)
    loud = [burst for burst in bursts if burst.level_db >= usual_db - _SOFTER_DB]
    told = [n for n, burst in enumerate(loud) if burst.span.duration_ms > _SCRAP_MS]
    return loud[told[0] : told[-1] + 1] if told else loud


def _level_of(bursts: Sequence[ToneBurst]) -> float:
    """The level in dBFS that half of the bursts' time reaches."""
    order = sorted(bursts, key=lambda burst: burst.level_db)
    lasted = np.cumsum([burst.span.duration_ms for burst in order])
    return order[int(np.searchsorted(lasted, lasted[-1] / 2))].level_db


def keeps_time(bursts: Sequence[ToneBurst], lines_hz: Sequence[float], off_hz: float) -> bool:
    """Whether bursts sound and pause as some plan's busy tone of these lines does.

    Args:
        bursts: of one train, ordered by start, without blips (`loud_ones`).
        lines_hz: the tone's lines, ascending.
        off_hz: how far they may be from the plan's.
    """
    begin_ms, end_ms = bursts[0].span.start_ms, bursts[-1].span.end_ms
    sounding = np.zeros(max(1, (end_ms - begin_ms) // _STEP_MS), dtype=np.bool_)
    for burst in bursts:
        first = (burst.span.start_ms - begin_ms) // _STEP_MS
        sounding[first : (burst.span.end_ms - begin_ms) // _STEP_MS] = True
    cadences = {
        cadence
        for plan in TONE_PLANS.values()
        for kind in plan.busy
        if len(kind.lines_hz) == len(lines_hz)
        and all(abs(a - b) <= off_hz for a, b in zip(kind.lines_hz, lines_hz, strict=True))
        for cadence in plan.busy_cadences_ms
    }
    return any(
        _agreement(sounding, cadence, speed) >= _IN_TIME
        for cadence in cadences
        for speed in _OFF_SPEED
    )


def _agreement(sounding: npt.NDArray[np.bool_], cadence_ms: tuple[int, ...], speed: float) -> float:
    """The share of time, of sound and of pauses each, that is as the cadence says; 0 if brief."""
    parts = [round(part * speed / _STEP_MS) for part in cadence_ms]
    cycle = np.concatenate([np.full(part, place % 2 == 0) for place, part in enumerate(parts)])
    best = 0.0
    whole = np.resize(cycle, sounding.size + cycle.size)
    for phase in range(0, cycle.size, 2):
        wanted = whole[phase : phase + sounding.size]
        heard = sounding == wanted
        if np.count_nonzero(np.diff(wanted)) >= _LEAST_CHANGES:
            best = max(best, min(float(heard[wanted].mean()), float(heard[~wanted].mean())))
    return best
