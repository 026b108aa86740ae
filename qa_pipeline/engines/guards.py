"""What a Whisper invents, and how it is told from what was said.

Whisper was trained on subtitles: over noise or silence it writes how subtitles end ("thanks for
watching"), repeats itself, or repeats its prompt. Each guard needs two signs, what is written and
how sure the model was, so that a caller who really says such words is still heard.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

# Decoding thresholds of the Whisper paper (Radford et al. 2022, section 4.5).
NO_SPEECH_THRESHOLD = 0.6
LOGPROB_THRESHOLD = -1.0
COMPRESSION_THRESHOLD = 2.4
TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8)

# Subtitle credits seen over silence, noise and music; matched against the bare text of a segment.
_CREDITS = re.compile(
    r"thank(s| you)( so much| very much)? for (watching|listening to this video)"
    r"|please (like and )?subscribe|like and subscribe|see you (in the )?next (video|time)"
    r"|subtitles? by|captions? by|amara ?org|transcription by|translated by"
    r"|请不吝点赞|點贊|点赞订阅|打赏支持|明镜与?点点|字幕由|字幕[:：]?志愿|字幕志愿|中文字幕"
    r"|谢谢(大家)?(的)?(观看|收看|收听)|感谢(您的|大家)?(观看|收看|收听)|下期(视频)?再见|优优独播剧场"
    r"|订阅.{0,6}频道|作词|作曲|编曲"
)
_CREDIT_PROBABILITY = 0.85  # below this mean word probability a credit is taken as invented
_CREDIT_NO_SPEECH = 0.3

# A loop is one group of words again and again: people repeat a word up to five times
# ("对对对对对"), a longer phrase hardly more than three times.
_MIN_REPEATS = {1: 7, 2: 5}
_MIN_REPEATS_LONGER = 4
_LONGEST_LOOP = 16

# Words without duration: the aligner found no place for them in the sound.
_UNPLACED_S = 0.02
_UNPLACED_SHARE = 0.6
_UNPLACED_PROBABILITY = 0.45
_HOPELESS_PROBABILITY = 0.12
_SQUEEZED_SHARE = 0.25  # of a loop through several segments

# A person says the same full name at most twice within half a minute.
_PARROTED = 3
# Speech without words: pauses that the voice detector bridges last up to a second.
_PAUSE_S = 0.5
_UNREAD_S = 0.8


@dataclass(frozen=True, slots=True)
class RawWord:
    """A word as Whisper writes it (a leading space begins a word), times within its chunk."""

    text: str
    start_s: float
    end_s: float
    probability: float


@dataclass(frozen=True, slots=True)
class RawSegment:
    """A sentence or so of Whisper's with its own signs of doubt."""

    words: tuple[RawWord, ...]
    avg_logprob: float
    no_speech_prob: float

    @property
    def text(self) -> str:
        """The words as written."""
        return "".join(word.text for word in self.words)

    @property
    def probability(self) -> float:
        """Mean word probability."""
        return sum(word.probability for word in self.words) / max(1, len(self.words))


def keep_spoken(
    segments: Sequence[RawSegment], prompt: str = "", hints: Sequence[str] = ()
) -> tuple[RawSegment, ...]:
    """The segments without what was invented; loops are cut down to their first round.

    Args:
        segments: of one chunk.
        prompt: the text the model was given before the audio.
        hints: the names in that prompt.

    Example:
        >>> credit = RawSegment((RawWord(" Thanks for watching!", 0.0, 0.5, 0.3),), -1.2, 0.5)
        >>> keep_spoken([credit])
        ()
    """
    kept = []
    for trimmed in without_loops(segments):
        if not bare(trimmed.text):
            continue
        if is_credit(trimmed) or is_unplaced(trimmed) or is_echo(trimmed, prompt, hints):
            continue
        kept.append(trimmed)
    return tuple(kept)


def bare(text: str) -> str:
    """Letters, digits and single spaces, lower case, full width folded: for comparing."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return " ".join(re.sub(r"[^\w']+|_", " ", folded).split())


def is_credit(segment: RawSegment) -> bool:
    """Whether the segment is how subtitles end, and the model was not sure of it."""
    unsure = segment.probability < _CREDIT_PROBABILITY or segment.no_speech_prob > _CREDIT_NO_SPEECH
    text = bare(segment.text)
    return unsure and bool(_CREDITS.search(text) or _CREDITS.search(text.replace(" ", "")))


def is_unplaced(segment: RawSegment) -> bool:
    """Whether the words have no place in the sound: no duration, little probability."""
    if segment.probability < _HOPELESS_PROBABILITY:
        return True
    if len(segment.words) < 3:
        return False
    unplaced = sum(word.end_s - word.start_s <= _UNPLACED_S for word in segment.words)
    return (
        unplaced / len(segment.words) >= _UNPLACED_SHARE
        and segment.probability < _UNPLACED_PROBABILITY
    )


def is_echo(segment: RawSegment, prompt: str, hints: Sequence[str]) -> bool:
    """Whether the segment only repeats the prompt.

    Two hints in the prompt's own order, or any other part of the prompt, is an echo; one name
    alone is what callers do say, so it must also be improbable.
    """
    said, given = bare(segment.text).replace(" ", ""), bare(prompt).replace(" ", "")
    if not said or said not in given:
        return False
    names = [bare(hint).replace(" ", "") for hint in hints]
    if any(said in name for name in names):
        return segment.probability < 0.5
    return len(said) >= 4 and (segment.probability < 0.9 or len(said) >= 8)


def without_loops(segments: Sequence[RawSegment]) -> list[RawSegment]:
    """The segments with every loop cut down to its first round; digits may repeat.

    A loop through several segments may be a message that is played again and again: it is one of
    the recogniser's where many of its words have no place in the sound.
    """
    words = [(at, word) for at, segment in enumerate(segments) for word in segment.words]
    keys = [bare(word.text) for _, word in words]
    index = 0
    while index < len(words):
        length, repeats = _loop_at(keys, index)
        if repeats and _invented(words[index : index + length * repeats]):
            del words[index + length : index + length * repeats]
            del keys[index + length : index + length * repeats]
        index += 1
    left = [tuple(word for place, word in words if place == at) for at in range(len(segments))]
    return [
        segment if len(own) == len(segment.words) else replace(segment, words=own)
        for segment, own in zip(segments, left, strict=True)
    ]


def _invented(loop: Sequence[tuple[int, RawWord]]) -> bool:
    """Whether nobody said a loop, given as words with the number of their segment."""
    if loop[0][0] == loop[-1][0]:
        return True
    squeezed = sum(word.end_s - word.start_s <= _UNPLACED_S for _, word in loop)
    return squeezed >= _SQUEEZED_SHARE * len(loop)


def _loop_at(keys: Sequence[str], start: int) -> tuple[int, int]:
    """(length, repeats) of a loop that begins at `start`, (0, 0) if none does."""
    for length in range(1, min(_LONGEST_LOOP, (len(keys) - start) // 2) + 1):
        group = keys[start : start + length]
        if not any(group) or all(key.isdigit() for key in group):
            continue
        repeats = 1
        while keys[start + repeats * length : start + (repeats + 1) * length] == group:
            repeats += 1
        if repeats >= _MIN_REPEATS.get(length, _MIN_REPEATS_LONGER):
            return length, repeats
    return 0, 0


def parrots_hints(segments: Sequence[RawSegment], hints: Sequence[str]) -> bool:
    """Whether names from the prompt stand where other words were spoken.

    Over unclear speech Whisper writes its prompt instead of the words: a segment of little else
    than hinted names, two of them side by side, or one again and again. Such a window is better
    read without a prompt; names that then come out misspelt are still matched by sound.

    Example:
        >>> said = RawSegment((RawWord("刘佳，孙伟，", 0.0, 0.5, 0.6),), -0.6, 0.1)
        >>> parrots_hints([said], ["刘佳", "孙伟"])
        True
    """
    names = sorted({flat for hint in hints if (flat := _flat(hint))}, key=len, reverse=True)
    if not names:
        return False
    any_name = re.compile("|".join(map(re.escape, names)))
    texts = [_flat(segment.text) for segment in segments]
    for text in texts:
        found = any_name.findall(text)
        if found and 2 * sum(map(len, found)) >= len(text):
            return True
        if re.search(f"(?:{any_name.pattern}){{2}}", text):
            return True
    everything = "".join(texts)
    return any(everything.count(name) >= _PARROTED for name in names)


def _flat(text: str) -> str:
    return bare(text).replace(" ", "")


def unread_s(segments: Sequence[RawSegment], speech_s: Sequence[tuple[float, float]]) -> float:
    """How much speech of a window has no words, in seconds; pauses of up to a second are none.

    Example:
        >>> late = RawSegment((RawWord("oh", 2.5, 3.0, 0.9),), -0.3, 0.1)
        >>> unread_s([late], [(0.0, 3.5)])
        2.0
    """
    words = sorted((w.start_s - _PAUSE_S, w.end_s + _PAUSE_S) for s in segments for w in s.words)
    unread = 0.0
    for start, end in speech_s:
        at = start
        for begin, finish in words:
            if begin > at:
                unread += max(0.0, min(begin, end) - at)
            at = max(at, min(finish, end))
        unread += max(0.0, end - at)
    return round(unread, 3)


def read_guarded(
    read: Callable[[str], Sequence[RawSegment]],
    prompt: str,
    hints: Sequence[str],
    speech_s: Sequence[tuple[float, float]] = (),
) -> tuple[RawSegment, ...]:
    """One window's segments without inventions.

    A prompt helps with names, but now and then it is parroted, or whole sentences are skipped for
    it. The window is then read again without, and the better reading kept.

    Args:
        read: reads the window, given a prompt.
        prompt: the text before the audio.
        hints: the names in it.
        speech_s: where in the window somebody speaks, in seconds.
    """
    segments = read(prompt)
    if not prompt:
        return keep_spoken(segments)
    if parrots_hints(segments, hints):
        return keep_spoken(read(""))
    kept = keep_spoken(segments, prompt, hints)
    unread = unread_s(kept, speech_s)
    if unread > _UNREAD_S:
        plain = keep_spoken(read(""))
        if unread_s(plain, speech_s) < unread - _UNREAD_S / 2:
            return plain
    return kept
