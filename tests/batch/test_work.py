"""What a worker does with one recording, also when the file does not hold still."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from batch_desk import LIVING
from staged_calls import GOOD_EN, HELD_EN, POOR_EN, StagedEngines, write_call, write_turns

from qa_pipeline.batch import WorkerPlan, work
from qa_pipeline.batch.marks import source_mark
from qa_pipeline.batch.work import Assignment, WorkDone
from qa_pipeline.config import Settings
from qa_pipeline.domain.batch import Step
from qa_pipeline.errors import AudioError, StoreUnavailableError
from qa_pipeline.kits import build_kit
from qa_pipeline.metadata import discover
from qa_pipeline.ports import Work
from qa_pipeline.store import Store, ledger, open_store


class Worker:
    """The work, and what it reported."""

    def __init__(self, root: Path, store: Store, engines: StagedEngines) -> None:
        self.calls, self.store, self.engines = root / "calls", store, engines
        self.settings = Settings(data_dir=root / "data", limit_base_s=100, limit_factor=10)
        plan = WorkerPlan(self.settings, store.begin_run(), build_kit, engines)
        self._work: Work = plan()
        self.told: list[tuple[str, float | None]] = []

    def given(self, path: Path) -> Assignment:
        [source] = [s for s in discover([self.calls], self.settings) if s.path == path]
        state = path.stat()
        return Assignment(source, state.st_size, state.st_mtime_ns, source_mark(source))

    def claim(self, given: Assignment) -> Assignment:
        source = given.source
        assert self.store.claim(source.location, source.file, given.size, given.mtime_ns)
        return given

    def __call__(self, given: Assignment) -> WorkDone:
        def report(stage: str, limit_s: float | None = None) -> None:
            self.told.append((stage, limit_s))

        done = self._work(given, report)
        assert isinstance(done, WorkDone)
        return done


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Worker]:
    with open_store(tmp_path / "data") as store:
        yield Worker(tmp_path, store, StagedEngines())


def test_a_recording_from_its_content_to_its_evaluation(worker: Worker) -> None:
    path = write_call(worker.calls, POOR_EN, sidecar={"call_id": "c1"})
    given = worker.claim(worker.given(path))
    done = worker(given)
    assert done.step is Step.SCORED
    assert done.call is not None
    assert done.call.call_id == "c1"
    assert done.heard_ms == done.call.duration_ms
    stages = [stage for stage, _ in worker.told]
    assert stages[:2] == ["identify", "ingest"]
    assert stages[-2:] == ["score", "keep"]
    assert {"listen", "diarize", "transcribe", "converse"} <= set(stages)
    limits = {limit for _, limit in worker.told if limit is not None}
    assert limits == {100 + 10 * done.heard_ms / 1000}
    again = worker(given)
    assert (again.step, again.heard_ms) == (Step.UNCHANGED, 0)


def test_a_copy_is_left_out(worker: Worker) -> None:
    first = write_turns(worker.calls, HELD_EN)
    copy = worker.calls / "later.turns.json"
    shutil.copy(first, copy)
    assert worker(worker.claim(worker.given(first))).step is Step.SCORED
    done = worker(worker.claim(worker.given(copy)))
    assert (done.step, done.duplicate_of) == (Step.DUPLICATE, first.name)


def test_a_copy_of_one_in_hand_is_for_later(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = worker.given(write_turns(worker.calls, HELD_EN))
    copy = worker.calls / "later.turns.json"
    shutil.copy(first.source.path, copy)
    with monkeypatch.context() as other:
        other.setattr(ledger, "owner_of", lambda: LIVING)
        worker.claim(first)
        from qa_pipeline.acoustics.audio_files import content_sha256

        sha = content_sha256(first.source.path)
        worker.store.save_seen(first.source.file, first.source.path, 1, 1, sha)
    assert worker(worker.claim(worker.given(copy))) == WorkDone(None)


class TestFilesThatDoNotHoldStill:
    @pytest.fixture
    def while_heard(
        self, worker: Worker, monkeypatch: pytest.MonkeyPatch
    ) -> Callable[[str, Callable[[], object]], None]:
        """Lets something happen, once, when the engine is asked."""

        def arrange(engine: str, happens: Callable[[], object]) -> None:
            enter, todo = worker.engines.enter, [happens]

            def and_then(name: str, samples: object) -> object:
                if name == engine and todo:
                    todo.pop()()
                return enter(name, samples)  # type: ignore[arg-type]

            monkeypatch.setattr(worker.engines, "enter", and_then)

        return arrange

    def test_replaced_while_it_is_heard(
        self, worker: Worker, while_heard: Callable[[str, Callable[[], object]], None]
    ) -> None:
        path = write_call(worker.calls, POOR_EN, name="a.wav")
        given = worker.claim(worker.given(path))
        while_heard("transcriber", lambda: write_call(worker.calls, GOOD_EN, name="a.wav"))
        assert worker(given) == WorkDone(None, changed=True)
        assert list(worker.store.scored_calls()) == []
        done = worker(worker.claim(worker.given(path)))
        assert done.call is not None
        assert done.call.duration_ms == pytest.approx(GOOD_EN.duration_ms, abs=50)

    def test_nothing_of_another_sound_is_kept_for_a_content(
        self, worker: Worker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """A recorder that gives its names in turn: the file becomes another one as it is read."""
        from qa_pipeline import pipeline

        path = write_call(worker.calls, POOR_EN, name="a.wav")
        ingest = pipeline.ingest
        todo = [lambda: path.rename(tmp_path / "kept.wav")]

        def late(*arguments: object) -> object:
            if todo:
                todo.pop()()
                write_call(worker.calls, GOOD_EN, name="a.wav")
            return ingest(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(pipeline, "ingest", late)
        assert worker(worker.claim(worker.given(path))) == WorkDone(None, changed=True)
        worker.store.release_claims()
        (tmp_path / "kept.wav").rename(worker.calls / "b.wav")
        done = worker(worker.claim(worker.given(worker.calls / "b.wav")))
        assert done.call is not None
        assert done.call.duration_ms == pytest.approx(POOR_EN.duration_ms, abs=50)

    def test_half_written_it_is_not_blamed(
        self, worker: Worker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from qa_pipeline.batch import work

        whole = write_call(worker.calls, POOR_EN, name="a.wav").read_bytes()
        path = worker.calls / "a.wav"
        path.write_bytes(whole[:20])
        given = worker.claim(worker.given(path))
        process = work.process

        def and_grow(*arguments: object) -> object:
            try:
                return process(*arguments)  # type: ignore[arg-type]
            finally:
                path.write_bytes(whole)

        with monkeypatch.context() as patched:
            patched.setattr(work, "process", and_grow)
            assert worker(given) == WorkDone(None, changed=True)
        assert worker(worker.claim(worker.given(path))).step is Step.SCORED

    def test_what_holds_still_and_is_bad_is_bad(self, worker: Worker) -> None:
        path = write_call(worker.calls, POOR_EN, name="a.wav")
        path.write_bytes(path.read_bytes()[:20])
        with pytest.raises(AudioError):
            worker(worker.claim(worker.given(path)))

    def test_gone_it_raises(
        self, worker: Worker, while_heard: Callable[[str, Callable[[], object]], None]
    ) -> None:
        path = write_call(worker.calls, POOR_EN, name="a.wav")
        given = worker.claim(worker.given(path))
        path.unlink()
        with pytest.raises(AudioError):
            worker(given)


def test_a_plan_goes_to_another_process(tmp_path: Path) -> None:
    plan = WorkerPlan(Settings(data_dir=tmp_path, store="postgresql://u:p@h/db"), 7, build_kit)
    assert pickle.loads(pickle.dumps(plan)) == plan


class TestAStoreThatIsOutOfReach:
    def test_a_worker_that_starts_waits_for_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tries = iter([StoreUnavailableError("It restarts."), StoreUnavailableError("It restarts.")])

        def opened(*given: object, **named: object) -> Store:
            for error in tries:
                raise error
            return open_store(tmp_path / "data")

        monkeypatch.setattr(work, "open_store", opened)
        monkeypatch.setattr(work, "OPEN_PAUSE_S", 0.0)
        plan = WorkerPlan(Settings(data_dir=tmp_path / "data"), 1, build_kit, StagedEngines())
        assert callable(plan())
        assert next(tries, None) is None

    def test_but_not_for_ever(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def opened(*given: object, **named: object) -> Store:
            raise StoreUnavailableError("It is gone.")

        monkeypatch.setattr(work, "open_store", opened)
        monkeypatch.setattr(work, "OPEN_PATIENCE_S", 0.0)
        with pytest.raises(StoreUnavailableError, match="gone"):
            WorkerPlan(Settings(data_dir=tmp_path / "data"), 1, build_kit, StagedEngines())()
