"""Where the agent says again, by the sound, what was read as the customer's name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa_pipeline.acoustics.sound_search import echoes_of, sounds_of
from qa_pipeline.acoustics.spectrogram import to_analysis_rate
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.echo import Echo
from qa_pipeline.domain.names import Mention
from qa_pipeline.domain.recording import Audio, Role
from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.transcript import Turn, channel_of
from qa_pipeline.language.name_tokens import TITLES
from qa_pipeline.language.text import normalise

ECHOES_VERSION = "1"  # raised when other echoes would be found
_FARTHEST = 0.8  # beyond it different words are as near
_MOST = 12  # models of a channel: who is called that often is called often enough


@dataclass(frozen=True, slots=True)
class Echoes:
    """What was found in a recording."""

    found: tuple[Echo, ...] = ()


def find_echoes(audio: Audio, speech: Sequence[Sequence[Span]], call: Conversation) -> Echoes:
    """Where in the agent's channel each certain use of the customer's name is said again.

    Args:
        audio: the recording.
        speech: where somebody speaks, per channel.
        call: what was heard, with the uses of names.

    Returns:
        The echoes by their models' time, then the nearest first; places that are certain uses
        themselves are among them.
    """
    own = call.turns_of(Role.AGENT)
    models: dict[int, list[Span]] = {}
    uses = call.names_used.uses if call.names_used is not None else ()
    for use in uses:
        if use.certain and use.turn < len(own):
            turn = own[use.turn]
            channel = channel_of(turn.speaker) or 0  # a mono call's only channel is 0
            models.setdefault(channel, []).append(_name_alone(use, turn))
    found: list[Echo] = []
    for channel, spans in models.items():
        samples = to_analysis_rate(audio.channel(channel), audio.sample_rate_hz)
        sounds = sounds_of(samples, speech[channel])
        for span in spans[:_MOST]:
            found += echoes_of(sounds, span, _FARTHEST)
    return Echoes(tuple(sorted(found, key=lambda echo: (echo.start_ms, echo.distance))))


def _name_alone(use: Mention, turn: Turn) -> Span:
    """Where the name is said, without a title before it: "Mr." is said to others too."""
    inside = [
        word
        for word in turn.words
        if use.start_ms <= (word.start_ms + word.end_ms) // 2 <= use.end_ms
    ]
    if len(inside) > 1 and normalise(inside[0].text, "en").strip() in TITLES:
        inside = inside[1:]
    if not inside:
        return Span(use.start_ms, use.end_ms)
    return Span(inside[0].start_ms, max(inside[0].start_ms, inside[-1].end_ms))
