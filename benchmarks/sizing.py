"""What so many calls a day need, on paper: the table of docs/sizing.md.

    python -m benchmarks.sizing [--calls 100 10000 1000000] [--minutes 4] [--hours 10.5] [...]

Every figure that the table rests on is an option; its default is the one that was measured, and
where. Put your own beside them: `python -m benchmarks.speed` measures the seconds of work on your
machine, the length of your calls stands in `qa-pipeline run`'s summary.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, fields
from math import ceil


@dataclass(frozen=True)
class Figures:
    """What the table is made of."""

    minutes: float = 4.0  # of a call, mean; an assumption
    hours: float = 10.5  # of the night: 20:00 to 06:30
    busy: float = 0.8  # share of the night that is planned for; the rest is for what goes wrong
    work_s: float = 4.3  # per minute of audio, by one worker with two threads (README, Speed)
    threads: int = 2  # of such a worker
    worker_gb: float = 1.63  # the most that a worker held (README, Speed)
    machine_cores: int = 32
    machine_gb: float = 2.0  # besides the workers: the parent, the system, its cache
    model_share: float = 0.85  # of the work: transcribe, second decoding, diarize (README, Speed)
    product_kb: float = 10.0  # per minute; 72 calls of 111 minutes
    conversation_kb: float = 4.9  # per minute, in the database; the same calls
    row_kb: float = 8.8  # per call, in the database, one rubric of seven criteria; the same calls
    file_kb: float = 2.0  # half a block of the disk is empty at the end of each product's file
    products: int = 7  # of a call
    wav_mb: float = 0.96  # per minute: 8 kHz, 16 bit, mono
    mp3_mb: float = 0.24  # per minute: 32 kbit/s
    writes: int = 10  # transactions of a call: claim, content, products, result


@dataclass(frozen=True)
class Need:
    """What a number of calls a day comes to."""

    calls: int
    given: Figures

    @property
    def audio_hours(self) -> float:
        """A day's recordings."""
        return self.calls * self.given.minutes / 60

    @property
    def core_hours(self) -> float:
        """Of processor time a day."""
        return self.audio_hours * self.given.work_s / 60 * self.given.threads

    @property
    def night_s(self) -> float:
        """The planned part of a night."""
        return self.given.hours * 3600 * self.given.busy

    @property
    def workers(self) -> int:
        """That are done with a day's calls in the planned part of the night."""
        return max(1, ceil(self.audio_hours * 60 * self.given.work_s / self.night_s))

    @property
    def cores(self) -> int:
        """For these workers."""
        return self.workers * self.given.threads

    @property
    def machines(self) -> int:
        """With `machine_cores` each."""
        return ceil(self.cores / self.given.machine_cores)

    @property
    def memory_gb(self) -> float:
        """Of all machines together."""
        return self.workers * self.given.worker_gb + self.machines * self.given.machine_gb

    @property
    def cores_beside_gpus(self) -> int:
        """For what is left when the models run elsewhere: the least, not measured."""
        return max(1, ceil(self.cores * (1 - self.given.model_share)))

    @property
    def database_gb(self) -> float:
        """A day's rows."""
        given = self.given
        return self.calls * (given.conversation_kb * given.minutes + given.row_kb) / 1e6

    @property
    def products_gb(self) -> float:
        """A day's products on the disk."""
        given = self.given
        return (
            self.calls * (given.product_kb * given.minutes + given.file_kb * given.products) / 1e6
        )

    @property
    def wav_gb(self) -> float:
        """A day's recordings as WAV."""
        return self.calls * self.given.minutes * self.given.wav_mb / 1e3

    @property
    def mp3_gb(self) -> float:
        """A day's recordings as MP3."""
        return self.calls * self.given.minutes * self.given.mp3_mb / 1e3

    @property
    def wav_mbit_s(self) -> float:
        """To fetch them in the planned part of the night."""
        return self.wav_gb * 8e3 / self.night_s

    @property
    def writes_s(self) -> float:
        """Transactions a second."""
        return self.calls * self.given.writes / self.night_s

    @property
    def connections(self) -> int:
        """To a database server: two of each worker and of each machine's parent."""
        return 2 * (self.workers + self.machines)


def table(needs: Sequence[Need]) -> str:
    """A column for each number of calls, as Markdown."""
    rows = [
        ("calls a day", [f"{need.calls:,}" for need in needs]),
        ("audio, hours a day", [_short(need.audio_hours) for need in needs]),
        ("processor, core-hours a day", [_short(need.core_hours) for need in needs]),
        ("workers", [f"{need.workers:,}" for need in needs]),
        ("cores", [f"{need.cores:,}" for need in needs]),
        ("memory, GB", [_short(need.memory_gb) for need in needs]),
        (f"machines of {needs[0].given.machine_cores} cores", [str(n.machines) for n in needs]),
        ("cores beside GPUs, at least", [f"{need.cores_beside_gpus:,}" for need in needs]),
        ("database, GB a day", [_short(need.database_gb) for need in needs]),
        ("products, GB a day", [_short(need.products_gb) for need in needs]),
        ("both, GB a year", [_short(365 * (n.database_gb + n.products_gb)) for n in needs]),
        ("recordings as WAV, GB a day", [_short(need.wav_gb) for need in needs]),
        ("recordings as MP3, GB a day", [_short(need.mp3_gb) for need in needs]),
        ("WAV over the network, Mbit/s", [_short(need.wav_mbit_s) for need in needs]),
        ("database, transactions a second", [_short(need.writes_s) for need in needs]),
        ("database, connections", [f"{need.connections:,}" for need in needs]),
    ]
    (name, values), *rest = rows
    lines = [f"| {name} | {' | '.join(values)} |", "|---|" + "---:|" * len(values)]
    return "\n".join([*lines, *(f"| {name} | {' | '.join(values)} |" for name, values in rest)])


def _short(value: float) -> str:
    """Two figures where there are few, thousands with commas; more would be a pretence."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, nargs="+", default=[100, 10_000, 1_000_000])
    for field in fields(Figures):
        option = f"--{field.name.replace('_', '-')}"
        parser.add_argument(option, type=type(field.default), default=field.default)
    given = vars(parser.parse_args())
    calls = given.pop("calls")
    print(table([Need(number, Figures(**given)) for number in calls]))


if __name__ == "__main__":
    main()
