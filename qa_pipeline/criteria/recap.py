"""Kind `recap`: the agent sums up the request or the action before the close."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from qa_pipeline.criteria import trust
from qa_pipeline.criteria.base import (
    About,
    Check,
    Finding,
    Params,
    clamp,
    evidence_of_act,
    evidence_of_turn,
    searched,
)
from qa_pipeline.criteria.unread import LATE_REPLIES, badly_read, late_from, unexplained
from qa_pipeline.domain.conversation import Act, Conversation
from qa_pipeline.domain.evaluation import Evidence, Outcome
from qa_pipeline.domain.recording import Layout, Role
from qa_pipeline.domain.rubric import LocalText

# Below the rule's own `recap_from` and above this a stretch is as likely one as not.
UNSURE_FROM = 0.3
# In mono, words of the agent's given to the customer break a summary up: where both parties' words
# together are one for sure, none of the agent's alone is no absence. Of 45 made calls in mono
# without a summary none comes so far (the likeliest 0.96), of 11 whose summary was missed 4, all
# beyond the second number: there it is told as one.
MIXED_FROM = 0.97
MIXED_SURELY = 0.98
# A stretch that announces a summary ("so to confirm"; reading back an order does not) and has some
# of what one has, but words too badly read to repeat more, is told too: 2 of 2 in made calls were
# one, of the bank of wordings 2 of 2.
LIKELY = 0.62  # the confidence of both: few cases
# A summary is known by what it repeats. Of 6 made calls read worse than this as a whole, 5 had a
# summary, and 1 of those was recognised.
LEAST_CONTENT_CONFIDENCE = 0.6
LEAST_RECAP_MS = 3_500  # the shortest summaries take so long to say


class RecapParams(Params):
    """`from_part`: the part of the call (0 to 1) from where on a recap counts."""

    from_part: float = Field(
        0.0, ge=0, le=1, description="from which part of the call on a summary counts, 0 to 1"
    )


class RecapCheck(Check[RecapParams]):
    """The agent repeats what was asked for or what was done, with its content (H33, B03, P05).

    Good: "I've ordered your replacement credit card, it will be there on Friday."
    Bad: "Okay, that's sent off. Anything else?" (says that, but not what)
    """

    kind = "recap"
    params = RecapParams
    about: ClassVar[About] = About(
        looks_for=LocalText(
            "Whether the agent sums up what was asked for or what was done, with its content.",
            "客服是否总结客户的需求或处理结果，并说出具体内容。",
        ),
        good=LocalText(
            '"So I\'ve moved your appointment with Dr. Harris to Tuesday at four."',
            "“那我帮您把刘医生的号改到周二下午四点了。”",
        ),
        bad=LocalText(
            '"Right, that\'s all done."',
            "“好了，弄好了。”",
        ),
    )
    reasons: ClassVar[Mapping[str, str]] = {
        "recapped": "the agent repeated the request or the action with its content",
        "near_recap": "what the agent said may or may not pass for a summary",
        "no_recap": "no sentence of the agent's repeats the request or the action",
        "closing_not_heard": "no recap was heard, but the recording ends before the close",
        **trust.REASONS,
    }

    def judge(self, call: Conversation, params: RecapParams) -> Finding:
        """The finding on one call."""
        if (unsure := trust.doubt(call)) is not None:
            return unsure
        start_ms, end_ms = trust.agent_window(call, call.turns_of(Role.AGENT))
        earliest_ms = start_ms + round(params.from_part * (end_ms - start_ms))
        recaps, near = (
            [act for act in call.acts_of(kind, role=Role.AGENT) if act.end_ms > earliest_ms]
            for kind in ("recap", "near_recap")
        )
        if recaps:
            return _recapped(call, recaps)
        if (likely := _likely(call, near, earliest_ms)) is not None:
            return likely
        stretch = (searched(earliest_ms, end_ms, Role.AGENT),)
        if not trust.closing_heard(call):
            return Finding(
                Outcome.UNDETERMINED,
                0.7,
                "closing_not_heard",
                LocalText(
                    "No summary was heard, but the recording ends before the close of the call.",
                    "没有听到总结，但录音在通话结束之前就中断了。",
                ),
                stretch,
            )
        if unclear := _unclear(call, (start_ms + end_ms) // 2, end_ms):
            return Finding(
                Outcome.UNDETERMINED,
                0.7,
                "speech_unclear",
                LocalText(
                    "No summary was heard, but not everything could be understood there.",
                    "没有听到总结，但这一段有的话没有听清。",
                ),
                (*unclear, *stretch),
            )
        return _not_recapped(call, near, stretch)


def _likely(call: Conversation, near: list[Act], earliest_ms: int) -> Finding | None:
    """A summary whose words were badly read or given to the wrong party, if there surely is one."""
    announced = [
        act
        for act in near
        if act.confidence >= UNSURE_FROM
        and act.slots.get("form") == "recap_cue"
        and act.end_ms - act.start_ms >= LEAST_RECAP_MS
    ]
    mixed = [
        act
        for act in call.acts_of("mixed_recap")
        if act.confidence >= MIXED_SURELY
        and call.layout is Layout.MONO
        and act.end_ms > max(earliest_ms, late_from(call, Role.AGENT, LATE_REPLIES))
    ]
    if not announced and not mixed:
        return None
    return Finding(
        Outcome.PASS,
        clamp(LIKELY * trust.sureness(call), high=trust.WORDS_CAP),
        "recapped",
        LocalText(
            "The agent summed up the request or what was done about it, as far as it was read.",
            "客服总结了客户的需求或处理的内容（有的词没有听清）。",
        ),
        tuple(evidence_of_act(act) for act in announced or mixed),
    )


def _unclear(call: Conversation, start_ms: int, end_ms: int) -> tuple[Evidence, ...]:
    """What may hold a summary that was not understood, or was given to the wrong party."""
    late_ms = max(start_ms, late_from(call, Role.AGENT, LATE_REPLIES))
    found = [
        run.evidence(call.language)
        for run in unexplained(call, Role.AGENT, joined=call.layout is not Layout.STEREO)
        if run.end_ms > late_ms and run.lasts(LEAST_RECAP_MS) and badly_read(run, call.language)
    ]
    before_ms = max(start_ms, late_from(call, Role.AGENT, LATE_REPLIES + 1))
    if (lost := trust.silence(call, before_ms, end_ms)) is not None:
        found.append(searched(*lost, Role.LINE))
    if call.layout is Layout.MONO:
        mixed = [act for act in call.acts_of("mixed_recap") if act.confidence >= MIXED_FROM]
        found += [evidence_of_act(act) for act in mixed if act.end_ms > late_ms]
    if call.speech_confidence < LEAST_CONTENT_CONFIDENCE:
        found += [evidence_of_turn(t) for t in call.turns_of(Role.AGENT) if t.end_ms > late_ms]
    return tuple(found)


def _recapped(call: Conversation, recaps: list[Act]) -> Finding:
    best = max(recaps, key=lambda act: act.confidence)
    quoted = [act for act in recaps if act is best or act is recaps[-1]]
    return Finding(
        Outcome.PASS,
        clamp(best.confidence * trust.sureness(call), high=trust.WORDS_CAP),
        "recapped",
        LocalText(
            "The agent summed up the request or what was done about it.",
            "客服总结了客户的需求或处理的内容。",
        ),
        tuple(evidence_of_act(act) for act in quoted),
    )


def _not_recapped(call: Conversation, near: list[Act], stretch: tuple[Evidence, ...]) -> Finding:
    """A fail; the surer, the less anything said comes near to a recap."""
    nearest = max(near, key=lambda act: act.confidence, default=None)
    if nearest is not None and nearest.confidence >= UNSURE_FROM:
        return Finding(
            Outcome.UNDETERMINED,
            0.6,
            "near_recap",
            LocalText(
                "The agent said something that may or may not pass for a summary.",
                "客服说的这句话算不算总结，难以判断。",
            ),
            (evidence_of_act(nearest), *stretch),
        )
    absence = 1.0 - (nearest.confidence if nearest is not None else 0.0)
    return Finding(
        Outcome.FAIL,
        clamp(absence * trust.sureness(call), high=trust.FAIL_CAP),
        "no_recap",
        LocalText(
            "The agent closed without summing up what was asked for or what was done.",
            "客服在结束前没有总结客户的需求或处理的内容。",
        ),
        (evidence_of_act(nearest), *stretch) if nearest is not None else stretch,
    )
