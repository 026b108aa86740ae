"""A PostgreSQL server that refuses, goes away, fills up or is someone else's: what is said then."""

from __future__ import annotations

import pickle
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any

import factory_calls as made_up
import psycopg
import pytest
import sqlalchemy as sa
from postgres_server import IN_URL, PASSWORD, Server

from qa_pipeline.errors import StoreError, StoreUnavailableError
from qa_pipeline.store import Store, open_store
from qa_pipeline.store import postgres as on_server
from qa_pipeline.store.postgres import parse_url, shown
from qa_pipeline.store.postgres_errors import can_pass, explain

NOWHERE = Path("nowhere")


@pytest.fixture
def opened(postgres_url: str) -> Iterator[Store]:
    with open_store(NOWHERE, url=postgres_url) as store:
        yield store


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_server, "PATIENCE_S", 0.5)


def _refused(url: str, create: bool = True) -> StoreError:
    with pytest.raises(StoreError) as caught:
        open_store(NOWHERE, create=create, url=url)
    for secret in (PASSWORD, IN_URL, "hush"):
        assert secret not in str(caught.value)
    return caught.value


# URLs


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://qa:h:ush@db:port/qa",
        "mysql://qa:hush@db/qa",
        "postgresql+psycopg2://qa:hush@db/qa",
        "postgresql://qa:hush@db",
        "hush",
        "",
    ],
)
def test_a_url_that_cannot_be_used_is_not_repeated(url: str) -> None:
    error = _refused(url)
    assert "postgresql://USER:PASSWORD@HOST:5432/DATABASE" in error.cure
    assert "h:ush" not in str(error)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_a_url_is_shown_without_what_is_secret(scheme: str) -> None:
    url = parse_url(f"{scheme}://qa:hush@db:6432/calls?sslmode=require&sslpassword=hush")
    assert shown(url) == "postgresql://qa@db:6432/calls"
    assert url.query["sslmode"] == "require"


def test_a_store_never_shows_its_password(opened: Store, postgres_url: str) -> None:
    assert opened.name == shown(parse_url(postgres_url))
    assert IN_URL not in repr(opened) + opened.name + repr(opened._db._engine)
    assert not NOWHERE.exists()


def test_the_driver_is_an_extra(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "psycopg", None)
        assert "qa-pipeline[postgres]" in _refused(postgres_url).cure


def test_what_follows_the_question_mark_reaches_the_driver(
    postgres: Server, postgres_url: str
) -> None:
    port = postgres.port
    several = postgres_url.replace(f"127.0.0.1:{port}", "")
    url = (
        f"{several}?host=127.0.0.1:1&host=127.0.0.1:{port}&target_session_attrs=read-write"
        "&application_name=mine&options=-csearch_path%3Dother"
    )
    database = postgres_url.rpartition("/")[2]
    postgres.sql("CREATE SCHEMA other", database=database)
    with open_store(NOWHERE, url=url):
        assert postgres.sql(
            f"SELECT DISTINCT application_name FROM pg_stat_activity WHERE datname = '{database}' "
            "AND pid <> pg_backend_pid()",
            database=database,
        ) == [("mine",)]
    schemas = postgres.sql(
        "SELECT DISTINCT schemaname FROM pg_tables WHERE tablename = 'calls'", database=database
    )
    assert schemas == [("other",)]


def test_a_password_from_a_file(
    postgres: Server, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "pgpass"
    file.write_text(f"127.0.0.1:{postgres.port}:*:qa:{PASSWORD.replace(':', chr(92) + ':')}\n")
    file.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(file))
    plain = postgres_url.replace(f":{IN_URL}", "")
    with open_store(NOWHERE, url=plain) as store:
        made_up.save(store, made_up.make())
        assert len(list(store.calls())) == 1


# Servers that do not let one in


def test_a_wrong_password(postgres: Server) -> None:
    error = _refused(postgres.url("postgres", password="hush"))
    assert "does not let this user in" in error.cause
    assert not isinstance(error, StoreUnavailableError)


def test_a_role_that_is_not_there(postgres: Server) -> None:
    # The server does not tell whether the name or the password is wrong.
    assert "does not let this user in" in _refused(postgres.url("postgres", user="who")).cause


def test_a_database_that_is_not_there(postgres: Server) -> None:
    error = _refused(postgres.url("nothing_here"))
    assert "nothing_here does not exist" in error.cause
    assert "CREATE DATABASE" in error.cure


def test_a_server_that_is_not_there() -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        start = time.monotonic()
        error = _refused(f"postgresql://qa:hush@127.0.0.1:{taken.getsockname()[1]}/qa")
    assert "cannot be reached" in error.cause
    assert isinstance(error, StoreUnavailableError)
    assert time.monotonic() - start < 10  # an address that never worked is not waited for


def test_a_host_that_is_not_there() -> None:
    assert "cannot be reached" in _refused("postgresql://qa:hush@no.such.invalid/qa").cause


def test_an_encoding_that_cannot_hold_every_name(postgres: Server) -> None:
    options = "ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    with postgres.database(options) as url:
        error = _refused(url)
    assert "LATIN1" in error.cause
    assert "ENCODING 'UTF8'" in error.cure


def test_a_server_with_no_connection_left(postgres: Server, impatient: None) -> None:
    with postgres.database("ENCODING 'UTF8' TEMPLATE template0 CONNECTION LIMIT 2") as url:
        user = _ordinary(postgres, url)
        with ExitStack() as stack:
            for _ in range(2):
                stack.enter_context(_allowed_connection(user))
            error = _refused(user)
            assert "no connection left" in error.cause
            assert "fewer workers" in error.cure
            assert isinstance(error, StoreUnavailableError)


def test_a_connection_that_comes_free_is_waited_for(postgres: Server) -> None:
    with postgres.database("ENCODING 'UTF8' TEMPLATE template0 CONNECTION LIMIT 1") as url:
        user = _ordinary(postgres, url)
        taken = _allowed_connection(user)
        timer = threading.Timer(0.7, taken.close)
        timer.start()
        with open_store(NOWHERE, url=user) as store:
            assert list(store.calls()) == []
        timer.join()


def _allowed_connection(url: str) -> psycopg.Connection[Any]:
    """One that the database allows: on a busy machine its last one takes a while to be gone."""
    for _ in range(100):
        with suppress(psycopg.OperationalError):
            return psycopg.connect(url)
        time.sleep(0.1)
    return psycopg.connect(url)


def _ordinary(server: Server, url: str, create: str = "CREATE, USAGE") -> str:
    """The URL for a user who owns nothing (limits do not bind those who do)."""
    database = url.rpartition("/")[2]
    name = f"user_{database}"
    server.sql(
        f"CREATE ROLE {name} LOGIN PASSWORD 'hush'",
        f"GRANT {create} ON SCHEMA public TO {name}",
        database=database,
    )
    return server.url(database, user=name, password="hush")


# Databases that cannot be written


def test_a_user_without_rights(postgres: Server, postgres_url: str) -> None:
    user = _ordinary(postgres, postgres_url, create="USAGE")
    error = _refused(user)
    assert "right" in error.cause
    assert "OWNER TO" in error.cure


def test_a_user_who_may_only_read(postgres: Server, postgres_url: str) -> None:
    with open_store(NOWHERE, url=postgres_url) as store:
        made_up.save(store, made_up.make())
    user = _ordinary(postgres, postgres_url, create="USAGE")
    postgres.sql(
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO user_{postgres_url.rpartition('/')[2]}",
        database=postgres_url.rpartition("/")[2],
    )
    with open_store(NOWHERE, create=False, url=user) as store:
        assert len(list(store.calls())) == 1
        with pytest.raises(StoreError, match="right"):
            store.save_failure("a", "a", "", "")


def test_a_database_that_is_read_only(postgres: Server, postgres_url: str) -> None:
    open_store(NOWHERE, url=postgres_url).close()
    name = postgres_url.rpartition("/")[2]
    postgres.sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with open_store(NOWHERE, create=False, url=postgres_url) as store:
        assert list(store.calls()) == []
        with pytest.raises(StoreError, match="read-only"):
            store.put_product("abc", "listen", "sha", b"x")


def test_no_tables_of_ours(postgres: Server, postgres_url: str) -> None:
    error = _refused(postgres_url, create=False)
    assert "no results" in error.cause
    name = postgres_url.rpartition("/")[2]
    assert postgres.sql("SELECT * FROM pg_tables WHERE schemaname = 'public'", database=name) == []
    postgres.sql("CREATE TABLE runs (other text)", database=name)
    assert "runs" in _refused(postgres_url).cause


def _fail_with(server: Server, url: str, code: str) -> None:
    """From now on the server answers a failure note with this error."""
    server.sql(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION 'could not extend file' USING ERRCODE = '{code}'; END $$",
        "CREATE TRIGGER fail BEFORE INSERT ON recordings EXECUTE FUNCTION fail()",
        database=url.rpartition("/")[2],
    )


@pytest.mark.parametrize(
    ("code", "said", "passes"),
    [
        ("53100", "disk is full", False),
        ("53200", "run out of memory", True),
        ("57P01", "started or stopped", True),
        ("40P01", "broke off", True),
        ("XX001", "damaged", False),
        ("99999", "cannot be used", False),
    ],
)
def test_what_the_server_answers(
    postgres: Server, postgres_url: str, opened: Store, code: str, said: str, passes: bool
) -> None:
    _fail_with(postgres, postgres_url, code)
    with pytest.raises(StoreError, match=said) as caught:
        opened.save_failure("a", "a", "", "")
    assert isinstance(caught.value, StoreUnavailableError) is passes
    assert "could not extend file" in caught.value.cause
    assert pickle.loads(pickle.dumps(caught.value)).cure == caught.value.cure


def test_another_one_that_does_not_let_go(
    postgres: Server, postgres_url: str, opened: Store, impatient: None
) -> None:
    with opened._db.write(), open_store(NOWHERE, url=postgres_url) as second:
        with pytest.raises(StoreUnavailableError, match="locked by another program"):
            second.save_failure("a", "a", "", "")
        second.put_product("abc", "listen", "sha", b"x")  # waits for nobody
        assert second.failures() == ()
    opened.save_failure("a", "a", "", "")


# Servers that go away


def _break_connections(server: Server, url: str) -> None:
    server.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        f"WHERE datname = '{url.rpartition('/')[2]}'"
    )


def test_a_connection_that_broke_while_idle_is_replaced(
    postgres: Server, postgres_url: str, opened: Store
) -> None:
    for number in range(3):
        made_up.save(opened, made_up.make(number))
        _break_connections(postgres, postgres_url)
    assert len(list(opened.calls())) == 3


def test_a_reading_that_was_broken_off_is_done_again(
    postgres: Server, postgres_url: str, opened: Store
) -> None:
    made_up.save(opened, made_up.make())
    broken = []

    @sa.event.listens_for(opened._db._engine, "before_cursor_execute")
    def _break(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if "FROM verdicts" in statement and len(broken) < limit:
            broken.append(statement)
            _break_connections(postgres, postgres_url)

    limit = 1
    assert len(list(opened.scored_calls())) == 1
    assert len(broken) == 1
    limit = 3
    with pytest.raises(StoreUnavailableError):
        list(opened.scored_calls())
    assert len(broken) == 3


def test_a_writing_that_was_broken_off_leaves_nothing(
    postgres: Server, postgres_url: str, opened: Store
) -> None:
    made = made_up.save(opened, made_up.make(), evaluate=False)

    @sa.event.listens_for(opened._db._engine, "before_cursor_execute")
    def _break(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if "INSERT INTO verdicts" in statement and not broken:
            broken.append(statement)
            _break_connections(postgres, postgres_url)

    broken: list[str] = []
    with pytest.raises(StoreUnavailableError) as caught:
        opened.save_evaluations([(made.evaluation, {})])
    assert "goes on where it stopped" in caught.value.cure
    assert list(opened.calls()) == []
    opened.save_evaluations([(made.evaluation, {})])
    assert len(opened.evaluation_history(made.recording.call_id)) == 1


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
def test_a_server_that_restarts_is_waited_for(
    postgres: Server, opened: Store, how: signal.Signals
) -> None:
    made_up.save(opened, made_up.make(1))
    postgres.stop(how)
    with ThreadPoolExecutor(1) as pool:  # the server is bound to the thread that starts it
        saving = pool.submit(made_up.save, opened, made_up.make(2))
        time.sleep(1)
        assert not saving.done()
        postgres.start()
        saving.result(30)
    assert len(list(opened.calls())) == 2


# Words of the client library that cannot be brought about here


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("FATAL: the database system is starting up", "started or stopped"),
        ('FATAL: role "x" does not exist', "does not know this user"),
        ("server does not support SSL, but SSL was required", "reached safely"),
        ("connection timeout expired", "cannot be reached"),
        ('FATAL: no pg_hba.conf entry for host "10.0.0.1", user "x"', "let this user in"),
    ],
)
def test_words_while_connecting(said: str, what: str) -> None:
    assert what in explain(None, said, False).what


def test_what_is_waited_for() -> None:
    assert can_pass("FATAL: the database system is starting up", False)
    assert can_pass("Connection refused", True)
    assert not can_pass("Connection refused", False)
    assert not can_pass("password authentication failed", True)
