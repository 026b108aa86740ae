"""Uses of a name that are known by their sound: the same is said there as where it was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.echo import Echo
from qa_pipeline.domain.names import Mention
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.transcript import Turn

# Of 288 made calls 82 words that may be a use of the name lay nearer than this to a certain one,
# and all were; of the 24 that are none the nearest came to 0.82.
_SAME_NAME = 0.75
# Where nothing read tells of a name. In those calls 9 places were nearer, all of them the name; the
# nearest other words ("code" of a Cody, 感谢您 of 韩先生) came to 0.4.
_UNREAD_NAME = 0.36
_NEAR_MS = 300
_HALF = 0.5


def with_heard_again(
    call: Conversation, uses: Sequence[Mention], echoes: Sequence[Echo]
) -> tuple[Mention, ...]:
    """The uses with those that sound like a certain one, ordered.

    Args:
        call: who speaks when.
        uses: what the words tell.
        echoes: where the certain ones are said again, by the sound.

    Returns:
        `uses`, of which the doubtful ones that sound alike have their `Mention.echo`, and the
        agent's other stretches that sound so, of score 0.0 and with the certain use's form.
    """
    models = [
        (echo, use)
        for echo in echoes
        for use in uses
        if use.certain and _same(Span(echo.start_ms, echo.end_ms), _span(use))
    ]
    known = [_confirmed(use, [echo for echo, _ in models]) for use in uses]
    own = call.turns_of(Role.AGENT)
    first = min((turn.start_ms for turn in call.turns_of(Role.CUSTOMER)), default=0)
    for echo, use in sorted(models, key=lambda model: model[0].distance):
        if echo.distance > _UNREAD_NAME or any(_beside(echo, other) for other in known):
            continue
        # Before the caller says a word nobody knows the name.
        early = call.metadata.direction != "outbound" and echo.at_ms < first
        if not early and _says(echo, (*own, *call.unread)):
            known.append(_unread(echo, use, own))
    return tuple(sorted(known, key=lambda use: (use.start_ms, use.turn, use.start)))


def _span(use: Mention) -> Span:
    return Span(use.start_ms, max(use.start_ms, use.end_ms))


def _same(a: Span, b: Span) -> bool:
    """Whether most of the shorter one lies in the other."""
    return a.overlap_ms(b) > _HALF * min(a.duration_ms, b.duration_ms)


def _confirmed(use: Mention, echoes: Sequence[Echo]) -> Mention:
    if use.certain:
        return use
    near = [
        echo.distance
        for echo in echoes
        if echo.distance <= _SAME_NAME and _same(Span(echo.at_ms, echo.to_ms), _span(use))
    ]
    return replace(use, echo=min(near)) if near else use


def _beside(echo: Echo, use: Mention) -> bool:
    return echo.at_ms < use.end_ms + _NEAR_MS and use.start_ms < echo.to_ms + _NEAR_MS


def _says(echo: Echo, turns: Sequence[Turn]) -> bool:
    """Whether the agent speaks there, read or not."""
    middle = (echo.at_ms + echo.to_ms) // 2
    return any(
        turn.role is Role.AGENT and turn.start_ms - _NEAR_MS <= middle < turn.end_ms + _NEAR_MS
        for turn in turns
    )


def _unread(echo: Echo, model: Mention, own: Sequence[Turn]) -> Mention:
    """A use that was read as something else, or not at all; it is told by the name read before."""
    near = min(range(len(own)), key=lambda i: _away_ms(own[i], echo))
    return Mention(
        near, 0, 0, echo.at_ms, echo.to_ms, model.text, model.form, 0.0, False, echo.distance
    )


def _away_ms(turn: Turn, echo: Echo) -> int:
    return max(turn.start_ms - echo.at_ms, echo.to_ms - turn.end_ms, 0)
