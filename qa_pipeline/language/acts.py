"""The catalogue of acts: what a sentence can do, defined in data per language.

One folder per language, any number of YAML files in it::

    words:                      # lists that phrases refer to as @name
      wait: [hold, wait]
    acts:
      ask_hold:
        role: agent             # agent, customer or any
        form: question          # question, statement or any
        patterns: ["(can|could) you @wait"]
        unmarked: ["would mind @wait"]  # count although the sentence does not look like a question
        nearly: ["you mind"]    # come near to the act: decide nothing, make its absence unsure
        never: ["hold the (item|order)"]   # a match that overlaps one of these does not count
        unless: [other_act]     # not where this act was found in the same words
        sound_least: 4          # syllables that a match by sound needs; 0: never by sound
        encoder: {threshold: 0.6, margin: 0.05, found: how the two were found}
        examples: [...]
        counter_examples: [...]
        confidence: {pattern: 0.95, phonetic: 0.8, learned: 0.8, encoder: 0.7}
    recap:                      # once per language: what makes a summary (recap_evidence.py)
      weights: {shared: 0.7, fresh: -0.4}
      bias: -3.0
      recap_from: 0.5           # probability from which on a stretch is a summary
      near_from: 0.2            # and from which on it comes near to one
      found: how the weights were found

Beside these files ``learned.json`` may tell some acts by all their words, see `learned`.
"""

from __future__ import annotations

import difflib
import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qa_pipeline.domain.recording import Role
from qa_pipeline.errors import RubricError
from qa_pipeline.language.learned import FILE as LEARNED_FILE
from qa_pipeline.language.learned import LearnedAct, read_learned
from qa_pipeline.language.matching import Phrase, PhraseError, PhraseMatch, Token

# libyaml where it is there: some thousand phrases are read ten times as fast.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EncoderRule(_Strict):
    """When nearness in meaning is enough.

    A sentence counts when its nearness to the nearest example is at least `threshold` and exceeds
    that to the nearest counter-example by `margin`. From `near_threshold` and `near_margin` on it
    comes near to the act, which decides nothing but makes an absence unsure. `found` says how the
    numbers were found.
    """

    threshold: float = Field(gt=0, lt=1)
    margin: float = Field(ge=0, lt=1)
    near_threshold: float | None = Field(None, gt=0, lt=1)
    near_margin: float = Field(0.0, gt=-1, lt=1)
    found: str = Field(min_length=10)


class Confidences(_Strict):
    """How sure a find is, by what found it."""

    pattern: float = Field(0.93, ge=0, le=1)
    phonetic: float = Field(0.8, ge=0, le=1)
    unmarked: float = Field(0.72, ge=0, le=1)
    learned: float = Field(0.8, ge=0, le=1)
    encoder: float = Field(0.7, ge=0, le=1)


class ActEntry(_Strict):
    """One act as a file states it; see the module's text for the fields."""

    role: Literal["agent", "customer", "any"] = "any"
    form: Literal["question", "statement", "any"] = "any"
    patterns: tuple[str, ...] = Field(min_length=1)
    unmarked: tuple[str, ...] = ()
    nearly: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    sound_least: int = Field(4, ge=0)
    encoder: EncoderRule | None = None
    examples: tuple[str, ...] = ()
    counter_examples: tuple[str, ...] = ()
    confidence: Confidences = Confidences()


class RecapRule(_Strict):
    """How the figures of a stretch of talk weigh: log-odds of it being a summary."""

    weights: dict[str, float]
    bias: float
    recap_from: float = Field(gt=0, lt=1)
    near_from: float = Field(gt=0, lt=1)
    found: str = Field(min_length=10)

    def probability(self, figures: Mapping[str, float]) -> float:
        """The probability, 0 to 1; figures without a weight do not count."""
        odds = self.bias + sum(w * figures.get(name, 0.0) for name, w in self.weights.items())
        return 1 / (1 + math.exp(-odds))


class ActFile(_Strict):
    """One file of the catalogue."""

    words: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    acts: dict[str, ActEntry] = Field(default_factory=dict)
    recap: RecapRule | None = None


@dataclass(frozen=True)
class ActDefinition:
    """One act in one language, compiled."""

    kind: str
    entry: ActEntry
    patterns: tuple[Phrase, ...]
    unmarked: tuple[Phrase, ...]
    never: tuple[Phrase, ...]
    nearly: tuple[Phrase, ...] = ()

    def said_by(self, role: Role) -> bool:
        """Whether this party can do it."""
        return self.entry.role in ("any", role.value)

    def find(
        self, text: Sequence[Token]
    ) -> tuple[PhraseMatch, Literal["pattern", "phonetic"]] | None:
        """Where the act is in these tokens, by wording or else by sound."""
        return self._find(self.patterns, text)

    def find_unmarked(self, text: Sequence[Token]) -> PhraseMatch | None:
        """Where the act is although its question has lost its form: first word, particle, mark."""
        hit = self._find(self.unmarked, text) if self.unmarked else None
        return hit[0] if hit else None

    def find_nearly(self, text: Sequence[Token]) -> PhraseMatch | None:
        """Where something comes near to the act."""
        hit = self._find(self.nearly, text) if self.nearly else None
        return hit[0] if hit else None

    def _find(
        self, phrases: Sequence[Phrase], text: Sequence[Token]
    ) -> tuple[PhraseMatch, Literal["pattern", "phonetic"]] | None:
        vetoes = [match for phrase in self.never for match in phrase.find_all(text)]
        for phrase in phrases:
            for match in phrase.find_all(text):
                if not _overlaps_any(match, vetoes):
                    return match, "pattern"
        if self.entry.sound_least and any("\u3400" <= t.text[0] <= "\u9fff" for t in text):
            for phrase in phrases:
                for match in phrase.find_all_by_sound(text, self.entry.sound_least):
                    if not _overlaps_any(match, vetoes):
                        return match, "phonetic"
        return None

    def vetoed(self, text: Sequence[Token]) -> bool:
        """Whether any of the phrases that forbid the act stands in these tokens."""
        return any(phrase.find(text) is not None for phrase in self.never)


def _overlaps_any(match: PhraseMatch, others: Sequence[PhraseMatch]) -> bool:
    return any(other.first < match.last and match.first < other.last for other in others)


@dataclass(frozen=True)
class ActCatalogue:
    """All acts of all languages: ``catalogue.of("en")["ask_hold"]``."""

    languages: Mapping[str, Mapping[str, ActDefinition]] = field(default_factory=dict)
    recaps: Mapping[str, RecapRule] = field(default_factory=dict)  # by language
    learned: Mapping[str, Mapping[str, LearnedAct]] = field(default_factory=dict)  # by language
    fingerprint: str = ""  # SHA-256 of the definitions: changes when anything could match otherwise

    def of(self, language: str) -> Mapping[str, ActDefinition]:
        """The acts of one language, in the order of the files; empty where there are none."""
        return self.languages.get(language, {})


def load_catalogue(
    folder: Path, languages: Sequence[str] = ("en", "zh"), own: Sequence[Path] = ()
) -> ActCatalogue:
    """The acts under ``folder/<language>/*.yaml``, compiled once per process.

    Args:
        folder: the acts that come with qa_pipeline.
        languages: those wanted.
        own: folders of the same form with a desk's own acts: an act that is known already gets
            their phrases and examples besides its own, others are added.

    Raises:
        RubricError: a folder is missing or a file is not valid; the message names file and place.
    """
    return _load(folder.resolve(), tuple(languages), tuple(path.resolve() for path in own))


@lru_cache(maxsize=8)
def _load(folder: Path, languages: tuple[str, ...], own: tuple[Path, ...]) -> ActCatalogue:
    present = [language for language in languages if (folder / language).is_dir()]
    if not present:
        raise RubricError(
            f"There are no acts for {', '.join(languages)} in {folder}.",
            "Each language needs a folder of that name with .yaml files.",
        )
    # A language without a folder has no acts: its calls are undetermined, the others are scored.
    digest = hashlib.sha256()
    for language in present:
        for root in (folder, *own):
            for file in sorted((root / language).glob("*.yaml")):
                digest.update(f"{language}/{file.name}\n".encode() + file.read_bytes())
        learned = folder / language / LEARNED_FILE
        digest.update(learned.read_bytes() if learned.is_file() else b"")
    for root in own:
        if not any((root / language).is_dir() for language in languages):
            raise RubricError(
                f"There are no acts for {', '.join(languages)} in {root}.",
                "Each language needs a folder of that name with .yaml files.",
            )
    loaded = {
        language: _load_language(folder / language, [root / language for root in own])
        for language in present
    }
    return ActCatalogue(
        {language: acts for language, (acts, _) in loaded.items()},
        {language: rule for language, (_, rule) in loaded.items() if rule is not None},
        {language: read_learned(folder / language) for language in present},
        digest.hexdigest(),
    )


def _load_language(
    folder: Path, own: Sequence[Path] = ()
) -> tuple[Mapping[str, ActDefinition], RecapRule | None]:
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise RubricError(
            f"There are no acts in {folder}.", "Put at least one .yaml file with acts there."
        )
    found: dict[str, ActDefinition] = {}
    rule: RecapRule | None = None
    for file in files:
        content = _read(file)
        if content.recap is not None and rule is not None:
            raise RubricError(f"{file}: recap: this is stated in another file too.")
        rule = content.recap or rule
        for kind, entry in content.acts.items():
            if kind in found:
                raise RubricError(f"{file}: acts.{kind}: this act is defined in another file too.")
            found[kind] = _compiled(file, kind, entry, content.words)
    for file in (file for path in own for file in sorted(path.glob("*.yaml"))):
        content = _read(file)
        for kind, entry in content.acts.items():
            added = _compiled(file, kind, entry, content.words)
            found[kind] = _joined(found[kind], added) if kind in found else added
    for kind, definition in found.items():
        for other in definition.entry.unless:
            if other not in found:
                near = difflib.get_close_matches(other, found, n=1)
                hint = f" Did you mean '{near[0]}'?" if near else ""
                raise RubricError(f"{folder}: acts.{kind}.unless: no act '{other}'.{hint}")
    return found, rule


def _joined(shipped: ActDefinition, own: ActDefinition) -> ActDefinition:
    """An act with a desk's own phrases; all else stays as it comes with qa_pipeline."""
    entry = shipped.entry.model_copy(
        update={
            name: (*getattr(shipped.entry, name), *getattr(own.entry, name))
            for name in ("patterns", "unmarked", "nearly", "never", "examples", "counter_examples")
        }
    )
    return ActDefinition(
        shipped.kind,
        entry,
        shipped.patterns + own.patterns,
        shipped.unmarked + own.unmarked,
        shipped.never + own.never,
        shipped.nearly + own.nearly,
    )


def _read(file: Path) -> ActFile:
    try:
        content: Any = yaml.load(file.read_text(encoding="utf-8"), Loader=_LOADER)
    except (OSError, UnicodeDecodeError) as error:
        raise RubricError(f"{file} cannot be read: {error}.") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" line {mark.line + 1}" if mark else ""
        raise RubricError(f"{file}{place} is not valid YAML.") from error
    try:
        return ActFile.model_validate(content or {})
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise RubricError(f"{file}: {place}: {first['msg']}.") from error


def _compiled(
    file: Path, kind: str, entry: ActEntry, words: Mapping[str, Sequence[str]]
) -> ActDefinition:
    if entry.encoder and not entry.examples:
        raise RubricError(f"{file}: acts.{kind}: the encoder needs examples.")
    try:
        return ActDefinition(
            kind,
            entry,
            tuple(Phrase(source, words) for source in entry.patterns),
            tuple(Phrase(source, words) for source in entry.unmarked),
            tuple(Phrase(source, words) for source in entry.never),
            tuple(Phrase(source, words) for source in entry.nearly),
        )
    except PhraseError as error:
        raise RubricError(f"{file}: acts.{kind}: {error}.") from error
