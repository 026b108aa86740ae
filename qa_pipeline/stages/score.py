"""A conversation and a rubric to an evaluation."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from pydantic import ValidationError

from qa_pipeline.criteria import kind
from qa_pipeline.criteria.arithmetic import exact_score, failed_automatically
from qa_pipeline.criteria.base import Check, Finding, Params, searched
from qa_pipeline.criteria.calibration import Calibration
from qa_pipeline.criteria.clauses import Looker, parse_clause
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Evaluation, Outcome, Verdict
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.rubric import Clause, Criterion, LocalText, Rubric

_LOG = logging.getLogger(__name__)
SCORE_VERSION = "14"  # raised when criteria judge the same conversation otherwise
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
    asked = _asked(_Same(rubric))
    looker = Looker(conversation, asked.conditions)
    verdicts = tuple(
        _verdict(conversation, question, calibration, looker, asked.titles)
        for question in asked.questions
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


class _Question:
    """A criterion ready to be asked of many calls; what is wrong with it shows when it is asked."""

    def __init__(self, criterion: Criterion) -> None:
        self.criterion = criterion

    @cached_property
    def check(self) -> Check[Any]:
        return kind(self.criterion.kind)

    @cached_property
    def params(self) -> Params:
        return self.check.params.model_validate(self.criterion.params)

    @cached_property
    def when(self) -> Any:
        return None if self.criterion.when is None else parse_clause(self.criterion.when)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A rubric's questions, and its conditions: parsed where they can be, and their titles."""

    questions: tuple[_Question, ...]
    conditions: Mapping[str, Any]
    titles: Mapping[str, LocalText]


@dataclass(frozen=True, slots=True, eq=False)
class _Same:
    """One rubric object, which has no hash: equal to itself alone."""

    rubric: Rubric

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.rubric is self.rubric

    def __hash__(self) -> int:
        return id(self.rubric)


@lru_cache(maxsize=16)  # a run asks the same few rubrics of every call
def _asked(same: _Same) -> _Asked:
    rubric = same.rubric
    return _Asked(
        tuple(_Question(criterion) for criterion in rubric.criteria),
        {condition.id: _parsed(condition.clause) for condition in rubric.conditions},
        {condition.id: condition.title for condition in rubric.conditions},
    )


def _parsed(clause: Clause) -> Any:
    """The clause parsed, or as it is: then each criterion that needs it fails to be checked."""
    try:
        return parse_clause(clause)
    except ValidationError:
        return clause


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
    question: _Question,
    calibration: Calibration,
    looker: Looker,
    titles: Mapping[str, LocalText],
) -> Verdict:
    criterion = question.criterion
    try:
        finding = _not_applying(conversation, question, looker, titles)
        if finding is None:
            finding = _of_two_readings(question.check, question.params, conversation)
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
    question: _Question,
    looker: Looker,
    titles: Mapping[str, LocalText],
) -> Finding | None:
    """Why the criterion is not judged on this call; None: it applies."""
    if question.when is None:
        return None
    found = looker.look(question.when)
    if found.holds:
        return None
    named = titles.get(question.when) if isinstance(question.when, str) else None
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
