"""Who promises what by when: "I'll email you the form by Friday", 我两小时内给您回电话.

Found by form: somebody (I, we, a colleague, a name) will do something that reaches beyond the
call, or something will be done. What is only done during the call ("I'll check that", 我帮您查
一下), asked of the customer, supposed or denied is no promise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from qa_pipeline.domain.recording import Role
from qa_pipeline.language.deadlines import Deadline, deadlines
from qa_pipeline.language.promise_forms import CHANNELS, FORMS, NO_PROMISE, TOPICS, Form
from qa_pipeline.language.sentences import Sentence

Party = Literal["self", "desk", "colleague", "customer", "unnamed"]
Topic = Literal["contact", "send", "visit", "refund", "repair", "inform", "process", "other"]
_REACH = 60  # characters: a deadline further from what is promised belongs to something else


@dataclass(frozen=True, slots=True)
class Spoken:
    """A promise as it is said in one sentence.

    `who` is ``self`` (I), ``desk`` (we), ``colleague`` (somebody else of the desk, by function or
    name), ``customer``, or ``unnamed`` ("it will be sent"); `who_words` the words for them.
    `what` holds the words for what is promised, `topic` its sort, `channel` how (phone, email,
    text, post, in person) where that is said. `deadline` is the firmest one said with it.
    """

    sentence: Sentence
    who: Party
    who_words: str
    what: str
    topic: Topic
    channel: str | None
    deadline: Deadline | None
    start: int
    end: int

    @property
    def times(self) -> tuple[int, int]:
        """Start and end in ms of the words from who to what and by when."""
        spans = [
            span
            for token, span in zip(self.sentence.tokens, self.sentence.times, strict=True)
            if token.end > self.start and token.start < self.end
        ]
        if not spans:
            return self.sentence.start_ms, self.sentence.end_ms
        return spans[0][0], spans[-1][1]

    @property
    def text(self) -> str:
        """The words themselves."""
        return self.sentence.text[self.start : self.end].strip()


def promises_in(sentence: Sentence, language: str) -> tuple[Spoken, ...]:
    """The promises in one sentence, in order.

    Example:
        >>> from qa_pipeline.domain.transcript import Turn
        >>> from qa_pipeline.language.sentences import split
        >>> said, = split(Turn(Role.AGENT, 0, 3000, "I'll email you the form by Friday"), "en")
        >>> one, = promises_in(said, "en")
        >>> one.who, one.what, one.deadline.text, one.channel
        ('self', 'email you the form', 'by Friday', 'email')
    """
    found: list[Spoken] = []
    for clause_start, clause_end in _clauses(sentence.text, language):
        clause = _TAIL.sub("", sentence.text[clause_start:clause_end])
        one = _promise(sentence, clause, clause_start, language)
        if one is not None:
            found.append(one)
    return tuple(_with_loose_deadlines(found, sentence, language))


def _promise(sentence: Sentence, clause: str, at: int, language: str) -> Spoken | None:
    plain = clause.lower().replace("’", "'")
    if len(plain) != len(clause):
        return None
    if any(pattern.search(plain) for pattern in NO_PROMISE.get(language, ())):
        return None
    times = deadlines(clause, language)
    for form in FORMS.get(language, ()):
        for match in form.pattern.finditer(plain):
            deadline = _firmest([d for d in times if _near(d, match)])
            what = _without(clause, match.span("what"), deadline)
            topic = _topic(what.lower(), language)
            firm = deadline is not None and deadline.sort in ("span", "day")
            if not firm and (form.needs_time or topic is None):
                continue
            if (topic is None and not form.any_action) or (topic == "process" and deadline is None):
                continue
            return _spoken(
                sentence,
                clause=clause,
                at=at,
                form=form,
                match=match,
                what=what,
                topic=topic or "other",
                deadline=deadline,
                language=language,
            )
    return None


def _without(clause: str, span: tuple[int, int], deadline: Deadline | None) -> str:
    """The words for what is promised, without those for the time."""
    start, end = span
    words = clause[start:end]
    if deadline is not None and deadline.start < end and deadline.end > start:
        first, last = max(0, deadline.start - start), min(end, deadline.end) - start
        words = f"{words[:first]} {words[last:]}" if words[last:].strip(" .!?。") else words[:first]
        words = re.sub(r"(?<=[\u3400-\u9fff]) | (?=[\u3400-\u9fff])|(?<= ) ", "", words)
    words = words.strip(" ,，、。.!?！？")
    return re.sub(r"^(?:会|将|就|在|一定|的|内|能|也|主动)+(?=.{2})", "", words)


def _spoken(
    sentence: Sentence,
    *,
    clause: str,
    at: int,
    form: Form,
    match: re.Match[str],
    what: str,
    topic: Topic,
    deadline: Deadline | None,
    language: str,
) -> Spoken:
    who, words = _who(form, match, sentence, clause, topic)
    first, last = match.start(), match.end()
    if deadline is not None:
        first, last = min(first, deadline.start), max(last, deadline.end)
    moved = None
    if deadline is not None:
        moved = Deadline(
            deadline.text, deadline.start + at, deadline.end + at, deadline.sort, deadline.reader
        )
    return Spoken(
        sentence, who, words, what, topic, _channel(what, language), moved, first + at, last + at
    )


def _who(
    form: Form, match: re.Match[str], sentence: Sentence, clause: str, topic: Topic
) -> tuple[Party, str]:
    span = match.span("who") if "who" in match.re.groupindex else (-1, -1)
    words = clause[span[0] : span[1]].strip() if span[0] >= 0 else ""
    party = form.party(words.lower())
    one_word = party == "colleague" and re.fullmatch(r"[A-Za-z]+", words) is not None
    if (
        one_word
        and words.lower() not in _PERSONS
        and not (words[0].isupper() and topic in ("contact", "visit", "inform"))
    ):
        party, words = "unnamed", ""  # "... ninety pounds will reach you"
    if sentence.role is Role.CUSTOMER and party in ("self", "desk"):
        return "customer", words
    return party, words


_PERSONS = frozenset({"he", "she", "they", "someone", "somebody"})


def _topic(what: str, language: str) -> Topic | None:
    for topic, pattern in TOPICS[language]:
        if pattern.search(what):
            return topic
    return None


def _channel(what: str, language: str) -> str | None:
    for channel, pattern in CHANNELS[language]:
        if pattern.search(what.lower()):
            return channel
    return None


def _near(deadline: Deadline, match: re.Match[str]) -> bool:
    return deadline.start <= match.end() + _REACH and deadline.end >= match.start() - _REACH


def _firmest(times: Sequence[Deadline]) -> Deadline | None:
    order = {"span": 0, "day": 0, "at_once": 1, "vague": 2}
    return min(times, key=lambda d: (order[d.sort], d.start), default=None)


def _with_loose_deadlines(
    found: list[Spoken], sentence: Sentence, language: str
) -> Iterator[Spoken]:
    """Gives a sentence's only promise the deadline that stands in another clause of it."""
    if len(found) == 1 and (found[0].deadline is None or found[0].deadline.sort == "vague"):
        one = found[0]
        firm = [d for d in deadlines(sentence.text, language) if d.sort in ("span", "day")]
        firm = [d for d in firm if not _supposed(sentence.text, d, language)]
        near = [d for d in firm if one.start - _REACH <= d.end and d.start <= one.end + _REACH]
        if near and len(firm) == 1:
            yield Spoken(
                sentence, one.who, one.who_words, one.what, one.topic, one.channel, near[0],
                min(one.start, near[0].start), max(one.end, near[0].end),
            )  # fmt: skip
            return
    yield from found


def _supposed(text: str, deadline: Deadline, language: str) -> bool:
    """Whether the time belongs to a condition: "if it isn't there by Friday, I'll ..."."""
    for start, end in _clauses(text, language):
        if start <= deadline.start < end:
            return _CONDITION.match(text[start:end].strip().lower()) is not None
    return False


_TAIL = re.compile(r"[,\s]+(?:okay|ok|alright|all right|right|please|bye)[\s.!?]*$", re.IGNORECASE)
_CONDITION = re.compile(r"if|unless|when|once|since|because|as|如果|要是|万一|假如|因为|由于|等")
_CLAUSE_ENDS = {
    "en": re.compile(
        r"[;,]?\s+(?:and then|and|so|but|then|because|while)\s+(?=(?:i|we|you|they|he|she|it|my"
        r"|our|"
        r"the|a|someone|somebody|your)\b)|[;,]\s+(?=(?:i|we|you|they|he|she|it|my|our)\b)|[.!?]\s+",
        re.IGNORECASE,
    ),
    "zh": re.compile(r"[，,；;。！？!?]+|(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])"),
}


def _clauses(text: str, language: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _CLAUSE_ENDS[language].finditer(text):
        if match.start() > start:
            yield start, match.start()
        start = match.end()
    if start < len(text):
        yield start, len(text)
