"""Kind `never_say`: the agent says nothing of certain families, of their own.

Each hit is an act such as ``taboo_not_knowing``. What is quoted, negated, only supposed or said
back to the customer is no hit (`language.own_words`). Families come with a weight, a title and the
better sentence (rubrics/acts/families.yaml); a rubric can set them for families of its own.

A hit is milder by one step where the speaker offers help in the same breath and the family allows
it: "I don't know, but let me find out" is noted, not counted. Only a hit that was clearly heard
fails the call; damaged words, or a second reading of them that has no such hit, leave it open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from qa_pipeline.criteria import trust
from qa_pipeline.criteria.base import (
    About,
    Check,
    Finding,
    clamp,
    clock,
    evidence_of_act,
    evidence_of_turn,
    searched,
)
from qa_pipeline.criteria.families import Family, FamilyEntry, Severity, family_of
from qa_pipeline.criteria.placing import PlaceParams, placed_acts, stretch_of
from qa_pipeline.criteria.said import sentences_of
from qa_pipeline.domain.conversation import Act, Conversation
from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.rubric import LocalText
from qa_pipeline.domain.transcript import Word
from qa_pipeline.language.matching import Phrase, PhraseError, tokens
from qa_pipeline.language.own_words import Standing, helps, locate, standing
from qa_pipeline.language.sentences import Sentence

LEAST_SURE = 0.65  # of a hit that fails the call; families that depend on the matter stay below
LEAST_WORDS = 0.6  # mean probability of the words of a hit, and
LEAST_WORD = 0.3  # of the least of them
SAME_HIT_MS = 1_500  # the second reading has the hit within so much
MOST_UNCLEAR = 1 / 3  # share of the agent's words that may be unclear for a pass
_SHOWN = 4  # hits that the explanation tells
Heard = Literal["sure", "unsure"]


class NeverSayParams(PlaceParams):
    """What is not to be said, how bad it must be, and what is allowed all the same."""

    families: tuple[str, ...] = Field(
        min_length=1, description="acts that must not be found, such as taboo_not_knowing"
    )
    severity: Severity = Field(
        "minor", description="the least that counts: minor (all), or major only"
    )
    allow: tuple[str, ...] = Field(
        (), description="phrases that are allowed here although a family has them"
    )
    at_most: int = Field(0, ge=0, description="so many hits are let pass")
    about: dict[str, FamilyEntry] = Field(
        default_factory=dict,
        description="title, severity and better sentence, by family: for a desk's own families, "
        "or to change those that come with qa_pipeline",
    )

    @model_validator(mode="after")
    def _known(self) -> NeverSayParams:
        for phrase in self.allow:
            try:
                Phrase(phrase)
            except PhraseError as error:
                raise ValueError(str(error)) from error
        for name in self.about:
            if name not in self.families:
                raise ValueError(f"about: '{name}' is not among the families")
        return self


@dataclass(frozen=True, slots=True)
class Hit:
    """One find that the agent said of their own.

    `severity` is None where an offer of help took the edge off: it is noted, not counted.
    """

    act: Act
    family: Family
    severity: Severity | None
    heard: Heard


class NeverSayCheck(Check[NeverSayParams]):
    """The agent never says what the desk's rules forbid (H01-H07, H17, H21, N13-N16, B06, C01).

    Good: "Let me find that out for you."
    Bad: "I don't know." Not bad: "You said that you don't know ..."
    """

    kind = "never_say"
    params = NeverSayParams
    rests_on_words = False  # it fails for what was said: see `_heard`
    about: ClassVar[About] = About(
        looks_for=LocalText(
            "Wording that a desk does not want to hear from its agents, said of their own.",
            "客服自己说出了不该说的话（引用、否定、重复客户的话不算）。",
        ),
        good=LocalText("“Let me find out for you.”", "“我帮您查一下。”"),
        bad=LocalText("“No idea, sorry.”", "“这个我不清楚。”"),
    )
    reasons: ClassVar[Mapping[str, str]] = {
        "not_said": "nothing of the kind was said",
        "softened": "it was said, but with an offer of help in the same breath",
        "milder": "only something milder than what counts here was said",
        "within_limit": "it was said, but no more often than allowed",
        "said": "it was said",
        "perhaps_said": "it may have been said, but the words are not certain",
        **trust.REASONS,
    }

    def acts_of(self, params: NeverSayParams) -> frozenset[str]:
        """The families, and what the place is anchored to."""
        return frozenset(params.families) | params.anchor_acts()

    def describe(self, params: NeverSayParams) -> LocalText:
        """The families with their better sentences."""
        known = [(name, family_of(name, params.about)) for name in params.families]
        en = "; ".join(f"{f.title.en} (better: {f.better.en})" for _, f in known)
        zh = "；".join(f"{f.title.zh}（更好的说法：{f.better.zh}）" for _, f in known)
        return LocalText(f"The agent never says, of their own: {en}.", f"客服自己不说：{zh}。")

    def judge(self, call: Conversation, params: NeverSayParams) -> Finding:
        """The finding on one call."""
        if (unsure := trust.doubt(call)) is not None:
            return unsure
        hits = hits_of(call, params)
        counted = [h for h in hits if h.severity is not None and _counts(h.severity, params)]
        sure = [hit for hit in counted if hit.heard == "sure"]
        if len(sure) > params.at_most:
            best = max(hit.act.confidence for hit in sure)
            return _finding(call, Outcome.FAIL, best, "said", sure)
        if len(counted) > params.at_most:
            return _finding(call, Outcome.UNDETERMINED, 0.7, "perhaps_said", counted)
        return _absent(call, params, hits, counted)


def hits_of(call: Conversation, params: NeverSayParams) -> tuple[Hit, ...]:
    """Every find that the agent said of their own, in order of time; one per stretch of words.

    Where two families share words, the graver one is kept.
    """
    acts = placed_acts(call, params.families, Role.AGENT, params)
    if not acts:
        return ()
    sentences = sentences_of(call)
    again = call.read_again()
    found = [hit for act in acts for hit in _hit(call, again, act, sentences, params)]
    kept: list[Hit] = []
    for hit in sorted(found, key=_gravest_first):
        if not any(_overlap(hit.act, other.act) for other in kept):
            kept.append(hit)
    return tuple(sorted(kept, key=lambda hit: hit.act.start_ms))


def _hit(
    call: Conversation,
    again: Conversation | None,
    act: Act,
    sentences: tuple[Sentence, ...],
    params: NeverSayParams,
) -> Iterator[Hit]:
    place = locate(act, sentences)
    if place is None or _allowed(act, params):
        return
    if standing(place, call.language) is not Standing.OWN:
        return
    family = family_of(act.kind, params.about)
    severity: Severity | None = family.severity
    if family.mends and helps(place, call.language):
        severity = "minor" if severity == "major" else None
    yield Hit(act, family, severity, _heard(call, again, act))


def _heard(call: Conversation, again: Conversation | None, act: Act) -> Heard:
    """Whether a hit was heard clearly enough to hold it against somebody."""
    words = _words(call, act)
    unclear = bool(words) and (
        sum(word.probability for word in words) / len(words) < LEAST_WORDS
        or min(word.probability for word in words) < LEAST_WORD
    )
    by_sound = act.method in ("phonetic", "encoder")
    lost = again is not None and not any(
        abs(other.start_ms - act.start_ms) <= SAME_HIT_MS
        for other in again.acts_of(act.kind, role=act.role)
    )
    weak = act.confidence < LEAST_SURE
    return "unsure" if unclear or by_sound or lost or weak else "sure"


def _words(call: Conversation, act: Act) -> list[Word]:
    return [
        word
        for turn in call.turns_of(act.role)
        if turn.end_ms > act.start_ms and turn.start_ms < act.end_ms
        for word in turn.words
        if word.end_ms > act.start_ms and word.start_ms < act.end_ms
    ]


def _allowed(act: Act, params: NeverSayParams) -> bool:
    said = tokens(act.text)
    return any(Phrase(phrase).find(said) is not None for phrase in params.allow)


def _counts(severity: Severity, params: NeverSayParams) -> bool:
    return params.severity == "minor" or severity == "major"


def _gravest_first(hit: Hit) -> tuple[int, int, int]:
    order = {"major": 0, "minor": 1, None: 2}
    return order[hit.severity], hit.act.start_ms, -hit.act.end_ms


def _overlap(one: Act, other: Act) -> bool:
    return one.start_ms < other.end_ms and other.start_ms < one.end_ms


def _absent(
    call: Conversation, params: NeverSayParams, hits: tuple[Hit, ...], counted: list[Hit]
) -> Finding:
    """The finding where nothing counts: what is left is noted, or was not understood."""
    start_ms, end_ms = stretch_of(call, params)
    stretch = searched(start_ms, end_ms, Role.AGENT)
    unclear = trust.unclear_turns(call, Role.AGENT, start_ms, end_ms)
    lost = sum(len(turn.words) for turn in unclear)
    total = sum(len(turn.words) for turn in call.turns_of(Role.AGENT))
    if total and lost > MOST_UNCLEAR * total:
        return Finding(
            Outcome.UNDETERMINED,
            0.7,
            "speech_unclear",
            LocalText(
                "Nothing of the kind was heard, but too much of the agent could not be understood.",
                "没有听到这类说法，但客服有太多的话没有听清。",
            ),
            (*(evidence_of_turn(turn) for turn in unclear), stretch),
        )
    if hits:
        reason = "within_limit" if counted else "softened"
        if not counted and any(hit.severity is not None for hit in hits):
            reason = "milder"
        found = _finding(call, Outcome.PASS, trust.WORDS_CAP, reason, list(hits))
        return replace(found, evidence=(*found.evidence, stretch))
    return Finding(
        Outcome.PASS,
        clamp(trust.WORDS_CAP * trust.sureness(call) * (1 - lost / max(1, total) / 2)),
        "not_said",
        LocalText("The agent said nothing of the kind.", "客服没有说过这类话。"),
        (stretch, *(evidence_of_turn(turn) for turn in unclear)),
    )


_TOLD = {
    "said": LocalText("The agent said what is never said", "客服说了不该说的话"),
    "perhaps_said": LocalText(
        "The agent may have said what is never said", "客服可能说了不该说的话，但听得不够清楚"
    ),
    "softened": LocalText(
        "Noted only, since help was offered at once", "仅作提示，因为客服随即提供了帮助"
    ),
    "milder": LocalText("Noted only, since it is too mild to count", "仅作提示，程度较轻"),
    "within_limit": LocalText("Said, but not too often", "说过，但没有超过允许的次数"),
}


def _finding(
    call: Conversation, outcome: Outcome, confidence: float, reason: str, hits: list[Hit]
) -> Finding:
    shown, more = hits[:_SHOWN], len(hits) - _SHOWN
    en = "; ".join(
        f"{clock(h.act.start_ms)} “{h.act.text}” ({h.family.title.en}, {_degree(h).en}), "
        f"better: “{h.family.better.en}”"
        for h in shown
    )
    zh = "；".join(
        f"{clock(h.act.start_ms)}“{h.act.text}”（{h.family.title.zh}，{_degree(h).zh}），"
        f"更好的说法：“{h.family.better.zh}”"
        for h in shown
    )
    told = _TOLD[reason]
    also = LocalText(f"; and {more} more", f"；另外还有{more}处") if more > 0 else LocalText("", "")
    return Finding(
        outcome,
        clamp(confidence * trust.sureness(call), high=trust.FAIL_CAP),
        reason,
        LocalText(f"{told.en}: {en}{also.en}.", f"{told.zh}：{zh}{also.zh}。"),
        tuple(evidence_of_act(hit.act) for hit in hits),
    )


def _degree(hit: Hit) -> LocalText:
    if hit.severity is None:
        return LocalText("softened", "已缓和")
    return LocalText(hit.severity, "严重" if hit.severity == "major" else "轻微")
