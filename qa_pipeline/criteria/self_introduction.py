"""Kind ``self_introduction``: the agent opens with a greeting word and says the full name."""

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
    evidence_of_turn,
    searched,
)
from qa_pipeline.criteria.opening_heard import (
    badly_heard,
    first_clearness,
    may_have_greeted,
    split_off_greeting,
)
from qa_pipeline.domain.conversation import Conversation, KnownName, OpeningFacts
from qa_pipeline.domain.evaluation import Evidence, Outcome
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.rubric import LocalText
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.name_in_opening import contradicts, is_unlike
from qa_pipeline.language.name_types import FoundName
from qa_pipeline.language.opening_facts import LONGEST_MS, opening_told
from qa_pipeline.language.openings import Opening

_PASS_CAP = 0.95
_LEAST_OPENING_SPEECH = 0.4  # mean word probability of the opening
_SURELY_CLEAR = 0.85  # mean word probability from which on what is written was said
_LEAST_ABSENCE = 0.5  # below it not even what cannot be there is surely absent
_BADLY_HEARD_CAP = 0.62  # what cannot be there in badly heard words
_SPLIT_SURE = 0.85  # a greeting that the voices' bounds give to the other party
_UNEXPLAINED_CAP = 0.68  # something that may be a name stands in the opening
# Talk from the very beginning: the recorder may have started late. Voice is told to begin 0.15 s
# early, so that behind this there was a third of a second of silence: seldom a pause in a sentence.
_CUT_START_MS = 200
_PARTIAL = {
    "given": ("first_name_only", "only the first name", "只说了名字，没有说姓"),
    "family": ("family_name_only", "only the family name", "只说了姓，没有说全名"),
    "staff_number": ("staff_number_only", "only a staff number", "只报了工号，没有说姓名"),
}


class SelfIntroductionParams(Params):
    """What the opening must hold.

    `opening_seconds` is the least length of the opening; it lasts longer if the customer has not
    come to the point by then.
    """

    require_greeting: bool = Field(True, description="a greeting word must be said")
    require_full_name: bool = Field(True, description="the agent must say their full name")
    opening_seconds: float = Field(
        12.0, gt=0, description="least length of the opening, in seconds"
    )


class SelfIntroduction(Check[SelfIntroductionParams]):
    """A greeting word and the agent's full name in the opening (rules H23, H24).

    Passes: "Good morning, Northwind, this is Daniel Brooks", 您好,我是客服王芳.
    Fails: "Hello, my name is Michael", 喂,请讲, 您好,工号1023为您服务.
    """

    kind = "self_introduction"
    params = SelfIntroductionParams
    about: ClassVar[About] = About(
        looks_for=LocalText(
            "What the agent opens with: a greeting, and their own full name.",
            "客服的开场白：是否问候，是否报出自己的全名。",
        ),
        good=LocalText(
            '"Good afternoon, Harbour Gas, you\'re speaking with Nina Patel."',
            "“下午好，港湾燃气，我是客服陈思远。”",
        ),
        bad=LocalText(
            '"Harbour Gas, Nina."',
            "“喂，哪位？”",
        ),
    )
    reasons: ClassVar[Mapping[str, str]] = {
        **trust.REASONS,
        "complete": "the opening has what is asked for",
        "no_greeting_word": "the opening has no greeting word",
        "no_name": "the agent does not say a name in the opening",
        "first_name_only": "the agent says only the first name",
        "family_name_only": "the agent says only the family name",
        "staff_number_only": "the agent says only a staff number",
        "no_opening_heard": "the recording begins after the opening",
    }

    def judge(self, call: Conversation, params: SelfIntroductionParams) -> Finding:
        """The finding on one call; see the class."""
        doubt = trust.doubt(call)
        if doubt is not None:
            return doubt
        told = _told(call, round(params.opening_seconds * 1000))
        opening = Opening(tuple(call.turns[at] for at in told.turns), told.text, told.offsets)
        known = call.agent_name
        recorded = known if known is not None and known.source == "metadata" else None
        greeting, name = _greeting(call, told), told.name
        unheard = _not_heard(call, opening, told, greeting, params)
        if unheard is None and recorded is not None and _is_doubtful(call, opening, name, recorded):
            unheard = _unclear(opening)
        if unheard is not None:
            return unheard
        name_ok = name is not None and (
            name.is_full or (not params.require_full_name and name.kind != "staff_number")
        )
        if name is not None and name_ok and (greeting is not None or not params.require_greeting):
            return _passed(call, opening, greeting, name, recorded)
        return _failed(call, opening, told, greeting, name_ok=name_ok, recorded=recorded,
                       params=params)  # fmt: skip


def _told(call: Conversation, least_ms: int) -> OpeningFacts:
    """What the opening of this least length tells: kept with the call, or else read now."""
    kept = [one for one in call.openings if one.least_ms <= least_ms <= LONGEST_MS]
    return kept[-1] if kept else opening_told(call, least_ms)


def _greeting(call: Conversation, told: OpeningFacts) -> Turn | None:
    """The turn with the greeting word, by the words themselves or by a recognised act."""
    if told.greeting is not None:
        return call.turns[told.greeting]
    acts = call.acts_of("greeting", role=Role.AGENT)
    by_act = next((call.turns[act.turn] for act in acts if act.turn in told.turns), None)
    return by_act or split_off_greeting(call, told)


def _not_heard(
    call: Conversation,
    opening: Opening,
    told: OpeningFacts,
    greeting: Turn | None,
    params: SelfIntroductionParams,
) -> Finding | None:
    """Undetermined where the recording starts after the opening, or the opening is garbled."""
    name = told.name
    first = min(call.turns, key=lambda turn: turn.start_ms)
    ringing = any(ring.end_ms <= first.start_ms + 1_000 for ring in call.ringbacks)
    at_once = call.has_audio and first.start_ms < _CUT_START_MS and not ringing
    answered_short = first.role is Role.AGENT and first.end_ms - first.start_ms < 2_000
    if at_once and greeting is None and name is None and not answered_short:
        return Finding(
            Outcome.UNDETERMINED,
            0.7,
            "no_opening_heard",
            LocalText(
                "The recording begins in the middle of the talk, so the opening was not heard.",
                "录音从通话中途开始，没有录到开场白。",
            ),
            (searched(0, first.end_ms, Role.AGENT, first.text),),
        )
    if _surely_fails(call, opening, told, greeting, params):
        return None
    words = [word for turn in opening.turns for word in turn.words]
    heard = sum(word.probability for word in words) / len(words) if words else 1.0
    unclear = heard < _LEAST_OPENING_SPEECH and (name is None or not name.is_full)
    unclear = unclear or told.somewhat_like or told.unread
    unnamed = name is None or (call.language == "zh" and name.kind == "staff_number")
    missing = unnamed or (name is not None and name.is_full and greeting is None
                          and params.require_greeting)  # fmt: skip
    # Where the record has the name, the opening was searched for its sound: what is not there even
    # nearly was not lost by a few words read wrongly.
    known = call.agent_name
    recorded = known is not None and known.source == "metadata"
    surely = unnamed and recorded and not told.nearly
    unclear = unclear or (missing and badly_heard(call, opening, searched_for=surely))
    ungreeted = greeting is None and params.require_greeting
    unclear = unclear or (ungreeted and told.first_greets and may_have_greeted(call, opening))
    # Who tells the full name mostly greets: something here may be a salutation misheard.
    named = call.language == "zh" and name is not None and name.is_full
    clear = first_clearness(call, opening) >= _SURELY_CLEAR
    unclear = unclear or (ungreeted and named and not (told.greetless or clear))
    return _unclear(opening) if unclear else None


def _unclear(opening: Opening) -> Finding:
    return Finding(
        Outcome.UNDETERMINED,
        0.7,
        "speech_unclear",
        LocalText(
            "The opening was too unclear to tell what name was said.",
            "开场白语音不清，无法判断说了什么姓名。",
        ),
        (_window(opening),),
    )


def _is_doubtful(
    call: Conversation, opening: Opening, name: FoundName | None, recorded: KnownName
) -> bool:
    """Whether Mandarin syllables read as a name may be a company's, or anything: not the recorded.

    With other characters written for what was said, any two after a greeting may be a name.
    """
    if call.language != "zh" or name is None or not name.is_full:
        return False
    return is_unlike(name, recorded) and first_clearness(call, opening) < _SURELY_CLEAR


def _surely_fails(
    call: Conversation,
    opening: Opening,
    told: OpeningFacts,
    greeting: Turn | None,
    params: SelfIntroductionParams,
) -> bool:
    """Whether a salutation or a full name is missing however badly the opening was heard."""
    ungreeted = greeting is None and params.require_greeting and told.greetless
    perhaps = told.first_greets and may_have_greeted(call, opening)
    nameless = told.nameless and not (told.unread or told.somewhat_like or told.nearly)
    heard = first_clearness(call, opening)
    return heard >= _LEAST_ABSENCE and ((ungreeted and not perhaps) or nameless)


def _window(opening: Opening) -> Evidence:
    return searched(opening.start_ms, opening.end_ms, Role.AGENT, " ".join(opening.text.split()))


def _evidence(
    opening: Opening, greeting: Turn | None, name: FoundName | None
) -> tuple[Evidence, ...]:
    turns = {t.start_ms: t for t in (greeting, opening.turn_at(name.start) if name else None) if t}
    return tuple(evidence_of_turn(turn) for _, turn in sorted(turns.items()))


def _contradiction(name: FoundName, recorded: KnownName | None) -> tuple[str, str]:
    if recorded is None or not contradicts(name, recorded):
        return "", ""
    return (
        f" (the record names {recorded.text})",
        f"（系统记录的姓名是“{recorded.text}”）",
    )


def _passed(
    call: Conversation,
    opening: Opening,
    greeting: Turn | None,
    name: FoundName,
    recorded: KnownName | None,
) -> Finding:
    also_en, also_zh = _contradiction(name, recorded)
    certainty = name.confidence * (0.9 if also_en else 1.0)
    if greeting is not None and greeting.role is not Role.AGENT:
        certainty *= _SPLIT_SURE
    said = name.text.strip()
    greets_en, greets_zh = ("greets and ", "问候并") if greeting is not None else ("", "")
    return Finding(
        Outcome.PASS,
        round(clamp(certainty * trust.sureness(call), 0.3, _PASS_CAP), 3),
        "complete",
        LocalText(
            f"In the opening the agent {greets_en}says the name “{said}”{also_en}.",
            f"客服在开场白中{greets_zh}报出姓名“{said}”{also_zh}。",
        ),
        _evidence(opening, greeting, name),
    )


def _failed(
    call: Conversation,
    opening: Opening,
    told: OpeningFacts,
    greeting: Turn | None,
    *,
    name_ok: bool,
    recorded: KnownName | None,
    params: SelfIntroductionParams,
) -> Finding:
    name = told.name
    missing = params.require_greeting and greeting is None
    confidence = 0.88
    badly = badly_heard(call, opening, searched_for=False)
    if badly:
        confidence = _BADLY_HEARD_CAP
    # A name that could not be read may be there: only the greeting is surely missing.
    only_greeting = missing and told.greetless and not told.nameless
    if name_ok or (only_greeting and (badly or told.unread)):
        name_ok = True
        reason = "no_greeting_word"
        en, zh = "The agent opens without a greeting word", "客服开场没有问候语"
    elif name is None:
        reason = "no_name"
        en, zh = "The agent does not say a name in the opening", "客服在开场白中没有报姓名"
        if told.may_hold_name:
            confidence = min(confidence, _UNEXPLAINED_CAP)
    else:
        reason, only_en, only_zh = _PARTIAL[name.kind]
        also_en, also_zh = _contradiction(name, recorded)
        en = f"In the opening the agent says {only_en} (“{name.text.strip()}”){also_en}"
        zh = f"客服在开场白中{only_zh}（“{name.text.strip()}”）{also_zh}"
        confidence = min(confidence, 0.5 + 0.4 * name.confidence)
    if missing and not name_ok:
        en, zh = f"{en}, and no greeting word", f"{zh}，也没有问候语"
    found = _evidence(opening, greeting, name)
    return Finding(
        Outcome.FAIL,
        round(clamp(min(confidence, trust.FAIL_CAP) * trust.sureness(call)), 3),
        reason,
        LocalText(f"{en}.", f"{zh}。"),
        found if name is not None and not name_ok else (*found, _window(opening)),
    )
