"""The customer's name, three times."""

from dataclasses import replace

import pytest
from name_calls import call

from qa_pipeline.criteria import kind
from qa_pipeline.criteria.base import Finding
from qa_pipeline.criteria.name_facts import names_of
from qa_pipeline.domain.conversation import Conversation, KnownName
from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.recording import Layout, Role
from qa_pipeline.domain.timeline import Hold, Music
from qa_pipeline.domain.transcript import Turn


def judge(conversation: Conversation, **params: object) -> Finding:
    check = kind("name_use")
    finding = check.judge(conversation, check.params(**params))
    assert finding.reason in check.reasons
    return finding


def test_three_forms_are_three_uses() -> None:
    finding = judge(
        call("a hello how can i help", "c my name is patricia brown", "a thank you ms brown",
             "c sure", "a okay patricia it is done", "c good", "a goodbye mrs braun")
    )  # fmt: skip
    assert (finding.outcome, finding.reason) == (Outcome.PASS, "enough")
    assert [e.text for e in finding.evidence] == ["ms brown", "patricia", "mrs braun"]
    assert [e.start_ms for e in finding.evidence] == sorted(e.start_ms for e in finding.evidence)


def test_two_are_too_few_and_both_are_shown() -> None:
    finding = judge(
        call("a hi", "c hi", "a thanks mr lopez", "c ok", "a bye mr lopez", customer="Ana Lopez")
    )
    assert (finding.outcome, finding.reason) == (Outcome.FAIL, "too_few")
    assert len(finding.evidence) == 2
    assert "twice" in finding.explanation.en


def test_customers_own_mentions_do_not_count() -> None:
    finding = judge(call("a hello", "c patricia brown", "c patricia brown yes patricia",
                         customer="Patricia Brown"))  # fmt: skip
    assert finding.reason == "too_few"
    assert "never" in finding.explanation.en


def test_unknown_name_fails_with_that_reason() -> None:
    finding = judge(call("a how can i help", "c what are your hours", "a nine to five maam"))
    assert (finding.outcome, finding.reason) == (Outcome.FAIL, "name_unknown")


def test_shared_first_name() -> None:
    finding = judge(
        call("a hello this is david", "c i am david wilson", "a david here again", "c yes",
             agent="David", customer="David Wilson")
    )  # fmt: skip
    assert finding.reason == "too_few"


def test_said_name_counts_where_the_record_has_another() -> None:
    finding = judge(
        call("a hello", "c my name is linda jones", "a hi linda", "c hi", "a so linda", "c yes",
             "a bye linda", customer="Mary Jones")
    )  # fmt: skip
    assert finding.outcome is Outcome.PASS


def test_mandarin() -> None:
    lines = ("a 您好请问您贵姓", "c 免贵姓李", "a 好的李女士请稍等", "c 好", "a 李女士让您久等了",
             "c 没事",             "a 再见李女士")  # fmt: skip
    assert judge(call(*lines, language="zh")).outcome is Outcome.PASS
    assert judge(call(*lines, language="zh"), minimum=4).outcome is Outcome.FAIL


def test_one_short_in_unclear_speech_is_undetermined() -> None:
    lines = ("a hi ms brown", "c hi", "a thanks ms brown", "c bye")
    finding = judge(call(*lines, customer="Pat Brown", speech_confidence=0.55))
    assert (finding.outcome, finding.reason) == (Outcome.UNDETERMINED, "speech_unclear")


def test_unsure_roles_are_undetermined() -> None:
    finding = judge(call("a hi ms brown", "c hi", customer="Pat Brown", role_confidence=0.4))
    assert finding.reason == "roles_unsure"


def test_a_name_misheard_once_is_the_one_the_agent_goes_on_using() -> None:
    lines = (
        "a Who am I speaking with?",
        "c Joia Hughza.",
        "a Thanks, Julia. Bear with me for a second.",
        "c Sure.",
        "a Here we are, Julia. I've unlocked it.",
        "c Great.",
        "a So just to recap, Julia, your account was locked and I've unlocked it.",
    )
    finding = judge(call(*lines))
    assert (finding.outcome, finding.reason) == (Outcome.PASS, "enough")
    assert [e.text for e in finding.evidence] == ["Julia", "Julia", "Julia"]
    recorded = judge(call(*lines[2:], customer="Linda Brown"))
    assert recorded.outcome is Outcome.FAIL  # the record knows who it is: that is the wrong name


def test_uncertain_uses_that_decide_give_undetermined() -> None:
    lines = ("a thanks mr lopez", "c ok", "a okay mr lopez", "c ok", "a bye mr just", "c bye")
    finding = judge(call(*lines, customer="Ana Lopez"))
    assert (finding.outcome, finding.reason) == (Outcome.UNDETERMINED, "uses_unsure")
    assert len(finding.evidence) == 3
    sure = judge(call(*lines, customer="Ana Lopez"), minimum=2)
    assert sure.outcome is Outcome.PASS


def test_a_name_that_the_customer_denies_is_no_use() -> None:
    lines = ("a is that mr broun", "c no it's brown", "a thanks mr brown", "c ok")
    finding = judge(call(*lines, customer="Tom Brown"), minimum=2)
    assert finding.outcome is Outcome.FAIL


def test_a_colleague_is_not_what_the_customer_is_called() -> None:
    lines = ("a 您贵姓", "c 我叫何一诺", "a 我问下邬老师", "c 好", "a 邬老师回我了", "c 好",
             "a 跟车的是邬老师", "c 谢谢")  # fmt: skip
    assert judge(call(*lines, language="zh")).outcome is Outcome.FAIL


def test_a_given_name_that_is_used_again_and_again_counts_though_heard_otherwise() -> None:
    lines = ("a may i have your name", "c joy of you sir", "a Thanks, Julia, one moment.", "c ok",
             "a Here we are, Julia, it is unlocked.", "c ok", "a Bye, Julia.", "c bye")  # fmt: skip
    assert judge(call(*lines)).outcome is Outcome.PASS


def test_a_surname_misheard_once_is_told_by_what_the_agent_keeps_saying() -> None:
    finding = judge(
        call("a hello how can i help", "c yeah good day um its Heather Hock",
             "a Now, Heather Hobbs, Friday suits.", "c good",
             "a Thank you, Heather Hobbs.", "c ta", "a All done, Heather Hobb.")
    )  # fmt: skip
    assert finding.outcome is Outcome.PASS


LINES = (
    "a 您好，请讲。", "c 我叫文琳", "a 好的，文小姐，请稍等。", "c 好", "a 文女士，查到了。",
    "c 好", "a 再见。",
)  # fmt: skip


def _heard(*lines: str, unread_ms: int = 0, count: int = 1, role: Role = Role.AGENT) -> Finding:
    said = call(*lines, language="zh", customer="文琳", layout=Layout.MONO, word_probability=0.9)
    unread = tuple(
        Turn(role, 40_000 + i * 4_000, 40_000 + i * 4_000 + unread_ms, "") for i in range(count)
    )
    return judge(replace(said, unread=unread if unread_ms else ()))


def test_a_mandarin_use_may_be_in_voice_that_was_not_read() -> None:
    assert _heard(*LINES).reason == "too_few"
    assert _heard(*LINES, unread_ms=700).reason == "too_few"  # too short for a sentence with it
    assert _heard(*LINES, unread_ms=2_000, role=Role.CUSTOMER).reason == "too_few"
    lost = _heard(*LINES, unread_ms=2_000)
    assert (lost.outcome, lost.reason) == (Outcome.UNDETERMINED, "speech_unclear")


def test_one_lost_stretch_holds_not_three_uses() -> None:
    unused = ("a 您好，请讲。", "c 我叫文琳", "a 好的，请稍等。", "c 好", "a 再见。")
    assert _heard(*unused, unread_ms=2_000).reason == "too_few"
    assert _heard(*unused, unread_ms=2_000, count=3).reason == "speech_unclear"


def test_an_unread_name_is_not_used_where_nobody_is_called() -> None:
    quiet = ("a 您好，请讲。", "c 我想查一下订单", "a 好的，请稍等。", "c 好", "a 查到了，再见。")
    heard = call(*quiet, language="zh", layout=Layout.MONO, word_probability=0.9)
    assert (judge(heard).outcome, judge(heard).reason) == (Outcome.FAIL, "name_unknown")
    called = ("a 您好，请讲。", "c 我想查一下", "a 零女是，请稍等。", "c 好", "a 聊女是，查到了。")
    heard = call(*called, language="zh", layout=Layout.MONO, word_probability=0.9)
    assert judge(heard).outcome is Outcome.UNDETERMINED


def heard(*lines: str, probability: float = 0.95, dark: tuple[str, ...] = ()) -> Conversation:
    """A recorded call whose words are clear but for those that are `dark`."""
    made = call(*lines, layout=Layout.STEREO, word_probability=probability)
    turns = tuple(
        replace(
            turn,
            words=tuple(
                replace(word, probability=0.3) if word.text.strip(",.?") in dark else word
                for word in turn.words
            ),
        )
        for turn in made.turns
    )
    return replace(made, turns=turns)


CHAT = (
    "c yes",
    "a That was as quick as I could.",
    "c ok",
    "a Did the bolts come with it?",
    "c yes",
)


def test_titles_whose_name_is_never_read_the_same_are_uses() -> None:
    made = heard(
        "a Oh no, Mr. Volgaerks. Which table was it?", "c the oak one",
        "a There is a spare leg, Mr. Volgaerks.", "c good",
        "a I see, Mr. Vagniac. By courier then.", "c yes", "a Not a penny, Mr. Vagniac.", "c bye",
    )  # fmt: skip
    finding = judge(made)
    assert (finding.outcome, finding.reason) == (Outcome.PASS, "enough")


def test_well_heard_words_without_anything_like_a_name_are_too_few_whatever_it_is() -> None:
    finding = judge(heard("a Thanks, Mr. Kwa. Which table was it?", *CHAT))
    assert (finding.outcome, finding.reason) == (Outcome.FAIL, "too_few")
    assert finding.confidence <= 0.75
    unsure = judge(heard("a Thanks, Mr. Kwa. Which table was it?", *CHAT, probability=0.75))
    assert (unsure.outcome, unsure.reason) == (Outcome.UNDETERMINED, "name_unknown")


def test_clauses_whose_ends_were_lost_may_have_held_the_name() -> None:
    lines = (
        "a Thank you, Tom Brown. Is that all?", "c yes my name is tom brown",
        "a Have it ready by seven, hill.", "c ok", "a Nine on weekdays, heal.", "c good",
        "a Okay, to heal.",
    )  # fmt: skip
    clear = judge(heard(*lines))
    lost = judge(heard(*lines, dark=("hill", "heal")))
    assert (clear.outcome, clear.reason) == (Outcome.FAIL, "too_few")
    assert (lost.outcome, lost.reason) == (Outcome.UNDETERMINED, "speech_unclear")


def test_an_answer_at_the_beginning_of_a_sentence_is_no_name() -> None:
    lines = ("a Okay, Mr. Deng, I talked to Curtis.", "a So, Mr. Deng, it is yours.")
    made = heard(*lines, *CHAT, dark=("Okay",))
    known = replace(made, customer_name=KnownName("Kai Wen Deng", "Deng", "Kai", "metadata"))
    assert (judge(known).outcome, judge(known).reason) == (Outcome.FAIL, "too_few")


def test_what_the_customer_tells_in_the_agents_turn_is_no_use_and_leaves_it_open() -> None:
    lines = (
        "a 您好，我是前台小石。你好，我是黄凤霞，约了周六。好的，黄凤霞，看到了。",
        "c 可以可以", "a 行，黄女士，衣服我让小郑备一套。",
    )  # fmt: skip
    mixed = call(*lines, language="zh", customer="黄凤霞", layout=Layout.MONO,
                 word_probability=0.9)  # fmt: skip
    assert len(judge(mixed).evidence) == 2
    assert judge(mixed).reason == "speech_unclear"
    apart = replace(mixed, layout=Layout.STEREO)
    assert judge(apart).reason == "too_few"


@pytest.mark.parametrize(
    ("dark", "outcome"), [((), Outcome.PASS), (("Tara",), Outcome.UNDETERMINED)]
)
def test_a_first_name_known_from_one_badly_heard_word_does_not_decide(
    dark: tuple[str, ...], outcome: Outcome
) -> None:
    made = heard(
        "a Oh, have you, Mr. Subramanian? What would you rather have?", "c something purple",
        "a That's such a sweet idea, Mr. Subramanian.", "c thanks",
        "a Lovely to talk to you, Tara.", "c thank you", dark=dark,
    )  # fmt: skip
    assert judge(made).outcome is outcome


def test_a_short_hold_that_nobody_spoke_of_may_be_talk_that_was_lost() -> None:
    lines = (
        "c 我叫文琳", "a 文小姐，是想缩短年限吗", "c 月供少点吧", "a 文女士，当天钱要放进卡里",
        "c 好",
    )  # fmt: skip
    made = call(*lines, language="zh", customer="文琳", layout=Layout.MONO, word_probability=0.9)
    hold = Hold(10_000, 17_000, "music")
    assert judge(made).reason == "too_few"
    assert judge(replace(made, events=(hold,))).reason == "speech_unclear"
    assert judge(replace(made, events=(replace(hold, announced=True),))).reason == "too_few"
    assert judge(replace(made, events=(replace(hold, end_ms=40_000),))).reason == "too_few"


def test_what_sounds_like_music_and_is_no_hold_may_be_talk_that_was_lost() -> None:
    made = call(
        "c 我叫文琳", "a 文小姐，是想缩短年限吗", "c 月供少点吧", "a 文女士，当天钱要放进卡里",
        "c 好", language="zh", customer="文琳", layout=Layout.MONO, word_probability=0.9,
    )  # fmt: skip
    late_ms = 30_000
    turns = (*made.turns[:2], *(
        replace(turn, start_ms=turn.start_ms + late_ms, end_ms=turn.end_ms + late_ms,
                words=tuple(replace(w, start_ms=w.start_ms + late_ms, end_ms=w.end_ms + late_ms)
                            for w in turn.words))
        for turn in made.turns[2:]
    ))  # fmt: skip
    made = replace(made, turns=turns)
    music = Music(turns[1].end_ms, turns[1].end_ms + 7_000)
    assert judge(made).reason == "too_few"
    assert judge(replace(made, events=(music,))).reason == "speech_unclear"
    held = Hold(music.start_ms, turns[2].start_ms, "music", announced=True)
    assert judge(replace(made, events=(music, held))).reason == "too_few"


def test_a_title_that_is_heard_twice_makes_an_unlisted_name_known() -> None:
    lines = ("a Okay, Mr. Subbermanian, what's the plate?", "a It's not there, Mr. Subbermanian.")
    finding = judge(heard(*lines, *CHAT))
    assert (finding.outcome, finding.reason) == (Outcome.FAIL, "too_few")


def test_badly_heard_words_that_end_clauses_again_may_be_the_name() -> None:
    lines = (
        "a Thank you, Tom Brown.", "c my name is tom brown", "a Right, Tom. Too easy to heal up.",
        "c ok", "a There we go to heal up. It's done.",
    )  # fmt: skip
    assert judge(heard(*lines, dark=("heal",))).reason == "speech_unclear"
    assert judge(heard(*lines)).reason == "too_few"


def test_halves_of_a_name_side_by_side_are_one_use() -> None:
    lines = ("a Hello, Xiang Ming.", "c it's Xiang Xu", "a Bye, Xiang Ming.", "c bye")
    made = call(*lines, customer="Zhi Ming Xu")
    assert judge(made).reason == "too_few"


def test_a_mandarin_title_with_an_unread_name_leaves_it_open() -> None:
    lines = ("a 您好请讲", "c 我换车了", "a 好，事小姐，给您改好了", "c 谢谢", "a 再见")
    recorded = call(*lines, language="zh", layout=Layout.STEREO, word_probability=0.9)
    assert (judge(recorded).outcome, judge(recorded).reason) == (
        Outcome.UNDETERMINED, "name_unknown",
    )  # fmt: skip


def test_before_the_caller_speaks_what_only_sounds_like_the_name_is_none() -> None:
    rest = (
        "c there's a typo in it",
        "a okay Brendan which word",
        "c the date",
        "a by eight Brendan",
    )
    opened = "a hi this is Mr. Ligrog over at the shop"
    said = call(opened, *rest, customer="Brendan Fitzpatrick")
    assert judge(said).reason == "too_few"
    assert [e.text for e in judge(said).evidence] == ["Brendan", "Brendan"]
    known = call("a hello Brendan", *rest, customer="Brendan Fitzpatrick")
    assert judge(known).outcome is Outcome.PASS
    outbound = replace(known.metadata, direction="outbound")
    sounds = call("a hello is that Mr. Fitzpadrick", *rest, customer="Brendan Fitzpatrick")
    assert judge(replace(sounds, metadata=outbound)).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("scores", "outcome"),
    [((0.55,), Outcome.PASS), ((0.4, 0.4), Outcome.UNDETERMINED)],
)
def test_a_pass_shows_as_many_uses_as_are_asked_for(
    scores: tuple[float, ...], outcome: Outcome
) -> None:
    made = call("a hi", "c hi", "a thanks mr lopez", "c ok", "a bye mr lopez", customer="Ana Lopez")
    sure = names_of(made)
    perhaps = tuple(
        replace(sure.uses[0], turn=2, start_ms=14_000 + 500 * at, certain=False, score=score)
        for at, score in enumerate(scores)
    )
    finding = judge(replace(made, names_used=replace(sure, uses=(*sure.uses, *perhaps))))
    assert finding.outcome is outcome
    if outcome is Outcome.PASS:
        assert len(finding.evidence) == 3
