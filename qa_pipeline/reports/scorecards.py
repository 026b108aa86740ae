"""Scorecards as web pages: an index, and one page per agent that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

import jinja2

from qa_pipeline.domain.evaluation import Outcome, Verdict
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.scorecard import AgentScorecard
from qa_pipeline.domain.stored import CallFilter, ScoredCall, StoredCall
from qa_pipeline.reports import pictures, texts
from qa_pipeline.reports.files import atomic, printable, safe_name
from qa_pipeline.reports.sound import Extent, Sound, extent_for, sound_of
from qa_pipeline.reports.source import AudioAccess, CallSource, Titles, narrowed, titles

Aggregate = Callable[[Iterable[ScoredCall]], Sequence[AgentScorecard]]
LISTEN_FIRST = 8  # verdicts shown at the top of a page; the rest folds away


@dataclass(frozen=True, slots=True)
class ScorecardOptions:
    """How pages are made.

    `audio`: ``embed`` puts it into the page, ``link`` into a folder ``audio`` beside it, ``none``
    leaves it out. `language` is what a page shows first; a switch on it shows the other.
    """

    audio: Literal["embed", "link", "none"] = "embed"
    language: Literal["en", "zh"] = "en"


@dataclass(frozen=True, slots=True)
class CallView:
    """A call as the page's template takes it."""

    anchor: str
    stored: StoredCall
    boxes: tuple[pictures.Box, ...]
    sound: Sound
    open: bool


@dataclass(frozen=True, slots=True)
class Concern:
    """A verdict that wants a listener."""

    anchor: str
    call: ScoredCall
    verdict: Verdict


def write_scorecards(
    source: CallSource,
    out_dir: Path,
    aggregate: Aggregate,
    access: AudioAccess | None = None,
    *,
    which: CallFilter | None = None,
    options: ScorecardOptions | None = None,
    progress: Callable[[AgentScorecard], None] | None = None,
) -> Path:
    """Write ``index.html`` and a page per agent into `out_dir`; the index's path.

    Pages carry styles, scripts and (by default) sound in themselves and open from a disk. Calls
    are taken one at a time, so thousands of them fit.

    Args:
        source: the data folder.
        out_dir: made if it is not there; pages of an earlier time are replaced.
        aggregate: `stages.aggregate.aggregate`.
        access: how to hear the recordings; None makes pages without sound.
        which: calls wanted.
        options: how pages are made.
        progress: told of each agent before their page is written.

    Raises:
        SetupError: `out_dir` cannot be written.
    """
    options = options or ScorecardOptions()
    wanted, ref = narrowed(source, which or CallFilter())
    names = titles(source, ref)
    cards = aggregate(source.scored_calls(wanted))
    files = page_names(cards)
    shared = {
        "titles": names,
        "rubric": ref,
        "rubric_title": names.rubric.title if names.rubric else None,
        "options": options,
        "period": _period(cards),
    }
    for card, file in zip(cards, files, strict=True):
        if progress is not None:
            progress(card)
        link_dir = out_dir / "audio" if options.audio == "link" else None
        used = access if options.audio != "none" else None
        extent = extent_for(card.calls) if options.audio == "embed" else "call"
        views = _views(
            source, card, wanted.rubric_id, access=used, extent=extent, link_dir=link_dir
        )
        context = {
            "card": card,
            "calls": views,
            "concerns": concerns(card),
            "points": pictures.trend(card.days),
            "period": _period([card]),
            "extent": extent,
            "has_sound": used is not None,
        }
        render(out_dir / file, "agent.html.j2", shared | context)
    index = out_dir / "index.html"
    listed = sorted(
        zip(cards, files, strict=True),
        key=lambda pair: (pair[0].score is None, pair[0].score or 0.0, pair[1]),
    )
    criteria = list(dict.fromkeys(item.criterion for card in cards for item in card.criteria))
    context = {"cards": listed, "criteria": criteria, "failures": source.failures()}
    render(index, "index.html.j2", shared | context)
    return index


def page_names(cards: Sequence[AgentScorecard]) -> list[str]:
    """A file name for each agent; unlike even where letter case does not count.

    Example:
        >>> page_names([])
        []
    """
    taken = {"index"}
    names = []
    for card in cards:
        if card.agent.key is None:
            name = "unknown-agent"
        else:
            name = f"agent-{safe_name(card.agent.key)}"
            if name.casefold() in taken:
                name = f"agent-{safe_name(card.agent.key + '/')}"  # with a hash
        taken.add(name.casefold())
        names.append(f"{name}.html")
    return names


def concerns(card: AgentScorecard) -> list[Concern]:
    """What to listen to first: the surest fails, then what nobody could determine; new first."""
    found = [
        Concern(_anchor(call.call_id), call, verdict)
        for call in reversed(card.calls)
        for verdict in call.evaluation.verdicts
        if verdict.outcome in (Outcome.FAIL, Outcome.UNDETERMINED)
    ]
    return sorted(
        found,
        key=lambda c: (c.verdict.outcome is not Outcome.FAIL, -round(c.verdict.confidence, 1)),
    )


def _views(
    source: CallSource,
    card: AgentScorecard,
    rubric_id: str | None,
    *,
    access: AudioAccess | None,
    extent: Extent,
    link_dir: Path | None,
) -> Iterator[CallView]:
    for number, facts in enumerate(reversed(card.calls)):
        stored = source.stored_call(facts.call_id, rubric_id)
        if stored is not None:
            yield CallView(
                _anchor(facts.call_id),
                stored,
                pictures.strip(stored.conversation, stored.evaluation),
                sound_of(stored, access, extent, link_dir),
                open=number == 0,
            )


def _anchor(call_id: str) -> str:
    return f"call-{safe_name(call_id)}"


def _period(cards: Iterable[AgentScorecard]) -> tuple[date, date] | None:
    days = [day.day for card in cards for day in card.days]
    return (min(days), max(days)) if days else None


def render(path: Path, template: str, context: dict[str, Any]) -> None:
    """Write a page from one of the templates, piece by piece, whole or not at all."""
    with atomic(path) as file:
        for part in _templates().get_template(template).generate(**context):
            file.write(part)


@cache
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("qa_pipeline.reports"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(
        clock=texts.clock, percent=texts.percent, printable=printable, language=texts.language_name
    )
    environment.globals.update(
        Outcome=Outcome,
        Role=Role,
        SIGNS=texts.SIGNS,
        OUTCOMES=texts.OUTCOMES,
        ROLES=texts.ROLES,
        UNKNOWN_AGENT=texts.UNKNOWN_AGENT,
        LISTEN_FIRST=LISTEN_FIRST,
        pictures=pictures,
        Titles=Titles,
    )
    return environment
