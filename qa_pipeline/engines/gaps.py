"""Speech that a reading has no words of, found and read again for itself.

Whisper now and then writes the beginning of a window and then nothing, or loops over the rest. In
a window of its own, and without a prompt, most of what was lost is read after all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from qa_pipeline.domain.spans import Span, merge, subtract
from qa_pipeline.domain.transcript import Utterance
from qa_pipeline.engines.chunks import Chunk
from qa_pipeline.engines.guards import RawSegment, bare

# Word times are this uncertain, and the voice detector bridges pauses of up to twice as long.
_PAUSE_MS = 500
# In 152 made calls 2.3 % of the speech lay in wordless stretches of at least so long.
LEAST_GAP_MS = 800
# A little of the speech before and after, so that no word is cut.
_RIM_MS = 300
# Over what two readings lost, below this mean probability as much was invented as was said.
_LEAST_PROBABILITY = 0.5
_NO_SPEECH = 0.7  # the model's own doubt that anybody speaks: above it ringing and babble were read
_SHORT_ANSWER = 4  # letters or characters: "yes" and 好的 may well be said again and again


def wordless(utterances: Iterable[Utterance], speech: Sequence[Span]) -> tuple[Span, ...]:
    """The stretches of speech without a word.

    Args:
        utterances: the reading of one channel.
        speech: where in that channel somebody speaks.

    Example:
        >>> from qa_pipeline.domain.transcript import Word
        >>> late = Utterance(2_500, 3_000, "oh", (Word(2_500, 3_000, "oh"),))
        >>> wordless([late], [Span(0, 3_500)])
        (Span(start_ms=0, end_ms=2000),)
    """
    read = merge(
        Span(max(0, word.start_ms - _PAUSE_MS), word.end_ms + _PAUSE_MS)
        for utterance in utterances
        for word in utterance.words
    )
    return tuple(gap for gap in subtract(merge(speech), read) if gap.duration_ms >= LEAST_GAP_MS)


def with_rims(gaps: Sequence[Span], speech: Sequence[Span]) -> tuple[Span, ...]:
    """The gaps and the speech close around them: what is to be read.

    Example:
        >>> with_rims([Span(1_000, 2_000)], [Span(900, 5_000)])
        (Span(start_ms=900, end_ms=2300),)
    """
    wide = [Span(max(0, gap.start_ms - _RIM_MS), gap.end_ms + _RIM_MS) for gap in gaps]
    return merge(
        part for span in wide for own in speech if (part := span.intersection(own)) is not None
    )


def believed(
    read: Sequence[tuple[Chunk, Sequence[RawSegment]]], gaps: Sequence[Span]
) -> tuple[tuple[Chunk, tuple[RawSegment, ...]], ...]:
    """What of a reading of gaps is probable enough to have been said in them.

    Where Whisper has little to go by it writes one sentence again and again; what comes twice is
    dropped, short answers aside.
    """
    often = Counter(bare(segment.text) for _, segments in read for segment in segments)

    def is_said(segment: RawSegment) -> bool:
        text = bare(segment.text)
        again = often[text] > 1 and len(text) > _SHORT_ANSWER
        sure = segment.probability >= _LEAST_PROBABILITY and segment.no_speech_prob <= _NO_SPEECH
        return sure and not again

    return tuple(
        (
            chunk,
            tuple(_inside(chunk, segment, gaps) for segment in segments if is_said(segment)),
        )
        for chunk, segments in read
    )


def _inside(chunk: Chunk, segment: RawSegment, gaps: Sequence[Span]) -> RawSegment:
    def lies_in_a_gap(start_s: float, end_s: float) -> bool:
        span = chunk.restore(start_s, end_s)
        return any(gap.contains((span.start_ms + span.end_ms) // 2) for gap in gaps)

    words = tuple(word for word in segment.words if lies_in_a_gap(word.start_s, word.end_s))
    return replace(segment, words=words)
