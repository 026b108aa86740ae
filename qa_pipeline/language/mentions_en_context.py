"""What stands around a name in English: a call to somebody, a place, another person."""

from __future__ import annotations

from qa_pipeline.language import name_lists
from qa_pipeline.language.name_reading import is_common, is_given, is_surname
from qa_pipeline.language.name_tokens import FILLERS, Token
from qa_pipeline.language.text import word_set

_PLACES = word_set(
    "street st avenue ave road rd lane drive boulevard court bank company corporation inc group "
    "hotel airport university college hospital county city state park square station branch "
    "building tower electric gas insurance terrace crescent clinic school"
)
_AFTER_AND = word_set("sons son daughters company co partners brothers associates")
# What a name follows when somebody is called: "thank you, Grace", "for holding, Grace".
LEADS = word_set(
    "thanks you okay ok sorry hi hello hey well yes great perfect certainly absolutely sure right "
    "alright morning afternoon evening please bye goodbye so now and welcome course that holding "
    "waiting patience understand day night no yeah yep oh lovely brilliant wonderful "
    "excellent problem worries again moment second today awesome"
)
# What follows a name where a sentence begins without punctuation: "grace could you tell me".
GOES_ON = word_set(
    "could can would i i'm let thank thanks what when how do does is are may just it we your you "
    "the that this there and have please sorry because before if to my no yes"
)
_ASKS = frozenset((a, b) for a in ("speaking", "talking") for b in ("with", "to")) | {
    ("is", "this"),
    ("calling", "for"),
}
# After words that are names and verbs the rest of a sentence is no sign of a call.
_NEW_SENTENCE = word_set("could let thank thanks what how i there")
_VERB_NAMES = word_set("will may do hope love mark")
_GOVERNS = word_set("to with and is by from of for my a an the or in on at your our")
_CLOSE_LEADS = word_set(
    "now so well and yes great lovely thanks okay ok holding patience welcome sorry alright hi "
    "hello goodbye bye course with to"
)


def is_vocative(tokens: tuple[Token, ...], first: int, last: int, *, cased: bool) -> bool:
    """Whether tokens ``[first, last]`` stand where somebody is called.

    "thank you, Grace", "Grace, could you"; without punctuation the next sentence may follow at
    once ("thank you grace let me see").
    """
    before = _word_before(tokens, first)
    asked = first > 1 and (tokens[first - 2].norm, before) in _ASKS
    following = tokens[last + 1] if last + 1 < len(tokens) else None
    closed = following is None or following.boundary
    if asked and (closed or (not cased and following is not None and is_common(following.norm))):
        return True
    if tokens[first].boundary and (first > 0 or closed or cased):
        return closed and (first > 0 or following is not None)
    if cased:
        goes_on = following is not None and following.norm in GOES_ON
        return before in LEADS and (closed or (goes_on and tokens[first].capital and first > 0))
    return _vocative_unpunctuated(tokens, first, last, closed=closed)


def _vocative_unpunctuated(
    tokens: tuple[Token, ...], first: int, last: int, *, closed: bool
) -> bool:
    """Like `is_vocative`, in a text without capitals and mostly without punctuation."""
    word, before = tokens[first].norm, _word_before(tokens, first)
    following = tokens[last + 1] if last + 1 < len(tokens) else None
    risky = is_common(word) or word in name_lists.words("en_word_names")
    goes_on = following is not None and following.norm in (
        _NEW_SENTENCE if risky else GOES_ON | FILLERS
    )
    if first == 0:
        return goes_on and word not in _VERB_NAMES
    if following is None and not risky and is_given(word):
        return before not in _GOVERNS  # the turn ends with it: "when could you drop it in brian"
    return before in LEADS and (closed or (goes_on and word not in _VERB_NAMES))


def maybe_vocative(tokens: tuple[Token, ...], first: int) -> bool:
    """Whether a name that is also a verb (Will, May) may be called here, without punctuation."""
    if first + 1 == len(tokens):
        return first > 0 and _word_before(tokens, first) not in _GOVERNS
    return _word_before(tokens, first) in _CLOSE_LEADS


def is_led(tokens: tuple[Token, ...], first: int) -> bool:
    """Whether a sentence begins at a token, or what stands before often leads to a name."""
    return tokens[first].boundary or _word_before(tokens, first) in LEADS


def _word_before(tokens: tuple[Token, ...], at: int) -> str:
    """The word before a token, fillers left out."""
    while at > 0 and tokens[at - 1].norm in FILLERS:
        at -= 1
    return tokens[at - 1].norm if at else ""


def is_place(tokens: tuple[Token, ...], last: int, *, titled: bool, family_last: bool) -> bool:
    """Whether the name ending at `last` belongs to a street, a company or another place.

    Args:
        tokens: the text's words.
        last: the name's last token.
        titled: a title stands before the name, so it is a person.
        family_last: the name is a family name alone: "Brown and Sons", "Brown Energy".
    """
    following = tokens[last + 1] if last + 1 < len(tokens) else None
    if following is None or following.boundary or titled:
        return False
    if following.norm == "and":
        after = tokens[last + 2].norm if last + 2 < len(tokens) else ""
        return after in _AFTER_AND
    return following.norm in _PLACES or (
        family_last and following.norm in name_lists.words("en_organisation")
    )


def other_family_follows(tokens: tuple[Token, ...], last: int, *, cased: bool) -> Token | None:
    """The surname right behind a given name, which makes it somebody's full name."""
    following = tokens[last + 1] if last + 1 < len(tokens) else None
    if following is None or following.boundary:
        return None
    listed = is_surname(following.norm) and not is_common(following.norm)
    return following if listed and (not cased or following.capital) else None


def other_given_precedes(tokens: tuple[Token, ...], first: int) -> bool:
    """Whether a listed given name stands right before a surname."""
    if first == 0 or tokens[first].boundary:
        return False
    before = tokens[first - 1].norm
    return is_given(before) and not is_common(before)
