"""Recordings in other storage: listed as folders are, fetched when their turn has come."""

from __future__ import annotations

import functools
import http.server
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from qa_pipeline.config import Settings, load
from qa_pipeline.domain.places import as_place, has_secret, is_remote, without_secret
from qa_pipeline.errors import (
    AudioError,
    FetchError,
    GoneError,
    SetupError,
    StoreError,
    UsageError,
)
from qa_pipeline.metadata import (
    OUTPUT_MARKER,
    Source,
    at_hand,
    discover,
    fetched,
    load_metadata,
    require_sources,
    sweep_temporary,
)
from qa_pipeline.metadata import fetching as fetching_module
from qa_pipeline.metadata.remote import facts_of
from qa_pipeline.metadata.remote_errors import Trouble, fetch_error, place_error, trouble_of

ROOT = "/remote-tests"
URL = "memory:/" + ROOT
TREE = {
    "2025/03/y.M4A": b"y",
    "2025/z.ogg": b"z",
    "10.flac": b"10",
    "a.wav": b"a",
    "a.wav.json": b'{"agent_id": "A1"}',
    "a.json": b'{"agent_id": "A2", "agent_name": "Laura"}',
    "b.mp3": b"b",
    "c.turns.json": b'{"turns": []}',
    "manifest.csv": b"file,customer_name\nb.mp3,Ann\n2025/z.ogg,Zoe\ny.M4A,Yi\n",
    "notes.docx": b"n",
    ".hidden.wav": b"h",
    ".git/x.wav": b"x",
    f"clips/{OUTPUT_MARKER}": b"",
    "clips/cut.wav": b"c",
    "\u9500\u552e/\u5f55\u97f3 1.wav": "录音".encode(),
}


@pytest.fixture
def memory() -> Iterator[MemoryFileSystem]:
    storage = MemoryFileSystem()
    for name, content in TREE.items():
        storage.pipe(f"{ROOT}/{name}", content)
    yield storage
    storage.rm(ROOT, recursive=True)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


def listed(place: Path | str, settings: Settings) -> list[Source]:
    return list(discover([place], settings))


def one(name: str, settings: Settings) -> Source:
    return next(source for source in listed(URL, settings) if source.file == name)


def told(source: Source) -> Any:
    rows = [(row.line, row.values) for row in source.manifest_rows]
    return source.file, source.kind, source.size, rows, source.problem


def test_a_place_is_a_path_or_an_address() -> None:
    assert as_place("s3://b/day/") == "s3://b/day/"
    assert as_place("calls") == Path("calls")
    assert as_place("file:///calls/a%20b.wav") == Path("/calls/a b.wav")
    assert is_remote("gs://b") and not is_remote("C:\\calls") and not is_remote("a:b/c")


def test_a_listing_gives_what_a_folder_gives(
    memory: MemoryFileSystem, tmp_path: Path, settings: Settings
) -> None:
    for name, content in TREE.items():
        path = tmp_path / "here" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    here, there = discover([tmp_path / "here"], settings), discover([URL], settings)
    assert [told(source) for source in here] == [told(source) for source in there]
    assert here.other_files == there.other_files
    for source in listed(URL, settings):
        local = next(s for s in listed(tmp_path / "here", settings) if s.file == source.file)
        if source.kind == "audio":
            with fetched(source, settings) as ready:
                assert load_metadata(ready, settings)[0] == load_metadata(local, settings)[0]
                assert ready.path.read_bytes() == TREE[source.file]


@pytest.mark.parametrize("place", [URL, f"{URL}/"])
def test_addresses_are_kept_whole(place: str, memory: MemoryFileSystem, settings: Settings) -> None:
    [source] = [s for s in listed(place, settings) if s.file == "2025/z.ogg"]
    assert source.location == source.url == f"{URL}/2025/z.ogg"
    assert source.size == 1
    assert abs((source.mtime_ns or 0) / 1e9 - time.time()) < 600
    assert pickle.loads(pickle.dumps(source)) == source


def test_its_identity_changes_with_its_content_only(
    memory: MemoryFileSystem, settings: Settings
) -> None:
    first = one("a.wav", settings)
    assert one("a.wav", settings) == first
    memory.pipe(f"{ROOT}/a.json", b"{}")
    second = one("a.wav", settings)
    assert second.identity == first.identity
    assert second.sidecars != first.sidecars
    memory.pipe(f"{ROOT}/a.wav", b"A")
    assert one("a.wav", settings).identity != first.identity


def test_where_storage_tells_nothing_nothing_counts_as_unchanged() -> None:
    assert facts_of({"size": 3}).identity != facts_of({"size": 3}).identity
    assert facts_of({"size": 3, "ETag": '"x"'}) == facts_of({"size": 3, "ETag": "x"})


@pytest.mark.parametrize(
    "written",
    [1740787200.0, "2025-03-01T00:00:00Z", "Sat, 01 Mar 2025 00:00:00 GMT", "2025-03-01T00:00:00"],
)
def test_times_are_understood_as_storage_writes_them(written: object) -> None:
    assert facts_of({"size": 1, "mtime": written}).mtime_ns == 1_740_787_200 * 10**9


def test_a_file_and_a_folder_may_have_one_name(
    memory: MemoryFileSystem, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As on S3; the file system in memory cannot hold it, so that its listing is made up.
    listings = {
        ROOT: [
            {"name": f"{ROOT}/", "size": 0, "type": "file"},
            {"name": f"{ROOT}/x.wav", "size": 1, "type": "file", "ETag": "1"},
            {"name": f"{ROOT}/x.wav", "size": 0, "type": "directory"},
            {"name": "/elsewhere/y.wav", "size": 1, "type": "file", "ETag": "1"},
            {"name": f"{ROOT}/..", "size": 0, "type": "directory"},
        ],
        f"{ROOT}/x.wav": [{"name": f"{ROOT}/x.wav/in.wav", "size": 1, "type": "file", "ETag": "2"}],
    }
    monkeypatch.setattr(MemoryFileSystem, "ls", lambda _, path, detail: listings[path])
    assert [s.file for s in listed(URL, settings)] == ["x.wav", "x.wav/in.wav"]


def test_a_recording_given_by_itself_has_its_facts(
    memory: MemoryFileSystem, settings: Settings
) -> None:
    [source] = listed(f"{URL}/b.mp3", settings)
    assert [row.values for row in source.manifest_rows] == [{"customer_name": "Ann"}]
    [source] = listed(f"{URL}/a.wav", settings)
    assert [beside.url for beside in source.sidecars] == [f"{URL}/a.wav.json", f"{URL}/a.json"]
    with fetched(source, settings) as ready:
        assert load_metadata(ready, settings)[0].agent_id == "A1"


def test_manifests_may_name_addresses(memory: MemoryFileSystem, settings: Settings) -> None:
    row = f"file,agent_id\n{URL}/b.mp3,A7\n"
    memory.pipe(f"{ROOT}/manifest.csv", row.encode())
    assert [row.values for row in one("b.mp3", settings).manifest_rows] == [{"agent_id": "A7"}]


def test_a_bare_name_in_a_manifest_must_be_one_recordings(
    memory: MemoryFileSystem, settings: Settings
) -> None:
    memory.pipe(f"{ROOT}/2025/y.M4A", b"other")
    problem = one("2025/03/y.M4A", settings).problem
    assert problem is not None
    assert "of which there are 2" in problem.cause


def test_places_may_be_mixed_and_nothing_comes_twice(
    memory: MemoryFileSystem, tmp_path: Path, settings: Settings
) -> None:
    (tmp_path / "here.wav").write_bytes(b"x")
    found = discover([f"{URL}/a.wav", tmp_path / "here.wav", URL, f"{URL}/2025"], settings)
    files = [source.location for source in found]
    assert len(files) == len(set(files)) == 8


def test_what_is_fetched_vanishes_again(memory: MemoryFileSystem, settings: Settings) -> None:
    with fetched(one("a.wav", settings), settings) as ready:
        names = {path.name for path in ready.path.parent.iterdir()}
        assert names == {"a.wav", "a.wav.json", "a.json"}
        assert ready.location == f"{URL}/a.wav"
        assert ready.path.is_relative_to(settings.data_dir)
    with pytest.raises(RuntimeError, match="of ours"), fetched(one("a.wav", settings), settings):
        raise RuntimeError("of ours")
    assert not list((settings.data_dir / "tmp").iterdir())


def test_a_recording_of_this_machine_stays_where_it_is(tmp_path: Path, settings: Settings) -> None:
    source = Source(tmp_path / "a.wav", "a.wav", "audio")
    with fetched(source, settings) as ready:
        assert ready is source
    with at_hand(str(source.path), settings) as path:
        assert path == source.path
    assert not settings.data_dir.exists()


@pytest.mark.parametrize("gone", ["a.wav", "a.json"])
def test_what_has_vanished_is_told_apart(
    gone: str, memory: MemoryFileSystem, settings: Settings
) -> None:
    source = one("a.wav", settings)
    memory.rm(f"{ROOT}/{gone}")
    with pytest.raises(GoneError, match=f"{gone} is not there"), fetched(source, settings):
        pytest.fail("it was fetched")
    assert not list((settings.data_dir / "tmp").iterdir())


def test_a_name_that_cannot_be_shown_is_found_again(
    memory: MemoryFileSystem, settings: Settings
) -> None:
    memory.pipe(f"{ROOT}/a\u202eb.wav", b"turned")
    with at_hand(f"{URL}/a\\u202eb.wav", settings) as path:
        assert path.read_bytes() == b"turned"
    with pytest.raises(GoneError), at_hand(f"{URL}/a\\u202ec.wav", settings):
        pytest.fail("it was fetched")


def test_a_name_too_long_for_the_disk_is_said(memory: MemoryFileSystem, settings: Settings) -> None:
    name = "录" * 100 + ".wav"
    memory.pipe(f"{ROOT}/{name}", b"long")
    with pytest.raises(AudioError, match="too long"), fetched(one(name, settings), settings):
        pytest.fail("it was fetched")


class Unsteady:
    """What the storage does instead of what it is asked for."""

    def __init__(self) -> None:
        self.source = Source(Path("b.mp3"), "b.mp3", "audio", url=f"{URL}/b.mp3")
        self.failing: list[BaseException] = []
        self.after: Callable[[Path], None] = lambda _: None
        self.asked = 0


@pytest.fixture
def unsteady(memory: MemoryFileSystem, monkeypatch: pytest.MonkeyPatch) -> Unsteady:
    plain, state = MemoryFileSystem.get_file, Unsteady()

    def get_file(self: MemoryFileSystem, rpath: str, lpath: str, **more: Any) -> None:
        state.asked += 1
        if state.failing:
            raise state.failing.pop(0)
        plain(self, rpath, lpath, **more)
        state.after(Path(lpath))

    monkeypatch.setattr(MemoryFileSystem, "get_file", get_file)
    monkeypatch.setattr(fetching_module, "_PAUSES_S", (0.0, 0.001))
    return state


def test_what_may_pass_is_tried_again(unsteady: Unsteady, settings: Settings) -> None:
    unsteady.failing = [TimeoutError(), ConnectionResetError()]
    with fetched(unsteady.source, settings) as ready:
        assert ready.path.read_bytes() == b"b"
    unsteady.failing = [TimeoutError()] * 3
    with pytest.raises(FetchError, match="not answer"), fetched(unsteady.source, settings):
        pytest.fail("it was fetched")
    assert unsteady.asked == 6


def test_what_stays_is_not_tried_again(unsteady: Unsteady, settings: Settings) -> None:
    unsteady.failing = [PermissionError()]
    with pytest.raises(AudioError, match="may not be"), fetched(unsteady.source, settings):
        pytest.fail("it was fetched")
    assert unsteady.asked == 1


def test_a_full_disk_is_no_fault_of_the_storage(unsteady: Unsteady, settings: Settings) -> None:
    unsteady.failing = [OSError(28, "No space left on device")]
    with (
        pytest.raises(StoreError, match="No space left") as caught,
        fetched(unsteady.source, settings),
    ):
        pytest.fail("it was fetched")
    assert str(settings.data_dir) in caught.value.cause


def test_half_old_and_half_new_is_never_taken(
    unsteady: Unsteady, settings: Settings, memory: MemoryFileSystem
) -> None:
    def replaced(_: Path) -> None:
        if unsteady.asked == 1:
            memory.pipe(f"{ROOT}/b.mp3", b"c")

    unsteady.after = replaced
    with fetched(unsteady.source, settings) as ready:
        assert ready.path.read_bytes() == b"c"
    unsteady.after = lambda path: path.write_bytes(b"") and None
    with pytest.raises(FetchError, match="changed"), fetched(unsteady.source, settings):
        pytest.fail("it was fetched")


def test_a_folder_that_cannot_be_listed_costs_only_itself(
    memory: MemoryFileSystem, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = MemoryFileSystem.ls

    def closed(self: MemoryFileSystem, path: str, **more: Any) -> Any:
        if path.endswith("/2025"):
            raise PermissionError
        return plain(self, path, **more)

    monkeypatch.setattr(MemoryFileSystem, "ls", closed)
    memory.pipe(f"{ROOT}/later/y.M4A", b"y")  # its row in the manifest is looked for everywhere
    found = discover([URL], settings)
    assert len(list(found)) == 6
    assert found.unreadable_folders == [f"{URL}/2025/ (may not be read with this access key)"]


def test_a_manifest_that_cannot_be_read_is_told_with_each_recording(
    memory: MemoryFileSystem, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(self: MemoryFileSystem, path: str, **more: Any) -> Any:
        raise PermissionError

    monkeypatch.setattr(MemoryFileSystem, "cat_file", closed)
    problem = one("a.wav", settings).problem
    assert problem is not None
    assert problem.cause.startswith(f"{URL}/manifest.csv cannot be read: may not be read")


@pytest.mark.parametrize(
    ("place", "kind", "said"),
    [
        ("memory://no/such/place/", UsageError, "is not there"),
        ("memory://no/such/call.wav", UsageError, "is not there"),
        ("nosuch://bucket/day", UsageError, "Nothing here can open"),
        ("s3://", UsageError, "names no bucket"),
        ("zip://a.wav::s3://bucket/a.zip", UsageError, "joins several protocols"),
        ("dropbox://day/", SetupError, "need a package that is not installed"),
    ],
)
def test_places_that_cannot_be_used_are_said_at_once(
    place: str, kind: type[SetupError], said: str, settings: Settings
) -> None:
    with pytest.raises(kind, match=said) as caught:
        discover([place], settings)
    assert caught.value.cure


def test_without_s3fs_the_extra_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(_: str) -> None:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr(fsspec, "get_filesystem_class", missing)
    with pytest.raises(SetupError, match="s3fs") as caught:
        discover(["s3://bucket/day/"], settings)
    assert "qa-pipeline[s3]" in caught.value.cure


def test_an_empty_place_says_what_lies_there_instead(
    memory: MemoryFileSystem, settings: Settings
) -> None:
    memory.pipe(f"{ROOT}/docs/readme.txt", b"x")
    with pytest.raises(SetupError, match=r"no recording in memory://.*1 \.txt"):
        require_sources(discover([f"{URL}/docs/"], settings), [f"{URL}/docs/"])


@pytest.mark.parametrize(
    "address",
    [
        "sftp://qa:secret@host/calls", "sftp://qa:sec@ret@host/calls", "ftp://qa:se/cret@host/calls",
        "https://host/a.wav?X-Amz-Signature=secret", "http://qa:secret@host/?token=secret",
    ],
)  # fmt: skip
def test_addresses_with_secrets_are_refused_and_not_shown(address: str, settings: Settings) -> None:
    assert has_secret(address)
    for shown in (without_secret(address),):
        assert "sec" not in shown and "cret" not in shown
    with pytest.raises(UsageError, match="carries a password") as caught:
        discover([address], settings)
    assert "cret" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "s3://arn:aws:s3:eu-west-1:123456789012:accesspoint/calls/day@night.wav",
        "abfs://calls@account.dfs.core.windows.net/day/", "sftp://qa@host:2222/calls",
        "s3://bucket/what?.wav", "gs://bucket/me@home.wav",
    ],
)  # fmt: skip
def test_addresses_without_secrets_are_not_refused(address: str) -> None:
    assert not has_secret(address)
    assert without_secret(address) == address


def test_settings_do_not_show_what_storage_takes() -> None:
    settings = Settings(storage_options={"s3": {"secret": "hidden-value"}})
    assert "hidden-value" not in repr(settings)
    error = place_error(ValueError("bad key hidden-value in x?sig=abc"), "s3://b/", settings)
    assert "hidden-value" not in error.cause
    assert "abc" not in error.cause


def test_what_storage_takes_may_stand_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_PIPELINE_STORAGE_OPTIONS", '{"s3": {"endpoint_url": "https://s3"}}')
    assert load().storage_options == {"s3": {"endpoint_url": "https://s3"}}


def client_error(code: str, status: int, operation: str = "GetObject") -> Exception:
    from botocore.exceptions import ClientError

    response = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, operation)  # type: ignore[arg-type]


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (caused(FileNotFoundError(), client_error("NoSuchKey", 404)), Trouble.GONE),
        (caused(FileNotFoundError(), client_error("NoSuchBucket", 404)), Trouble.NO_BUCKET),
        (caused(FileNotFoundError(), client_error("404", 404, "HeadBucket")), Trouble.NO_BUCKET),
        (caused(PermissionError(), client_error("403", 403, "HeadObject")), Trouble.NO_RIGHT),
        (caused(PermissionError(), client_error("InvalidAccessKeyId", 403)), Trouble.WRONG_KEY),
        (caused(PermissionError(), client_error("ExpiredToken", 400)), Trouble.EXPIRED),
        (caused(PermissionError(), client_error("InvalidObjectState", 403)), Trouble.ARCHIVED),
        (caused(PermissionError(), client_error("RequestTimeTooSkewed", 403)), Trouble.CLOCK),
        (caused(OSError(16, "busy"), client_error("SlowDown", 503)), Trouble.BUSY),
        (caused(OSError(16, "busy"), client_error("503", 503, "HeadObject")), Trouble.BUSY),
        (TimeoutError(), Trouble.UNREACHABLE),
        (ConnectionRefusedError(), Trouble.UNREACHABLE),
        (type("HttpError", (Exception,), {"code": 429})(), Trouble.BUSY),
        (type("HttpResponseError", (Exception,), {"status_code": 401})(), Trouble.WRONG_KEY),
        (type("ClientAuthenticationError", (Exception,), {})(), Trouble.WRONG_KEY),
        (type("AuthenticationException", (Exception,), {})(), Trouble.WRONG_KEY),
        (type("NoValidConnectionsError", (OSError,), {})(), Trouble.UNREACHABLE),
        (RuntimeError("what?"), Trouble.OTHER),
    ],
)
def test_what_storage_answers_is_understood(error: Exception, trouble: Trouble) -> None:
    assert trouble_of(error) is trouble
    said = fetch_error(error, "s3://b/day/a.wav", Settings())
    assert said.cause.startswith("a.wav ")
    assert said.cure
    passing = trouble in {Trouble.UNREACHABLE, Trouble.BUSY, Trouble.OTHER}
    assert isinstance(said, FetchError) is passing
    assert isinstance(said, GoneError) is (trouble is Trouble.GONE)


HOLD = """
import sys, time
from pathlib import Path
from fsspec.implementations.memory import MemoryFileSystem
from qa_pipeline.config import Settings, load
from qa_pipeline.metadata import Source, fetched
MemoryFileSystem().pipe("/d/a.wav", b"a")
source = Source(Path("a.wav"), "a.wav", "audio", url="memory://d/a.wav")
with fetched(source, Settings(data_dir=Path(sys.argv[1]))) as ready:
    print(ready.path, flush=True)
    time.sleep(600)
"""


def test_what_a_killed_process_left_is_swept_and_no_more(
    memory: MemoryFileSystem, settings: Settings
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(settings.data_dir)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        left = Path(process.stdout.readline().strip())
        with fetched(one("a.wav", settings), settings) as ready:
            assert left.is_file()
            assert sweep_temporary(settings) == 0
            assert left.is_file()
            os.kill(process.pid, signal.SIGKILL)
            process.wait(timeout=10)
            assert sweep_temporary(settings) == 1
            assert not left.parent.exists()
            assert ready.path.is_file()
    finally:
        process.kill()
        process.communicate()
    assert not list((settings.data_dir / "tmp").iterdir())
    assert sweep_temporary(Settings(data_dir=settings.data_dir / "none")) == 0


def test_whoever_may_only_read_the_results_can_fetch(
    memory: MemoryFileSystem, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    with at_hand(f"{URL}/a.wav", settings) as path:
        assert path.read_bytes() == b"a"
        assert not path.is_relative_to(settings.data_dir)
    assert not path.parent.exists()


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """A web server's listing of a folder."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    for name, content in TREE.items():
        path = tmp_path / "web" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    handler = functools.partial(Quiet, directory=str(tmp_path / "web"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_web_servers_listing_gives_what_the_folder_gives(
    web: str, tmp_path: Path, settings: Settings
) -> None:
    there = listed(f"{web}/", settings)
    assert [told(source) for source in there] == [
        told(source) for source in listed(tmp_path / "web", settings)
    ]
    assert [source.identity for source in there] == [
        s.identity for s in listed(f"{web}/", settings)
    ]
    spoken = next(source for source in there if "录音" in source.file)
    with fetched(spoken, settings) as ready:
        assert ready.path.name == "录音 1.wav"
        assert ready.path.read_bytes() == "录音".encode()
    [given] = listed(f"{web}/a.wav", settings)
    with fetched(given, settings) as ready:
        assert load_metadata(ready, settings)[0].agent_id == "A1"
    with pytest.raises(UsageError, match="is not there"):
        discover([f"{web}/none/"], settings)
