"""What a short reply answers, whatever was asked: how things went, what else, whether it is clear.

A question that a telephone line swallowed still shows in its answer: nobody says "very satisfied"
unasked. `replied` tells what a reply may be; it knows nothing of the question.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache

from qa_pipeline.language.matching import Phrase, tokens
from qa_pipeline.language.sentences import is_question


class Reply(StrEnum):
    """What a reply says."""

    PLEASED = "pleased"  # satisfied, in words that people use when asked about it
    WELL = "well"  # "very good", "I am": so answers who is asked about it, and others too
    PRAISES = "praises"  # approves in words, where "yes" or "it is" would answer anything
    NOTHING_ELSE = "nothing_else"
    UNDERSTOOD = "understood"
    PARTING = "parting"
    ASKS = "asks"
    LONG = "long"  # tells of something


# Answers are short: in the made calls' scripts, of 76 to questions about satisfaction none has more
# than 8 words (Mandarin: 11 characters); so many may come with the next sentence. Of what else
# customers say to the agent 31 % (16 %) is longer than this.
_LONGEST = {"en": 11, "zh": 16}
# By sound a phrase of fewer syllables than these is found everywhere.
_LEAST_SOUND = 2

_PHRASES: dict[str, dict[Reply, tuple[str, ...]]] = {
    "en": {
        Reply.PLEASED: (
            "(satisfied|pleased|satisfactory|dissatisfied|stoked|chuffed)",
            "(very|really|quite|fully|perfectly|so|be|am|was) [very] (happy|content|impressed)",
            "(happy|content) with",
            "^ (yes|yeah|oh|aye) ~2 (happy|content|delighted|thrilled)",
            "i am ~1 (delighted|thrilled|over the moon)",
            "^ ~2 a [good|solid|big|full|strong] (ten|nine|eight|five) [thanks|thank you] $",
            "(no|any) complaints",
            "(ten|nine|eight|five|10|9|8|5) (out of|stars)",
            "(could not|cannot|can not) (be happier|complain|fault)",
            "^ [yes|yeah|oh] (very|very very|very much|very much so) $",
        ),
        Reply.WELL: (
            "(you have|you are|that was|it was|that is) ~2 "
            "(great|helpful|brilliant|first class|spot on|excellent|amazing|fantastic|a star"
            "|wonderful|very good|so sweet|lovely)",
            "(i am|i was|it is|it was|you did|you have|you were|you are|it did|it does|it has"
            "|that is|we are|they did|it surely is|it sure is|you sure did|i would|for sure)",
            "^ ~2 (yes|yeah|absolutely|definitely|certainly|sure|totally|aye)",
            "(very good|fair enough|all good|great|perfect|fine|good enough|better|nicely)",
        ),
        Reply.PRAISES: (
            "^ ~4 (excellent|brilliant|fantastic|wonderful|amazing|superb|first class|top notch"
            "|spot on|very good|very well|very helpful|all good|no problems|fair enough|faultless)",
            "you [have] [been] ~2 (great|helpful|brilliant|lovely|a star|good|kind|so sweet)",
            "^ ~1 (it|that|you|they) sure (was|did|were|is|has)",
            "^ ~1 sure (was|did|am|is|has|have|do)",
        ),
        Reply.NOTHING_ELSE: (
            "^ ~2 no ~2 (that is|that was|it is) ~2 (all|it|everything|the lot|a lot)",
            "^ ~3 (that is|that was|that will be) ~1 (all|it|everything|the lot)",
            "^ (no|nope) ~2 (nothing (else|more)|i am good|i am fine|all good|just (the|that))",
            "(nothing else|that is everything|that is it for|just the one)",
        ),
        Reply.UNDERSTOOD: (
            "(understood|got it|makes sense|clear|i understand|i see|gotcha|crystal)",
        ),
        Reply.PARTING: ("(bye|goodbye|good bye|cheerio|see you|ta ta|ta ra|take care)",),
    },
    "zh": {
        Reply.PLEASED: (
            "满意",
            "^ ~2 (满|马|买|蛮)(意|你|咪)",
            "(服务|态度) ~2 (好|行|不错|可以|周到)",
            "(没意见|没有意见)",
            "^ [嗯|我|那] [给|打] [您|你] (五|十|满|九|八)分 [吧|啊|呀] $",
        ),
        Reply.WELL: (
            "(周到|耐心|贴心|用心|专业|帮了大忙)",
            "(挺|蛮|很|非常|都|还|真|特别|都挺|还算|也)(好|不错|可以|行|棒)",
            "^ ~1 {挺}{好}的",
        ),
        Reply.PRAISES: (
            "(周到|耐心|贴心|用心|专业|帮了大忙)",
            "(挺|蛮|很|非常|真|特别|都挺)(好|不错|棒|痛快|舒服)",
            "^ ~1 {挺}{好}的",
        ),
        Reply.NOTHING_ELSE: (
            "^ ~2 (没有了|没了|没啦|没有啦|没有别的|没别的|没其他|没什么|没事了|不用了|不需要了)",
            "(就这些|就这样|就这个|没问题了|没有问题了)",
        ),
        Reply.UNDERSTOOD: ("(明白|清楚|了解|知道了|听懂|都懂|懂了|记住了|记下了)",),
        Reply.PARTING: ("(再见|拜拜|再会|回见|明天见|回头见|拜啦)", "^ ~3 见 $"),
    },
}
_NEVER = {
    "en": ("(not|never|nobody) ~2 (satisfied|pleased|happy|content|impressed)",),
    "zh": ("(不|没|没有|不太|不是|不够)[很|太]满意", "(满|慢|买|马|麻|码)(一|以)"),
}
_DENIES = ("没有", "没")  # by its characters as much of a question as 有没有
# "Not satisfied with nothing": a question for what was bad is answered by these.
_STILL = {"zh": ("没有 ~1 不满意",), "en": ()}


@lru_cache(maxsize=1024)
def replied(text: str, language: str) -> frozenset[Reply]:
    """What a reply may say; empty where it shows nothing.

    Example:
        >>> sorted(replied("嗯，挺满意的", "zh"))
        [<Reply.PLEASED: 'pleased'>]
        >>> replied("No, that's all, bye.", "en") == {Reply.NOTHING_ELSE, Reply.PARTING}
        True
    """
    known = _compiled(language)
    found = tokens(text)
    if not known or not found:
        return frozenset()
    kinds = {
        kind
        for kind, phrases in known.items()
        for phrase in phrases
        if phrase.find(found) or next(phrase.find_all_by_sound(found, _LEAST_SOUND), None)
    }
    refused = any(phrase.find(found) for phrase in _phrases(_NEVER, language))
    if refused and not any(phrase.find(found) for phrase in _phrases(_STILL, language)):
        kinds -= {Reply.PLEASED, Reply.WELL}
    if is_question(text, found, language) and not text.startswith(_DENIES):
        kinds.add(Reply.ASKS)
    if len(found) > _LONGEST[language]:
        kinds.add(Reply.LONG)
    return frozenset(kinds)


@lru_cache(maxsize=4)
def _compiled(language: str) -> dict[Reply, tuple[Phrase, ...]]:
    return {
        kind: tuple(map(Phrase, sources)) for kind, sources in _PHRASES.get(language, {}).items()
    }


def _phrases(sources: dict[str, tuple[str, ...]], language: str) -> tuple[Phrase, ...]:
    return tuple(map(Phrase, sources.get(language, ())))
