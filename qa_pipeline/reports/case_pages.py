"""What came of a rubric's cases, for a terminal: what differs, why, and where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from qa_pipeline.domain.evaluation import Evaluation, Outcome, Verdict
from qa_pipeline.domain.rubric import LocalText
from qa_pipeline.reports.texts import OUTCOMES, ROLES, clock

MOST_EVIDENCE = 4
_ALL = LocalText("all {n} cases as expected", "全部{n}个案例符合预期")
_SOME = LocalText("{bad} of {n} cases differ", "{n}个案例中有{bad}个不符")
_EXPECTED = LocalText("expected", "预期")
_GOT = LocalText("got", "实际")
_SCORE = LocalText("score", "得分")


class Wanted(Protocol):
    """A verdict that a case wants."""

    @property
    def outcome(self) -> Outcome:
        """The outcome."""

    @property
    def reason(self) -> str | None:
        """The reason code, if it matters."""


class Differing(Protocol):
    """One verdict that is another than wanted."""

    @property
    def criterion(self) -> str:
        """Its criterion."""

    @property
    def expected(self) -> Wanted:
        """What was wanted."""

    @property
    def got(self) -> Verdict:
        """What came."""


class CaseTold(Protocol):
    """A case."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def where(self) -> str:
        """``file:line``."""

    @property
    def score(self) -> float | None:
        """The score wanted, if any."""


class ResultTold(Protocol):
    """What came of a case."""

    @property
    def case(self) -> CaseTold:
        """The case."""

    @property
    def evaluation(self) -> Evaluation:
        """All verdicts."""

    @property
    def differences(self) -> Sequence[Differing]:
        """The verdicts that differ."""

    @property
    def score_differs(self) -> bool:
        """Whether the score does."""

    @property
    def passed(self) -> bool:
        """Whether nothing differs."""


def render_results(name: str, results: Sequence[ResultTold], language: str) -> RenderableType:
    """A line that sums up, then each case that differs."""
    wrong = [result for result in results if not result.passed]
    told = (_SOME if wrong else _ALL).get(language).format(n=len(results), bad=len(wrong))
    rows: list[RenderableType] = [
        Text(f"{name}: ").append(f"{told}.", "bold red" if wrong else "green")
    ]
    for result in wrong:
        rows.append(Text(f"\n{result.case.where}  ", "dim").append(result.case.name, "bold"))
        for difference in result.differences:
            rows += _difference(difference, language)
        if result.score_differs:
            reached = result.evaluation.score
            got = "-" if reached is None else f"{reached:.3f}"
            rows.append(_indented(
                f"{_SCORE.get(language)}: {_EXPECTED.get(language)} {result.case.score:.3f}, "
                f"{_GOT.get(language)} {got}", 2))  # fmt: skip
    return Group(*rows)


def _difference(difference: Differing, language: str) -> list[RenderableType]:
    wanted, got = difference.expected, difference.got
    line = Text(f"{difference.criterion}: ", "cyan")
    line.append(f"{_EXPECTED.get(language)} {_outcome(wanted.outcome, wanted.reason, language)}, ")
    line.append(f"{_GOT.get(language)} {_outcome(got.outcome, got.reason, language)}", "bold")
    line.append(f" ({got.confidence:.2f})", "dim")
    rows: list[RenderableType] = [Padding(line, (0, 0, 0, 2))]
    rows.append(_indented(got.explanation.get(language), 4))
    for item in got.evidence[:MOST_EVIDENCE]:
        who = ROLES[item.role].get(language)
        when = f"{clock(item.start_ms)}–{clock(item.end_ms)}"
        rows.append(_indented(f"{when} {who}: {item.text}", 4, "dim"))
    return rows


def _outcome(outcome: Outcome, reason: str | None, language: str) -> str:
    return f"{OUTCOMES[outcome].get(language)}{f' {reason}' if reason else ''}"


def _indented(text: str, by: int, style: str = "default") -> RenderableType:
    return Padding(Text(text, style), (0, 0, 0, by))
