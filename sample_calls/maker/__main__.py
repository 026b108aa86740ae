"""Make the sample calls: ``python -m sample_calls.maker [ID ...]``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from sample_calls.maker.calls import make, write_json
from sample_calls.maker.errors import MakerError
from sample_calls.maker.labels import file_name
from sample_calls.maker.script import Script, load
from sample_calls.maker.voices import Voices

HOME = Path(__file__).resolve().parents[1]


def main(arguments: list[str] | None = None) -> int:
    """Make the calls that are named, or all; 0 when all could be made, else 2."""
    parser = argparse.ArgumentParser(
        prog="python -m sample_calls.maker",
        description="Make sample calls (audio, sidecars, labels.json) from their scripts.",
        epilog="example: python -m sample_calls.maker en_travel_rebooking --cache .voices",
    )
    parser.add_argument("ids", nargs="*", help="scripts to make; all when none is named")
    parser.add_argument("--scripts", type=Path, default=HOME / "scripts", help="their folder")
    parser.add_argument("--audio", type=Path, default=HOME, help="where audio goes")
    parser.add_argument("--labels", type=Path, default=HOME / "labels.json", help="labels file")
    parser.add_argument("--cache", type=Path, help="keep spoken lines here between runs")
    options = parser.parse_args(arguments)
    voices = Voices(options.cache)
    try:
        scripts = _scripts(options.scripts, options.ids)
        labels = _kept_labels(options.labels, options.ids)
        for script in scripts:
            labels[file_name(script)] = made = make(script, options.audio, voices)
            print(f"{file_name(script)}  {made['duration_ms'] / 1000:.1f} s", flush=True)
            write_json(options.labels, dict(sorted(labels.items())))
    except MakerError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _scripts(folder: Path, ids: list[str]) -> list[Script]:
    paths = [folder / f"{name}.yaml" for name in ids] or sorted(folder.glob("*.yaml"))
    missing = [path.name for path in paths if not path.exists()]
    if missing or not paths:
        raise MakerError(f"no such script in {folder}: {', '.join(missing) or '*.yaml'}.")
    return [load(path) for path in paths]


def _kept_labels(path: Path, ids: list[str]) -> dict[str, Any]:
    """Labels of the calls that are not made anew."""
    if not ids or not path.exists():
        return {}
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return {name: entry for name, entry in kept.items() if Path(name).stem not in ids}


if __name__ == "__main__":
    sys.exit(main())
