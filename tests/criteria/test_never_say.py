from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml
from never_say_sources import (
    FAMILIES,
    conversation,
    harper_valley,
    hits,
    sample_scripts,
    scenarios,
    timed,
    wordings,
)
from pydantic import ValidationError

from qa_pipeline.criteria import kind
from qa_pipeline.criteria.families import family_of, shipped_families
from qa_pipeline.criteria.never_say import NeverSayParams, hits_of
from qa_pipeline.domain.conversation import Conversation, Reading
from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.timeline import Hold
from qa_pipeline.domain.transcript import Turn, Word

HERE = Path(__file__).parent
LINES: dict[str, dict[str, list[str]]] = yaml.safe_load(
    (HERE / "never_say_lines.yaml").read_text(encoding="utf-8")
)
LABELLED: list[dict[str, Any]] = yaml.safe_load(
    (HERE / "never_say_hits.yaml").read_text(encoding="utf-8")
)["hits"]
_BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data" / "harper_valley"
HARPER_VALLEY = Path(os.environ.get("QA_PIPELINE_HARPER_VALLEY", str(_BESIDE)))
_OPENS = {"en": "Alright.", "zh": "嗯，好。"}


def said(text: str, language: str = "en", before: str = "") -> Conversation:
    opening = before or _OPENS[language]
    return conversation(
        "x", language, timed([(Role.CUSTOMER, opening), (Role.AGENT, text)], language)
    )


def judged(call: Conversation, **params: Any) -> Any:
    return kind("never_say").judge(call, NeverSayParams(**{"families": FAMILIES, **params}))


@pytest.mark.parametrize(
    ("language", "family", "text"),
    [
        (language, family, text)
        for language, families in LINES.items()
        for family, texts in families.items()
        if family != "none"
        for text in texts
    ],
)
def test_each_family_is_found(language: str, family: str, text: str) -> None:
    params = NeverSayParams(families=(family,))
    assert [hit.family.name for hit in hits_of(said(text, language), params)] == [family]


@pytest.mark.parametrize(
    ("language", "text"), [(lang, text) for lang in LINES for text in LINES[lang]["none"]]
)
def test_what_comes_near_is_no_hit(language: str, text: str) -> None:
    assert hits_of(said(text, language), NeverSayParams(families=FAMILIES)) == ()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_family_has_lines_in_both_languages(language: str) -> None:
    assert set(LINES[language]) == {*FAMILIES, "none"}


def _read() -> Iterator[tuple[str, Conversation]]:
    return chain(sample_scripts(), wordings(), scenarios())


def test_precision_over_every_hit_that_was_read() -> None:
    labels = {(row["source"], row["family"], row["text"]): row["label"] for row in LABELLED}
    current = [
        (source, hit.family.name, hit.act.text.replace('"', "'"))
        for source, hit, _ in hits(_read())
    ]
    unread = [one for one in current if one not in labels]
    assert not unread, f"read these hits and label them in never_say_hits.yaml: {unread}"
    right = sum(labels[one] == "right" for one in current)
    assert len(current) >= 20
    assert right / len(current) >= 0.95


@pytest.mark.skipif(not HARPER_VALLEY.is_dir(), reason="the conversations are not here")
def test_real_conversations_have_no_false_hit() -> None:
    labels = {(row["source"], row["text"]) for row in LABELLED if row["label"] == "right"}
    swap = {Role.AGENT: Role.CUSTOMER, Role.CUSTOMER: Role.AGENT}
    calls = list(harper_valley(HARPER_VALLEY))
    swapped = [
        (
            f"{name}/swapped",
            conversation(name, "en", [replace(t, role=swap[t.role]) for t in c.turns]),
        )
        for name, c in calls
    ]
    found = [(source, hit.act.text) for source, hit, _ in hits(iter(calls + swapped))]
    assert [one for one in found if one not in labels] == []
    assert len(calls) >= 36


def test_a_fail_tells_time_family_weight_and_the_better_sentence() -> None:
    finding = judged(said("No idea. That's not my department."))
    assert (finding.outcome, finding.reason) == (Outcome.FAIL, "said")
    assert [e.text for e in finding.evidence] == ["No idea", "That's not my department"]
    assert "0:01" in finding.explanation.en and "not my job, major" in finding.explanation.en
    assert family_of("taboo_not_my_job").better.en in finding.explanation.en
    assert family_of("taboo_not_my_job").better.zh in finding.explanation.zh
    assert finding.confidence <= 0.88


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I don't know that offhand, but let me find out for you.", "en"),
        ("I'm not sure. I'll ask my colleague in the warehouse.", "en"),
        ("这个我不太清楚，我马上帮您问一下。", "zh"),
        ("我们不能直接退现金，不过可以帮您退到卡里。", "zh"),
        ("We can't refund it in cash, what I can do is send you a voucher.", "en"),
    ],
)
def test_help_in_the_same_breath_is_noted_not_counted(text: str, language: str) -> None:
    params = {"families": ("taboo_not_knowing", "taboo_bare_refusal")}
    finding = judged(said(text, language), **params)
    assert (finding.outcome, finding.reason) == (Outcome.PASS, "softened")
    assert finding.evidence[0].text in text


def test_help_after_the_customer_has_spoken_mends_nothing() -> None:
    lines = [
        (Role.CUSTOMER, "When will it arrive?"),
        (Role.AGENT, "I don't know."),
        (Role.CUSTOMER, "Well, could you have a look then?"),
        (Role.AGENT, "Let me check that for you."),
    ]
    call = conversation("x", "en", timed(lines, "en"))
    assert judged(call, families=("taboo_not_knowing",)).outcome is Outcome.FAIL


def test_a_grave_word_is_only_made_milder() -> None:
    call = said("That's not my department, but let me get the right person for you.")
    assert judged(call, families=("taboo_not_my_job",)).outcome is Outcome.FAIL
    mild = judged(call, families=("taboo_not_my_job",), severity="major")
    assert (mild.outcome, mild.reason) == (Outcome.PASS, "milder")


def test_words_said_back_are_the_customers() -> None:
    before = "The letter just says that's out of the question."
    assert hits_of(said("That's out of the question?", "en", before),
                   NeverSayParams(families=FAMILIES)) == ()  # fmt: skip
    assert hits_of(said("That's out of the question?"), NeverSayParams(families=FAMILIES))


def test_the_customer_may_say_it() -> None:
    lines = [(Role.AGENT, "Good morning."), (Role.CUSTOMER, "I don't know, that's not my fault.")]
    assert judged(conversation("x", "en", timed(lines, "en"))).reason == "not_said"


def _with_words(call: Conversation, probability: float) -> Conversation:
    def worded(turn: Turn) -> Turn:
        texts = turn.text.split()
        step = (turn.end_ms - turn.start_ms) // len(texts)
        words = tuple(
            Word(turn.start_ms + i * step, turn.start_ms + (i + 1) * step, t, probability)
            for i, t in enumerate(texts)
        )
        return replace(turn, words=words)

    turns = tuple(worded(turn) for turn in call.turns)
    return conversation(call.call_id, call.language, turns)


@pytest.mark.parametrize(
    ("probability", "outcome", "reason"),
    [(0.95, Outcome.FAIL, "said"), (0.5, Outcome.UNDETERMINED, "perhaps_said")],
)
def test_damaged_words_are_held_against_nobody(
    probability: float, outcome: Outcome, reason: str
) -> None:
    call = _with_words(said("well I really don't know when it arrives"), probability)
    finding = judged(call, families=("taboo_not_knowing",))
    assert (finding.outcome, finding.reason) == (outcome, reason)


def test_too_much_unclear_talk_is_no_pass() -> None:
    call = _with_words(said("we have it in stock in blue and in red"), 0.4)
    finding = judged(call)
    assert (finding.outcome, finding.reason) == (Outcome.UNDETERMINED, "speech_unclear")


def test_a_second_reading_without_the_hit_leaves_it_open() -> None:
    first, second = said("You must be stupid."), said("You must be stuck, Peter.")
    call = replace(first, second=Reading(second.turns, second.acts))
    assert judged(first).outcome is Outcome.FAIL
    assert judged(call).outcome is Outcome.UNDETERMINED
    agreed = replace(first, second=Reading(first.turns, first.acts))
    assert judged(agreed).outcome is Outcome.FAIL


def test_prying_goes_to_a_person() -> None:
    finding = judged(said("Are you married?"), families=("taboo_pry",))
    assert (finding.outcome, finding.reason) == (Outcome.UNDETERMINED, "perhaps_said")


def test_a_desk_allows_phrases_and_a_number_of_slips() -> None:
    call = said("It's against company policy.")
    assert judged(call, allow=("company policy",)).reason == "not_said"
    assert judged(call, at_most=1).reason == "within_limit"
    assert judged(call).reason == "said"


def test_a_desk_describes_its_own_families() -> None:
    own = {
        "farewell": {
            "title": {"en": "goodbye", "zh": "再见"},
            "severity": "major",
            "better": {"en": "See you.", "zh": "回见。"},
        }
    }
    finding = judged(said("Okay, goodbye."), families=("farewell",), about=own, severity="major")
    assert finding.outcome is Outcome.FAIL
    assert "See you." in finding.explanation.en and "回见。" in finding.explanation.zh


def test_only_where_the_rubric_looks() -> None:
    lines = [
        (Role.AGENT, "Hello."),
        (Role.CUSTOMER, "Hello."),
        (Role.AGENT, "I don't know why this keeps happening, one moment please."),
        (Role.CUSTOMER, "Fine."),
        (Role.AGENT, "Your parcel is on its way to you."),
    ]
    call = conversation("x", "en", timed(lines, "en"))
    params = {"families": ("taboo_excuses",), "before": {"event": "hold"}, "within_s": 30}
    ask = call.turns[2]
    held = replace(call, events=(Hold(ask.end_ms + 500, ask.end_ms + 20_000, "silence"),))
    assert judged(held, **params).outcome is Outcome.FAIL
    assert judged(call, **params).outcome is Outcome.PASS
    assert judged(held, families=("taboo_excuses",), part="closing").outcome is Outcome.PASS


@pytest.mark.parametrize(
    "params",
    [
        {"families": ()},
        {"families": ("a",), "severity": "grave"},
        {"families": ("a",), "allow": ("(open",)},
        {"families": ("a",), "within_s": 3},
        {"families": ("a",), "before": "hold"},
        {"families": ("a",), "about": {"b": {"title": {"en": "x", "zh": "x"},
                                             "better": {"en": "x", "zh": "x"}}}},
    ],
)  # fmt: skip
def test_wrong_parameters_are_refused(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        NeverSayParams.model_validate(params)


def test_families_have_what_a_coach_needs_in_both_languages() -> None:
    for family in shipped_families().values():
        assert family.source and family.severity in ("minor", "major")
        assert family.better.en and family.better.zh and family.title.en and family.title.zh
    described = kind("never_say").describe(NeverSayParams(families=("taboo_calm_down",)))
    assert family_of("taboo_calm_down").better.en in described.en
