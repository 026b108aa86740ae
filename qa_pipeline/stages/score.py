"""A conversation and a rubric to an evaluation."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace

from qa_pipeline.criteria import kind
from qa_pipeline.criteria.arithmetic import exact_score, failed_automatically
from qa_pipeline.criteria.base import Check, Finding, Params, searched
from qa_pipeline.criteria.calibration import Calibration
from qa_pipeline.criteria.clauses import look_for
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Evaluation, Outcome, Verdict
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.rubric import Clause, Criterion, LocalText, Rubric

_LOG = logging.getLogger(__name__)
SCORE_VERSION = "4"  # raised when criteria judge the same conversation otherwise
CHECK_FAILED = "check_failed"
CONDITION_ABSENT = "condition_absent"
CONDITION_UNKNOWN = "condition_unknown"
REASONS = {
    CHECK_FAILED: "the criterion could not be checked because of an internal error",
    CONDITION_ABSENT: "what the criterion's `when` asks for did not happen in this call",
    CONDITION_UNKNOWN: "it is not known whether the criterion applies",
}
UNCALIBRATED = Calibration()
BY_SECOND_READING = 0.85  # of the confidence: the first reading says otherwise


def score(
    conversation: Conversation, rubric: Rubric, calibration: Calibration = UNCALIBRATED
) -> Evaluation:
    """One verdict per criterion, and the weighted share of passes over what was determined.

    `calibration` turns each kind's own confidence into the measured one.

    A check that crashes is logged and gives `undetermined` with the reason ``check_failed``; the
    other criteria are judged all the same. `undetermined` and `not_applicable` weigh nothing.
    A failed criterion with `auto_fail` fails the call: its score is 0, and the evaluation keeps
    the score it would have had. `criteria.arithmetic` has the formula.
    """
    conditions = {condition.id: condition.clause for condition in rubric.conditions}
    titles = {condition.id: condition.title for condition in rubric.conditions}
    verdicts = tuple(
        _verdict(conversation, item, calibration, conditions, titles) for item in rubric.criteria
    )
    exact = exact_score(rubric, verdicts)
    reached = None if exact is None else float(exact)
    automatic = failed_automatically(rubric, verdicts)
    return Evaluation(
        call_id=conversation.call_id,
        rubric_id=rubric.id,
        rubric_version=rubric.version,
        rubric_fingerprint=rubric.fingerprint,
        verdicts=verdicts,
        score=0.0 if automatic else reached,
        failed_automatically=automatic,
        score_otherwise=reached if automatic else None,
    )


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


def _verdict(
    conversation: Conversation,
    criterion: Criterion,
    calibration: Calibration,
    conditions: Mapping[str, Clause],
    titles: Mapping[str, LocalText],
) -> Verdict:
    try:
        finding = _not_applying(conversation, criterion, conditions, titles)
        if finding is None:
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


def _not_applying(
    call: Conversation,
    criterion: Criterion,
    conditions: Mapping[str, Clause],
    titles: Mapping[str, LocalText],
) -> Finding | None:
    """Why the criterion is not judged on this call; None: it applies."""
    if criterion.when is None:
        return None
    found = look_for(call, criterion.when, conditions)
    if found.holds:
        return None
    named = titles.get(criterion.when) if isinstance(criterion.when, str) else None
    what = named or LocalText("what this criterion depends on", "这一项的前提")
    evidence = (*found.evidence, *found.unclear) or (searched(0, call.duration_ms, Role.LINE),)
    if found.holds is None:
        explanation = LocalText(
            f"It cannot be known whether this applies: {what.en}.",
            f"无法得知这一项是否适用：{what.zh}。",
        )
        return Finding(Outcome.UNDETERMINED, 0.9, CONDITION_UNKNOWN, explanation, evidence)
    explanation = LocalText(
        f"Does not apply; it would if this were so: {what.en}.",
        f"不适用；适用的前提是：{what.zh}。",
    )
    return Finding(
        Outcome.NOT_APPLICABLE, found.confidence, CONDITION_ABSENT, explanation, evidence
    )
