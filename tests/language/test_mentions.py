"""Uses of the customer's name and traps."""

import pytest

from qa_pipeline.domain.conversation import KnownName
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn, Word
from qa_pipeline.language.names import find_mentions, probable_uses

BROWN = KnownName("Patricia Brown", "Brown", "Patricia", "metadata")
KING = KnownName("Stephen King", "King", "Stephen", "metadata")
NGUYEN = KnownName("Linh Nguyen", "Nguyen", "Linh", "metadata")
GRACE = KnownName("Grace Young", "Young", "Grace", "metadata")
SCHMIDT = KnownName("Heidi Schmidt", "Schmidt", "Heidi", "metadata")
DELACRUZ = KnownName("Maria de la Cruz", "de la Cruz", "Maria", "metadata")
AGENT = KnownName("Daniel Brooks", "Brooks", "Daniel", "metadata")
WANG = KnownName("王芳", "王", "芳", "metadata")
ZHANG = KnownName("张建国", "张", "建国", "metadata")
OUYANG = KnownName("欧阳静", "欧阳", "静", "metadata")
LI = KnownName("李", "李", None, "self_introduction")
GAO = KnownName("高明", "高", "明", "metadata")

ENGLISH = [
    (BROWN, "Thank you, Ms. Brown. I have your order here, Patricia.", 2),
    (BROWN, "thank you mrs brown", 1),
    (BROWN, "of course patricia let me look", 1),
    (BROWN, "am i speaking with patricia brown", 1),
    (BROWN, "Mrs. Braun, could you hold for a minute?", 1),
    (BROWN, "okay patrisha i have updated it", 1),
    (BROWN, "Brown, Patricia, is that how it is filed?", 1),
    (BROWN, "yes ma'am right away ma'am", 0),
    (BROWN, "the brown jacket is out of stock", 0),
    (BROWN, "The store is on Brown Street in Springfield.", 0),
    (BROWN, "let me ask my colleague patricia", 0),
    (BROWN, "I do need a doctor's note, Patricia, within ten days.", 1),
    (BROWN, "It is, Patricia, in the street behind our shop.", 1),
    (BROWN, "I asked my colleague, Patricia, about it.", 0),
    (BROWN, "Patricia from billing will call you back.", 0),
    (BROWN, "I will transfer you to Patricia now.", 0),
    (BROWN, "patricia miller signed for it", 0),
    (BROWN, "Mr. Thompson already approved it", 0),
    (BROWN, "so that is b r o w n", 0),
    (BROWN, "And is that B-R-O-W-N?", 0),
    (BROWN, "this is daniel brooks speaking", 0),
    (BROWN, "Brown and Sons delivered it", 0),
    (KING, "Mr. King, is it?", 1),
    (KING, "thank you mr king", 1),
    (KING, "would you like a king size bed", 0),
    (KING, "is that K-I-N-G", 0),
    (KING, "All right, Steven, that is done.", 1),
    (NGUYEN, "Thanks, Ms. Nuyen.", 1),
    (NGUYEN, "thank you miss nguyen have a good day", 1),
    (GRACE, "there is a grace period of ten days", 0),
    (GRACE, "Thank you, Grace, that helps.", 1),
    (GRACE, "ms young your room is ready", 1),
    (GRACE, "my son is young too", 0),
    (SCHMIDT, "mrs schmitt i can see it", 1),
    (SCHMIDT, "Heidi, one more thing.", 1),
    (DELACRUZ, "Thank you, Ms. de la Cruz.", 1),
    (DELACRUZ, "thank you mrs cruz", 1),
    (DELACRUZ, "Okay Maria, Maria de la Cruz, thank you.", 2),
]

MANDARIN = [
    (WANG, "好的王女士，请稍等", 1),
    (WANG, "王芳女士您好，王女士您看这样可以吗", 2),
    (WANG, "黄女士您的订单已经发出", 1),
    (WANG, "请问是王方吗", 1),
    (WANG, "女士您好，先生您好", 0),
    (WANG, "我是客服王芳", 0),
    (WANG, "我帮您转给王经理", 0),
    (WANG, "李女士您好", 0),
    (WANG, "我们往房间里送", 0),
    (WANG, "王芳公司的货已经到了", 0),
    (ZHANG, "张先生，建国先生，您好", 2),
    (ZHANG, "章建国先生您核对一下", 1),
    (ZHANG, "张总这个方案您看行吗", 1),
    (ZHANG, "這位張建國先生請稍等", 1),
    (ZHANG, "一张总共三百块", 0),
    (OUYANG, "欧阳女士，麻烦您确认", 1),
    (OUYANG, "欧阳静小姐您好", 1),
    (LI, "李先生久等了，谢谢李先生", 2),
    (LI, "您的行李先送到酒店", 0),
    (GAO, "高档小区先生您好", 0),
    (GAO, "高先生您好", 1),
]


def _turn(text: str) -> Turn:
    return Turn(Role.AGENT, 0, 5_000, text)


CALLED = [
    (KnownName("Katherine Doyle", "Doyle", "Katherine", "metadata"), "okay kate all done", True),
    (KnownName("Robert Doyle", "Doyle", "Robert", "metadata"), "Thank you, Bob.", True),
    (GRACE, "thanks for holding grace i found it", True),
    (GRACE, "am i speaking with grace", True),
    (BROWN, "so that's patricia brown correct", True),
    (BROWN, "Thank you, Mrs. just one moment", False),  # the name was lost in recognition
    (BROWN, "Okay, Patrice, one moment.", True),
]


@pytest.mark.parametrize(("name", "text", "certain"), CALLED)
def test_called_by_short_and_damaged_names(name: KnownName, text: str, certain: bool) -> None:
    (use,) = find_mentions([_turn(text)], name, "en", AGENT)
    assert use.certain is certain


@pytest.mark.parametrize(
    "text", ["施医生那边空着", "我是王国强", "这位女士先来", "好的先生", "技术部的黄工明天上门"]
)
def test_others_in_mandarin_are_no_use(text: str) -> None:
    name = KnownName("时国强", "时", "国强", "metadata")
    assert find_mentions([_turn(text)], name, "zh") == ()


def test_a_title_behind_an_unreadable_surname_is_uncertain() -> None:
    name = KnownName("孙一诺", "孙", "一诺", "metadata")
    (use,) = find_mentions([_turn("谢谢您，凋先生。")], name, "zh")
    assert not use.certain


@pytest.mark.parametrize(("name", "text", "count"), ENGLISH)
def test_english(name: KnownName, text: str, count: int) -> None:
    uses = find_mentions([_turn(text)], name, "en", AGENT)
    assert len(uses) == count, [use.text for use in uses]


@pytest.mark.parametrize(("name", "text", "count"), MANDARIN)
def test_mandarin(name: KnownName, text: str, count: int) -> None:
    uses = find_mentions([_turn(text)], name, "zh", KnownName("刘洋", "刘", "洋", "metadata"))
    assert len(uses) == count, [use.text for use in uses]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("赵女社，请您说一下身份证号码。", 1),
        ("谢谢您赵女生，请稍等。", 1),
        ("赵现生您好。", 1),
        ("那个女生已经走了。", 0),
        ("照女生宿舍的规定来。", 0),
        ("她是学生，女生宿舍在那边。", 0),
    ],
)
def test_titles_as_recognisers_mishear_them(text: str, count: int) -> None:
    name = KnownName("赵敏", "赵", "敏", "metadata")
    assert len(find_mentions([_turn(text)], name, "zh", None)) == count


def test_own_name_is_no_use_even_when_shared() -> None:
    own = KnownName("David", None, "David", "metadata")
    david = KnownName("David Wilson", "Wilson", "David", "metadata")
    turns = [_turn("hello this is acme bank my name is david how can i help you")]
    assert find_mentions(turns, david, "en", own) == ()
    assert len(find_mentions([_turn("thank you david")], david, "en", own)) == 1


def test_time_of_a_use_comes_from_its_words() -> None:
    words = (Word(100, 300, "Thank"), Word(300, 450, "you,"), Word(500, 700, "Mr."),
             Word(700, 1_200, "King."))  # fmt: skip
    turn = Turn(Role.AGENT, 100, 1_200, "Thank you, Mr. King.", words)
    (use,) = find_mentions([turn], KING, "en")
    assert (use.start_ms, use.end_ms, use.text, use.form) == (500, 1_200, "Mr. King", "title")


def test_pinyin_record_in_a_mandarin_call() -> None:
    name = KnownName("Wang Xiaoming", "Wang", "Xiaoming", "metadata")
    assert len(find_mentions([_turn("王先生您好，王晓明先生")], name, "zh")) == 2


def test_english_name_in_a_mandarin_call() -> None:
    name = KnownName("Tony Chen", "Chen", "Tony", "metadata")
    assert len(find_mentions([_turn("好的Tony，谢谢您Tony")], name, "zh")) == 2


def test_chinese_record_in_an_english_call() -> None:
    assert len(find_mentions([_turn("thank you ms wang")], WANG, "en")) == 1


def test_a_given_name_of_two_pinyin_syllables_is_used_as_a_whole() -> None:
    liu = KnownName("De Hua Liu", "Liu", "De", "metadata")
    turns = [
        Turn(Role.AGENT, 0, 2_000, "Oh dear, De Hua, how short are they?"),
        Turn(Role.AGENT, 4_000, 6_000, "Nothing to pay, the hua. That one is on us."),
        Turn(Role.AGENT, 8_000, 9_000, "It makes a difference to the hua."),
    ]
    sure = [use.text for use in find_mentions(turns, liu, "en") if use.certain]
    assert sure == ["De Hua"]
    assert [use.turn for use in probable_uses(turns, liu, "en")][-2:] == [1, 2]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Let's get that going giant. What number does it show?", 1),
        ("It's a giant. box that we send", 1),
        ("We have giant boxes.", 0),
    ],
)
def test_an_unlisted_word_that_was_heard_for_the_name_is_perhaps_one(text: str, count: int) -> None:
    known = KnownName("Giant Chin", "Chin", "Giant", "self_introduction")
    found = find_mentions([Turn(Role.AGENT, 0, 3_000, text)], known, "en")
    assert [use.certain for use in found] == [False] * count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("It is Patricia same cover as before.", 1),
        ("It's Tuesday at seven, Patricia, at the clinic.", 1),
        ("This is Patricia speaking.", 0),
        ("It is Daniel again.", 0),
    ],
)
def test_it_is_somebody_introduces_only_who_may_be_the_speaker(text: str, count: int) -> None:
    assert len(find_mentions([_turn(text)], BROWN, "en", AGENT)) == count
