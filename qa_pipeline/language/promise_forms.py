"""The forms of a promise, by language: who will do what, and what is none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Party = Literal["self", "desk", "colleague", "customer", "unnamed"]
Topic = Literal["contact", "send", "visit", "refund", "repair", "inform", "process", "other"]


@dataclass(frozen=True)
class Form:
    """One form. `pattern` catches ``what`` and, where somebody is named, ``who``.

    `any_action`: with a deadline, whatever is promised counts; else only what reaches beyond the
    call, by its topic. `needs_time`: a promise only with a definite time. `fixed`: whose it is.
    """

    pattern: re.Pattern[str]
    any_action: bool = False
    needs_time: bool = False
    fixed: Party | None = None

    def party(self, words: str) -> Party:
        """Who is meant by the words for them."""
        if self.fixed is not None:
            return self.fixed
        if words in ("", "it", "that", "this"):
            return "unnamed"
        if words in ("i", "我", "我这边", "我这里", "我个人", "我亲自", "我来"):
            return "self"
        if words in ("we", "我们", "我们这边", "咱们", "我们公司", "我们这里", "本公司"):
            return "desk"
        return "colleague"


_TEAM = (
    r"(?:team|department|engineers?|technicians?|managers?|supervisor|drivers?|couriers?"
    r"|colleagues?"
    r"|specialists?|advisers?|advisors?|agents?|accountant|nurse|doctor|plumber|electrician"
    r"|mechanic"
    r"|fitter|office|warehouse|branch|boss|crew|people|guys|consultant|underwriter|lawyer"
    r"|dispatcher)"
)
_PEOPLE_EN = (
    rf"(?:(?:my|our|a|an|the|one of our|one of my|another|your|the duty|the on-call)"
    rf" (?:[a-z-]+ ){{0,2}}?{_TEAM}|someone(?: (?:else|from [a-z ]{{3,20}}?))?"
    rf"|somebody(?: (?:else|from [a-z ]{{3,20}}?))?|one of us|he|she|they"
    r"|(?:mr|mrs|ms|dr)\.? [a-z]+)"
)
_OTHERS_EN = (
    rf"(?:{_PEOPLE_EN}|(?!i\b|we\b|you\b|it\b|that\b|this\b|there\b|what\b|who\b|which\b"
    r"|and\b|then\b|so\b|but\b|if\b|when\b|everything\b|nothing\b|all\b|these\b|those\b|here\b"
    r"|how\b"
    r"|where\b|price\b|line\b|lines\b)[a-z]{3,12}(?: from (?:the )?[a-z]+(?: team| department)?)?)"
)
_WILL = (
    r"(?:'ll| will(?: then| also| definitely| certainly| personally| make sure| be sure to)?"
    r"| am going to| are going to|'m going to|'re going to| is going to|'s going to| shall"
    r"| promise to| promise i'll)"
)
_TAIL = r"(?P<what>(?:be |have |get |make |give |then |also |just |personally |try to )?[a-z'-]+.*)"

# What a name or a department is not written with: other words run into it in bare text.
_ZH_NAME = (
    r"[^\s\d我您你会给让派安排把请跟向找叫和与帮，。的了们有两点午上下全是个位天内之周日月号就在到这那哪"
    r"一二三四五六七八九十送]"
)
_ZH_OTHERS = (
    rf"(?:(?:{_ZH_NAME}{{2,4}}(?:部门|部|组)?的)?{_ZH_NAME}{{1,2}}(?:经理|主管|工程师|师傅|老师"
    rf"|专员)"
    rf"|{_ZH_NAME}{{2,4}}(?:部门|小组|部)|工作人员|技术人员|维修人员|专业人员|专人|相关人员"
    rf"|相关部门|工程师|师傅|同事"
    r"|(?:他|她)们?(?![的们]|说|讲|问)|专员|经理|主管|财务|物流|快递员?|售后|厂家|客服|仓库|(?:我们|负责)的?(?:同事|师傅|工程师"
    r"|经理|主管|人))"
)
_ZH_SELF = r"(?:我们这边|我们这里|我们公司|本公司|我们|咱们|我这边|我这里|我亲自|我个人|我来|我)"
_ZH_ACT = (
    r"(?:回[个您你]?[个一]?电话?|回电|致电|打[个一]?电话|来电|给[您你]打|电话联系|联系[您你]?"
    r"|答复|回复|回信|通知"
    r"|告诉[您你]|告知|短信|发[到给您你送]|邮件|邮寄|寄[到给出您你]|补寄|补发|重发|发出|发货"
    r"|发[个份一张封条]|送到|送达|送货|配送"
    r"|派[人师送单]|上门|到达|过去|维修|修[好复理]|更换|换[个一好新]|安装|退[款回费还给到]|到账"
    r"|打[到款]|返还|补偿|赔偿"
    r"|跟进|反馈|转告|转达|反映|上报|汇报|催[促一]?|核实|调查|核查|安排|处理[好完掉]?|解决"
    r"|办[好理完]|恢复|开通"
    r"|激活|提交|审核|完成|生效|取消|更新|改[好成]|登记|备注|预约|预留|跟[您你]确认"
    r"|给[您你]确认|结果)"
)

FORMS: dict[str, tuple[Form, ...]] = {
    "en": (
        Form(re.compile(rf"\b(?P<who>i|we){_WILL} {_TAIL}"), any_action=True),
        Form(
            re.compile(
                r"\b(?P<who>i|we)(?: can| could|'m able to| am able to) (?P<what>(?:have|get"
                r"|send|call"
                r"|email|come|deliver|book)\b.*)"
            )
        ),
        Form(
            re.compile(
                r"\byou(?:'ll| will| should| are going to|'re going to| can expect to) (?:then "
                r"|also |be able to )?"
                r"(?P<what>(?:receive|get|hear|have|see|be (?:contacted|called|refunded"
                r"|notified|credited"
                r"|reimbursed|informed|sent))\b.*)"
            ),
            fixed="unnamed",
        ),
        Form(
            re.compile(
                r"\b(?:it|that|this|they|these|everything|(?:the|your|a|an|our"
                r"|my) (?:[a-z-]+ ){1,3}?)\s?"
                r"(?:'ll| ?will| ?should| ?is going to|'s going to) (?P<what>(?:be (?:sent"
                r"|mailed|shipped"
                r"|delivered|dispatched|refunded|credited|processed|fixed|repaired|replaced"
                r"|ready|done"
                r"|there|with you|in your|on its way|back|restored|completed|resolved|posted"
                r"|emailed|updated"
                r"|returned|released|finished|sorted|live|active|cancelled|paid)|arrive|reach"
                r"|go out|show up"
                r"|ship|leave)\b.*)"
            ),
            fixed="unnamed",
        ),
        Form(re.compile(rf"\b(?P<who>{_OTHERS_EN}){_WILL} {_TAIL}"), any_action=True),
        Form(
            re.compile(
                rf"\b(?P<who>{_OTHERS_EN}) can (?P<what>(?:look|come|be|visit|call|fix|repair"
                rf"|see)\b.*)"
            ),
        ),
        Form(
            re.compile(
                r"\b(?P<who>i|we)(?:'ll| will|'m going to| am going to)? (?:have|get|ask|tell"
                r"|make sure)"
                rf" (?:{_PEOPLE_EN}|[a-z]+ from [a-z]+) (?:to )?(?P<what>(?:call|contact|email"
                rf"|ring|come|visit|get back)\b.*)"
            ),
        ),
    ),
    "zh": (
        Form(
            re.compile(
                rf"(?P<who>{_ZH_OTHERS})[^，。]{{0,14}}?(?P<what>(?:会|将|就|来|去|给|跟|和|与"
                rf"|在)?[^，。我]{{0,12}}?{_ZH_ACT}.*)"
            ),
            any_action=False,
        ),
        Form(
            re.compile(
                rf"(?P<who>{_ZH_SELF})(?![怎哪]|的|想|要|能|订|不|没|刚|已|看|听|说|记|觉"
                rf"|可以帮|可以给|这次|这样)[^，。]{{0,16}}?"
                rf"(?P<what>(?:会|将|给|跟|和|与|帮|为|把|让|向|通知)?[^，。]{{0,12}}?{_ZH_ACT}.*)"
            ),
        ),
        Form(
            re.compile(
                r"[您你](?:就|也|将|一定|应该|那边|这边)?(?:会|能|可以|将)(?P<what>(?:收到|接到"
                r"|拿到|看到|得到|享受到).*)"
            ),
            fixed="unnamed",
        ),
        Form(
            re.compile(
                rf"(?:会|将|一定|预计|大概|最晚|之?内|以内|之?前|前|就|给[您你])(?P<what>(?:给"
                rf"|帮|为|跟|和|与|把|到)?[^，。]{{0,10}}?{_ZH_ACT}.*)"
            ),
            fixed="unnamed",
        ),
        Form(
            re.compile(
                r"^(?P<what>(?![您你](?!的)|我)[^，。]*?(?:到账|退到|退回|退款|送到|送达|到货"
                r"|恢复|修好|寄到|寄出|发货"
                r"|发出|发到|处理好|处理完|办好|生效|上门|出结果|有结果|给结果|答复|回复"
                r"|送过[来去])[^，。]*)"
            ),
            needs_time=True,
            fixed="unnamed",
        ),
    ),
}

TOPICS: dict[str, tuple[tuple[Topic, re.Pattern[str]], ...]] = {
    "en": (
        ("inform", re.compile(r"\b(?:let [a-z ]{2,25}? know|keep you|update you|pass (?:it|that"
            r"|this|your))\b")),
        ("contact", re.compile(
            r"\b(?:(?<!this )(?<!the )(?<!our )(?<!your )call|phone|(?<!the )ring|contact"
            r"|get back|get in touch|be in touch|reach out|be contacted"
            r"|be called|hear (?:back|from)|come back to you|touch base|give you a (?:call|ring"
            r"|buzz)"
            r"|reply|respond|return your call|get an answer|have an answer|answer by)\b")),
        ("refund", re.compile(
            r"\b(?:refund\w*|credit\w*|reimburse\w*|pay you|money back|your money|compensat\w*"
            r"|waive)\b")),
        ("visit", re.compile(
            r"\b(?:visit|come\b(?! back)|be (?:there|with you|at your)|look at it|"
            r"send (?:someone|somebody|an engineer|a technician|a plumber|a driver|out)"
            r"|arrive)\b")),
        ("send", re.compile(
            r"\b(?:send\w*|sent|email\w*|e-mail\w*|text|mail\w*|post\w*|ship\w*|dispatch\w*"
            r"|deliver\w*"
            r"|forward|receive|get (?:it|that|them|the|your|a|an)|reach you|go out|with you"
            r"|on its way"
            r"|in your (?:inbox|account|mailbox)|show up|drop (?:it|that) (?:off|by)|courier)\b")),
        ("repair", re.compile(
            r"\b(?:fix\w*|repair\w*|replac\w*|restor\w*|resolv\w*|reconnect\w*"
            r"|sort(?:ed)? (?:it|this|that)?"
            r"|back (?:up|on)|working again|be ready|ready|be done|get (?:it|this|that) (?:done"
            r"|fixed|sorted))\b")),
        ("inform", re.compile(
            r"\b(?:inform|notify|notified|tell"
            r"|escalat\w*|report|raise (?:it|this|that|a)|speak to|talk to|follow up|chase"
            r"|remind|confirm)\b")),
        ("process", re.compile(
            r"\b(?:process\w*|arrange\w*|investigat\w*|look into|review\w*|complet\w*|cancel\w*"
            r"|updat\w*"
            r"|have (?:it|that|this|everything|your|the)|open a|file|submit\w*|take care of"
            r"|set (?:it|that) up"
            r"|activat\w*|make sure|see to it)\b")),
    ),
    "zh": (
        ("refund", re.compile(r"退[款回费还给到]|到账|返还|补偿|赔偿|打[到款]")),
        ("visit", re.compile(r"上门|派[人师]|到达|过去")),
        ("contact", re.compile(
            r"回[个您你]?[个一]?电话?|回电|致电|打[个一]?电话|来电|联系|答复|回复|回信|接到"
            r"|给[您你]打")),
        ("send", re.compile(
            r"发[到给您你送出货个份一张封条]|短信|邮件|邮寄|寄[到给出您你]|补寄|补发|重发"
            r"|送[到达货]|配送|收到|拿到|派[送单]")),
        ("repair", re.compile(r"维修|修[好复理]|更换|换[个一好新]|安装|恢复|解决")),
        ("inform", re.compile(
            r"通知|告诉|告知|反馈|转告|转达|反映|上报|汇报|催|跟进|跟[您你]确认|给[您你]确认"
            r"|结果")),
        ("process", re.compile(
            r"核实|调查|核查|安排|处理|办[好理完]|开通|激活|提交|审核|完成|生效|取消|更新"
            r"|改[好成]|登记|备注|预约|预留|看到|得到")),
    ),
}  # fmt: skip

CHANNELS: dict[str, tuple[tuple[str, re.Pattern[str]], ...]] = {
    "en": (
        ("phone", re.compile(r"\b(?:call|phone|ring|buzz)\b")),
        ("email", re.compile(r"\be-?mail|\binbox")),
        ("text", re.compile(r"\b(?:text|sms|whatsapp|message)\b")),
        ("post", re.compile(r"\b(?:post|mail|letter|parcel|courier)\b")),
        ("in_person", re.compile(r"\b(?:visit|come (?:out|over|round|by)|be there|in person)\b")),
    ),
    "zh": (
        ("phone", re.compile(r"电话|回电|致电|来电|给[您你]打")),
        ("email", re.compile(r"邮件|邮箱")),
        ("text", re.compile(r"短信|微信|消息")),
        ("post", re.compile(r"寄|快递|邮寄")),
        ("in_person", re.compile(r"上门|当面|过去")),
    ),
}

# What only looks like a promise: what is done during the call, refusals, wishes, suppositions.
NO_PROMISE: dict[str, tuple[re.Pattern[str], ...]] = {
    "en": (
        re.compile(r"\b(?:will|would|'ll|going to|shall|can|could) not\b|\bwon't\b|\bcan't\b"
            r"|\bcannot\b"),
        re.compile(
            r"\b(?:i'll|i will|we'll|we will|i'm going to|i am going to|let me) (?:just "
            r"|quickly |now |also |go"
            r" ahead and )*(?:check|look (?:that|it|this) up|look for|see (?:if|what|whether)"
            r"|put you|be (?:right )?back"
            r"|be (?:here|closed|open|busy|away|off|out|quick|brief|with you in)|place you"
            r"|transfer|connect|need|be (?:happy|glad)|try|ask you|take a look|have a look|pull"
            r"|wait"
            r"|bet|say|read|repeat|spell|explain|give you (?:the|a|my|our) (?:number|address"
            r"|reference|name)"
            r"|be honest|have to|want|hold|tell you)\b"
            r"(?!.*\b(?:and|then|to) (?:then )?(?:call|phone|ring|email|get back|let you know|send"
            r"|text|come back|contact|write|have)\b)"
        ),
        re.compile(r"^\s*(?:if|unless|in case|when|whenever|once|had|what|how|who|where"
            r"|why)\b.*\b(?:i|we|you)"
                   r"(?:'ll| will)\b(?!.*\b(?:call|email|send|contact|let you know|get back"
                   r"|refund)\b)"),
        re.compile(r"\b(?:will|could|can|would|should) you\b"),
        re.compile(r"\b(?:have a|enjoy|see you|talk to you|speak to you)\b.*\b(?:day|evening"
            r"|weekend|soon|then)\b"),
        re.compile(r"\b(?:has|have|had|was|were) (?:already |just )?been\b"),
        re.compile(r"\b(?:could|should|would|might) have\b|\bhave to\b|\bbe (?:helping|putting)\b"),
        re.compile(r"\bnow\b(?!.*\b(?:by|within|before|tomorrow)\b)|\bstraight ?away then\b"),
    ),
    "zh": (
        re.compile(r"不会|不能|没法|无法|没办法|不可以|不用|不需要|别"),
        re.compile(r"已经.*了|(?<!好)了吗|过了$"),
        re.compile(r"^(?:如果|要是|万一|假如)(?!.*(?:会|就).*(?:联系|回电|通知|给[您你]打))"),
        re.compile(r"[您你](?:再|先|需要|可以|得|要|去|自己|能不能|可不可以|方便|想|之前|刚才"
            r"|是)[^，。]{0,10}"
                   r"(?:联系|打|发|寄|登记|处理|提交|办|退|改|换|查)"),
        re.compile(r"(?:有什么|有任何|随时|欢迎)"),
        re.compile(r"(?:什么时候|几点|多久|哪天|谁)[^，。]{0,12}(?:？|\?|呢|吗|啊)?$"),
        re.compile(r"(?:同事|师傅|财务|经理|主管|部|他|她)[^，。]{0,4}(?:说|讲|问)"),
        re.compile(r"(?:联系|打听|问)一下|(?<![您你])打个?电话$|现在(?!起|开始)|(?:谢谢|感谢"
            r"|接到)[^，。]{0,4}来电"),
        re.compile(r"(?<!可以)(?<!行)(?<!好)(?<!方便)吗[？?]?$|行不行|是您"),
        re.compile(r"满意|怎么样|怎么办|有没有|得如何|确认一[遍下]|核对|刚[才刚]"),
        re.compile(r"(?:通知|催|联系|反映|登记|备注|重置|问|查|换|发|寄)(?:过|了)"),
        re.compile(r"请[您你]?(?:稍等|等|先|再|把|提供)"),
    ),
}  # fmt: skip
