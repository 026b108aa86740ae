"""What a recogniser makes of noise and music: the same few words over and over, none of them sure.

A voice that repeats itself is read surely; noise is not. Both must be so.
"""

from __future__ import annotations

import re
from typing import Final

from qa_pipeline.domain.transcript import Turn

LEAST_TRIPLES: Final = 6  # of words or characters: fewer repeat by chance
REPEATED_SHARE: Final = 0.22  # of the triples: more than people repeat themselves
UNSURE: Final = 0.5  # mean word probability
_PARTS = re.compile(r"[\u3400-\u9fff]|[a-z0-9']+")


def babbles(turn: Turn) -> bool:
    """Whether a turn is words that go round and round, read without any sureness.

    Example:
        >>> from qa_pipeline.domain.recording import Role
        >>> read = "我们天道老白我们天道老白我们天道老白"
        >>> babbles(Turn(Role.CUSTOMER, 0, 5_000, read, confidence=0.4))
        True
    """
    if turn.confidence > UNSURE:
        return False
    parts = _PARTS.findall(turn.text.lower())
    triples = [tuple(parts[at : at + 3]) for at in range(len(parts) - 2)]
    if len(triples) < LEAST_TRIPLES:
        return False
    return 1 - len(set(triples)) / len(triples) >= REPEATED_SHARE
