"""What the words tell about names is found once and kept; the verdicts are the same either way."""

import json
from dataclasses import replace
from typing import Any

import pytest
from name_calls import call

from qa_pipeline.criteria import kind, name_facts, self_introduction
from qa_pipeline.criteria.base import Finding
from qa_pipeline.domain.conversation import Conversation, Reading
from qa_pipeline.language.opening_facts import LONGEST_MS, opening_told, openings_told
from qa_pipeline.stages.find_names import with_names_used
from qa_pipeline.store.codec import dumps, loads

CALLS = [
    call(
        "a good morning", "a harbor bank this is nina", "c hello", "a castillo speaking",
        "a how can i help", "c i have a question about my last bill please my name is tom baker",
        "a certainly mr baker one moment", "a thank you tom", "a by the way i am nina castillo",
        "a goodbye mr baker", agent="Nina Castillo", customer="Tom Baker",
    ),
    call(
        "a 您好这里是青藤书店", "c 喂", "a 我是沈嘉禾", "a 请讲",
        "c 我想查一下我上周买的那个订单，我姓王",
        "a 好的王先生", "a 王先生请稍等", "a 谢谢王先生再见", language="zh", agent="沈嘉禾",
    ),
    call("c hello is that the bank", "a yes", "c i would like to ask about my bill", "a go on"),
]  # fmt: skip
HEARD_AGAIN = call(
    "a good morning", "a harbor bank this is nita", "c hello", "a casting speaking",
    "a how can i help", "c i have a question about my last bill please my name is tom baker",
    "a certainly mr banker one moment", "a thank you tom", "a by the way", "a goodbye sir",
    agent="Nina Castillo", customer="Tom Baker",
)  # fmt: skip


def with_second(first: Conversation, again: Conversation) -> Conversation:
    return replace(first, second=Reading(again.turns, (), again.agent_name, again.customer_name))


READ_TWICE = with_second(CALLS[0], HEARD_AGAIN)


def judge(name: str, conversation: Conversation, **params: Any) -> Finding:
    check = kind(name)
    return check.judge(conversation, check.params(**params))


@pytest.mark.parametrize("bare", [*CALLS, READ_TWICE])
def test_kept_and_searched_give_the_same_findings(bare: Conversation) -> None:
    kept = with_names_used(bare)
    assert kept.names_used is not None and kept.openings
    for minimum in (1, 2, 3, 5):
        assert judge("name_use", kept, minimum=minimum) == judge("name_use", bare, minimum=minimum)
    for seconds in (0.1, 3, 7.5, 12, 20, 29.9, 30, 30.1, 45):
        for greet in (True, False):
            params = {"opening_seconds": seconds, "require_greeting": greet}
            assert judge("self_introduction", kept, **params) == judge(
                "self_introduction", bare, **params
            )


def test_nothing_is_searched_where_it_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = with_names_used(CALLS[0])

    def fail(*_: object) -> None:
        raise AssertionError("searched")

    monkeypatch.setattr(name_facts, "names_used", fail)
    monkeypatch.setattr(self_introduction, "opening_told", fail)
    assert judge("name_use", kept).reason == "enough"
    assert judge("self_introduction", kept, opening_seconds=30).reason == "complete"
    with pytest.raises(AssertionError, match="searched"):
        judge("self_introduction", kept, opening_seconds=31)


@pytest.mark.parametrize("conversation", CALLS)
def test_the_kept_openings_are_those_of_every_length(conversation: Conversation) -> None:
    kept = openings_told(conversation)
    for least_ms in range(0, LONGEST_MS + 1, 250):
        told = opening_told(conversation, least_ms)
        of_length = [one for one in kept if one.least_ms <= least_ms][-1]
        assert replace(of_length, least_ms=least_ms) == told
    assert len({one.turns for one in kept}) == len(kept)


def test_the_second_reading_keeps_its_own_facts() -> None:
    kept = with_names_used(READ_TWICE)
    again = kept.read_again()
    alone = with_names_used(HEARD_AGAIN)
    assert again is not None
    assert (again.names_used, again.openings) == (alone.names_used, alone.openings)
    assert again.names_used != kept.names_used


def test_facts_survive_the_store_and_older_calls_have_none() -> None:
    kept = with_names_used(READ_TWICE)
    assert loads(Conversation, dumps(kept)) == kept
    older = json.loads(dumps(READ_TWICE))
    for part in (older, older["second"]):
        del part["names_used"], part["openings"]
    assert loads(Conversation, json.dumps(older).encode()) == READ_TWICE
