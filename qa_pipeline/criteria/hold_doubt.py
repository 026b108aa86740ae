"""What may be a hold in a call in which none was found: then nobody can say that there was none."""

from __future__ import annotations

from typing import Final

from qa_pipeline.criteria import trust
from qa_pipeline.criteria.base import evidence_of_turn
from qa_pipeline.criteria.hold_facts import LAST_CHARACTERS, MIXED_TURN_MS
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Evidence
from qa_pipeline.domain.recording import Layout, Role
from qa_pipeline.domain.spans import Span, subtract
from qa_pipeline.domain.timeline import Ringback
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.babble import babbles
from qa_pipeline.language.hold_talk import asks_to_wait, is_chinese

LEAST_GAP_MS: Final = 5_000  # without a word of either party; shorter is a pause
ASKED_WITHIN_MS: Final = 15_000  # an answer and a thanks fit in between
END_MS: Final = 500  # a gap that reaches so near to the end is the end


def perhaps_held(call: Conversation) -> tuple[Evidence, ...]:
    """A request to wait and the wordless stretch after it that was not taken for a hold.

    Words that go round and round (`language.babble`) are what a recogniser makes of music or of
    noise, and no words of a party. Nothing is returned where nobody asked, or somebody talked on.
    """
    if not call.has_audio:
        return ()
    talk = [turn for turn in call.turns if turn.role is not Role.LINE and not babbles(turn)]
    if not talk:
        return ()
    taken = [Span(t.start_ms, t.end_ms) for t in talk if t.end_ms > t.start_ms]
    taken += [Span(e.start_ms, e.end_ms) for e in call.events if isinstance(e, Ringback)]
    until_ms = max(turn.end_ms for turn in talk)
    for gap in subtract([Span(talk[0].start_ms, max(until_ms, talk[0].start_ms + 1))], taken):
        if gap.duration_ms < LEAST_GAP_MS or gap.end_ms >= call.duration_ms - END_MS:
            continue
        asked = _asked(call, talk, gap)
        if asked is not None:
            return evidence_of_turn(asked), Evidence(gap.start_ms, gap.end_ms, Role.LINE, "")
    return ()


def _asked(call: Conversation, talk: list[Turn], gap: Span) -> Turn | None:
    """The agent's turn before a gap that asks for a wait; either party's where roles are unsure.

    They are in a long turn of one channel. A customer who asks looks for a letter, or opens a door.
    """
    before = [
        turn
        for turn in talk
        if turn.start_ms < gap.start_ms and turn.end_ms > gap.start_ms - ASKED_WITHIN_MS
    ]
    for turn in reversed(before):
        lumped = call.layout is not Layout.STEREO and turn.end_ms - turn.start_ms >= MIXED_TURN_MS
        if turn.role is not Role.AGENT and not lumped and call.role_confidence >= trust.SURE_ROLES:
            continue
        if asks_to_wait(turn.text[-LAST_CHARACTERS[is_chinese(turn.text)] :]):
            return turn
    return None
