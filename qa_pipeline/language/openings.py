"""The agent's opening of a call: its stretch and its greeting."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.near_sounds import likeness, sound
from qa_pipeline.language.salutations_zh import is_salutation
from qa_pipeline.language.text import HAN, normalise

_NEARLY = 0.7  # mean likeness of syllables, see near_sounds.likeness
_PRELUDE_MS = 4_000
_NO_WORDS = 0.6  # mean probability of words that were read into something else
_JOIN_MS = 500  # turns no further apart are one breath
_SUBSTANTIAL = {"en": 4, "zh": 6}  # words, characters: the customer has come to the point
_OPEN_EN = re.compile(
    r"(?:\b(?:name is|name's|this is|i'm|i am|it's|speaking with|speaking to|talking to|uh|um)"
    r"|,)\s*$",
    re.IGNORECASE,
)
_OPEN_ZH = re.compile(r"(?:我是|我叫|这里是|这边是|名字是|姓|客服|专员|代表|的|,|，|嗯|呃)\s*$")
_GREETING_EN = re.compile(
    r"\b(?:hello|hi|hey|hiya|howdy|greetings|g[' ]?day|happy new year"
    r"|good (?:morning|afternoon|evening|day)"
    r"|thanks?(?: you)?(?: so much| very much)? for (?:calling|contacting|phoning|ringing|choosing"
    r"|your call|reaching)|(?<!you are )(?<!are )welcome(?: to| back)?)\b"
    r"|^(?:morning|afternoon|evening)\b"
)
_GREETING_ZH = re.compile(
    r"[您你侬恁]们?好|午安|哈[啰喽罗]|大家好|早上好|早晨好|早安|上午好|中午好|下午好|晚上好|节日好|周末好|[新春]年?[节]?快乐|新年好|过年好"
    r"|(?:欢迎|感谢|谢谢)[您你]?的?(?:致电|来电|拨打|打来|光临|使用)|欢迎[您你]"
)
# Two to four characters and a pause, the last one 好: a greeting misheard (还顶好 for 嗨您好).
_GREETING_FIRST = re.compile(
    rf"\s*(?!那|还好|[都也就挺很真蛮太]|没|好)[{HAN}]{{1,3}}好(?=[，,。！!\s]|$)"
)
# The system tells that the call is recorded, in one breath with the agent's opening. Recognisers
# write 录影 and 备录 too.
_ANNOUNCED_EN = re.compile(
    r"(?:(?:to|for)\s+(?:\w+\s+){1,10}?)?(?:(?:please )?note(?: that)?\s+|be advised(?: that)?\s+)?"
    r"(?:this|your|all|the)?\s*\bcalls?\s+(?:may|will|is|are|might|could)\b[^.!?\n]{0,40}?"
    r"\b(?:recorded|monitored)\b"
    r"(?:\s+(?:(?:or|and) (?:monitored|recorded)|for(?: \w+){0,4}? (?:purposes|quality|training"
    r"|assurance|security)(?: (?:and|or) \w+)?(?: purposes)?))*[.,]?",
    re.IGNORECASE,
)
_ANNOUNCED_ZH = re.compile(
    r"(?:为了?[^。！？\n]{0,4}(?:保[证障护]|提[高升]|更好)[^。！？\n]{0,16}?)?"
    r"(?:本次|此次|您的|我们的|这次)(?:通话|来电|来店|电话|对话|服务)[^。！？\n]{0,8}?"
    r"(?:录音|录影|录制|录像|[备被]录[音应影]?)[，,。]?"
)
_NO_ANSWER = re.compile(r"[您你]好(?:像|不|多|久)")


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

    Those count from the agent's first words (see `opening_begins`). A "hello?" or "yes, one moment
    please" of the customer does not end the opening.
    """
    talk = [turn for turn in turns if turn.role is not Role.LINE]
    if language == "en":
        talk = _without_prelude(talk)
    if not talk:
        return Opening((), "", ())
    until = opening_begins(talk) + least_ms
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


def opening_begins(talk: Sequence[Turn]) -> int:
    """When the agent first speaks; words read into the noise before an answer begin no call."""
    first = (turn.start_ms for turn in talk if turn.role is Role.AGENT)
    return min(first, default=talk[0].start_ms if talk else 0)


def _without_prelude(talk: list[Turn]) -> list[Turn]:
    """The turns without what is no talk yet: music and ringing that words were read into.

    Badly heard all of them, with a long silence before the first greeting of the agent.
    """
    first = next(
        (i for i, t in enumerate(talk) if t.role is Role.AGENT and has_greeting(t.text, "en")), 0
    )
    words = [word for turn in talk[:first] for word in turn.words]
    if not words or talk[first].start_ms - talk[0].start_ms < _PRELUDE_MS:
        return talk
    gaps = [b.start_ms - a.end_ms for a, b in pairwise(talk[: first + 1])]
    garbled = sum(word.probability for word in words) / len(words) < _NO_WORDS
    return talk[first:] if garbled and max(gaps) >= _PRELUDE_MS else talk


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
        text += without_announcement(turn.text, language)
        last = turn
    return Opening(turns, text, tuple(offsets))


def greeting_turn(opening: Opening, language: str) -> Turn | None:
    """The first turn of the opening with a greeting word; 喂 or 请讲 alone is none."""
    for turn in opening.turns:
        if has_greeting(without_announcement(turn.text, language), language):
            return turn
    return None


def nearly_said(opening: Opening, name: str, language: str) -> bool:
    """Whether some syllables of a Mandarin opening are nearly those of a name.

    Half of the syllables the same and the others near: far from enough to say that it was said.
    Other languages are compared elsewhere.
    """
    if language != "zh":
        return False
    wanted = [sound(character) for character in normalise(name, "zh")]
    heard = [sound(character) for character in normalise(opening.text, "zh")]
    width = len(wanted)
    windows = (heard[at : at + width] for at in range(len(heard) - width + 1))
    return any(
        sum(map(likeness, window, wanted)) >= _NEARLY * width for window in windows if width > 1
    )


def without_announcement(text: str, language: str) -> str:
    """The text with "this call may be recorded" blanked out; every place stays as it was.

    Example:
        >>> without_announcement("本次通话将被录音。您好", "zh").lstrip()
        '。您好'
    """
    announced = _ANNOUNCED_ZH if language == "zh" else _ANNOUNCED_EN
    return announced.sub(lambda m: _blank(m[0], language), text)


def _blank(text: str, language: str) -> str:
    stop = "。" if language == "zh" else "."
    return " " * (len(text) - 1) + stop


def has_greeting(text: str, language: str) -> bool:
    """Whether a greeting word is said.

    Example:
        >>> has_greeting("喂,请讲", "zh"), has_greeting("喂,您好", "zh")
        (False, True)
    """
    plain = normalise(text, language, drop_fillers=True)
    if language == "zh":
        return (
            _GREETING_ZH.search(plain) is not None
            or (_GREETING_FIRST.match(text) is not None and _NO_ANSWER.search(plain) is None)
            or is_salutation(text)
        )
    return _GREETING_EN.search(plain) is not None
