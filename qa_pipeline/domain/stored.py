"""What a data folder gives back: calls with their evaluation, and recordings that failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Evaluation, Outcome
from qa_pipeline.domain.recording import CallMetadata, Recording


class RecordingStatus(StrEnum):
    """How far a recording came.

    `claimed`: a run has it in hand. `skipped`: the same content is already known as another file.
    `waiting`: it was still being written. `gone`: it was listed and was no longer there.
    """

    SEEN = "seen"
    CLAIMED = "claimed"
    SCORED = "scored"
    FAILED = "failed"
    SKIPPED = "skipped"
    WAITING = "waiting"
    GONE = "gone"


class FailureKind(StrEnum):
    """What kind of thing went wrong with a recording."""

    RECORDING = "recording"  # the recording or what stands beside it
    ENGINE = "engine"  # an engine said so
    UNEXPECTED = "unexpected"  # an error nobody foresaw
    CRASH = "crash"  # its worker's process ended
    TIME = "time"  # it took longer than its limit
    MEMORY = "memory"  # its worker grew beyond its share


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Which calls are wanted; None does not narrow.

    `agent` is an agent's id or name (case does not matter). `since` and `until` are days by the
    call's own clock, both inclusive; a call whose time is unknown is in no period. `rubric_id`
    None means the evaluation made last, whatever the rubric.
    """

    agent: str | None = None
    since: date | None = None
    until: date | None = None
    rubric_id: str | None = None


@dataclass(frozen=True, slots=True)
class RubricRef:
    """Which rubric, without its content."""

    id: str
    version: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A recording that could not be scored: why, and what to do. `tries` counts attempts.

    `set_aside`: it ended its worker each time, and later runs leave it until somebody asks for it.
    """

    file: str
    path: str
    error: str
    cure: str
    tries: int = 1
    kind: str = "recording"  # a `FailureKind`
    set_aside: bool = False
    failed_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Override:
    """A person's answer beside the machine's verdict; it never replaces it."""

    call_id: str
    criterion: str
    outcome: Outcome
    author: str
    note: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AgentRef:
    """Who handled a call, as far as anything but the ear says so.

    `key` groups calls: the id, else the name that metadata gives, else None (unknown agent). A
    name that was only heard does not group, since two spellings of it would be two people.
    """

    key: str | None
    id: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class ScoredCall:
    """One call's facts and evaluation without its conversation: cheap to hold by thousands."""

    call_id: str
    file: str
    agent: AgentRef
    customer_name: str | None
    language: str
    started_at: datetime | None
    duration_ms: int
    evaluation: Evaluation


@dataclass(frozen=True, slots=True)
class StoredCall:
    """One call with everything that was found out about it.

    `others` are the current evaluations of the same conversation by further rubrics, by their ids.
    """

    recording: Recording
    conversation: Conversation
    evaluation: Evaluation
    evaluated_at: datetime | None = None
    overrides: tuple[Override, ...] = ()
    others: tuple[Evaluation, ...] = ()

    @property
    def agent(self) -> AgentRef:
        """Who handled the call."""
        return agent_of(self.conversation)

    @property
    def customer_name(self) -> str | None:
        """The customer's name, as known from metadata or heard."""
        return customer_name_of(self.conversation)


@dataclass(frozen=True, slots=True)
class MadeBy:
    """What an evaluation was made by."""

    rubric_fingerprint: str
    conversation_key: str
    engines: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class KeptCall:
    """What is kept of a call to score it again.

    `product_keys` has the key of each stage's product; `engines` what made the last evaluation,
    whose rubric is `last_rubric`; `current` what made the current one by each rubric's id.
    """

    recording: Recording
    conversation: Conversation
    product_keys: Mapping[str, str]
    engines: Mapping[str, str]
    last_rubric: str | None
    current: Mapping[str, MadeBy]


@dataclass(frozen=True, slots=True)
class Seen:
    """What the ledger says of a file: take it, or leave it as a copy of `duplicate_of`.

    `in_hand`: whether that other file is being worked on, so that it is not yet known what becomes
    of it.
    """

    status: RecordingStatus
    duplicate_of: str | None = None
    in_hand: bool = False


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """What the ledger has on a file. `made_by`: see `Store.keep_scored`."""

    path: str
    status: RecordingStatus
    size: int | None
    mtime_ns: int | None
    call_id: str | None
    content_sha256: str | None
    made_by: str | None
    set_aside: bool
    tries: int
    has_products: bool = False  # whether the conversation that it was judged by is still kept


def agent_of(conversation: Conversation) -> AgentRef:
    """The agent of a conversation.

    Example:
        An id in the metadata is the key; a name that was only heard gives ``key=None``.
    """
    metadata: CallMetadata = conversation.metadata
    heard = conversation.agent_name
    name = metadata.agent_name or (heard.text if heard else None)
    trusted = metadata.agent_name or (heard.text if heard and heard.source == "metadata" else None)
    return AgentRef(key=metadata.agent_id or trusted, id=metadata.agent_id, name=name)


def customer_name_of(conversation: Conversation) -> str | None:
    """The customer's name, as heard, else as metadata gives it."""
    heard = conversation.customer_name
    return heard.text if heard else conversation.metadata.customer_name


def not_kept_yet(
    evaluations: Sequence[Evaluation],
    made_by: Mapping[str, MadeBy],
    current: Mapping[str, MadeBy],
    last_rubric: str | None,
) -> list[Evaluation]:
    """Those of a call's evaluations that say something new, in the order to keep them.

    The main rubric's comes last, since the last one is what reports show.

    Args:
        evaluations: by each rubric, the main one first.
        made_by: what made them, by rubric id.
        current: what made the kept ones, by rubric id.
        last_rubric: the rubric of the one that was kept last.
    """
    main, others = evaluations[0], evaluations[1:]
    new = [e for e in reversed(others) if current.get(e.rubric_id) != made_by[e.rubric_id]]
    if (
        new
        or last_rubric != main.rubric_id
        or current.get(main.rubric_id) != made_by[main.rubric_id]
    ):
        new.append(main)
    return new
