"""Chinese words around a wait, for `hold_talk`: leave, waiting, yes, no and asking back."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from qa_pipeline.language.near_sounds import sound

# Words around a wait that recognisers write with other characters of the same sound. Only such as
# are no other common word's sound: "不慢" and "不满" sound like "不忙".
_MENDED = (
    "方便", "介意", "可以", "愿意", "同意", "等一下", "等一等", "等我", "等您", "等会儿",
    "等着吧", "等等吧", "稍等", "稍候", "稍微", "等候", "等待", "在线", "线上", "音乐",
    "别挂", "不挂", "久等", "耐心", "来电", "电话", "通话", "分钟", "一会儿", "中不中",
    "行不行", "好不好", "能不能", "可不可以", "方不方便", "中不", "行不", "好不", "成不",
    "可以吗", "可以吧", "可以啊", "可以伐", "可以呀", "行吗", "好吗", "好呀", "没问题",
    "没关系", "没意见", "不介意", "不着急", "不赶时间", "没赶时间", "去吧", "查吧",
    "快去快回", "候一候", "候一下", "候会儿", "等几分钟", "等着", "能成",
    "那成啊", "成吗", "可以不",
)  # fmt: skip
_END_SOUNDS = ("发法码骂巴爸八嗯", "可以|行|好|成|方便|愿意|介意|意见")
# "建议我走开": nobody suggests to be left alone; "jieyi" (mind) and "jianyi" sound alike.
_MINDS = re.compile("(建议|建意|解意|借意|界意)(?=我.{0,3}(走|离|等|去|先|查|问|看)|(稍|等))")
_WILL = (
    "可以|可|能|行|好|成|中|方便|愿意|介意|没问题|没事|没意见|意见|同意|接受|允许|ok|okay|要得|要紧"
    "|有空|有时间|得空|得了|反对|没关系|耽误|影响|乐意|妥|得闲|放心|要等|等"
)
_ASK_END = "吗|么|嘛|吧|不|伐|没|否|呗|啵|哇|唔|妈|马|未|没有"
_WAIT = re.compile(
    "走开|候[一会着片]|[让叫](您|你)等|等(?!级|额|奖|舱|座|到货|通知|短信|于)|稍[候后微]|少等|别挂|不要挂|不挂|不用挂|挂断|保持"
    "|在线|线上|音乐|静音|静候|听歌|(电话|通话|线路|来电).{0,4}保留|保留.{0,3}(通话|线路)"
    "|搁|挂起|别放|拿着|拿好|[一两二几三四五六七八九十半多0-9](来|个)?(到"
    "|至)?[一两二几三四五六七八九十半0-9]?(个)?(分钟|分半|秒|钟)"
    "|一会|一阵|片刻|一下下|耽误|占用|(点点?|些|段)时间|时间上|时间ok|时间方便|回来|就回|hold"
    "|wait|离开|走开|空当|稍"
)
# 自己去办一件事：话筒这边就没人了。
_ERRAND = re.compile(
    "(我|咱|这边|让我|容我).{0,6}(去|先|马上|现在|得|要|跑).{0,16}(查|问|看|找|拿|核|确认|跟"
    "|取|开|翻|请示|联系|叫|喊|拨)"
)
# 问句之后：句尾，或没有标点时接着说的话。
_END = r"(?=$|[，。？！,.?!…\s]|方便|可以|好的|我|您|你|先|不会|不用|很|最多|大概|就|的|因为|这边)"
_AWAY = "[一两几三半]分|等|候|稍|听|挂|线|hold|wait|静音|保留|放|离开|占用|耽误|给我|让我|给点|去"
# “看看能不能查到”问的不是客户。
_NOT_SELF = "(?<!看)(?<!一下)(?<!查)(?<!问)(?<!认)(?<!实)(?<!知道)"
_LEAVE = re.compile(
    f"({_WILL})[了的得]?({_ASK_END})[了啦呀啊哦]?{_END}"
    f"|(可以|可|能|能够|方便|愿意|介意|同意|允许|接受|反对|嫌|空|时间).{{0,10}}({_AWAY}).{{0,22}}"
    f"(吗|么|嘛|吧|伐|不|没){_END}"
    f"|(等得了|等得住|等得起|得了|耽误|有事|有急事|赶时间|着急|忙).{{0,8}}(吗|么|嘛|不|没|吧){_END}"
    # “您方便等吗”“请您等我一下下吗”，当中的字听错了。
    f"|(您|你)方便.{{1,2}}(吗|么|嘛){_END}|请.{{0,3}}我一下下?(吗|么|嘛){_END}"
    f"|{_NOT_SELF}(可不可以|能不能|可否|能否|是否|会不会|方不方便|有没有空"
    f"|有没有时间).{{0,14}}({_AWAY})"
    # “能等我一会儿不”的“不”听错了；不是问句就不会这样说。
    "|(?<![不才只就没])(能|方便|愿意)(稍(微|等|候)|等(我|一|几|两|会|下|候|着|待))"
    # 句末的“吗”没有听到：“您等我会儿行”。
    "|(等|稍|候|别挂).{0,8}(?<!就)(可以|行|好|成|方便|愿意|中)[啊呀的]?[，。？,.?…\\s]*$"
    "|(等|稍|候|挂).{0,8}(中|行|好|成|可以)不.{0,2}$"
    "|(要不要|愿不愿意?).{0,8}(等|线)|(您|你).{0,4}的话.{0,4}(等|稍|别挂|听)"
    f"|(可不可以|可以不可以|行不行|好不好|方不方便|介不介意|愿不愿意|成不成|中不中|要不要"
    f"|得不得){_END}"
    "|(您|你|请问).{0,3}(可否|能否|是否).{0,4}(接受|同意|愿意|方便|可以)"
    "|(能|可|可以|可否|能否)(不能)?(容|让|允许|许)我"
    # “介意我……吗”的“吗”和“介意”前的字常丢；“成吗”“行吗”只剩一个“吗”。
    "|介意.{0,2}(我|等|稍|在线)"
    "|(等|稍|候|挂|线).{0,4}[^下候等待着挂断机线话会儿刻了等我片是的，。][吗嘛么马码][，。？,.?…\\s]*$"
    "|okay?不okay?|可好|好伐|(觉得|看|这样|等).{0,4}(怎么样|怎样|如何)"
    "|(?<!等)等(?!等).{0,16}还是|还是.{0,10}等|(您|你)看.{0,14}(吗|么|吧|可以|ok|呢|的话)"
    "|(如果|要是|若|只要|假如).{0,10}(不介意|方便|没问题|可以|愿意|不赶|不急|不反对|有空|同意)"
    "|(不介意|方便|没问题|可以|不反对|愿意|同意)的话|不嫌.{0,6}的话|ok[？?]"
)
_ASKED = re.compile(f"({_WILL})[了的得]?(吗|么|吧|不|没|嘛|伐)")
# 不点明做什么的征求，承接前一句。
_CONSENT = re.compile(
    f"(可以|行|好|成|方便|愿意|介意|没问题|同意|接受|ok|要得|没意见)({_ASK_END})[？?。.…\\s]*$"
    "|行不行|好不好|可不可以|方不方便|介不介意|怎么样|可好|(您|你)看(呢|行|可以|好)"
)
_POLAR = re.compile(
    "介意|反对|意见|耽误|不方便|嫌|影响|打扰|要紧|赶时间|急(吗|不)|手边有事|有事|嫌烦|麻烦(吗|不)"
)
_HARMLESS = re.compile(
    "不嫌(烦|麻烦)|不介意|没有介意|不会|(?<!来)不[急及]|(没|没有|不)(在)?(赶|急)|不忙|不要紧|没事|没关系|没问题|没有问题"
    "|没意见|没有意见|不反对|不嫌|不耽误|不碍事|不打紧"
    "|不影响|不用客气|不客气|不麻烦|没什么事|没啥|不要太久|不太久|别太久|不挂|问题不大|不妨"
    "|无妨|反正|不着急|没(什么)?急事"
    "|不要让我等太久|要不要紧|不是很急|不太急|不怎么忙|差不多|不错|不行(你|您)|(你|您)忙|去忙|先忙"
)
_NO = re.compile(
    "不行|不中|不方便|不可以|不能|不成|不想|不愿|不要|不用|不了|不等|不好|不同意|不接受|不太|不大"
    "|没.{0,4}时间|没空|没工夫|没功夫|没办法|没法"
    "|等不|赶|忙|开车|开会|上课|登机|急着|有急|有事|算了|改天|回头|下次|(打"
    "|回)(个)?(电话)?(给我|过来)|回电|再打|等了|还等|还要等|又(要|让|等)|又等"
    "|(?<!会)(?<!没)让我等(?!多|几|太|一|会|到|吧)|别|介意|没说完|等等|挂了|直接说|快没电|^不[，。\\s]*$|^不啊|反对|哪有|凭什么|(?<!麻)烦"
)
_YES = re.compile(
    "好|行|可以|成|嗯|恩|中|可|能|不会|ok|can|要的|要得|(?<![等觉])得|愿意|方便|允许|接受|有空"
    "|(?<![让叫要害使])我等"
    "|等吧|等着|等你|等您|不急|同意|随|对|是的|当然"
    "|快.{0,2}快.{0,2}回|慢慢|去吧|查吧|(你|您)(查|去|问|看|找|弄|忙|说|核|叫|喊|联系|打|拿|开|办|快)|听你的|请便"
    "|^要的?|应该的|欸|诶|中啊|有时间|在的|麻烦(你|您|了)|谢谢"
)
_NOD = re.compile(
    "^([哦噢喔啊呃唔哎哈嗯?欸诶咦]|oh|是吗|是么|这样|这样子|什么|喂|[，。！？,.!?…\\s])+$"
)
_MERE_SOUND = re.compile("^[哦噢喔啊呃哎哈欸诶咦，。！？,.!?…\\s]+$|嗯[？?]")
_BACK = re.compile(
    "多久|几久|多长|几分钟|干什么|干嘛|干啥|为什么|为啥|什么事|怎么了|做什么|要(查|问)什么"
    "|啊[？?]|吗[？?]?$|是吧[？?]?$|呢[？?]$|[？?]$"
)  # fmt: skip
_YES_SOUNDS = frozenset({"hao", "hao hao", "xin", "xin xin", "cen", "ke yi", "mei wen ti", "en"})
_PARTICLE_SOUNDS = frozenset({"a", "ya", "ba", "de", "o", "na", "ne", "ei", "nei"})
_YES_INITIALS = "hxk"  # 好, 行, 可以; "不用" and "没有" are said twice as well
_FEW = 4  # characters
_ERRANDS = frozenset("问查去看找拿办打核说弄叫翻等")
SHORT_REPLY = 8  # characters; a longer reply repeats some of the question by chance


_PARTICLE = re.compile("(吗|么|不|吧|呢|嘛|否)(?=$|[，。？,.?…\\s])")
# What only a question gets for an answer; "好" and "行" also meet an announcement.
_GRANTED = re.compile(
    "^[嗯哦噢啊那，,。\\s]*(方便|愿意|可以|不?介意|没意见|没有意见|不反对|同意|不?耽误|能等|中[，,。啊吧]"
    "|有空|有时间|得空|能[啊呀的吧哦呢]?[，。！,.!\\s]*$)"
)
_OFFERS = re.compile(
    "(?<![让叫要害使给])我(就|先|在线|在这儿?|可以|能)?(等着|等你|等您|等一|等吧|等会|等$)|我不挂"
)


class Chinese:
    """How Chinese lines right before a wait read."""

    @staticmethod
    def names_wait(text: str) -> bool:
        """Whether the turn speaks of waiting, or of going away to do something."""
        lower = mended(text)
        return _WAIT.search(lower) is not None or _ERRAND.search(lower) is not None

    @staticmethod
    def tells_to_wait(text: str) -> bool:
        """Whether the turn speaks of waiting itself."""
        return _WAIT.search(mended(text)) is not None

    @classmethod
    def asks_to_wait(cls, text: str) -> bool:
        """Whether the turn asks for a wait: leave and waiting in one turn."""
        lower = mended(text)
        return _LEAVE.search(lower) is not None and cls.names_wait(lower)

    @staticmethod
    def asks_for_leave(text: str) -> bool:
        """Whether the turn asks for consent to something that it need not name."""
        return _CONSENT.search(mended(text).strip()) is not None

    @staticmethod
    def may_ask(text: str) -> bool:
        """Whether the turn has words of asking for anything at all."""
        return _LEAVE.search(mended(text)) is not None

    @staticmethod
    def lost_ask(text: str) -> bool:
        """Whether the turn may be a request whose asking words were lost."""
        whole = mended(text)
        return _WAIT.search(whole) is not None and _PARTICLE.search(whole) is not None

    @staticmethod
    def grants(text: str) -> bool:
        """Whether a reply is one that only a question gets."""
        return _GRANTED.search(mended(text)) is not None

    @staticmethod
    def offers_to_wait(text: str) -> bool:
        """Whether a customer says that they will wait."""
        return _OFFERS.search(mended(text)) is not None

    @staticmethod
    def declares(text: str) -> bool:
        """Whether the turn tells of a wait in words that ask nothing."""
        return _ASKED.search(mended(text)) is None

    @staticmethod
    def no_agrees(question: str) -> bool:
        """Whether to say no to a question is to agree: "您介意吗"."""
        return _POLAR.search(mended(question)) is not None

    @staticmethod
    def tail(text: str) -> str:
        """What follows the question in a turn: in one channel it may be the other's answer."""
        whole = mended(text)
        ends = [found.end() for found in _ASKED.finditer(whole)]
        return whole[ends[-1] :].strip("，。？,.? ") if ends else ""

    @staticmethod
    def answer(text: str, question: str) -> Literal["yes", "no", "question", "unclear"]:
        """What a reply says to a request to wait; `question` decides what a bare no means."""
        lower, question = mended(text).strip(), mended(question)
        polar = _POLAR.search(question) is not None
        harmless = _HARMLESS.sub("", lower)
        refuses = _NO.search(harmless)
        if polar and re.match("(不|没有?|没得|无)[，。啊哦呀的\\s]*($|你|您|去|可以|好)", harmless):
            return "yes"
        if refuses and not (polar and lower.startswith("不") and refuses.group().startswith("不")):
            return "no"
        if _MERE_SOUND.search(lower) or (_NOD.match(lower) and "嗯" not in lower):
            return "unclear"
        # "三四分钟是吧 行": what comes after the question counts.
        rest = re.split("[？?，。,.…\\s]+|是吧|分钟啊", lower)
        tail = [part for part in rest if part and not _BACK.search(part)]
        asked_back = _BACK.search(lower) is not None
        words = " ".join(tail) if asked_back else lower
        if harmless != lower or (_YES.search(words) and words):
            return "yes"
        if asked_back:
            return "question"
        shared = {lower[i : i + 2] for i in range(len(lower) - 1)} & {
            question[i : i + 2] for i in range(len(question) - 1)
        }
        repeats = len(lower) <= SHORT_REPLY and (shared or lower in question)
        agreed = _sounds_agreed(lower) or _sounds_sent(lower, question)
        return "yes" if repeats or agreed else "unclear"


def _sounds_agreed(reply: str) -> bool:
    """Whether a reply of a few characters sounds like a yes: "号的", "客以", "后本后本".

    A word said twice that begins like one of them is one: nobody says another word twice there.
    """
    sounds = [sound(c) for c in reply if "\u3400" <= c <= "\u9fff"]
    if not 1 <= len(sounds) <= _FEW:
        return False
    half = len(sounds) // 2
    if len(sounds) == _FEW and sounds[:half] == sounds[half:] and sounds[0][0] in _YES_INITIALS:
        return True
    return " ".join(s for s in sounds if s not in _PARTICLE_SOUNDS) in _YES_SOUNDS


def _sounds_sent(reply: str, question: str) -> bool:
    """Whether a short reply sounds like a yes and the errand it was asked for: "行，问吧"."""
    sounds = [sound(c) for c in reply if "\u3400" <= c <= "\u9fff"]
    if not 2 <= len(sounds) <= _FEW or sounds[0] not in _YES_SOUNDS:
        return False
    asked = {sound(c) for c in question if c in _ERRANDS}
    return not asked.isdisjoint(sounds[1:3])


@lru_cache(maxsize=1)
def _by_sound() -> dict[tuple[str, ...], str]:
    return {tuple(map(sound, word)): word for word in _MENDED}


@lru_cache(maxsize=2048)
def mended(text: str) -> str:
    """The line in small letters, with the words around a wait as they are spelt.

    Example:
        >>> mended("您等着八，可以发")
        '您等着吧，可以伐'
    """
    lower = text.lower()
    words, longest = _by_sound(), max(map(len, _MENDED))
    sounds = [sound(c) for c in lower]
    out, at = "", 0
    while at < len(lower):
        for size in range(min(longest, len(lower) - at), 1, -1):
            word = words.get(tuple(sounds[at : at + size]))
            if word is not None:
                out, at = out + word, at + size
                break
        else:
            out, at = out + lower[at], at + 1
    out = _MINDS.sub("介意", out)
    particles, after = _END_SOUNDS
    return re.sub(f"({after})[{particles}](?=$|[，。？,.?…\\s])", r"\1吗", out)
