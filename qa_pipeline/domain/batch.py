"""What a run over many recordings tells while it goes on, and at its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from qa_pipeline.domain.stored import Failure, ScoredCall


class Step(StrEnum):
    """What became of one recording in this run.

    The first four are results. `waiting`: it is still being written. `gone`: it was listed and is
    no longer there. `elsewhere`: another run has it in hand. `set_aside`: it ended its worker too
    often in earlier runs and is not tried until somebody asks for it.
    """

    SCORED = "scored"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    DUPLICATE = "duplicate"
    WAITING = "waiting"
    GONE = "gone"
    ELSEWHERE = "elsewhere"
    SET_ASIDE = "set_aside"


class Ending(StrEnum):
    """Why a run came to its end."""

    FINISHED = "finished"
    LIMIT = "limit"  # as many recordings as were asked for
    DEADLINE = "deadline"
    STOPPED = "stopped"  # by a person or the system
    ERROR = "error"  # something that concerns all calls


@dataclass(frozen=True, slots=True)
class Progress:
    """One recording is done. `done_bytes` of `total_bytes` tell how far the run is.

    `total` and `total_bytes` are those of the recordings listed so far: while `listing` goes on
    they grow. `seconds` is what this recording took.
    """

    step: Step
    file: str
    done: int
    total: int
    done_bytes: int
    total_bytes: int
    elapsed_s: float
    call: ScoredCall | None = None
    failure: Failure | None = None
    duplicate_of: str | None = None
    seconds: float = 0.0
    call_id: str | None = None
    listing: bool = False
    left_s: float | None = None  # until all is done, by those worked on so far; None: not known


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that a person should know and that is no result: a retry, a wait, a stop.

    `event` is its name in the log, `file` the recording it is about.
    """

    event: str
    text: str
    file: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Busy:
    """What a worker does now."""

    worker: str
    file: str
    stage: str
    seconds: float
    memory_mb: int | None = None


@dataclass(frozen=True, slots=True)
class RunState:
    """How far a run is, told every few seconds and kept for `qa-pipeline status`."""

    counts: Mapping[str, int]
    total: int
    done_bytes: int
    total_bytes: int
    listing: bool
    audio_ms: int
    elapsed_s: float
    busy: tuple[Busy, ...] = ()
    waiting: int = 0  # recordings not yet in hand
    left_s: float | None = None  # as of `Progress`

    @property
    def done(self) -> int:
        """Recordings that have an answer."""
        return sum(self.counts.values())

    def to_json(self) -> dict[str, Any]:
        """As kept in the ledger."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> RunState:
        """The state that `to_json` gave; keys of a later version are passed over."""
        known = {name: kept[name] for name in cls.__dataclass_fields__ if name in kept}
        known["busy"] = tuple(Busy(**one) for one in known.get("busy", ()))
        return cls(**known)


@dataclass(frozen=True, slots=True)
class Slow:
    """One of the slowest calls: seconds of work, and how long the recording is."""

    file: str
    seconds: float
    duration_ms: int


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """What a run did. `audio_ms` and `elapsed_s` cover the calls heard in this run.

    `left` recordings were found and not taken in hand; at least so many if `left_more`.
    """

    counts: Mapping[str, int]
    failures: tuple[Failure, ...]
    audio_ms: int
    elapsed_s: float
    call_ids: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    ending: Ending = Ending.FINISHED
    left: int = 0
    left_more: bool = False
    slowest: tuple[Slow, ...] = ()
    retries: int = 0
    workers: int = 1
    peak_memory_mb: int | None = None  # of the largest worker
    run_id: int | None = None
    signal: int | None = None  # that stopped it

    @property
    def some_failed(self) -> bool:
        """Whether a recording of this run has no result, now or from earlier runs."""
        return bool(self.failures) or bool(self.counts.get(Step.SET_ASIDE))

    @property
    def failures_by_kind(self) -> Mapping[str, int]:
        """How many failed for which kind of cause."""
        kinds: dict[str, int] = {}
        for failure in self.failures:
            kinds[failure.kind] = kinds.get(failure.kind, 0) + 1
        return kinds

    def to_json(self) -> dict[str, Any]:
        """For a file or a log; part of the machine-readable contract."""
        heard_s = self.audio_ms / 1000
        return {
            "run": self.run_id,
            "ending": self.ending.value,
            "counts": {step: number for step, number in self.counts.items() if number},
            "left": self.left,
            "left_is_complete": not self.left_more,
            "retries": self.retries,
            "failures_by_kind": dict(self.failures_by_kind),
            "failures": [
                {"file": f.file, "kind": f.kind, "cause": f.error, "cure": f.cure, "tries": f.tries}
                for f in self.failures
            ],
            "audio_hours": round(heard_s / 3600, 4),
            "elapsed_s": round(self.elapsed_s, 1),
            "times_real_time": round(heard_s / max(self.elapsed_s, 1e-3), 2),
            "slowest": [
                {"file": s.file, "seconds": round(s.seconds, 1), "audio_s": s.duration_ms / 1000}
                for s in self.slowest
            ],
            "workers": self.workers,
            "peak_memory_mb": self.peak_memory_mb,
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as the ledger has it. `alive`: its process still goes on, as far as can be told."""

    id: int
    owner: str
    started_at: datetime
    finished_at: datetime | None
    heartbeat_at: datetime | None
    ending: str | None
    state: RunState | None
    alive: bool
