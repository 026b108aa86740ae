"""Rubric files: YAML to a validated `Rubric`, with errors that name file, line and cure.

`rubric_schema` has the form, `rubric_merge` what ``extends`` does, docs/rubrics.md the whole for
those who write rubrics.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from qa_pipeline import criteria as kinds_of_rules
from qa_pipeline import resources
from qa_pipeline.criteria.base import Check
from qa_pipeline.criteria.clauses import acts_in, names_in
from qa_pipeline.criteria.rubric_errors import explained, nearest, written
from qa_pipeline.criteria.rubric_merge import Source, find_rubric, merged, shipped_rubrics
from qa_pipeline.criteria.rubric_schema import ConditionEntry, CriterionEntry, RubricFile
from qa_pipeline.criteria.yaml_lines import Place
from qa_pipeline.domain.rubric import Clause, Condition, Criterion, Group, Rubric
from qa_pipeline.errors import RubricError
from qa_pipeline.language.acts import load_catalogue

__all__ = [
    "find_rubric",
    "load_rubric",
    "shipped_acts",
    "shipped_conditions",
    "shipped_rubrics",
]


def load_rubric(path: Path, acts: Collection[str] | None = None) -> Rubric:
    """The rubric in a YAML file.

    Args:
        path: the file.
        acts: the acts that criteria may look for; None: those that come with qa_pipeline.

    Raises:
        RubricError: the file cannot be read or is not valid; one line with file, line, place and,
            where a word is misspelt, the nearest right one.
    """
    source = merged(path)
    try:
        file = RubricFile.model_validate(source.content)
    except ValidationError as error:
        raise explained(source, error, RubricFile) from error
    known_acts = shipped_acts() if acts is None else frozenset(acts)
    conditions = _conditions(source, file, known_acts)
    _check(source, file, conditions, known_acts)
    used = _used_conditions(file, conditions)
    rubric = Rubric(
        id=file.rubric.id,
        version=file.rubric.version,
        title=file.rubric.title.local(),
        description=file.rubric.description.local() if file.rubric.description else None,
        criteria=tuple(_criterion(entry) for entry in file.criteria),
        groups=tuple(Group(g.id, g.title.local(), g.weight) for g in file.groups),
        conditions=tuple(conditions[name] for name in used),
    )
    return replace(rubric, fingerprint=_fingerprint(file, rubric.conditions))


@cache
def shipped_acts() -> frozenset[str]:
    """The acts of the catalogue that comes with qa_pipeline, of any language."""
    catalogue = load_catalogue(resources.acts_dir())
    return frozenset(act for acts in catalogue.languages.values() for act in acts)


@cache
def shipped_conditions() -> Mapping[str, Condition]:
    """The named conditions that come with qa_pipeline."""
    found: dict[str, Condition] = {}
    for path in sorted(resources.conditions_dir().glob("*.yaml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        for name, entry in content["conditions"].items():
            if name in found:
                raise RubricError(f"{path}: conditions.{name}: this is defined in another file.")
            found[name] = _condition(name, ConditionEntry.model_validate(entry))
    return found


def _conditions(source: Source, file: RubricFile, acts: Collection[str]) -> Mapping[str, Condition]:
    own = {name: _condition(name, entry) for name, entry in file.conditions.items()}
    known = {**shipped_conditions(), **own}
    for name, condition in own.items():
        place = ("conditions", name, "when")
        _check_clause(source, place, condition.clause, known, acts)
    for name in own:
        if _reaches(name, name, known, set()):
            raise _wrong(source, ("conditions", name), "it depends on itself", "Break the circle.")
    return known


def _condition(name: str, entry: ConditionEntry) -> Condition:
    return Condition(name, entry.title.local(), _plain(entry.when))


def _reaches(start: str, name: str, known: Mapping[str, Condition], seen: set[str]) -> bool:
    for inner in names_in(known[name].clause):
        if inner == start:
            return True
        if inner not in seen and inner in known:
            seen.add(inner)
            if _reaches(start, inner, known, seen):
                return True
    return False


def _check(
    source: Source, file: RubricFile, conditions: Mapping[str, Condition], acts: Collection[str]
) -> None:
    groups = [group.id for group in file.groups]
    for index, group in enumerate(groups):
        if group in groups[:index]:
            raise _wrong(source, ("groups", index, "id"), f"the group '{group}' is there twice",
                         "Give each group its own id.")  # fmt: skip
    for index, entry in enumerate(file.criteria):
        _check_entry(source, index, entry, groups)
        place: Place = ("criteria", index)
        check, params = _params(source, place, entry)
        _check_acts(source, (*place, "params"), check.acts_of(params), acts)
        if entry.when is not None:
            _check_clause(source, (*place, "when"), _plain(entry.when), conditions, acts)
    ids = [entry.id for entry in file.criteria]
    for index, name in enumerate(ids):
        if name in ids[:index]:
            raise _wrong(source, ("criteria", index, "id"), f"the id '{name}' occurs twice",
                         "Give each criterion its own id.")  # fmt: skip
    if not any(entry.weight and not entry.informational for entry in file.criteria):
        raise _wrong(source, ("criteria",), "no criterion counts: every weight is 0",
                     "Give at least one criterion a weight.")  # fmt: skip


def _check_entry(
    source: Source, index: int, entry: CriterionEntry, groups: Collection[str]
) -> None:
    """What pydantic cannot know of an entry by itself."""
    place: Place = ("criteria", index)
    if entry.group is not None and entry.group not in groups:
        cure = nearest(entry.group, groups) if groups else "Define it under 'groups:'."
        raise _wrong(source, (*place, "group"), f"there is no group '{entry.group}'", cure)
    if entry.auto_fail and entry.informational:
        raise _wrong(source, (*place, "auto_fail"),
                     "an informational criterion never counts, so it cannot fail the call",
                     "Remove 'auto_fail' or 'informational'.")  # fmt: skip


def _params(source: Source, place: Place, entry: CriterionEntry) -> tuple[Check[Any], Any]:
    known = kinds_of_rules.kinds()
    if entry.kind not in known:
        raise _wrong(source, (*place, "kind"), f"there is no kind '{entry.kind}'",
                     nearest(entry.kind, known))  # fmt: skip
    check = known[entry.kind]
    try:
        return check, check.params.model_validate(entry.params)
    except ValidationError as error:
        raise explained(source, error, check.params, (*place, "params")) from error


def _check_clause(
    source: Source,
    place: Place,
    clause: Clause,
    conditions: Mapping[str, Condition],
    acts: Collection[str],
) -> None:
    for name in sorted(names_in(clause) - set(conditions)):
        where = _place_of(source, place, name)
        raise _wrong(source, where, f"there is no condition '{name}'", nearest(name, conditions))
    _check_acts(source, place, acts_in(clause), acts)


def _check_acts(
    source: Source, place: Place, wanted: Collection[str], acts: Collection[str]
) -> None:
    for act in sorted(set(wanted) - set(acts)):
        where = _place_of(source, place, act)
        raise _wrong(source, where, f"there is no act '{act}'", nearest(act, acts))


def _place_of(source: Source, place: Place, word: str) -> Place:
    """Where below `place` a word stands; `place` itself if it does not (a default)."""
    content: Any = source.content
    for part in place:
        try:
            content = content[part]
        except (KeyError, IndexError, TypeError):
            return place
    return _below(content, place, word) or place


def _below(content: Any, place: Place, word: str) -> Place | None:
    if content == word:
        return place
    inner: list[tuple[str | int, Any]] = []
    if isinstance(content, Mapping):
        inner = list(content.items())
    elif isinstance(content, list):
        inner = list(enumerate(content))
    found = (_below(value, (*place, key), word) for key, value in inner)
    return next((one for one in found if one is not None), None)


def _used_conditions(file: RubricFile, known: Mapping[str, Condition]) -> tuple[str, ...]:
    """The conditions that the criteria need, with those that these need."""
    wanted = {n for e in file.criteria if e.when is not None for n in names_in(_plain(e.when))}
    used: set[str] = set()
    while wanted:
        name = wanted.pop()
        used.add(name)
        wanted |= names_in(known[name].clause) - used
    return tuple(sorted(used))


def _wrong(source: Source, place: Place, problem: str, cure: str) -> RubricError:
    return RubricError(f"{source.place(place)}: {written(source.content, place)}: {problem}.", cure)


def _plain(clause: Any) -> Clause:
    """A clause as JSON would have it."""
    if isinstance(clause, str):
        return clause
    plain: dict[str, Any] = clause.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return plain


def _criterion(entry: CriterionEntry) -> Criterion:
    return Criterion(
        id=entry.id,
        kind=entry.kind,
        title=entry.title.local(),
        description=entry.description.local(),
        weight=entry.weight,
        params=entry.params,
        source=entry.source,
        auto_fail=entry.auto_fail,
        coaching=entry.coaching.local() if entry.coaching else None,
        group=entry.group,
        when=None if entry.when is None else _plain(entry.when),
        informational=entry.informational,
    )


def _fingerprint(file: RubricFile, conditions: tuple[Condition, ...]) -> str:
    """SHA-256 of the validated content; comments, order of keys and layout do not count."""
    content = file.model_dump(mode="json", by_alias=True, exclude={"conditions", "drop"})
    content["conditions"] = {c.id: c.clause for c in conditions}
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()
