"""A voice that moves, one that does not, and calls in which it cannot be told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from qa_pipeline.criteria import kind
from qa_pipeline.criteria.base import Finding
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.recording import CallMetadata, Layout, Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.domain.voice import VoiceFigures

TURNS = (
    Turn(Role.AGENT, 0, 20_000, "This is what I have to say about it."),
    Turn(Role.CUSTOMER, 21_000, 40_000, "And this is what I say."),
)
VOICE = VoiceFigures("channel_0", 12_000, 180.0, 2.4, -22.0, 3.0)
CALL = Conversation(
    "c", Layout.STEREO, 45_000, CallMetadata(), "en", 1.0, "US", "metadata", TURNS, (), (),
    speech_confidence=0.9, voices={Role.AGENT: VOICE},
)  # fmt: skip


def judge(call: Conversation, **params: Any) -> Finding:
    check = kind("vocal_variety")
    finding = check.judge(call, check.params(**params))
    assert finding.reason in check.reasons and finding.evidence
    return finding


def with_voice(**changes: Any) -> Conversation:
    return replace(CALL, voices={Role.AGENT: replace(VOICE, **changes)})


def test_the_pitch_must_move() -> None:
    assert judge(CALL).reason == "alive"
    flat = judge(with_voice(pitch_spread_semitones=0.8))
    assert (flat.outcome, flat.reason) == (Outcome.FAIL, "flat")
    assert judge(with_voice(pitch_spread_semitones=1.7)).outcome is Outcome.UNDETERMINED
    assert judge(CALL, least_semitones=4).outcome is Outcome.FAIL


def test_without_enough_voice_nothing_is_told() -> None:
    assert judge(with_voice(voiced_ms=3_000)).reason == "not_measured"
    assert judge(replace(CALL, voices={})).reason == "not_measured"
    assert judge(CALL, role="customer").reason == "not_measured"
    assert judge(replace(CALL, role_confidence=0.2)).reason == "roles_unsure"


def test_one_party_may_not_drown_the_other() -> None:
    quiet = replace(VOICE, speaker="channel_1", level_db=-34.0)
    both = replace(CALL, voices={Role.AGENT: VOICE, Role.CUSTOMER: quiet})
    assert judge(both).reason == "alive"
    assert judge(both, most_louder_db=6).reason == "too_loud"
    assert judge(both, most_louder_db=15).reason == "alive"
