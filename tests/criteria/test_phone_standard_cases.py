"""The cases beside the standard rubric."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from scripted_calls import converse

from qa_pipeline.criteria import kinds
from qa_pipeline.criteria.rubric_file import load_rubric
from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.resources import rubrics_dir
from qa_pipeline.stages.score import score

RUBRIC = rubrics_dir() / "phone_standard.yaml"
CASES: list[dict[str, Any]] = yaml.safe_load(
    RUBRIC.with_suffix(".cases.yaml").read_text(encoding="utf-8")
)["cases"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    evaluation = score(converse(case), load_rubric(RUBRIC))
    wrong = {}
    for criterion, expected in case["expect"].items():
        verdict = evaluation.verdict(criterion)
        assert verdict is not None
        outcome, _, reason = expected.partition(" ")
        if verdict.outcome.value != outcome or (reason and verdict.reason != reason):
            wrong[criterion] = (expected, verdict)
    assert not wrong


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_every_verdict_has_evidence_reason_and_both_languages(case: dict[str, Any]) -> None:
    rubric = load_rubric(RUBRIC)
    evaluation = score(converse(case), rubric)
    for criterion, verdict in zip(rubric.criteria, evaluation.verdicts, strict=True):
        assert verdict.evidence
        assert verdict.reason in kinds()[criterion.kind].reasons
        assert verdict.explanation.en.endswith((".", ")"))
        assert verdict.explanation.zh.endswith(("。", "）"))
        assert all(0 <= e.start_ms <= e.end_ms for e in verdict.evidence)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    "criterion", ["pickup", "greeting", "name_use", "hold", "summary", "satisfaction", "hangup"]
)
def test_each_criterion_passes_and_fails_somewhere(criterion: str, language: str) -> None:
    seen = {
        case["expect"][criterion].split()[0]
        for case in CASES
        if case["language"] == language and criterion in case["expect"]
    }
    assert {Outcome.PASS.value, Outcome.FAIL.value} <= seen
