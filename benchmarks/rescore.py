"""How fast kept calls are scored by another rubric: calls a second on one core.

    python -m benchmarks.rescore [--data DIR] [--rubric FILE|ID] [--calls 1000]

Each rubric is measured alone, in a process of its own; all that come with qa_pipeline, if none is
named. Without ``--data`` the calls are made of their cases, several in a row up to the length of a
real call, each time with other names and numbers, so that no sentence is met twice in the same
words; with it, those kept in a data folder (which is copied first) are scored. Everything counts
that the command does: reading rubrics and acts, reading calls, judging, keeping the evaluations.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from qa_pipeline import api, api_rescoring, api_rubric
from qa_pipeline.config import Settings
from qa_pipeline.criteria.rubric_file import load_rubric, shipped_rubrics
from qa_pipeline.resources import rubrics_dir
from qa_pipeline.rubric_cases import cases_beside, load_cases
from qa_pipeline.rubric_cases.scripts import spoken_ms

AIM = 200  # calls a second
TURNS = 20  # of a call; recorded calls of two to three minutes have so many
NAMES = {
    "en": (
        "Adams", "Baker", "Clark", "Davis", "Evans", "Foster", "Grant", "Hughes", "Irwin", "Jones",
    ),
    "zh": tuple("王李张刘陈杨赵黄周吴徐孙"),
}  # fmt: skip


class NoEngines:
    """Engines that nothing asks to hear anything; the encoder has a version alone."""

    class encoder:  # noqa: N801 - stands in for an attribute
        """No sentence is encoded: the conversations are kept."""

        name = "none"
        version = "none"

        @staticmethod
        def encode(texts: Sequence[str]) -> object:
            """Vectors that are near to nothing."""
            import numpy as np

            return np.eye(max(1, len(texts)), 512, dtype=np.float32)


def varied(text: str, language: str, number: int) -> str:
    """The text with a name and a number of its own at its end."""
    draw = random.Random(f"{text} {number}")
    name = draw.choice(NAMES[language])
    return (
        f"{text} {name} {draw.randrange(10_000)}."
        if language == "en"
        else f"{text}{name}{draw.randrange(10_000)}。"
    )


def words_of(text: str, language: str, start_ms: int, end_ms: int) -> list[dict[str, object]]:
    """The words (in Mandarin characters) of a text, as a recogniser tells them."""
    words = text.split() if language == "en" else [sign for sign in text if sign.isalnum()]
    step = (end_ms - start_ms) / max(1, len(words))
    return [
        {
            "start_ms": round(start_ms + step * at),
            "end_ms": round(start_ms + step * (at + 1)),
            "text": word,
            "probability": 0.9,
        }
        for at, word in enumerate(words)
    ]


def write_turns(lines: Sequence[str], language: str, folder: Path, number: int) -> None:
    """Lines of scripts as a transcript file, their words varied."""
    turns, now = [], 500
    for line in lines:
        who, _, said = line.partition(": ")
        if who[:1] not in "AC" or not said:
            continue
        text = varied(said, language, number)
        end = now + spoken_ms(text, language)
        role = "agent" if who.startswith("A") else "customer"
        words = words_of(text, language, now, end)
        turns.append({"role": role, "start_ms": now, "end_ms": end, "text": text, "words": words})
        now = end + 400
    content = {"call_id": f"c{number}", "language": language, "turns": turns}
    (folder / f"c{number}.turns.json").write_text(json.dumps(content), encoding="utf-8")


def made_data(folder: Path, count: int) -> None:
    """Make ``folder/data``: so many calls, scored by the standard rubric."""
    calls = folder / "calls"
    calls.mkdir()
    scripts = [
        case.script
        for name in shipped_rubrics()
        for case in load_cases(cases_beside(rubrics_dir() / f"{name}.yaml"))
    ]
    lines = {
        language: cycle(
            [line for script in scripts if script.language == language for line in script.lines]
        )
        for language in NAMES
    }
    for number in range(count):
        language = tuple(NAMES)[number % len(NAMES)]
        write_turns(list(islice(lines[language], TURNS)), language, calls, number)
    engines = NoEngines()
    api.run([calls], Settings(data_dir=folder / "data"), engines=engines)  # type: ignore[arg-type]


def measured(data: Path, rubric: str, *, heard: bool) -> bool:
    """Score the calls in `data` by one rubric and print how fast; whether the aim is met."""
    criteria = len(load_rubric(api_rubric.rubric_file(rubric)).criteria)
    settings = Settings(data_dir=data, rubric=(rubric,))
    engines = None if heard else NoEngines()
    spent = time.process_time()
    done = api_rescoring.rescored(settings, engines=engines)  # type: ignore[arg-type]
    spent = time.process_time() - spent
    # Processor time, since other programs may be using the core as well.
    rate = done.calls / max(spent, 1e-6)
    print(
        f"{rubric}: {done.calls} calls by {criteria} criteria, {done.added} kept, {done.remade} "
        f"made anew: {rate:.0f} calls a second on one core ({done.calls_per_second:.0f} by the "
        f"clock, without starting); aim {AIM}: {'met' if rate >= AIM else 'not met'}",
        flush=True,
    )
    return rate >= AIM


def in_a_process(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """A function's result from a fresh process: nothing is loaded or remembered there."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *args, **kwargs).result()


def main(arguments: Sequence[str] | None = None) -> int:
    """Print calls a second for each rubric; 1 if any is slower than aimed at."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--rubric", action="append")
    parser.add_argument("--calls", type=int, default=1000)
    options = parser.parse_args(arguments)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = folder / "data"
        if options.data:
            shutil.copytree(options.data, data)
        else:
            in_a_process(made_data, folder, options.calls)
        met = [
            in_a_process(measured, data, rubric, heard=bool(options.data))
            for rubric in options.rubric or shipped_rubrics()
        ]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
