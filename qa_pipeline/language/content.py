"""What a sentence is about: its content units, comparable between speakers.

English: stems of words that are no function words and no small talk. Chinese: pairs of
neighbouring syllables (folded as recognisers and accents confuse them) outside of function words,
so that no word segmentation is needed. In both, numbers as digits are units.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from qa_pipeline.language import numbers
from qa_pipeline.language.near_sounds import sound

_EN_EMPTY = frozenset(
    """
    a about actually after again ago all alright also always am an and another any anything are
    around as ask at away back be because been before being both but by bye call calling can could
    day did do does doing done down each either else even every everything exactly fine first for
    from further get getting give go going good goodbye got great had happen happy has have having
    he hello help her here hi him his hold hour how however i if in into is it its just kind know
    last let like little look lot ma made madam make many matter may maybe me mean mention minute
    mmhm moment more most much must my name need never new next no not nothing now of off oh okay
    on once one only or other our out over perfect please point pretty problem quick quite ready
    really right said same say second see shall she should sir so some somebody someone something
    soon sorry still such sure take tell than thank thanks that the their them then there these
    they thing think this those though through thing to today together too try two uh um under
    understand until up us very wait want was way we welcome well were what when where whether
    which while who why will wish with within without wonderful would wrong yeah yes yet you your
    course correct alright else appreciate apologize certainly question issue concern request
    customer service assist able anyway bit absolutely glad nice hear actually submit process
    complete handle sort set put via per whenever chance talk
    """.split()  # noqa: SIM905 - a list of words reads better as text
)
# Words for what identifies a person: repeating them back is checking, not summing up.
_EN_IDENTITY = frozenset(
    {
        "number", "phone", "address", "name", "email", "zip", "code", "postcode", "birth", "date",
        "digit", "street", "main",
    }
)  # fmt: skip
_ZH_EMPTY = re.compile(
    "您的|你的|我的|我们|咱们|他们|您好|你好|您|你|我|他|她|它|们|这个|那个|这边|那边|这里|那里|这样|那样"
    "|这|那|的|了|吗|呢|吧|啊|哦|呀|嘛|么|嗯|呃|哎|是的|是|不是|就是|也是|有|没有|没|不|很|都|也|就|还|又|再"
    "|已经|已|刚才|刚刚|现在|今天|一下|一个|一些|一会儿?|帮忙|帮助|帮|为|给|替|把|被|让|请问|请|麻烦|谢谢"
    "|感谢|不客气|抱歉|不好意思|对不起|好的|好|行|可以|能够|能|会|将|要|想|需要|应该|然后|所以|因为|但是"
    "|如果|或者|以及|和|跟|与|在|到|从|对|向|之后|以后|之前|什么|怎么|多少|为什么|哪里|问题|事情|情况|处理"
    "|解决|服务|客服|先生|女士|小姐|知道|明白|清楚|理解|稍等|再见|祝|愉快|生活|来电|其他|别的|上|下|里|去|来"
    "|说|看|做|用|过|着|得|地|时候|确认|核对|总结|反映|咨询|办理|尽快|马上|成功|完成|大概|大约|左右|今日"
)
# Words of content that hold one of those characters.
_ZH_KEPT = (
    "信用卡|银行卡|银行|信用|费用|用户|用电|用水|用气|停用|启用|使用|应用|上门|上网|下单|地址|地铁"
    "|行李|行程|旅行|说明书|会员|会议|里程|到期|到账|对账|过期|过户|过敏|看病|做饭|得分|着火|说明"
    "|里面|没收|不锈钢|和平|想法|要求|维和|都市|成都|好评|行业|自行车|飞行|执行|来料|去年|就业|就诊"
)
_ZH_IDENTITY = (
    "电话",
    "手机",
    "号码",
    "地址",
    "姓名",
    "名字",
    "身份",
    "证号",
    "单号",
    "账号",
    "尾号",
)
_ZH_GAPS = re.compile(f"(?P<kept>{_ZH_KEPT})|{_ZH_EMPTY.pattern}")
_ZH_CLAUSE = re.compile("[，。！？；：、,!?;:]+")
_ZH_ONE_OCLOCK = re.compile("(?<=[午上晚晨])一(?=点)")  # elsewhere 一点 is "a little"
_HAN_RUN = re.compile(r"[\u3400-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Content:
    """`words`: what it is about; `numbers`: its figures; `identity`: words of checking a person."""

    words: frozenset[str]
    numbers: frozenset[str]
    identity: frozenset[str]

    def shared(self, other: Content) -> frozenset[str]:
        """The words (not figures) that both have; "check book" and "checkbook" are one."""
        mine, theirs = self.words | self.identity, other.words | other.identity
        return (mine & theirs) - self.identity

    def __or__(self, other: Content) -> Content:
        return Content(
            self.words | other.words, self.numbers | other.numbers, self.identity | other.identity
        )


NOTHING = Content(frozenset(), frozenset(), frozenset())


@lru_cache(maxsize=4096)
def content(text: str, language: str) -> Content:
    """The content units of a sentence.

    Example:
        >>> sorted(content("we have ordered your new check book", "en").words)
        ['book', 'check', 'checkbook', 'order']
    """
    if language == "zh":
        # Clause by clause: "四百八，一分不多" is no 四百八一.
        clauses = _ZH_CLAUSE.split(_ZH_ONE_OCLOCK.sub("1", text))
        return _chinese(" ".join(numbers.digits(clause, language) for clause in clauses))
    return _english(numbers.digits(text, language))


def without_empty_words(text: str) -> str:
    """Chinese text with a space for each word that says nothing of what it is about.

    Example:
        >>> without_empty_words("我的信用卡").split()
        ['信用卡']
    """
    return _ZH_GAPS.sub(lambda match: match["kept"] or " ", text)


def stem(word: str) -> str:
    """An English word without its common endings; crude, but the same for all its forms.

    Example:
        >>> stem("scheduled") == stem("schedule") == stem("scheduling")
        True
    """
    for ending, put in (("ies", "y"), ("ied", "y"), ("ing", ""), ("ed", ""), ("es", ""), ("s", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word[: -len(ending)] + put
            break
    if len(word) > 4 and word[-1] == word[-2] and word[-1] not in "sl":
        word = word[:-1]
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


_EN_EMPTY_STEMS = frozenset(stem(word) for word in _EN_EMPTY) | _EN_EMPTY
_EN_IDENTITY_STEMS = frozenset(stem(word) for word in _EN_IDENTITY)


def _english(plain: str) -> Content:
    words: set[str] = set()
    figures: set[str] = set()
    before = ""
    for raw in plain.split():
        if any(c.isdigit() for c in raw):
            figures.add(raw)
            before = ""
            continue
        word = stem(raw)
        if raw in _EN_EMPTY or word in _EN_EMPTY_STEMS or len(word) < 3:
            before = ""
            continue
        words.add(word)
        if before:
            words.add(before + word)
        before = word
    identity = words & _EN_IDENTITY_STEMS
    return Content(frozenset(words - identity), frozenset(figures), frozenset(identity))


def _chinese(plain: str) -> Content:
    figures = frozenset(re.findall(r"\d+", plain))
    latin = frozenset(w for w in re.findall(r"[a-z]{2,}", plain) if w not in _EN_EMPTY)
    pairs: set[str] = set()
    identity: set[str] = set()
    for run in _HAN_RUN.findall(without_empty_words(plain)):
        for one, two in pairwise(run):
            pair = f"{sound(one)} {sound(two)}"
            (identity if one + two in _ZH_IDENTITY else pairs).add(pair)
    return Content(frozenset(pairs - identity) | latin, figures, frozenset(identity))
