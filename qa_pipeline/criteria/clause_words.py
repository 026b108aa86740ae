"""Clauses in words that a person reads, in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from qa_pipeline.criteria.clauses import (
    ActClause,
    AllClause,
    AnyOfClause,
    AtLeastClause,
    DirectionClause,
    EventClause,
    FieldClause,
    LanguageClause,
    NoneClause,
    parse_clause,
)
from qa_pipeline.criteria.windows import Part
from qa_pipeline.domain.rubric import Clause, LocalText

WHO: Final[Mapping[str, LocalText]] = {
    "agent": LocalText("the agent", "客服"),
    "customer": LocalText("the customer", "客户"),
    "any": LocalText("somebody", "有人"),
}
_EVENTS: Final = {
    "hold": LocalText("the customer is put on hold", "让客户等候"),
    "ringing": LocalText("it rings", "响铃"),
    "music": LocalText("music plays", "播放音乐"),
    "silence": LocalText("nothing is heard", "没有声音"),
}
_LANGUAGES: Final = {
    "en": LocalText("English", "英语"),
    "zh": LocalText("Mandarin", "普通话"),
}
_DIRECTIONS: Final = {
    "inbound": LocalText("the customer called", "客户来电"),
    "outbound": LocalText("the desk called", "客服去电"),
}


def act_name(act: str) -> LocalText:
    """An act as it is written in rubrics, readable: ``ask_hold`` is "ask hold"."""
    return LocalText(f'"{act.replace("_", " ")}"', f"“{act}”")


def part_in_words(part: Part) -> LocalText:
    """Where in the call; empty for anywhere."""
    if part == "opening":
        return LocalText("in the first third of the call", "在通话的前三分之一")
    if part == "closing":
        return LocalText("in the second half of the call", "在通话的后半段")
    if isinstance(part, int):
        return LocalText(f"in the first {part} seconds", f"在最初{part}秒内")
    return LocalText("", "")


def in_words(clause: Clause, titles: Mapping[str, LocalText] | None = None) -> LocalText:
    """What a clause asks for.

    Args:
        clause: as a rubric file has it.
        titles: of the named conditions; without one, the name itself is shown.

    Example:
        >>> in_words({"act": "apology", "part": "opening"}).en
        'the agent: "apology", in the first third of the call'
    """
    return _words(parse_clause(clause), titles or {})


def _words(clause: Any, titles: Mapping[str, LocalText]) -> LocalText:
    if isinstance(clause, str):
        return titles.get(clause, LocalText(clause.replace("_", " "), clause))
    if isinstance(clause, ActClause):
        return _act(clause, titles)
    simple = _simple(clause)
    return _composed(clause, titles) if simple is None else simple


def _simple(clause: Any) -> LocalText | None:
    """A clause without others inside it; None: it is none."""
    words: LocalText | None = None
    if isinstance(clause, EventClause):
        words = _EVENTS[clause.event]
        if clause.longer_than_s:
            seconds = f"{clause.longer_than_s:g}"
            words = LocalText(f"{words.en} for more than {seconds} s", f"{words.zh}超过{seconds}秒")
    elif isinstance(clause, DirectionClause):
        words = _DIRECTIONS[clause.direction]
    elif isinstance(clause, LanguageClause):
        own = LocalText(clause.language, clause.language)
        name = _LANGUAGES.get(clause.language, own)
        words = LocalText(f"the call is in {name.en}", f"通话语言是{name.zh}")
    elif isinstance(clause, FieldClause):
        words = LocalText(
            f"the record's {clause.field} is {' or '.join(clause.is_)}",
            f"记录中的{clause.field}是{'或'.join(clause.is_)}",
        )
    return words


def _composed(clause: Any, titles: Mapping[str, LocalText]) -> LocalText:
    if isinstance(clause, AllClause):
        return _joined(clause.all, titles, LocalText("; and ", "，并且"))
    if isinstance(clause, AnyOfClause):
        return _joined(clause.any, titles, LocalText("; or ", "，或者"))
    if isinstance(clause, AtLeastClause):
        parts = _joined(clause.of, titles, LocalText("; ", "；"))
        return LocalText(
            f"at least {clause.at_least} of: {parts.en}", f"以下至少{clause.at_least}项：{parts.zh}"
        )
    assert isinstance(clause, NoneClause), f"no words for {type(clause).__name__}"
    parts = _joined(clause.none, titles, LocalText("; ", "；"))
    return LocalText(f"none of: {parts.en}", f"没有以下任何一项：{parts.zh}")


def _act(clause: ActClause, titles: Mapping[str, LocalText]) -> LocalText:
    who = WHO[clause.role]
    names = [act_name(act) for act in clause.acts]
    en = f"{who.en}: {' or '.join(name.en for name in names)}"
    zh = f"{who.zh}：{'或'.join(name.zh for name in names)}"
    if clause.minimum > 1:
        en, zh = f"{en}, {clause.minimum} times or more", f"{zh}，{clause.minimum}次以上"
    if (where := part_in_words(clause.part)).en:
        en, zh = f"{en}, {where.en}", f"{zh}，{where.zh}"
    near = f"{clause.within_s:g}" if clause.within_s is not None else None
    for anchor, word in (
        (clause.before, LocalText("before", "之前")),
        (clause.after, LocalText("after", "之后")),
    ):
        if anchor is None:
            continue
        other = _words(anchor, titles)
        en = f"{en}, {f'at most {near} s ' if near else ''}{word.en} ({other.en})"
        zh = f"{zh}，在（{other.zh}）{word.zh}{f'{near}秒内' if near else ''}"
    return LocalText(en, zh)


def _joined(
    clauses: Sequence[Any], titles: Mapping[str, LocalText], between: LocalText
) -> LocalText:
    parts = [_words(part, titles) for part in clauses]
    return LocalText(
        between.en.join(part.en for part in parts), between.zh.join(part.zh for part in parts)
    )
