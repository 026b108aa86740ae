"""Names that an agent tells in an opening without a formula, and what only looks like one."""

import pytest

from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.name_in_opening import not_fully_read, told_name
from qa_pipeline.language.openings import Opening, find_opening, greeting_turn, without_announcement

ALONE = [
    ("zh", "您好，青藤书店，沈嘉禾。", "full"),
    ("zh", "早上好，远帆汽修，上官若彤", "full"),
    ("zh", "您好，这里是仁爱医院，我是导诊员方晓彤。", "full"),
    ("zh", "你好，敝姓林 林佩蓉 很高兴为您服务", "full"),
    ("zh", "您好，我叫阿迪力·买买提，草原客服。", "full"),
    ("zh", "您好，我是若彤，请讲", "given"),
    ("zh", "您好，教我小沈就行", "family"),
    ("zh", "您好，周大福珠宝，客服中心，请问有什么可以帮您", None),
    ("zh", "您好，李建国？这里是远帆汽修", None),
    ("zh", "好的，陈思雨，青藤书店，请稍等", None),
    ("zh", "您好，顺风快递，华南区", None),
    ("zh", "您好，高新区，税务局", None),
    ("en", "Hello, Housing, Leila Haddad.", "full"),
    ("en", "Hello, Gregory Fairweather, Planning.", "full"),
    ("en", "Good morning, Maeve Corrigan is my name, this is the library.", "full"),
    ("en", "hi this is kate with a k kate donovan from the clinic", "full"),
    ("en", "hello my name is arjun last name is banerjee from support", "full"),
    ("en", "Hello from Fern Couriers, Hemi Parata here, how are you?", "full"),
    ("en", "Good afternoon, Sergeant Pike speaking.", "family"),
    ("en", "Good morning, this is Big Tony.", "given"),
    ("en", "Hello, Thomas Cook, Travel.", None),
    ("en", "Good morning, Baker Hughes, Legal.", None),
    ("en", "Good morning, Ernest Jones, jewellers, Swindon.", None),
    ("en", "Hello, James Corrigan? Housing here.", None),
]


def opening_of(text: str, language: str) -> Opening:
    turns = (
        Turn(Role.AGENT, 0, 4_000, text),
        Turn(Role.CUSTOMER, 4_500, 8_000, "你好，我想问一下" if language == "zh" else "hi there"),
    )
    return find_opening(turns, language, 12_000)


@pytest.mark.parametrize(("language", "text", "kind"), ALONE)
def test_what_is_told_in_an_opening(language: str, text: str, kind: str | None) -> None:
    name = told_name(opening_of(text, language), None, language)
    assert (name.kind if name else None) == kind


def test_the_place_of_a_name_is_its_place_in_the_opening() -> None:
    text = "您好，青藤书店，沈嘉禾。"
    name = told_name(opening_of(text, "zh"), None, "zh")
    assert name is not None and text[name.start : name.end] == "沈嘉禾"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh", "为了保证服务质量，本次通话可能会被录音。您好，这里是青藤书店"),
        ("zh", "您的来电将被录音您好这里是青藤书店"),
        ("en", "This call may be recorded for quality and training purposes. Hello, Housing."),
        ("en", "calls are recorded for training purposes hello housing how can i help"),
    ],
)
def test_an_announcement_glued_to_the_opening_is_not_the_agents(language: str, text: str) -> None:
    left = without_announcement(text, language)
    assert len(left) == len(text)
    assert "record" not in left and "录" not in left
    assert greeting_turn(opening_of(text, language), language) is not None
    assert told_name(opening_of(text, language), None, language) is None


@pytest.mark.parametrize(
    ("text", "unread"),
    [
        ("您好，这里是翠湖管理处，维尼亚清清电话", True),
        ("您好，我是京城受候的炊幕有什么能帮您", True),
        ("您好，这里是翠湖管理处，请讲", False),
        ("您好，请问您贵姓，我帮您查", False),
    ],
)
def test_what_stands_in_a_names_place_and_reads_as_nothing(text: str, unread: bool) -> None:
    opening = opening_of(text, "zh")
    assert not_fully_read(opening, told_name(opening, None, "zh"), "zh") is unread
