"""How the turns right before a wait read: asked or told, agreed, refused or asked back."""

from __future__ import annotations

import pytest

from qa_pipeline.domain.recording import Role
from qa_pipeline.language.hold_talk import (
    HoldTalk,
    answer_to,
    answer_within,
    asks_to_wait,
    no_agrees,
    offers_to_wait,
    read_hold_talk,
)


def read(*lines: str) -> HoldTalk:
    roles = {"A": Role.AGENT, "C": Role.CUSTOMER}
    return read_hold_talk([(roles[line[0]], line[3:]) for line in lines])


@pytest.mark.parametrize(
    "text",
    [
        "You good to sit tight for a minute while I find the foreman?",
        "Would a couple of minutes of hold music be a bother?",
        "I would have to leave you for a minute, if that is fine with you.",
        "would it be possible for you to stay connected while i ring the depot",
        "Hold on for me, okay?",
        "我去仓库看一眼，您等我两分钟成不成？",
        "您看我先把电话静音一下可以吗",
        "要是您不赶时间的话，我请主管过来，您在线等等",
        "请您稍等片刻，好吗？",
        # As telephone speech is written.
        "May I place to you on a short tilt?",
        "It would be mindless if I could handle for a couple of minutes.",
        "可以请令到我一下下吗？",
        "大该两分钟，您方便走吗方便的",
    ],
)
def test_leave_and_waiting_together_ask(text: str) -> None:
    assert asks_to_wait(text)


@pytest.mark.parametrize(
    "text",
    [
        "Hold on a moment please.",
        "Give me a minute, will you?",
        "Do hold the line, won't you.",
        "Hang on, did you say the blue one?",
        "I am going to put you on hold now.",
        "Could you tell me your postcode?",
        "Would you hold the button down?",
        "请您稍等一下。",
        "您别挂，我去问问。",
        "等等，您说的是东门还是西门？",
        "您的订单号可以再说一遍吗？",
    ],
)
def test_an_order_or_another_question_asks_for_no_wait(text: str) -> None:
    assert not asks_to_wait(text)


ASK_EN, MIND_EN = "A: Could you hold for a minute?", "A: Would you mind holding for a minute?"
ASK_ZH, MIND_ZH = "A: 您等我一分钟可以吗？", "A: 您介意等我一分钟吗？"


@pytest.mark.parametrize(
    ("ask", "reply", "answer"),
    [
        (ASK_EN, "C: Yeah go on, the kettle is on anyway.", "yes"),
        (ASK_EN, "C: I could.", "yes"),
        (ASK_EN, "C: No.", "no"),
        (ASK_EN, "C: I'd rather you rang me.", "no"),
        (ASK_EN, "C: How long will that be?", "question"),
        (ASK_EN, "C: A minute? Okay.", "yes"),
        (ASK_EN, "C: Oh.", "unclear"),
        (ASK_EN, "C: Right.", "unclear"),
        (MIND_EN, "C: No.", "yes"),
        (MIND_EN, "C: Not at all.", "yes"),
        (MIND_EN, "C: Yes, I do mind.", "no"),
        (MIND_EN, "C: No, I have to leave in a minute.", "no"),
        (ASK_ZH, "C: 行，你去吧。", "yes"),
        (ASK_ZH, "C: 不行，我赶时间。", "no"),
        (ASK_ZH, "C: 要多久？", "question"),
        (ASK_ZH, "C: 一分钟啊？那行。", "yes"),
        (ASK_ZH, "C: 哦。", "unclear"),
        (MIND_ZH, "C: 不会。", "yes"),
        (MIND_ZH, "C: 没有，你查吧。", "yes"),
        (MIND_ZH, "C: 介意，我等了半天了。", "no"),
    ],
)
def test_the_reply_is_read_against_the_question(ask: str, reply: str, answer: str) -> None:
    assert read(ask, reply).answer == answer


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("号的", "yes"),
        ("新", "yes"),
        ("客以", "yes"),
        ("后本后本。", "yes"),
        ("不用不用", "no"),
        ("没用没用", "unclear"),
        ("花生", "unclear"),
    ],
)
def test_a_short_reply_of_other_characters_is_read_by_its_sound(reply: str, answer: str) -> None:
    assert read(ASK_ZH, f"C: {reply}").answer == answer


def test_the_last_clear_word_decides() -> None:
    assert read(ASK_EN, "C: How long?", "A: Two minutes.", "C: Fine.").answer == "yes"
    assert read(ASK_ZH, "C: 行。", "A: 要五分钟。", "C: 那算了。").answer == "no"


def test_a_question_for_consent_takes_its_matter_from_the_turn_before() -> None:
    found = read(
        "A: I need to put you on hold.", "C: Uh-huh.", "A: Is that okay?", "C: Yes, it is."
    )
    assert (found.ask, found.wait_named, found.answer) == (2, True, "yes")
    loose = read("A: The red one is sold out.", "C: I see.", "A: Is that okay?", "C: Yes.")
    assert (loose.ask, loose.wait_named) == (2, False)


def test_an_announcement_asks_for_nothing_however_it_is_answered() -> None:
    assert read("A: One moment, I will fetch her.", "C: Yes, sure.").ask is None
    assert read("A: 请稍等，我帮您查。", "C: 好的。").ask is None
    assert read() == HoldTalk(None, False, "none", None)


@pytest.mark.parametrize(
    ("asked", "answered", "answer"),
    [
        # The first words of the question were lost, or its verb misheard: the answer tells.
        ("Put you on hold while I get hold of the driver.", "Yeah, crack on.", "yes"),
        ("It's gonna be a minute. You okay with folding?", "Sure thing.", "yes"),
        ("You are right to vote for a minute?", "Aye, go on.", "yes"),
        ("Would you mind holding for me?", "I would, actually. I'm paying for this.", "no"),
        ("您先等我看年库存，可以不了。", "好呀不忙", "yes"),
        ("您你哥那儿等会要中部呈", "送你去吧", "yes"),
        ("可能要两分钟，您愿意的吗，", "愿意愿意", "yes"),
        ("您等我会行", "金快去快回了", "yes"),
        ("麻烦您等一下，可以发。", "可以的。", "yes"),
        ("王便让我把您的来点保留一下吗？", "方便，请便", "yes"),
        ("等我五分钟中不？", "不中，我上班偷着打的电话。", "no"),
        ("Holding okay with you? Be holding OK.", "If you're quick.", "yes"),
        ("Mine's holding for a minute.", "Go ahead.", "yes"),
        ("And I just ask in the shop. Two minutes.", "One, then.", "yes"),
        ("能容我去问一下库房码，可能要一小会儿", "嗯去问吧", "yes"),
        ("您先别挂头嘛", "那趁啊", "yes"),
        ("维抚会建议我走开一下，去看课表", "不会滴去啊", "yes"),
        ("麻烦您后以后，我联系师傅，好吗？", "好不及", "yes"),
        ("您拿着电话等级分钟，可以步。", "别，我快没电了", "no"),
    ],
)
def test_requests_and_answers_as_recognisers_write_them(
    asked: str, answered: str, answer: str
) -> None:
    read = read_hold_talk([(Role.AGENT, asked), (Role.CUSTOMER, answered)])
    assert (read.ask, read.answer) == (0, answer)


@pytest.mark.parametrize(
    ("told", "answered"),
    [
        ("I'll just put you on hold.", "Okay."),
        ("Put you on hold now.", "Hm, okay then."),
        ("请您稍等一下就好。", "好的。"),
        ("好的，请稍等片刻。", "可以。"),
        ("您先等着，我问店长。", "哦哦。"),
        ("您之前是在排队等候是吗", "对，排了好几个人。"),
        ("您先别挂机嘛", "好。"),
    ],
)
def test_an_announcement_stays_one_whatever_the_answer(told: str, answered: str) -> None:
    read = read_hold_talk([(Role.AGENT, told), (Role.CUSTOMER, answered)])
    assert read.ask is None


@pytest.mark.parametrize(
    ("turn", "answer"),
    [
        ("Can I put you on hold for a second? Yeah, go ahead.", "yes"),
        ("您等我一下可以吗可以啊", "yes"),
        ("Can you hold?", "none"),
        ("Can you hold? No, I'm at work.", "no"),
    ],
)
def test_an_answer_written_into_the_turn_of_its_question(turn: str, answer: str) -> None:
    assert answer_within(turn)[0] == answer


@pytest.mark.parametrize(
    "reply",
    [
        "I'm on my way out",
        "I'm about to board.",
        "you've had me waiting for ages",
        "You left me hanging last time.",
        "你们老让我等",
        "你们每次都叫我等",
        "你们让我等得够久了",
    ],
)
def test_where_somebody_is_and_what_they_reproach_is_no_yes(reply: str) -> None:
    asked = (
        "我查一下，请您稍等两分钟，好吗？" if reply[0] == "你" else "Could you hold for a minute?"
    )
    assert answer_to([(Role.AGENT, asked), (Role.CUSTOMER, reply)], 0)[0] != "yes"


@pytest.mark.parametrize("reply", ["I can.", "I am, yes.", "You may.", "好的，我等着", "你查吧"])
def test_a_short_consent_is_still_a_yes(reply: str) -> None:
    asked = (
        "我查一下，请您稍等两分钟，好吗？" if reply[0] in "好你" else "Could you hold for a minute?"
    )
    assert answer_to([(Role.AGENT, asked), (Role.CUSTOMER, reply)], 0)[0] == "yes"


@pytest.mark.parametrize(
    ("ask", "answer", "said"),
    [
        ("Mind holding for a couple of minutes?", "I kind of do mine. I'm double parked.", "no"),
        ("Would you mind holding?", "I sort of do mind, yes.", "no"),
        ("Can you hang on for me?", "No, take your time.", "yes"),
        ("Can you hang on for me?", "No, carry on.", "yes"),
        ("May I place you on a brief hold?", "He said you have the order.", "unclear"),
        ("Can I put you on hold?", "You have my permission.", "yes"),
    ],
)
def test_leave_given_after_a_no_and_objections_half_read(ask: str, answer: str, said: str) -> None:
    assert read(f"A: {ask}", f"C: {answer}").answer == said


def test_being_put_on_a_list_is_no_wait() -> None:
    assert not asks_to_wait("Can I put you on the cancellation list?")


@pytest.mark.parametrize(
    ("said", "asks"),
    [
        ("Hello? Are you still there?", False),
        ("Is anybody there?", False),
        ("Sorry, are you still on the line?", False),
        ("Can you stay there for me?", True),
        ("Are you okay to stay on the line for a minute?", True),
    ],
)
def test_to_ask_who_is_there_is_no_request_to_wait(said: str, *, asks: bool) -> None:
    assert asks_to_wait(said) is asks


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("Well, I'm actually on a bus, I might lose you.", "no"),
        ("My battery's almost flat.", "no"),
        ("I'm in the middle of a lesson.", "no"),
        ("I've only got a couple of minutes.", "no"),
        ("I'm on the train, but sure, go ahead.", "yes"),
        ("Okay, my battery is low though.", "yes"),
        ("I am, actually.", "yes"),
        ("No hassle at all.", "yes"),
        ("No, not today.", "no"),
        ("No time at all.", "no"),
    ],
)
def test_what_stands_in_the_way_is_no_consent(reply: str, answer: str) -> None:
    lines = [(Role.AGENT, "Could you hold for a minute?"), (Role.CUSTOMER, reply)]
    assert answer_to(lines, 0)[0] == answer


@pytest.mark.parametrize(
    ("ask", "agrees"),
    [
        ("Would it bother you to hold for a minute?", True),
        ("You won't mind holding, will you?", True),
        ("Can I put you on hold?", False),
        ("您介意等一下吗？", True),
        ("您能等我一下吗？", False),
    ],
)
def test_to_some_requests_no_is_a_yes(ask: str, *, agrees: bool) -> None:
    assert no_agrees(ask) is agrees


def test_to_be_on_something_is_no_wait() -> None:
    assert not asks_to_wait("And are you on any tablets?")
    assert asks_to_wait("Could you stay on for a minute?")


def test_a_mandarin_request_that_lost_its_last_words() -> None:
    assert asks_to_wait("能等我一小灰暴，我瞧瞧排班表")
    assert not asks_to_wait("现在不能等我们的车")


def test_a_yes_and_the_errand_by_their_sound() -> None:
    ask = (Role.AGENT, "我问问仓库，您稍微等我一下行吗")
    assert answer_to([ask, (Role.CUSTOMER, "新文化")], 0)[0] == "yes"
    assert answer_to([ask, (Role.CUSTOMER, "新衣服")], 0)[0] == "unclear"


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("一边，让我等，我这边有客户", "no"),
        ("要让我等多久啊", "question"),
        ("不要让我等太久就行", "yes"),
    ],
)
def test_to_be_made_to_wait_is_a_reproach(reply: str, answer: str) -> None:
    lines = [(Role.AGENT, "等我去问一问主管，可以吗？"), (Role.CUSTOMER, reply)]
    assert answer_to(lines, 0)[0] == answer


@pytest.mark.parametrize(
    ("said", "offers"),
    [
        ("Okay, I wait.", True),
        ("Sure, I'll hold.", True),
        ("I hold an account with you.", False),
        ("I had to wait for an hour.", False),
        ("好，我等着。", True),
        ("行，我不挂。", True),
        ("别让我等着。", False),
        ("我等了很久了。", False),
    ],
)
def test_who_will_wait_was_told_of_a_wait(said: str, *, offers: bool) -> None:
    assert offers_to_wait(said) is offers
