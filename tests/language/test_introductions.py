"""Who introduces themselves how; none of the sentences is one of the formulas' own examples."""

import pytest

from qa_pipeline.language.names import find_self_introduction

FULL, GIVEN, FAMILY, STAFF, NONE = "full", "given", "family", "staff_number", None

ENGLISH = [
    ("Good afternoon, Meridian Travel, this is Olivia Hartley, how can I help?", FULL),
    ("thanks for calling blue ridge water my name is carlos mendoza what can i do for you", FULL),
    ("Hi there, you're speaking with Priyanka Desai from Kestrel Mobile.", FULL),
    ("hello you've come through to claims you're talking to gareth lloyd", FULL),
    ("Samuel Okafor speaking, good morning.", FULL),
    ("morning orchard bank nadia hussain speaking", FULL),
    ("Thank you for holding. My name is Tom, Tom Weatherby.", FULL),
    ("my name's siobhan how may i help you this evening", GIVEN),
    ("welcome to lumen internet this is keisha washington on a recorded line", FULL),
    ("hello my name is uh benjamin ortiz with the billing team", FULL),
    ("Hello, I'm Ethan Caldwell and I'll be looking after you today.", FULL),
    ("hello i'm ethan and i'll be looking after you today", GIVEN),
    ("good evening this is grace from customer care", GIVEN),
    ("hi this is mr henderson calling from the service desk", FAMILY),
    ("Ms. Kowalski speaking.", FAMILY),
    ("good day agent number seven seven two how can i help", STAFF),
    ("you've reached technical support, my badge number is 4410", STAFF),
    ("this is redwood credit union how can i help you", NONE),
    ("this is united health services good morning", NONE),
    ("this is in regards to the parcel you sent", NONE),
    ("i am so sorry about the wait", NONE),
    ("i'm just pulling up your file", NONE),
    ("this is the third time i'm calling", NONE),
    ("it's been two weeks already", NONE),
    ("that's right thank you", NONE),
    ("is this jennifer", NONE),
    ("am i speaking to mrs patterson", NONE),
    ("can i speak to angela in accounts please", NONE),
    ("who is speaking please", NONE),
    ("yes i am here", NONE),
    ("i'm afraid that item is out of stock", NONE),
    ("let me put you through to victor", NONE),
    ("hello patricia how are you doing", NONE),
    ("my name is on the account as well", NONE),
    ("my name is andrew will you hold for a second", GIVEN),
    ("my name is laura may i have your account number", GIVEN),
    ("my name is susan good morning", GIVEN),
    ("my name is theodora papadakis how may i be of service", FULL),
    ("this is wei zhang from northern freight", FULL),
    ("you are through to liu yang how can i help", FULL),
    ("this is anna-maria o'sullivan", FULL),
    ("HELLO THIS IS MARCUS REED HOW CAN I HELP", FULL),
    ("marcus here how can i help", GIVEN),
    ("Cedar Homes, Marcus Reed here. What can I do for you?", FULL),
    ("i'm your support specialist hugo ramirez", FULL),
    ("my name is mary beth what can i get started for you", GIVEN),
    ("my name is jean luc picard how can i help", FULL),
    ("good morning thank you for calling peak outdoor gear this is dana how can i help", GIVEN),
]

ENGLISH += [
    ("Hi there, Rose Schmidt with Lakeside Travel on a recorded line.", FULL),
    ("thanks for calling lakeside travel hope baker here what's going on", FULL),
    ("Hello, um, this is, uh, Neil Wood, with Swift Parcel.", FULL),
    ("yes good evening box office my good name is arjun haddad", FULL),
    ("it sure is it's margaret wang at the front desk", FULL),
    ("hello customer care lucia this side", GIVEN),
    ("so that's kevin brooks, correct?", NONE),
]

MANDARIN = [
    ("您好，这里是恒通快递，我是客服专员刘晓燕，请问有什么可以帮您？", FULL),
    ("早上好恒通快递我是何建军请问您需要什么帮助", FULL),
    ("您好，很高兴为您服务，我叫周雨桐。", FULL),
    ("您好，我是您的理财顾问司马青，今天给您回访一下。", FULL),
    ("晚上好，由我宋佳为您服务。", FULL),
    ("您好欢迎致电云帆旅行客服郑凯为您服务", FULL),
    ("喂您好我是宏图宽带的工程师罗志强", FULL),
    ("您好我姓钱叫钱多多", FULL),
    ("您好，我的名字叫做夏侯兰。", FULL),
    ("您好我是時光書店的客服林美玲", FULL),
    ("您好，我是Kevin，很高兴为您服务。", GIVEN),
    ("您好我叫Grace Liu", FULL),
    ("您好，我姓孙，请问有什么需要？", FAMILY),
    ("您好我是小陈请问有什么可以帮到您", FAMILY),
    ("您好，我是赵经理", FAMILY),
    ("您好我是吴老师", FAMILY),
    ("您好工号八零三一为您服务", STAFF),
    ("您好，2207号客服，请讲。", STAFF),
    ("您好这里是客户服务中心请问您要咨询什么", NONE),
    ("喂，请讲", NONE),
    ("您好欢迎致电恒通快递", NONE),
    ("很高兴为您服务请问有什么需要", NONE),
    ("我是说昨天那个单子", NONE),
    ("我是想改一下地址", NONE),
    ("我是在你们网站上买的", NONE),
    ("我是从广东打过来的", NONE),
    ("我是白银会员", NONE),
    ("请问是李女士吗", NONE),
    ("您是张伟先生本人吗", NONE),
    ("这是我们的规定", NONE),
    ("我这边是看到有两笔扣款", NONE),
    ("我是周三下的单", NONE),
    ("我是王芳的妈妈", NONE),
    ("马上为您处理", NONE),
    ("我们将继续为您服务", NONE),
    ("我是常州的用户", NONE),
    ("您好，欢迎拨打绿洲银行热线，我是理财经理黄晓燕，请问您需要办理什么业务？", FULL),
    ("下午好，这里是安心保险，我是您的专属客服许诺", FULL),
    ("您好我是绿洲银行的张丽娟今天给您打电话是想确认一下", FULL),
    ("您好我是星辰家电售后的小吴", FAMILY),
    ("我是要退货的", NONE),
    ("我是你们的老用户", NONE),
    ("您好，我是汪芳，很高兴为您服务", FULL),
    ("午安，这里是翠园公寓管理处，方婷婷听电话。", FULL),
    ("您好京驰汽修服务顾问沈文博您请说", FULL),
]


def _fullest(text: str, language: str) -> str | None:
    order = {"full": 3, "given": 2, "family": 1, "staff_number": 0}
    kinds = [found.kind for found in find_self_introduction(text, language)]
    return max(kinds, key=lambda kind: order[kind], default=None)


@pytest.mark.parametrize(("text", "kind"), ENGLISH)
def test_english(text: str, kind: str | None) -> None:
    assert _fullest(text, "en") == kind


@pytest.mark.parametrize(("text", "kind"), MANDARIN)
def test_mandarin(text: str, kind: str | None) -> None:
    assert _fullest(text, "zh") == kind


def test_parts_place_and_company() -> None:
    text = "thank you for calling harbor electric this is daniel brooks how can i help"
    (found,) = find_self_introduction(text, "en")
    assert (found.given, found.family) == ("daniel", "brooks")
    assert text[found.start : found.end] == "daniel brooks"
    assert found.company == "harbor electric"


def test_a_company_named_like_a_person_gives_way_to_the_name() -> None:
    found = find_self_introduction("this is john lewis my name is ruby how can i help", "en")
    assert [f.text for f in found] == ["ruby"]


def test_mandarin_parts_and_place() -> None:
    text = "您好,這裡是恒通快遞的歐陽明"
    (found,) = find_self_introduction(text, "zh")
    assert (found.family, found.given) == ("欧阳", "明")
    assert text[found.start : found.end] == "歐陽明"


def test_name_beside_a_staff_number() -> None:
    kinds = {f.kind for f in find_self_introduction("您好,工号3056,我是林婉清", "zh")}
    assert kinds == {"staff_number", "full"}


@pytest.mark.parametrize(
    ("text", "given", "family"),
    [
        ("Now it gives an error. Jian Chen's the name.", "jian", "chen"),
        ("Now it gives an error. Giant chins the name.", "giant", "chin"),
        ("Hi, it's Matthieu Delgado from the Leeds warehouse.", "matthieu", "delgado"),
        ("Hi Tao Kwak here. I need a scan.", "tao", "kwak"),
    ],
)
def test_first_names_that_no_list_has(text: str, given: str, family: str) -> None:
    (found,) = find_self_introduction(text, "en")
    assert (found.given, found.family) == (given, family)


@pytest.mark.parametrize(
    "text",
    ["That's the name.", "What's the name?", "It's Monday Delivery from the depot.",
     "Believe it or not, mine was the name."],
)  # fmt: skip
def test_what_is_like_those_and_names_nobody(text: str) -> None:
    assert find_self_introduction(text, "en") == []
