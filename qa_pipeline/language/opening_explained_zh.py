"""Whether every word of a Mandarin opening is known by its sound: then no name hides in it."""

from __future__ import annotations

import re
from functools import cache

from qa_pipeline.language import name_lists, opening_sounds_zh
from qa_pipeline.language.opening_sounds_zh import Row, Words, row_of
from qa_pipeline.language.salutations_zh import is_salutation
from qa_pipeline.language.text import word_set

# What agents say in openings beside greeting, company, post and name.
_USUAL = word_set(
    "这里 这边 那边 我们 是我们 是的 对的 没错 好的 可以 能听到 听得到 听到 在的 有的 "
    "您好 你好 喂你好 早安 午安 晚安 早上好 上午好 中午好 "
    "下午好 晚上好 大家好 哈喽 请问 哪位 哪一位 哪里 哪里找 找谁 您找 什么 怎么 怎么了 "
    "为您 帮您 帮助 帮忙 可以帮 需要 咨询 办理 业务 事情 "
    "什么事 预约 请稍等 稍等 慢慢说 您说 您讲 请讲 请说 您请 欢迎 感谢 谢谢 致电 来电 "
    "拨打 电话 服务 为您服务 很高兴 抱歉 不好意思 久等 "
    "让您 打扰 人工 转接 接通 已经 现在 今天 请您 一下 号码 工号 姓名 名字 称呼 贵姓 还是 "
    "哪个 哪家 有没有 多少 我是 我叫 本店 公司 客户 您的"
)  # fmt: skip
_NUMBER = frozenset("零〇一二三四五六七八九十百两幺号")
_SHORT = frozenset("您你我是的有在请要说讲来对好嗯啊呢吗吧呀哦喂哎啦了这那个和就也还能会给帮为")
# What follows these in a clause is what the agent asks.
_ASKING = Words.of(word_set("请问 有什么 有什 需要什么 什么事 可以帮 怎么称呼 您要 您需要"))
# 谢谢您的配合, behind the notice that the call is recorded.
_THANKED = re.compile(
    r"xie xie (?:nin de |nin )?(?:pei he|ni jie|zi ci)|gan xie nin de (?:pei he|ni jie)"
)
_SHORTEST_NAME, _LONGEST_NAME = 2, 4
_NOTICE = re.compile(r"(?:nai dian|tong hua|dian hua|ti si).*(?:jian bei|nu yin|nu yan|nu zi)")


@cache
def _usual() -> Words:
    return Words.of({*_USUAL, *name_lists.words("zh_posts")})


def is_explained(text: str) -> bool:
    """Whether no two syllables in a row stand unexplained where a name may.

    What goes before a company's last word or before a salutation is no agent's name.

    Example:
        >>> is_explained("自达补习中心请问找水"), is_explained("自达补习中心，沈素灯，请讲")
        (True, False)
    """
    row = row_of(text)
    known = _known(row)
    at = 0
    while at < len(row):
        if known[at]:
            at += 1
            continue
        last = at + 1
        while last < len(row) and not known[last] and not row.begins[last]:
            last += 1
        if last - at > 1 and not _belongs_to_next(row, at, last):
            return False
        at = last
    return True


def without_notice(text: str) -> str:
    """What is left behind a notice that the call is recorded, which is known by its sound.

    Example:
        >>> without_notice("文芯提示，您的来点将被落眼"), without_notice("您好，请讲")
        ('', '您好，请讲')
    """
    row = row_of(text)
    said = " ".join(row.folded)
    notice = _NOTICE.search(said)
    if notice is None:
        return text
    last = said.count(" ", 0, notice.end()) + 1
    while not row.begins[last]:
        last += 1
    thanks = _THANKED.match(" ".join(row.folded[last:]))
    last += thanks[0].count(" ") + 1 if thanks else 0
    return text[row.places[last] :] if last < len(row) else ""


def _known(row: Row) -> list[bool]:
    known = [row.text[place] in _SHORT or row.text[place] in _NUMBER for place in row.places]
    tables = (
        _usual(), opening_sounds_zh.posts(), opening_sounds_zh.organisations(),
        opening_sounds_zh.closers(), opening_sounds_zh.formulas(),
    )  # fmt: skip
    # Behind 我是 short words may be a name's syllables: 我是问为 is 我是温伟.
    for at in range(len(row)):
        size = opening_sounds_zh.formulas().after(row, at)[0]
        if size:
            last = min(at + size + _SHORTEST_NAME, len(row))
            known[at + size : last] = [False] * (last - at - size)
    written = name_lists.words("zh_no_name")  # by sound they would be names: 申诉, 沈素
    for at in range(len(row)):
        for last in (at + 2, at + 3):
            if last <= len(row) and row.written(at, last) in written:
                known[at:last] = [True] * (last - at)
        size = max(words.after(row, at)[0] for words in tables)
        known[at : at + size] = [True] * size
        if _ASKING.after(row, at)[0]:
            last = row.begins.index(True, at + 1)
            known[at:last] = [True] * (last - at)
    return known


def _belongs_to_next(row: Row, first: int, last: int) -> bool:
    """Whether a company's last word or a salutation follows in the same clause."""
    if last >= len(row) or row.begins[last]:
        return False
    if opening_sounds_zh.organisations().after(row, last)[0]:
        # 我是严丽银河影院, 您好邱志明社保中心: a name may stand before the company's.
        told = opening_sounds_zh.formulas().before(row, first)[0]
        return not told and row.folded[first] not in opening_sounds_zh.usual_surnames()
    return last - first <= _LONGEST_NAME and is_salutation(
        row.written(last, min(last + 2, len(row)))
    )
