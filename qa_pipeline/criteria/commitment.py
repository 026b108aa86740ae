"""Kind `commitment`: somebody promises something, by a time.

`criteria.promises.promises_of` finds who promised what by when, with the deadline as an absolute
time where the call's own time is known: the export lists them for the desk to follow up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

from pydantic import Field

from qa_pipeline.criteria import trust
from qa_pipeline.criteria.base import (
    About,
    Check,
    Finding,
    clamp,
    clock,
    evidence_of_turn,
    searched,
)
from qa_pipeline.criteria.clause_words import in_words
from qa_pipeline.criteria.clauses import WrittenOut, acts_in, look_for
from qa_pipeline.criteria.placing import PlaceParams, anchored, stretch_of
from qa_pipeline.criteria.promises import Promise, promises_of
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Evidence, Outcome
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.rubric import LocalText
from qa_pipeline.language.promises import Topic

_SHOWN = 3
_WHO = {"agent": "客服", "customer": "客户"}


class CommitmentParams(PlaceParams):
    """What a promise must have."""

    role: Literal["agent", "customer"] = Field("agent", description="who is to promise")
    need_deadline: bool = Field(True, description="a time must be said: 'soon' does not count")
    at_once_counts: bool = Field(True, description="'right away' and 马上 count as a time")
    need_who: bool = Field(False, description="it must be said who will do it")
    need_channel: bool = Field(False, description="it must be said how: by phone, email, …")
    topics: tuple[Topic, ...] = Field(
        (),
        description="what must be promised: contact, send, visit, refund, repair, inform, process, "
        "other; empty: anything",
    )
    minimum: int = Field(1, ge=1, description="how many such promises, at least")
    unless: WrittenOut | None = Field(
        None, description="a clause: no promise is wanted where this is found (put through at once)"
    )


class CommitmentCheck(Check[CommitmentParams]):
    """The agent says who will do what by when (N11, P07, H10, H11, H18, H20).

    Good: "I'll call you back by four this afternoon." Bad: "We'll get back to you soon."
    """

    kind = "commitment"
    params = CommitmentParams
    about: ClassVar[About] = About(
        looks_for=LocalText(
            "A promise: who will do what, and by when.", "承诺：谁在什么时候之前做什么。"
        ),
        good=LocalText(
            "“Our technician will phone you before eleven tomorrow.”",
            "“技术同事明天上午十一点前会给您打电话。”",
        ),
        bad=LocalText("“Somebody will look at it at some point.”", "“回头有人会处理的。”"),
    )
    reasons: ClassVar[Mapping[str, str]] = {
        "promised": "something was promised as wanted",
        "no_promise": "nothing was promised",
        "no_deadline": "something was promised, but no time was said",
        "vague_only": "something was promised, but only a vague time was said",
        "no_one_named": "something was promised, but not who will do it",
        "no_channel": "something was promised, but not how",
        "other_topic": "something else was promised than what is wanted",
        "too_few": "less was promised than wanted",
        "instead": "what was done instead needs no promise",
        "closing_not_heard": "nothing was promised, but the recording ends before the close",
        "nothing_to_follow": "what it is to come before or after did not happen",
        "perhaps_promised": "something seems to be promised, but the words are not certain",
        **trust.REASONS,
    }

    def acts_of(self, params: CommitmentParams) -> frozenset[str]:
        """What the place is anchored to and those of `unless`: promises are found by their form."""
        instead = acts_in(params.unless) if params.unless is not None else frozenset[str]()
        return params.anchor_acts() | instead

    def describe(self, params: CommitmentParams) -> LocalText:
        """What a promise must have under these parameters."""
        en, zh = [], []
        for wanted, english, chinese in (
            (params.need_who, "who will do it", "由谁来做"),
            (params.need_deadline, "by when", "什么时候之前"),
            (params.need_channel, "how", "用什么方式"),
        ):
            if wanted:
                en.append(english)
                zh.append(chinese)
        topics = ", ".join(params.topics)
        kind = LocalText(f" ({topics})", f"（{topics}）") if topics else LocalText("", "")
        said = LocalText(f", and says {' and '.join(en)}", f"，并说明{'、'.join(zh)}")
        more = said if en else LocalText("", "")
        instead = LocalText("", "")
        if params.unless is not None:
            words = in_words(params.unless)
            instead = LocalText(f", unless: {words.en}", f"；已有以下情况时不需要：{words.zh}")
        return LocalText(
            f"The {params.role} promises something{kind.en}{more.en}{instead.en}.",
            f"{_WHO[params.role]}作出承诺{kind.zh}{more.zh}{instead.zh}。",
        )

    def judge(self, call: Conversation, params: CommitmentParams) -> Finding:
        """The finding on one call."""
        if (unsure := trust.doubt(call)) is not None:
            return unsure
        start_ms, end_ms = stretch_of(call, params)
        stretch = searched(start_ms, end_ms, Role(params.role))
        if anchored(call, params) is False:
            return Finding(
                Outcome.NOT_APPLICABLE,
                0.85,
                "nothing_to_follow",
                LocalText(
                    "What this is to come before or after did not happen.",
                    "作为位置参照的事情没有发生。",
                ),
                (stretch,),
            )
        made = [
            promise
            for promise in promises_of(call, role=Role(params.role))
            if promise.end_ms > start_ms and promise.start_ms < end_ms
        ]
        good = [promise for promise in made if _lack(promise, params) is None]
        if len(good) >= params.minimum:
            return _kept(call, good)
        if params.unless is not None and (found := look_for(call, params.unless, {})).holds:
            words = in_words(params.unless)
            return Finding(
                Outcome.PASS,
                clamp(found.confidence, high=trust.WORDS_CAP),
                "instead",
                LocalText(f"Found instead: {words.en}.", f"已有：{words.zh}。"),
                found.evidence,
            )
        return _lacking(call, params, made, good, stretch)


def _lack(promise: Promise, params: CommitmentParams) -> str | None:
    """What a promise lacks of what is wanted; None: nothing."""
    if params.topics and promise.topic not in params.topics:
        return "other_topic"
    if params.need_deadline:
        firm = promise.firmness == "time"
        if not firm and not (params.at_once_counts and promise.firmness == "at_once"):
            return "vague_only" if promise.firmness in ("vague", "at_once") else "no_deadline"
    if params.need_who and not promise.named:
        return "no_one_named"
    if params.need_channel and promise.channel is None:
        return "no_channel"
    return None


def _kept(call: Conversation, good: Sequence[Promise]) -> Finding:
    told_en = "; ".join(_told(p).en for p in good[:_SHOWN])
    told_zh = "；".join(_told(p).zh for p in good[:_SHOWN])
    best = max(promise.confidence for promise in good)
    outcome, reason = Outcome.PASS, "promised"
    if best < 0.5 * trust.sureness(call):
        outcome, reason = Outcome.UNDETERMINED, "perhaps_promised"
    return Finding(
        outcome,
        clamp(best, high=trust.WORDS_CAP),
        reason,
        LocalText(f"Promised: {told_en}.", f"承诺：{told_zh}。"),
        tuple(_evidence(promise) for promise in good),
    )


def _lacking(
    call: Conversation,
    params: CommitmentParams,
    made: Sequence[Promise],
    good: Sequence[Promise],
    stretch: Evidence,
) -> Finding:
    role = Role(params.role)
    unclear = trust.unclear_turns(call, role, stretch.start_ms, stretch.end_ms)
    evidence = tuple(_evidence(promise) for promise in made)
    if unclear:
        return Finding(
            Outcome.UNDETERMINED,
            0.7,
            "speech_unclear",
            LocalText(
                "No such promise was heard, but not everything could be understood.",
                "没有听到这样的承诺，但有的话没有听清。",
            ),
            (*evidence, *(evidence_of_turn(turn) for turn in unclear), stretch),
        )
    if not made and not trust.closing_heard(call):
        return Finding(
            Outcome.UNDETERMINED,
            0.7,
            "closing_not_heard",
            LocalText(
                "No promise was heard, but the recording ends before the close.",
                "没有听到承诺，但录音在通话结束之前就中断了。",
            ),
            (stretch,),
        )
    reason = "no_promise"
    if good:
        reason = "too_few"
    elif made:
        lacks = {_lack(promise, params) or "no_promise" for promise in made}
        reason = next(code for code in _NEAREST if code in lacks)
    told = _ABSENCES[reason]
    return Finding(
        Outcome.FAIL,
        clamp(0.82 * trust.sureness(call), high=trust.FAIL_CAP),
        reason,
        told,
        (*evidence, stretch),
    )


# Of several shortcomings, the least is told.
_NEAREST = ("no_channel", "no_one_named", "vague_only", "no_deadline", "other_topic", "no_promise")
_ABSENCES = {
    "no_promise": LocalText("Nothing was promised.", "没有作出任何承诺。"),
    "no_deadline": LocalText(
        "Something was promised, but no time was said.", "作了承诺，但没有说时间。"
    ),
    "vague_only": LocalText(
        "Something was promised, but only a vague time was said.", "作了承诺，但时间说得含糊。"
    ),
    "no_one_named": LocalText(
        "Something was promised, but it was not said who will do it.",
        "作了承诺，但没有说由谁来做。",
    ),
    "no_channel": LocalText(
        "Something was promised, but it was not said how.", "作了承诺，但没有说用什么方式。"
    ),
    "other_topic": LocalText(
        "Something was promised, but not what is wanted here.", "作了承诺，但不是这里要求的内容。"
    ),
    "too_few": LocalText("Less was promised than wanted.", "承诺的次数不够。"),
}


def _told(promise: Promise) -> LocalText:
    words = promise.text
    if promise.due is not None and promise.firmness == "time":
        due = f"{promise.due:%Y-%m-%d %H:%M}"
        return LocalText(
            f"{clock(promise.start_ms)} “{words}” (by {due})",
            f"{clock(promise.start_ms)}“{words}”（最迟{due}）",
        )
    return LocalText(f"{clock(promise.start_ms)} “{words}”", f"{clock(promise.start_ms)}“{words}”")


def _evidence(promise: Promise) -> Evidence:
    return Evidence(promise.start_ms, promise.end_ms, promise.role, promise.text)
