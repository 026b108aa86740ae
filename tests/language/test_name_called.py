"""Where an agent calls the customer by a name that nothing else tells."""

import pytest

from qa_pipeline.domain.conversation import KnownName
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.called import told_of_oneself
from qa_pipeline.language.name_called_en import calls_en, names_perhaps_en
from qa_pipeline.language.name_repeated import repeated_name
from qa_pipeline.language.name_unclaimed_en import in_other_voice_en, unclaimed_en

MISREAD = KnownName("Parted", None, "Parted", "self_introduction")


def talk(*lines: str) -> list[Turn]:
    roles = {"a": Role.AGENT, "c": Role.CUSTOMER}
    return [
        Turn(roles[line[0]], at * 4_000, at * 4_000 + 3_000, line[2:])
        for at, line in enumerate(lines)
    ]


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("Oh no, I do apologise, Mr. Volgaerks. Which table was it?", ["Mr. Volgaerks"]),
        ("I see Mr. Vagniac by courier it would be Friday.", ["Mr. Vagniac"]),
        ("It sounds as if the frame sits too low, Enika.", ["Enika"]),
        ("You can Enika, two hours for nothing.", ["Enika"]),
        ("All right, grain.", ["grain"]),
        ("What time shall I tell the airport, Layla?", ["Layla"]),
        ("It was handled by Mr. Fernandes.", []),
        ("My colleague Mr. Fernandes will ring you.", []),
        ("I will send it to Brisbane, then.", []),
        ("Hello, this is Imogen.", []),
        ("Thank you, sir. One moment, madam.", []),
        ("Thanks, mate.", []),
    ],
)
def test_places_of_calls(text: str, called: list[str]) -> None:
    assert [call.text for call in calls_en(talk(f"a {text}"))] == called


def test_an_unlisted_name_is_learned_from_two_calls_of_one_sound() -> None:
    turns = talk("a The frame sits too low, Enika.", "c oh", "a Lovely, Anika. Bring it along.")
    known = repeated_name(turns, Role.CUSTOMER, "en")
    assert known is not None
    assert known.given in ("Enika", "Anika")
    assert repeated_name(turns[:2], Role.CUSTOMER, "en") is None


def test_titles_with_one_sound_are_uses_the_surer_the_oftener() -> None:
    once = talk("a Thanks, Mr. Volgaerks.", "c ok")
    thrice = [*once, *talk("a I see, Mr. Volgaerks.", "a Not a penny, Mr. Volgerks.")]
    assert [u.score for u in unclaimed_en(once, [MISREAD], None, [])] == [0.6]
    assert {u.score for u in unclaimed_en(thrice, [MISREAD], None, [])} == {0.9}


def test_what_a_record_contradicts_has_to_come_again() -> None:
    record = KnownName("Linda Brown", "Brown", "Linda", "metadata")
    once = talk("a Thanks, Mrs. Okafor.", "c ok")
    assert unclaimed_en(once, [record], None, []) == []
    bare = talk("a Thanks, Julia.", "c ok", "a Bye, Julia.")
    assert unclaimed_en(bare, [record], None, []) == []


@pytest.mark.parametrize(
    "lines",
    [
        ("a That is Mrs. Lumley, yes.", "c Thank you, Mrs. Lumley did it."),  # both speak of her
        ("a Thanks, Mr. Volgaerks.", "c No, it's Wozniak."),  # denied
        ("a Okay, Nina.", "c ok"),  # the agent's own name
    ],
)
def test_others_are_no_uses(lines: tuple[str, ...]) -> None:
    own = KnownName("Nina Castillo", "Castillo", "Nina", "metadata")
    turns = talk(*lines, "c Bye, Mrs. Lumley.")
    assert unclaimed_en(turns, [MISREAD], own, []) == []


def test_a_title_with_the_customers_name_among_the_customers_words_is_the_agents() -> None:
    turns = talk("a Could you come on Friday?", "c Half two is fine. Lovely, Miss Quinlan.")
    known = KnownName("Quinlan", "Quinlan", None, "address")
    assert [use.text for use in in_other_voice_en(turns, [known], None)] == ["Miss Quinlan"]


def test_a_first_name_near_the_end_is_no_introduction() -> None:
    chat = [f"c yes that is right number {n}" for n in range(9)]
    assert told_of_oneself(talk(*chat, "c Hi, I'm Fred."), Role.CUSTOMER, "en") is None
    early = told_of_oneself(talk("c Hi, I'm Fred."), Role.CUSTOMER, "en")
    assert early is not None
    assert early.given == "Fred"


def test_whatever_may_be_a_name_is_counted() -> None:
    turns = talk("a Okay, thank you, Kwandaro. I will find Mr. time for you.")
    assert names_perhaps_en(turns) == 2
    assert names_perhaps_en(talk("a That was as quick as I could.")) == 0


def test_titles_of_one_kind_call_the_one_customer_whatever_is_heard_behind_them() -> None:
    calls = talk(
        "a Keep him inside, Miss Prince.", "c ok", "a It's on your plan, miss winners. Okay?",
        "c ok", "a A long car ride, Miss Quinn.",
    )  # fmt: skip
    three = unclaimed_en(calls, [MISREAD], None, [])
    assert [use.text for use in three] == ["Miss Prince", "miss winners", "Miss Quinn"]
    (one,) = unclaimed_en(calls[:1], [MISREAD], None, [])
    assert min(use.score for use in three) > one.score
    assert unclaimed_en(talk("a We do, miss it."), [MISREAD], None, []) == []


def test_a_first_name_that_the_customer_said_too_is_theirs() -> None:
    known = KnownName("Adet", "Adet", None, "address")
    both = talk("c Hello? Leyla had it.", "a It is on her phone, Layla.")
    assert unclaimed_en(both, [known], None, [])[0].score > 0.8
    assert unclaimed_en(both[1:], [known], None, [])[0].score < 0.5
