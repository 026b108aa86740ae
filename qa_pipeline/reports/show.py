"""One call on one screen, and a run's results at a glance, for a terminal.

What is returned are rich renderables: printed to a terminal they have colours, printed to a file
or a pipe they are plain text of the same shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from qa_pipeline.domain.evaluation import Outcome, Verdict
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.rubric import LocalText, Rubric
from qa_pipeline.domain.scorecard import AgentScorecard
from qa_pipeline.domain.stored import Failure, ScoredCall, StoredCall
from qa_pipeline.domain.timeline import Hold, Music, Ringback, Tone
from qa_pipeline.reports.files import printable
from qa_pipeline.reports.source import Titles
from qa_pipeline.reports.texts import (
    OUTCOMES,
    ROLES,
    SIGNS,
    UNKNOWN_AGENT,
    clock,
    language_name,
    percent,
)

STYLES = {
    Outcome.PASS: "green",
    Outcome.FAIL: "bold red",
    Outcome.NOT_APPLICABLE: "dim",
    Outcome.UNDETERMINED: "yellow",
}
ROLE_STYLES = {Role.AGENT: "cyan", Role.CUSTOMER: "magenta", Role.LINE: "dim"}

_WORDS = {
    "score": LocalText("score", "得分"),
    "agent": LocalText("agent", "客服"),
    "customer": LocalText("customer", "客户"),
    "unknown": LocalText("unknown", "未知"),
    "criterion": LocalText("Criterion", "标准"),
    "verdict": LocalText("Verdict", "结论"),
    "sure": LocalText("Sure", "置信"),
    "why": LocalText("Why, and where to listen", "理由与证据"),
    "transcript": LocalText("Transcript", "通话文本"),
    "no_turns": LocalText("Nothing was said.", "没有对话。"),
    "call": LocalText("Call", "通话"),
    "calls": LocalText("Calls", "通话数"),
    "length": LocalText("Length", "时长"),
    "to_hear": LocalText("Fails and open questions", "未通过与待确认"),
    "fails": LocalText("Fail", "未通过"),
    "open": LocalText("Open", "待定"),
    "weakest": LocalText("Weakest", "最弱项"),
    "failed": LocalText("Not scored", "未能评分"),
    "legend": LocalText(
        "░ ringing  ▒ hold  ♪ music  ! tone   numbers: evidence",
        "░ 振铃  ▒ 等待  ♪ 音乐  ! 信号音   数字:证据",
    ),
    "searched": LocalText("searched", "已查找"),
    "overruled": LocalText("a person says", "人工判定"),
}


def _word(name: str, language: str) -> str:
    return _WORDS[name].get(language)


def render_call(
    stored: StoredCall, rubric: Rubric | None = None, language: str = "en"
) -> RenderableType:
    """A call's facts, a picture of its time, its verdicts with evidence, and what was said.

    Args:
        stored: the call.
        rubric: for the criteria's titles.
        language: of everything but what was said: ``en`` or ``zh``.
    """
    numbers = {v.criterion: i for i, v in enumerate(stored.evaluation.verdicts, start=1)}
    return Group(
        _header(stored, language),
        Text(),
        Strip(stored, language),
        Text(),
        _verdicts(stored, Titles(rubric), numbers, language),
        Text(),
        Text(_word("transcript", language), style="bold"),
        _transcript(stored, language),
    )


def _header(stored: StoredCall, language: str) -> Text:
    call = stored.conversation
    agent = " ".join(
        filter(None, (stored.agent.name, f"({stored.agent.id})" if stored.agent.id else ""))
    )
    parts = [
        f"{_word('agent', language)} {agent or _word('unknown', language)}",
        f"{_word('customer', language)} {stored.customer_name or _word('unknown', language)}",
        language_name(call.language).get(language),
        clock(call.duration_ms),
    ]
    if call.metadata.started_at:
        parts.append(f"{call.metadata.started_at:%Y-%m-%d %H:%M}")
    text = Text(printable(stored.recording.file), style="bold")
    text.append(f"   {_word('score', language)} {percent(stored.evaluation.score)}\n", "bold")
    text.append(printable(" · ".join(parts)), "not bold")
    if stored.recording.file != call.call_id:
        text.append(f"\nid {printable(call.call_id)}", "not bold dim")
    for note in dict.fromkeys((*stored.recording.notes, *call.notes)):
        text.append(f"\n{printable(note)}", "not bold dim")
    return text


class Strip:
    """The call's time from left to right, as wide as the screen: line, voices, evidence."""

    def __init__(self, stored: StoredCall, language: str = "en") -> None:
        self.stored = stored
        self.language = language

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Rows of characters; each cell is an equal share of the call."""
        labels = [ROLES[role].get(self.language) for role in (Role.LINE, Role.AGENT, Role.CUSTOMER)]
        margin = max(Text(label).cell_len for label in labels) + 1
        width = max(10, options.max_width - margin)
        rows = (self._line(width), self._talk(Role.AGENT, width), self._talk(Role.CUSTOMER, width))
        for label, row, role in zip(
            labels, rows, (Role.LINE, Role.AGENT, Role.CUSTOMER), strict=True
        ):
            pad = " " * (margin - Text(label).cell_len)
            yield Text(f"{label}{pad}", no_wrap=True).append(row, ROLE_STYLES[role])
        for row in (self._marks(width), self._scale(width)):
            yield Text(" " * margin + row, no_wrap=True)
        yield Text(" " * margin + _word("legend", self.language), "dim", overflow="ellipsis")

    def _cells(self, start_ms: int, end_ms: int, width: int) -> range:
        total = max(1, self.stored.conversation.duration_ms)
        first = min(width - 1, max(0, start_ms * width // total))
        last = min(width, max(first + 1, -(-end_ms * width // total)))
        return range(first, last)

    def _line(self, width: int) -> str:
        row = ["·"] * width
        for event in self.stored.conversation.events:
            if isinstance(event, Music):
                self._fill(row, event.start_ms, event.end_ms, "♪")
        for event in self.stored.conversation.events:
            if isinstance(event, Hold):
                self._fill(row, event.start_ms, event.end_ms, "▒")
            elif isinstance(event, Ringback):
                for burst in event.bursts or (event,):
                    self._fill(row, burst.start_ms, burst.end_ms, "░")
            elif isinstance(event, Tone):
                self._fill(row, event.start_ms, event.end_ms, "!")
        return "".join(row)

    def _talk(self, role: Role, width: int) -> str:
        row = ["·"] * width
        for turn in self.stored.conversation.turns_of(role):
            self._fill(row, turn.start_ms, turn.end_ms, "█")
        return "".join(row)

    def _fill(self, row: list[str], start_ms: int, end_ms: int, sign: str) -> None:
        for cell in self._cells(start_ms, end_ms, len(row)):
            row[cell] = sign

    def _marks(self, width: int) -> str:
        row = [" "] * width
        for number, verdict in enumerate(self.stored.evaluation.verdicts, start=1):
            for item in verdict.evidence:
                wanted = self._cells(item.start_ms, item.end_ms, width)[0]
                free = next((c for c in range(wanted, width) if row[c] == " "), None)
                if free is not None and number < 10:
                    row[free] = str(number)
        return "".join(row)

    def _scale(self, width: int) -> str:
        total = self.stored.conversation.duration_ms
        row = list(" " * width)
        steps = max(1, width // 16)
        for step in range(steps + 1):
            label = clock(total * step // steps)
            at = min(step * width // steps, width - len(label))
            row[at : at + len(label)] = label
        return "".join(row)


def _verdicts(stored: StoredCall, titles: Titles, numbers: dict[str, int], language: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, expand=True)
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column(_word("criterion", language), ratio=3, overflow="fold")
    table.add_column(_word("verdict", language), no_wrap=True)
    table.add_column(_word("sure", language), justify="right", no_wrap=True)
    table.add_column(_word("why", language), ratio=7, overflow="fold")
    for verdict in stored.evaluation.verdicts:
        style = STYLES[verdict.outcome]
        table.add_row(
            str(numbers[verdict.criterion]),
            titles.of(verdict.criterion).get(language),
            Text(f"{SIGNS[verdict.outcome]} {OUTCOMES[verdict.outcome].get(language)}", style),
            percent(verdict.confidence),
            _reasoning(stored, verdict, language),
        )
    return table


def _reasoning(stored: StoredCall, verdict: Verdict, language: str) -> Text:
    text = Text(printable(verdict.explanation.get(language)))
    for item in verdict.evidence:
        first, last = clock(item.start_ms), clock(item.end_ms)
        text.append(f"\n{first if first == last else f'{first}–{last}'} ", "dim")
        text.append(ROLES[item.role].get(language), ROLE_STYLES[item.role])
        said = item.text or f"({_word('searched', language)})"
        text.append(f" {printable(said)}", "italic" if item.text else "dim")
    for override in stored.overrides:
        if override.criterion == verdict.criterion:
            said = OUTCOMES[override.outcome].get(language)
            who = f"{_word('overruled', language)}: {said} ({override.author}) {override.note}"
            text.append("\n" + printable(who.strip()), "bold")
    return text


def _transcript(stored: StoredCall, language: str) -> RenderableType:
    if not stored.conversation.turns:
        return Text(_word("no_turns", language), "dim")
    table = Table(box=None, show_header=False, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column(justify="right", style="dim", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for turn in stored.conversation.turns:
        role = Text(ROLES[turn.role].get(language), ROLE_STYLES[turn.role])
        table.add_row(clock(turn.start_ms), role, Text(printable(turn.text)))
    return table


def render_summary(
    calls: Iterable[ScoredCall],
    scorecards: Sequence[AgentScorecard],
    failures: Sequence[Failure] = (),
    rubric: Rubric | None = None,
    language: str = "en",
) -> RenderableType:
    """A run's results: a line per call, the agents, and what could not be scored."""
    titles = Titles(rubric)
    parts: list[RenderableType] = [
        _calls_table(calls, titles, language),
        Text(),
        _agents_table(scorecards, titles, language),
    ]
    if failures:
        parts += [Text(), Text(_word("failed", language), "bold red")]
        parts += [
            Text(printable(f"{failure.file}: {failure.error} {failure.cure}".strip()))
            for failure in failures
        ]
    return Group(*parts)


def _calls_table(calls: Iterable[ScoredCall], titles: Titles, language: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column(_word("call", language), overflow="fold")
    table.add_column(_word("agent", language).capitalize())
    table.add_column(_word("length", language), justify="right", no_wrap=True)
    table.add_column(_word("score", language).capitalize(), justify="right", no_wrap=True)
    table.add_column(_word("to_hear", language))
    for call in calls:
        marks = Text()
        for outcome in (Outcome.FAIL, Outcome.UNDETERMINED):
            for verdict in call.evaluation.verdicts:
                if verdict.outcome is outcome:
                    name = titles.of(verdict.criterion).get(language)
                    marks.append("\n" if marks else "").append(
                        f"{SIGNS[outcome]} {name}", STYLES[outcome]
                    )
        table.add_row(
            Text(printable(call.file)),
            Text(printable(call.agent.name or call.agent.key or _word("unknown", language))),
            clock(call.duration_ms),
            percent(call.evaluation.score),
            marks or Text(f"{SIGNS[Outcome.PASS]}", "green"),
        )
    return table


def _agents_table(scorecards: Sequence[AgentScorecard], titles: Titles, language: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column(_word("agent", language).capitalize())
    for name in ("calls", "score", "fails", "open"):
        table.add_column(_word(name, language).capitalize(), justify="right", no_wrap=True)
    table.add_column(_word("weakest", language))
    for card in scorecards:
        table.add_row(
            Text(printable(card.agent.name or card.agent.key or UNKNOWN_AGENT.get(language))),
            str(len(card.calls)),
            Text(percent(card.score), "bold"),
            Text(str(card.counts.failed), STYLES[Outcome.FAIL] if card.counts.failed else "dim"),
            str(card.counts.undetermined),
            _weakest(card, titles, language),
        )
    return table


def _weakest(card: AgentScorecard, titles: Titles, language: str) -> str:
    """The criterion with the lowest pass rate, with its counts; nothing when nothing failed."""
    failing = [item for item in card.criteria if item.counts.failed]
    if not failing:
        return ""
    worst = min(failing, key=lambda item: (item.counts.pass_rate or 0.0, -item.counts.failed))
    name = titles.of(worst.criterion).get(language)
    return f"{name} {worst.counts.passed}/{worst.counts.determined}"
