"""A report for a reader with two minutes: how far to trust which verdict, and where to listen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from qa_pipeline.criteria.base import clock
from qa_pipeline.domain.evaluation import Evidence
from qa_pipeline.domain.printable import printable
from qa_pipeline.measure.agreement import HIGH_CONFIDENCE, Agreement, Bin
from qa_pipeline.measure.heard import heard_rows
from qa_pipeline.measure.numbers import decimal, percent, span_of
from qa_pipeline.measure.report import Coverage, Report, Split, Wrong

WIDTH = 100
INTERVALS_FROM = 90  # columns; a narrower terminal gets the agreement without its intervals
WEAKEST = 3  # criteria with wrong verdicts that a split names
NAMED_CALLS = 5  # of each kind of call that was not compared

_INTERVAL = "95 %"
_COLUMNS = (
    "n", "Agree", _INTERVAL, "Deter-\nmined", "Kappa", "Fail\nprec.", "Fail\nrecall", "Pass\nprec.",
    "Pass\nrecall", "Left\nopen", "Calib\nerror", f"Fails\n>{HIGH_CONFIDENCE:g}",
)  # fmt: skip
_LEGEND = (
    "Percent of labelled verdicts. Agree: the same outcome as the label. Determined: the same, "
    "without those left undetermined. Left open: undetermined, though the label knows. Calib "
    "error: how far confidence is from the truth. Fails >0.9: confident fails that the label does "
    "not bear out, of all verdicts."
)


def render_report(report: Report, listed: int, width: int = WIDTH) -> RenderableType:
    """Coverage, agreement, splits, confidence, what was heard, and wrong verdicts.

    Args:
        report: what was measured.
        listed: how many wrong verdicts to list, the worst first.
        width: of the terminal, in columns.
    """
    wide = width >= INTERVALS_FROM
    parts: list[RenderableType] = [
        _coverage(report),
        _titled("Agreement with the labels", _agreement(_criteria_rows(report), wide)),
        Text(_LEGEND, "dim"),
    ]
    parts += [
        _titled(f"By {split.key}", _agreement(_split_rows(split), wide)) for split in report.splits
    ]
    if report.overall.bins:
        parts.append(_titled("When it says how sure it is", _reliability(report.overall)))
    rows = heard_rows(report.whole)
    if rows:
        parts.append(_titled("What was heard", _heard(rows)))
    parts.append(_wrong(report.wrong, listed))
    return Group(*parts)


def _titled(title: str, body: RenderableType) -> RenderableType:
    return Group(Text(f"\n{title}", "bold"), body)


def _coverage(report: Report) -> RenderableType:
    coverage, overall = report.coverage, report.overall
    lines = Text(
        f"{coverage.measured} of {coverage.labelled} labelled calls, {overall.count} labelled "
        f"verdicts ({', '.join(coverage.rubrics)}): {overall.accuracy.hits} agree.",
        "bold",
    )
    for line in _left_out(coverage):
        lines.append(f"\n{line}", "not bold yellow")
    return lines


def _left_out(coverage: Coverage) -> Iterator[str]:
    if coverage.not_scored:
        yield f"Not scored, {len(coverage.not_scored)} with labels:"
        for missing in coverage.not_scored[:NAMED_CALLS]:
            yield f"  {printable(missing.name)}: {missing.why}"
        if len(coverage.not_scored) > NAMED_CALLS:
            yield f"  and {len(coverage.not_scored) - NAMED_CALLS} more"
    if coverage.unlabelled:
        named = ", ".join(map(printable, coverage.unlabelled[:NAMED_CALLS]))
        more = len(coverage.unlabelled) - NAMED_CALLS
        yield f"Without labels, {len(coverage.unlabelled)} scored: {named}" + (
            f" and {more} more" if more > 0 else ""
        )
    for criterion, count in coverage.unasked.items():
        yield f"Labelled ({count}), but not in the rubric: {printable(criterion)}"


def _criteria_rows(report: Report) -> list[tuple[str, Agreement]]:
    return [*report.criteria.items(), ("all", report.overall)]


def _split_rows(split: Split) -> list[tuple[str, Agreement]]:
    rows: list[tuple[str, Agreement]] = []
    for value, section in split.values.items():
        rows.append((value, section.overall))
        rows += [(f" {name}", own) for name, own in _weakest(section.criteria)]
    return rows


def _weakest(criteria: Mapping[str, Agreement]) -> list[tuple[str, Agreement]]:
    wrong = [(n, a) for n, a in criteria.items() if a.accuracy.hits < a.accuracy.total]
    return sorted(wrong, key=lambda one: one[1].accuracy.value or 0.0)[:WEAKEST]


def _agreement(rows: Iterable[tuple[str, Agreement]], intervals: bool) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column(min_width=13, max_width=20)
    for title in _COLUMNS:
        if intervals or title != _INTERVAL:
            table.add_column(title, justify="right")
    for name, a in rows:
        worst = a.confident_wrong_fails
        table.add_row(
            Text(printable(name), "bold" if name == "all" else ""),
            str(a.count),
            percent(a.accuracy.value),
            *([span_of(a.accuracy)] if intervals else []),
            percent(a.accuracy_determined.value),
            decimal(a.kappa),
            percent(a.fail.precision.value),
            percent(a.fail.recall.value),
            percent(a.pass_.precision.value),
            percent(a.pass_.recall.value),
            percent(a.missed.value),
            percent(a.calibration_error),
            Text(percent(worst.value), "bold red" if worst.hits else ""),
        )
    return table


def _reliability(overall: Agreement) -> RenderableType:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for title in ("Confidence", "n", "Says", "Is right", "95 %"):
        table.add_column(title, justify="right")
    for own in overall.bins:
        table.add_row(
            f"{own.low:.1f}–{own.high:.1f}",
            str(own.count),
            percent(own.confidence),
            Text(percent(own.accuracy.value), _honesty(own)),
            span_of(own.accuracy),
        )
    guessed = overall.guessed
    notes = (
        f"Calibration error {percent(overall.calibration_error)} %, Brier score "
        f"{decimal(overall.brier, 3)}, over determined verdicts."
    )
    if guessed.total:
        notes += f" Guessed where the label is undetermined: {guessed.hits} of {guessed.total}."
    return Group(table, Text(notes, "dim"))


def _honesty(own: Bin) -> str:
    """Red where even the lucky end of the interval is below what was promised."""
    return "red" if own.accuracy.high is not None and own.accuracy.high < own.confidence else ""


def _heard(rows: Sequence[tuple[str, str, str]]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, figure, detail in rows:
        table.add_row(name, Text(figure, "bold"), printable(detail))
    return table


def _wrong(wrong: Sequence[Wrong], listed: int) -> RenderableType:
    if not wrong:
        return Text("\nNo verdict differs from its label.", "bold green")
    shown = wrong[:listed]
    one = len(wrong) == 1
    told = "verdict differs from its label" if one else "verdicts differ from their labels"
    title = Text(f"\n{len(wrong)} {told}", "bold")
    if len(shown) < len(wrong):
        title.append(f"; the worst {len(shown)} (--list all for all)", "not bold")
    return Group(title, *(_one_wrong(number, one) for number, one in enumerate(shown, start=1)))


def _one_wrong(number: int, one: Wrong) -> RenderableType:
    head = Text(f"{number}. {printable(one.file)}  ")
    head.append(f"{one.criterion}: {one.said.value}", "bold red" if one.said == "fail" else "bold")
    head.append(f" ({one.confidence:.2f}, {one.reason}); the label says ")
    head.append(one.label.value, "bold")
    body = Text(printable(one.explanation.en))
    for evidence in one.evidence:
        body.append("\n").append(_moment(evidence))
    if one.note:
        body.append(f"\nLabel's note: {printable(one.note)}", "italic")
    body.append(f"\nListen: {printable(one.path)}", "dim")
    return Group(head, Padding(body, (0, 0, 0, 3), expand=False))


def _moment(evidence: Evidence) -> str:
    when = clock(evidence.start_ms)
    if evidence.text:
        return f"{when} {evidence.role.value}: {printable(evidence.text)}"
    return f"{when}–{clock(evidence.end_ms)} {evidence.role.value}: searched"
