"""Makes ends of calls in words: somebody asks into the line, or only seems to.

Both languages; each half of the seeds has wordings of its own. Nothing is heard here but what is
said: the line itself tells nothing.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from benchmarks.line_scenes import RATE_HZ, Half, Scene, pick
from qa_pipeline.domain.recording import Audio, Role
from qa_pipeline.domain.transcript import Turn

_OTHER: Final = {Role.AGENT: Role.CUSTOMER, Role.CUSTOMER: Role.AGENT}
_MID: Final[dict[str, dict[Half, tuple[str, ...]]]] = {
    "en": {
        "tuning": ("So the second thing is the bill from March.", "I think the number is four",
                   "Yes, I have it in front of me right now.", "Let me explain how that works."),
        "test": ("And then it asked me for a password.", "The parcel left our depot on",
                 "Right, I can see two payments there.", "What happened next is a bit odd."),
    },
    "zh": {
        "tuning": ("我想问一下上个月的账单。", "这个订单是昨天下的，", "嗯，我这边看到了。",
                   "那个地址是我以前的。"),
        "test": ("后来它让我输密码。", "包裹已经从仓库发出了，", "对，有两笔付款。",
                 "我跟您说一下经过。"),
    },
}  # fmt: skip
_BYE: Final[dict[str, dict[Half, tuple[str, ...]]]] = {
    "en": {
        "tuning": ("Okay, thanks, bye.", "Bye bye.", "Have a good day, goodbye."),
        "test": ("All right, thank you, bye now.", "Take care, goodbye."),
    },
    "zh": {
        "tuning": ("好的，谢谢，再见。", "拜拜。", "祝您生活愉快，再见。"),
        "test": ("行，谢谢啊，拜拜。", "感谢来电，再见。"),
    },
}
_ASK: Final[dict[str, dict[Half, tuple[str, ...]]]] = {
    "en": {
        "tuning": ("Hello?", "Hello? Hello?", "Are you still there?", "Hello, can you hear me?",
                   "Hello? Is anyone there?", "Hello? Did we get cut off?"),
        "test": ("Hello? Hello? Hello?", "Hello, are you there?", "Can you still hear me?",
                 "Anybody there?", "Sir? Hello?", "Hello? Ma'am, are you still there?"),
    },
    "zh": {
        "tuning": ("喂？", "喂，喂？", "您好，还在吗？", "喂？听得到吗？", "您还在线吗？"),
        "test": ("喂？喂？喂？", "喂，您好，能听到吗？", "喂，您还在听吗？", "喂？怎么断了？"),
    },
}  # fmt: skip
_HOLD: Final[dict[str, dict[Half, tuple[str, ...]]]] = {
    "en": {
        "tuning": ("Please hold for just a moment.", "Let me put you on a brief hold."),
        "test": ("Could you hold the line for a minute, please?", "Bear with me one moment."),
    },
    "zh": {
        "tuning": ("请您稍等一下。", "麻烦您不要挂机，我查一下。"),
        "test": ("您稍等片刻，我核实一下。", "请稍候。"),
    },
}
_BACK: Final[dict[str, tuple[str, ...]]] = {
    "en": ("Yes, I'm here.", "Yeah, sorry, go on."),
    "zh": ("在的，您说。", "听得到。"),
}
_LAST: Final[dict[str, tuple[str, ...]]] = {
    "en": ("Okay, they're gone.", "I guess she hung up.", "Hmm."),
    "zh": ("挂了。", "好像断了。", "嗯。"),
}


def asking_end(seed: int, half: Half) -> Scene:
    """A call's last turns, their recording without sound; three of its kinds tell nothing.

    ``left``: one asks into the line, once or more, after talk or the other's farewell, and nobody
    answers; perhaps a word to oneself. ``answered``: somebody does, and the talk goes on to its
    farewells. ``cut``: the recording stops right behind the question. ``hold``: the other had
    asked to wait.
    """
    draw = np.random.default_rng([seed, 4])
    kind = pick(draw, "left", "left", "left", "answered", "cut", "hold")
    language = pick(draw, "en", "zh")
    asker = (Role.AGENT, Role.CUSTOMER)[int(draw.integers(2))]
    if kind == "hold":
        asker = Role.CUSTOMER
    gone = _OTHER[asker]
    after = "farewell" if kind == "left" and draw.random() < 0.4 else "talk"
    said: list[tuple[Role, str, int]] = []  # who, what, the pause before it
    for number in range(int(draw.integers(3, 7))):
        role = (gone, asker)[number % 2]
        said.append((role, pick(draw, *_MID[language][half]), int(draw.uniform(100, 900))))
    last = {"farewell": _BYE, "talk": _MID}[after] if kind != "hold" else _HOLD
    said.append((gone, pick(draw, *last[language][half]), int(draw.uniform(100, 900))))
    for _ in range(1 if kind == "cut" else int(draw.integers(1, 4))):
        said.append((asker, pick(draw, *_ASK[language][half]), int(draw.uniform(1500, 4500))))
    if kind == "answered":
        said.append((gone, pick(draw, *_BACK[language]), int(draw.uniform(300, 1500))))
        for role in (asker, gone, asker, gone):
            words = _MID if len(said) < 9 else _BYE
            said.append((role, pick(draw, *words[language][half]), int(draw.uniform(100, 900))))
    elif kind == "left" and draw.random() < 0.3:
        said.append((asker, pick(draw, *_LAST[language]), int(draw.uniform(400, 1500))))
    turns: list[Turn] = []
    now_ms = 0
    for role, words_said, pause_ms in said:
        length_ms = 200 + len(words_said) * (60 if language == "en" else 220)
        turns.append(Turn(role, now_ms + pause_ms, now_ms + pause_ms + length_ms, words_said))
        now_ms = turns[-1].end_ms
    rest_ms = int(draw.uniform(50, 500) if kind == "cut" else draw.uniform(1200, 6000))
    silence = np.zeros((1, (now_ms + rest_ms) * RATE_HZ // 1000), np.float32)
    return Scene(
        Audio(silence, RATE_HZ),
        tuple(turns),
        None,
        {"kind": kind, "language": language, "after": after, "asker": str(asker)},
        leaver=gone if kind == "left" else None,
    )
