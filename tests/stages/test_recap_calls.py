"""Summaries and what is near to one, in short calls of many trades."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from test_recognize_acts import CATALOGUE, CLOSE, acts, kinds, talk

from qa_pipeline.criteria.recap import UNSURE_FROM
from qa_pipeline.language.acts import RecapRule
from qa_pipeline.stages.recognize_acts import recognize_acts

CALLS = yaml.safe_load(Path(__file__).with_name("recap_calls.yaml").read_text(encoding="utf-8"))


def judged(language: str, half: str, which: str, *of: str) -> list[tuple[str, bool]]:
    """Each sentence of the kind with whether an act of these kinds was found in its call."""
    return [
        (
            said,
            bool(
                set(of)
                & set(kinds(*call["turns"], f"A: {said}", *CLOSE[language], language=language))
            ),
        )
        for call in CALLS[language]
        if call["half"] == half
        for said in call[which]
    ]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("half", ["tuning", "held"])
def test_few_summaries_are_missed(language: str, half: str) -> None:
    results = judged(language, half, "recap", "recap", "near_recap")
    missed = [said for said, found in results if not found]
    assert len(missed) <= 0.2 * len(results), missed


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("half", ["tuning", "held"])
def test_no_near_miss_is_taken_for_a_summary(language: str, half: str) -> None:
    assert not [said for said, found in judged(language, half, "none", "recap") if found]


def test_the_same_words_are_a_summary_late_and_none_in_mid_call() -> None:
    begin = ("A: Petal Post, hello.", "C: I'd like lilies for my aunt in Clifton.",
             "A: We can deliver on Friday.", "C: Friday is good.")  # fmt: skip
    words = "A: Right, lilies to your aunt in Clifton on Friday."
    on = ("C: And add a vase, please, a tall glass one.", "A: Which colour of ribbon?",
          "C: A yellow ribbon, and a birthday card.", "A: The card is two pounds.",
          "C: Send the invoice to my office then.")  # fmt: skip
    late = [a for a in acts(*begin, words, *CLOSE["en"]) if a.kind in ("recap", "near_recap")]
    mid = [a for a in acts(*begin, words, *on, *CLOSE["en"]) if a.kind in ("recap", "near_recap")]
    assert late
    assert late[0].confidence >= UNSURE_FROM
    assert not mid or mid[0].confidence < UNSURE_FROM


def test_what_the_customer_asks_for_counts_however_short() -> None:
    begin = ("A: Harbour Bank, how can I help?", "C: My name is Ann Lee, a new checkbook.",
             "A: What is your address?", "C: Forrest Ranch, California.")  # fmt: skip
    words = "A: Okay, a new checkbook has been sent to your address."
    found = [a for a in acts(*begin, words, *CLOSE["en"]) if a.kind in ("recap", "near_recap")]
    assert "checkbook" in " ".join(a.slots["shared"] for a in found)


@pytest.mark.parametrize("scale", ["On a scale of 1-10, ", "On a scale of one to ten, "])
def test_a_scale_to_rate_by_sums_nothing_up(scale: str) -> None:
    begin = ("A: Swift Cars, hello.", "C: I need the car two days more.", "A: That is 62 pounds.",
             "C: Fine, on card one.", "A: What time on Sunday?", "C: One, or ten.")  # fmt: skip
    said = (f"A: Perfect. So you're good to go. {scale}how happy were you with this call?",)
    assert "recap" not in kinds(*begin, *said, "C: Nine.", *CLOSE["en"])


@pytest.mark.parametrize(
    "said",
    [
        "I'm just typing. Okay, that's in the system now. Right, I think we've covered it.",
        "The new slip has come out now. I can see it. So your matter is closed now.",
        "Let me hit save there. Alright, done. So you're good to go, all booked in now.",
    ],
)
def test_words_of_having_done_that_repeat_nothing_sum_nothing_up(said: str) -> None:
    begin = ("A: Pool desk, hello.", "C: I'd like to move my boy's lesson to Wednesday.",
             "A: Half past four has one place left.", "C: Four thirty with Bronwyn, please.",
             "A: Starting next week?", "C: Next week, thanks.")  # fmt: skip
    assert "recap" not in kinds(*begin, f"A: {said}", *CLOSE["en"])
    near = [a for a in acts(*begin, f"A: {said}", *CLOSE["en"]) if a.kind == "near_recap"]
    assert not near or near[0].confidence < UNSURE_FROM


def test_the_answer_to_a_question_sums_nothing_up() -> None:
    begin = ("A: Deposits, hello.", "C: I want to renew my deposit.",
             "A: Seven percent for two years.", "C: The interest comes monthly, no?")  # fmt: skip
    said = "A: Monthly is possible, into the savings account, I have entered it."
    assert not {"recap", "mixed_recap"} & set(kinds(*begin, said, *CLOSE["en"]))


def test_a_probability_grows_with_what_speaks_for_it() -> None:
    rule = RecapRule(weights={"shared": 1.0}, bias=0.0, recap_from=0.5, near_from=0.1,
                     found="for this test")  # fmt: skip
    assert rule.probability({}) == 0.5
    assert rule.probability({"shared": 2.0, "unknown": 9.0}) == pytest.approx(0.8808, abs=1e-4)


def test_an_offer_and_its_acceptance_are_an_exchange() -> None:
    begin = ("A: Payroll, hello.", "C: My pay is short, and they could send it in November only.",
             "A: I can send an advance of a hundred on Friday, with that help.")  # fmt: skip
    end = ("A: I'll set that up straight after this.", *CLOSE["en"])
    assert "recap" not in kinds(*begin, "C: Yeah, it would.", *end)


def test_a_name_is_no_content_however_it_is_written() -> None:
    turns = ("A: 您好，票务中心，我是晏凯。", "C: 我叫等佳宜，想改到周日。",
             "A: 邓佳怡，下午一点场还有。", "C: 那就下午吧。",
             "A: 好，等嘉义给您开好了，等嘉义带身份证就行。", *CLOSE["zh"])  # fmt: skip
    found = recognize_acts(talk(*turns, language="zh"), "zh", CATALOGUE, None, ["邓佳怡"])
    assert not [act for act in found if "jia" in act.slots.get("shared", "")]


def test_a_no_that_answers_leaves_a_summary_open_at_most() -> None:
    turns = ("A: 您好，清禾奶站。", "C: 我家的鲜奶十三号到二十号想停几天。", "A: 十三号起可以停。",
             "C: 那停几天的钱怎么算啊？",
             "A: 不会少的，停几天就往后顺延几天，二十一号早上给您恢复。", *CLOSE["zh"])  # fmt: skip
    assert "recap" not in kinds(*turns, language="zh")
