"""Makes hold music of many styles from a seed: keys, strings, pop with drums, singing and more.

Nothing of it is meant to please: it is to have what tells a style's sound on a telephone line from
speech, which is how notes begin, how long they last, what their partials are and what beats beside.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import soundfile
import soxr
from scipy import signal

Wave = npt.NDArray[np.float64]

RATE_HZ: Final = 8000
_RECORDED: Final = Path(os.environ.get("SAMPLE_CALLS_MUSIC", "/usr/share/asterisk/moh"))
_PROGRESSIONS: Final = (
    ((0, 4, 7), (9, 12, 16), (5, 9, 12), (7, 11, 14)),
    ((0, 3, 7), (8, 12, 15), (3, 7, 10), (10, 14, 17)),
    ((0, 4, 7, 11), (2, 5, 9, 12), (7, 11, 14, 17), (0, 4, 7, 9)),
)
_VOWELS: Final = ((730, 1090, 2440), (530, 1840, 2480), (570, 840, 2410), (300, 870, 2240))


@dataclass(frozen=True, slots=True)
class Score:
    """What every style draws: tempo, key, chords."""

    draw: np.random.Generator
    beat_s: float
    key_hz: float
    chords: tuple[tuple[int, ...], ...]

    def hz(self, semitones: float) -> float:
        """A note's frequency."""
        return float(self.key_hz * 2.0 ** (semitones / 12.0))

    def chord(self, beat: int) -> tuple[int, ...]:
        """The chord of a beat; each lasts four."""
        return self.chords[beat // 4 % len(self.chords)]


def hold_music(style: str, seconds: float, seed: int) -> Wave:
    """A stretch of music, shape (n,) at `RATE_HZ`, peak 1.

    Args:
        style: one of `styles()`.
        seconds: its length.
        seed: another one gives another tune.
    """
    count = round(seconds * RATE_HZ)
    draw = np.random.default_rng([seed, 7])
    if style not in _STYLES:
        wave = _recorded(style, count, draw)
    else:
        score = Score(
            draw,
            float(draw.uniform(0.32, 0.75)),
            float(110 * 2 ** (draw.integers(0, 12) / 12)),
            _PROGRESSIONS[int(draw.integers(len(_PROGRESSIONS)))],
        )
        wave = _STYLES[style](score, count)
    return np.asarray(wave / max(1e-9, float(np.abs(wave).max())))


def styles(half: str | None = None) -> tuple[str, ...]:
    """Names of the styles; recorded pieces, where installed, are split between the halves."""
    files = sorted(path.name for path in _RECORDED.glob("*.wav"))
    if half is not None:
        files = files[0 if half == "tuning" else 1 :: 2]
    return (*_STYLES, *files)


def _recorded(name: str, count: int, draw: np.random.Generator) -> Wave:
    samples, rate = soundfile.read(_RECORDED / name, dtype="float32", always_2d=True)
    mono = samples.mean(axis=1)
    needed = int(count * rate / RATE_HZ) + rate
    start = int(draw.integers(10 * rate, max(mono.size - needed, 10 * rate + 1)))
    return np.asarray(soxr.resample(mono[start : start + needed], rate, RATE_HZ)[:count], float)


def _beats(score: Score, count: int) -> range:
    return range(int(count / (score.beat_s * RATE_HZ)) + 1)


def _put(wave: Wave, at_s: float, note: Wave) -> None:
    start = round(at_s * RATE_HZ)
    room = wave[start : start + note.size]
    room += note[: room.size]


def _partials(hz: float, seconds: float, weights: tuple[float, ...], vibrato: float = 0.0) -> Wave:
    times = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    phase = 2 * np.pi * hz * times + vibrato * np.sin(2 * np.pi * 5.4 * times)
    wave = np.zeros(times.size)
    for number, weight in enumerate(weights, start=1):
        if hz * number < 3700:
            wave += weight * np.sin(number * phase)
    return wave


def _decay(note: Wave, seconds: float, attack_s: float = 0.006) -> Wave:
    times = np.arange(note.size) / RATE_HZ
    return np.asarray(note * np.exp(-times / seconds) * np.minimum(times / attack_s, 1.0))


def _swell(note: Wave, attack_s: float) -> Wave:
    times = np.arange(note.size) / RATE_HZ
    return np.asarray(
        note * np.minimum(times / attack_s, 1.0) * np.minimum(times[::-1] / attack_s, 1.0)
    )


def _piano(score: Score, count: int) -> Wave:
    """Struck strings: broken chords, a tune above, now and then a rest."""
    wave = np.zeros(count)
    for beat in _beats(score, count):
        chord = score.chord(beat)
        low = _partials(score.hz(chord[beat % len(chord)]), 1.6, (1, 0.5, 0.3, 0.2, 0.1))
        _put(wave, beat * score.beat_s, 0.6 * _decay(low, 0.6))
        if score.draw.random() < 0.7:
            high = score.hz(float(score.draw.choice(chord)) + 12)
            late = score.beat_s * float(score.draw.choice([0.0, 0.5]))
            _put(wave, beat * score.beat_s + late, _decay(_partials(high, 1.2, (1, 0.4, 0.1)), 0.4))
    return wave


def _chip(score: Score, count: int) -> Wave:
    """The square tune of an old exchange: one voice, no pauses."""
    wave = np.zeros(count)
    for step in range(2 * len(_beats(score, count))):
        hz = score.hz(float(score.draw.choice(score.chord(step // 2))) + 12)
        note = _partials(hz, score.beat_s / 2, (1, 0, 0.33, 0, 0.2, 0, 0.14))
        _put(wave, step * score.beat_s / 2, _swell(note, 0.01))
    return wave


def _strings(score: Score, count: int) -> Wave:
    """Bowed chords that swell, three players a note, a slow tune."""
    wave = np.zeros(count)
    for beat in _beats(score, count)[::4]:
        for tone in score.chord(beat):
            for detune in (-0.08, 0.0, 0.09):
                note = _partials(
                    score.hz(tone + 12 + detune), 4.4 * score.beat_s, (1, 0.6, 0.4, 0.3, 0.2), 0.15
                )
                _put(wave, beat * score.beat_s, 0.3 * _swell(note, 0.25))
    for beat in _beats(score, count)[::2]:
        hz = score.hz(float(score.draw.choice(score.chord(beat))) + 24)
        _put(wave, beat * score.beat_s, _swell(_partials(hz, 2 * score.beat_s, (1, 0.5), 0.2), 0.1))
    return wave


def _guitar(score: Score, count: int) -> Wave:
    """Plucked strings after Karplus and Strong, eighths up and down the chord."""
    wave = np.zeros(count)
    for step in range(2 * len(_beats(score, count))):
        chord = score.chord(step // 2)
        period = round(RATE_HZ / score.hz(chord[step % len(chord)]))
        pulse = np.zeros(round(1.2 * RATE_HZ))
        pulse[:period] = score.draw.uniform(-1, 1, period)
        loop = np.zeros(period + 2)
        loop[0], loop[period], loop[period + 1] = 1.0, -0.497, -0.497
        _put(wave, step * score.beat_s / 2, signal.lfilter([1.0], loop, pulse))
    return wave


def _drums(score: Score, count: int) -> Wave:
    wave = np.zeros(count)
    times = np.arange(round(0.25 * RATE_HZ)) / RATE_HZ
    kick = np.sin(2 * np.pi * (60 + 90 * np.exp(-times / 0.03)) * times) * np.exp(-times / 0.08)
    for beat in _beats(score, count):
        at = beat * score.beat_s
        noise = score.draw.normal(size=times.size)
        snare = noise * np.exp(-times / 0.07) * 0.5
        hat = np.diff(noise, prepend=0.0) * np.exp(-times / 0.02) * 0.3
        _put(wave, at, (kick, snare)[beat % 2])
        _put(wave, at, hat)
        _put(wave, at + score.beat_s / 2, hat)
    return wave


def _pop(score: Score, count: int) -> Wave:
    """Drums, a bass and chords on the beat."""
    wave = 0.9 * _drums(score, count)
    for beat in _beats(score, count):
        chord = score.chord(beat)
        bass = _partials(score.hz(chord[0] - 12), score.beat_s, (1, 0.7, 0.5, 0.3))
        _put(wave, beat * score.beat_s, 0.6 * _decay(bass, 0.4))
        for tone in chord:
            note = _partials(score.hz(tone + 12), score.beat_s, (1, 0.5, 0.3, 0.2))
            _put(wave, (beat + 0.5) * score.beat_s, 0.25 * _swell(note, 0.03))
    return wave


def _singing(score: Score, count: int) -> Wave:
    """A voice's pulses through changing vowels, a syllable a note, breaths between the lines."""
    wave = np.zeros(count)
    for beat in _beats(score, count):
        if beat % 8 == 7:
            continue
        for part in range(int(score.draw.integers(1, 3))):
            seconds = score.beat_s / 2 if part or score.draw.random() < 0.5 else score.beat_s
            hz = score.hz(float(score.draw.choice(score.chord(beat))) + 5)
            sung = _partials(hz, seconds, tuple(1 / n for n in range(1, 18)), 0.12)
            voiced = np.zeros(sung.size)
            for formant in _VOWELS[int(score.draw.integers(len(_VOWELS)))]:
                b, a = signal.iirpeak(formant, 6, fs=RATE_HZ)
                voiced += signal.lfilter(b, a, sung)
            onset = score.draw.normal(size=sung.size) * 0.3
            onset[round(0.05 * RATE_HZ) :] = 0.0
            _put(wave, (beat + part / 2) * score.beat_s, _swell(voiced, 0.03) + onset)
    return wave


def _vocal(score: Score, count: int) -> Wave:
    return _pop(score, count) + 1.2 * _singing(score, count)


def _pad(score: Score, count: int) -> Wave:
    """Soft sounds that glide into each other."""
    wave = np.zeros(count)
    for beat in _beats(score, count)[::4]:
        for tone in score.chord(beat):
            note = _partials(score.hz(tone + 12), 6 * score.beat_s, (1, 0.3, 0.1), 0.05)
            _put(wave, beat * score.beat_s, _swell(note, 1.0))
    return wave


def _jazz(score: Score, count: int) -> Wave:
    """Brushes, a walking bass, a horn with rests."""
    times = np.arange(round(0.3 * RATE_HZ)) / RATE_HZ
    wave = np.zeros(count)
    for beat in _beats(score, count):
        at = beat * score.beat_s
        _put(wave, at, score.draw.normal(size=times.size) * np.exp(-times / 0.1) * 0.12)
        walk = score.hz(score.chord(beat)[beat % 3] - 12)
        _put(wave, at, _decay(_partials(walk, 0.8, (1, 0.8, 0.5, 0.3)), 0.35))
        if score.draw.random() < 0.6:
            horn = score.hz(float(score.draw.choice(score.chord(beat))) + 12)
            note = _partials(horn, score.beat_s, (1, 0.9, 0.7, 0.5, 0.3), 0.1)
            _put(wave, at + score.beat_s * 0.66, 0.5 * _swell(note, 0.04))
    return wave


_STYLES: Final[dict[str, Callable[[Score, int], Wave]]] = {
    "piano": _piano,
    "chip": _chip,
    "strings": _strings,
    "guitar": _guitar,
    "pop": _pop,
    "vocal": _vocal,
    "pad": _pad,
    "jazz": _jazz,
}
