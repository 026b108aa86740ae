"""Mandarin openings of which only the sound is right: what is told, and what is surely absent."""

import pytest

from qa_pipeline.domain.conversation import KnownName
from qa_pipeline.language.introductions_sound_zh import told_by_sound_zh
from qa_pipeline.language.names import parse_name
from qa_pipeline.language.opening_explained_zh import is_explained, without_notice
from qa_pipeline.language.openings import has_greeting
from qa_pipeline.language.recorded_name_zh import given_by_sound_zh, known_by_sound_zh
from qa_pipeline.language.salutations_zh import is_salutation, may_be_salutation


def known(name: str) -> KnownName:
    parsed = parse_name(name, "zh")
    assert parsed is not None
    return KnownName(name, parsed.family, parsed.given, "metadata")


@pytest.mark.parametrize(
    ("heard", "name"),
    [
        ("青藤热线我交令文竞勤奖", "令文竞"),  # 我叫蔺文静请讲
        ("我角孙丽群，情问有什么事", "孙丽群"),  # in/ing
        ("对我是做西黄富宏美您请说", "黄富宏美"),  # 坐席皇甫红梅
        ("全民事愿宏美请问需要什么", "愿宏美"),  # 全名是晏红梅
        ("天员灯才员，很高兴接到您的电话", "灯才员"),  # 店员邓彩云
        ("我叫双官美临，请吩咐", "双官美临"),  # 上官美玲
        ("我叫四马明灰，请讲", "四马明灰"),  # 司马明辉
        ("对定席组黄副红妹，您请说", "黄副红妹"),  # 皇甫红梅, without a formula
        ("东方航空，请讲", None),
        ("福满楼东方明珠，请讲", None),
        ("必姓徐，徐雅文恨高兴为您服务", None),  # a pause, no formula right before
        ("您好，我姓徐雅文很高兴为您服务", "徐雅文"),
    ],
)
def test_a_name_between_a_formula_and_a_closing_word(heard: str, name: str | None) -> None:
    full = [f.text for f in told_by_sound_zh(heard) if f.is_full]
    assert full == ([name] if name else [])


@pytest.mark.parametrize(
    "heard",
    [
        "您好，我是客服中心，请讲",
        "我是坐席部，请讲",
        "我是客服一号，您请说",
        "我是张经理，请讲",
        "我是皇小姐，请问有什么事",
        "我是何医生的助理，您请讲",
        "我是青藤公寓管理处，请说",
        "您好，我叫佳怡请问您贵姓",  # 佳怡 may be a given name alone
        "请问订票人的大名是，我叫胡佳豪，",  # the customer's answer
        "我是想问一下，请问",
        "叫我小周就成，您是保养还是维修",
        "敝姓陈很高为您服务",
    ],
)
def test_posts_departments_titles_and_customers_are_no_full_name(heard: str) -> None:
    assert not [f for f in told_by_sound_zh(heard) if f.is_full]


@pytest.mark.parametrize(
    ("heard", "family"), [("您好我新下侯，信用卡中心的", "下侯"), ("我信长您找谁", "长")]
)
def test_a_family_name_alone(heard: str, family: str) -> None:
    assert [(f.kind, f.text) for f in told_by_sound_zh(heard)] == [("family", family)]


@pytest.mark.parametrize(
    ("heard", "name"),
    [
        ("我是刀枕元宗海陶，这里是", "宋海涛"),
        ("零用卡，东心沈素灯，形奖", "沈素珍"),
        ("我们那时候后是见准请问什么事", "石建军"),
        ("您好，我是成文静，请讲", "程文静"),
        ("是，教务的金马，您老板", "金娜"),
        (
            "上午好，我调期现金，您是要预约吗",
            "祁建军",
        ),  # the surname alone the same, a clause's end
    ],
)
def test_a_recorded_name_with_one_syllable_misheard(heard: str, name: str) -> None:
    found = known_by_sound_zh(heard, known(name))
    assert found is not None and found.is_full


@pytest.mark.parametrize(
    ("heard", "name"),
    [
        ("您好，我是建军，请讲", "石建军"),  # the family name would be the 是 of 我是
        ("您好，我叫文静，请讲", "焦文静"),
        ("您好，我是海涛老师", "宋海涛"),
        ("您好，这里是林小麦蛋糕", "石琳"),
        ("您好，请问您贵姓，我查一下", "闵桂香"),
        ("您好，我是林雅婷为您服务", "林艳"),
        ("您好，这里是仓储部", "李世昌"),
        ("您好，我调期现金那个柜台，请讲", "祁建军"),
    ],
)
def test_words_that_sound_like_a_recorded_name_are_not_it(heard: str, name: str) -> None:
    assert known_by_sound_zh(heard, known(name)) is None


def test_the_recorded_given_name_alone_is_told_as_such() -> None:
    found = given_by_sound_zh("欢迎致电，我是会敏银好", known("于慧敏"))
    assert found is not None and found.kind == "given"


@pytest.mark.parametrize(
    "heard",
    [
        "李克宁号，这里是客运站",
        "您后，预约中心",
        "尼厚压，我是",
        "早上后，青藤热线",
        "小午后，这边是蛋糕店",
        "五安管理处，我是",
        "岛岸，补习中心",
        "韩卸您来见，医院",
        "华宁之殿蓝天航空",
        "好，洛宁好，诊所",
    ],
)
def test_salutations_by_sound(heard: str) -> None:
    assert is_salutation(heard) and has_greeting(heard, "zh")


@pytest.mark.parametrize(
    "heard",
    ["喂，我是林浩，请讲", "客服李浩，请说", "李浩，平安快递", "你好像没说清楚", "您好几次了吧"],
)
def test_names_and_other_words_are_no_salutation(heard: str) -> None:
    assert not is_salutation(heard)


@pytest.mark.parametrize(
    ("heard", "may"),
    [
        ("好啊，这里是健检中心", True),
        ("玩这里是管理处", True),
        ("您，这里是方正税务", True),
        ("早上我是班主任", True),
        ("所以你要支定安徒的", True),
        ("hello这里是银行", True),
        ("台湾良爽冷气，我是慕容庆丰", True),
        ("走向后，我是皇甫红梅", True),
        ("法克导向好精神绿水，我是程博文", True),
        ("最后", False),
        ("我往后看一下", False),
        ("失物招领，说", False),
        ("零用卡，东心沈素灯，形奖", False),
        ("我是蓝丝安装组成文静，您请讲", False),
        ("为复台", False),
        ("您请讲", False),
    ],
)
def test_where_a_salutation_may_have_been_lost(heard: str, may: bool) -> None:
    assert may_be_salutation(heard) is may


@pytest.mark.parametrize(
    ("heard", "explained"),
    [
        ("岛岸自达补习中心请问找水", True),
        ("旅客您好，十七号为您服务", True),
        ("唯一你好，", True),
        ("对是我们", True),
        ("自达补习中心，沈素灯，请讲", False),
        ("我是问为什么事呢", False),
        ("您好我是严丽银河影院会员部", False),
        ("您好邱志明社保中心", False),
    ],
)
def test_whether_a_name_can_hide(heard: str, explained: bool) -> None:
    assert is_explained(heard) is explained


def test_what_is_said_behind_a_notice_of_recording() -> None:
    assert without_notice("文芯提示，您的来点将被落眼") == ""
    assert without_notice("您好，请讲") == "您好，请讲"
    left = without_notice("本通电话回录音，协谢您的配合用户式图书馆")
    assert left.endswith("用户式图书馆") and "录音" not in left
