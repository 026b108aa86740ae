"""What stages made: kept whole or not at all, in files or in rows."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa

from qa_pipeline.errors import StoreError
from qa_pipeline.store import Store, open_store
from qa_pipeline.store.products import ProductFiles
from qa_pipeline.store.tables import products

FILE = "products/ab/abc.json.gz"


def test_products(store: Store) -> None:
    assert store.get_product("abc") is None
    store.put_product("abc", "listen", "sha", b'{"x":1}')
    assert store.get_product("abc") == b'{"x":1}'
    store.put_product("abc", "listen", "sha", b'{"x":2}')
    assert store.get_product("abc") == b'{"x":2}'
    store.put_product("empty", "listen", "sha", b"")
    assert store.get_product("empty") == b""


def test_products_of_a_data_folder_are_files(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        store.put_product("abc", "listen", "sha", b"x")
    assert [p for p in (tmp_path / "products").rglob("*") if p.is_file()] == [tmp_path / FILE]


@pytest.mark.parametrize("damage", ["empty", "text", "cut", "flipped"])
def test_a_damaged_product_is_as_good_as_none(store: Store, damage: str) -> None:
    store.put_product("abc", "listen", "sha", b"payload" * 100)
    whole = store._products.read("abc")
    assert whole is not None
    store._products.write(
        "abc",
        {
            "empty": b"",
            "text": b"text",
            "cut": whole[:-6],
            "flipped": whole[:20] + bytes([whole[20] ^ 0xFF]) + whole[21:],
        }[damage],
    )
    assert store.get_product("abc") is None


@pytest.mark.parametrize("key", ["../../etc/passwd", "", "a/b", "a.b"])
def test_a_key_never_leaves_the_folder(store: Store, key: str) -> None:
    for use in (lambda: store.put_product(key, "listen", "", b""), lambda: store.get_product(key)):
        with pytest.raises(ValueError, match="no product key"):
            use()


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with open_store(tmp_path) as store:
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(StoreError, match="No space left"):
            store.put_product("abc", "listen", "sha", b"x")
        assert list((tmp_path / "products").rglob("*.part")) == []
        assert store.get_product("abc") is None


# A program that is killed while it has a product half written, as near to the end as can be.
KILLED = """
import os, signal, sys
from pathlib import Path
from qa_pipeline.store.products import ProductFiles
from qa_pipeline.store.tables import products
os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
ProductFiles(Path(sys.argv[1])).write("abc", b"half")
"""


def test_what_killed_programs_left_is_swept(tmp_path: Path) -> None:
    files = ProductFiles(tmp_path)
    assert files.sweep() == 0
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    [left] = tmp_path.rglob("*.part")
    assert files.read("abc") is None
    mine = left.with_name(f".{os.getpid()}-x.part")  # this program may be writing it just now
    mine.write_bytes(b"")
    foreign = left.with_name(".notes.part")
    foreign.write_bytes(b"")
    files.write("whole", b"whole")
    assert files.sweep() == 1
    assert not left.exists()
    assert mine.exists()
    assert foreign.exists()
    assert files.read("whole") == b"whole"


def test_a_number_given_again_does_not_keep_what_was_left(tmp_path: Path) -> None:
    left = tmp_path / "ab" / f".{os.getpid()}-x.part"
    left.parent.mkdir()
    left.write_bytes(b"")
    before = psutil.Process().create_time() - 60
    os.utime(left, (before, before))
    assert before < time.time()
    assert ProductFiles(tmp_path).sweep() == 1


def test_a_killed_program_that_nobody_has_buried_yet_counts_as_dead(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)]) as program:
        until = time.monotonic() + 60
        while psutil.Process(program.pid).status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < until
            time.sleep(0.02)
        assert ProductFiles(tmp_path).sweep() == 1


def test_a_killed_program_between_index_and_product(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is found is always in the index, by which products are listed and copied."""

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(type(store._products), "write", killed)
        with pytest.raises(KeyboardInterrupt):
            store.put_product("abc", "listen", "sha", b"heard")
    assert store.get_product("abc") is None
    with store._db.read() as connection:
        assert connection.scalars(sa.select(products.c.key)).all() == ["abc"]
    store.put_product("abc", "listen", "sha", b"heard")
    assert store.get_product("abc") == b"heard"


def test_nothing_is_left_in_a_database(store: Store) -> None:
    assert store.sweep() == 0
