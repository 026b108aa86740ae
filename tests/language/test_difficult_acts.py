"""Acts of difficult calls and courtesy: what tells them from what sounds alike."""

from __future__ import annotations

import pytest
from wordings_of_acts import HARPER_VALLEY, acts_of, acts_of_real_calls


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "would you please hold the line"), ("zh", "麻烦您报一下卡号")],
)
def test_please(language: str, sentence: str) -> None:
    assert "please" in acts_of(sentence, language, "agent")


@pytest.mark.parametrize(
    ("said", "invites"),
    [
        ("Please call us again any time.", True),
        ("Feel free to ring us whenever you like.", True),
        ("I'll call you back tomorrow.", False),
        ("Somebody will ring you again about it.", False),
    ],
)
def test_a_promised_call_back_is_no_invitation(said: str, *, invites: bool) -> None:
    assert ("invite_again" in acts_of(said, "en", "agent")) is invites


def test_acts_belong_to_their_party() -> None:
    """A customer's "you're welcome" answers nothing; an agent's "I'm fed up" is no complaint."""
    assert "answer_thanks" not in acts_of("you're welcome", "en", "customer")
    assert "complain" not in acts_of("I'm really fed up with this", "en", "agent")
    assert "complain" not in acts_of("我要投诉", "zh", "agent")


@pytest.mark.skipif(not HARPER_VALLEY.is_dir(), reason="the real calls are not in this checkout")
def test_nobody_complains_in_the_real_bank_calls() -> None:
    """36 friendly calls: whatever makes a complaint's criteria apply there would be false."""
    kinds = {"complain", "complain_slow", "chase", "report_error", "suggest", "customer_apology"}
    hits = []
    for acts in acts_of_real_calls():
        hits += [a.text for a in acts if a.kind in kinds]
    assert hits == []
