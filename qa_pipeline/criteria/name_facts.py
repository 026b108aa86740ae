"""What a call tells about the customer's name and the agent's uses of it."""

from __future__ import annotations

from collections.abc import Iterable

from qa_pipeline.domain.conversation import Conversation, NamesUsed
from qa_pipeline.domain.names import Mention
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.name_uses import names_used

_HARDLY_HEARD = 0.5
_SHORTEST_NAME_MS = 200
_PUNCTUATION = frozenset(",.?!;:")
SURE = 0.9  # a probable use that is told like a certain one


def names_of(call: Conversation) -> NamesUsed:
    """The names and uses that the conversation keeps; where it has none, they are looked for."""
    return names_used(call) if call.names_used is None else call.names_used


def uses_of_name(call: Conversation) -> tuple[Mention, ...]:
    """The agent's certain uses of the customer's name; `Mention.turn` indexes the agent's turns."""
    return tuple(use for use in names_of(call).uses if use.certain)


def dark_clauses(turns: Iterable[Turn]) -> tuple[int, int]:
    """How many clauses end in words that were hardly heard, and how many clauses there are.

    A name that somebody is called by mostly ends a clause: "lovely, Ms. Quinlan".
    """
    dark = clauses = 0
    for turn in turns:
        lasting_ms = 0
        for at, word in enumerate(turn.words):
            lost = word.probability < _HARDLY_HEARD
            lasting_ms = lasting_ms + word.end_ms - word.start_ms if lost else 0
            ends = at + 1 == len(turn.words) or word.text.strip()[-1:] in _PUNCTUATION
            if ends:
                clauses += 1
                dark += lasting_ms >= _SHORTEST_NAME_MS
                lasting_ms = 0
    return dark, clauses


def chance_of_at_least(minimum: int, chances: Iterable[float]) -> float:
    """How probable it is that at least `minimum` of independent events happen.

    Example:
        >>> chance_of_at_least(2, [0.5, 0.5]), chance_of_at_least(1, [])
        (0.25, 0.0)
    """
    counts = [1.0] + [0.0] * minimum  # the last one stands for "or more"
    for one in chances:
        for k in range(minimum, 0, -1):
            stays = counts[k] if k == minimum else counts[k] * (1 - one)
            counts[k] = stays + counts[k - 1] * one
        counts[0] *= 1 - one
    return round(counts[minimum], 3)
