import pytest

from qa_pipeline.acoustics.tone_plans import TONE_PLANS, Signal, dtmf_digit, plan_of


def test_the_eight_plans_are_there_with_their_cycles():
    cycles = {code: plan.cycle_ms for code, plan in TONE_PLANS.items()}
    assert cycles == {
        "CN": 5000, "US": 6000, "GB": 3000, "JP": 3000,
        "DE": 5000, "FR": 5000, "AU": 3000, "IN": 3000,
    }  # fmt: skip


def test_double_bursts_are_one_ring():
    assert {code for code, plan in TONE_PLANS.items() if plan.bursts_per_ring == 2} == {
        "GB", "AU", "IN",
    }  # fmt: skip


@pytest.mark.parametrize(("code", "plan"), [("ca", "US"), ("UK", "GB"), ("cn", "CN")])
def test_plan_of_knows_other_names(code, plan):
    assert plan_of(code).country == plan


def test_plan_of_an_unknown_country_is_none():
    assert plan_of("ZZ") is None
    assert plan_of(None) is None


def test_suppressed_carrier_leaves_two_lines():
    assert Signal((400.0,), modulation_hz=16.0, suppressed=True).lines_hz == (384.0, 416.0)


@pytest.mark.parametrize(
    ("pair", "digit"),
    [
        ((697.0, 1209.0), "1"),
        ((941.0, 1336.0), "0"),
        ((1480.0, 850.0), "9"),
        ((500.0, 1209.0), None),
    ],
)
def test_dtmf_digit(pair, digit):
    assert dtmf_digit(pair) == digit
