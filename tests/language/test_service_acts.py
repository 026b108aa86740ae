"""Acts of transfers, absence, messages and service: whose they are, and where they are not."""

from __future__ import annotations

import pytest
from wordings_of_acts import HARPER_VALLEY, Wordings, acts_of, acts_of_real_calls


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "I'd like you to transfer me to somebody else"),
        ("en", "my warranty ran out last month"),
        ("en", "I'm in a meeting right now"),
        ("zh", "你帮我转接一下人工"),
        ("zh", "我的机器过保了"),
        ("zh", "我正在开会"),
    ],
)
def test_these_acts_are_the_agents(language: str, sentence: str) -> None:
    kinds = {"offer_transfer", "word_transfer", "paid_service", "absence_detail"}
    assert not kinds & acts_of(sentence, language, "customer")


@pytest.mark.skipif(not HARPER_VALLEY.is_dir(), reason="the real calls are not in this checkout")
def test_in_the_real_bank_calls_only_money_is_transferred() -> None:
    """36 calls: nobody is passed on, absent, helped remotely or sent a bill in any of them."""
    told = {"name_company", "give_own_name"}
    kinds = set(Wordings("service_acts.yaml").entries["en"]) - told
    hits, named = [], 0
    for acts in acts_of_real_calls():
        hits += [(a.kind, a.text) for a in acts if a.kind in kinds]
        named += any(a.kind == "name_company" for a in acts)
    assert hits == []
    assert named >= 34
