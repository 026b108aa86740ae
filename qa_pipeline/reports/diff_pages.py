"""How two rubrics differ over the same calls, for a terminal and for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.rubric import LocalText, Rubric
from qa_pipeline.reports.texts import OUTCOMES, percent

_WORDS = {
    "head": LocalText(
        "{n} calls; {moved} move. Mean score {before} -> {after}.",
        "共{n}通电话，其中{moved}通有变化。平均得分 {before} -> {after}。",
    ),
    "only": LocalText("Only in {rubric}: {names}.", "仅在{rubric}中：{names}。"),
    "criterion": LocalText("Criterion", "标准"),
    "change": LocalText("Change", "变化"),
    "calls": LocalText("Calls", "通话数"),
    "call": LocalText("Call", "通话"),
    "score": LocalText("Score", "得分"),
    "verdicts": LocalText("Verdicts that move", "变化的结论"),
    "more": LocalText("... and {n} more: --list all", "……还有{n}通：--list all"),
}


class MoveTold(Protocol):
    """One criterion's two verdicts."""

    @property
    def criterion(self) -> str:
        """The criterion."""

    @property
    def before(self) -> Outcome:
        """By the first rubric."""

    @property
    def after(self) -> Outcome:
        """By the second."""


class CallTold(Protocol):
    """What differs on one call."""

    @property
    def call_id(self) -> str:
        """Its id."""

    @property
    def file(self) -> str:
        """Its file."""

    @property
    def score_before(self) -> float | None:
        """By the first rubric."""

    @property
    def score_after(self) -> float | None:
        """By the second."""

    @property
    def moves(self) -> Sequence[MoveTold]:
        """The verdicts that differ."""


class ComparisonTold(Protocol):
    """Two rubrics over the same calls."""

    @property
    def before(self) -> Rubric:
        """The first."""

    @property
    def after(self) -> Rubric:
        """The second."""

    @property
    def calls(self) -> Sequence[CallTold]:
        """All calls."""

    @property
    def moved(self) -> Sequence[CallTold]:
        """Those on which something differs, the farthest first."""

    @property
    def only_before(self) -> Sequence[str]:
        """Criteria of the first alone."""

    @property
    def only_after(self) -> Sequence[str]:
        """Criteria of the second alone."""

    def by_criterion(self) -> Mapping[str, Mapping[tuple[Outcome, Outcome], int]]:
        """How often which verdict becomes which."""

    def mean_scores(self) -> tuple[float | None, float | None]:
        """The mean score by either."""


def render_diff(compared: ComparisonTold, most: int, language: str) -> RenderableType:
    """The figures, the criteria that move, and the calls, the farthest first."""
    before, after = compared.mean_scores()
    head = _word("head", language).format(
        n=len(compared.calls),
        moved=len(compared.moved),
        before=percent(before),
        after=percent(after),
    )
    rows: list[RenderableType] = [
        Text(f"{_name(compared.before)} -> {_name(compared.after)}: ").append(head, "bold")
    ]
    for rubric, names in (
        (compared.before, compared.only_before),
        (compared.after, compared.only_after),
    ):
        if names:
            told = _word("only", language).format(rubric=_name(rubric), names=", ".join(names))
            rows.append(Text(told, "dim"))
    if counts := compared.by_criterion():
        rows += [Text(), _criteria(counts, language)]
    if compared.moved:
        rows += [Text(), _calls(compared.moved[:most], language)]
    if len(compared.moved) > most:
        rows.append(Text(_word("more", language).format(n=len(compared.moved) - most), "dim"))
    return Group(*rows)


def diff_json(compared: ComparisonTold) -> str:
    """Everything, for programs."""
    before, after = compared.mean_scores()
    content: dict[str, Any] = {
        "schema": 1,
        "before": {"id": compared.before.id, "version": compared.before.version},
        "after": {"id": compared.after.id, "version": compared.after.version},
        "mean_score_before": before,
        "mean_score_after": after,
        "only_before": list(compared.only_before),
        "only_after": list(compared.only_after),
        "calls": [
            {
                "call_id": call.call_id,
                "file": call.file,
                "score_before": call.score_before,
                "score_after": call.score_after,
                "moves": [
                    {
                        "criterion": move.criterion,
                        "before": move.before.value,
                        "after": move.after.value,
                    }
                    for move in call.moves
                ],
            }
            for call in compared.calls
        ],
    }
    return json.dumps(content, ensure_ascii=False, indent=2)


def _criteria(
    counts: Mapping[str, Mapping[tuple[Outcome, Outcome], int]], language: str
) -> RenderableType:
    table = _table("criterion", "change", "calls", language=language)
    for criterion, changes in counts.items():
        for (one, two), number in sorted(changes.items(), key=lambda item: -item[1]):
            table.add_row(criterion, _change(one, two, language), str(number))
    return table


def _calls(calls: Sequence[CallTold], language: str) -> RenderableType:
    table = _table("call", "score", "verdicts", language=language)
    for call in calls:
        moves = "; ".join(
            f"{m.criterion}: {_change(m.before, m.after, language)}" for m in call.moves
        )
        scores = f"{percent(call.score_before)} -> {percent(call.score_after)}"
        table.add_row(Text(call.file), scores, Text(moves))
    return table


def _table(*titles: str, language: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for title in titles:
        table.add_column(_word(title, language), overflow="fold")
    return table


def _change(one: Outcome, two: Outcome, language: str) -> str:
    return f"{OUTCOMES[one].get(language)} -> {OUTCOMES[two].get(language)}"


def _name(rubric: Rubric) -> str:
    return f"{rubric.id} {rubric.version}"


def _word(name: str, language: str) -> str:
    return _WORDS[name].get(language)
