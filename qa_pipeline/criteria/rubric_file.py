"""Rubric files: YAML to a validated `Rubric`, with errors that name the place and the cure.

A file holds ``rubric: {id, version, title}`` and ``criteria``, a list of ``{id, kind, title,
description, weight, params, source, auto_fail, coaching}``; texts are ``{en, zh}``.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qa_pipeline import criteria as kinds_of_rules
from qa_pipeline.domain.rubric import Criterion, LocalText, Rubric
from qa_pipeline.errors import RubricError


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Text(_Strict):
    en: str = Field(min_length=1)
    zh: str = Field(min_length=1)

    def local(self) -> LocalText:
        return LocalText(self.en.strip(), self.zh.strip())


class _Criterion(_Strict):
    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    kind: str
    title: _Text
    description: _Text
    weight: float = Field(1.0, ge=0)
    params: dict[str, Any] = Field(default_factory=dict)
    source: tuple[str, ...] = ()
    auto_fail: bool = False
    coaching: _Text | None = None


class _Head(_Strict):
    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    version: str = Field(min_length=1)
    title: _Text


class _File(_Strict):
    rubric: _Head
    criteria: tuple[_Criterion, ...] = Field(min_length=1)


def load_rubric(path: Path) -> Rubric:
    """The rubric in a YAML file.

    Raises:
        RubricError: the file cannot be read or is not valid; one line with file, place and,
            where a word is misspelt, the nearest right one.
    """
    content = _validated(path, _parsed(path))
    known = kinds_of_rules.kinds()
    seen: set[str] = set()
    for place, criterion in enumerate(content.criteria):
        where = f"{path}: criteria[{place}] ({criterion.id})"
        if criterion.id in seen:
            raise RubricError(f"{where}: the id occurs twice.", "Give each criterion its own id.")
        seen.add(criterion.id)
        if criterion.kind not in known:
            raise RubricError(
                f"{where}.kind: there is no kind '{criterion.kind}'.",
                _nearest(criterion.kind, known),
            )
        model = known[criterion.kind].params
        try:
            model.model_validate(criterion.params)
        except ValidationError as error:
            raise _invalid(f"{where}.params", error, model.model_fields) from error
    if not any(criterion.weight for criterion in content.criteria):
        raise RubricError(f"{path}: every weight is 0.", "Give at least one criterion a weight.")
    return Rubric(
        id=content.rubric.id,
        version=content.rubric.version,
        title=content.rubric.title.local(),
        criteria=tuple(_criterion(c) for c in content.criteria),
        fingerprint=_fingerprint(content),
    )


def _parsed(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RubricError(
            f"The rubric {path} cannot be read: {error.strerror}.", "Check the path after --rubric."
        ) from error
    except UnicodeDecodeError as error:
        raise RubricError(f"The rubric {path} is not UTF-8.", "Save it as UTF-8.") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "not valid YAML"
        raise RubricError(f"The rubric {path}{place}: {problem}.", "Mend the YAML.") from error


def _validated(path: Path, content: Any) -> _File:
    if not isinstance(content, dict):
        raise RubricError(
            f"The rubric {path} is empty or no mapping.", "It needs 'rubric' and 'criteria'."
        )
    try:
        return _File.model_validate(content)
    except ValidationError as error:
        fields = [*_File.model_fields, *_Head.model_fields, *_Criterion.model_fields]
        raise _invalid(str(path), error, fields) from error


def _invalid(where: str, error: ValidationError, words: Iterable[str]) -> RubricError:
    first = error.errors()[0]
    place = ""
    for part in first["loc"]:
        place += f"[{part}]" if isinstance(part, int) else f".{part}" if place else str(part)
    at = f"{where}: {place}" if place else where
    if first["type"] == "extra_forbidden":
        return RubricError(f"{at} is not known.", _nearest(str(first["loc"][-1]), words))
    if first["type"] == "missing":
        return RubricError(f"{at} is missing.", "Add it.")
    return RubricError(f"{at}: {first['msg']}.", "Correct the value.")


def _nearest(word: str, words: Iterable[str]) -> str:
    known = sorted(set(words))
    near = difflib.get_close_matches(word, known, n=1)
    if near:
        return f"Did you mean '{near[0]}'?"
    return f"Use one of: {', '.join(known)}." if known else "Remove it: this kind takes none."


def _criterion(given: _Criterion) -> Criterion:
    return Criterion(
        id=given.id,
        kind=given.kind,
        title=given.title.local(),
        description=given.description.local(),
        weight=given.weight,
        params=given.params,
        source=given.source,
        auto_fail=given.auto_fail,
        coaching=given.coaching.local() if given.coaching else None,
    )


def _fingerprint(content: _File) -> str:
    """SHA-256 of the validated content; comments, order of keys and layout do not count."""
    canonical = json.dumps(
        content.model_dump(mode="json"), sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()
