"""How far the verdicts on labelled recordings agree with their labels, heard anew.

Run: ``python -m benchmarks.sample_calls [--data FOLDER] [--engine openai-whisper]``

The folder holds recordings and a ``labels.json`` in the form that ``qa-pipeline evaluate`` reads.
Every recording is heard in a data folder of its own, which is thrown away.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from qa_pipeline import api, config
from qa_pipeline.measure import Report
from qa_pipeline.measure.table import WIDTH, render_report
from qa_pipeline.reports.console import make_console

ROOT = Path(__file__).resolve().parent.parent


def hear(recordings: Path, labels: Path, engine: str, data: Path) -> tuple[Report, float]:
    """Score a folder into `data` and measure it; the report and the minutes of audio heard."""
    settings = config.load(data_dir=data, asr_engine=engine)
    summary = api.run([recordings], settings)
    return api.evaluate(settings, labels, ("layout",)), summary.audio_ms / 60_000


def main() -> int:
    """Print the report; 1 if less agrees than wanted or a labelled call was not scored."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "sample_calls")
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--engine", default="faster-whisper")
    parser.add_argument("--at-least", type=float, default=0.0, help="wanted agreement, 0 to 1")
    given = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        labels = given.labels or given.data / "labels.json"
        report, minutes = hear(given.data, labels, given.engine, Path(folder) / "qa_data")
    elapsed = time.monotonic() - started
    print(f"{given.engine}: {minutes:.1f} minutes of audio in {elapsed:.0f} s")
    make_console().print(render_report(report, sys.maxsize), width=WIDTH)
    return int(not report.reaches(given.at_least))


if __name__ == "__main__":
    sys.exit(main())
