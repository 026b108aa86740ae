"""The formulas of Mandarin self-introductions and what surrounds the name in them."""

from __future__ import annotations

import re
from functools import cache

from qa_pipeline.language import name_lists

GAP = r"[\s,，、:：]*"
FILLER = r"(?:[嗯呃额啊]+|那个)"
RARE_SURNAME_RANK = 150  # place in the list of surnames; behind it mere homophones abound
NUMBER = r"[\d零〇一二三四五六七八九幺两]"

COUNTER = re.compile(rf"(?:{NUMBER}|[十百])+号?")  # 十七号为您服务: a counter, no name

# Formulas after which only a name comes.
STRONG = re.compile(
    r"我的名字(?:是|叫做?)|我的?全名(?:是|叫)|我名叫|我叫[做作座坐]?|名字叫|全名叫|本人(?:是|叫)|我的姓名是|姓名是"
    r"|(?:(?:可以|您|你|请|就)|^|(?<=[\s,，。]))叫我|称呼我为?|和您通话的是|为您服务的是"
)
FAMILY = re.compile(r"(?:我|免贵|鄙人|敝人|敝|本人|专员|客服|顾问|经理|代表|助理|管家)姓")
# Formulas that introduce other things too.
WEAK = re.compile(
    r"(?<![您你他她不诉])我(?:这边|这里|就|便)?是|(?:这里|这边)是?|这是"
    # "Is that the office?" - "Yes, Hao of the office."
    r"|(?:^|(?<=[\s,，。]))是[,，]?(?=[\u4e00-\u9fff]{1,4}(?:部|科|组|处|务|台|室|课)的)"
)
SERVES = re.compile(
    r"(?:将|来|正在|继续|在这里)?(?:竭诚)?(?:为|给)[您你](?:竭诚)?(?:提供)?(?:竭诚)?服务(?!的)"
    r"|(?:在)?(?:听电话|接听)"
)
# Between a formula and the company or the name.
LEAD = re.compile(
    rf"(?:{GAP}(?:{FILLER}|(?:今天)?(?:为|给)[您你]服务的|[您你]的(?:专属|专职)?|本次通话的?|我们|咱们"
    rf"|负责[\u4e00-\u9fff]{{1,8}}的|这边|这里))*{GAP}"
)
STAFF_MARK = re.compile(
    rf"(?:工号|员工号|编号)(?:为|是)?[\s:：]*(?:[A-Za-z]{{0,3}}{NUMBER}{{2,8}})号?的?"
)
STAFF_NUMBER = re.compile(
    r"(?:工号|员工号|编号|坐席号?|座席号?|客服|话务员|接线员)(?:为|是)?[\s:：]*"
    r"([A-Za-z]{0,3}\d{1,8}|[零〇一二三四五六七八九幺两]{2,8})"
    r"|(\d{2,8}|[零〇一二三四五六七八九幺两]{2,8})号?(?:客服|坐席|座席|[\u4e00-\u9fff]{1,3}员|为[您你]服务)"
)
# How the sentence goes on after an agent's name.
GOES_ON = (
    r"请问|请讲|请说|您请|您说|您讲|您什么|什么事|听电话|很高兴|很荣幸|非常荣幸|非常高兴|十分高兴|高兴(?:为|能)|有什么|需要什么|什么可以|可以帮|能帮|帮[您你]|能为|竭诚"
    r"|(?:将|来|继续)?[为给][您你]|您好|你好|感谢|谢谢|欢迎|怎么称呼|您贵姓"
)
END = re.compile(
    rf"[。！？!?；;\n.]|[,，、]|{GOES_ON}|请您|早上好|下午好|上午好|晚上好|中午好|今[天年儿]|现在"
    r"|工号|我叫|我姓|我是|这里是|这边(?!的)|打电话|打给|想要|想|要|之前|刚才|刚刚"
    r"|在此|您|你的|吗|呢|吧|啊|哦|呀|的话|有(?:什么|啥|事|问题|需要|何)|我|什么事|就是|就行|就好|就可以|即可|来电|致电|联系|跟[您你]|和您|哪里|哪位|先(?!生)|帮"
)
ENDS_OPENING = re.compile(rf"[\s,，、。.]*(?:{GOES_ON})")
_ASKS = frozenset("名姓称")  # what follows is the customer's
POST_END = "[\u4e00-\u9fff]员(?![工外])"  # 咨询员, 馆员: any post
# Last characters of companies, places and departments.
PLACE_END = "[部处科组台室厅馆园所局院行店站区县市省镇路街楼城社司网号客]"
NICK = re.compile("[小老阿]")


@cache
def organisation_end() -> re.Pattern[str]:
    """Ends of what stands before a name: a company, a department, a post, 的, a number with 号."""
    listed = (*name_lists.words("zh_organisation"), *name_lists.words("zh_posts"))
    longest_first = sorted(listed, key=len, reverse=True)
    return re.compile(rf"(?:{'|'.join(longest_first)})员?的?|{POST_END}|的|{NUMBER}号")


@cache
def posts() -> re.Pattern[str]:
    """A post or a company's last word, which a name can follow without any formula."""
    listed = (*name_lists.words("zh_posts"), *(w for w in name_lists.words("zh_organisation")
                                               if len(w) > 1))  # fmt: skip
    return re.compile(rf"(?:{'|'.join(sorted(listed, key=len, reverse=True))}|{POST_END})员?")


_POINTING = frozenset(("那个", "这个", "哪个"))  # 嗯，那个，…


@cache
def no_name() -> re.Pattern[str]:
    """Beginnings of clauses that are no names."""
    return re.compile("|".join(sorted(name_lists.words("zh_no_name"), key=len, reverse=True)))


def is_no_name(word: str) -> bool:
    """Whether a clause that begins so is no name; 上官 and other compound surnames are none."""
    compound = word[:2] in name_lists.zh_compound_surnames() and len(word) > 2
    pointing = word[-2:] in _POINTING
    return pointing or (not compound and no_name().match(word) is not None)


@cache
def dictionary_words() -> frozenset[str]:
    """Words of two to four characters, from the pronouncing dictionary of pypinyin."""
    from pypinyin.phrases_dict import phrases_dict

    return frozenset(word for word in phrases_dict if len(word) <= 4)


def asked_for_name(text: str, place: int) -> bool:
    """Whether the customer is asked for the name before: 请问您的大名是, then 我叫 ….

    Example:
        >>> asked_for_name("请问您贵姓，我姓王", 8), asked_for_name("请问哪位？我是王芳", 7)
        (True, False)
    """
    before = text[:place]
    asked = max(before.rfind(mark) for mark in ("请问", "您贵", "什么名", "怎么称"))
    return asked >= 0 and any(c in _ASKS for c in before[asked + 1 : -2])
