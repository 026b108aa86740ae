"""The greeting: a greeting word and the full name, in the opening."""

from dataclasses import replace

import pytest
from name_calls import call

from qa_pipeline.criteria import kind
from qa_pipeline.criteria.base import Finding
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.recording import Layout, Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.name_in_opening import sounds_somewhat_like
from qa_pipeline.language.openings import Opening, has_greeting

PASS, FAIL, UNDETERMINED = Outcome.PASS, Outcome.FAIL, Outcome.UNDETERMINED
ASKS = "c i have a question about my last bill please"
LATE = ("a hello", ASKS, "a which bill", "c the may one", "a by the way i am called nina castillo")
ASKS_ZH = "c 我想查一下我上周买的那个订单"


def judge(conversation: Conversation, **params: object) -> Finding:
    check = kind("self_introduction")
    finding = check.judge(conversation, check.params(**params))
    assert finding.reason in check.reasons
    return finding


@pytest.mark.parametrize(
    ("lines", "outcome", "reason"),
    [
        (
            ("a good morning harbor bank this is nina castillo how can i help", ASKS),
            PASS,
            "complete",
        ),
        (
            ("a thank you for calling harbor bank", "a my name is", "a nina castillo", ASKS),
            PASS,
            "complete",
        ),
        (
            ("a hello", "c hello?", "a yes this is nina castillo from harbor bank", ASKS),
            PASS,
            "complete",
        ),
        (("a Nina Castillo speaking, how can I help?", ASKS), FAIL, "no_greeting_word"),
        (
            ("a hello this is harbor bank my name is nina how can i help", ASKS),
            FAIL,
            "first_name_only",
        ),
        (("a hello mr castillo speaking", ASKS), FAIL, "family_name_only"),
        (("a hello agent number seven one two how can i help", ASKS), FAIL, "staff_number_only"),
        (("a hello harbor bank how can i help", ASKS), FAIL, "no_name"),
        (("a yes what is it", ASKS), FAIL, "no_name"),
        (("a you are welcome nina castillo speaking", ASKS), FAIL, "no_greeting_word"),
        # Said long after the customer has come to the point, it is no introduction any more.
        (LATE, FAIL, "no_name"),
    ],
)
def test_english(lines: tuple[str, ...], outcome: Outcome, reason: str) -> None:
    finding = judge(call(*lines))
    assert (finding.outcome, finding.reason) == (outcome, reason)
    assert finding.evidence


@pytest.mark.parametrize(
    ("lines", "outcome", "reason"),
    [
        (("a 您好,云帆旅行,我是客服高雪梅,请问有什么可以帮您", ASKS_ZH), PASS, "complete"),
        (("a 感谢致电云帆旅行由我高雪梅为您服务", ASKS_ZH), PASS, "complete"),
        (("a 喂,我是高雪梅,请讲", ASKS_ZH), FAIL, "no_greeting_word"),
        (("a 您好,我姓高,请讲", ASKS_ZH), FAIL, "family_name_only"),
        (("a 您好工号三零二六为您服务", ASKS_ZH), FAIL, "staff_number_only"),
        (("a 您好云帆旅行请问有什么可以帮您", ASKS_ZH), FAIL, "no_name"),
        (("a 喂", "a 请讲", ASKS_ZH), FAIL, "no_name"),
    ],
)
def test_mandarin(lines: tuple[str, ...], outcome: Outcome, reason: str) -> None:
    finding = judge(call(*lines, language="zh"))
    assert (finding.outcome, finding.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("opening", "outcome"),
    [
        ("hello this is daniel brookes how can i help", PASS),
        ("hello northwind daniel bruks how can i help", PASS),
        ("hello this is daniel how can i help", FAIL),
        ("hello this is daniel from northwind", FAIL),
    ],
)
def test_recorded_name_is_matched_by_sound(opening: str, outcome: Outcome) -> None:
    assert judge(call(f"a {opening}", ASKS, agent="Daniel Brooks")).outcome is outcome


def test_garbled_family_name_passes_less_surely() -> None:
    clear = judge(call("a hello this is daniel brooks how can i help", ASKS, agent="Daniel Brooks"))
    garbled = judge(
        call("a hello this is daniel plorx how can i help", ASKS, agent="Daniel Brooks")
    )
    assert garbled.outcome is PASS
    assert garbled.confidence < clear.confidence - 0.2


@pytest.mark.parametrize("said", ["我是王方", "我是黄芳", "我是網芳"])
def test_mandarin_homophones_of_the_recorded_name(said: str) -> None:
    finding = judge(call(f"a 您好{said}请问有什么可以帮您", ASKS_ZH, language="zh", agent="王芳"))
    assert finding.outcome is PASS


def test_contradicting_record_is_told() -> None:
    finding = judge(call("a hello this is megan porter", ASKS, agent="Mary Stone"))
    assert finding.outcome is PASS
    assert "Mary Stone" in finding.explanation.en
    assert "Mary Stone" in finding.explanation.zh


def test_addressing_the_customer_is_no_introduction() -> None:
    finding = judge(call("a hello patricia brown how are you", "c fine i have a question for you"))
    assert finding.reason == "no_name"


def test_rubric_may_ask_for_less() -> None:
    lines = ("a this is nina from harbor bank", ASKS)
    assert judge(call(*lines), require_greeting=False, require_full_name=False).outcome is PASS


def test_recording_that_starts_in_mid_talk_is_undetermined() -> None:
    finding = judge(
        call("a so as i said the second charge was reversed on the day before", ASKS,
             layout=Layout.MONO, start_ms=0)
    )  # fmt: skip
    assert (finding.outcome, finding.reason) == (UNDETERMINED, "no_opening_heard")


def test_unclear_opening_is_undetermined() -> None:
    finding = judge(call("a hello this is nina how", ASKS, word_probability=0.2))
    assert (finding.outcome, finding.reason) == (UNDETERMINED, "speech_unclear")


def test_unsure_roles_are_undetermined() -> None:
    finding = judge(call("a hello this is nina castillo", ASKS, role_confidence=0.5))
    assert (finding.outcome, finding.reason) == (UNDETERMINED, "roles_unsure")


def test_confidence_sinks_with_speech_and_roles() -> None:
    lines = ("a hello this is nina castillo", ASKS)
    sure = judge(call(*lines)).confidence
    unsure = judge(call(*lines, role_confidence=0.7, speech_confidence=0.6)).confidence
    assert unsure < sure <= 0.95


@pytest.mark.parametrize(
    "heard", ["家务好，欢迎致电长城宽带", "岛上好，东方银行客户服务部", "下五好，这里是客服"]
)
def test_a_time_of_day_that_the_recogniser_misheard_is_a_greeting(heard: str) -> None:
    assert has_greeting(heard, "zh")


@pytest.mark.parametrize("heard", ["那我好的", "这样好吗", "家里好吗", "我想好了", "还是好的"])
def test_other_words_before_hao_are_no_greeting(heard: str) -> None:
    assert not has_greeting(heard, "zh")


@pytest.mark.parametrize(
    ("heard", "name", "language", "maybe"),
    [
        ("Hello, this is Highland Broadband, and we were speeding.", "Andrew Wallace", "en", True),
        ("Hello, thank you for calling Northwind, how can I help?", "Andrew Wallace", "en", False),
        ("Good morning, Swift Parcel, go ahead.", "Daniel Porter", "en", False),
        ("您好，这里是东方银行，我是张小妹。", "张晓梅", "zh", True),
        ("您好，江南酒店服务中心，请讲。", "张晓梅", "zh", False),
    ],
)
def test_a_garbled_name_is_neither_found_nor_missed(
    heard: str, name: str, language: str, maybe: bool
) -> None:
    turn = Turn(Role.AGENT, 0, 5_000, heard)
    assert sounds_somewhat_like(Opening((turn,), heard, (0,)), name, language) is maybe


@pytest.mark.parametrize(
    ("opening", "language"),
    [
        ("hello my name is report macdonald how can i help", "en"),
        ("good afternoon the one delaney speaking how can i help", "en"),
        ("您好我是炊晓枚请问有什么可以帮您", "zh"),
    ],
)
def test_a_name_that_could_not_be_read_is_undetermined(opening: str, language: str) -> None:
    asks = ASKS_ZH if language == "zh" else ASKS
    finding = judge(call(f"a {opening}", asks, language=language))
    assert finding.outcome in {UNDETERMINED, PASS}
    assert finding.confidence < 0.8


@pytest.mark.parametrize("said", ["我是常老师", "我是小常", "免贵姓常"])
def test_part_of_the_recorded_name_is_not_the_full_name(said: str) -> None:
    finding = judge(call(f"a 您好，{said}，您请说", ASKS_ZH, language="zh", agent="常一诺"))
    assert (finding.outcome, finding.reason) == (FAIL, "family_name_only")


@pytest.mark.parametrize(
    ("layout", "outcome"), [(Layout.MONO, UNDETERMINED), (Layout.STEREO, FAIL), (Layout.TEXT, FAIL)]
)
def test_a_first_hello_in_one_channel_may_be_the_agents(layout: Layout, outcome: Outcome) -> None:
    finding = judge(call("c hello", "a this is nina castillo how can i help", ASKS, layout=layout))
    assert finding.outcome is outcome


@pytest.mark.parametrize(
    ("agent", "outcome"), [("金娜", UNDETERMINED), ("周秀英", FAIL), (None, UNDETERMINED)]
)
def test_in_half_clear_words_the_sound_of_the_recorded_name_is_looked_for(
    agent: str | None, outcome: Outcome
) -> None:
    made = call("a 您 好 是 交 误 的 金 马 请 讲", ASKS_ZH, language="zh", agent=agent,
                word_probability=0.65)  # fmt: skip
    assert judge(made).outcome is outcome


def test_a_name_written_as_one_word_may_be_all_of_the_recorded_one() -> None:
    opening = "a good morning my name's Jaimingju i'm on the billing team"
    assert judge(call(opening, ASKS, agent="Zhi Ming Zhou")).outcome is UNDETERMINED
    other = judge(call("a good morning my name's Fergus", ASKS, agent="Fergus Byrne"))
    assert (other.outcome, other.reason) == (FAIL, "first_name_only")


@pytest.mark.parametrize("said", ["我叫座马永康，请多指教", "是，教务的马永康，您说"])
def test_more_ways_to_tell_the_name(said: str) -> None:
    assert judge(call(f"a 您好，{said}", ASKS_ZH, language="zh")).outcome is PASS


@pytest.mark.parametrize(
    ("first", "layout", "outcome"),
    [
        ("Good morning,", Layout.MONO, PASS),  # the agent's own, in the middle of a sentence
        ("I'm loving it. Hello,", Layout.DUAL_MONO, PASS),
        ("Good morning,", Layout.STEREO, FAIL),
        ("Hello?", Layout.MONO, UNDETERMINED),
        ("Hello, is that the bank,", Layout.MONO, UNDETERMINED),
    ],
)
def test_a_greeting_split_off_from_the_agents_sentence(
    first: str, layout: Layout, outcome: Outcome
) -> None:
    made = call(f"c {first}", "a Darnell Nowak here with Ledgerleaf accounts.", ASKS, layout=layout)
    turns = (replace(made.turns[0], end_ms=made.turns[1].start_ms), *made.turns[1:])
    assert judge(replace(made, turns=turns)).outcome is outcome


def test_a_name_lost_where_it_belongs_is_undetermined_and_no_fail() -> None:
    lines = ("a Hi, Blue Gate, you've got all more men's on the line.", ASKS)
    clear = call(*lines, word_probability=0.9)
    words = tuple(
        replace(word, probability=0.4) if word.text in ("all", "more", "men's") else word
        for word in clear.turns[0].words
    )
    lost = replace(clear, turns=(replace(clear.turns[0], words=words), *clear.turns[1:]))
    assert (judge(lost).outcome, judge(lost).reason) == (UNDETERMINED, "speech_unclear")
    assert judge(clear).outcome is FAIL


def test_a_recording_that_begins_with_silence_has_the_whole_opening() -> None:
    lines = ("a Harbour Gas service desk, what can I do for you?", ASKS)
    begun = judge(call(*lines, layout=Layout.MONO, start_ms=250))
    cut = judge(call(*lines, layout=Layout.MONO, start_ms=50))
    assert begun.outcome is FAIL
    assert (cut.outcome, cut.reason) == (UNDETERMINED, "no_opening_heard")


def test_words_read_into_the_noise_before_an_answer_begin_no_opening() -> None:
    noise = ("c 都在外面想了可是我一直在做这个礼拜", "c 我自己是生日里的", "c 一直在做这个礼拜")
    made = call(*noise, "a 您好，公积金中心", "c 的阿巴文化家我自己是生", "a 我是话务员夏侯雨桐",
                language="zh", layout=Layout.STEREO)  # fmt: skip
    assert judge(made).outcome is PASS


@pytest.mark.parametrize("said", ["您好，我是夏侯宫，讲吧。", "您好，我是欧阳工，您说。"])
def test_an_engineer_with_a_surname_of_two_characters_tells_no_full_name(said: str) -> None:
    finding = judge(call(f"a {said}", "c 你好，我们管理员离职了，后台进不去", language="zh"))
    assert (finding.outcome, finding.reason) == (FAIL, "family_name_only")


@pytest.mark.parametrize(("first", "outcome"), [("为", FAIL), ("小 雨 的 机 会", UNDETERMINED)])
def test_a_mere_hello_read_without_certainty_hides_no_name(first: str, outcome: Outcome) -> None:
    lines = (f"a {first}", "c 喂，琴行吗", "a 对 您 讲", "c 你好，我家钢琴音不准了，想约人来调")
    made = call(*lines, language="zh", word_probability=0.7)
    words = tuple(replace(word, probability=0.2) for word in made.turns[0].words)
    badly = replace(made, turns=(replace(made.turns[0], words=words), *made.turns[1:]))
    assert judge(badly).outcome is outcome


@pytest.mark.parametrize(("agent", "outcome"), [("谢晨", UNDETERMINED), ("王丽", FAIL)])
def test_a_recorded_name_whose_surname_was_read_into_a_word(agent: str, outcome: Outcome) -> None:
    made = call("a 晚上好，我的名字是现场，请讲", ASKS_ZH, language="zh", agent=agent)
    assert judge(made).outcome is outcome


def test_a_surname_behind_a_misheard_formula_is_no_full_name() -> None:
    made = call("a 于吃换件您好，毕竟将，很高兴能为您服务。", ASKS_ZH, language="zh")
    assert judge(made).outcome is not PASS


@pytest.mark.parametrize("said", ["我是药房的谢药师", "我是药房的夏侯钥匙", "我是急诊的王户士"])
def test_a_title_behind_the_surname_is_no_given_name_however_it_is_written(said: str) -> None:
    finding = judge(call(f"a 您好，{said}。", ASKS_ZH, language="zh", agent="夏侯红梅"))
    assert finding.outcome is FAIL


def test_a_given_name_that_sounds_like_a_title_is_the_recorded_one() -> None:
    made = call("a 您好，我是药房的王怡诗。", ASKS_ZH, language="zh", agent="王怡诗")
    assert judge(made).outcome is PASS


@pytest.mark.parametrize(("sure", "outcome"), [(0.6, UNDETERMINED), (0.95, PASS)])
def test_a_name_with_nothing_of_the_recorded_one_counts_only_if_it_was_clear(
    sure: float, outcome: Outcome
) -> None:
    lines = ("a 您好，我是客服连泰，请讲。", ASKS_ZH)
    made = call(*lines, language="zh", agent="文凯", word_probability=sure)
    assert judge(made).outcome is outcome
