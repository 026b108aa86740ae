"""What is said in the place right before a wait: whether it asks, and what the answer says.

A sentence anywhere in a call must be worded like a request to wait to count as one. In the last
turns before a wait less will do: there, words that ask for leave or willingness together with
anything that speaks of waiting are the request, and a short reply that affirms, or repeats the
words of the question, is the consent. Composition replaces lists of sentences, so that wordings
nobody has written down are understood. Measured by ``benchmarks/hold_words.py``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from qa_pipeline.domain.recording import Role
from qa_pipeline.language import hold_talk_en, hold_talk_zh

Answer = Literal["yes", "no", "question", "unclear", "none"]
_HAN = re.compile(r"[\u3400-\u9fff]")
_AGENT_LINES = 3  # request, a word about how long, "thank you": further back is another matter


@dataclass(frozen=True, slots=True)
class HoldTalk:
    """How the lines before a wait read.

    `ask` and `answer_at` are indices of the lines given; `wait_named` tells whether the request
    speaks of waiting, else it only asks for leave to do something.
    """

    ask: int | None
    wait_named: bool
    answer: Answer
    answer_at: int | None


def read_hold_talk(lines: Sequence[tuple[Role, str]]) -> HoldTalk:
    """Whether the last lines before a wait ask for it, and how the customer answers.

    Args:
        lines: who said what, in order; the wait follows the last one.

    Example:
        >>> lines = [(Role.AGENT, "Would a minute on hold be all right?"), (Role.CUSTOMER, "Yep")]
        >>> read_hold_talk(lines).answer
        'yes'
    """
    agent = [index for index, (role, _) in enumerate(lines) if role is Role.AGENT]
    found: tuple[int, bool] | None = None
    for place, index in enumerate(reversed(agent[-_AGENT_LINES:])):
        text = lines[index][1]
        if asks_to_wait(text):
            found = index, True
            break
        before = len(agent) - 2 - place
        if found is None and _of(text).asks_for_leave(text):
            # "I need to put you on hold." - "Uh-huh." - "Is that okay with you?"
            named = before >= 0 and names_wait(lines[agent[before]][1])
            if named:
                found = index, True
                break
            if place == 0:
                found = index, False
        elif place == 0 and _of(text).may_ask(text):
            found = index, False
    if found is None and agent:
        found = _lost(lines, agent[-1])
    if found is None:
        return HoldTalk(None, False, "none", None)
    answer, at = answer_to(lines, found[0])
    return HoldTalk(found[0], found[1], answer, at)


def _lost(lines: Sequence[tuple[Role, str]], last: int) -> tuple[int, bool] | None:
    """The agent's last line as a request whose asking words were lost, if the answer proves one."""
    text = lines[last][1]
    answer, at = answer_to(lines, last)
    if answer != "yes" or at is None or not _of(text).lost_ask(text):
        return None
    said = lines[at][1]
    return (last, names_wait(text)) if _of(said or text).grants(said) else None


def answer_within(text: str) -> tuple[Answer, str]:
    """What stands behind the question in one turn, read as the other party's answer to it.

    In one channel, a short answer close behind a question is often written into its turn.

    Example:
        >>> answer_within("Can I put you on hold? Yeah, go ahead.")
        ('yes', 'Yeah, go ahead.')
    """
    tail = _of(text).tail(text)
    if not tail:
        return "none", ""
    question = text[: -len(tail)]
    return _of(tail).answer(tail, question), tail


def no_agrees(question: str) -> bool:
    """Whether to say no to a request is to agree to it.

    Example:
        >>> no_agrees("Would it bother you to hold?"), no_agrees("Can you hold?")
        (True, False)
    """
    return _of(question).no_agrees(question)


def grants(text: str) -> bool:
    """Whether a reply is one that only a question gets ("go ahead", not "okay")."""
    return _of(text).grants(text)


def offers_to_wait(text: str) -> bool:
    """Whether a customer says that they will wait, as only somebody says who was asked or told to.

    Example:
        >>> [offers_to_wait(said) for said in ("Okay, I wait.", "行，我等着", "I waited an hour")]
        [True, True, False]
    """
    return _of(text).offers_to_wait(text)


def declares(text: str) -> bool:
    """Whether a turn tells of a wait in words that ask nothing."""
    return _of(text).declares(text)


def asks_to_wait(text: str) -> bool:
    """Whether a turn right before a wait asks for it, in whatever words."""
    return _of(text).asks_to_wait(text)


def names_wait(text: str) -> bool:
    """Whether a turn right before a wait speaks of one."""
    return _of(text).names_wait(text)


def tells_to_wait(text: str) -> bool:
    """Whether a turn speaks of waiting itself; an errand alone may be done on the line.

    Example:
        >>> [tells_to_wait(said) for said in ("要放您在线上等一会儿", "我帮您查一下")]
        [True, False]
    """
    return _of(text).tells_to_wait(text)


def answer_to(lines: Sequence[tuple[Role, str]], ask: int) -> tuple[Answer, int | None]:
    """What the customer's lines after line `ask` say to it; the last clear word decides."""
    question = lines[ask][1]
    said: tuple[Answer, int | None] = ("none", None)
    for index in range(ask + 1, len(lines)):
        role, text = lines[index]
        if role is not Role.CUSTOMER or not text.strip():
            continue
        answer: Answer = _of(text or question).answer(text, question)
        if answer in ("yes", "no") or said[0] in ("none", "unclear", "question"):
            said = answer, index
    return said


def is_chinese(text: str) -> bool:
    """Whether a line is in Chinese script; a line may mix both."""
    return _HAN.search(text) is not None


def _of(text: str) -> type[hold_talk_en.English] | type[hold_talk_zh.Chinese]:
    return hold_talk_zh.Chinese if is_chinese(text) else hold_talk_en.English
