"""English words around a wait, for `hold_talk`: leave, waiting, yes, no and asking back."""

from __future__ import annotations

import re
from typing import Literal

from qa_pipeline.language.matching import tokens

# "Hold" as telephone speech is written, where nothing else fits.
_MISHEARD = re.compile(
    r"\b(?P<before>on( a)?( quick| short| brief| little)?|to|with|mind|please|happy|okay)"
    r" (?:old|whole|home|hole|fold|bold|told|vote|hoed|hauled|hoard|(?P<ing>folding|moulding"
    r"|molding|boarding|hoarding|hauling|old in|whole in))\b"
    r"(?= (?:on|for|while|the line|the phone|a (?:moment|minute|second|tick)|there|please)\b|$)"
)
_FINE = (
    r"(okay|alright|all right|fine|good|great|cool|possible|acceptable|convenient|happy|able"
    r"|willing|comfortable|free|agreeable|suitable|handy|up|problem|trouble|bother|inconvenience"
    r"|an issue|too much|available|in a (rush|hurry)|for it|game|content|prepared)"
)
_ON_HOLD = r"((on|in|onto) (\w+ ){0,3}(hold|holding|old|whole|mute|music|pause|silence))"
_LENGTH = r"(moment|minute|second|tick|couple|few|mo|jiffy|bit|while|moments|minutes|seconds|ticks)"
# Anything that speaks of waiting, being left alone, or a stretch of time.
_WAIT = re.compile(
    r"\b("
    r"(?<!waiting )(?<!a )(hold|holding)"
    r"(?! (that|it|this|off|down|up|onto|against|my|our|(your|the) (?!(line|call|phone|music))))"
    r"|wait|waiting|" + _ON_HOLD + r"|mute|muted|music|silence|silent|quiet"
    r"|(hang|hanging|bear|bearing|stay|staying|stick|sticking|sit|sitting|stand|standing|remain"
    r"|remaining|keep) (\w+ ){0,2}(on|with (me|us)|there|here|tight|around|by"
    r"|connected|the line|the phone)"
    # "Are you on any tablets?" speaks of no wait.
    r"|(be|are|still) (\w+ ){0,2}(on (the (line|phone|call)|hold|mute|for)|with (me|us)|there|here"
    r"|around|connected|the line|the phone)"
    r"|(a|one|two|three|four|five|few|couple|of|some|another|for|\d+) (\w+ ){0,2}" + _LENGTH
    + r"|(gone|away|leave|leaving|step|stepping|put) (\w+ ){0,4}(phone|line|desk|down|while|back)"
    r"|(play|leave) (\w+ ){0,3}music|(some|your|a little|bit of) (of )?(your )?(time|patience)"
    # "Put you on a short tilt": right before a wait it is the hold, however it was read.
    r"|(put|place|pop) (to )?(you|your call|the call) (in|on|onto)"
    r"(?! (\w+ ){0,3}(list|plan|tariff|scheme|programme|program|package|flight|route|course"
    r"|waitlist|speaker|team|standby))"
    r")\b"
)  # fmt: skip
# Whether the other party still hears it is asked of who seems to be gone, not before a wait.
_PRESENT = re.compile(
    r"(\w+ ){0,2}(are you|is (anybody|anyone|somebody|someone)|you) (still )?"
    r"(there|here|with (me|us)|on the (line|phone)|connected)( \w+)?"
)
# Asking for leave or willingness; what follows says for what.
_MODAL = re.compile(
    r"\b("
    r"(can|could|may|might|shall|should|would|will) (not )?(i|we|you|it|that|this|there|a"
    r"|holding|waiting)"
    r"|(do|would|did) you (\w+ ){0,2}(mind|object|have|want|like|prefer|need|fancy|allow|let"
    r"|care|reckon|rather)"
    r"|(is|are|would|does|was) (it|that|this|there|you|a|now|holding|waiting) (\w+ ){0,6}?" + _FINE
    + r"|do i have your|any (chance|possibility|objection|objections|problem|issue)"
    r"|(?:^|you |and |so |be |it |okay |well )(mind|okay|alright|all right|fine|cool|happy"
    r"|good|able|willing"
    r"|comfortable) (if|to|with|for|there|holding|waiting|hanging|staying)"
    r"|(grateful|wonder|wondering|hoping|love it|appreciate it) (\w+ ){0,2}(if|whether"
    r"|you could|i could)"
    r"|(how|what) (\w+ ){0,2}you (feel|think|say|fixed|placed|doing|reckon)"
    r"|how (are|is) you\w* (\w+ )?(fixed|placed|doing|for time)"
    r"|how about|what about|worth (a|the|your) (wait|hold|while|minute)"
    r"|(if|provided|assuming|as long as|so long as|unless) (\w+ ){0,5}?(mind|okay|alright|all right"
    r"|fine|bother|trouble|suits|object|objection|happy|possible|convenient|too much)"
    r"|(your|with|have) (okay|permission|consent|blessing|go ahead)"
    r"|(does|will|would) that (\w+ )?(work|suit|do|sound|be)"
    # "Is holding okay?", "Mind holding?" as telephone speech is written.
    r"|be (holding|waiting) (" + _FINE + r"|oka|ok)"
    r"|(mine|mines|mined|minds)( is)? (holding|waiting)"
    r"|(mind|mine|mines|mined|minds|minded|mindless) if (i|we)"
    r"|is it possible|you (are )?(right|all right|alright|okay|good|happy) to (hold|wait|hang|stay)"
    r")\b"
)  # fmt: skip
# A question for consent that names no act: it belongs to what was said just before.
_CONSENT = re.compile(
    r"\b("
    r"(is|would|will) (that|it|this) (be )?(\w+ ){0,2}?" + _FINE
    + r"|(does|will|would) that (\w+ )?(work|suit|do|sound)|(do|would) you mind|you mind"
    r"|are you (\w+ )?(okay|alright|all right|fine|happy|good|comfortable|cool) (with|to|for|there)"
    r"|(if|provided|as long as) (\w+ ){0,5}?(mind|okay|alright|all right|fine|suits|bother|trouble"
    r"|happy|convenient|possible|objection|objections|for you)"
    r"|any (objection|objections|problem with)|(may|can|could|shall) i$|worth (a|the|your) "
    r"|how (are|is) you\w* (\w+ )?(fixed|placed|for time)|what do you (say|think)"
    r"|(got|have) (the |a |any )?time|in a (rush|hurry)"
    r")\b"
)  # fmt: skip
_ORDER = re.compile(
    r"^((just|please|so|okay|now|oh|well|do|right|hey|and|you) )*(give|hold|wait|hang|bear"
    r"|stay|sit|stand)\b"
    r".{0,60}\b(will|would|can|could) (not )?you( please| now| love)?$"
)  # fmt: skip
# "Hang on, did you say Tuesday?" asks something else; "hold on for me, okay?" asks for the wait.
_TELLS = re.compile(
    r"^((just|please|so|okay|now|oh|well|right|sorry|and) )*(hold|wait|hang|bear|one|a|give)\b"
)
_TAG = re.compile(r"\b(okay|alright|all right|yeah|yes|please)$")
_MIND = re.compile(
    r"\b(mind|(mine|mines|mined|minds|minded|mindless) (if (i|we)|holding|waiting)"
    r"|(it|that|this|i) bother|object|objection|objections"
    r"|(be|is it|it|too much|any|of) (a |an "
    r"|too )*(\w+ )?(problem|bother"
    r"|trouble|inconvenience|issue)|in a (rush|hurry)|need to be anywhere)\b"
)  # fmt: skip
# "I can.", "You may, yes" answer; "I am on my way out" and "you have had me waiting" do not.
_ENDS = (
    r"(?= ?$| (yes|yeah|thanks|thank|but|if|as|for|of|sure|i|it|so|do|definitely|my|the|all"
    r"|indeed|go|put|place|check|ask|and|then|please|love|dear)\b| (though|actually) ?$)"
)
_YES = re.compile(
    r"\b(yes|yeah|sure|okay|alright|all right|fine|course|certainly|absolutely|definitely"
    r"|surely|gladly"
    r"|go (on|ahead|for|right|and|off|then|do)|do it|please( do)?$|by all means|mmhm|works?"
    r"|perfect|great|good|grand"
    r"|lovely|cool|deal|sweet|right (you are|so|then|ho)|fair enough|no (problem|worries"
    r"|bother|rush|hurry|trouble"
    r"|objections?|drama|dramas|issue|stress|sweat)|not (a problem|at all|a bother)|take your time"
    r"|carry on|crack on|fire away|work away|away you go|be my guest|feel free|you bet"
    r"|you (do|may|can|could|might|go|must)" + _ENDS
    + r"|you have(?= ?$| (yes|yeah|it|my)\b)"
    + r"|if you (must|have|need|like|want|think)|if (you are|it is) (quick|fast|brief|speedy)"
    r"|(one|won|gone) then$|i (can|could|will|would|do|am)( (\w+ )?(hold"
    r"|wait|stay|hang|happy|free|here|listening|easy|not going|be here)| be\b|" + _ENDS + ")"
    r"|i (have|got|have got) (\w+ ){0,4}(time|minute|minutes|day|moment|coffee|tea)"
    r"|(it|that) (is|would be|will be|would|will) (\w+ )?(okay|fine|alright|all right|no|good"
    r"|not a problem)"
    r"|(don|do) not mind|not mind|why not|suppose|guess|indeed|happy to|ready when|got (loads"
    r"|plenty|time)"
    r"|as long as|so long as|whatever|knock yourself out|you are (grand|fine|okay|all right"
    r"|alright|good)|suits me|ring away|call them|ask away|aye|uh huh|k|ya|yah|can( lah)?$)\b"
)  # fmt: skip
_NO = re.compile(
    r"\b(no|not|never|rather|prefer|can not|will not|do not|stop|forget it|leave it"
    r"|call me back|ring me back"
    r"|in a (\w+ )?(hurry|rush)|busy|at work|afraid|(been|was|were|already) (\w+ ){0,4}(hold"
    r"|holding|waiting)|again|late"
    r"|meeting|driving"
    r"|call (you )?back|got to (go|run|leave)|have to (go|run|leave)|need to (go|run|leave)"
    r"|just (tell|transfer|call|answer)"
    r"|hardly|i (do|would) mind|tired of|sick of|enough)\b"
)  # fmt: skip
_NO_HARM = re.compile(
    r"\b(no (problem|worries|bother|rush|hurry|trouble|objections?|dramas?|issue|stress|sweat|harm"
    r"|(please )?take your time|carry on|by all means|please do$"
    r"|you (are|go|carry)|go|that is|it is (fine|okay)|i (do not|would not) mind|i am (okay"
    r"|fine|good|happy))"
    # "No issue at all", also badly read
    r"|no (?!(not|never|i|thanks|thank|way|time|patience|chance|point)\b)\w+ (\w+ )?at all"
    r"|not (a problem|a bother|at all|going anywhere|in (a|any) (rush|hurry)|a bit|too bad"
    r"|doing (anything|much))"
    r"|(do|would|will) not mind|(would|will|is) not be (a|any) (problem|bother)|(not"
    r"|no) (be )?(forever|too long|long)"
    r"|nothing else|why not|driving anyway|can not see why not|can not complain|not too long"
    r"|go on again)\b"
)  # fmt: skip
# What makes a wait a bad idea: whoever answers with nothing else has not agreed to one.
_HINDERED = re.compile(
    r"\b((might|may|could|will|going to|about to|keep|keeps) (\w+ )?(lose|losing) (you|signal"
    r"|reception|the (signal|line|connection|call))|(cut|cuts|cutting) (me |you |us )?(off|out)"
    r"|(battery|signal|reception|credit|coverage|my (phone|mobile|cell)) (is |has |was |will )?"
    r"(\w+ ){0,2}(low|dying|die|dead|flat|gone|going|bad|poor|weak|terrible|patchy|running|run|out"
    r"|nearly|almost)"
    r"|(running|run) (low|out) (on|of) (\w+ )?(battery|credit|minutes|time|charge)"
    r"|(per ?cent|percent|bar|bit) (\w+ )?(battery|charge) left|battery left"
    r"|i am (\w+ )?(on|in|at) (a|the|my) (\w+ )?(train|bus|tram|coach|ferry|taxi|cab|plane|platform"
    r"|motorway|highway|road|street|lift|elevator|till|checkout|gate|airport|station|lecture"
    r"|classroom|surgery|playground|shift|break|lunch ?break|pay ?phone)"
    r"|(not my|a borrowed|a friend s|borrowing (a|this|somebody s)) phone|pay ?phone"
    r"|(calling|phoning|ringing) from (abroad|overseas|a \w+ phone)"
    r"|(costs|costing|charged|paying) me|(somebody|someone|the \w+) (is )?at the door"
    r"|waiting (for me|outside)|my (stop|train|bus|flight)|(in|at) (the )?(middle of|work|school)"
    r"|on my (way|lunch|break)|double parked|parking (meter|ticket)"
    r"|only (have|got|have got|get) (\w+ ){1,4}(minute|minutes|second|seconds|moment|break)"
    r"|about to (\w+ ){0,3}(board|start|leave|go|close|walk|drive|get|lose|run|die|catch|pick))\b"
)  # fmt: skip
_BACK = re.compile(
    r"^((um|well|and|okay|sorry|oh|so|but) )*(how (long|many|much)|what for|why|what is|who"
    r"|whose|what do|is it|will it"
    r"|what|for what|for how|to do what|how come)\b"
)  # fmt: skip
# "Would you mind ...?" - "Yes, I do."; "- No." gives leave.
_OBJECTS = re.compile(
    r"^(oh |well )?(yes|yeah)? ?(actually )?(i ((kind|sort) of |kinda |sorta |rather |really )?"
    r"(do|would)( mind| mine| mined| object)?|it (is|would)( be)?)"
    r"( (actually|really|rather|yes|yeah|sorry|a bit|though|i am afraid))?$"
)
_BARE_NO = re.compile(r"^((oh|well) )?(no|not|nope)\b|\b(not|no)$")
_NO_WORDS = re.compile(r"\b(no|not|i|it|would|do|will|is|be|all|really|mind)\b")
_NOD = re.compile(
    r"^((oh|ah|mmhm|hm|hmm|mm|huh|eh|right|so|i see|what|sorry|pardon|hello|really|wait|well) ?)+$"
)
# A request that lost its first words: "(can I) put you on hold", "(c)an I just go and check".
_LOST = re.compile(
    r"^((okay|so|right|well|now) )?((and|an|then|an|kind|can|could) i (just )?(go|put|pop|place"
    r"|leave|check|ask|get|have|keep)|(just )?(put|pop|place|leave|keep|stick)"
    r" (you|your call|the call) (on|in|under)|(you )?(mind|bother)( if| you| i)? \w+"
    r"|(hold|holding|wait|waiting|hang) on for (a|me))\b"
)
# A wait that is told and not asked for, whatever else was lost.
_DECLARES = re.compile(
    r"\b(i (will|shall|am|have to|need to|must|had better|want to)|let me"
    r"|i (\w+ ){0,2}you to|(please|just|kindly) \w*"
    r"(hold|wait|stay|hang|bear|stand)|bear with|hold (on|the line)|hang (on|tight)|stand by"
    r"|stay (on|with|there|right)|you can (hold|wait)"
    r"|(one|just a|give me a|half a) (\w+ )?(moment|minute|second|tick|mo|sec)"
    r"|(putting|popping|placing) you|be right (back|with you))\b"
)
# What only a question gets for an answer; "okay" also meets an announcement.
_GRANTED = re.compile(
    r"\b(go (on|ahead|for it|right ahead)( then)?|not a bit|not in the least"
    r"|no bother|crack on|carry on|work away|away you go|be my guest"
    r"|feel free|by all means|of course( you (can|may))?|you (may|can|could|might)|not at all"
    r"|(do|would) not mind|i can (wait|hold|hang on|stay)|yes (you can|i can|please|please do)"
    r"|yes$|yeah$|yep$|yes (that|sure|of)|if you (must|like)|i suppose|why not"
    r"|(one|won|gone) then$)\b"
)
SHORT_REPLY_WORDS = 8  # a longer one repeats words of the question by chance
_PLAIN = frozenset({
    "i", "you", "the", "a", "an", "and", "to", "of", "it", "is", "that", "on", "for", "me",
    "my", "your", "we", "us", "if", "or", "in", "with", "be", "so", "just", "do", "at", "this",
    "are", "not", "no", "would", "will",
})  # fmt: skip
_OFFERS = re.compile(
    r"\bi(?:'ll| will| can|'m happy to|'m fine to| don't mind to)? (?:just )?"
    r"(?:wait|hold|hang on|stay on)\b(?! (?:an?|the|my|this|so)\b)|\bi'm (?:holding|waiting)\b"
)


class English:
    """How English lines right before a wait read."""

    @staticmethod
    def names_wait(text: str) -> bool:
        """Whether the turn speaks of waiting."""
        return _WAIT.search(_plain(text)) is not None

    @classmethod
    def tells_to_wait(cls, text: str) -> bool:
        """Whether the turn speaks of waiting; English errands name none."""
        return cls.names_wait(text)

    @classmethod
    def asks_to_wait(cls, text: str) -> bool:
        """Whether the turn asks for a wait: leave and waiting in one sentence or in neighbours."""
        sentences = _sentences(text)
        for index, (plain, marked) in enumerate(sentences):
            if _ORDER.search(plain) or _PRESENT.fullmatch(plain):
                continue
            asked = marked and (_TAG.search(plain) or not _TELLS.match(plain))
            if _WAIT.search(plain) and (asked or _leave_with_wait(plain)):
                return True
            beside = [s for s, _ in sentences[max(0, index - 1) : index + 2] if s != plain]
            if _CONSENT.search(plain) and any(_WAIT.search(s) for s in beside):
                return True
        return False

    @staticmethod
    def asks_for_leave(text: str) -> bool:
        """Whether the turn asks for consent to something that it need not name."""
        return any(_CONSENT.search(plain) for plain, _ in _sentences(text))

    @staticmethod
    def may_ask(text: str) -> bool:
        """Whether the turn has words of asking for anything at all."""
        return any(_MODAL.search(plain) for plain, _ in _sentences(text))

    @staticmethod
    def lost_ask(text: str) -> bool:
        """Whether the turn may be a request whose asking words were lost."""
        return any(_LOST.search(plain) for plain, _ in _sentences(text))

    @staticmethod
    def grants(text: str) -> bool:
        """Whether a reply is one that only a question gets."""
        return _GRANTED.search(_plain(text)) is not None

    @staticmethod
    def offers_to_wait(text: str) -> bool:
        """Whether a customer says that they will wait."""
        return _OFFERS.search(_plain(text)) is not None

    @staticmethod
    def declares(text: str) -> bool:
        """Whether the turn tells of a wait in words that ask nothing."""
        return _DECLARES.search(_plain(text)) is not None

    @staticmethod
    def no_agrees(question: str) -> bool:
        """Whether to say no to a question is to agree: "would you mind?"."""
        return _MIND.search(_plain(question)) is not None

    @staticmethod
    def tail(text: str) -> str:
        """What follows the question in a turn: in one channel it may be the other's answer."""
        _, mark, rest = text.rpartition("?")
        return rest.strip() if mark else ""

    @classmethod
    def answer(cls, text: str, question: str) -> Literal["yes", "no", "question", "unclear"]:
        """What a reply says to a request to wait; `question` decides what a bare no means."""
        plain = _plain(text)
        mind = cls.no_agrees(question)
        harmless = _NO_HARM.sub(" ", plain)
        objects = mind and any(_OBJECTS.match(part) for part, _ in _sentences(text)[:1])
        if objects or (harmless == plain and _is_hindered(plain)):
            return "no"
        if _NO.search(harmless):
            bare = mind and _BARE_NO.search(plain) and not _NO.search(_NO_WORDS.sub(" ", harmless))
            return "yes" if bare else "no"
        if _NOD.match(plain) and "mmhm" not in plain.split():
            return "unclear"
        asked_back = bool(_BACK.match(plain)) or text.strip().endswith("?")
        # "Three minutes? Okay." answers; "okay?" alone does not.
        told_too = not asked_back or re.search(r"[?.,!] *\w+", text) is not None
        if harmless != plain or (told_too and _YES.search(plain)):
            return "yes"
        if asked_back:
            return "question"
        # "Might I ...?" - "You might."; "Any chance ...?" - "Every chance."
        repeated = set(plain.split()) & set(_plain(question).split()) - _PLAIN
        return "yes" if repeated and len(plain.split()) <= SHORT_REPLY_WORDS else "unclear"


def _is_hindered(plain: str) -> bool:
    """Whether somebody tells what stands in the way of a wait, and nothing that agrees to it."""
    without = _HINDERED.sub(" ", plain)
    return without != plain and not _YES.search(without)


def _leave_with_wait(plain: str) -> bool:
    """Whether a wait is named near the words that ask for leave."""
    for leave in _MODAL.finditer(plain):
        near = " ".join(plain[leave.start() :].split()[:18])
        if _WAIT.search(near):
            return True
    # "I would put you on hold, if that is alright"
    return any(
        _WAIT.search(plain[: late.start()] + plain[late.end() :])
        for late in _CONSENT.finditer(plain)
    )


def _plain(text: str) -> str:
    words = " ".join(token.text for token in tokens(text))
    return _MISHEARD.sub(lambda m: f"{m['before']} {'holding' if m['ing'] else 'hold'}", words)


def _sentences(text: str) -> list[tuple[str, bool]]:
    """Sentences in plain words, each with whether it ends in a question mark."""
    parts = re.findall(r"[^.?!]+[.?!]*", re.sub(r"\b(Mr|Mrs|Ms|Dr)\.", r"\1", text))
    return [(_plain(part), part.rstrip().endswith("?")) for part in parts if _plain(part)]
