"""Kind ``interruption``: a party does not cut in on the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Literal

from pydantic import Field

from qa_pipeline.criteria import trust
from qa_pipeline.criteria.base import (
    About,
    Check,
    Finding,
    Params,
    clamp,
    clock,
    evidence_of_turn,
    searched,
)
from qa_pipeline.criteria.talk_times import count_said, parties
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.recording import Layout, Role
from qa_pipeline.domain.rubric import LocalText
from qa_pipeline.domain.transcript import Turn

# Who takes the floor a little early does not interrupt: in telephone talk most turns change within
# half a second around the end of the one before (Levinson and Torreira, 2015, "Timing in
# turn-taking and its implications for processing models of language").
EARLY_MS: Final = 700  # the other still has so much to say when the interruption begins
GIVES_UP_MS: Final = 2_500  # and stops within this time; who talks on was not stopped
GOES_ON_MS: Final = 800  # the one who cuts in talks on for so long after the other has stopped
BACKCHANNEL: Final = {"en": 3, "zh": 4}  # words, characters: no more than that only says "go on"
_SHOWN: Final = 5


class InterruptionParams(Params):
    """Who may not cut in, and how often is too often."""

    role: Literal["agent", "customer"] = Field("agent", description="who should not cut in")
    allowed: int = Field(1, ge=0, description="how many interruptions are still all right")


class Interruption(Check[InterruptionParams]):
    """The agent lets the customer finish (N04, H16).

    Good: "And then the..." - "Mm-hm." - "...then the screen went black."
    Bad: "And then the..." - "Did you restart it?"
    """

    kind = "interruption"
    params = InterruptionParams
    rests_on_words = False
    reasons: ClassVar[Mapping[str, str]] = {
        "let_finish": "the other party was let finish",
        "cut_in": "the other party was interrupted too often",
        "borderline": "it may have been an interruption or an early answer",
        "one_channel": "both voices lie on one channel, where talk at once cannot be told apart",
        "no_times": "the transcript has no times at which both talk",
        **trust.REASONS,
    }
    about = About(
        looks_for=LocalText(
            'Talk at once that stops the other one\'s turn; short sounds such as "mm-hm" are none.',
            "双方同时说话并且打断了对方；“嗯”“好的”这样的回应不算。",
        ),
        good=LocalText(
            '"And then the..." "Mm-hm." "...then the screen went black."',
            "“然后那个……”“嗯。”“……然后屏幕就黑了。”",
        ),
        bad=LocalText(
            '"And then the..." "Did you restart it?" (the customer stops)',
            "“然后那个……”“您重启了吗？”（客户停下不说了）",
        ),
    )

    def describe(self, params: InterruptionParams) -> LocalText:
        """The limit."""
        agent = params.role == "agent"
        other_en, pair_zh = ("customer", "客服打断客户") if agent else ("agent", "客户打断客服")
        return LocalText(
            f"The {params.role} cuts in on the {other_en} at most {params.allowed} times.",
            f"{pair_zh}的次数不超过{params.allowed}次。",
        )

    def judge(self, call: Conversation, params: InterruptionParams) -> Finding:
        """The finding on one call."""
        if (unsure := trust.doubt(call)) is not None:
            return unsure
        stretch = searched(*trust.agent_window(call, parties(call)), Role(params.role))
        if call.layout in (Layout.MONO, Layout.DUAL_MONO):
            told = LocalText(
                "Both voices are on one channel; who talks into whose words cannot be told.",
                "双方声音在同一声道，无法判断是否有人插话。",
            )
            return Finding(Outcome.UNDETERMINED, 0.9, "one_channel", told, (stretch,))
        if call.layout is Layout.TEXT and not _ever_at_once(call):
            told = LocalText(
                "The transcript has no times at which both talk.",
                "文字记录没有双方同时说话的时间。",
            )
            return Finding(Outcome.UNDETERMINED, 0.9, "no_times", told, (stretch,))
        found = interruptions(call, Role(params.role))
        clear = [one for one in found if one.clear]
        who_en, who_zh = ("agent", "客服") if params.role == "agent" else ("customer", "客户")
        if len(found) <= params.allowed:
            told = LocalText(
                f"The {who_en} cut in {len(found)} times.", f"{who_zh}插话{len(found)}次。"
            )
            sure = clamp(0.88 * trust.sureness(call))
            return Finding(Outcome.PASS, sure, "let_finish", told, (stretch,))
        moments = ", ".join(clock(one.by.start_ms) for one in found[:_SHOWN])
        told = LocalText(
            f"The {who_en} cut in {len(found)} times: {moments}.",
            f"{who_zh}插话{len(found)}次：{moments}。",
        )
        evidence = tuple(
            evidence_of_turn(turn) for one in found[:_SHOWN] for turn in (one.cut, one.by)
        )
        if len(clear) <= params.allowed:
            return Finding(Outcome.UNDETERMINED, 0.6, "borderline", told, evidence)
        return Finding(Outcome.FAIL, clamp(0.86 * trust.sureness(call)), "cut_in", told, evidence)


@dataclass(frozen=True, slots=True)
class Cut:
    """A turn that was cut off, the turn that did it, and whether there is no doubt about it."""

    cut: Turn
    by: Turn
    clear: bool


def interruptions(call: Conversation, role: Role) -> tuple[Cut, ...]:
    """Where `role` starts while the other is in mid-turn, and the other stops for it."""
    turns = parties(call)
    least = BACKCHANNEL.get(call.language, 3)
    found = []
    for by in turns:
        if by.role is not role or count_said(by.text, call.language) <= least:
            continue
        for cut in turns:
            left_ms = cut.end_ms - by.start_ms
            if cut.role is role or cut.start_ms >= by.start_ms:
                continue
            if EARLY_MS <= left_ms <= GIVES_UP_MS and by.end_ms - cut.end_ms >= GOES_ON_MS:
                unfinished = not cut.text.rstrip().endswith((".", "?", "!", "。", "？", "！"))
                found.append(Cut(cut, by, unfinished or left_ms >= 2 * EARLY_MS))
    return tuple(found)


def _ever_at_once(call: Conversation) -> bool:
    turns = parties(call)
    return any(
        a.role is not b.role and a.start_ms < b.end_ms and b.start_ms < a.end_ms
        for place, a in enumerate(turns)
        for b in turns[place + 1 : place + 4]
    )
