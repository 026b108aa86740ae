"""What a customer hears on hold: a tune made here, or a recorded one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from sample_calls.maker.errors import MakerError, need

FloatArray = npt.NDArray[np.float32]

# Debian's asterisk-moh-opsound-wav (CC BY-SA 3.0, attribution in sample_calls/README.md).
RECORDED: Final = {
    "cold_day": "macroform-cold_day.wav",
    "robot_dity": "macroform-robot_dity.wav",
    "the_simplicity": "macroform-the_simplicity.wav",
    "morning_coffee": "manolo_camp-morning_coffee.wav",
    "system": "reno_project-system.wav",
}
_FOLDER_VARIABLE: Final = "SAMPLE_CALLS_MUSIC"
_FOLDER_DEFAULT: Final = "/usr/share/asterisk/moh"

_BEAT_S: Final = 0.42
_CHORDS: Final = ((0, 4, 7), (9, 12, 16), (5, 9, 12), (7, 11, 14))  # I vi IV V, semitones
_HARMONICS: Final = (1.0, 0.45, 0.22, 0.1)


def hold_music(tune: str, seconds: float, rate_hz: int, seed: int) -> FloatArray:
    """A stretch of hold music, shape (n,), peak 1.0, fading in and out.

    Args:
        tune: ``melody`` for one made here, else a name of `RECORDED`.
        seconds: its length.
        rate_hz: sampling rate.
        seed: another one gives another melody, or another place in the recording.

    Raises:
        MakerError: unknown tune, or the recording is not installed.
    """
    count = round(seconds * rate_hz)
    if tune == "melody":
        music = _melody(count, rate_hz, seed)
    elif tune in RECORDED:
        music = _recorded(RECORDED[tune], count, rate_hz, seed)
    else:
        raise MakerError(f"there is no tune {tune!r}: use melody, {', '.join(RECORDED)}.")
    fade = min(rate_hz // 20, count // 2)
    ramp = np.linspace(0.0, 1.0, fade, dtype=np.float32)
    music[:fade] *= ramp
    music[count - fade :] *= ramp[::-1]
    return np.asarray(music / max(1e-9, float(np.abs(music).max())), dtype=np.float32)


def _recorded(name: str, count: int, rate_hz: int, seed: int) -> FloatArray:
    folder = Path(os.environ.get(_FOLDER_VARIABLE, _FOLDER_DEFAULT))
    path = folder / name
    if not path.exists():
        raise MakerError(
            f"the hold music {name} is not in {folder}: install Debian's package"
            f" asterisk-moh-opsound-wav, or name its folder in {_FOLDER_VARIABLE}."
        )
    samples, rate = need("soundfile", "hold music").read(path, dtype="float32", always_2d=True)
    mono = samples.mean(axis=1)
    needed = int(count * rate / rate_hz) + rate
    # Not the first seconds: several of the tunes begin almost silent.
    start = int(
        np.random.default_rng(seed).integers(20 * rate, max(mono.size - needed, 20 * rate + 1))
    )
    piece = need("soxr", "hold music").resample(mono[start : start + needed], rate, rate_hz)
    return np.array(piece[:count], dtype=np.float32)


def _melody(count: int, rate_hz: int, seed: int) -> FloatArray:
    """Broken chords under a tune that walks on their notes, like a cheap telephone's."""
    random = np.random.default_rng(seed)
    base_hz = 220.0 * 2.0 ** (int(random.integers(0, 8)) / 12.0)
    beat = round(_BEAT_S * rate_hz)
    music = np.zeros(count + 4 * beat)
    for number, start in enumerate(range(0, count, beat)):
        chord = _CHORDS[number // 4 % len(_CHORDS)]
        low = base_hz * 2.0 ** (chord[number % 3] / 12.0)
        high = base_hz * 2.0 ** ((chord[int(random.integers(0, 3))] + 12) / 12.0)
        _add(music, start, 0.5 * _note(low, beat * 2, rate_hz))
        if random.random() < 0.75:
            _add(music, start, 0.8 * _note(high, beat * 2, rate_hz))
    return music[:count].astype(np.float32)


def _note(hz: float, length: int, rate_hz: int) -> npt.NDArray[np.float64]:
    times = np.arange(length) / rate_hz
    wave = np.zeros(length)
    for number, weight in enumerate(_HARMONICS, start=1):
        if hz * number < 0.45 * rate_hz:
            wave += weight * np.sin(2 * np.pi * hz * number * times)
    return np.asarray(wave * np.exp(-times / 0.35) * np.minimum(times / 0.01, 1.0))


def _add(music: npt.NDArray[np.float64], start: int, note: npt.NDArray[np.float64]) -> None:
    music[start : start + note.size] += note
