"""YAML that remembers the line of every value, so that an error can name its place.

What YAML reads otherwise than a person means it (``no`` as false, ``010`` as 8) is refused or
remembered as it stands in the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from qa_pipeline.errors import RubricError

Place = tuple[str | int, ...]
MOST_PARTS = 100_000  # of a file, aliases counted each time: no rubric has a thousandth of it
_MISREAD_NUMBER = re.compile(r"[-+]?(0[0-9_]+|[0-9_]+(:[0-9]+)+(\.\d*)?)")


@dataclass(frozen=True)
class Lined:
    """A file's content, and the line (from 1) on which each part of it begins.

    `raw` has the values that YAML took for something else than text, as they stand in the file.
    """

    path: Path
    content: Any
    lines: Mapping[Place, int]
    raw: Mapping[Place, str] = field(default_factory=dict)

    def line_of(self, place: Sequence[str | int]) -> int:
        """The line of a place, or of the nearest part above it that is in the file."""
        known: Place = ()
        for part in place:
            if (*known, part) in self.lines:
                known = (*known, part)
        return self.lines.get(known, 1)

    def place(self, place: Sequence[str | int]) -> str:
        """``file:line`` of a place."""
        return f"{self.path}:{self.line_of(place)}"

    def written_as(self, place: Sequence[str | int]) -> str | None:
        """How a value stands in the file, where YAML made something else than text of it."""
        return self.raw.get(tuple(place))


def parse_lined(path: Path, what: str = "rubric") -> Lined:
    """The YAML in a file; `what` names the file in errors.

    Raises:
        RubricError: it cannot be read, is not UTF-8 or not YAML, a key stands twice, or a number
            or key is one that YAML reads otherwise than it is meant.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise RubricError(
            f"The {what} {path} cannot be read: {error.strerror}.", "Check the path and its rights."
        ) from error
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise RubricError(
            f"{path}:{line}: the {what} is not UTF-8.", "Save the file as UTF-8."
        ) from error
    walk = _Walk(path)
    loader: yaml.SafeLoader | None = None
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        walk.lines[()] = 1
        if node is not None:
            walk.through(loader, node, (), ())
        content = None if node is None else loader.construct_document(node)
    except yaml.YAMLError as error:
        raise _broken(path, text, error) from error
    finally:
        if loader is not None:
            loader.dispose()
    return Lined(path, content, walk.lines, walk.raw)


class _Walk:
    """Line by place, and what YAML misread, of one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.lines: dict[Place, int] = {}
        self.raw: dict[Place, str] = {}

    def through(
        self, loader: yaml.SafeLoader, node: yaml.Node, place: Place, above: tuple[int, ...]
    ) -> None:
        """Note this node and all below it."""
        self.lines[place] = line = node.start_mark.line + 1
        if id(node) in above or len(self.lines) > MOST_PARTS:
            raise RubricError(
                f"{self._path}:{line}: this refers to itself, or the file is far too large.",
                "Write the values out instead of naming them with & and *.",
            )
        above = (*above, id(node))
        if isinstance(node, yaml.ScalarNode):
            self._scalar(loader, node, place)
        elif isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self.through(loader, item, (*place, index), above)
        elif isinstance(node, yaml.MappingNode):
            self._mapping(loader, node, place, above)

    def _scalar(self, loader: yaml.SafeLoader, node: yaml.ScalarNode, place: Place) -> None:
        if node.tag == "tag:yaml.org,2002:str":
            return
        at = f"{self._path}:{node.start_mark.line + 1}"
        try:
            value = loader.construct_object(node, deep=True)
        except ValueError as error:
            raise RubricError(
                f"{at}: '{node.value}' looks like a date that does not exist.",
                f'Put it in quotes: "{node.value}".',
            ) from error
        if isinstance(value, int | float) and _MISREAD_NUMBER.fullmatch(node.value):
            raise RubricError(
                f"{at}: YAML reads {node.value} as the number {value}.",
                f'Write a plain number, or put it in quotes: "{node.value}".',
            )
        self.raw[place] = node.value

    def _mapping(
        self, loader: yaml.SafeLoader, node: yaml.MappingNode, place: Place, above: tuple[int, ...]
    ) -> None:
        seen: dict[str, int] = {}
        for key_node, value in node.value:
            line = key_node.start_mark.line + 1
            if key_node.tag not in ("tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"):
                shown = str(getattr(key_node, "value", "this"))[:40]
                raise RubricError(
                    f"{self._path}:{line}: YAML does not take the name '{shown}' as text.",
                    f'Put it in quotes: "{shown}".',
                )
            key = str(key_node.value)
            if key in seen:
                raise RubricError(
                    f"{self._path}:{line}: '{key}' stands twice, on line {seen[key]} too.",
                    "Keep one of the two.",
                )
            seen[key] = line
            self.through(loader, value, (*place, key), above)
            self.lines[(*place, key)] = line


# What the parser says, by its beginning, and what it means to a person.
_SAID = (
    ("mapping values are not allowed", "there is a colon too many, or the line is indented wrongly",
     "Put text that holds ': ' in quotes, and align the line with its neighbours."),
    ("could not find expected ':'", "a colon is missing after a name",
     "Write it as 'name: value', with a space after the colon."),
    ("expected <block end>", "the line is indented otherwise than its neighbours",
     "Align it: entries of one list, and fields of one entry, begin in the same column."),
    ("expected ',' or", "a bracket or brace is not closed, or a comma is missing",
     "Close it with ] or }, and put commas between its parts."),
    ("found unexpected end of stream", "a quotation mark is not closed", "Close the quotes."),
    ("found unknown escape character", "a backslash stands in double quotes",
     "Use single quotes there."),
    ("expected alphabetic or numeric character", "a * or & stands at the beginning of a text",
     "Put the text in quotes."),
    ("found undefined alias", "a * stands at the beginning of a text", "Put the text in quotes."),
    ("but found another document", "a line of three dashes begins a second document",
     "Keep one rubric to a file: remove the ---."),
)  # fmt: skip


def _broken(path: Path, text: str, error: yaml.YAMLError) -> RubricError:
    if isinstance(error, yaml.reader.ReaderError):
        at = f"{path}:{text[: error.position].count(chr(10)) + 1}"
        return RubricError(
            f"{at}: a character stands there that cannot be seen and may not be in YAML.",
            "Delete it, or save the file from a plain text editor.",
        )
    mark = getattr(error, "problem_mark", None)
    at = f"{path}:{mark.line + 1}" if mark else str(path)
    problem = " ".join(str(getattr(error, "problem", None) or "this is not valid YAML").split())
    line = text.splitlines()[mark.line] if mark and mark.line < len(text.splitlines()) else ""
    if "\\t" in problem or "\t" in line[: len(line) - len(line.lstrip())]:
        return RubricError(f"{at}: a tab stands where spaces must.", "Indent with spaces only.")
    for said, meaning, cure in _SAID:
        if said in problem:
            # What was never closed is told where it was opened, not where the parser gave up.
            opened = getattr(error, "context_mark", None) if "not closed" in meaning else None
            at = f"{path}:{opened.line + 1}" if opened else at
            return RubricError(f"{at}: {meaning}.", cure)
    cure = "Mend the YAML there: look at the indentation, colons and quotes."
    return RubricError(f"{at}: this is not valid YAML ({problem}).", cure)
