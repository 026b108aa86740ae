"""Call-progress tones by country, as data.

Frequencies and cadences are facts that open telephone switches' tone tables agree on; where they
differ, each form stands as a variant of its own. DTMF follows ITU-T Q.23, the tones' purpose
ITU-T E.180/Q.35, the fax tones ITU-T T.30.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Signal:
    """What a tone is made of.

    `frequencies_hz` sound together. With `modulation_hz` the single carrier is amplitude-modulated
    at that rate; `suppressed` says that the carrier itself vanishes (a pure product of two tones).
    """

    frequencies_hz: tuple[float, ...]
    modulation_hz: float | None = None
    suppressed: bool = False

    @property
    def lines_hz(self) -> tuple[float, ...]:
        """The lines of its spectrum, ascending.

        Example:
            >>> Signal((400.0,), modulation_hz=25.0).lines_hz
            (375.0, 400.0, 425.0)
        """
        if self.modulation_hz is None:
            return tuple(sorted(self.frequencies_hz))
        carrier, side = self.frequencies_hz[0], self.modulation_hz
        outer = (carrier - side, carrier + side)
        return outer if self.suppressed else (outer[0], carrier, outer[1])

    @property
    def main_lines_hz(self) -> tuple[float, ...]:
        """The lines that must be there: a shallow modulation may leave only the carrier."""
        if self.modulation_hz is None or self.suppressed:
            return self.lines_hz
        return self.frequencies_hz


@dataclass(frozen=True, slots=True)
class CountryTones:
    """One country's ringback and busy tones; cadences are on, off, on, off ... in ms.

    The first of `ringback` and of `busy_cadences_ms` is the usual one; further cadences are
    congestion (reorder) or other disconnect forms.
    """

    country: str
    ringback: tuple[Signal, ...]
    ringback_cadence_ms: tuple[int, ...]
    busy: tuple[Signal, ...]
    busy_cadences_ms: tuple[tuple[int, ...], ...]

    @property
    def bursts_per_ring(self) -> int:
        """How many bursts one ring has: two for a double burst."""
        return len(self.ringback_cadence_ms) // 2

    @property
    def on_ms(self) -> int:
        """Length of one burst."""
        return self.ringback_cadence_ms[0]

    @property
    def cycle_ms(self) -> int:
        """From one ring's start to the next one's."""
        return sum(self.ringback_cadence_ms)

    @property
    def ring_ms(self) -> int:
        """From a ring's first burst to the end of its last."""
        return sum(self.ringback_cadence_ms[:-1])


_SINGLE_LONG: Final = (1000, 4000)
_DOUBLE: Final = (400, 200, 400, 2000)

TONE_PLANS: Final[dict[str, CountryTones]] = {
    plan.country: plan
    for plan in (
        CountryTones(
            "CN", (Signal((450.0,)),), _SINGLE_LONG, (Signal((450.0,)),), ((350, 350), (700, 700))
        ),
        CountryTones(
            "US",
            (Signal((440.0, 480.0)),),
            (2000, 4000),
            (Signal((480.0, 620.0)),),
            ((500, 500), (250, 250)),
        ),
        CountryTones(
            "GB",
            (Signal((400.0, 450.0)),),
            _DOUBLE,
            (Signal((400.0,)),),
            ((375, 375), (400, 350, 225, 525)),
        ),
        CountryTones(
            "JP",
            (
                Signal((400.0,), modulation_hz=16.0),
                Signal((400.0,), modulation_hz=20.0),
                Signal((380.0, 420.0)),
                Signal((400.0,), modulation_hz=16.0, suppressed=True),
            ),
            (1000, 2000),
            (Signal((400.0,)),),
            ((500, 500),),
        ),
        CountryTones(
            "DE", (Signal((425.0,)),), _SINGLE_LONG, (Signal((425.0,)),), ((480, 480), (240, 240))
        ),
        CountryTones(
            "FR", (Signal((440.0,)),), (1500, 3500), (Signal((440.0,)),), ((500, 500), (250, 250))
        ),
        CountryTones(
            "AU",
            (
                Signal((413.0, 438.0)),
                Signal((400.0, 450.0)),
                Signal((383.0, 417.0)),
                Signal((425.0,), modulation_hz=25.0),
            ),
            _DOUBLE,
            (Signal((425.0,)),),
            ((375, 375),),
        ),
        CountryTones(
            "IN",
            (
                Signal((400.0,), modulation_hz=25.0),
                Signal((375.0, 425.0)),
            ),
            _DOUBLE,
            (Signal((400.0,)),),
            ((750, 750), (250, 250)),
        ),
    )
}
"""Plans by ISO 3166 code. Canada shares the United States' plan; see `plan_of`."""

_SAME_AS: Final = {"CA": "US", "UK": "GB"}

DTMF_LOW_HZ: Final = (697.0, 770.0, 852.0, 941.0)
DTMF_HIGH_HZ: Final = (1209.0, 1336.0, 1477.0, 1633.0)
DTMF_KEYS: Final = ("123A", "456B", "789C", "*0#D")

FAX_CALLING_HZ: Final = 1100.0  # CNG, 0.5 s on, 3 s off
FAX_ANSWER_HZ: Final = 2100.0  # CED, 2.6 to 4 s
RECORDING_BEEP_HZ: Final = 1400.0  # about every 15 s


def plan_of(country: str | None) -> CountryTones | None:
    """A country's plan, or None if there is none.

    Example:
        >>> plan_of("CA").country
        'US'
    """
    if country is None:
        return None
    code = country.upper()
    return TONE_PLANS.get(_SAME_AS.get(code, code))


def dtmf_digit(frequencies_hz: tuple[float, ...]) -> str | None:
    """The key that a pair of frequencies stands for, within 2.5 %, or None.

    Q.24 lets receivers accept 1.5 to 3.5 % off; the groups lie 10 % apart.

    Example:
        >>> dtmf_digit((770.0, 1336.0))
        '5'
    """
    if len(frequencies_hz) != 2:
        return None
    low, high = sorted(frequencies_hz)
    rows = [i for i, hz in enumerate(DTMF_LOW_HZ) if abs(low / hz - 1) <= 0.025]
    columns = [i for i, hz in enumerate(DTMF_HIGH_HZ) if abs(high / hz - 1) <= 0.025]
    return DTMF_KEYS[rows[0]][columns[0]] if rows and columns else None
