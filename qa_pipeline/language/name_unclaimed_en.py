"""Uses of the customer's name that sound like no name that is known.

The name may be known only as the recogniser misread it. What the agent then calls the customer in
the places where somebody is called is a use all the same, the surer the oftener the same sound
stands there.
"""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.domain.conversation import KnownName
from qa_pipeline.domain.names import Mention
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.mentions_en import find_uses_en
from qa_pipeline.language.name_addressed import denied, part_alike
from qa_pipeline.language.name_called_en import MEN, SAME_NAME, Call, calls_en
from qa_pipeline.language.name_reading import is_common, is_given, is_surname
from qa_pipeline.language.name_sounds import phones, sound_likeness
from qa_pipeline.language.name_tokens import tokenise
from qa_pipeline.language.timing import time_of

_OWN = 0.75  # of `part_alike`
# How probable a use each is, by how often the same sound stands in such places: once, twice, more.
_TITLED = (0.6, 0.8, 0.9)
_TITLED_OTHERWISE_RECORDED = (0.0, 0.4, 0.7)
_TITLED_BESIDE = 0.6
_BARE = (0.45, 0.7, 0.7)
_BARE_SAID_BY_BOTH = 0.85
_FIRST_TURNS = 3
_OTHER_VOICE = 0.5  # "Miss Quinlan" among the customer's words, which only the agent can have said


def unclaimed_en(
    turns: Sequence[Turn],
    names: Sequence[KnownName],
    own: KnownName | None,
    found: Sequence[Mention],
) -> list[Mention]:
    """Probable uses beside those `found` for certain; `Mention.turn` indexes the agent's turns.

    Args:
        turns: all turns of the call.
        names: the customer's, as far as known.
        own: the agent's name.
        found: the uses of the known names.
    """
    agent = [turn for turn in turns if turn.role is Role.AGENT]
    theirs = calls_en([turn for turn in turns if turn.role is Role.CUSTOMER])
    recorded = any(name.source == "metadata" for name in names)
    calls = [
        call
        for call in calls_en(agent)
        if not _is_own(call, own) and not any(call.is_like(other) for other in theirs)
    ]
    certain = [use for use in found if use.certain]
    extra: list[Mention] = []
    for call in calls:
        judged = certain if call.title else found  # a title tells more than the name's sound
        if any(u.turn == call.turn and u.start < call.end and call.start < u.end for u in judged):
            continue
        same = sum(call.is_like(other) for other in calls)
        score = _score(call, same, calls, names, recorded=recorded)
        if score and not call.title and _says(turns, call):
            score = _BARE_SAID_BY_BOTH
        if score > 0.0 and not denied(turns, agent[call.turn]):
            extra.append(_mention(call, score))
    return extra


def _is_own(call: Call, own: KnownName | None) -> bool:
    parts = [part for part in (own.family, own.given) if part] if own is not None else []
    return any(part_alike(part, call.name) >= _OWN for part in parts)


def _score(
    call: Call, same: int, calls: Sequence[Call], names: Sequence[KnownName], *, recorded: bool
) -> float:
    """How probable a use a call is of which the same sound stands `same` times."""
    step = min(same, 3) - 1
    if call.title:
        often = max(sum(a.is_like(b) for b in calls) for a in calls if a.title)
        if same == 1 and often > 1:
            return 0.0 if recorded else _TITLED_BESIDE  # somebody else, or misread this once
        if often == 1 and not recorded:
            step = min(sum(_same_title(call, other) for other in calls), 3) - 1
        return (_TITLED_OTHERWISE_RECORDED if recorded else _TITLED)[step]
    if recorded or not (call.listed or same > 1) or any(map(_is_sure, names)):
        return 0.0
    return _BARE[step]


def _says(turns: Sequence[Turn], call: Call) -> bool:
    """Whether the customer says the sound of a call too, where callers say who they are."""
    first = [turn for turn in turns if turn.role is Role.CUSTOMER][:_FIRST_TURNS]
    words = (token.norm for turn in first for token in tokenise(turn.text))
    return any(
        not is_common(word) and sound_likeness(phones(word), call.sound) >= SAME_NAME
        for word in words
    )


def _same_title(a: Call, b: Call) -> bool:
    """Whether both have a title, and of the same kind: who is called Miss is one customer."""
    return bool(a.title and b.title) and (a.title in MEN) == (b.title in MEN)


def _is_sure(name: KnownName) -> bool:
    """Whether a name that was heard is made of listed names, so that it was read rightly."""
    if name.source == "address":
        return False
    given, family = (name.given or "").lower(), (name.family or "").lower()
    return bool(given or family) and (
        (not given or is_given(given)) and (not family or is_surname(family))
    )


def _mention(call: Call, score: float) -> Mention:
    return Mention(
        call.turn, call.start, call.end, call.start_ms, call.end_ms, call.text,
        "title" if call.title else "given", score, False,
    )  # fmt: skip


def in_other_voice_en(
    turns: Sequence[Turn], names: Sequence[KnownName], own: KnownName | None
) -> list[Mention]:
    """Uses with a title in the customer's turns of a channel that holds both voices.

    Nobody says "lovely, Miss Quinlan" to oneself: the bounds between the voices are wrong there.
    """
    agent = [turn for turn in turns if turn.role is Role.AGENT]
    extra: list[Mention] = []
    for turn in turns:
        if turn.role is not Role.CUSTOMER or not agent:
            continue
        for name in names:
            for use in find_uses_en(turn.text, name, own):
                if use.form != "title" or not use.certain or use.score < 1.0:
                    continue
                start_ms, end_ms = time_of(turn, use.start, use.end)
                near = min(range(len(agent)), key=lambda i: abs(agent[i].start_ms - start_ms))
                extra.append(
                    Mention(near, use.start, use.end, start_ms, end_ms,
                            turn.text[use.start : use.end], use.form, _OTHER_VOICE, False)
                )  # fmt: skip
    return extra
