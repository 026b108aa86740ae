"""What is drawn: reproducible, balanced, as labelled, and nothing of one half in the other."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

import pytest

from benchmarks.unheard import weights
from benchmarks.unheard.cast import PAIRS, sex_of, voices_of
from benchmarks.unheard.draw import Drawn, draw, texts
from benchmarks.unheard.make import fingerprint
from benchmarks.unheard.names import bank
from benchmarks.unheard.scenario import Half, Language, Scenario, load_half
from sample_calls.maker.labels import count_name
from sample_calls.maker.script import CRITERIA, Announcement, Hangup, Hold, Line, Ring, RingTune
from sample_calls.maker.speakers import CATALOGUE

HALVES: tuple[Half, ...] = ("tuning", "test")
LANGUAGES: tuple[Language, ...] = ("en", "zh")
COUNT = 300


@cache
def scenarios(half: Half) -> dict[Language, tuple[Scenario, ...]]:
    return load_half(half)


@cache
def calls(half: Half, count: int = COUNT) -> tuple[Drawn, ...]:
    return tuple(draw(half, 1, index, scenarios(half)) for index in range(count))


def said_by(drawn: Drawn, role: str) -> list[str]:
    return [
        item.text for item in drawn.script.timeline if isinstance(item, Line) and item.role == role
    ]


def items(drawn: Drawn, kind: type) -> list[Any]:
    return [item for item in drawn.script.timeline if isinstance(item, kind)]


def test_a_call_depends_on_half_seed_and_index_alone() -> None:
    again = [draw("tuning", 1, index, scenarios("tuning")) for index in (17, 4)]
    assert [fingerprint(one) for one in again] == [
        fingerprint(calls("tuning")[17]),
        fingerprint(calls("tuning")[4]),
    ]
    other = draw("tuning", 2, 4, scenarios("tuning"))
    assert fingerprint(other) != fingerprint(calls("tuning")[4])


@pytest.mark.parametrize("half", HALVES)
def test_every_prefix_is_half_english_and_its_blocks_hold_all_outcomes(half: Half) -> None:
    for end in (2, 10, 48):
        languages = Counter(one.script.language for one in calls(half)[:end])
        assert languages["en"] == languages["zh"]
    first_block = [one for one in calls(half)[:24] if one.script.language == "zh"]
    for criterion, block in weights.OUTCOME_BLOCKS.items():
        assert Counter(one.outcomes[criterion] for one in first_block) == block


@pytest.mark.parametrize("half", HALVES)
def test_labels_agree_with_what_was_drawn(half: Half) -> None:
    for one in calls(half):
        expect = {name: one.script.expect[name].outcome for name in CRITERIA}
        assert {name: expect[name] for name in one.outcomes} == one.outcomes
        assert (count_name(one.script) >= 3) == (expect["name_use"] == "pass")
        assert bool(items(one, Hold)) == (expect["hold"] != "not_applicable")
        record = one.script.sidecar or {}
        ringing, ending = one.conditions.ringing, one.conditions.ending
        if expect["pickup"] == "undetermined":
            assert "ring_seconds" not in record
            assert ringing.kind != "tone" or (ringing.first_cut_ms and ringing.rings == 3)
        else:
            assert (expect["pickup"] == "pass") == (ringing.rings <= 3)
        by_party = {"customer": "pass", "agent": "fail", "system": "not_applicable"}
        assert expect["hangup"] in (by_party[ending.by], "undetermined")
        if "disconnected_by" in record:
            assert record["disconnected_by"] == ending.by
            assert expect["hangup"] != "undetermined"


def test_whatever_lives_on_in_a_law_tells_who_left_first() -> None:
    heard = [
        one.script.expect["hangup"].outcome
        for half in HALVES
        for one in calls(half)
        if one.conditions.codec == "wav_alaw" and one.conditions.ending.sound == "line"
    ]
    assert heard
    assert "undetermined" not in heard


def test_seconds_of_ringing_tell_the_rings() -> None:
    for one in calls("tuning"):
        ringing = one.conditions.ringing
        cycle_s = {"CN": 5, "US": 6, "GB": 3, "JP": 3, "DE": 5, "FR": 5, "AU": 3, "IN": 3}
        assert int(ringing.seconds / cycle_s[ringing.country]) + 1 == ringing.rings


def test_ring_times_alone_under_foreign_tones_name_the_country() -> None:
    found = 0
    for one in calls("tuning"):
        record = one.script.sidecar or {}
        if "ring_seconds" in record and not items(one, Ring):
            usual = weights.USUAL_COUNTRY[one.script.language]
            assert "country" in record or one.script.country == usual
            found += 1
    assert found > 10


def test_the_halves_share_no_scenario_voice_name_or_sentence() -> None:
    tuning, test = (
        {scenario.id for listed in scenarios(half).values() for scenario in listed}
        for half in HALVES
    )
    assert not tuning & test
    for language in LANGUAGES:
        assert not set(voices_of("tuning", language)) & set(voices_of("test", language))
        first, second = (
            {line.text for one in scenarios(half)[language] for line in one.lines()}
            for half in HALVES
        )
        shared = {text for text in first & second if len(text) > (6 if language == "zh" else 20)}
        assert not shared
        assert not set(map(str, _flat(texts()[language]["tuning"]))) & set(
            map(str, _flat(texts()[language]["test"]))
        )
    every = {half: {v for lang in LANGUAGES for v in voices_of(half, lang)} for half in HALVES}
    assert not every["tuning"] & every["test"]
    for key in ("last", "female", "male"):
        en = [{n for g in bank()["en"][half] for n in g[key]} for half in HALVES]
        assert not en[0] & en[1]
    family = [{n for g in bank()["zh"][half] for n in g["last"]} for half in HALVES]
    assert not family[0] & family[1]
    given = [{n for listed in bank()["zh_given"][half].values() for n in listed} for half in HALVES]
    assert not given[0] & given[1]


def test_there_are_names_and_voices_enough() -> None:
    for half in HALVES:
        assert sum(len(g["female"]) + len(g["male"]) for g in bank()["en"][half]) >= 40
        assert len({one.script.customer.name for one in calls(half)}) >= 120
        for language in LANGUAGES:
            sexes = [(sex_of(a), sex_of(b)) for a, b in PAIRS[half][language]]
            assert {("f", "f"), ("m", "m")} <= set(sexes)
            assert all(language in CATALOGUE[v].languages for v in voices_of(half, language))
    assert len(voices_of("test", "zh")) >= 6
    assert len(voices_of("test", "en")) >= 10


def test_nothing_is_left_unfilled_and_forms_of_address_fit() -> None:
    for half in HALVES:
        for one in calls(half):
            told = [*said_by(one, "agent"), *said_by(one, "customer")]
            assert not [text for text in told if set(text) & set("{}<>")]
            customer = one.script.customer
            forms = " ".join(customer.called)
            woman = sex_of(customer.voice) == "f"
            assert any(sign in forms for sign in ("Ms.", "女士")) == woman
            assert any(sign in forms for sign in ("Mr.", "先生")) != woman
            assert sex_of(one.script.agent.voice) in "fm"
            agent = set(one.script.agent.name.split())
            assert not agent & set(customer.name.split())


@pytest.mark.parametrize("half", HALVES)
def test_every_condition_occurs_about_as_often_as_it_should(half: Half) -> None:
    drawn = [one.conditions for one in calls(half)]

    def share(of: Any, given: Any = lambda _: True) -> float:
        among = [one for one in drawn if given(one)]
        return sum(bool(of(one)) for one in among) / len(among)

    for layout, wanted in weights.LAYOUT.items():
        assert share(lambda c, w=layout: c.layout == w) == pytest.approx(wanted, abs=0.09)
    assert {c.codec for c in drawn} == set(weights.CODEC)
    assert {c.packet_loss_percent for c in drawn} == set(weights.PACKET_LOSS_PERCENT)
    assert {c.hold.medium for c in drawn} == set(weights.HOLD_MEDIUM)
    assert {c.ringing.kind for c in drawn} == set(weights.RINGING)
    assert {c.ringing.country for c in drawn} == set(weights.COUNTRY["zh"])
    assert {c.ringing.rings for c in drawn} == {1, 2, 3, 4, 5}
    assert {c.ending.sound for c in drawn} == {"line", "tone", "click", "none", "system"}
    assert {c.agent.noise for c in drawn} == {None, "babble", "office", "hum"}
    assert {c.agent_channel for c in drawn} == {0, 1}
    assert {c.sample_rate_hz for c in drawn} == {8000, 16000}
    assert share(lambda c: c.agent.snr_db is None) == pytest.approx(0.35, abs=0.09)
    assert share(lambda c: c.customer.snr_db is not None and c.customer.snr_db < 10) < 0.16
    assert 0.02 < share(lambda c: c.announced) < 0.16
    assert 0.005 < share(lambda c: c.clipping_drive_db is not None) < 0.09
    assert share(lambda c: c.crosstalk_db is not None, lambda c: c.layout == "stereo") > 0.3
    assert share(lambda c: c.ringing.first_cut_ms, lambda c: c.ringing.kind == "tone") > 0.06
    assert share(lambda c: c.ending.left_behind) > 0.05
    assert all(c.layout == "mono" for c in drawn if c.codec in weights.MONO_ONLY)
    assert all(abs(c.customer.level_db - c.agent.level_db) <= 12 for c in drawn)
    assert all(-40 <= c.level_db <= -12 for c in drawn)
    told = Counter(name for one in calls(half) for name in one.script.sidecar or {})
    for name in ("agent_name", "ring_seconds", "disconnected_by", "country"):
        assert told[name] / COUNT == pytest.approx(weights.RECORD[name], abs=0.1)
    uses = [count_name(one.script) for one in calls(half)]
    assert min(uses) == 0
    assert max(uses) >= 5
    assert sum(n >= 3 for n in uses) / COUNT == pytest.approx(0.5, abs=0.1)


def test_each_kind_of_item_is_drawn() -> None:
    kinds = {type(item) for one in calls("tuning") for item in one.script.timeline}
    assert {Ring, RingTune, Announcement, Hold, Hangup, Line} <= kinds


def _flat(content: Any) -> list[str]:
    if isinstance(content, dict):
        return [text for value in content.values() for text in _flat(value)]
    return (
        [text for value in content for text in _flat(value)]
        if isinstance(content, list)
        else [content]
    )
