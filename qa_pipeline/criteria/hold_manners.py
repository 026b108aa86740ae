"""What belongs to a hold beside consent: why, how long, thanks afterwards, not too long alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from qa_pipeline.criteria import trust
from qa_pipeline.criteria.base import Finding, clamp, clock, evidence_of_act, searched
from qa_pipeline.criteria.hold_facts import RETURN_WITHIN_MS, HoldFacts
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Evidence, Outcome
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.rubric import LocalText

BEFORE_MS: Final = 20_000  # reason and time are told in the turns before the hold
APOLOGY_WITHIN_MS: Final = 12_000  # an apology on return counts as thanks (H31: either)
_SURE_FOUND: Final = 0.9
_SURE_MISSING: Final = 0.8
_BORDER_S: Final = 3.0  # where a hold begins and ends is this uncertain

REASONS: Final[Mapping[str, str]] = {
    "courteous": "everything that belongs to the hold was said",
    "no_reason_told": "the customer was not told why to wait",
    "no_time_told": "the customer was not told how long to wait",
    "no_thanks": "the customer was neither thanked nor apologised to for the wait",
    "left_alone": "the customer was left alone for longer than allowed",
}
_TOLD: Final[Mapping[str, LocalText]] = {
    "no_reason_told": LocalText("the customer was not told why", "没有说明等候的原因"),
    "no_time_told": LocalText("the customer was not told how long", "没有说明要等多久"),
    "no_thanks": LocalText(
        "nobody thanked the customer for waiting or apologised",
        "回来后没有感谢客户等候，也没有致歉",
    ),
    "left_alone": LocalText("the customer was left alone too long", "让客户独自等候太久"),
}


@dataclass(frozen=True, slots=True)
class Manners:
    """What is wanted beside the consent."""

    reason: bool = False
    duration: bool = False
    thanks: bool = False
    longest_s: float | None = None

    def __bool__(self) -> bool:
        return self.reason or self.duration or self.thanks or self.longest_s is not None


def manners_of(call: Conversation, facts: HoldFacts, wanted: Manners) -> Finding:
    """How far one hold has what is wanted; what is missing first is told."""
    hold = facts.hold
    said = {act.kind: act for act in facts.beside}
    line = Evidence(hold.start_ms, hold.end_ms, Role.LINE, hold.medium)
    quoted = tuple(evidence_of_act(act) for act in facts.beside)
    missing: list[str] = []
    if wanted.reason and "hold_reason" not in said:
        missing.append("no_reason_told")
    if wanted.duration and "hold_duration" not in said:
        missing.append("no_time_told")
    if wanted.thanks and not ("thanks_for_waiting" in said or _apologised(call, hold.end_ms)):
        missing.append("no_thanks")
    seconds = (hold.end_ms - hold.start_ms) / 1000
    if wanted.longest_s is not None and seconds > wanted.longest_s:
        missing.append("left_alone")
    when = f"{clock(hold.start_ms)}"
    trusted = trust.sureness(call) * min(1.0, hold.confidence + 0.1)
    if not missing:
        told = LocalText(
            f"Hold at {when}: all that belongs to it was said.", f"{when}开始的等候：该说的都说了。"
        )
        return Finding(
            Outcome.PASS, clamp(_SURE_FOUND * trusted), "courteous", told, (*quoted, line)
        )
    reason = missing[0]
    what = _TOLD[reason]
    told = LocalText(
        f"Hold at {when} for {seconds:.0f} s: {what.en}.",
        f"{when}开始的等候（{seconds:.0f}秒）：{what.zh}。",
    )
    stretch, unclear = _where(call, facts, reason)
    evidence = (*quoted, *unclear, stretch, line)
    border = (
        reason == "left_alone"
        and wanted.longest_s is not None
        and seconds - wanted.longest_s <= _BORDER_S
    )
    if unclear or border or hold.confidence < 0.5:
        code = "hold_unsure" if border or not unclear else "speech_unclear"
        return Finding(Outcome.UNDETERMINED, 0.6, code, told, evidence)
    sure = clamp(_SURE_MISSING * trusted, high=trust.FAIL_CAP)
    return Finding(Outcome.FAIL, sure, reason, told, evidence)


def _apologised(call: Conversation, end_ms: int) -> bool:
    return any(
        -1_500 <= act.start_ms - end_ms <= APOLOGY_WITHIN_MS
        for act in call.acts_of("apology", role=Role.AGENT)
    )


def _where(
    call: Conversation, facts: HoldFacts, reason: str
) -> tuple[Evidence, tuple[Evidence, ...]]:
    """The stretch in which it should have been said, and what was badly heard there."""
    hold = facts.hold
    if reason == "left_alone":
        return searched(hold.start_ms, hold.end_ms, Role.LINE), ()
    if reason == "no_thanks":
        start_ms, end_ms = hold.end_ms, min(call.duration_ms, hold.end_ms + RETURN_WITHIN_MS)
    else:
        start_ms, end_ms = max(0, hold.start_ms - BEFORE_MS), hold.start_ms
    unclear = tuple(
        Evidence(turn.start_ms, turn.end_ms, turn.role, turn.text)
        for turn in trust.unclear_turns(call, Role.AGENT, start_ms, end_ms)
    )
    return searched(start_ms, end_ms, Role.AGENT), unclear
