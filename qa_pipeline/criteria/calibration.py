"""Confidence that tells the truth: a kind's own confidence to the share of such verdicts right.

A criterion ranks its findings by how strong their evidence is; the numbers it gives are a
judgement. `rubrics/calibration.yaml` maps them to what was measured on labelled calls: for each
kind and outcome a line in log-odds, ``logit(p) = slope * logit(c) + shift`` (Platt, 1999,
"Probabilistic outputs for support vector machines"), fitted with a pull towards leaving the number
as it is, so that few cases move it little. The file also says on what it was fitted.

A verdict that then is too unsure to be told to anybody becomes `undetermined`.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qa_pipeline.criteria.base import Finding, clamp
from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.rubric import LocalText
from qa_pipeline.errors import SetupError

TOO_UNSURE = "too_unsure"
LEAST, MOST = 0.01, 0.99  # of a raw confidence, so that its log-odds are finite


class Line(BaseModel):
    """A line in log-odds, up to `most`; `n` verdicts and `right` of them made it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slope: float = Field(1.0, gt=0)
    shift: float = 0.0
    most: float = Field(1.0, ge=0, le=1)
    n: int = Field(0, ge=0)
    right: int = Field(0, ge=0)


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    how: str
    least_confidence: float = Field(0.5, ge=0, le=1)
    lines: Mapping[str, Mapping[Literal["pass", "fail", "not_applicable"], Line]]


@dataclass(frozen=True)
class Calibration:
    """Lines by kind of criterion and outcome; without one, a confidence stays what it is.

    `least` is the calibrated confidence under which a verdict is not told as one.

    Example:
        >>> Calibration().confidence("recap", Outcome.PASS, 0.9)
        0.9
    """

    lines: Mapping[tuple[str, Outcome], Line] = field(default_factory=dict)
    least: float = 0.0
    fingerprint: str = "none"

    def confidence(self, kind: str, outcome: Outcome, raw: float) -> float:
        """The share of verdicts that are right when this kind is this sure of this outcome."""
        line = self.lines.get((kind, outcome))
        return raw if line is None else min(line.most, on_line(raw, line.slope, line.shift))

    def apply(self, kind: str, finding: Finding) -> Finding:
        """The finding with its calibrated confidence; `undetermined` where that is too low."""
        if finding.outcome is Outcome.UNDETERMINED:
            return finding
        sure = self.confidence(kind, finding.outcome, finding.confidence)
        if sure >= self.least:
            return replace(finding, confidence=sure)
        return replace(
            finding,
            outcome=Outcome.UNDETERMINED,
            confidence=sure,
            reason=TOO_UNSURE,
            explanation=LocalText(
                f"Too unsure to say, please listen. It seems: {finding.explanation.en}",
                f"把握不足，请人工复听。初步判断：{finding.explanation.zh}",
            ),
        )


def on_line(raw: float, slope: float, shift: float) -> float:
    """A confidence moved along a line in log-odds.

    Example:
        >>> round(on_line(0.8, 1.0, 0.0), 3)
        0.8
    """
    held = clamp(raw, LEAST, MOST)
    odds = slope * math.log(held / (1 - held)) + shift
    return 1.0 / (1.0 + math.exp(-odds))


def load_calibration(path: Path) -> Calibration:
    """The calibration in a file; none at all if there is no such file.

    Raises:
        SetupError: the file cannot be read or has another form.
    """
    if not path.exists():
        return Calibration()
    try:
        content = path.read_bytes()
        read = _File.model_validate(yaml.safe_load(content))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise SetupError(
            f"{path} is no calibration file: {error}",
            "Take the one that comes with this version, or make it anew.",
        ) from error
    lines = {
        (kind, Outcome(outcome)): line
        for kind, by_outcome in read.lines.items()
        for outcome, line in by_outcome.items()
    }
    return Calibration(lines, read.least_confidence, hashlib.sha256(content).hexdigest()[:16])
