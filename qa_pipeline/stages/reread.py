"""The short stretches that verdicts rest on, heard a second time and differently.

Which stretches: those where the most is to be gained for a second of hearing, that is where the
first reading is in doubt, and the more so where verdicts look (the opening, the closing, around a
wait, where somebody is named). The two readings are then made one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from qa_pipeline.domain.recording import FloatArray
from qa_pipeline.domain.spans import Span, merge, subtract, total_ms
from qa_pipeline.domain.transcript import Transcript, Utterance, Word
from qa_pipeline.language.near_sounds import sound
from qa_pipeline.language.phonetics import sounds_alike_en
from qa_pipeline.language.readings import combined
from qa_pipeline.language.text import normalise
from qa_pipeline.language.utterances import grouped, in_order
from qa_pipeline.ports import ENGINE_SAMPLE_RATE_HZ, SecondReader

REREAD_VERSION = "3"

# So much of the speech is heard again at most, with all that is heard around it. By the clock that
# is more: slowed it lasts longer, and a window costs as much however little is in it.
SHARE = 0.25
OPENING_MS = 15_000
CLOSING_MS = 25_000
# Nobody says a word for so long: a wait, asked for before it and thanked for after it.
WAIT_MS = 5_000
BEFORE_WAIT_MS = 12_000
AFTER_WAIT_MS = 6_000
# How much more a word weighs where verdicts look than elsewhere.
_WAIT_WEIGHT, _NAME_WEIGHT, _EDGE_WEIGHT = 3.0, 3.0, 2.0
# Speech without words is mostly a short answer; people say about so many words a second.
_WORDS_PER_S = 2.5
_LEAST_UNREAD_MS = 300
# Below this share of doubt a second reading changes nothing.
_SETTLED = 0.04
# A stretch is cut only where there is a pause, so that no word is.
_CUT_PAUSE_MS = 80
_SAME_SPEECH_MS = 300
_ALIKE = 0.75
# Whisper misreads what stands alone, so the speech around a stretch is heard with it.
_CONTEXT_MS = 2_000
_SAMPLES_PER_MS = ENGINE_SAMPLE_RATE_HZ // 1000
_ADDRESS = {
    "en": re.compile(r"\b(?:mr|mrs|ms|miss|sir|maam|name|names)\b"),
    "zh": re.compile("先生|女士|小姐|太太|老师|贵姓|姓|我叫|工号"),
}


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of one channel's speech and the words read in it."""

    channel: int
    span: Span
    words: tuple[Word, ...]

    @property
    def doubt(self) -> float:
        """How many of its words are probably wrong or missing."""
        if not self.words:
            return self.span.duration_ms / 1000 * _WORDS_PER_S
        return sum(1.0 - word.probability for word in self.words)

    @property
    def settled(self) -> bool:
        """Whether there is nothing to gain."""
        if not self.words:
            return self.span.duration_ms < _LEAST_UNREAD_MS
        return self.doubt < _SETTLED * len(self.words)


def reread(
    channels: Sequence[FloatArray],
    speech: Sequence[Sequence[Span]],
    transcript: Transcript,
    reader: SecondReader,
    hints: Sequence[str] = (),
    *,
    share: float = SHARE,
) -> Transcript:
    """The transcript with its doubtful stretches read a second time.

    Args:
        channels: 16 kHz samples per channel, each of shape (n,).
        speech: spans per channel, as the first reading was given them.
        transcript: the first reading.
        reader: the recogniser.
        hints: names that are likely to be said.
        share: how much of the speech may be heard again, 0 to 1.

    Returns:
        A transcript whose words are less probable where the two readings differ; the second
        reading stands beside it.
    """
    chosen = choose(transcript, speech, hints, share)
    if not chosen:
        return transcript
    wide = [
        _with_context([stretch.span for stretch in chosen if stretch.channel == index], own)
        for index, own in enumerate(speech)
    ]
    second = _heard_again(channels, wide, transcript.language, reader, hints)
    utterances: list[Utterance] = []
    for index in range(len(channels)):
        mine = _of_channel(transcript, index)
        spans = merge(stretch.span for stretch in chosen if stretch.channel == index)
        again = [utterance for utterance in second if (utterance.channel or 0) == index]
        merged = _merged(mine, again, spans, transcript.language) if spans else mine
        channel = index if len(channels) > 1 else None
        utterances.extend(replace(utterance, channel=channel) for utterance in merged)
    utterances.sort(key=lambda utterance: (utterance.start_ms, utterance.end_ms))
    return replace(transcript, utterances=tuple(utterances), second=second)


def _heard_again(
    channels: Sequence[FloatArray],
    wide: Sequence[Sequence[Span]],
    language: str,
    reader: SecondReader,
    hints: Sequence[str],
) -> tuple[Utterance, ...]:
    """The second reading of these spans of each channel, ordered by time.

    The channels are laid end to end, so that they share the recogniser's windows, which are dear.
    """
    lengths_ms = [len(samples) // _SAMPLES_PER_MS for samples in channels]
    starts_ms = [sum(lengths_ms[:index]) for index in range(len(channels))]
    heard = [
        Span(span.start_ms + at_ms, span.end_ms + at_ms)
        for at_ms, spans in zip(starts_ms, wide, strict=True)
        for span in spans
    ]
    whole = [
        samples[: length_ms * _SAMPLES_PER_MS]
        for samples, length_ms in zip(channels, lengths_ms, strict=True)
    ]
    signal = whole[0] if len(whole) == 1 else np.concatenate(whole)
    words = [w for u in reader.read_again(signal, heard, language, hints) for w in u.words]
    found: list[Utterance] = []
    for index, (at_ms, length_ms) in enumerate(zip(starts_ms, lengths_ms, strict=True)):
        own = [
            replace(word, start_ms=word.start_ms - at_ms, end_ms=word.end_ms - at_ms)
            for word in words
            if at_ms <= _middle(word) < at_ms + length_ms
        ]
        channel = index if len(channels) > 1 else None
        found += [replace(u, channel=channel) for u in grouped(own, language)]
    return tuple(sorted(found, key=lambda utterance: (utterance.start_ms, utterance.end_ms)))


def choose(
    transcript: Transcript,
    speech: Sequence[Sequence[Span]],
    hints: Sequence[str] = (),
    share: float = SHARE,
) -> tuple[Stretch, ...]:
    """What to hear again: the stretches with most to gain for the hearing that they cost.

    A stretch costs its own length and that of the speech around it which is not heard for
    another one's sake; all of them cost at most `share` of the speech.
    """
    everything = [
        stretch
        for index, spans in enumerate(speech)
        for stretch in _stretches(index, spans, _of_channel(transcript, index))
    ]
    important = _Importance(transcript, hints)
    wide = {
        stretch: _with_context([stretch.span], speech[stretch.channel])
        for stretch in everything
        if not stretch.settled
    }

    def gain(stretch: Stretch) -> float:
        return important.weight(stretch) * stretch.doubt / total_ms(wide[stretch])

    left_ms = share * total_ms(span for spans in speech for span in spans)
    heard: dict[int, tuple[Span, ...]] = {}
    chosen = []
    for stretch in sorted(wide, key=gain, reverse=True):
        already = heard.get(stretch.channel, ())
        cost_ms = total_ms(subtract(wide[stretch], already))
        if cost_ms <= left_ms:
            chosen.append(stretch)
            heard[stretch.channel] = merge([*already, *wide[stretch]])
            left_ms -= cost_ms
    return tuple(sorted(chosen, key=lambda stretch: (stretch.channel, stretch.span)))


def _with_context(spans: Sequence[Span], speech: Sequence[Span]) -> tuple[Span, ...]:
    """The spans with the speech just before and after them."""
    wide = merge(Span(max(0, s.start_ms - _CONTEXT_MS), s.end_ms + _CONTEXT_MS) for s in spans)
    return merge(
        part for span in wide for own in speech if (part := span.intersection(own)) is not None
    )


class _Importance:
    """Where in a call verdicts look."""

    def __init__(self, transcript: Transcript, hints: Sequence[str]) -> None:
        self._language = transcript.language
        self._names = {
            _said(part, self._language)
            for hint in hints
            for part in ([hint, hint[1:]] if self._language == "zh" else hint.split())
            if len(part) > 1
        } - {""}
        talk = merge(Span(u.start_ms, u.end_ms) for u in transcript.utterances)
        self._waits = [
            Span(a.end_ms - BEFORE_WAIT_MS, b.start_ms + AFTER_WAIT_MS)
            for a, b in pairwise(talk)
            if b.start_ms - a.end_ms >= WAIT_MS
        ]
        first, last = (talk[0].start_ms, talk[-1].end_ms) if talk else (0, 0)
        self._edges = [Span(first, first + OPENING_MS), Span(last - CLOSING_MS, last + CLOSING_MS)]

    def weight(self, stretch: Stretch) -> float:
        """How much a word of this stretch counts; 1 where no verdict looks."""
        if any(wait.overlaps(stretch.span) for wait in self._waits):
            return _WAIT_WEIGHT
        if self._names_somebody(stretch):
            return _NAME_WEIGHT
        return _EDGE_WEIGHT if any(edge.overlaps(stretch.span) for edge in self._edges) else 1.0

    def _names_somebody(self, stretch: Stretch) -> bool:
        text = normalise(" ".join(word.text for word in stretch.words), self._language)
        address = _ADDRESS.get(self._language)
        if address is not None and address.search(text.replace(" ", "") if self._zh else text):
            return True
        if self._zh:
            return any(name in _said(text, "zh") for name in self._names)
        words = text.split()
        return any(sounds_alike_en(name, w) >= _ALIKE for name in self._names for w in words)

    @property
    def _zh(self) -> bool:
        return self._language == "zh"


def _said(text: str, language: str) -> str:
    """Chinese as a row of folded syllables, English as it is compared."""
    if language == "zh":
        return "".join(f"-{sound(character)}-" for character in text if character.strip())
    return normalise(text, language)


def _of_channel(transcript: Transcript, index: int) -> list[Utterance]:
    return [u for u in transcript.utterances if (u.channel or 0) == index]


def _stretches(
    channel: int, speech: Iterable[Span], utterances: Sequence[Utterance]
) -> Iterator[Stretch]:
    """A channel's speech, cut between utterances where there is a pause."""
    words = sorted(
        (word for utterance in utterances for word in utterance.words),
        key=lambda word: word.start_ms,
    )
    starts = {utterance.start_ms for utterance in utterances}
    cuts = [
        (before.end_ms + after.start_ms) // 2
        for before, after in pairwise(words)
        if after.start_ms in starts and after.start_ms - before.end_ms >= _CUT_PAUSE_MS
    ]
    for span in merge(speech, _SAME_SPEECH_MS):
        inside = [cut for cut in cuts if span.start_ms < cut < span.end_ms]
        for start_ms, end_ms in pairwise([span.start_ms, *inside, span.end_ms]):
            part = Span(start_ms, end_ms)
            yield Stretch(channel, part, tuple(w for w in words if part.contains(_middle(w))))


def _merged(
    first: Sequence[Utterance], again: Sequence[Utterance], spans: Sequence[Span], language: str
) -> list[Utterance]:
    """The first reading of a channel with what the second makes of these spans."""

    def heard_twice(word: Word) -> bool:
        return any(span.contains(_middle(word)) for span in spans)

    kept = [u for u in first if not any(map(heard_twice, u.words))]
    touched = [word for u in first if u not in kept for word in u.words]
    once = in_order(word for word in touched if heard_twice(word))
    twice = in_order(word for u in again for word in u.words if heard_twice(word))
    rest = [word for word in touched if not heard_twice(word)]
    words = in_order([*rest, *combined(once, twice)])
    return [*kept, *grouped(words, language)]


def _middle(word: Word) -> int:
    return (word.start_ms + word.end_ms) // 2
