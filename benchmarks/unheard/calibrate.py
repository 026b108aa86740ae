"""Fits `rubrics/calibration.yaml` on scored calls of the tuning half.

Run: ``python -m benchmarks.unheard.calibrate --data FOLDER --labels FILE [--data … --labels …]``

`--data` is the data folder that a run over tuning calls left. Its conversations are scored again
without any calibration; each kind and outcome then gets the line in log-odds that makes its
confidences most likely (see `qa_pipeline.criteria.calibration`).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from scipy.optimize import minimize

from qa_pipeline import resources
from qa_pipeline.criteria import kinds as check_kinds
from qa_pipeline.criteria import trust
from qa_pipeline.criteria.calibration import LEAST, MOST, Line, on_line
from qa_pipeline.criteria.rubric_file import load_rubric
from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.rubric import Rubric
from qa_pipeline.stages.score import score
from qa_pipeline.store import open_store

# Towards slope 1 and shift 0. The tuning half flatters, since what it showed was mended: its
# verdicts may not make a confidence much surer than the criterion is.
PULL = 12.0
LEAST_CASES = 8  # fewer verdicts of a kind and outcome leave it as it is
LEAST_CONFIDENCE = 0.6  # a verdict that is wrong more often than this is not told as one

Case = tuple[float, bool]  # the kind's own confidence, and whether the verdict was right


def fit(cases: Sequence[Case], pull: float = PULL) -> Line:
    """The line for these cases: most likely, with `pull` towards the identity.

    Example:
        >>> fit([(0.8, True)] * 80 + [(0.8, False)] * 20).n
        100
    """
    raw = np.clip([confidence for confidence, _ in cases], LEAST, MOST)
    right = np.array([truth for _, truth in cases], dtype=float)
    odds = np.log(raw / (1 - raw))

    def loss(line: np.ndarray[Any, np.dtype[np.float64]]) -> float:
        at = np.exp(line[0]) * odds + line[1]
        unlikely = np.logaddexp(0.0, at) - right * at
        return float(unlikely.sum() + pull * (line[0] ** 2 + line[1] ** 2 / 4))

    slope, shift = minimize(loss, np.zeros(2)).x  # the slope as its logarithm: it stays positive
    return Line(
        slope=round(float(np.exp(slope)), 3),
        shift=round(float(shift), 3),
        n=len(cases),
        right=int(right.sum()),
    )


def cases_of(
    data: Path, labels: dict[str, Any], rubric: Rubric
) -> Iterable[tuple[str, Outcome, Case]]:
    """Every determined verdict of a data folder that has a label: kind, outcome, case."""
    kinds = {criterion.id: criterion.kind for criterion in rubric.criteria}
    with open_store(data, create=False) as store:
        for call in store.calls():
            label = labels.get(Path(call.recording.file).name)
            if label is None:
                continue
            for verdict in score(call.conversation, rubric).verdicts:
                if verdict.outcome is Outcome.UNDETERMINED or verdict.criterion not in label:
                    continue
                right = label[verdict.criterion] == verdict.outcome.value
                yield kinds[verdict.criterion], verdict.outcome, (verdict.confidence, right)


def ece(cases: Sequence[Case]) -> float:
    """Expected calibration error over ten bins of equal width."""
    confidence = np.array([c for c, _ in cases])
    right = np.array([r for _, r in cases], dtype=float)
    bins = np.minimum((confidence * 10).astype(int), 9)
    gaps = [
        abs(confidence[bins == number].mean() - right[bins == number].mean())
        * (bins == number).sum()
        for number in range(10)
        if (bins == number).any()
    ]
    return float(sum(gaps) / len(cases))


def main() -> int:
    """Fit, print what changed, write the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, action="append", required=True)
    parser.add_argument("--labels", type=Path, action="append", required=True)
    parser.add_argument("--out", type=Path, default=resources.rubrics_dir() / "calibration.yaml")
    parser.add_argument("--note", default="", help="what the calls were, for the file")
    given = parser.parse_args()
    rubric = load_rubric(resources.rubrics_dir() / "phone_standard.yaml")
    by_kind: dict[tuple[str, Outcome], list[Case]] = defaultdict(list)
    for data, labels_file in zip(given.data, given.labels, strict=True):
        labels = json.loads(labels_file.read_text(encoding="utf-8"))
        halves = {entry.get("half", "tuning") for entry in labels.values()}
        if halves - {"tuning"}:
            print(f"error: {labels_file} holds calls of the test half", file=sys.stderr)
            return 2
        for kind, outcome, case in cases_of(data, labels, rubric):
            by_kind[kind, outcome].append(case)
    lines: dict[str, dict[str, dict[str, float | int]]] = {}
    before: list[Case] = []
    after: list[Case] = []
    for (kind, outcome), cases in sorted(by_kind.items()):
        line = fit(cases) if len(cases) >= LEAST_CASES else Line()
        if outcome is Outcome.FAIL and check_kinds()[kind].rests_on_words:
            line = line.model_copy(update={"most": trust.FAIL_CAP})
        moved = [
            (min(line.most, on_line(raw, line.slope, line.shift)), right) for raw, right in cases
        ]
        before, after = before + cases, after + moved
        print(
            f"{kind:<18}{outcome.value:<16} n {len(cases):>4}  right "
            f"{np.mean([r for _, r in cases]):.3f}  told {np.mean([c for c, _ in cases]):.3f} -> "
            f"{np.mean([c for c, _ in moved]):.3f}"
        )
        if line.n:
            lines.setdefault(kind, {})[outcome.value] = line.model_dump()
    print(f"expected calibration error {ece(before):.3f} -> {ece(after):.3f} (n {len(after)})")
    content = {
        "how": "Fitted by benchmarks/unheard/calibrate.py on calls of the tuning half"
        + (f": {given.note}." if given.note else "."),
        "least_confidence": LEAST_CONFIDENCE,
        "lines": lines,
    }
    given.out.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), "utf-8")
    print(f"written: {given.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
