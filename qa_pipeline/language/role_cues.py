"""What tells the agent from the customer: cues with weights, read from rubrics/roles."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from qa_pipeline import resources
from qa_pipeline.errors import RubricError
from qa_pipeline.language.phonetics import syllables
from qa_pipeline.language.text import normalise

OPENING_TURNS = 3  # of a speaker; the formulas of an opening are over by then
_REPEATED = 0.5  # what a cue's second occurrence is worth beside the first
_WILD = {"en": r"(?:\S+ ){1,4}", "zh": r".{1,8}?"}
# Added to the length of a text, so that a few words do not make a habit.
_PRIOR_LENGTH = {"en": 20, "zh": 40}
_LEAST_SYLLABLES = 4  # shorter phrases are compared by their characters only


class CueModel(BaseModel):
    """One cue as the file writes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    weight: float
    phrases: tuple[str, ...]
    opening: bool = False


class HabitModel(BaseModel):
    """Words that one party says more often than the other, as the file writes them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    weight: float
    words: tuple[str, ...]


class CuesModel(BaseModel):
    """A language's file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cues: tuple[CueModel, ...]
    habits: tuple[HabitModel, ...] = ()
    announcements: tuple[str, ...] = ()
    acts: Mapping[str, float] = {}


@dataclass(frozen=True, slots=True)
class CueHit:
    """A cue heard: its id, its weight and the phrase."""

    id: str
    weight: float
    phrase: str


@dataclass(frozen=True, slots=True)
class _Compiled:
    id: str
    weight: float
    opening: bool
    phrases: tuple[tuple[str, re.Pattern[str], str], ...]  # phrase, pattern, its sound


@cache
def _model(language: str, folder: Path) -> CuesModel:
    path = folder / f"{language}.yaml"
    if not path.is_file():
        return CuesModel(cues=())
    try:
        return CuesModel.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (ValidationError, yaml.YAMLError) as error:
        raise RubricError(
            f"The role cues {path} are not valid: {error}.", "Correct the file."
        ) from error


@cache
def _cues(language: str, folder: Path) -> tuple[_Compiled, ...]:
    return tuple(
        _Compiled(
            cue.id,
            cue.weight,
            cue.opening,
            tuple((p, _pattern(p, language), _sound(p, language)) for p in cue.phrases),
        )
        for cue in _model(language, folder).cues
    )


def _pattern(phrase: str, language: str) -> re.Pattern[str]:
    pieces = [re.escape(normalise(piece, language)) for piece in phrase.split("*")]
    if language == "zh":
        return re.compile(_WILD["zh"].join(pieces))
    return re.compile(r"\b" + (" " + _WILD["en"]).join(pieces) + r"\b")


def _sound(phrase: str, language: str) -> str:
    """The phrase in syllables between spaces, or nothing if it should not match by sound."""
    if language != "zh" or "*" in phrase or len(phrase) < _LEAST_SYLLABLES:
        return ""
    return f" {' '.join(syllables(phrase))} "


def cues_in(texts: Sequence[str], language: str) -> tuple[CueHit, ...]:
    """The cues in one speaker's turns, in order of the file.

    Args:
        texts: the texts of the speaker's turns, in order.
        language: a language without a file gives no cues.

    Raises:
        RubricError: the file is not valid.
    """
    plain = [normalise(text, language, drop_fillers=True) for text in texts]
    whole = "\n".join(plain)
    opening = "\n".join(plain[:OPENING_TURNS])
    sounds = {
        text: "\n".join(f" {' '.join(syllables(line))} " for line in text.split("\n"))
        if language == "zh"
        else ""
        for text in {whole, opening}
    }
    hits: list[CueHit] = []
    for cue in _cues(language, resources.rubrics_dir() / "roles"):
        text = opening if cue.opening else whole
        found = [
            phrase
            for phrase, pattern, sound in cue.phrases
            if _heard(text, sounds[text], pattern, sound)
        ]
        for number, phrase in enumerate(found[:2]):
            hits.append(CueHit(cue.id, cue.weight * (_REPEATED if number else 1.0), phrase))
    return tuple(hits)


def _heard(text: str, sounds: str, pattern: re.Pattern[str], sound: str) -> bool:
    return pattern.search(text) is not None or (bool(sound) and sound in sounds)


def habit_score(texts: Sequence[str], language: str) -> float:
    """How much like an agent somebody talks, by everyday words; only differences mean anything.

    An agent says "you" and "your" (in Mandarin the polite one), a customer "my", "yeah", "oh" and
    what happened yesterday: in every sentence, so that an opening that was cut away or misheard is
    not missed. Each habit counts with the square root of its share of the words (of the characters
    in Mandarin); the difference between two voices is the log-odds that the first is the agent.

    Example:
        >>> asks = habit_score(["can you tell me your date of birth"], "en")
        >>> asks > habit_score(["yeah, my husband was at home"], "en")
        True
    """
    plain = [normalise(text, language) for text in texts]
    words = list("".join(plain)) if language == "zh" else " ".join(plain).split()
    said, whole = Counter(words), "\n".join(plain)
    length = len(words) + _PRIOR_LENGTH.get(language, 20)
    total = 0.0
    for habit in _model(language, resources.rubrics_dir() / "roles").habits:
        if language == "zh":
            count = sum(whole.count(word) for word in habit.words)
        else:
            count = sum(said[word] for word in habit.words)
        total += habit.weight * math.sqrt(100 * count / length)
    return total


def act_weights(language: str) -> Mapping[str, float]:
    """What doing each act of the catalogue is worth, as log-odds towards the agent.

    Example:
        >>> act_weights("en")["ask_satisfaction"] > 0
        True
    """
    return _model(language, resources.rubrics_dir() / "roles").acts


def is_announcement(texts: Sequence[str], language: str) -> bool:
    """Whether somebody says what only a machine on the line says.

    Example:
        >>> is_announcement(["This call may be recorded for quality purposes."], "en")
        True
    """
    whole = "\n".join(normalise(text, language) for text in texts)
    phrases = _model(language, resources.rubrics_dir() / "roles").announcements
    return any(_pattern(phrase, language).search(whole) for phrase in phrases)
