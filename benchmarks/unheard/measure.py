"""Measure the pipeline on made calls: ``python -m benchmarks.unheard.measure --calls DIR --out D``.

Every call is heard in a data folder of its own (kept, so that a second run hears only what has
changed), compared with its label by `qa_pipeline.measure`, and held against the limits that a
verdict about a person must keep.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from qa_pipeline import api, config
from qa_pipeline.errors import QaError
from qa_pipeline.measure import Labels, Report, evaluate
from qa_pipeline.measure.agreement import Agreement
from qa_pipeline.store import open_store

ACCURACY: Final = 0.95  # of determined verdicts, each criterion and language
KAPPA: Final = 0.88
UNDETERMINED: Final = 0.08  # where the label knows better, at most
WRONG_FAILS: Final = 0.01  # above confidence 0.9, of all verdicts, at most
CALIBRATION_ERROR: Final = 0.08
RINGS: Final = 0.97
HOLDS: Final = 0.97
HANGUPS: Final = 0.95
ROLES: Final = 0.95
DER: Final = 0.12
BY: Final = ("language", "layout", "format", "packet_loss", "noise", "hold_medium", "hangup_kind")


@dataclass(frozen=True, slots=True)
class Line:
    """One figure beside its limit; `value` None: nothing was there to measure."""

    number: int
    what: str
    value: float | None
    limit: float
    at_most: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the limit is kept; None where nothing was measured."""
        if self.value is None:
            return None
        return self.value <= self.limit if self.at_most else self.value >= self.limit

    def told(self) -> str:
        """The line for a table."""
        value = "-" if self.value is None else f"{self.value:.3f}"
        verdict = {True: "met", False: "MISSED", None: "not measured"}[self.met]
        sign = "at most" if self.at_most else "at least"
        return f"{self.number}  {self.what:<46}{value:>7}  {sign} {self.limit:<5g} {verdict}"


def half_of(content: dict[str, Any], source: Path, wanted: str | None) -> str:
    """Which half all calls of a labels file are of.

    Raises:
        ValueError: they are of both, of none, or of another one than is wanted.
    """
    halves = {str(entry.get("half")) for entry in content.values()}
    if len(halves) != 1 or halves == {"None"}:
        raise ValueError(
            f"{source} holds calls of {', '.join(sorted(halves)) or 'no half'}: figures are told of"
            " one half alone. Make each half into a folder of its own."
        )
    half = halves.pop()
    if wanted not in (None, half):
        raise ValueError(f"{source} holds the {half} half, not the {wanted} half.")
    return half


def acceptance(report: Report) -> tuple[Line, ...]:
    """Every figure that has a limit, in the order of the limits."""
    return tuple(_lines(report))


def measured(
    calls: Path, out: Path, jobs: int = 1, first: int | None = None, **settings: Any
) -> tuple[Report, float]:
    """Hear a folder of calls and compare it with its labels; the report and the seconds it took.

    `jobs` processes share the calls, each with a data folder of its own; `first` keeps to the
    calls drawn before that index.
    """
    content = json.loads((calls / "labels.json").read_text(encoding="utf-8"))
    content = {
        name: entry for name, entry in content.items() if first is None or entry["index"] < first
    }
    names = sorted(content, key=lambda name: int(content[name]["index"]))
    shares = [[calls / name for name in names[job::jobs]] for job in range(jobs)]
    folders = [out / f"qa_data_{job + 1}_of_{jobs}" for job in range(jobs)]
    started = time.monotonic()
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for done in [
            pool.submit(_hear, share, folder, settings)
            for share, folder in zip(shares, folders, strict=True)
        ]:
            done.result()
    seconds = time.monotonic() - started
    return compared(folders, Labels.of(content)), seconds


def _hear(recordings: list[Path], data: Path, settings: dict[str, Any]) -> None:
    api.run(recordings, config.load(data_dir=data, **settings))


def compared(folders: Sequence[Path], labels: Labels) -> Report:
    """What data folders hold beside the labels."""
    known = {key for entry in labels.entries.values() for key in entry.conditions}
    by = [key for key in BY if key in known or key in ("language", "layout", "format")]
    with ExitStack() as stack:
        stores = [stack.enter_context(open_store(folder, create=False)) for folder in folders]
        return evaluate(
            chain.from_iterable(store.calls() for store in stores),
            labels,
            by=by,
            failures=[failure for store in stores for failure in store.failures()],
            duplicates=[pair for store in stores for pair in store.duplicates()],
        )


def table(report: Report) -> str:
    """Each criterion by language, with its counts."""
    head = (
        f"{'language':<10}{'criterion':<14}{'n':>5}{'right of told':>15}{'kappa':>8}"
        f"{'left open':>11}{'wrong fails':>13}"
    )
    rows = [
        f"{language:<10}{criterion:<14}{figures.count:>5}"
        f"{_shown(figures.accuracy_determined.value):>15}{_shown(figures.kappa_determined):>8}"
        f"{_shown(figures.missed.value):>11}{figures.confident_wrong_fails.hits:>13}"
        for language, criterion, figures in _by_language(report)
    ]
    return "\n".join([head, *rows])


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every limit is kept, 1 when one is missed, 2 when nothing could be measured."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.unheard.measure", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--calls", type=Path, required=True, help="a folder that `make` filled")
    parser.add_argument("--out", type=Path, required=True, help="for results and report.json")
    parser.add_argument("--half", choices=("tuning", "test"), help="refuse any other half")
    parser.add_argument("--jobs", type=int, default=1, help="processes (default 1)")
    parser.add_argument("--first", type=int, help="only the calls drawn before this index")
    given = parser.parse_args(arguments)
    labels = given.calls / "labels.json"
    try:
        content = json.loads(labels.read_text(encoding="utf-8"))
        half = half_of(content, labels, given.half)
        report, seconds = measured(given.calls, given.out, given.jobs, given.first)
    except (OSError, ValueError, QaError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    lines = acceptance(report)
    coverage = report.coverage
    print(f"{half} half: {coverage.measured} of {coverage.labelled} calls, {seconds:.0f} s")
    for missing in coverage.not_scored:
        print(f"  not scored: {missing.name}: {missing.why}")
    print(table(report))
    print("\n".join(line.told() for line in lines))
    told = {
        "half": half,
        "seconds": round(seconds, 1),
        "acceptance": [asdict(line) | {"met": line.met} for line in lines],
        "report": report.to_json(),
    }
    target = given.out / "report.json"
    target.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"all figures: {target}")
    return int(any(line.met is False for line in lines) or bool(coverage.not_scored))


def _lines(report: Report) -> Iterator[Line]:
    for language, criterion, figures in _by_language(report):
        what = f"{language} {criterion}"
        yield Line(1, f"{what}: right of told", figures.accuracy_determined.value, ACCURACY)
        yield Line(1, f"{what}: kappa", figures.kappa_determined, KAPPA)
        yield Line(1, f"{what}: left open", figures.missed.value, UNDETERMINED, at_most=True)
    whole = report.overall
    sure = whole.confident_wrong_fails.value
    yield Line(2, "wrong fails above confidence 0.9", sure, WRONG_FAILS, at_most=True)
    error = whole.calibration_error
    yield Line(2, "expected calibration error", error, CALIBRATION_ERROR, at_most=True)
    rings, holds, hangups = report.whole.rings, report.whole.holds, report.whole.hangups
    yield Line(3, "rings exact", rings.counts.exact.value if rings else None, RINGS)
    yield Line(3, "holds within 1 s", holds.hits.value if holds else None, HOLDS)
    yield Line(3, "who hung up", hangups.right.value if hangups else None, HANGUPS)
    mono = report.whole.mono
    yield Line(4, "mono: roles by time", mono.role_accuracy.value if mono else None, ROLES)
    alone = mono.role_accuracy_alone.value if mono else None
    yield Line(4, "mono: roles by time, alone, collar 0.25 s", alone, ROLES)
    der = mono.diarization.rate if mono else None
    yield Line(4, "mono: diarization errors", der, DER, at_most=True)


def _by_language(report: Report) -> Iterator[tuple[str, str, Agreement]]:
    for split in report.splits:
        if split.key == "language":
            for language, section in split.values.items():
                for criterion, figures in section.criteria.items():
                    yield language, criterion, figures


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    sys.exit(main())
