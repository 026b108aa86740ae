"""Names that an agent tells in a Mandarin opening without, or before, the usual formulas.

Only for openings: elsewhere a clause of three characters is rarely a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa_pipeline.language import introductions_zh_patterns as patterns
from qa_pipeline.language import name_lists
from qa_pipeline.language.introductions_zh_patterns import asked_for_name
from qa_pipeline.language.name_parts import ZH_TITLES, split_han
from qa_pipeline.language.name_types import FoundName, NameKind
from qa_pipeline.language.phonetics import syllables
from qa_pipeline.language.text import HAN, to_simplified

_CLAUSE = re.compile(r"[^\s,，、。.！!？?；;:：]+")
_GREETS = re.compile(
    r"(?:[您你侬恁]们?好|(?:早上|早晨|上午|中午|下午|晚上|节日|周末|大家)好|早安|午安|晚安|哈[啰喽罗]|嗨|喂)"
    r"+[呐呀哈啊呢噻您]*"
)
_OFFERS = re.compile(
    rf"(?:{patterns.GOES_ON}|(?:很|十分|非常)?(?:荣幸|乐意)|听电话|接听|在线|请(?!诉)|来$).*$"
)
_ANSWERING = re.compile(r"\s*(?:好的|好[,，。]|行[,，。]|嗯|谢谢|收到|明白|没问题|可以)")
_NO_PERSON_END = re.compile(rf"(?:{ZH_TITLES}|{patterns.PLACE_END}|[线员师您你我吗呢的了])$")
# Characters that write foreign names: 古丽娜尔, 艾合买提.
_FOREIGN = (
    "阿艾爱安奥巴白拜贝比布达丹德迪蒂丁杜多尔法菲费芬弗盖格古哈海罕汗合赫霍吉加贾江杰卡凯康科克肯库拉莱兰朗"
    "劳勒雷里莉利丽林琳卢鲁罗洛马玛买迈曼梅美米密蒙明莫姆穆木纳娜南内尼努诺帕佩皮普奇其恰乔热日瑞萨赛桑沙莎山什"
    "师史斯苏塔泰坦汤特提图吐托娃瓦外维威沃乌吾武西希夏雅亚扬耶叶伊依尤于约扎泽珠卓孜旺措次仁吉央"
)
_DOTTED = re.compile(rf"(?:我[是叫]|叫|^|[\s,，。的])([{HAN}]{{2,6}}[·•・‧．][{HAN}]{{2,8}})")
_TRANSLITERATED = re.compile(rf"我[是叫]([{_FOREIGN}]{{6,10}})(?![{HAN}])")
_CALLED = re.compile(rf"(?:我|这边|这里)是[^。！？\n]{{2,20}}?[\s,，]+叫([{HAN}]{{2,4}})")
# 我是江苏这边的韩雪 售后回访组: the department follows without a comma.
_OF_PLACE = re.compile(rf"(?:我|这里|这边)是[{HAN}]{{2,14}}的([{HAN}]{{2,4}})(?=$|[\s,，。])")
# 我是佩珊, 我是欣怡老师: half a name; recognisers write 叫我 as 教我.
_GIVEN = re.compile(
    rf"我(?:是|叫|系)([{HAN}]{{2}})(?=老师|$|[\s,，。]|{patterns.GOES_ON}|[您你]的|今天|什么事)"
)
_CALL_ME = re.compile(rf"[叫教交]我([小老阿][{HAN}])(?=就|吧|好|$|[,，。\s])")


def told_in_opening_zh(text: str) -> list[FoundName]:
    """What stands in an opening as a name though no formula tells so.

    Example:
        >>> [f.text for f in told_in_opening_zh("您好，鲁班修修，尤伟。")]
        ['尤伟']
    """
    plain = to_simplified(text)
    return [*_formulas(plain), *_alone(plain), *_partial(plain)]


def reads_as_name(word: str, *, sure: bool = False) -> float:
    """How surely two to four characters alone are a full name, 0 for not at all.

    Args:
        word: the characters.
        sure: the place tells that a name stands there.
    """
    family, given = split_han(word)
    if family is None or given is None or len(given) > 2:
        return 0.0
    known_word = word in patterns.dictionary_words() or patterns.is_no_name(word)
    if known_word and not sure:
        return 0.0
    if _NO_PERSON_END.search(word) or patterns.organisation_end().search(word):
        return 0.0
    rank = name_lists.zh_surname_ranks().get(family, 0)
    return 0.8 if rank < patterns.RARE_SURNAME_RANK else 0.65


def _name(text: str, start: int, kind: NameKind, sure: float) -> FoundName:
    family, given = split_han(text)
    if kind == "given":
        family, given = None, text
    return FoundName(text, start, start + len(text), kind, family, given, None, sure, strong=False)


def _formulas(text: str) -> Iterator[FoundName]:
    for match in _DOTTED.finditer(text):
        given, family = re.split("[·•・‧．]", match[1])[:2]
        start, end = match.span(1)
        yield FoundName(match[1], start, end, "full", family, given, None, 0.85)
    for match in _TRANSLITERATED.finditer(text):
        word, (start, end) = match[1], match.span(1)
        # Where the given name ends is unknown; the halves are as good as any.
        half = len(word) // 2
        yield FoundName(word, start, end, "full", word[half:], word[:half], None, 0.6)
    told = [(m, True) for m in _CALLED.finditer(text)]
    told += [(m, False) for m in _OF_PLACE.finditer(text)]
    for match, certain in told:
        sure = reads_as_name(match[1], sure=certain)
        if sure:
            yield _name(match[1], match.start(1), "full", sure)


def _clauses(text: str) -> list[tuple[int, str]]:
    """What the clauses hold without greeting and offer, with their places."""
    found = []
    for clause in _CLAUSE.finditer(text):
        greets = _GREETS.match(clause[0])
        cut = greets.end() if greets else 0
        body = _OFFERS.sub("", clause[0][cut:])
        if body:
            found.append((clause.start() + cut, body))
    return found


def _alone(text: str) -> Iterator[FoundName]:
    """A name that is a whole clause, beside one that tells where the call was answered."""
    greeted = _GREETS.search(text) is not None or re.search("欢迎|感谢", text) is not None
    place = 0
    for line in text.split("\n"):
        if greeted and _ANSWERING.match(line) is None:
            yield from _alone_in(line, place, later=place > 0)
        place += len(line) + 1


def _alone_in(line: str, place: int, *, later: bool) -> Iterator[FoundName]:
    clauses = _clauses(line)
    greets = _GREETS.search(line) is not None
    for at, (start, body) in enumerate(clauses):
        if later and not greets and at == 0:
            continue  # it answers what was just said: 有有有, 这样啊
        others = [b for i, (_, b) in enumerate(clauses) if i != at and len(b) >= 3]
        told = greets or any(patterns.organisation_end().search(other) for other in others)
        asked = re.match(r"\s*[?？]", line[start + len(body) :])
        sure = reads_as_name(body) if others and told and not asked else 0.0
        if sure and not any(other.startswith(body) for other in others):
            yield _name(body, place + start, "full", min(sure, 0.75))


def _partial(text: str) -> Iterator[FoundName]:
    for match in _CALL_ME.finditer(text):
        kind: NameKind = "family" if match[1][1] in name_lists.zh_surname_ranks() else "given"
        family = match[1][1] if kind == "family" else None
        given = None if family else match[1]
        start, end = match.span(1)
        yield FoundName(match[1], start, end, kind, family, given, None, 0.85)
    for match in _GIVEN.finditer(text):
        word = match[1]
        if not _is_word(word) and split_han(word)[0] is None:
            yield _name(word, match.start(1), "given", 0.75)


def _is_word(word: str) -> bool:
    return (
        word in patterns.dictionary_words()
        or patterns.is_no_name(word)
        or patterns.organisation_end().search(word) is not None
        or patterns.posts().match(word) is not None
        or _NO_PERSON_END.search(word) is not None
    )


_AFTER_FORMULA = re.compile(rf"(?:我是|我叫|我教|我系)([{HAN}]+)")
_ANSWERS = re.compile(rf"(?:^|[\s,，。])([{HAN}]{{2,5}}?)[听停清兵接庭]?电话(?=$|[\s,，。])")


def unread_in_opening_zh(text: str) -> bool:
    """Whether something stands in a name's place that is no word, name, post or company.

    Example:
        >>> unread_in_opening_zh("您好，我是精持售后的关幕之下"), unread_in_opening_zh("您好，请讲")
        (True, False)
    """
    plain = to_simplified(text)
    for match in _AFTER_FORMULA.finditer(plain):
        if asked_for_name(plain, match.start()):
            continue
        stretch = _OFFERS.sub("", match[1])
        marks = list(patterns.organisation_end().finditer(stretch))
        rest = stretch[marks[-1].end() :] if marks else stretch
        if 2 <= len(rest) <= 4 and not _is_word(rest):
            return True
    answers = _ANSWERS.search(plain)
    return (
        answers is not None and not _is_word(answers[1]) and answers[1][0] not in "打拨来您的本请"
    )


def unexplained_in_opening_zh(text: str) -> bool:
    """Whether a clause alone sounds like a name but reads as no known word."""
    ranks = name_lists.pinyin_surname_ranks()
    return any(
        2 <= len(body) <= 4
        and re.fullmatch(f"[{HAN}]+", body) is not None
        and not _is_word(body)
        and ranks.get(syllables(body[0])[0], patterns.RARE_SURNAME_RANK)
        < patterns.RARE_SURNAME_RANK
        for _, body in _clauses(to_simplified(text))
    )
