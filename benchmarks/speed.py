"""The pipeline against what others do: speed and errors on the same calls, in one run.

Run: ``python -m benchmarks.speed [RECORDING ...] [--whisperx PYTHON]``

Against three ways, all with the same weights on the same machine:

- the plain one: openai-whisper with word times over the whole file, then pyannote.audio;
- faster-whisper with word times (int8, all threads), then pyannote.audio;
- whisperX's own transcription (its voice detector and batches), without its aligner and without
  telling voices apart, if there is a Python with it.

The pipeline does all of it and the scoring besides, as one worker of two threads and as two
workers of one. Each way runs in a process of its own, in turns, round after round; ratios are
taken round by round, without loading. Errors are those of the last round.

``python -m benchmarks.speed --make-whisperx FOLDER`` makes an environment with whisperX beside
this one, whose torch and other libraries it shares; nothing here is changed. Then:
``python -m benchmarks.speed --whisperx FOLDER/bin/python``.
"""

from __future__ import annotations

import argparse
import json
import resource
import site
import statistics
import subprocess
import sys
import venv
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.speed_ways import OURS, STAGES, THEIRS, WAYS, Measured, Said
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.spans import Span, merge
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.measure import voices, words
from qa_pipeline.measure.labels import load_labels

ROOT = Path(__file__).resolve().parent.parent
# Mono and stereo, both languages, six formats.
DEFAULT = (
    "en_parcel_late.wav",
    "en_travel_rebooking.mp3",
    "en_insurance_claim.mp3",
    "zh_parcel_address.m4a",
    "zh_bank_card_loss.amr",
    "zh_broadband_slow.ogg",
)
WHISPERX = "whisperX, words only"
# Without their dependencies: what they need is in this environment, but for these versions.
_PACKAGES = ("whisperx==3.8.6", "transformers==4.57.6", "huggingface-hub==0.36.2")
_TOKENIZERS = "tokenizers==0.22.2"

Round = Mapping[str, Measured]


def make_whisperx(folder: Path) -> None:
    """An environment with whisperX that sees this one's packages behind its own."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--no-deps", *_PACKAGES, _TOKENIZERS]
    subprocess.run(install, check=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    own = folder / "lib" / version / "site-packages"
    # Written last, so that the installer never sees, or changes, what is here.
    (own / "shared.pth").write_text("\n".join(site.getsitepackages()), encoding="utf-8")
    print(f"python -m benchmarks.speed --whisperx {python}")


def in_own_process(way: str, files: Sequence[Path], python: str) -> Measured:
    """One way in a process of its own."""
    command = [python, "-m", "benchmarks.speed", "--way", way, *map(str, files)]
    done = subprocess.run(command, check=False, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"{way} failed; its last words stand above.")
    made = json.loads(done.stdout.splitlines()[-1])
    made["said"] = {file: Said(**said) for file, said in made["said"].items()}
    return Measured(**made)


def errors(way: Measured, files: Sequence[Path]) -> str:
    """Word errors of each language and the diarization error, over the labelled calls."""
    counted: list[words.WordErrors] = []
    voiced: list[voices.DiarizationErrors] = []
    strict: list[voices.DiarizationErrors] = []
    for path in files:
        labels = load_labels(path.parent / "labels.json").entries
        label, said = labels.get(path.name), way.said.get(path.name)
        if label is None or said is None or not label.turns:
            continue
        turns = [Turn(Role.AGENT, at, at, text) for at, text in said.texts]
        counted.append(words.word_errors(label.turns, turns, label.language or "en"))
        if said.voices:
            heard = {
                role: merge((Span(*span) for span in spans), voices.JOINED_GAP_MS)
                for role, spans in zip(voices.PARTIES, [*said.voices, [], []], strict=False)
            }
            truth = voices.speech_of_label(label.turns)
            ends = [s.end_ms for own in (truth, heard) for spans in own.values() for s in spans]
            for collar, rows in ((voices.COLLAR_MS, voiced), (0, strict)):
                rows.append(voices.diarization_errors(truth, heard, max(ends), collar))
    told = [f"{one.unit} errors {one.rate or 0:.3f}" for one in words.pooled(counted)]
    for title, rows in (("diarization errors", voiced), ("without collar", strict)):
        speech_ms = sum(row.speech_ms for row in rows)
        wrong_ms = sum(row.missed_ms + row.false_alarm_ms + row.confusion_ms for row in rows)
        told += [f"{title} {wrong_ms / speech_ms:.3f}"] if speech_ms else []
    return ", ".join(told)


def speed_of(title: str, way: Measured, rounds: Sequence[Round], files: Sequence[Path]) -> str:
    """One way's lines: the median round's speed, memory, errors."""
    seconds = statistics.median(one[title].hearing_s for one in rounds)
    return (
        f"{title:<28}{60 * seconds / way.audio_s:>7.2f} s per minute of audio "
        f"({60 * way.cpu_s / way.audio_s:.2f} processor seconds), "
        f"{way.audio_s / seconds:>5.1f} times real time, "
        f"{3600 * len(files) / seconds:>5.0f} calls an hour, loading {way.load_s:>4.1f} s, "
        f"peak memory {way.peak_mib:.0f} MiB\n{'':<28}{errors(way, files)}"
    )


def ratios(mine: str, other: str, rounds: Sequence[Round]) -> str:
    """How many times faster `mine` is, round by round."""
    found = sorted(one[other].hearing_s / one[mine].hearing_s for one in rounds)
    pairs = ", ".join(f"{ratio:.2f}" for ratio in found)
    busy = statistics.median(one[other].cpu_s / one[mine].cpu_s for one in rounds)
    return (
        f"{mine} against {other}: {statistics.median(found):.2f} times as fast ({pairs}); "
        f"{busy:.2f} times by processor seconds"
    )


def words_only(other: str, rounds: Sequence[Round]) -> str:
    """The stages that make words against a way that makes nothing else."""
    names = ("ingest", "voice detector", "transcribe", "second decoding")
    first = ("ingest", "voice detector", "transcribe")
    told = []
    for title, wanted in (("with", names), ("without", first)):
        found = sorted(
            one[other].hearing_s / sum(one[STAGES].stages_s.get(name, 0.0) for name in wanted)
            for one in rounds
        )
        told.append(f"{statistics.median(found):.2f} {title} the second decoding")
    return f"Its stages that make words against {other}: {', '.join(told)}"


def report(rounds: Sequence[Round], files: Sequence[Path]) -> str:
    """All tables."""
    last = rounds[-1]
    audio_s = max(way.audio_s for way in last.values())
    lines = [f"{audio_s / 60:.1f} minutes of audio, {len(files)} calls, {len(rounds)} rounds"]
    lines += [speed_of(title, way, rounds, files) for title, way in last.items()]
    for title, way in last.items():
        lines.append(f"Where the time goes, {title}:")
        for name, seconds in way.stages_s.items():
            share = 100 * seconds / way.hearing_s
            lines.append(
                f"    {name:<30}{60 * seconds / audio_s:>8.2f} s per minute{share:>7.1f} %"
            )
    ours = [mine for mine in OURS if mine in last]
    lines += [ratios(mine, other, rounds) for mine in ours for other in THEIRS if other in last]
    if STAGES in last and WHISPERX in last:
        lines.append(words_only(WHISPERX, rounds))
    return "\n".join(lines)


def hear(title: str, files: list[Path]) -> None:
    """One way in this process; prints what it measured as JSON."""
    measured = WAYS[title](files)
    if not measured.peak_mib:
        measured.peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(asdict(measured)))


def main() -> None:
    """Measure all ways in rounds and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--whisperx", metavar="PYTHON", help="a Python that has whisperX")
    parser.add_argument("--make-whisperx", metavar="FOLDER", type=Path)
    parser.add_argument("--without", action="append", default=[], choices=sorted(WAYS))
    parser.add_argument("--way", choices=sorted(WAYS), help=argparse.SUPPRESS)
    given = parser.parse_args()
    files = [path.absolute() for path in given.files] or [
        ROOT / "sample_calls" / name for name in DEFAULT
    ]
    if given.make_whisperx:
        make_whisperx(given.make_whisperx)
        return
    if given.way:
        hear(given.way, files)
        return
    pythons = dict.fromkeys(WAYS, sys.executable) | {WHISPERX: given.whisperx}
    titles = [title for title in WAYS if pythons[title] and title not in given.without]
    rounds: list[Round] = []
    for number in range(given.rounds):
        found = {}
        for title in titles:
            found[title] = in_own_process(title, files, pythons[title])
            way = found[title]
            told = f"{way.hearing_s:.1f} s, {way.cpu_s:.1f} processor seconds"
            print(f"round {number + 1}, {title}: {told}", file=sys.stderr, flush=True)
        rounds.append(found)
    print(report(rounds, files))


if __name__ == "__main__":
    main()
