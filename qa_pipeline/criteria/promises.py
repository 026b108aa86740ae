"""The promises of a call: who promised what by when, as the export lists them for follow-up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from qa_pipeline.criteria import trust
from qa_pipeline.criteria.base import clamp
from qa_pipeline.criteria.said import sentences_of
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Word
from qa_pipeline.language.promises import Party, Spoken, Topic, promises_in
from qa_pipeline.language.sentences import Sentence

Firmness = Literal["time", "at_once", "vague", "none"]
_SPEAKERS = (Role.AGENT, Role.CUSTOMER)
_BASE = 0.85  # how often a promise found by its form is one, where the words are certain
_LANGUAGES = ("en", "zh")


@dataclass(frozen=True, slots=True)
class Promise:
    """Who promised what by when, and where it was said.

    `role` is the party that said it; `who` whose promise it is: ``self`` (the one who said it),
    ``desk`` (we), ``colleague``, ``customer`` or ``unnamed``; `who_words` the words for them.
    `firmness` says what the deadline binds to: a ``time``, ``at_once``, ``vague`` ("soon") or
    ``none``. `due` is the last moment that keeps the promise, in the time zone of the call's
    start; None where it is not known.
    """

    role: Role
    who: Party
    who_words: str
    what: str
    topic: Topic
    channel: str | None
    firmness: Firmness
    deadline: str | None
    due: datetime | None
    start_ms: int
    end_ms: int
    text: str
    confidence: float

    @property
    def named(self) -> bool:
        """Whether it is said who will do it."""
        return self.who != "unnamed"

    def to_record(self) -> dict[str, str | int | float | None]:
        """As the export's list `commitments` has it: plain values, times as ISO 8601."""
        return {
            "said_by": self.role.value,
            "who": self.who,
            "who_words": self.who_words or None,
            "what": self.what,
            "topic": self.topic,
            "channel": self.channel,
            "deadline": self.deadline,
            "firmness": self.firmness,
            "due": self.due.isoformat() if self.due is not None else None,
            "start_ms": self.start_ms,
            "end_ms": self.end_ms,
            "text": self.text,
            "confidence": round(self.confidence, 3),
        }


def promises_of(call: Conversation, *, role: Role | None = Role.AGENT) -> tuple[Promise, ...]:
    """The promises made in a call, in order of time, by one party or (None) by both.

    A promise that is repeated is listed once, with its firmest deadline. Empty where the language
    is not one of those known.
    """
    if call.language not in _LANGUAGES:
        return ()
    sentences = sentences_of(call)
    found = [
        _promise(call, spoken)
        for sentence in sentences
        if (sentence.role in _SPEAKERS if role is None else sentence.role is role)
        and not _asks_the_other(sentence, call.language)
        for spoken in promises_in(sentence, call.language)
    ]
    return tuple(_once(found))


def _asks_the_other(sentence: Sentence, language: str) -> bool:
    """Whether the sentence asks what the other party will do or when: no promise of the speaker."""
    if not sentence.asked:
        return False
    first = [token.text for token in sentence.tokens[:4]]
    if language == "en":
        return any(
            word in ("when", "what", "how", "who", "will", "would", "do", "did")
            for word in first[:2]
        )
    return any(word in sentence.text for word in ("什么时候", "几点", "多久", "谁"))


def _promise(call: Conversation, spoken: Spoken) -> Promise:
    start_ms, end_ms = spoken.times
    deadline = spoken.deadline
    firmness: Firmness = "none"
    due: datetime | None = None
    if deadline is not None:
        firmness = "time" if deadline.sort in ("span", "day") else deadline.sort  # type: ignore[assignment]
        started = call.metadata.started_at
        if started is not None and deadline.sort != "vague":
            # "At once" is kept until the call is over.
            at_ms = call.duration_ms if deadline.sort == "at_once" else end_ms
            due = deadline.due((started + timedelta(milliseconds=at_ms)).replace(microsecond=0))
    return Promise(
        spoken.sentence.role,
        spoken.who,
        spoken.who_words,
        spoken.what,
        spoken.topic,
        spoken.channel,
        firmness,
        deadline.text if deadline is not None else None,
        due,
        start_ms,
        end_ms,
        spoken.text,
        clamp(_BASE * trust.sureness(call) * _clearness(spoken.sentence.words, start_ms, end_ms)),
    )


def _clearness(words: Sequence[Word], start_ms: int, end_ms: int) -> float:
    """The mean probability of the words in a stretch, in proportion to clear speech; up to 1."""
    inside = [w.probability for w in words if w.end_ms > start_ms and w.start_ms < end_ms]
    return min(1.0, sum(inside) / len(inside) / trust.SURE_SPEECH) if inside else 1.0


def _once(found: Sequence[Promise]) -> list[Promise]:
    order = {"time": 0, "at_once": 1, "vague": 2, "none": 3}
    kept: list[Promise] = []
    for promise in found:
        same = next(
            (
                index
                for index, other in enumerate(kept)
                if other.role is promise.role
                and other.topic == promise.topic
                and (other.who == promise.who or "unnamed" in (other.who, promise.who))
                and (
                    other.deadline == promise.deadline
                    or "time" not in (other.firmness, promise.firmness)
                    or {other.firmness, promise.firmness} == {"time", "none"}
                )
            ),
            None,
        )
        if same is None:
            kept.append(promise)
        elif order[promise.firmness] < order[kept[same].firmness]:
            kept[same] = promise
    return sorted(kept, key=lambda promise: promise.start_ms)
