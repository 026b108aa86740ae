"""How far the verdicts on labelled recordings agree with their labels, per criterion.

Run: ``python -m benchmarks.sample_calls [--data FOLDER] [--engine openai-whisper]``

The folder holds recordings and a ``labels.json`` that maps each file name to its outcomes. Every
recording is heard anew, in a data folder of its own.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa_pipeline import api, config
from qa_pipeline.criteria.base import clock

ROOT = Path(__file__).resolve().parent.parent
HIGH_CONFIDENCE = 0.9  # a wrong verdict above this is the worst kind


@dataclass(frozen=True, slots=True)
class Compared:
    """One verdict beside its label."""

    file: str
    criterion: str
    said: str
    label: str
    confidence: float
    reason: str
    explanation: str
    evidence: str

    @property
    def right(self) -> bool:
        """Whether the two are the same."""
        return self.said == self.label


def compare(export: dict[str, Any], labels: dict[str, Any]) -> list[Compared]:
    """Every verdict of an export for which there is a label."""
    rows: list[Compared] = []
    for call in export["calls"]:
        label = labels.get(Path(call["file"]).name, {})
        for result in call["results"]:
            if result["criterion"] in label:
                evidence = "; ".join(
                    f"{clock(e['start_ms'])} {e['role']}: {e['text']}" for e in result["evidence"]
                )
                rows.append(
                    Compared(
                        call["file"],
                        result["criterion"],
                        result["outcome"],
                        label[result["criterion"]],
                        result["confidence"],
                        result["reason"],
                        result["explanation"]["en"],
                        evidence,
                    )
                )
    return rows


def share(part: int, whole: int) -> str:
    """A ratio for a table; a dash when there is nothing to divide by."""
    return f"{part / whole:.3f}" if whole else "-"


def table(rows: list[Compared]) -> str:
    """Agreement, precision and recall of fail and pass, per criterion and over all."""
    lines = [
        f"{'criterion':<14}{'n':>4}{'agree':>8}{'P(fail)':>9}{'R(fail)':>9}{'P(pass)':>9}"
        f"{'R(pass)':>9}{'undeterm.':>11}"
    ]
    names = [*dict.fromkeys(row.criterion for row in rows), "all"]
    for name in names:
        mine = [row for row in rows if name in (row.criterion, "all")]
        figures = [share(sum(r.right for r in mine), len(mine))]
        for outcome in ("fail", "pass"):
            hits = sum(r.said == r.label == outcome for r in mine)
            figures.append(share(hits, sum(r.said == outcome for r in mine)))
            figures.append(share(hits, sum(r.label == outcome for r in mine)))
        lost = sum(r.said == "undetermined" != r.label for r in mine)
        lines.append(
            f"{name:<14}{len(mine):>4}{figures[0]:>8}"
            + "".join(f"{figure:>9}" for figure in figures[1:])
            + f"{share(lost, len(mine)):>11}"
        )
    return "\n".join(lines)


def wrong(rows: list[Compared]) -> str:
    """The verdicts that differ from their labels, each with its evidence."""
    return "\n".join(
        f"  {row.file} {row.criterion}: {row.said} ({row.confidence:.2f}, {row.reason}), "
        f"label {row.label}\n      {row.explanation}\n      [{row.evidence}]"
        for row in rows
        if not row.right
    )


def hear(data: Path, engine: str, out: Path) -> dict[str, Any]:
    """Score a folder in a data folder under `out`; its export."""
    settings = config.load(data_dir=out / "qa_data", asr_engine=engine)
    api.run([data], settings)
    target = out / "export.json"
    api.export(settings, "json", target)
    export: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    return export


def main() -> int:
    """Print the tables; 1 if the agreement is under the wanted one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "sample_calls")
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--engine", default="faster-whisper")
    parser.add_argument("--at-least", type=float, default=0.0, help="wanted agreement, 0 to 1")
    given = parser.parse_args()
    labels = json.loads((given.labels or given.data / "labels.json").read_text(encoding="utf-8"))
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        export = hear(given.data, given.engine, Path(folder))
    elapsed = time.monotonic() - started
    rows = compare(export, labels)
    missing = set(labels) - {Path(call["file"]).name for call in export["calls"]}
    audio_s = sum(call["duration_ms"] for call in export["calls"]) / 1000
    agreed = sum(row.right for row in rows)
    worst = [row for row in rows if not row.right and row.confidence > HIGH_CONFIDENCE]
    print(
        f"{given.engine}: {len(export['calls'])} calls, {audio_s / 60:.1f} minutes of audio, "
        f"{elapsed:.0f} s"
    )
    print(table(rows))
    print(
        f"agreement {share(agreed, len(rows))} ({agreed} of {len(rows)}); "
        f"wrong above confidence {HIGH_CONFIDENCE}: {len(worst)}; not scored: {len(missing)}"
    )
    print("labels: ", dict(Counter(row.label for row in rows)))
    if agreed < len(rows):
        print("differing:\n" + wrong(rows))
    for name in sorted(missing):
        print(f"  not scored: {name}")
    return int(agreed < given.at_least * len(rows) or bool(missing))


if __name__ == "__main__":
    sys.exit(main())
