"""The ways that `benchmarks.speed` times: the pipeline in several shapes, and what others do.

Each hears recordings in a process of its own and tells seconds by stage, without loading, and what
it heard, so that speed and errors stand side by side.
"""

from __future__ import annotations

import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from multiprocessing import parent_process
from pathlib import Path
from typing import Any

import numpy as np

from qa_pipeline import api_run, config, kits, pipeline
from qa_pipeline.acoustics.resampling import to_engine_rate
from qa_pipeline.config import Settings
from qa_pipeline.domain.recording import Audio, FloatArray
from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.engines.setup import thread_count
from qa_pipeline.measure.voices import speech_heard
from qa_pipeline.models import require
from qa_pipeline.ports import Engines, SecondReader

NOISE: FloatArray = np.random.default_rng(0).normal(0, 0.01, 4 * 16_000).astype(np.float32)
WHOLE = (Span(0, 4_000),)
_READY = "QA_BENCHMARK_READY"  # a folder in which workers tell when they had loaded everything

Spans = list[tuple[int, int]]


@dataclass
class Said:
    """What a way heard of one call: texts with their start, and up to two voices' speech, in ms."""

    texts: list[tuple[int, str]]
    voices: list[Spans]


@dataclass
class Measured:
    """One way over all recordings. Seconds of wall-clock time; memory in MiB, of one process.

    `cpu_s`: seconds of all its processors, without loading. Where others use the machine as well it
    says more than the clock.
    """

    audio_s: float = 0.0
    load_s: float = 0.0
    cpu_s: float = 0.0
    stages_s: dict[str, float] = field(default_factory=dict)
    peak_mib: float = 0.0
    said: dict[str, Said] = field(default_factory=dict)

    @property
    def hearing_s(self) -> float:
        """All stages, without loading."""
        return sum(self.stages_s.values())

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time of a block to a stage."""
        started, busy = time.perf_counter(), time.process_time()
        yield
        seconds = time.perf_counter() - started
        self.cpu_s += time.process_time() - busy
        self.stages_s[name] = self.stages_s.get(name, 0.0) + seconds

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Count the time of a block as loading."""
        started = time.perf_counter()
        yield
        self.load_s += time.perf_counter() - started


def warm_up(engines: Engines) -> None:
    """Load every model, by letting it work on a little noise."""
    to_engine_rate(Audio(NOISE[None], 8_000))  # the resampler loads late, too
    engines.voice_detector.detect(NOISE)
    engines.diarizer.diarize(NOISE, WHOLE, 2)
    engines.transcriber.detect_language(NOISE, WHOLE, ("en", "zh"))
    engines.encoder.encode(["warm up"])


def engines_of(settings: Settings) -> Engines:
    """The engines that the settings name, not yet loaded."""
    from qa_pipeline.engines.factory import build_engines

    plain = settings.model_copy(update={"engine_factory": None})
    return build_engines(plain, partial(require, models_dir=settings.models_dir))


def loaded_engines(settings: Settings) -> Engines:
    """An engine factory whose engines are loaded when a worker says that it is ready."""
    engines = engines_of(settings)
    if parent_process() is not None:  # the parent builds engines too, for their versions
        warm_up(engines)
        ready = Path(os.environ[_READY]) / f"{os.getpid()}"
        ready.write_text(f"{time.time()} {time.process_time()}")
    return engines


def said_in(turns: Sequence[Turn]) -> Said:
    """What stands in a conversation's turns."""
    voices = [[(s.start_ms, s.end_ms) for s in own] for own in speech_heard(turns).values()]
    return Said([(turn.start_ms, turn.text) for turn in turns], voices)


def run_of(workers: int, threads: int) -> Callable[[list[Path]], Measured]:
    """A whole run over the recordings with so many workers of so many threads."""

    def way(files: list[Path]) -> Measured:
        measured = Measured()
        with tempfile.TemporaryDirectory() as name:
            data, ready = Path(name) / "data", Path(name) / "ready"
            ready.mkdir()
            os.environ[_READY] = str(ready)
            settings = config.load(
                data_dir=data,
                executor="processes",
                workers=workers,
                threads=threads,
                engine_factory=f"{__name__}:loaded_engines",
                settle_s=0.0,
            )
            began, busy = time.time(), time.process_time()
            summary = api_run.run(files, settings)
            ended = time.time()
            moments = [tuple(map(float, one.read_text().split())) for one in ready.iterdir()]
            # The first worker that is ready begins; nothing that comes after counts as loading.
            first = min(moment for moment, _ in moments)
            of_workers = resource.getrusage(resource.RUSAGE_CHILDREN)
            measured.cpu_s = of_workers.ru_utime + of_workers.ru_stime - sum(b for _, b in moments)
            measured.cpu_s += time.process_time() - busy
            measured.load_s = first - began
            measured.stages_s["the run"] = ended - first
            measured.audio_s = summary.audio_ms / 1000
            with kits_store(settings) as store:
                for call in store.calls():
                    measured.said[call.recording.file] = said_in(call.conversation.turns)
        measured.peak_mib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        return measured

    return way


@contextmanager
def kits_store(settings: Settings) -> Iterator[Any]:
    """The settings' store, open."""
    from qa_pipeline.store import open_store

    with open_store(settings.data_dir) as store:
        yield store


def stages(files: list[Path]) -> Measured:
    """qa_pipeline's stages in one process, one after the other, each timed."""
    from qa_pipeline import converse
    from qa_pipeline.metadata import discover, load_metadata
    from qa_pipeline.pipeline import engine_channels
    from qa_pipeline.stages.diarize import detect_speech, diarize, from_the_tones, without
    from qa_pipeline.stages.ingest import ingest
    from qa_pipeline.stages.listen import listen, non_speech
    from qa_pipeline.stages.measure_voices import measure_voices
    from qa_pipeline.stages.reread import reread
    from qa_pipeline.stages.score import score
    from qa_pipeline.stages.transcribe import LanguageChoice, transcribe
    from qa_pipeline.store import open_store

    measured = Measured()
    settings = config.load(executor="serial")
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        with measured.loading():
            kit = kits.build_kit(settings, store)
            engines = kit.engines
            warm_up(engines)
        for source in discover(files, settings):
            with measured.stage("ingest"):
                metadata, _ = load_metadata(source, settings)
                ingested = ingest(source.path, source.file, metadata)
                channels = engine_channels(ingested.audio)
            recording = ingested.recording
            measured.audio_s += recording.duration_ms / 1000
            with measured.stage("voice detector"):
                speech = detect_speech(channels, engines.voice_detector)
            with measured.stage("listen"):
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
            with measured.stage("loudness and pitch"):
                figures = measure_voices(ingested.audio, diarization).figures
            with measured.stage("roles, names, acts"):
                tools = pipeline.tools_of(kit)
                conversation = converse.from_audio(
                    recording, timeline, diarization, transcript, tools, voices=figures
                )
            with measured.stage("score"):
                score(conversation, kit.rubrics.usual[0], kit.calibration)
            measured.said[source.file] = said_in(conversation.turns)
    return measured


def plain(files: list[Path]) -> Measured:
    """openai-whisper with word times, then pyannote.audio, each over the whole file."""
    from qa_pipeline.engines.openai_whisper import OpenAIWhisperTranscriber

    def load(folder: Path) -> Any:
        return OpenAIWhisperTranscriber(folder).model

    def read(model: Any, mixed: FloatArray) -> list[tuple[int, str]]:
        found = model.transcribe(mixed, word_timestamps=True, beam_size=5, fp16=False)
        return [(round(s["start"] * 1000), s["text"]) for s in found["segments"]]

    return _one_after_another(files, "openai-whisper, word times", load, read)


def faster(files: list[Path]) -> Measured:
    """faster-whisper with word times on all threads, then pyannote.audio, over the whole file."""
    from faster_whisper import WhisperModel

    def load(folder: Path) -> Any:
        cores = thread_count(0)
        return WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=cores)

    def read(model: Any, mixed: FloatArray) -> list[tuple[int, str]]:
        segments, _ = model.transcribe(mixed, word_timestamps=True)
        return [(round(s.start * 1000), s.text) for s in segments]

    return _one_after_another(files, "faster-whisper, word times", load, read)


def whisperx(files: list[Path]) -> Measured:
    """WhisperX's transcription alone: its voice detector, its batches; no aligner, no voices."""
    from qa_pipeline.engines.pyannote import import_pyannote

    import_pyannote()
    load_model = import_module("whisperx.asr").load_model

    def load(folder: Path) -> Any:
        cores = thread_count(0)
        return load_model(str(folder), "cpu", compute_type="int8", threads=cores)

    def read(model: Any, mixed: FloatArray) -> list[tuple[int, str]]:
        found = model.transcribe(mixed, batch_size=8)  # its command line's own
        return [(round(s["start"] * 1000), s["text"]) for s in found["segments"]]

    return _one_after_another(files, "whisperX", load, read, voices=False)


def _one_after_another(
    files: list[Path],
    title: str,
    load: Callable[[Path], Any],
    read: Callable[[Any, FloatArray], list[tuple[int, str]]],
    *,
    voices: bool = True,
) -> Measured:
    from qa_pipeline.acoustics.decode import decode

    measured = Measured()
    settings = config.load()
    with measured.loading():
        model = load(require("whisper-base", models_dir=settings.models_dir))
        read(model, NOISE)
        diarizer = _pyannote(settings) if voices else None
    for path in files:
        with measured.stage("decode"):
            audio = decode(path).audio
            every = [to_engine_rate(audio, channel) for channel in range(audio.channel_count)]
            mixed: FloatArray = np.asarray(np.mean(every, axis=0), dtype=np.float32)
        measured.audio_s += audio.duration_ms / 1000
        with measured.stage(title):
            texts = read(model, mixed)
        found: list[Spans] = []
        if diarizer is not None:
            with measured.stage("pyannote.audio"):
                found = _voices(diarizer, mixed)
        measured.said[path.name] = Said(texts, found)
    return measured


def _pyannote(settings: Settings) -> Any:
    """pyannote.audio's own pipeline on our weights, with its own clustering."""
    from qa_pipeline.engines.pyannote import _no_plda, import_pyannote
    from qa_pipeline.engines.voice_embedding import load_voice_encoder

    import_pyannote()
    import torch
    from pyannote.audio import Model
    from pyannote.audio.pipelines import SpeakerDiarization

    torch.set_num_threads(thread_count(0))
    locate = partial(require, models_dir=settings.models_dir)
    segmentation = locate("segmentation") / "pytorch_model.bin"
    made = SpeakerDiarization(
        segmentation=Model.from_pretrained(str(segmentation)),
        embedding=load_voice_encoder(locate("voice-embedding") / "pretrained.pt"),
        clustering="AgglomerativeClustering",
        plda=_no_plda(),
        segmentation_batch_size=32,
        embedding_batch_size=32,
    )
    made.instantiate(
        {
            "segmentation": {"threshold": 0.5, "min_duration_off": 0.0},
            "clustering": {"method": "centroid", "min_cluster_size": 12, "threshold": 0.35},
        }
    )
    _voices(made, NOISE)
    return made


def _voices(diarizer: Any, mixed: FloatArray) -> list[Spans]:
    import torch

    file = {"waveform": torch.from_numpy(mixed)[None], "sample_rate": 16_000, "uri": "call"}
    output = diarizer(file, num_speakers=2)
    annotation = getattr(output, "speaker_diarization", output)
    return [
        [
            (round(part.start * 1000), round(part.end * 1000))
            for part in annotation.label_timeline(label)
        ]
        for label in annotation.labels()
    ]


OURS = {"1 worker x 2 threads": run_of(1, 2), "2 workers x 1 thread": run_of(2, 1)}
THEIRS = {
    "openai-whisper + pyannote": plain,
    "faster-whisper + pyannote": faster,
    "whisperX, words only": whisperx,
}
STAGES = "stages, one process"
WAYS: dict[str, Callable[[list[Path]], Measured]] = {**OURS, STAGES: stages, **THEIRS}
