"""Who says in Mandarin who they are.

A formula (我是, 我叫, 这里是 …) opens a stretch that ends at punctuation or where the next formula
begins (请问, 很高兴 …). From the stretch the company and the post (蓝天航空的客服专员) are taken
off at the front; what remains is the name, a title with a surname, or a staff number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from qa_pipeline.language import introductions_zh_patterns as patterns
from qa_pipeline.language import name_lists
from qa_pipeline.language.introductions_en import find_en
from qa_pipeline.language.name_parts import ZH_TITLES, split_han
from qa_pipeline.language.name_types import FoundName, NameKind
from qa_pipeline.language.phonetics import syllables
from qa_pipeline.language.text import HAN, to_simplified

_ASKED = re.compile(r"(?:女士|先生|小姐)?(?:吗|对吧|是吧|么|对吗)")
_NO_NAME_END = re.compile(rf"(?:{ZH_TITLES}|[啊呀哦呢吧嘛])$")
_WEAK_SURNAME_RANK = 260


class _Read(NamedTuple):
    """A name at the beginning of a stretch: how many characters it takes and what they are."""

    size: int
    kind: NameKind
    family: str | None
    given: str | None
    confidence: float


def find_zh(text: str) -> list[FoundName]:
    """Self-introductions in Mandarin text, ordered by place; see `find_self_introduction`."""
    plain = to_simplified(text)
    found: list[FoundName] = []
    for candidates in (_family_only, _named, _serving, _latin, _bare):
        for name in candidates(plain):
            if all(name.end <= f.start or f.end <= name.start for f in found):
                found.append(name)
    staff = patterns.STAFF_NUMBER.search(plain)
    if staff is not None:
        start, end = staff.span(1 if staff[1] else 2)
        found.append(FoundName(plain[start:end], start, end, "staff_number", confidence=0.9))
    return sorted(_without_contradicted(found), key=lambda f: f.start)


def _without_contradicted(found: list[FoundName]) -> list[FoundName]:
    """Weak full names go where an unmistakable formula tells another full name."""
    families = {f.family for f in found if f.strong and f.kind == "full"}
    if not families:
        return found
    return [f for f in found if f.strong or f.kind != "full" or f.family in families]


def _named(text: str) -> Iterator[FoundName]:
    for pattern, strong in ((patterns.STRONG, True), (patterns.WEAK, False)):
        for cue in pattern.finditer(text):
            lead = patterns.LEAD.match(text, cue.end())
            start = lead.end() if lead else cue.end()
            for first, last in _parts(text, start, _end(text, start)):
                name = _name_in(text, first, last, strong)
                if name is not None and not _ASKED.match(text, name.end):
                    yield name
                    break


def _end(text: str, start: int) -> int:
    """Where what may hold a name ends; a staff number in between does not end it."""
    position = start
    while True:
        end = patterns.END.search(text, position)
        if end is None:
            return len(text)
        staff = patterns.STAFF_MARK.match(text, end.start())
        if staff is None:
            return end.start()
        position = staff.end()


def _parts(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The stretch, or what stands after and before a staff number in it."""
    staff = patterns.STAFF_MARK.search(text, start, end)
    if staff is None:
        yield start, end
        return
    yield staff.end(), end
    yield start, staff.start()


def _name_in(text: str, start: int, end: int, strong: bool) -> FoundName | None:
    """The name at the end of ``text[start:end]``, after the company and the post."""
    body = text[start:end]
    marks = list(patterns.organisation_end().finditer(body))
    company = None
    after_post = False
    if marks and not _ends_with_title(body):
        company = body[: marks[-1].end()].removesuffix("的") or None
        # A bare 的 may end any clause; a company's or a post's word tells a name follows.
        start, after_post = start + marks[-1].end(), marks[-1][0] != "的"
    skipped = re.match(rf"(?:{patterns.FILLER}|\s)*", text[start:end])
    start += skipped.end() if skipped else 0
    read = _read(text, start, end, strong=strong, after_post=after_post)
    if read is None:
        return None
    return FoundName(
        text=text[start : start + read.size],
        start=start,
        end=start + read.size,
        kind=read.kind,
        family=read.family,
        given=read.given,
        company=company,
        confidence=read.confidence,
        strong=strong or after_post,
    )


def _ends_with_title(body: str) -> bool:
    """王经理, 李老师 and the like: the post's word belongs to the name."""
    title = re.search(rf"({ZH_TITLES})$", body)
    if title is None:
        return False
    before = body[: title.start()]
    surname = before[-2:] if before[-2:] in name_lists.zh_compound_surnames() else before[-1:]
    known = surname in name_lists.zh_surname_ranks() or len(surname) == 2
    rest = before[: len(before) - len(surname)]
    return bool(surname) and known and not rest


def _read(text: str, start: int, end: int, *, strong: bool, after_post: bool) -> _Read | None:
    """The name that begins at `start`."""
    han = re.match(f"[{HAN}]+", text[start:end])
    if han is None:
        return None
    word = han[0]
    blocked = not strong and patterns.is_no_name(word)
    goes_on = patterns.ENDS_OPENING.match(text, start + len(word)) is not None
    return _titled(word) or _untitled(
        word, strong or after_post, blocks=blocked, after_post=after_post, goes_on=goes_on
    )


def _titled(word: str) -> _Read | None:
    """王经理, 李芳老师, 小王."""
    titled = re.fullmatch(rf"(.{{1,4}}?)(?:{ZH_TITLES})", word)
    if titled is not None:
        family, given = split_han(titled[1])
        if family is not None and (given is None or len(given) <= 2):
            return _Read(len(titled[1]), "full" if given else "family", family, given, 0.9)
    if len(word) == 2 and patterns.NICK.match(word) and word[1] in name_lists.zh_surname_ranks():
        return _Read(2, "family", word[1], None, 0.9)
    return None


def _untitled(
    word: str, sure: bool, *, blocks: bool, after_post: bool, goes_on: bool
) -> _Read | None:
    """A surname with one or two characters; `blocks` tells that a clause may begin so."""
    family, given = split_han(word)
    if family is None:
        return _unlisted(word) if sure else None
    if given is None:
        return _Read(len(word), "family", family, None, 0.85) if sure else None
    if blocks and not (after_post and goes_on):
        return None
    if len(given) > 2:
        # After an unmistakable formula the name begins here, and its end is unclear.
        return _Read(len(family) + 2, "full", family, given[:2], 0.6) if sure else None
    confidence = 0.93 if sure else 0.9
    rank = name_lists.zh_surname_ranks().get(family, 0)
    if not sure and (word in patterns.dictionary_words() or rank > _WEAK_SURNAME_RANK):
        confidence = 0.7 if goes_on else 0.0
    return _Read(len(word), "full", family, given, confidence) if confidence else None


def _unlisted(word: str) -> _Read | None:
    """A name without a listed surname: heard wrong (望芳), or a given name alone (晓梅)."""
    if patterns.no_name().match(word) or len(word) > 3 or word[0] == "姓":
        return None
    if patterns.COUNTER.fullmatch(word) or _NO_NAME_END.search(word):
        return None
    given_like = word[0] in "小晓阿" or (len(word) == 2 and word[0] == word[1])
    if len(word) >= 2 and not (len(word) == 2 and given_like):
        ranks = name_lists.pinyin_surname_ranks()
        if (
            ranks.get(syllables(word[0])[0], patterns.RARE_SURNAME_RANK)
            < patterns.RARE_SURNAME_RANK
        ):
            return _Read(len(word), "full", word[0], word[1:], 0.55)
    return _Read(len(word), "given", None, word, 0.7) if len(word) == 2 else None


def _family_only(text: str) -> Iterator[FoundName]:
    """我姓王, 免贵姓李; with 叫王芳 or the full name after it, it is a full name."""
    for cue in patterns.FAMILY.finditer(text):
        start = cue.end()
        surname = text[start : start + 2]
        if surname not in name_lists.zh_compound_surnames():
            surname = text[start : start + 1]
        if not re.fullmatch(f"[{HAN}]+", surname) or surname in "什啥何名氏":
            continue
        end = start + len(surname)
        ends = rf"(?=\s*(?:$|{patterns.END.pattern}))"
        more = re.match(
            rf"(?:的)?{patterns.GAP}(?:我?(?:的名字)?(?:叫做?|名叫|名)){patterns.GAP}{surname}?"
            rf"([{HAN}]{{1,2}}?){ends}|{patterns.GAP}{surname}([{HAN}]{{1,2}}?){ends}",
            text[end:],
        )
        if more is None:
            yield FoundName(surname, start, end, "family", surname, None, None, 0.92)
        else:
            stop = end + more.end()
            given = more[1] or more[2]
            yield FoundName(text[start:stop], start, stop, "full", surname, given, None, 0.9)


def _serving(text: str) -> Iterator[FoundName]:
    """王芳为您服务, 由客服王芳为您服务."""
    ends = re.compile(rf"由我?|{patterns.END.pattern}|{patterns.WEAK.pattern}")
    for cue in patterns.SERVES.finditer(text):
        before = re.search(rf"[{HAN}\d\s]*$", text[: cue.start()])
        if before is None:
            continue
        start = before.start()
        body = re.sub(r"(?:很|非常|十分)?高兴(?:能)?$", "", before[0]).rstrip()
        cuts = [m.end() for m in ends.finditer(body)]
        cuts += [m.end() for m in patterns.organisation_end().finditer(body) if m.end() < len(body)]
        cut = max(cuts, default=0)
        number = re.match(rf"(?:工号)?{patterns.NUMBER}+号?|\s+", body[cut:])
        cut += number.end() if number else 0
        start, word = start + cut, body[cut:]
        if not 2 <= len(word) <= 4 or patterns.no_name().match(word) or word[0] == "们":
            continue
        read = _read(text, start, start + len(word), strong=True, after_post=True)
        if read is not None and read.size == len(word):
            sure = min(read.confidence, 0.88)
            stop = start + read.size
            yield FoundName(word, start, stop, read.kind, read.family, read.given, None, sure)


def _bare(text: str) -> Iterator[FoundName]:
    """A name right after a post or a company, without a formula: 您好,蓝天航空王芳,请讲."""
    for post in patterns.posts().finditer(text):
        start = post.end()
        gap = re.match(r"[\s,，]*", text[start:])
        start += gap.end() if gap else 0
        end = _end(text, start)
        closes = patterns.ENDS_OPENING.match(text, end) or not text[end : end + 1].strip(" ,，。.")
        word = text[start:end]
        if not closes or not 2 <= len(word) <= 4 or patterns.no_name().match(word):
            continue
        read = _read(text, start, end, strong=False, after_post=False)
        if read is None or read.size != len(word) or read.kind == "given":
            continue
        if re.search(rf"{patterns.PLACE_END}$", word):
            continue
        yield FoundName(
            word, start, end, read.kind, read.family, read.given, post[0],
            min(read.confidence, 0.7), strong=False,
        )  # fmt: skip


def _latin(text: str) -> Iterator[FoundName]:
    """English names in Mandarin: 我是Tony, 我叫 Amy Chen, 我是客服Linda."""
    name = r"[A-Za-z][A-Za-z'.\-]*(?:\s+[A-Za-z][A-Za-z'.\-]*){0,2}"
    cues = rf"(?:{patterns.STRONG.pattern}|{patterns.WEAK.pattern})"
    for match in re.finditer(rf"{cues}([{HAN}]{{0,14}}?)\s*({name})(?![A-Za-z])", text):
        middle, latin = match[1], match[2]
        if middle and not re.search(rf"(?:{patterns.organisation_end().pattern})$", middle):
            continue
        read = find_en(f"my name is {latin}")
        if read:
            start = match.start(2)
            yield FoundName(
                latin[: len(read[0].text)], start, start + len(read[0].text), read[0].kind,
                read[0].family, read[0].given, middle or None, min(read[0].confidence, 0.85),
            )  # fmt: skip
