"""What a recogniser is told before it listens, and how the language is chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from qa_pipeline.domain.recording import FloatArray
from qa_pipeline.domain.spans import Span
from qa_pipeline.engines.chunks import Chunk, pack

# A prompt shares the model's 448 tokens with what it writes, so it is kept short.
MAX_HINTS = 24
_MAX_HINT_CHARS = 40
# A prompt of style ("以下是普通话的句子。") is left out on purpose: on telephone speech it cost
# base up to 15 points of character errors and was echoed; characters are simplified afterwards.
# The model copies the prompt's marks: in Chinese anything but bare commas spoils its punctuation.
_NAMES = {"zh": ("", "，", ""), "en": ("Names: ", ", ", ".")}

# The language is asked of up to three windows: the first one is often a greeting of two words.
_LANGUAGE_WINDOWS = 3
_LANGUAGE_WINDOW_MS = 20_000
_SURE_OF_LANGUAGE = 0.9
_SURE_AFTER_MS = 8_000


@dataclass(frozen=True, slots=True)
class Guess:
    """A `LanguageGuess`: the likeliest candidate and its probability among all languages."""

    language: str
    confidence: float


def prompt_for(language: str, hints: Sequence[str]) -> str:
    """The text that stands before the audio: the known names, or nothing.

    Example:
        >>> prompt_for("en", ["Mary Brown", "Acme Bank"])
        'Names: Mary Brown, Acme Bank.'
    """
    names = list(
        dict.fromkeys(
            cleaned
            for hint in hints
            if 0 < len(cleaned := " ".join(hint.split())) <= _MAX_HINT_CHARS
        )
    )[:MAX_HINTS]
    if not names:
        return ""
    before, between, after = _NAMES.get(language, ("", ", ", "."))
    return before + between.join(names) + after


def language_sample(samples: FloatArray, speech: Sequence[Span]) -> tuple[Chunk, ...]:
    """Up to three stretches of packed speech, the one with most in it first."""
    chunks = pack(samples, speech, _LANGUAGE_WINDOW_MS)
    return tuple(sorted(chunks, key=lambda chunk: -chunk.duration_ms)[:_LANGUAGE_WINDOWS])


def vote_on_language(
    windows: Sequence[Chunk],
    probabilities: Callable[[Chunk], Mapping[str, float]],
    candidates: Sequence[str],
) -> Guess:
    """The language over the windows; no more of them are asked once one is sure.

    Each look costs as much as encoding half a minute, so a clear first answer is taken.
    """
    votes: list[tuple[int, Mapping[str, float]]] = []
    for window in windows:
        votes.append((window.duration_ms, probabilities(window)))
        guess = choose_language(votes, candidates)
        if guess.confidence >= _SURE_OF_LANGUAGE and window.duration_ms >= _SURE_AFTER_MS:
            return guess
    return choose_language(votes, candidates)


def choose_language(
    votes: Sequence[tuple[int, Mapping[str, float]]], candidates: Sequence[str]
) -> Guess:
    """The likeliest of `candidates` over windows of (milliseconds, probabilities).

    Windows weigh by their length. Without any speech the first candidate is returned with
    confidence 0.

    Example:
        >>> choose_language([(1000, {"en": 0.9, "zh": 0.1})], ["zh", "en"]).language
        'en'
    """
    total = sum(weight for weight, _ in votes)
    if not candidates or total <= 0:
        return Guess(candidates[0] if candidates else "en", 0.0)
    mean = {
        language: sum(weight * found.get(language, 0.0) for weight, found in votes) / total
        for language in candidates
    }
    best = max(candidates, key=lambda language: mean[language])
    return Guess(best, round(min(1.0, mean[best]), 4))
