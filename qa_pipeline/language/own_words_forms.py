"""Words that tell whose words others are: verbs of saying, negations, suppositions, help."""

from __future__ import annotations

from collections.abc import Mapping

from qa_pipeline.language.matching import Phrase


def _phrases(*sources: str) -> tuple[Phrase, ...]:
    return tuple(Phrase(source) for source in sources)


SAYING: Mapping[str, tuple[Phrase, ...]] = {
    "en": _phrases(
        "(say|says|said|saying|mention|mentioned|mentioning|claim|claims|claimed|stated|reads|wrote"
        "|written|replied|answered|shouted) [that|to me|to us|me|us]",
        "(tell|tells|told|telling) [you|me|us|them|him|her] [that]",
        "(think|thinks|thought|believe|assume|assumed|feel|felt|heard|hear) [that]",
    ),
    "zh": _phrases(
        "(说|讲|告诉 [您|你|我|我们]|提到|提过|反映|表示|回复|答复|认为|以为|觉得|听到|写着|写的"
        "|显示|提示|嫌) [过|了|是|的是|我们|说]",
    ),
}
# Who speaks: the first person, and others.
PERSONS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "en": (
        frozenset({"i", "we", "me", "us", "let"}),
        frozenset({"you", "he", "she", "they", "it", "who", "someone", "somebody", "people",
                   "customers", "anyone", "nobody", "one", "which"}),
    ),
    "zh": (
        frozenset({"我", "咱"}),
        frozenset("您你他她它谁人员师傅事家户统信屏页面面单商长"),
    ),
}  # fmt: skip
THINKING = ("think", "thinks", "thought", "believe", "feel", "felt", "hear", "heard", "觉", "得")
BREAKS: Mapping[str, tuple[str, ...]] = {
    "en": ("but", "however", "so", "because", "and", "well", "sorry", "actually", "then"),
    "zh": ("但是", "可是", "不过", "所以", "那么", "因为", "抱歉", "对不起", "不好意思", "其实"),
}
NEGATORS: Mapping[str, tuple[Phrase, ...]] = {
    "en": _phrases(
        "not [just|only|simply] (that|because|as if|like|as though) [we|i|it is]",
        "(not|never) (say|saying|said|mean|meaning|claim|tell|telling|told|think|thinking|want you"
        " to think) [you|anyone|customers] [that|to]",
        "(would|will|do|should|must) (never|not) [ever] (say|tell) [you|anyone] [that]",
        "(never|without saying|instead of saying|rather than saying|rather than|instead of) ~1",
    ),
    "zh": _phrases(
        "(不 是|并 不 是|并 非|不 是 说|没 有 说|没 说|不 会 说|不 能 说|绝 不 是|也 不 是"
        "|不 代 表|不 等 于|不 意 味 着|不 至 于|从 来 不 说|不 应 该 说|不 想 说"
        "|而 不 是) [说|因 为]",
    ),
}
SUPPOSING: Mapping[str, tuple[str, ...]] = {
    "en": ("if", "unless", "whether", "suppose", "supposing", "case", "should"),
    "zh": ("如果", "要是", "万一", "假如", "假设", "若是", "倘若", "即使", "就算", "哪怕", "是否"),
}
_FIND_OUT = (
    "check|find|look|ask|see|get|call|confirm|pull|search|verify|help|offer|send|arrange|try|book"
    "|connect|put|speak|talk|go|give|do|refund|make|take|bring|have|pass|raise|contact|email|ring"
    "|fix|sort|order|change|reach|transfer|credit|explain|show|suggest|recommend|move|add|set"
    "|chase|report|forward|follow|investigate|open|waive|note|log|let you know|be able to|happily"
)
HELP: Mapping[str, tuple[Phrase, ...]] = {
    "en": _phrases(
        f"(let me|let us|allow me to|i will|we will|i am going to|i would be (happy|glad) to"
        f"|i am happy to|shall i|shall we|may i|i can|we can|can i|could i|i could|we could"
        f"|i would like to|i have asked|i am asking|i am just) ~2 ({_FIND_OUT})",
        "(what (i|we) can (do|offer)|what would help|how about|would you like|would it help|instead"
        "|alternatively|another (way|option)|the good news|you are welcome to|you (can|could) "
        "(still|also|always|have|get|use|choose|exchange|keep))",
    ),
    "zh": _phrases(
        "(我|我们|我这边|我马上|我来|我先|我现在|我去|这边|我会|我可以|我们可以) ~4 "
        "(帮|为|给|替|和|跟|向|联系) ~4 (查|问|看|了解|核实|确认|联系|办|处理|安排|申请|转|想"
        "|找|反映|登记"
        "|解决|试|换|退|补|寄|发|催|跟进|协调|咨询|同事|部门)",
        "(我|我们|我来|我先|我去|我马上|我现在|让我) ~3 (查一下|查查|问一下|问问|看一下|看看"
        "|了解一下|核实一下"
        "|确认一下|联系一下|核对一下|反映一下|想想办法|请示一下|申请一下|查询一下)",
        "(我能为|我们能为|我可以为|能为|可以为|可以帮|能帮|愿意为|愿意帮) (您|你)",
        "(看看|看一下) ~2 (能|可以) ~4 (帮|为|怎么)",
        "(您|你) ~2 (可以|也可以|还可以) ~2 (选|换|用|先|申请|改|试|考虑|通过)",
        "(要不|不如|或者|另外) ~3 (我|您|你|可以)",
        "(建议|推荐) (您|你)",
    ),
}
