"""Do the rubrics' cases notice when something breaks?

    python -m benchmarks.rubric_mutations [--language en|zh] [--act NAME] [--rubric ID]

Three sorts of damage, one at a time: the phrases of one act are dropped in one language; one
criterion's outcome is turned around (a pass told as a fail and a fail as a pass; everything told
as a pass, as a fail, or as not applicable); one named condition always holds, or never. Damage
that no case of any rubric notices is listed. Acts are recognised by their phrases alone, as in
every run of cases, so no encoder can find again what was dropped.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Literal

from qa_pipeline.criteria import kind
from qa_pipeline.criteria.clauses import acts_in
from qa_pipeline.criteria.rubric_file import load_rubric, shipped_conditions, shipped_rubrics
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.rubric import Rubric
from qa_pipeline.language.acts import ActCatalogue, ActDefinition, load_catalogue
from qa_pipeline.language.matching import Phrase, PhraseMatch, Token
from qa_pipeline.resources import acts_dir, rubrics_dir
from qa_pipeline.rubric_cases import Case, cases_beside, hear, load_cases, run_case

Names = tuple[str, ...] | None
SWAPPED = {Outcome.PASS: Outcome.FAIL, Outcome.FAIL: Outcome.PASS}
LANGUAGES = ("en", "zh")
HOLDS = {"always": {"any": [{"language": name} for name in LANGUAGES]},
         "never": {"none": [{"language": name} for name in LANGUAGES]}}  # fmt: skip


@dataclass(frozen=True)
class Matched(ActDefinition):
    """An act's definition that notes in `kinds` that it was found somewhere."""

    kinds: set[str] = field(default_factory=set)

    def _find(
        self, phrases: Sequence[Phrase], text: Sequence[Token]
    ) -> tuple[PhraseMatch, Literal["pattern", "phonetic"]] | None:
        hit = super()._find(phrases, text)
        if hit is not None:
            self.kinds.add(self.kind)
        return hit


@dataclass(frozen=True)
class Heard:
    """A case with its rubric and the conversation that the undamaged acts make of it.

    `matched` are the acts whose phrases stand anywhere in it: the loss of others changes nothing.
    """

    rubric: Rubric
    case: Case
    conversation: Conversation
    matched: frozenset[str]
    passes: bool  # undamaged; a case that fails anyway notices nothing


@cache
def cases_of(name: str) -> tuple[Heard, ...]:
    """The cases of a rubric that comes with qa_pipeline."""
    file = rubrics_dir() / f"{name}.yaml"
    rubric, catalogue = load_rubric(file), load_catalogue(acts_dir())
    found = []
    for case in load_cases(cases_beside(file), rubric):
        kinds: set[str] = set()
        conversation = hear(case, watched(catalogue, kinds))
        passes = run_case(case, rubric, catalogue, conversation).passed
        found.append(Heard(rubric, case, conversation, frozenset(kinds), passes))
    return tuple(found)


def watched(catalogue: ActCatalogue, kinds: set[str]) -> ActCatalogue:
    """The catalogue, noting in `kinds` the acts that are found."""
    languages = {
        language: {
            name: Matched(**{**vars(definition), "kinds": kinds})
            for name, definition in acts.items()
        }
        for language, acts in catalogue.languages.items()
    }
    return replace(catalogue, languages=languages)


def all_cases(names: Names = None) -> tuple[Heard, ...]:
    """Every case of these rubrics, or of all that come with qa_pipeline."""
    return tuple(heard for name in names or shipped_rubrics() for heard in cases_of(name))


def rubrics_of(names: Names = None) -> tuple[Rubric, ...]:
    """These rubrics, or all that come with qa_pipeline."""
    return tuple(cases_of(name)[0].rubric for name in names or shipped_rubrics())


def acts_to_drop(language: str, names: Names = None) -> tuple[str, ...]:
    """All acts of a language; of given rubrics those that their criteria and conditions name."""
    known = tuple(load_catalogue(acts_dir()).of(language))
    if names is None:
        return known
    used = {act for rubric in rubrics_of(names) for act in acts_named(rubric)}
    return tuple(act for act in known if act in used)


def acts_named(rubric: Rubric) -> frozenset[str]:
    """The acts that a rubric's criteria and conditions look for."""
    used: set[str] = set()
    for criterion in rubric.criteria:
        check = kind(criterion.kind)
        used |= check.acts_of(check.params.model_validate(criterion.params))
        if criterion.when is not None:
            used |= acts_in(criterion.when)
    for condition in rubric.conditions:
        used |= acts_in(condition.clause)
    return frozenset(used)


def without(catalogue: ActCatalogue, language: str, act: str) -> ActCatalogue:
    """The catalogue with one act of one language never recognised."""
    definitions = dict(catalogue.of(language))
    definitions[act] = replace(definitions[act], patterns=(), unmarked=())
    return replace(catalogue, languages={**catalogue.languages, language: definitions})


def notices_dropped(language: str, act: str, names: Names = None) -> Case | None:
    """The first case that fails when an act's phrases are dropped; None: none does."""
    damaged = without(load_catalogue(acts_dir()), language, act)
    for heard in all_cases(names):
        if heard.case.script.language != language or not heard.passes:
            continue
        if act in heard.matched and not run_case(heard.case, heard.rubric, damaged).passed:
            return heard.case
    return None


def turned(outcome: Outcome, into: str) -> Outcome:
    """An outcome as the damage tells it."""
    return SWAPPED.get(outcome, outcome) if into == "swapped" else Outcome(into)


def notices_turned(rubric_id: str, criterion: str, into: str) -> Case | None:
    """The first case that fails when a criterion's outcome is turned around; None: none does."""
    for case, evaluation in judged(rubric_id):
        expected = case.expect.get(criterion)
        verdict = evaluation.get(criterion)
        if expected is None or verdict is not expected.outcome:
            continue
        if turned(verdict, into) is not expected.outcome:
            return case
    return None


@cache
def judged(rubric_id: str) -> tuple[tuple[Case, Mapping[str, Outcome]], ...]:
    """The cases of a rubric, each with the outcomes it has."""
    catalogue, found = load_catalogue(acts_dir()), []
    for heard in cases_of(rubric_id):
        result = run_case(heard.case, heard.rubric, catalogue, heard.conversation)
        found.append((heard.case, {v.criterion: v.outcome for v in result.evaluation.verdicts}))
    return tuple(found)


def turns(rubric: Rubric) -> Iterator[tuple[str, str]]:
    """Every criterion with every way to turn its outcome around."""
    for criterion in rubric.criteria:
        for into in ("swapped", *(outcome.value for outcome in SWAPPED), "not_applicable"):
            yield criterion.id, into


def conditions_to_break(names: Names = None) -> tuple[str, ...]:
    """The conditions that come with qa_pipeline and the rubrics' own; of given rubrics theirs."""
    used = {condition.id for rubric in rubrics_of(names) for condition in rubric.conditions}
    return tuple(sorted(used | set(shipped_conditions() if names is None else ())))


def notices_condition(name: str, holds: str, names: Names = None) -> Case | None:
    """The first case that fails when a condition holds "always" or "never"; None: none does."""
    catalogue = load_catalogue(acts_dir())
    for heard in all_cases(names):
        if not heard.passes or name not in {c.id for c in heard.rubric.conditions}:
            continue
        broken = tuple(
            replace(condition, clause=HOLDS[holds]) if condition.id == name else condition
            for condition in heard.rubric.conditions
        )
        rubric = replace(heard.rubric, conditions=broken)
        if not run_case(heard.case, rubric, catalogue, heard.conversation).passed:
            return heard.case
    return None


def _drops(languages: Sequence[str], acts: Sequence[str], names: Names) -> Iterator[str | None]:
    for language in languages:
        for act in acts_to_drop(language, names):
            if not acts or act in acts:
                noticed = notices_dropped(language, act, names)
                yield f"{language}: {act} dropped" if noticed is None else None


def _turned(names: Names) -> Iterator[str | None]:
    for rubric in rubrics_of(names):
        for criterion, into in turns(rubric):
            noticed = notices_turned(rubric.id, criterion, into)
            yield f"{rubric.id}: {criterion} {into}" if noticed is None else None


def _broken(names: Names) -> Iterator[str | None]:
    for name in conditions_to_break(names):
        for holds in HOLDS:
            noticed = notices_condition(name, holds, names)
            yield f"condition {name} {holds}" if noticed is None else None


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures and what no case notices; 1 if there is any."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--language", choices=LANGUAGES, action="append")
    parser.add_argument("--act", action="append", help="only these acts")
    parser.add_argument("--rubric", action="append", help="only these rubrics and their cases")
    options = parser.parse_args(arguments)
    names = tuple(options.rubric) if options.rubric else None
    damage = {"Acts dropped": _drops(options.language or LANGUAGES, options.act or (), names)}
    if not options.act:
        damage |= {"Outcomes turned": _turned(names), "Conditions broken": _broken(names)}
    unnoticed: list[str] = []
    for title, results in damage.items():
        told = list(results)
        missed = [line for line in told if line is not None]
        print(f"{title}: {len(told) - len(missed)} of {len(told)} noticed by a case.")
        unnoticed += missed
    for line in unnoticed:
        print(f"  not noticed: {line}")
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
