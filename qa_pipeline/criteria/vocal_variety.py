"""Kind ``vocal_variety``: the voice is alive: its pitch and its loudness move."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final, Literal

from pydantic import Field

from qa_pipeline.criteria import trust
from qa_pipeline.criteria.base import About, Check, Finding, Params, searched
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.rubric import LocalText

_LEAST_VOICED_MS: Final = 8_000  # about twenty seconds of talk
_SURE: Final = 0.75  # of a measure that says something of a voice, less of the person
_MARGIN: Final = 0.15  # of the limit: codecs and noise move the figures so much


class VocalVarietyParams(Params):
    """How much the voice must move."""

    role: Literal["agent", "customer"] = Field("agent", description="whose voice")
    least_semitones: float = Field(
        1.6, gt=0, description="least standard deviation of the pitch, in semitones"
    )
    most_louder_db: float | None = Field(
        None, gt=0, description="how much louder than the other party at most, in dB (stereo)"
    )


class VocalVariety(Check[VocalVarietyParams]):
    """The agent's voice is not monotonous (H27); better used as informational.

    Good: the voice rises and falls, at two semitones and more
    Bad: one tone throughout, as if read from a sheet
    """

    kind = "vocal_variety"
    params = VocalVarietyParams
    rests_on_words = False
    reasons: ClassVar[Mapping[str, str]] = {
        "alive": "the pitch moves as much as wanted",
        "flat": "the pitch moves less than wanted",
        "too_loud": "the voice is louder against the other party's than wanted",
        "borderline": "the pitch moves about as much as wanted",
        "not_measured": "there is no sound, or too little clear speech, to measure a voice by",
        **trust.REASONS,
    }
    about = About(
        looks_for=LocalText(
            "How much the pitch of the voice moves, on a musical scale.",
            "语调起伏的大小（按半音计算）。",
        ),
        good=LocalText(
            "The voice rises and falls by two semitones and more.", "语调有起伏，达到两个半音以上。"
        ),
        bad=LocalText(
            "One tone throughout, as if read from a sheet.", "全程一个调子，像在念稿子。"
        ),
    )

    def describe(self, params: VocalVarietyParams) -> LocalText:
        """The limit."""
        least = f"{params.least_semitones:g}"
        who = "客服" if params.role == "agent" else "客户"
        return LocalText(
            f"The {params.role}'s pitch varies by at least {least} semitones.",
            f"{who}的语调起伏至少{least}个半音。",
        )

    def judge(self, call: Conversation, params: VocalVarietyParams) -> Finding:
        """The finding on one call."""
        if (unsure := trust.doubt(call)) is not None:
            return unsure
        role = Role(params.role)
        voice = call.voices.get(role)
        stretch = (searched(*trust.agent_window(call, call.turns_of(role)), role),)
        if voice is None or voice.voiced_ms < _LEAST_VOICED_MS:
            told = LocalText(
                "There is too little clear speech to measure the voice by.",
                "清晰的语音太少，无法衡量语调。",
            )
            return Finding(Outcome.UNDETERMINED, 0.9, "not_measured", told, stretch)
        spread = voice.pitch_spread_semitones
        told = LocalText(
            f"The pitch moves by {spread:.1f} semitones around {voice.pitch_hz:.0f} Hz, the level "
            f"by {voice.level_spread_db:.0f} dB.",
            f"语调围绕{voice.pitch_hz:.0f}赫兹起伏{spread:.1f}个半音，音量起伏"
            f"{voice.level_spread_db:.0f}分贝。",
        )
        other = call.voices.get(Role.CUSTOMER if role is Role.AGENT else Role.AGENT)
        if (
            params.most_louder_db is not None
            and other is not None
            and voice.level_db - other.level_db > params.most_louder_db
        ):
            return Finding(Outcome.FAIL, _SURE, "too_loud", told, stretch)
        if abs(spread - params.least_semitones) <= _MARGIN * params.least_semitones:
            return Finding(Outcome.UNDETERMINED, 0.6, "borderline", told, stretch)
        alive = spread > params.least_semitones
        outcome = Outcome.PASS if alive else Outcome.FAIL
        return Finding(outcome, _SURE, "alive" if alive else "flat", told, stretch)
