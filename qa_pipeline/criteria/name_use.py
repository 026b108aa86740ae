"""Kind ``name_use``: the agent addresses the customer by name often enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from pydantic import Field

from qa_pipeline.criteria import trust
from qa_pipeline.criteria.base import Check, Finding, Params, clamp, clock, searched
from qa_pipeline.domain.conversation import Conversation, KnownName
from qa_pipeline.domain.evaluation import Evidence, Outcome
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.rubric import LocalText
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.called import told_of_oneself
from qa_pipeline.language.name_addressed import (
    denied,
    how_addressed,
    part_alike,
    same_person,
    surname_called,
)
from qa_pipeline.language.name_types import Mention
from qa_pipeline.language.names import find_mentions

_PASS_BASE = 0.95
_CALLED_TWICE = 0.6  # `how_addressed`'s confidence when a bare given name was used twice
_SOMEWHAT = 0.45  # "Joia" for Julia; a third person's name is usually less alike
_TITLED_TWICE = 0.8  # the same of a family name with a title
_UNCLEAR_SPEECH = 0.6  # below it a missed use is likely enough to matter near the limit


class NameUseParams(Params):
    """How many uses are enough (rule H26: three)."""

    minimum: int = Field(3, ge=1)


class NameUse(Check[NameUseParams]):
    """The agent uses the customer's name at least `minimum` times, in any form (rule H26).

    Passes: "Thank you, Ms. Brown … Patricia, … Mrs. Brown", 王先生 three times.
    Fails: "ma'am" and 先生 alone, the agent's own name, a colleague's, K-I-N-G spelled.
    """

    kind = "name_use"
    params = NameUseParams
    reasons: ClassVar[Mapping[str, str]] = {
        **trust.REASONS,
        "enough": "the name is used often enough",
        "too_few": "the name is used too seldom",
        "uses_unsure": "it depends on words that may or may not be the customer's name",
        "name_unknown": "the customer's name never becomes known",
    }

    def judge(self, call: Conversation, params: NameUseParams) -> Finding:
        """The finding on one call; see the class."""
        doubt = trust.doubt(call)
        if doubt is not None:
            return doubt
        turns = call.turns_of(Role.AGENT)
        names = _names(call)
        start, end = trust.agent_window(call, turns)
        if not names:
            return _unknown(call, (start, end))
        found = _uses(call, turns, names)
        uses = tuple(use for use in found if use.certain)
        if len(uses) >= params.minimum:
            return _enough(call, uses, names[0], params.minimum)
        if len(found) >= params.minimum:
            return _unsure(found, len(uses), params.minimum)
        return _too_few(call, uses, names[0], params.minimum, (start, end))


def _unknown(call: Conversation, window: tuple[int, int]) -> Finding:
    """No name to look for: in a transcript nobody told one; in a recording it may be misread."""
    if call.has_audio:
        return Finding(
            Outcome.UNDETERMINED,
            0.7,
            "name_unknown",
            LocalText(
                "No record has the customer's name and none was read in the call, so its use "
                "cannot be told.",
                "系统没有记录客户姓名，通话中也没有识别出来，无法判断是否称呼了客户。",
            ),
            (searched(*window, Role.AGENT),),
        )
    return Finding(
        Outcome.FAIL,
        round(0.8 * trust.sureness(call), 3),
        "name_unknown",
        LocalText(
            "The customer's name never becomes known, so the agent cannot use it.",
            "整通电话中客服都没有得知客户的姓名，也就没有使用。",
        ),
        (searched(*window, Role.AGENT),),
    )


def _names(call: Conversation) -> tuple[KnownName, ...]:
    """The customer's name, and what the customer says if the record has somebody else.

    A name that was only heard may be misspelt by the recogniser ("Joia" for Julia). What the agent
    then calls the customer, again and again, is that name too.
    """
    told = told_of_oneself(call.turns, Role.CUSTOMER, call.language)
    known = call.customer_name
    names = [known] if known is not None else []
    if told is not None and not (known is not None and same_person(known, told)):
        names.append(told)
    if known is None or known.source != "metadata":
        called = how_addressed(call.turns, Role.CUSTOMER, call.language)
        settled = called is not None and called.confidence >= (
            _TITLED_TWICE if called.family and not called.given else _CALLED_TWICE
        )
        own = call.agent_name
        if called is not None and settled and not (own and same_person(own, called)):
            # A bare given name calls somebody ("thanks, Julia"); a titled one may be another's.
            bare = called.family is None
            near = bare or all(_somewhat_alike(called, name) for name in names)
            new = all(not same_person(called, name) for name in names)
            names += [called] if near and new else []
        names += [other for name in names if (other := _with_called_surname(call, name))]
    return tuple(names)


def _with_called_surname(call: Conversation, name: KnownName) -> KnownName | None:
    """The heard name with the surname that the agent keeps saying, if that is another one."""
    if not (name.given and name.family) or call.language != "en":
        return None
    family = surname_called(call.turns, Role.CUSTOMER, name.given.split()[0])
    if family is None or part_alike(family, name.family) >= _SOMEWHAT:
        return None
    return replace(name, text=f"{name.given} {family}", family=family, source="address")


def _somewhat_alike(called: KnownName, told: KnownName) -> bool:
    """Whether a name that the agent uses can be what the customer said, misheard."""
    pairs = ((called.family, told.family), (called.given, told.given))
    return all(part_alike(a, b) >= _SOMEWHAT for a, b in pairs if a and b)


def _uses(
    call: Conversation, turns: tuple[Turn, ...], names: tuple[KnownName, ...]
) -> tuple[Mention, ...]:
    """Uses of any of the names, each place once."""
    kept: list[Mention] = []
    for name in names:
        for use in find_mentions(turns, name, call.language, call.agent_name):
            if use.score < 1.0 and denied(call.turns, turns[use.turn]):
                continue  # "is that Mr Bronson?" "no, it's Brown"
            if all(use.turn != k.turn or use.end <= k.start or k.end <= use.start for k in kept):
                kept.append(use)
    return tuple(sorted(kept, key=lambda use: (use.start_ms, use.turn, use.start)))


def uses_of_name(call: Conversation) -> tuple[Mention, ...]:
    """The agent's uses of the customer's name; `Mention.turn` indexes the agent's turns.

    The customer's name is the record's, what the customer says, and what the agent keeps calling
    them.
    """
    uses = _uses(call, call.turns_of(Role.AGENT), _names(call))
    return tuple(use for use in uses if use.certain)


def _listed(uses: tuple[Mention, ...]) -> tuple[Evidence, ...]:
    return tuple(Evidence(u.start_ms, u.end_ms, Role.AGENT, u.text) for u in uses)


def _enough(
    call: Conversation, uses: tuple[Mention, ...], name: KnownName, minimum: int
) -> Finding:
    # The verdict stands as long as `minimum` uses are right, so the best ones decide.
    best = sorted((use.score for use in uses), reverse=True)[:minimum]
    known = 1.0 if name.source != "address" else max(0.8, name.confidence)
    confidence = _PASS_BASE * min(1.0, 0.25 + 0.75 * best[-1]) * known * trust.sureness(call)
    said = ", ".join(dict.fromkeys(use.text for use in uses))
    return Finding(
        Outcome.PASS,
        round(clamp(confidence), 3),
        "enough",
        LocalText(
            f"The agent uses the customer's name {len(uses)} times ({said}).",
            f"客服{len(uses)}次称呼客户的姓名（{said.replace(', ', '、')}）。",
        ),
        _listed(uses),
    )


def _unsure(found: tuple[Mention, ...], certain: int, minimum: int) -> Finding:
    """Uses that may be some or may be something else decide: a person has to listen."""
    times = len(found)
    return Finding(
        Outcome.UNDETERMINED,
        0.6,
        "uses_unsure",
        LocalText(
            f"The agent uses the customer's name {certain} times for certain and perhaps "
            f"{times} times; {minimum} uses are asked for.",
            f"能确定客服称呼了客户姓名{certain}次，可能有{times}次，要求至少{minimum}次。",
        ),
        _listed(found),
    )


def _too_few(
    call: Conversation,
    uses: tuple[Mention, ...],
    name: KnownName,
    minimum: int,
    window: tuple[int, int],
) -> Finding:
    short = minimum - len(uses)
    evidence = _listed(uses) or (searched(*window, Role.AGENT),)
    if short == 1 and call.speech_confidence < _UNCLEAR_SPEECH:
        return Finding(
            Outcome.UNDETERMINED,
            0.6,
            "speech_unclear",
            LocalText(
                f"The agent uses the name {len(uses)} times for certain, but the speech is too "
                "unclear to rule out one more.",
                f"能确定客服称呼了{len(uses)}次，但语音不清，不能排除还有一次。",
            ),
            evidence,
        )
    confidence = trust.FAIL_CAP - (0.12 if short == 1 else 0.0)
    times_en = {0: "never", 1: "once", 2: "twice"}.get(len(uses), f"{len(uses)} times")
    where = f", at {' and '.join(clock(u.start_ms) for u in uses)}" if uses else ""
    count_zh = f"只称呼了{len(uses)}次" if uses else "一次也没有称呼"
    return Finding(
        Outcome.FAIL,
        round(clamp(confidence * trust.sureness(call)), 3),
        "too_few",
        LocalText(
            f"The agent uses the customer's name ({name.text}) {times_en}{where}; "
            f"{minimum} uses are asked for.",
            f"客服{count_zh}客户的姓名（{name.text}），要求至少{minimum}次。",
        ),
        evidence,
    )
