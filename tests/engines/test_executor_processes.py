"""Worker processes that crash, hang, swell and chatter: each task has exactly one result."""

from __future__ import annotations

import gc
import os
import pickle
import random
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import fault_works
import psutil
import pytest

from qa_pipeline.engines.executor_processes import ProcessExecutor
from qa_pipeline.errors import AudioError, SetupError
from qa_pipeline.ports import Executor, Task, TaskEnd, TaskResult

HERE = Path(__file__).parent


def drive(
    executor: Executor,
    tasks: Sequence[Task],
    seconds: float = 20.0,
    meanwhile: Callable[[], None] = lambda: None,
) -> list[TaskResult]:
    """All results, as the batch's loop takes them: in the order in which tasks end."""
    left, results, until = list(tasks), [], time.monotonic() + seconds
    while len(results) < len(tasks):
        assert time.monotonic() < until, executor.in_hand()
        while left and executor.free() > 0:
            executor.submit(left.pop(0))
        results.extend(executor.wait(0.1))
        meanwhile()
    return results


def one(executor: Executor, *payload: object, limit_s: float | None = 10.0) -> TaskResult:
    (result,) = drive(executor, [Task(1, payload, limit_s)])
    return result


def worker_pids() -> set[int]:
    children = psutil.Process().children()
    return {child.pid for child in children if "spawn_main" in " ".join(child.cmdline())}


@pytest.fixture(scope="module")
def executor() -> Iterator[ProcessExecutor]:
    with ProcessExecutor(fault_works.make, 1, max_memory_mb=300) as shared:
        yield shared


def test_a_value_comes_back(executor: ProcessExecutor) -> None:
    result = one(executor, "double", 21)
    assert (result.end, result.value, result.error) == (TaskEnd.DONE, 42, None)
    assert result.memory_mb
    assert 0 <= result.seconds < 5


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (("exit", 3), "exit code 3"),
        (("segfault",), "signal 11 (SIGSEGV)"),
        (("signal", signal.SIGABRT), "signal 6 (SIGABRT)"),
        (("signal", signal.SIGKILL), "signal 9 (SIGKILL), as when the machine runs out of memory"),
        (("leave a child with the pipe", 3), "exit code 7"),
    ],
)
def test_a_crash_ends_one_task(executor: ProcessExecutor, payload: object, words: str) -> None:
    results = drive(executor, [Task(1, payload, 10), Task(2, ("double", 1), 10)])
    crashed, done = sorted(results, key=lambda result: result.task.number)
    assert crashed.end is TaskEnd.CRASHED
    assert words in crashed.cause
    assert (done.end, done.value) == (TaskEnd.DONE, 2)


@pytest.mark.parametrize("payload", [("sleep", 1000), ("hang deaf",)])
def test_a_hang_is_ended_at_its_limit(executor: ProcessExecutor, payload: object) -> None:
    result = one(executor, *payload, limit_s=0.5)
    assert result.end is TaskEnd.TIMED_OUT
    assert 0.5 <= result.seconds < 5
    assert "limit of 0.5 s" in result.cause
    assert "in sleeping" in result.cause or "in deaf" in result.cause
    assert one(executor, "double", 2).value == 4


def test_the_work_sets_a_longer_limit(executor: ProcessExecutor) -> None:
    result = one(executor, "sleep, then extend", 1.5, 8.0, limit_s=1.0)
    assert result.value == "done"


def test_a_worker_that_grows_is_ended(executor: ProcessExecutor) -> None:
    result = one(executor, "grow", 800, 5)
    assert result.end is TaskEnd.OUT_OF_MEMORY
    assert "its share of 300 MB (in growing)" in result.cause
    assert result.memory_mb is not None
    assert result.memory_mb > 300


def test_memory_that_cannot_be_had_is_out_of_memory(executor: ProcessExecutor) -> None:
    before = one(executor, "pid").value
    assert one(executor, "memory error").end is TaskEnd.OUT_OF_MEMORY
    assert one(executor, "pid").value != before


@pytest.mark.parametrize(
    ("act", "kind", "words"),
    [
        ("raise", AudioError, "The recording is empty. Record again."),
        ("raise plainly", KeyError, "no such turn"),
        ("raise setup", SetupError, "The data folder is gone."),
        ("raise stubborn", RuntimeError, "StubbornError: one, two"),
        ("raise locked", RuntimeError, "LockedError: holds a file"),
        ("ask to exit", RuntimeError, "SystemExit: enough"),
        ("value that does not pickle", RuntimeError, "cannot be kept"),
        ("value that cannot be read", RuntimeError, "poisoned when read"),
    ],
)
def test_what_is_raised_arrives(
    executor: ProcessExecutor, act: str, kind: type[Exception], words: str
) -> None:
    before = one(executor, "pid").value
    result = one(executor, act)
    assert result.end is TaskEnd.RAISED
    assert type(result.error) is kind
    assert words in str(result.error)
    assert one(executor, "pid").value == before, "the worker goes on"


def test_an_unexpected_error_tells_where_it_was_raised(executor: ProcessExecutor) -> None:
    error = one(executor, "raise plainly").error
    assert error is not None
    assert "fault_works.py" in "".join(error.__notes__)


def test_a_payload_that_does_not_pickle_is_refused(executor: ProcessExecutor) -> None:
    result = one(executor, "double", lambda: None)
    assert result.end is TaskEnd.RAISED
    assert "cannot be sent" in str(result.error)


def test_a_huge_value_and_a_huge_payload(executor: ProcessExecutor) -> None:
    value = one(executor, "bytes", 40).value
    assert isinstance(value, bytes)
    assert len(value) == 40 << 20
    assert one(executor, "double", bytes(20 << 20)).value == bytes(40 << 20)


def test_a_huge_payload_does_not_wait_for_a_deaf_worker() -> None:
    with ProcessExecutor(fault_works.make, 1) as executor:
        hanging = Task(1, ("hang deaf",), 1.0)
        executor.submit(hanging)
        while executor.in_hand()[0].stage != "deaf":
            executor.wait(0.05)
        start = time.monotonic()
        executor.submit(Task(2, ("double", bytes(30 << 20)), 10))
        assert time.monotonic() - start < 0.8
        ends = {}
        while len(ends) < 2:
            ends |= {result.task.number: result.end for result in executor.wait(1)}
        assert ends == {1: TaskEnd.TIMED_OUT, 2: TaskEnd.DONE}


def test_stdout_noise_goes_to_stderr(
    executor: ProcessExecutor, capfd: pytest.CaptureFixture[str]
) -> None:
    with ProcessExecutor(fault_works.make, 1) as loud:
        assert one(loud, "shout").value == "quiet"
    printed = capfd.readouterr()
    assert printed.out == ""
    assert "noise on stdout" in printed.err
    assert "noise below python" in printed.err


def test_workers_ignore_the_signals_of_the_terminal(executor: ProcessExecutor) -> None:
    assert one(executor, "signals").value == [True, True]
    pid = one(executor, "pid").value
    assert isinstance(pid, int)
    os.kill(pid, signal.SIGINT)
    os.kill(pid, signal.SIGTERM)
    assert one(executor, "pid").value == pid


def test_threads_are_set_in_the_worker_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    with ProcessExecutor(fault_works.make, 1, threads_per_worker=3) as executor:
        assert one(executor, "threads").value == "3"
    assert os.environ["OMP_NUM_THREADS"] == "7"
    assert "MKL_NUM_THREADS" not in os.environ


def test_work_is_made_once_in_each_worker(tmp_path: Path) -> None:
    with ProcessExecutor(fault_works.noting(tmp_path), 2) as executor:
        drive(executor, [Task(number, ("sleep", 0.02)) for number in range(20)])
        assert 1 <= len(list(tmp_path.iterdir())) <= 2


def test_no_worker_is_started_for_nothing(tmp_path: Path) -> None:
    with ProcessExecutor(fault_works.noting(tmp_path), 3) as executor:
        assert executor.free() == 6
        assert executor.wait(0.05) == ()
        one(executor, "double", 1)
        one(executor, "double", 1)
        assert len(list(tmp_path.iterdir())) == 1


def test_a_worker_is_replaced_after_its_share_of_tasks(tmp_path: Path) -> None:
    with ProcessExecutor(fault_works.noting(tmp_path), 1, recycle_after=4) as executor:
        results = drive(executor, [Task(number, ("pid",)) for number in range(10)])
    pids = [result.value for result in results]
    assert [pids.count(pid) for pid in dict.fromkeys(pids)] == [4, 4, 2]


def test_a_worker_that_has_grown_is_replaced_between_tasks() -> None:
    with ProcessExecutor(fault_works.make, 1, max_memory_mb=250) as executor:
        drive(executor, [Task(number, ("pid",)) for number in range(20)])
        before = one(executor, "pid").value
        assert one(executor, "grow", 180, 0.6).end is TaskEnd.DONE
        assert one(executor, "pid").value != before


def test_what_waits_behind_a_long_task_goes_to_an_idle_worker() -> None:
    with ProcessExecutor(partial(fault_works.make_slowly, 0.5), 2) as executor:
        executor.submit(Task(0, ("sleep", 3.0)))
        while executor.in_hand()[0].stage != "sleeping":
            executor.wait(0.05)
        executor.submit(Task(1, ("double", 1)))
        start = time.monotonic()
        (result,) = executor.wait(5)
        assert result.task.number == 1
        assert time.monotonic() - start < 2.5


def test_a_full_executor_asks_for_no_more() -> None:
    with ProcessExecutor(fault_works.make, 2) as executor:
        for number in range(4):
            assert executor.free() == 4 - number
            executor.submit(Task(number, ("sleep", 0.3)))
        assert executor.free() == 0
        hand = executor.in_hand()
        assert sorted(held.task.number for held in hand) == [0, 1, 2, 3]
        assert {held.stage for held in hand} <= {"waiting", "sleeping", ""}
        executor.wait(10)
        assert executor.free() >= 1


def test_in_hand_tells_stage_seconds_and_memory() -> None:
    with ProcessExecutor(fault_works.make, 1) as executor:
        executor.submit(Task(5, ("sleep", 2.0)))
        until = time.monotonic() + 5
        while not (held := executor.in_hand()[0]).seconds > 0.5:
            assert time.monotonic() < until
            executor.wait(0.1)
        assert held.task.number == 5
        assert held.stage == "sleeping"
        assert held.worker.startswith("worker 1 (pid ")
        assert held.memory_mb is not None
        assert held.memory_mb > 5


def test_what_waited_behind_a_crash_is_not_charged() -> None:
    with ProcessExecutor(fault_works.make, 1) as executor:
        tasks = [Task(1, ("exit", 1)), Task(2, ("exit", 1)), Task(3, ("double", 5))]
        ends = {result.task.number: result.end for result in drive(executor, tasks)}
        assert ends == {1: TaskEnd.CRASHED, 2: TaskEnd.CRASHED, 3: TaskEnd.DONE}


def test_stop_ends_everything_and_names_what_is_left() -> None:
    others = worker_pids()
    with ProcessExecutor(fault_works.make, 2) as executor:
        tasks = [Task(number, ("hang deaf",)) for number in range(4)]
        for task in tasks:
            executor.submit(task)
        while sum(held.stage == "deaf" for held in executor.in_hand()) < 2:
            executor.wait(0.05)
        pids = worker_pids() - others
        assert len(pids) == 2
        start = time.monotonic()
        assert executor.stop() == tuple(tasks)
        assert time.monotonic() - start < 2
        assert not any(psutil.pid_exists(pid) for pid in pids)
        assert executor.in_hand() == ()
        assert executor.free() == 4
        assert executor.stop() == ()


def test_what_ended_before_a_stop_is_still_given() -> None:
    with ProcessExecutor(fault_works.make, 1) as executor:
        executor.submit(Task(1, ("double", 4)))
        until = time.monotonic() + 5
        while executor.free() < 2 and time.monotonic() < until:
            time.sleep(0.05)
            executor._step(0.0)
        assert executor.stop() == ()
        assert [result.value for result in executor.wait(0)] == [8]


def test_a_setup_error_is_raised_as_it_is() -> None:
    with ProcessExecutor(fault_works.make_without_setup, 2) as executor:
        executor.submit(Task(1, ("double", 1)))
        with pytest.raises(SetupError, match=r"The model folder is empty\. Fetch the models\."):
            executor.wait(20)
        assert executor.stop() == (Task(1, ("double", 1)),)


@pytest.mark.parametrize(
    ("make_work", "memory_mb", "words"),
    [
        (fault_works.make_crashing, None, "ended with exit code 9"),
        (fault_works.make_raising, None, "OSError: the disk is not there"),
        (partial(fault_works.make_large, 400), 200, "its share of 200 MB"),
    ],
)
def test_workers_that_never_get_ready_stop_the_run(
    make_work: Callable[[], fault_works.Work], memory_mb: int | None, words: str
) -> None:
    with ProcessExecutor(make_work, 2, max_memory_mb=memory_mb) as executor:
        executor.submit(Task(1, ("double", 1)))
        with pytest.raises(SetupError, match="3 workers in a row could not get ready") as caught:
            executor.wait(20)
        assert words in caught.value.cause
        assert caught.value.cure


def test_a_worker_that_does_not_get_ready_in_time_stops_the_run() -> None:
    slow = partial(fault_works.make_slowly, 60)
    with ProcessExecutor(slow, 1, start_limit_s=0.3) as executor:
        executor.submit(Task(1, ("double", 1)))
        with pytest.raises(SetupError, match=r"not ready within 0\.3 s"):
            executor.wait(20)


def test_two_failed_starts_are_forgiven(tmp_path: Path) -> None:
    make_work = partial(fault_works.make_failing_at_first, tmp_path, 2)
    with ProcessExecutor(make_work, 1) as executor:
        assert one(executor, "double", 6).value == 12


def test_work_that_cannot_be_sent_is_refused_at_once() -> None:
    with pytest.raises((AttributeError, pickle.PicklingError)):
        ProcessExecutor(lambda: fault_works.act, 1)


def test_random_kills_leave_exactly_one_result_for_each_task() -> None:
    dice = random.Random(5)
    numbers = range(200)
    tasks = [Task(n, ("roulette", 0.04, dice.choice([0.0, 0.01, 0.03]), n), 20) for n in numbers]
    struck, others = 0, worker_pids()

    def strike() -> None:
        nonlocal struck
        busy = [held.worker for held in executor.in_hand() if held.worker]
        if busy and struck < 12 and dice.random() < 0.15:
            struck += 1
            pid = int(dice.choice(busy).split("pid ")[1].rstrip(")"))
            if psutil.pid_exists(pid):
                os.kill(pid, signal.SIGKILL)

    with ProcessExecutor(fault_works.make, 3) as executor:
        results = drive(executor, tasks, seconds=60, meanwhile=strike)
        assert executor.in_hand() == ()
        assert executor.wait(0.3) == ()
    assert sorted(result.task.number for result in results) == list(numbers)
    assert {result.end for result in results} == {TaskEnd.DONE, TaskEnd.CRASHED}
    for result in results:
        if result.end is TaskEnd.DONE:
            assert result.value == result.task.number
    crashed = sum(result.end is TaskEnd.CRASHED for result in results)
    assert 3 <= crashed < 40
    assert worker_pids() == others


PARENT = """
    import signal, sys, time
    sys.path[:0] = {path!r}
    import fault_works
    from qa_pipeline.engines.executor_processes import ProcessExecutor
    from qa_pipeline.ports import Task

    if __name__ == "__main__":
        executor = ProcessExecutor(fault_works.make, 3)
        for number, payload in enumerate({payloads!r}):
            executor.submit(Task(number, payload))
        want, until = {want!r}, time.monotonic() + 20
        while sorted(held.stage for held in executor.in_hand()) != want:
            assert time.monotonic() < until
            executor.wait(0.05)
        print("ready", flush=True)
        sys.stdin.readline()  # until its children have been counted
        {then}
"""


@contextmanager
def parent_with_workers(
    tmp_path: Path, payloads: object, want: object, then: str
) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """(a process that has three workers in the stages wanted, its children's pids)."""
    script = tmp_path / "parent.py"
    path = [str(HERE), str(HERE.parents[1])]
    text = textwrap.dedent(PARENT).format(path=path, payloads=payloads, want=want, then=then)
    script.write_text(text)
    parent = subprocess.Popen(
        [sys.executable, str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert parent.stdin is not None
        assert parent.stdout is not None
        assert parent.stdout.readline() == "ready\n"
        children = psutil.Process(parent.pid).children(recursive=True)
        assert len(children) >= 3
        parent.stdin.write("go on\n")
        parent.stdin.flush()
        yield parent, [child.pid for child in children]
    finally:
        parent.kill()
        parent.wait()


def assert_gone(pids: list[int], seconds: float = 2.0) -> None:
    until = time.monotonic() + seconds
    while left := [pid for pid in pids if runs(pid)]:
        assert time.monotonic() < until, left
        time.sleep(0.02)


def runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's signal for it is Linux's")
def test_no_worker_outlives_a_killed_parent(tmp_path: Path) -> None:
    payloads = [("hang deaf",), ("sleep", 1000), ("hang deaf",)]
    want = ["deaf", "deaf", "sleeping"]
    with parent_with_workers(tmp_path, payloads, want, "time.sleep(1000)") as (parent, pids):
        parent.kill()
        parent.wait()
        assert_gone(pids)


def test_a_parent_that_forgets_its_executor_still_ends(tmp_path: Path) -> None:
    payloads, want = [("sleep", 1000)] * 3, ["sleeping"] * 3
    with parent_with_workers(tmp_path, payloads, want, "pass") as (parent, pids):
        assert parent.wait(timeout=10) == 0
        assert_gone(pids)


def test_workers_leave_no_pipes_and_threads_behind() -> None:
    own = psutil.Process()
    with ProcessExecutor(fault_works.make, 2, recycle_after=1) as executor:
        drive(executor, [Task(number, ("pid",)) for number in range(2)])
        executor.stop()
        gc.collect()  # what other tests have left
        files, threads = own.num_fds(), own.num_threads()
        drive(executor, [Task(number, ("pid",)) for number in range(8)])
        drive(executor, [Task(number, ("exit", 1)) for number in range(2)])
        executor.stop()
        assert own.num_fds() <= files
        until = time.monotonic() + 30
        while own.num_threads() > threads:  # the system's part of a thread ends after Python's
            assert time.monotonic() < until
            time.sleep(0.02)


def test_an_interrupt_of_the_terminal_is_the_parents_alone(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    path = [str(HERE), str(HERE.parents[1])]
    script.write_text(textwrap.dedent(INTERRUPTED).format(path=path))
    parent = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "starting\n"
        for _ in range(4):  # from before the workers' first line of Python to after their last
            os.killpg(parent.pid, signal.SIGINT)
            os.killpg(parent.pid, signal.SIGTERM)
            time.sleep(0.15)
        out, err = parent.communicate(timeout=20)
    finally:
        parent.kill()
    assert "done [2, 2]" in out
    assert int(out.split("signals ")[1]) >= 2
    assert err == ""


INTERRUPTED = """
    import signal, sys
    sys.path[:0] = {path!r}
    import fault_works
    from qa_pipeline.engines.executor_processes import ProcessExecutor
    from qa_pipeline.ports import Task

    if __name__ == "__main__":
        seen = []
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, _: seen.append(number))
        with ProcessExecutor(fault_works.make, 2) as executor:
            executor.submit(Task(1, ("double", 1)))
            executor.submit(Task(2, ("double", 1)))
            print("starting", flush=True)
            values = []
            while len(values) < 2 or len(seen) < 2:
                values += [result.value for result in executor.wait(0.1)]
        print("done", values, "signals", len(seen), flush=True)
"""
