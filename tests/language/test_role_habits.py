"""Everyday words that tell the agent from the customer, and what only machines say."""

import pytest

from qa_pipeline.language.role_cues import cues_in, habit_score, is_announcement


@pytest.mark.parametrize(
    ("language", "agent", "customer"),
    [
        ("en", "You can have it on Tuesday, we have your form here.", "Oh yeah, my son told me."),
        ("zh", "您的地址是这里的话，请您稍等。", "我没收到啊，你们昨天说到了呢。"),
    ],
)
def test_an_agent_talks_to_the_customer(language: str, agent: str, customer: str) -> None:
    assert habit_score([agent], language) - habit_score([customer], language) > 2.0


def test_silence_and_other_languages_show_no_habits() -> None:
    assert habit_score([], "en") == 0.0
    assert habit_score(["vous avez votre numéro"], "fr") == 0.0


@pytest.mark.parametrize(
    ("language", "text", "machine"),
    [
        ("en", "This call may be recorded.", True),
        ("en", "All of our agents are busy.", True),
        ("en", "I called twice and nobody answered.", False),
        ("zh", "您的来电对我们很重要。", True),
        ("zh", "我打了两次电话。", False),
    ],
)
def test_announcements(language: str, text: str, machine: bool) -> None:
    assert is_announcement([text], language) is machine


@pytest.mark.parametrize(
    ("language", "agent"),
    [
        ("en", "She is in on Wednesday, Mr. Okafor."),
        ("en", "Linnea speaking, yes it is."),
        ("en", "So to confirm, one new lamp, and it comes on Friday."),
        ("en", "Would you be happy to hold while I ring the depot?"),
        ("en", "Before you go, I will put that in a letter."),
        ("zh", "查到了，欧阳女士，还在保修期里。"),
    ],
)
def test_cues_of_desks_that_use_no_formula(language: str, agent: str) -> None:
    assert sum(cue.weight for cue in cues_in([agent], language)) > 0


@pytest.mark.parametrize(
    "customer",
    [
        "Hi, I'm ringing about a lamp.",
        "And what does it cost now?",
        "Do I have to come in for that?",
    ],
)
def test_cues_of_customers_who_state_no_problem(customer: str) -> None:
    assert sum(cue.weight for cue in cues_in([customer], "en")) < 0


def test_how_the_phone_is_answered_counts_in_the_opening_alone() -> None:
    late = ["Hello.", "Yes.", "Right.", "The lady speaking was rude."]
    assert not cues_in(late, "en")
