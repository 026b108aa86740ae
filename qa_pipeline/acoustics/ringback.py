"""Counts rings: groups tone bursts into rings, rings into phases, and finds whose plan fits.

Two bursts less than 0.35 s apart are one ring (a double burst). What separates plans is judged
where it can be measured although the recorder or the answer cut something: a burst's length only
where it is whole, the pauses always, the frequencies over the longest burst.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from qa_pipeline.acoustics.bursts import ToneBurst, shares_lines
from qa_pipeline.acoustics.spectrogram import BIN_HZ, HOP_MS, Spectrogram, decibels
from qa_pipeline.acoustics.tone_plans import TONE_PLANS, CountryTones, Signal, plan_of
from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.timeline import Ringback

_INNER_PAUSE_MS: Final = 350  # within a double burst: 200 in all plans
_LONGEST_PAUSE_MS: Final = 6800  # between rings: 4 s at most, with one double-burst ring missed
_LONGEST_BURST_MS: Final = 2600  # 2 s at most in all plans
_AT_START_MS: Final = 40
_EDGE_MS: Final = 70  # how well a burst's length is known under noise and codecs
_FITS: Final = 4.5  # cost up to which a plan counts as fitting at all
_CLEARLY: Final = 0.5  # by how much the best must beat the next country
_PRIOR: Final = 2.0  # what knowing the country is worth: 25 Hz off (E.180 allows it) or a cadence
_UNUSUAL: Final = 0.6  # a variant signal: more than `_CLEARLY`, else it makes the usual one unclear
_PITCH_WEIGHT: Final = 1.5  # so that a wrong pitch alone is too much
_CAP: Final = 4.0
_SAME_LEVEL_DB: Final = 4.0
_CLEAN: Final = (0.85, 2.0)  # coherence at least, wander in Hz at most: hardly ever speech
_LASTING: Final = (0.75, 3.0)  # the same for what is too long or too dense for speech
_NO_VOWEL_MS: Final = 600
_NOISY_PAIR_HZ: Final = 4.0  # wander of so long a pair: noise alone shifts its balance so much
_CLOSE_HZ: Final = 60.0  # the deepest voices speak at 70 Hz; all plans' pairs are nearer than 50
_COMPOSED_MS: Final = 140
_SCRAP_MS, _SCRAP_OFF_BEAT_MS = 120, 60  # so short a last ring must come on the beat
_LONG_MS: Final = 200
_BESIDE_HZ: Final = (250.0, 3600.0)
_DROWNED_DB: Final = 6.0
_OFF_BEAT_MS: Final = 250  # a ring this far from the beat belongs to something else


@dataclass(frozen=True, slots=True)
class Ring:
    """One ring: one burst, or two of a double burst."""

    bursts: tuple[ToneBurst, ...]

    @property
    def span(self) -> Span:
        """From the first burst's start to the last one's end."""
        return Span(self.bursts[0].span.start_ms, self.bursts[-1].span.end_ms)


@dataclass(frozen=True, slots=True)
class PlanFit:
    """How well a country's plan explains a phase; 0 is perfect."""

    plan: CountryTones
    cost: float


def find_ringback(
    sound: Spectrogram,
    bursts: Sequence[ToneBurst],
    country: str | None,
    channel: int | None = None,
) -> tuple[Ringback, ...]:
    """The phases of ringing among `bursts` (call-progress tones that are not busy tones).

    Args:
        sound: the channel, to look for rings that noise or talk has drowned.
        bursts: of one channel, ordered by start.
        country: the country that the call is known to be in; a prior, not a command.
        channel: put into the results.
    """
    found: list[Ringback] = []
    waiting = _phases(_rings(bursts))[::-1]
    while waiting:
        rings = _on_the_beat(waiting.pop(), country)
        place = _interrupted(sound, rings, fit_plans(rings, country)[0].plan)
        if place is not None:
            waiting += [rings[place:], rings[:place]]
        elif (phase := _phase(rings, country, channel)) is not None:
            found.append(phase)
    return tuple(sorted(found, key=lambda phase: phase.start_ms))


def fit_plans(rings: Sequence[Ring], country: str | None) -> list[PlanFit]:
    """All plans by rising cost; that of `country` gets the benefit of the prior."""
    given = plan_of(country)
    fits = []
    for plan in TONE_PLANS.values():
        pitch = min(
            _pitch_cost(kind, rings, known=plan is given) + (_UNUSUAL if place else 0.0)
            for place, kind in enumerate(plan.ringback)
        )
        cost = _PITCH_WEIGHT * pitch + _cadence_cost(plan, rings)
        fits.append(PlanFit(plan, cost - _PRIOR if plan is given else cost))
    return sorted(fits, key=lambda fit: fit.cost)


def _rings(bursts: Sequence[ToneBurst]) -> list[Ring]:
    rings: list[list[ToneBurst]] = []
    for burst in bursts:
        if burst.span.duration_ms > _LONGEST_BURST_MS:
            continue
        if (
            rings
            and len(rings[-1]) == 1
            and _same_tone(rings[-1][-1], burst)
            and burst.span.start_ms - rings[-1][-1].span.end_ms <= _INNER_PAUSE_MS
        ):
            rings[-1].append(burst)
        else:
            rings.append([burst])
    return [Ring(tuple(ring)) for ring in rings]


def _phases(rings: Sequence[Ring]) -> list[list[Ring]]:
    phases: list[list[Ring]] = []
    for ring in rings:
        for phase in reversed(phases[-2:]):
            pause = ring.span.start_ms - phase[-1].span.end_ms
            if pause <= _LONGEST_PAUSE_MS and _same_tone(phase[-1].bursts[0], ring.bursts[0]):
                phase.append(ring)
                break
        else:
            phases.append([ring])
    return phases


def _same_tone(one: ToneBurst, other: ToneBurst) -> bool:
    """Lines of short bursts are blurred (100 ms: by 20 Hz), so only the middles are compared."""
    shortest = min(one.span.duration_ms, other.span.duration_ms)
    alike = abs(one.centre_hz - other.centre_hz) <= 12.0 + 1500.0 / max(60, shortest)
    alike &= shares_lines(one, other)
    return alike and abs(one.level_db - other.level_db) <= _SAME_LEVEL_DB


def _phase(rings: list[Ring], country: str | None, channel: int | None) -> Ringback | None:
    fits = fit_plans(rings, country)
    best = fits[0]
    if best.cost > _FITS or not _is_believable(rings, best.plan):
        return None
    rivals = [fit for fit in fits[1:] if fit.cost - best.cost < _CLEARLY]
    first_cut, last_cut = _cuts(rings, best.plan)
    bursts = tuple(burst.span for ring in rings for burst in ring.bursts)
    missed = sum(_missed(best.plan, pause) for pause in _pauses(rings))
    evidence = 0.97 if len(rings) > 1 else 0.75 if first_cut or last_cut else 0.9
    return Ringback(
        start_ms=bursts[0].start_ms,
        end_ms=bursts[-1].end_ms,
        rings=len(rings) + missed,
        country=best.plan.country if not rivals else None,
        bursts=bursts,
        first_cut=first_cut,
        last_cut=last_cut,
        channel=channel,
        confidence=round(evidence * (0.85**missed) * (1.0 - 0.03 * max(0.0, best.cost)), 2),
    )


def _on_the_beat(rings: list[Ring], country: str | None) -> list[Ring]:
    """`rings` without vowels or beeps at the ends that merely sounded like another ring."""
    while len(rings) > 1:
        fits = fit_plans(rings, country)
        off_beat = fits[0].cost > _FITS or any(
            _off_by(fits[0].plan, pause) > _OFF_BEAT_MS for pause in _pauses(rings)
        )
        scrap = rings[-1].span.duration_ms < _SCRAP_MS
        off_beat |= scrap and _off_by(fits[0].plan, _pauses(rings)[-1]) > _SCRAP_OFF_BEAT_MS
        if not off_beat:
            return rings
        parts = [(fit_plans(part, country)[0], part) for part in (rings[:-1], rings[1:])]
        # A scrap of a vowel fits some plan at any length, but is no ringing.
        parts = [(fit, part) for fit, part in parts if _is_believable(part, fit.plan)] or parts
        cheap = max(min(fit.cost for fit, _ in parts) + 0.5, 0.0)
        rings = max((part for fit, part in parts if fit.cost <= cheap), key=_sounding_ms)
    return rings


def _sounding_ms(rings: Sequence[Ring]) -> int:
    return sum(burst.span.duration_ms for ring in rings for burst in ring.bursts)


def _is_believable(rings: Sequence[Ring], plan: CountryTones) -> bool:
    """One burst alone, shorter than a ring, may be a beep: it needs more to count as a ring."""
    bursts = [burst for ring in rings for burst in ring.bursts]
    longest_ms = max(burst.span.duration_ms for burst in bursts)
    # One clean burst vouches for others that noise has blurred.
    burst = min(
        (burst for burst in bursts if burst.span.duration_ms >= 0.8 * longest_ms),
        key=lambda burst: burst.wander_hz,
    )
    length = burst.span.duration_ms
    if len(bursts) > 1 and length < _LONG_MS:
        return False
    whole = length >= plan.on_ms - _EDGE_MS - 0.05 * plan.on_ms
    at_start = burst.span.start_ms <= _AT_START_MS and length >= 100
    # Lines nearer to each other than any voice's pitch are no beep and no vowel; a single one that
    # begins the call is taken for a ring.
    composed = len(burst.lines_hz) > 1 and length >= _COMPOSED_MS and _is_close(burst)
    early = burst.span.start_ms < 12_000 and length >= 200
    # No vowel stands as long as the long rings do, nor has lines as close as the short ones.
    lasting = composed or length >= _NO_VOWEL_MS
    least, most = _LASTING if lasting else _CLEAN
    if composed and length >= _NO_VOWEL_MS:
        most = _NOISY_PAIR_HZ
    clean = burst.coherence >= least and burst.wander_hz <= most
    if len(bursts) > 1 and burst.coherence >= _CLEAN[0] - 0.1:
        return burst.wander_hz <= 1.5 * _CLEAN[1] and (whole or length >= 2 * _LONG_MS)
    return clean and (whole or at_start or early or composed)


def _is_close(burst: ToneBurst) -> bool:
    return all(after - before <= _CLOSE_HZ for before, after in pairwise(burst.lines_hz))


def _pauses(rings: Sequence[Ring]) -> list[int]:
    return [after.span.start_ms - before.span.end_ms for before, after in pairwise(rings)]


def _missed(plan: CountryTones, pause_ms: int) -> int:
    """Rings that were not heard in a pause (drowned): whole cycles too many."""
    over_ms = pause_ms - plan.ringback_cadence_ms[-1]
    return max(0, int((over_ms + 0.25 * plan.cycle_ms) // plan.cycle_ms))


def _interrupted(sound: Spectrogram, rings: Sequence[Ring], plan: CountryTones) -> int | None:
    """Before which ring the ringing had stopped: rings should be in the pause, and none sounds.

    A ring that noise drowned still has its lines; a talk between two ringings (a transfer) has not.
    """
    for place, pause in enumerate(_pauses(rings), start=1):
        last = rings[place - 1].span.start_ms
        for number in range(1, _missed(plan, pause) + 1):
            start_ms = last + number * plan.cycle_ms
            if not _sounds(sound, rings[place - 1], Span(start_ms, start_ms + plan.on_ms)):
                return place
    return None


def _sounds(sound: Spectrogram, ring: Ring, where: Span) -> bool:
    """Whether the lines of a ring stand in half of a stretch, about as loud as in the ring."""
    burst = ring.bursts[0]
    low, high = burst.lines_hz[0] - 2 * BIN_HZ, burst.lines_hz[-1] + 2 * BIN_HZ
    frames = slice(where.start_ms // HOP_MS + 3, where.end_ms // HOP_MS - 3)
    near = sound.band(low, high)[frames]
    share = near / (sound.band(*_BESIDE_HZ)[frames] + 1e-12)
    off_db = np.abs(decibels(near) - burst.level_db)
    return near.size > 0 and float(((off_db <= _DROWNED_DB) & (share >= 0.5)).mean()) >= 0.5


def _off_by(plan: CountryTones, pause_ms: int) -> int:
    """How far a pause is from the plan's, whole missed rings aside."""
    rest_ms = pause_ms - _missed(plan, pause_ms) * plan.cycle_ms - plan.ringback_cadence_ms[-1]
    if plan.bursts_per_ring == 1:
        return abs(rest_ms)
    half_ms = sum(plan.ringback_cadence_ms[:2])  # one burst of a double may be drowned
    return min(abs(rest_ms), abs(rest_ms - half_ms))


def _cuts(rings: Sequence[Ring], plan: CountryTones) -> tuple[bool, bool]:
    first, last = rings[0], rings[-1]
    short = plan.on_ms - _EDGE_MS - 0.03 * plan.on_ms
    at_start = first.span.start_ms <= _AT_START_MS
    # Of a double burst the second alone may be left, after the pause between the two.
    lone = (
        len(rings) > 1
        and len(first.bursts) < plan.bursts_per_ring
        and first.span.start_ms <= _INNER_PAUSE_MS
    )
    first_cut = lone or (at_start and first.bursts[0].span.duration_ms < short)
    last_short = last.bursts[-1].span.duration_ms < short
    if last is first and at_start and len(first.bursts) == 1 and last_short:
        return True, plan.bursts_per_ring > 1  # one piece: the start is known to be cut
    return first_cut, last_short or len(last.bursts) < plan.bursts_per_ring


def _pitch_cost(kind: Signal, rings: Sequence[Ring], known: bool) -> float:
    """Mean squared distance of lines measured and lines wanted, in tolerances.

    The tolerance is 5 Hz plus what a short burst blurs. E.180 asks for less than 25 Hz between
    countries' nominal values, so a known country is given more room than the neighbours' plans.
    """
    longest = max((b for ring in rings for b in ring.bursts), key=lambda b: b.span.duration_ms)
    tolerance = (8.0 if known else 5.0) + 1500.0 / max(60, longest.span.duration_ms + 150)
    wanted, measured = kind.main_lines_hz, longest.lines_hz
    apart = [min(abs(line - other) for other in measured) for line in wanted]
    apart += [min(abs(line - other) for other in kind.lines_hz) for line in measured]
    return sum(min((hz / tolerance) ** 2, _CAP) for hz in apart) / len(apart)


def _cadence_cost(plan: CountryTones, rings: Sequence[Ring]) -> float:
    on, off = plan.on_ms, plan.ringback_cadence_ms[-1]
    spare = 60 + 0.06 * on
    lengths: list[float] = []
    counts = 0.0
    for place, ring in enumerate(rings):
        may_lack_start = place == 0 and ring.span.start_ms <= _INNER_PAUSE_MS
        may_lack_end = place == len(rings) - 1
        for number, burst in enumerate(ring.bursts):
            over = burst.span.duration_ms - on
            cut = (may_lack_start and number == 0) or (
                may_lack_end and number == len(ring.bursts) - 1
            )
            lengths.append(0.0 if cut and over < 0 else min((over / spare) ** 2, _CAP))
        lacks = plan.bursts_per_ring - len(ring.bursts)
        if lacks < 0 or (lacks > 0 and not (may_lack_start or may_lack_end)):
            counts += (_CAP if lacks < 0 else 1.5) / len(rings)
    pauses = [
        min((_off_by(plan, pause) / (100 + 0.06 * off)) ** 2, _CAP) + 0.5 * _missed(plan, pause)
        for pause in _pauses(rings)
    ]
    return sum(lengths) / len(lengths) + counts + (sum(pauses) / len(pauses) if pauses else 0.0)
