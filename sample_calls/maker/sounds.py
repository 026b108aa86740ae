"""What the exchange and the desk's equipment play: ringing, tunes and what is heard on hold."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from qa_pipeline.acoustics import synthesis
from sample_calls.maker.music import hold_music
from sample_calls.maker.script import Hold, Ring
from sample_calls.maker.voices import SAMPLE_RATE_HZ, Voices

FloatArray = npt.NDArray[np.float32]

_PEAK = 0.97
_BEEP_MS = 300
_BEFORE_REPEAT_MS = 5_000  # of quiet, or of music, between two announcements
_DUCKED_DB = -60.0  # music under an announcement is faded away


def ringing(ring: Ring, country: str) -> FloatArray:
    """Ringing as the caller hears it, shape (n,)."""
    return synthesis.ringback(
        country,
        ring.rings,
        SAMPLE_RATE_HZ,
        ring.level_db,
        first_cut_ms=ring.first_cut_ms,
        last_cut_ms=ring.last_cut_ms,
        variant=ring.variant,
    )


def tune(name: str, seconds: float, level_db: float, seed: int) -> FloatArray:
    """A stretch of music through a telephone, shape (n,).

    Raises:
        MakerError: the tune cannot be had.
    """
    banded = synthesis.telephone_band(
        hold_music(name, seconds, SAMPLE_RATE_HZ, seed), SAMPLE_RATE_HZ
    )
    return limited(synthesis.at_level(banded, level_db))


def on_hold(
    hold: Hold, voices: Voices, language: Literal["en", "zh"], seed: int
) -> FloatArray | None:
    """What the customer hears while waiting, shape (n,); None: nothing at all.

    Raises:
        MakerError: the tune or the announcer's voice cannot be had.
    """
    if hold.medium == "music" and hold.tune is not None:
        return tune(hold.tune, hold.seconds, hold.level_db, seed)
    if hold.medium == "comfort_noise":
        return synthesis.line_noise(hold.seconds * 1000, SAMPLE_RATE_HZ, hold.level_db, seed)
    if hold.medium == "beeps":
        return _beeps(hold)
    if hold.medium == "announcement":
        return _announcements(hold, voices, language, seed)
    return None


def spoken(
    voices: Voices, voice: str, text: str, language: Literal["en", "zh"], level_db: float
) -> FloatArray:
    """A recorded voice through a telephone, shape (n,)."""
    banded = synthesis.telephone_band(voices.speak(voice, text, language), SAMPLE_RATE_HZ)
    return limited(synthesis.at_level(banded, level_db))


def limited(samples: npt.NDArray[np.floating]) -> FloatArray:
    """Peaks above full scale bent back, as a telephone's limiter does."""
    return np.asarray(np.tanh(samples / _PEAK) * _PEAK, dtype=np.float32)


def _beeps(hold: Hold) -> FloatArray:
    """A reminder tone now and then; the first one after half a period."""
    line = np.zeros(round(hold.seconds * SAMPLE_RATE_HZ), dtype=np.float32)
    beep = synthesis.tone((hold.beep_hz,), _BEEP_MS, SAMPLE_RATE_HZ, hold.level_db)
    period = round(hold.beep_every_s * SAMPLE_RATE_HZ)
    for start in range(period // 2, line.size - beep.size, period):
        line[start : start + beep.size] = beep
    return line


def _announcements(
    hold: Hold, voices: Voices, language: Literal["en", "zh"], seed: int
) -> FloatArray:
    """The same text over and over, with a gap between; the first one after a second."""
    count = round(hold.seconds * SAMPLE_RATE_HZ)
    text = spoken(voices, hold.voice, hold.says, language, hold.level_db)
    line = np.zeros(count, dtype=np.float32)
    gain = np.ones(count, dtype=np.float32)
    step = text.size + _BEFORE_REPEAT_MS * SAMPLE_RATE_HZ // 1000
    for start in range(SAMPLE_RATE_HZ, count, step):
        piece = text[: count - start]
        line[start : start + piece.size] = piece
        gain[start : start + piece.size] = 10.0 ** (_DUCKED_DB / 20.0)
    if hold.tune is not None:
        line += gain * tune(hold.tune, hold.seconds, hold.level_db - 3.0, seed)
    return line
