"""The cases beside every rubric that comes with qa_pipeline, and what they must cover."""

from __future__ import annotations

from functools import cache

import pytest

from qa_pipeline.criteria import kinds
from qa_pipeline.criteria.calibration import TOO_UNSURE
from qa_pipeline.criteria.rubric_file import load_rubric, shipped_rubrics
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.rubric import Rubric
from qa_pipeline.language.acts import load_catalogue
from qa_pipeline.resources import acts_dir, rubrics_dir, starter_dir
from qa_pipeline.rubric_cases import Case, cases_beside, hear, load_cases, run_case
from qa_pipeline.stages.score import REASONS

FILES = [rubrics_dir() / f"{name}.yaml" for name in shipped_rubrics()]
FILES.append(starter_dir() / "my_desk.yaml")


@cache
def rubric_of(number: int) -> Rubric:
    return load_rubric(FILES[number])


CASES = [
    (number, case) for number, file in enumerate(FILES) for case in load_cases(cases_beside(file))
]
IDS = [f"{FILES[number].stem}-{case.name}" for number, case in CASES]

each = pytest.mark.parametrize(
    ("name", "number", "case"), [(i, *c) for i, c in zip(IDS, CASES, strict=True)], ids=IDS
)


@pytest.mark.parametrize("number", range(len(FILES)), ids=[file.stem for file in FILES])
def test_the_rubric_and_its_cases_are_valid(number: int) -> None:
    load_cases(cases_beside(FILES[number]), rubric_of(number))
    names = [case.name for of, case in CASES if of == number]
    assert len(set(names)) == len(names)


@cache
def heard(name: str) -> Conversation:
    case = next(case for case_id, (_, case) in zip(IDS, CASES, strict=True) if case_id == name)
    return hear(case, load_catalogue(acts_dir()))


@each
def test_the_case_comes_out_as_expected(name: str, number: int, case: Case) -> None:
    result = run_case(case, rubric_of(number), load_catalogue(acts_dir()), heard(name))
    told = [
        f"{d.criterion}: expected {d.expected.outcome} {d.expected.reason or ''}, got "
        f"{d.got.outcome} {d.got.reason}: {d.got.explanation.en} {d.got.evidence}"
        for d in result.differences
    ]
    assert result.passed, (case.where, told, result.evaluation.score)


@each
def test_every_verdict_has_evidence_a_known_reason_and_both_languages(
    name: str, number: int, case: Case
) -> None:
    rubric = rubric_of(number)
    result = run_case(case, rubric, load_catalogue(acts_dir()), heard(name))
    for criterion, verdict in zip(rubric.criteria, result.evaluation.verdicts, strict=True):
        known = {*kinds()[criterion.kind].reasons, *REASONS, TOO_UNSURE}
        assert verdict.reason in known, (criterion.id, verdict.reason)
        assert verdict.evidence, criterion.id
        assert verdict.explanation.en.endswith((".", ")", "?", '"')), verdict.explanation.en
        assert verdict.explanation.zh.endswith(("。", "）", "？", "”")), verdict.explanation.zh
        assert all(0 <= e.start_ms <= e.end_ms for e in verdict.evidence)


@pytest.mark.parametrize("number", range(len(shipped_rubrics())), ids=shipped_rubrics())
def test_each_criterion_passes_fails_and_does_not_apply_in_both_languages(number: int) -> None:
    """What decides nothing anywhere is not tested; what always applies cannot be not applicable."""
    missing = []
    for criterion in rubric_of(number).criteria:
        wanted = {Outcome.PASS, Outcome.FAIL}
        if criterion.informational:
            continue
        if criterion.when is not None:
            wanted.add(Outcome.NOT_APPLICABLE)
        for language in ("en", "zh"):
            seen = {
                case.expect[criterion.id].outcome
                for of, case in CASES
                if of == number and case.script.language == language and criterion.id in case.expect
            }
            missing += [(criterion.id, language, one.value) for one in wanted - seen]
    assert not missing
