"""The yardstick: how far evaluations agree with labelled calls, and how well the calls were heard.

`load_labels` reads what people noted, `evaluate` compares stored calls with it, and the `Report`
holds every figure; `Report.to_json` is its stable form.

Example:
    >>> from qa_pipeline.measure import Labels, evaluate
    >>> evaluate([], Labels.of({"a.wav": {"greeting": "pass"}})).coverage.measured
    0
"""

from __future__ import annotations

from qa_pipeline.measure.agreement import Agreement, Bin, Pair
from qa_pipeline.measure.evaluation import evaluate
from qa_pipeline.measure.labels import CallLabels, Labels, load_labels
from qa_pipeline.measure.ratio import Ratio
from qa_pipeline.measure.report import Report, Section, Split

__all__ = [
    "Agreement",
    "Bin",
    "CallLabels",
    "Labels",
    "Pair",
    "Ratio",
    "Report",
    "Section",
    "Split",
    "evaluate",
    "load_labels",
]
