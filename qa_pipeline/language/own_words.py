"""What a party says of their own: not quoted, not negated, not only supposed, not said back.

"You said 'I don't know'" does not make its speaker ignorant, and "it's not that we can't" refuses
nothing. Judged from the words around a find; in doubt they are not the speaker's own, so that
nobody is blamed for another's words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from qa_pipeline.domain.conversation import Act
from qa_pipeline.language.matching import Phrase, Token
from qa_pipeline.language.own_words_forms import (
    BREAKS,
    HELP,
    NEGATORS,
    PERSONS,
    SAYING,
    SUPPOSING,
    THINKING,
)
from qa_pipeline.language.sentences import Sentence

ECHO_MS = 12_000  # words said back come this soon after the other party's
LEADS_ON_MS = 600  # a pause inside a sentence that a recogniser cut in two
HELP_MS = 8_000  # help offered this soon after still belongs to what was said
_QUOTE_REACH = {"en": 9, "zh": 16}  # tokens from "you said" to what was said
_SUPPOSE_REACH = {"en": 3, "zh": 2}
_WHAT = ["什", "么"]
_NOTHING_SAID = frozenset({"so", "anything", "something", "nothing"})
_OPENING, _CLOSING = "“「『‘《", "”」』’》"


class Standing(StrEnum):
    """Whose words a find is made of, and how they are meant."""

    OWN = "own"
    QUOTED = "quoted"
    NEGATED = "negated"
    SUPPOSED = "supposed"
    SAID_BACK = "said_back"
    ASKING = "asking"


@dataclass(frozen=True, slots=True)
class Place:
    """A find in its sentence: tokens ``[first, last)``, and what is said around it.

    `before` holds what the other party said shortly before, `after` what the same party goes on
    to say until the other one speaks.
    """

    sentence: Sentence
    first: int
    last: int
    before: tuple[Sentence, ...] = ()
    after: tuple[Sentence, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether the find is the whole sentence, as it is for questions."""
        return self.first == 0 and self.last == len(self.sentence.tokens)


def locate(act: Act, sentences: Sequence[Sentence]) -> Place | None:
    """Where an act stands among the sentences of the call; None if it is in none of them."""
    for index, sentence in enumerate(sentences):
        inside = sentence.start_ms <= act.start_ms and act.end_ms <= sentence.end_ms
        if sentence.role is not act.role or not inside or not sentence.tokens:
            continue
        first, last = _tokens_of(act, sentence)
        return Place(sentence, first, last, _before(sentences, index), _after(sentences, index))
    return None


def standing(place: Place, language: str) -> Standing:
    """Whose words they are.

    Example:
        >>> from qa_pipeline.domain.recording import Role
        >>> from qa_pipeline.domain.transcript import Turn
        >>> from qa_pipeline.language.sentences import split
        >>> said, = split(Turn(Role.AGENT, 0, 3000, "You told me they said it's impossible"), "en")
        >>> standing(Place(said, 5, 8), "en")
        <Standing.QUOTED: 'quoted'>
    """
    if _in_marks(place) or _quoted(place, language):
        return Standing.QUOTED
    if _cued(place, NEGATORS[language], 2 if language == "en" else 1):
        return Standing.NEGATED
    if _supposed(place, language):
        return Standing.SUPPOSED
    if _said_back(place, language):
        return Standing.SAID_BACK
    return Standing.ASKING if _leads_to_question(place) else Standing.OWN


def helps(place: Place, language: str) -> bool:
    """Whether the speaker offers help or another way in the same breath.

    Looked for in the same sentence around the find, and in what follows until the other party
    speaks.
    """
    tokens = place.sentence.tokens
    stretches: list[Sequence[Token]] = [tokens[place.last :], tokens[: place.first]]
    if place.whole:
        stretches = [tokens]
    stretches += [sentence.tokens for sentence in place.after]
    return any(phrase.find(part) is not None for part in stretches for phrase in HELP[language])


def _tokens_of(act: Act, sentence: Sentence) -> tuple[int, int]:
    starts = [i for i, (start, _) in enumerate(sentence.times) if start == act.start_ms]
    ends = [i + 1 for i, (_, end) in enumerate(sentence.times) if end == act.end_ms]
    for first in starts:
        for last in ends:
            if first < last and sentence.part(first, last)[0] == act.text:
                return first, last
    return 0, len(sentence.tokens)


def _before(sentences: Sequence[Sentence], index: int) -> tuple[Sentence, ...]:
    mine = sentences[index]
    return tuple(
        other
        for other in sentences
        if other.role is not mine.role
        and other.start_ms < mine.start_ms
        and mine.start_ms - other.end_ms <= ECHO_MS
    )


def _after(sentences: Sequence[Sentence], index: int) -> tuple[Sentence, ...]:
    mine = sentences[index]
    found: list[Sentence] = []
    for other in sentences[index + 1 :]:
        if other.start_ms - mine.end_ms > HELP_MS:
            break
        if other.role is not mine.role and len(other.tokens) > 1:
            break
        if other.role is mine.role:
            found.append(other)
    return tuple(found)


def _in_marks(place: Place) -> bool:
    if place.whole:
        return False
    before = place.sentence.text[: place.sentence.tokens[place.first].start]
    opened = sum(before.count(mark) for mark in _OPENING)
    closed = sum(before.count(mark) for mark in _CLOSING if mark != "’")
    return opened > closed or before.count('"') % 2 == 1


def _quoted(place: Place, language: str) -> bool:
    words = [token.text for token in place.sentence.tokens]
    # A question is found as a whole: a verb of saying anywhere in it is taken to quote.
    end = len(words) if place.whole else place.first
    start = 0 if place.whole else max(0, end - _QUOTE_REACH[language])
    for verb in _verbs_of_saying(words, start, end, language):
        between = words[verb.end : end]
        if not place.whole and _broken(between, language):
            continue
        if place.whole and (len(words) - verb.end < 2 or words[verb.end - 1] in THINKING):
            continue
        if place.whole and words[verb.end] in _NOTHING_SAID:
            continue  # "Why didn't you say so before?" asks for words and quotes none
        if place.whole and words[verb.end : verb.end + 2] == _WHAT:
            continue  # "你说什么？" asks what was said and quotes nothing
        if verb.by_another:
            return True
    return False


@dataclass(frozen=True, slots=True)
class _Saying:
    end: int
    by_another: bool


def _verbs_of_saying(words: Sequence[str], start: int, end: int, language: str) -> list[_Saying]:
    found = []
    for phrase in SAYING[language]:
        tokens = [Token(word, 0, 0) for word in words[:end]]
        for match in phrase.find_all(tokens):
            if match.first >= start:
                found.append(_Saying(match.last, _by_another(words[: match.first], language)))
    return found


def _by_another(before: Sequence[str], language: str) -> bool:
    """Whether somebody else is the subject of a verb of saying, by the nearest person before it."""
    own, others = PERSONS[language]
    near = before[-6:]
    for at in range(len(near) - 1, -1, -1):
        if language == "zh" and at and near[at - 1] in "跟和给对向":
            continue  # who is spoken to
        if near[at] in own:
            return False
        if near[at] in others:
            return True
    return language == "en" and bool(before)  # "the letter said", "our driver told you"


def _broken(between: Sequence[str], language: str) -> bool:
    joined = "".join(between)
    if language == "zh":
        return joined[:1] in ("的", "得") or any(word in joined for word in BREAKS["zh"])
    return any(word in BREAKS["en"] for word in between)


def _cued(place: Place, phrases: Sequence[Phrase], slack: int) -> bool:
    """Whether one of the phrases ends right before the find, or up to `slack` words before it."""
    before = place.sentence.tokens[: place.first]
    return any(
        match.last >= len(before) - slack for phrase in phrases for match in phrase.find_all(before)
    )


def _supposed(place: Place, language: str) -> bool:
    tokens = place.sentence.tokens
    reach = _SUPPOSE_REACH[language]
    before = [token.text for token in tokens[max(0, place.first - reach - 2) : place.first]]
    if language == "zh":
        joined = "".join(before)
        return any(
            joined.rfind(word) >= 0 and len(joined) - joined.rfind(word) - len(word) <= reach
            for word in SUPPOSING["zh"]
        )
    for distance, word in enumerate(reversed(before)):
        if distance > reach or word in ("you", "it", "that", "then", "but", "so"):
            return False
        if word in SUPPOSING["en"]:
            return True
    return False


def _said_back(place: Place, language: str) -> bool:
    """Whether the words were just said by the other party, and are not the speaker's answer.

    "I don't know." - "I don't know either." is an answer; "It says 'not allowed'." - "Not
    allowed?" is not.
    """
    sentence = place.sentence
    words = [token.text for token in sentence.tokens[place.first : place.last]]
    own, _ = PERSONS[language]
    answers = not sentence.asked and (not place.whole or any(word in own for word in words))
    if answers or len(words) < 2:
        return False
    needle = f" {' '.join(words)} "
    return any(needle in f" {' '.join(t.text for t in s.tokens)} " for s in place.before)


def _leads_to_question(place: Place) -> bool:
    """Whether a question goes on from the find: "不知道 | 您对今天的服务满意吗"."""
    sentence = place.sentence
    if place.last < len(sentence.tokens) or not place.after or sentence.asked:
        return False
    ended = sentence.text[sentence.tokens[-1].end :].strip() != ""
    following = place.after[0]
    at_once = following.start_ms - sentence.end_ms <= LEADS_ON_MS
    polite = following.tokens[0].text in ("您", "你")
    return not ended and following.asked and at_once and polite
