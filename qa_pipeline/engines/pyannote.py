"""Who speaks when on one channel, by pyannote.audio's SpeakerDiarization."""

from __future__ import annotations

import importlib
import logging
import os
import sys
import types
import warnings
from collections.abc import Callable, Sequence
from functools import cached_property
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Any

import numpy as np

from qa_pipeline.domain.recording import FloatArray
from qa_pipeline.domain.spans import Span, merge, total_ms
from qa_pipeline.domain.transcript import DIVIDED_VOICE, NEAR_VOICE, SpeakerTurn
from qa_pipeline.engines.alike_voices import Sound, in_doubt, replaced, spectra_along, told_apart
from qa_pipeline.engines.chunks import Chunk, pack
from qa_pipeline.engines.one_voice import (
    LEAST_VOICE_MS,
    is_one_voice,
    least_share,
    mean_voices,
    voice_of,
)
from qa_pipeline.engines.setup import content_id, need_files, need_package, thread_count
from qa_pipeline.engines.speaker_turns import tidy
from qa_pipeline.engines.voice_borders import levels_db
from qa_pipeline.engines.voice_clusters import cluster, windows_of
from qa_pipeline.engines.voice_pieces import Piece, pieces_of, windows_over
from qa_pipeline.engines.voice_sequence import VoiceTrack, judged_again
from qa_pipeline.errors import EngineError, SetupError
from qa_pipeline.ports import ENGINE_SAMPLE_RATE_HZ

_SEGMENTATION_THRESHOLD = 0.5
_MOST_VOICES = 6  # where their number is not told
_BATCH = 32
# Stretches without speech (rings, music, holds) are shortened to this before pyannote listens.
_MAX_GAP_MS = 2_000
# Less speech than this holds no second voice that could be told.
_MIN_SPEECH_MS = 1_000
_REVISION = 11

_log = logging.getLogger(__name__)


class PyannoteDiarizer:
    """The `Diarizer` port on pyannote.audio with local, pinned weights.

    Audio is handed over in memory and nothing is sent anywhere. The pipeline is loaded on first
    use; making the object is cheap.

    Args:
        segmentation_dir: folder with the segmentation weights, pytorch_model.bin.
        embedding_dir: folder with the voice encoder's weights, pretrained.pt.
        threads: processor threads; 0: all.

    Raises:
        SetupError: pyannote.audio is not installed.
        ModelError: a file is missing.
    """

    name = "pyannote"

    def __init__(self, segmentation_dir: Path, embedding_dir: Path, threads: int = 0) -> None:
        need_package("torch", "torch")
        need_package("pyannote.audio", "pyannote.audio")
        need_package("omegaconf", "omegaconf")
        need_files(segmentation_dir, "pytorch_model.bin")
        need_files(embedding_dir, "pretrained.pt")
        self._segmentation = segmentation_dir / "pytorch_model.bin"
        self._embedding = embedding_dir / "pretrained.pt"
        self._threads = thread_count(threads)
        self.version = (
            f"pyannote.audio-{package_version('pyannote.audio')}/r{_REVISION}"
            f"/{content_id(self._segmentation)}/{content_id(self._embedding)}"
        )

    @cached_property
    def _pipeline(self) -> Any:
        import_pyannote()
        import torch
        from pyannote.audio import Model
        from pyannote.audio.pipelines import SpeakerDiarization

        torch.set_num_threads(self._threads)
        try:
            # A pickle that runs code, hence only ever loaded when its SHA-256 is the pinned one.
            segmentation = Model.from_pretrained(str(self._segmentation))
        except Exception as error:  # unpickling raises whatever the bytes suggest
            raise SetupError(
                f"{self._segmentation} cannot be loaded: {error}.",
                "Run 'qa-pipeline models verify segmentation'.",
            ) from error
        pipeline = SpeakerDiarization(
            segmentation=segmentation,
            embedding=self._encoder,
            embedding_exclude_overlap=True,
            clustering="AgglomerativeClustering",
            plda=_no_plda(),
            segmentation_batch_size=_BATCH,
            embedding_batch_size=_BATCH,
        )
        pipeline.clustering = _window_clustering()
        pipeline.instantiate(
            {
                "segmentation": {
                    "threshold": _SEGMENTATION_THRESHOLD,
                    "min_duration_off": 0.0,
                }
            }
        )
        return pipeline

    @cached_property
    def _encoder(self) -> Any:
        import_pyannote()
        from qa_pipeline.engines.voice_embedding import load_voice_encoder

        return load_voice_encoder(self._embedding)

    def diarize(
        self, samples: FloatArray, speech: Sequence[Span], num_speakers: int | None = 2
    ) -> tuple[SpeakerTurn, ...]:
        """See `Diarizer.diarize`; overlapping speech gives overlapping turns.

        Who speaks is judged in pieces first, then moment by moment (`voice_sequence`); where two
        voices may have been mixed, they are looked for once more (`alike_voices`) and named as
        `NEAR_VOICE`, two found in what was heard as one as `DIVIDED_VOICE`. One voice more than
        asked for is told apart where it clearly is one: the colleague a call is handed to, or an
        announcement, else fills a cluster and leaves one for the two parties.

        Raises:
            EngineError: pyannote fails on this audio.
        """
        turns = run_pipeline(lambda: self._pipeline, samples, speech, num_speakers)
        windows = windows_over(pieces_of(turns))
        vectors = self._encoder.along(samples, windows)
        levels = levels_db(samples, ENGINE_SAMPLE_RATE_HZ)
        if len({turn.speaker for turn in turns}) > 1:
            turns = judged_again(turns, VoiceTrack(windows, vectors, levels))
        if num_speakers != 2:
            return turns
        mixed = in_doubt(turns, windows, vectors)
        if not mixed:
            return turns
        windows = windows_over([Piece(span, None) for span in mixed])
        vectors = self._encoder.along(samples, windows)
        sound = Sound(windows, vectors, spectra_along(samples, windows), levels)
        speakers = sorted({turn.speaker for turn in turns})
        prefix = DIVIDED_VOICE if len(speakers) == 1 else NEAR_VOICE
        found = told_apart(mixed, sound, (f"{prefix}00", f"{prefix}01"))
        if found or len(speakers) == 1:
            return replaced(turns, found)
        return tuple(
            SpeakerTurn(turn.span, f"{NEAR_VOICE}{speakers.index(turn.speaker):02}")
            for turn in turns
        )


class HubDiarizer:
    """The `Diarizer` port on a pipeline of the hub, for users who have a token there.

    Args:
        pipeline: its name, such as ``pyannote/speaker-diarization-community-1``, or a folder.
        threads: processor threads; 0: all.

    Raises:
        SetupError: pyannote.audio is not installed.
    """

    name = "pyannote-hub"

    def __init__(self, pipeline: str, threads: int = 0) -> None:
        need_package("pyannote.audio", "pyannote.audio")
        self._name = pipeline
        self._threads = thread_count(threads)
        self.version = f"pyannote.audio-{package_version('pyannote.audio')}/r{_REVISION}/{pipeline}"

    @cached_property
    def _pipeline(self) -> Any:
        import_pyannote()
        import torch
        from pyannote.audio import Pipeline

        torch.set_num_threads(self._threads)
        try:
            pipeline = Pipeline.from_pretrained(self._name)
        except Exception as error:  # the hub's client raises what its transport raises
            raise self._unavailable(str(error)) from error
        if pipeline is None:
            raise self._unavailable("access was refused")
        return pipeline

    def _unavailable(self, reason: str) -> SetupError:
        return SetupError(
            f"The diarization pipeline {self._name} cannot be loaded: {reason}.",
            "Accept its conditions on the hub and set HF_TOKEN, or leave out diarizer_model.",
        )

    def diarize(
        self, samples: FloatArray, speech: Sequence[Span], num_speakers: int | None = 2
    ) -> tuple[SpeakerTurn, ...]:
        """See `PyannoteDiarizer.diarize`."""
        return run_pipeline(lambda: self._pipeline, samples, speech, num_speakers)


def import_pyannote() -> None:
    """Imports pyannote.audio: without telemetry, and beside a torchaudio for another torch.

    pyannote.audio needs of torchaudio only what is written in Python; where its compiled part
    does not fit the installed torch (a CPU-only torch, for one), a stand-in takes its place.

    Raises:
        SetupError: it cannot be imported.
    """
    os.environ["PYANNOTE_METRICS_ENABLED"] = "0"
    # Its complaints about a decoder that is not used here would fill every log.
    warnings.filterwarnings(
        "ignore", message=r"\s*torchcodec is not installed", category=UserWarning
    )
    logging.getLogger("lightning.pytorch.utilities.migration.utils").setLevel(logging.ERROR)
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    try:
        try:
            importlib.import_module("torchaudio")
        except (OSError, ImportError) as error:
            _log.debug("torchaudio without its compiled part: %s", error)
            for name in [n for n in sys.modules if n.split(".")[0] == "torchaudio"]:
                del sys.modules[name]
            sys.modules["torchaudio._extension"] = _extension_stand_in()
            importlib.import_module("torchaudio")
        importlib.import_module("pyannote.audio")
    except (OSError, ImportError) as error:
        raise SetupError(
            f"pyannote.audio cannot be imported: {error}.",
            "Reinstall qa-pipeline so that torch, torchaudio and pyannote.audio fit together.",
        ) from error


def _extension_stand_in() -> types.ModuleType:
    module = types.ModuleType("torchaudio._extension")

    def pass_through(function: Callable[..., Any]) -> Callable[..., Any]:
        return function

    module.__dict__.update(
        _IS_TORCHAUDIO_EXT_AVAILABLE=False,
        _IS_ALIGN_AVAILABLE=False,
        fail_if_no_align=pass_through,
    )
    return module


def _window_clustering() -> Any:
    """`voice_clusters.cluster` as a clustering of pyannote's pipeline."""
    from pyannote.audio.pipelines.clustering import BaseClustering

    class WindowClustering(BaseClustering):  # type: ignore[misc]
        """See `voice_clusters`."""

        expects_num_clusters = False

        def __call__(
            self,
            embeddings: Any,
            segmentations: Any = None,
            num_clusters: int | None = None,
            **_: Any,
        ) -> tuple[Any, Any, Any]:
            """Labels (windows, voices), nearness to each centre, and the centres."""
            windows = windows_of(embeddings, segmentations.data)
            most = _MOST_VOICES if num_clusters is None else num_clusters + 1
            found = cluster(windows, num_clusters or 2, most)
            if found is None:
                mean = windows.vectors.sum(axis=(0, 1))[None]
                labels = np.zeros(windows.weights.shape, dtype=np.int64)
                return labels, np.ones((*labels.shape, 1)), mean
            return found.labels, windows.vectors @ found.centres.T, found.centres

    return WindowClustering()


def _no_plda() -> Any:
    """An empty PLDA: without one pyannote asks the hub, and this clustering uses none."""
    from pyannote.audio.core.plda import PLDA

    return PLDA.__new__(PLDA)


def run_pipeline(
    load: Callable[[], Any],
    samples: FloatArray,
    speech: Sequence[Span],
    num_speakers: int | None,
) -> tuple[SpeakerTurn, ...]:
    """Runs a pyannote pipeline over the speech of `samples` and tidies what it says."""
    speech = merge(speech)
    if not speech or total_ms(speech) < _MIN_SPEECH_MS or num_speakers == 1:
        return tuple(SpeakerTurn(span, "SPEAKER_00") for span in speech)
    whole = pack(samples, speech, max_ms=len(samples), max_gap_ms=_MAX_GAP_MS)[0]
    pipeline = load()
    import torch

    waveform = torch.from_numpy(np.ascontiguousarray(whole.samples))[None]
    file = {"waveform": waveform, "sample_rate": ENGINE_SAMPLE_RATE_HZ, "uri": "call"}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on short or one-sided calls; nobody can act on it
            output = pipeline(file, num_speakers=num_speakers)
    except (RuntimeError, ValueError, IndexError) as error:
        raise EngineError(
            f"pyannote.audio failed on this recording: {error}.",
            "Try again; if it stays, give the recording in stereo.",
        ) from error
    annotation = getattr(output, "speaker_diarization", output)
    turns = [
        SpeakerTurn(part, str(speaker))
        for segment, _, speaker in annotation.itertracks(yield_label=True)
        for part in _restored(whole, segment.start, segment.end)
    ]
    embed = getattr(pipeline, "_embedding", None)
    if is_one_voice(mean_voices(embed, turns, samples), least_share(turns), total_ms(speech)):
        return tuple(SpeakerTurn(span, "SPEAKER_00") for span in speech)
    return tidy(turns, speech, _voice_judge(pipeline, output, annotation, samples))


def _restored(chunk: Chunk, start_s: float, end_s: float) -> list[Span]:
    """The parts of the recording that a stretch of the packed audio stands for."""
    turn = Span(round(max(0.0, start_s) * 1000), round(max(start_s, end_s, 0.0) * 1000))
    parts = []
    for piece in chunk.pieces:
        shared = turn.intersection(Span(piece.offset_ms, piece.end_ms))
        if shared is not None and shared.duration_ms > 0:
            shift = piece.span.start_ms - piece.offset_ms
            parts.append(Span(shared.start_ms + shift, shared.end_ms + shift))
    return parts


def _voice_judge(
    pipeline: Any, output: Any, annotation: Any, samples: FloatArray
) -> Callable[[Span], str | None]:
    """Names the speaker whose voice is nearest to that of a stretch, if it is long enough."""
    centroids = getattr(output, "speaker_embeddings", None)
    labels = [str(label) for label in annotation.labels()]

    def judge(span: Span) -> str | None:
        embed = getattr(pipeline, "_embedding", None)
        if span.duration_ms < LEAST_VOICE_MS or centroids is None or embed is None:
            return None
        vector = voice_of(embed, samples, span)
        if not np.isfinite(vector).all() or len(labels) != len(centroids):
            return None
        norms = np.linalg.norm(centroids, axis=1) + 1e-9
        return labels[int(np.argmax(centroids @ vector / norms))]

    return judge
