"""Seconds per minute of audio: each stage, the whole pipeline, and the plain way beside it.

Run: ``python -m benchmarks.speed [RECORDING ...]``

The plain way is what one would write first: openai-whisper with word times over the whole file,
then pyannote.audio over the whole file; the same weights, the same recordings, the same machine,
in the same run. Each way runs in a process of its own, so that peak memory is its own, in turns
(A B A B ...), and the ratio is taken pair by pair. Loading is told apart from hearing.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from qa_pipeline import config
from qa_pipeline.acoustics.resampling import to_engine_rate
from qa_pipeline.domain.recording import Audio, FloatArray
from qa_pipeline.domain.spans import Span
from qa_pipeline.ports import Engines, SecondReader

NOISE: FloatArray = np.random.default_rng(0).normal(0, 0.01, 4 * 16_000).astype(np.float32)
WHOLE = (Span(0, 4_000),)
ROOT = Path(__file__).resolve().parent.parent
DEFAULT = ("en_parcel_late.wav", "zh_parcel_address.m4a")


@dataclass
class Measured:
    """One way over all recordings. Seconds of wall-clock time; memory in MiB."""

    audio_s: float = 0.0
    load_s: float = 0.0
    stages_s: dict[str, float] = field(default_factory=dict)
    peak_mib: float = 0.0

    @property
    def hearing_s(self) -> float:
        """All stages, without loading."""
        return sum(self.stages_s.values())

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time of a block to a stage."""
        started = time.perf_counter()
        yield
        seconds = time.perf_counter() - started
        self.stages_s[name] = self.stages_s.get(name, 0.0) + seconds


def warm_up(engines: Engines) -> None:
    """Load every model, by letting it work on a little noise."""
    to_engine_rate(Audio(NOISE[None], 8_000))  # the resampler loads late, too
    engines.voice_detector.detect(NOISE)
    engines.diarizer.diarize(NOISE, WHOLE, 2)
    engines.transcriber.detect_language(NOISE, WHOLE, ("en", "zh"))
    engines.encoder.encode(["warm up"])


def pipeline_way(files: list[Path]) -> Measured:
    """qa_pipeline's stages, one after the other, each timed."""
    from qa_pipeline import api, converse, pipeline
    from qa_pipeline.metadata import discover, load_metadata
    from qa_pipeline.pipeline import engine_channels
    from qa_pipeline.stages.diarize import detect_speech, diarize, from_the_tones, without
    from qa_pipeline.stages.ingest import ingest
    from qa_pipeline.stages.listen import listen, non_speech
    from qa_pipeline.stages.reread import reread
    from qa_pipeline.stages.score import score
    from qa_pipeline.stages.transcribe import LanguageChoice, transcribe
    from qa_pipeline.store import open_store

    measured = Measured()
    settings = config.load()
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        started = time.perf_counter()
        kit = api.build_kit(settings, store)
        engines = kit.engines
        warm_up(engines)
        measured.load_s = time.perf_counter() - started
        for source in discover(files, settings):
            with measured.stage("ingest"):
                metadata, _ = load_metadata(source, settings)
                ingested = ingest(source.path, source.file, metadata)
                channels = engine_channels(ingested.audio)
            recording = ingested.recording
            measured.audio_s += recording.duration_ms / 1000
            with measured.stage("listen"):
                speech = detect_speech(channels, engines.voice_detector)
                timeline = listen(ingested.audio, speech=dict(enumerate(speech)))
                holes = [non_speech(timeline, index) for index in range(len(channels))]
                voices = without(speech, holes)
                speech = from_the_tones(voices, holes)
            with measured.stage("diarize"):
                diarization = diarize(channels, voices, recording.layout, engines.diarizer)
            with measured.stage("transcribe"):
                choice = LanguageChoice(metadata.language, settings.languages)
                hints = pipeline.hints_of(metadata, settings)
                transcript = transcribe(channels, speech, engines.transcriber, choice, hints)
            if settings.second_decoding and isinstance(engines.transcriber, SecondReader):
                with measured.stage("second decoding"):
                    transcript = reread(channels, speech, transcript, engines.transcriber, hints)
            with measured.stage("roles, names, acts"):
                conversation = converse.from_audio(
                    recording, timeline, diarization, transcript, pipeline.tools_of(kit)
                )
            with measured.stage("score"):
                score(conversation, kit.rubrics.usual[0])
    return measured


def plain_way(files: list[Path]) -> Measured:
    """openai-whisper with word times, then pyannote.audio, each over the whole file."""
    from qa_pipeline.acoustics.decode import decode
    from qa_pipeline.engines.factory import build_engines
    from qa_pipeline.engines.openai_whisper import OpenAIWhisperTranscriber
    from qa_pipeline.models import require

    measured = Measured()
    settings = config.load(asr_engine="openai-whisper")
    locate = partial(require, models_dir=settings.models_dir)
    started = time.perf_counter()
    model = OpenAIWhisperTranscriber(locate("whisper-base")).model
    diarizer = build_engines(settings, locate).diarizer
    diarizer.diarize(NOISE, WHOLE, 2)
    measured.load_s = time.perf_counter() - started
    for path in files:
        with measured.stage("decode"):
            audio = decode(path).audio
            mixed = to_engine_rate(audio)
        measured.audio_s += audio.duration_ms / 1000
        with measured.stage("openai-whisper, word times"):
            model.transcribe(mixed, word_timestamps=True, beam_size=5, fp16=False)
        with measured.stage("pyannote.audio"):
            diarizer.diarize(mixed, (Span(0, audio.duration_ms),), 2)
    return measured


WAYS = {"pipeline": pipeline_way, "plain": plain_way}


def in_own_process(way: str, files: list[Path]) -> Measured:
    """One way in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.speed", "--way", way, *map(str, files)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def report(pairs: list[tuple[Measured, Measured]]) -> str:
    """The table: seconds per minute of audio, ratios, peak memory."""
    ours, plain = pairs[-1]
    lines = [f"{ours.audio_s / 60:.1f} minutes of audio, {len(pairs)} pairs; the last pair:"]
    for title, way in (("qa_pipeline", ours), ("the plain way", plain)):
        minutes = way.audio_s / 60
        lines.append(
            f"{title}: {way.hearing_s / minutes:.2f} s per minute of audio "
            f"(real-time factor {way.hearing_s / way.audio_s:.3f}), "
            f"loading {way.load_s:.1f} s, peak memory {way.peak_mib:.0f} MiB"
        )
        for name, seconds in way.stages_s.items():
            lines.append(
                f"    {name:<30}{seconds / minutes:>8.2f} s per minute"
                f"{100 * seconds / way.hearing_s:>7.1f} %"
            )
    ratios = sorted(b.hearing_s / a.hearing_s for a, b in pairs)
    loaded = sorted((b.hearing_s + b.load_s) / (a.hearing_s + a.load_s) for a, b in pairs)
    lines.append(
        f"the pipeline is {statistics.median(ratios):.1f} times faster than the plain way "
        f"(pairs: {', '.join(f'{r:.1f}' for r in ratios)}); "
        f"with loading {statistics.median(loaded):.1f} times"
    )
    return "\n".join(lines)


def main() -> None:
    """Measure both ways in pairs and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--way", choices=sorted(WAYS), help=argparse.SUPPRESS)
    given = parser.parse_args()
    files = given.files or [ROOT / "sample_calls" / name for name in DEFAULT]
    if given.way:
        measured = WAYS[given.way](files)
        measured.peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(asdict(measured)))
        return
    pairs = []
    for number in range(given.pairs):
        pair = (in_own_process("pipeline", files), in_own_process("plain", files))
        pairs.append(pair)
        print(f"pair {number + 1}: {pair[1].hearing_s / pair[0].hearing_s:.1f}", flush=True)
    print(report(pairs))


if __name__ == "__main__":
    main()
