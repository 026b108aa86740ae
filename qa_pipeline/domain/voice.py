"""How a voice sounded over a call: its pitch and loudness, and how much they moved."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VoiceFigures:
    """One speaker's voice over a call.

    `voiced_ms` is how much voiced speech the figures rest on. `pitch_hz` is the median of the
    fundamental frequency, `pitch_spread_semitones` its standard deviation around that on a
    musical scale (so that high and low voices compare); `level_db` the mean level of speech in
    dBFS, `level_spread_db` the standard deviation of the levels of single syllables.
    """

    speaker: str
    voiced_ms: int
    pitch_hz: float
    pitch_spread_semitones: float
    level_db: float
    level_spread_db: float
