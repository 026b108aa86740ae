"""Kind `ring_count`: answered before too many rings had begun."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from pydantic import Field

from qa_pipeline.acoustics.tone_plans import TONE_PLANS, CountryTones, plan_of
from qa_pipeline.criteria.base import About, Check, Finding, Params, clamp, searched
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Evidence, Outcome
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.rubric import LocalText
from qa_pipeline.domain.timeline import Ringback

RECORDED = 0.97  # the phone system counted the rings
RECORDED_TIME = 0.94  # the phone system timed them: the cycle is the country's
ASSUMED_COUNTRY = 0.8  # ... and the country is only assumed from the language
ASSUMED_NEAR_LIMIT = 0.6  # ... and one ring more or less decides
RECORD_SLACK_MS = 1_500  # a record may be cut to whole seconds, and start at the switch's answer
CONTRADICTED = 0.75  # record and audio differ: the record ranks higher, a person should look
CUT_RINGING = 0.65  # the recorder started inside a ring
UNHEARD_RINGS = 1


class RingCountParams(Params):
    """`max_rings`: how many rings may begin before the answer."""

    max_rings: int = Field(3, ge=1, description="how many rings may begin before the answer")


@dataclass(frozen=True, slots=True)
class _Fact:
    """What one source says: in time or not, how sure, and the words for it."""

    passed: bool
    confidence: float
    en: str
    zh: str


class RingCountCheck(Check[RingCountParams]):
    """The call is answered before ring ``max_rings + 1`` begins (H22, B01, P01).

    Good: two rings, then "Good morning, ...".
    Bad: the fourth ring has begun when somebody answers.
    """

    kind = "ring_count"
    rests_on_words = False
    params = RingCountParams
    about: ClassVar[About] = About(
        looks_for=LocalText(
            "How many rings had begun when the call was answered, as recorded or heard.",
            "电话接起之前响了几声，以电话系统的记录或录音中听到的铃声为准。",
        ),
        good=LocalText(
            '(two rings) "Good morning, Harbour Gas."',
            "（响铃两声）“您好，港湾燃气。”",
        ),
        bad=LocalText(
            '(five rings) "Sorry, we\'re busy today."',
            "（响铃五声）“不好意思，今天比较忙。”",
        ),
    )
    reasons: ClassVar[Mapping[str, str]] = {
        "in_time": "answered within the allowed rings",
        "too_late": "more than the allowed rings had begun",
        "record_and_audio_differ": "the phone system and the audio disagree; the record decides",
        "musical_ringback": "the caller heard music instead of a ringing tone",
        "cut_ringing": "the recorder started inside the ringing, so that rings are missing",
        "country_unsure": "the answer depends on the country's ring cycle, which is not known",
        "no_ringing": "neither the phone system nor the audio tells of any ringing",
    }

    def judge(self, call: Conversation, params: RingCountParams) -> Finding:
        """The finding on one call."""
        ringing = pickup_ringing(call)
        recorded = _recorded(call, params.max_rings, ringing)
        heard = _heard(ringing, params.max_rings)
        evidence = (_evidence(call, ringing),)
        if recorded is not None:
            differ = _more_heard(call, ringing)
            return _with_record(recorded, heard, differ, evidence)
        if heard is not None:
            return _finding(heard, evidence)
        return _unknown(call, ringing, params, evidence)


def pickup_ringing(call: Conversation) -> Ringback | None:
    """The ringing before the conversation; a ring in mid-call (a transfer) is none."""
    persons = [turn.start_ms for turn in call.turns]
    first_word = min(persons, default=call.duration_ms)
    # A greeting that overlaps the last ring's detected end is still after it.
    before = [r for r in call.ringbacks if r.start_ms <= first_word]
    return before[-1] if before else None


def _plan(call: Conversation, ringing: Ringback | None) -> tuple[CountryTones | None, bool]:
    """Whose ring cycle holds, and whether that is known: said or heard, not just assumed."""
    if call.country_source in ("metadata", "configuration"):
        return plan_of(call.country), True
    heard = plan_of(ringing.country) if ringing is not None else None
    return (heard, True) if heard is not None else (plan_of(call.country), False)


def _more_heard(call: Conversation, ringing: Ringback | None) -> bool:
    """Whether more ringing is heard than the record has room for.

    Less proves nothing: a recorder may start late.
    """
    if ringing is None or not ringing.rings:
        return False
    data = call.metadata
    if data.ring_count is not None:
        return ringing.rings > data.ring_count
    heard_ms = ringing.end_ms - ringing.start_ms
    return data.ring_seconds is not None and heard_ms > 1000 * data.ring_seconds + RECORD_SLACK_MS


def _recorded(call: Conversation, max_rings: int, ringing: Ringback | None) -> _Fact | None:
    data = call.metadata
    if data.ring_count is not None:
        passed = data.ring_count <= max_rings
        return _Fact(
            passed,
            RECORDED,
            f"The phone system counted {_rings(data.ring_count)}; {max_rings} are allowed.",
            f"电话系统记录响铃{data.ring_count}声，标准为{max_rings}声以内。",
        )
    if data.ring_seconds is None:
        return None
    plan, known = _plan(call, ringing)
    seconds = data.ring_seconds
    cycles = {p.cycle_ms for p in TONE_PLANS.values()}
    verdicts = {seconds * 1000 < max_rings * cycle for cycle in cycles}
    if len(verdicts) == 1:  # the same in every country
        passed, confidence = verdicts.pop(), 0.95
    elif plan is None:
        return None
    else:
        passed = seconds * 1000 < max_rings * plan.cycle_ms
        confidence = RECORDED_TIME if known else ASSUMED_COUNTRY
        over_ms = abs(seconds * 1000 - max_rings * plan.cycle_ms)
        if not known and over_ms < plan.cycle_ms:
            confidence = ASSUMED_NEAR_LIMIT
        # Near the border a rounded record could fall on either side.
        if over_ms < 500:
            confidence -= 0.2
    limit = f"{max_rings * plan.cycle_ms / 1000:g}" if plan else "?"
    where = plan.country if plan else "-"
    return _Fact(
        passed,
        confidence,
        f"The phone system noted {seconds:g} s of ringing; ring {max_rings + 1} would begin "
        f"after {limit} s ({where}).",
        f"电话系统记录响铃{seconds:g}秒；第{max_rings + 1}声从{limit}秒开始（{where}）。",
    )


def _heard(ringing: Ringback | None, max_rings: int) -> _Fact | None:
    if ringing is None or ringing.musical or ringing.rings is None:
        return None
    count = ringing.rings
    if count > max_rings:
        return _Fact(
            False,
            clamp(ringing.confidence, high=0.9),
            f"At least {_rings(count)} are heard before the answer; {max_rings} are allowed.",
            f"接听前听到至少{count}声响铃，标准为{max_rings}声以内。",
        )
    if ringing.first_cut:
        # The recorder started inside a ring. It starts with the call, a moment late, far more often
        # than rings late: one ring more than is heard is allowed for, more cannot be known.
        if count + UNHEARD_RINGS > max_rings:
            return None
        return _Fact(
            True,
            clamp(ringing.confidence, high=CUT_RINGING),
            f"{_rings(count).capitalize()} {'is' if count == 1 else 'are'} heard before the "
            "answer; the recording starts inside the first.",
            f"接听前听到{count}声响铃，录音从第一声中途开始。",
        )
    return _Fact(
        True,
        clamp(ringing.confidence, high=0.92),
        f"{_rings(count).capitalize()} {'is' if count == 1 else 'are'} heard before the answer.",
        f"接听前听到{count}声响铃。",
    )


def _with_record(
    recorded: _Fact, heard: _Fact | None, more_heard: bool, evidence: tuple[Evidence, ...]
) -> Finding:
    if heard is None or (heard.passed is recorded.passed and not more_heard):
        agreed = recorded if heard is None else _raised(recorded)
        return _finding(agreed, evidence)
    return Finding(
        Outcome.PASS if recorded.passed else Outcome.FAIL,
        min(CONTRADICTED, recorded.confidence),
        "record_and_audio_differ",
        LocalText(
            f"{recorded.en} The audio says otherwise: {heard.en}",
            f"{recorded.zh}但录音与此不符：{heard.zh}",
        ),
        evidence,
    )


def _raised(fact: _Fact) -> _Fact:
    return _Fact(fact.passed, max(fact.confidence, 0.95), fact.en, fact.zh)


def _finding(fact: _Fact, evidence: tuple[Evidence, ...]) -> Finding:
    return Finding(
        Outcome.PASS if fact.passed else Outcome.FAIL,
        fact.confidence,
        "in_time" if fact.passed else "too_late",
        LocalText(fact.en, fact.zh),
        evidence,
    )


def _unknown(
    call: Conversation,
    ringing: Ringback | None,
    params: RingCountParams,
    evidence: tuple[Evidence, ...],
) -> Finding:
    if call.metadata.ring_seconds is not None:
        reason = "country_unsure"
        en = (
            f"The phone system noted {call.metadata.ring_seconds:g} s of ringing, but how many "
            "rings that is depends on the country, which is not known."
        )
        zh = f"电话系统记录响铃{call.metadata.ring_seconds:g}秒，但国家未知，无法换算成响铃次数。"
    elif ringing is not None and ringing.musical:
        reason = "musical_ringback"
        en = "The caller heard music instead of a ringing tone, so the rings cannot be counted."
        zh = "来电方听到的是彩铃而不是回铃音，无法计算响铃次数。"
    elif ringing is not None:
        reason = "cut_ringing"
        en = (
            f"The recording starts inside the ringing; {_rings(ringing.rings or 0)} are heard, "
            f"but more than {params.max_rings} may have passed."
        )
        zh = f"录音从响铃中途开始，听到{ringing.rings or 0}声，但实际可能超过{params.max_rings}声。"
    else:
        reason = "no_ringing"
        en = "The recording holds no ringing and the phone system noted none."
        zh = "录音中没有响铃，电话系统也没有记录。"
    return Finding(Outcome.UNDETERMINED, 0.9, reason, LocalText(en, zh), evidence)


def _evidence(call: Conversation, ringing: Ringback | None) -> Evidence:
    if ringing is not None:
        what = "music" if ringing.musical else _rings(ringing.rings or 0)
        return Evidence(ringing.start_ms, ringing.end_ms, Role.LINE, what)
    first_word = min((turn.start_ms for turn in call.turns), default=call.duration_ms)
    noted = call.metadata.ring_count is not None or call.metadata.ring_seconds is not None
    return searched(0, first_word, Role.LINE, "phone system's record" if noted else "")


def _rings(count: int) -> str:
    return "1 ring" if count == 1 else f"{count} rings"
