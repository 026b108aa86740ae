"""What the commands for rubrics do: find, check, explain, test, begin and compare them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from qa_pipeline import resources
from qa_pipeline.config import Settings
from qa_pipeline.criteria import kinds
from qa_pipeline.criteria.clause_words import in_words
from qa_pipeline.criteria.rubric_errors import nearest
from qa_pipeline.criteria.rubric_file import (
    find_rubric,
    load_rubric,
    shipped_conditions,
    shipped_rubrics,
)
from qa_pipeline.criteria.rubric_schema import schema_text
from qa_pipeline.domain.rubric import Rubric
from qa_pipeline.errors import RubricError, UsageError
from qa_pipeline.language.acts import ActCatalogue, load_catalogue
from qa_pipeline.pipeline import Rubrics
from qa_pipeline.rubric_cases import CaseResult, cases_beside, load_cases, run_cases

if TYPE_CHECKING:
    from rich.console import RenderableType

Listable = Literal["rubrics", "kinds", "conditions", "acts"]


@dataclass(frozen=True, slots=True)
class Checked:
    """A valid rubric: what it is, and what its author may have overlooked."""

    rubric: Rubric
    file: Path
    told: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """A list for people."""

    titles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def acts_of(settings: Settings) -> ActCatalogue:
    """The acts that come with qa_pipeline and the desk's own.

    Raises:
        RubricError: a file of acts is not valid.
    """
    return load_catalogue(resources.acts_dir(), settings.languages, settings.acts)


def rubric_file(name: str) -> Path:
    """The file of a rubric by path or id.

    Raises:
        UsageError: there is none.
    """
    found = find_rubric(name)
    if found is None:
        looks_like_file = "/" in name or name.endswith((".yaml", ".yml"))
        raise UsageError(
            f"There is no rubric {'file ' if looks_like_file else ''}'{name}'.",
            "Check the path." if looks_like_file else nearest(name, shipped_rubrics()),
        )
    return found


def load(name: str, settings: Settings) -> Rubric:
    """A rubric by path or id.

    Raises:
        UsageError: there is none.
        RubricError: it is not valid.
    """
    return load_rubric(rubric_file(name), known_acts(acts_of(settings)))


def known_acts(catalogue: ActCatalogue) -> frozenset[str]:
    """The names of all acts, of any language."""
    return frozenset(act for acts in catalogue.languages.values() for act in acts)


def rubrics_of(settings: Settings) -> Rubrics:
    """Which rubrics score which calls.

    Raises:
        UsageError: there is no such rubric.
        RubricError: one is not valid, or two of one id differ.
    """
    acts = known_acts(acts_of(settings))
    loaded = {name: load_rubric(rubric_file(name), acts) for name in settings.all_rubrics}
    by_id: dict[str, str] = {}
    for name, rubric in loaded.items():
        other = by_id.setdefault(rubric.id, name)
        if loaded[other].fingerprint != rubric.fingerprint:
            raise RubricError(
                f"The rubrics {other} and {name} have the same id '{rubric.id}'.",
                "Give one of them another id.",
            )

    def chosen(names: Sequence[str]) -> tuple[Rubric, ...]:
        return tuple({loaded[name].id: loaded[name] for name in names}.values())

    rules = tuple((rule, chosen(rule.rubrics)) for rule in settings.rubric_for)
    return Rubrics(chosen(settings.main_rubrics), rules)


def check(name: str, settings: Settings) -> Checked:
    """Load a rubric and the cases beside it; what is valid but perhaps not meant is noted.

    Raises:
        UsageError: there is no such rubric.
        RubricError: the rubric or its file of cases is not valid.
    """
    file, rubric = rubric_file(name), load(name, settings)
    beside = cases_beside(file)
    cases = load_cases(beside, rubric) if beside.is_file() else ()
    groups = f" in {len(rubric.groups)} groups" if rubric.groups else ""
    told = f"{file}: valid. {rubric.id} {rubric.version}, {len(rubric.criteria)} criteria{groups}"
    told += f", {len(cases)} cases." if cases else ", no cases."
    return Checked(rubric, file, told, tuple(_notes(rubric, beside, cases)))


def _notes(rubric: Rubric, beside: Path, cases: tuple[object, ...]) -> list[str]:
    notes = []
    if not cases:
        notes.append(f"there are no cases: short calls in {beside.name} show that it works.")
    else:
        covered = {name for case in cases for name in getattr(case, "expect", ())}
        missing = [c.id for c in rubric.criteria if c.id not in covered]
        if missing:
            notes.append(f"no case tests {', '.join(missing)}.")
    used = {criterion.group for criterion in rubric.criteria}
    empty = [group.id for group in rubric.groups if group.id not in used]
    if empty:
        notes.append(f"no criterion is in the group {', '.join(empty)}.")
    if rubric.groups and None in used:
        loose = [c.id for c in rubric.criteria if c.group is None and not c.informational]
        if loose:
            notes.append(f"{', '.join(loose)}: in no group; these count together as one group.")
    silent = [c.id for c in rubric.criteria if not c.weight and not c.informational]
    if silent:
        notes.append(f"{', '.join(silent)}: weight 0, never counted; 'informational' says so.")
    uncoached = [c.id for c in rubric.criteria if c.coaching is None and not c.informational]
    if uncoached:
        notes.append(f"no coaching note: {', '.join(uncoached)}.")
    return notes


def test(name: str, settings: Settings) -> tuple[CaseResult, ...]:
    """Run the cases beside a rubric.

    Raises:
        UsageError: there is no such rubric, or no file of cases beside it.
        RubricError: the rubric, the cases or a script is not valid.
    """
    file, catalogue = rubric_file(name), acts_of(settings)
    rubric = load_rubric(file, known_acts(catalogue))
    beside = cases_beside(file)
    if not beside.is_file():
        raise UsageError(
            f"There are no cases for {file}: {beside} is not there.",
            "See 'Cases' in docs/rubrics.md, or begin with 'qa-pipeline rubric new'.",
        )
    return run_cases(load_cases(beside, rubric), rubric, catalogue)


def listing(what: Listable, settings: Settings, language: str) -> Listing:
    """The rubrics that are here, or what rubrics are made of."""
    if what == "rubrics":
        return _rubrics(settings, language)
    if what == "kinds":
        rows = [(name, check.about.looks_for.get(language)) for name, check in kinds().items()]
        return Listing(("Kind", "Looks for"), tuple(sorted(rows)))
    if what == "conditions":
        known = shipped_conditions()
        titles = {name: condition.title for name, condition in known.items()}
        return Listing(
            ("Condition", "Title", "Holds when"),
            tuple(
                (name, c.title.get(language), in_words(c.clause, titles).get(language))
                for name, c in sorted(known.items())
            ),
        )
    return _acts(acts_of(settings), language)


def _rubrics(settings: Settings, language: str) -> Listing:
    rows = []
    for name in dict.fromkeys((*shipped_rubrics(), *settings.all_rubrics)):
        try:
            rubric = load(name, settings)
            file = rubric_file(name)
            own = "" if file.parent == resources.rubrics_dir() else str(file)
            told = (rubric.id, rubric.version, str(len(rubric.criteria)),
                    rubric.title.get(language), own)  # fmt: skip
        except RubricError as error:
            told = (name, "-", "-", f"not valid: {error}", "-")
        rows.append(told)
    return Listing(("Rubric", "Version", "Criteria", "Title", "File"), tuple(rows))


def _acts(catalogue: ActCatalogue, language: str) -> Listing:
    rows = []
    for act in sorted(known_acts(catalogue)):
        spoken = [name for name in catalogue.languages if act in catalogue.of(name)]
        own = catalogue.of(language).get(act) or catalogue.of(spoken[0])[act]
        example = own.entry.examples[0] if own.entry.examples else ""
        rows.append((act, own.entry.role, " ".join(spoken), example))
    return Listing(("Act", "By", "In", "Such as"), tuple(rows))


def explain(name: str, criterion: str | None, settings: Settings, language: str) -> RenderableType:
    """A rubric, one of its criteria, a kind, a condition or an act, in plain words.

    Raises:
        UsageError: nothing has this name.
        RubricError: the rubric is not valid.
    """
    from qa_pipeline.reports import rubric_pages

    catalogue = acts_of(settings)
    if find_rubric(name) is not None:
        rubric = load(name, settings)
        if criterion is None:
            return rubric_pages.render_rubric(rubric, catalogue, language)
        for item in rubric.criteria:
            if item.id == criterion:
                return rubric_pages.render_criterion(rubric, item, catalogue, language)
        cure = nearest(criterion, [item.id for item in rubric.criteria])
        raise UsageError(f"The rubric {rubric.id} has no criterion '{criterion}'.", cure)
    if name in kinds():
        return rubric_pages.render_kind(kinds()[name], language)
    conditions = shipped_conditions()
    if name in conditions:
        return rubric_pages.render_condition(conditions[name], conditions, catalogue, language)
    if name in known_acts(catalogue):
        return rubric_pages.render_act(name, catalogue, language)
    words: Mapping[str, object] = {
        **dict.fromkeys(shipped_rubrics()), **kinds(), **conditions,
        **dict.fromkeys(known_acts(catalogue)),
    }  # fmt: skip
    raise UsageError(f"'{name}' is no rubric, kind, condition or act.", nearest(name, words))


def schema() -> str:
    """The JSON Schema of rubric files."""
    return schema_text(kinds())


def starter() -> str:
    """The commented starter of a rubric."""
    return (resources.starter_dir() / "my_desk.yaml").read_text(encoding="utf-8")


def write_starter(out: Path) -> tuple[Path, Path]:
    """Write the starter and its cases; both paths.

    Raises:
        UsageError: one of them is there already, or cannot be written.
    """
    files = (out, cases_beside(out))
    for file in files:
        if file.exists():
            raise UsageError(f"{file} is there already.", "Choose another name with --out.")
    cases = (resources.starter_dir() / "my_desk.cases.yaml").read_text(encoding="utf-8")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        for file, text in zip(files, (starter(), cases), strict=True):
            file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{out} cannot be written: {error.strerror}.", "Check the folder's rights."
        ) from error
    return files
