"""A rubric as its author reads it: what each criterion looks for, when, and what it weighs.

What is returned are rich renderables, as in `show`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from rich.console import Group as Rows
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from qa_pipeline.criteria import kind as kind_of
from qa_pipeline.criteria.arithmetic import shares
from qa_pipeline.criteria.base import Check
from qa_pipeline.criteria.clause_words import in_words
from qa_pipeline.criteria.clauses import acts_in
from qa_pipeline.domain.rubric import Condition, Criterion, LocalText, Rubric
from qa_pipeline.language.acts import ActCatalogue

MOST_EXAMPLES = 3
_WORDS = {
    "passes": LocalText("Passes when", "通过条件"),
    "looks": LocalText("Looks for", "检查内容"),
    "applies": LocalText("Applies when", "适用前提"),
    "always": LocalText("always", "始终适用"),
    "good": LocalText("Good", "好的例子"),
    "bad": LocalText("Bad", "不好的例子"),
    "weight": LocalText("Weight", "权重"),
    "of_score": LocalText("of the score if everything applies", "占总分（全部适用时）"),
    "informational": LocalText("shown, never counted", "只显示，不计分"),
    "auto_fail": LocalText("a fail here fails the whole call", "此项未通过则整通电话不合格"),
    "group": LocalText("Group", "分组"),
    "params": LocalText("Parameters", "参数"),
    "default": LocalText("default", "默认"),
    "hears": LocalText("Recognises sentences such as", "能识别的说法，例如"),
    "not": LocalText("but not", "但不包括"),
    "coaching": LocalText("Coaching", "辅导建议"),
    "source": LocalText("Source", "依据"),
    "reasons": LocalText("Reason codes", "原因代码"),
    "kind": LocalText("Kind", "种类"),
}


def render_rubric(rubric: Rubric, catalogue: ActCatalogue, language: str) -> RenderableType:
    """A whole rubric: head, then every criterion briefly."""
    head = Text(f"{rubric.title.get(language)} ", "bold").append(
        f"({rubric.id} {rubric.version})", "dim"
    )
    rows: list[RenderableType] = [head]
    if rubric.description is not None:
        rows.append(Text(rubric.description.get(language)))
    share = shares(rubric)
    for group in (None, *rubric.groups):
        members = [c for c in rubric.criteria if c.group == (group.id if group else None)]
        if not members:
            continue
        if group is not None:
            total = sum((share[c.id] for c in members), Fraction(0))
            rows.append(Text(f"\n{group.title.get(language)}  {_percent(total)}", "bold underline"))
        for criterion in members:
            rows.append(Text())
            rows += _brief(rubric, criterion, catalogue, language)
    return Rows(*rows)


def render_criterion(
    rubric: Rubric, criterion: Criterion, catalogue: ActCatalogue, language: str
) -> RenderableType:
    """One criterion in full: also its parameters, reason codes and sentences."""
    rows = _brief(rubric, criterion, catalogue, language, full=True)
    check = kind_of(criterion.kind)
    rows += list(_params(check, criterion.params, language))
    rows += list(_reasons(check, language))
    return Rows(*rows)


def render_kind(check: Check[Any], language: str) -> RenderableType:
    """One kind of criterion: what it looks for, its parameters and reason codes."""
    about = check.about
    rows: list[RenderableType] = [
        Text(f"{_word('kind', language)} ", "dim").append(check.kind, "bold"),
        _line("looks", about.looks_for.get(language), language),
        _line("good", about.good.get(language), language),
        _line("bad", about.bad.get(language), language),
        *_params(check, {}, language),
        *_reasons(check, language),
    ]
    return Rows(*rows)


def render_condition(
    condition: Condition,
    conditions: Mapping[str, Condition],
    catalogue: ActCatalogue,
    language: str,
) -> RenderableType:
    """A named condition: when it holds, and by which sentences that is known."""
    rows: list[RenderableType] = [
        Text(condition.id, "bold").append(f"  {condition.title.get(language)}", "default"),
        _line("applies", in_words(condition.clause, _titles(conditions)).get(language), language),
        *_sentences(acts_in(condition.clause), catalogue, language, full=True),
    ]
    return Rows(*rows)


def render_act(act: str, catalogue: ActCatalogue, language: str) -> RenderableType:
    """An act: sentences that do it, and some that don't, in every language."""
    rows: list[RenderableType] = [Text(act, "bold")]
    for spoken in catalogue.languages:
        found = catalogue.of(spoken).get(act)
        if found is None:
            continue
        rows.append(Text(f"  [{spoken}]", "dim"))
        rows += [_indented(f"“{text}”") for text in found.entry.examples]
        if found.entry.counter_examples:
            rows.append(Text(f"  {_word('not', language)}", "dim"))
            rows += [_indented(f"“{text}”") for text in found.entry.counter_examples]
    return Rows(*rows)


def render_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> RenderableType:
    """A plain table; the last column takes what room is left."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for number, title in enumerate(titles):
        table.add_column(title, no_wrap=number == 0, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def _brief(
    rubric: Rubric,
    criterion: Criterion,
    catalogue: ActCatalogue,
    language: str,
    full: bool = False,
) -> list[RenderableType]:
    check = kind_of(criterion.kind)
    params = check.params.model_validate(criterion.params)
    share = shares(rubric)[criterion.id]
    title = Text(criterion.title.get(language), "bold").append(
        f"  ({criterion.id}, {_word('kind', language).lower()} {criterion.kind})", "dim"
    )
    conditions = {condition.id: condition for condition in rubric.conditions}
    rows: list[RenderableType] = [
        title,
        _line("weight", _weight(criterion, share, language), language),
        _line("passes", criterion.description.get(language), language),
        _line("looks", check.describe(params).get(language), language),
    ]
    when = _word("always", language)
    acts = set(check.acts_of(params))
    if criterion.when is not None:
        when = in_words(criterion.when, _titles(conditions)).get(language)
    rows.append(_line("applies", when, language))
    rows.append(_line("good", check.about.good.get(language), language))
    rows.append(_line("bad", check.about.bad.get(language), language))
    rows += list(_sentences(acts, catalogue, language, full))
    if criterion.coaching is not None:
        rows.append(_line("coaching", criterion.coaching.get(language), language))
    if criterion.source:
        rows.append(_line("source", ", ".join(criterion.source), language))
    return rows


def _weight(criterion: Criterion, share: Fraction, language: str) -> str:
    if criterion.informational or not criterion.weight:
        return _word("informational", language)
    told = f"{criterion.weight:g} · {_percent(share)} {_word('of_score', language)}"
    return f"{told}; {_word('auto_fail', language)}" if criterion.auto_fail else told


def _params(check: Check[Any], given: Mapping[str, Any], language: str) -> Iterator[RenderableType]:
    fields = check.params.model_fields
    if not fields:
        return
    yield Text(f"  {_word('params', language)}:", "dim")
    for name, field in fields.items():
        default = field.get_default(call_default_factory=True)
        shown = given.get(field.alias or name, default)
        line = Text(f"{field.alias or name}: ", "cyan").append(_plain(shown), "bold")
        if shown != default:
            line.append(f"  ({_word('default', language)} {_plain(default)})", "dim")
        line.append(f"  {field.description or ''}", "default")
        yield Padding(line, (0, 0, 0, 4))


def _reasons(check: Check[Any], language: str) -> Iterator[RenderableType]:
    yield Text(f"  {_word('reasons', language)}:", "dim")
    for code, meaning in check.reasons.items():
        yield Padding(Text(f"{code}: ", "cyan").append(meaning, "default"), (0, 0, 0, 4))


def _sentences(
    acts: set[str] | frozenset[str], catalogue: ActCatalogue, language: str, full: bool
) -> Iterator[RenderableType]:
    definitions = catalogue.of(language)
    for act in sorted(acts):
        found = definitions.get(act)
        if found is None or not found.entry.examples:
            continue
        most = len(found.entry.examples) if full else MOST_EXAMPLES
        told = " / ".join(f"“{text}”" for text in found.entry.examples[:most])
        if found.entry.counter_examples and full:
            others = " / ".join(f"“{text}”" for text in found.entry.counter_examples)
            told = f"{told}; {_word('not', language)}: {others}"
        yield _line("hears", f"[{act}] {told}", language)


def _titles(conditions: Mapping[str, Condition]) -> dict[str, LocalText]:
    return {name: condition.title for name, condition in conditions.items()}


def _line(name: str, text: str, language: str) -> RenderableType:
    return Padding(Text(f"{_word(name, language)}: ", "dim").append(text, "default"), (0, 0, 0, 2))


def _indented(text: str) -> RenderableType:
    return Padding(Text(text), (0, 0, 0, 4))


def _word(name: str, language: str) -> str:
    return _WORDS[name].get(language)


def _percent(share: Fraction) -> str:
    return f"{float(share) * 100:.1f} %"


def _plain(value: object) -> str:
    if isinstance(value, list | tuple | frozenset | set):
        return ", ".join(_plain(item) for item in value) or "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "-" if value is None else str(value)
