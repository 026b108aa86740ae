"""What a call tells about the customer's name and the agent's uses of it."""

from __future__ import annotations

from collections.abc import Iterable

from qa_pipeline.domain.conversation import Conversation, NamesUsed
from qa_pipeline.domain.names import Mention
from qa_pipeline.language.name_uses import names_used

SURE = 0.9  # a probable use that is told like a certain one


def names_of(call: Conversation) -> NamesUsed:
    """The names and uses that the conversation keeps; where it has none, they are looked for."""
    return names_used(call) if call.names_used is None else call.names_used


def uses_of_name(call: Conversation) -> tuple[Mention, ...]:
    """The agent's certain uses of the customer's name; `Mention.turn` indexes the agent's turns."""
    return tuple(use for use in names_of(call).uses if use.certain)


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
