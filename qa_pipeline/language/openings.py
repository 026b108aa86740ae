"""The agent's opening of a call: its stretch, its greeting, and the name told in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from qa_pipeline.domain.conversation import KnownName
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.called import part_alike
from qa_pipeline.language.introductions import find_self_introduction
from qa_pipeline.language.name_parts import ZH_TITLES
from qa_pipeline.language.name_reading import is_common, is_organisation
from qa_pipeline.language.name_tokens import FILLERS, is_cased, tokenise
from qa_pipeline.language.name_types import FoundName
from qa_pipeline.language.phonetics import (
    find_units,
    near_syllable,
    sounds_alike_en,
    syllable_similarity,
    syllables,
)
from qa_pipeline.language.text import HAN, is_han, normalise, to_simplified

_JOIN_MS = 500  # turns no further apart are one breath
_SUBSTANTIAL = {"en": 4, "zh": 6}  # words, characters: the customer has come to the point
_OPEN_EN = re.compile(
    r"(?:\b(?:name is|name's|this is|i'm|i am|it's|speaking with|speaking to|talking to|uh|um)"
    r"|,)\s*$",
    re.IGNORECASE,
)
_OPEN_ZH = re.compile(r"(?:我是|我叫|这里是|这边是|名字是|姓|客服|专员|代表|的|,|，|嗯|呃)\s*$")
_GREETING_EN = re.compile(
    r"\b(?:hello|hi|hey|howdy|greetings|good (?:morning|afternoon|evening|day)"
    r"|thanks?(?: you)?(?: so much| very much)? for (?:calling|contacting|phoning|ringing|choosing"
    r"|your call|reaching)|(?<!you are )(?<!are )welcome(?: to| back)?)\b"
    r"|^(?:morning|afternoon|evening)\b"
)
_GREETING_ZH = re.compile(
    r"[您你]们?好|大家好|早上好|早晨好|早安|上午好|中午好|下午好|晚上好|节日好|周末好|[新春]年?[节]?快乐|新年好|过年好"
    r"|(?:欢迎|感谢|谢谢)[您你]?的?(?:致电|来电|拨打|打来|光临|使用)|欢迎[您你]"
)
_GREETING_SOUND = re.compile(r"(?:^| )(?:nin|ni|lin|ling) hao(?= |$)")
# "X午好", "X上好": recognisers write 家务好 for 下午好. Only at the very start of what is said.
_TIME_OF_DAY = (
    ("zao", "shang"),
    ("zao", "chen"),
    ("shang", "wu"),
    ("zhong", "wu"),
    ("xia", "wu"),
    ("wan", "shang"),
)
_NO_ANSWER = re.compile(r"[您你]好(?:像|不|多|久)")
_GARBLED = 0.6  # something name-like follows the right given name
_PART_LEAST = 0.75
# Seen: garbled names 0.56 and more, openings without the name 0.46 at most (English); two of three
# syllables (Mandarin).
_SOMEWHAT_EN = 0.5
_SOMEWHAT_ZH = 0.66
_FAMILY_LEAST = 0.6  # beside the right given name less is enough


@dataclass(frozen=True, slots=True)
class Opening:
    """The agent's opening turns and their joined text.

    `offsets` are the places in `text` where each turn begins.
    """

    turns: tuple[Turn, ...]
    text: str
    offsets: tuple[int, ...]

    @property
    def start_ms(self) -> int:
        """When the opening begins."""
        return min((t.start_ms for t in self.turns), default=0)

    @property
    def end_ms(self) -> int:
        """When it is over."""
        return max((t.end_ms for t in self.turns), default=0)

    def turn_at(self, place: int) -> Turn:
        """The turn that holds a character of `text`."""
        index = max(i for i, offset in enumerate(self.offsets) if offset <= place)
        return self.turns[index]


def find_opening(turns: Sequence[Turn], language: str, least_ms: int) -> Opening:
    """The agent's turns before the customer's first substantial one, or in the first `least_ms`.

    A "hello?" or "yes, one moment please" of the customer does not end the opening.
    """
    talk = [turn for turn in turns if turn.role is not Role.LINE]
    if not talk:
        return Opening((), "", ())
    begin = talk[0].start_ms
    until = begin + least_ms
    spoke = False
    for turn in talk:
        spoke = spoke or turn.role is Role.AGENT
        if turn.role is Role.CUSTOMER and spoke and _is_substantial(turn.text, language):
            until = max(until, turn.start_ms)
            break
    else:
        until = max(until, talk[-1].end_ms + 1 if len(talk) <= 2 else until)
    own = tuple(t for t in talk if t.role is Role.AGENT and t.start_ms < until)
    return _joined(own, language)


def _is_substantial(text: str, language: str) -> bool:
    plain = normalise(text, language, drop_fillers=True)
    if re.search(r"one (?:moment|second|minute)|hold on", plain):
        return False
    size = len(plain) if language == "zh" else len(plain.split())
    return size >= _SUBSTANTIAL.get(language, 4)


def _joined(turns: tuple[Turn, ...], language: str) -> Opening:
    text = ""
    offsets: list[int] = []
    last: Turn | None = None
    open_end = _OPEN_ZH if language == "zh" else _OPEN_EN
    for turn in turns:
        if last is not None:
            goes_on = turn.start_ms - last.end_ms < _JOIN_MS or open_end.search(text)
            text += ("" if language == "zh" else " ") if goes_on else "\n"
        offsets.append(len(text))
        text += turn.text
        last = turn
    return Opening(turns, text, tuple(offsets))


def greeting_turn(opening: Opening, language: str) -> Turn | None:
    """The first turn of the opening with a greeting word; 喂 or 请讲 alone is none."""
    for turn in opening.turns:
        if has_greeting(turn.text, language):
            return turn
    return None


def _begins_like_time_of_day(plain: str) -> bool:
    """Whether the first three characters sound like 早上好, 下午好 and so on."""
    head = syllables(plain[:3])
    if len(head) < 3 or head[2] != "hao":
        return False
    return any(
        near_syllable(head[1], second)
        and (near_syllable(head[0], first) or _final(head[0]) == _final(first))
        for first, second in _TIME_OF_DAY
    )


def _final(syllable: str) -> str:
    """A syllable without its initial: what recognisers keep when they mistake a consonant."""
    return syllable.lstrip("bpmfdtnlgkhjqxzcsrwy")


def has_greeting(text: str, language: str) -> bool:
    """Whether a greeting word is said.

    Example:
        >>> has_greeting("喂,请讲", "zh"), has_greeting("喂,您好", "zh")
        (False, True)
    """
    plain = normalise(text, language, drop_fillers=True)
    if language == "zh":
        by_sound = _GREETING_SOUND.search(" ".join(syllables(plain[:12]))) is not None
        return (
            _GREETING_ZH.search(plain) is not None
            or (by_sound and _NO_ANSWER.search(plain) is None)
            or _begins_like_time_of_day(plain)
        )
    return _GREETING_EN.search(plain) is not None


def told_name(opening: Opening, known: KnownName | None, language: str) -> FoundName | None:
    """The most of a name that the agent tells in the opening, known names matched by sound.

    A known full name need not stand in a formula. If the known given name is followed by
    something like a name that sounds otherwise, the recogniser garbled the family name: that
    counts as a full name of low confidence.
    """
    found = find_self_introduction(opening.text, language)
    best = max(found, key=_fullness, default=None)
    if known is None or not (known.family and known.given):
        return best
    if best is not None and best.is_full and _agrees(best, known):
        return replace(best, confidence=max(best.confidence, 0.95))
    heard = _heard_zh(opening.text, known) if language == "zh" else None
    if heard is None:
        heard = _heard_en(opening.text, known, found)
    if heard is not None and (best is None or not best.is_full):
        return heard
    return best


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


def _heard_zh(text: str, known: KnownName) -> FoundName | None:
    """The known name's sound anywhere in the opening, unless somebody is addressed by it."""
    name = f"{known.family}{known.given}"
    if not all(is_han(c) for c in name):
        return None
    plain = to_simplified(text)
    for start, end, score in find_units(tuple(to_simplified(name)), plain):
        addressed = re.match(rf"\s*(?:{ZH_TITLES})", plain[end:])
        if score >= 0.8 and not addressed:
            return _full(text, start, end, known, score)
    # 我是 and as many characters as the name has, one of them right: misheard.
    after = re.search(
        rf"(?:我是|我叫|客服)([{HAN}]{{{len(name)}}})(?=$|[^{HAN}]|很|请|有|为|竭)", plain
    )
    if after is not None:
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
        if name_like and token.start in introduced:
            return _full(text, token.start, rest[0].end, known, _GARBLED)
    return None


def _full(text: str, start: int, end: int, known: KnownName, confidence: float) -> FoundName:
    return FoundName(
        text[start:end], start, end, "full", known.family, known.given, None, confidence
    )


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
