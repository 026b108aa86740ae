"""Do the rubrics' cases notice when something breaks?

    python -m benchmarks.rubric_mutations [--language en|zh] [--act NAME] [--rubric ID]

Two sorts of damage, one at a time: the phrases of one act are dropped in one language, and one
criterion's outcome is turned around (a pass told as a fail and a fail as a pass; everything told
as a pass, as a fail, or as not applicable). Damage that no case of any rubric notices is listed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from qa_pipeline.criteria import kind
from qa_pipeline.criteria.clauses import acts_in
from qa_pipeline.criteria.rubric_file import load_rubric, shipped_rubrics
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.rubric import Rubric
from qa_pipeline.language.acts import ActCatalogue, load_catalogue
from qa_pipeline.resources import acts_dir, rubrics_dir
from qa_pipeline.rubric_cases import Case, cases_beside, hear, load_cases, run_case

Names = tuple[str, ...] | None
SWAPPED = {Outcome.PASS: Outcome.FAIL, Outcome.FAIL: Outcome.PASS}
NEAR = "nearly_"
# Judged inside recaps, never acts of a conversation: they can be noticed in any case.
HIDDEN = frozenset(
    {"recap_cue", "restate_request", "action_done", "action_passive", "action_planned",
     "readback_cue", "request_action", "request_information"}
)  # fmt: skip


@dataclass(frozen=True)
class Heard:
    """A case with its rubric and the conversation that the undamaged acts make of it."""

    rubric: Rubric
    case: Case
    conversation: Conversation
    passes: bool  # undamaged; a case that fails anyway notices nothing


@cache
def cases_of(name: str) -> tuple[Heard, ...]:
    """The cases of a rubric that comes with qa_pipeline."""
    file = rubrics_dir() / f"{name}.yaml"
    rubric, catalogue = load_rubric(file), load_catalogue(acts_dir())
    found = []
    for case in load_cases(cases_beside(file), rubric):
        conversation = hear(case, catalogue)
        passes = run_case(case, rubric, catalogue, conversation).passed
        found.append(Heard(rubric, case, conversation, passes))
    return tuple(found)


def all_cases(names: Names = None) -> tuple[Heard, ...]:
    """Every case of these rubrics, or of all that come with qa_pipeline."""
    return tuple(heard for name in names or shipped_rubrics() for heard in cases_of(name))


def acts_used(rubric: Rubric) -> frozenset[str]:
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


def acts_to_drop(language: str, names: Names = None) -> tuple[str, ...]:
    """The acts of a language that any of the rubrics looks for."""
    rubrics = {heard.rubric.id: heard.rubric for heard in all_cases(names)}
    used = {act for rubric in rubrics.values() for act in acts_used(rubric)} | HIDDEN
    known = load_catalogue(acts_dir()).of(language)
    return tuple(act for act in known if act in used)


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
        # Where the act was not found before, its loss changes nothing.
        found = {one.kind.removeprefix(NEAR) for one in heard.conversation.acts}
        if act not in HIDDEN and act not in found:
            continue
        if not run_case(heard.case, heard.rubric, damaged).passed:
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures and what no case notices; 1 if there is any."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--language", choices=("en", "zh"), action="append")
    parser.add_argument("--act", action="append", help="only these acts")
    parser.add_argument("--rubric", action="append", help="only these rubrics and their cases")
    options = parser.parse_args(arguments)
    names = tuple(options.rubric) if options.rubric else None
    survived, tried = [], 0
    for language in options.language or ("en", "zh"):
        for act in acts_to_drop(language, names):
            if options.act and act not in options.act:
                continue
            tried += 1
            if notices_dropped(language, act, names) is None:
                survived.append(f"{language}: {act} dropped")
    print(f"Acts dropped: {tried - len(survived)} of {tried} noticed by a case.")
    rubrics = {heard.rubric.id: heard.rubric for heard in all_cases(names)}
    whole = (
        [(r.id, *turn) for r in rubrics.values() for turn in turns(r)] if not options.act else []
    )
    unnoticed = [
        f"{rubric_id}: {criterion} {into}"
        for rubric_id, criterion, into in whole
        if notices_turned(rubric_id, criterion, into) is None
    ]
    if whole:
        print(f"Outcomes turned: {len(whole) - len(unnoticed)} of {len(whole)} noticed by a case.")
    for line in (*survived, *unnoticed):
        print(f"  not noticed: {line}")
    return 1 if survived or unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
