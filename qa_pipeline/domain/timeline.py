"""What is heard on the line beside words: ringing, hold, tones, silence, how the line ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from qa_pipeline.domain.spans import Span


@dataclass(frozen=True, slots=True)
class Ringback:
    """One phase of ringing; `rings` counts rings begun (a double burst is one).

    `bursts` are the rings' own spans. `first_cut` says that the recorder started inside a ring
    or in the pause after one (then `rings` is a lower bound), `last_cut` that the answer cut the
    last ring. `musical` ringback (music instead of a tone) cannot be counted: `rings` is None.
    """

    start_ms: int
    end_ms: int
    rings: int | None
    country: str | None  # whose plan fits, ISO 3166; None if several or none fit
    bursts: tuple[Span, ...] = ()
    first_cut: bool = False
    last_cut: bool = False
    musical: bool = False
    channel: int | None = None  # None: mono or both
    confidence: float = 1.0
    kind: Literal["ringback"] = "ringback"


@dataclass(frozen=True, slots=True)
class Music:
    """A stretch of music on the line; whether it is a hold is decided with the words."""

    start_ms: int
    end_ms: int
    channel: int | None = None
    confidence: float = 1.0
    kind: Literal["music"] = "music"


@dataclass(frozen=True, slots=True)
class Hold:
    """The customer was put on hold. `medium`: what was heard meanwhile."""

    start_ms: int
    end_ms: int
    medium: Literal["music", "silence", "beeps", "announcement", "recorded"] = "silence"
    announced: bool = False  # the agent said that a wait would come
    confidence: float = 1.0
    kind: Literal["hold"] = "hold"


@dataclass(frozen=True, slots=True)
class Tone:
    """A signalling tone that is not ringback. `name`: busy, dtmf, beep, fax, unknown."""

    start_ms: int
    end_ms: int
    name: Literal["busy", "dtmf", "beep", "fax", "unknown"]
    frequencies_hz: tuple[float, ...] = ()
    country: str | None = None
    channel: int | None = None
    confidence: float = 1.0
    kind: Literal["tone"] = "tone"


@dataclass(frozen=True, slots=True)
class Silence:
    """No voice and no sound on any channel for a while. `digital`: samples are exactly still.

    `below_floor`: softer than the line's own noise ever is in talk, or an even noise louder than
    that, so that the line was switched away (a hold, a mute); then `channel` is the line, or None
    in mono.
    """

    start_ms: int
    end_ms: int
    digital: bool = False
    channel: int | None = None  # None: all channels
    below_floor: bool = False
    kind: Literal["silence"] = "silence"


@dataclass(frozen=True, slots=True)
class Click:
    """A switching click."""

    start_ms: int
    end_ms: int
    channel: int | None = None
    kind: Literal["click"] = "click"


@dataclass(frozen=True, slots=True)
class Loop:
    """Sound that comes again exactly, as only a recording does: an announcement, or music.

    `rounds` are its spans; the first and the last may be cut. `confidence` is how alike they are.
    Whether it played to a waiting customer is decided with the words.
    """

    start_ms: int
    end_ms: int
    rounds: tuple[Span, ...] = ()
    channel: int | None = None  # None: mono or both
    confidence: float = 1.0
    kind: Literal["loop"] = "loop"


Event = Ringback | Music | Hold | Tone | Silence | Click | Loop


@dataclass(frozen=True, slots=True)
class LineState:
    """How a channel's line lives: alive while it carries at least line noise.

    `end_ms` is when the line went dead for good (digital silence, or a drop of the noise floor
    to nothing) before the recording's end, or None if it lived to the end. `click` says that a
    switching click stood at that moment. `noise_floor_db` is dBFS while alive. `gated`: the channel
    is still whenever nobody speaks, so that `end_ms` cannot be known. `faint` are stretches where
    nothing on the channel is nearly as loud as its talk: whoever is heard there is far away.
    """

    channel: int
    noise_floor_db: float
    end_ms: int | None = None
    click: bool = False
    snr_db: float | None = None
    gated: bool = False
    faint: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything that `listen` heard, ordered by start."""

    duration_ms: int
    events: tuple[Event, ...] = ()
    lines: tuple[LineState, ...] = ()
    notes: tuple[str, ...] = field(default=())
