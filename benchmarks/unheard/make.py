"""Make labelled calls nobody has heard: ``python -m benchmarks.unheard.make --half tuning ...``.

Stopped and started again it goes on where it was; a call that would come out otherwise than the
one that lies there is made anew.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

from benchmarks.unheard.cast import PAIRS, sex_of
from benchmarks.unheard.draw import Drawn, draw
from benchmarks.unheard.effects import surroundings
from benchmarks.unheard.scenario import HOME, Half, load_half
from sample_calls.maker.calls import make, write_json
from sample_calls.maker.errors import MakerError
from sample_calls.maker.labels import file_name
from sample_calls.maker.script import CRITERIA
from sample_calls.maker.voices import Voices

REVISION: Final = 3  # raised when the same drawing comes to sound or be labelled otherwise
LABELS: Final = "labels.json"


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made."""

    half: Half
    seed: int
    out: Path
    cache: Path | None
    scenarios: Path = HOME


def fingerprint(drawn: Drawn) -> str:
    """Changes whenever the call would come out otherwise."""
    told = repr((REVISION, drawn))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def entry_of(drawn: Drawn, labels: dict[str, Any], seed: int) -> dict[str, Any]:
    """A call's labels with what was drawn beside them."""
    record = drawn.script.sidecar or {}
    return labels | {
        "half": drawn.half,
        "seed": seed,
        "index": drawn.index,
        "scenario": drawn.scenario,
        "alternatives": dict(drawn.alternatives),
        "voices": {"agent": drawn.script.agent.voice, "customer": drawn.script.customer.voice},
        "record": sorted(set(record) - {"call_id", "direction", "started_at"}),
        "conditions": drawn.conditions.flat()
        | {
            "speed": drawn.script.agent.pitch,
            "same_sex": _same_sex(drawn),
            "packet_loss": drawn.conditions.packet_loss_percent,
        },
        "drawn": fingerprint(drawn),
    }


def make_all(order: Order, drawn: Iterable[Drawn], jobs: int = 1) -> Iterator[tuple[str, int]]:
    """Make what is not there yet; yields each new file's name and its length in ms.

    Raises:
        MakerError: the folder holds other calls, or something for making them is missing.
    """
    labels = _kept(order)
    missing = [one for one in drawn if not _is_there(order, one, labels)]
    work = partial(_make_one, order)
    if jobs == 1:
        for made in map(work, missing):
            yield _note(order, labels, made)
        return
    with ProcessPoolExecutor(jobs) as pool:
        for made in pool.map(work, missing):
            yield _note(order, labels, made)


def main(arguments: list[str] | None = None) -> int:
    """0 when all calls are there, 2 when something is missing."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.unheard.make",
        description="Make labelled calls of one half: audio, sidecars and labels.json.",
        epilog="example: python -m benchmarks.unheard.make --half tuning --out calls --calls 40"
        " --seed 1 --cache .voices",
    )
    parser.add_argument("--half", choices=("tuning", "test"), required=True)
    parser.add_argument("--out", type=Path, help="folder for the calls")
    parser.add_argument("--calls", type=int, default=160, help="how many (default 160)")
    parser.add_argument("--seed", type=int, default=1, help="another gives others (default 1)")
    parser.add_argument("--cache", type=Path, help="keep spoken sentences here between runs")
    parser.add_argument("--jobs", type=int, default=1, help="processes (default 1)")
    parser.add_argument("--dry-run", action="store_true", help="show what is drawn, make nothing")
    parser.add_argument("--list", action="store_true", help="list scenarios and voices, then stop")
    given = parser.parse_args(arguments)
    try:
        scenarios = load_half(given.half)
        if given.list:
            _list(given.half, scenarios)
            return 0
        drawn = (draw(given.half, given.seed, i, scenarios) for i in range(given.calls))
        if given.dry_run:
            for one in drawn:
                print(_summary(one))
            return 0
        if given.out is None:
            parser.error("--out is needed: name a folder for the calls, or use --dry-run")
        order = Order(given.half, given.seed, given.out, given.cache)
        for name, duration_ms in make_all(order, drawn, given.jobs):
            print(f"{name}  {duration_ms / 1000:.1f} s", flush=True)
    except MakerError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"{given.calls} calls are in {given.out}")
    return 0


@cache
def _voices(folder: Path | None) -> Voices:
    """One per process: loading a voice takes seconds."""
    return Voices(folder)


def _make_one(order: Order, drawn: Drawn) -> tuple[str, dict[str, Any]]:
    voices = _voices(order.cache)
    labels = make(drawn.script, order.out, voices, surroundings(drawn, voices))
    return file_name(drawn.script), entry_of(drawn, labels, order.seed)


def _note(
    order: Order, labels: dict[str, Any], made: tuple[str, dict[str, Any]]
) -> tuple[str, int]:
    """Write the labels with the new call; an older form of the same call goes."""
    name, entry = made
    for other in [n for n, e in labels.items() if e["index"] == entry["index"] and n != name]:
        del labels[other]
        (order.out / other).unlink(missing_ok=True)
        if Path(other).stem != Path(name).stem:
            (order.out / other).with_suffix(".json").unlink(missing_ok=True)
    labels[name] = entry
    write_json(order.out / LABELS, dict(sorted(labels.items())))
    return name, int(entry["duration_ms"])


def _is_there(order: Order, drawn: Drawn, labels: dict[str, Any]) -> bool:
    name = file_name(drawn.script)
    known = labels.get(name, {}).get("drawn")
    return known == fingerprint(drawn) and (order.out / name).exists()


def _kept(order: Order) -> dict[str, Any]:
    """Labels of the calls that lie in the folder.

    Raises:
        MakerError: they are of another half or seed.
    """
    path = order.out / LABELS
    if not path.exists():
        return {}
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    others = {(entry.get("half"), entry.get("seed")) for entry in kept.values()}
    if others - {(order.half, order.seed)}:
        found = ", ".join(f"{half} (seed {seed})" for half, seed in sorted(map(tuple, others)))
        raise MakerError(
            f"{order.out} holds calls of {found}: name another folder for {order.half}"
            f" (seed {order.seed})."
        )
    return kept


def _same_sex(drawn: Drawn) -> bool:
    return sex_of(drawn.script.agent.voice) == sex_of(drawn.script.customer.voice)


def _summary(drawn: Drawn) -> str:
    flat, script = drawn.conditions.flat(), drawn.script
    outcomes = " ".join(f"{name}={script.expect[name].outcome}" for name in CRITERIA)
    return (
        f"{script.id} {script.agent.voice}>{script.customer.voice} {script.layout}"
        f" {script.format} {flat['ringing_kind']}:{flat['rings']}:{script.country}"
        f" snr={flat['snr_db']} loss={flat['packet_loss_percent']} {flat['ending_by']}:"
        f"{flat['ending_sound']} {outcomes}"
    )


def _list(half: Half, scenarios: Any) -> None:
    for language, listed in scenarios.items():
        for scenario in listed:
            counts = ", ".join(
                f"{name} {'/'.join(str(len(found)) for found in outcomes.values())}"
                for name, outcomes in scenario.slots.items()
            )
            print(f"{scenario.id}: {counts}")
        print(f"{language} voices: {', '.join(f'{a}>{b}' for a, b in PAIRS[half][language])}")


if __name__ == "__main__":
    sys.exit(main())
