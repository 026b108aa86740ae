"""The ledger and the store with a million calls: what is new, a day's export, an agent's card.

    python -m benchmarks.scale                      # 10,000, 100,000 and 1,000,000 calls, SQLite
    python -m benchmarks.scale --sizes 100000 --store postgresql://...

The calls are synthetic: one conversation of 40 turns with words for each of a day's 10,000 calls
(100 agents), and for all other calls a short stand-in that nothing below reads. Times grow with
what is asked for, or with the store: the last column says how.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import math
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from qa_pipeline.batch import Queue, Wanted
from qa_pipeline.batch.marks import result_mark, source_mark
from qa_pipeline.config import Settings
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.recording import CallMetadata, Layout, Recording, Role
from qa_pipeline.domain.stored import CallFilter
from qa_pipeline.domain.transcript import Turn, Word
from qa_pipeline.metadata import Source
from qa_pipeline.reports.export import EXPORTS
from qa_pipeline.stages.aggregate import aggregate
from qa_pipeline.store import Store, codec, open_store
from qa_pipeline.store.tables import calls, evaluations, recordings, verdicts

A_DAY = 10_000
AGENTS = 100
NEW = 1_000
FIRST_DAY = date(2026, 1, 1)
CRITERIA = ("pickup", "greeting", "name_use", "hold", "summary", "satisfaction", "hangup")
BLOCK = 5_000
KIT = "kit"


def conversation(number: int) -> Conversation:
    """Forty turns of a dozen words."""
    turns = []
    for at in range(40):
        words = tuple(
            Word(at * 5000 + n * 300, at * 5000 + n * 300 + 250, f"word{(number + n) % 97}", 0.9)
            for n in range(12)
        )
        role = Role.AGENT if at % 2 == 0 else Role.CUSTOMER
        text = " ".join(word.text for word in words)
        turns.append(Turn(role, words[0].start_ms, words[-1].end_ms, text, words))
    return Conversation(
        call_id=f"call{number:08}",
        language="en",
        layout=Layout.STEREO,
        duration_ms=200_000,
        metadata=CallMetadata(agent_id=f"agent{number % AGENTS:03}"),
        language_confidence=1.0,
        country=None,
        country_source="none",
        turns=tuple(turns),
        acts=(),
        events=(),
    )


def recording(number: int) -> Recording:
    """Of the same call."""
    name = f"{day_of(number)}/call{number:08}.wav"
    return Recording(
        path=f"/night/{name}",
        file=name,
        content_sha256=content_of(number),
        call_id=f"call{number:08}",
        duration_ms=200_000,
        sample_rate_hz=8000,
        codec="pcm_s16le",
        layout=Layout.STEREO,
        channel_count=2,
        metadata=CallMetadata(agent_id=f"agent{number % AGENTS:03}"),
    )


def day_of(number: int) -> date:
    """The first calls are the oldest."""
    return FIRST_DAY + timedelta(days=number // A_DAY)


def content_of(number: int) -> str:
    """A hash like any other."""
    return hashlib.sha256(str(number).encode()).hexdigest()


def source(number: int) -> Source:
    """As a listing gives it."""
    name = f"{day_of(number)}/call{number:08}.wav"
    return Source(Path("/night") / name, name, "audio", size=1000 + number, mtime_ns=10**18)


def fill(store: Store, count: int) -> None:
    """As if so many calls had been scored."""
    product = "a" * 64
    store.put_product(product, "converse", "a", b"{}")
    stand_in = gzip.compress(b"{}", mtime=0)
    real = gzip.compress(codec.dumps(conversation(1)), mtime=0)
    moment = datetime.now(UTC)
    for first in range(0, count, BLOCK):
        rows: dict[sa.Table, list[dict[str, Any]]] = {
            table: [] for table in (recordings, calls, evaluations, verdicts)
        }
        for number in range(first, min(count, first + BLOCK)):
            item = source(number)
            agent = f"agent{number % AGENTS:03}"
            known = {
                "path": item.location,
                "file": item.file,
                "content_sha256": content_of(number),
                "call_id": f"call{number:08}",
                "updated_at": moment,
            }
            rows[recordings].append(
                known
                | {
                    "size": item.size,
                    "mtime_ns": item.mtime_ns,
                    "status": "scored",
                    "tries": 0,
                    "set_aside": False,
                    "first_seen": moment,
                    "made_by": result_mark(KIT, source_mark(item)),
                }
            )
            in_day = number < A_DAY
            rows[calls].append(
                known
                | {
                    "agent_key": agent,
                    "agent_id": agent,
                    "language": "en",
                    "started_at": f"{day_of(number)}T09:00:00",
                    "started_on": day_of(number).isoformat(),
                    "duration_ms": 200_000,
                    "layout": "stereo",
                    "product_keys": "{}",
                    "conversation_key": product,
                    "recording": gzip.compress(codec.dumps(recording(number)), mtime=0)
                    if in_day
                    else stand_in,
                    "conversation": real if in_day else stand_in,
                }
            )
            rows[evaluations].append(
                {
                    "id": number + 1,
                    "call_id": f"call{number:08}",
                    "content_sha256": content_of(number),
                    "conversation_key": product,
                    "rubric_id": "phone_standard",
                    "rubric_version": "1",
                    "rubric_fingerprint": "f" * 64,
                    "engines": "{}",
                    "score": 0.5,
                    "failed_automatically": False,
                    "created_at": moment,
                }
            )
            rows[verdicts] += [
                {
                    "evaluation_id": number + 1,
                    "position": at,
                    "criterion": name,
                    "outcome": "pass" if (number + at) % 3 else "fail",
                    "confidence": 0.9,
                    "reason": "said",
                    "explanation_en": "Said at the end.",
                    "explanation_zh": "结尾说了。",
                    "evidence": "[]",
                }
                for at, name in enumerate(CRITERIA)
            ]
        with store._db.write() as connection:
            for table, values in rows.items():
                connection.execute(table.insert(), values)


def listing(count: int) -> Iterator[Source]:
    """Everything known, and some that are new."""
    for number in range(count + NEW):
        yield source(number)


def list_new(store: Store, count: int) -> int:
    """How many of the listing need work."""
    queue = Queue(
        listing(count),
        store,
        Settings(settle_s=0),
        wanted=Wanted(),
        kit_mark=lambda _: KIT,
        on_known=lambda *_: None,
    )
    queue.fill(math.inf)
    return len(queue)


def export_day(store: Store, count: int) -> int:
    """A day as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        which = CallFilter(since=FIRST_DAY, until=FIRST_DAY)
        return EXPORTS["json"](store, Path(folder) / "day.json", which)


def agent_card(store: Store, count: int) -> int:
    """An agent's scorecard over a week."""
    which = CallFilter(agent="AGENT007", since=FIRST_DAY, until=FIRST_DAY + timedelta(days=6))
    [card] = aggregate(store.scored_calls(which))
    return card.scored_calls


def one_claim(store: Store, count: int) -> int:
    """A hundred recordings taken in hand, noted and released."""
    for number in range(100):
        store.claim(f"/night/new{number}.wav", f"new{number}.wav", 1, 1)
        store.save_seen(f"new{number}.wav", f"/night/new{number}.wav", 1, 1, f"{number:064}")
    store.release_claims()
    return 100


def one_call(store: Store, count: int) -> int:
    """A call by its id, with what was found out."""
    return int(store.stored_call(f"call{min(count, A_DAY) // 2:08}") is not None)


TASKS: tuple[tuple[str, Callable[[Store, int], int]], ...] = (
    (f"what is new in a listing of all, {NEW} new", list_new),
    (f"export of a day ({A_DAY} calls) as JSON", export_day),
    ("an agent's scorecard over a week", agent_card),
    ("claim, note and release 100 recordings", one_claim),
    ("one call by its id", one_call),
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--store", help="postgresql://...; must be empty, for one size only")
    given = parser.parse_args()
    times: dict[str, list[float]] = {name: [] for name, _ in TASKS}
    for count in given.sizes:
        with (
            tempfile.TemporaryDirectory() as folder,
            open_store(Path(folder) / "data", url=given.store) as store,
        ):
            began = time.perf_counter()
            fill(store, count)
            size_mb = 0.0
            with suppress(OSError):
                size_mb = (Path(folder) / "data" / "qa.sqlite").stat().st_size / 1e6
            filled_s = time.perf_counter() - began
            print(f"{count:,} calls: filled in {filled_s:.0f} s, {size_mb:,.0f} MB")
            for name, task in TASKS:
                began = time.perf_counter()
                found = task(store, count)
                seconds = time.perf_counter() - began
                times[name].append(seconds)
                print(f"  {name}: {seconds:.3f} s ({found})", flush=True)
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"  peak memory so far: {peak_mb:.0f} MB")
    if len(given.sizes) > 1:
        print(
            "\ngrowth: time at the last size / at the first, for "
            f"{given.sizes[-1] / given.sizes[0]:.0f} times the calls"
        )
        for name, seconds_of in times.items():
            print(f"  {name}: {seconds_of[-1] / max(seconds_of[0], 1e-4):.1f}")


if __name__ == "__main__":
    main()
