"""All that a criterion may see of a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from qa_pipeline.domain.names import FoundName, Mention
from qa_pipeline.domain.recording import CallMetadata, Layout, Role
from qa_pipeline.domain.timeline import Event, Hold, LineState, Ringback, Tone
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.domain.voice import VoiceFigures


@dataclass(frozen=True, slots=True)
class Act:
    """What a sentence does: ``greeting``, ``ask_hold``, ``assent``, ...

    `turn` indexes `Conversation.turns`; `slots` hold what was caught (``name``, ``company``).
    `method` says what recognised it; `confidence` is calibrated per act and method.
    """

    kind: str
    role: Role
    turn: int
    start_ms: int
    end_ms: int
    text: str
    confidence: float = 1.0
    method: Literal["pattern", "phonetic", "learned", "encoder", "content"] = "pattern"
    slots: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KnownName:
    """A person's name and where it is known from.

    `family` and `given` are None where they cannot be told apart. `source` ranks: metadata, then
    what the person said of themselves, then how the other one addressed them.
    """

    text: str
    family: str | None
    given: str | None
    source: Literal["metadata", "self_introduction", "address"]
    start_ms: int | None = None
    end_ms: int | None = None
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class NamesUsed:
    """The customer's names, and the agent's uses of them: certain and probable, each once.

    `names` are the record's, what the customer says, and what the agent keeps calling them.
    `Mention.turn` of `uses` indexes the agent's turns.
    """

    names: tuple[KnownName, ...] = ()
    uses: tuple[Mention, ...] = ()


@dataclass(frozen=True, slots=True)
class OpeningFacts:
    """What the agent's opening tells, if talk of at least `least_ms` counts as the opening.

    `turns` index the conversation's turns, `offsets` are where each begins in the joined `text`.
    `greeting` is the first of them with a greeting word; `first_greets` tells whether the call's
    first turn, whoever's it is, has one. `name` is the most of a name that is told; it stands at
    characters of `text`.

    What tells that a name may have been said and not read: `unread`, something stands where names
    do; `may_hold_name`, with less reason, looked for where no name was found; `somewhat_like` and
    `nearly`, words that sound like the recorded name, looked for where it was not found.

    What was surely not said, however badly the words were heard (Mandarin): with `greetless` no
    stretch of the opening can be a salutation, with `nameless` none a full name.
    """

    least_ms: int
    turns: tuple[int, ...]
    text: str
    offsets: tuple[int, ...]
    greeting: int | None = None
    first_greets: bool = False
    name: FoundName | None = None
    unread: bool = False
    may_hold_name: bool = False
    somewhat_like: bool = False
    nearly: bool = False
    greetless: bool = False
    nameless: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """The same turns as a second reading has them, with what is recognised in those words."""

    turns: tuple[Turn, ...]
    acts: tuple[Act, ...]
    agent_name: KnownName | None = None
    customer_name: KnownName | None = None
    names_used: NamesUsed | None = None
    openings: tuple[OpeningFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class Conversation:
    """One call after listening: metadata, sounds, turns, acts. Criteria see nothing else.

    `role_confidence` is how sure it is who is the agent (1.0 when metadata says so).
    `speech_confidence` is the mean word probability of the transcript. `country` decides the ring
    cycle; `country_source` its rank. `unread` are stretches, as turns without text, in which a
    voice was heard that the recogniser made no words of: a short answer, often. `second` is a
    second reading of the words, where there was one and it differs. `voices` has how the parties'
    voices sounded, of those that could be measured.

    `names_used` and `openings` are what the words alone tell, found once so that criteria only
    judge. `openings` are the different openings by their least length, up to the longest one kept.
    They are None and empty where an earlier version or a hand made the conversation.
    """

    call_id: str
    layout: Layout
    duration_ms: int
    metadata: CallMetadata
    language: str
    language_confidence: float
    country: str | None
    country_source: Literal["metadata", "configuration", "language", "none"]
    turns: tuple[Turn, ...]
    acts: tuple[Act, ...]
    events: tuple[Event, ...]
    lines: tuple[LineState, ...] = ()
    agent_name: KnownName | None = None
    customer_name: KnownName | None = None
    role_confidence: float = 1.0
    role_reason: str = ""
    speech_confidence: float = 1.0
    notes: tuple[str, ...] = ()
    unread: tuple[Turn, ...] = ()
    second: Reading | None = None
    voices: Mapping[Role, VoiceFigures] = field(default_factory=dict)
    names_used: NamesUsed | None = None
    openings: tuple[OpeningFacts, ...] = ()

    def read_again(self) -> Conversation | None:
        """The conversation in the words of the second reading; None if there is none."""
        if self.second is None:
            return None
        return replace(
            self,
            turns=self.second.turns,
            acts=self.second.acts,
            agent_name=self.second.agent_name,
            customer_name=self.second.customer_name,
            names_used=self.second.names_used,
            openings=self.second.openings,
            second=None,
        )

    @property
    def has_audio(self) -> bool:
        """False for a conversation transcribed elsewhere."""
        return self.layout is not Layout.TEXT

    @property
    def holds(self) -> tuple[Hold, ...]:
        """The holds, in order."""
        return tuple(event for event in self.events if isinstance(event, Hold))

    @property
    def ringbacks(self) -> tuple[Ringback, ...]:
        """The phases of ringing, in order."""
        return tuple(event for event in self.events if isinstance(event, Ringback))

    @property
    def tones(self) -> tuple[Tone, ...]:
        """Signalling tones, in order."""
        return tuple(event for event in self.events if isinstance(event, Tone))

    def acts_of(self, *kinds: str, role: Role | None = None) -> tuple[Act, ...]:
        """Acts of the given kinds (and role), in order of time."""
        return tuple(
            act for act in self.acts if act.kind in kinds and (role is None or act.role is role)
        )

    def turns_of(self, role: Role) -> tuple[Turn, ...]:
        """One party's turns, in order."""
        return tuple(turn for turn in self.turns if turn.role is role)
