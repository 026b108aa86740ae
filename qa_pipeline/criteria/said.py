"""The sentences of a call, split once for all criteria that look at it."""

from __future__ import annotations

from functools import lru_cache

from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.sentences import Sentence, split_turns


def sentences_of(call: Conversation) -> tuple[Sentence, ...]:
    """The sentences of both parties, in order of their start."""
    return _split(call.turns, call.language)


@lru_cache(maxsize=4)  # a call is judged by all criteria before the next one
def _split(turns: tuple[Turn, ...], language: str) -> tuple[Sentence, ...]:
    return split_turns(turns, language)
