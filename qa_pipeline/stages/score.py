"""A conversation and a rubric to an evaluation."""

from __future__ import annotations

import logging
from dataclasses import replace

from qa_pipeline.criteria import kind
from qa_pipeline.criteria.base import Check, Finding, Params, searched
from qa_pipeline.criteria.calibration import Calibration
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Evaluation, Outcome, Verdict
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.rubric import Criterion, LocalText, Rubric

_LOG = logging.getLogger(__name__)
SCORE_VERSION = "3"  # raised when criteria judge the same conversation otherwise
CHECK_FAILED = "check_failed"
UNCALIBRATED = Calibration()
BY_SECOND_READING = 0.85  # of the confidence: the first reading says otherwise


def score(
    conversation: Conversation, rubric: Rubric, calibration: Calibration = UNCALIBRATED
) -> Evaluation:
    """One verdict per criterion, and the weighted share of passes over what was determined.

    `calibration` turns each kind's own confidence into the measured one.

    A check that crashes is logged and gives `undetermined` with the reason ``check_failed``; the
    other criteria are judged all the same. `undetermined` and `not_applicable` weigh nothing.
    A failed criterion with `auto_fail` fails the call: its score is 0.
    """
    verdicts = tuple(_verdict(conversation, item, calibration) for item in rubric.criteria)
    automatic = any(
        criterion.auto_fail and verdict.outcome is Outcome.FAIL
        for criterion, verdict in zip(rubric.criteria, verdicts, strict=True)
    )
    return Evaluation(
        call_id=conversation.call_id,
        rubric_id=rubric.id,
        rubric_version=rubric.version,
        rubric_fingerprint=rubric.fingerprint,
        verdicts=verdicts,
        score=0.0 if automatic else _share(rubric, verdicts),
        failed_automatically=automatic,
    )


def _share(rubric: Rubric, verdicts: tuple[Verdict, ...]) -> float | None:
    determined = [
        (criterion.weight, verdict.outcome is Outcome.PASS)
        for criterion, verdict in zip(rubric.criteria, verdicts, strict=True)
        if verdict.outcome in (Outcome.PASS, Outcome.FAIL)
    ]
    total = sum(weight for weight, _ in determined)
    if total <= 0:
        return None
    return min(1.0, sum(weight for weight, passed in determined if passed) / total)


def _of_two_readings(check: Check[Params], params: Params, call: Conversation) -> Finding:
    """The finding by either reading of the words: what one of them has was said.

    What is not there may only have been lost, so a second reading can make a pass, never a fail.
    """
    finding = check.judge(call, params)
    again = call.read_again()
    open_or_fail = finding.outcome in (Outcome.FAIL, Outcome.UNDETERMINED)
    if again is None or not open_or_fail or not check.rests_on_words:
        return finding
    second = check.judge(again, params)
    if second.outcome is not Outcome.PASS:
        return finding
    explanation = second.explanation
    return replace(
        second,
        confidence=second.confidence * BY_SECOND_READING,
        explanation=LocalText(
            f"{explanation.en} (So it was read when heard a second time.)",
            f"{explanation.zh}（根据第二次识别的结果。）",
        ),
    )


def _verdict(conversation: Conversation, criterion: Criterion, calibration: Calibration) -> Verdict:
    try:
        check = kind(criterion.kind)
        params = check.params.model_validate(criterion.params)
        finding = _of_two_readings(check, params, conversation)
        finding = calibration.apply(criterion.kind, finding)
    except Exception:  # noqa: BLE001 - a broken check must not cost the call its other verdicts
        _LOG.exception("criterion %s failed on call %s", criterion.id, conversation.call_id)
        finding = Finding(
            Outcome.UNDETERMINED,
            0.0,
            CHECK_FAILED,
            LocalText(
                "This criterion could not be checked because of an internal error.",
                "由于内部错误，这一项无法检查。",
            ),
            (searched(0, conversation.duration_ms, Role.LINE),),
        )
    return Verdict(
        criterion=criterion.id,
        outcome=finding.outcome,
        confidence=round(finding.confidence, 3),
        reason=finding.reason,
        explanation=finding.explanation,
        evidence=finding.evidence,
    )
