"""A rubric's content together with what it extends, and where each part of it stands.

``extends`` takes over another rubric: a criterion, group or condition with the same id changes what
it names (`params` key by key, a field set to null falls back to its default), others are added, and
``drop`` leaves criteria out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa_pipeline import resources
from qa_pipeline.criteria.rubric_errors import nearest
from qa_pipeline.criteria.yaml_lines import Lined, Place, parse_lined
from qa_pipeline.errors import RubricError

_LISTS = ("criteria", "groups")  # lists of entries with ids
_MOST_EXTENDED = 8


@dataclass(frozen=True)
class Source:
    """A rubric's content with all that it extends; `files`: the file itself first."""

    content: Mapping[str, Any]
    files: tuple[Lined, ...]

    def place(self, place: Sequence[str | int]) -> str:
        """``file:line`` of a place in the merged content."""
        file, own = self._found(tuple(place))
        return file.place(own)

    def written_as(self, place: Sequence[str | int]) -> str | None:
        """How a value stands in its file, where YAML made something else than text of it."""
        file, own = self._found(tuple(place))
        return file.written_as(own)

    def _found(self, place: Place) -> tuple[Lined, Place]:
        """The file that has the most of a place, the rubric's own before those it extends."""
        ways = [(file, _in_file(self.content, file.content, place)) for file in self.files]
        return max(ways, key=lambda way: len(way[1]))


def shipped_rubrics() -> tuple[str, ...]:
    """The ids of the rubrics that come with qa_pipeline; the standard one first."""
    folder = resources.rubrics_dir()
    cases = ".cases.yaml"
    found = {path.stem for path in folder.glob("*.yaml")} & {
        path.name.removesuffix(cases) for path in folder.glob(f"*{cases}")
    }
    return tuple(sorted(found, key=lambda name: (name != "phone_standard", name)))


def find_rubric(name: str, beside: Path | None = None) -> Path | None:
    """The file of a rubric by its path, or by the id of one that comes with qa_pipeline.

    Args:
        name: a path (its ``.yaml`` may be left out) or an id.
        beside: a file whose folder relative paths are looked up in; None: the working folder.
    """
    path = beside.parent / name if beside is not None else Path(name)
    candidates: list[Path] = [path, path.with_name(f"{path.name}.yaml")] if path.name else []
    for candidate in [*candidates, resources.rubrics_dir() / f"{name}.yaml"]:
        if candidate.is_file() and (beside is None or candidate.resolve() != beside.resolve()):
            return candidate
    return None


def merged(path: Path) -> Source:
    """The content of a rubric file over all that it extends.

    Raises:
        RubricError: a file cannot be read, or what it extends or drops is not there.
    """
    return _merged(path, ())


def _merged(path: Path, above: tuple[Path, ...]) -> Source:
    lined = parse_lined(path)
    content = lined.content
    if content is None:
        raise RubricError(f"{path}:1: the rubric is empty.",
                          "Begin with what 'qa-pipeline rubric new' prints.")  # fmt: skip
    if not isinstance(content, dict):
        raise RubricError(f"{path}:1: a rubric begins with 'rubric:' and 'criteria:'.",
                          "Begin with what 'qa-pipeline rubric new' prints.")  # fmt: skip
    head = content.get("rubric")
    extends = head.get("extends") if isinstance(head, dict) else None
    if extends is None:
        if "drop" in content:
            raise RubricError(f"{lined.place(('drop',))}: drop: there is nothing to leave out, "
                              "since the rubric extends none.",
                              "Name one with 'extends:', or remove 'drop'.")  # fmt: skip
        return Source(content, (lined,))
    at = f"{lined.place(('rubric', 'extends'))}: rubric.extends"
    chain = (*above, path.resolve())
    parent_path = find_rubric(str(extends), path)
    if parent_path is None and find_rubric(str(extends)) is None and str(extends) != path.stem:
        raise RubricError(f"{at}: there is no rubric '{extends}'.",
                          nearest(str(extends), shipped_rubrics()))  # fmt: skip
    if parent_path is None or parent_path.resolve() in chain or len(chain) > _MOST_EXTENDED:
        raise RubricError(f"{at}: the rubrics extend each other in a circle.",
                          "Let one of them stand on its own.")  # fmt: skip
    parent = _merged(parent_path, chain)
    return Source(_overlaid(parent.content, lined), (lined, *parent.files))


def _overlaid(parent: Mapping[str, Any], file: Lined) -> dict[str, Any]:
    """A file's content over that of the rubric it extends."""
    child: Mapping[str, Any] = file.content
    head = {"rubric": _of_parent(parent.get("rubric"), child.get("rubric"))}
    merged_ = {**parent, **{k: v for k, v in child.items() if k not in (*_LISTS, "conditions")}}
    merged_ |= head
    for name in _LISTS:
        merged_[name] = _entries(parent.get(name), child.get(name))
    conditions = child.get("conditions") or {}
    known = parent.get("conditions") or {}
    both = isinstance(conditions, dict) and isinstance(known, dict)
    merged_["conditions"] = {**known, **conditions} if both else conditions
    dropped = child.get("drop") or []
    if isinstance(dropped, list):
        ids = [str(e["id"]) for e in merged_["criteria"] if id_of(e) is not None]
        for index, name in enumerate(dropped):
            if name not in ids:
                at = file.place(("drop", index))
                raise RubricError(f"{at}: drop: there is no criterion '{name}' to leave out.",
                                  nearest(str(name), ids))  # fmt: skip
        merged_["criteria"] = [e for e in merged_["criteria"] if id_of(e) not in dropped]
        merged_.pop("drop", None)
    return merged_


def _of_parent(parent: Any, child: Any) -> Any:
    """The head: id and version must be the rubric's own, title and description may be taken."""
    if not isinstance(parent, dict) or not isinstance(child, dict):
        return child
    return {**{k: v for k, v in parent.items() if k in ("title", "description")}, **child}


def _entries(parent: Any, child: Any) -> Any:
    """The entries of a list by id: changed ones in their old place, new ones at the end."""
    if child is None:
        return parent or []
    if not isinstance(child, list) or not isinstance(parent, list):
        return child
    firsts: dict[str | None, Any] = {}
    for entry in child:
        firsts.setdefault(id_of(entry), entry)
    known = {id_of(entry) for entry in parent} - {None}
    kept = [_changed(entry, firsts.get(id_of(entry))) for entry in parent]
    twice = [e for e in child if id_of(e) in known and firsts[id_of(e)] is not e]
    return kept + twice + [entry for entry in child if id_of(entry) not in known]


def _changed(entry: Any, change: Any) -> Any:
    if change is None or not isinstance(entry, dict) or not isinstance(change, dict):
        return entry
    result = {**entry, **change}
    if isinstance(entry.get("params"), dict) and isinstance(change.get("params"), dict):
        if change.get("kind", entry.get("kind")) == entry.get("kind"):
            params = {**entry["params"], **change["params"]}
            result["params"] = {key: value for key, value in params.items() if value is not None}
    elif "kind" in change and change["kind"] != entry.get("kind") and "params" not in change:
        result.pop("params", None)  # another kind's parameters mean nothing to this one
    return {key: value for key, value in result.items() if value is not None}


def id_of(entry: Any) -> str | None:
    """The id of an entry of a list, if it has one."""
    return str(entry["id"]) if isinstance(entry, dict) and "id" in entry else None


def _in_file(content: Mapping[str, Any], own: Any, place: Place) -> Place:
    """As much of a place of the merged content as stands in one of its files."""
    if len(place) >= 2 and place[0] in _LISTS and isinstance(place[1], int):
        entries = own.get(place[0]) if isinstance(own, dict) else None
        merged_ = content.get(str(place[0]))
        if not isinstance(entries, list) or not isinstance(merged_, list):
            return ()
        wanted = merged_[place[1]] if place[1] < len(merged_) else None
        same = [n for n, e in enumerate(entries) if e is wanted] or [
            n for n, e in enumerate(entries) if id_of(e) is not None and id_of(e) == id_of(wanted)
        ]
        if not same:
            return ()
        return (place[0], same[0], *_deep(entries[same[0]], place[2:]))
    return _deep(own, place)


def _deep(content: Any, place: Place) -> Place:
    """The parts of a place that are there, one inside the other."""
    found: list[str | int] = []
    for part in place:
        inside = isinstance(content, Mapping) and part in content
        if not inside and not (isinstance(content, list) and isinstance(part, int)
                               and part < len(content)):  # fmt: skip
            break
        content = content[part]
        found.append(part)
    return tuple(found)
