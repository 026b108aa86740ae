"""What is said at the rims of a wait that nobody announced: leaving for an errand, coming back.

A silence alone is no hold. An agent who leaves the line without a word about it mostly says
something on return: begs pardon, tells what was done meanwhile, or asks whether the other is still
there. In mid-talk such words mean nothing; they count where a long silence stands beside them.
"""

from __future__ import annotations

import re

from qa_pipeline.language.hold_talk import is_chinese
from qa_pipeline.language.matching import tokens

_OPENING_WORDS = 9  # what somebody says first on return
_OPENING_CHARACTERS = 14

_DOING = (
    r"(check|ask|speak|look|talk|ring|call|confirm|verify|consult|get|find|wait|see|fetch|sort"
    r"|search|pull|go|walk|read|open|chase)"
)
_DONE = (
    r"(checked|asked|found|spoken|spoke|confirmed|looked|verified|rung|rang|called|sorted|done"
    r"|fetched|talked|seen|managed|tracked)"
)
_BACK_EN = re.compile(
    r"\b(sorry|apologies|apologise|apologize|pardon|back|with you again|hello|you there"
    r"|still there|thanks|thank you|ta|cheers"
    rf"|i (was|have been|had to|just) (\w+ ){{0,2}}{_DOING}(ing)?"
    rf"|(i|that|it|all|they|he|she|we) (is|have|has|am) (\w+ )?{_DONE}"
    rf"|(okay|right|so|yes|now|just) (i )?{_DONE}|(i )?(have )?got (it|them|him|her|hold|through"
    r"|that|an answer|the answer)|(had|having) a (look|word)|that was \w+|just been|just had"
    r"|went (to|and|over|out))\b"
)
_LEAVES_EN = re.compile(
    rf"\b((let me|i (will|shall|need to|have to|must|had better|am going to|should|want to)"
    rf"|(going|got|better|need|have|like) to|better) (\w+ ){{0,2}}{_DOING}"
    r"|(just )?be there|be (right|straight) back|(a|one|two|a couple of) (\w+ )?"
    r"(moment|minute|second|tick|mo)s?|hold|hang|wait|bear with)\b"
)
_BACK_ZH = re.compile(
    "不好意思|抱歉|对不起|久等|等急|等着急|让.{0,2}等|喂|^[唯维惟](?!修)|^(为|未)[，,。]|听得[到见]|回来|来了|在吗|还在|听(着|著)|在听|谢"
    "|(查|问|看|核|认|找|翻|算|系|听|计|较|登|对|请示|拿|弄|办|联系)"
    "(好|到|完|过|清楚|清|着|著|出来|了|毕|妥)|刚(才|刚)?.{0,4}(去|查|问|在|给|帮|跟|再)"
)
_LEAVES_ZH = re.compile(
    "(我|帮您|给您|这边).{0,6}(去|查|问|看|核|找|翻|确认|请示|联系|打|跑|叫|拿|调)"
    "|等|稍候|稍后|别挂|听着|听著|马上"
)


def comes_back(text: str) -> bool:
    """Whether words after a long silence are those of somebody who was away.

    Example:
        >>> [comes_back(said) for said in ("Sorry, there was a queue.", "Your balance is ten.")]
        [True, False]
    """
    if is_chinese(text):
        return _BACK_ZH.search(text[:_OPENING_CHARACTERS]) is not None
    return _BACK_EN.search(_plain(text, _OPENING_WORDS)) is not None


def leaves(text: str) -> bool:
    """Whether words before a long silence speak of an errand or of a moment's patience.

    Example:
        >>> [leaves(said) for said in ("I'll just check.", "我去问一下", "Which card is it?")]
        [True, True, False]
    """
    if is_chinese(text):
        return _LEAVES_ZH.search(text) is not None
    return _LEAVES_EN.search(_plain(text)) is not None


def _plain(text: str, most: int | None = None) -> str:
    return " ".join(token.text for token in tokens(text)[:most])
