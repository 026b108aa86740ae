"""Who spoke when, and what was said."""

from __future__ import annotations

from dataclasses import dataclass

from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.spans import Span

# Begins the names of two voices into which a diarizer divided what it first heard as one. Sound
# alone does not bear that out: the halves of a single voice lie as far apart.
DIVIDED_VOICE = "DIVIDED_"
# Begins the names of two voices that lie so near to one another that they may be mixed.
NEAR_VOICE = "NEAR_"


_CHANNEL = "channel_"  # begins the name of a voice that has a channel to itself


def channel_of(speaker: str | None) -> int | None:
    """The channel that a speaker's label names; None where it names a voice or nobody.

    Example:
        >>> channel_of("channel_1"), channel_of("SPEAKER_01"), channel_of(None)
        (1, None, None)
    """
    number = (speaker or "").removeprefix(_CHANNEL)
    return int(number) if number != speaker and number.isdigit() else None


@dataclass(frozen=True, slots=True)
class SpeakerTurn:
    """One voice speaking. `speaker` is a label such as ``channel_0`` or ``SPEAKER_01``."""

    span: Span
    speaker: str


@dataclass(frozen=True, slots=True)
class Diarization:
    """Who speaks when; overlapping speech gives overlapping turns.

    `by_channel` says that each channel is one voice, so that channel ``n`` is ``channel_n``.
    """

    turns: tuple[SpeakerTurn, ...]
    speakers: tuple[str, ...]
    by_channel: bool
    engine: str
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Word:
    """One word (English) or one character or short word (Chinese) with its time."""

    start_ms: int
    end_ms: int
    text: str
    probability: float = 1.0


@dataclass(frozen=True, slots=True)
class Utterance:
    """What a recogniser returns for one stretch of one channel."""

    start_ms: int
    end_ms: int
    text: str
    words: tuple[Word, ...] = ()
    channel: int | None = None  # None: mono
    speaker: str | None = None  # set when known (channels, or after word-level assignment)
    confidence: float = 1.0  # mean word probability


@dataclass(frozen=True, slots=True)
class Transcript:
    """All utterances, ordered by start. `language` is ``en``, ``zh`` or another ISO 639-1 code.

    `language_confidence` is the share of language probability on `language`, before the choice
    was narrowed to the configured ones: low means that none of them was spoken. `second` is what
    a second reading of some stretches made of them, where there was one.
    """

    language: str
    language_confidence: float
    utterances: tuple[Utterance, ...]
    engine: str
    second: tuple[Utterance, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """One party's uninterrupted stretch of talk."""

    role: Role
    start_ms: int
    end_ms: int
    text: str
    words: tuple[Word, ...] = ()
    confidence: float = 1.0
    speaker: str | None = None
