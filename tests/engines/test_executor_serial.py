"""The serial executor: the same results as workers give, in this process."""

from __future__ import annotations

import os
import time

import fault_works
import pytest

from qa_pipeline.engines.executor_serial import SerialExecutor
from qa_pipeline.errors import AudioError, SetupError
from qa_pipeline.ports import Executor, InHand, Report, Task, TaskEnd, TaskResult


def one(*payload: object) -> TaskResult:
    with SerialExecutor(fault_works.make) as executor:
        executor.submit(Task(1, payload))
        (result,) = executor.wait(1)
        assert executor.free() == 1
        return result


def test_a_value_comes_back_from_this_process() -> None:
    result = one("pid")
    assert (result.end, result.value, result.worker) == (TaskEnd.DONE, os.getpid(), "this process")
    assert (result.memory_mb or 0) > 5


@pytest.mark.parametrize(
    ("act", "end", "kind"),
    [
        ("raise", TaskEnd.RAISED, AudioError),
        ("raise setup", TaskEnd.RAISED, SetupError),
        ("raise locked", TaskEnd.RAISED, fault_works.LockedError),
        ("ask to exit", TaskEnd.RAISED, RuntimeError),
        ("memory error", TaskEnd.OUT_OF_MEMORY, MemoryError),
    ],
)
def test_what_is_raised_is_told(act: str, end: TaskEnd, kind: type[Exception]) -> None:
    result = one(act)
    assert result.end is end
    assert type(result.error) is kind


def test_one_task_waits_at_most() -> None:
    with SerialExecutor(fault_works.make) as executor:
        assert executor.free() == 1
        executor.submit(Task(1, ("double", 1)))
        assert executor.free() == 0
        assert [held.stage for held in executor.in_hand()] == ["waiting"]
        assert executor.stop() == (Task(1, ("double", 1)),)
        assert executor.free() == 1


def test_with_nothing_to_do_it_waits() -> None:
    with SerialExecutor(fault_works.make) as executor:
        start = time.monotonic()
        assert executor.wait(0.05) == ()
        assert time.monotonic() - start >= 0.05


def test_the_work_is_made_with_the_first_task_and_once() -> None:
    made = []

    def make() -> fault_works.Work:
        made.append(1)
        return fault_works.act

    with SerialExecutor(make) as executor:
        assert made == []
        for number in range(3):
            executor.submit(Task(number, ("double", number)))
            executor.wait(0)
    assert made == [1]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (fault_works.make_without_setup, "The model folder is empty."),
        (fault_works.make_raising, "OSError: the disk is not there"),
    ],
)
def test_work_that_cannot_be_made_stops_the_run(make: object, words: str) -> None:
    with SerialExecutor(make) as executor:  # type: ignore[arg-type]
        executor.submit(Task(1, ("double", 1)))
        with pytest.raises(SetupError, match=words):
            executor.wait(1)
        assert executor.stop() == (Task(1, ("double", 1)),)


def test_an_interrupted_task_stays_in_hand() -> None:
    def interrupted(payload: object, report: Report) -> object:
        report("hearing")
        raise KeyboardInterrupt

    with SerialExecutor(lambda: interrupted) as executor:
        executor.submit(Task(1, "call"))
        with pytest.raises(KeyboardInterrupt):
            executor.wait(1)
        assert executor.stop() == (Task(1, "call"),)


def test_in_hand_tells_the_stage_while_it_works() -> None:
    seen: list[InHand] = []
    executor: Executor

    def looking(payload: object, report: Report) -> object:
        report("hearing", 5.0)
        seen.extend(executor.in_hand())
        return payload

    with SerialExecutor(lambda: looking) as executor:
        executor.submit(Task(1, "call"))
        executor.wait(1)
    assert [(held.stage, held.worker) for held in seen] == [("hearing", "this process")]
