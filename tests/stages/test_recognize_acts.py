from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import yaml

from qa_pipeline.domain.conversation import Act
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn, Word
from qa_pipeline.language.acts import load_catalogue
from qa_pipeline.resources import acts_dir
from qa_pipeline.stages.recognize_acts import recognize_acts

CATALOGUE = load_catalogue(acts_dir())


class CountingEncoder:
    """All sentences mean the same: what is asked of it is what counts."""

    name, version = "same", "1"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        self.asked += texts
        return np.ones((len(texts), 1), dtype=np.float32)


def talk(*lines: str, language: str = "en") -> tuple[Turn, ...]:
    turns: list[Turn] = []
    now = 0
    for line in lines:
        who, text = line.split(": ", 1)
        end = now + 300 + len(text) * (220 if language == "zh" else 65)
        turns.append(Turn(Role.AGENT if who == "A" else Role.CUSTOMER, now, end, text))
        now = end + 400
    return tuple(turns)


def acts(*lines: str, language: str = "en") -> tuple[Act, ...]:
    return recognize_acts(talk(*lines, language=language), language, CATALOGUE, None)


def kinds(*lines: str, language: str = "en") -> list[str]:
    return [act.kind for act in acts(*lines, language=language)]


def test_who_says_it_matters() -> None:
    assert "announce_hold" in kinds("A: One moment please.")
    assert "announce_hold" not in kinds("C: One moment please.")


def test_no_and_yes_to_do_you_mind() -> None:
    assert "assent" in kinds("A: Would you mind holding for a minute?", "C: No, not at all.")
    assert "assent" in kinds("A: Would you mind holding for a minute?", "C: No.")
    assert "refusal" in kinds("A: Could you hold for a minute?", "C: No.")
    assert "assent" in kinds("A: 您介意等一下吗？", "C: 不会。", language="zh")


def test_a_yes_long_after_the_question_is_no_answer_to_it() -> None:
    turns = (
        Turn(Role.AGENT, 0, 2_000, "Could you hold for a minute?"),
        Turn(Role.CUSTOMER, 40_000, 41_000, "Sure."),
    )
    found = recognize_acts(turns, "en", CATALOGUE, None)
    assert "assent" not in [act.kind for act in found]


def test_an_act_carries_its_own_words_and_times() -> None:
    words = (
        Word(0, 400, "Thank"), Word(400, 600, " you"), Word(600, 800, " for"),
        Word(800, 1_200, " holding."), Word(2_500, 3_000, " Goodbye."),
    )  # fmt: skip
    turn = Turn(Role.AGENT, 0, 3_000, "Thank you for holding. Goodbye.", words)
    found = {act.kind: act for act in recognize_acts((turn,), "en", CATALOGUE, None)}
    assert found["farewell"].start_ms == 2_500
    assert found["thanks_for_waiting"].end_ms == 1_200
    assert found["thanks_for_waiting"].text == "Thank you for holding"


def test_homophones_are_found_with_less_confidence() -> None:
    plain = next(a for a in acts("A: 请您稍等一下好吗", language="zh") if a.kind == "ask_hold")
    heard = next(a for a in acts("A: 请您烧等一下好吗", language="zh") if a.kind == "ask_hold")
    assert (plain.method, heard.method) == ("pattern", "pattern") or (
        heard.confidence <= plain.confidence
    )
    missed = acts("A: 请烧等", language="zh")
    assert [a.method for a in missed if a.kind == "announce_hold"] == ["phonetic"]


def test_the_encoder_is_asked_only_where_it_can_matter() -> None:
    encoder = CountingEncoder()
    turns = talk(
        "A: Hello, how can I help you?", "C: Is my order there yet?", "A: It has been sent.",
        "A: Is there anything else?",
    )  # fmt: skip
    recognize_acts(turns, "en", CATALOGUE, encoder)
    assert encoder.asked == []


def test_no_turns_and_unknown_languages_give_no_acts() -> None:
    assert recognize_acts((), "en", CATALOGUE, None) == ()
    assert recognize_acts(talk("A: Bonjour."), "fr", CATALOGUE, None) == ()


RECAPS_EN = [
    ("I'd like to report water damage in my kitchen.",
     "I've opened a claim for the water damage in your kitchen."),
    ("My phone plan is too expensive, can you change it?",
     "we have switched you to the cheaper phone plan starting next month"),
    ("I forgot my password for the payroll portal.",
     "Your payroll portal password has been reset."),
    ("I want to return the blue jacket I ordered.",
     "So just to recap, you're returning the blue jacket and we'll refund sixty dollars."),
    ("My flight to Denver was cancelled, I need another one.",
     "You're booked on the six a.m. flight to Denver tomorrow."),
    ("The power is out on our street since noon.",
     "So you called about the power outage on your street, and a crew is going to repair it."),
    ("I need to see a dentist about a broken tooth.",
     "alright we will schedule the dentist for your broken tooth on monday at nine"),
]  # fmt: skip
RECAPS_ZH = [
    ("我家厨房漏水了，想报保险。", "您厨房漏水的理赔我已经帮您报案了。"),
    ("我的手机套餐太贵了，想换一个。", "已经帮您把手机套餐换成便宜的了，下个月生效。"),
    ("我忘了工资系统的密码。", "工资系统的密码已经帮您重置好了。"),
    ("我想退上周买的蓝色外套。", "跟您确认一下，您要退的是蓝色外套，退款三天内到账。"),
    ("我去昆明的航班取消了，要改签。", "去昆明的航班已经为您改签到明天早上六点。"),
    ("我们小区从中午开始停电了。", "您今天反映的是小区停电，我们会安排师傅上门抢修。"),
]
CLOSE = {
    "en": ("A: Is there anything else?", "C: No, thanks.", "A: Goodbye."),
    "zh": ("A: 请问还有什么可以帮您？", "C: 没有了。", "A: 再见。"),
}
OPEN = {
    "en": ("A: Hello, how can I help you?",),
    "zh": ("A: 您好，请问有什么可以帮您？",),
}
MIDDLE = {
    "en": ("A: What is your account number?", "C: Four four one nine two."),
    "zh": ("A: 请说一下您的手机号。", "C: 一三八零零一。"),
}


def call(request: str, answer: str, language: str) -> list[str]:
    return kinds(
        *OPEN[language], f"C: {request}", *MIDDLE[language], f"A: {answer}", *CLOSE[language],
        language=language,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("request_", "answer", "language"),
    [(r, a, "en") for r, a in RECAPS_EN] + [(r, a, "zh") for r, a in RECAPS_ZH],
)
def test_recaps_of_many_trades(request_: str, answer: str, language: str) -> None:
    assert "recap" in call(request_, answer, language)


@pytest.mark.parametrize(
    ("request_", "answer", "language"),
    [
        ("I'd like to pay my water bill.", "Okay, that's been done.", "en"),
        ("I'd like to pay my water bill.", "okay so that's four four one nine two", "en"),
        ("I'd like to pay my water bill.", "I have that submitted for you.", "en"),
        ("I'd like to know when the shop opens.", "The shop opens at nine.", "en"),
        ("I'd like to pay my water bill.", "Which water bill would you like to pay?", "en"),
        ("I'd like to pay my water bill.", "I've sent a verification code to your phone.", "en"),
        ("我想交水费。", "好的，已经弄好了。", "zh"),
        ("我想问一下门店几点开门。", "门店早上九点开门。", "zh"),
        ("我想交水费。", "您要交哪个月的水费？", "zh"),
        ("我想交水费。", "我给您发了一个验证码。", "zh"),
    ],
)
def test_what_is_no_recap(request_: str, answer: str, language: str) -> None:
    assert "recap" not in call(request_, answer, language)


DIALOGUES = yaml.safe_load(
    Path(__file__).with_name("recap_dialogues.yaml").read_text(encoding="utf-8")
)


def dialogues(*sets: str) -> list[tuple[str, list[str]]]:
    return [
        (language, dialogue)
        for language, groups in DIALOGUES.items()
        for name in sets
        for dialogue in groups.get(name, ())
    ]


def talked(language: str, request: str, answer: str, *more: str) -> list[str]:
    return kinds(
        *OPEN[language], f"C: {request}", *MIDDLE[language], f"A: {answer}", *more,
        *CLOSE[language], language=language,
    )  # fmt: skip


@pytest.mark.parametrize(("language", "dialogue"), dialogues("recap", "heard"))
def test_recaps_also_with_more_said_before_the_close(language: str, dialogue: list[str]) -> None:
    assert {"recap", "near_recap"} & set(talked(language, *dialogue))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_few_of_them_only_come_near(language: str) -> None:
    own = [dialogue for lang, dialogue in dialogues("recap", "heard") if lang == language]
    surely = ["recap" in talked(language, *dialogue) for dialogue in own]
    assert sum(surely) >= 0.8 * len(own)


def test_what_both_say_together_is_told_apart_from_what_the_agent_says() -> None:
    said = ["C: I need blue checks sent to Jackson Street.", "A: Blue checks are eighteen dollars.",
            "C: Fine, eighteen dollars.", "A: They take five days.", "C: All right.",
            "A: So that is blue checks", "C: for eighteen dollars sent to Jackson Street",
            "A: in five days.", "C: Yes."]  # fmt: skip
    found = kinds(*said, *CLOSE["en"], language="en")
    assert "recap" not in found
    assert "mixed_recap" in found


@pytest.mark.parametrize(("language", "dialogue"), dialogues("none"))
def test_sentences_near_the_close_that_sum_nothing_up(language: str, dialogue: list[str]) -> None:
    assert "recap" not in talked(language, *dialogue)


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("en", ("A: I'd need to put you on hold for a minute.", "A: Okay?")),
        ("en", ("A: I'll put you on hold while I check, is that all right",)),
        ("en", ("A: Can I put you on old for a moment.",)),
        ("en", ("A: If you don't mind I'll pop you on hold for a second.",)),
        ("zh", ("A: 我去查一下，您稍等。", "A: 好吗")),
        ("zh", ("A: 您先等我一下，我问问主管，成吗。",)),
        ("zh", ("A: 可以请您稍等一下。",)),
        ("zh", ("A: 请您烧等一下好妈",)),
    ],
)
def test_a_question_without_its_mark_is_an_ask(language: str, lines: tuple[str, ...]) -> None:
    found = kinds(*lines, language=language)
    assert "ask_hold" in found
    assert "announce_hold" not in found


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "A: No, you do not. But you satisfied with the help you got today. Helen,"),
        ("en", "A: are you happy with how we handled this today"),
        ("zh", "A: 请问您对我们这次的处理还蛮尼吗"),
        ("zh", "A: 您对刚才的服务吗你吗"),
        ("zh", "A: 您对我们这次的处理还满意。"),
    ],
)
def test_satisfaction_is_asked_although_written_badly(language: str, line: str) -> None:
    assert "ask_satisfaction" in kinds(line, language=language)


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "A: One moment please."),
        ("zh", "A: 请稍等片刻，马上为您查询。"),
    ],
)
def test_telling_to_wait_is_no_ask(language: str, line: str) -> None:
    assert "ask_hold" not in kinds(line, language=language)


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "A: I'm glad we fixed it, I hope you will be happy with the new phone."),
        ("zh", "A: 希望您对我们的服务满意。"),
        ("zh", "A: 如果您对结果不满意可以再打过来。"),
        ("zh", "A: 您对这次的费用没有疑问的话我就帮您登记。"),
    ],
)
def test_speaking_of_satisfaction_is_no_question(language: str, line: str) -> None:
    assert "ask_satisfaction" not in kinds(line, language=language)


def test_mandarin_partings_name_a_day_or_wish_well() -> None:
    for said in ("那星期一见，出老人家身体健康", "周四见啦", "祝您早日康复"):
        assert "farewell" in kinds(f"A: {said}", language="zh")
    for said in ("那周三见面再说", "我们周六见了他们经理"):
        assert "farewell" not in kinds(f"A: {said}", language="zh")
