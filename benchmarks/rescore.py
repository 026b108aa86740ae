"""How fast kept calls are scored by another rubric: calls a second on one core.

    python -m benchmarks.rescore [--data DIR] [--rubric FILE|ID] [--calls 1000]

Without ``--data`` the calls are made of the shipped rubrics' cases, each time with other names and
numbers, so that no sentence is met twice in the same words; with it, those kept in a data folder
(which is copied first) are scored. Everything counts that the command does: reading calls, judging,
keeping the evaluations.
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
from collections.abc import Sequence
from pathlib import Path

from qa_pipeline import api, api_rescoring, api_rubric
from qa_pipeline.config import Settings
from qa_pipeline.criteria.rubric_file import load_rubric, shipped_rubrics
from qa_pipeline.resources import rubrics_dir
from qa_pipeline.rubric_cases import Case, cases_beside, load_cases
from qa_pipeline.rubric_cases.scripts import spoken_ms

AIM = 200  # calls a second
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


def write_turns(case: Case, folder: Path, number: int) -> None:
    """A case as a transcript file, its words varied."""
    turns, now = [], 500
    for line in case.script.lines:
        who, _, said = line.partition(": ")
        if who[:1] not in "AC" or not said:
            continue
        text = varied(said, case.script.language, number)
        end = now + spoken_ms(text, case.script.language)
        role = "agent" if who.startswith("A") else "customer"
        turns.append({"role": role, "start_ms": now, "end_ms": end, "text": text})
        now = end + 400
    content = {"call_id": f"c{number}", "language": case.script.language, "turns": turns}
    (folder / f"c{number}.turns.json").write_text(json.dumps(content), encoding="utf-8")


def made_data(folder: Path, count: int) -> None:
    """Make ``folder/data``: so many calls, scored by the standard rubric."""
    calls = folder / "calls"
    calls.mkdir()
    cases = [
        case
        for name in shipped_rubrics()
        for case in load_cases(cases_beside(rubrics_dir() / f"{name}.yaml"))
    ]
    for number in range(count):
        write_turns(cases[number % len(cases)], calls, number)
    engines = NoEngines()
    api.run([calls], Settings(data_dir=folder / "data"), engines=engines)  # type: ignore[arg-type]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print calls a second; 1 if fewer than aimed at."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--rubric", action="append")
    parser.add_argument("--calls", type=int, default=1000)
    options = parser.parse_args(arguments)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.data:
            shutil.copytree(options.data, folder / "data")
        data = folder / "data"
        if not options.data:
            # In a process of its own: no sentence is remembered from having been heard there.
            maker = multiprocessing.get_context("spawn").Process(
                target=made_data, args=(folder, options.calls)
            )
            maker.start()
            maker.join()
        rubrics = tuple(options.rubric or ("helpdesk",))
        criteria = sum(len(load_rubric(api_rubric.rubric_file(r)).criteria) for r in rubrics)
        settings = Settings(data_dir=data, rubric=rubrics)
        engines = None if options.data else NoEngines()
        spent = time.process_time()
        done = api_rescoring.rescored(settings, engines=engines)  # type: ignore[arg-type]
        spent = time.process_time() - spent
    rate, of_processor = done.calls_per_second, done.calls / max(spent, 1e-6)
    print(f"{done.calls} calls by {', '.join(rubrics)} ({criteria} criteria): {done.added} kept")
    # Processor time, since other programs may be using the core as well.
    print(f"{of_processor:.0f} calls a second on one core ({rate:.0f} by the clock)")
    print(f"aim: {AIM}; {'met' if of_processor >= AIM else 'not met'}")
    return 0 if of_processor >= AIM else 1


if __name__ == "__main__":
    sys.exit(main())
