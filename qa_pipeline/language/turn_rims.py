"""Where turns begin and end as heard, not as the recogniser times their words.

Word times are cut close: the first and the last word lose up to a third of a second. The voice
detector says where the voice really starts and stops.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from qa_pipeline.domain.transcript import Diarization, Turn

RIM_MS: Final = 350  # what a voice detector adds on either side of a word, and word times' error


def to_the_rims(turns: Sequence[Turn], diarization: Diarization) -> tuple[Turn, ...]:
    """The turns, widened to where their speaker's voice starts and ends.

    By at most `RIM_MS` at either end, and never into a neighbouring turn (on a channel of its own:
    of the same voice). The words keep their times.

    Example:
        >>> from qa_pipeline.domain.recording import Role
        >>> from qa_pipeline.domain.spans import Span
        >>> from qa_pipeline.domain.transcript import SpeakerTurn
        >>> turn = Turn(Role.AGENT, 1_200, 2_000, "Hello.", speaker="a")
        >>> voice = Diarization((SpeakerTurn(Span(1_000, 2_200), "a"),), ("a",), False, "none")
        >>> [(t.start_ms, t.end_ms) for t in to_the_rims([turn], voice)]
        [(1000, 2200)]
    """
    return tuple(_widened(turn, turns, diarization) for turn in turns)


def _widened(turn: Turn, turns: Sequence[Turn], diarization: Diarization) -> Turn:
    others = [
        other
        for other in turns
        if other is not turn and (other.speaker == turn.speaker or not diarization.by_channel)
    ]
    earliest = max(
        [turn.start_ms - RIM_MS, *(o.end_ms for o in others if o.end_ms <= turn.start_ms)]
    )
    latest = min([turn.end_ms + RIM_MS, *(o.start_ms for o in others if o.start_ms >= turn.end_ms)])
    start_ms, end_ms = turn.start_ms, turn.end_ms
    for voice in diarization.turns:
        if voice.speaker != turn.speaker:
            continue
        if voice.span.start_ms < turn.start_ms <= voice.span.end_ms:
            start_ms = min(start_ms, max(0, earliest, voice.span.start_ms))
        if voice.span.start_ms <= turn.end_ms < voice.span.end_ms:
            end_ms = max(end_ms, min(latest, voice.span.end_ms))
    return replace(turn, start_ms=start_ms, end_ms=end_ms)
