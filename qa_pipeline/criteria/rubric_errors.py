"""What is wrong with a rubric, in one line: file, line, place, cause, and the cure.

Pydantic names places with the tags of its unions and causes in its own words; here both become
those of the person who wrote the file.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from qa_pipeline.criteria.yaml_lines import Place
from qa_pipeline.errors import RubricError

_SHOWN = 40  # characters of a wrong value
_MOST_LISTED = 15  # words of a list of what is known


class Placed(Protocol):
    """A file's content that knows where its parts stand."""

    @property
    def content(self) -> Any:
        """What the file holds."""

    def place(self, place: Sequence[str | int]) -> str:
        """``file:line`` of a part."""

    def written_as(self, place: Sequence[str | int]) -> str | None:
        """How a value that is not text stands in the file."""


def explained(
    source: Placed, error: ValidationError, model: type[BaseModel], above: Place = ()
) -> RubricError:
    """The first thing that is wrong, for a person.

    Args:
        source: the file.
        error: what pydantic says.
        model: what the content below `above` should have been.
        above: the place that was validated.
    """
    problems = [(plain_place(source.content, above, e), e) for e in error.errors()]
    # What is misspelt comes first: what is then missing follows from it.
    place, first = min(problems, key=lambda p: p[1]["type"] != "extra_forbidden")
    same = [e for other, e in problems if other == place]
    at = f"{source.place(place)}: {written(source.content, place)}"
    kind = first["type"]
    if kind == "extra_forbidden":
        return RubricError(f"{at} is not known.", nearest(str(place[-1]), _words(
            source.content, model, above, place[:-1])))  # fmt: skip
    if kind == "missing":
        field = _field(source.content, model, above, place)
        told = field.description if field is not None and field.description else ""
        return RubricError(f"{at} is missing.", f"Add it: {told}." if told else "Add it.")
    if kind == "clause":
        return _no_clause(at, first)
    if kind == "value_error":
        return RubricError(f"{at}: {_lower(first['msg'].removeprefix('Value error, '))}.",
                           "Correct the value.")  # fmt: skip
    wanted = list(dict.fromkeys(_wanted(e) for e in same))
    given = source.written_as(place)
    problem = f"{_shown(first['input'], given)} does not fit; it must be {', or '.join(wanted)}"
    return RubricError(f"{at}: {problem}.", _cure(first, given, same))


def nearest(word: str, words: Iterable[str]) -> str:
    """The cure for a misspelt word: the one that is nearest, else all.

    Example:
        >>> nearest("holdd", ["hold", "recap"])
        "Did you mean 'hold'?"
    """
    known = sorted(set(words))
    near = difflib.get_close_matches(word, known, n=1) or difflib.get_close_matches(
        word.lower().replace("-", "_").replace(" ", "_"), known, n=1
    )
    if near:
        return f"Did you mean '{near[0]}'?"
    if len(known) > _MOST_LISTED:
        some = ", ".join(difflib.get_close_matches(word, known, n=5, cutoff=0.0))
        return f"Perhaps one of {some}? 'qa-pipeline rubric list' shows all."
    return f"Use one of: {', '.join(known)}." if known else "Remove it: none is known here."


def written(content: Any, place: Sequence[str | int]) -> str:
    """A place as a person reads it: ``criteria[2] (hold).params.need_ask``."""
    text = ""
    for part in place:
        content = _inside(content, part)
        if isinstance(part, int):
            name = content.get("id", content.get("name")) if isinstance(content, Mapping) else None
            text += f"[{part}]" + (f" ({name})" if isinstance(name, str) else "")
        else:
            text += f".{part}" if text else str(part)
    return text or "the file"


def plain_place(content: Any, above: Place, error: Any) -> Place:
    """The place of an error as it stands in the content, without the tags of unions.

    A tag may be called as a field is (``act``), so that of all ways through the content the one
    that comes nearest to the end of pydantic's place is the right one.
    """
    for part in above:
        content = _inside(content, part)
    loc: Place = tuple(error["loc"])
    if error["type"] == "missing":
        _, place = _way(content, loc[:-1], mapping=True)
        return (*above, *place, loc[-1])
    return (*above, *_way(content, loc, mapping=False)[1])


def _way(content: Any, loc: Place, mapping: bool, at: int = 0) -> tuple[tuple[int, int], Place]:
    """The best way through `content` along parts of `loc`: how far it comes, and the parts."""
    ends_well = not mapping or isinstance(content, Mapping)
    best: tuple[tuple[int, int], Place] = ((at if ends_well else -1, 0), ())
    for number, part in enumerate(loc):
        inner = _inside(content, part)
        if inner is None and not _has(content, part):
            continue
        (far, length), rest = _way(inner, loc[number + 1 :], mapping, at + number + 1)
        if far >= 0 and (far, length + 1) > best[0]:
            best = ((far, length + 1), (part, *rest))
    return best


def _has(content: Any, part: str | int) -> bool:
    if isinstance(content, Mapping):
        return part in content
    return isinstance(content, list | tuple) and isinstance(part, int) and part < len(content)


def _inside(content: Any, part: str | int) -> Any:
    return content[part] if _has(content, part) else None


def _models(annotation: Any) -> list[type[BaseModel]]:
    """The models that an annotation may hold, at any depth of containers."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in get_args(annotation) for model in _models(inner)]


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _at(content: Any, model: type[BaseModel], above: Place, place: Place) -> list[type[BaseModel]]:
    """The models that the content at `place` may be of; those that fit it best."""
    for part in above:
        content = _inside(content, part)
    models = [model]
    for part in place[len(above) :]:
        content = _inside(content, part)
        if isinstance(part, str):
            fields = [_fields(m)[part] for m in models if part in _fields(m)]
            models = [inner for field in fields for inner in _models(field.annotation)] or models
        if isinstance(content, Mapping) and len(models) > 1:
            keys = set(content)
            most = max(len(keys & set(_fields(m))) for m in models)
            models = [m for m in models if len(keys & set(_fields(m))) == most]
    return models


def _words(content: Any, model: type[BaseModel], above: Place, place: Place) -> list[str]:
    return [name for m in _at(content, model, above, place) for name in _fields(m)]


def _field(content: Any, model: type[BaseModel], above: Place, place: Place) -> FieldInfo | None:
    for found in _at(content, model, above, place[:-1]):
        if place[-1] in _fields(found):
            return _fields(found)[str(place[-1])]
    return None


def _no_clause(at: str, error: Any) -> RubricError:
    given = error["input"]
    forms = str(error["msg"]).split(": ", 1)[-1].split(", ")
    if isinstance(given, Mapping):
        for key in given:
            near = difflib.get_close_matches(str(key), forms, n=1)
            if near:
                return RubricError(
                    f"{at}: '{key}' is not known here.", f"Did you mean '{near[0]}'?"
                )
        return RubricError(
            f"{at}: it does not say what to look for.", f"Give it one of: {', '.join(forms)}."
        )
    return RubricError(
        f"{at}: {_shown(given, None)} is no clause.",
        f"Write a condition's name, or a mapping with one of: {', '.join(forms)}.",
    )


_WANTED = {
    "string_type": "text",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping of names to values",
    "model_type": "a mapping of names to values",
    "model_attributes_type": "a mapping of names to values",
    "dataclass_type": "a mapping of names to values",
    "string_too_short": "text that is not empty",
    "string_pattern_mismatch": "small letters, digits and _, with a letter first",
    "datetime_parsing": "a date with a time",
    "datetime_from_date_parsing": "a date with a time",
    "time_parsing": "a time such as 08:30",
}


def _wanted(error: Any) -> str:
    """What a value should have been."""
    context = error.get("ctx") or {}
    kind = error["type"]
    limits = {
        "greater_than": ("more than", "gt"),
        "greater_than_equal": ("at least", "ge"),
        "less_than": ("less than", "lt"),
        "less_than_equal": ("at most", "le"),
    }
    if kind in limits:
        words, key = limits[kind]
        return f"{words} {context[key]:g}"
    if kind in ("literal_error", "enum"):
        return str(context["expected"])
    if kind == "too_short":
        least = context.get("min_length", 1)
        return "a list with at least one entry" if least == 1 else f"a list of {least} or more"
    if kind in _WANTED:
        return _WANTED[kind]
    return _lower(str(error["msg"]).removeprefix("Input should be ").removeprefix("Value error, "))


def _cure(error: Any, given: str | None, same: Sequence[Any]) -> str:
    kinds = {e["type"] for e in same}
    value = error["input"]
    if kinds & {"string_type", "literal_error"} and given is not None:
        return f'Put it in quotes: "{given}".' if "string_type" in kinds else "Correct the value."
    if "literal_error" in kinds and isinstance(value, str):
        options = [str(o).strip("' ") for e in same if e["type"] == "literal_error"
                   for o in str(e["ctx"]["expected"]).replace(" or ", ", ").split(",")]  # fmt: skip
        near = difflib.get_close_matches(value, options, n=1)
        if near:
            return f"Did you mean '{near[0]}'?"
    if kinds & {"tuple_type", "list_type"} and not isinstance(value, Mapping):
        return f"Write it as a list: [{value}]."
    if kinds & {"model_type", "model_attributes_type"} and isinstance(value, str):
        return "Give its fields, such as {en: ..., zh: ...} for a text in both languages."
    return "Correct the value."


def _shown(value: Any, given: str | None) -> str:
    if given is not None and isinstance(value, bool):
        return f"'{given}' (which YAML reads as {str(value).lower()})"
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list" if value else "an empty list"
    text = given if given is not None else str(value)
    text = " ".join(text.split())
    return f"'{text[: _SHOWN - 3]}...'" if len(text) > _SHOWN else f"'{text}'"


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:].rstrip(".")
