"""Kind ``name_use``: the agent addresses the customer by name often enough."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

from pydantic import Field

from qa_pipeline.criteria import trust
from qa_pipeline.criteria.base import About, Check, Finding, Params, clamp, clock, searched
from qa_pipeline.criteria.name_facts import (
    SURE,
    chance_of_at_least,
    dark_clauses,
    name_room,
    names_of,
    repeated_dark_ends,
    voices_mixed,
)
from qa_pipeline.domain.conversation import Conversation, KnownName
from qa_pipeline.domain.evaluation import Evidence, Outcome
from qa_pipeline.domain.names import Mention
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.rubric import LocalText
from qa_pipeline.language.name_called_en import names_perhaps_en
from qa_pipeline.language.name_reading import is_given, is_surname
from qa_pipeline.language.name_repeated import may_be_calls_zh
from qa_pipeline.language.name_uses import chance, chance_read

_PASS_BASE = 0.95
# How probable it must be that the uses are enough to say so, and how improbable to deny it. Of 152
# made calls ten lay between 0.02 and 0.9, and in nine of them the name was used often enough: who
# uses a name once in a garbled form mostly does so again.
_ENOUGH = {"en": 0.38, "zh": 0.6}
_LEAST_SURE = 0.6  # of a pass: so it was with nine of those ten
_TOO_FEW = {"en": 0.05, "zh": 0.08}
# All but one use certain, and one more likely than this: of 229 hearings of 110 made Mandarin calls
# ten had such a use below 0.6, and in nine the name was used often enough.
_ONE_SHORT = {"zh": 0.25}
# The mean probability of the agent's words. Of 78 English and 74 Mandarin calls, those below it
# hid 0.7 of the uses of the name, those between it and 0.75 one in seven.
_UNCLEAR_SPEECH = 0.66
_NEARLY = 0.3  # so much is wanting of a use that counts as found: two of 0.85 are two
_LOST_SPEECH = 0.5
_UNREAD_NAME = 0.7  # that an unread name is not used, where nothing sounds like a call of somebody
# Of 90 made English calls those with fewer uses than heard ended in such words in .3 of the
# agent's clauses and more, those truly without in .24 at most.
_MOST_DARK = 0.27
# Where the name is unknown: above this clearness words that may be names are mostly read as such.
_CLEAR_SPEECH = 0.85
_PERHAPS_NAME, _PERHAPS_LOST = 0.5, 0.1
_UNKNOWN_CAP = 0.75
_TWICE = 2
_LISTED = 0.5  # how probable a use must be to be told among enough


class NameUseParams(Params):
    """How many uses are enough (rule H26: three)."""

    minimum: int = Field(3, ge=1, description="how many uses of the name are enough")


class NameUse(Check[NameUseParams]):
    """The agent uses the customer's name at least `minimum` times, in any form (rule H26).

    Passes: "Thank you, Ms. Brown … Patricia, … Mrs. Brown", 王先生 three times.
    Fails: "ma'am" and 先生 alone, the agent's own name, a colleague's, K-I-N-G spelled.
    """

    kind = "name_use"
    params = NameUseParams
    about: ClassVar[About] = About(
        looks_for=LocalText(
            "How often the agent uses the customer's name: first name, surname, full name.",
            "客服称呼客户姓名的次数，任何形式都算：王先生、李女士、全名。",
        ),
        good=LocalText(
            '"Thank you, Ms. Brown." ... "One thing more, Ms. Brown." ... "Goodbye, Ms. Brown."',
            "“好的，王先生。”……“王先生，还有一点。”……“王先生再见。”",
        ),
        bad=LocalText(
            "\"Thank you, ma'am. Goodbye, ma'am.\"",
            "“好的，先生。先生再见。”",
        ),
    )
    reasons: ClassVar[Mapping[str, str]] = {
        **trust.REASONS,
        "enough": "the name is used often enough",
        "too_few": "the name is used too seldom",
        "uses_unsure": "it depends on words that may or may not be the customer's name",
        "name_unknown": "the customer's name never becomes known",
    }

    def judge(self, call: Conversation, params: NameUseParams) -> Finding:
        """The finding on one call; see the class."""
        doubt = trust.doubt(call)
        if doubt is not None:
            return doubt
        window = trust.agent_window(call, call.turns_of(Role.AGENT))
        known = names_of(call)
        names, found = known.names, known.uses
        likely = chance_of_at_least(params.minimum, map(chance, found))
        uses = tuple(use for use in found if chance(use) >= SURE)
        one_short = call.has_audio and len(uses) == params.minimum - 1
        enough, least = _ENOUGH[call.language], _LISTED
        if one_short and call.language in _ONE_SHORT:
            enough = least = _ONE_SHORT[call.language]
        told = tuple(use for use in found if chance(use) >= least)
        # Each of them has to be shown: a pass without enough uses to hear convinces nobody.
        if likely >= enough and len(told) >= params.minimum:
            return _enough(call, told, likely, names[0])
        if likely > _TOO_FEW[call.language]:
            return _unsure(found, len(uses), params.minimum)
        if not names or (call.has_audio and _hardly_known(call.language, names, found)):
            return _unknown(call, uses, params.minimum, window)
        # By the words alone: what they miss was counted without the sound.
        if _hides(call, params.minimum - int(sum(map(chance_read, found)) + _NEARLY)):
            return _unclear(uses, window)
        return _too_few(call, _Few(uses, len(found), likely, names[0]), params.minimum, window)


def _unknown(
    call: Conversation, uses: tuple[Mention, ...], minimum: int, window: tuple[int, int]
) -> Finding:
    """No name to look for: in a transcript nobody told one; in a recording it may be misread."""
    if call.has_audio and _hardly_called(call, minimum):
        return _called_by_none(call, uses, minimum, window)
    if call.has_audio and _may_be_used(call):
        return Finding(
            Outcome.UNDETERMINED,
            0.7,
            "name_unknown",
            LocalText(
                "No record has the customer's name and none was read in the call, so its use "
                "cannot be told.",
                "系统没有记录客户姓名，通话中也没有识别出来，无法判断是否称呼了客户。",
            ),
            (searched(*window, Role.AGENT),),
        )
    return Finding(
        Outcome.FAIL,
        round((_UNREAD_NAME if call.has_audio else 0.8) * trust.sureness(call), 3),
        "name_unknown",
        LocalText(
            "The customer's name never becomes known, so the agent cannot use it.",
            "整通电话中客服都没有得知客户的姓名，也就没有使用。",
        ),
        (searched(*window, Role.AGENT),),
    )


def _may_be_used(call: Conversation) -> bool:
    """Whether a name that nobody could read may be used often enough all the same.

    In Mandarin it is not where no place in clear speech can be a call of anybody: who calls the
    customer by a name that was not read knows it.
    """
    if call.language != "zh" or _clearness(call) < _UNCLEAR_SPEECH:
        return True
    return name_room(call) + may_be_calls_zh(call.turns_of(Role.AGENT)) > 0


def _hardly_known(language: str, names: tuple[KnownName, ...], found: tuple[Mention, ...]) -> bool:
    """Whether the name itself is too unsure to say how often it is not used.

    It is known only from the agent's use of it: in Mandarin one syllable that was heard once, in
    English a word that is no listed name and was not heard behind a title twice.
    """
    if any(name.source != "address" for name in names):
        return False
    if language == "zh":
        return len(found) < _TWICE and all(name.given is None for name in names)
    if sum(use.certain and use.form == "title" for use in found) >= _TWICE:
        return False
    parts = [part.lower() for n in names for part in (n.family, n.given) if part]
    return not any(is_given(part) or is_surname(part) for part in parts)


def _hides(call: Conversation, missing: int) -> bool:
    """Whether the agent's speech is so unclear that the missing uses may be in it.

    In Mandarin, where a title or a whole name is called out at the border of a clause, unclear
    stretches in mid-clause hold none; see `name_room`.
    """
    if call.language == "zh" and call.has_audio:
        if voices_mixed(call):
            return True
        return _clearness(call) < _LOST_SPEECH or name_room(call) >= missing
    if _clearness(call) < _UNCLEAR_SPEECH or _names_lost(call):
        return True
    return call.has_audio and repeated_dark_ends(call.turns_of(Role.AGENT)) >= missing


def _names_lost(call: Conversation) -> bool:
    """Whether so many clauses end in words that were hardly heard that names went with them."""
    dark, clauses = dark_clauses(call.turns_of(Role.AGENT))
    return call.language == "en" and dark > _MOST_DARK * clauses


def _hardly_called(call: Conversation, minimum: int) -> bool:
    """Whether the agent was heard well and called nobody so often, whatever the name may be."""
    if call.language != "en" or _clearness(call) < _CLEAR_SPEECH:
        return False
    own = call.turns_of(Role.AGENT)
    dark, _ = dark_clauses(own)
    chances = [_PERHAPS_NAME] * names_perhaps_en(own) + [_PERHAPS_LOST] * dark
    return chance_of_at_least(minimum, chances) <= _TOO_FEW[call.language]


def _called_by_none(
    call: Conversation, uses: tuple[Mention, ...], minimum: int, window: tuple[int, int]
) -> Finding:
    return Finding(
        Outcome.FAIL,
        round(clamp(_UNKNOWN_CAP * trust.sureness(call)), 3),
        "too_few",
        LocalText(
            "The customer's name is not known for certain, but the agent's words hold nothing "
            f"that can be a name {minimum} times.",
            f"客户的姓名不能确定，但客服的话中没有{minimum}次可能是姓名的称呼。",
        ),
        _listed(uses) or (searched(*window, Role.AGENT),),
    )


def _clearness(call: Conversation) -> float:
    """The mean probability of the agent's words, else of all that was recognised."""
    words = [word for turn in call.turns_of(Role.AGENT) for word in turn.words]
    return sum(word.probability for word in words) / len(words) if words else call.speech_confidence


def _listed(uses: tuple[Mention, ...]) -> tuple[Evidence, ...]:
    return tuple(Evidence(u.start_ms, u.end_ms, Role.AGENT, u.text) for u in uses)


def _enough(
    call: Conversation, uses: tuple[Mention, ...], likely: float, name: KnownName
) -> Finding:
    known = 1.0 if name.source != "address" else max(0.8, name.confidence)
    confidence = _PASS_BASE * max(_LEAST_SURE, min(1.0, likely)) * known * trust.sureness(call)
    said = ", ".join(dict.fromkeys(use.text for use in uses))
    unread_en, unread_zh = _by_sound(uses)
    return Finding(
        Outcome.PASS,
        round(clamp(confidence), 3),
        "enough",
        LocalText(
            f"The agent uses the customer's name {len(uses)} times ({said}){unread_en}.",
            f"客服{len(uses)}次称呼客户的姓名（{said.replace(', ', '、')}）{unread_zh}。",
        ),
        _listed(uses),
    )


def _by_sound(uses: tuple[Mention, ...]) -> tuple[str, str]:
    """What to add in both languages where uses were not read: they only sound like one that was."""
    count = sum(use.score == 0.0 for use in uses)
    if not count:
        return "", ""
    return f"; {count} of them by the sound alone", f"，其中{count}次只凭声音认出"


def _unsure(found: tuple[Mention, ...], certain: int, minimum: int) -> Finding:
    """Uses that may be some or may be something else decide: a person has to listen."""
    times = len(found)
    return Finding(
        Outcome.UNDETERMINED,
        0.6,
        "uses_unsure",
        LocalText(
            f"The agent uses the customer's name {certain} times for certain and perhaps "
            f"{times} times; {minimum} uses are asked for.",
            f"能确定客服称呼了客户姓名{certain}次，可能有{times}次，要求至少{minimum}次。",
        ),
        _listed(found),
    )


def _unclear(uses: tuple[Mention, ...], window: tuple[int, int]) -> Finding:
    return Finding(
        Outcome.UNDETERMINED,
        0.6,
        "speech_unclear",
        LocalText(
            f"The agent uses the name {len(uses)} times for certain, but the speech is too "
            "unclear to rule out more.",
            f"能确定客服称呼了{len(uses)}次，但语音不清，不能排除还有。",
        ),
        _listed(uses) or (searched(*window, Role.AGENT),),
    )


class _Few(NamedTuple):
    """The certain uses of a name, and how probable it is that there are enough all the same.

    `times` counts the merely probable ones too.
    """

    uses: tuple[Mention, ...]
    times: int
    likely: float
    name: KnownName


def _too_few(call: Conversation, told: _Few, minimum: int, window: tuple[int, int]) -> Finding:
    uses, times = told.uses, len(told.uses)
    confidence = trust.FAIL_CAP - (0.12 if minimum - told.times <= 1 else 0.0)
    times_en = {0: "never", 1: "once", 2: "twice"}.get(times, f"{times} times")
    where = f", at {' and '.join(clock(u.start_ms) for u in uses)}" if uses else ""
    count_zh = f"只称呼了{times}次" if uses else "一次也没有称呼"
    unread_en, unread_zh = _by_sound(uses)
    return Finding(
        Outcome.FAIL,
        round(clamp(confidence * (1.0 - told.likely) * trust.sureness(call)), 3),
        "too_few",
        LocalText(
            f"The agent uses the customer's name ({told.name.text}) {times_en}{where}"
            f"{unread_en}; {minimum} uses are asked for.",
            f"客服{count_zh}客户的姓名（{told.name.text}）{unread_zh}，要求至少{minimum}次。",
        ),
        _listed(uses) or (searched(*window, Role.AGENT),),
    )
