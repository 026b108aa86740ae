"""Kind `question`: a party asks something of a given kind in a given part of the call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from qa_pipeline import resources
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
from qa_pipeline.criteria.unread import (
    LATE_REPLIES,
    answer_to,
    asked_unknown,
    late_from,
    may_ask,
    rules_out,
)
from qa_pipeline.domain.conversation import Act, Conversation
from qa_pipeline.domain.evaluation import Evidence, Outcome
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.rubric import LocalText
from qa_pipeline.language.learned import read_learned, units_of
from qa_pipeline.language.matching import tokens
from qa_pipeline.language.replies import Reply, replied

OPENING_PART = 1 / 3
CLOSING_PART = 0.5  # satisfaction is asked in the second half of the talk at the earliest


class QuestionParams(Params):
    """Which act, by whom, where, how often, and what people call it.

    `instead` names acts that are often taken for it: a fail quotes them.
    """

    act: str = Field("ask_satisfaction", description="the question, as an act")
    role: Literal["agent", "customer"] = Field("agent", description="who must ask it")
    window: Literal["opening", "closing", "anywhere"] = Field(
        "closing", description="the part of the call in which it counts"
    )
    minimum: int = Field(1, ge=1, description="how often it must be asked")
    instead: tuple[str, ...] = Field(
        ("ask_anything_else", "check_understanding"),
        description="acts that are often taken for it: a fail quotes them",
    )


_NAMES = {
    "ask_satisfaction": LocalText("whether the customer is satisfied", "客户是否满意"),
    "ask_anything_else": LocalText("whether there is anything else", "是否还有其他需要"),
    "offer_help": LocalText("how to help", "需要什么帮助"),
    "ask_name": LocalText("who is calling", "如何称呼客户"),
    "check_understanding": LocalText("whether the explanation was clear", "解释是否清楚"),
}


class QuestionCheck(Check[QuestionParams]):
    """The agent asks the question that the rubric wants (H34, N21, N22, P03).

    Good: "Are you happy with the way we handled this?"
    Bad: "Anything else?" (asks for more work, not about the work done)
    """

    kind = "question"
    params = QuestionParams
    about: ClassVar[About] = About(
        looks_for=LocalText(
            "Whether somebody asks a certain question in a certain part of the call.",
            "某一方是否在通话的某个阶段提出了规定的问题。",
        ),
        good=LocalText(
            '"Before we finish: are you happy with what we\'ve arranged?"',
            "“最后想问一下，您对这样的安排还满意吗？”",
        ),
        bad=LocalText(
            '"Okay, bye then."',
            "“行，那就这样，再见。”",
        ),
    )
    reasons: ClassVar[Mapping[str, str]] = {
        "asked": "the question was asked",
        "answered": "the question was not understood, but its answer was",
        "not_asked": "the question was not asked",
        "asked_other": "only a question that is often taken for it was asked",
        "too_early": "the question was asked, but outside the part of the call that counts",
        "too_few": "the question was asked less often than wanted",
        "near_question": "a question was asked that may or may not be the one wanted",
        "closing_not_heard": "it was not asked, but the recording ends before the close",
        **trust.REASONS,
    }

    def acts_of(self, params: QuestionParams) -> frozenset[str]:
        """The question's act and those it is often taken for."""
        return frozenset({params.act, *params.instead})

    def judge(self, call: Conversation, params: QuestionParams) -> Finding:
        """The finding on one call."""
        if (unsure := trust.doubt(call)) is not None:
            return unsure
        role = Role(params.role)
        what = _NAMES.get(params.act, LocalText(f"'{params.act}'", f"“{params.act}”"))
        start_ms, end_ms = _window(call, params.window)
        asked = call.acts_of(params.act, role=role)
        inside = [act for act in asked if act.end_ms > start_ms and act.start_ms < end_ms]
        if len(inside) >= params.minimum:
            best = max(act.confidence for act in inside)
            return Finding(
                Outcome.PASS,
                clamp(best * trust.sureness(call), high=trust.WORDS_CAP),
                "asked",
                LocalText(f"The {params.role} asked {what.en}.", f"{_who(role)}询问了{what.zh}。"),
                tuple(evidence_of_act(act) for act in inside),
            )
        if not inside and (answered := _answered(call, params, what)) is not None:
            return answered
        reason, en, zh, evidence = _absence(call, params, what, asked, inside)
        outcome, confidence = Outcome.FAIL, 0.84 * trust.sureness(call)
        if params.window != "opening" and not trust.closing_heard(call):
            outcome, confidence, reason = Outcome.UNDETERMINED, 0.7, "closing_not_heard"
            en = f"No question {what.en} was heard, but the recording ends before the close."
            zh = f"没有听到询问{what.zh}，但录音在通话结束之前就中断了。"
        near = _near(call, params, role) if reason not in _SEEN else ()
        if near:
            outcome, confidence, reason = Outcome.UNDETERMINED, 0.6, "near_question"
            en = f"It is not certain whether a question was asked about {what.en}."
            zh = f"是否询问了{what.zh}，难以判断。"
            evidence = near
        stretch = searched(start_ms, end_ms, role)
        unclear = _unclear(call, params, role) if reason not in _SEEN else ()
        if unclear:
            outcome, confidence, reason = Outcome.UNDETERMINED, 0.7, "speech_unclear"
            en = f"No question {what.en} was heard, but not everything could be understood there."
            zh = f"没有听到询问{what.zh}，但这一段有的话没有听清。"
            evidence = (*evidence, *unclear)
        return Finding(
            outcome,
            clamp(confidence, high=trust.FAIL_CAP),
            reason,
            LocalText(en, zh),
            (*evidence, stretch) if evidence else (stretch,),
        )


_SEEN = ("too_early", "too_few", "closing_not_heard")  # decided by what was heard, or by its lack
# What answers a question. "I see" is said to much else, so it never shows that one was asked.
_ANSWERS = {
    "ask_satisfaction": Reply.PLEASED,
    "ask_anything_else": Reply.NOTHING_ELSE,
    "check_understanding": Reply.UNDERSTOOD,
}
_SHOWN = (Reply.PLEASED, Reply.NOTHING_ELSE)
# What approves of nothing, whatever else it says.
_OTHER_ANSWERS = frozenset({Reply.ASKS, Reply.LONG, Reply.NOTHING_ELSE, Reply.UNDERSTOOD})
# Of made calls in which the question was not understood, but an answer to it, all 6 had it.
ANSWERED = 0.66


def _answered(call: Conversation, params: QuestionParams, what: LocalText) -> Finding | None:
    """A pass where the question was not understood, but its answer was."""
    wanted, role = _ANSWERS.get(params.act), Role(params.role)
    if wanted not in _SHOWN or params.minimum > 1:
        return None
    start_ms, end_ms = _searched(call, params, role)
    asked = [
        (run.evidence(call.language), {wanted})
        for run in may_ask(call, role, start_ms, end_ms, wanted)
    ]
    asked += [(evidence_of_act(act), {wanted, Reply.WELL}) for act in _nearly(call, params, role)]
    if wanted is Reply.PLEASED and params.window == "closing":
        late_ms = late_from(call, role, LATE_REPLIES)
        asked += [(said, {wanted}) for said, _ in asked_unknown(call, role, late_ms)]
    for question, kinds in asked:
        answer = answer_to(call, role, question.end_ms)
        if answer is None or not answer.kinds & kinds or answer.kinds & {Reply.ASKS, Reply.LONG}:
            continue
        return Finding(
            Outcome.PASS,
            clamp(ANSWERED * trust.sureness(call), high=trust.WORDS_CAP),
            "answered",
            LocalText(
                f"The {params.role} asked {what.en}, as the answer shows.",
                f"从回答来看，{_who(role)}询问了{what.zh}。",
            ),
            (question, answer.evidence),
        )
    return None


def _near(call: Conversation, params: QuestionParams, role: Role) -> tuple[Evidence, ...]:
    """What may be the question: words near to it, the other party's, or what only answers it."""
    wanted = _ANSWERS.get(params.act)
    found = [
        evidence_of_act(act)
        for act in _nearly(call, params, role)
        if not rules_out(answer_to(call, role, act.end_ms), wanted)
    ]
    start_ms, end_ms = _window(call, params.window)
    mixed = call.acts_of(f"mixed_{params.act}")
    found += [evidence_of_act(a) for a in mixed if a.end_ms > start_ms and a.start_ms < end_ms]
    if wanted is Reply.PLEASED and params.window == "closing":
        late_ms = late_from(call, role, LATE_REPLIES)
        found += [
            evidence_of_turn(turn)
            for turn in call.turns
            if turn.role not in (role, Role.LINE)
            and turn.start_ms >= late_ms
            and wanted in replied(turn.text, call.language)
        ]
        found += [
            question
            for question, answer in asked_unknown(call, role, late_ms)
            if Reply.PRAISES in answer.kinds and not answer.kinds & _OTHER_ANSWERS
        ]
    return tuple(found)


def _nearly(call: Conversation, params: QuestionParams, role: Role) -> list[Act]:
    """Acts in the part that counts that come near to the question."""
    start_ms, end_ms = _window(call, params.window)
    near = call.acts_of(f"nearly_{params.act}", role=role)
    return [act for act in near if act.end_ms > start_ms and act.start_ms < end_ms]


def _unclear(call: Conversation, params: QuestionParams, role: Role) -> tuple[Evidence, ...]:
    """Words too badly heard to say that the question is not in them."""
    start_ms, end_ms = _searched(call, params, role)
    runs = may_ask(call, role, start_ms, end_ms, _ANSWERS.get(params.act))
    learned = read_learned(resources.acts_dir() / call.language).get(params.act)
    found = (run.evidence(call.language) for run in runs)
    return tuple(
        evidence
        for evidence in found
        if learned is None or not learned.excludes(units_of(tokens(evidence.text)))
    )


def _searched(call: Conversation, params: QuestionParams, role: Role) -> tuple[int, int]:
    """Where the question may hide: of the closing only the last exchanges, else the whole part."""
    start_ms, end_ms = _window(call, params.window)
    if params.window == "closing":
        start_ms = late_from(call, role, LATE_REPLIES)
    return start_ms, end_ms


def _absence(
    call: Conversation,
    params: QuestionParams,
    what: LocalText,
    asked: tuple[Act, ...],
    inside: list[Act],
) -> tuple[str, str, str, tuple[Evidence, ...]]:
    who = _who(Role(params.role))
    if inside:
        return (
            "too_few",
            f"The {params.role} asked {what.en} only {len(inside)} of {params.minimum} times.",
            f"{who}询问{what.zh}只有{len(inside)}次，要求{params.minimum}次。",
            tuple(evidence_of_act(act) for act in inside),
        )
    if asked:
        return (
            "too_early",
            f"The {params.role} asked {what.en}, but not in the part of the call where it counts.",
            f"{who}询问了{what.zh}，但不在要求的时段。",
            tuple(evidence_of_act(act) for act in asked),
        )
    others = call.acts_of(*params.instead, role=Role(params.role)) if params.instead else ()
    if others:
        return (
            "asked_other",
            f"The {params.role} asked something else, but never {what.en}.",
            f"{who}问了别的问题，但没有询问{what.zh}。",
            (evidence_of_act(others[-1]),),
        )
    return (
        "not_asked",
        f"The {params.role} never asked {what.en}.",
        f"{who}没有询问{what.zh}。",
        (),
    )


def _window(call: Conversation, window: str) -> tuple[int, int]:
    first = min(turn.start_ms for turn in call.turns)
    last = max(turn.end_ms for turn in call.turns)
    if window == "opening":
        return first, first + round(OPENING_PART * (last - first))
    if window == "closing":
        return first + round(CLOSING_PART * (last - first)), last
    return first, last


def _who(role: Role) -> str:
    return "客服" if role is Role.AGENT else "客户"
