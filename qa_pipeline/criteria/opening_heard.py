"""How an opening was heard: its clearness, and greetings that went to the other voice."""

from __future__ import annotations

from qa_pipeline.criteria import trust
from qa_pipeline.domain.conversation import Conversation, OpeningFacts
from qa_pipeline.domain.recording import Layout, Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.name_unread_en import has_dark_stretch
from qa_pipeline.language.openings import Opening, has_greeting

# Below this mean word probability of its first turns a name or a greeting that was not found may
# have been lost. Mandarin on the telephone: words read wrongly in most openings below it.
_LEAST_CLEAR = {"en": trust.LEAST_TURN_CONFIDENCE, "zh": 0.75}
_LEAST_TOLD_MS = 1_200  # no shorter turns hold a greeting and a full name
_ONE_BREATH_MS = 1_000
_SPLIT_MS = 350
_TWO_WORDS = 2  # of a greeting


def split_off_greeting(call: Conversation, told: OpeningFacts) -> Turn | None:
    """The greeting of the agent's first sentence that was given to the other voice.

    "Good morning," and at once, in the middle of that sentence, "Darnell Nowak here": voices of one
    channel are told apart badly by one word. Callers' greetings end with a question or a pause.
    """
    first = min(call.turns, key=lambda turn: turn.start_ms)
    if (
        call.language != "en"
        or call.layout in (Layout.STEREO, Layout.TEXT)
        or first.role is not Role.CUSTOMER
        or not told.turns
    ):
        return None
    gap_ms = call.turns[told.turns[0]].start_ms - first.end_ms
    last = first.text.rstrip().rstrip(",").split(".")[-1].split(",")[-1]
    goes_on = first.text.rstrip().endswith(",") and len(last.split()) <= _TWO_WORDS
    at_once = -_ONE_BREATH_MS <= gap_ms <= _SPLIT_MS
    return first if goes_on and at_once and has_greeting(last, "en") else None


def _first_turns(call: Conversation, opening: Opening) -> list[Turn]:
    """The agent's turns of the opening up to the customer's second one."""
    asks = sorted(turn.start_ms for turn in call.turns_of(Role.CUSTOMER))
    until = asks[1] if len(asks) > 1 else opening.end_ms
    return [turn for turn in opening.turns if turn.start_ms < until]


def first_clearness(call: Conversation, opening: Opening) -> float:
    """The mean word probability of the agent's turns up to the customer's second one."""
    words = [word for turn in _first_turns(call, opening) for word in turn.words]
    return sum(word.probability for word in words) / len(words) if words else 1.0


def badly_heard(call: Conversation, opening: Opening, *, searched_for: bool) -> bool:
    """Whether the agent's turns up to the customer's second one were heard too badly.

    What a greeting and a name do not fit into needs no clear words. `searched_for`: the sound of
    the recorded name is not there.
    """
    first = _first_turns(call, opening)
    has_words = any(turn.words for turn in first)
    if not has_words or sum(turn.end_ms - turn.start_ms for turn in first) < _LEAST_TOLD_MS:
        return False
    if call.language == "en" and not has_dark_stretch(first):
        return False
    clear = first_clearness(call, opening)
    least = trust.LEAST_READ_CONFIDENCE if searched_for else _LEAST_CLEAR
    return clear < least.get(call.language, trust.LEAST_TURN_CONFIDENCE)


def may_have_greeted(call: Conversation, opening: Opening) -> bool:
    """Whether a greeting in the customer's first turn may be the agent's own.

    In one channel the first "Hello" of a call, with the agent's talk right behind it, may belong to
    either: voices are told apart badly by one word.
    """
    first = min(call.turns, key=lambda turn: turn.start_ms)
    close = abs(opening.start_ms - first.end_ms) <= _ONE_BREATH_MS
    alone = first.role is Role.CUSTOMER and call.layout not in (Layout.STEREO, Layout.TEXT)
    return alone and close
