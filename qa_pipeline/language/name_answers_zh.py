"""Mandarin answers to 怎么称呼 and 您贵姓, also as recognisers mishear question and answer."""

from __future__ import annotations

import re

from qa_pipeline.language import name_lists
from qa_pipeline.language.introductions_zh import find_zh
from qa_pipeline.language.introductions_zh_patterns import dictionary_words, no_name
from qa_pipeline.language.name_by_sound_zh import (
    COMMON_RANK,
    RARE_RANK,
    begins_compound_name,
    like_compound_surname,
    surname_sounds,
)
from qa_pipeline.language.name_parts import split_han
from qa_pipeline.language.name_types import FoundName
from qa_pipeline.language.phonetics import syllables
from qa_pipeline.language.text import HAN, to_simplified

_ASKS = re.compile(
    r"怎么称呼|如何称呼|(?<!免)贵姓|(?:您|你)的?(?:[全大]?名|姓名|名字)|尊姓|(?:人|您|你)的?大名|请问(?:您是)?哪位|姓什么"
    r"|(?:报|讲|说|留|提供|核对|登记|登录|什么|哪个|上的|人的?|者的?|位的?|谁的)(?:一下|下)?(?:[您你]?的?)(?:全名|姓名|名字|名儿|大名)"
    r"|[您你](?:叫|是叫)什么|(?:收货|收件|投保|订票|订餐|预订|登记|申请|持卡|联系|乘车|就诊)人[^,，。]{0,3}(?:是谁|哪位|姓名|名字)"
    r"|[机户车业]主[^,，。]{0,3}(?:是谁|哪位|姓名|名字|本人)"
)
# The same as it sounds: 贵姓, 称呼, 姓名, 您的名字, in whatever characters.
_ASKS_SOUND = re.compile(
    r"\b(?:nin|ni|ning|wen) gui (?:xing|xin|xia)\b"
    r"|\b(?:zen|ze|zhe) (?:me|mo) (?:cheng|chen|chang) hu\b"
    r"|\b(?:nin|ni|ren|bao|shang|ke|zhu|xia|de) (?:de )?(?:xing|xin) (?:ming|min)\b"
    r"|\b(?:hu|ji|che|ye|chuan|fang) zhu (?:de )?(?:xing|xin) ming\b"
    r"|\b(?:xing|xin) (?:ming|min) (?:he|huo|gen|ji) \w+\b"
    r"|\b(?:nin|ni) de (?:da|ta|tai) (?:ming|min)\b"
    r"|\bshen me (?:ming|min) z[ihu]+\b"
    r"|\b(?:nin|ni|ming) de (?:ming|min) z[ih]+\b"
    r"|\b(?:shou huo|tou bao|ding piao) ren\b"
)
_LEAD = re.compile(
    r"^(?:[\s,，。、]|嗯|呃|哦|啊|好的?|可以|你好|您好|那个|就|我的?|名字|免贵|全名|这边|是|叫|姓名)*"
)
_CORRECTS = re.compile(rf"不是[^,，。]{{0,4}}[,，]?\s*(?:我)?是(?:姓)?([{HAN}])(?![{HAN}]{{3}})")
# 我叫 as it is heard: 我交, 我教.
_I_AM_CALLED = re.compile(rf"我(?:叫|交|教|较|角|脚|就叫)(?=[{HAN}])")
_FULL_NAME = re.compile(rf"全[名民明](?:是|叫)?(?=[{HAN}])")
_MY_SURNAME = re.compile(
    rf"(?:免|面|年|棉)[贵归跪](?:姓|性|信|行|心|新)(?=[{HAN}])|我[姓性](?=[{HAN}])"
)
_CLAUSE = re.compile(rf"[{HAN}]+")
_SELF = re.compile(
    r"^(?:喂|诶|哎|哦|嗯|对|应该是|好像是|可能是|写的是|留的是|是的?|好的?|您好|你好|老师好|这里|我|就|本人|我自己|自己|我叫|名字(?:是|叫)?|姓名)+"
)
# How an answer goes on behind a name, where the recogniser put no comma.
_GOES_ON = re.compile(
    "(?<=..)(?:就是|都是|从我|是我|是现在|现在|手机|电话|尾号|证号|卡尾|卡号|订单|订了)"
)
# 八座十一楼朱秀英: where somebody lives, and who.
_PLACE_BEFORE = re.compile(rf"[{HAN}]{{1,9}}[座楼号室层栋户](?=[{HAN}]{{2,3}}$)")
_OF_ANOTHER = re.compile(
    r"(?:爱人|老公|老婆|先生|太太|妻子|丈夫|儿子|女儿|孩子|妈妈?|爸爸?|父亲|母亲|外婆|奶奶|爷爷|外公|姐姐?|哥哥?|弟弟?"
    r"|妹妹?|朋友|同事|老板|小狗|猫咪?|宝宝)(?:是|叫)?$"
)
_NEVER_INSIDE = frozenset("了的们吗呢您你我他她")
_COMPOUND_NAME = 4  # characters of a whole name with a surname of two
_CLAUSES = 4  # a name comes early in an answer
_NEVER_LAST = frozenset("的了吗呢吧啊您你我他她是在号楼栋座点块元天月年路街弄巷镇")


def asks_name_zh(text: str) -> bool:
    """Whether somebody asks for a name.

    Example:
        >>> asks_name_zh("请问您贵姓"), asks_name_zh("请问您贵性"), asks_name_zh("请问还有什么事")
        (True, True, False)
    """
    plain = to_simplified(text)
    return bool(_ASKS.search(plain) or _ASKS_SOUND.search(" ".join(syllables(plain))))


def answer_zh(text: str) -> FoundName | None:
    """The name in an answer to a question for it.

    Example:
        >>> answer_zh("姓李").family, answer_zh("本人,林诗涵,就是现在打的这个号").given
        ('李', '诗涵')
    """
    introduced = [f for f in find_zh(text) if f.kind != "staff_number"]
    full = [f for f in introduced if f.is_full]
    corrected = _corrected(text)
    if corrected is not None or full:
        return corrected or full[0]
    called = called_zh(text)
    if called is not None and called.is_full:
        return called
    return introduced[0] if introduced else called or _short(text) or _clause(text)


def called_zh(text: str) -> FoundName | None:
    """The name behind 我叫, 全名 and 免贵姓, the formulas also as they are misheard.

    Example:
        >>> called_zh("我交方佩闪,我们要搬家了").family, called_zh("面贵姓周,全名周子选").given
        ('方', '子选')
    """
    plain = to_simplified(text)
    for pattern in (_FULL_NAME, _I_AM_CALLED):
        for match in pattern.finditer(plain):
            clause = _CLAUSE.match(plain, match.end())
            if clause is not None:
                found = _full_name(clause[0], match.end(), cut=True)
                if found is not None:
                    return found
    surname = _MY_SURNAME.search(plain)
    clause = _CLAUSE.match(plain, surname.end()) if surname else None
    if clause is None or no_name().match(clause[0]):
        return None
    size = 2 if like_compound_surname(clause[0][:2]) else 1
    if len(clause[0]) > size + 1:
        return None
    return _family(clause[0][:size], clause.start())


def _full_name(clause: str, start: int, *, cut: bool = False) -> FoundName | None:
    """The full name that a clause is, or with `cut` begins with; surnames also by their sound."""
    compound = like_compound_surname(clause[:2]) or (
        len(clause) == _COMPOUND_NAME and cut and begins_compound_name(clause[:2])
    )
    size = min(len(clause), (4 if compound else 3)) if cut else len(clause)
    word = clause[:size]
    if not (3 <= size <= 4 if compound else 2 <= size <= 3) or no_name().match(word):
        return None
    if not _NEVER_INSIDE.isdisjoint(word):
        return None
    ranks = name_lists.zh_surname_ranks()
    listed = ranks.get(word[0], COMMON_RANK) < COMMON_RANK or compound
    whole = size == 3 or (cut and len(clause) == size)
    by_sound = whole and syllables(word)[0] in surname_sounds(RARE_RANK if cut else COMMON_RANK)
    if not (listed or by_sound) or word in dictionary_words() or word[-1] in _NEVER_LAST:
        return None
    family = word[:2] if compound else word[0]
    end = start + size
    return FoundName(
        word, start, end, "full", family, word[len(family) :], None, 0.8 if listed else 0.6
    )


def _family(surname: str, start: int) -> FoundName:
    return FoundName(surname, start, start + len(surname), "family", surname, None, None, 0.7)


def _clause(text: str) -> FoundName | None:
    """A full name that is a clause of its own, early in an answer: 本人,林诗涵,就是这个号."""
    plain = to_simplified(text)
    before = ""
    for number, match in enumerate(_CLAUSE.finditer(plain)):
        about_another, before = _OF_ANOTHER.search(before), match[0]
        if number == _CLAUSES:
            break
        if about_another:
            continue
        lead = _SELF.match(match[0])
        skip = lead.end() if lead else 0
        alone = _GOES_ON.split(match[0][skip:], maxsplit=1)[0]
        behind = _PLACE_BEFORE.match(match[0])
        for start, part in ((skip, alone), (behind.end() if behind else 0, None)):
            word = match[0][start:] if part is None else part
            found = _full_name(word, match.start() + start) if start or part else None
            if found is not None:
                return found
    return None


def _corrected(text: str) -> FoundName | None:
    """不是黄,是王."""
    match = _CORRECTS.search(to_simplified(text))
    if match is None or match[1] not in name_lists.zh_surname_ranks():
        return None
    return FoundName(match[1], *match.span(1), "family", match[1], None, None, 0.8)


def _short(text: str) -> FoundName | None:
    plain = to_simplified(text)
    lead = _LEAD.match(plain)
    start = lead.end() if lead else 0
    only_family = plain.startswith("姓", start)
    start += 1 if only_family else 0
    body = re.match(
        rf"([{HAN}]{{1,4}}?)(?:先生|女士|小姐|太太)?(?:$|[\s,，。!！?？]|的$|啊|呀|哈|吧|你叫我)",
        plain[start:],
    )
    if body is None:
        return None
    word = body[1]
    if no_name().match(word):
        return None
    family, given = split_han(word)
    if family is None or (given is not None and (only_family or len(given) > 2)):
        return None
    kind = "full" if given else "family"
    end = start + len(word)
    return FoundName(
        word, start, end, "full" if kind == "full" else "family", family, given, None, 0.8
    )
