"""What an executor knows of its tasks and of each worker."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from qa_pipeline.ports import Task, TaskEnd

# A worker above the soft bound is replaced only after some tasks and if it has really grown: where
# the models alone are above the bound, a new worker would be there again at once.
_SOFT_SHARE = 0.8
_SOFT_GROWTH = 1.25
_SOFT_TASKS = 20


@dataclass(slots=True)
class Job:
    """A task on its way."""

    task: Task
    order: int  # of being handed in
    payload: bytes
    stage: str = ""
    limit_s: float | None = None
    began: float | None = None  # monotonic seconds
    lost: int = 0  # workers that ended before they began it

    def seconds(self, now: float) -> float:
        """For how long it has been worked on."""
        return now - self.began if self.began is not None else 0.0

    def note(self, stage: str, limit_s: float | None) -> None:
        """It is at this stage; its limit, if a new one is told."""
        self.stage = stage
        self.limit_s = self.limit_s if limit_s is None else limit_s

    def is_late(self, now: float) -> bool:
        """Whether it takes longer than its limit."""
        return self.limit_s is not None and self.seconds(now) > self.limit_s


@dataclass(slots=True)
class Standing:
    """What the parent knows of a worker."""

    ready: bool = False
    leaving_since: float | None = None
    done: int = 0  # tasks
    ready_mb: int = 0
    memory_mb: int = 0
    peak_mb: int = 0
    worn: bool = False  # to be replaced when nothing is in hand
    last_words: str = ""
    asked_back: int | None = None  # the order of a task asked back
    free_since: float = 0.0  # when the task that comes next could begin
    started: float = field(default_factory=time.monotonic)

    def note_memory(self, memory_mb: int) -> None:
        """The worker holds so much now."""
        self.memory_mb = memory_mb
        self.peak_mb = max(self.peak_mb, memory_mb)

    def note_end(self, end: TaskEnd, max_memory_mb: int | None, recycle_after: int) -> None:
        """A task has ended so; the worker may be worn by now."""
        self.done += 1
        grown = (
            max_memory_mb is not None
            and self.done >= _SOFT_TASKS
            and self.memory_mb > _SOFT_SHARE * max_memory_mb
            and self.memory_mb > _SOFT_GROWTH * self.ready_mb
        )
        self.worn |= grown or self.done >= recycle_after or end is TaskEnd.OUT_OF_MEMORY
