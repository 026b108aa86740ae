"""What was badly heard where an agent's name belongs may be a full name, however it was read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.domain.conversation import KnownName
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn, Word
from qa_pipeline.language.introductions import find_self_introduction
from qa_pipeline.language.name_in_opening import not_fully_read, told_name
from qa_pipeline.language.name_unread_en import all_given, has_dark_stretch, slots
from qa_pipeline.language.openings import Opening, find_opening

CLEAR = 0.95


def turn_of(marked: str, start_ms: int = 0, word_ms: int = 300) -> Turn:
    """A turn whose badly heard words are marked: "this is cattle* even* from sales"."""
    words = []
    for at, word in enumerate(marked.split()):
        begin_ms = start_ms + at * word_ms
        heard = 0.2 if "**" in word else 0.4 if "*" in word else CLEAR
        words.append(Word(begin_ms, begin_ms + word_ms, word.replace("*", ""), heard))
    text = " ".join(word.text for word in words)
    return Turn(Role.AGENT, start_ms, words[-1].end_ms, text, tuple(words))


def opening_of(marked: str, word_ms: int = 300) -> Opening:
    turn = turn_of(marked, word_ms=word_ms)
    return Opening((turn,), turn.text, (0,))


def is_open(marked: str, record: KnownName | None = None, word_ms: int = 300) -> bool:
    opening = opening_of(marked, word_ms)
    name = told_name(opening, record, "en")
    return not (name and name.is_full) and not_fully_read(opening, name, "en", record)


@pytest.mark.parametrize(
    "opening",
    [
        "Hi, Blue Gate, you've got all* more* men's* on the line.",
        "Hello, this is the MRL and you're seeing* what* all* you had.",
        "Good morning, my name is open* table* how can I help?",
        "Hello, this is easy* road* from the boiler people.",
        "Good morning. This is all he** had is**.",
        "Afternoon, easy* table* here.",
        "Good morning, easy* carry* is my name, how can I help?",
        "Hello, rentals, madison van* timber*. What can I help with?",
        "Hello, Thank you, we're* in* Kovar* speaking.",
    ],
)
def test_words_hardly_heard_in_a_names_place_may_be_one(opening: str) -> None:
    assert is_open(opening)


@pytest.mark.parametrize(
    "opening",
    [
        "Good morning, can* shield* insurance, may I help you?",
        "Blue* gate* curves, collections, what's your postcode?",
        "Hello, you're through* to the council.",
        "Hi, you're through to customer* services.",
        "Hello, this is the lending* desk.",
        "Good morning, thanks for calling the war* of* bay, how may I direct your call?",
        "Good morning, how can I help you here today?",
        "Hello, Mr. Castle* speaking.",
        "Hi, it's Fergus* from the home* moves team.",
        "Hello, this is easy road from the boiler people.",  # heard well, whatever it is
    ],
)
def test_a_company_or_a_first_name_badly_heard_is_no_full_name(opening: str) -> None:
    assert not is_open(opening)


def test_what_is_too_short_for_two_names_is_a_first_name_at_most() -> None:
    assert is_open("Good morning, customer care, image* in* here.", word_ms=300)
    assert not is_open("Good morning, customer care, image* in* here.", word_ms=160)


def test_what_sounds_like_the_recorded_first_name_alone_is_no_more() -> None:
    brandon = KnownName("Brandon Booker", "Booker", "Brandon", "metadata")
    marked = "Hello customer care, brand* in* this side."
    assert is_open(marked)
    assert not is_open(marked, brandon)


@pytest.mark.parametrize(
    ("opening", "record"),
    [
        ("A real one, yes. My name's Jaimingju*, I'm on the billing team.", "Zhi Ming Zhou"),
        ("Hello, this is the pharmacy, my name is London*.", "Lan Deng"),
        ("Hello, county library, we're* in* Kavanaugh speaking.", "Roisin Kavanagh"),
        ("Yes, it is, Anika Adairi, customer care.", "Annika Adeyemi"),
    ],
)
def test_the_recorded_name_is_told_by_its_sound_where_a_name_belongs(
    opening: str, record: str
) -> None:
    given_name, family = record.rsplit(" ", 1)
    known = KnownName(record, family, given_name.split()[0], "metadata")
    name = told_name(opening_of(opening), known, "en")
    assert name is not None
    assert name.is_full


def test_a_recorded_first_name_of_two_words_is_not_the_full_name() -> None:
    known = KnownName("Yu Ting Deng", "Deng", "Yu", "metadata")
    assert all_given(known) == "yu ting"
    part = told_name(opening_of("Hi, this is Yu Ting."), known, "en")
    whole = told_name(opening_of("Hi, this is Yu Ting Deng."), known, "en")
    assert part is not None
    assert whole is not None
    assert (part.kind, whole.kind) == ("given", "full")


@pytest.mark.parametrize(
    ("opening", "kind"),
    [
        ("Good morning, Ms. Henry's line, Rohan answering for her.", "given"),
        ("Good afternoon, you're connected to Edwin Mbatha at the embassy.", "full"),
        ("Hello, you've come through to Leticia Amankwah, I look after pensions.", "full"),
        ("Hello, Samantha Choi in the gift card team.", "full"),
    ],
)
def test_further_formulas(opening: str, kind: str) -> None:
    assert [name.kind for name in find_self_introduction(opening, "en")] == [kind]


@pytest.mark.parametrize(
    ("marked", "dark"),
    [
        ("It is yes*", False),
        ("Hello*", False),
        ("It is some* thing* else", True),
        ("some* clear thing*", True),
        ("some* quite clear thing*", False),
    ],
)
def test_two_words_together_have_to_be_dark(marked: str, dark: bool) -> None:
    assert has_dark_stretch([turn_of(marked)]) is dark


def test_words_read_into_music_before_the_greeting_are_no_opening() -> None:
    music = turn_of("we'll* have* to*", 2_000)
    talk = turn_of("Good afternoon, this is Judith Marlowe from the upgrades team.", 24_000)
    asks = Turn(Role.CUSTOMER, 30_000, 33_000, "hi i am due a new phone i think")
    noise = Turn(Role.CUSTOMER, 3_500, 5_500, "show without the show we have",
                 (Word(3_500, 5_500, "show", 0.4),))  # fmt: skip
    assert find_opening([music, noise, talk, asks], "en", 12_000).turns == (talk,)
    clear = turn_of("Hold on a moment please", 2_000)
    assert find_opening([clear, noise, talk, asks], "en", 12_000).turns == (clear,)


@given(st.lists(st.sampled_from(["my name is", "hello", "here", "speaking", "from", "easy", "."])))
def test_slots_lie_inside_their_turn(words: list[str]) -> None:
    opening = opening_of(" ".join(["hello", *words]))
    for slot in slots(opening):
        assert 0 <= slot.start < slot.end <= len(slot.turn.text)
        assert slot.duration_ms >= 0
        assert 0.0 <= slot.least <= slot.mean + 1e-9 <= 1.1
