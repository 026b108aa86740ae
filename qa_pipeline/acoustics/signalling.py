"""What tones mean: ringing, busy, keys pressed, beeps, fax.

Ringback and busy are told apart by rhythm: every busy or congestion tone repeats within a second
or so, no ringing does. Keys are read off the spectrum by ITU-T Q.23/Q.24; fax tones are those of
ITU-T T.30.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median_low
from typing import Final, Literal

import numpy as np

from qa_pipeline.acoustics.bursts import ToneBurst, find_bursts, mend
from qa_pipeline.acoustics.busy_rhythm import keeps_time, loud_ones
from qa_pipeline.acoustics.ringback import find_ringback
from qa_pipeline.acoustics.spectrogram import BIN_HZ, HOP_MS, Spectrogram, decibels, runs
from qa_pipeline.acoustics.tone_plans import (
    DTMF_HIGH_HZ,
    DTMF_LOW_HZ,
    FAX_ANSWER_HZ,
    FAX_CALLING_HZ,
    TONE_PLANS,
    plan_of,
)
from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.timeline import Ringback, Tone

_CALL_PROGRESS_HZ: Final = (340.0, 660.0)
_BUSY_OFF_HZ: Final = 20.0  # 5 % of 400 Hz
_BUSY_COHERENCE, _BUSY_WANDER_HZ = 0.8, 2.5
_SAME_LEVEL_DB: Final = 4.0  # cut bursts are a little softer
_PIECE_MS: Final = 100  # what a codec splits off a burst is too short to have a level
_MANY: Final = 5
_BUSY_PAUSE_MS: Final = (180, 950)
_BUSY_BURST_MS: Final = 950
_DOUBLE_PAUSE_MS: Final = 235
_CONTINUOUS_MS: Final = 2600  # longer than any ring: dial tone, number-unobtainable
_BEEP_MS: Final = (80, 2600)
_VOICED_HZ, _VOICED_BEEP_MS = 600.0, 250  # a vowel's low harmonics stand still this long at times
_DTMF_FRAMES: Final = 4  # Q.24: 40 ms must be recognised
_DTMF_SHARE: Final = 0.78
_DTMF_TWIST_DB: Final = 9.0  # Q.24 receivers take 4 to 10 dB
_TINY: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Signals:
    """The signalling of one channel, each ordered by start."""

    ringback: tuple[Ringback, ...]
    tones: tuple[Tone, ...]


def find_signals(
    sound: Spectrogram, country: str | None = None, channel: int | None = None
) -> Signals:
    """Ringing and other tones of one channel.

    Args:
        sound: the channel.
        country: where the call is known to be; a prior.
        channel: put into the results.
    """
    keys = find_dtmf(sound, channel)
    bursts = [
        burst
        for burst in find_bursts(sound)
        if not any(burst.span.overlaps(Span(key.start_ms, key.end_ms)) for key in keys)
    ]
    progress = mend([burst for burst in bursts if _is_call_progress(burst)])
    busy_trains = [train for train in _trains(progress) if _is_busy(train)]
    in_busy = {burst for train in busy_trains for burst in train}
    ringing = find_ringback(sound, [b for b in progress if b not in in_busy], country, channel)
    rung = {span for phase in ringing for span in phase.bursts}
    tones = [_busy(loud_ones(train), country, channel) for train in busy_trains]
    others = [burst for burst in bursts if not _is_call_progress(burst)]
    rest = [b for b in (*progress, *others) if b not in in_busy and b.span not in rung]
    tones += [tone for burst in rest if (tone := _other(burst, channel)) is not None]
    return Signals(ringing, tuple(sorted([*keys, *tones], key=lambda tone: tone.start_ms)))


def find_dtmf(sound: Spectrogram, channel: int | None = None) -> tuple[Tone, ...]:
    """Keys pressed; `dtmf_digit` of a tone's frequencies names the key."""
    total = sound.band(250.0, 3600.0) + _TINY
    low = np.stack([_line_power(sound, hz) for hz in DTMF_LOW_HZ])
    high = np.stack([_line_power(sound, hz) for hz in DTMF_HIGH_HZ])
    row, column = low.argmax(axis=0), high.argmax(axis=0)
    low_best, high_best = low.max(axis=0), high.max(axis=0)
    twist = np.abs(decibels(low_best) - decibels(high_best))
    sounding = ((low_best + high_best) / total >= _DTMF_SHARE) & (twist <= _DTMF_TWIST_DB)
    key = np.where(sounding, row * 4 + column, -1)
    keys: list[Tone] = []
    for value in np.unique(key[key >= 0]):
        pair = (DTMF_LOW_HZ[int(value) // 4], DTMF_HIGH_HZ[int(value) % 4])
        for first, end in runs(key == value):
            if end - first >= _DTMF_FRAMES and total[first:end].mean() > 1e-7:
                keys.append(
                    Tone(
                        start_ms=first * HOP_MS,
                        end_ms=min((end - 1) * HOP_MS, sound.duration_ms),
                        name="dtmf",
                        frequencies_hz=pair,
                        channel=channel,
                        confidence=0.9 if end - first >= 6 else 0.7,
                    )
                )
    return tuple(sorted(keys, key=lambda tone: tone.start_ms))


def _line_power(sound: Spectrogram, hz: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    middle = round(hz / BIN_HZ)
    return np.asarray(sound.power[:, middle - 2 : middle + 3].sum(axis=1), dtype=np.float32)


def _is_call_progress(burst: ToneBurst) -> bool:
    return all(_CALL_PROGRESS_HZ[0] <= hz <= _CALL_PROGRESS_HZ[1] for hz in burst.lines_hz)


def _trains(bursts: Sequence[ToneBurst]) -> list[list[ToneBurst]]:
    trains: list[list[ToneBurst]] = []
    for burst in bursts:
        last = trains[-1][-1] if trains else None
        if (
            last is not None
            and burst.span.start_ms - last.span.end_ms <= _BUSY_PAUSE_MS[1]
            and abs(burst.centre_hz - last.centre_hz) <= 30.0
        ):
            trains[-1].append(burst)
        else:
            trains.append([burst])
    return trains


def _is_busy(train: Sequence[ToneBurst]) -> bool:
    train = loud_ones(train)
    if max(b.span.duration_ms for b in train) <= _BUSY_BURST_MS and _is_one_source(train):
        return _is_regular(train) or keeps_time(train, _purest(train).lines_hz, _BUSY_OFF_HZ)
    return False


def _is_regular(train: Sequence[ToneBurst]) -> bool:
    """Whether bursts and pauses repeat, whatever their lengths, or two are as of one beat."""
    pauses = [b.span.start_ms - a.span.end_ms for a, b in pairwise(train)]
    if not pauses or min(pauses) < _BUSY_PAUSE_MS[0]:
        return False
    if len(train) > 2:
        # The first burst may be cut by the recorder, the last by the end of the recording.
        inner = [b.span.duration_ms for b in train[1:-1]]
        return _beats(pauses) and (len(inner) < 2 or _beats(inner))
    # Two bursts alone: busy has a pause as long as a burst, a double ring one of 200 ms. A vowel
    # behind a ring's last, cut burst may lie as far from it, but is no burst of its kind.
    uncut = max(train[0].span.duration_ms, pauses[0] if train[0].span.start_ms < 40 else 0)
    if pauses[0] <= _DOUBLE_PAUSE_MS or not 0.7 <= pauses[0] / max(1, uncut) <= 1.4:
        return False
    alike = min(b.span.duration_ms for b in train) >= 0.6 * train[0].span.duration_ms
    return alike and train[1].wander_hz <= _BUSY_WANDER_HZ and train[1].coherence >= _BUSY_COHERENCE


def _is_one_source(train: Sequence[ToneBurst]) -> bool:
    """Whether the bursts are equally loud, clean, and at a pitch that some plan has."""
    levels = sorted(b.level_db for b in train if b.span.duration_ms >= _PIECE_MS)
    levels = levels or [burst.level_db for burst in train]
    levels = levels[1:] if len(levels) >= _MANY else levels  # lost packets bite into one
    wander_hz = float(np.median([burst.wander_hz for burst in train]))
    coherence = float(np.median([burst.coherence for burst in train]))
    longest = _purest(train)
    apart_hz = (
        min(
            max(abs(hz - line) for hz, line in zip(longest.lines_hz, kind.lines_hz, strict=True))
            for plan in TONE_PLANS.values()
            for kind in plan.busy
            if len(kind.lines_hz) == len(longest.lines_hz)
        )
        if len(longest.lines_hz) <= 2
        else np.inf
    )
    return (
        max(levels) - min(levels) <= _SAME_LEVEL_DB
        and wander_hz <= _BUSY_WANDER_HZ
        and coherence >= _BUSY_COHERENCE
        and apart_hz <= _BUSY_OFF_HZ
    )


def _purest(train: Sequence[ToneBurst]) -> ToneBurst:
    """The longest of the bursts with as many lines as most have, at most two: codecs add some."""
    longest_ms = max(burst.span.duration_ms for burst in train)
    whole = [burst for burst in train if burst.span.duration_ms >= 0.7 * longest_ms]
    usual = min(2, median_low(len(burst.lines_hz) for burst in whole))
    return min(whole, key=lambda b: (abs(len(b.lines_hz) - usual), -b.span.duration_ms))


def _beats(lengths_ms: Sequence[int]) -> bool:
    """Whether lengths repeat, each time or every second time (congestion of four parts).

    Of five and more, one in five may be off: lost packets cut a burst in two.
    """
    middle = float(np.median(lengths_ms))
    alike = [middle / 1.3 <= length <= 1.3 * middle for length in lengths_ms]
    every = max(lengths_ms) <= 1.3 * min(lengths_ms) or sum(alike) >= max(
        0.8 * len(alike), min(5, len(alike))
    )
    second = len(lengths_ms) > 2 and all(
        max(part) <= 1.3 * min(part) for part in (lengths_ms[::2], lengths_ms[1::2])
    )
    return every or second


def _busy(train: Sequence[ToneBurst], country: str | None, channel: int | None) -> Tone:
    longest = _purest(train)
    whole = train[1:-1] or train[:1]
    on_ms = float(np.median([burst.span.duration_ms for burst in whole]))
    costs = []
    for plan in TONE_PLANS.values():
        cost = (
            min(
                sum(min(abs(hz - line) for line in longest.lines_hz) for hz in kind.lines_hz)
                / len(kind.lines_hz)
                + 8.0 * abs(len(kind.lines_hz) - len(longest.lines_hz))
                for kind in plan.busy
            )
            + min(abs(on_ms - length) for beat in plan.busy_cadences_ms for length in beat[::2])
            / 10.0
        )
        costs.append((cost - (8.0 if plan is plan_of(country) else 0.0), plan.country))
    costs.sort()
    clear = costs[0][0] < 12.0 and costs[1][0] - costs[0][0] > 1.5
    return Tone(
        start_ms=train[0].span.start_ms,
        end_ms=train[-1].span.end_ms,
        name="busy",
        frequencies_hz=tuple(round(hz, 1) for hz in longest.lines_hz),
        country=costs[0][1] if clear else None,
        channel=channel,
        confidence=0.97 if len(train) > 2 else 0.75,
    )


def _other(burst: ToneBurst, channel: int | None) -> Tone | None:
    length = burst.span.duration_ms
    single = len(burst.lines_hz) == 1
    hz = burst.centre_hz
    name: Literal["beep", "fax", "unknown"]
    if single and abs(hz - FAX_CALLING_HZ) <= 38 and 400 <= length <= 650:
        name = "fax"  # T.30: CNG 1100 +-38 Hz for 0.5 s
    elif single and abs(hz - FAX_ANSWER_HZ) <= 15 and length >= 1000:
        name = "fax"  # T.30: CED 2100 +-15 Hz
    elif length > _CONTINUOUS_MS:
        name = "unknown"
    elif single and _is_beep(burst):
        name = "beep"
    else:
        return None
    return Tone(
        start_ms=burst.span.start_ms,
        end_ms=burst.span.end_ms,
        name=name,
        frequencies_hz=tuple(round(line, 1) for line in burst.lines_hz),
        channel=channel,
        confidence=round(min(0.95, 0.5 + length / 1000), 2),
    )


def _is_beep(burst: ToneBurst) -> bool:
    length = burst.span.duration_ms
    if not _BEEP_MS[0] <= length <= _BEEP_MS[1]:
        return False
    if burst.coherence < 0.85 or burst.wander_hz > 1.5:
        return False
    return burst.centre_hz >= _VOICED_HZ or length >= _VOICED_BEEP_MS
