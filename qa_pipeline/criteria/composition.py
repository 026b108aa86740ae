"""Kind ``composition``: acts, events and facts of a call, combined as a clause says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from qa_pipeline.criteria import trust
from qa_pipeline.criteria.base import About, Check, Finding, Params, clamp, searched
from qa_pipeline.criteria.clause_words import in_words
from qa_pipeline.criteria.clauses import Found, WrittenOut, acts_in, look_for
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.rubric import LocalText


class CompositionParams(Params):
    """What must hold."""

    clause: WrittenOut = Field(
        description="a clause: {act: ...}, {event: ...}, {all: [...]}, {any: [...]}, {none: "
        "[...]}, {at_least: n, of: [...]}, ..."
    )


class Composition(Check[CompositionParams]):
    """What the clause says is found in the call.

    Good: with ``{all: [{act: apology}, {act: give_reason}]}``: "I'm sorry, it's because ..."
    Bad: only "I'm sorry about that."
    """

    kind = "composition"
    params = CompositionParams
    reasons: ClassVar[Mapping[str, str]] = {
        "found": "what the clause asks for was found",
        "not_found": "what the clause asks for was not found",
        "forbidden": "something was found that the clause forbids",
        "closing_not_heard": "it was not found, but the recording ends before the close",
        "not_known": "the call and its record do not tell",
        **trust.REASONS,
    }
    about = About(
        looks_for=LocalText(
            "Acts, sounds and facts of the call, combined: all of them, any, none, or so many.",
            "通话中的言语行为、声音和记录的组合：全部、任一、没有，或至少几项。",
        ),
        good=LocalText(
            "\"I'm sorry about that. We'll send a new one today.\" (an apology and what is done)",
            "“很抱歉给您添麻烦了，我们今天就给您补发。”（既道歉，也说明怎么处理）",
        ),
        bad=LocalText(
            '"I\'m sorry about that." (an apology alone, where both are asked for)',
            "“很抱歉。”（要求两项，却只有道歉）",
        ),
    )

    def acts_of(self, params: CompositionParams) -> frozenset[str]:
        """All acts of the clause."""
        return acts_in(params.clause)

    def describe(self, params: CompositionParams) -> LocalText:
        """The clause in words."""
        words = in_words(params.clause)
        return LocalText(f"In the call: {words.en}.", f"通话中：{words.zh}。")

    def judge(self, call: Conversation, params: CompositionParams) -> Finding:
        """The finding on one call."""
        found = look_for(call, params.clause, {})
        words = in_words(params.clause)
        stretch = (searched(0, call.duration_ms, Role.LINE),)
        if found.holds:
            explanation = LocalText(f"Found: {words.en}.", f"已发现：{words.zh}。")
            return Finding(
                Outcome.PASS, clamp(found.confidence), "found", explanation,
                found.evidence or stretch,
            )  # fmt: skip
        if found.holds is None and (unsure := trust.doubt(call)) is not None:
            return unsure
        if found.holds is None:
            explanation = LocalText(f"It is not known: {words.en}.", f"无法得知：{words.zh}。")
            return Finding(
                Outcome.UNDETERMINED, 0.9, "not_known", explanation, found.evidence or stretch
            )
        forbidden = "none" in params.clause and bool(found.evidence)
        if found.unclear and not forbidden and _only_line(found):
            explanation = LocalText(
                f"Not found, but the recording ends before the close: {words.en}.",
                f"没有发现，但录音在通话结束之前就中断了：{words.zh}。",
            )
            evidence = (*found.evidence, *found.unclear)
            return Finding(Outcome.UNDETERMINED, 0.7, "closing_not_heard", explanation, evidence)
        if found.unclear and not forbidden:
            explanation = LocalText(
                f"Not found, but not everything could be understood: {words.en}.",
                f"没有发现，但有的话没有听清：{words.zh}。",
            )
            evidence = (*found.evidence, *found.unclear)
            return Finding(Outcome.UNDETERMINED, 0.7, "speech_unclear", explanation, evidence)
        reason = "forbidden" if forbidden else "not_found"
        told = LocalText(
            f"{'Not as asked for' if forbidden else 'Not found'}: {words.en}.",
            f"{'不符合要求' if forbidden else '没有发现'}：{words.zh}。",
        )
        sure = clamp(found.confidence, high=trust.WORDS_CAP if forbidden else trust.FAIL_CAP)
        return Finding(Outcome.FAIL, sure, reason, told, (*found.evidence, *stretch))


def _only_line(found: Found) -> bool:
    """Whether nothing but the end of the line keeps what was looked for from being known."""
    return all(evidence.role is Role.LINE for evidence in found.unclear)
