"""Speaker turns made fit for telephone calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from qa_pipeline.domain.spans import Span, merge, subtract
from qa_pipeline.domain.transcript import SpeakerTurn

# A speaker's own pause inside a turn.
_SAME_TURN_GAP_MS = 250
# Frames of one speaker within the other's turn, shorter than any word.
_BLIP_MS = 120
# Speech spans are wider than the speech (padding of the detector), so that a rim without a label
# is nothing; a longer stretch is somebody's words.
_RIM_MS = 350


def tidy(
    turns: Sequence[SpeakerTurn],
    speech: Sequence[Span],
    judge: Callable[[Span], str | None] = lambda span: None,
) -> tuple[SpeakerTurn, ...]:
    """Turns within `speech`, without blips, with all speech given to somebody.

    Args:
        turns: as a diarizer found them, overlapping where people talk at once.
        speech: where there is speech.
        judge: names a speaker by the sound of a stretch, or None.

    Returns:
        Turns in order of time; each speaker's own turns do not overlap. Without any turn at all,
        one speaker is given all the speech.

    Example:
        >>> tidy([SpeakerTurn(Span(0, 900), "A")], [Span(0, 800)])
        (SpeakerTurn(span=Span(start_ms=0, end_ms=800), speaker='A'),)
    """
    spans = merge(speech)
    clipped = [
        SpeakerTurn(part, turn.speaker)
        for turn in turns
        for span in spans
        if (part := turn.span.intersection(span)) is not None
    ]
    kept = [turn for turn in clipped if not _is_blip(turn, clipped)]
    if not kept:
        return tuple(SpeakerTurn(span, "SPEAKER_00") for span in spans)
    added = [SpeakerTurn(gap, judge(gap) or _nearest(gap, kept)) for gap in uncovered(kept, spans)]
    return _joined([*kept, *added])


def uncovered(turns: Sequence[SpeakerTurn], speech: Sequence[Span]) -> tuple[Span, ...]:
    """Stretches of speech that no turn covers, rims left out."""
    gaps = subtract(speech, [turn.span for turn in turns])
    return tuple(gap for gap in gaps if gap.duration_ms >= _RIM_MS)


def _is_blip(turn: SpeakerTurn, turns: Sequence[SpeakerTurn]) -> bool:
    """Too short for a word, and somebody else is speaking there anyway."""
    return turn.span.duration_ms < _BLIP_MS and any(
        other.speaker != turn.speaker and other.span.overlaps(turn.span.padded(40, 2**62))
        for other in turns
    )


def _nearest(gap: Span, turns: Sequence[SpeakerTurn]) -> str:
    def distance(turn: SpeakerTurn) -> int:
        return max(turn.span.start_ms - gap.end_ms, gap.start_ms - turn.span.end_ms, 0)

    return min(turns, key=lambda turn: (distance(turn), turn.span.start_ms)).speaker


def _joined(turns: Sequence[SpeakerTurn]) -> tuple[SpeakerTurn, ...]:
    """Each speaker's neighbouring turns made one, unless another speaks in between."""
    out: list[SpeakerTurn] = []
    by_speaker = sorted(turns, key=lambda turn: (turn.speaker, turn.span))
    for speaker, own in groupby(by_speaker, key=lambda turn: turn.speaker):
        others = [turn.span for turn in turns if turn.speaker != speaker]
        pending: Span | None = None
        for span in merge(turn.span for turn in own):
            if pending is not None and _same_turn(pending, span, others):
                pending = Span(pending.start_ms, span.end_ms)
                continue
            if pending is not None:
                out.append(SpeakerTurn(pending, speaker))
            pending = span
        if pending is not None:
            out.append(SpeakerTurn(pending, speaker))
    return tuple(sorted(out, key=lambda turn: (turn.span, turn.speaker)))


def _same_turn(before: Span, after: Span, others: Sequence[Span]) -> bool:
    if after.start_ms - before.end_ms > _SAME_TURN_GAP_MS:
        return False
    gap = Span(before.end_ms, after.start_ms)
    return not any(other.overlaps(gap) for other in others)
