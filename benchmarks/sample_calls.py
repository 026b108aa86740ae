"""How far the verdicts on labelled recordings agree with their labels, heard anew.

Run: ``python -m benchmarks.sample_calls [--data FOLDER] [--rubric ID ...] [--kept QA_DATA]``

The folder holds recordings and a ``labels.json`` in the form that ``qa-pipeline evaluate`` reads.
Every recording is heard once, in a data folder of its own that is thrown away, and judged by every
rubric; ``--kept`` measures a data folder that is there instead.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from qa_pipeline import api, config
from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.measure import Report
from qa_pipeline.measure.agreement import HIGH_CONFIDENCE
from qa_pipeline.measure.table import WIDTH, render_report
from qa_pipeline.reports.console import make_console

ROOT = Path(__file__).resolve().parent.parent
RUBRICS = (
    "phone_standard",
    "helpdesk",
    "courtesy",
    "service_center",
    "inbound_and_callback",
    "positive_language",
)


def hear(recordings: Path, engine: str, rubrics: Sequence[str], data: Path) -> float:
    """Score a folder by some rubrics into `data`; the minutes of audio heard."""
    settings = config.load(data_dir=data, asr_engine=engine, rubric=list(rubrics))
    return api.run([recordings], settings).audio_ms / 60_000


def measure(data: Path, labels: Path, rubrics: Sequence[str]) -> Mapping[str, Report]:
    """The report of each rubric."""
    settings = config.load(data_dir=data)
    return {rubric: api.evaluate(settings, labels, ("layout",), rubric) for rubric in rubrics}


def agreement_lines(reports: Mapping[str, Report]) -> list[str]:
    """A line for each rubric, then their sum.

    `applies` leaves out what both sides call not applicable, which is easily right; `sure wrong
    fails` are those above `HIGH_CONFIDENCE`.
    """
    lines = [
        f"{'rubric':22}{'verdicts':>9}{'agree':>15}{'applies':>15}{'wrong fails':>13}{'sure':>6}"
    ]
    total = [0] * 6
    for rubric, report in reports.items():
        counts = _counts(report)
        total = [a + b for a, b in zip(total, counts, strict=True)]
        lines.append(_line(rubric, counts))
    return [*lines, _line("all", total)]


def reaches(reports: Mapping[str, Report], wanted: float) -> bool:
    """Whether at least this share of all verdicts together agrees and no call is missing."""
    count, right = (sum(_counts(report)[at] for report in reports.values()) for at in (0, 1))
    missing = any(report.coverage.not_scored for report in reports.values())
    return right >= wanted * count > 0 and not missing


def _counts(report: Report) -> list[int]:
    """Verdicts and right ones; the same where either side applies; wrong fails, sure ones."""
    overall, absent = report.overall, Outcome.NOT_APPLICABLE.value
    right = sum(overall.confusion[one.value][one.value] for one in Outcome)
    both_absent = overall.confusion[absent][absent]
    fails = [wrong for wrong in report.wrong if wrong.said is Outcome.FAIL]
    sure = sum(wrong.confidence > HIGH_CONFIDENCE for wrong in fails)
    return [
        overall.count,
        right,
        overall.count - both_absent,
        right - both_absent,
        len(fails),
        sure,
    ]


def _line(name: str, counts: Sequence[int]) -> str:
    count, right, applies, right_of_these, fails, sure = counts
    return (
        f"{name:22}{count:9}{right:8} {_share(right, count)}"
        f"{right_of_these:8} {_share(right_of_these, applies)}{fails:13}{sure:6}"
    )


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:4.1f} %" if whole else "   -  "


def main() -> int:
    """Print the reports; 1 if less agrees than wanted or a labelled call was not scored."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "sample_calls")
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--engine", default="faster-whisper")
    parser.add_argument("--rubric", action="append", help="repeat it for several; default: all")
    parser.add_argument("--kept", type=Path, help="measure this data folder, hear nothing")
    parser.add_argument("--at-least", type=float, default=0.0, help="wanted agreement, 0 to 1")
    given = parser.parse_args()
    rubrics = tuple(given.rubric or RUBRICS)
    labels = given.labels or given.data / "labels.json"
    if given.kept is not None:
        reports = measure(given.kept, labels, rubrics)
    else:
        started = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            minutes = hear(given.data, given.engine, rubrics, Path(folder) / "qa_data")
            reports = measure(Path(folder) / "qa_data", labels, rubrics)
        elapsed = time.monotonic() - started
        print(f"{given.engine}: {minutes:.1f} minutes of audio in {elapsed:.0f} s")
    for rubric, report in reports.items():
        make_console().print(f"\n{rubric}", render_report(report, sys.maxsize), width=WIDTH)
    print("\n" + "\n".join(agreement_lines(reports)))
    return int(not reaches(reports, given.at_least))


if __name__ == "__main__":
    sys.exit(main())
