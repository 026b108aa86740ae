"""Which voice said which word, and turns made of words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import SpeakerTurn, Turn, Utterance, Word
from qa_pipeline.language.text import is_han, normalise

TURN_PAUSE_MS = 1_500  # a longer pause of the same voice begins a new turn
_BORDER_WORDS = 2  # diarizers are off by a few hundred ms, that is one or two words
_BORDER_MS = 700
# A border that cuts a sentence said in one breath lies further off: in tuning calls diarizers gave
# "Member" to one voice and "care, this is Priya." to the other.
_CUT_WORDS = 3
_CUT_MS = 1_500
_CLEAR_PAUSE_MS = 250
_TIGHT_MS = 120
_SURE_MS = 250
_BLIP_MS = 350  # a shorter stretch of another voice amid a fluent one is the diarizer's slip
# Cross-talk reaches the other channel at once; recognisers time words to about 0.2 s.
_COPY_MS = 250
_COPY_WORDS = {"zh": 4}
_COPY_WORDS_DEFAULT = 3
_SENTENCE_END = re.compile(r"[.?!。？！…]+[\"'”’]?$")
_ATTACHED = re.compile(r"^[,.!?;:'，。！？、；：…%)]")


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word and the label of who said it."""

    word: Word
    speaker: str
    channel: int | None = None

    @property
    def middle_ms(self) -> int:
        """The moment in the middle of the word."""
        return (self.word.start_ms + self.word.end_ms) // 2


def words_of(utterance: Utterance) -> tuple[Word, ...]:
    """The utterance's words; without word times the whole utterance is one."""
    if utterance.words:
        return utterance.words
    text = utterance.text.strip()
    if not text:
        return ()
    return (Word(utterance.start_ms, utterance.end_ms, text, utterance.confidence),)


def assign_by_time(
    utterances: Sequence[Utterance], speech: Sequence[SpeakerTurn]
) -> tuple[SpokenWord, ...]:
    """Words of a shared channel, each with the voice that speaks most of its time.

    Where two voices overlap equally the one that was speaking goes on; where nobody speaks the
    nearest counts. Then slips of the diarizer are smoothed and turns begin at sentence ends.
    """
    words = [word for utterance in utterances for word in words_of(utterance)]
    words.sort(key=lambda word: (word.start_ms, word.end_ms))
    if not speech:
        return tuple(SpokenWord(word, "SPEAKER_00") for word in words)
    labels: list[str] = []
    for word in words:
        labels.append(_speaker_of(word, speech, labels[-1] if labels else None))
    labels = _without_blips(words, labels)
    labels = _borders_moved(words, labels)
    return tuple(SpokenWord(w, label) for w, label in zip(words, labels, strict=True))


def _speaker_of(word: Word, speech: Sequence[SpeakerTurn], previous: str | None) -> str:
    # A recogniser's times are surest at a word's end: its start may reach into the pause before.
    begin_ms = max(word.start_ms, word.end_ms - _SURE_MS)
    overlaps: dict[str, int] = {}
    for turn in speech:
        shared = min(word.end_ms, turn.span.end_ms) - max(begin_ms, turn.span.start_ms)
        if shared > 0:
            overlaps[turn.speaker] = overlaps.get(turn.speaker, 0) + shared
    if overlaps:
        return max(overlaps, key=lambda s: (overlaps[s], s == previous))
    middle = (word.start_ms + word.end_ms) // 2
    nearest = min(speech, key=lambda t: max(t.span.start_ms - middle, middle - t.span.end_ms, 0))
    return nearest.speaker


def _runs(labels: Sequence[str]) -> list[tuple[int, int]]:
    """Stretches of equal labels as ``[first, end)``."""
    runs: list[tuple[int, int]] = []
    for index, label in enumerate(labels):
        if runs and labels[runs[-1][0]] == label:
            runs[-1] = (runs[-1][0], index + 1)
        else:
            runs.append((index, index + 1))
    return runs


def _without_blips(words: Sequence[Word], labels: list[str]) -> list[str]:
    """A word or two of B in the middle of A's fluent sentence go to A."""
    smoothed = list(labels)
    runs = _runs(labels)
    for before, (first, end), after in zip(runs, runs[1:], runs[2:], strict=False):
        same = labels[before[0]] == labels[after[0]]
        length = words[end - 1].end_ms - words[first].start_ms
        tight = (
            words[first].start_ms - words[first - 1].end_ms < _TIGHT_MS
            and words[end].start_ms - words[end - 1].end_ms < _TIGHT_MS
        )
        mid_sentence = not _ends_sentence(words[first - 1]) and not _ends_sentence(words[end - 1])
        if same and end - first <= _BORDER_WORDS and length < _BLIP_MS and tight and mid_sentence:
            for index in range(first, end):
                smoothed[index] = labels[before[0]]
    return smoothed


def _ends_sentence(word: Word) -> bool:
    return _SENTENCE_END.search(word.text.strip()) is not None


def _borders_moved(words: Sequence[Word], labels: list[str]) -> list[str]:
    """Changes of voice moved, by a few words at most, to a sentence's end or a clear pause."""
    moved = list(labels)
    runs = _runs(labels)
    for (first, border), (_, end) in pairwise(runs):
        target = _better_border(words, border, range(first + 1, end))
        if target is None:
            continue
        left, right = labels[border - 1], labels[border]
        for index in range(min(border, target), max(border, target)):
            moved[index] = right if target < border else left
    return moved


def _better_border(words: Sequence[Word], border: int, between: range) -> int | None:
    """Where the change of voice at `border` belongs, or None if it is right.

    Outside of `between` one of the two voices would be left without a word: only a slip of two
    words may go that way.
    """
    if _ends_sentence(words[border - 1]):
        return None
    pause_ms = words[border].start_ms - words[border - 1].end_ms
    near = _around(words, border, _BORDER_WORDS, _BORDER_MS)
    far = _around(words, border, _CUT_WORDS, _CUT_MS) if pause_ms < _CLEAR_PAUSE_MS else []
    far = [at for at in far if at in between]
    ends = [at for at in [*near, *far] if _ends_sentence(words[at - 1])]
    if ends:
        return min(ends, key=lambda at: abs(words[at].start_ms - words[border].start_ms))
    if pause_ms >= _TIGHT_MS:
        return None
    pauses = [at for at in near if words[at].start_ms - words[at - 1].end_ms >= _CLEAR_PAUSE_MS]
    return min(pauses, key=lambda at: abs(at - border)) if pauses else None


def _around(words: Sequence[Word], border: int, most: int, within_ms: int) -> list[int]:
    """Other places for a border, at most so many words and milliseconds away."""
    return [
        at
        for at in range(max(1, border - most), min(len(words), border + most + 1))
        if at != border and abs(words[at].start_ms - words[border].start_ms) <= within_ms
    ]


def by_channel(utterances: Sequence[Utterance]) -> tuple[SpokenWord, ...]:
    """Words of separate channels; the channel is the speaker."""
    spoken = [
        SpokenWord(word, f"channel_{utterance.channel or 0}", utterance.channel or 0)
        for utterance in utterances
        for word in words_of(utterance)
    ]
    return tuple(sorted(spoken, key=lambda s: (s.word.start_ms, s.word.end_ms)))


def without_cross_talk(
    spoken: Sequence[SpokenWord], language: str
) -> tuple[tuple[SpokenWord, ...], int]:
    """Words without the copies that leaked from one channel into another, and how many leaked.

    A copy is a run of the same words at the same time on two channels; the run that was
    recognised with less probability (the quieter one) is the copy. Short runs stay, since two
    people do say "bye" together.
    """
    least = _COPY_WORDS.get(language, _COPY_WORDS_DEFAULT)
    labels = sorted({s.speaker for s in spoken})
    dropped: set[int] = set()
    rows = {label: [i for i, s in enumerate(spoken) if s.speaker == label] for label in labels}
    for number, one in enumerate(labels):
        for other in labels[number + 1 :]:
            for run in _copied_runs(spoken, rows[one], rows[other], language):
                if sum(_size(spoken[a].word, language) for a, _ in run) < least:
                    continue
                first = sum(spoken[a].word.probability for a, _ in run)
                second = sum(spoken[b].word.probability for _, b in run)
                dropped.update(a if first < second else b for a, b in run)
    return tuple(s for i, s in enumerate(spoken) if i not in dropped), len(dropped)


def _size(word: Word, language: str) -> int:
    return len(normalise(word.text, language)) if language == "zh" else 1


def _copied_runs(
    spoken: Sequence[SpokenWord], one: Sequence[int], other: Sequence[int], language: str
) -> list[list[tuple[int, int]]]:
    """Runs of pairs of indexes whose words are the same and simultaneous."""
    runs: list[list[tuple[int, int]]] = []
    current: list[tuple[int, int]] = []
    start = 0
    for a in one:
        word = spoken[a].word
        while start < len(other) and spoken[other[start]].word.start_ms < word.start_ms - _COPY_MS:
            start += 1
        match = None
        for b in other[start:]:
            twin = spoken[b].word
            if twin.start_ms > word.start_ms + _COPY_MS:
                break
            later = not current or b > current[-1][1]
            if later and normalise(twin.text, language) == normalise(word.text, language):
                match = b
                break
        if match is not None:
            current.append((a, match))
        elif current:
            runs.append(current)
            current = []
    return [*runs, current] if current else runs


def make_turns(spoken: Sequence[SpokenWord], roles: dict[str, Role]) -> tuple[Turn, ...]:
    """Turns of consecutive words of one speaker, ordered by start.

    A new turn begins after a pause of 1.5 s, or where another speaker's words fall into a
    shorter pause. Speakers talking at the same time give overlapping turns.
    """
    turns: list[Turn] = []
    by_speaker: dict[str, list[SpokenWord]] = {}
    for item in spoken:
        by_speaker.setdefault(item.speaker, []).append(item)
    for speaker, items in by_speaker.items():
        others = [s.middle_ms for s in spoken if s.speaker != speaker]
        group: list[Word] = []
        for item in items:
            if group and _breaks(group[-1], item.word, others):
                turns.append(_turn(group, roles[speaker], speaker))
                group = []
            group.append(item.word)
        turns.append(_turn(group, roles[speaker], speaker))
    return tuple(sorted(turns, key=lambda turn: (turn.start_ms, turn.end_ms)))


def _breaks(last: Word, word: Word, others: Sequence[int]) -> bool:
    if word.start_ms - last.end_ms > TURN_PAUSE_MS:
        return True
    return any(last.end_ms <= moment <= word.start_ms for moment in others)


def _turn(words: Sequence[Word], role: Role, speaker: str) -> Turn:
    confidence = sum(word.probability for word in words) / len(words)
    return Turn(
        role,
        words[0].start_ms,
        max(word.end_ms for word in words),
        join_words([word.text for word in words]),
        tuple(replace(word, text=word.text.strip()) for word in words),
        round(confidence, 4),
        speaker,
    )


def of_words(turn: Turn, role: Role, words: Sequence[Word]) -> Turn:
    """The part of a turn that holds these of its words, as a turn of `role`."""
    return replace(
        turn,
        role=role,
        start_ms=words[0].start_ms,
        end_ms=max(word.end_ms for word in words),
        text=join_words([word.text for word in words]),
        words=tuple(words),
        confidence=round(sum(word.probability for word in words) / len(words), 4),
    )


def join_words(texts: Sequence[str]) -> str:
    """Words as running text: spaces between them, none beside Chinese or before punctuation.

    Example:
        >>> join_words(["Hello", ",", "王", "芳", "here"])
        'Hello,王芳here'
    """
    joined = ""
    for raw in texts:
        text = raw.strip()
        if not text:
            continue
        glued = (
            not joined
            or is_han(text[0])
            or is_han(joined[-1])
            or _ATTACHED.match(text)
            or joined[-1] in "，。！？、；："
        )
        joined += text if glued else f" {text}"
    return joined
