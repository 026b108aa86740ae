"""When a call cannot be judged from its words: who spoke or what was said is too unsure."""

from __future__ import annotations

from qa_pipeline.criteria.base import Finding, searched
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.rubric import LocalText
from qa_pipeline.domain.timeline import Hold, Ringback
from qa_pipeline.domain.transcript import Turn

LANGUAGES = ("en", "zh")  # those with a catalogue of acts
LEAST_ROLE_CONFIDENCE = 0.6
LEAST_SPEECH_CONFIDENCE = 0.45  # mean word probability; clear telephone speech lies above 0.75
LEAST_LANGUAGE_CONFIDENCE = 0.3  # below it, none of the configured languages was spoken
SURE_SPEECH = 0.75
FAIL_CAP = 0.88  # an absence is never surer: the recogniser may have missed the words
WORDS_CAP = 0.9  # nor is anything that rests on recognised words alone

REASONS = {
    "language_unsupported": "the call is not in English or Mandarin",
    "roles_unsure": "it is not clear which voice is the agent",
    "speech_unclear": "too little of the speech was recognised with certainty",
    "no_conversation": "there is no conversation of two parties to judge",
}


def doubt(call: Conversation) -> Finding | None:
    """Why a verdict from words cannot be given on this call, or None."""
    whole = (searched(0, call.duration_ms, Role.LINE),)

    def undetermined(reason: str, en: str, zh: str) -> Finding:
        return Finding(Outcome.UNDETERMINED, 0.9, reason, LocalText(en, zh), whole)

    if call.language not in LANGUAGES or call.language_confidence < LEAST_LANGUAGE_CONFIDENCE:
        return undetermined(
            "language_unsupported",
            "The call does not seem to be in English or Mandarin, so its words cannot be judged.",
            "这通电话似乎不是英语或普通话，无法根据内容判断。",
        )
    if not call.turns_of(Role.AGENT) or not call.turns_of(Role.CUSTOMER):
        return undetermined(
            "no_conversation",
            "Only one party, or nobody, can be heard talking, so there is nothing to judge.",
            "只听到一方说话或无人说话，没有可供判断的对话。",
        )
    if call.role_confidence < LEAST_ROLE_CONFIDENCE:
        return undetermined(
            "roles_unsure",
            "It is not clear which of the voices is the agent.",
            "无法确定哪一方是客服。",
        )
    if call.speech_confidence < LEAST_SPEECH_CONFIDENCE:
        return undetermined(
            "speech_unclear",
            "The speech was too unclear to be recognised reliably.",
            "语音太不清晰，识别结果不可靠。",
        )
    return None


def sureness(call: Conversation) -> float:
    """A factor for confidences that rest on the words and on who said them, 0 to 1."""
    roles = min(1.0, 0.4 + 0.6 * call.role_confidence)
    speech = min(1.0, 0.55 + 0.45 * call.speech_confidence / SURE_SPEECH)
    return roles * speech


def agent_window(call: Conversation, turns: tuple[Turn, ...]) -> tuple[int, int]:
    """From the start of the first to the end of the last of these turns, in ms."""
    if not turns:
        return 0, call.duration_ms
    return min(t.start_ms for t in turns), max(t.end_ms for t in turns)


def closing_heard(call: Conversation) -> bool:
    """Whether the recording reaches the end of the talk.

    It does when somebody said goodbye or asked for anything else late in the call, when the phone
    system or the line says how the call ended, or when the recording goes on for a second after
    the last word: only a recording that stops in mid-word may lack the closing.
    """
    if not call.turns:
        return False
    last_word = max(turn.end_ms for turn in call.turns)
    kinds = ("farewell", "ask_anything_else", "ask_satisfaction", "invite_again", "thanks")
    late = [act for act in call.acts_of(*kinds) if act.end_ms >= 0.6 * last_word]
    ended = call.metadata.disconnected_by is not None or any(
        line.end_ms is not None for line in call.lines
    )
    return bool(late) or ended or call.duration_ms - last_word >= 1_000


def inside_hold(call: Conversation, time_ms: int) -> bool:
    """Whether the moment lies in a hold or in ringing."""
    return any(
        isinstance(event, Hold | Ringback) and event.start_ms <= time_ms < event.end_ms
        for event in call.events
    )
