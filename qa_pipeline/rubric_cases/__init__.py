"""A rubric's cases: short scripted calls and the verdicts that must come of them."""

from qa_pipeline.rubric_cases.cases import (
    Case,
    CaseResult,
    Difference,
    Expected,
    cases_beside,
    hear,
    load_cases,
    run_case,
    run_cases,
)
from qa_pipeline.rubric_cases.scripts import Script, ScriptError, conversation_of

__all__ = [
    "Case",
    "CaseResult",
    "Difference",
    "Expected",
    "Script",
    "ScriptError",
    "cases_beside",
    "conversation_of",
    "hear",
    "load_cases",
    "run_case",
    "run_cases",
]
