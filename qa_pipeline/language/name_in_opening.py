"""The name that the agent tells in the opening, and whether it could be read at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from qa_pipeline.domain.conversation import KnownName
from qa_pipeline.language.introductions import find_self_introduction
from qa_pipeline.language.introductions_opening_en import (
    told_in_opening_en,
    unexplained_in_opening_en,
)
from qa_pipeline.language.introductions_opening_zh import (
    told_in_opening_zh,
    unexplained_in_opening_zh,
    unread_in_opening_zh,
)
from qa_pipeline.language.introductions_sound_zh import told_by_sound_zh
from qa_pipeline.language.introductions_zh_patterns import asked_for_name, no_name, organisation_end
from qa_pipeline.language.name_addressed import part_alike
from qa_pipeline.language.name_parts import ZH_TITLES
from qa_pipeline.language.name_reading import RANKS, is_common, is_organisation
from qa_pipeline.language.name_tokens import FILLERS, Token, is_cased, tokenise
from qa_pipeline.language.name_types import FoundName
from qa_pipeline.language.name_unread_en import all_given, recorded_in_slot, unread_name_en
from qa_pipeline.language.openings import Opening
from qa_pipeline.language.phonetics import (
    find_units,
    sounds_alike_en,
    syllable_similarity,
    syllables,
)
from qa_pipeline.language.recorded_name_zh import (
    given_by_sound_zh,
    is_free,
    known_by_sound_zh,
)
from qa_pipeline.language.text import HAN, is_han, normalise, to_simplified, word_set

_WEAK = 0.7  # a name read less surely is sought by its sound too
_SURE = 0.8  # and so surely it is where part of one was read
_GARBLED = 0.6  # something name-like follows the right given name
_PART_LEAST = 0.75
_BY_SOUND = 0.85  # the whole name in other words
_PARTIAL_ZH = re.compile(rf"^[小老阿]|(?:{ZH_TITLES})$")  # 我是常老师, 我是小常: no full names
# Words that stand where a name belongs and are none that could be read.
_UNREAD_ZH = re.compile(
    rf"(?:我是|我叫|客服|专员)([{HAN}]{{2,3}})(?=[,，。]?\s*(?:请问|请讲|您请|很高兴|有什么|为您|竭诚))"
)
_UNREAD_EN = re.compile(
    r"\b(?:my (?:full )?name is|my name's|my ?self(?:,| is)?"
    r"|you(?:'re| are) (?:speaking|talking) (?:with|to))"
    r"[\s-]+(?!your\b|the\b)(\w+)"
)
# Nothing of a name can have been lost between these and a family name.
_ALONE_EN = re.compile(
    r"(?:[.,!?:\n]|\b(?:morning|afternoon|evening|day|hello|hi|is|am|i'm|it's))\s*$|^\s*$",
    re.IGNORECASE,
)
_TITLED_EN = re.compile(
    rf"\b(?:mr|mrs|ms|miss|mister|dr|doctor|{'|'.join(sorted(RANKS))})\.?\s*$", re.IGNORECASE
)
# What staff are called after their family name alone.
_TITLE_SOUNDS_ZH = frozenset(
    map(
        syllables,
        word_set(
            "药师 医生 医师 大夫 护士 师傅 老师 律师 技师 经理 主任 主管 专员 顾问 老板 店长 管家 "
            "教练 助理"
        ),
    )
)
# Seen: garbled names 0.56 and more, openings without the name 0.46 at most (English); two of three
# syllables (Mandarin).
_SOMEWHAT_EN = 0.55
_SOMEWHAT_ZH = 0.66
_LIKE_LEAST = 0.5
_FAMILY_LEAST = 0.6  # beside the right given name less is enough


def told_name(opening: Opening, known: KnownName | None, language: str) -> FoundName | None:
    """The most of a name that the agent tells in the opening, known names matched by sound.

    A known full name need not stand in a formula. If the known given name is followed by
    something like a name that sounds otherwise, the recogniser garbled the family name: that
    counts as a full name of low confidence.
    """
    found = find_self_introduction(opening.text, language)
    if language == "zh":
        found = [
            f for f in found if not (_may_be_given(f) or asked_for_name(opening.text, f.start))
        ]
    best = max(found, key=_fullness, default=None)
    if best is None or not best.is_full:
        told = told_in_opening_zh if language == "zh" else told_in_opening_en
        also = [f for f in told(opening.text) if best is None or _completes(f, best)]
        best = max([*found, *also], key=_fullness, default=None)
    if language == "zh" and (best is None or not best.is_full or best.confidence < _WEAK):
        part = best is not None and best.confidence >= _WEAK
        sounds = [f for f in told_by_sound_zh(opening.text) if not part or f.confidence >= _SURE]
        best = max([*([best] if best else []), *sounds], key=_fullness, default=None)
    if best is not None and language == "zh" and _is_titled(best, known):
        best = replace(best, kind="family", given=None)
    if known is None or not (known.family and known.given):
        return best
    if best is not None and best.is_full and _is_given_alone(best, known):
        return replace(best, kind="given", family=None, given=best.text)
    if best is not None and best.is_full and _agrees(best, known):
        return replace(best, confidence=max(best.confidence, 0.95))
    heard = _heard_zh(opening.text, known) if language == "zh" else None
    if heard is None:
        heard = _heard_en(opening.text, known, found)
    if heard is None and language == "zh":
        heard = known_by_sound_zh(opening.text, known)
        if heard is None and (best is None or best.confidence < _WEAK):
            return given_by_sound_zh(opening.text, known) or best
    if heard is None and language == "en" and (best is None or not best.is_full):
        heard = _heard_in_place(opening, known)
    if heard is not None and (best is None or not best.is_full):
        return heard
    return best


def _may_be_given(found: FoundName) -> bool:
    """Whether two characters that only sound like a surname and more may be a given name alone."""
    return found.is_full and len(found.text) == 2 and found.confidence < _GARBLED


def _is_titled(found: FoundName, known: KnownName | None) -> bool:
    """Whether a title, or what sounds so, follows a family name: 夏侯宫, 谢药师 heard as 谢钥匙."""
    family, given = found.family or "", syllables(found.given or "")
    if not found.is_full or (known is not None and given == syllables(known.given or "")):
        return False
    return given in _TITLE_SOUNDS_ZH or (len(family) > 1 and given == ("gong",))


def _is_given_alone(found: FoundName, known: KnownName) -> bool:
    """Whether what was read as a full name is the recorded first name of two words: "Yu Ting"."""
    given = all_given(known)
    return " " in given and found.text.strip().lower() == given


def _heard_in_place(opening: Opening, known: KnownName) -> FoundName | None:
    """The known name by its sound, where the agent's name belongs."""
    heard = recorded_in_slot(opening, known)
    if heard is None:
        return None
    slot, alike = heard
    offset = opening.offsets[opening.turns.index(slot.turn)]
    return _full(opening.text, offset + slot.start, offset + slot.end, known, min(_BY_SOUND, alike))


def _completes(alone: FoundName, formula: FoundName) -> bool:
    """Whether a name alone is the whole of what a formula told in part (我姓常 … 常一诺)."""
    if not alone.is_full or formula.kind == "staff_number":
        return alone.is_full
    return (formula.family is not None and formula.family == alone.family) or (
        formula.given is not None and formula.given in (alone.given, alone.family)
    )


def _fullness(found: FoundName) -> tuple[int, float]:
    rank = {"full": 3, "given": 2, "family": 1, "staff_number": 0}[found.kind]
    return rank, found.confidence


def _agrees(found: FoundName, known: KnownName) -> bool:
    pairs = ((found.family, known.family), (found.given, known.given))
    return all(a and b and part_alike(a, b) >= _FAMILY_LEAST for a, b in pairs)


def contradicts(found: FoundName, known: KnownName) -> bool:
    """Whether what was said cannot be the recorded name: Megan where the record says Mary."""
    pairs = [(found.family, known.family), (found.given, known.given)]
    both = [(a, b) for a, b in pairs if a and b]
    crossed = [(found.family, known.given), (found.given, known.family)]
    if any(a and b and part_alike(a, b) >= _PART_LEAST for a, b in crossed):
        return False
    return bool(both) and any(part_alike(a, b) < 0.5 for a, b in both)


def is_unlike(found: FoundName, known: KnownName) -> bool:
    """Whether no part of what was said sounds like one of the recorded name."""
    said = [part for part in (found.family, found.given) if part]
    written = [part for part in (known.family, known.given) if part]
    return bool(said and written) and all(
        part_alike(a, b) < _LIKE_LEAST for a in said for b in written
    )


def _heard_zh(text: str, known: KnownName) -> FoundName | None:
    """The known name's sound anywhere in the opening, unless somebody is addressed by it."""
    name = f"{known.family}{known.given}"
    if not all(is_han(c) for c in name):
        return None
    plain = to_simplified(text)
    for start, end, score in find_units(tuple(to_simplified(name)), plain):
        addressed = re.match(rf"\s*(?:{ZH_TITLES})", plain[end:])
        written = plain[start:end] == to_simplified(name)
        if score >= 0.8 and not addressed and (written or is_free(plain, start, end)):
            return _full(text, start, end, known, score)
    # 我是 and as many characters as the name has, one of them right: misheard.
    after = re.search(
        rf"(?:我是|我叫|客服)([{HAN}]{{{len(name)}}})(?=$|[^{HAN}]|很|请|有|为|竭)", plain
    )
    if after is not None and not _PARTIAL_ZH.search(after[1]):
        alike = [part_alike(a, b) for a, b in zip(name, after[1], strict=True)]
        if max(alike) >= 0.9:
            return _full(text, after.start(1), after.end(1), known, _GARBLED)
    return None


def _heard_en(text: str, known: KnownName, found: Sequence[FoundName]) -> FoundName | None:
    """The known given name followed by the family name or by something name-like."""
    tokens = tokenise(text)
    cased = is_cased(text)
    given = (known.given or "").split()[0].lower()
    introduced = {f.start for f in found}
    for at, token in enumerate(tokens):
        if part_alike(token.norm, given) < _PART_LEAST or is_common(token.norm):
            continue
        rest = [t for t in tokens[at + 1 : at + 4] if t.norm not in FILLERS and len(t.norm) > 1][:2]
        for size in (2, 1):
            said = "".join(t.norm for t in rest[:size])
            if len(rest) >= size and part_alike(said, (known.family or "").replace(" ", "")) >= (
                _FAMILY_LEAST
            ):
                return _full(text, token.start, rest[size - 1].end, known, 0.93)
        name_like = bool(rest) and not (
            rest[0].boundary
            or is_common(rest[0].norm)
            or is_organisation(rest[0].norm)
            or (cased and not rest[0].capital)
            or rest[0].possessive
        )
        if name_like and (token.start in introduced or (cased and _alone(tokens, at, rest[0]))):
            return _full(text, token.start, rest[0].end, known, _GARBLED)
    return None


def _alone(tokens: tuple[Token, ...], at: int, last: Token) -> bool:
    """Whether a token and `last` behind it are a whole clause: "yes, Anika Adairi, sales"."""
    after = tokens.index(last) + 1
    closed = after == len(tokens) or tokens[after].boundary
    return tokens[at].boundary and closed and tokens[at].capital


def _full(text: str, start: int, end: int, known: KnownName, confidence: float) -> FoundName:
    return FoundName(
        text[start:end], start, end, "full", known.family, known.given, None, confidence
    )


def not_fully_read(
    opening: Opening, name: FoundName | None, language: str, recorded: KnownName | None = None
) -> bool:
    """Whether a name was told in the opening that could not be read off the words.

    A formula with words behind it that are no name ("my name is report macdonald", 我是炊晓枚), or
    a family name alone without a title, before which a given name may have been lost; in English
    also what was badly heard where a name belongs.
    """
    if language == "zh":
        return _not_read_zh(opening, name)
    partly = name is None or name.kind in ("given", "family")
    given = all_given(recorded) if recorded is not None else ""
    if partly and unread_name_en(opening, name, given):
        return True
    if name is None:
        return _UNREAD_EN.search(opening.text.lower()) is not None
    before = opening.text[: name.start]
    alone = _TITLED_EN.search(before) is None and _ALONE_EN.search(before) is None
    return name.kind == "family" and alone


def _not_read_zh(opening: Opening, name: FoundName | None) -> bool:
    if name is not None:
        return name.kind == "family" and _said_again(opening.text, name)
    if unread_in_opening_zh(opening.text):
        return True
    match = _UNREAD_ZH.search(to_simplified(opening.text))
    if match is None or _PARTIAL_ZH.search(match[1]):
        return False
    return no_name().match(match[1]) is None and organisation_end().search(match[1]) is None


def _said_again(text: str, name: FoundName) -> bool:
    """Whether the family name comes again at once, as in 我姓杨，杨文静."""
    heard = syllables(text[name.end : name.end + 3])[: len(name.family or "")]
    return bool(heard) and heard == syllables(name.family or "")


def may_hold_name(opening: Opening, language: str) -> bool:
    """Whether something unexplained stands alone where a name could: less than `not_fully_read`."""
    if language == "zh":
        return unexplained_in_opening_zh(opening.text)
    return unexplained_in_opening_en(opening.text)


def sounds_somewhat_like(opening: Opening, name: str, language: str) -> bool:
    """Whether some words of the opening sound so much like `name` that it may have been said.

    Not enough to say that it was, but too much to say that it was not.
    """
    if language == "zh":
        wanted = syllables(normalise(name, "zh"))
        heard = syllables(normalise(opening.text, "zh"))
        width = len(wanted)
        windows = (heard[i : i + width] for i in range(len(heard) - width + 1))
        return width >= 2 and any(
            sum(map(syllable_similarity, window, wanted)) / width >= _SOMEWHAT_ZH
            for window in windows
        )
    wanted_letters = "".join(normalise(name, "en").split())
    words = normalise(opening.text, "en").split()
    longest = len(name.split()) + 2
    return any(
        sounds_alike_en("".join(words[start:end]), wanted_letters) >= _SOMEWHAT_EN
        for start in range(len(words))
        for end in range(start + 1, min(start + longest, len(words)) + 1)
    )
